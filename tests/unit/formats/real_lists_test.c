/* formats: each real list gives as many records as it has, counted in its text by other means.
 *
 * Where the publisher states a number (Record_Count of OFAC's XML) it is that number; else
 * the marks of its records in the bytes are counted.  Skipped without the corpus. */
#include "feed.h"

#include <dirent.h>

#define LISTS "corpus/names/original/"

static size_t marks(const char *text, const char *mark)
{
    size_t count = 0;

    for (; (text = strstr(text, mark)) != NULL; text += strlen(mark))
        count++;
    return count;
}

static void has(const char *path, formats_kind kind, const char *mark, const char *second,
                size_t said)
{
    char full[256];
    size_t size, count;
    char *text;
    fed f = { 0 };

    (void)snprintf(full, sizeof full, "../shared/" LISTS "%s", path);
    text = test_file(full, &size);
    CHECK_OK(fed_read(&f, text, size, 65536), &f.err);
    count = said;
    if (mark != NULL)
        count = marks(text, mark) + (second == NULL ? 0 : marks(text, second));
    print_message("# %s: %zu, %zu wrong\n", path, f.items, f.wrongs);
    CHECK_INT(f.kind, kind);
    CHECK_INT(f.items, count);
    CHECK_INT(f.wrongs, 0);
    if (f.edition.entry_count >= 0)
        CHECK_INT(f.edition.entry_count, f.items);
    fed_clear(&f);
    free(text);
}

static void each_edition_of_the_united_nations_is_whole(void **state)
{
    static const char *const editions[] = { "2017-07-03", "2018-10-29", "2020-11-30", "2025-04-19",
                                            "2026-02-27" };

    (void)state;
    SHARED_OR_SKIP(LISTS "un");
    for (size_t i = 0; i < 5; i++) {
        char path[64];

        (void)snprintf(path, sizeof path, "un/consolidated-%s.xml", editions[i]);
        has(path, FORMATS_UN_XML, "<INDIVIDUAL>", "<ENTITY>", 0);
    }
}

static void each_american_list_is_whole(void **state)
{
    (void)state;
    SHARED_OR_SKIP(LISTS "ofac");
    has("ofac/nonsdn_consolidated-2025-03-28.xml", FORMATS_OFAC_XML, NULL, NULL, 443);
    has("ofac/sdn_enhanced_IRGC-2024-10.xml", FORMATS_OFAC_ENHANCED, "<entity id=", NULL, 0);
    /* One row a line; the last line is the end of a CP/M file. */
    has("ofac/sdn-2024-05-03.csv", FORMATS_OFAC_CSV, "\r\n", NULL, 0);
}

static void the_canadian_list_is_whole(void **state)
{
    (void)state;
    SHARED_OR_SKIP(LISTS "ca_sema");
    has("ca_sema/sema-lmes-2025-05.xml", FORMATS_CA_XML, "<record>", NULL, 0);
}

/* The rows of the British list end in its Group ID: as many records as different ones. */
static void the_british_list_is_whole(void **state)
{
    static bool ids[100000];
    size_t size, count = 0;
    char *text;

    (void)state;
    SHARED_OR_SKIP(LISTS "uk_hmt_2014");
    text = test_file("../shared/" LISTS "uk_hmt_2014/sanctionsconlist-2014-04-02.csv", &size);
    for (char *end = strchr(text, '\n'); end != NULL; end = strchr(end + 1, '\n')) {
        const char *at = end;
        unsigned long id;

        while (at > text && (at[-1] == '\r' || (at[-1] >= '0' && at[-1] <= '9')))
            at--;
        id = strtoul(at, NULL, 10);
        /* A line feed within a cell has no number in front of it. */
        if (at > text && at[-1] == ',' && id > 0 && id < sizeof ids && !ids[id]) {
            ids[id] = true;
            count++;
        }
    }
    free(text);
    has("uk_hmt_2014/sanctionsconlist-2014-04-02.csv", FORMATS_UK_CSV, NULL, NULL, count);
}

static void every_row_of_the_european_journal_is_a_record(void **state)
{
    const struct dirent *entry;
    size_t total = 0, wrong = 0;
    DIR *dir;

    (void)state;
    SHARED_OR_SKIP(LISTS "eu_oj");
    dir = opendir("../shared/" LISTS "eu_oj");
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char path[512];
        size_t size;
        char *text;
        fed f = { 0 };

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "../shared/" LISTS "eu_oj/%s", entry->d_name);
        text = test_file(path, &size);
        CHECK_OK(fed_read(&f, text, size, 65536), &f.err);
        if (f.wrongs > 0)
            print_message("# %s: %zu wrong, first: %s\n", path, f.wrongs, f.wrong);
        total += f.items;
        wrong += f.wrongs;
        fed_clear(&f);
        free(text);
    }
    (void)closedir(dir);
    CHECK_INT(total, 8017); /* as counted by who took them out of the journal */
    CHECK_INT(wrong, 0);
}

RUN_TESTS(TEST(each_edition_of_the_united_nations_is_whole), TEST(each_american_list_is_whole),
          TEST(the_canadian_list_is_whole), TEST(the_british_list_is_whole),
          TEST(every_row_of_the_european_journal_is_a_record))
