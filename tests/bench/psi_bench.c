/* psi -- what matching costs beside the bare multiplications it needs.  Without arguments: the
 * function of RFC 9497, a set of tags, one side of a balanced run of 2^18 keys, 10,000 questions
 * against 10 million tags.  "bare N": what libsodium alone needs for both sides of a run of 2^N
 * keys on all processors, in seconds by the clock (for tests/bench/match_standard.sh). */
#include "node/crew.h"
#include "psi/balanced.h"
#include "psi/oprf.h"
#include "psi/tagset.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define ROUNDS 4096
#define TAGS   ((size_t)1 << 20)

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double wall(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(ent_code rc, const ent_err *err)
{
    if (rc == ENT_OK)
        return;
    (void)fprintf(stderr, "psi_bench: %s\n", err->msg);
    exit(1);
}

static void say(const char *bench, double value, const char *unit, const char *against,
                double ratio)
{
    if (against == NULL)
        (void)printf("{\"bench\":\"psi/%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n",
                     bench, value, unit);
    else
        (void)printf("{\"bench\":\"psi/%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":\"%s\","
                     "\"ratio\":%.3f}\n",
                     bench, value, unit, against, ratio);
    (void)fflush(stdout);
}

static double bare_rate(const psi_element *element, const uint8_t scalar[32])
{
    psi_element product = *element;
    double start = now();

    for (int i = 0; i < ROUNDS; i++)
        if (crypto_scalarmult_ristretto255(product.bytes, scalar, product.bytes) != 0)
            exit(1);
    return ROUNDS / (now() - start);
}

static double hash_seconds(void)
{
    double start = now();

    for (int i = 0; i < ROUNDS; i++)
        (void)psi_hash_to_group((ent_span){ &i, sizeof i }, ENT_STR("bench"));
    return (now() - start) / ROUNDS;
}

static void mode_bench(psi_oprf_mode mode, const char *name, double bare)
{
    static psi_element blinded[ROUNDS], evaluated[ROUNDS];
    static uint8_t blinds[ROUNDS][32], unblinds[ROUNDS][32];
    uint8_t seed[32] = { 1 }, secret[32], nonce[32], proof[PSI_OPRF_PROOF], out[PSI_OPRF_OUTPUT];
    psi_oprf_server server;
    psi_oprf_client client;
    psi_element public;
    char bench[64];
    double start, own, answered, asked;
    ent_err err;

    must(psi_oprf_key_derive(mode, seed, ENT_STR("bench"), secret, &public, &err), &err);
    must(psi_oprf_server_init(&server, mode, secret, ENT_STR("info"), &err), &err);
    must(psi_oprf_client_init(&client, mode, &public, ENT_STR("info"), &err), &err);
    crypto_core_ristretto255_scalar_random(nonce);
    start = now();
    for (int i = 0; i < ROUNDS; i++)
        must(psi_oprf_evaluate(&server, (ent_str){ (const char *)&i, sizeof i }, out, &err), &err);
    own = ROUNDS / (now() - start);
    start = now();
    for (int i = 0; i < ROUNDS; i++) {
        crypto_core_ristretto255_scalar_random(blinds[i]);
        must(psi_oprf_blind(mode, (ent_str){ (const char *)&i, sizeof i }, blinds[i], &blinded[i],
                            &err),
             &err);
    }
    asked = now() - start;
    start = now();
    must(psi_oprf_answer(&server, blinded, ROUNDS, nonce, evaluated, proof, &err), &err);
    answered = ROUNDS / (now() - start);
    start = now();
    must(psi_oprf_check(&client, blinded, evaluated, ROUNDS, proof, &err), &err);
    psi_scalars_invert(blinds, unblinds, ROUNDS);
    for (int i = 0; i < ROUNDS; i++)
        must(psi_oprf_finalize(&client, (ent_str){ (const char *)&i, sizeof i }, unblinds[i],
                               &evaluated[i], out, &err),
             &err);
    asked = ROUNDS / (asked + now() - start);
    (void)snprintf(bench, sizeof bench, "%s/2^12/evaluate", name);
    say(bench, own, "per second", "libsodium multiplication", own / bare);
    (void)snprintf(bench, sizeof bench, "%s/2^12/answer", name);
    say(bench, answered, "per second", "libsodium multiplication", answered / bare);
    (void)snprintf(bench, sizeof bench, "%s/2^12/ask", name);
    say(bench, asked, "per second", "libsodium multiplication", asked / bare);
}

static void tagset_bench(void)
{
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    uint64_t *tags = ent_arena_array(arena, TAGS, sizeof *tags);
    psi_tagset set, back;
    ent_buf buf;
    ent_str bytes;
    double start;
    ent_err err;

    if (tags == NULL)
        exit(1);
    randombytes_buf(tags, TAGS * sizeof *tags);
    ent_buf_init(&buf, arena);
    start = now();
    must(psi_tagset_make(arena, NULL, 1, tags, TAGS, NULL, &set, &err), &err);
    psi_tagset_write(&set, &buf);
    must(ent_buf_done(&buf, &bytes, &err), &err);
    say("tagset/2^20/write", now() - start, "seconds", NULL, 0);
    say("tagset/2^20/size", (double)bytes.size * 8 / (double)set.count, "bits a tag", NULL, 0);
    start = now();
    must(psi_tagset_read(arena, NULL, ent_span_of_str(bytes), &back, &err), &err);
    say("tagset/2^20/read", now() - start, "seconds", NULL, 0);
    ent_arena_free(arena);
}

/* ---- balanced ---- */

static ent_str *keys_of(ent_arena *arena, size_t from, size_t count)
{
    ent_str *keys = ent_arena_array(arena, count, sizeof *keys);

    if (keys == NULL)
        exit(1);
    for (size_t i = 0; i < count; i++)
        keys[i] = ent_arena_printf(arena, "doc:QBZ:%zu", from + i);
    return keys;
}

/* What is done for each key of a run and nothing else: a hash and two multiplications, both
 * sides. */
struct bare {
    uint8_t scalar[32];
};

static ent_code bare_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    const struct bare *bare = arg;
    psi_element e, f;

    for (size_t i = from; i < to; i++) {
        e = psi_hash_to_group((ent_span){ &i, sizeof i }, ENT_STR("bench"));
        if (crypto_scalarmult_ristretto255(f.bytes, bare->scalar, e.bytes) != 0 ||
            crypto_scalarmult_ristretto255(e.bytes, bare->scalar, f.bytes) != 0)
            return ent_fail(err, ENT_BUG, "a multiplication failed");
    }
    return ENT_OK;
}

