/* Patterns: what is one, how it is written back, what it matches. */
#include "test.h"

#include "stix/match.h"

#define ROOM ((size_t)64 << 20)

static const char *verdict(ent_arena *arena, const char *text)
{
    ent_err err = { 0 };

    return stix_pattern_check(arena, ent_str_of(text), ENT_STR_NONE, &err) == ENT_OK
               ? ""
               : (const char *)ent_arena_str(arena, ent_str_of(err.msg)).ptr;
}

static void a_pattern_that_is_none_says_where(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(verdict(arena, "[a:b = 1]"), "");
    CHECK_STR(verdict(arena, "a:b = 1"), "column 1: '[' or '(' is wanted [STIX 2.1 s9]");
    CHECK_STR(verdict(arena, "[a:b = ]"), "column 8: a constant is wanted [STIX 2.1 s9]");
    CHECK_STR(verdict(arena, "[a:b > true]"),
              "column 8: true and false have no order [STIX 2.1 s9]");
    CHECK_STR(verdict(arena, "[\xc3\xa4:b = 1]"),
              "column 2: the type of an object is wanted [STIX 2.1 s9]");
    CHECK_STR(verdict(arena, "[a:b = 1] REPEATS 1 TIMES REPEATS 2 TIMES"),
              "column 27: an observation expression has two qualifiers of this kind [STIX 2.1 s9]");
    ent_arena_free(arena);
}

static void nesting_is_bounded_and_width_is_not(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_buf deep, wide;
    ent_err err = { 0 };

    (void)state;
    ent_buf_init(&deep, arena);
    ent_buf_init(&wide, arena);
    for (int i = 0; i < 1000; i++)
        ent_buf_byte(&deep, '(');
    ent_buf_c(&wide, "[a:b = 0");
    for (int i = 0; i < 20000; i++)
        ent_buf_printf(&wide, " OR a:b = %d", i);
    ent_buf_byte(&wide, ']');
    CHECK_INT(stix_pattern_check(arena, (ent_str){ deep.ptr, deep.size }, ENT_STR_NONE, &err),
              ENT_LIMIT);
    CHECK_OK(stix_pattern_check(arena, (ent_str){ wide.ptr, wide.size }, ENT_STR_NONE, &err), &err);
    ent_arena_free(arena);
}

static void a_pattern_is_written_with_the_parentheses_it_needs(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    stix_node *pattern;
    size_t column;
    ent_buf buf;

    (void)state;
    CHECK_OK(stix_pattern_read(arena, ENT_STR("(  [ (a:b=1)and:c = 2 OR a:'x y'.c[*]!=h'0F'] )"),
                               &pattern, &column, &err) == ENT_OK
                 ? ENT_BUG
                 : ENT_OK,
             &err);
    CHECK_OK(stix_pattern_read(arena,
                               ENT_STR("(([ (a:b==1) AND (c:d<>2 OR a:'x y'.c[*]!=h'0F')]) OR [e:f "
                                       "IN (1,2)]) FOLLOWEDBY ([g:h=true] FOLLOWEDBY [i:j LIKE "
                                       "'%'] WITHIN 5 SECONDS)"),
                               &pattern, &column, &err),
             &err);
    ent_buf_init(&buf, arena);
    stix_pattern_write(pattern, &buf);
    CHECK_STR(buf.ptr, "[a:b = 1 AND (c:d != 2 OR a:'x y'.c[*] != h'0F')] OR [e:f IN (1, 2)] "
                       "FOLLOWEDBY ([g:h = true] FOLLOWEDBY [i:j LIKE '%'] WITHIN 5 SECONDS)");
    ent_arena_free(arena);
}

