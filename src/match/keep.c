/* What is kept of a run until it ends (match/match.h), in pieces: a set of a million keys is no
 * document that anybody wants to read or write whole for each message.
 *
 *     run-secret RUN          seed, and the number of items
 *     run-items  RUN[/N]      our keys and the records behind them
 *     run-set    RUN[/N]      our elements of part N, with the way to the root
 *     run-tags   RUN/SIDE[/N] elements of part N that both have raised: ours, or the other's
 */
#include "match/match_int.h"

#include "base/text.h"
#include "psi/keyform.h"

#include <sodium.h>

#define PART_ROOM ((size_t)1 << 30) /* memory to write a part's keys in, with all their records */

/* Part 0 has the run's own name. */
static ent_str part_id(ent_arena *arena, ent_str run, const char *side, size_t part)
{
    if (side == NULL)
        return part == 0 ? run : ent_arena_printf(arena, "%.*s/%zu", ENT_STR_ARG(run), part);
    return ent_arena_printf(arena, "%.*s/%s/%zu", ENT_STR_ARG(run), side, part);
}

/* ---- items ---- */

void match_item_write(ent_jw *w, const match_item *item)
{
    ent_jw_key(w, "key");
    ent_jw_str(w, item->key);
    ent_jw_key(w, "own");
    ent_jw_array(w);
    for (size_t i = 0; i < item->own_count; i++)
        ent_jw_str(w, item->own[i]);
    ent_jw_end(w);
    ent_jw_key(w, "valid");
    ent_jw_array(w);
    for (size_t i = 0; i < item->valid_count; i++) {
        ent_jw_int(w, item->valid[i].first);
        ent_jw_int(w, item->valid[i].last);
    }
    ent_jw_end(w);
}

ent_code match_item_read(ent_arena *arena, ent_json json, match_item *item, ent_err *err)
{
    ent_json own = ent_json_get(json, "own"), valid = ent_json_first(ent_json_get(json, "valid"));

    *item = (match_item){ .key = ent_json_get_text(json, "key") };
    item->reassignable =
        psi_keyform_of(item->key) != NULL && psi_keyform_of(item->key)->reassignable;
    item->own = ent_arena_array(arena, ent_json_count(own) + 1, sizeof *item->own);
    if (item->own == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(own); v.doc != NULL; v = ent_json_next(v))
        item->own[item->own_count++] = ent_json_str(v);
    while (valid.doc != NULL && item->valid_count < PSI_INTERVALS) {
        int64_t first = 0, last = 0;

        (void)ent_json_int(valid, &first);
        valid = ent_json_next(valid);
        (void)ent_json_int(valid, &last);
        valid = ent_json_next(valid);
        item->valid[item->valid_count++] = (ent_days){ (ent_day)first, (ent_day)last };
    }
    return ENT_OK;
}

static ent_code items_part_put(desk *d, ent_arena *arena, store_doc *doc, const match_item *items,
                               size_t count, ent_err *err)
{
    ent_buf text;
    ent_code rc;

    ent_buf_init(&text, arena);
    match_items_write(&text, items, count);
    ENT_TRY(ent_buf_done(&text, &doc->bytes, err));
    doc->json = ENT_STR("{}");
    rc = store_doc_put(d->store, doc, err);
    sodium_memzero(text.ptr, text.size);
    return rc;
}

static ent_code items_put(desk *d, ent_arena *arena, ent_str run, const char *peer,
                          const match_items *items, ent_err *err)
{
    /* One part's memory serves for the next. */
    ent_arena *scratch = ent_arena_new(PART_ROOM);
    ent_code rc =
        scratch == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a run's keys") : ENT_OK;

    for (size_t from = 0; rc == ENT_OK && from < items->count; from += MATCH_PART) {
        size_t left = items->count - from;
        store_doc doc = { .kind = ENT_STR("run-items"),
                          .id = part_id(arena, run, NULL, from / MATCH_PART),
                          .peer = ent_str_of(peer),
                          .time = d->now };

        ent_arena_reset(scratch);
        rc = doc.id.ptr == NULL ? ent_fail_arena(err)
                                : items_part_put(d, scratch, &doc, items->items + from,
                                                 left < MATCH_PART ? left : MATCH_PART, err);
    }
    return ent_arena_end(scratch, rc, err);
}

/* The text of a part; a node of before kept it in JSON. */
static ent_code items_part_get(desk *d, ent_arena *arena, ent_str run, size_t part, ent_str *text,
                               ent_err *err)
{
    ent_str id = part_id(arena, run, NULL, part);
    ent_json json;
    store_doc doc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc(d, arena, "run-items", id, &doc, &json, err));
    *text = doc.bytes.size > 0 ? doc.bytes : ent_json_get_text(json, "items");
    return ENT_OK;
}

