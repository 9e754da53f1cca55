/* edition: what a newer edition of a list has no more is revoked and kept, and nothing else is. */
#include "test.h"

#include "base/buf.h"
#include "holdings/import.h"

#define UN "corpus/names/original/un/consolidated-"

static store *s;
static ent_err err;
static ent_time now;
static const char *kept;
static holdings_import_count counted;

static int set_up(void **state)
{
    *state = NULL;
    err = (ent_err){ 0 };
    CHECK_OK(ent_time_read(ENT_STR("2026-03-01T00:00:00Z"), &now, &err), &err);
    CHECK_OK(store_open(":memory:", &s, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(s);
    return 0;
}

static void not_random(void *arg, void *bytes, size_t size)
{
    (void)arg;
    memset(bytes, 7, size);
}

static ent_code import(const char *text, size_t size, const char *list)
{
    const holdings_import_options options = { .formats = { FORMATS_COUNT, "test", NULL },
                                              .source = ENT_STR("import:test"),
                                              .edition = list,
                                              .now = now,
                                              .random = not_random };
    holdings_import *i;
    ent_code rc;

    now += ENT_DAY_TIME;
    CHECK_OK(holdings_import_new(s, &options, &i, &err), &err);
    rc = holdings_import_feed(i, text, size, &err);
    if (rc == ENT_OK)
        rc = holdings_import_end(i, true, &err);
    (void)holdings_import_edition(i, &kept);
    counted = *holdings_import_counted(i);
    holdings_import_free(i);
    return rc;
}

static void counts(size_t added, size_t updated, size_t unchanged, size_t delisted)
{
    if (counted.added != added || counted.updated != updated || counted.unchanged != unchanged ||
        counted.delisted != delisted)
        fail_msg("%zu added, %zu updated, %zu unchanged, %zu delisted", counted.added,
                 counted.updated, counted.unchanged, counted.delisted);
}

/* One person a letter of `who`: "A", and "a" is A with another birth. */
static void edition(const char *day, const char *who, const char *more)
{
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text,
                                   "<CONSOLIDATED_LIST dateGenerated=\"%s\"><INDIVIDUALS>", day);

    for (; *who != '\0'; who++)
        used += (size_t)snprintf(
            text + used, sizeof text - used,
            "<INDIVIDUAL><FIRST_NAME>Farsoun %c</FIRST_NAME><REFERENCE_NUMBER>QXi.%c"
            "</REFERENCE_NUMBER><INDIVIDUAL_DATE_OF_BIRTH><YEAR>%s</YEAR>"
            "</INDIVIDUAL_DATE_OF_BIRTH><INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport"
            "</TYPE_OF_DOCUMENT><NUMBER>QX12345%c</NUMBER><ISSUING_COUNTRY>Iran</ISSUING_COUNTRY>"
            "</INDIVIDUAL_DOCUMENT></INDIVIDUAL>",
            *who & ~0x20, *who & ~0x20, *who >= 'a' ? "1970" : "1960", *who & ~0x20);
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "%s</INDIVIDUALS></CONSOLIDATED_LIST>", more);
    CHECK_OK(import(text, used, NULL), &err);
}

struct seen {
    size_t rows, revoked, keys;
    char versions[8][40];
};

static ent_code row_see(void *arg, const store_row *row, ent_err *e)
{
    struct seen *seen = arg;
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    ent_str *keys;
    size_t count;

    CHECK_OK(store_keys_of(s, arena, row->number, &keys, &count, e), e);
    seen->keys += count;
    (void)snprintf(seen->versions[seen->rows % 8], 40, "%.*s", ENT_STR_ARG(row->version));
    seen->rows++;
    for (size_t i = 0; i + 14 < row->bytes.size; i++)
        seen->revoked += memcmp(row->bytes.ptr + i, "\"revoked\":true", 14) == 0;
    ent_arena_free(arena);
    return ENT_OK;
}

static struct seen see(const char *ref, bool versions)
{
    const store_query query = { .owner = "", .ref = ref, .versions = versions };
    struct seen seen = { 0 };

    CHECK_OK(store_objects_each(s, &query, row_see, &seen, &err), &err);
    return seen;
}

static void what_is_missing_is_revoked_and_its_history_stays(void **state)
{
    struct seen seen;

    (void)state;
    edition("2017-07-03T20:27:45-04:00", "ABC", "");
    counts(3, 0, 0, 0);
    CHECK(see("ext:UN:QXi.B", false).keys > 0);
    edition("2018-10-29", "AcD", "");
    counts(1, 1, 1, 1);
    seen = see("ext:UN:QXi.B", false);
    CHECK_INT(seen.rows, 1);
    CHECK_INT(seen.revoked, 1);
    CHECK_INT(seen.keys, 0);          /* who is off the list is no match */
    edition("2018-10-29", "AcD", ""); /* the same again */
    counts(0, 0, 3, 0);
    CHECK_INT(see("ext:UN:QXi.A", false).revoked, 0);
}

static void what_is_listed_again_is_a_new_object(void **state)
{
    struct seen seen;

    (void)state;
    edition("2017-07-03", "AB", "");
    edition("2018-07-03", "A", "");
    counts(0, 0, 1, 1);
    edition("2019-07-03", "AB", "");
    counts(1, 0, 1, 0);
    seen = see("ext:UN:QXi.B", false);
    CHECK_INT(seen.rows, 2);
    CHECK_INT(seen.revoked, 1);
    edition("2020-07-03", "AB", "");
    counts(0, 0, 2, 0);
    edition("2021-07-03", "A", "");
    counts(0, 0, 1, 1);
    CHECK_INT(see("ext:UN:QXi.B", false).revoked, 2);
}

