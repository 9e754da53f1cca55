/* psi/fast and what it is made of: the field and the code, the store, the transfers, the rows, and
 * that a session finds what a plain comparison and the standard path (psi/balanced.h) find. */
#include "test.h"

#include "base/buf.h"
#include "psi/fast.h"
#include "psi/vole_int.h"

#include <sodium.h>

#define ROOM ((size_t)512 << 20)

/* ---- field and code ---- */

/* Schoolbook: polynomials over GF(2), then what is left by a^6 + a + 1. */
static unsigned slow_times(unsigned x, unsigned y)
{
    unsigned product = 0;

    for (int i = 0; i < 6; i++)
        if ((y >> i & 1) != 0)
            product ^= x << i;
    for (int i = 10; i >= 6; i--)
        if ((product >> i & 1) != 0)
            product ^= 0x43U << (i - 6);
    return product;
}

static void symbols_multiply_as_polynomials_do(void **state)
{
    (void)state;
    for (unsigned x = 0; x < 64; x++)
        for (unsigned y = 0; y < 64; y++)
            CHECK_INT(psi_symbol_times((uint8_t)x, (uint8_t)y), slow_times(x, y));
}

static size_t symbols_set(const psi_row *row)
{
    size_t set = 0;

    for (size_t j = 0; j < PSI_SYMBOLS; j++) {
        bool any = false;

        for (size_t bit = 6 * j; bit < 6 * j + 6; bit++)
            any = any || (row->w[bit / 64] >> bit % 64 & 1) != 0;
        set += any;
    }
    return set;
}

static psi_payload payload_random(void)
{
    psi_payload p;

    randombytes_buf(&p, sizeof p);
    p.hi &= 0xfffff;
    return p;
}

/* A code of distance 22: no word but zero has fewer than 22 symbols; words of few payload
 * symbols come closest. */
