/* What an asker keeps of its questions: own keys with the records that have them, by frame.
 *
 * A frame that was asked is a document ("standing-ask", MATCH/FRAME) until it is answered, then
 * another ("standing-asked", the same name) with what the partner's function gave for each key.
 * Only keys that are asked are kept with their records.  (A node of before kept all answered ones
 * in one document, named after the match: it is read like a frame.) */
#include "match/standing_int.h"

#include "base/text.h"

#include <stdlib.h>

ent_code match_standing_items_put(desk *d, ent_arena *arena, const standing *st, const char *kind,
                                  ent_str id, const standing_items *items, ent_err *err)
{
    store_doc doc = { .kind = ent_str_of(kind),
                      .id = id,
                      .peer = st->s.peer,
                      .time = d->now,
                      .bytes = { items->blinded.ptr, items->blinded.size } };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "items");
    ent_jw_array(&w);
    for (size_t i = 0; i < items->count; i++) {
        const standing_item *item = &items->items[i];

        ent_jw_object(&w);
        match_item_write(&w, &item->item);
        ent_jw_key(&w, "tag");
        ent_jw_hex(&w, &item->tag, sizeof item->tag);
        ent_jw_key(&w, "hit");
        ent_jw_bool(&w, item->hit);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* Behind those that are there already. */
static ent_code items_read(ent_arena *arena, ent_str text, size_t frame, standing_items *items,
                           ent_err *err)
{
    standing_item *all;
    ent_json json, list;

    ENT_TRY(ent_json_read(arena, text, &json, err));
    list = ent_json_get(json, "items");
    all = ent_arena_array(arena, items->count + ent_json_count(list) + 1, sizeof *all);
    if (all == NULL)
        return ent_fail_arena(err);
    if (items->count > 0)
        memcpy(all, items->items, items->count * sizeof *all);
    items->items = all;
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        standing_item *item = &items->items[items->count++];

        ENT_TRY(match_item_read(arena, v, &item->item, err));
        ENT_TRY(ent_hex_read(ent_json_get_text(v, "tag"), (uint8_t *)&item->tag, sizeof item->tag,
                             err));
        item->hit = ent_json_true(ent_json_get(v, "hit"));
        item->frame = frame;
    }
    return ENT_OK;
}

ent_code match_standing_items_get(desk *d, ent_arena *arena, const char *kind, ent_str id,
                                  standing_items *items, ent_err *err)
{
    store_doc doc;
    bool found;

    *items = (standing_items){ .count = 0 };
    ENT_TRY(desk_doc_found(d, arena, kind, id, &doc, &found, err));
    if (!found)
        return ENT_OK;
    items->blinded = (ent_span){ doc.bytes.ptr, doc.bytes.size };
    return items_read(arena, doc.json, 0, items, err);
}

static void items_sort(standing_items *items)
{
    if (items->count > 1)
        qsort(items->items, items->count, sizeof *items->items, match_standing_by_key);
}

