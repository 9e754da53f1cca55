#include "match/guard_int.h"

#include "base/text.h"

#include <sodium.h>
#include <stdlib.h>

/* ---- dense ranges ---- */

/* The digits at a key's end, at most 15; false if there are fewer than four. */
static bool number_of(ent_str key, size_t *head, int64_t *number)
{
    size_t at = key.size;

    while (at > 0 && key.size - at < 15 && key.ptr[at - 1] >= '0' && key.ptr[at - 1] <= '9')
        at--;
    *head = at;
    *number = 0;
    for (size_t i = at; i < key.size; i++)
        *number = *number * 10 + (key.ptr[i] - '0');
    return key.size - at >= 4;
}

/* Is `other` a number of the same kind within half a window of `number`? */
static bool is_near(ent_str key, size_t head, int64_t number, ent_str other)
{
    size_t other_head;
    int64_t value;

    return other.size == key.size && number_of(other, &other_head, &value) && other_head == head &&
           memcmp(other.ptr, key.ptr, head) == 0 && llabs(value - number) <= GUARD_WINDOW / 2;
}

/* Are there so many keys in a window of consecutive numbers around items[at], it included? */
static bool is_dense(const match_items *items, size_t at)
{
    ent_str key = items->items[at].key;
    size_t head, count = 1;
    int64_t number;

    if (!number_of(key, &head, &number))
        return false;
    /* Sorted by key, and of one length: neighbours in number are neighbours in place, but for
     * longer and shorter keys in between, which end the walk; that only makes it less. */
    for (size_t i = at;
         count < GUARD_DENSE && i-- > 0 && is_near(key, head, number, items->items[i].key);)
        count++;
    for (size_t i = at + 1;
         count < GUARD_DENSE && i < items->count && is_near(key, head, number, items->items[i].key);
         i++)
        count++;
    return count >= GUARD_DENSE;
}

bool match_guard_lone(const match_items *items, const bool *hit, size_t at)
{
    size_t head;
    int64_t number;

    if (!is_dense(items, at) || !number_of(items->items[at].key, &head, &number))
        return false;
    for (size_t i = at;
         i-- > 0 && is_near(items->items[at].key, head, number, items->items[i].key);)
        if (hit[i])
            return false;
    for (size_t i = at + 1;
         i < items->count && is_near(items->items[at].key, head, number, items->items[i].key); i++)
        if (hit[i])
            return false;
    return true;
}

/* ---- sketches ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

ent_code match_guard_sketch(ent_arena *arena, const match_items *items, ent_str *sketch,
                            ent_err *err)
{
    uint8_t(*sums)[8] = ent_arena_array(arena, items->count + 1, sizeof *sums);
    size_t kept = items->count < GUARD_SKETCH ? items->count : GUARD_SKETCH;
    char *text = ent_arena_alloc(arena, 16 * kept + 1);

    if (sums == NULL || text == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < items->count; i++) {
        ent_hash hash = ent_hash_of(items->items[i].key.ptr, items->items[i].key.size);

        memcpy(sums[i], hash.bytes, sizeof sums[i]);
    }
    qsort(sums, items->count, sizeof *sums, by_bytes);
    (void)sodium_bin2hex(text, 16 * kept + 1, (const unsigned char *)sums, 8 * kept);
    *sketch = (ent_str){ text, 16 * kept };
    return ENT_OK;
}

size_t match_guard_difference(ent_str a, ent_str b)
{
    size_t i = 0, k = 0, different = 0;

    /* A full sketch is blind behind its last hash. */
    while (i < a.size || k < b.size) {
        int sign = i >= a.size ? 1 : k >= b.size ? -1 : memcmp(a.ptr + i, b.ptr + k, 16);

        if ((sign > 0 && i >= a.size && a.size == 16 * GUARD_SKETCH) ||
            (sign < 0 && k >= b.size && b.size == 16 * GUARD_SKETCH))
            break;
        different += sign != 0;
        i += sign <= 0 ? 16 : 0;
        k += sign >= 0 ? 16 : 0;
    }
    return different;
}

ent_code match_guard_repeat(desk *d, ent_arena *arena, const match_course *run, const char **clause,
                            ent_err *err)
{
    char today[ENT_TIME_TEXT];
    match_run *runs;
    size_t count, near = 0;

    ent_time_write(d->now, today);
    *clause = NULL;
    ENT_TRY(match_run_list(d, arena, run->peer, &runs, &count, err));
    for (size_t i = 0; i < count; i++) {
        match_course other;
        size_t difference;

        if (!ent_str_is(runs[i].side, "asked") || ent_str_is(runs[i].state, "denied") ||
            !ent_str_equal(runs[i].purpose, run->r.purpose) || runs[i].started.size < 10 ||
            memcmp(runs[i].started.ptr, today, 10) != 0)
            continue;
        ENT_TRY(match_run_load(d, arena, runs[i].id, &other, err));
        if (other.sketch.size == 0)
            continue;
        difference = match_guard_difference(other.sketch, run->sketch);
        near += difference > 0 && difference <= GUARD_NEAR;
    }
    if (near >= GUARD_REPEATS)
        *clause = "repeat";
    return ENT_OK;
}
