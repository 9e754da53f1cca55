/* Two sides in one program: what they learn against overlap in the clear, what a liar gets. */
#include "psi/clash.h"
#include "test.h"

#include <sodium.h>

#define MEMORY ((size_t)512 << 20)

static const uint8_t seeds[2][PSI_SEED_SIZE] = { { 1 }, { 2 } };

/* One run: every message, and where both are. */
struct run {
    ent_arena *arena;
    psi_clash side[2];
    psi_clash_step step[2];
    ent_str said[8];
    unsigned count;
};

static struct run run_of(const psi_claim *a, size_t a_count, const psi_claim *b, size_t b_count)
{
    return (struct run){
        .arena = ent_arena_new(MEMORY),
        .side = { { true, ENT_STR("the run"), seeds[0], a, a_count },
                  { false, ENT_STR("the run"), seeds[1], b, b_count } },
    };
}

static ent_span span_of(ent_str text)
{
    return ent_span_of_str(text);
}

/* The next message goes over, and the answer is kept; ENT_OK while there is one. */
static ent_code turn(struct run *run, ent_err *err)
{
    int who = run->count % 2 == 0 ? 0 : 1;
    ent_str heard = run->count == 0 ? ENT_STR("") : run->said[run->count - 1];
    psi_clash_step next;

    ENT_TRY(psi_clash_take(run->arena, &run->side[who], span_of(run->step[who].state),
                           span_of(heard), &next, err));
    run->step[who] = next;
    run->said[run->count++] = next.say;
    return ENT_OK;
}

static void play(struct run *run)
{
    ent_err err = { 0 };

    while (run->count == 0 || run->said[run->count - 1].size > 0) {
        CHECK(run->count < 8);
        CHECK_OK(turn(run, &err), &err);
    }
    CHECK(run->step[0].done && run->step[1].done);
    CHECK_INT(run->step[0].state.size, 0);
}

static const psi_clash_pair *pair_of(const psi_clash_step *step, uint32_t own, size_t nth)
{
    for (size_t i = 0; i < step->count; i++)
        if (step->pairs[i].own == own && nth-- == 0)
            return &step->pairs[i];
    return NULL;
}

static size_t clashes_of(const psi_clash_step *step, uint32_t own)
{
    size_t count = 0;

    for (size_t i = 0; i < step->count; i++)
        count += step->pairs[i].own == own && step->pairs[i].clash;
    return count;
}

static uint32_t random_state = 2463534242U;

static int64_t random_within(int64_t least, int64_t most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return least + (int64_t)(random_state % (uint32_t)(most - least + 1));
}

static psi_claim random_claim(int64_t spread)
{
    static const int64_t middle[] = { 170000, -46300, -122500, 0 };
    psi_claim claim = { .domain = (uint8_t)random_within(0, 1) };

    for (size_t i = 0; i < PSI_DIMENSIONS; i++) {
        claim.box.from[i] = middle[i] + random_within(-spread, spread);
        claim.box.to[i] = claim.box.from[i] + random_within(1, spread);
    }
    return claim;
}

/* Common cells of two claims: at least one if they overlap. */
static size_t common_cells(const psi_claim *a, const psi_claim *b)
{
    psi_cell first[PSI_CLASH_CELLS], second[PSI_CLASH_CELLS];
    size_t n = psi_clash_cells(a, true, first), m = psi_clash_cells(b, false, second), count = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            count += memcmp(&first[i], &second[k], sizeof first[i]) == 0;
    return count;
}

static void claims_that_overlap_share_a_cell_whatever_their_sizes(void **state)
{
    size_t clashes = 0, nominated = 0;

    (void)state;
    for (int i = 0; i < 60000; i++) {
        psi_claim a = random_claim((int64_t)1 << random_within(2, 15)),
                  b = random_claim((int64_t)1 << random_within(2, 15));
        psi_box one = psi_box_clamp(&a.box), other = psi_box_clamp(&b.box);
        bool clash = a.domain == b.domain && psi_box_clash(&one, &other);
        size_t common = common_cells(&a, &b);

        CHECK(!clash || common > 0);
        CHECK((common_cells(&b, &a) > 0) == (common > 0));
        CHECK(a.domain == b.domain || common == 0);
        clashes += clash;
        nominated += common > 0;
    }
    print_message("# %zu clash, %zu are nominated\n", clashes, nominated);
    CHECK(clashes > 100 && nominated < 30000);
}

