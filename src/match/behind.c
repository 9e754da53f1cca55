#include "match/behind_int.h"

#include "match/guard_int.h"

#include <stdlib.h>

#define BESIDE        3                  /* parts in the window: one, and one on each side */
#define PART_MEMORY   ((size_t)64 << 20) /* the text of a part, and what its items point to */
#define WINDOW_MEMORY ((size_t)64 << 20)

/* The keys of some parts that follow one another. */
struct window {
    desk *d;
    ent_str run;
    size_t total, parts;
    ent_arena *memory[BESIDE]; /* of part p: p modulo so many */
    ent_arena *room;           /* of the window itself */
    size_t first, count;       /* parts */
    match_items seen;
    bool *hit; /* of each item */
};

static ent_code window_open(struct window *w, ent_err *err)
{
    size_t most = BESIDE * (size_t)MATCH_PART;
    bool whole = true;

    for (size_t i = 0; i < BESIDE; i++) {
        w->memory[i] = ent_arena_new(PART_MEMORY);
        whole = whole && w->memory[i] != NULL;
    }
    w->room = ent_arena_new(WINDOW_MEMORY);
    if (!whole || w->room == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the keys of a run");
    w->seen.items = ent_arena_array(w->room, most, sizeof *w->seen.items);
    w->hit = ent_arena_array(w->room, most, sizeof *w->hit);
    return w->seen.items == NULL || w->hit == NULL ? ent_fail_arena(err) : ENT_OK;
}

static void window_close(struct window *w)
{
    for (size_t i = 0; i < BESIDE; i++)
        ent_arena_free(w->memory[i]);
    ent_arena_free(w->room);
}

static size_t part_count(const struct window *w, size_t part)
{
    size_t left = w->total - part * MATCH_PART;

    return left < MATCH_PART ? left : MATCH_PART;
}

/* Reads the next part behind those that are seen. */
static ent_code part_read(struct window *w, ent_err *err)
{
    size_t part = w->first + w->count, read;
    ent_arena *arena = w->memory[part % BESIDE];

    ent_arena_reset(arena);
    ENT_TRY(match_items_part_get(w->d, arena, w->run, part, &w->seen.items[w->seen.count],
                                 part_count(w, part), &read, err));
    if (read != part_count(w, part))
        return ent_fail(err, ENT_BUG, "a run's keys are kept in part");
    w->seen.count += read;
    w->count++;
    return ENT_OK;
}

/* The window is around this part, which is none before those it was around. */
static ent_code window_move(struct window *w, size_t part, ent_err *err)
{
    size_t first = part == 0 ? 0 : part - 1, last = part + 1 < w->parts ? part + 1 : part;
    size_t gone = first - w->first < w->count ? first - w->first : w->count;

    w->seen.count = gone == w->count ? 0 : w->seen.count - gone * MATCH_PART;
    memmove(w->seen.items, w->seen.items + gone * MATCH_PART,
            w->seen.count * sizeof *w->seen.items);
    w->count -= gone;
    w->first = first;
    while (w->first + w->count <= last)
        ENT_TRY(part_read(w, err));
    return ENT_OK;
}

/* The item, for as long as the arena. */
static ent_code item_copy(ent_arena *arena, const match_item *item, match_item *copy, ent_err *err)
{
    *copy = *item;
    copy->key = ent_arena_str(arena, item->key);
    copy->own = ent_arena_array(arena, item->own_count + 1, sizeof *copy->own);
    if (copy->key.ptr == NULL || copy->own == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < item->own_count; i++) {
        copy->own[i] = ent_arena_str(arena, item->own[i]);
        if (copy->own[i].ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

/* A hit by the place of its item. */
struct place {
    uint32_t item, hit;
};

static int by_item(const void *a, const void *b)
{
    const struct place *p = a, *q = b;

    return p->item < q->item ? -1 : p->item > q->item;
}

static size_t part_of(const struct place *place)
{
    return place->item / MATCH_PART;
}

/* Marks the items of the window that are hits; `from` is the first of the part in its middle. */
static void hits_mark(struct window *w, const struct place *places, size_t count, size_t from)
{
    size_t start = w->first * MATCH_PART;

    memset(w->hit, 0, w->seen.count * sizeof *w->hit);
    for (size_t i = from; i-- > 0 && places[i].item >= start;)
        w->hit[places[i].item - start] = true;
    for (size_t i = from; i < count && places[i].item < start + w->seen.count; i++)
        w->hit[places[i].item - start] = true;
}

static ent_code places_read(struct window *w, ent_arena *arena, const struct place *places,
                            size_t count, match_behind *behind, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        match_behind *to = &behind[places[i].hit];
        size_t at;

        if (places[i].item >= w->total)
            return ent_fail(err, ENT_BUG, "a hit is of no item");
        if (i == 0 || part_of(&places[i]) != part_of(&places[i - 1])) {
            ENT_TRY(window_move(w, part_of(&places[i]), err));
            hits_mark(w, places, count, i);
        }
        at = places[i].item - w->first * MATCH_PART;
        to->lone = match_guard_lone(&w->seen, w->hit, at);
        ENT_TRY(item_copy(arena, &w->seen.items[at], &to->item, err));
    }
    return ENT_OK;
}

ent_code match_behind_get(desk *d, ent_arena *arena, ent_str run, size_t total, const psi_hit *hits,
                          size_t count, match_behind **behind, ent_err *err)
{
    struct window w = {
        .d = d, .run = run, .total = total, .parts = (total + MATCH_PART - 1) / MATCH_PART
    };
    struct place *places = ent_arena_array(arena, count + 1, sizeof *places);
    ent_code rc;

    *behind = ent_arena_array(arena, count + 1, sizeof **behind);
    if (places == NULL || *behind == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){ hits[i].item, (uint32_t)i };
    qsort(places, count, sizeof *places, by_item);
    rc = window_open(&w, err);
    if (rc == ENT_OK)
        rc = places_read(&w, arena, places, count, *behind, err);
    window_close(&w);
    return rc;
}
