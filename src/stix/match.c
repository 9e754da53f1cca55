#include "stix/match_int.h"

#include "base/limits.h"

#include <stdlib.h>

/* ---- the program ----
 * LEAF binds one more observation; SPLIT tries one way and, when that fails, another;
 * JUMP joins them again; TURN is where the right side of a FOLLOWEDBY begins.  REPEATS is
 * written out. */

typedef enum opcode { OP_LEAF, OP_SPLIT, OP_JUMP, OP_TURN, OP_MATCH, OP_FAIL } opcode;

/* What holds for every leaf inside a qualifier or a FOLLOWEDBY.  A slot keeps the latest
 * beginning and the earliest end of what was bound inside so far. */
typedef struct scope {
    const struct scope *outer;
    bool right; /* right of FOLLOWEDBY: not before the slot's bound */
    size_t slot;
    int64_t window; /* WITHIN, in microseconds; 0: none */
} scope;

typedef struct instruction {
    opcode op;
    bool ordered;  /* LEAF: behind the candidate of the leaf before it */
    size_t target; /* SPLIT, JUMP: where; TURN: the slot; LEAF: which leaf */
    const scope *scope;
} instruction;

/* An observation expression, and the times that START and STOP around it allow. */
typedef struct leaf {
    const stix_node *comparison;
    ent_time start, stop;
} leaf;

struct stix_matcher {
    ent_arena *arena;
    instruction *code;
    size_t count, room;
    leaf *leaves;
    size_t leaf_count, leaf_room;
    stix_ready_test *tests; /* in the order of the tree */
    size_t test_count, test_room;
    size_t slots;
    const stix_node *pattern;
};

#define CODE_MAX 400000

typedef struct compiler {
    stix_matcher *m;
    ent_err *err;
} compiler;

static ent_code grown(ent_arena *arena, void *list, size_t count, size_t *room, size_t size,
                      void **out, ent_err *err)
{
    size_t more = *room == 0 ? 16 : *room * 2;

    *out = list;
    if (count < *room)
        return ENT_OK;
    *out = ent_arena_array(arena, more, size);
    if (*out == NULL)
        return ent_fail_arena(err);
    if (count > 0)
        memcpy(*out, list, count * size);
    *room = more;
    return ENT_OK;
}

static ent_code emit(compiler *c, instruction i, size_t *at)
{
    void *list;

    if (c->m->count >= CODE_MAX)
        return ent_fail(c->err, ENT_LIMIT, "the pattern repeats more than can be matched");
    ENT_TRY(grown(c->m->arena, c->m->code, c->m->count, &c->m->room, sizeof i, &list, c->err));
    c->m->code = list;
    if (at != NULL)
        *at = c->m->count;
    c->m->code[c->m->count++] = i;
    return ENT_OK;
}

static ent_code scope_new(compiler *c, const scope *outer, scope **inner)
{
    *inner = ent_arena_alloc(c->m->arena, sizeof **inner);
    if (*inner == NULL)
        return ent_fail_arena(c->err);
    (*inner)->outer = outer;
    return ENT_OK;
}

/* What is around an expression while it is compiled. */
typedef struct around {
    const scope *scope;
    ent_time start, stop;
} around;

static ent_code compile(compiler *c, const stix_node *node, around in);

static ent_code compile_leaf(compiler *c, const stix_node *node, around in)
{
    void *list;

    ENT_TRY(grown(c->m->arena, c->m->leaves, c->m->leaf_count, &c->m->leaf_room,
                  sizeof *c->m->leaves, &list, c->err));
    c->m->leaves = list;
    c->m->leaves[c->m->leaf_count] = (leaf){ node->first, in.start, in.stop };
    return emit(c, (instruction){ .op = OP_LEAF, .target = c->m->leaf_count++, .scope = in.scope },
                NULL);
}

static ent_code compile_or(compiler *c, const stix_node *node, around in)
{
    size_t split = 0, last = SIZE_MAX;

    for (const stix_node *n = node->first; n != NULL; n = n->next) {
        if (n->next != NULL)
            ENT_TRY(emit(c, (instruction){ .op = OP_SPLIT }, &split));
        ENT_TRY(compile(c, n, in));
        if (n->next == NULL)
            break;
        /* Jumps to the end are chained through their targets until the end is known. */
        ENT_TRY(emit(c, (instruction){ .op = OP_JUMP, .target = last }, &last));
        c->m->code[split].target = c->m->count;
    }
    while (last != SIZE_MAX) {
        size_t before = c->m->code[last].target;

        c->m->code[last].target = c->m->count;
        last = before;
    }
    return ENT_OK;
}

