/* The objects of a text, whatever form it has; ids and values beside them. */
#include "test.h"

#include "stix/format.h"
#include "stix/sco_id.h"
#include "stix/stream.h"

#define ROOM ((size_t)16 << 20)

/* "index.at:type" of every item; "!" and the message on an error. */
static const char *items(ent_arena *arena, const char *text)
{
    stix_stream *stream;
    stix_item item;
    ent_err err = { 0 };
    ent_buf buf;
    bool more = true;
    ent_code rc;

    ent_buf_init(&buf, arena);
    CHECK_OK(stix_stream_new(arena, ent_str_of(text), &stream, &err), &err);
    while ((rc = stix_stream_next(stream, &item, &more, &err)) == ENT_OK && more) {
        ent_buf_printf(&buf, "%zu", item.index);
        if (item.at != STIX_NOWHERE)
            ent_buf_printf(&buf, ".%zu", item.at);
        ent_buf_printf(&buf, ":%.*s%s ", ENT_STR_ARG(ent_json_get_text(item.value, "type")),
                       item.old ? "!" : "");
    }
    if (rc != ENT_OK)
        ent_buf_printf(&buf, "!%s", err.msg);
    stix_stream_free(stream);
    ent_buf_byte(&buf, '\0');
    return buf.ptr;
}

static void every_form_of_text_gives_its_objects(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(items(arena, ""), "");
    CHECK_STR(items(arena, " {\"type\":\"a\"} "), "0:a ");
    CHECK_STR(items(arena, "[{\"type\":\"a\"},{\"type\":\"b\"}]"), "0:a 1:b ");
    CHECK_STR(items(arena, "{\"type\":\"a\"}\n{\"type\":\"b\"}\n"), "0:a 1:b ");
    CHECK_STR(items(arena, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"},{\"type\":\"b\"}],"
                           "\"id\":\"x\"}"),
              "0.0:a 0.1:b 0:bundle ");
    CHECK_STR(items(arena, "{\"objects\":[{\"type\":\"a\"}],\"type\":\"bundle\"}"),
              "0.0:a 0:bundle ");
    CHECK_STR(items(arena, "[{\"type\":\"bundle\",\"objects\":[]},{\"type\":\"b\"}]"),
              "0:bundle 1:b ");
    CHECK_STR(items(arena, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"}]}"
                           "{\"type\":\"bundle\",\"objects\":[{\"type\":\"b\"}]}"),
              "0.0:a 0:bundle 1.0:b 1:bundle ");
    CHECK_STR(items(arena, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"}],\"spec_version\":"
                           "\"2.0\"}"),
              "0.0:a! 0:bundle ");
    CHECK_STR(items(arena, "{\"type\":\"observed-data\",\"objects\":{\"0\":{\"type\":\"a\"}}}"),
              "0:observed-data ");
    ent_arena_free(arena);
}

static void broken_text_is_refused_with_its_place(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(items(arena, "{\"type\":\"bundle\",\n\"objects\":[{\"type\":\"a\"},]}"),
              "0.0:a !line 2 column 25: a value is wanted [RFC 8259]");
    CHECK_STR(items(arena, "[{\"type\":\"a\"}"),
              "0:a !line 1 column 14: ',' or ']' is wanted [RFC 8259]");
    CHECK_STR(items(arena, "{\"type\":\"bundle\",\"objects\":[],\"objects\":[]}"),
              "!around the objects of the bundle: line 1 column 43: two members of this object "
              "have the same name [RFC 7493 s2.3] [RFC 8259]");
    CHECK_STR(items(arena, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"}],\"id\" 5}"),
              "0.0:a !around the objects of the bundle: line 1 column 38: ':' is wanted behind a "
              "member's name [RFC 8259]");
    ent_arena_free(arena);
}

static void deterministic_ids_are_those_of_the_specification(void **state)
{
    static const struct {
        const char *object, *id;
    } cases[] = {
        { "{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.3\"}",
          "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4" },
        { "{\"hashes\":{\"SHA-256\":"
          "\"ceafbfd424be2ca4a5f0402cae090dda2fb0526cf521b60b60077c0f622b285"
          "a\"},\"type\":\"file\"}",
          "file--70221dbf-52fd-5377-9619-c0ce6b3ffc8c" },
        { "{\"type\":\"process\",\"pid\":1}", NULL },
        { "{\"type\":\"user-account\",\"display_name\":\"x\"}", NULL },
        { "{\"type\":\"x-other\",\"value\":\"x\"}", NULL },
    };
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ent_json object;
        ent_str id;

        CHECK_OK(ent_json_read(arena, ent_str_of(cases[i].object), &object, &err), &err);
        CHECK_OK(stix_sco_id(arena, object, &id, &err), &err);
        if (cases[i].id == NULL)
            CHECK(id.ptr == NULL);
        else
            CHECK_TEXT(id, cases[i].id);
    }
    ent_arena_free(arena);
}

static void times_are_compared_as_decimals(void **state)
{
    static const struct {
        const char *a, *b;
        int sign;
    } cases[] = {
        { "2016-01-20T12:31:12Z", "2016-01-20T12:31:12.5Z", -1 },
        { "2016-01-20T12:31:12.0Z", "2016-01-20T12:31:12Z", 0 },
        { "2016-01-20T12:31:12.10Z", "2016-01-20T12:31:12.09Z", 1 },
        { "2016-01-20T12:31:12.000000000001Z", "2016-01-20T12:31:12Z", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(stix_timestamp_compare(ent_str_of(cases[i].a), ent_str_of(cases[i].b)),
                  cases[i].sign);
        CHECK_INT(stix_timestamp_compare(ent_str_of(cases[i].b), ent_str_of(cases[i].a)),
                  -cases[i].sign);
    }
    CHECK(stix_timestamp_ok(ENT_STR("2016-12-31T23:59:60Z")));
    CHECK(!stix_timestamp_ok(ENT_STR("2026-06-30T23:59:60Z")));
    CHECK(!stix_timestamp_ok(ENT_STR("2016-02-30T00:00:00Z")));
}

static void addresses_are_read_strictly(void **state)
{
    static const char *const good[] = {
        "::", "1::", "::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "fe80::1%eth0/64", "2001:db8::/32"
    };
    static const char *const bad[] = {
        "",        ":",       ":::",    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1::2::3", "12345::", "::/129", "::/",           "1:2:3:4:5:6:7:8::",
        "::1.2.3"
    };
    uint8_t address[16];
    int bits;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!stix_ipv6_read(ent_str_of(good[i]), address, &bits))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (stix_ipv6_read(ent_str_of(bad[i]), address, &bits))
            fail_msg("%s", bad[i]);
    CHECK(stix_ipv4_read(ENT_STR("1.2.3.4/32"), address, &bits));
    CHECK(!stix_ipv4_read(ENT_STR("01.2.3.4"), address, &bits));
    CHECK(!stix_ipv4_read(ENT_STR("1.2.3.4/33"), address, &bits));
}

RUN_TESTS(TEST(every_form_of_text_gives_its_objects), TEST(broken_text_is_refused_with_its_place),
          TEST(deterministic_ids_are_those_of_the_specification),
          TEST(times_are_compared_as_decimals), TEST(addresses_are_read_strictly))
