/*
 * pair -- two homes that are linked, with the desk of each open: ALPHA and BRAVO.  Nothing
 * listens; a test carries what one has said to the other by hand.
 */
#ifndef ENT_TEST_PAIR_H
#define ENT_TEST_PAIR_H

#include "homes.h"

#include "link/verify.h"
#include "node/link.h"

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

/* What lies in out/ of the one that is pulled from. */
struct pair_line {
    const char *out;
};

static inline ent_code pair_fetch(void *arg, ent_arena *arena, const link_want *want,
                                  ent_str *content, ent_err *err)
{
    const struct pair_line *line = arg;

    return node_file_read(
        arena, node_path(arena, "%s/%.*s", line->out, (int)strcspn(want->path, "?"), want->path),
        want->limit, content, err);
}

/* `to` pulls from `from`, as a process that began just now. */
static inline ent_code pair_pull(fixture *f, const node_home *from, const node_home *to,
                                 node_desk *nd, uint64_t *applied, ent_err *err)
{
    struct pair_line line = { node_path(f->arena, "%s/links/%s/out", from->path, to->code) };
    node_link link;
    bool stopped;
    ent_code rc;

    *err = (ent_err){ 0 };
    CHECK_OK(node_link_open(f->arena, to, nd, from->code, &link, err), err);
    rc = node_link_pull(&link, pair_fetch, &line, applied, &stopped, err);
    node_link_close(&link);
    return rc;
}

static inline void pair_verify(fixture *f, const node_home *home, node_desk *nd, const char *peer,
                               link_side side)
{
    link_verdict verdict;
    node_link link;
    ent_err err = { 0 };

    CHECK_OK(node_link_open(f->arena, home, nd, peer, &link, &err), &err);
    CHECK_OK(link_verify(&link.host, side, UINT64_MAX, &verdict, &err), &err);
    node_link_close(&link);
}

static inline void pair_say(fixture *f, node_desk *nd, const char *peer, link_kind kind,
                            const char *body)
{
    desk *d = node_desk_desk(nd);
    ent_err err = { 0 };

    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(desk_say(d, f->arena, peer, kind, (ent_span){ body, strlen(body) }, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
    CHECK_OK(node_desk_flush(nd, f->arena, &err), &err);
}

#endif