static ent_code compile_followedby(compiler *c, const stix_node *node, around in)
{
    size_t slot = c->m->slots++;

    for (const stix_node *n = node->first; n != NULL; n = n->next) {
        scope *side;
        around inner = in;

        ENT_TRY(scope_new(c, in.scope, &side));
        side->slot = slot;
        side->right = n != node->first;
        inner.scope = side;
        if (side->right)
            ENT_TRY(emit(c, (instruction){ .op = OP_TURN, .target = slot }, NULL));
        ENT_TRY(compile(c, n, inner));
    }
    return ENT_OK;
}

static ent_code compile_repeats(compiler *c, const stix_node *node, around in)
{
    const stix_node *child = node->first;
    size_t first_leaf = c->m->leaf_count;
    long times;

    if (node->amount > ENT_LIMIT_PATTERN_REPEATS)
        return ent_fail(c->err, ENT_LIMIT, "REPEATS of more than %d times",
                        ENT_LIMIT_PATTERN_REPEATS);
    times = (long)node->amount;
    for (long i = 0; i < times; i++) {
        if (child->kind != STIX_NODE_OBSERVATION || i == 0) {
            ENT_TRY(compile(c, child, in));
            continue;
        }
        /* Which of equal observations comes first does not matter: take them in order. */
        ENT_TRY(emit(c,
                     (instruction){
                         .op = OP_LEAF, .ordered = true, .target = first_leaf, .scope = in.scope },
                     NULL));
    }
    return ENT_OK;
}

static ent_code compile_within(compiler *c, const stix_node *node, around in)
{
    scope *window;

    if (node->amount <= 0)
        return ent_fail(c->err, ENT_FORMAT, "WITHIN wants a positive time [STIX 2.1 s9.5.1]");
    ENT_TRY(scope_new(c, in.scope, &window));
    window->slot = c->m->slots++;
    window->window =
        node->amount > 1e12 ? ENT_TIME_NEVER : (int64_t)(node->amount * (double)ENT_SECOND + 0.5);
    in.scope = window;
    return compile(c, node->first, in);
}

static ent_code compile_startstop(compiler *c, const stix_node *node, around in)
{
    ent_time start, stop;

    ENT_TRY(ent_time_read(node->constants->value, &start, c->err));
    ENT_TRY(ent_time_read(node->constants->next->value, &stop, c->err));
    if (start > in.start)
        in.start = start;
    if (stop < in.stop)
        in.stop = stop;
    if (start >= stop)
        ENT_TRY(emit(c, (instruction){ .op = OP_FAIL }, NULL));
    return compile(c, node->first, in);
}

/* The parser bounds how deep patterns are. */
static ent_code compile(compiler *c, const stix_node *node, around in)
{
    switch (node->kind) {
    case STIX_NODE_OBSERVATION:
        return compile_leaf(c, node, in);
    case STIX_NODE_AND:
        for (const stix_node *n = node->first; n != NULL; n = n->next)
            ENT_TRY(compile(c, n, in));
        return ENT_OK;
    case STIX_NODE_OR:
        return compile_or(c, node, in);
    case STIX_NODE_FOLLOWEDBY:
        return compile_followedby(c, node, in);
    case STIX_NODE_REPEATS:
        return compile_repeats(c, node, in);
    case STIX_NODE_WITHIN:
        return compile_within(c, node, in);
    case STIX_NODE_STARTSTOP:
        return compile_startstop(c, node, in);
    case STIX_NODE_TEST:
        break;
    }
    return ENT_OK;
}

/* Tests are made ready once, in the order in which evaluating meets them. */
static ent_code tests_ready(compiler *c, const stix_node *node)
{
    void *list;

    if (node->kind != STIX_NODE_TEST) {
        for (const stix_node *n = node->first; n != NULL; n = n->next)
            ENT_TRY(tests_ready(c, n));
        return ENT_OK;
    }
    ENT_TRY(grown(c->m->arena, c->m->tests, c->m->test_count, &c->m->test_room, sizeof *c->m->tests,
                  &list, c->err));
    c->m->tests = list;
    return stix_test_ready(c->m->arena, node, &c->m->tests[c->m->test_count++], c->err);
}

