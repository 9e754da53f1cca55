/* What waits for somebody (desk/emergency.h): the oldest first. */
#include "desk/emergency.h"

#include "desk/work.h"

#include <stdlib.h>

#define AGED 3 /* days after which somebody should ask why */

struct waiting {
    const char *kind;
    const store_doc *doc;
    ent_str purpose;
};

struct queue {
    desk *d;
    ent_arena *arena;
    struct waiting *items;
    size_t count, room;
};

static ent_code waiting_add(struct queue *q, const char *kind, const store_doc *doc,
                            ent_str purpose, ent_err *err)
{
    if (q->count == q->room) {
        struct waiting *grown = ent_arena_grow(q->arena, q->items, &q->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        q->items = grown;
    }
    q->items[q->count++] = (struct waiting){ kind, doc, purpose };
    return ENT_OK;
}

/* Has the peer been given one of the records that matched? */
static ent_code given(struct queue *q, const store_doc *hit, ent_json json, bool *yes, ent_err *err)
{
    store_doc *docs;
    size_t count;
    ent_str peer = ent_arena_str(q->arena, hit->peer);

    *yes = false;
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(q->d, q->arena, "release", peer.ptr, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && !*yes; i++) {
        ent_json release;

        if (!ent_str_is(docs[i].state, "sent") && !ent_str_is(docs[i].state, "received"))
            continue;
        ENT_TRY(ent_json_read(q->arena, docs[i].json, &release, err));
        for (ent_json o = ent_json_first(ent_json_get(release, "objects")); o.doc != NULL;
             o = ent_json_next(o))
            for (ent_json v = ent_json_first(ent_json_get(json, "own")); v.doc != NULL;
                 v = ent_json_next(v))
                *yes = *yes || ent_str_equal(ent_json_get_text(o, "id"), ent_json_str(v));
    }
    return ENT_OK;
}

static ent_code kind_add(struct queue *q, const char *kind, const char *document, const char *state,
                         ent_err *err)
{
    bool hits = strcmp(document, "hit") == 0;
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(q->d, q->arena, document, NULL, state, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool done = false;
        ent_json json;

        ENT_TRY(ent_json_read(q->arena, docs[i].json, &json, err));
        if (hits)
            ENT_TRY(given(q, &docs[i], json, &done, err));
        if (!done)
            ENT_TRY(waiting_add(q, kind, &docs[i], ent_json_get_text(json, "purpose"), err));
    }
    return ENT_OK;
}

static int by_age(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;

    return (x->doc->time > y->doc->time) - (x->doc->time < y->doc->time);
}

static ent_code item_write(const struct queue *q, const struct waiting *item, ent_json *out,
                           ent_err *err)
{
    int64_t days = (q->d->now - item->doc->time) / ENT_DAY_TIME;
    ent_json json;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ENT_TRY(ent_json_read(q->arena, item->doc->json, &json, err));
    ent_buf_init(&buf, q->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, item->kind);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, item->doc->id);
    ent_jw_key(&w, "peer");
    ent_jw_str(&w, item->doc->peer);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, item->purpose);
    ent_jw_key(&w, "state");
    ent_jw_str(&w, item->doc->state);
    ent_jw_key(&w, "since");
    ent_jw_str(&w, desk_time_text(q->arena, item->doc->time));
    ent_jw_key(&w, "days");
    ent_jw_int(&w, days);
    ent_jw_key(&w, "aged");
    ent_jw_bool(&w, days >= AGED || ent_str_is(item->doc->state, "overdue"));
    if (ent_json_get(json, "own").doc != NULL) {
        ent_jw_key(&w, "records");
        ent_jw_raw(&w, ent_json_raw(ent_json_get(json, "own")));
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return ent_json_read(q->arena, text, out, err);
}

ent_code desk_release_queue(desk *d, ent_arena *arena, ent_json **items, size_t *count,
                            ent_err *err)
{
    struct queue q = { .d = d, .arena = arena };

    ENT_TRY(kind_add(&q, "draft", "draft", "open", err));
    ENT_TRY(kind_add(&q, "onward", "onward-in", "asked", err));
    ENT_TRY(kind_add(&q, "review", "emergency", "unreviewed", err));
    ENT_TRY(kind_add(&q, "review", "emergency", "overdue", err));
    ENT_TRY(kind_add(&q, "proposal", "hit", "open", err));
    if (q.count > 0)
        qsort(q.items, q.count, sizeof *q.items, by_age);
    *count = q.count;
    *items = ent_arena_array(arena, q.count + 1, sizeof **items);
    if (*items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < q.count; i++)
        ENT_TRY(item_write(&q, &q.items[i], &(*items)[i], err));
    return ENT_OK;
}
