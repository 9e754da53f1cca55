/*
 * The k best paths.  A path is a sequence of records, with a group between two that are
 * joined by a key; no record and no group comes twice (a second use of a group can always
 * be shortened).  Yen: each next best path leaves an earlier one at some spur.  For a spur
 * the strongest possible weakest step is found by bisection over breadth-first searches
 * from the goal (which also bounds the steps), then the greatest product by a label-setting
 * search among the steps that are at least as strong.
 */
#include "graph/graph_int.h"

#include "base/limits.h"

#define FAR UINT16_MAX

/* -ln(confidence / 100) in units of 2^-32; none at all counts as a tenth of one percent. */
static const uint64_t costs[101] = {
#include "graph/costs.def"
};

/* A place in a path: a record (below record_count) or a group (from record_count on). */
typedef uint32_t place;

struct trail {
    place *places;
    uint32_t *links; /* the link by which a place was reached, or GRAPH_NONE */
    uint32_t count;
    uint32_t deviation; /* the first place at which it may leave those before it */
    uint32_t steps;
    int weakest;
    uint64_t cost;
};

struct label {
    uint64_t cost;
    uint32_t parent; /* a label, or GRAPH_NONE */
    place at;
    uint32_t link;
    uint16_t steps;
};

struct search {
    const graph *g;
    ent_arena *arena;   /* of the answer */
    ent_arena *scratch; /* of one spur */
    uint32_t goal;
    bool evidential;
    uint16_t steps_max;
    uint64_t work;
    uint16_t *level; /* steps to the goal; by place */
    uint16_t *best;  /* fewest steps of a label popped here; by place */
    uint8_t *gone;   /* in the path's beginning */
    uint32_t *queue;
    /* the spur */
    place start;
    const place *barred; /* next places that earlier paths took from here */
    uint32_t barred_count;
};

static bool is_group(const struct search *s, place at)
{
    return at >= s->g->record_count;
}

static bool is_barred(const struct search *s, place next)
{
    for (uint32_t i = 0; i < s->barred_count; i++)
        if (s->barred[i] == next)
            return true;
    return false;
}

static bool usable(const struct search *s, const graph_link_row *link, int threshold)
{
    return graph_strength(link) >= threshold && (link->evidential || !s->evidential);
}

static bool tired(struct search *s)
{
    return ++s->work > (uint64_t)ENT_LIMIT_PATH_WORK;
}

/* ---- breadth first, from the goal back to the spur ---- */

struct front {
    uint32_t head, tail;
    int threshold;
};

static void front_push(struct search *s, struct front *f, uint32_t record, uint16_t level)
{
    if (s->level[record] != FAR || s->gone[record])
        return;
    s->level[record] = level;
    s->queue[f->tail++] = record;
}

/* Everybody in the group is one step away from whoever is in it. */
static void front_group(struct search *s, struct front *f, uint32_t group, uint16_t level)
{
    const graph *g = s->g;
    const graph_key_row *key = &g->keys[g->groups[group].key];
    place at = g->record_count + group;
    bool from_start = !is_barred(s, at);
    uint32_t member;

    if (s->level[at] != FAR || s->gone[at])
        return;
    s->level[at] = level;
    for (uint32_t i = 0; i < key->post_count && !tired(s); i++)
        if (graph_in_group(g, &g->groups[group], i, &member) && (member != s->start || from_start))
            front_push(s, f, member, level);
}

static void front_record(struct search *s, struct front *f, uint32_t record)
{
    const graph *g = s->g;
    uint16_t next = (uint16_t)(s->level[record] + 1);

    for (uint32_t i = g->near_first[record]; i < g->near_first[record + 1] && !tired(s); i++) {
        const graph_link_row *link = &g->links[g->near[i]];
        uint32_t other = graph_other(link, record);

        if (usable(s, link, f->threshold) && !(other == s->start && is_barred(s, record)))
            front_push(s, f, other, next);
    }
    for (uint32_t i = g->key_first[record]; i < g->key_first[record + 1]; i++) {
        uint32_t group, end;

        graph_groups_of(g, g->key_list[i], g->records[record].days, &group, &end);
        for (; group < end && !tired(s); group++) {
            if (g->record_count + group != s->start)
                front_group(s, f, group, next);
            else if (!is_barred(s, record) && s->level[s->start] == FAR)
                s->level[s->start] = next;
        }
    }
}

