/* graph: fewest steps and distances, against every pair tried by hand. */
#include "test.h"

#include "graph/graph.h"

#define ROOM    ((size_t)64 << 20)
#define RECORDS 12
#define KEYS    4
#define FAR     99

static const uint8_t seed[16] = { 3 };

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 11) % below);
}

struct model {
    bool link[RECORDS][RECORDS], evidence[RECORDS][RECORDS]; /* from, to */
    ent_days days[RECORDS];
    int key[RECORDS]; /* or -1 */
    bool reassignable[KEYS];
};

static struct model model_make(uint64_t number)
{
    uint64_t state = number * UINT64_C(0x9E3779B97F4A7C15) + 1;
    struct model m = { 0 };

    for (int k = 0; k < KEYS; k++)
        m.reassignable[k] = draw(&state, 2) == 0;
    for (int i = 0; i < RECORDS; i++) {
        m.key[i] = draw(&state, 3) == 0 ? (int)draw(&state, KEYS) : -1;
        m.days[i].first = (ent_day)draw(&state, 6);
        m.days[i].last = m.days[i].first + (ent_day)draw(&state, 3);
        for (int j = 0; j < i; j++) {
            m.link[i][j] = draw(&state, 9) == 0;
            m.evidence[i][j] = draw(&state, 4) != 0;
        }
    }
    return m;
}

static bool adjacent(const struct model *m, int i, int j, bool evidential)
{
    int a = i > j ? i : j, b = i > j ? j : i;

    if (m->link[a][b] && (m->evidence[a][b] || !evidential))
        return true;
    return i != j && m->key[i] >= 0 && m->key[i] == m->key[j] &&
           (!m->reassignable[m->key[i]] || ent_days_overlap(m->days[i], m->days[j]));
}

static void steps_by_hand(const struct model *m, int from, int begin, bool evidential,
                          int steps[RECORDS])
{
    for (int i = 0; i < RECORDS; i++)
        if (begin == 0)
            steps[i] = FAR;
    if (steps[from] > begin)
        steps[from] = begin;
    for (int round = 0; round < RECORDS; round++)
        for (int i = 0; i < RECORDS; i++)
            for (int j = 0; j < RECORDS; j++)
                if (adjacent(m, i, j, evidential) && steps[j] + 1 < steps[i])
                    steps[i] = steps[j] + 1;
}

static ent_str id_of(int i)
{
    static const char names[] = "abcdefghijkl";

    return (ent_str){ names + i, 1 };
}

static graph *graph_of(ent_arena *arena, const struct model *m)
{
    static const char *const keys[] = { "tel:1", "tel:2", "doc:3", "doc:4" };
    graph *g = graph_new(arena, seed);
    ent_err err = { 0 };

    assert_non_null(g);
    for (int i = 0; i < RECORDS; i++) {
        graph_record record = {
            .id = id_of(i), .owner = ENT_STR("QV"), .days = m->days[i], .joins = true
        };
        graph_key key = { .text = ENT_STR("") };

        if (m->key[i] >= 0)
            key = (graph_key){ ent_str_of(keys[m->key[i]]), m->reassignable[m->key[i]] };
        CHECK_OK(graph_add_record(g, &record, &key, m->key[i] >= 0, &err), &err);
    }
    for (int i = 0; i < RECORDS; i++)
        for (int j = 0; j < i; j++) {
            graph_link link = { .from = id_of(i),
                                .type = ENT_STR("used"),
                                .to = id_of(j),
                                .owner = ENT_STR("QV"),
                                .confidence = 50,
                                .evidential = m->evidence[i][j] };

            if (m->link[i][j])
                CHECK_OK(graph_add_link(g, &link, &err), &err);
        }
    CHECK_OK(graph_seal(g, &err), &err);
    return g;
}

/* The steps are steps, and lead from the one to the other. */
static void path_check(const struct model *m, const graph_path *path, int from, int to,
                       bool evidential)
{
    int at = from;

    for (size_t i = 0; i < path->count; i++) {
        int next = path->steps[i].to.ptr[0] - 'a';

        CHECK_INT(path->steps[i].from.ptr[0] - 'a', at);
        CHECK(adjacent(m, at, next, evidential));
        at = next;
    }
    CHECK_INT(at, to);
}

