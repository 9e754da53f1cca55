/* No branch and no index depends on a secret.  The test runs itself under valgrind's memcheck
 * with secrets marked as undefined: every jump and every address that depends on an undefined bit is an
 * error there (the method of ctgrind).  What is public again is said here and nowhere else: the
 * verdicts of libsodium (a bad encoding, a scalar out of range), and the ranks that a set is sorted by,
 * which are pseudorandom and tell nothing of keys (doc/design/private-match.md).  The wrappers below
 * say the first, `declared` of ranks the second. */
#include "psi/balanced.h"
#include "psi/oprf.h"
#include "test.h"

#include <sodium.h>
#include <unistd.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND               0
#define VALGRIND_COUNT_ERRORS             0
#define VALGRIND_MAKE_MEM_UNDEFINED(p, n) ((void)(p), (void)(n))
#define VALGRIND_MAKE_MEM_DEFINED(p, n)   ((void)(p), (void)(n))
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true /* and valgrind cannot run it */
#else
#define SANITIZED false
#endif

#define KEYS 20

static void secret(const void *bytes, size_t size)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, size);
}

static void declared(const void *bytes, size_t size)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(bytes, size);
}

/* ---- verdicts are public; linked in place of the functions (Makefile) ---- */

int __real_crypto_scalarmult_ristretto255(unsigned char *q, const unsigned char *n,
                                          const unsigned char *p);
int __wrap_crypto_scalarmult_ristretto255(unsigned char *q, const unsigned char *n,
                                          const unsigned char *p);
int __wrap_crypto_scalarmult_ristretto255(unsigned char *q, const unsigned char *n,
                                          const unsigned char *p)
{
    unsigned char point[PSI_ELEMENT_SIZE];
    int verdict;

    /* libsodium looks whether the point is one, which every image of the hash is; what it then does with
     * the scalar is watched. */
    memcpy(point, p, sizeof point);
    declared(point, sizeof point);
    verdict = __real_crypto_scalarmult_ristretto255(q, n, point);
    declared(&verdict, sizeof verdict);
    return verdict;
}

/* Only elements of messages are added, for a proof of them: they are sent. */
int __real_crypto_core_ristretto255_add(unsigned char *r, const unsigned char *p,
                                        const unsigned char *q);
int __wrap_crypto_core_ristretto255_add(unsigned char *r, const unsigned char *p,
                                        const unsigned char *q);
int __wrap_crypto_core_ristretto255_add(unsigned char *r, const unsigned char *p,
                                        const unsigned char *q)
{
    declared(p, PSI_ELEMENT_SIZE);
    declared(q, PSI_ELEMENT_SIZE);
    return __real_crypto_core_ristretto255_add(r, p, q);
}

int __real_crypto_core_ristretto255_scalar_invert(unsigned char *inverse, const unsigned char *s);
int __wrap_crypto_core_ristretto255_scalar_invert(unsigned char *inverse, const unsigned char *s);
int __wrap_crypto_core_ristretto255_scalar_invert(unsigned char *inverse, const unsigned char *s)
{
    int verdict = __real_crypto_core_ristretto255_scalar_invert(inverse, s);

    declared(&verdict, sizeof verdict);
    return verdict;
}

int __real_sodium_memcmp(const void *a, const void *b, size_t size);
int __wrap_sodium_memcmp(const void *a, const void *b, size_t size);
int __wrap_sodium_memcmp(const void *a, const void *b, size_t size)
{
    int verdict = __real_sodium_memcmp(a, b, size);

    declared(&verdict, sizeof verdict);
    return verdict;
}

int __real_sodium_is_zero(const unsigned char *bytes, size_t size);
int __wrap_sodium_is_zero(const unsigned char *bytes, size_t size);
int __wrap_sodium_is_zero(const unsigned char *bytes, size_t size)
{
    int verdict = __real_sodium_is_zero(bytes, size);

    declared(&verdict, sizeof verdict);
    return verdict;
}

void __real_psi_bytes_derive(const uint8_t *seed, const char *label, uint64_t index, uint8_t *out,
                             size_t size);
void __wrap_psi_bytes_derive(const uint8_t *seed, const char *label, uint64_t index, uint8_t *out,
                             size_t size);
void __wrap_psi_bytes_derive(const uint8_t *seed, const char *label, uint64_t index, uint8_t *out,
                             size_t size)
{
    __real_psi_bytes_derive(seed, label, index, out, size);
    if (strcmp(label, "order") == 0)
        declared(out, size);
}

/* ---- under valgrind ---- */

static unsigned errors_before;

static void watch(void)
{
    errors_before = (unsigned)VALGRIND_COUNT_ERRORS;
}

static unsigned seen(void)
{
    return (unsigned)VALGRIND_COUNT_ERRORS - errors_before;
}

#define ONLY_UNDER_VALGRIND()     \
    do {                          \
        if (!RUNNING_ON_VALGRIND) \
            skip();               \
    } while (0)

/* Without this the others would pass where the method does not work. */
static void a_branch_or_an_index_by_a_secret_is_seen(void **state)
{
    static const int table[2] = { 1, 2 };
    volatile int sum = 0;
    uint8_t byte = 1;

    (void)state;
    ONLY_UNDER_VALGRIND();
    watch();
    secret(&byte, 1);
    if (byte == 1)
        sum += 1;
    CHECK_INT(seen(), 1);
    sum += table[byte & 1];
    CHECK_INT(seen(), 2);
}