standing_item *match_standing_item_of(const standing_items *items, ent_str key)
{
    size_t low = 0, high = items->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int sign = ent_str_compare(items->items[middle].item.key, key);

        if (sign == 0)
            return &items->items[middle];
        if (sign < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- of a task ---- */

struct gather {
    standing_task *w;
    standing_items *items;
    bool frames;
};

/* A frame of this match, read once. */
static ent_code frame_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct gather *g = arg;
    standing_task *w = g->w;
    ent_str text;

    if (!ent_str_starts(doc->id, w->st.s.id))
        return ENT_OK;
    text = ent_arena_str(w->arena, doc->json);
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    if (g->frames)
        ENT_TRY(match_standing_frame_add(w, ent_arena_str(w->arena, doc->id), false, err));
    return items_read(w->arena, text, w->frame_count == 0 ? 0 : w->frame_count - 1, g->items, err);
}

ent_code match_standing_frame_add(standing_task *w, ent_str id, bool put, ent_err *err)
{
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    if (w->frame_count == w->frame_room) {
        size_t room = 2 * w->frame_room + 8;
        standing_frame *grown = ent_arena_array(w->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (w->frame_count > 0)
            memcpy(grown, w->frames, w->frame_count * sizeof *grown);
        w->frames = grown;
        w->frame_room = room;
    }
    w->frames[w->frame_count++] = (standing_frame){ .id = id, .put = put };
    return ENT_OK;
}

ent_code match_standing_asked_need(standing_task *w, ent_err *err)
{
    struct gather g = { .w = w, .items = &w->asked, .frames = true };

    if (w->asked_here)
        return ENT_OK;
    w->asked_here = true;
    ENT_TRY(store_docs_each(w->d->store, "standing-asked", w->st.peer, NULL, frame_take, &g, err));
    items_sort(&w->asked);
    return ENT_OK;
}

ent_code match_standing_pending_need(standing_task *w, ent_err *err)
{
    struct gather g = { .w = w, .items = &w->pending };

    if (w->pending_here)
        return ENT_OK;
    w->pending_here = true;
    ENT_TRY(store_docs_each(w->d->store, "standing-ask", w->st.peer, NULL, frame_take, &g, err));
    items_sort(&w->pending);
    return ENT_OK;
}

ent_code match_standing_known_need(standing_task *w, ent_err *err)
{
    if (w->known_here)
        return ENT_OK;
    w->known_here = true;
    return match_standing_items_get(w->d, w->arena, "standing-known", w->st.s.id, &w->known, err);
}

ent_code match_standing_answered(standing_task *w, ent_str frame, const standing_items *more,
                                 ent_err *err)
{
    standing_item *all = ent_arena_array(w->arena, w->asked.count + more->count + 1, sizeof *all);
    size_t n = w->asked.count;

    if (all == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_standing_frame_add(w, frame, true, err));
    if (n > 0)
        memcpy(all, w->asked.items, n * sizeof *all);
    for (size_t i = 0; i < more->count; i++) {
        all[n] = more->items[i];
        all[n++].frame = w->frame_count - 1;
    }
    w->asked = (standing_items){ .items = all, .count = n };
    items_sort(&w->asked);
    w->st.s.asked += (int64_t)more->count;
    return ENT_OK;
}

/* Hits that the partner's key of before told, so that they are not told again under the new one. */
ent_code match_standing_known_from_asked(standing_task *w, ent_err *err)
{
    standing_item *all;
    size_t count = 0;

    ENT_TRY(match_standing_asked_need(w, err));
    ENT_TRY(match_standing_known_need(w, err));
    all = ent_arena_array(w->arena, w->asked.count + w->known.count + 1, sizeof *all);
    if (all == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w->asked.count; i++)
        if (w->asked.items[i].hit)
            all[count++] = w->asked.items[i];
    for (size_t i = 0; i < w->known.count; i++)
        if (match_standing_item_of(&w->asked, w->known.items[i].item.key) == NULL)
            all[count++] = w->known.items[i];
    w->known = (standing_items){ .items = all, .count = count };
    items_sort(&w->known);
    w->known_put = true;
    w->asked.count = w->pending.count = 0;
    w->frame_count = 0;
    w->asked_here = w->pending_here = true;
    w->asks_drop = true;
    return ENT_OK;
}

/* ---- writing ---- */

static ent_code frame_put(standing_task *w, size_t frame, ent_err *err)
{
    const char *kind = "standing-asked";
    standing_items some = { .count = 0 };
    size_t count = 0;

    for (size_t i = 0; i < w->asked.count; i++)
        count += w->asked.items[i].frame == frame;
    some.items = ent_arena_array(w->arena, count + 1, sizeof *some.items);
    if (some.items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w->asked.count; i++)
        if (w->asked.items[i].frame == frame)
            some.items[some.count++] = w->asked.items[i];
    if (some.count == 0)
        return store_doc_delete(w->d->store, kind, w->frames[frame].id, err);
    return match_standing_items_put(w->d, w->arena, &w->st, kind, w->frames[frame].id, &some, err);
}

ent_code match_standing_asked_write(standing_task *w, ent_err *err)
{
    if (w->asks_drop) {
        ENT_TRY(match_standing_docs_drop(w->d, w->arena, "standing-ask", w->st.s.id, err));
        ENT_TRY(match_standing_docs_drop(w->d, w->arena, "standing-asked", w->st.s.id, err));
    }
    for (size_t frame = 0; frame < w->frame_count; frame++)
        if (w->frames[frame].put)
            ENT_TRY(frame_put(w, frame, err));
    if (w->known_put)
        ENT_TRY(match_standing_items_put(w->d, w->arena, &w->st, "standing-known", w->st.s.id,
                                         &w->known, err));
    return ENT_OK;
}
