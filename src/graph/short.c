/*
 * The fewest steps between two records, from both ends at once: of the two fronts the smaller
 * goes a step further, until they meet.  In a graph of a million records and ten million
 * links each front has seen some thousands by then.  Marks carry the number of the search, so
 * that nothing has to be cleared between two.
 */
#include "graph/graph_int.h"

#define BY_KEY UINT32_C(0x80000000) /* `via` is a key and no link */

struct front {
    uint32_t *mark;   /* by record: the search that reached it */
    uint32_t *parent; /* by record: from which */
    uint32_t *via;    /* by record: over which link, or BY_KEY | key */
    uint8_t *level;   /* by record */
    uint32_t *done;   /* by group: the search that spread it */
    uint32_t *queue, head, tail;
    unsigned depth;
};

struct graph_walker {
    const graph *g;
    struct front fronts[2];
    uint32_t search;
};

static bool front_make(struct front *f, const graph *g, ent_arena *arena)
{
    size_t records = (size_t)g->record_count + 1;

    f->mark = ent_arena_array(arena, records, sizeof *f->mark);
    f->parent = ent_arena_array(arena, records, sizeof *f->parent);
    f->via = ent_arena_array(arena, records, sizeof *f->via);
    f->level = ent_arena_array(arena, records, 1);
    f->queue = ent_arena_array(arena, records, sizeof *f->queue);
    f->done = ent_arena_array(arena, (size_t)g->group_count + 1, sizeof *f->done);
    return f->mark != NULL && f->parent != NULL && f->via != NULL && f->level != NULL &&
           f->queue != NULL && f->done != NULL;
}

graph_walker *graph_walker_new(const graph *g, ent_arena *arena)
{
    graph_walker *w = ent_arena_alloc(arena, sizeof *w);

    ENT_ASSERT(g->sealed);
    if (w == NULL || !front_make(&w->fronts[0], g, arena) || !front_make(&w->fronts[1], g, arena))
        return NULL;
    w->g = g;
    return w;
}

struct meeting {
    uint32_t record; /* where the fronts meet, or GRAPH_NONE */
    unsigned steps;
};

struct spreading {
    graph_walker *w;
    struct front *own;
    const struct front *other;
    struct meeting meeting;
    bool evidential;
};

static void reach(struct spreading *s, uint32_t record, uint32_t from, uint32_t via)
{
    struct front *f = s->own;

    if (f->mark[record] == s->w->search)
        return;
    f->mark[record] = s->w->search;
    f->parent[record] = from;
    f->via[record] = via;
    f->level[record] = (uint8_t)(f->depth + 1);
    f->queue[f->tail++] = record;
    if (s->other->mark[record] == s->w->search &&
        f->depth + 1 + s->other->level[record] < s->meeting.steps)
        s->meeting = (struct meeting){ record, f->depth + 1 + s->other->level[record] };
}

static void spread_keys(struct spreading *s, uint32_t record)
{
    const graph *g = s->w->g;

    for (uint32_t i = g->key_first[record]; i < g->key_first[record + 1]; i++) {
        const graph_key_row *key = &g->keys[g->key_list[i]];
        uint32_t group, end, member;

        graph_groups_of(g, g->key_list[i], g->records[record].days, &group, &end);
        for (; group < end; group++) {
            if (s->own->done[group] == s->w->search)
                continue;
            s->own->done[group] = s->w->search;
            for (uint32_t at = 0; at < key->post_count; at++)
                if (graph_in_group(g, &g->groups[group], at, &member))
                    reach(s, member, record, BY_KEY | g->key_list[i]);
        }
    }
}

static void spread(struct spreading *s)
{
    const graph *g = s->w->g;
    uint32_t end = s->own->tail;

    while (s->own->head < end) {
        uint32_t record = s->own->queue[s->own->head++];

        for (uint32_t i = g->near_first[record]; i < g->near_first[record + 1]; i++)
            if (g->near_strong[i] > 0 || !s->evidential)
                reach(s, g->near_other[i], record, g->near[i]);
        spread_keys(s, record);
    }
    s->own->depth++;
}

static void front_begin(struct front *f, uint32_t search, uint32_t record)
{
    f->head = 0;
    f->tail = 1;
    f->depth = 0;
    f->queue[0] = record;
    f->mark[record] = search;
    f->parent[record] = GRAPH_NONE;
    f->level[record] = 0;
}

/* A step between two records as it was found. */
static graph_step step_of(const graph *g, uint32_t via, uint32_t from, uint32_t to)
{
    return (via & BY_KEY) != 0 ? graph_step_of_key(g, via & ~BY_KEY, from, to)
                               : graph_step_of_link(g, via, from);
}

static ent_code path_make(const graph_walker *w, ent_arena *arena, const struct meeting *meeting,
                          graph_path *path, ent_err *err)
{
    const struct front *a = &w->fronts[0], *b = &w->fronts[1];
    uint32_t at = meeting->record;

    path->steps = ent_arena_array(arena, meeting->steps + 1, sizeof *path->steps);
    if (path->steps == NULL)
        return ent_fail_arena(err);
    path->count = meeting->steps;
    for (size_t i = a->level[at]; i > 0; i--, at = a->parent[at])
        path->steps[i - 1] = step_of(w->g, a->via[at], a->parent[at], at);
    at = meeting->record;
    for (size_t i = a->level[at]; b->parent[at] != GRAPH_NONE; i++, at = b->parent[at])
        path->steps[i] = step_of(w->g, b->via[at], at, b->parent[at]);
    path->weakest = 100;
    path->product = 1;
    for (size_t i = 0; i < path->count; i++) {
        int strong = path->steps[i].confidence < 0 ? 0 : path->steps[i].confidence;

        path->weakest = strong < path->weakest ? strong : path->weakest;
        path->product *= strong / 100.0;
    }
    return ENT_OK;
}

ent_code graph_shortest(graph_walker *w, ent_arena *arena, ent_str a, ent_str b, bool evidential,
                        unsigned max_steps, graph_path *path, ent_err *err)
{
    struct front *x = &w->fronts[0], *y = &w->fronts[1];
    struct meeting meeting = { GRAPH_NONE, max_steps + 1 };
    uint32_t from, to;

    *path = (graph_path){ .steps = NULL };
    ENT_TRY(graph_ends(w->g, a, b, &from, &to, err));
    if (++w->search == 0)
        return ent_fail(err, ENT_LIMIT, "a walker is worn out after 4294967295 searches");
    if (from == to)
        return ENT_OK;
    front_begin(x, w->search, from);
    front_begin(y, w->search, to);
    while (meeting.record == GRAPH_NONE && x->depth + y->depth < max_steps && x->head < x->tail &&
           y->head < y->tail) {
        bool first = x->tail - x->head <= y->tail - y->head;
        struct spreading s = { w, first ? x : y, first ? y : x, meeting, evidential };

        spread(&s);
        meeting = s.meeting;
    }
    return meeting.record == GRAPH_NONE ? ENT_OK : path_make(w, arena, &meeting, path, err);
}
