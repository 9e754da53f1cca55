/* formats: what other tools write: FollowTheMoney, MISP. */
#include "test.h"

#include "base/buf.h"
#include "formats/formats.h"

static ent_err err;
static char seen[32768];
static size_t item_count, wrong_count, dropped;
static char first_wrong[512], keys[2048];

static ent_code item_take(void *arg, const formats_item *item, ent_err *e)
{
    ent_str raw = ent_json_raw(item->object);
    size_t used = strlen(seen);

    (void)arg;
    (void)e;
    item_count++;
    dropped += item->dropped;
    if (item->wrong != NULL) {
        if (wrong_count++ == 0)
            (void)snprintf(first_wrong, sizeof first_wrong, "%s", item->wrong->msg);
        return ENT_OK;
    }
    (void)snprintf(seen + used, sizeof seen - used, "%.*s\n", ENT_STR_ARG(raw));
    used = strlen(keys);
    (void)snprintf(keys + used, sizeof keys - used, "%.*s ", ENT_STR_ARG(item->key));
    return ENT_OK;
}

static void reads(const char *text, formats_kind want)
{
    static const size_t pieces[] = { 1, 11, 100000 };
    const formats_options options = { FORMATS_COUNT, NULL, NULL };
    size_t size = strlen(text);

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        formats_reader *reader;

        seen[0] = first_wrong[0] = keys[0] = '\0';
        wrong_count = item_count = dropped = 0;
        CHECK_OK(formats_reader_new(&options, item_take, NULL, &reader, &err), &err);
        for (size_t at = 0; at < size; at += pieces[i])
            CHECK_OK(formats_feed(reader, text + at, size - at < pieces[i] ? size - at : pieces[i],
                                  &err),
                     &err);
        CHECK_OK(formats_end(reader, &err), &err);
        CHECK_INT(formats_reader_kind(reader), want);
        formats_reader_free(reader);
    }
}

static void says(const char *part)
{
    if (strstr(seen, part) == NULL)
        fail_msg("'%s' is not in %s (%s)", part, seen, first_wrong);
}

static void entities_become_identities_documents_and_links(void **state)
{
    (void)state;
    reads(
        "{\"id\":\"p1\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Nabil Farsoun\","
        "\"Набиль Фарсун\"],\"birthDate\":[\"1990-12-02\"],\"religion\":[\"x\"],\"country\":"
        "[\"qi\"],\"passportNumber\":[\"3305118\"]}}\n"
        "{\"id\":\"c1\",\"schema\":\"Company\",\"properties\":{\"name\":[\"Ninth Hour\"]}}\n"
        "{\"id\":\"o1\",\"schema\":\"Ownership\",\"properties\":{\"owner\":[\"p1\"],\"asset\":"
        "[\"c1\"],\"startDate\":[\"2020-01-02\"]}}\n"
        "{\"id\":\"d1\",\"schema\":\"Passport\",\"properties\":{\"holder\":[\"p1\"],\"number\":"
        "[\"77\"],\"country\":[\"qi\"]}}\n"
        "{\"id\":\"a1\",\"schema\":\"Address\",\"properties\":{\"full\":[\"Ras Murjan\"]}}\n"
        "{\"id\":\"s1\",\"schema\":\"Sanction\",\"properties\":{\"entity\":[\"p1\"],\"authority\":"
        "[\"UN\"]}}\n"
        "{\"id\":\"t1\",\"schema\":\"Thing\",\"properties\":{}}\n"
        "{\"id\":\"l1\",\"schema\":\"Family\",\"properties\":{\"person\":[\"p1\"]}}\n"
        "{\"schema\":\"Person\",\"properties\":{}}\n",
        FORMATS_FTM);
    CHECK_STR(keys, "ftm:p1 ftm:c1 ftm:o1 ftm:d1 ftm:holds:d1 ftm:a1 ftm:s1 ");
    CHECK_INT(wrong_count, 3);
    CHECK_INT(dropped, 1);
    CHECK(strstr(first_wrong, "'Thing'") != NULL);
    says("{\"type\":\"passport\",\"issuer\":\"QI\",\"number\":\"3305118\"}");
    says("\"relationship_type\":\"owns\",\"source_ref\":\"identity--ext:ftm:p1\",\"target_ref\":"
         "\"identity--ext:ftm:c1\",\"start_time\":\"2020-01-02T00:00:00Z\"");
    says("\"target_ref\":\"identity-document--ext:ftm:d1\"");
    says("\"abstract\":\"sanction: UN\"");
}

#define ATTRIBUTE(type, value, uuid, more)                                                \
    "{\"type\":\"" type "\",\"value\":\"" value "\",\"uuid\":\"" uuid "\",\"timestamp\":" \
    "\"1700000000\"" more "}"
