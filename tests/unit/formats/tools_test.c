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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entities_become_identities_documents_and_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