ent_code stix_matcher_new(ent_arena *arena, const stix_node *pattern, stix_matcher **matcher,
                          ent_err *err)
{
    compiler c = { .err = err };
    around in = { .start = INT64_MIN, .stop = INT64_MAX };

    c.m = ent_arena_alloc(arena, sizeof *c.m);
    if (c.m == NULL)
        return ent_fail_arena(err);
    c.m->arena = arena;
    c.m->pattern = pattern;
    *matcher = c.m;
    ENT_TRY(tests_ready(&c, pattern));
    ENT_TRY(compile(&c, pattern, in));
    return emit(&c, (instruction){ .op = OP_MATCH }, NULL);
}

/* ---- comparison expressions ---- */

typedef struct evaluator {
    stix_test_run run;
    const stix_ready_test *tests;
} evaluator;

/* How many tests a tree has, to step over a part that need not be evaluated. */
static size_t test_count(const stix_node *node)
{
    size_t count = node->kind == STIX_NODE_TEST;

    for (const stix_node *n = node->first; n != NULL; n = n->next)
        count += test_count(n);
    return count;
}

/* *test is the next test's number and is moved behind those of `node`. */
static bool evaluate(evaluator *e, const stix_node *node, ent_json root, size_t *test)
{
    bool stop = node->kind == STIX_NODE_OR, result = !stop;

    if (node->kind == STIX_NODE_TEST)
        return stix_test_object(&e->run, &e->tests[(*test)++], root);
    for (const stix_node *n = node->first; n != NULL; n = n->next) {
        if (result == stop)
            *test += test_count(n);
        else
            result = evaluate(e, n, root, test);
    }
    return result;
}

/* All comparisons start from the same object of the observation (s9.5). */
static bool observation_satisfies(evaluator *e, const stix_observation *observation,
                                  const stix_node *comparison, size_t first_test)
{
    ent_json list = observation->container.doc != NULL ? observation->container : observation->refs;

    e->run.observation = observation;
    for (ent_json v = ent_json_first(list); v.doc != NULL && e->run.rc == ENT_OK;
         v = ent_json_next(v)) {
        ent_json root = observation->container.doc != NULL
                            ? v
                            : stix_observations_find(e->run.observations, ent_json_str(v));
        size_t test = first_test;

        if (root.doc != NULL && evaluate(e, comparison, root, &test))
            return true;
    }
    return false;
}

/* ---- the search ---- */

typedef struct choice {
    size_t at;        /* the instruction */
    size_t candidate; /* LEAF: which of its candidates is bound */
    size_t trail;     /* how much was on the trail before */
} choice;

typedef struct slot {
    ent_time latest_first, earliest_last, bound;
} slot;

typedef struct undo {
    size_t slot;
    slot before;
} undo;

typedef struct candidates {
    size_t *list;
    size_t count;
    bool known;
} candidates;

typedef struct search {
    const stix_matcher *m;
    const stix_observations *o;
    ent_arena *arena;
    candidates *leaves;
    size_t *first_tests; /* of each leaf */
    bool *used;
    slot *slots;
    choice *stack;
    size_t depth, stack_room;
    undo *trail;
    size_t trail_count, trail_room;
    evaluator evaluator;
    uint64_t steps;
    size_t *order; /* observations by their beginning */
} search;

/* The observations that satisfy a leaf, earliest first; found out when first needed. */
static ent_code candidates_find(search *s, size_t number, ent_err *err)
{
    candidates *c = &s->leaves[number];
    const leaf *l = &s->m->leaves[number];

    c->known = true;
    c->list = ent_arena_array(s->arena, s->o->count, sizeof *c->list);
    if (c->list == NULL && s->o->count > 0)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->o->count; i++) {
        const stix_observation *o = &s->o->list[s->order[i]];

        if (o->first < l->stop && o->last >= l->start &&
            observation_satisfies(&s->evaluator, o, l->comparison, s->first_tests[number]))
            c->list[c->count++] = s->order[i];
        if (s->evaluator.run.rc != ENT_OK)
            return s->evaluator.run.rc;
    }
    return ENT_OK;
}

