/* import: with memory and disk failing at every point, nothing is half-stored and nothing that
 * was told is lost. */
#include "test.h"

#include "base/buf.h"
#include "holdings/import.h"

#include "unit/holdings/failing_vfs.h"

static char folder[64], path[80];
static ent_err err;

static int set_up(void **state)
{
    (void)snprintf(folder, sizeof folder, "/tmp/ent-import-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/db", folder);
    err = (ent_err){ 0 };
    *state = NULL;
    return 0;
}

static void store_remove(void)
{
    static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
    char file[96];

    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(file, sizeof file, "%s%s", path, tails[i]);
        (void)remove(file);
    }
}

static int tear_down(void **state)
{
    (void)state;
    store_remove();
    (void)remove(folder);
    return 0;
}

static void not_random(void *arg, void *bytes, size_t size)
{
    (void)arg;
    memset(bytes, 7, size);
}

static size_t noted;

static void note_take(void *arg, const holdings_note *note)
{
    (void)arg;
    CHECK(note->reason.size > 0);
    noted++;
}

static const struct {
    const char *name, *text;
} files[] = {
    { "stix",
      "{\"type\":\"bundle\",\"id\":\"bundle--11111111-1111-4111-8111-111111111111\",\"objects\":["
      "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--11111111-1111-4111-8111-"
      "111111111111\",\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":\"2024-01-01T00:00:00."
      "000Z\",\"name\":\"a\"},{\"type\":\"url\",\"spec_version\":\"2.1\",\"id\":\"url--11111111-"
      "1111-4111-8111-111111111112\",\"value\":\"http://x/\"},{\"type\":\"nothing\"}]}" },
    { "jsonl",
      "{\"id\":\"1\",\"agency\":\"OFAC\",\"names\":[\"Nabil Farsoun\"],\"dob\":[\"1990-12-02\"]}\n"
      "{\"id\":\"2\",\"agency\":\"OFAC\",\"schema\":\"org\",\"names\":[\"Ninth\"]}\n{\"names\":[]}"
      "\n" },
    { "ftm",
      "{\"id\":\"c1\",\"schema\":\"Company\",\"properties\":{\"name\":[\"N\"]}}\n{\"id\":\"c2\","
      "\"schema\":\"Company\",\"properties\":{\"name\":[\"M\"]}}\n{\"id\":\"x\",\"schema\":"
      "\"Thing\",\"properties\":{}}\n" },
    { "misp",
      "{\"Event\":{\"uuid\":\"e\",\"info\":\"i\",\"timestamp\":\"1700000000\",\"Attribute\":[{"
      "\"type\":\"vulnerability\",\"value\":\"CVE-2024-1\",\"uuid\":\"u\"},{\"type\":\"x\"}"
      "]}}" },
    { "ofac-csv", "1,\"A, B\",\"individual\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 1990\"\n"
                  "2,\"C\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n"
                  "1,5,\"aka\",\"D, E\",-0- \n3,5,\"aka\",\"F\",-0- \n" },
    { "enhanced", "<sanctionsData><entity id=\"1\"><names><name><translations><translation>"
                  "<formattedFullName>A</formattedFullName></translation></translations></name>"
                  "</names></entity><entity id=\"2\"><names><name><translations><translation>"
                  "<formattedLastName>B</formattedLastName></translation></translations></name>"
                  "</names></entity><entity id=\"3\"></entity></sanctionsData>" },
    { "stix20", "[{\"type\":\"tool\",\"id\":\"tool--11111111-1111-4111-8111-111111111111\","
                "\"created\":\"2017-01-01T00:00:00.000Z\",\"modified\":\"2017-01-01T00:00:00.000Z\""
                ",\"labels\":[\"a\"],\"name\":\"a\"},{\"type\":\"malware\",\"id\":\"malware--"
                "11111111-1111-4111-8111-111111111111\",\"created\":\"2017-01-01T00:00:00.000Z\","
                "\"modified\":\"2017-01-01T00:00:00.000Z\",\"labels\":[\"a\"],\"name\":\"a\"},"
                "{\"type\":\"note\"}]" },
    { "xml", "<sdnList><sdnEntry><uid>1</uid><lastName>A B</lastName><sdnType>Individual</sdnType>"
             "</sdnEntry><sdnEntry><uid>2</uid><lastName>C D</lastName><sdnType>Entity</sdnType>"
             "</sdnEntry><sdnEntry><uid>3</uid></sdnEntry></sdnList>" },
    { "csv", "id,name,schema\n1,Ninth,org\n2,Tenth,org\n3,,\n" },
};

struct outcome {
    ent_code code;
    holdings_import_count count;
};

static struct outcome import(store *s, const char *text)
{
    holdings_import_options options = { .formats = { FORMATS_COUNT, "test", NULL },
                                        .source = ENT_STR("import:test"),
                                        .random = not_random,
                                        .note = note_take };
    struct outcome out = { ENT_OK, { 0 } };
    holdings_import *import = NULL;

    noted = 0;
    CHECK_OK(ent_time_read(ENT_STR("2026-01-01T00:00:00Z"), &options.now, &err), &err);
    out.code = holdings_import_new(s, &options, &import, &err);
    if (out.code != ENT_OK)
        return out;
    out.code = holdings_import_feed(import, text, strlen(text), &err);
    if (out.code == ENT_OK)
        out.code = holdings_import_end(import, true, &err);
    out.count = *holdings_import_counted(import);
    holdings_import_free(import);
    return out;
}

static int64_t held(store *s)
{
    int64_t count = -1;

    CHECK_OK(store_count(s, "", &count, &err), &err);
    return count;
}

