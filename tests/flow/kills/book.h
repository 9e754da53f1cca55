/*
 * book -- what was acknowledged, and an independent look at whether it is there.
 *
 * The book is written from exit codes alone: what a command that ended with 0 has promised.
 * The checker shares no code with the product: it reads the two databases with SQL, and the
 * folders of the logs as RFC 6962 and C2SP describe them, with a Merkle tree of its own.  It
 * remembers every leaf that it has ever seen: a log may only grow.  It returns what is wrong,
 * so that it can be seen to find planted losses.
 */
#ifndef ENT_FLOW_BOOK_H
#define ENT_FLOW_BOOK_H

#include "flow/pair.h"

#include <sodium.h>
#include <sqlite3.h>

#define BOOK_ITEMS  8192
#define BOOK_LEAVES 65536
#define BOOK_LOGS   6

/* What is known of an own record of OUR. */
typedef enum item_state {
    ITEM_OWN,   /* imported: there, and nowhere else */
    ITEM_SENT,  /* released: at THEIR, once */
    ITEM_CALLED /* called back: not at THEIR any more */
} item_state;

typedef struct item {
    char id[64], name[24], release[40];
    item_state state;
} item;

typedef struct leaf {
    uint8_t hash[32];
} leaf;

/* One log: where it is, and all of it that was ever seen. */
typedef struct seen_log {
    char folder[PAIR_PATH];
    leaf *leaves;
    size_t count;
} seen_log;

typedef struct book {
    pair *p;
    item items[BOOK_ITEMS];
    size_t count;
    seen_log logs[BOOK_LOGS];
    char wrong[2 * PAIR_PATH];
} book;

static inline void book_begin(book *b, pair *p)
{
    static const char *const folders[BOOK_LOGS] = { "links/THEIR/out", "links/THEIR/in",
                                                    "journal/out",     "links/OUR/out",
                                                    "links/OUR/in",    "journal/out" };

    b->p = p;
    b->count = 0;
    for (size_t i = 0; i < BOOK_LOGS; i++) {
        (void)snprintf(b->logs[i].folder, sizeof b->logs[i].folder, "%.400s/%s",
                       p->home[i < BOOK_LOGS / 2 ? OUR : THEIR], folders[i]);
        b->logs[i].leaves = calloc(BOOK_LEAVES, sizeof(leaf));
        b->logs[i].count = 0;
        assert_non_null(b->logs[i].leaves);
    }
}

static inline void book_end(book *b)
{
    for (size_t i = 0; i < BOOK_LOGS; i++)
        free(b->logs[i].leaves);
}

#define BOOK_WRONG(b, ...) (snprintf((b)->wrong, sizeof(b)->wrong, __VA_ARGS__), false)

/* ---- the logs ---- */

/* The root of RFC 6962 over `count` leaves. */
static inline leaf book_root(const leaf *leaves, size_t count)
{
    uint8_t node[65] = { 1 };
    size_t split = 1;
    leaf root, part;

    if (count == 1)
        return leaves[0];
    while (split * 2 < count)
        split *= 2;
    part = book_root(leaves, split);
    memcpy(node + 1, part.hash, 32);
    part = book_root(leaves + split, count - split);
    memcpy(node + 33, part.hash, 32);
    (void)crypto_hash_sha256(root.hash, node, sizeof node);
    return root;
}

static inline char *book_file(const char *folder, const char *name, size_t *size)
{
    char path[2 * PAIR_PATH];
    struct stat st;
    char *bytes;
    FILE *in;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (stat(path, &st) != 0 || (in = fopen(path, "r")) == NULL)
        return NULL;
    bytes = malloc((size_t)st.st_size + 1);
    assert_non_null(bytes);
    *size = fread(bytes, 1, (size_t)st.st_size, in);
    bytes[*size] = '\0';
    (void)fclose(in);
    return bytes;
}

