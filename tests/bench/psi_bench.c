/* psi -- what the function of RFC 9497 costs beside the bare multiplication it needs, and what
 * a set of tags costs in bits and seconds.  Processor time of one core. */
#include "psi/oprf.h"
#include "psi/tagset.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 4096
#define TAGS   ((size_t)1 << 20)

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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
    must(psi_tagset_make(arena, 1, tags, TAGS, &set, &err), &err);
    psi_tagset_write(&set, &buf);
    must(ent_buf_done(&buf, &bytes, &err), &err);
    say("tagset/2^20/write", now() - start, "seconds", NULL, 0);
    say("tagset/2^20/size", (double)bytes.size * 8 / (double)set.count, "bits a tag", NULL, 0);
    start = now();
    must(psi_tagset_read(arena, ent_span_of_str(bytes), &back, &err), &err);
    say("tagset/2^20/read", now() - start, "seconds", NULL, 0);
    ent_arena_free(arena);
}

int main(void)
{
    uint8_t scalar[32];
    psi_element element;
    double bare;

    crypto_core_ristretto255_scalar_random(scalar);
    element = psi_hash_to_group((ent_span){ "x", 1 }, ENT_STR("bench"));
    bare = bare_rate(&element, scalar);
    say("multiplication/1/libsodium", bare, "per second", NULL, 0);
    mode_bench(PSI_OPRF, "oprf", bare);
    mode_bench(PSI_VOPRF, "voprf", bare);
    mode_bench(PSI_POPRF, "poprf", bare);
    tagset_bench();
    return 0;
}
