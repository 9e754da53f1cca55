/* Overlap by tokens against overlap in the clear: every pair of a small domain, and random
 * boxes of the real dimensions. */
#include "psi/boxes.h"
#include "test.h"

typedef char token_list[PSI_BOX_TOKENS][PSI_BOX_TOKEN];

static size_t common(token_list a, size_t a_count, token_list b, size_t b_count)
{
    size_t count = 0;

    for (size_t i = 0; i < a_count; i++)
        for (size_t k = 0; k < b_count; k++)
            count += strcmp(a[i], b[k]) == 0;
    return count;
}

static void of_every_pair_one_token_is_common_exactly_if_they_overlap(void **state)
{
    static token_list first[33 * 33], second[33 * 33];
    static size_t first_count[33 * 33], second_count[33 * 33];

    (void)state;
    for (uint32_t from = 0; from <= 32; from++)
        for (uint32_t to = 0; to <= 32; to++) {
            size_t i = from * 33 + to;

            first_count[i] = psi_span_tokens(5, 't', from, to, true, first[i]);
            second_count[i] = psi_span_tokens(5, 't', from, to, false, second[i]);
            CHECK(first_count[i] <= 6 + 8 && second_count[i] <= 6 + 8);
        }
    for (uint32_t a = 0; a <= 32; a++)
        for (uint32_t b = 0; b <= 32; b++)
            for (uint32_t c = 0; c <= 32; c++)
                for (uint32_t d = 0; d <= 32; d++) {
                    size_t i = a * 33 + b, k = c * 33 + d;
                    bool overlap = a < b && c < d && a < d && c < b;

                    CHECK_INT(common(first[i], first_count[i], second[k], second_count[k]),
                              overlap ? 1 : 0);
                }
}

static uint32_t random_state = 2463534242U;

static int64_t random_within(int64_t least, int64_t most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return least + (int64_t)(random_state % (uint32_t)(most - least + 1));
}

static psi_box random_box(void)
{
    static const int64_t least[] = { 0, -90000, -180000, -12000 };
    static const int64_t most[] = { 4194303, 90000, 180000, 50000 };
    psi_box box;

    for (size_t i = 0; i < PSI_DIMENSIONS; i++) {
        int64_t width = random_within(0, 1) == 0 ? 3 : most[i] - least[i];
        int64_t from = random_within(least[i], least[i] + width), to = from + width;

        box.from[i] = from;
        box.to[i] = random_within(from, to < most[i] ? to : most[i]) + 1;
    }
    return box;
}

static void real_boxes_overlap_by_tokens_as_in_the_clear(void **state)
{
    unsigned overlaps = 0, clashes = 0;

    (void)state;
    for (unsigned n = 0; n < 5000; n++) {
        psi_box a = random_box(), b = random_box();
        bool all = true;

        for (psi_dimension i = PSI_TIME; i < PSI_DIMENSIONS; i = (psi_dimension)(i + 1)) {
            token_list first, second;
            size_t a_count, b_count, found;

            if (n % 3 == 0)
                b.from[i] = a.to[i]; /* touching edges, if it does not end before */
            a_count = psi_box_tokens(&a, i, true, first);
            b_count = psi_box_tokens(&b, i, false, second);
            found = common(first, a_count, second, b_count);
            CHECK(a_count <= PSI_BOX_TOKENS && b_count <= PSI_BOX_TOKENS);
            CHECK_INT(found, psi_box_overlap(&a, &b, i) ? 1 : 0);
            CHECK_INT(psi_box_overlap(&a, &b, i), psi_box_overlap(&b, &a, i));
            all = all && found == 1;
            overlaps += (unsigned)found;
        }
        CHECK_INT(psi_box_clash(&a, &b), all);
        clashes += all;
    }
    print_message("# %u overlaps, %u clashes\n", overlaps, clashes);
    CHECK(overlaps > 1000 && clashes > 10);
}

static void edges_that_touch_do_not_clash(void **state)
{
    psi_box a = { { 100, 10, 20, 0 }, { 200, 20, 30, 50 } }, b = a;

    (void)state;
    CHECK(psi_box_clash(&a, &b));
    for (size_t i = 0; i < PSI_DIMENSIONS; i++) {
        b = a;
        b.from[i] = a.to[i];
        b.to[i] = a.to[i] + 5;
        CHECK(!psi_box_clash(&a, &b));
        b.from[i]--;
        CHECK(psi_box_clash(&a, &b));
        b.from[i] = b.to[i];
        CHECK(!psi_box_clash(&a, &b)); /* empty */
        b.from[i] = b.to[i] = a.from[i] + 1;
        CHECK(!psi_box_clash(&a, &b));
        CHECK(!psi_box_clash(&b, &a)); /* empty, within the other */
    }
}

static void what_lies_outside_is_put_on_the_edge(void **state)
{
    psi_box box = { { INT64_MIN, -950000, 1900000, 60000 }, { 5, INT64_MAX, INT64_MAX, 70000 } };
    psi_box got = psi_box_clamp(&box), below = { { -9, 0, 0, 0 }, { -3, 0, 0, 0 } };

    (void)state;
    CHECK_INT(got.from[0], 0);
    CHECK_INT(got.to[0], 5);
    CHECK_INT(got.from[1], -900000);
    CHECK_INT(got.to[1], 900001);
    CHECK_INT(got.from[2], 1800000);
    CHECK_INT(got.to[2], 1800001);
    CHECK_INT(got.from[3], 50000);
    CHECK_INT(got.to[3], 50001);
    got = psi_box_clamp(&below);
    CHECK_INT(got.from[0], 0);
    CHECK_INT(got.to[0], 1);
    CHECK_INT(got.from[1], got.to[1]); /* empty stays empty */
}

static void the_whole_domain_has_a_cover_of_one(void **state)
{
    token_list tokens;

    (void)state;
    CHECK_INT(psi_span_tokens(16, 'h', 0, 65536, false, tokens), 1 + 17);
    CHECK_STR(tokens[0], "hs16:000000");
    CHECK_INT(psi_span_tokens(16, 'h', 7, 8, true, tokens), 17);
    CHECK_STR(tokens[0], "hs00:000007");
    CHECK_INT(psi_span_tokens(23, 't', 1, (1U << 23) - 1, false, tokens), 44 + 24);
}

static void dimensions_cannot_be_mistaken_for_each_other(void **state)
{
    static const char *const names[] = { "time", "latitude", "longitude", "height" };
    psi_box box = { { 5, 5, 5, 5 }, { 9, 9, 9, 9 } };
    token_list first, second;

    (void)state;
    for (psi_dimension i = PSI_TIME; i < PSI_DIMENSIONS; i = (psi_dimension)(i + 1)) {
        CHECK_STR(psi_dimension_name(i), names[i]);
        CHECK(strlen(psi_dimension_unit(i)) > 5);
        for (psi_dimension k = PSI_TIME; k < PSI_DIMENSIONS; k = (psi_dimension)(k + 1)) {
            size_t a_count = psi_box_tokens(&box, i, true, first);
            size_t b_count = psi_box_tokens(&box, k, false, second);

            CHECK_INT(common(first, a_count, second, b_count), i == k ? 1 : 0);
        }
    }
}

RUN_TESTS(TEST(of_every_pair_one_token_is_common_exactly_if_they_overlap),
          TEST(real_boxes_overlap_by_tokens_as_in_the_clear), TEST(edges_that_touch_do_not_clash),
          TEST(what_lies_outside_is_put_on_the_edge), TEST(the_whole_domain_has_a_cover_of_one),
          TEST(dimensions_cannot_be_mistaken_for_each_other))