static void words_differ_in_22_symbols_or_more(void **state)
{
    static const uint8_t ones[PSI_SYMBOLS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    psi_weighed plain;
    psi_code code;
    size_t least = PSI_SYMBOLS;

    (void)state;
    psi_code_make(&code);
    psi_weighed_make(&code, ones, &plain);
    for (unsigned i = 0; i < 200000; i++) {
        psi_payload p = payload_random();
        psi_row word;
        size_t set;

        if (i % 2 == 0) { /* one or two symbols of the payload only */
            unsigned keep = randombytes_uniform(14), more = randombytes_uniform(14);

            for (unsigned bit = 0; bit < 84; bit++)
                if (bit / 6 != keep && bit / 6 != more) {
                    if (bit < 64)
                        p.lo &= ~(UINT64_C(1) << bit);
                    else
                        p.hi &= ~(UINT64_C(1) << (bit - 64));
                }
        }
        if (p.lo == 0 && p.hi == 0)
            continue;
        word = psi_weighed_of(&plain, &p);
        set = symbols_set(&word);
        least = set < least ? set : least;
        CHECK(word.w[0] == p.lo && (word.w[1] & 0xfffff) == p.hi); /* systematic */
    }
    CHECK_INT(least, 22);
}

static void planes_and_tables_give_the_same_words(void **state)
{
    static psi_plane planes[PSI_PLANES], weighed_planes[PSI_PLANES];
    static psi_payload payload[PSI_CHUNK];
    static psi_row rows[PSI_CHUNK];
    uint8_t by[PSI_SYMBOLS];
    psi_weighed weighed;
    psi_code code;

    (void)state;
    randombytes_buf(by, sizeof by);
    for (size_t j = 0; j < PSI_SYMBOLS; j++)
        by[j] &= 63;
    for (size_t i = 0; i < PSI_CHUNK; i++)
        payload[i] = payload_random();
    psi_code_make(&code);
    psi_weighed_make(&code, by, &weighed);
    psi_payload_planes(payload, PSI_CHUNK, planes);
    psi_code_extend(&code, planes);
    memset(weighed_planes, 0, sizeof weighed_planes);
    for (size_t j = 0; j < PSI_SYMBOLS; j++)
        psi_planes_add_times(&weighed_planes[6 * j], (const psi_plane *)&planes[6 * j], by[j]);
    psi_planes_rows((const psi_plane *)weighed_planes, PSI_CHUNK, rows);
    for (size_t i = 0; i < PSI_CHUNK; i++) {
        psi_row want = psi_weighed_of(&weighed, &payload[i]);

        CHECK(memcmp(&rows[i], &want, sizeof want) == 0);
    }
}

/* ---- store ---- */

/* All bins, by as many at a time as fit, the last ones fewer. */
static ent_code store_make(ent_arena *arena, const psi_okvs *shape, psi_place *places, size_t count,
                           const uint8_t seed[32], psi_payload *rows)
{
    uint32_t from[PSI_OKVS_BINS + 1];
    psi_solver solver = {
        .shape = shape, .places = places, .from = from, .seed = seed, .together = 3
    };
    ent_err err = { 0 };
    ent_code rc = ENT_OK;

    psi_okvs_order(shape, places, count, from);
    CHECK_INT(from[shape->bins], count);
    CHECK_OK(psi_okvs_solver(arena, &solver, &err), &err);
    for (size_t bin = 0; bin < shape->bins && rc == ENT_OK; bin += 3)
        rc = psi_okvs_solve(&solver, bin, shape->bins - bin < 3 ? shape->bins - bin : 3,
                            rows + bin * psi_okvs_bin_rows(shape), &err);
    return rc;
}

static void stores_of(size_t count, ent_arena *arena)
{
    psi_okvs shape = psi_okvs_shape(count);
    psi_place *places = ent_arena_array(arena, count, sizeof *places);
    psi_place *ordered = ent_arena_array(arena, count, sizeof *ordered);
    psi_payload *rows = ent_arena_array(arena, shape.rows, sizeof *rows);
    psi_row *wide = ent_arena_array(arena, shape.rows, sizeof *wide);
    psi_row *sums = ent_arena_array(arena, count, sizeof *sums);
    uint8_t seed[32], hash[PSI_OKVS_HASH];
    psi_finder finder = { .shape = &shape, .rows = wide };

    for (size_t i = 0; i < count; i++) {
        randombytes_buf(hash, sizeof hash);
        places[i] = psi_okvs_place(&shape, hash);
        places[i].item = (uint32_t)i;
        CHECK(places[i].at[0] != places[i].at[1] && places[i].at[1] != places[i].at[2] &&
              places[i].at[0] != places[i].at[2]);
        CHECK(places[i].at[0] < shape.sparse && places[i].at[1] < shape.sparse &&
              places[i].at[2] < shape.sparse && places[i].bin < shape.bins);
    }
    randombytes_buf(seed, sizeof seed);
    memcpy(ordered, places, count * sizeof *ordered);
    CHECK_INT(store_make(arena, &shape, ordered, count, seed, rows), ENT_OK);
    for (size_t i = 0; i < shape.rows; i++)
        wide[i] = (psi_row){ { rows[i].lo, rows[i].hi, 0, 0 } };
    psi_okvs_sums(&finder, ordered, count, sums);
    for (size_t i = 0; i < count; i++)
        CHECK((i == 0 || ordered[i - 1].bin <= ordered[i].bin) &&
              memcmp(&ordered[i], &places[ordered[i].item], sizeof *ordered) == 0);
    for (size_t i = 0; i < count; i++)
        CHECK(sums[i].w[0] == ordered[i].value_lo && sums[i].w[1] == ordered[i].value_hi &&
              ordered[i].value_lo == places[ordered[i].item].value_lo &&
              ordered[i].value_hi == places[ordered[i].item].value_hi);
}

static void every_item_finds_its_value(void **state)
{
    (void)state;
    for (size_t count = 16; count <= 4096; count *= 2)
        for (int turn = 0; turn < (count < 256 ? 300 : 10); turn++) {
            ent_arena *arena = ent_arena_new(ROOM);

            stores_of(count, arena);
            ent_arena_free(arena);
        }
    for (size_t count = 65536; count <= 131072; count *= 2) { /* several bins */
        ent_arena *arena = ent_arena_new(ROOM);

        stores_of(count, arena);
        ent_arena_free(arena);
    }
}

/* Two items with the same three rows can only be told apart by the dense ones. */
static void tangled_items_are_solved_too(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    psi_okvs shape = psi_okvs_shape(64);
    psi_place places[64];
    psi_payload *rows = ent_arena_array(arena, shape.rows, sizeof *rows);
    psi_row *wide = ent_arena_array(arena, shape.rows, sizeof *wide), sums[64];
    uint8_t seed[32] = { 7 };
    psi_finder finder = { .shape = &shape, .rows = wide };

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        uint8_t hash[PSI_OKVS_HASH];

        randombytes_buf(hash, sizeof hash);
        places[i] = psi_okvs_place(&shape, hash);
        if (i > 0 && i < 20)
            memcpy(places[i].at, places[0].at, sizeof places[0].at);
    }
    CHECK_INT(store_make(arena, &shape, places, 64, seed, rows), ENT_OK);
    for (size_t i = 0; i < shape.rows; i++)
        wide[i] = (psi_row){ { rows[i].lo, rows[i].hi, 0, 0 } };
    psi_okvs_sums(&finder, places, 64, sums);
    for (size_t i = 0; i < 64; i++)
        CHECK(sums[i].w[0] == places[i].value_lo && sums[i].w[1] == places[i].value_hi);
    /* The same hash with another value has no solution, and says so. */
    places[1] = places[0];
    places[1].value_lo ^= 1;
    CHECK_INT(store_make(arena, &shape, places, 64, seed, rows), ENT_LIMIT);
    ent_arena_free(arena);
}

