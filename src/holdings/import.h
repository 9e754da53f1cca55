/*
 * holdings/import -- one file's items into the holdings.
 *
 * Fed with the bytes of a file, it reads items (formats/formats.h), gives records their
 * ids (holdings/mint.h) and each item a label for what it lacks, and admits it
 * (holdings/admit.h): whole or not at all.  Items are committed in batches; what was
 * counted and told is durable.  After a crash the same file is simply imported again:
 * what is there is unchanged.  Of a list that is whole (formats_edition, or `edition`)
 * what it has no more is revoked at the end (holdings/edition.h), if nothing of the file
 * was unreadable.
 */
#ifndef ENT_HOLDINGS_IMPORT_H
#define ENT_HOLDINGS_IMPORT_H

#include "formats/formats.h"
#include "holdings/admit.h"

typedef struct holdings_import_count {
    size_t read, added, updated, unchanged, quarantined, rejected;
    size_t upgraded; /* objects of STIX 2.0 that are held as 2.1 */
    size_t delisted; /* records that this edition of their list has no more */
    size_t dropped;  /* members on religion, ethnicity or politics */
} holdings_import_count;

/* Why an item was rejected or quarantined. */
typedef struct holdings_note {
    size_t index, line;
    uint64_t offset;
    ent_str id; /* "" if it could not be read */
    bool quarantined;
    ent_str reason;
} holdings_note;

typedef struct holdings_import_options {
    formats_options formats;
    ent_str source;      /* "import:FILE" */
    const char *edition; /* the list of which the file is the whole; NULL: as its form says;
                            "none": it is of none */
    ent_str label;       /* handling members for what items lack, JSON, or ENT_STR_NONE */
    ent_time now;
    void (*random)(void *arg, void *bytes, size_t size);
    void *random_arg;
    /* In the transaction of the change, unless NULL: a record that is held says something else
     * now, or is revoked. */
    ent_code (*changed)(void *arg, ent_arena *arena, ent_str id, bool revoked, ent_err *err);
    void *changed_arg;
    /* In the transaction that brings it, unless NULL: an item is here now, new or not, also if it
     * is held back. */
    ent_code (*held)(void *arg, ent_arena *arena, ent_str id, ent_err *err);
    void *held_arg;
    /* Told after the commit that makes it true. */
    void (*note)(void *arg, const holdings_note *note);
    void (*progress)(void *arg, const holdings_import_count *count);
    void *arg;
} holdings_import_options;

typedef struct holdings_import holdings_import;

/* `options` and what it borrows must outlive the import.  FORMAT: the label. */
ENT_MUST_USE ent_code holdings_import_new(store *s, const holdings_import_options *options,
                                          holdings_import **import, ent_err *err);
/* Rolls back what was not committed. */
void holdings_import_free(holdings_import *import);

/* CONFLICT       a newer edition of the list is held; nothing came in
 * FORMAT, LIMIT  the file cannot be read on from the place that is named; what came
 *                before is held: call holdings_import_end all the same
 * others         the store's; the batch is rolled back */
ENT_MUST_USE ent_code holdings_import_feed(holdings_import *import, const void *bytes, size_t size,
                                           ent_err *err);
/* Commits the rest.  `complete`: the file was read to its end. */
ENT_MUST_USE ent_code holdings_import_end(holdings_import *import, bool complete, ent_err *err);

/* The list of which this was an edition, "" if of none; *why tells why nothing was delisted
 * all the same, or is "". */
const char *holdings_import_edition(const holdings_import *import, const char **why);
const holdings_import_count *holdings_import_counted(const holdings_import *import);
formats_kind holdings_import_kind(const holdings_import *import);

#endif
