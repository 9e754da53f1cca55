/* formats: JSON of every shape, whole and broken, in pieces of every size. */
#include "test.h"

#include "base/buf.h"
#include "base/limits.h"
#include "formats/formats.h"

static ent_err err;
static char seen[8192]; /* what came, as text */
static size_t wrong_count, item_count;
static char first_wrong[512];

static void note(const char *text, size_t size)
{
    size_t used = strlen(seen);

    if (used + size + 2 < sizeof seen) {
        memcpy(seen + used, text, size);
        seen[used + size] = ' ';
        seen[used + size + 1] = '\0';
    }
}

static ent_code item_take(void *arg, const formats_item *item, ent_err *e)
{
    ent_str raw = ent_json_raw(item->object);

    (void)arg;
    (void)e;
    CHECK_INT(item->index, item_count);
    item_count++;
    if (item->wrong != NULL) {
        if (wrong_count++ == 0)
            (void)snprintf(first_wrong, sizeof first_wrong, "%s", item->wrong->msg);
        note("!", 1);
    } else {
        note(raw.ptr, raw.size);
    }
    return ENT_OK;
}

/* Feeds a text in pieces of `piece` bytes. */
static ent_code feed(const char *text, size_t size, size_t piece, formats_kind *kind)
{
    const formats_options options = { FORMATS_COUNT, "test", NULL };
    formats_reader *reader;
    ent_code rc = ENT_OK;

    seen[0] = first_wrong[0] = '\0';
    wrong_count = item_count = 0;
    err = (ent_err){ 0 };
    CHECK_OK(formats_reader_new(&options, item_take, NULL, &reader, &err), &err);
    for (size_t at = 0; at < size && rc == ENT_OK; at += piece)
        rc = formats_feed(reader, text + at, size - at < piece ? size - at : piece, &err);
    if (rc == ENT_OK)
        rc = formats_end(reader, &err);
    if (kind != NULL)
        *kind = formats_reader_kind(reader);
    formats_reader_free(reader);
    return rc;
}

static void gives(const char *text, const char *want)
{
    static const size_t pieces[] = { 1, 2, 3, 7, 100000 };

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        CHECK_OK(feed(text, strlen(text), pieces[i], NULL), &err);
        if (strcmp(seen, want) != 0)
            fail_msg("%s in pieces of %zu: got %s, wanted %s", text, pieces[i], seen, want);
    }
}

static void refuses(const char *text, const char *says)
{
    static const size_t pieces[] = { 1, 5, 100000 };

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        ent_code rc = feed(text, strlen(text), pieces[i], NULL);

        if ((rc != ENT_FORMAT && rc != ENT_LIMIT) || strstr(err.msg, says) == NULL)
            fail_msg("%s: %d %s", text, rc, err.msg);
    }
}

static void objects_come_one_by_one_out_of_every_shape(void **state)
{
    (void)state;
    gives("{\"type\":\"a\"}", "{\"type\":\"a\"} ");
    gives(" {\"type\":\"a\"}\n{\"type\":\"b\"}\n\n{\"type\":\"c\"}",
          "{\"type\":\"a\"} {\"type\":\"b\"} {\"type\":\"c\"} ");
    gives("[{\"type\":\"a\"} , {\"type\":\"b\"}]", "{\"type\":\"a\"} {\"type\":\"b\"} ");
    gives("[]", "");
    gives("{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\",\"x\":[{\"y\":\"]}\\\"\"}]},{\"type\":"
          "\"b\"}],\"id\":\"z\"}",
          "{\"type\":\"a\",\"x\":[{\"y\":\"]}\\\"\"}]} {\"type\":\"b\"} ");
    gives("{\"objects\":[{\"type\":\"a\"}],\"type\":\"bundle\"}", "{\"type\":\"a\"} ");
    gives("{\"type\":\"bundle\",\"id\":\"z\"}", "");
    gives("{\"type\":\"bundle\",\"objects\":[]}\n{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"}"
          "]}",
          "{\"type\":\"a\"} ");
    gives("[{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"},{\"type\":\"b\"}]}]",
          "{\"type\":\"a\"} {\"type\":\"b\"} ");
}