/* The leaves of one bundle; false if it is not `width` entries, whole. */
static inline bool bundle_leaves(const uint8_t *at, size_t left, size_t width, leaf *leaves)
{
    uint8_t entry[70000];

    for (size_t i = 0; i < width; i++) {
        size_t size = left < 2 ? 0 : (size_t)at[0] << 8 | at[1];

        if (left < 2 || size > left - 2)
            return false;
        entry[0] = 0;
        memcpy(entry + 1, at + 2, size);
        (void)crypto_hash_sha256(leaves[i].hash, entry, size + 1);
        at += 2 + size;
        left -= 2 + size;
    }
    return left == 0;
}

/* Reads a whole log: its leaves lead to the signed root, and begin with all that we knew. */
static inline bool log_check(book *b, seen_log *log)
{
    static leaf now[BOOK_LEAVES];
    size_t size = 0, used, count;
    char *head = book_file(log->folder, "checkpoint", &size), *line, *end;
    uint8_t root[64];
    leaf made;

    if (head == NULL)
        return log->count == 0 || BOOK_WRONG(b, "%s has no checkpoint any more", log->folder);
    line = strchr(head, '\n') + 1;
    count = strtoull(line, &end, 10);
    used = 0;
    (void)sodium_base642bin(root, sizeof root, end + 1, strcspn(end + 1, "\n"), NULL, &used, NULL,
                            sodium_base64_VARIANT_ORIGINAL);
    free(head);
    if (used != 32 || count > BOOK_LEAVES)
        return BOOK_WRONG(b, "%s: what is this checkpoint?", log->folder);
    if (count < log->count)
        return BOOK_WRONG(b, "%s had %zu entries and has %zu", log->folder, log->count, count);
    for (size_t first = 0; first < count; first += 256) {
        size_t width = count - first < 256 ? count - first : 256;
        char name[64], *bundle;
        bool good;

        (void)snprintf(name, sizeof name,
                       width == 256 ? "tile/entries/%03zu" : "tile/entries/%03zu.p/%zu",
                       first / 256, width);
        bundle = book_file(log->folder, name, &size);
        good = bundle != NULL && bundle_leaves((const uint8_t *)bundle, size, width, now + first);
        free(bundle);
        if (!good)
            return BOOK_WRONG(b, "%s/%s is not there, or not whole", log->folder, name);
    }
    if (count > 0) {
        made = book_root(now, count);
        if (memcmp(made.hash, root, 32) != 0)
            return BOOK_WRONG(b, "%s: its entries do not lead to its root", log->folder);
    }
    if (memcmp(now, log->leaves, log->count * sizeof *now) != 0)
        return BOOK_WRONG(b, "%s: its past is another one than before", log->folder);
    memcpy(log->leaves, now, count * sizeof *now);
    log->count = count;
    return true;
}

/* Once all is at rest a mirror is what it mirrors. */
static inline bool logs_check(book *b)
{
    static const size_t mirrors[][2] = { { 0, 4 }, { 3, 1 } };

    for (size_t i = 0; i < BOOK_LOGS; i++)
        if (!log_check(b, &b->logs[i]))
            return false;
    for (size_t i = 0; i < 2; i++) {
        const seen_log *log = &b->logs[mirrors[i][0]], *mirror = &b->logs[mirrors[i][1]];

        if (log->count != mirror->count ||
            memcmp(log->leaves, mirror->leaves, log->count * sizeof(leaf)) != 0)
            return BOOK_WRONG(b, "%s (%zu entries) is not what %s (%zu) mirrors", log->folder,
                              log->count, mirror->folder, mirror->count);
    }
    return true;
}

/* ---- the records ---- */

typedef struct book_db {
    sqlite3 *db;
    sqlite3_stmt *rows, *named, *docs;
} book_db;

