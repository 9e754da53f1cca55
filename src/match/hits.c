/* Hits: what a run found, for people to read. */
#include "match/match_int.h"

#include "base/text.h"

#include <stdlib.h>

/* Memory to read one record of ours in, which may bear many keys: let go before the next. */
#define ROW_ROOM ((size_t)16 << 20)
/* The same for one hit, behind which many records may stand. */
#define HIT_ROOM ((size_t)64 << 20)

static ent_code row_refs(desk *d, ent_arena *scratch, ent_str id, ent_jw *w, ent_err *err)
{
    ent_err why = { 0 };
    store_row row;
    ent_json object;

    if (store_object_get(d->store, scratch, "", id, &row, &why) != ENT_OK ||
        ent_json_read(scratch, row.bytes, &object, &why) != ENT_OK) {
        if (why.code == ENT_NOT_FOUND)
            return ENT_OK; /* erased since the run began */
        *err = why;
        return why.code;
    }
    for (ent_json v = ent_json_first(ent_json_get(object, "external_references")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_json_get_text(v, "external_id").size > 0)
            ent_jw_str(w, ent_json_get_text(v, "external_id"));
    return ENT_OK;
}

/* The ids that other lists know our records by. */
static ent_code refs_write(desk *d, const match_item *item, ent_jw *w, ent_err *err)
{
    ent_code rc = ENT_OK;

    ent_jw_array(w);
    for (size_t i = 0; rc == ENT_OK && i < item->own_count; i++) {
        ent_arena *scratch = ent_arena_new(ROW_ROOM);

        rc = scratch == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a record that was hit")
                             : row_refs(d, scratch, item->own[i], w, err);
        rc = ent_arena_end(scratch, rc, err);
    }
    ent_jw_end(w);
    return rc;
}

static ent_code hit_write(desk *d, ent_arena *arena, const match_run *run, const match_item *item,
                          const char *status, ent_str *json, ent_err *err)
{
    const char *colon = memchr(item->key.ptr, ':', item->key.size);
    ent_str kind = { item->key.ptr, colon == NULL ? 0 : (size_t)(colon - item->key.ptr) };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_str(&w, run->peer);
    ent_jw_key(&w, "kind");
    ent_jw_str(&w, ent_str_is(kind, "nm") ? ENT_STR("name") : kind);
    ent_jw_key(&w, "key");
    ent_jw_str(&w, item->key);
    ent_jw_key(&w, "own");
    ent_jw_array(&w);
    for (size_t i = 0; i < item->own_count; i++)
        ent_jw_str(&w, item->own[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "refs");
    ENT_TRY(refs_write(d, item, &w, err));
    ent_jw_key(&w, "status");
    ent_jw_c(&w, status);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, run->purpose);
    ent_jw_key(&w, "run");
    ent_jw_str(&w, run->id);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_end(&w);
    return ent_buf_done(&buf, json, err);
}

/* ---- what hits replace ---- */

/* A hit that stands with the peer for the same purpose: all that must be known of it to find it again. */
struct earlier {
    ent_str key, id;
};

/* They are read once for all hits that are put down together, and then in the order of their keys. */
struct older {
    ent_arena *arena, *scratch; /* of all of it; of one document */
    ent_str purpose;
    struct earlier *all;
    size_t count, room;
};

static ent_code older_keep(struct older *older, ent_str key, ent_str id, ent_err *err)
{
    struct earlier *to;

    if (older->count == older->room) {
        struct earlier *grown =
            ent_arena_grow(older->arena, older->all, &older->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        older->all = grown;
    }
    to = &older->all[older->count++];
    *to = (struct earlier){ ent_arena_str(older->arena, key), ent_arena_str(older->arena, id) };
    return to->key.ptr == NULL || to->id.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code older_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct older *older = arg;
    ent_json hit;

    ent_arena_reset(older->scratch);
    ENT_TRY(ent_json_read(older->scratch, doc->json, &hit, err));
    if (!ent_str_equal(ent_json_get_text(hit, "purpose"), older->purpose))
        return ENT_OK;
    return older_keep(older, ent_json_get_text(hit, "key"), doc->id, err);
}

static int by_key(const void *a, const void *b)
{
    return ent_str_compare(((const struct earlier *)a)->key, ((const struct earlier *)b)->key);
}

static ent_code older_read(desk *d, const match_run *run, struct older *older, ent_err *err)
{
    ent_str peer = ent_arena_str(older->arena, run->peer);

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_docs_each(d->store, "hit", peer.ptr, "open", older_take, older, err));
    if (older->count > 1)
        qsort(older->all, older->count, sizeof *older->all, by_key);
    return ENT_OK;
}

static ent_code one_replace(desk *d, ent_arena *scratch, ent_str id, ent_err *err)
{
    store_doc doc;

    ENT_TRY(store_doc_get(d->store, scratch, "hit", id, &doc, err));
    doc.state = ENT_STR("replaced");
    return store_doc_put(d->store, &doc, err);
}

/* An older hit of the same pair, purpose and key is history now. */
static ent_code older_replace(desk *d, const struct older *older, ent_str key, ent_err *err)
{
    size_t from = 0, to = older->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (ent_str_compare(older->all[middle].key, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < older->count && ent_str_equal(older->all[from].key, key); from++)
        ENT_TRY(one_replace(d, older->scratch, older->all[from].id, err));
    return ENT_OK;
}

/* ---- putting down ---- */

static ent_code hit_put(desk *d, const match_run *run, const match_item *item, const char *status,
                        int64_t number, const struct older *older, ent_err *err)
{
    ent_arena *scratch = older->scratch;
    store_doc doc = {
        .kind = ENT_STR("hit"), .peer = run->peer, .state = ENT_STR("open"), .time = d->now
    };

    ent_arena_reset(scratch);
    doc.id = ent_arena_printf(scratch, "%.*s/%lld", ENT_STR_ARG(run->id), (long long)number);
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(older_replace(d, older, item->key, err));
    ENT_TRY(hit_write(d, scratch, run, item, status, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code match_hits_put(desk *d, ent_arena *arena, const match_run *run,
                        const match_item *const *items, const bool *conflict, size_t count,
                        int64_t number, ent_err *err)
{
    struct older older = { .arena = arena,
                           .scratch = ent_arena_new(HIT_ROOM),
                           .purpose = run->purpose };
    ent_code rc = older.scratch == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a hit")
                                        : older_read(d, run, &older, err);

    for (size_t i = 0; rc == ENT_OK && i < count; i++) {
        bool unknown = conflict == NULL && items[i]->reassignable;
        const char *status = unknown                           ? "time-unknown"
                             : conflict != NULL && conflict[i] ? "time-conflict"
                                                               : "hit";

        rc = hit_put(d, run, items[i], status, number + (int64_t)i, &older, err);
    }
    return ent_arena_end(older.scratch, rc, err);
}

/* ---- reading ---- */

ent_code match_hit_list(desk *d, ent_arena *arena, const char *peer, const char *run,
                        ent_json **hits, size_t *count, ent_err *err)
{
    store_doc *docs;
    size_t all;

    ENT_TRY(desk_docs(d, arena, "hit", peer, "open", &docs, &all, err));
    *hits = ent_arena_array(arena, all + 1, sizeof **hits);
    if (*hits == NULL)
        return ent_fail_arena(err);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        ent_json *hit = &(*hits)[*count];

        ENT_TRY(ent_json_read(arena, docs[i].json, hit, err));
        *count += run == NULL || ent_str_is(ent_json_get_text(*hit, "run"), run);
    }
    return ENT_OK;
}