/* ---- transfers and rows ---- */

static void the_picker_has_v_and_d_times_u(void **state)
{
    static psi_forest grown, picked;
    static psi_plane u[PSI_PLANES], v[PSI_PLANES], w[PSI_PLANES];
    static psi_ot_key both[PSI_OT_COUNT][2], one[PSI_OT_COUNT];
    static psi_leaf sums[PSI_OT_COUNT][2];
    uint8_t seed_g[32], seed_p[32], session[32] = { 1 }, secret[PSI_SYMBOLS], choice[PSI_OT_COUNT];
    uint8_t points[PSI_OT_POINTS];
    psi_element answer;
    ent_err err = { 0 };

    (void)state;
    randombytes_buf(seed_g, sizeof seed_g);
    randombytes_buf(seed_p, sizeof seed_p);
    psi_vole_secrets(seed_p, secret, choice);
    CHECK_OK(psi_ot_choose(seed_p, session, choice, points, &err), &err);
    CHECK_OK(psi_ot_give(seed_g, session, points, &answer, both, &err), &err);
    CHECK_OK(psi_ot_take(seed_p, session, choice, &answer, one, &err), &err);
    for (size_t i = 0; i < PSI_OT_COUNT; i++) {
        CHECK(memcmp(&one[i], &both[i][choice[i]], sizeof one[i]) == 0);
        CHECK(memcmp(&one[i], &both[i][1 - choice[i]], sizeof one[i]) != 0);
    }
    psi_vole_grow(seed_g, both, &grown, sums);
    psi_vole_pick(secret, one, (const psi_leaf(*)[2])sums, &picked);
    for (size_t j = 0; j < PSI_SYMBOLS; j++)
        for (size_t x = 0; x < PSI_LEAVES; x++)
            CHECK((memcmp(&grown.leaf[j][x], &picked.leaf[j][x], sizeof(psi_leaf)) == 0) ==
                  (x != secret[j]));
    for (uint32_t chunk = 0; chunk < 3; chunk++) {
        psi_vole_chunk(&grown, chunk, u, v);
        psi_vole_chunk(&picked, chunk, NULL, w);
        for (size_t j = 0; j < PSI_SYMBOLS; j++)
            psi_planes_add_times(&v[6 * j], (const psi_plane *)&u[6 * j], secret[j]);
        CHECK(memcmp(v, w, sizeof v) == 0);
    }
}

