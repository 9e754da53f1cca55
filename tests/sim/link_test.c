/* src/link under loss, delay, corruption and crashes: whole federations in virtual time. */
#include "sim/federation.h"

#include "base/text.h"

#define MINUTES(n) ((int64_t)(n)*60 * 1000)

static unsigned seeds_wanted(unsigned usual)
{
    const char *wanted = getenv("SIM_SEEDS");

    return wanted == NULL ? usual : (unsigned)strtoul(wanted, NULL, 10);
}

/* Every line that was said was heard once, in order, at the right place. */
static void all_was_heard_once(fed *f, fed_talk *talks[])
{
    for (size_t i = 0; i < f->count; i++)
        for (size_t j = 0; j < f->count; j++) {
            size_t next = 0;

            for (size_t o = 0; o < talks[i]->out_count && i != j; o++) {
                const fed_line *said = &talks[i]->outbox[o], *heard = NULL;

                if (strcmp(said->peer, f->nodes[j].code) != 0)
                    continue;
                while (heard == NULL && next < talks[j]->heard_count) {
                    const fed_line *line = &talks[j]->heard[next++];

                    heard = strcmp(line->peer, f->nodes[i].code) == 0 ? line : NULL;
                }
                if (heard == NULL || strcmp(heard->id, said->id) != 0 ||
                    (!heard->gone && strcmp(heard->text, said->text) != 0))
                    fail_msg("seed %" PRIu64 ": %s said '%s' to %s, who heard something else",
                             f->seed, f->nodes[i].code, said->text, f->nodes[j].code);
            }
            for (; next < talks[j]->heard_count && i != j; next++)
                if (strcmp(talks[j]->heard[next].peer, f->nodes[i].code) == 0)
                    fail_msg("seed %" PRIu64 ": %s heard more than %s said", f->seed,
                             f->nodes[j].code, f->nodes[i].code);
        }
}

static void somebody_says_something(fed *f, fed_talk *talks[])
{
    size_t from = (size_t)fed_below(f, f->count), to = (size_t)fed_below(f, f->count);
    char text[32];

    if (from == to)
        return;
    (void)snprintf(text, sizeof text, "%s%zu", fed_below(f, 3) == 0 ? "?" : "",
                   talks[from]->said++);
    fed_talk_say(talks[from], f->nodes[to].code, text);
}

/* An owner erases the body of something it said long ago. */
static void somebody_erases_something(fed *f)
{
    fed_node *node = &f->nodes[fed_below(f, f->count)];
    fed_end *end = node->ends[fed_below(f, f->count)];
    uint64_t size = end == NULL ? 0 : fed_size(end, LINK_OUT);
    ent_arena *arena;
    link_entry entry;
    ent_err err = { 0 };

    if (size == 0)
        return;
    arena = ent_arena_new(FED_MEMORY);
    CHECK_OK(
        link_entry_at(&end->host, arena, LINK_OUT, fed_below(f, size), size, &entry, NULL, &err),
        &err);
    if (link_body_erase(&end->host, LINK_OUT, &entry.body, &err) != ENT_OK)
        fed_node_crash(node);
    ent_arena_free(arena);
}

static void one_seed(uint64_t seed, fed_faults faults, unsigned *crashes, unsigned *refused)
{
    fed *f = fed_new(seed, 2 + seed % 4, faults);
    fed_talk *talks[FED_NODES];

    for (size_t i = 0; i < f->count; i++)
        talks[i] = fed_talk_new(&f->nodes[i]);
    for (int i = 0; i < 60; i++) {
        somebody_says_something(f, talks);
        if (fed_below(f, 10) == 0)
            somebody_erases_something(f);
        fed_run(f, (int64_t)fed_below(f, 600));
    }
    fed_heal(f);
    fed_run_quiet(f, MINUTES(10));
    fed_check(f);
    all_was_heard_once(f, talks);
    for (size_t i = 0; i < f->count; i++) {
        *crashes += f->nodes[i].crashes;
        for (size_t j = 0; j < f->count; j++)
            if (i != j) {
                assert_false(f->nodes[i].ends[j]->stopped);
                *refused += f->nodes[i].ends[j]->untrusted;
            }
        free(talks[i]);
    }
    fed_free(f);
}

static void whatever_goes_wrong_in_between_both_logs_are_equal_afterwards(void **state)
{
    static const fed_faults kinds[] = {
        { 0 },           { .lost = 200 },
        { .late = 200 }, { .spoiled = 150 },
        { .crash = 20 }, { .lost = 100, .late = 100, .spoiled = 100, .crash = 10 },
    };
    unsigned crashes = 0, refused = 0, seeds = seeds_wanted(36);

    (void)state;
    for (uint64_t seed = 1; seed <= seeds; seed++)
        one_seed(seed, kinds[seed % 6], &crashes, &refused);
    print_message("# %u seeds, %u crashes, %u answers refused\n", seeds, crashes, refused);
    assert_true(crashes > 0);
    assert_true(refused > 0);
}

/* One exchange of a few lines both ways; the effect number `crash_in` of node `victim`
 * is its last.  Returns how many effects there were. */
static uint64_t one_crash(size_t victim, uint64_t crash_in, bool after)
{
    fed *f = fed_new(7, 2, (fed_faults){ 0 });
    fed_talk *talks[FED_NODES] = { fed_talk_new(&f->nodes[0]), fed_talk_new(&f->nodes[1]) };
    uint64_t effects;

    f->victim = &f->nodes[victim];
    f->crash_in = crash_in;
    f->crash_after = after;
    for (int i = 0; i < 3; i++) {
        fed_talk_say(talks[0], "N1", "?a");
        fed_talk_say(talks[1], "N0", "b");
        fed_run(f, 300);
    }
    fed_run_quiet(f, MINUTES(5));
    fed_check(f);
    all_was_heard_once(f, talks);
    CHECK_INT(f->nodes[victim].crashes, crash_in > 0 ? 1 : 0);
    effects = f->effects;
    free(talks[0]);
    free(talks[1]);
    fed_free(f);
    return effects;
}

static void a_crash_before_or_after_any_single_effect_is_made_good(void **state)
{
    (void)state;
    for (size_t victim = 0; victim < 2; victim++) {
        uint64_t effects = one_crash(victim, 0, false);

        assert_true(effects > 60);
        for (uint64_t at = 1; at <= effects; at++) {
            (void)one_crash(victim, at, false);
            (void)one_crash(victim, at, true);
        }
        print_message("# %" PRIu64 " effects, each the last before and after a crash\n", effects);
    }
}

static void a_log_that_grows_over_many_tiles_is_pulled_in_one_go(void **state)
{
    fed *f = fed_new(3, 2, (fed_faults){ 0 });
    fed_talk *talks[FED_NODES] = { fed_talk_new(&f->nodes[0]), fed_talk_new(&f->nodes[1]) };
    ent_err err = { 0 };

    (void)state;
    for (int i = 0; i < 700; i++) {
        char text[32];

        (void)snprintf(text, sizeof text, "%d", i);
        fed_talk_say(talks[0], "N1", text);
    }
    CHECK_OK(fed_flush(f->nodes[0].ends[1], &err), &err);
    fed_run_quiet(f, MINUTES(5));
    fed_check(f);
    all_was_heard_once(f, talks);
    free(talks[0]);
    free(talks[1]);
    fed_free(f);
}

RUN_TESTS(TEST(whatever_goes_wrong_in_between_both_logs_are_equal_afterwards),
          TEST(a_crash_before_or_after_any_single_effect_is_made_good),
          TEST(a_log_that_grows_over_many_tiles_is_pulled_in_one_go))
