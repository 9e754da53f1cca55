/* psi: two sides find what they share and nothing else; intervals; vectors. */
#include "test.h"

#include "base/text.h"
#include "psi/interval.h"
#include "base/limits.h"
#include "psi/keyform.h"

#include <sodium.h>

#define ROOM ((size_t)256 << 20)

/* RFC 9380 has no ristretto255 suite; RFC 9497 A.1.1 gives hash-to-group through
 * its blinds: for the seed and info of the RFC, Blind^-1 * BlindedElement = H(input). */
static void the_hash_to_group_is_that_of_rfc_9497(void **state)
{
    static const char blind[] = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
    static const char blinded[] =
        "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c";
    static const char tag[] = "HashToGroup-OPRFV1-\0-ristretto255-SHA512";
    uint8_t scalar[32], input = 0;
    psi_element got, hashed;
    char hex[65];
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(ent_hex_read(ent_str_of(blind), scalar, 32, &err), &err);
    hashed = psi_hash_to_group((ent_span){ &input, 1 }, (ent_str){ tag, sizeof tag - 1 });
    CHECK_OK(psi_multiply(scalar, &hashed, &got, &err), &err);
    ent_hex_write(got.bytes, 32, hex);
    CHECK_STR(hex, blinded);
}

static void run_pair(ent_arena *arena, const ent_str *a, size_t na, const ent_str *b, size_t nb,
                     psi_hit **hits_a, size_t *count_a, psi_hit **hits_b, size_t *count_b)
{
    uint8_t seed_a[PSI_SEED_SIZE], seed_b[PSI_SEED_SIZE];
    psi_set set_a, set_b, got_a, got_b;
    psi_tag *a_by_b, *b_by_a;
    ent_err err = { 0 };

    randombytes_buf(seed_a, sizeof seed_a);
    randombytes_buf(seed_b, sizeof seed_b);
    CHECK_OK(psi_set_make(arena, seed_a, ENT_STR("run"), a, na, NULL, &set_a, &err), &err);
    CHECK_OK(psi_set_make(arena, seed_b, ENT_STR("run"), b, nb, NULL, &set_b, &err), &err);
    CHECK_OK(psi_set_read(arena, (ent_span){ set_a.elements, set_a.count * 32 }, set_a.count,
                          &set_a.root, NULL, &got_a, &err),
             &err);
    CHECK_OK(psi_set_read(arena, (ent_span){ set_b.elements, set_b.count * 32 }, set_b.count,
                          &set_b.root, NULL, &got_b, &err),
             &err);
    CHECK_OK(psi_double(arena, seed_b, &got_a, NULL, &a_by_b, &err), &err);
    CHECK_OK(psi_double(arena, seed_a, &got_b, NULL, &b_by_a, &err), &err);
    CHECK_OK(psi_hits(arena, &set_a, a_by_b, b_by_a, set_b.count, hits_a, count_a, &err), &err);
    CHECK_OK(psi_hits(arena, &set_b, b_by_a, a_by_b, set_a.count, hits_b, count_b, &err), &err);
}

static void both_sides_find_exactly_the_intersection(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    size_t count_a, count_b;
    psi_hit *hits_a, *hits_b;
    ent_str a[40], b[25];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        a[i] = ent_arena_printf(arena, "doc:%zu", i);
    for (size_t i = 0; i < 25; i++)
        b[i] = ent_arena_printf(arena, "doc:%zu", i * 3);
    run_pair(arena, a, 40, b, 25, &hits_a, &count_a, &hits_b, &count_b);
    CHECK_INT(count_a, 14);
    CHECK_INT(count_b, 14);
    for (size_t i = 0; i < 14; i++) {
        /* Both list the hits in one order, each by its own item. */
        CHECK(memcmp(&hits_a[i].tag, &hits_b[i].tag, sizeof hits_a[i].tag) == 0);
        CHECK(ent_str_equal(a[hits_a[i].item], b[hits_b[i].item]));
    }
    ent_arena_free(arena);
}

