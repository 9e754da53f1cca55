/* Lessons of the mission notes on the names of the story in the program. */
#include "test.h"

#include "base/text.h"
#include "demo/demo.h"
#include "demo/story.h"
#include "names/names.h"

#define ROOM ((size_t)128 << 20)

static ent_arena *arena;
static story s;

static int set_up(void **state)
{
    ent_err err = { 0 };

    (void)state;
    arena = ent_arena_new(ROOM);
    CHECK_OK(demo_story_read(arena, demo_story_embedded(), &s, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ent_arena_free(arena);
    return 0;
}

static names_decision decided(ent_str a, ent_str born_a, ent_str b, ent_str born_b)
{
    names_record one = { .id = ENT_STR("a"),
                         .schema = ENT_STR("person"),
                         .names = &a,
                         .name_count = 1,
                         .births = &born_a,
                         .birth_count = born_a.size > 0 };
    names_record two = { .id = ENT_STR("b"),
                         .schema = ENT_STR("person"),
                         .names = &b,
                         .name_count = 1,
                         .births = &born_b,
                         .birth_count = born_b.size > 0 };

    return names_compare(&one, &two).decision;
}

static void BOS_1_every_spelling_of_the_story_is_decided_as_expected(void **state)
{
    static const char *const names[] = { "NO", "REVIEW", "MATCH" };

    (void)state;
    assert_true(s.names_count > 0);
    for (size_t i = 0; i < s.names_count; i++) {
        const story_names *n = &s.names[i];

        assert_true(ent_str_is(n->expect, names[decided(n->a, n->dob_a, n->b, n->dob_b)]));
    }
}

/* Whole letters of UTF-8 are left out, one at a time, of names of two words and more. */
static void DET_1_a_dropped_letter_is_at_least_a_review(void **state)
{
    size_t tried = 0, missed = 0;

    (void)state;
    for (size_t i = 0; i < s.entity_count; i++) {
        const story_entity *e = &s.entities[i];

        for (size_t k = 0; e->type == STORY_PERSON && e->dob.size == 10 && k < e->names.count;
             k++) {
            ent_str name = e->names.items[k];

            for (size_t at = 0; at < name.size;) {
                size_t from = at;
                char *cut = ent_arena_alloc(arena, name.size + 1);
                ent_str shorter = { cut, 0 };

                assert_non_null(cut);
                if (ent_utf8_next(name, &at) == ' ')
                    continue;
                memcpy(cut, name.ptr, from);
                memcpy(cut + from, name.ptr + at, name.size - at);
                shorter.size = name.size - (at - from);
                tried++;
                if (decided(name, e->dob, shorter, e->dob) == NAMES_DIFFERENT) {
                    missed++;
                    print_message("not found: '%.*s' as '%.*s'\n", ENT_STR_ARG(name),
                                  ENT_STR_ARG(shorter));
                }
            }
        }
    }
    assert_true(tried > 300);
    assert_int_equal(missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(BOS_1_every_spelling_of_the_story_is_decided_as_expected),
        cmocka_unit_test(DET_1_a_dropped_letter_is_at_least_a_review),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