static void a_member_named_objects_of_something_else_is_left_alone(void **state)
{
    (void)state;
    gives("{\"type\":\"x-box\",\"objects\":[{\"type\":\"a\"}]}",
          "{\"type\":\"x-box\",\"objects\":[{\"type\":\"a\"}]} ");
    gives("[{\"type\":\"x\",\"response\":[{\"a\":1}]}]",
          "{\"type\":\"x\",\"response\":[{\"a\":1}]} ");
    gives("{\"type\":\"x\",\"response\":[{\"a\":1}]}",
          "{\"type\":\"x\",\"response\":[{\"a\":1}]} ");
}

static void a_broken_entry_costs_itself(void **state)
{
    (void)state;
    gives("[{\"type\":\"a\",},{\"type\":\"b\"}]", "! {\"type\":\"b\"} ");
    CHECK(strstr(first_wrong, "RFC 8259") != NULL);
    gives("{\"type\":\"bundle\",\"objects\":[{\"a\":1,\"a\":2},{\"type\":\"b\"},tru]}",
          "! {\"type\":\"b\"} ! ");
    gives("{\"type\":\"a\"}\n{\"type\":\"b\n{\"type\":\"c\"}\n", "{\"type\":\"a\"} ! "
                                                                 "{\"type\":\"c\"} ");
    CHECK(strstr(first_wrong, "line ends inside a string") != NULL);
    gives("{\"type\":\"a\"}\n{\"type\":[\n{\"type\":\"c\"}\n", "{\"type\":\"a\"} ! "
                                                               "{\"type\":\"c\"} ");
    gives("{\"type\":\"a\"}\n{\"type\":[}\n{\"type\":\"c\"}\n", "{\"type\":\"a\"} ! "
                                                                "{\"type\":\"c\"} ");
    gives("{\"type\":\"a\"}\n}\n{\"type\":\"c\"}\n", "{\"type\":\"a\"} ! {\"type\":\"c\"} ");
    gives("{\"type\":\"a\"}\n{\"type\":", "{\"type\":\"a\"} ! ");
    gives("{\"type\":\"a\"}\n7 \"x\"\n", "{\"type\":\"a\"} 7 \"x\" ");
}

static void what_cannot_be_read_on_is_refused_with_its_place(void **state)
{
    (void)state;
    refuses("{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"}", "inside a list");
    refuses("{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"},\n{\"ty", "begins on line 2");
    refuses("{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"}]", "inside the value");
    refuses("{\"type\":\"bundle\",\"objects\":[{\"type\":\"a\"}{\"type\":\"b\"}]}", "a comma");
    refuses("{\"type\":\"bundle\",\"objects\":[,]}", "a value is expected");
    refuses("[{\"type\":\"a\"},]", "a value is expected");
    refuses("[{\"type\":\"a\"", "begins on line 1");
    refuses("{\"type\":\"bundle\",\"objects\":[],\"objects\":[]}", "around the objects");
    refuses("{\"objects\":[{\"type\":\"a\"}]}", "not 'bundle'");
    refuses("{\"objects\":[{\"type\":\"a\"}],\"type\":\"x\"}", "not 'bundle'");
    refuses("{\"type\":\"bundle\",\"objects\":[{\"a\":[}]}", "closes what is not open");
    refuses("{\"type\":\"bundle\",\"objects\":[{\"a\":\"\n\"}]}", "inside a string");
    refuses("", "empty");
    refuses(" \n ", "empty");
    refuses("hello", "no known format");
    refuses("\xef\xbb\xbf{}", "byte order mark");
    refuses("\x1f\x8b\x08", "compressed");
    refuses("\xff\xfe{", "UTF-16");
    CHECK_INT(feed("{\0}\0", 4, 4, NULL), ENT_FORMAT);
}

