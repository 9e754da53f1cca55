/*
 * store/store -- where a node keeps what it holds.
 *
 * An object is the exact bytes of one version of one STIX object beside what it is
 * looked up by: the store derives nothing and decides nothing, callers hand over every
 * index value.  Owner is part of an object's identity ('' is this node, otherwise the
 * peer it came from), so nobody's object ever overwrites another's.  A document is a
 * small JSON record of the desk's work under a kind and an id.
 *
 * Three backends (doc/design/store.md): SQLite, PostgreSQL, and a slow plain one that
 * tests compare them with.  Writes happen inside a transaction, one writer at a time, and
 * are durable when store_commit returns.  Several processes may have one store open; one
 * handle is for one thread.  All ids and texts are data, never SQL.
 * Cost: put, get and key look-up O(log n); search by an index; iteration streams.
 */
#ifndef ENT_STORE_STORE_H
#define ENT_STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

typedef struct store store;
typedef struct store_doc store_doc;

/* Opens or makes the store, brings its schema up to date and checks it.  `where` is a file
 * (SQLite; ":memory:" lives as long as its handle), a URL "postgresql://..." (libpq's form),
 * or "plain:" for the backend that tests compare with.
 * CONFIG       made by a newer entente, or a database that may lose what it acknowledged
 * IO           damaged or not readable; nothing of it is served
 * UNAVAILABLE  the server cannot be reached */
ENT_MUST_USE ent_code store_open(const char *where, store **out, ent_err *err);
void store_close(store *s);

/* Through this handle everybody sees what is frozen, too (store_query.frozen). */
void store_frozen_show(store *s);
bool store_frozen_shown(const store *s);

/* All that is in a store is of one world: of an exercise, or live.  Said by the first who opens it
 * for a home, and never otherwise afterwards (doc/design/exercise.md).
 * CONFIG  it is of the other world */
ENT_MUST_USE ent_code store_exercise_settle(store *s, bool exercise, ent_err *err);
/* False while nothing was said. */
bool store_exercise(const store *s);

/* For whom this handle reads: what is of a compartment that is not theirs (desk/compartment.h) is
 * not there, neither rows nor documents, and is not counted.  Queries with `frozen` or `every`
 * are the node's own and see it. */
typedef struct store_reader {
    bool (*row_hidden)(const struct store_reader *reader, ent_str owner, ent_str id);
    bool (*doc_hidden)(const struct store_reader *reader, const store_doc *doc);
    const ent_str *ids; /* of which some row is hidden, each once */
    size_t count;
} store_reader;

/* NULL: everybody's and everything.  Gives who read before; `reader` must outlive the handle. */
const store_reader *store_reader_set(store *s, const store_reader *reader);
const store_reader *store_reader_of(const store *s);

/* Is this place a server's URL and no file? */
bool store_is_remote(const char *where);
/* The place without what must not be shown: a password, also among the URL's parameters. */
ent_str store_where_shown(ent_arena *arena, const char *where);

/* Immediate transactions: RETRY when another process writes for too long. */
ENT_MUST_USE ent_code store_begin(store *s, ent_err *err);
ENT_MUST_USE ent_code store_commit(store *s, ent_err *err);
void store_rollback(store *s);
/* Commits if all went well, rolls back if not; `rc` is what it comes to. */
ENT_MUST_USE ent_code store_end(store *s, ent_code rc, ent_err *err);

/* Within a transaction: what was written since store_mark is undone, or kept.  One at a time. */
ENT_MUST_USE ent_code store_mark(store *s, ent_err *err);
ENT_MUST_USE ent_code store_mark_undo(store *s, ent_err *err);
ENT_MUST_USE ent_code store_mark_keep(store *s, ent_err *err);

/* ---- objects ---- */

/* A point on earth. */
typedef struct store_place {
    bool known;
    double latitude, longitude;
} store_place;

