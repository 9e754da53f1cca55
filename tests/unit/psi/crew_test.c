/* Parts cover everything once, whatever the order, and the first error counts. */
#include "psi/crew.h"
#include "test.h"

struct seen {
    unsigned char times[1000];
    size_t fail_from;
};

static ent_code slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct seen *seen = arg;

    for (size_t i = from; i < to; i++) {
        seen->times[i]++;
        if (i >= seen->fail_from)
            return ent_fail(err, ENT_UNTRUSTED, "%zu", i);
    }
    return ENT_OK;
}

static void backwards(void *arg, size_t parts, psi_part part, void *ctx)
{
    (*(int *)arg)++;
    while (parts > 0)
        part(ctx, --parts);
}

static void every_place_is_done_once(void **state)
{
    static const size_t counts[] = { 0, 1, 127, 128, 129, 640, 999 };
    int calls = 0;
    psi_crew crew = { &calls, backwards };
    ent_err err = { 0 };

    (void)state;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (int with = 0; with < 2; with++) {
            struct seen seen = { .fail_from = 1000 };

            CHECK_OK(psi_crew_run(with ? &crew : NULL, counts[c], slice, &seen, &err), &err);
            for (size_t i = 0; i < 1000; i++)
                CHECK_INT(seen.times[i], i < counts[c]);
        }
    CHECK_INT(calls, 4);
}

static void the_first_error_by_place_is_the_error(void **state)
{
    struct seen seen = { .fail_from = 500 };
    int calls = 0;
    psi_crew crew = { &calls, backwards };
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(psi_crew_run(&crew, 1000, slice, &seen, &err), ENT_UNTRUSTED);
    CHECK_STR(err.msg, "500");
}

struct places {
    size_t count;
    bool taken[PSI_PARTS];
};

static ent_code place(void *arg, size_t from, size_t to, ent_err *err)
{
    struct places *places = arg;
    size_t part = psi_crew_part(places->count, from);

    (void)err;
    CHECK(to > from && part < PSI_PARTS && !places->taken[part]);
    places->taken[part] = true;
    return ENT_OK;
}

static void every_slice_has_a_place_of_its_own(void **state)
{
    int calls = 0;
    psi_crew crew = { &calls, backwards };
    ent_err err = { 0 };

    (void)state;
    for (size_t count = 1; count < 5000; count += count < 600 ? 1 : 97) {
        struct places places = { .count = count };

        CHECK_OK(psi_crew_run(&crew, count, place, &places, &err), &err);
    }
    CHECK_INT(psi_crew_part(0, 0), 0);
}

RUN_TESTS(TEST(every_place_is_done_once), TEST(every_slice_has_a_place_of_its_own),
          TEST(the_first_error_by_place_is_the_error))