/* ---- sessions ---- */

static ent_str *keys_make(ent_arena *arena, size_t from, size_t count)
{
    ent_str *keys = ent_arena_array(arena, count + 1, sizeof *keys);

    for (size_t i = 0; i < count; i++) {
        char text[32];
        int size = snprintf(text, sizeof text, "doc:AAA:%08zu", from + i);

        keys[i] = ent_arena_str(arena, (ent_str){ text, (size_t)size });
    }
    return keys;
}

struct session {
    ent_arena *keep; /* of the messages */
    uint8_t seed_a[32], seed_h[32];
    psi_fast_side asker, holder;
    uint8_t points[PSI_FAST_POINTS];
    size_t padded, parts; /* the asker's; messages of `ask` */
    ent_span ask[PSI_OKVS_BINS];
    const psi_tag *own_a, *own_h;
    psi_tag *tags;
};

/* The asker of a session. */
static ent_code ask(ent_arena *arena, struct session *s, const ent_str *a, ent_span points,
                    ent_err *err)
{
    psi_fast *f;
    ent_code rc = psi_fast_asker(arena, &s->asker, &f, err);

    if (rc != ENT_OK)
        return rc;
    s->parts = psi_fast_parts(s->padded, s->asker.together);
    psi_fast_take(f, a, s->asker.count / 2);
    psi_fast_take(f, a + s->asker.count / 2, s->asker.count - s->asker.count / 2);
    rc = psi_fast_chosen(arena, f, points, err);
    for (size_t i = 0; i < s->parts && rc == ENT_OK; i++) {
        ent_str copy;

        rc = psi_fast_ask(f, &s->ask[i], err);
        CHECK_INT(s->ask[i].size, psi_fast_part_size(s->padded, s->asker.together, i));
        copy = ent_arena_str(s->keep, (ent_str){ s->ask[i].ptr, s->ask[i].size });
        s->ask[i] = ent_span_of_str(copy);
    }
    if (rc == ENT_OK)
        s->own_a = psi_fast_tags(f);
    psi_fast_end(f);
    return rc;
}

/* The holder. */
static ent_code answer(ent_arena *arena, struct session *s, const ent_str *h, ent_err *err)
{
    psi_fast *f;
    ent_code rc = psi_fast_holder(arena, &s->holder, s->padded, &f, err);

    if (rc != ENT_OK)
        return rc;
    psi_fast_take(f, h, s->holder.count);
    for (size_t i = 0; i < s->parts && rc == ENT_OK; i++)
        rc = psi_fast_asked(f, s->ask[i], err);
    if (rc == ENT_OK) {
        s->own_h = psi_fast_tags(f);
        rc = psi_fast_answer(arena, f, &s->tags, err);
    }
    psi_fast_end(f);
    return rc;
}

static void session_begin(ent_arena *arena, struct session *s, const ent_str *a, size_t na,
                          const ent_str *h, size_t nh, const psi_crew *crew)
{
    ent_hash root_a, root_h;
    ent_err err = { 0 };

    s->keep = arena;
    memset(s->seed_a, 3, 32);
    memset(s->seed_h, 4, 32);
    root_a = psi_fast_root(s->seed_a, a, na);
    root_h = psi_fast_root(s->seed_h, h, nh);
    s->asker = (psi_fast_side){ .seed = s->seed_a,
                                .session = psi_fast_session(ENT_STR("run"), &root_a, &root_h),
                                .count = na,
                                .together = 3,
                                .crew = crew };
    s->holder = s->asker;
    s->holder.seed = s->seed_h;
    s->holder.count = nh;
    s->padded = psi_padded(na);
    CHECK_OK(psi_fast_choose(s->seed_h, &s->holder.session, s->points, &err), &err);
    CHECK_OK(ask(arena, s, a, (ent_span){ s->points, sizeof s->points }, &err), &err);
    CHECK_OK(answer(arena, s, h, &err), &err);
}