static void depth_has_a_limit(void **state)
{
    char deep[400];

    (void)state;
    memset(deep, '[', sizeof deep);
    deep[0] = '[';
    deep[399] = '\0';
    refuses(deep, "deeper");
}

static void an_item_larger_than_the_limit_is_passed_over(void **state)
{
    size_t size = (size_t)ENT_LIMIT_ITEM_SIZE + 1000, head, used;
    char *text = malloc(size + 200);

    (void)state;
    assert_non_null(text);
    head = (size_t)sprintf(text, "[{\"type\":\"a\"},{\"type\":\"");
    memset(text + head, 'x', size);
    used = head + size;
    used += (size_t)sprintf(text + used, "\"},{\"type\":\"c\"}]");
    CHECK_OK(feed(text, used, 65536, NULL), &err);
    CHECK_STR(seen, "{\"type\":\"a\"} ! {\"type\":\"c\"} ");
    CHECK(strstr(first_wrong, "ITEM_SIZE") != NULL);
    free(text);
}

static void a_record_becomes_an_identity_without_what_is_held_of_nobody(void **state)
{
    static const char record[] =
        "{\"id\":\"7\",\"agency\":\"OFAC\",\"schema\":\"person\",\"names\":[{\"full\":\"A B\","
        "\"kind\":\"alias\"},{\"full\":\"C D\",\"kind\":\"primary\",\"script\":\"Latn\"},\"E\"],"
        "\"dob\":[\"1991-03-07\",\"circa 1990\"],\"pob\":[\"X\"],\"nationality\":[\"qb\"],\"ids\":["
        "{\"type\":\"passport\",\"number\":\"12\",\"country\":\"qbz\"},{\"type\":\"tax\"}],"
        "\"religion\":\"r\",\"ethnicOrigin\":\"e\",\"party_member\":true,\"gender\":\"f\"}";
    formats_kind kind;

    (void)state;
    CHECK_OK(feed(record, sizeof record - 1, 50, &kind), &err);
    CHECK_INT(kind, FORMATS_JSONL);
    CHECK_INT(wrong_count, 0);
    CHECK(strstr(seen, "\"name\":\"C D\"") != NULL);
    CHECK(strstr(seen, "\"identity_class\":\"individual\"") != NULL);
    CHECK(strstr(seen, "{\"value\":\"1991-03-07\"},{\"value\":\"1990\",\"raw\":\"circa 1990\"}") !=
          NULL);
    CHECK(strstr(seen, "{\"type\":\"passport\",\"issuer\":\"QBZ\",\"number\":\"12\"}") != NULL);
    CHECK(strstr(seen, "\"nationalities\":[\"QB\"]") != NULL);
    CHECK(strstr(seen, "eligion") == NULL && strstr(seen, "thnic") == NULL);
    CHECK(strstr(seen, "\"external_id\":\"7\"") != NULL);
}

static void records_that_are_none_say_why(void **state)
{
    (void)state;
    (void)feed("{\"names\":[\"a\"]}\n{\"names\":[7]}\n", 29, 1, NULL);
    CHECK_INT(item_count, 2);
    CHECK(strstr(first_wrong, "no text") != NULL);
    (void)feed("{\"names\":[]}", 12, 1, NULL);
    CHECK(strstr(first_wrong, "no name") != NULL);
    (void)feed("{\"names\":[\"a\"],\"dob\":\"x\"}", 26, 1, NULL);
    CHECK(strstr(first_wrong, "'dob'") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_come_one_by_one_out_of_every_shape),
        TEST(a_member_named_objects_of_something_else_is_left_alone),
        TEST(a_broken_entry_costs_itself),
        TEST(what_cannot_be_read_on_is_refused_with_its_place),
        TEST(depth_has_a_limit),
        TEST(an_item_larger_than_the_limit_is_passed_over),
        TEST(a_record_becomes_an_identity_without_what_is_held_of_nobody),
        TEST(records_that_are_none_say_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