#define EVENT                                                                                                                                                               \
    "{\"Event\":{\"uuid\":\"e1\",\"info\":\"What came\",\"timestamp\":\"1700000001\","                                                                                      \
    "\"published\":true,\"publish_timestamp\":\"1700000002\",\"distribution\":\"3\",\"Orgc\":"                                                                              \
    "{\"name\":\"CERT\",\"uuid\":\"u1\"},\"Tag\":[{\"name\":\"tlp:amber\"},{\"name\":\"k:v\"}],"                                                                            \
    "\"Attribute\":[" ATTRIBUTE("ip-dst", "198.51.100.7", "a1", ",\"to_ids\":true") "," ATTRIBUTE("filename|sha256", "x'y.exe|00", "a2", ",\"to_ids\":true") "," ATTRIBUTE( \
        "domain", "example.org", "a3",                                                                                                                                      \
        "") "," ATTRIBUTE("text", "words", "a4",                                                                                                                            \
                          ",\"distribution\":\"0\"") "," ATTRIBUTE("url", "http://x", "a5",                                                                                 \
                                                                   ",\"deleted\":"                                                                                          \
                                                                   "true") "," ATTRIBUTE("ip-src",                                                                          \
                                                                                         "2001:"                                                                            \
                                                                                         "db8::1",                                                                          \
                                                                                         "a6",                                                                              \
                                                                                         ",\"Tag"                                                                           \
                                                                                         "\":[{"                                                                            \
                                                                                         "\"name"                                                                           \
                                                                                         "\":"                                                                              \
                                                                                         "\"tlp:"                                                                           \
                                                                                         "ex:"                                                                              \
                                                                                         "other\""                                                                          \
                                                                                         "}]") ","                                                                          \
                                                                                               "{"                                                                          \
                                                                                               "\"type\":\"text\"}],\"Object\":[{\"name\":\"person\",\"uuid\":\"o1\",\"Attribute\":[{\"object_relation\":\"first-name\",\"value\":\"Nabil\"},{\"object_relation\":\"last-name\",\"value\":\"Farsoun\"},{\"object_relation\":\"date-of-birth\",\"value\":\"1990-12-02\"}]}]}}"

static void an_event_is_a_report_over_its_attributes(void **state)
{
    (void)state;
    reads(EVENT, FORMATS_MISP);
    CHECK_INT(wrong_count, 1);
    CHECK_STR(keys, "misp:org:u1 misp:a1 misp:a2 value:domain-name:example.org misp:a3 misp:a4 "
                    "value:ipv6-addr:2001:db8::1 misp:a6 misp:o1 misp:e1 ");
    says("\"pattern\":\"[ipv4-addr:value = '198.51.100.7']\"");
    says("\"pattern\":\"[file:name = 'x\\\\'y.exe' AND file:hashes.'SHA-256' = '00']\"");
    says("\"created\":\"2023-11-14T22:13:20.000Z\"");
    says("\"object_refs\":[\"domain-name--ext:value:domain-name:example.org\"]");
    says("\"type\":\"report\",\"name\":\"What came\",\"published\":\"2023-11-14T22:13:22.000Z\","
         "\"object_refs\":[\"indicator--ext:misp:a1\"");
    says("\"created_by_ref\":\"identity--ext:misp:org:u1\"");
    says("\"name\":\"Nabil Farsoun\"");
    says("\"labels\":[\"k:v\"]");
    CHECK(strstr(seen, "http://x") == NULL);
}

static void marks_are_kept_and_what_is_unknown_is_the_darkest(void **state)
{
    const char *own;

    (void)state;
    reads(EVENT, FORMATS_MISP);
    /* The attribute's own colour, though unknown, before the event's. */
    own = strstr(seen, "\"number_observed\":1,\"object_refs\":[\"ipv6-addr");
    assert_non_null(own);
    own = strstr(own, "object_marking_refs");
    assert_non_null(own);
    CHECK(strncmp(own, "object_marking_refs\":[\"marking-definition--e828b379", 50) == 0);
    says("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421");
    says("\"prohibit\":[\"disclose\"]"); /* your organisation only */
}

static void lists_and_answers_of_a_server_are_read(void **state)
{
    (void)state;
    reads("{\"response\":[" EVENT "," EVENT "]}", FORMATS_MISP);
    CHECK_INT(item_count, 22);
    reads("[" EVENT "]", FORMATS_MISP);
    CHECK_INT(item_count, 11);
    reads("{\"response\":{\"Attribute\":[" ATTRIBUTE("md5", "00", "a1", ",\"to_ids\":1") "]}}",
          FORMATS_MISP);
    CHECK_INT(item_count, 1);
    reads("{\"uuid\":\"e1\",\"info\":\"x\",\"Attribute\":[]}", FORMATS_MISP);
    CHECK_INT(item_count, 1);
    says("\"type\":\"grouping\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entities_become_identities_documents_and_links),
        TEST(an_event_is_a_report_over_its_attributes),
        TEST(marks_are_kept_and_what_is_unknown_is_the_darkest),
        TEST(lists_and_answers_of_a_server_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
