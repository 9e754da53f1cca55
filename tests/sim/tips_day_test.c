/* sim: a day of tips keeps its order and loses none.  `make bench BENCH=tips` does 10,000. */
#include "sim/tips_day.h"

static void a_day_of_tips_keeps_its_order_and_loses_none(void **state)
{
    tips_day day;

    (void)state;
    tips_day_run(300, true, &day);
    assert_int_equal(day.listed, 300);
    assert_int_equal(day.misplaced, 0);
    assert_int_equal(day.double_, 0);
    assert_int_equal(day.heard, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_of_tips_keeps_its_order_and_loses_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
