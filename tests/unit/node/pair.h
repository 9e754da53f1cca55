/*
 * pair -- two homes that are linked, with the desk of each open: ALPHA and BRAVO.  Nothing
 * listens; a test carries what one has said to the other by hand.
 */
#ifndef ENT_TEST_PAIR_H
#define ENT_TEST_PAIR_H

#include "homes.h"

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    node_home a, b;
    node_desk *da, *db;
} fixture;

static inline int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ent_err err = { 0 };

    f->arena = ent_arena_new((size_t)1 << 30);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-pair-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->a);
    homes_make(f->arena, f->folder, "BRAVO", NULL, &f->b);
    homes_link(f->arena, &f->a, "https://127.0.0.1:1", &f->b, "https://127.0.0.1:2");
    CHECK_OK(node_desk_open(f->arena, &f->a, &f->da, &err), &err);
    CHECK_OK(node_desk_open(f->arena, &f->b, &f->db, &err), &err);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *f = *state;

    node_desk_close(f->da);
    node_desk_close(f->db);
    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

#endif
