/* Hits: what a run found, for people to read. */
#include "match/match_int.h"

#include "base/text.h"

/* Memory to read one record of ours in, which may bear many keys: let go before the next. */
#define ROW_ROOM ((size_t)16 << 20)

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

/* The hits that stand with a peer: read once for all that are put down together. */
struct older {
    store_doc *docs;
    ent_json *hits;
    size_t count;
};

static ent_code older_get(desk *d, ent_arena *arena, const char *peer, struct older *older,
                          ent_err *err)
{
    ENT_TRY(desk_docs(d, arena, "hit", peer, "open", &older->docs, &older->count, err));
    older->hits = ent_arena_array(arena, older->count + 1, sizeof *older->hits);
    if (older->hits == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < older->count; i++)
        ENT_TRY(ent_json_read(arena, older->docs[i].json, &older->hits[i], err));
    return ENT_OK;
}

static ent_code older_of(desk *d, ent_arena *arena, const match_run *run, struct older *older,
                         ent_err *err)
{
    ent_str peer = ent_arena_str(arena, run->peer);

    return peer.ptr == NULL ? ent_fail_arena(err) : older_get(d, arena, peer.ptr, older, err);
}

/* An older hit of the same pair, purpose and key is history now. */
static ent_code older_replace(desk *d, struct older *older, const match_run *run, ent_str key,
                              ent_err *err)
{
    for (size_t i = 0; i < older->count; i++) {
        store_doc *doc = &older->docs[i];

        if (!ent_str_is(doc->state, "open") ||
            !ent_str_equal(ent_json_get_text(older->hits[i], "key"), key) ||
            !ent_str_equal(ent_json_get_text(older->hits[i], "purpose"), run->purpose))
            continue;
        doc->state = ENT_STR("replaced");
        ENT_TRY(store_doc_put(d->store, doc, err));
    }
    return ENT_OK;
}

static ent_code hit_put(desk *d, ent_arena *arena, const match_run *run, const match_item *item,
                        const char *status, int64_t number, struct older *older, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("hit"), .peer = run->peer, .state = ENT_STR("open"), .time = d->now
    };

    doc.id = ent_arena_printf(arena, "%.*s/%lld", ENT_STR_ARG(run->id), (long long)number);
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(hit_write(d, arena, run, item, status, &doc.json, err));
    ENT_TRY(older_replace(d, older, run, item->key, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code match_hits_record(desk *d, ent_arena *arena, const match_run *run,
                           const match_item *const *items, const bool *conflict, size_t count,
                           ent_err *err)
{
    struct older older;

    ENT_TRY(older_of(d, arena, run, &older, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(hit_put(d, arena, run, items[i], conflict[i] ? "time-conflict" : "hit", (int64_t)i,
                        &older, err));
    return ENT_OK;
}

ent_code match_hits_add(desk *d, ent_arena *arena, const match_run *run,
                        const match_item *const *items, size_t count, int64_t number, ent_err *err)
{
    struct older older;

    ENT_TRY(older_of(d, arena, run, &older, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(hit_put(d, arena, run, items[i], items[i]->reassignable ? "time-unknown" : "hit",
                        number + (int64_t)i, &older, err));
    return ENT_OK;
}

ent_code match_hit_list(desk *d, ent_arena *arena, const char *peer, const char *run,
                        ent_json **hits, size_t *count, ent_err *err)
{
    struct older all;
    size_t kept = 0;

    ENT_TRY(older_get(d, arena, peer, &all, err));
    for (size_t i = 0; i < all.count; i++)
        if (run == NULL || ent_str_is(ent_json_get_text(all.hits[i], "run"), run))
            all.hits[kept++] = all.hits[i];
    *hits = all.hits;
    *count = kept;
    return ENT_OK;
}
