#include "store/absent_int.h"
#include "store/backend_int.h"

#include "base/buf.h"

#include <stdlib.h>

/* ---- which backend ---- */

static const struct backend {
    const char *prefix; /* of the place */
    const struct store_ops *ops;
} backends[] = {
    { "postgresql://", &store_postgres },
    { "postgres://", &store_postgres },
    { "plain:", &store_memory },
    { "", &store_sqlite }, /* everything else is a file */
};

bool store_is_remote(const char *where)
{
    return strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0;
}

/* libpq's URL: scheme://user:password@host/name?parameters.  A password may hold any
 * character but '@', so the user's part ends at the last '@' before the path. */
ent_str store_where_shown(ent_arena *arena, const char *where)
{
    const char *start = store_is_remote(where) ? strstr(where, "://") + 3 : NULL, *at, *colon;
    const char *query = start == NULL ? NULL : strchr(start, '?');
    ent_str shown = ENT_STR_NONE;
    ent_err ignored = { 0 };
    ent_buf buf;

    if (start == NULL)
        return ent_arena_str(arena, ent_str_of(where));
    ent_buf_init(&buf, arena);
    at = NULL;
    for (const char *p = start; *p != '\0'; p++)
        if (*p == '@')
            at = p;
    colon = at == NULL ? NULL : memchr(start, ':', (size_t)(at - start));
    if (query != NULL && at != NULL && query < at)
        query = strchr(at, '?');
    if (colon != NULL) {
        ent_buf_put(&buf, where, (size_t)(colon - where));
        ent_buf_c(&buf, ":***");
        where = at;
    }
    ent_buf_put(&buf, where, query == NULL ? strlen(where) : (size_t)(query - where));
    if (query != NULL) /* passwords and key files' passphrases are parameters as well */
        ent_buf_c(&buf, "?***");
    return ent_buf_done(&buf, &shown, &ignored) == ENT_OK ? shown : ENT_STR_NONE;
}

ent_code store_open(const char *where, store **out, ent_err *err)
{
    const struct backend *backend = backends;
    ent_code rc;

    while (strncmp(where, backend->prefix, strlen(backend->prefix)) != 0)
        backend++;
    rc = backend->ops->open(where, out, err);
    if (rc != ENT_OK) {
        ent_arena *arena = ent_arena_new(65536);
        ent_str shown = arena == NULL ? ENT_STR_NONE : store_where_shown(arena, where);

        if (shown.ptr != NULL)
            (void)ent_context(err, "%s", shown.ptr);
        ent_arena_free(arena);
    }
    return rc;
}

/* ---- transactions ---- */

void store_close(store *s)
{
    struct store_absent *absent;

    if (s == NULL)
        return;
    absent = s->absent;
    s->ops->close(s);
    store_absent_free(absent);
}

ent_code store_begin(store *s, ent_err *err)
{
    ENT_TRY(s->ops->begin(s, err));
    s->open = true;
    store_absent_reset(s->absent);
    return ENT_OK;
}

/* ---- how often what is held has changed ---- */

#define CHANGES_MEMORY ((size_t)65536)

ent_code store_change_number(store *s, ent_arena *arena, int64_t *number, ent_err *err)
{
    ent_err why = { 0 };
    store_doc doc;
    ent_code rc = s->ops->doc_get(s, arena, "changes", ENT_STR("objects"), &doc, &why);

    *number = 0;
    if (rc == ENT_OK)
        *number = strtoll(doc.json.ptr, NULL, 10);
    if (rc == ENT_OK || rc == ENT_NOT_FOUND)
        return ENT_OK;
    *err = why;
    return rc;
}

