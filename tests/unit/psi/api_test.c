/* Two sides through the public header alone. */
#include <entente/psi.h>

#include "test.h"

static const char *const a_keys[] = { "doc:QBZ:1", "doc:QBZ:2", "tel:+111" };
static const char *const b_keys[] = { "tel:+111", "doc:QBZ:9", "doc:QBZ:1", "doc:QBZ:7" };

static void both_find_what_both_hold(void **state)
{
    static const uint8_t seed_a[PSI_API_SEED] = { 1 }, seed_b[PSI_API_SEED] = { 2 };
    psi_api_keys a = { seed_a, "run", a_keys, 3 }, b = { seed_b, "run", b_keys, 4 };
    uint8_t set_a[16 * PSI_API_ELEMENT], set_b[16 * PSI_API_ELEMENT], root_a[PSI_API_ROOT],
        root_b[PSI_API_ROOT], a_by_b[16 * PSI_API_TAG], b_by_a[16 * PSI_API_TAG], common[4];
    char why[256];

    (void)state;
    CHECK_INT(psi_api_elements(3), 16);
    CHECK_INT(psi_api_elements(17), 32);
    CHECK_INT(psi_api_set(&a, set_a, root_a, why, sizeof why), 0);
    CHECK_INT(psi_api_set(&b, set_b, root_b, why, sizeof why), 0);
    CHECK_INT(psi_api_double(&b, set_a, 16, root_a, a_by_b, why, sizeof why), 0);
    CHECK_INT(psi_api_double(&a, set_b, 16, root_b, b_by_a, why, sizeof why), 0);
    CHECK_INT(psi_api_common(&a, a_by_b, b_by_a, 16, common, why, sizeof why), 0);
    CHECK(common[0] == 1 && common[1] == 0 && common[2] == 1);
    CHECK_INT(psi_api_common(&b, b_by_a, a_by_b, 16, common, why, sizeof why), 0);
    CHECK(common[0] == 1 && common[1] == 0 && common[2] == 1 && common[3] == 0);
    /* Another set than was committed to; a bad element. */
    CHECK_INT(psi_api_double(&b, set_b, 16, root_a, a_by_b, why, sizeof why), 3);
    CHECK_STR(why, "a match set is not the one that was committed to");
    memset(set_a, 0xff, 32);
    CHECK_INT(psi_api_double(&b, set_a, 16, root_a, a_by_b, why, sizeof why), 3);
    CHECK_INT(psi_api_double(&b, set_a, 15, root_a, a_by_b, why, sizeof why), 1);
}

static void a_key_must_be_canonical(void **state)
{
    static const char *const loose[] = { "tel:+1 11" };
    static const uint8_t seed[PSI_API_SEED] = { 1 };
    psi_api_keys a = { seed, "run", loose, 1 };
    uint8_t set[16 * PSI_API_ELEMENT], root[PSI_API_ROOT];
    char out[256];

    (void)state;
    CHECK_INT(psi_api_set(&a, set, root, out, sizeof out), 1);
    CHECK_STR(out, "the key 'tel:+1 11' is not canonical, 'tel:+111' is");
    CHECK_INT(psi_api_key("tel:+999 88 555 0147", out, sizeof out), 0);
    CHECK_STR(out, "tel:+999885550147");
    CHECK_INT(psi_api_key("nonsense", out, sizeof out), 1);
    CHECK_INT(psi_api_key("tel:+999 88 555 0147", out, 5), 2);
}

RUN_TESTS(TEST(both_find_what_both_hold), TEST(a_key_must_be_canonical))
