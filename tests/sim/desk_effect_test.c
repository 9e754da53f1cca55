/* sim: what a draft will do is said in one sentence, from what would leave. */
#include "test.h"

#include "desk/effect.h"

static const char *words(ent_arena *arena, const desk_draft_look *look)
{
    ent_err err = { 0 };
    ent_str text;

    CHECK_OK(desk_effect_words(arena, look, &text, &err), &err);
    return ent_arena_str(arena, text).ptr;
}

static void IBR_1_what_a_draft_does_is_one_sentence_from_what_leaves(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    desk_gate_object objects[] = {
        { .type = ENT_STR("identity"),
          .label = { .complete = true, .category = POLICY_SUSPECT, .retention_last = 20000 } },
        { .type = ENT_STR("phone-number"),
          .label = { .complete = true, .category = POLICY_SUSPECT, .retention_last = 20031 } },
        { .type = ENT_STR("identity"),
          .label = { .complete = true, .category = POLICY_WITNESS, .retention_last = 19000 } },
    };
    desk_draft_look look = { .state = ENT_STR("open"),
                             .peer = ENT_STR("SVB"),
                             .purpose = ENT_STR("CT-INV"),
                             .result = { .objects = objects, .count = 2 } };

    (void)state;
    CHECK_STR(words(arena, &look), "this gives SVB 2 facts, about 1 person (suspect), for CT-INV, "
                                   "to be kept until 2024-11-04 at the latest");
    look.result.count = 3;
    look.tearline = ENT_STR("x");
    CHECK_STR(words(arena, &look),
              "this gives SVB 3 facts, about 2 persons (suspect, witness), for CT-INV, with a text "
              "for others, to be kept until 2024-11-04 at the latest");
    objects[1].label.complete = false;
    look.result.count = 1;
    look.tearline = ENT_STR("");
    objects[0].type = ENT_STR("vehicle");
    objects[0].label.complete = false;
    CHECK_STR(words(arena, &look), "this gives SVB 1 fact, for CT-INV");
    look.refused = ENT_STR("[purpose]");
    CHECK_STR(words(arena, &look), "this gives nothing to anybody: it cannot leave");
    look.refused = (ent_str){ 0 };
    look.state = ENT_STR("sent");
    CHECK_STR(words(arena, &look), "this gives nothing to anybody: it is not open");
    ent_arena_free(arena);
}

RUN_TESTS(cmocka_unit_test(IBR_1_what_a_draft_does_is_one_sentence_from_what_leaves))
