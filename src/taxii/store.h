/*
 * taxii/store -- plain collections: what was posted, as it was posted.
 *
 * Apart from the holdings, in one SQLite file (WAL, synchronous FULL).  A collection
 * has its own clock: every object gets a date_added that no other one has, later than
 * all before it, a millisecond apart, so that both ways to page (`next`, and
 * added_after) and clients that keep milliseconds lose nothing.  The date and the
 * collection are the row's key: a page is a run of neighbouring rows.
 *
 * The current version of each object stands apart from older ones, so that the default
 * page (newest specification version, last version) reads only what it sends.  Cost of
 * a page: linear in the page.  One handle is for one thread; ids and texts are data.
 */
#ifndef ENT_TAXII_STORE_H
#define ENT_TAXII_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

typedef struct taxii_store taxii_store;

#define TAXII_KEY_SIZE   32
#define TAXII_ROOT_SIZE  65
#define TAXII_STAMP_SIZE 28 /* "2024-11-08T19:42:00.000000Z" and a NUL */

/* Opens or makes the file.  CONFIG: made by a newer entente.  IO */
ENT_MUST_USE ent_code taxii_store_open(const char *path, taxii_store **out, ent_err *err);
/* A file that nobody changes, but replaces: for reading only, without a lock or a file beside
 * it.  NOT_FOUND, IO */
ENT_MUST_USE ent_code taxii_store_open_frozen(ent_arena *arena, const char *path, taxii_store **out,
                                              ent_err *err);
void taxii_store_close(taxii_store *s);
/* It was made by an older entente, or just now. */
bool taxii_store_raised(const taxii_store *s);
/* Memory for pages of the file; 4 MB unless said otherwise. */
ENT_MUST_USE ent_code taxii_store_cache(taxii_store *s, int kilobytes, ent_err *err);
/* What the caches of all SQLite connections of this process, of whatever store, may have. */
void taxii_store_memory(size_t size);

/* The secret under which `next` tokens are bound; made with the file. */
ENT_MUST_USE ent_code taxii_store_key(taxii_store *s, uint8_t key[TAXII_KEY_SIZE], ent_err *err);

/* From here to `taxii_store_looked` all reading is of one state of the file; may be nested. */
ENT_MUST_USE ent_code taxii_store_look(taxii_store *s, ent_err *err);
void taxii_store_looked(taxii_store *s);
/* Which state of the file the look is at, once it has read something: another number than the
 * last one if anything was written since.  Of this handle alone. */
uint32_t taxii_store_state(taxii_store *s);
/* Immediate transactions.  RETRY when another process writes for too long. */
ENT_MUST_USE ent_code taxii_store_begin(taxii_store *s, ent_err *err);
/* Commits what went well, undoes what did not: `rc`, or why it cannot be committed. */
ENT_MUST_USE ent_code taxii_store_end(taxii_store *s, ent_code rc, ent_err *err);
/* A place inside a transaction, to which unmark(keep = false) goes back.  One at a time. */
ENT_MUST_USE ent_code taxii_store_mark(taxii_store *s, ent_err *err);
ENT_MUST_USE ent_code taxii_store_unmark(taxii_store *s, bool keep, ent_err *err);

/* ---- roots and collections ---- */

typedef struct taxii_root {
    ent_str name; /* a path segment: 1 to 64 of a-z A-Z 0-9 _ - */
    ent_str title;
    int64_t max_content_length;
    bool is_public;  /* may be read without credentials */
    ent_str partner; /* its views are of what this peer released; "" for own holdings */
} taxii_root;

typedef struct taxii_collection {
    int64_t number; /* the store's own */
    ent_str root;
    ent_str id; /* UUIDv4 */
    ent_str title;
    ent_str alias;       /* "" if it has none */
    ent_str read, write; /* "", "*", or names between commas: ",a,b," */
    ent_str query;       /* a view of holdings; "" for a plain collection */
} taxii_collection;

