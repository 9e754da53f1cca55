/* graph: against an exhaustive model on small random graphs; and what a key may join. */
#include "test.h"

#include "graph/graph.h"

#define ROOM      ((size_t)64 << 20)
#define RECORDS   7
#define KEYS      4
#define STEPS_MAX 6
#define FOUND_MAX 200000

static const uint64_t costs[101] = {
#include "graph/costs.def"
};

static const uint8_t seed[16] = { 7 };

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 11) % below);
}

/* ---- the slow model: every simple sequence of records, step by step ---- */

struct model {
    int count;
    int confidence[RECORDS][RECORDS]; /* best link, or -1 */
    ent_days days[RECORDS];
    bool holds[RECORDS][KEYS], reassignable[KEYS];
    unsigned groups[64]; /* sets of records */
    int group_count;
};

struct rank {
    int weakest;
    uint64_t cost;
    int steps;
    int records[RECORDS];
};

static struct rank found[FOUND_MAX];
static size_t found_count;

static bool all_overlap(const struct model *m, unsigned set)
{
    for (int i = 0; i < m->count; i++)
        for (int j = 0; j < i; j++)
            if ((set >> i & 1) && (set >> j & 1) && !ent_days_overlap(m->days[i], m->days[j]))
                return false;
    return true;
}

/* Groups by trying every set: of holders, overlapping if need be, and not to be enlarged. */
static void model_groups(struct model *m)
{
    m->group_count = 0;
    for (int k = 0; k < KEYS; k++) {
        unsigned holders = 0;

        for (int i = 0; i < m->count; i++)
            holders |= (unsigned)m->holds[i][k] << i;
        for (unsigned set = 1; set <= holders; set++) {
            bool maximal = true;

            if ((set & ~holders) != 0 || (set & (set - 1)) == 0 ||
                (m->reassignable[k] && !all_overlap(m, set)))
                continue;
            for (int i = 0; i < m->count; i++)
                if ((holders >> i & 1) && !(set >> i & 1) &&
                    (!m->reassignable[k] || all_overlap(m, set | 1u << i)))
                    maximal = false;
            if (maximal)
                m->groups[m->group_count++] = set;
        }
    }
}

static bool better(const struct rank *a, const struct rank *b)
{
    if (a->weakest != b->weakest)
        return a->weakest > b->weakest;
    return a->cost != b->cost ? a->cost < b->cost : a->steps < b->steps;
}

static void model_note(const struct rank *r)
{
    for (size_t i = 0; i < found_count; i++)
        if (found[i].steps == r->steps &&
            memcmp(found[i].records, r->records, (size_t)(r->steps + 1) * sizeof(int)) == 0) {
            if (better(r, &found[i]))
                found[i] = *r;
            return;
        }
    assert_true(found_count < FOUND_MAX);
    found[found_count++] = *r;
}

static void model_walk(const struct model *m, struct rank r, unsigned seen, uint64_t used, int goal,
                       int steps_max)
{
    int at = r.records[r.steps];

    if (at == goal) {
        model_note(&r);
        return;
    }
    for (int next = 0; next < m->count && r.steps < steps_max; next++) {
        struct rank more = r;

        if (seen >> next & 1)
            continue;
        more.steps++;
        more.records[more.steps] = next;
        for (int i = 0; i < m->group_count; i++)
            if ((m->groups[i] >> at & 1) && (m->groups[i] >> next & 1) && !(used >> i & 1))
                model_walk(m, more, seen | 1u << next, used | UINT64_C(1) << i, goal, steps_max);
        if (m->confidence[at][next] >= 0) {
            more.cost += costs[m->confidence[at][next]];
            if (m->confidence[at][next] < more.weakest)
                more.weakest = m->confidence[at][next];
            model_walk(m, more, seen | 1u << next, used, goal, steps_max);
        }
    }
}

static int rank_order(const void *a, const void *b)
{
    return better(a, b) ? -1 : better(b, a) ? 1 : 0;
}

/* ---- both, on the same random graph ---- */