static inline bool book_open(book *b, int node, book_db *d)
{
    static const char rows[] = "SELECT count(*), coalesce(max(length(bytes)),0) FROM object WHERE "
                               "id=?1 AND owner=?2 AND latest=1 AND tombstone=''";
    static const char named[] = "SELECT count(*) FROM object WHERE instr(bytes, ?1) > 0";
    static const char docs[] = "SELECT state FROM doc WHERE kind='release' AND id=?1";
    char path[PAIR_PATH + 32];

    *d = (book_db){ 0 };
    (void)snprintf(path, sizeof path, "%s/holdings.db", b->p->home[node]);
    if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return BOOK_WRONG(b, "%s cannot be opened", path);
    (void)sqlite3_busy_timeout(d->db, 10000);
    if (sqlite3_prepare_v2(d->db, rows, -1, &d->rows, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(d->db, named, -1, &d->named, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(d->db, docs, -1, &d->docs, NULL) != SQLITE_OK)
        return BOOK_WRONG(b, "%s: %s", path, sqlite3_errmsg(d->db));
    return true;
}

static inline void book_close(book_db *d)
{
    (void)sqlite3_finalize(d->rows);
    (void)sqlite3_finalize(d->named);
    (void)sqlite3_finalize(d->docs);
    (void)sqlite3_close(d->db);
}

/* How many such rows; -1 if one of them is empty. */
static inline int book_rows(book_db *d, const char *id, const char *owner)
{
    int count = -2;

    (void)sqlite3_bind_text(d->rows, 1, id, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(d->rows, 2, owner, -1, SQLITE_STATIC);
    if (sqlite3_step(d->rows) == SQLITE_ROW) {
        count = sqlite3_column_int(d->rows, 0);
        if (count > 0 && sqlite3_column_int(d->rows, 1) == 0)
            count = -1;
    }
    (void)sqlite3_reset(d->rows);
    return count;
}

/* In how many rows, of any state, that name is written. */
static inline int book_named(book_db *d, const char *name)
{
    int count = -1;

    (void)sqlite3_bind_blob(d->named, 1, name, (int)strlen(name), SQLITE_STATIC);
    if (sqlite3_step(d->named) == SQLITE_ROW)
        count = sqlite3_column_int(d->named, 0);
    (void)sqlite3_reset(d->named);
    return count;
}

static inline bool book_release_is(book_db *d, const char *id, const char *state)
{
    bool is = false;

    (void)sqlite3_bind_text(d->docs, 1, id, -1, SQLITE_STATIC);
    if (sqlite3_step(d->docs) == SQLITE_ROW)
        is = strcmp((const char *)sqlite3_column_text(d->docs, 0), state) == 0;
    (void)sqlite3_reset(d->docs);
    return is;
}

static inline bool item_check(book *b, const item *i, book_db *ours, book_db *theirs)
{
    int held = book_rows(ours, i->id, ""), there = book_rows(theirs, i->id, "OUR");

    if (held != 1)
        return BOOK_WRONG(b, "%s was acknowledged, and %d rows are here", i->id, held);
    switch (i->state) {
    case ITEM_OWN:
        return there == 0 || BOOK_WRONG(b, "%s was never released and is there", i->id);
    case ITEM_SENT:
        if (there != 1)
            return BOOK_WRONG(b, "%s was released, and %d rows are there", i->id, there);
        return book_release_is(ours, i->release, "received") ||
               BOOK_WRONG(b, "%s was released, and its receipt is lost", i->id);
    case ITEM_CALLED:
        if (there != 0 || book_named(theirs, i->name) != 0)
            return BOOK_WRONG(b, "%s was called back and is there", i->id);
        return book_release_is(ours, i->release, "erased") ||
               BOOK_WRONG(b, "%s was called back, and nobody says that it was erased", i->id);
    }
    return false;
}

/* Is all there that was acknowledged, and nothing else of it?  When all is at rest. */
static inline bool book_look(book *b)
{
    book_db ours = { 0 }, theirs = { 0 };
    bool good = book_open(b, OUR, &ours) && book_open(b, THEIR, &theirs);

    for (size_t i = 0; good && i < b->count; i++)
        good = item_check(b, &b->items[i], &ours, &theirs);
    book_close(&ours);
    book_close(&theirs);
    return good && logs_check(b);
}

/* The same after pair_settle; what is said between that and the look is waited for. */
static inline bool book_check(book *b)
{
    if (book_look(b))
        return true;
    if (b->p->serve[OUR] == 0 || b->p->serve[THEIR] == 0 || strstr(b->wrong, "mirrors") == NULL)
        return false;
    pair_settle(b->p);
    return book_look(b);
}

#endif