/* USAGE for what is no root; CONFLICT if the name is taken. */
ENT_MUST_USE ent_code taxii_root_add(taxii_store *s, const taxii_root *root, ent_err *err);
ENT_MUST_USE ent_code taxii_root_get(taxii_store *s, ent_arena *arena, ent_str name,
                                     taxii_root *root, ent_err *err);
/* By name. */
ENT_MUST_USE ent_code taxii_root_list(taxii_store *s, ent_arena *arena, taxii_root **roots,
                                      size_t *count, ent_err *err);
/* With its collections and all that is in them.  NOT_FOUND */
ENT_MUST_USE ent_code taxii_root_remove(taxii_store *s, ent_str name, ent_err *err);

/* NOT_FOUND: no such root.  USAGE, CONFLICT: id or alias taken.  LIMIT: too many. */
ENT_MUST_USE ent_code taxii_collection_add(taxii_store *s, const taxii_collection *collection,
                                           ent_err *err);
/* By id or alias. */
ENT_MUST_USE ent_code taxii_collection_get(taxii_store *s, ent_arena *arena, ent_str root,
                                           ent_str id, taxii_collection *collection, ent_err *err);
/* By id.  `root` .ptr NULL: of all roots, by root and id. */
ENT_MUST_USE ent_code taxii_collection_list(taxii_store *s, ent_arena *arena, ent_str root,
                                            taxii_collection **collections, size_t *count,
                                            ent_err *err);
ENT_MUST_USE ent_code taxii_collection_remove(taxii_store *s, ent_str root, ent_str id,
                                              ent_err *err);

/* The same as far as `user` may know of it: in a public root, in its lists, or, of a root, in
 * those of any of its collections; a root that is no partner's is known to all.  What is not
 * known is NOT_FOUND after the same work as what is not there. */
ENT_MUST_USE ent_code taxii_known_root(taxii_store *s, ent_arena *arena, ent_str user, ent_str name,
                                       taxii_root *root, ent_err *err);
ENT_MUST_USE ent_code taxii_known_roots(taxii_store *s, ent_arena *arena, ent_str user,
                                        taxii_root **roots, size_t *count, ent_err *err);
ENT_MUST_USE ent_code taxii_known_collection(taxii_store *s, ent_arena *arena, ent_str user,
                                             ent_str root, ent_str id, taxii_collection *collection,
                                             ent_err *err);
ENT_MUST_USE ent_code taxii_known_collections(taxii_store *s, ent_arena *arena, ent_str user,
                                              ent_str root, taxii_collection **collections,
                                              size_t *count, ent_err *err);

/* What is kept of a view for one audience: rows like a collection's, and how far they go.
 * Made and set inside a transaction. */
typedef struct taxii_shadow {
    int64_t number;   /* a collection's, for the functions on objects */
    int64_t position; /* of the last record that was looked at */
    ent_str state;    /* what they were judged by */
} taxii_shadow;

/* NOT_FOUND: there is none yet. */
ENT_MUST_USE ent_code taxii_shadow_get(taxii_store *s, ent_arena *arena, int64_t collection,
                                       ent_str audience, taxii_shadow *shadow, ent_err *err);
ENT_MUST_USE ent_code taxii_shadow_add(taxii_store *s, ent_arena *arena, int64_t collection,
                                       ent_str audience, ent_err *err);
ENT_MUST_USE ent_code taxii_shadow_set(taxii_store *s, ent_arena *arena, const taxii_shadow *shadow,
                                       ent_err *err);

/* Is `user` in a list as above? */
bool taxii_names_have(ent_str names, ent_str user);
bool taxii_root_name_valid(ent_str name);
bool taxii_uuid4_valid(ent_str id);

/* ---- objects ---- */

/* One object of a body that was posted, and what became of it. */
typedef enum taxii_outcome {
    TAXII_ADDED,
    TAXII_PRESENT, /* it was there already: the same content */
    TAXII_REFUSED  /* `message` says why */
} taxii_outcome;

