/* demo/story: what a story may say, and how a wrong one is refused. */
#include "test.h"

#include "demo/demo.h"
#include "demo/story.h"

#define ROOM ((size_t)64 << 20)

#define SERVICES \
    "\"services\":[{\"id\":\"one\",\"code\":\"ONE\"},{\"id\":\"two\",\"code\":\"two\"}]"
#define ROW(id, more) "{\"id\":\"" id "\",\"type\":\"person\",\"mark\":\"M\"" more "}"
#define HOLDINGS \
    "\"entities\":{\"one\":[" ROW("a", "") "," ROW("b", "") "],\"two\":[" ROW("c", "") "]}"

static ent_code read_story(ent_arena *arena, const char *text, story *s, ent_err *err)
{
    return demo_story_read(arena, ent_str_of(text), s, err);
}

static void the_story_in_the_program_is_read(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    story s;

    (void)state;
    CHECK_OK(demo_story_read(arena, demo_story_embedded(), &s, &err), &err);
    CHECK_INT(s.service_count, 3);
    CHECK_INT(s.entity_count, 135);
    CHECK_INT(s.link_count, 133);
    CHECK_INT(s.hit_count, 17);
    CHECK_INT(s.release_count, 7);
    CHECK_INT(s.names_count, 28);
    CHECK_INT(demo_story_day(&s), ent_day_of(2024, 11, 30));
    CHECK_TEXT(s.entities[demo_story_entity_find(&s, ENT_STR("C-P05"))].label,
               "DZHURANAEV ELKHAN (API)");
    CHECK(demo_story_entity_find(&s, ENT_STR("nobody")) == SIZE_MAX);
    ent_arena_free(arena);
}

static void a_story_without_truth_is_a_story(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    story s;

    (void)state;
    CHECK_OK(read_story(arena, "{" SERVICES "," HOLDINGS ",\"unknown\":[1]}", &s, &err), &err);
    CHECK(!s.has_hits && !s.has_releases && !s.has_canaries && !s.has_no_path);
    CHECK_INT(s.entity_count, 3);
    CHECK_INT(s.entities[2].service, 1);
    CHECK_TEXT(s.services[0].code, "ONE");
    CHECK_TEXT(s.services[1].code, "S2"); /* "two" is no code that a node can have */
    CHECK_TEXT(s.services[1].name, "S2");
    ent_arena_free(arena);
}

static void a_pair_is_told_by_the_order_of_services(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    story s;

    (void)state;
    CHECK_OK(read_story(arena,
                        "{" SERVICES "," HOLDINGS
                        ",\"expected_hits\":[{\"pair\":[\"two\",\"one\"],\"key\":\"tel:1\","
                        "\"first\":[\"c\"],\"second\":[\"b\",\"a\"],\"status\":\"hit\"}]}",
                        &s, &err),
             &err);
    CHECK_INT(s.hits[0].pair[0], 0);
    CHECK_TEXT(s.hits[0].side[0].items[0], "a");
    CHECK_TEXT(s.hits[0].side[1].items[0], "c");
    ent_arena_free(arena);
}