/* Three observations, ten seconds apart: a file with a list, its directory, an address. */
static const char seen[] =
    "{\"type\":\"bundle\",\"objects\":["
    "{\"type\":\"file\",\"id\":\"f\",\"name\":\"a.exe\",\"size\":5,\"x_list\":[1,2],"
    "\"parent_directory_ref\":\"d\",\"magic_number_hex\":\"ffd8\"},"
    "{\"type\":\"directory\",\"id\":\"d\",\"path\":\"C:\\\\x\\ny\"},"
    "{\"type\":\"ipv4-addr\",\"id\":\"i\",\"value\":\"10.1.2.0/24\"},"
    "{\"type\":\"observed-data\",\"id\":\"o1\",\"number_observed\":9,\"first_observed\":"
    "\"2020-01-01T00:00:00Z\",\"last_observed\":\"2020-01-01T00:00:00Z\",\"object_refs\":[\"f\","
    "\"d\"]},"
    "{\"type\":\"observed-data\",\"id\":\"o2\",\"number_observed\":1,\"first_observed\":"
    "\"2020-01-01T00:00:10Z\",\"last_observed\":\"2020-01-01T00:00:10Z\",\"object_refs\":[\"f\"]},"
    "{\"type\":\"observed-data\",\"id\":\"o3\",\"number_observed\":1,\"first_observed\":"
    "\"2020-01-01T00:00:20Z\",\"last_observed\":\"2020-01-01T00:00:20Z\",\"object_refs\":[\"i\"]}]"
    "}";

static ent_code matched(ent_arena *arena, const char *text, bool *yes, ent_err *err)
{
    stix_observations *observations = stix_observations_new(arena);
    stix_match_result result;
    stix_node *pattern;
    stix_matcher *matcher;
    ent_json bundle;
    size_t column;

    *yes = false;
    if (observations == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, ent_str_of(seen), &bundle, err));
    ENT_TRY(stix_observations_add_all(observations, bundle, err));
    ENT_TRY(stix_pattern_read(arena, ent_str_of(text), &pattern, &column, err));
    ENT_TRY(stix_matcher_new(arena, pattern, &matcher, err));
    ENT_TRY(stix_match(matcher, observations, arena, &result, err));
    *yes = result.matched;
    return ENT_OK;
}

static void patterns_match_as_the_specification_says(void **state)
{
    static const struct {
        const char *pattern;
        bool match;
    } cases[] = {
        { "[file:name = 'a.exe']", true },
        { "[file:name = 'A.exe']", false },
        { "[file:size > 4 AND file:size <= 5.0]", true },
        { "[file:size = '5']", false },
        { "[file:size != '5']", true },
        { "[file:size NOT < '5']", true },
        { "[file:nothing NOT = 1]", false },
        { "[NOT EXISTS file:nothing]", true },
        { "[EXISTS file:x_list[1]]", true },
        { "[file:x_list[*] = 2]", true },
        { "[file:x_list = 2]", false },
        { "[file:magic_number_hex = b'/9g=']", true },
        { "[file:magic_number_hex = 'ffd8']", false },
        { "[file:parent_directory_ref.path MATCHES 'x.y$']", true },
        { "[file:parent_directory_ref.path LIKE 'C:%y']", true },
        { "[file:name IN ('b', 'a.exe')]", true },
        { "[ipv4-addr:value ISSUBSET '10.0.0.0/8']", true },
        { "[ipv4-addr:value ISSUPERSET '10.1.2.3']", true },
        { "[ipv4-addr:value ISSUBSET '2001::/16']", false },
        { "[file:size = 5] AND [file:size = 5]", true },
        { "[file:size = 5] REPEATS 3 TIMES", false }, /* number_observed does not count */
        { "[file:size = 5] FOLLOWEDBY [ipv4-addr:value LIKE '10.%']", true },
        { "[ipv4-addr:value LIKE '10.%'] FOLLOWEDBY [file:size = 5]", false },
        { "([file:size = 5] AND [ipv4-addr:value LIKE '10.%']) WITHIN 10 SECONDS", false },
        { "([file:size = 5] AND [ipv4-addr:value LIKE '10.%']) WITHIN 10.5 SECONDS", true },
        { "[file:size = 5] START t'2020-01-01T00:00:10Z' STOP t'2020-01-01T00:00:11Z'", true },
        { "[file:size = 5] START t'2020-01-01T00:00:01Z' STOP t'2020-01-01T00:00:10Z'", false },
        { "([file:size = 1] OR [ipv4-addr:value LIKE '1%']) AND [file:size = 5]", true },
        { "[directory:path = 'none' AND file:size = 5]", false },
    };
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ent_arena *arena = ent_arena_new(ROOM);
        bool yes;

        CHECK_OK(matched(arena, cases[i].pattern, &yes, &err), &err);
        if (yes != cases[i].match)
            fail_msg("%s: %d", cases[i].pattern, yes);
        ent_arena_free(arena);
    }
}