/* Seconds by the clock for both sides of 2^N keys, from 2^14 keys at most, on all processors. */
static int bare_run(unsigned power)
{
    size_t n = (size_t)2 << power, done = n < (1 << 14) ? n : 1 << 14;
    struct bare bare;
    double start;
    ent_err err;

    crypto_core_ristretto255_scalar_random(bare.scalar);
    start = wall();
    must(psi_crew_run(&node_crew, done, bare_slice, &bare, &err), &err);
    (void)printf("%.3f\n", (wall() - start) * (double)n / (double)done);
    return 0;
}

static ent_code once_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    const struct bare *bare = arg;
    psi_element e, f;

    for (size_t i = from; i < to; i++) {
        e = psi_hash_to_group((ent_span){ &i, sizeof i }, ENT_STR("bench"));
        if (crypto_scalarmult_ristretto255(f.bytes, bare->scalar, e.bytes) != 0)
            return ent_fail(err, ENT_BUG, "a multiplication failed");
    }
    return ENT_OK;
}

/* Seconds by the clock and of processor for a hash and a multiplication of so many keys, from 2^15
 * of them at most, on all processors. */
static int once_run(size_t n)
{
    size_t done = n < (1 << 15) ? n : 1 << 15;
    struct bare bare;
    double start, clock_start;
    ent_err err;

    crypto_core_ristretto255_scalar_random(bare.scalar);
    clock_start = wall();
    start = now();
    must(psi_crew_run(&node_crew, done, once_slice, &bare, &err), &err);
    (void)printf("%.3f %.3f\n", (wall() - clock_start) * (double)n / (double)done,
                 (now() - start) * (double)n / (double)done);
    return 0;
}