static void every_mistake_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "[]", "the story is no JSON object" },
        { "{}", "services: is missing or no list" },
        { "{\"services\":[{\"id\":\"x\"}]}", "services: has less than two" },
        { "{\"services\":[{\"id\":\"x\"},{\"id\":\"x\"}]}",
          "services[1].id: is that of an earlier" },
        { "{\"services\":[{\"id\":\"x\"},{\"name\":\"y\"}]}",
          "services[1].id: is missing or empty" },
        { "{" SERVICES ",\"entities\":[]}", "entities: is no object" },
        { "{" SERVICES ",\"entities\":{\"one\":{}}}", "entities: has a service without a list" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", "") ",7]}}",
          "entities.one[1]: is no object" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", "") "],\"two\":[" ROW("a", "") "]}}",
          "the id 'a' is given twice" },
        { "{" SERVICES ",\"entities\":{\"one\":[{\"id\":\"a\",\"type\":\"ship\",\"mark\":\"M\"}]}}",
          "entities.one[0].type: is none" },
        { "{" SERVICES
          ",\"entities\":{\"one\":[{\"id\":\"a\",\"type\":\"phone\",\"mark\":\"Z\"}]}}",
          "entities.one[0].mark: is none of M S W O P X" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", ",\"rate\":\"G1\"") "]}}",
          "entities.one[0].rate: is no Admiralty" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", ",\"iv\":\"soon\"") "]}}",
          "entities.one[0].iv" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", ",\"dob\":\"31.2.99\"") "]}}",
          "entities.one[0].dob" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", ",\"keys\":[\"fax:1\"]") "]}}",
          "entities.one[0].keys: has a key of no known prefix" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", ",\"names\":\"x\"") "]}}",
          "entities.one[0].names: is no list" },
        { "{" SERVICES ",\"entities\":{\"one\":[" ROW("a", ",\"label\":\"a\\u0000b\"") "]}}",
          "entities.one[0].label: has a NUL" },
        { "{" SERVICES "," HOLDINGS
          ",\"links\":{\"one\":[{\"a\":\"a\",\"rel\":\"knows\",\"b\":\"c\"}]}}",
          "links.one[0].b: is no entity of that service" },
        { "{" SERVICES "," HOLDINGS
          ",\"links\":{\"one\":[{\"a\":\"a\",\"rel\":\"knows\",\"b\":\"b\",\"conf\":101}]}}",
          "links.one[0].conf" },
        { "{" SERVICES "," HOLDINGS
          ",\"links\":{\"one\":[{\"a\":\"a\",\"rel\":\"knows\",\"b\":\"b\",\"ev\":1}]}}",
          "links.one[0].ev" },
        { "{" SERVICES "," HOLDINGS ",\"expected_hits\":[{\"pair\":[\"one\",\"one\"]}]}",
          "expected_hits[0].pair: is one service twice" },
        { "{" SERVICES "," HOLDINGS
          ",\"expected_hits\":[{\"pair\":[\"one\",\"two\"],\"key\":\"tel:1\",\"first\":[\"c\"]}]}",
          "expected_hits[0].first: names what is no entity of that service" },
        { "{" SERVICES "," HOLDINGS ",\"chains\":{\"D\":{\"path\":[\"a\",\"z\"]}}}",
          "chains[0].path: names no entity" },
        { "{" SERVICES "," HOLDINGS ",\"release_steps\":[{\"id\":\"R\",\"from\":\"one\",\"to\":"
          "\"two\",\"objects\":[\"c\"]}]}",
          "release_steps[0].objects: names what the sender does not own" },
        { "{" SERVICES "," HOLDINGS
          ",\"release_steps\":[{\"id\":\"R\",\"from\":\"one\",\"to\":\"two\",\"objects\":[\"a\"],"
          "\"chains_complete\":[\"D\"]}]}",
          "release_steps[0].chains_complete: names what is no chain" },
        { "{" SERVICES "," HOLDINGS ",\"canaries\":[{\"owner\":\"one\",\"string\":\"ab\"}]}",
          "canaries[0].string: is shorter" },
        { "{" SERVICES "," HOLDINGS
          ",\"name_pairs\":[{\"a\":\"x\",\"b\":\"y\",\"expect\":\"YES\"}]}",
          "name_pairs[0].expect" },
    };
    ent_arena *arena = ent_arena_new(ROOM);
    story s;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ent_err err = { 0 };

        CHECK_INT(read_story(arena, rows[i].text, &s, &err), ENT_FORMAT);
        if (strstr(err.msg, rows[i].message) == NULL)
            fail_msg("'%s' is not in '%s'", rows[i].message, err.msg);
        ent_arena_reset(arena);
    }
    ent_arena_free(arena);
}

static void the_day_of_a_story_is_before_its_first_review(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    story s;

    (void)state;
    CHECK_OK(read_story(arena,
                        "{" SERVICES
                        ",\"entities\":{\"one\":[" ROW("a", ",\"rev\":\"2031-05-02\"") "," ROW(
                            "b", ",\"iv\":\"2030-01-01/\"") "]}}",
                        &s, &err),
             &err);
    CHECK_INT(demo_story_day(&s), ent_day_of(2031, 5, 1));
    CHECK_OK(read_story(arena,
                        "{" SERVICES
                        ",\"entities\":{\"one\":[" ROW("b", ",\"iv\":\"2030-01-01/\"") "]}}",
                        &s, &err),
             &err);
    CHECK_INT(demo_story_day(&s), ent_day_of(2030, 1, 2));
    ent_arena_free(arena);
}

static void memory_that_ends_is_reported(void **state)
{
    ent_err err = { 0 };
    story s;

    (void)state;
    FAULT_SWEEP(arena, ROOM, demo_story_read(arena, demo_story_embedded(), &s, &err) == ENT_OK);
}

RUN_TESTS(TEST(the_story_in_the_program_is_read), TEST(a_story_without_truth_is_a_story),
          TEST(a_pair_is_told_by_the_order_of_services),
          TEST(every_mistake_is_refused_with_its_place),
          TEST(the_day_of_a_story_is_before_its_first_review), TEST(memory_that_ends_is_reported))
