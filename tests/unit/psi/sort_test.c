/* psi/sort: the order that qsort gives, whoever made the bytes. */
#include "test.h"

#include "psi/sort_int.h"

#include <sodium.h>
#include <stdlib.h>

static size_t width;

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, width);
}

/* `heads`: how many different beginnings there are. */
static void sorts_like_qsort(size_t count, size_t size, uint32_t heads)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    uint8_t *from = ent_arena_alloc(arena, count * size + 1);
    uint8_t *to = ent_arena_alloc(arena, count * size + 1);
    uint32_t *starts;
    ent_err err = { 0 };

    randombytes_buf(from, count * size);
    for (size_t i = 0; heads > 0 && i < count; i++) {
        uint32_t head = randombytes_uniform(heads);

        from[i * size] = (uint8_t)(head >> 8);
        from[i * size + 1] = (uint8_t)head;
    }
    for (size_t i = 2; i < count; i += 7) /* some twice */
        memcpy(from + i * size, from + (i - 2) * size, size);
    width = size;
    CHECK_OK(psi_sort(arena, from, count, size, by_bytes, to, &err), &err);
    CHECK_OK(psi_sort_starts(arena, to, count, size, &starts, &err), &err);
    qsort(from, count, size, by_bytes);
    assert_memory_equal(from, to, count * size);
    CHECK_INT(starts[PSI_SORT_STARTS - 1], count);
    for (size_t i = 0; i < count; i++)
        CHECK(starts[psi_sort_place(to + i * size)] <= i &&
              i < starts[psi_sort_place(to + i * size) + 1]);
    ent_arena_free(arena);
}

static void random_bytes_are_sorted(void **state)
{
    (void)state;
    for (size_t size = 2; size <= 64; size += size < 8 ? 1 : 7)
        for (size_t count = 0; count < 300; count = count * 3 + 1)
            sorts_like_qsort(count, size, 0);
    sorts_like_qsort(200000, 16, 0);
    sorts_like_qsort(200000, 32, 0);
}

/* As of somebody who chose them to fall together. */
static void a_crowd_with_one_beginning_is_sorted_too(void **state)
{
    (void)state;
    for (size_t count = 60; count < 70; count++)
        sorts_like_qsort(count, 32, 1);
    sorts_like_qsort(100000, 32, 1);
    sorts_like_qsort(100000, 20, 3);
    sorts_like_qsort(100000, 2, 5);
}

static void without_room_it_is_an_error(void **state)
{
    uint8_t from[64] = { 1 }, to[64];
    ent_err err = { 0 };
    ent_arena *arena = ent_arena_new((size_t)1 << 10); /* less than the starts need */

    (void)state;
    width = 16;
    CHECK_INT(psi_sort(arena, from, 4, 16, by_bytes, to, &err), ENT_LIMIT);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(random_bytes_are_sorted), TEST(a_crowd_with_one_beginning_is_sorted_too),
          TEST(without_room_it_is_an_error))