/* The reference ends only at an object that this observation names. */
static void a_reference_is_followed_only_within_the_observation(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    bool yes;

    (void)state;
    CHECK_OK(
        matched(arena, "[file:parent_directory_ref.path LIKE '%'] REPEATS 2 TIMES", &yes, &err),
        &err);
    CHECK(!yes);
    ent_arena_free(arena);
}

static void a_pattern_that_cannot_be_matched_is_an_error(void **state)
{
    static const char *const patterns[] = {
        "[file:name MATCHES '(']",
        "[file:name IN (1, 'a')]",
        "[file:size = 5] WITHIN 0 SECONDS",
        "[ipv4-addr:value ISSUBSET 'x']",
        "[file:name = t'2020-01-01T00:00:00Z']",
    };
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        ent_arena *arena = ent_arena_new(ROOM);
        bool yes;

        CHECK_INT(matched(arena, patterns[i], &yes, &err), ENT_FORMAT);
        ent_arena_free(arena);
    }
}

static void a_regular_expression_cannot_run_away(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    stix_observations *observations = stix_observations_new(arena);
    stix_match_result result;
    stix_node *pattern;
    stix_matcher *matcher;
    ent_json object;
    size_t column;

    (void)state;
    CHECK_OK(
        ent_json_read(arena,
                      ENT_STR("[{\"type\":\"a\",\"id\":\"a\",\"b\":"
                              "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"},{\"type\":"
                              "\"observed-data\",\"id\":\"o\",\"number_observed\":1,\"first_"
                              "observed\":\"2020-01-01T00:00:00Z\",\"last_observed\":\"2020-01-"
                              "01T00:00:00Z\",\"object_refs\":[\"a\"]}]"),
                      &object, &err),
        &err);
    CHECK_OK(stix_observations_add_all(observations, object, &err), &err);
    CHECK_OK(stix_pattern_read(arena, ENT_STR("[a:b MATCHES '^(a|a)*b$|^((a+)+)+$']"), &pattern,
                               &column, &err),
             &err);
    CHECK_OK(stix_matcher_new(arena, pattern, &matcher, &err), &err);
    CHECK_INT(stix_match(matcher, observations, arena, &result, &err), ENT_LIMIT);
    ent_arena_free(arena);
}

static bool sweep(ent_arena *arena)
{
    ent_err err = { 0 };
    bool yes;

    if (arena == NULL)
        return true;
    return matched(arena,
                   "([file:name LIKE '\xc3\xa4%' OR file:name MATCHES 'exe'] FOLLOWEDBY "
                   "[ipv4-addr:value ISSUBSET '10.0.0.0/8']) WITHIN 100 SECONDS",
                   &yes, &err) == ENT_OK &&
           yes;
}

static void every_failed_allocation_is_an_error_and_no_answer(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, sweep(arena));
}

RUN_TESTS(TEST(a_pattern_that_is_none_says_where), TEST(nesting_is_bounded_and_width_is_not),
          TEST(a_pattern_is_written_with_the_parentheses_it_needs),
          TEST(patterns_match_as_the_specification_says),
          TEST(a_reference_is_followed_only_within_the_observation),
          TEST(a_pattern_that_cannot_be_matched_is_an_error),
          TEST(a_regular_expression_cannot_run_away),
          TEST(every_failed_allocation_is_an_error_and_no_answer))