/* Asker has keys 0 .. na - 1, holder from .. from + nh - 1. */
static void session_check(size_t na, size_t from, size_t nh)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str *a = keys_make(arena, 0, na), *h = keys_make(arena, from, nh);
    size_t want = from >= na ? 0 : na - from < nh ? na - from : nh, count;
    struct session s;
    psi_hit *hits;
    ent_err err = { 0 };

    session_begin(arena, &s, a, na, h, nh, NULL);
    CHECK_OK(psi_fast_hits(arena, s.own_a, na, s.tags, psi_padded(nh), &hits, &count, &err), &err);
    CHECK_INT(count, want);
    for (size_t i = 0; i < count; i++) {
        CHECK(hits[i].item >= from && hits[i].item < from + nh);
        CHECK(memcmp(&hits[i].tag, &s.own_h[hits[i].item - from], PSI_TAG_SIZE) == 0);
    }
    ent_arena_free(arena);
}

static void the_asker_finds_exactly_the_intersection(void **state)
{
    (void)state;
    session_check(0, 0, 0);
    session_check(1, 0, 1);
    session_check(3, 1, 5000);
    session_check(5000, 4990, 20);
    session_check(1000, 500, 1000);
    session_check(17, 17, 17);
    session_check(40000, 20000, 30000);
}