/* Fills s->level; is the spur within `steps` of the goal over steps of at least `threshold`? */
static bool front_run(struct search *s, int threshold, uint16_t steps, bool whole)
{
    struct front f = { .threshold = threshold };

    memset(s->level, 0xff, ((size_t)s->g->record_count + s->g->group_count) * sizeof *s->level);
    front_push(s, &f, s->goal, 0);
    while (f.head < f.tail && s->level[s->queue[f.head]] < steps) {
        front_record(s, &f, s->queue[f.head++]);
        if (!whole && s->level[s->start] != FAR)
            break;
    }
    return s->level[s->start] <= steps;
}

/* ---- the greatest product, from the spur to the goal ---- */

struct heap {
    struct label *labels;
    uint32_t *order;
    uint32_t label_count, label_room, count, order_room;
    int threshold;
    uint16_t steps;
    bool full;
    bool single; /* one label for each place: exact unless the best turns out too long */
};

static bool label_before(const struct heap *h, uint32_t a, uint32_t b)
{
    const struct label *x = &h->labels[a], *y = &h->labels[b];

    if (x->cost != y->cost)
        return x->cost < y->cost;
    return x->steps != y->steps ? x->steps < y->steps : a < b;
}

static bool heap_room(ent_arena *arena, void **array, uint32_t count, uint32_t *room, size_t size)
{
    uint32_t more = *room == 0 ? 256 : *room * 2;
    void *grown;

    if (count < *room)
        return true;
    grown = more > *room ? ent_arena_array(arena, more, size) : NULL;
    if (grown == NULL)
        return false;
    if (count > 0)
        memcpy(grown, *array, count * size);
    *array = grown;
    *room = more;
    return true;
}

/* A label with less cost was here; it is only better in steps, and only if steps count. */
static bool is_worse(const struct search *s, const struct heap *h, const struct label *label)
{
    return h->single ? s->best[label->at] != FAR : label->steps >= s->best[label->at];
}

static void heap_push(struct search *s, struct heap *h, struct label label)
{
    void *labels = h->labels, *order = h->order;
    uint32_t at = h->count;

    /* Pruned: what cannot reach the goal in time, and what a better label was already at. */
    if (s->gone[label.at] || s->level[label.at] == FAR || is_worse(s, h, &label) ||
        (!h->single && label.steps + s->level[label.at] > h->steps))
        return;
    if (!heap_room(s->scratch, &labels, h->label_count, &h->label_room, sizeof *h->labels) ||
        !heap_room(s->scratch, &order, h->count, &h->order_room, sizeof *h->order)) {
        h->full = true;
        return;
    }
    h->labels = labels;
    h->order = order;
    h->labels[h->label_count] = label;
    h->count++;
    while (at > 0 && label_before(h, h->label_count, h->order[(at - 1) / 2])) {
        h->order[at] = h->order[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    h->order[at] = h->label_count++;
}

static uint32_t heap_pop(struct heap *h)
{
    uint32_t top = h->order[0], last = h->order[--h->count], at = 0;

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= h->count)
            break;
        if (child + 1 < h->count && label_before(h, h->order[child + 1], h->order[child]))
            child++;
        if (!label_before(h, h->order[child], last))
            break;
        h->order[at] = h->order[child];
        at = child;
    }
    if (h->count > 0)
        h->order[at] = last;
    return top;
}

static void spread_group(struct search *s, struct heap *h, uint32_t parent, uint32_t group)
{
    const graph *g = s->g;
    const graph_key_row *key = &g->keys[g->groups[group].key];
    bool start = g->record_count + group == s->start;
    struct label from = h->labels[parent];
    uint32_t member;

    for (uint32_t i = 0; i < key->post_count && !tired(s); i++)
        if (graph_in_group(g, &g->groups[group], i, &member) && !(start && is_barred(s, member)))
            heap_push(s, h,
                      (struct label){ from.cost, parent, member, GRAPH_NONE,
                                      (uint16_t)(from.steps + 1) });
}

/* A group's own label is made when it is entered, and spread at once: entering costs nothing. */
static void enter_group(struct search *s, struct heap *h, uint32_t parent, uint32_t group)
{
    struct label from = h->labels[parent];
    place at = s->g->record_count + group;
    void *labels = h->labels;

    if (s->gone[at] || (from.at == s->start && is_barred(s, at)) ||
        is_worse(s, h, &(struct label){ .at = at, .steps = from.steps }))
        return;
    s->best[at] = from.steps;
    if (!heap_room(s->scratch, &labels, h->label_count, &h->label_room, sizeof *h->labels)) {
        h->full = true;
        return;
    }
    h->labels = labels;
    h->labels[h->label_count] = (struct label){ from.cost, parent, at, GRAPH_NONE, from.steps };
    spread_group(s, h, h->label_count++, group);
}