static ent_str name_of(ent_arena *arena, char letter, int number)
{
    return ent_arena_printf(arena, "%c%d", letter, number);
}

static graph *model_draw(struct model *m, ent_arena *arena, uint64_t *state, bool evidential)
{
    graph *g = graph_new(arena, seed);
    uint32_t links = draw(state, 14);
    ent_err err = { 0 };

    assert_non_null(g);
    *m = (struct model){ .count = 2 + (int)draw(state, RECORDS - 1) };
    memset(m->confidence, 0xff, sizeof m->confidence);
    for (int k = 0; k < KEYS; k++)
        m->reassignable[k] = k % 2 == 0;
    for (uint32_t i = 0; i < links; i++) {
        int a = (int)draw(state, (uint32_t)m->count), b = (int)draw(state, (uint32_t)m->count);
        int confidence = (int)draw(state, 5) * 25;
        bool evidence = draw(state, 4) != 0;
        graph_link link = { name_of(arena, 'l', (int)i),
                            name_of(arena, 'r', a),
                            ENT_STR("knows"),
                            name_of(arena, 'r', b),
                            ENT_STR_NONE,
                            ENT_STR_NONE,
                            ENT_STR_NONE,
                            confidence,
                            evidence };

        CHECK_OK(graph_add_link(g, &link, &err), &err);
        if (a != b && (evidence || !evidential) && m->confidence[a][b] < confidence)
            m->confidence[a][b] = m->confidence[b][a] = confidence;
    }
    for (int i = 0; i < m->count; i++) {
        graph_key keys[KEYS];
        size_t count = 0;
        graph_record record = { .id = name_of(arena, 'r', i), .joins = draw(state, 5) != 0 };

        m->days[i].first = (ent_day)draw(state, 8);
        m->days[i].last = m->days[i].first + (ent_day)draw(state, 4);
        if (draw(state, 6) == 0)
            m->days[i] = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
        record.days = m->days[i];
        for (int k = 0; k < KEYS; k++)
            if (draw(state, 3) == 0) {
                m->holds[i][k] = record.joins;
                keys[count++] = (graph_key){ name_of(arena, 'k', k), m->reassignable[k] };
            }
        CHECK_OK(graph_add_record(g, &record, keys, count, &err), &err);
    }
    CHECK_OK(graph_seal(g, &err), &err);
    model_groups(m);
    return g;
}

static void compare(const struct model *m, const graph *g, ent_arena *arena, size_t max_paths,
                    size_t max_steps, bool evidential)
{
    graph_options options = { evidential, max_paths, max_steps };
    struct rank from = { .weakest = 100 };
    graph_answer answer;
    ent_err err = { 0 };

    found_count = 0;
    model_walk(m, from, 1, 0, m->count - 1, (int)max_steps);
    qsort(found, found_count, sizeof *found, rank_order);
    CHECK_OK(graph_paths(g, arena, ENT_STR("r0"), name_of(arena, 'r', m->count - 1), &options,
                         &answer, &err),
             &err);
    CHECK(!answer.stopped);
    CHECK_INT(answer.count, found_count < max_paths ? found_count : max_paths);
    for (size_t i = 0; i < answer.count; i++) {
        const graph_path *p = &answer.paths[i];
        uint64_t cost = 0;

        for (size_t j = 0; j < p->count; j++) {
            CHECK(j == 0 || ent_str_equal(p->steps[j].from, p->steps[j - 1].to));
            cost += p->steps[j].link.ptr[0] == '=' ? 0 : costs[p->steps[j].confidence];
        }
        CHECK_INT(p->weakest, found[i].weakest);
        CHECK_INT(p->count, found[i].steps);
        CHECK(cost == found[i].cost);
    }
}

static void the_paths_are_those_of_an_exhaustive_search(void **state)
{
    uint64_t random = 20241108;

    (void)state;
    for (int round = 0; round < 6000; round++) {
        ent_arena *arena = ent_arena_new(ROOM);
        bool evidential = draw(&random, 2) == 0;
        struct model m;
        graph *g = model_draw(&m, arena, &random, evidential);

        compare(&m, g, arena, 1 + draw(&random, 5), 1 + draw(&random, STEPS_MAX), evidential);
        ent_arena_free(arena);
    }
}

