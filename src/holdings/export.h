/*
 * holdings/export -- what is held, as a file.
 *
 * STIX goes out as one bundle whose objects are the very bytes that came in, but those of an
 * exercise (holdings/exercise.h); identities
 * also as records (the form of `import`), and everything as a table for people.  Streams:
 * memory does not grow with the holdings.  Quarantined and erased objects are not in it.
 */
#ifndef ENT_HOLDINGS_EXPORT_H
#define ENT_HOLDINGS_EXPORT_H

#include "base/json.h"
#include "policy/label.h"
#include "store/store.h"

typedef enum holdings_form { HOLDINGS_STIX, HOLDINGS_RECORDS, HOLDINGS_TABLE } holdings_form;

typedef struct holdings_export {
    holdings_form form;
    store_query query;   /* see holdings_query_read */
    const char *bundle;  /* UUID of the bundle */
    const ent_str *only; /* with only_count > 0: these ids, sorted, and no other */
    size_t only_count;
    ent_code (*write)(void *arg, ent_str bytes, ent_err *err);
    void *arg;
} holdings_export;

/* Words with a meaning: type:T owner:CODE key:K ref:ID source:S id:ID; all others are
 * looked for as text.  Borrows from the arena.  FORMAT for a word that has no value. */
ENT_MUST_USE ent_code holdings_query_read(ent_arena *arena, const char *text, store_query *query,
                                          ent_err *err);

/* *count: how many objects were written. */
ENT_MUST_USE ent_code holdings_export_run(store *s, const holdings_export *export, size_t *count,
                                          ent_err *err);

#endif