static void an_older_edition_takes_nothing_off_a_newer_one(void **state)
{
    static const char old[] = "<CONSOLIDATED_LIST dateGenerated=\"2017-01-01\"><INDIVIDUAL>"
                              "<FIRST_NAME>A</FIRST_NAME><REFERENCE_NUMBER>QXi.Z"
                              "</REFERENCE_NUMBER></INDIVIDUAL></CONSOLIDATED_LIST>";

    (void)state;
    edition("2018-10-29", "AB", "");
    CHECK_INT(import(old, strlen(old), NULL), ENT_CONFLICT);
    CHECK(strstr(err.msg, "2018-10-29") != NULL);
    CHECK_INT(see("ext:UN:QXi.Z", false).rows, 0);
    err = (ent_err){ 0 };
    CHECK_OK(import(old, strlen(old), "none"), &err);
    counts(1, 0, 0, 0);
    CHECK_INT(see("ext:UN:QXi.A", false).revoked, 0);
}

static void an_entry_that_cannot_be_read_keeps_all_that_are_missing(void **state)
{
    (void)state;
    edition("2018-10-29", "ABC", "");
    edition("2019-10-29", "A", "<INDIVIDUAL><FIRST_NAME>X</FIRST_NAME></INDIVIDUAL>");
    counts(0, 0, 1, 0);
    CHECK(strstr(kept, "could not be read") != NULL);
    edition("2019-10-30", "A", "");
    counts(0, 0, 1, 2);
    CHECK_STR(kept, "");
}

static void a_table_is_whole_only_when_that_is_said(void **state)
{
    static const char first[] = "id,name\n1,Nabil Farsoun\n2,Elian Juran\n";
    static const char second[] = "id,name\n1,Nabil Farsoun\n";
    static const char stix[] = "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--11111111"
                               "-1111-4111-8111-111111111111\",\"name\":\"t\"}";

    (void)state;
    CHECK_OK(import(first, strlen(first), NULL), &err);
    CHECK_OK(import(second, strlen(second), NULL), &err);
    CHECK_INT(counted.delisted, 0);
    CHECK_OK(import(first, strlen(first), "HOUSE"), &err);
    CHECK_OK(import(second, strlen(second), "OTHER"), &err);
    CHECK_INT(counted.delisted, 0);
    CHECK_INT(import(stix, strlen(stix), "HOUSE"), ENT_FORMAT);
    CHECK(strstr(err.msg, "makers") != NULL);
}

/* ---- the real list, against a count of its reference numbers ---- */

struct set {
    char refs[2000][24];
    size_t count;
};

static void set_read(struct set *set, const char *text)
{
    static const char mark[] = "<REFERENCE_NUMBER>";

    set->count = 0;
    while ((text = strstr(text, mark)) != NULL) {
        size_t size = 0;

        text += sizeof mark - 1;
        while (*text == ' ' || *text == '\n' || *text == '\r')
            text++;
        while (strchr(" \r\n<", text[size]) == NULL && size < 23)
            size++;
        memcpy(set->refs[set->count], text, size);
        set->refs[set->count++][size] = '\0';
        assert_true(set->count < 2000);
    }
}

static size_t missing_in(const struct set *a, const struct set *b)
{
    size_t count = 0;

    for (size_t i = 0; i < a->count; i++) {
        size_t j = 0;

        while (j < b->count && strcmp(a->refs[i], b->refs[j]) != 0)
            j++;
        count += j == b->count;
    }
    return count;
}

static void five_editions_of_the_united_nations_add_and_delist_what_they_should(void **state)
{
    static const char *const days[] = { "2017-07-03", "2018-10-29", "2020-11-30", "2025-04-19",
                                        "2026-02-27" };
    static struct set sets[5];

    (void)state;
    SHARED_OR_SKIP("corpus/names/original/un");
    for (size_t i = 0; i < 5; i++) {
        char path[128];
        size_t size, added, gone;
        char *text;

        (void)snprintf(path, sizeof path, "../shared/" UN "%s.xml", days[i]);
        text = test_file(path, &size);
        set_read(&sets[i], text);
        CHECK_OK(import(text, size, NULL), &err);
        free(text);
        added = i == 0 ? sets[0].count : missing_in(&sets[i], &sets[i - 1]);
        gone = i == 0 ? 0 : missing_in(&sets[i - 1], &sets[i]);
        print_message("# %s: %zu added, %zu changed, %zu as before, %zu delisted\n", days[i],
                      counted.added, counted.updated, counted.unchanged, counted.delisted);
        CHECK_INT(counted.added, added);
        CHECK_INT(counted.delisted, gone);
        CHECK_INT(counted.updated + counted.unchanged, sets[i].count - added);
        CHECK_INT(counted.rejected, 0);
        CHECK_INT(counted.quarantined, 0);
    }
}

#define TEST_HERE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_HERE(what_is_missing_is_revoked_and_its_history_stays),
        TEST_HERE(what_is_listed_again_is_a_new_object),
        TEST_HERE(an_older_edition_takes_nothing_off_a_newer_one),
        TEST_HERE(an_entry_that_cannot_be_read_keeps_all_that_are_missing),
        TEST_HERE(a_table_is_whole_only_when_that_is_said),
        TEST_HERE(five_editions_of_the_united_nations_add_and_delist_what_they_should),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