static void the_shortest_way_is_as_short_as_trying_every_pair(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 400; number++) {
        ent_arena *arena = ent_arena_new(ROOM);
        struct model m = model_make(number);
        graph *g = graph_of(arena, &m);
        graph_walker *walker = graph_walker_new(g, arena);
        bool evidential = number % 2 == 0;
        ent_err err = { 0 };

        assert_non_null(walker);
        for (int from = 0; from < RECORDS; from++) {
            int steps[RECORDS];

            steps_by_hand(&m, from, 0, evidential, steps);
            for (int to = 0; to < RECORDS; to++) {
                unsigned most = 1 + (unsigned)(number % 5);
                graph_path path;

                CHECK_OK(graph_shortest(walker, arena, id_of(from), id_of(to), evidential, most,
                                        &path, &err),
                         &err);
                if (steps[to] <= (int)most && from != to) {
                    CHECK_INT(path.count, steps[to]);
                    path_check(&m, &path, from, to, evidential);
                } else {
                    CHECK_INT(path.count, 0);
                }
            }
        }
        ent_arena_free(arena);
    }
}

static void distances_from_several_beginnings_are_those_of_the_nearest(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 400; number++) {
        ent_arena *arena = ent_arena_new(ROOM);
        struct model m = model_make(number);
        graph *g = graph_of(arena, &m);
        int a = (int)(number % RECORDS), b = (int)(number * 7 % RECORDS), steps[RECORDS];
        unsigned late = (unsigned)(number % 4);
        graph_start starts[] = { { .id = id_of(a) },
                                 { .id = id_of(b), .steps = late },
                                 { .id = ENT_STR("nobody") },
                                 { .key = ENT_STR("doc:9") } };
        uint8_t *got;
        ent_err err = { 0 };

        CHECK_OK(graph_distances(g, arena, starts, 4, 5, true, &got, &err), &err);
        steps_by_hand(&m, a, 0, true, steps);
        if (late > 0)
            steps_by_hand(&m, b, (int)late, true, steps);
        else
            for (int other[RECORDS], i = (steps_by_hand(&m, b, 0, true, other), 0); i < RECORDS;
                 i++)
                steps[i] = other[i] < steps[i] ? other[i] : steps[i];
        for (int i = 0; i < RECORDS; i++)
            CHECK_INT(got[graph_number(g, id_of(i))], steps[i] <= 5 ? steps[i] : GRAPH_FAR);
        ent_arena_free(arena);
    }
}

static void a_key_is_one_step_from_whoever_shows_it(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    struct model m = { 0 };
    graph_start start = { .key = ENT_STR("tel:1"), .steps = 2 };
    uint8_t *got;
    ent_err err = { 0 };
    graph *g;

    (void)state;
    for (int i = 0; i < RECORDS; i++)
        m.key[i] = i < 2 ? 0 : -1;
    g = graph_of(arena, &m);
    CHECK_OK(graph_distances(g, arena, &start, 1, 5, true, &got, &err), &err);
    CHECK_INT(got[0], 3);
    CHECK_INT(got[1], 3);
    CHECK_INT(got[2], GRAPH_FAR);
    CHECK_INT(graph_key_steps(g, got, ENT_STR("tel:1")), 3);
    CHECK_INT(graph_key_steps(g, got, ENT_STR("tel:8")), GRAPH_FAR);
    CHECK_OK(graph_distances(g, arena, &start, 1, 2, true, &got, &err), &err);
    CHECK_INT(got[0], GRAPH_FAR);
    ent_arena_free(arena);
}

static void who_is_not_there_is_named(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    struct model m = model_make(1);
    graph *g = graph_of(arena, &m);
    graph_walker *walker = graph_walker_new(g, arena);
    graph_path path;
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(graph_shortest(walker, arena, id_of(0), ENT_STR("zz"), true, 5, &path, &err),
              ENT_NOT_FOUND);
    CHECK(strstr(err.msg, "zz") != NULL);
    ent_arena_free(arena);
}

RUN_TESTS(cmocka_unit_test(the_shortest_way_is_as_short_as_trying_every_pair),
          cmocka_unit_test(distances_from_several_beginnings_are_those_of_the_nearest),
          cmocka_unit_test(a_key_is_one_step_from_whoever_shows_it),
          cmocka_unit_test(who_is_not_there_is_named))