static void far_claims_share_no_cell(void **state)
{
    psi_claim a = { 0, { { 1000, 0, 0, 0 }, { 1004, 100, 100, 100 } } }, b = a;

    (void)state;
    CHECK(common_cells(&a, &b) > 0);
    b.box.from[PSI_TIME] = 1040;
    b.box.to[PSI_TIME] = 1044;
    CHECK_INT(common_cells(&a, &b), 0);
    b = a;
    b.box.from[PSI_LATITUDE] = 3000;
    b.box.to[PSI_LATITUDE] = 3100;
    CHECK_INT(common_cells(&a, &b), 0);
    b.box.to[PSI_LATITUDE] = b.box.from[PSI_LATITUDE]; /* empty */
    CHECK_INT(common_cells(&b, &b), 0);
}

/* Section 10 of the story: the clash of each domain, and touching edges. */
static void the_plans_of_the_story_clash_as_it_says(void **state)
{
    enum { SEA, LAND, AIR };
    static const psi_claim valdoria[] = {
        { SEA, { { 172872, -46400, -122900, -12000 }, { 172892, -46000, -122500, 50001 } } },
        { LAND, { { 172872, -46400, -122900, -12000 }, { 172892, -46000, -122500, 50001 } } },
        { AIR, { { 172740, -46300, -122600, 0 }, { 172752, -46100, -122300, 600 } } },
    };
    static const psi_claim belozora[] = {
        { SEA, { { 172880, -46600, -122800, 0 }, { 172904, -46250, -122100, 1500 } } },
        { AIR, { { 172880, -46600, -122800, 0 }, { 172904, -46250, -122100, 1500 } } },
        { AIR, { { 172740, -46300, -122600, 3000 }, { 172752, -46100, -122300, 6000 } } },
        { SEA, { { 172892, -46400, -122900, -12000 }, { 172899, -46000, -122500, 50001 } } },
    };
    struct run run = run_of(valdoria, 3, belozora, 4);
    const psi_clash_pair *touching;

    (void)state;
    play(&run);
    CHECK_INT(clashes_of(&run.step[0], 0), 1); /* the patrol; the one after it only touches */
    CHECK_INT(clashes_of(&run.step[0], 1), 0);
    CHECK_INT(clashes_of(&run.step[0], 2), 0); /* the height differs */
    CHECK_INT(clashes_of(&run.step[1], 0), 1);
    CHECK_INT(clashes_of(&run.step[1], 1) + clashes_of(&run.step[1], 2), 0);
    touching = pair_of(&run.step[1], 3, 0);
    CHECK(touching != NULL && !touching->overlap[PSI_TIME] && touching->overlap[PSI_HEIGHT]);
    CHECK_INT(run.step[0].count, run.step[1].count);
    ent_arena_free(run.arena);
}

static void what_both_learn_is_what_is_true(void **state)
{
    psi_claim a[6], b[5];

    (void)state;
    for (int round = 0; round < 3; round++) {
        struct run run;

        for (size_t i = 0; i < 6; i++)
            a[i] = random_claim(60);
        for (size_t i = 0; i < 5; i++)
            b[i] = random_claim(60);
        run = run_of(a, 6, b, 5);
        play(&run);
        for (uint32_t i = 0; i < 6; i++) {
            size_t want = 0;

            for (size_t k = 0; k < 5; k++)
                want += a[i].domain == b[k].domain && psi_box_clash(&a[i].box, &b[k].box);
            CHECK_INT(clashes_of(&run.step[0], i), want);
        }
        for (uint32_t k = 0; k < 5; k++) {
            size_t want = 0;

            for (size_t i = 0; i < 6; i++)
                want += a[i].domain == b[k].domain && psi_box_clash(&a[i].box, &b[k].box);
            CHECK_INT(clashes_of(&run.step[1], k), want);
        }
        ent_arena_free(run.arena);
    }
}

