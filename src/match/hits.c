/* Hits: what a run found, for people to read. */
#include "match/match_int.h"

#include "base/text.h"

/* The ids that other lists know our records by. */
static ent_code refs_write(desk *d, ent_arena *arena, const match_item *item, ent_jw *w,
                           ent_err *err)
{
    ent_jw_array(w);
    for (size_t i = 0; i < item->own_count; i++) {
        ent_err why = { 0 };
        store_row row;
        ent_json object;

        if (store_object_get(d->store, arena, "", item->own[i], &row, &why) != ENT_OK ||
            ent_json_read(arena, row.bytes, &object, &why) != ENT_OK) {
            if (why.code != ENT_NOT_FOUND) {
                *err = why;
                return why.code;
            }
            continue; /* erased since the run began */
        }
        for (ent_json v = ent_json_first(ent_json_get(object, "external_references"));
             v.doc != NULL; v = ent_json_next(v))
            if (ent_json_get_text(v, "external_id").size > 0)
                ent_jw_str(w, ent_json_get_text(v, "external_id"));
    }
    ent_jw_end(w);
    return ENT_OK;
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
    ENT_TRY(refs_write(d, arena, item, &w, err));
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

/* An older hit of the same pair, purpose and key is history now. */
static ent_code older_replace(desk *d, store_doc *docs, const ent_json *hits, size_t count,
                              const match_run *run, ent_str key, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!ent_str_is(docs[i].state, "open") ||
            !ent_str_equal(ent_json_get_text(hits[i], "key"), key) ||
            !ent_str_equal(ent_json_get_text(hits[i], "purpose"), run->purpose))
            continue;
        docs[i].state = ENT_STR("replaced");
        ENT_TRY(store_doc_put(d->store, &docs[i], err));
    }
    return ENT_OK;
}

static ent_code hit_docs(desk *d, ent_arena *arena, const char *peer, store_doc **docs,
                         ent_json **hits, size_t *count, ent_err *err)
{
    ENT_TRY(desk_docs(d, arena, "hit", peer, "open", docs, count, err));
    *hits = ent_arena_array(arena, *count + 1, sizeof **hits);
    if (*hits == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(ent_json_read(arena, (*docs)[i].json, &(*hits)[i], err));
    return ENT_OK;
}

ent_code match_hits_record(desk *d, ent_arena *arena, const match_run *run,
                           const match_items *items, const match_found *found, size_t count,
                           ent_err *err)
{
    ent_str peer = ent_arena_str(arena, run->peer);
    store_doc *older;
    ent_json *older_hits;
    size_t older_count;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(hit_docs(d, arena, peer.ptr, &older, &older_hits, &older_count, err));
    for (size_t i = 0; i < count; i++) {
        const match_item *item = &items->items[found[i].item];
        store_doc doc = {
            .kind = ENT_STR("hit"), .peer = run->peer, .state = ENT_STR("open"), .time = d->now
        };

        doc.id = ent_arena_printf(arena, "%.*s/%zu", ENT_STR_ARG(run->id), i);
        if (doc.id.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(hit_write(d, arena, run, item, found[i].conflict ? "time-conflict" : "hit",
                          &doc.json, err));
        ENT_TRY(older_replace(d, older, older_hits, older_count, run, item->key, err));
        ENT_TRY(store_doc_put(d->store, &doc, err));
    }
    return ENT_OK;
}

ent_code match_hit_add(desk *d, ent_arena *arena, const match_run *run, const match_item *item,
                       int64_t number, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("hit"), .peer = run->peer, .state = ENT_STR("open"), .time = d->now
    };
    ent_str peer = ent_arena_str(arena, run->peer);
    store_doc *older;
    ent_json *older_hits;
    size_t count;

    doc.id = ent_arena_printf(arena, "%.*s/%lld", ENT_STR_ARG(run->id), (long long)number);
    if (peer.ptr == NULL || doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(hit_docs(d, arena, peer.ptr, &older, &older_hits, &count, err));
    ENT_TRY(hit_write(d, arena, run, item, item->reassignable ? "time-unknown" : "hit", &doc.json,
                      err));
    ENT_TRY(older_replace(d, older, older_hits, count, run, item->key, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code match_hit_list(desk *d, ent_arena *arena, const char *peer, const char *run,
                        ent_json **hits, size_t *count, ent_err *err)
{
    store_doc *docs;
    size_t all, kept = 0;

    ENT_TRY(hit_docs(d, arena, peer, &docs, hits, &all, err));
    for (size_t i = 0; i < all; i++)
        if (run == NULL || ent_str_is(ent_json_get_text((*hits)[i], "run"), run))
            (*hits)[kept++] = (*hits)[i];
    *count = kept;
    return ENT_OK;
}