static ent_code change_count(store *s, ent_err *err)
{
    ent_arena *arena = ent_arena_new(CHANGES_MEMORY);
    store_doc doc = { .kind = ENT_STR("changes"),
                      .id = ENT_STR("objects"),
                      .peer = ENT_STR(""),
                      .state = ENT_STR("counted") };
    int64_t number;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    rc = store_change_number(s, arena, &number, err);
    if (rc == ENT_OK) {
        doc.json = ent_arena_printf(arena, "%lld", (long long)number + 1);
        rc = doc.json.ptr == NULL ? ent_fail_arena(err) : s->ops->doc_put(s, &doc, err);
    }
    ent_arena_free(arena);
    return rc;
}

/* Of documents, these decide what is seen of objects. */
static void doc_dirty(store *s, ent_str kind)
{
    s->dirty = s->dirty || ent_str_is(kind, "same") || ent_str_is(kind, "frozen") ||
               ent_str_is(kind, "compartment");
}

ent_code store_commit(store *s, ent_err *err)
{
    if (s->dirty)
        ENT_TRY(change_count(s, err));
    s->dirty = false;
    ENT_TRY(s->ops->commit(s, err));
    s->open = false;
    store_absent_reset(s->absent);
    return ENT_OK;
}

void store_rollback(store *s)
{
    s->ops->rollback(s);
    s->open = s->dirty = false;
    store_absent_reset(s->absent);
}

ent_code store_end(store *s, ent_code rc, ent_err *err)
{
    if (rc == ENT_OK)
        rc = store_commit(s, err);
    if (rc != ENT_OK)
        store_rollback(s);
    return rc;
}

ent_code store_mark(store *s, ent_err *err)
{
    return s->ops->mark(s, err);
}

/* What was forgotten since the mark is there again. */
ent_code store_mark_undo(store *s, ent_err *err)
{
    store_absent_reset(s->absent);
    return s->ops->mark_undo(s, err);
}

ent_code store_mark_keep(store *s, ent_err *err)
{
    return s->ops->mark_keep(s, err);
}

/* ---- objects ---- */

ent_code store_missing(ent_str id, ent_err *err)
{
    return ent_fail(err, ENT_NOT_FOUND, "there is no object '%.*s'",
                    id.size > 200 ? 200 : (int)id.size, id.ptr);
}

ent_code store_doc_missing(const char *kind, ent_str id, ent_err *err)
{
    return ent_fail(err, ENT_NOT_FOUND, "there is no %s '%.*s'", kind,
                    id.size > 200 ? 200 : (int)id.size, id.ptr);
}

