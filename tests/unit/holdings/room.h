/*
 * room -- an empty store in memory, and an arena, for one test.
 */
#ifndef ENT_TEST_ROOM_H
#define ENT_TEST_ROOM_H

#include "test.h"

#include "base/arena.h"
#include "store/store.h"

#define ROOM ((size_t)64 << 20)

static ent_arena *arena;
static ent_err err;
static store *s;

static inline int room_open(void **state)
{
    *state = NULL;
    arena = ent_arena_new(ROOM);
    err = (ent_err){ 0 };
    CHECK_OK(store_open(":memory:", &s, &err), &err);
    return 0;
}

static inline int room_close(void **state)
{
    (void)state;
    store_close(s);
    ent_arena_free(arena);
    return 0;
}

#endif