static void nothing_near_ends_after_five_messages(void **state)
{
    static const psi_claim a = { 1, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } },
                           b = { 2, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } };
    struct run run = run_of(&a, 1, &b, 1), none = run_of(&a, 0, &b, 1);

    (void)state;
    play(&run);
    CHECK_INT(run.count, 6); /* the sixth is the empty answer */
    CHECK_INT(run.step[0].count + run.step[1].count, 0);
    /* A side without plans looks like any other. */
    play(&none);
    for (size_t i = 0; i < run.count; i++)
        CHECK_INT(none.said[i].size, run.said[i].size);
    ent_arena_free(run.arena);
    ent_arena_free(none.arena);
}

static void a_message_asked_for_again_is_the_same_bytes(void **state)
{
    static const psi_claim a = { 1, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } };
    struct run one = run_of(&a, 1, &a, 1), two = run_of(&a, 1, &a, 1);

    (void)state;
    play(&one);
    play(&two);
    CHECK_INT(one.count, 8);
    for (size_t i = 0; i < one.count; i++)
        CHECK(ent_str_equal(one.said[i], two.said[i]));
    CHECK_INT(clashes_of(&one.step[0], 0), 1);
    ent_arena_free(one.arena);
    ent_arena_free(two.arena);
}

/* A run and the states before each message; message `number` is changed and handed over. */
static ent_code changed(unsigned number, void (*change)(ent_str *message), char message[512])
{
    static const psi_claim a = { 1, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } };
    static struct run run;
    static psi_clash_step before[8];
    ent_err err = { 0 };
    psi_clash_step step;
    ent_str heard;
    ent_code rc;

    if (run.arena == NULL) {
        run = run_of(&a, 1, &a, 1);
        for (size_t i = 0; i < 8; i++) {
            before[i] = run.step[i % 2];
            CHECK_OK(turn(&run, &err), &err);
        }
    }
    heard = ent_arena_str(run.arena, run.said[number - 1]);
    change(&heard);
    rc = psi_clash_take(run.arena, &run.side[number % 2], span_of(before[number].state),
                        span_of(heard), &step, &err);
    (void)snprintf(message, 512, "%s", err.msg);
    return rc;
}

static uint8_t *bytes_of(const ent_str *message)
{
    return (uint8_t *)(uintptr_t)message->ptr;
}

static void last_flip(ent_str *message)
{
    bytes_of(message)[message->size - 1] ^= 0x80;
}

static void last_cut(ent_str *message)
{
    message->size--;
}

static void identity_put(ent_str *message)
{
    memset(bytes_of(message) + message->size - 32, 0, 32);
}

static void number_raise(ent_str *message)
{
    bytes_of(message)[16]++;
}

static void magic_break(ent_str *message)
{
    bytes_of(message)[0] = 'E';
}

static void slots_break(ent_str *message)
{
    bytes_of(message)[17] = 3;
}

static void slots_grow(ent_str *message)
{
    bytes_of(message)[17] = 8;
}

static void empty_make(ent_str *message)
{
    message->size = 0;
}

