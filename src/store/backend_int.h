/*
 * store/backend (private) -- what a backend is.
 *
 * store.c and absent.c are the only callers: the arguments that mean the same everywhere
 * are checked, and store.c says which backend a place names.
 * A backend's struct begins with `struct store`.  To add one: a file with a
 * `const struct store_ops`, a row in store.c, and a row in the conformance test.
 */
#ifndef ENT_STORE_BACKEND_INT_H
#define ENT_STORE_BACKEND_INT_H

#include "store/store.h"

enum store_found {
    STORE_FOUND,
    STORE_HIDDEN, /* there are rows, but only such as are held back */
    STORE_ABSENT  /* there is no row of this owner and id at all */
};

struct store_ops {
    const char *name;
    ent_code (*open)(const char *where, store **out, ent_err *err);
    void (*close)(store *s);
    ent_code (*begin)(store *s, ent_err *err);
    ent_code (*commit)(store *s, ent_err *err);
    void (*rollback)(store *s);
    ent_code (*mark)(store *s, ent_err *err);
    ent_code (*mark_undo)(store *s, ent_err *err);
    ent_code (*mark_keep)(store *s, ent_err *err);
    /* `fresh`: no row of this owner and id is there, so nothing need be looked up. */
    ent_code (*put)(store *s, const store_object *object, bool fresh, store_put_result *result,
                    ent_err *err);
    /* Puts a row as it is (store_copy). */
    ent_code (*put_row)(store *s, const store_object *object, bool latest, ent_str tombstone,
                        ent_err *err);
    /* The latest version; not to be found is OK here. */
    ent_code (*get)(store *s, ent_arena *arena, const char *owner, ent_str id, store_row *row,
                    enum store_found *found, ent_err *err);
    /* Tells of each id that has any row of this owner; NULL: a look-up costs no journey. */
    ent_code (*present)(store *s, const char *owner, const ent_str *ids, size_t count,
                        void (*tell)(void *arg, ent_str id), void *arg, ent_err *err);
    ent_code (*each)(store *s, const store_query *query, store_each each, void *arg, ent_err *err);
    ent_code (*keys_of)(store *s, ent_arena *arena, int64_t number, ent_str **list, size_t *count,
                        ent_err *err);
    ent_code (*refs_of)(store *s, ent_arena *arena, int64_t number, ent_str **list, size_t *count,
                        ent_err *err);
    ent_code (*text_of)(store *s, ent_arena *arena, int64_t number, ent_str *text, ent_err *err);
    ent_code (*index)(store *s, int64_t number, const ent_str *keys, size_t key_count, ent_str text,
                      ent_err *err);
    ent_code (*label)(store *s, ent_str owner, ent_str id, ent_str handling, ent_str retention,
                      ent_err *err);
    ent_code (*erase)(store *s, ent_str owner, ent_str id, ent_str reason, ent_err *err);
    ent_code (*forget)(store *s, ent_str owner, ent_str id, ent_err *err);
    ent_code (*count)(store *s, const char *owner, int64_t *count, ent_err *err);
    ent_code (*doc_put)(store *s, const store_doc *doc, ent_err *err);
    ent_code (*doc_get)(store *s, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                        ent_err *err);
    ent_code (*doc_delete)(store *s, const char *kind, ent_str id, ent_err *err);
    /* `kind` NULL: of every kind. */
    ent_code (*docs_each)(store *s, const char *kind, const char *peer, const char *state,
                          store_doc_each each, void *arg, ent_err *err);
    ent_code (*check)(store *s, ent_err *err);
    /* NULL where there is no such thing. */
    ent_code (*backup)(store *s, const char *path, ent_err *err);
    ent_code (*limit)(store *s, int64_t pages, ent_err *err);
    ent_code (*bytes)(store *s, int64_t *bytes, ent_err *err);
    int (*changes)(store *s);
    bool (*changes_take)(store *s);
};

struct store_absent;

struct store {
    const struct store_ops *ops;
    bool open;     /* a transaction */
    bool frozen;   /* what is frozen is shown */
    bool exercise; /* what is in it is of an exercise (store_exercise_settle) */
    const store_reader *reader;
    bool dirty; /* this transaction changes what is held (store_change_number) */
    struct store_absent *absent;
};

extern const struct store_ops store_sqlite, store_postgres, store_memory;

/* What every backend says of the same thing. */
ent_code store_missing(ent_str id, ent_err *err);
ent_code store_doc_missing(const char *kind, ent_str id, ent_err *err);
/* Everything a row or document borrows, copied. */
ent_code store_row_copy(ent_arena *arena, store_row *row, ent_err *err);
ent_code store_doc_copy(ent_arena *arena, store_doc *doc, ent_err *err);
/* Is `come` older than `have`, as instants?  "12Z" and "12.0Z" are one time (STIX 2.1 s3.2). */
bool store_version_older(ent_str come, ent_str have);

#endif
