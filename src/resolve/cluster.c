#include "resolve/cluster.h"

#include <stdlib.h>

#define NOBODY SIZE_MAX

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

static int by_time(const void *a, const void *b)
{
    const resolve_statement *x = *(const resolve_statement *const *)a;
    const resolve_statement *y = *(const resolve_statement *const *)b;
    ent_time tx = 0, ty = 0;
    ent_err ignored = { 0 };

    if (x->after != y->after)
        return x->after ? 1 : -1;
    /* As instants: the same moment may be written with other digits. */
    if (ent_time_read(x->at, &tx, &ignored) == ENT_OK &&
        ent_time_read(y->at, &ty, &ignored) == ENT_OK && tx != ty)
        return tx < ty ? -1 : 1;
    return ent_str_compare(x->id, y->id);
}

static size_t record_index(const resolve_clusters *c, ent_str record)
{
    const ent_str *found =
        c->count == 0 ? NULL : bsearch(&record, c->records, c->count, sizeof record, by_text);

    return found == NULL ? NOBODY : (size_t)(found - c->records);
}

/* An undo that is itself undone does not count. */
static bool is_undone(const resolve_statement **undos, size_t count, const resolve_statement *s,
                      int depth)
{
    if (depth > 16)
        return false;
    for (size_t i = 0; i < count; i++)
        if (undos[i] != s && ent_str_equal(undos[i]->undoes, s->id) &&
            !is_undone(undos, count, undos[i], depth + 1))
            return true;
    return false;
}

/* Halves the way it goes. */
static size_t root_of(size_t *parent, size_t at)
{
    while (parent[at] != at)
        at = parent[at] = parent[parent[at]];
    return at;
}

struct work {
    const resolve_statement **standing; /* by time, without undone ones and undoings */
    size_t count;
    size_t *parent;
    resolve_held *held;
};

static ent_code standing_take(ent_arena *arena, const resolve_statement *statements, size_t count,
                              struct work *w, ent_err *err)
{
    const resolve_statement **all = ent_arena_array(arena, count, sizeof *all);
    const resolve_statement **undos = ent_arena_array(arena, count, sizeof *undos);
    size_t undo_count = 0;

    w->standing = ent_arena_array(arena, count, sizeof *w->standing);
    if (all == NULL || undos == NULL || w->standing == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        all[i] = &statements[i];
    if (count > 0)
        qsort(all, count, sizeof *all, by_time);
    for (size_t i = 0; i < count; i++)
        if (all[i]->kind == RESOLVE_UNDO)
            undos[undo_count++] = all[i];
    for (size_t i = 0; i < count; i++)
        if (all[i]->kind != RESOLVE_UNDO && !is_undone(undos, undo_count, all[i], 0))
            w->standing[w->count++] = all[i];
    return ENT_OK;
}

static ent_code records_take(ent_arena *arena, const struct work *w, resolve_clusters *c,
                             ent_err *err)
{
    ent_str *records = ent_arena_array(arena, 2 * w->count, sizeof *records);
    size_t count = 0;

    if (records == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w->count; i++) {
        records[2 * i] = w->standing[i]->a;
        records[2 * i + 1] = w->standing[i]->b;
    }
    if (w->count > 0)
        qsort(records, 2 * w->count, sizeof *records, by_text);
    for (size_t i = 0; i < 2 * w->count; i++)
        if (count == 0 || !ent_str_equal(records[count - 1], records[i]))
            records[count++] = records[i];
    c->records = records;
    c->count = count;
    return ENT_OK;
}

/* The never-statement that forbids to bring two roots together, or NULL. */
static const resolve_statement *forbidden(const resolve_clusters *c, const struct work *w, size_t x,
                                          size_t y)
{
    for (size_t i = 0; i < c->never_count; i++) {
        size_t a = root_of(w->parent, record_index(c, c->nevers[i]->a));
        size_t b = root_of(w->parent, record_index(c, c->nevers[i]->b));

        if ((a == x && b == y) || (a == y && b == x))
            return c->nevers[i];
    }
    return NULL;
}

static void joins_make(resolve_clusters *c, struct work *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->standing[i]->kind == RESOLVE_NEVER)
            c->nevers[c->never_count++] = w->standing[i];
    for (size_t i = 0; i < w->count; i++) {
        const resolve_statement *s = w->standing[i], *never;
        size_t x, y;

        if (s->kind != RESOLVE_SAME)
            continue;
        x = root_of(w->parent, record_index(c, s->a));
        y = root_of(w->parent, record_index(c, s->b));
        never = x == y ? NULL : forbidden(c, w, x, y);
        if (never != NULL) {
            w->held[c->held_count++] = (resolve_held){ s, never };
            continue;
        }
        c->joins[c->join_count++] = s;
        /* The smaller index is the root: a cluster is named by its first record. */
        w->parent[x < y ? y : x] = x < y ? x : y;
    }
}

