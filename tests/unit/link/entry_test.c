/* link/entry: one writing for each entry, and nothing else is one. */
#include "test.h"

#include "link/entry.h"

#define ROOM ((size_t)1 << 20)

static const char good[] =
    "{\"body\":\"00000000000000000000000000000000000000000000000000000000000000ff\",\"id\":"
    "\"3f2504e0-4f89-41d3-9a0c-0305e82c3301\",\"kind\":\"release\",\"seq\":12,\"time\":"
    "\"2024-11-08T19:42:00.000Z\",\"v\":1}";

static void an_entry_reads_back_as_it_was_written(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    link_entry entry;
    ent_str again;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(link_entry_read(arena, ent_str_of(good), &entry, &err), &err);
    CHECK_INT(entry.seq, 12);
    CHECK_INT(entry.kind, LINK_RELEASE);
    CHECK_STR(entry.id, "3f2504e0-4f89-41d3-9a0c-0305e82c3301");
    CHECK_INT(entry.body.bytes[31], 0xff);
    CHECK_OK(link_entry_write(arena, &entry, &again, &err), &err);
    CHECK_TEXT(again, good);
    ent_arena_free(arena);
}

/* `from` in the good entry becomes `to`; the message names the rule. */
static void wrong(const char *from, const char *to, const char *why)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const char *at = strstr(good, from);
    ent_err err = { 0 };
    link_entry entry;
    ent_str text;

    assert_non_null(at);
    text = ent_arena_printf(arena, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    CHECK_INT(link_entry_read(arena, text, &entry, &err), ENT_FORMAT);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.msg, why);
    ent_arena_free(arena);
}

static void whatever_is_not_exactly_an_entry_is_refused_with_the_member(void **state)
{
    (void)state;
    wrong("\"v\":1", "\"v\":0", "member 'v'");
    wrong("\"v\":1", "\"v\":1001", "member 'v'");
    wrong("\"seq\":12", "\"seq\":-1", "member 'seq'");
    wrong("\"seq\":12", "\"seq\":12.5", "member 'seq'");
    wrong("\"seq\":12", "\"seq\":99999999999", "member 'seq'");
    wrong("release", "Release", "member 'kind' of entry 12");
    wrong("release", "", "member 'kind' of entry 12");
    wrong("release", "a-kind-whose-name-has-32-letters", "member 'kind' of entry 12");
    wrong("3f2504e0", "3F2504E0", "member 'id' of entry 12");
    wrong("00ff", "00f", "entry 12");
    wrong("00ff", "00FF", "entry 12");
    wrong("2024-11-08", "2024-13-08", "entry 12");
    wrong(".000Z", "Z", "not in its canonical form");
    wrong("\"seq\":12", "\"seq\": 12", "not in its canonical form");
    wrong("\"v\":1", "\"v\":1,\"w\":1", "not in its canonical form");
    wrong("\"v\":1}", "\"v\":1}\n", "not in its canonical form");
    wrong("{\"body\"", "{\"\\u0062ody\"", "not in its canonical form");
}

/* The log of a newer node must verify here: the bytes are what is hashed. */
static void a_newer_kind_and_version_read_and_write_back(void **state)
{
    static const char newer[] =
        "{\"body\":\"00000000000000000000000000000000000000000000000000000000000000ff\","
        "\"id\":\"3f2504e0-4f89-41d3-9a0c-0305e82c3301\",\"kind\":\"tele-pathy\",\"seq\":12,"
        "\"time\":\"2024-11-08T19:42:00.000Z\",\"v\":2}";
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    link_entry entry;
    ent_str again;

    (void)state;
    CHECK_OK(link_entry_read(arena, ent_str_of(newer), &entry, &err), &err);
    CHECK_INT(entry.kind, LINK_UNKNOWN);
    CHECK_INT(entry.version, 2);
    CHECK_STR(entry.unknown, "tele-pathy");
    CHECK_STR(link_kind_name(entry.kind), "unknown");
    CHECK(!link_kind_urgent(entry.kind));
    CHECK_OK(link_entry_write(arena, &entry, &again, &err), &err);
    CHECK_TEXT(again, newer);
    ent_arena_free(arena);
}

static void every_kind_of_the_table_has_a_name_that_reads_back(void **state)
{
    link_kind kind;

    (void)state;
    for (int i = 0; i < LINK_KIND_COUNT; i++) {
        assert_true(link_kind_read(ent_str_of(link_kind_name((link_kind)i)), &kind));
        CHECK_INT(kind, i);
    }
    assert_false(link_kind_read(ENT_STR(""), &kind));
}

static void running_out_of_memory_fails_cleanly(void **state)
{
    bool done = false;

    (void)state;
    for (size_t fault = 0; !done; fault++) {
        ent_arena *arena = ent_arena_new(ROOM);
        link_entry entry;
        ent_err err = { 0 };

        ent_arena_fail_after(arena, fault);
        done = link_entry_read(arena, ent_str_of(good), &entry, &err) == ENT_OK;
        if (!done)
            CHECK_INT(err.code, ENT_LIMIT);
        ent_arena_free(arena);
    }
}

RUN_TESTS(TEST(an_entry_reads_back_as_it_was_written),
          TEST(whatever_is_not_exactly_an_entry_is_refused_with_the_member),
          TEST(a_newer_kind_and_version_read_and_write_back),
          TEST(a_newer_kind_and_version_read_and_write_back),
          TEST(every_kind_of_the_table_has_a_name_that_reads_back),
          TEST(running_out_of_memory_fails_cleanly))