static void a_liar_is_refused(void **state)
{
    char why[512];

    (void)state;
    for (unsigned number = 1; number <= 7; number++) {
        CHECK_INT(changed(number, last_cut, why), ENT_FORMAT);
        CHECK_INT(changed(number, number_raise, why), ENT_FORMAT);
        CHECK_INT(changed(number, magic_break, why), ENT_FORMAT);
        CHECK_INT(changed(number, empty_make, why), ENT_FORMAT);
    }
    CHECK_INT(changed(1, slots_break, why), ENT_FORMAT);
    CHECK_STR(why, "3 is no number of places for plans");
    CHECK_INT(changed(2, slots_break, why), ENT_FORMAT);
    CHECK_INT(changed(3, last_flip, why), ENT_UNTRUSTED);
    CHECK_STR(why, "the cells of plans are not those committed to");
    CHECK_INT(changed(3, identity_put, why), ENT_UNTRUSTED);
    CHECK_INT(changed(5, identity_put, why), ENT_UNTRUSTED);
    CHECK_INT(changed(6, identity_put, why), ENT_UNTRUSTED);
    /* A size that was not committed to. */
    CHECK_INT(changed(2, slots_grow, why), ENT_OK);
}

static void the_cells_are_those_committed_to(void **state)
{
    static const psi_claim a = { 1, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } },
                           b = { 1, { { 900, 0, 0, 0 }, { 904, 50, 50, 50 } } };
    struct run run = run_of(&a, 1, &a, 1);
    ent_err err = { 0 };

    (void)state;
    for (int i = 0; i < 3; i++)
        CHECK_OK(turn(&run, &err), &err);
    run.side[1].claims = &b; /* changes its mind after it saw the first side's cells */
    CHECK_OK(turn(&run, &err), &err);
    CHECK_INT(turn(&run, &err), ENT_UNTRUSTED);
    ent_arena_free(run.arena);
}

static void too_many_claims_or_pairs_are_refused(void **state)
{
    static psi_claim many[PSI_CLASH_CLAIMS + 1];
    psi_clash own = { true, ENT_STR("r"), seeds[0], many, PSI_CLASH_CLAIMS + 1 };
    ent_arena *arena = ent_arena_new(MEMORY);
    psi_clash_step step;
    struct run run;
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(
        psi_clash_take(arena, &own, (ent_span){ NULL, 0 }, (ent_span){ NULL, 0 }, &step, &err),
        ENT_LIMIT);
    ent_arena_free(arena);
    for (size_t i = 0; i < 17; i++)
        many[i] = (psi_claim){ 1, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } };
    run = run_of(many, 17, many, 16);
    for (int i = 0; i < 4; i++)
        CHECK_OK(turn(&run, &err), &err);
    CHECK_INT(turn(&run, &err), ENT_LIMIT);
    CHECK_STR(err.msg, "more than 256 pairs of plans are near each other");
    ent_arena_free(run.arena);
}

/* The next step of a run, in an arena that fails. */
static bool survives(ent_arena *arena, struct run *run)
{
    ent_arena *whole = run->arena;
    struct run next = *run;
    ent_err err = { 0 };
    ent_code rc;

    next.arena = arena;
    rc = turn(&next, &err);
    CHECK(rc == ENT_OK || rc == ENT_LIMIT || rc == ENT_MEMORY);
    run->arena = whole;
    return rc == ENT_OK;
}

static void out_of_memory_is_an_error_like_any(void **state)
{
    static const psi_claim a = { 1, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } };
    struct run run = run_of(&a, 1, &a, 1);
    ent_err err = { 0 };

    (void)state;
    for (int i = 0; i < 8; i++) {
        FAULT_SWEEP(arena, MEMORY, survives(arena, &run));
        CHECK_OK(turn(&run, &err), &err);
    }
    CHECK(run.step[0].done && run.step[1].done);
    ent_arena_free(run.arena);
}

RUN_TESTS(TEST(claims_that_overlap_share_a_cell_whatever_their_sizes),
          TEST(far_claims_share_no_cell), TEST(the_plans_of_the_story_clash_as_it_says),
          TEST(what_both_learn_is_what_is_true), TEST(nothing_near_ends_after_five_messages),
          TEST(a_message_asked_for_again_is_the_same_bytes), TEST(a_liar_is_refused),
          TEST(the_cells_are_those_committed_to), TEST(too_many_claims_or_pairs_are_refused),
          TEST(out_of_memory_is_an_error_like_any))