static void multiplying_deriving_and_inverting_are_constant(void **state)
{
    uint8_t seed[PSI_SEED_SIZE] = { 1 }, scalars[4][PSI_SCALAR_SIZE], inverses[4][PSI_SCALAR_SIZE];
    psi_element element, product;
    char key[] = "doc:QBZ:650018823";
    ent_err err = { 0 };
    ent_code rc;

    (void)state;
    ONLY_UNDER_VALGRIND();
    watch();
    secret(seed, sizeof seed);
    secret(key, sizeof key - 1);
    for (size_t i = 0; i < 4; i++)
        psi_scalar_derive(seed, "abcd" + i, scalars[i]);
    psi_scalars_invert(scalars, inverses, 4);
    element = psi_hash_to_group((ent_span){ key, sizeof key - 1 }, ENT_STR("test"));
    rc = psi_multiply(inverses[2], &element, &product, &err);
    CHECK_INT(rc, ENT_OK);
    CHECK(psi_scalar_valid(scalars[0]));
    CHECK_INT(seen(), 0);
}

static void a_set_is_made_and_doubled_in_constant_time(void **state)
{
    ent_arena *arena;
    uint8_t seed[PSI_SEED_SIZE] = { 2 };
    char keys[KEYS][16];
    ent_str texts[KEYS];
    psi_set set, theirs;
    psi_tag *tags;
    ent_err err = { 0 };

    (void)state;
    ONLY_UNDER_VALGRIND();
    arena = ent_arena_new((size_t)16 << 20);
    for (size_t i = 0; i < KEYS; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "doc:QBZ:%zu", 100 + i);
        texts[i] = (ent_str){ keys[i], strlen(keys[i]) };
        secret(keys[i], texts[i].size);
    }
    watch();
    secret(seed, sizeof seed);
    CHECK_OK(psi_set_make(arena, seed, ENT_STR("run"), texts, KEYS, NULL, &set, &err), &err);
    CHECK_INT(seen(), 0);
    declared(set.elements, set.count * PSI_ELEMENT_SIZE); /* they are sent */
    CHECK_OK(psi_set_read(arena, (ent_span){ set.elements, set.count * PSI_ELEMENT_SIZE },
                          set.count, NULL, NULL, &theirs, &err),
             &err);
    watch();
    CHECK_OK(psi_double(arena, seed, &theirs, NULL, &tags, &err), &err);
    CHECK_INT(seen(), 0);
    ent_arena_free(arena);
}

static void a_function_is_answered_proved_and_asked_in_constant_time(void **state)
{
    (void)state;
    ONLY_UNDER_VALGRIND();
    for (psi_oprf_mode mode = PSI_OPRF; mode <= PSI_POPRF; mode = (psi_oprf_mode)(mode + 1)) {
        uint8_t seed[PSI_SEED_SIZE] = { 3 }, key[PSI_SCALAR_SIZE], blind[PSI_SCALAR_SIZE];
        uint8_t nonce[PSI_SCALAR_SIZE], unblind[PSI_SCALAR_SIZE], proof[PSI_OPRF_PROOF];
        uint8_t output[PSI_OPRF_OUTPUT];
        char input[] = "tel:+999885550147";
        const ent_str text = { input, sizeof input - 1 };
        psi_element public, blinded, evaluated;
        psi_oprf_server server;
        psi_oprf_client client;
        ent_err err = { 0 };

        watch();
        secret(seed, sizeof seed);
        secret(input, sizeof input - 1);
        CHECK_OK(psi_oprf_key_derive(mode, seed, ENT_STR("info"), key, &public, &err), &err);
        declared(&public, sizeof public);
        CHECK_OK(psi_oprf_server_init(&server, mode, key, ENT_STR("info"), &err), &err);
        declared(&server.public, sizeof server.public);
        CHECK_OK(psi_oprf_client_init(&client, mode, &public, ENT_STR("info"), &err), &err);
        psi_scalar_derive(seed, "blind", blind);
        psi_scalar_derive(seed, "nonce", nonce);
        CHECK_OK(psi_oprf_blind(mode, text, blind, &blinded, &err), &err);
        declared(&blinded, sizeof blinded); /* sent */
        CHECK_OK(psi_oprf_answer(&server, &blinded, 1, nonce, &evaluated, proof, &err), &err);
        declared(&evaluated, sizeof evaluated); /* sent */
        declared(proof, sizeof proof);          /* sent */
        CHECK_OK(psi_oprf_check(&client, &blinded, &evaluated, 1, proof, &err), &err);
        psi_scalars_invert(&blind, &unblind, 1);
        CHECK_OK(psi_oprf_finalize(&client, text, unblind, &evaluated, output, &err), &err);
        CHECK_OK(psi_oprf_evaluate(&server, text, output, &err), &err);
        psi_oprf_server_wipe(&server);
        CHECK_INT(seen(), 0);
    }
}

/* Runs this program again under valgrind, if that is here; else every test says that it was skipped. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_branch_or_an_index_by_a_secret_is_seen),
        TEST(multiplying_deriving_and_inverting_are_constant),
        TEST(a_set_is_made_and_doubled_in_constant_time),
        TEST(a_function_is_answered_proved_and_asked_in_constant_time),
    };

    if (argc == 1 && !SANITIZED && !RUNNING_ON_VALGRIND) {
        (void)execlp("valgrind", "valgrind", "-q", "--log-file=/dev/null", argv[0], "again",
                     (char *)NULL);
        print_message("# skipped: valgrind is not here\n");
    }
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
