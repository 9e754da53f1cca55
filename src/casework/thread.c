#include "casework/thread.h"

#include <stdlib.h>

#define HOPS_MAX 64 /* a circle that peers made up ends */

/* An item and its place: never before what it is about, also where both say the same time or the
 * clock of who answered is slow. */
struct place {
    casework_item item;
    ent_str root; /* where its thread begins; that may be an item that this end does not have */
    ent_str time; /* the latest of it and of all that it leads back to */
    int depth;
};

static const casework_item *item_of(const casework_item *items, size_t count, ent_str id)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(items[i].id, id))
            return &items[i];
    return NULL;
}

static struct place place_of(const casework_item *items, size_t count, ent_str id)
{
    struct place place = { .root = id, .time = ENT_STR("") };
    const casework_item *item = item_of(items, count, id);

    if (item != NULL)
        place.item = *item;
    for (; item != NULL && place.depth < HOPS_MAX; place.depth++) {
        ent_str time = ent_json_get_text(item->body, "time");
        ent_str next = ent_json_get_text(item->body, "thread");

        if (ent_str_compare(time, place.time) > 0)
            place.time = time;
        if (next.size == 0)
            break;
        place.root = next;
        item = item_of(items, count, next);
    }
    return place;
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = ent_str_compare(x->time, y->time);

    if (order == 0)
        order = (x->depth > y->depth) - (x->depth < y->depth);
    return order != 0 ? order : ent_str_compare(x->item.id, y->item.id);
}

ent_code casework_thread(desk *d, ent_arena *arena, ent_str id, casework_item **items,
                         size_t *count, ent_err *err)
{
    struct place *places;
    casework_item *all;
    size_t total;
    ent_str root;

    *count = 0;
    ENT_TRY(casework_items(d, arena, NULL, &all, &total, err));
    *items = ent_arena_array(arena, total + 1, sizeof **items);
    places = ent_arena_array(arena, total + 1, sizeof *places);
    if (*items == NULL || places == NULL)
        return ent_fail_arena(err);
    root = place_of(all, total, id).root;
    for (size_t i = 0; i < total; i++) {
        places[*count] = place_of(all, total, all[i].id);
        *count += ent_str_equal(places[*count].root, root);
    }
    qsort(places, *count, sizeof *places, by_place);
    for (size_t i = 0; i < *count; i++)
        (*items)[i] = places[i].item;
    return ENT_OK;
}