static ent_code texts_copy(ent_arena *arena, ent_str *const texts[], size_t count, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        *texts[i] = ent_arena_str(arena, texts[i]->ptr == NULL ? ENT_STR("") : *texts[i]);
        if (texts[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

ent_code store_row_copy(ent_arena *arena, store_row *row, ent_err *err)
{
    ent_str *const texts[] = { &row->owner,    &row->id,        &row->version,   &row->type,
                               &row->bytes,    &row->source,    &row->retention, &row->tombstone,
                               &row->handling, &row->quarantine };

    return texts_copy(arena, texts, sizeof texts / sizeof *texts, err);
}

ent_code store_doc_copy(ent_arena *arena, store_doc *doc, ent_err *err)
{
    ent_str *const texts[] = { &doc->kind,  &doc->id,   &doc->peer,
                               &doc->state, &doc->json, &doc->bytes };

    return texts_copy(arena, texts, sizeof texts / sizeof *texts, err);
}

bool store_version_older(ent_str come, ent_str have)
{
    ent_err ignored = { 0 };
    ent_time a, b;

    return ent_time_read(have, &a, &ignored) == ENT_OK &&
           ent_time_read(come, &b, &ignored) == ENT_OK && b < a;
}

ent_code store_object_put(store *s, const store_object *object, store_put_result *result,
                          ent_err *err)
{
    store_object o = *object;
    bool fresh = store_absent_take(s, o.owner, o.id);

    if (o.when.first == 0 && o.when.last == 0)
        o.when = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
    ENT_TRY(s->ops->put(s, &o, fresh, result, err));
    s->dirty = s->dirty || *result != STORE_UNCHANGED;
    return ENT_OK;
}

/* ---- what is frozen ---- */

#define STORE_FROZEN_MAX 256

bool store_frozen_shown(const store *s)
{
    return s->frozen;
}

void store_frozen_show(store *s)
{
    s->frozen = true;
}

const store_reader *store_reader_set(store *s, const store_reader *reader)
{
    const store_reader *before = s->reader;

    s->reader = reader;
    return before;
}

const store_reader *store_reader_of(const store *s)
{
    return s->reader;
}

/* A walk that leaves out what is frozen or hidden, and counts to the limit itself. */
struct thawed {
    const store_reader *reader;
    ent_arena *arena;
    ent_str owners[STORE_FROZEN_MAX];
    size_t count, left; /* owners; rows to go, 0: all */
    bool over;
    store_each each;
    void *arg;
};

static ent_code owner_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct thawed *t = arg;

    if (t->count == STORE_FROZEN_MAX)
        return ent_fail(err, ENT_LIMIT, "more than %d owners are frozen", STORE_FROZEN_MAX);
    t->owners[t->count] = ent_arena_str(t->arena, doc->id);
    return t->owners[t->count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code row_pass(void *arg, const store_row *row, ent_err *err)
{
    struct thawed *t = arg;

    for (size_t i = 0; i < t->count; i++)
        if (ent_str_equal(row->owner, t->owners[i]))
            return ENT_OK;
    if (t->reader != NULL && t->reader->row_hidden(t->reader, row->owner, row->id))
        return ENT_OK;
    ENT_TRY(t->each(t->arg, row, err));
    if (t->left == 0 || --t->left > 0)
        return ENT_OK;
    t->over = true;
    return ent_fail(err, ENT_RETRY, "as many as were wanted");
}

static ent_code thawed_walk(store *s, struct thawed *t, const store_query *query, bool all_owners,
                            ent_err *err)
{
    store_query all = *query;
    ent_code rc;

    if (!all_owners)
        ENT_TRY(s->ops->docs_each(s, "frozen", NULL, NULL, owner_take, t, err));
    if (t->count == 0 && t->reader == NULL)
        return s->ops->each(s, query, t->each, t->arg, err);
    t->left = query->limit;
    all.limit = 0;
    rc = s->ops->each(s, &all, row_pass, t, err);
    if (rc == ENT_OK || !t->over)
        return rc;
    *err = (ent_err){ 0 };
    return ENT_OK;
}

ent_code store_objects_each(store *s, const store_query *query, store_each each, void *arg,
                            ent_err *err)
{
    bool own = query->owner != NULL && query->owner[0] == '\0';
    bool duty = query->frozen || query->every, all_owners = own || s->frozen || duty;
    const store_reader *reader = duty ? NULL : s->reader;
    struct thawed *t;
    ent_arena *arena;
    ent_code rc;

    if (all_owners && reader == NULL)
        return s->ops->each(s, query, each, arg, err);
    arena = ent_arena_new((size_t)1 << 16);
    t = arena == NULL ? NULL : ent_arena_alloc(arena, sizeof *t);
    if (t == NULL) {
        ent_arena_free(arena);
        return ent_fail(err, ENT_MEMORY, "no memory for a query");
    }
    *t = (struct thawed){ .reader = reader, .arena = arena, .each = each, .arg = arg };
    rc = thawed_walk(s, t, query, all_owners, err);
    ent_arena_free(arena);
    return rc;
}

struct copied {
    ent_arena *arena;
    store_row *row;
    bool found;
};

static ent_code row_keep(void *arg, const store_row *row, ent_err *err)
{
    struct copied *to = arg;

    to->found = true;
    *to->row = *row;
    return store_row_copy(to->arena, to->row, err);
}

/* The row that would be shown is frozen: the next owner's, if there is one. */
static ent_code thawed_find(store *s, ent_arena *arena, store_row *row, enum store_found *found,
                            ent_err *err)
{
    struct copied to = { .arena = arena, .row = row };
    store_query query = { .id = row->id, .limit = 1 };

    ENT_TRY(store_objects_each(s, &query, row_keep, &to, err));
    *found = to.found ? STORE_FOUND : STORE_ABSENT;
    return ENT_OK;
}

static ent_code owner_frozen(store *s, ent_arena *arena, ent_str owner, bool *frozen, ent_err *err)
{
    ent_err why = { 0 };
    store_doc doc;
    ent_code rc = s->ops->doc_get(s, arena, "frozen", owner, &doc, &why);

    *frozen = rc == ENT_OK;
    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    return ENT_OK;
}

static ent_code object_find(store *s, ent_arena *arena, const char *owner, ent_str id,
                            store_row *row, enum store_found *found, ent_err *err)
{
    bool frozen = false;

    *found = STORE_ABSENT;
    if (owner != NULL && store_absent_known(s, ent_str_of(owner), id))
        return ENT_OK;
    ENT_TRY(s->ops->get(s, arena, owner, id, row, found, err));
    if (*found == STORE_ABSENT && owner != NULL)
        store_absent_note(s, ent_str_of(owner), id);
    if (*found != STORE_FOUND || owner != NULL || s->frozen || row->owner.size == 0)
        return ENT_OK;
    ENT_TRY(owner_frozen(s, arena, row->owner, &frozen, err));
    return frozen ? thawed_find(s, arena, row, found, err) : ENT_OK;
}

/* Hidden is an id, whoever's: no other owner's row is shown instead.  The answer is that of what
 * is not there, after the same work. */
static ent_code object_seen(store *s, ent_arena *arena, const char *owner, ent_str id,
                            store_row *row, bool *found, ent_err *err)
{
    enum store_found which;

    ENT_TRY(object_find(s, arena, owner, id, row, &which, err));
    *found = which == STORE_FOUND &&
             (s->reader == NULL || !s->reader->row_hidden(s->reader, row->owner, row->id));
    return ENT_OK;
}

ent_code store_object_get(store *s, ent_arena *arena, const char *owner, ent_str id, store_row *row,
                          ent_err *err)
{
    bool found;

    ENT_TRY(object_seen(s, arena, owner, id, row, &found, err));
    return found ? ENT_OK : store_missing(id, err);
}

ent_code store_object_find(store *s, ent_arena *arena, const char *owner, ent_str id,
                           store_row *row, bool *found, ent_err *err)
{
    return object_seen(s, arena, owner, id, row, found, err);
}

ent_code store_object_held(store *s, ent_arena *arena, const char *owner, ent_str id,
                           store_row *row, bool *found, ent_err *err)
{
    enum store_found which;

    ENT_TRY(object_find(s, arena, owner, id, row, &which, err));
    *found = which == STORE_FOUND;
    return ENT_OK;
}

ent_code store_keys_of(store *s, ent_arena *arena, int64_t number, ent_str **keys, size_t *count,
                       ent_err *err)
{
    return s->ops->keys_of(s, arena, number, keys, count, err);
}

ent_code store_refs_of(store *s, ent_arena *arena, int64_t number, ent_str **refs, size_t *count,
                       ent_err *err)
{
    return s->ops->refs_of(s, arena, number, refs, count, err);
}

ent_code store_object_index(store *s, int64_t number, const ent_str *keys, size_t key_count,
                            ent_str text, ent_err *err)
{
    s->dirty = true;
    return s->ops->index(s, number, keys, key_count, text, err);
}

ent_code store_object_label(store *s, ent_str owner, ent_str id, ent_str handling,
                            ent_str retention, ent_err *err)
{
    s->dirty = true;
    return s->ops->label(s, owner, id, handling, retention, err);
}

ent_code store_object_erase(store *s, ent_str owner, ent_str id, ent_str reason, ent_err *err)
{
    s->dirty = true;
    return s->ops->erase(s, owner, id, reason, err);
}

ent_code store_object_forget(store *s, ent_str owner, ent_str id, ent_err *err)
{
    s->dirty = true;
    return s->ops->forget(s, owner, id, err);
}

struct uncount {
    const store_reader *reader;
    int64_t *count;
};

static ent_code row_uncount(void *arg, const store_row *row, ent_err *err)
{
    const struct uncount *u = arg;

    (void)err;
    *u->count -= row->latest && u->reader->row_hidden(u->reader, row->owner, row->id);
    return ENT_OK;
}

static ent_code hidden_count(store *s, const char *owner, int64_t *count, ent_err *err)
{
    struct uncount u = { s->reader, count };

    for (size_t i = 0; i < s->reader->count; i++) {
        const store_query query = {
            .owner = owner, .id = s->reader->ids[i], .versions = true, .every = true
        };

        ENT_TRY(s->ops->each(s, &query, row_uncount, &u, err));
    }
    return ENT_OK;
}

ent_code store_count(store *s, const char *owner, int64_t *count, ent_err *err)
{
    ENT_TRY(s->ops->count(s, owner, count, err));
    return s->reader == NULL ? ENT_OK : hidden_count(s, owner, count, err);
}

/* ---- documents ---- */

ent_code store_doc_put(store *s, const store_doc *doc, ent_err *err)
{
    doc_dirty(s, doc->kind);
    return s->ops->doc_put(s, doc, err);
}

ent_code store_doc_get(store *s, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                       ent_err *err)
{
    ENT_TRY(s->ops->doc_get(s, arena, kind, id, doc, err));
    return s->reader != NULL && s->reader->doc_hidden(s->reader, doc)
               ? store_doc_missing(kind, id, err)
               : ENT_OK;
}

ent_code store_doc_delete(store *s, const char *kind, ent_str id, ent_err *err)
{
    doc_dirty(s, ent_str_of(kind));
    return s->ops->doc_delete(s, kind, id, err);
}

struct docs_seen {
    const store_reader *reader;
    store_doc_each each;
    void *arg;
};

static ent_code doc_pass(void *arg, const store_doc *doc, ent_err *err)
{
    const struct docs_seen *seen = arg;

    return seen->reader->doc_hidden(seen->reader, doc) ? ENT_OK : seen->each(seen->arg, doc, err);
}

ent_code store_docs_each(store *s, const char *kind, const char *peer, const char *state,
                         store_doc_each each, void *arg, ent_err *err)
{
    struct docs_seen seen = { s->reader, each, arg };

    if (s->reader == NULL)
        return s->ops->docs_each(s, kind, peer, state, each, arg, err);
    return s->ops->docs_each(s, kind, peer, state, doc_pass, &seen, err);
}

/* ---- care ---- */

ent_code store_bytes(store *s, int64_t *bytes, ent_err *err)
{
    *bytes = 0;
    return s->ops->bytes == NULL ? ENT_OK : s->ops->bytes(s, bytes, err);
}

int store_changes(store *s)
{
    return s->ops->changes == NULL ? -1 : s->ops->changes(s);
}

bool store_changes_take(store *s)
{
    return s->ops->changes_take != NULL && s->ops->changes_take(s);
}

ent_code store_limit(store *s, int64_t pages, ent_err *err)
{
    return s->ops->limit == NULL ? ENT_OK : s->ops->limit(s, pages, err);
}

ent_code store_check(store *s, ent_err *err)
{
    return s->ops->check(s, err);
}

ent_code store_backup(store *s, const char *path, ent_err *err)
{
    store *to;
    ent_code rc;

    if (s->ops->backup != NULL)
        return s->ops->backup(s, path, err);
    ENT_TRY(store_sqlite.open(path, &to, err));
    rc = store_copy(s, to, err);
    store_close(to);
    return rc;
}
