/*
 * persons/suggest -- which held records should an analyst look at together?
 *
 * Of one record: what shares its words, its match keys, or a document, telephone or account with
 * it.  Of all: what shares a key (resolve/candidates.h).  Best first, each with reasons that are
 * true of the pair.  Of one whose label says that nobody knows who it is (category unknown), or who
 * shares a telephone, document, mail or account with such a one at one time: also by that key
 * alone, for the names say nothing.  Silent and protected records are in no suggestion, and what
 * was settled (joined, never) is not suggested again.
 */
#ifndef ENT_PERSONS_SUGGEST_H
#define ENT_PERSONS_SUGGEST_H

#include "persons/record.h"
#include "resolve/statement.h"

typedef struct persons_suggestion {
    const persons_record *a, *b;
    names_decision decision;
    resolve_statement said; /* what a proposal of the two would say */
} persons_suggestion;

#define PERSONS_RECORDS_MAX 100000 /* records that are compared at once */

/* `id` empty: among all.  NOT_FOUND; LIMIT: more than PERSONS_RECORDS_MAX records. */
ENT_MUST_USE ent_code persons_suggest(desk *d, ent_arena *arena, ent_str id, size_t limit,
                                      persons_suggestion **list, size_t *count, ent_err *err);

#endif