/* One side of 2^18 against 2^18, beside the hash and the two multiplications a key;
 * match_standard.sh has the million, between two nodes. */
static void side_bench(double bare, double hash)
{
    static const uint8_t seed[PSI_SEED_SIZE] = { 1 };
    const size_t n = (size_t)1 << 18;
    ent_arena *arena = ent_arena_new((size_t)4 << 30);
    ent_str *keys = keys_of(arena, 0, n);
    double start, clock_start, limit;
    struct rusage usage;
    psi_set set, theirs;
    psi_tag *tags;
    psi_hit *hits;
    size_t count;
    ent_err err;

    limit = (double)n * (hash + 2 / bare);
    clock_start = wall();
    start = now();
    must(psi_set_make(arena, seed, ENT_STR("bench"), keys, n, &node_crew, &set, &err), &err);
    must(psi_set_read(arena, (ent_span){ set.elements, n * PSI_ELEMENT_SIZE }, n, &set.root,
                      &node_crew, &theirs, &err),
         &err);
    must(psi_double(arena, seed, &theirs, &node_crew, &tags, &err), &err);
    must(psi_hits(arena, &set, tags, tags, n, &hits, &count, &err), &err);
    say("2^18/balanced/cpu_seconds_a_side", now() - start, "seconds; 1.15 times is wanted",
        "libsodium: a hash and two multiplications a key", (now() - start) / limit);
    say("2^18/balanced/seconds_a_side", wall() - clock_start, "seconds", NULL, 0);
    (void)getrusage(RUSAGE_SELF, &usage);
    say("2^18/balanced/memory", (double)usage.ru_maxrss / 1024, "MiB", NULL, 0);
    ent_arena_free(arena);
}

/* ---- few questions, many holdings ---- */

#define QUESTIONS 10000
#define HOLDINGS  10000000
#define REKEYED   ((size_t)1 << 16)

/* What both sides know of the questions, each in its own place. */
struct questions {
    psi_oprf_server server;
    psi_oprf_client client;
    psi_element blinded[QUESTIONS], evaluated[QUESTIONS];
    uint8_t blinds[QUESTIONS][32], unblinds[QUESTIONS][32];
    uint64_t tags[REKEYED > QUESTIONS ? REKEYED : QUESTIONS];
};

static ent_str question(const size_t *number)
{
    return (ent_str){ (const char *)number, sizeof *number };
}

static ent_code blind_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct questions *q = arg;

    for (size_t i = from; i < to; i++) {
        crypto_core_ristretto255_scalar_random(q->blinds[i]);
        ENT_TRY(psi_oprf_blind(PSI_POPRF, question(&i), q->blinds[i], &q->blinded[i], err));
    }
    return ENT_OK;
}

static ent_code finish_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct questions *q = arg;
    uint8_t out[PSI_OPRF_OUTPUT];

    for (size_t i = from; i < to; i++) {
        ENT_TRY(psi_oprf_finalize(&q->client, question(&i), q->unblinds[i], &q->evaluated[i], out,
                                  err));
        q->tags[i] = psi_tag_of(out);
    }
    return ENT_OK;
}

static ent_code rekey_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    struct questions *q = arg;
    uint8_t out[PSI_OPRF_OUTPUT];

    for (size_t i = from; i < to; i++) {
        ENT_TRY(psi_oprf_evaluate(&q->server, question(&i), out, err));
        q->tags[i] = psi_tag_of(out);
    }
    return ENT_OK;
}

/* The holder's function of all it holds, beside the hash and the multiplication a key. */
static void rekey_bench(struct questions *q, double bare, double hash)
{
    double start = now(), clock_start = wall(), limit = (double)REKEYED * (hash + 1 / bare);
    ent_err err;

    must(psi_crew_run(&node_crew, REKEYED, rekey_slice, q, &err), &err);
    say("2^16/rekey/cpu_seconds", now() - start, "seconds",
        "libsodium: a hash and a multiplication a key", (now() - start) / limit);
    say("10^7/rekey/seconds_expected", (wall() - clock_start) * HOLDINGS / REKEYED,
        "seconds, from 2^16, all processors", NULL, 0);
}

