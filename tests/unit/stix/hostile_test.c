/* The files of ../shared/corpus/hostile/stix-hostile that are no archives: what is proposed there
 * to be refused is, and what may come in does, with the exceptions of doc/design/stix-disputed.md. */
#include "test.h"

#include "stix/check.h"
#include "stix/stream.h"
#include "stix/together.h"

#define HOSTILE "../shared/corpus/hostile/stix-hostile/"

/* Is everything in the file valid? */
static bool accepted(const char *path)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 30), *memory = ent_arena_new((size_t)256 << 20);
    size_t size, errors = 0;
    char *text = test_file(path, &size);
    stix_together *together = stix_together_new(arena);
    stix_stream *stream;
    stix_report report;
    stix_item item;
    ent_err err = { 0 };
    bool more = true;
    ent_code rc;

    assert_non_null(together);
    CHECK_OK(stix_stream_new(arena, (ent_str){ text, size }, &stream, &err), &err);
    while ((rc = stix_stream_next(stream, &item, &more, &err)) == ENT_OK && more) {
        ent_arena_reset(memory);
        stix_report_init(&report, memory);
        stix_check_in(item.value, item.old, &report);
        if (item.at != STIX_NOWHERE)
            CHECK_OK(stix_together_add(together, item.value, &report, &err), &err);
        errors += report.errors;
    }
    stix_stream_free(stream);
    ent_arena_free(memory);
    ent_arena_free(arena);
    free(text);
    return rc == ENT_OK && errors == 0;
}

static bool disputed(ent_str name)
{
    static const char *const names[] = { "id_uppercase.json", "report_20k_refs.json",
                                         "jsonl_two_docs.json" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ent_str_is(name, names[i]))
            return true;
    return false;
}

static void hostile_files_are_judged_as_proposed(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    size_t size, count = 0, wrong = 0;
    ent_err err = { 0 };
    ent_json json;
    char *text;

    (void)state;
    SHARED_OR_SKIP("corpus/hostile/stix-hostile/EXPECT.json");
    text = test_file(HOSTILE "EXPECT.json", &size);
    CHECK_OK(ent_json_read(arena, (ent_str){ text, size }, &json, &err), &err);
    for (ent_json f = ent_json_first(ent_json_get(json, "files")); f.doc != NULL;
         f = ent_json_next(f)) {
        ent_str name = ent_json_name(f), expect = ent_json_get_text(f, "expect");
        bool refuse =
            ent_str_starts(expect, ENT_STR("reject")) || ent_str_is(expect, "withhold-object");

        if (disputed(name) || (name.size > 3 && memcmp(name.ptr + name.size - 3, ".gz", 3) == 0))
            continue;
        if (ent_str_is(name, "granular_on_id.json"))
            continue; /* sound STIX; withheld by policy (tests/unit/policy/label_test.c) */
        count++;
        if (accepted(ent_arena_printf(arena, HOSTILE "%.*s", ENT_STR_ARG(name)).ptr) != refuse)
            continue;
        wrong++;
        print_message("# %.*s: not %.*s\n", ENT_STR_ARG(name), ENT_STR_ARG(expect));
    }
    print_message("# hostile: %zu of %zu\n", count - wrong, count);
    CHECK(count > 45);
    CHECK_INT(wrong, 0);
    ent_arena_free(arena);
    free(text);
}

RUN_TESTS(TEST(hostile_files_are_judged_as_proposed))