static void spread_record(struct search *s, struct heap *h, uint32_t parent)
{
    const graph *g = s->g;
    struct label from = h->labels[parent];

    for (uint32_t i = g->near_first[from.at]; i < g->near_first[from.at + 1] && !tired(s); i++) {
        const graph_link_row *link = &g->links[g->near[i]];
        uint32_t other = graph_other(link, from.at);

        if (usable(s, link, h->threshold) && !(from.at == s->start && is_barred(s, other)))
            heap_push(s, h,
                      (struct label){ from.cost + costs[graph_strength(link)], parent, other,
                                      g->near[i], (uint16_t)(from.steps + 1) });
    }
    for (uint32_t i = g->key_first[from.at]; i < g->key_first[from.at + 1]; i++) {
        uint32_t group, end;

        graph_groups_of(g, g->key_list[i], g->records[from.at].days, &group, &end);
        for (; group < end; group++)
            enter_group(s, h, parent, group);
    }
}

/* Runs after front_run(whole) with the same threshold.  The label at the goal, or GRAPH_NONE. */
static uint32_t spread_run(struct search *s, struct heap *h)
{
    struct label first = { .parent = GRAPH_NONE, .at = s->start, .link = GRAPH_NONE };

    memset(s->best, 0xff, ((size_t)s->g->record_count + s->g->group_count) * sizeof *s->best);
    heap_push(s, h, first);
    if (is_group(s, s->start) && h->count == 1)
        spread_group(s, h, heap_pop(h), s->start - s->g->record_count);
    while (h->count > 0 && !h->full) {
        uint32_t top = heap_pop(h);
        struct label label = h->labels[top];

        if (label.at == s->goal)
            return top;
        if (is_worse(s, h, &label))
            continue; /* a better one was here: only to save work */
        s->best[label.at] = label.steps;
        spread_record(s, h, top);
    }
    return GRAPH_NONE;
}

/* Steps hardly ever bind: first without them, which is a search with one label a place. */
static uint32_t spread_best(struct search *s, struct heap *h)
{
    const struct heap fresh = *h;
    uint32_t last;

    h->single = true;
    last = spread_run(s, h);
    if (last != GRAPH_NONE && h->labels[last].steps <= h->steps)
        return last;
    *h = fresh;
    ent_arena_reset(s->scratch);
    return spread_run(s, h);
}

/* ---- one spur ---- */

/* The trail `begin` up to and with place `at`, then the labels up to `last`. */
static struct trail *trail_join(struct search *s, const struct trail *begin, uint32_t at,
                                const struct heap *h, uint32_t last)
{
    struct trail *t = ent_arena_alloc(s->arena, sizeof *t);
    uint32_t more = 0;

    for (uint32_t i = last; h->labels[i].parent != GRAPH_NONE; i = h->labels[i].parent)
        more++;
    if (t == NULL)
        return NULL;
    t->count = at + 1 + more;
    t->deviation = at;
    t->places = ent_arena_array(s->arena, t->count, sizeof *t->places);
    t->links = ent_arena_array(s->arena, t->count, sizeof *t->links);
    if (t->places == NULL || t->links == NULL)
        return NULL;
    memcpy(t->places, begin->places, (at + 1) * sizeof *t->places);
    memcpy(t->links, begin->links, (at + 1) * sizeof *t->links);
    for (uint32_t i = last, to = t->count; to > at + 1; i = h->labels[i].parent) {
        t->places[--to] = h->labels[i].at;
        t->links[to] = h->labels[i].link;
    }
    t->weakest = 100;
    for (uint32_t i = 1; i < t->count; i++) {
        if (t->links[i] != GRAPH_NONE) {
            int strong = graph_strength(&s->g->links[t->links[i]]);

            t->weakest = strong < t->weakest ? strong : t->weakest;
            t->cost += costs[strong];
        }
        t->steps += !is_group(s, t->places[i]);
    }
    return t;
}

/* What the first `at` + 1 places of a trail have used up. */
static void trail_begin(const struct search *s, const struct trail *t, uint32_t at, int *weakest,
                        uint16_t *steps)
{
    *weakest = 100;
    *steps = 0;
    for (uint32_t i = 1; i <= at; i++) {
        if (t->links[i] != GRAPH_NONE && graph_strength(&s->g->links[t->links[i]]) < *weakest)
            *weakest = graph_strength(&s->g->links[t->links[i]]);
        *steps = (uint16_t)(*steps + !is_group(s, t->places[i]));
    }
}

/* The strongest weakest step, `most` at best, of a way from the spur to the goal; -1: there
 * is no way.  `most` is tried first: deviations are mostly as strong as what they leave. */