static void questions_ask(struct questions *q)
{
    uint8_t nonce[32], proof[PSI_OPRF_PROOF];
    ent_err err;

    crypto_core_ristretto255_scalar_random(nonce);
    must(psi_crew_run(&node_crew, QUESTIONS, blind_slice, q, &err), &err);
    psi_scalars_invert(q->blinds, q->unblinds, QUESTIONS);
    for (size_t from = 0; from < QUESTIONS; from += PSI_OPRF_BATCH) {
        size_t count = QUESTIONS - from < PSI_OPRF_BATCH ? QUESTIONS - from : PSI_OPRF_BATCH;

        must(psi_oprf_answer(&q->server, q->blinded + from, count, nonce, q->evaluated + from,
                             proof, &err),
             &err);
        must(psi_oprf_check(&q->client, q->blinded + from, q->evaluated + from, count, proof, &err),
             &err);
    }
    must(psi_crew_run(&node_crew, QUESTIONS, finish_slice, q, &err), &err);
}

static void questions_bench(double bare, double hash)
{
    static struct questions q;
    uint8_t seed[32] = { 1 }, secret[32], out[PSI_OPRF_OUTPUT];
    ent_arena *arena = ent_arena_new((size_t)1 << 30);
    uint64_t *tags = ent_arena_array(arena, HOLDINGS, sizeof *tags);
    psi_element public;
    size_t found = 0;
    psi_tagset set;
    double start, cpu;
    ent_err err;

    if (tags == NULL)
        exit(1);
    must(psi_oprf_key_derive(PSI_POPRF, seed, ENT_STR("bench"), secret, &public, &err), &err);
    must(psi_oprf_server_init(&q.server, PSI_POPRF, secret, ENT_STR("info"), &err), &err);
    must(psi_oprf_client_init(&q.client, PSI_POPRF, &public, ENT_STR("info"), &err), &err);
    q.server.crew = q.client.crew = &node_crew;
    rekey_bench(&q, bare, hash);
    /* 100 of the questions are held; the rest of the tags is as good as random. */
    randombytes_buf(tags, HOLDINGS * sizeof *tags);
    for (size_t i = 0; i < 100; i++) {
        must(psi_oprf_evaluate(&q.server, question(&i), out, &err), &err);
        tags[i * 99991] = psi_tag_of(out);
    }
    must(psi_tagset_make(arena, NULL, 1, tags, HOLDINGS, NULL, &set, &err), &err);
    start = wall();
    cpu = now();
    questions_ask(&q);
    for (size_t i = 0; i < QUESTIONS; i++)
        found += psi_tagset_has(&set, q.tags[i]);
    if (found != 100)
        exit(1);
    say("10000x10^7/questions/cpu_seconds", now() - cpu, "seconds, both sides", NULL, 0);
    say("10000x10^7/questions/seconds", wall() - start,
        "seconds, both sides one after the other on all processors; 4 are wanted", NULL, 0);
    ent_arena_free(arena);
}

int main(int argc, char **argv)
{
    uint8_t scalar[32];
    psi_element element;
    double bare, hash;

    if (argc == 3 && strcmp(argv[1], "bare") == 0)
        return bare_run((unsigned)strtoul(argv[2], NULL, 10));
    if (argc == 3 && strcmp(argv[1], "rekey") == 0)
        return once_run(strtoul(argv[2], NULL, 10));

    crypto_core_ristretto255_scalar_random(scalar);
    element = psi_hash_to_group((ent_span){ "x", 1 }, ENT_STR("bench"));
    bare = bare_rate(&element, scalar);
    say("multiplication/1/libsodium", bare, "per second", NULL, 0);
    mode_bench(PSI_OPRF, "oprf", bare);
    mode_bench(PSI_VOPRF, "voprf", bare);
    mode_bench(PSI_POPRF, "poprf", bare);
    tagset_bench();
    hash = hash_seconds();
    questions_bench(bare, hash);
    side_bench(bare, hash);
    return 0;
}