static void an_empty_set_looks_like_a_small_one(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str one[] = { ENT_STR("doc:1") };
    size_t count_a, count_b;
    psi_hit *hits_a, *hits_b;

    (void)state;
    run_pair(arena, NULL, 0, one, 1, &hits_a, &count_a, &hits_b, &count_b);
    CHECK_INT(count_a + count_b, 0);
    CHECK_INT(psi_padded(0), psi_padded(16));
    CHECK_INT(psi_padded(17), 32);
    ent_arena_free(arena);
}

static void a_false_set_is_refused(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    uint8_t seed[PSI_SEED_SIZE] = { 1 };
    ent_str one[] = { ENT_STR("doc:1") };
    psi_set set, got;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(psi_set_make(arena, seed, ENT_STR("run"), one, 1, NULL, &set, &err), &err);
    CHECK_INT(
        psi_set_read(arena, (ent_span){ set.elements, 15 * 32 }, 15, &set.root, NULL, &got, &err),
        ENT_FORMAT);
    CHECK_INT(
        psi_set_read(arena, (ent_span){ set.elements, 16 * 32 }, 32, &set.root, NULL, &got, &err),
        ENT_FORMAT);
    memset(&set.elements[3], 0, 32); /* the identity */
    CHECK_INT(
        psi_set_read(arena, (ent_span){ set.elements, 16 * 32 }, 16, &set.root, NULL, &got, &err),
        ENT_UNTRUSTED);
    memset(&set.elements[3], 0xff, 32); /* not canonical */
    CHECK_INT(
        psi_set_read(arena, (ent_span){ set.elements, 16 * 32 }, 16, &set.root, NULL, &got, &err),
        ENT_UNTRUSTED);
    set.elements[3] = set.elements[4]; /* twice */
    CHECK_INT(
        psi_set_read(arena, (ent_span){ set.elements, 16 * 32 }, 16, &set.root, NULL, &got, &err),
        ENT_UNTRUSTED);
    CHECK_OK(psi_set_make(arena, seed, ENT_STR("run"), one, 1, NULL, &set, &err), &err);
    set.root.bytes[0] ^= 1;
    CHECK_INT(
        psi_set_read(arena, (ent_span){ set.elements, 16 * 32 }, 16, &set.root, NULL, &got, &err),
        ENT_UNTRUSTED);
    ent_arena_free(arena);
}

/* Common tokens of two intervals, counted without any cryptography. */
static size_t common(ent_days a, ent_days b)
{
    char x[PSI_INTERVAL_TOKENS][PSI_TOKEN_SIZE], y[PSI_INTERVAL_TOKENS][PSI_TOKEN_SIZE];
    size_t nx = psi_interval_tokens(a, true, x), ny = psi_interval_tokens(b, false, y), count = 0;

    CHECK(nx <= PSI_INTERVAL_TOKENS && ny <= PSI_INTERVAL_TOKENS);
    for (size_t i = 0; i < nx; i++)
        for (size_t j = 0; j < ny; j++)
            count += strcmp(x[i], y[j]) == 0;
    return count;
}

static void overlap_is_one_common_token_and_nothing_else_is(void **state)
{
    static const ent_day bases[] = { -10, 19995, 32767 - 25567 - 5, ENT_DAY_MIN };

    (void)state;
    for (size_t base = 0; base < 3; base++)
        for (ent_day a = 0; a < 10; a++)
            for (ent_day b = a; b < 10; b++)
                for (ent_day c = 0; c < 10; c++)
                    for (ent_day d = c; d < 10; d++) {
                        ent_days x = { bases[base] + a, bases[base] + b };
                        ent_days y = { bases[base] + c, bases[base] + d };

                        CHECK_INT(common(x, y), ent_days_overlap(x, y) ? 1 : 0);
                    }
    CHECK_INT(
        common((ent_days){ ENT_DAY_MIN, ENT_DAY_MAX }, (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX }), 1);
    CHECK_INT(common((ent_days){ ENT_DAY_MIN, 100 }, (ent_days){ 101, ENT_DAY_MAX }), 0);
    CHECK_INT(common((ent_days){ 100, ENT_DAY_MAX }, (ent_days){ ENT_DAY_MIN, 100 }), 1);
}