static void every_format_comes_in_whole_and_again_unchanged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct outcome out;
        store *s;

        store_remove();
        CHECK_OK(store_open(path, &s, &err), &err);
        out = import(s, files[i].text);
        CHECK_OK(out.code, &err);
        CHECK_INT(out.count.added, 2);
        CHECK_INT(out.count.rejected, 1);
        CHECK_INT(noted, 1);
        CHECK_INT(held(s), 2);
        out = import(s, files[i].text);
        CHECK_INT(out.count.unchanged, 2);
        CHECK_INT(out.count.rejected, 1);
        CHECK_INT(held(s), 2);
        store_close(s);
    }
}

/* The n-th allocation of SQLite fails. */
static sqlite3_mem_methods system_memory;
static int fail_at;

static void *failing_malloc(int size)
{
    if (fail_at > 0 && --fail_at == 0)
        return NULL;
    return system_memory.xMalloc(size);
}

static void *failing_realloc(void *old, int size)
{
    if (fail_at > 0 && --fail_at == 0)
        return NULL;
    return system_memory.xRealloc(old, size);
}

/* One failure at a time, wherever it may be: an error, or success; then the same import again
 * gives what a whole one gives. */
static void memory_that_fails_in_the_store_leaves_nothing_half(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t failures = 0;
        bool through = false;

        for (int n = 1; !through && n < 4000; n += n < 60 ? 1 : 37) {
            struct outcome out;
            store *s;

            store_remove();
            CHECK_OK(store_open(path, &s, &err), &err);
            fail_at = n;
            out = import(s, files[i].text);
            through = fail_at > 0;
            fail_at = 0;
            failures += out.code != ENT_OK;
            CHECK(out.code == ENT_OK || out.code == ENT_MEMORY || out.code == ENT_IO);
            CHECK_INT(held(s), out.code == ENT_OK ? (int64_t)out.count.added : 0);
            CHECK_OK(store_check(s, &err), &err);
            out = import(s, files[i].text);
            CHECK_OK(out.code, &err);
            CHECK_INT(held(s), 2);
            store_close(s);
        }
        CHECK(failures > 3);
    }
}

static ent_code whole_check(void *arg, const store_row *row, ent_err *e)
{
    size_t count;
    ent_str *list;
    ent_arena *arena = ent_arena_new((size_t)1 << 20);

    (void)e;
    CHECK(row->bytes.size > 0);
    CHECK_OK(store_refs_of(arg, arena, row->number, &list, &count, &err), &err);
    ent_arena_free(arena);
    return ENT_OK;
}

/* Each write, truncation and sync of an import fails once, with half of the write done: it is
 * said, and what is there afterwards is all of the file or nothing. */
static void a_disk_that_fails_once_leaves_nothing_half(void **state)
{
    const store_query all = { .every = true };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t failures = 0;
        bool through = false;

        for (long n = 1; !through; n++) {
            struct outcome out;
            store *s;

            store_remove();
            CHECK_OK(store_open(path, &s, &err), &err);
            disk.fault = n % 2 ? DISK_FAILS : DISK_FULL;
            disk.seen = 0;
            disk.at = n;
            out = import(s, files[i].text);
            through = disk.seen < n;
            disk.at = 0;
            failures += out.code != ENT_OK;
            CHECK(out.code == ENT_OK || out.code == ENT_IO);
            CHECK(held(s) == 2 || (held(s) == 0 && out.code != ENT_OK));
            store_close(s);
            CHECK_OK(store_open(path, &s, &err), &err);
            CHECK_OK(store_check(s, &err), &err);
            /* A sync that failed may have been good: then it is there after all, whole. */
            CHECK(held(s) == 2 || (held(s) == 0 && out.code != ENT_OK));
            CHECK_OK(store_objects_each(s, &all, whole_check, s, &err), &err);
            CHECK_OK(import(s, files[i].text).code, &err);
            CHECK_INT(held(s), 2);
            store_close(s);
        }
        CHECK(failures > 3);
    }
}

/* A disk that takes only so much: the page limit of the database stands in for it. */
static void a_disk_that_is_full_is_said_and_nothing_is_half(void **state)
{
    static char many[300000];
    size_t used = 0;
    struct outcome out;
    store *s;

    (void)state;
    for (int i = 0; i < 900; i++)
        used +=
            (size_t)snprintf(many + used, sizeof many - used,
                             "{\"id\":\"%d\",\"schema\":\"org\",\"names\":[\"Name of number %d\"]"
                             ",\"notes\":\"%0200d\"}\n",
                             i, i, i);
    CHECK_OK(store_open(path, &s, &err), &err);
    store_close(s);
    CHECK_OK(store_open(path, &s, &err), &err);
    CHECK_OK(store_limit(s, 60, &err), &err);
    out = import(s, many);
    CHECK_INT(out.code, ENT_IO);
    CHECK(strstr(err.msg, "full") != NULL);
    CHECK_INT(held(s), 0);
    CHECK_OK(store_check(s, &err), &err);
    CHECK_OK(store_limit(s, 0, &err), &err);
    out = import(s, many);
    CHECK_OK(out.code, &err);
    CHECK_INT(held(s), 900);
    store_close(s);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(every_format_comes_in_whole_and_again_unchanged),
        EACH(memory_that_fails_in_the_store_leaves_nothing_half),
        EACH(a_disk_that_fails_once_leaves_nothing_half),
        EACH(a_disk_that_is_full_is_said_and_nothing_is_half),
    };
    sqlite3_mem_methods failing;

    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory);
    failing = system_memory;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
    (void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
    disk_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