ent_code match_keys_part_get(desk *d, ent_arena *arena, ent_str run, size_t part, size_t room,
                             ent_str **keys, size_t *count, ent_err *err)
{
    ent_str text;

    if (room > MATCH_PART)
        room = MATCH_PART;
    *keys = ent_arena_array(arena, room + 1, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(err);
    ENT_TRY(items_part_get(d, arena, run, part, &text, err));
    ENT_TRY(match_items_keys(arena, text, *keys, room, count, err));
    return *count > 0 ? ENT_OK : ent_fail(err, ENT_BUG, "a run's keys are kept in part");
}

ent_code match_items_part_get(desk *d, ent_arena *arena, ent_str run, size_t part,
                              match_item *items, size_t room, size_t *count, ent_err *err)
{
    ent_str text;

    ENT_TRY(items_part_get(d, arena, run, part, &text, err));
    ENT_TRY(match_items_read(arena, text, items, room, count, err));
    return *count > 0 ? ENT_OK : ent_fail(err, ENT_BUG, "a run's keys are kept in part");
}

ent_code match_items_get(desk *d, ent_arena *arena, ent_str run, size_t count, match_items *items,
                         ent_err *err)
{
    items->count = 0;
    items->items = ent_arena_array(arena, count + 1, sizeof *items->items);
    if (items->items == NULL)
        return ent_fail_arena(err);
    for (size_t part = 0, read; items->count < count; part++, items->count += read)
        ENT_TRY(match_items_part_get(d, arena, run, part, items->items + items->count,
                                     count - items->count, &read, err));
    return ENT_OK;
}

/* ---- the secret ---- */

ent_code match_secret_put(desk *d, ent_arena *arena, ent_str run, const char *peer,
                          const uint8_t seed[PSI_SEED_SIZE], const match_items *items, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("run-secret"), .id = run, .peer = ent_str_of(peer), .time = d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "seed");
    ent_jw_hex(&w, seed, PSI_SEED_SIZE);
    ent_jw_key(&w, "items");
    ent_jw_int(&w, (int64_t)items->count);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    ENT_TRY(store_doc_put(d->store, &doc, err));
    sodium_memzero(buf.ptr, buf.size);
    return items_put(d, arena, run, peer, items, err);
}

/* Such a text needs no decoding, so the reader has borrowed it from the document: one copy. */
void match_secret_wipe(const store_doc *doc, ent_json json, const char *member)
{
    ent_str text = ent_json_get_text(json, member);

    if (text.size == 0)
        return;
    ENT_ASSERT(text.ptr >= doc->json.ptr && text.ptr < doc->json.ptr + doc->json.size);
    sodium_memzero((void *)(uintptr_t)text.ptr, text.size);
}

ent_code match_secret_get(desk *d, ent_arena *arena, ent_str run, uint8_t seed[PSI_SEED_SIZE],
                          size_t *items, ent_err *err)
{
    int64_t count = 0;
    ent_json json;
    store_doc doc;

    ENT_TRY(desk_doc(d, arena, "run-secret", run, &doc, &json, err));
    ENT_TRY(desk_hex(json, "seed", "a run's secret", seed, PSI_SEED_SIZE, err));
    match_secret_wipe(&doc, json, "seed");
    ENT_TRY(desk_number(json, "items", "a run's secret", 0, PSI_SET_MAX, &count, err));
    *items = (size_t)count;
    return ENT_OK;
}

/* ---- the elements ---- */

static ent_code set_part_put(desk *d, ent_arena *arena, const match_run *run, const psi_set *set,
                             size_t part, size_t parts, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("run-set"),
                      .id = part_id(arena, run->id, NULL, part),
                      .peer = run->peer,
                      .time = d->now };
    size_t count = set->count / parts, depth;
    ent_hash path[PSI_PATH_MAX];
    ent_buf buf;
    ent_jw w;

    doc.bytes = (ent_str){ (const char *)(set->elements + part * count), count * PSI_ELEMENT_SIZE };

    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    depth = psi_part_path(set, part, parts, path);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "path");
    ent_jw_base64(&w, path, depth * ENT_HASH_SIZE);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code match_set_put(desk *d, ent_arena *arena, const match_run *run, const psi_set *set,
                       size_t parts, ent_err *err)
{
    for (size_t part = 0; part < parts; part++)
        ENT_TRY(set_part_put(d, arena, run, set, part, parts, err));
    return ENT_OK;
}