static bool scopes_allow(const search *s, const scope *inner, const stix_observation *o)
{
    for (; inner != NULL; inner = inner->outer) {
        const slot *so_far = &s->slots[inner->slot];
        ent_time first = o->first > so_far->latest_first ? o->first : so_far->latest_first;
        ent_time last = o->last < so_far->earliest_last ? o->last : so_far->earliest_last;

        if (inner->right && o->last < so_far->bound)
            return false;
        if (inner->window != 0 && first > last && first - last >= inner->window)
            return false;
    }
    return true;
}

static ent_code trail_push(search *s, size_t number, ent_err *err)
{
    void *list;

    ENT_TRY(
        grown(s->arena, s->trail, s->trail_count, &s->trail_room, sizeof *s->trail, &list, err));
    s->trail = list;
    s->trail[s->trail_count++] = (undo){ number, s->slots[number] };
    return ENT_OK;
}

static ent_code bind(search *s, const scope *inner, size_t observation, ent_err *err)
{
    const stix_observation *o = &s->o->list[observation];

    s->used[observation] = true;
    for (; inner != NULL; inner = inner->outer) {
        slot *so_far = &s->slots[inner->slot];

        ENT_TRY(trail_push(s, inner->slot, err));
        if (o->first > so_far->latest_first)
            so_far->latest_first = o->first;
        if (o->last < so_far->earliest_last)
            so_far->earliest_last = o->last;
    }
    return ENT_OK;
}

static ent_code choice_push(search *s, choice c, ent_err *err)
{
    void *list;

    ENT_TRY(grown(s->arena, s->stack, s->depth, &s->stack_room, sizeof c, &list, err));
    s->stack = list;
    s->stack[s->depth++] = c;
    return ENT_OK;
}

/* Binds the first candidate of the leaf at `at` from number `from` on that fits. */
static ent_code leaf_try(search *s, size_t at, size_t from, bool *bound, ent_err *err)
{
    const instruction *i = &s->m->code[at];
    const candidates *c = &s->leaves[i->target];

    *bound = false;
    if (!c->known)
        ENT_TRY(candidates_find(s, i->target, err));
    for (; from < c->count; from++) {
        if (s->steps-- == 0)
            return ent_fail(err, ENT_LIMIT, "matching took more than %d steps",
                            ENT_LIMIT_PATTERN_STEPS);
        if (s->used[c->list[from]] || !scopes_allow(s, i->scope, &s->o->list[c->list[from]]))
            continue;
        ENT_TRY(choice_push(s, (choice){ at, from, s->trail_count }, err));
        *bound = true;
        return bind(s, i->scope, c->list[from], err);
    }
    return ENT_OK;
}

/* Takes back the last choice and goes on with its next way.  *at is where; SIZE_MAX when
 * nothing is left to try. */
static ent_code back(search *s, size_t *at, ent_err *err)
{
    while (s->depth > 0) {
        choice last = s->stack[--s->depth];
        const instruction *i = &s->m->code[last.at];
        bool bound;

        while (s->trail_count > last.trail) {
            s->trail_count--;
            s->slots[s->trail[s->trail_count].slot] = s->trail[s->trail_count].before;
        }
        if (i->op == OP_SPLIT) {
            *at = i->target;
            return ENT_OK;
        }
        s->used[s->leaves[i->target].list[last.candidate]] = false;
        ENT_TRY(leaf_try(s, last.at, last.candidate + 1, &bound, err));
        if (bound) {
            *at = last.at + 1;
            return ENT_OK;
        }
    }
    *at = SIZE_MAX;
    return ENT_OK;
}

static ent_code step(search *s, size_t *at, ent_err *err)
{
    const instruction *i = &s->m->code[*at];
    bool bound = false;

    switch (i->op) {
    case OP_LEAF:
        ENT_ASSERT(!i->ordered || s->depth > 0);
        ENT_TRY(
            leaf_try(s, *at, i->ordered ? s->stack[s->depth - 1].candidate + 1 : 0, &bound, err));
        break;
    case OP_SPLIT:
        bound = true;
        ENT_TRY(choice_push(s, (choice){ *at, 0, s->trail_count }, err));
        break;
    case OP_JUMP:
        *at = i->target;
        return ENT_OK;
    case OP_TURN:
        bound = true;
        ENT_TRY(trail_push(s, i->target, err));
        s->slots[i->target].bound = s->slots[i->target].latest_first;
        break;
    case OP_MATCH:
    case OP_FAIL:
        break;
    }
    if (!bound)
        return back(s, at, err);
    (*at)++;
    return ENT_OK;
}