ent_code resolve_clusters_of(ent_arena *arena, const resolve_statement *statements, size_t count,
                             resolve_clusters *c, ent_err *err)
{
    struct work w = { NULL, 0, NULL, NULL };
    size_t *cluster;

    *c = (resolve_clusters){ .count = 0 };
    ENT_TRY(standing_take(arena, statements, count, &w, err));
    ENT_TRY(records_take(arena, &w, c, err));
    w.parent = ent_arena_array(arena, c->count, sizeof *w.parent);
    w.held = ent_arena_array(arena, w.count, sizeof *w.held);
    c->joins = ent_arena_array(arena, w.count, sizeof *c->joins);
    c->nevers = ent_arena_array(arena, w.count, sizeof *c->nevers);
    cluster = ent_arena_array(arena, c->count, sizeof *cluster);
    if (w.parent == NULL || w.held == NULL || c->joins == NULL || c->nevers == NULL ||
        cluster == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < c->count; i++)
        w.parent[i] = i;
    joins_make(c, &w);
    for (size_t i = 0; i < c->count; i++)
        cluster[i] = root_of(w.parent, i);
    c->cluster = cluster;
    c->held = w.held;
    return ENT_OK;
}

bool resolve_same(const resolve_clusters *c, ent_str a, ent_str b)
{
    size_t x = record_index(c, a), y = record_index(c, b);

    return ent_str_equal(a, b) || (x != NOBODY && y != NOBODY && c->cluster[x] == c->cluster[y]);
}

/* Breadth first over the joins in effect. */
ent_code resolve_chain(ent_arena *arena, const resolve_clusters *c, ent_str a, ent_str b,
                       const resolve_statement **chain, size_t *length, ent_err *err)
{
    size_t from = record_index(c, a), to = record_index(c, b), head = 0, tail = 0;
    size_t *queue = ent_arena_array(arena, c->count, sizeof *queue);
    const resolve_statement **by = ent_arena_array(arena, c->count, sizeof *by);

    *length = 0;
    if (queue == NULL || by == NULL)
        return ent_fail_arena(err);
    if (from == NOBODY || to == NOBODY || from == to)
        return ENT_OK;
    for (queue[tail++] = from; head < tail && by[to] == NULL; head++)
        for (size_t i = 0; i < c->join_count; i++) {
            size_t x = record_index(c, c->joins[i]->a), y = record_index(c, c->joins[i]->b);
            size_t next = x == queue[head] ? y : y == queue[head] ? x : NOBODY;

            if (next == NOBODY || next == from || by[next] != NULL)
                continue;
            by[next] = c->joins[i];
            queue[tail++] = next;
        }
    for (size_t at = to; at != from && by[at] != NULL;) {
        size_t x = record_index(c, by[at]->a), y = record_index(c, by[at]->b);

        chain[(*length)++] = by[at];
        at = x == at ? y : x;
    }
    for (size_t i = 0; i < *length / 2; i++) {
        const resolve_statement *swap = chain[i];

        chain[i] = chain[*length - 1 - i];
        chain[*length - 1 - i] = swap;
    }
    return ENT_OK;
}
