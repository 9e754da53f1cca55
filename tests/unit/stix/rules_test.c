/* The rules of STIX 2.1, gone through property by property in the text and not in our tables:
 * tests/vectors/stix-rules.jsonl has an object a line, with what the text says of it. */
#include "test.h"

#include "stix/check.h"

static void each_object_is_judged_as_the_text_says(void **state)
{
    size_t size, count = 0, wrong = 0;
    char *text = test_file("tests/vectors/stix-rules.jsonl", &size);
    ent_arena *arena = ent_arena_new((size_t)16 << 20);

    (void)state;
    for (char *line = text, *end; *line != '\0'; line = end + 1) {
        ent_err err = { 0 };
        stix_report report;
        ent_json row;

        end = strchr(line, '\n');
        assert_non_null(end);
        ent_arena_reset(arena);
        CHECK_OK(ent_json_read(arena, (ent_str){ line, (size_t)(end - line) }, &row, &err), &err);
        stix_report_init(&report, arena);
        stix_check(ent_json_get(row, "object"), &report);
        count++;
        if ((report.errors == 0) == ent_json_true(ent_json_get(row, "valid")))
            continue;
        wrong++;
        print_message("# line %zu, %.*s: judged %s\n", count,
                      ENT_STR_ARG(ent_json_get_text(row, "why")),
                      report.errors == 0 ? "valid" : "not valid");
    }
    print_message("# %zu objects\n", count);
    CHECK(count > 400);
    CHECK_INT(wrong, 0);
    ent_arena_free(arena);
    free(text);
}

RUN_TESTS(TEST(each_object_is_judged_as_the_text_says))