/* ---- by hand ---- */

static void record_add(graph *g, const char *id, const char *owner, const char *valid, bool joins,
                       const char *key, bool reassignable)
{
    graph_record record = { .id = ent_str_of(id),
                            .owner = ent_str_of(owner),
                            .valid = ent_str_of(valid),
                            .joins = joins,
                            .days = { ENT_DAY_MIN, ENT_DAY_MAX } };
    graph_key keys[1] = { { ent_str_of(key), reassignable } };
    ent_err err = { 0 };

    if (valid[0] != '\0')
        CHECK_OK(ent_interval_read(record.valid, &record.days, &err), &err);
    CHECK_OK(graph_add_record(g, &record, keys, key[0] != '\0', &err), &err);
}

static void link_add(graph *g, const char *from, const char *to, int confidence, bool evidential)
{
    graph_link link = { .from = ent_str_of(from),
                        .to = ent_str_of(to),
                        .type = ENT_STR("used"),
                        .owner = ENT_STR("ME"),
                        .confidence = confidence,
                        .evidential = evidential };
    ent_err err = { 0 };

    CHECK_OK(graph_add_link(g, &link, &err), &err);
}

/* The recycled telephone number of the scenario. */
static graph *recycled(ent_arena *arena, const char *second_valid)
{
    graph *g = graph_new(arena, seed);
    ent_err err = { 0 };

    record_add(g, "incident", "ME", "", true, "", false);
    record_add(g, "phone-1", "ME", "2024-10-20/2024-11-08", true, "tel:+1", true);
    record_add(g, "phone-2", "YOU", second_valid, true, "tel:+1", true);
    record_add(g, "crash", "YOU", "", true, "", false);
    link_add(g, "incident", "phone-1", 90, true);
    link_add(g, "crash", "phone-2", 70, true);
    CHECK_OK(graph_seal(g, &err), &err);
    return g;
}

static void a_recycled_number_is_a_conflict_and_no_step(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    graph *g = recycled(arena, "2021-03-01/2022-12-31");
    graph_options options = { true, 3, 0 };
    graph_conflict *conflicts;
    graph_answer answer;
    graph_step step;
    size_t count;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(graph_paths(g, arena, ENT_STR("incident"), ENT_STR("crash"), &options, &answer, &err),
             &err);
    CHECK_INT(answer.count, 0);
    CHECK_OK(graph_conflicts(g, arena, ENT_STR("incident"), ENT_STR("crash"), true, &conflicts,
                             &count, &err),
             &err);
    CHECK_INT(count, 1);
    CHECK_TEXT(conflicts[0].from, "phone-1");
    CHECK_TEXT(conflicts[0].to_valid, "2021-03-01/2022-12-31");
    CHECK(graph_neighbours(g, ENT_STR("phone-1"), ENT_STR("phone-2"), true, &step) ==
          GRAPH_CONFLICTED);
    CHECK_TEXT(step.key, "tel:+1");
    ent_arena_free(arena);
}

static void one_day_in_common_is_enough(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    graph *g = recycled(arena, "2023-05-01/2024-10-20");
    graph_options options = { true, 3, 0 };
    graph_conflict *conflicts;
    graph_answer answer;
    size_t count;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(graph_paths(g, arena, ENT_STR("incident"), ENT_STR("crash"), &options, &answer, &err),
             &err);
    CHECK_INT(answer.count, 1);
    CHECK_INT(answer.paths[0].weakest, 70);
    CHECK_INT(answer.paths[0].count, 3);
    CHECK_TEXT(answer.paths[0].steps[1].link, "=");
    CHECK_TEXT(answer.paths[0].steps[1].owner, "YOU");
    CHECK(answer.paths[0].steps[2].reversed);
    CHECK_OK(graph_conflicts(g, arena, ENT_STR("incident"), ENT_STR("crash"), true, &conflicts,
                             &count, &err),
             &err);
    CHECK_INT(count, 0);
    ent_arena_free(arena);
}