static ent_code result_take(const search *s, stix_match_result *result, ent_err *err)
{
    result->matched = true;
    result->ids = ent_arena_array(s->arena, s->depth + 1, sizeof *result->ids);
    if (result->ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->depth; i++) {
        const instruction *in = &s->m->code[s->stack[i].at];

        if (in->op == OP_LEAF)
            result->ids[result->count++] =
                s->o->list[s->leaves[in->target].list[s->stack[i].candidate]].id;
    }
    return ENT_OK;
}

/* One observation's number beside its beginning, for sorting. */
typedef struct beginning {
    ent_time first;
    size_t number;
} beginning;

static int by_beginning(const void *a, const void *b)
{
    const beginning *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static ent_code search_begin(search *s, ent_err *err)
{
    size_t count = s->o->count + 1;
    beginning *all = ent_arena_array(s->arena, count, sizeof *all);

    s->order = ent_arena_array(s->arena, count, sizeof *s->order);
    s->used = ent_arena_array(s->arena, count, sizeof *s->used);
    s->slots = ent_arena_array(s->arena, s->m->slots + 1, sizeof *s->slots);
    s->leaves = ent_arena_array(s->arena, s->m->leaf_count + 1, sizeof *s->leaves);
    s->first_tests = ent_arena_array(s->arena, s->m->leaf_count + 1, sizeof *s->first_tests);
    if (all == NULL || s->order == NULL || s->used == NULL || s->slots == NULL ||
        s->leaves == NULL || s->first_tests == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < s->o->count; i++)
        all[i] = (beginning){ s->o->list[i].first, i };
    qsort(all, s->o->count, sizeof *all, by_beginning);
    for (size_t i = 0; i < s->o->count; i++)
        s->order[i] = all[i].number;
    for (size_t i = 0; i < s->m->slots; i++)
        s->slots[i] = (slot){ INT64_MIN / 4, INT64_MAX / 4, INT64_MIN / 4 };
    /* Copies of a leaf (REPEATS) share its comparison, so tests are counted by that. */
    for (size_t i = 0; i < s->m->leaf_count; i++)
        while (s->m->tests[s->first_tests[i]].node != NULL) {
            const stix_node *n = s->m->leaves[i].comparison;

            while (n->kind != STIX_NODE_TEST)
                n = n->first;
            if (s->m->tests[s->first_tests[i]].node == n)
                break;
            s->first_tests[i]++;
        }
    return ENT_OK;
}

static ent_code search_run(search *s, stix_match_result *result, ent_err *err)
{
    size_t at = 0;

    ENT_TRY(search_begin(s, err));
    while (at != SIZE_MAX) {
        if (s->m->code[at].op == OP_MATCH)
            return result_take(s, result, err);
        ENT_TRY(step(s, &at, err));
    }
    return ENT_OK;
}

ent_code stix_match(const stix_matcher *matcher, const stix_observations *observations,
                    ent_arena *arena, stix_match_result *result, ent_err *err)
{
    search s = { .m = matcher, .o = observations, .arena = arena };
    uint64_t values = UINT64_C(20) * ENT_LIMIT_PATTERN_STEPS;
    stix_test_run *run = &s.evaluator.run;
    ent_code rc;

    *result = (stix_match_result){ .matched = false };
    s.steps = ENT_LIMIT_PATTERN_STEPS;
    s.evaluator.tests = matcher->tests;
    *run = (stix_test_run){
        .observations = observations, .arena = arena, .steps = &values, .err = err
    };
    run->match_data = pcre2_match_data_create(1, NULL);
    run->match_context = pcre2_match_context_create(NULL);
    if (run->match_data == NULL || run->match_context == NULL) {
        rc = ent_fail(err, ENT_MEMORY, "no memory to match");
    } else {
        (void)pcre2_set_match_limit(run->match_context, ENT_LIMIT_REGEX_STEPS);
        (void)pcre2_set_depth_limit(run->match_context, ENT_LIMIT_REGEX_STEPS);
        (void)pcre2_set_heap_limit(run->match_context, ENT_LIMIT_REGEX_HEAP);
        rc = search_run(&s, result, err);
    }
    pcre2_match_data_free(run->match_data);
    pcre2_match_context_free(run->match_context);
    return rc;
}
