/* formats: STIX 2.0 comes in as 2.1. */
#include "feed.h"

#include "stix/check.h"

#define UUID  "11111111-1111-4111-8111-111111111111"
#define TIMES "\"created\":\"2017-01-01T00:00:00.000Z\",\"modified\":\"2017-01-01T00:00:00.000Z\""
#define HEAD(type) "{\"type\":\"" type "\",\"id\":\"" type "--" UUID "\"," TIMES

static void is_valid(const fed *f)
{
    for (const char *line = f->seen, *end; line != NULL && *line != '\0'; line = end + 1) {
        ent_arena *arena = ent_arena_new((size_t)16 << 20);
        stix_report report;
        ent_json object;
        ent_err err = { 0 };

        end = strchr(line, '\n');
        CHECK_OK(ent_json_read(arena, (ent_str){ line, (size_t)(end - line) }, &object, &err),
                 &err);
        stix_report_init(&report, arena);
        stix_check(object, &report);
        if (report.errors > 0)
            fail_msg("%.*s", (int)(end - line), line);
        ent_arena_free(arena);
    }
}

static void objects_of_the_older_version_are_made_new_ones(void **state)
{
    static const char text[] =
        "{\"type\":\"bundle\",\"id\":\"bundle--" UUID "\",\"spec_version\":\"2.0\",\"objects\":["
        HEAD("indicator") ",\"labels\":[\"malicious-activity\"],\"pattern\":\"[file:name = 'x']\","
        "\"valid_from\":\"2017-01-01T00:00:00Z\",\"external_references\":[{\"source_name\":\"a\","
        "\"url\":\"http://a/\",\"hashes\":{\"ssdeep\":\"3:abc:def\"}}]},"
        HEAD("malware") ",\"labels\":[\"worm\"],\"name\":\"W\"},"
        HEAD("tool") ",\"labels\":[\"remote-access\"],\"name\":\"T\",\"x_n\":2.0},"
        HEAD("report") ",\"labels\":[\"campaign\"],\"name\":\"R\",\"published\":"
        "\"2017-01-01T00:00:00Z\",\"object_refs\":[\"tool--" UUID "\"]},"
        HEAD("threat-actor") ",\"labels\":[\"spy\"],\"name\":\"A\"},"
        HEAD("identity") ",\"labels\":[\"bank\"],\"name\":\"I\",\"identity_class\":"
        "\"organization\"},"
        HEAD("attack-pattern") ",\"labels\":[\"kept\"],\"name\":\"P\"},"
        HEAD("observed-data") ",\"first_observed\":\"2017-01-01T00:00:00Z\",\"last_observed\":"
        "\"2017-01-01T00:00:00Z\",\"number_observed\":1,\"objects\":{\"0\":{\"type\":\"file\","
        "\"name\":\"x\",\"created\":\"2017-01-01T00:00:00Z\",\"hashes\":{\"ssdeep\":\"3:a:b\"}},"
        "\"1\":{\"type\":\"process\",\"pid\":1,\"binary_ref\":\"0\",\"created\":"
        "\"2017-01-01T00:00:00Z\"}}},"
        "{\"type\":\"marking-definition\",\"id\":\"marking-definition--" UUID "\",\"created\":"
        "\"2017-01-01T00:00:00.000Z\",\"definition_type\":\"statement\",\"definition\":{"
        "\"statement\":\"s\"}},"
        HEAD("x-acme") ",\"foo\":\"a\"},"
        HEAD("relationship") ",\"relationship_type\":\"uses\",\"source_ref\":\"malware--" UUID
        "\",\"target_ref\":\"tool--" UUID "\"}]}";
    fed f = { 0 };

    (void)state;
    fed_reads(&f, text, FORMATS_STIX);
    CHECK_INT(f.items, 11);
    CHECK_INT(f.upgraded, 11);
    CHECK_INT(f.wrongs, 0);
    fed_says(&f, "\"indicator_types\":[\"malicious-activity\"]");
    fed_says(&f, "\"pattern_type\":\"stix\"");
    fed_says(&f, "\"hashes\":{\"SSDEEP\":\"3:abc:def\"}");
    fed_says(&f, "\"malware_types\":[\"worm\"],\"name\":\"W\",\"is_family\":true}");
    fed_says(&f, "\"tool_types\":[\"remote-access\"],\"name\":\"T\",\"x_n\":2.0}");
    fed_says(&f, "\"report_types\":[\"campaign\"]");
    fed_says(&f, "\"threat_actor_types\":[\"spy\"]");
    fed_says(&f, "\"roles\":[\"bank\"]");
    fed_says(&f, "\"labels\":[\"kept\"]");
    fed_says(&f, "\"ctime\":\"2017-01-01T00:00:00Z\",\"hashes\":{\"SSDEEP\":\"3:a:b\"}");
    fed_says(&f, "\"image_ref\":\"0\",\"created_time\":\"2017-01-01T00:00:00Z\"");
    is_valid(&f);
    fed_clear(&f);
}

static void what_is_of_the_newer_version_stays_as_it_is(void **state)
{
    static const char text[] =
        "[{\"type\":\"url\",\"id\":\"url--" UUID "\",\"value\":\"http://a/\"},"
        HEAD("note") ",\"content\":\"c\",\"object_refs\":[\"url--" UUID "\"]},"
        HEAD("tool") ",\"spec_version\":\"2.1\",\"labels\":[\"l\"],\"name\":\"T\"},"
        HEAD("tool") ",\"spec_version\":\"2.2\",\"name\":\"T\"}]";
    fed f = { 0 };

    (void)state;
    fed_reads(&f, text, FORMATS_STIX);
    CHECK_INT(f.items, 4);
    CHECK_INT(f.upgraded, 0);
    fed_says(&f, HEAD("note") ",\"content\"");
    fed_says(&f, "\"labels\":[\"l\"]");
    fed_clear(&f);
}

static void names_of_the_newer_version_are_never_written_twice(void **state)
{
    fed f = { 0 };

    (void)state;
    fed_reads(&f, HEAD("tool") ",\"labels\":[\"a\"],\"tool_types\":[\"b\"],\"name\":\"T\"}",
              FORMATS_STIX);
    CHECK_INT(f.wrongs, 0);
    fed_says(&f, "\"labels\":[\"a\"],\"tool_types\":[\"b\"]");
    fed_clear(&f);
}

RUN_TESTS(TEST(objects_of_the_older_version_are_made_new_ones),
          TEST(what_is_of_the_newer_version_stays_as_it_is),
          TEST(names_of_the_newer_version_are_never_written_twice))