ent_code match_set_part_get(desk *d, ent_arena *arena, ent_str run, size_t part, ent_span *elements,
                            ent_span *path, ent_err *err)
{
    ent_str id = part_id(arena, run, NULL, part);
    ent_json json;
    store_doc doc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc(d, arena, "run-set", id, &doc, &json, err));
    ENT_TRY(desk_bytes(arena, &doc, json, "elements", elements, err));
    return ent_base64_read(arena, ent_json_get_text(json, "path"), path, err);
}

ent_code match_set_get(desk *d, ent_arena *arena, const match_run *run, const ent_hash *root,
                       const uint8_t seed[PSI_SEED_SIZE], size_t items, size_t parts, psi_set *set,
                       ent_err *err)
{
    size_t size = psi_padded(items) * PSI_ELEMENT_SIZE;
    uint8_t *all = ent_arena_alloc(arena, size);

    if (all == NULL)
        return ent_fail_arena(err);
    for (size_t part = 0; part < parts; part++) {
        ent_span elements, path;

        ENT_TRY(match_set_part_get(d, arena, run->id, part, &elements, &path, err));
        if (elements.size != size / parts)
            return ent_fail(err, ENT_BUG, "a kept match set has another size than its keys");
        memcpy(all + part * elements.size, elements.ptr, elements.size);
    }
    return psi_set_again(arena, seed, items, (ent_span){ all, size }, root, set, err);
}

ent_code match_set_kept(desk *d, ent_arena *arena, ent_str run, size_t *count, ent_err *err)
{
    ent_span elements, path;

    ENT_TRY(match_set_part_get(d, arena, run, 0, &elements, &path, err));
    *count = elements.size / PSI_ELEMENT_SIZE;
    return ENT_OK;
}

/* ---- tags ---- */

ent_code match_tags_put(desk *d, ent_arena *arena, const match_run *run, const char *side,
                        size_t part, const psi_tag *tags, size_t count, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("run-tags"),
                      .id = part_id(arena, run->id, side, part),
                      .peer = run->peer,
                      .time = d->now,
                      .json = ENT_STR("{}"),
                      .bytes = { (const char *)tags, count * PSI_TAG_SIZE } };

    return doc.id.ptr == NULL ? ent_fail_arena(err) : store_doc_put(d->store, &doc, err);
}

ent_code match_tags_get(desk *d, ent_arena *arena, ent_str run, const char *side, size_t part,
                        psi_tag *tags, size_t count, ent_err *err)
{
    ent_str id = part_id(arena, run, side, part);
    ent_span bytes;
    ent_json json;
    store_doc doc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc(d, arena, "run-tags", id, &doc, &json, err));
    ENT_TRY(desk_bytes(arena, &doc, json, "tags", &bytes, err));
    if (bytes.size != count * PSI_TAG_SIZE)
        return ent_fail(err, ENT_BUG, "kept tags are of another number");
    memcpy(tags, bytes.ptr, bytes.size);
    return ENT_OK;
}

/* ---- the end ---- */

static ent_code part_drop(desk *d, ent_arena *arena, const char *kind, ent_str run,
                          const char *side, size_t part, ent_err *err)
{
    ent_str id = part_id(arena, run, side, part);
    ent_err why = { 0 };
    ent_code rc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    rc = store_doc_delete(d->store, kind, id, &why);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    return ENT_OK;
}

ent_code match_kept_drop(desk *d, ent_arena *arena, ent_str run, size_t parts, ent_err *err)
{
    ENT_TRY(part_drop(d, arena, "run-secret", run, NULL, 0, err));
    ENT_TRY(part_drop(d, arena, "run-found", run, NULL, 0, err));
    for (size_t part = 0; part < parts; part++) {
        ENT_TRY(part_drop(d, arena, "run-items", run, NULL, part, err));
        ENT_TRY(part_drop(d, arena, "run-set", run, NULL, part, err));
        ENT_TRY(part_drop(d, arena, "run-tags", run, MATCH_TAGS_OWN, part, err));
        ENT_TRY(part_drop(d, arena, "run-tags", run, MATCH_TAGS_OTHER, part, err));
        ENT_TRY(part_drop(d, arena, "run-work", run, NULL, part, err));
        ENT_TRY(part_drop(d, arena, "run-work", run, "double", part, err));
    }
    return ENT_OK;
}

ent_str match_work_id(ent_arena *arena, ent_str run, const char *side, size_t part)
{
    return part_id(arena, run, side, part);
}