static void both_paths_find_the_same(void **state)
{
    enum { N = 200 };
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str *a = keys_make(arena, 0, N), *h = keys_make(arena, 150, N);
    bool by_fast[N] = { false }, by_standard[N] = { false };
    psi_set set_a, set_h;
    psi_tag *a_by_h, *h_by_a;
    struct session s;
    psi_hit *hits;
    size_t count;
    ent_err err = { 0 };

    (void)state;
    session_begin(arena, &s, a, N, h, N, NULL);
    CHECK_OK(psi_fast_hits(arena, s.own_a, N, s.tags, psi_padded(N), &hits, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        by_fast[hits[i].item] = true;
    CHECK_OK(psi_set_make(arena, s.seed_a, ENT_STR("run"), a, N, NULL, &set_a, &err), &err);
    CHECK_OK(psi_set_make(arena, s.seed_h, ENT_STR("run"), h, N, NULL, &set_h, &err), &err);
    CHECK_OK(psi_double(arena, s.seed_h, &set_a, NULL, &a_by_h, &err), &err);
    CHECK_OK(psi_double(arena, s.seed_a, &set_h, NULL, &h_by_a, &err), &err);
    CHECK_OK(psi_hits(arena, &set_a, a_by_h, h_by_a, set_h.count, &hits, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        by_standard[hits[i].item] = true;
    CHECK_INT(count, 50);
    CHECK(memcmp(by_fast, by_standard, sizeof by_fast) == 0);
    ent_arena_free(arena);
}

static void backwards(void *arg, size_t parts, psi_part part, void *ctx)
{
    (void)arg;
    while (parts-- > 0)
        part(ctx, parts);
}

static void the_same_seed_gives_the_same_bytes_whoever_does_the_parts(void **state)
{
    const psi_crew crew = { NULL, backwards };
    ent_arena *arena = ent_arena_new((size_t)2 << 30);
    ent_str *a = keys_make(arena, 0, 300000), *h = keys_make(arena, 100, 5000);
    struct session one, two;

    (void)state;
    session_begin(arena, &one, a, 300000, h, 5000, NULL);
    session_begin(arena, &two, a, 300000, h, 5000, &crew);
    CHECK(memcmp(one.points, two.points, sizeof one.points) == 0);
    CHECK_INT(one.parts, 6); /* sixteen bins, three at a time */
    for (size_t i = 0; i < one.parts; i++) {
        CHECK_INT(one.ask[i].size, two.ask[i].size);
        CHECK(memcmp(one.ask[i].ptr, two.ask[i].ptr, one.ask[i].size) == 0);
    }
    CHECK(memcmp(one.tags, two.tags, psi_padded(5000) * sizeof *one.tags) == 0);
    ent_arena_free(arena);
}

/* How many bins are done at a time cuts the question, and changes nothing of it. */
static void a_question_is_the_same_however_it_is_cut(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)2 << 30);
    ent_str *a = keys_make(arena, 0, 140000), *h = keys_make(arena, 100, 50), whole[2];
    struct session s;

    (void)state;
    for (size_t turn = 0; turn < 2; turn++) {
        ent_err err = { 0 };
        ent_buf bytes;

        session_begin(arena, &s, a, 140000, h, 50, NULL);
        s.asker.together = s.holder.together = turn == 0 ? 1 : PSI_FAST_TOGETHER;
        CHECK_OK(ask(arena, &s, a, (ent_span){ s.points, sizeof s.points }, &err), &err);
        CHECK_INT(s.parts, turn == 0 ? 8 : 2);
        CHECK_OK(answer(arena, &s, h, &err), &err);
        ent_buf_init(&bytes, arena);
        for (size_t i = 0; i < s.parts; i++)
            ent_buf_put(&bytes, s.ask[i].ptr, s.ask[i].size);
        ent_buf_put(&bytes, s.tags, psi_padded(50) * sizeof *s.tags);
        CHECK_OK(ent_buf_done(&bytes, &whole[turn], &err), &err);
    }
    CHECK(ent_str_equal(whole[0], whole[1]));
    ent_arena_free(arena);
}

static void another_session_gives_other_tags(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str *a = keys_make(arena, 0, 20), *h = keys_make(arena, 0, 20);
    struct session one, two;

    (void)state;
    session_begin(arena, &one, a, 20, h, 20, NULL);
    session_begin(arena, &two, a, 19, h, 20, NULL);
    for (size_t i = 0; i < 19; i++)
        for (size_t j = 0; j < 20; j++)
            CHECK(memcmp(&one.own_a[i], &two.own_a[j], sizeof *one.own_a) != 0);
    ent_arena_free(arena);
}

static void bad_messages_are_refused(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str *a = keys_make(arena, 0, 20), *h = keys_make(arena, 10, 20);
    uint8_t *bent;
    psi_tag swap;
    struct session s;
    ent_span good;
    psi_hit *hits;
    size_t count;
    ent_err err = { 0 };

    (void)state;
    session_begin(arena, &s, a, 20, h, 20, NULL);
    CHECK_INT(ask(arena, &s, a, (ent_span){ s.points, 100 }, &err), ENT_FORMAT);
    for (size_t at = 0; at < PSI_FAST_POINTS; at += 32 * 97) {
        uint8_t points[PSI_FAST_POINTS];

        memcpy(points, s.points, sizeof points);
        memset(points + at, 0xff, 32);
        CHECK_INT(ask(arena, &s, a, (ent_span){ points, sizeof points }, &err), ENT_UNTRUSTED);
        memset(points + at, 0, 32); /* the identity */
        CHECK_INT(ask(arena, &s, a, (ent_span){ points, sizeof points }, &err), ENT_UNTRUSTED);
    }
    good = s.ask[0];
    s.padded = 128;
    CHECK_INT(answer(arena, &s, h, &err), ENT_FORMAT);
    s.padded = 32;
    s.ask[0].size--;
    CHECK_INT(answer(arena, &s, h, &err), ENT_FORMAT);
    bent = ent_arena_alloc(arena, good.size);
    memcpy(bent, good.ptr, good.size);
    memset(bent, 0xff, 32);
    s.ask[0] = (ent_span){ bent, good.size };
    CHECK_INT(answer(arena, &s, h, &err), ENT_UNTRUSTED);
    swap = s.tags[3];
    s.tags[3] = s.tags[4];
    s.tags[4] = swap;
    CHECK_INT(psi_fast_hits(arena, s.own_a, 20, s.tags, 32, &hits, &count, &err), ENT_FORMAT);
    s.tags[3] = s.tags[4]; /* one twice */
    CHECK_INT(psi_fast_hits(arena, s.own_a, 20, s.tags, 32, &hits, &count, &err), ENT_FORMAT);
    CHECK_INT(psi_fast_parts(8, 1), 0);
    CHECK_INT(psi_fast_parts(33, 1), 0);
    CHECK_INT(psi_fast_parts((size_t)PSI_SET_MAX * 2, 1), 0);
    CHECK_INT(psi_fast_part_size(33, 1, 0), 0);
    CHECK_INT(psi_fast_part_size(32, 1, 1), 0);
    ent_arena_free(arena);
}

/* Rows that were changed on the way hide hits; they never make one. */
static void changed_rows_make_no_hit(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str *a = keys_make(arena, 0, 64), *h = keys_make(arena, 60, 64);
    struct session s;
    uint8_t *bent;
    psi_hit *hits;
    size_t count;
    ent_err err = { 0 };

    (void)state;
    session_begin(arena, &s, a, 64, h, 64, NULL);
    bent = ent_arena_alloc(arena, s.ask[0].size);
    memcpy(bent, s.ask[0].ptr, s.ask[0].size);
    for (size_t i = s.ask[0].size - 4000; i < s.ask[0].size; i++)
        bent[i] ^= 0x5a;
    s.ask[0].ptr = bent;
    CHECK_OK(answer(arena, &s, h, &err), &err);
    CHECK_OK(psi_fast_hits(arena, s.own_a, 64, s.tags, 64, &hits, &count, &err), &err);
    CHECK(count < 4);
    ent_arena_free(arena);
}

static void want_of_memory_is_an_error(void **state)
{
    ent_arena *keep = ent_arena_new(ROOM);
    ent_str *a = keys_make(keep, 0, 20), *h = keys_make(keep, 10, 20);
    struct session s;

    (void)state;
    session_begin(keep, &s, a, 20, h, 20, NULL);
    for (long n = 0; n < 30; n++) {
        ent_arena *arena = ent_arena_new(ROOM);
        psi_hit *hits;
        size_t count;
        ent_err err = { 0 };
        ent_code rc;

        ent_arena_fail_after(arena, (size_t)n);
        rc = ask(arena, &s, a, (ent_span){ s.points, sizeof s.points }, &err);
        if (rc == ENT_OK)
            rc = answer(arena, &s, h, &err);
        if (rc == ENT_OK)
            rc = psi_fast_hits(arena, s.own_a, 20, s.tags, 32, &hits, &count, &err);
        CHECK(rc == ENT_OK || rc == ENT_MEMORY || rc == ENT_LIMIT);
        ent_arena_free(arena);
    }
    ent_arena_free(keep);
}

RUN_TESTS(TEST(symbols_multiply_as_polynomials_do), TEST(words_differ_in_22_symbols_or_more),
          TEST(planes_and_tables_give_the_same_words), TEST(every_item_finds_its_value),
          TEST(tangled_items_are_solved_too), TEST(the_picker_has_v_and_d_times_u),
          TEST(the_asker_finds_exactly_the_intersection), TEST(both_paths_find_the_same),
          TEST(the_same_seed_gives_the_same_bytes_whoever_does_the_parts),
          TEST(a_question_is_the_same_however_it_is_cut), TEST(another_session_gives_other_tags),
          TEST(bad_messages_are_refused), TEST(changed_rows_make_no_hit),
          TEST(want_of_memory_is_an_error))
