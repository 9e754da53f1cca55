#include "casework/thread.h"

#include <stdlib.h>

#define HOPS_MAX 64 /* a circle that peers made up ends */

static ent_str about(const casework_item *items, size_t count, ent_str id)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(items[i].id, id))
            return ent_json_get_text(items[i].body, "thread");
    return ENT_STR_NONE;
}

/* Where its thread begins; that may be an item that this end does not have. */
static ent_str root_of(const casework_item *items, size_t count, ent_str id)
{
    for (int hop = 0; hop < HOPS_MAX; hop++) {
        ent_str next = about(items, count, id);

        if (next.size == 0)
            break;
        id = next;
    }
    return id;
}

static int by_time(const void *a, const void *b)
{
    const casework_item *x = a, *y = b;
    int order =
        ent_str_compare(ent_json_get_text(x->body, "time"), ent_json_get_text(y->body, "time"));

    return order != 0 ? order : ent_str_compare(x->id, y->id);
}

ent_code casework_thread(desk *d, ent_arena *arena, ent_str id, casework_item **items,
                         size_t *count, ent_err *err)
{
    casework_item *all;
    size_t total;
    ent_str root;

    *count = 0;
    ENT_TRY(casework_items(d, arena, NULL, &all, &total, err));
    *items = ent_arena_array(arena, total + 1, sizeof **items);
    if (*items == NULL)
        return ent_fail_arena(err);
    root = root_of(all, total, id);
    for (size_t i = 0; i < total; i++)
        if (ent_str_equal(root_of(all, total, all[i].id), root))
            (*items)[(*count)++] = all[i];
    qsort(*items, *count, sizeof **items, by_time);
    return ENT_OK;
}