typedef struct store_object {
    ent_str owner;   /* "" for this node's own */
    ent_str id;      /* STIX id */
    ent_str version; /* `modified`, or `created`, or "" where the type has no versions */
    ent_str type;
    ent_str bytes; /* exactly as received */
    ent_time received;
    ent_str source;      /* where it came from: "import:FILE" or a release's id */
    ent_str retention;   /* YYYY-MM-DD or "" */
    ent_str handling;    /* the label beside the bytes, JSON (doc/design/handling.md) or "" */
    ent_str quarantine;  /* why it is held back; "": admitted */
    ent_days when;       /* the days in which its fact holds; all zeros: always */
    store_place place;   /* where it is */
    ent_str text;        /* folded words for search */
    const ent_str *keys; /* match keys */
    size_t key_count;
    const ent_str *refs; /* STIX ids that it refers to */
    size_t ref_count;
} store_object;

typedef enum store_put_result {
    STORE_ADDED,     /* the first version of this object */
    STORE_UPDATED,   /* a newer version */
    STORE_OLDER,     /* an older version, kept beside the latest */
    STORE_UNCHANGED, /* these very bytes are there */
    STORE_CONFLICTS, /* same version, other content: the first stays (STIX 2.1 s3.6) */
    STORE_HELD       /* it has a reason for quarantine: kept, and found by nothing else */
} store_put_result;

ENT_MUST_USE ent_code store_object_put(store *s, const store_object *object,
                                       store_put_result *result, ent_err *err);

/* Looks these ids up at once, so that within this transaction those that are not there need
 * no look-up of their own.  Never needed; on a server it saves a journey for each object, and
 * store_expects says that it does. */
ENT_MUST_USE ent_code store_objects_expect(store *s, const char *owner, const ent_str *ids,
                                           size_t count, ent_err *err);

bool store_expects(const store *s);

/* One row as read; everything in the arena. */
typedef struct store_row {
    int64_t number; /* the store's own, for later calls */
    ent_str owner, id, version, type, bytes, source, retention;
    ent_time received;
    ent_str tombstone; /* why the content was erased; "" if it was not */
    ent_str handling;  /* the label beside the bytes, JSON or "" */
    ent_str quarantine;
    bool latest;
    ent_days when;
    store_place place;
} store_row;

/* The latest version.  `owner` NULL: any owner, this node's own first, and nothing that is
 * frozen.  NOT_FOUND */
ENT_MUST_USE ent_code store_object_get(store *s, ent_arena *arena, const char *owner, ent_str id,
                                       store_row *row, ent_err *err);

/* The same where nothing may be there: then *found is false, and that is OK. */
ENT_MUST_USE ent_code store_object_find(store *s, ent_arena *arena, const char *owner, ent_str id,
                                        store_row *row, bool *found, ent_err *err);

/* The same whoever reads: for who decides what may come in. */
ENT_MUST_USE ent_code store_object_held(store *s, ent_arena *arena, const char *owner, ent_str id,
                                        store_row *row, bool *found, ent_err *err);

/* Called for each row; `row` lives until it returns.  Any code but OK stops. */
typedef ent_code (*store_each)(void *arg, const store_row *row, ent_err *err);

/* A box of places; west > east: it goes round by the date line. */
typedef struct store_box {
    double south, north, west, east;
} store_box;

/* An object: of this type, and its fact holds on one of these days (NULL: whenever). */
typedef struct store_beside {
    const char *type;
    const ent_days *when;
} store_beside;

#define STORE_BESIDES 2

typedef struct store_query {
    const char *owner;          /* NULL: any; "": own */
    const char *type;           /* NULL: any */
    const char *key;            /* has this match key */
    const char *key_start;      /* has one that begins so */
    const char *ref;            /* refers to this id */
    const store_beside *beside; /* and beside it to the latest version of one of such objects, */
    size_t beside_count;        /* of which there are so many, <= STORE_BESIDES; only with `ref` */
    const char *text; /* every one of these folded words (`a|b`: either), the last as a beginning */
    const char *source;
    const char *due;       /* its retention has ended before this day, YYYY-MM-DD */
    const ent_days *when;  /* its fact holds on one of these days */
    const store_box *near; /* it lies in the box, or a little beside it */
    ent_str id;            /* this object; with `versions` its history, newest first */
    bool versions;         /* all versions, not only the latest */
    bool quarantined;      /* only what is held back; everything else finds none of it */
    bool frozen;   /* also what is frozen (of an owner with a document `frozen`) or hidden */
    bool every;    /* every row there is, also held back and erased (store_copy) */
    int64_t after; /* only rows of a later number; 0: all */
    size_t limit;  /* 0: all */
} store_query;