static int bottleneck(struct search *s, uint16_t steps, int most)
{
    int low = 0, high = most - 1;

    if (front_run(s, most, steps, false))
        return most;
    if (most == 0 || !front_run(s, 0, steps, false))
        return -1;
    while (low < high) {
        int middle = (low + high + 1) / 2;

        if (front_run(s, middle, steps, false))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* The best trail that begins like `begin` up to place `at` and then goes where none of the
 * barred places is; *found NULL if there is none.  `begin` was the best of all that begin so,
 * so none of these is stronger. */
static ent_code spur(struct search *s, const struct trail *begin, uint32_t at, struct trail **found,
                     ent_err *err)
{
    struct heap h = { 0 };
    uint32_t last = GRAPH_NONE;
    uint16_t used;
    int most;

    *found = NULL;
    trail_begin(s, begin, at, &most, &used);
    most = begin->weakest < most ? begin->weakest : most;
    s->start = begin->places[at];
    h.steps = (uint16_t)(s->steps_max - used);
    for (uint32_t i = 0; i < at; i++)
        s->gone[begin->places[i]] = 1;
    h.threshold = bottleneck(s, h.steps, most);
    if (h.threshold >= 0) {
        (void)front_run(s, h.threshold, h.steps, true);
        ent_arena_reset(s->scratch);
        last = spread_best(s, &h);
    }
    for (uint32_t i = 0; i < at; i++)
        s->gone[begin->places[i]] = 0;
    if (last != GRAPH_NONE)
        *found = trail_join(s, begin, at, &h, last);
    return h.full || (last != GRAPH_NONE && *found == NULL) ? ent_fail_arena(err) : ENT_OK;
}

/* ---- the k best ---- */

static bool trail_better(const struct trail *a, const struct trail *b)
{
    if (a->weakest != b->weakest)
        return a->weakest > b->weakest;
    return a->cost != b->cost ? a->cost < b->cost : a->steps < b->steps;
}

struct list {
    struct trail **trails;
    uint32_t count, room;
};

static bool list_add(ent_arena *arena, struct list *list, struct trail *trail)
{
    void *trails = list->trails;

    if (!heap_room(arena, &trails, list->count, &list->room, sizeof(struct trail *)))
        return false;
    list->trails = trails;
    list->trails[list->count++] = trail;
    return true;
}

static struct trail *list_take_best(struct list *list)
{
    uint32_t best = 0;
    struct trail *taken;

    for (uint32_t i = 1; i < list->count; i++)
        if (trail_better(list->trails[i], list->trails[best]))
            best = i;
    taken = list->trails[best];
    list->trails[best] = list->trails[--list->count];
    return taken;
}

static bool begins_alike(const struct trail *a, const struct trail *b, uint32_t places)
{
    return a->count >= places && b->count >= places &&
           memcmp(a->places, b->places, places * sizeof *a->places) == 0;
}

/* The candidates that leave `t`, the newest of the accepted. */
static ent_code deviations(struct search *s, const struct list *accepted, const struct trail *t,
                           struct list *candidates, ent_err *err)
{
    place *barred = ent_arena_array(s->arena, accepted->count, sizeof *barred);
    struct trail *found;

    if (barred == NULL)
        return ent_fail_arena(err);
    for (uint32_t at = t->deviation; at + 1 < t->count; at++) {
        s->barred = barred;
        s->barred_count = 0;
        for (uint32_t i = 0; i < accepted->count; i++)
            if (begins_alike(accepted->trails[i], t, at + 1) && accepted->trails[i]->count > at + 1)
                barred[s->barred_count++] = accepted->trails[i]->places[at + 1];
        ENT_TRY(spur(s, t, at, &found, err));
        if (found != NULL && !list_add(s->arena, candidates, found))
            return ent_fail_arena(err);
        if (s->work > (uint64_t)ENT_LIMIT_PATH_WORK)
            break;
    }
    return ENT_OK;
}

static bool same_records(const struct search *s, const struct trail *a, const struct trail *b)
{
    uint32_t i = 0, j = 0;

    if (a->steps != b->steps)
        return false;
    for (;;) {
        while (i < a->count && is_group(s, a->places[i]))
            i++;
        while (j < b->count && is_group(s, b->places[j]))
            j++;
        if (i == a->count || j == b->count)
            return i == a->count && j == b->count;
        if (a->places[i++] != b->places[j++])
            return false;
    }
}

static bool is_shown(const struct search *s, const struct list *shown, const struct trail *t)
{
    for (uint32_t i = 0; i < shown->count; i++)
        if (same_records(s, shown->trails[i], t))
            return true;
    return false;
}

static ent_code search_run(struct search *s, uint32_t a, const graph_options *options,
                           struct list *shown, ent_err *err)
{
    struct list accepted = { 0 }, candidates = { 0 };
    place places[1] = { a };
    uint32_t links[1] = { GRAPH_NONE };
    struct trail origin = { .places = places, .links = links, .count = 1, .weakest = 100 };
    struct trail *best;
    /* Two records may be joined by a link and a key at once: such twins are one path to
     * the reader, and there may be many of them. */
    size_t rounds = options->max_paths * 8 + 8;

    ENT_TRY(spur(s, &origin, 0, &best, err));
    if (best != NULL && !list_add(s->arena, &candidates, best))
        return ent_fail_arena(err);
    while (candidates.count > 0 && shown->count < options->max_paths && rounds-- > 0 &&
           s->work <= (uint64_t)ENT_LIMIT_PATH_WORK) {
        best = list_take_best(&candidates);
        if (!list_add(s->arena, &accepted, best))
            return ent_fail_arena(err);
        if (!is_shown(s, shown, best) && !list_add(s->arena, shown, best))
            return ent_fail_arena(err);
        if (shown->count < options->max_paths)
            ENT_TRY(deviations(s, &accepted, best, &candidates, err));
    }
    return ENT_OK;
}

/* ---- as the caller sees it ---- */

static bool path_write(const struct search *s, const struct trail *t, graph_path *path)
{
    path->steps = ent_arena_array(s->arena, (size_t)t->steps + 1, sizeof *path->steps);
    if (path->steps == NULL)
        return false;
    path->weakest = t->weakest;
    path->product = 1.0;
    for (uint32_t i = 1; i < t->count; i++) {
        const graph_step *step = &path->steps[path->count];

        if (is_group(s, t->places[i]))
            continue;
        path->steps[path->count++] =
            is_group(s, t->places[i - 1])
                ? graph_step_of_key(s->g, s->g->groups[t->places[i - 1] - s->g->record_count].key,
                                    t->places[i - 2], t->places[i])
                : graph_step_of_link(s->g, t->links[i], t->places[i - 1]);
        path->product *= (step->confidence < 0 ? 0 : step->confidence) / 100.0;
    }
    return true;
}

static ent_code search_init(struct search *s, const graph *g, ent_arena *arena, uint32_t goal,
                            const graph_options *options, ent_err *err)
{
    size_t places = (size_t)g->record_count + g->group_count;

    ENT_ASSERT(g->sealed && options->max_paths >= 1);
    *s = (struct search){ .g = g, .arena = arena, .goal = goal, .evidential = options->evidential };
    s->steps_max = options->max_steps == 0 || options->max_steps > ENT_LIMIT_PATH_STEPS
                       ? ENT_LIMIT_PATH_STEPS
                       : (uint16_t)options->max_steps;
    s->level = ent_arena_array(arena, places, sizeof *s->level);
    s->best = ent_arena_array(arena, places, sizeof *s->best);
    s->gone = ent_arena_array(arena, places, sizeof *s->gone);
    s->queue = ent_arena_array(arena, (size_t)g->record_count + 1, sizeof *s->queue);
    if (s->level == NULL || s->best == NULL || s->gone == NULL || s->queue == NULL)
        return ent_fail_arena(err);
    return ENT_OK;
}

ent_code graph_paths(const graph *g, ent_arena *arena, ent_str a, ent_str b,
                     const graph_options *options, graph_answer *answer, ent_err *err)
{
    struct list shown = { 0 };
    struct search s;
    uint32_t from, to;
    ent_code rc;

    *answer = (graph_answer){ 0 };
    ENT_TRY(graph_ends(g, a, b, &from, &to, err));
    if (from == to)
        return ENT_OK;
    ENT_TRY(search_init(&s, g, arena, to, options, err));
    s.scratch = ent_arena_new((size_t)1 << 31);
    if (s.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a search");
    rc = search_run(&s, from, options, &shown, err);
    ent_arena_free(s.scratch);
    if (rc != ENT_OK)
        return rc;
    answer->stopped = s.work > (uint64_t)ENT_LIMIT_PATH_WORK;
    answer->paths = ent_arena_array(arena, (size_t)shown.count + 1, sizeof *answer->paths);
    if (answer->paths == NULL)
        return ent_fail_arena(err);
    for (; answer->count < shown.count; answer->count++)
        if (!path_write(&s, shown.trails[answer->count], &answer->paths[answer->count]))
            return ent_fail_arena(err);
    return ENT_OK;
}