static void a_claim_is_no_evidence_and_a_silent_record_joins_nothing(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    graph *g = graph_new(arena, seed);
    graph_options options = { true, 3, 0 };
    graph_answer answer;
    graph_step step;
    ent_err err = { 0 };

    (void)state;
    record_add(g, "a", "ME", "", true, "doc:1", false);
    record_add(g, "b", "ME", "", false, "doc:1", false);
    link_add(g, "a", "b", 30, false);
    link_add(g, "a", "nobody", 90, true);
    link_add(g, "a", "a", 90, true);
    CHECK_OK(graph_seal(g, &err), &err);
    CHECK_INT(graph_link_count(g), 1);
    CHECK_OK(graph_paths(g, arena, ENT_STR("a"), ENT_STR("b"), &options, &answer, &err), &err);
    CHECK_INT(answer.count, 0);
    CHECK(graph_neighbours(g, ENT_STR("a"), ENT_STR("b"), true, &step) == GRAPH_UNTIED);
    CHECK(graph_neighbours(g, ENT_STR("a"), ENT_STR("b"), false, &step) == GRAPH_TIED);
    CHECK(graph_neighbours(g, ENT_STR("a"), ENT_STR("nobody"), false, &step) == GRAPH_UNKNOWN_TO);
    CHECK(graph_neighbours(g, ENT_STR("nobody"), ENT_STR("a"), false, &step) == GRAPH_UNKNOWN_FROM);
    options.evidential = false;
    CHECK_OK(graph_paths(g, arena, ENT_STR("a"), ENT_STR("b"), &options, &answer, &err), &err);
    CHECK_INT(answer.count, 1);
    CHECK(!answer.paths[0].steps[0].evidential);
    CHECK(graph_paths(g, arena, ENT_STR("a"), ENT_STR("nobody"), &options, &answer, &err) ==
          ENT_NOT_FOUND);
    ent_arena_free(arena);
}

/* A row of records; the conflict at its far end is too far from the other end to matter. */
static void what_is_too_far_is_no_path_and_no_conflict(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    graph *g = graph_new(arena, seed);
    graph_options options = { true, 3, 0 };
    graph_conflict *conflicts;
    graph_answer answer;
    char id[24], before[24];
    size_t count;
    ent_err err = { 0 };

    (void)state;
    for (int i = 0; i <= 40; i++) {
        (void)snprintf(id, sizeof id, "r%d", i);
        (void)snprintf(before, sizeof before, "r%d", i - 1);
        record_add(g, id, "ME", "2024-01-01", true, i == 31 || i == 10 ? "tel:+1" : "", true);
        if (i > 0)
            link_add(g, before, id, 90, true);
    }
    record_add(g, "end", "YOU", "2020-01-01", true, "tel:+1", true);
    CHECK_OK(graph_seal(g, &err), &err);
    CHECK_OK(graph_paths(g, arena, ENT_STR("r0"), ENT_STR("r32"), &options, &answer, &err), &err);
    CHECK_INT(answer.count, 2); /* 32 steps, and the short cut: r10 and r31 show one number */
    CHECK_OK(graph_paths(g, arena, ENT_STR("r0"), ENT_STR("r33"), &options, &answer, &err), &err);
    CHECK_INT(answer.count, 1); /* only the short cut */
    CHECK_OK(
        graph_conflicts(g, arena, ENT_STR("r40"), ENT_STR("end"), true, &conflicts, &count, &err),
        &err);
    CHECK_INT(count, 2);
    CHECK_TEXT(conflicts[0].from, "r31"); /* the nearer first */
    options.max_steps = 10;
    CHECK_OK(graph_paths(g, arena, ENT_STR("r0"), ENT_STR("r11"), &options, &answer, &err), &err);
    CHECK_INT(answer.count, 0);
    ent_arena_free(arena);
}