static void the_two_sides_learn_whether_intervals_overlap(void **state)
{
    static const struct {
        ent_days a, b;
        bool overlap;
    } cases[] = {
        { { 20016, 20035 }, { 18687, 19357 }, false },
        { { 20016, 20035 }, { 19478, 20088 }, true },
        { { ENT_DAY_MIN, ENT_DAY_MAX }, { 5, 5 }, true },
    };
    uint8_t seed_a[PSI_SEED_SIZE] = { 1 }, seed_b[PSI_SEED_SIZE] = { 2 };
    const psi_tag hit = { { 7 } };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        ent_arena *arena = ent_arena_new(ROOM);
        psi_element a[PSI_TIME_TOKENS], b[PSI_TIME_TOKENS];
        psi_tag a_by_b[PSI_TIME_TOKENS], b_by_a[PSI_TIME_TOKENS];
        ent_err err = { 0 };

        CHECK_OK(psi_time_set(arena, seed_a, ENT_STR("run"), &hit, &cases[i].a, 1, true, a, &err),
                 &err);
        CHECK_OK(psi_time_set(arena, seed_b, ENT_STR("run"), &hit, &cases[i].b, 1, false, b, &err),
                 &err);
        CHECK_OK(psi_time_double(seed_b, &hit, a, a_by_b, &err), &err);
        CHECK_OK(psi_time_double(seed_a, &hit, b, b_by_a, &err), &err);
        CHECK_INT(psi_time_overlap(a_by_b, b_by_a), cases[i].overlap);
        CHECK_INT(psi_time_overlap(b_by_a, a_by_b), cases[i].overlap);
        ent_arena_free(arena);
    }
}

static void intervals_are_merged(void **state)
{
    ent_days list[] = { { 50, 60 },   { 1, 5 },   { 6, 9 },     { 100, 110 },
                        { 200, 210 }, { 55, 70 }, { 300, 301 }, { 112, 113 } };

    (void)state;
    CHECK_INT(psi_intervals_merge(list, 8), 4);
    CHECK_INT(list[0].first, 1);
    CHECK_INT(list[0].last, 9);
    CHECK_INT(list[1].first, 50); /* 110 and 112 were the closest, then 70 and 100 */
    CHECK_INT(list[1].last, 113);
}

static void keys_have_one_form(void **state)
{
    static const struct {
        const char *key, *form;
    } cases[] = {
        { "tel:+999 88 555-0147", "tel:+999885550147" },
        { "doc:qbz: 650 018 823", "doc:QBZ:650018823" },
        { "plate:QV:PA-417-KV", "plate:QV:PA417KV" },
        { "acct:Klarion:NightFerry_9", "acct:klarion:nightferry_9" },
        { "sig:LP-0F7C-22A9", "sig:LP0F7C22A9" },
        { "nm:ALN+JRNV|1991|03/07", "nm:ALN+JRNV|1991|03/07" },
        { "pub:INC-A", NULL },
        { "tel:", NULL },
        { "tel:abc", NULL },
        { "nonsense", NULL },
    };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ent_err err = { 0 };
        ent_str form;
        ent_code rc = psi_key_canon(arena, ent_str_of(cases[i].key), &form, &err);

        CHECK_INT(rc, cases[i].form == NULL ? ENT_FORMAT : ENT_OK);
        if (rc == ENT_OK)
            CHECK_TEXT(form, cases[i].form);
    }
    for (int over = 0; over < 2; over++) {
        static char text[ENT_LIMIT_MATCH_KEY + 1] = "mail:";
        ent_err err = { 0 };
        ent_str form;

        memset(text + 5, 'a', sizeof text - 5);
        CHECK_INT(psi_key_canon(arena, (ent_str){ text, ENT_LIMIT_MATCH_KEY + (size_t)over }, &form,
                                &err),
                  over == 0 ? ENT_OK : ENT_FORMAT);
    }
    CHECK(psi_keyform_of(ENT_STR("tel:+1"))->reassignable &&
          !psi_keyform_of(ENT_STR("doc:A:1"))->reassignable);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(the_hash_to_group_is_that_of_rfc_9497),
          TEST(both_sides_find_exactly_the_intersection), TEST(an_empty_set_looks_like_a_small_one),
          TEST(a_false_set_is_refused), TEST(overlap_is_one_common_token_and_nothing_else_is),
          TEST(the_two_sides_learn_whether_intervals_overlap), TEST(intervals_are_merged),
          TEST(keys_have_one_form))