typedef struct taxii_item {
    ent_str id, type, spec;
    ent_str version;     /* its modified or created as it stands there; "" if it has neither */
    ent_str version_key; /* the same, comparable by memcmp; "" likewise */
    ent_str bytes;
    taxii_outcome outcome;
    const char *message;
    ent_time added; /* of the row, also when PRESENT */
} taxii_item;

/* Adds what is not TAXII_REFUSED yet; inside a transaction.  NOT_FOUND: the collection is
 * gone. */
ENT_MUST_USE ent_code taxii_objects_add(taxii_store *s, ent_arena *arena, int64_t collection,
                                        ent_time now, taxii_item *items, size_t count,
                                        ent_err *err);

/* For views, whose rows have no bytes and no older versions: makes the rows of each item's
 * id be this version alone, or none if it is TAXII_REFUSED.  Inside a transaction. */
ENT_MUST_USE ent_code taxii_objects_mirror(taxii_store *s, ent_arena *arena, int64_t collection,
                                           ent_time now, taxii_item *items, size_t count,
                                           ent_err *err);

/* Which versions, of those in the wanted specification versions. */
typedef struct taxii_versions {
    bool all, first, last;
    const ent_str *keys; /* and these (comparable form) */
    size_t key_count;
} taxii_versions;

typedef struct taxii_select {
    int64_t collection;
    ent_time after;     /* only what was added later; 0: all */
    const ent_str *ids; /* any of these; none: all */
    size_t id_count;
    const ent_str *types;
    size_t type_count;
    const ent_str *specs; /* none: for each object the newest that is there */
    size_t spec_count;
    taxii_versions versions;
    size_t limit;
    bool content;    /* bytes are wanted */
    bool only_bytes; /* and nothing else: rows may come without id, version and spec */
    /* A view's rows have no bytes: they are asked for, as far as they may be read now.
     * NOT_FOUND: the row is as if it were not there. */
    ent_code (*read)(void *arg, ent_str id, ent_str version, ent_str *bytes, ent_err *err);
    void *read_arg;
} taxii_select;

typedef struct taxii_row {
    ent_time added;
    ent_str id, version, spec, bytes; /* live until the callback returns */
} taxii_row;

typedef ent_code (*taxii_each)(void *arg, const taxii_row *row, ent_err *err);

/* In the order in which they were added; *more: there are others behind. */
ENT_MUST_USE ent_code taxii_objects_select(taxii_store *s, ent_arena *arena,
                                           const taxii_select *select, taxii_each each, void *arg,
                                           bool *more, ent_err *err);

/* Removes what is selected (`ids` is given); inside a transaction.  NOT_FOUND: nothing is. */
ENT_MUST_USE ent_code taxii_objects_delete(taxii_store *s, ent_arena *arena,
                                           const taxii_select *select, ent_err *err);

/* Is any version of the object there? */
ENT_MUST_USE ent_code taxii_object_exists(taxii_store *s, ent_arena *arena, int64_t collection,
                                          ent_str id, bool *exists, ent_err *err);
ENT_MUST_USE ent_code taxii_objects_count(taxii_store *s, int64_t collection, int64_t *count,
                                          ent_err *err);

/* ---- statuses ---- */

/* Kept for two days. */
ENT_MUST_USE ent_code taxii_status_put(taxii_store *s, ent_str root, ent_str id, ent_str user,
                                       ent_time now, ent_str json, ent_err *err);
/* NOT_FOUND also if another user posted it. */
ENT_MUST_USE ent_code taxii_status_get(taxii_store *s, ent_arena *arena, ent_str root, ent_str id,
                                       ent_str user, ent_str *json, ent_err *err);

/* ---- times ---- */

/* "2024-11-08T19:42:00.123456Z": always microseconds (TAXII 2.1 s2). */
void taxii_stamp_write(ent_time time, char out[TAXII_STAMP_SIZE]);
/* The comparable form of a timestamp (RFC 3339, UTC): no Z, no zeros at the fraction's end.
 * FORMAT */
ENT_MUST_USE ent_code taxii_version_key(ent_arena *arena, ent_str timestamp, ent_str *key,
                                        ent_err *err);

#endif