static void a_conflict_beyond_the_longest_path_is_not_listed(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    graph *g = graph_new(arena, seed);
    graph_conflict *conflicts;
    char id[24], before[24];
    size_t count;
    ent_err err = { 0 };

    (void)state;
    for (int i = 0; i <= 32; i++) {
        (void)snprintf(id, sizeof id, "r%d", i);
        (void)snprintf(before, sizeof before, "r%d", i - 1);
        record_add(g, id, "ME", "2024-01-01", true, i >= 31 ? "tel:+1" : "", true);
        if (i > 0)
            link_add(g, before, id, 90, true);
    }
    record_add(g, "end", "YOU", "2020-01-01", true, "tel:+1", true);
    CHECK_OK(graph_seal(g, &err), &err);
    CHECK_OK(
        graph_conflicts(g, arena, ENT_STR("r0"), ENT_STR("end"), true, &conflicts, &count, &err),
        &err);
    CHECK_INT(count, 1); /* 31 steps and one more; from r32 it would be 33 */
    CHECK_TEXT(conflicts[0].from, "r31");
    ent_arena_free(arena);
}

/* 20,000 records with one key and 20,000 links to one record: pairs would be 4 * 10^8. */
static void a_hub_costs_its_size_and_not_its_square(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 30);
    graph *g = graph_new(arena, seed);
    graph_options options = { true, 3, 0 };
    graph_answer answer;
    ent_err err = { 0 };
    char id[24];

    (void)state;
    record_add(g, "start", "ME", "", true, "acct:1", true);
    record_add(g, "hub", "ME", "", true, "", false);
    record_add(g, "goal", "ME", "", true, "doc:9", false);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(id, sizeof id, "r%d", i);
        record_add(g, id, "YOU", "", true, "acct:1", true);
        link_add(g, id, "hub", 50 + i % 40, true);
    }
    link_add(g, "hub", "goal", 95, true);
    CHECK_OK(graph_seal(g, &err), &err);
    CHECK_OK(graph_paths(g, arena, ENT_STR("start"), ENT_STR("goal"), &options, &answer, &err),
             &err);
    CHECK_INT(answer.count, 3);
    CHECK_INT(answer.paths[0].weakest, 89);
    CHECK(!answer.stopped);
    ent_arena_free(arena);
}

static bool build_and_ask(ent_arena *arena)
{
    graph *g = graph_new(arena, seed);
    graph_options options = { true, 4, 0 };
    graph_key keys[] = { { ENT_STR("doc:1"), false }, { ENT_STR("tel:1"), true } };
    graph_answer answer;
    graph_conflict *conflicts;
    size_t count;
    ent_err err = { 0 };

    if (g == NULL)
        return false;
    for (int i = 0; i < 6; i++) {
        char id[2] = { (char)('a' + i), '\0' };
        graph_record record = { .id = { id, 1 }, .days = { i, i + 1 }, .joins = true };
        graph_link link = { .from = { id, 1 }, .to = ENT_STR("f"), .confidence = 10 * i };

        if (graph_add_record(g, &record, keys, 2, &err) != ENT_OK ||
            graph_add_link(g, &link, &err) != ENT_OK)
            return err.code != ENT_LIMIT;
    }
    return graph_seal(g, &err) == ENT_OK &&
           graph_paths(g, arena, ENT_STR("a"), ENT_STR("f"), &options, &answer, &err) == ENT_OK &&
           graph_conflicts(g, arena, ENT_STR("a"), ENT_STR("f"), true, &conflicts, &count, &err) ==
               ENT_OK;
}

static void memory_that_ends_is_reported_everywhere(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, build_and_ask(arena));
}

RUN_TESTS(TEST(the_paths_are_those_of_an_exhaustive_search),
          TEST(a_recycled_number_is_a_conflict_and_no_step), TEST(one_day_in_common_is_enough),
          TEST(a_claim_is_no_evidence_and_a_silent_record_joins_nothing),
          TEST(what_is_too_far_is_no_path_and_no_conflict),
          TEST(a_conflict_beyond_the_longest_path_is_not_listed),
          TEST(a_hub_costs_its_size_and_not_its_square),
          TEST(memory_that_ends_is_reported_everywhere))
