/* console/challenge: what a key is asked to sign holds for minutes, is ours, and is good once. */
#include "test.h"

#include "console/challenge_int.h"

static int64_t time_now;
static uint8_t chance;

static int64_t now(void *arg)
{
    (void)arg;
    return time_now;
}

static void counted(void *arg, void *bytes, size_t size)
{
    (void)arg;
    memset(bytes, ++chance, size);
}

static console_challenges *fresh(void)
{
    const console_host host = { .now = now, .random = counted };
    console_challenges *c = console_challenges_new(&host, CHALLENGE_LIFE);

    assert_non_null(c);
    time_now = 1000;
    return c;
}

static void a_challenge_is_good_for_one_answer(void **state)
{
    console_challenges *c = fresh();
    uint8_t one[WEBAUTHN_CHALLENGE], two[WEBAUTHN_CHALLENGE];

    (void)state;
    console_challenge_make(c, one);
    console_challenge_make(c, two);
    CHECK(memcmp(one, two, sizeof one) != 0);
    CHECK(console_challenge_holds(c, one)); /* as often as it is looked at */
    CHECK(console_challenge_holds(c, one));
    CHECK(console_challenge_take(c, one));
    CHECK(!console_challenge_holds(c, one));
    CHECK(!console_challenge_take(c, one));
    CHECK(console_challenge_holds(c, two));
    console_challenges_free(c);
}

static void it_holds_for_minutes(void **state)
{
    console_challenges *c = fresh();
    uint8_t one[WEBAUTHN_CHALLENGE];

    (void)state;
    console_challenge_make(c, one);
    time_now += CHALLENGE_LIFE;
    CHECK(console_challenge_holds(c, one));
    time_now++;
    CHECK(!console_challenge_holds(c, one));
    time_now = 999; /* before it was made */
    CHECK(!console_challenge_holds(c, one));
    console_challenges_free(c);
}

static void no_bit_of_it_can_be_another(void **state)
{
    console_challenges *c = fresh(), *other = fresh();
    uint8_t one[WEBAUTHN_CHALLENGE];

    (void)state;
    console_challenge_make(c, one);
    CHECK(!console_challenge_holds(other, one)); /* another process has another secret */
    for (size_t bit = 0; bit < sizeof one * 8; bit++) {
        one[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!console_challenge_holds(c, one));
        one[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK(console_challenge_holds(c, one));
    console_challenges_free(c);
    console_challenges_free(other);
}

static void what_follows_from_it_only_this_process_knows(void **state)
{
    console_challenges *c = fresh(), *other = fresh();
    uint8_t one[WEBAUTHN_CHALLENGE], a[CHALLENGE_DERIVED], b[CHALLENGE_DERIVED];

    (void)state;
    console_challenge_make(c, one);
    console_challenge_derive(c, one, 1, a);
    console_challenge_derive(c, one, 1, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
    console_challenge_derive(c, one, 2, b); /* for something else */
    CHECK(memcmp(a, b, sizeof a) != 0);
    console_challenge_derive(other, one, 1, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    one[3] ^= 1;
    console_challenge_derive(c, one, 1, b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    console_challenges_free(c);
    console_challenges_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_challenge_is_good_for_one_answer),
        cmocka_unit_test(it_holds_for_minutes),
        cmocka_unit_test(no_bit_of_it_can_be_another),
        cmocka_unit_test(what_follows_from_it_only_this_process_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