/* In order of arrival; with `text` best first. */
ENT_MUST_USE ent_code store_objects_each(store *s, const store_query *query, store_each each,
                                         void *arg, ent_err *err);

/* The match keys of a row, and what it refers to. */
ENT_MUST_USE ent_code store_keys_of(store *s, ent_arena *arena, int64_t number, ent_str **keys,
                                    size_t *count, ent_err *err);
ENT_MUST_USE ent_code store_refs_of(store *s, ent_arena *arena, int64_t number, ent_str **refs,
                                    size_t *count, ent_err *err);

/* This row, which is an object's latest version, is found by these match keys and words and no others;
 * what it is, refers to and lies at stays. */
ENT_MUST_USE ent_code store_object_index(store *s, int64_t number, const ent_str *keys,
                                         size_t key_count, ent_str text, ent_err *err);

/* The latest version gets another label beside its bytes, and another retention.  NOT_FOUND */
ENT_MUST_USE ent_code store_object_label(store *s, ent_str owner, ent_str id, ent_str handling,
                                         ent_str retention, ent_err *err);

/* Erases content, index, place and days of every version; a row with the reason stays,
 * whose fact holds on no day.  NOT_FOUND */
ENT_MUST_USE ent_code store_object_erase(store *s, ent_str owner, ent_str id, ent_str reason,
                                         ent_err *err);

/* Removes the rows that an erasure left, so that the object may come again. */
ENT_MUST_USE ent_code store_object_forget(store *s, ent_str owner, ent_str id, ent_err *err);

ENT_MUST_USE ent_code store_count(store *s, const char *owner, int64_t *count, ent_err *err);

/* What it takes on its disk, indexes and all; 0 where there is none. */
ENT_MUST_USE ent_code store_bytes(store *s, int64_t *bytes, ent_err *err);

/* ---- documents ---- */

struct store_doc {
    ent_str kind, id;
    ent_str peer; /* "" if it concerns none */
    ent_str state;
    ent_time time;
    ent_str json;
    ent_str bytes; /* beside the JSON: what is large and nobody looks into; not in a walk */
};

/* Inserts or replaces. */
ENT_MUST_USE ent_code store_doc_put(store *s, const store_doc *doc, ent_err *err);
ENT_MUST_USE ent_code store_doc_get(store *s, ent_arena *arena, const char *kind, ent_str id,
                                    store_doc *doc, ent_err *err);
ENT_MUST_USE ent_code store_doc_delete(store *s, const char *kind, ent_str id, ent_err *err);
/* In the order they were first put; `peer` and `state` NULL: any. */
typedef ent_code (*store_doc_each)(void *arg, const store_doc *doc, ent_err *err);
ENT_MUST_USE ent_code store_docs_each(store *s, const char *kind, const char *peer,
                                      const char *state, store_doc_each each, void *arg,
                                      ent_err *err);

/* ---- care ---- */

/* Readable when another process has committed (then store_changes_take), or -1: this backend
 * does not say. */
int store_changes(store *s);
/* Takes what made store_changes readable; true if it was another's commit. */
bool store_changes_take(store *s);

/* How many transactions have changed what is held: objects, what is frozen, what is one person.
 * Whoever keeps something that was made of it compares this.  (Document "changes".) */
ENT_MUST_USE ent_code store_change_number(store *s, ent_arena *arena, int64_t *number,
                                          ent_err *err);

/* A consistent copy, while the store is in use, as a SQLite file. */
ENT_MUST_USE ent_code store_backup(store *s, const char *path, ent_err *err);
/* Every row and document of one store into an empty other, in one transaction.
 * CONFLICT  the other is not empty */
ENT_MUST_USE ent_code store_copy(store *from, store *to, ent_err *err);
/* The store may grow to so many pages and then is full (IO); 0: no limit.  For this handle;
 * SQLite alone knows it, elsewhere nothing happens. */
ENT_MUST_USE ent_code store_limit(store *s, int64_t pages, ent_err *err);
/* IO with what is damaged. */
ENT_MUST_USE ent_code store_check(store *s, ent_err *err);

#endif
