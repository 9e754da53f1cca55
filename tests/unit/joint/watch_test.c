/* joint/watch: against every alert compared by hand. */
#include "test.h"

#include "joint/watch.h"

#include <sodium.h>

#define ROOM   ((size_t)256 << 20)
#define ALERTS 60

static const uint8_t seed[16] = { 5 };
static const char *const names[] = { "Elkhan Juran",    "DZHURANAEV ELKHAN", "Oxana Drevlian",
                                     "Nabil Farsoun",   "Maud Lescarne",     "Anouar Zeddouri",
                                     "Juranaev Elkhan", "Farsun Nabil" };
static const char *const births[] = { "1991-03-07", "1988-07-03", "1994-12-11", NULL };

struct person {
    ent_str name[1], birth[1], key[1];
    names_record record;
    joint_trace trace;
};

static void person_make(struct person *p, uint32_t number)
{
    static const char *const keys[] = { "doc:QV:1", "doc:QV:2", "doc:QV:3", "doc:QV:4" };
    const char *birth = births[number / 8 % 4];

    *p = (struct person){ .name = { ent_str_of(names[number % 8]) },
                          .birth = { ent_str_of(birth) },
                          .key = { ent_str_of(keys[number / 5 % 4]) } };
    p->record = (names_record){ .schema = ENT_STR("person"),
                                .names = p->name,
                                .name_count = 1,
                                .births = p->birth,
                                .birth_count = birth != NULL };
    p->trace = (joint_trace){ p->key, number % 3 == 0, number % 4 != 3 ? &p->record : NULL };
}

/* What one alert and one sighting come to; -1: nothing. */
static int by_hand(const struct person *alert, const struct person *seen)
{
    names_decision decision = NAMES_DIFFERENT;

    for (size_t i = 0; i < alert->trace.key_count; i++)
        for (size_t j = 0; j < seen->trace.key_count; j++)
            if (ent_str_equal(alert->key[i], seen->key[j]))
                return JOINT_FOUND_KEY;
    if (alert->trace.person != NULL && seen->trace.person != NULL)
        decision = names_compare(&alert->record, &seen->record).decision;
    if (decision == NAMES_DIFFERENT)
        return -1;
    return decision == NAMES_SAME && alert->record.birth_count > 0 ? JOINT_FOUND_NAME
                                                                   : JOINT_FOUND_REVIEW;
}

static void every_alert_is_found_that_comparing_each_would_find(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    static struct person alerts[ALERTS];
    joint_watch *watch = joint_watch_new(arena, seed);
    ent_err err = { 0 };
    size_t found = 0, missed = 0;

    (void)state;
    assert_true(sodium_init() >= 0);
    for (uint32_t i = 0; i < ALERTS; i++) {
        person_make(&alerts[i], i * 7);
        CHECK_OK(joint_watch_add(watch, &alerts[i].trace, &err), &err);
    }
    CHECK_OK(joint_watch_seal(watch, &err), &err);
    for (uint32_t i = 0; i < 120; i++) {
        struct person seen;
        joint_sight *sights;
        size_t count, at = 0;

        person_make(&seen, i * 11 + 3);
        CHECK_OK(joint_watch_ask(watch, arena, &seen.trace, &sights, &count, &err), &err);
        for (uint32_t j = 0; j < ALERTS; j++) {
            int expected = by_hand(&alerts[j], &seen);

            bool there = at < count && sights[at].alert == j;

            /* A mere likeness may share no key; nothing else is missed, and nothing invented. */
            missed += expected == JOINT_FOUND_REVIEW && !there;
            if (expected < 0 || (expected == JOINT_FOUND_REVIEW && !there)) {
                CHECK(!there);
                continue;
            }
            CHECK(there);
            CHECK_INT(sights[at].found, expected);
            at++;
        }
        CHECK_INT(at, count);
        found += count;
    }
    CHECK(found > 100);
    CHECK(missed < found);
    ent_arena_free(arena);
}

static void an_empty_watch_finds_nothing(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    joint_watch *watch = joint_watch_new(arena, seed);
    struct person seen;
    joint_sight *sights;
    ent_err err = { 0 };
    size_t count;

    (void)state;
    person_make(&seen, 0);
    CHECK_OK(joint_watch_seal(watch, &err), &err);
    CHECK_OK(joint_watch_ask(watch, arena, &seen.trace, &sights, &count, &err), &err);
    CHECK_INT(count, 0);
    ent_arena_free(arena);
}

static bool all_of_it(ent_arena *arena)
{
    joint_watch *watch = joint_watch_new(arena, seed);
    struct person p;
    joint_sight *sights;
    ent_err err = { 0 };
    size_t count;

    person_make(&p, 0);
    if (watch == NULL)
        return false;
    if (joint_watch_add(watch, &p.trace, &err) != ENT_OK ||
        joint_watch_seal(watch, &err) != ENT_OK ||
        joint_watch_ask(watch, arena, &p.trace, &sights, &count, &err) != ENT_OK) {
        CHECK_INT(err.code, ENT_LIMIT);
        return false;
    }
    CHECK_INT(count, 1);
    return true;
}

static void memory_that_ends_is_reported_everywhere(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, all_of_it(arena));
}

RUN_TESTS(cmocka_unit_test(every_alert_is_found_that_comparing_each_would_find),
          cmocka_unit_test(an_empty_watch_finds_nothing),
          cmocka_unit_test(memory_that_ends_is_reported_everywhere))
