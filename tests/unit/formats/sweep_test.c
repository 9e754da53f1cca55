/* formats: with each allocation of an item failing, once, every file of the fuzzer's corpus gives
 * only items that a whole reading gives, or says that it could not. */
#include "feed.h"

#include "formats/reader_int.h"

#include <dirent.h>

#define CORPUS "tests/fuzz/corpus/formats_any"

static const char *good; /* the lines of a whole reading */
static size_t extra;
static char odd[600];

static ent_code item_take(void *arg, const formats_item *item, ent_err *err)
{
    ent_str raw = item->wrong == NULL ? ent_json_raw(item->object) : ENT_STR("");
    char *line;

    (void)arg;
    (void)err;
    if (item->wrong != NULL)
        return ENT_OK;
    line = malloc(raw.size + 2);
    assert_non_null(line);
    memcpy(line, raw.ptr, raw.size);
    memcpy(line + raw.size, "\n", 2);
    if (strstr(good, line) == NULL && extra++ == 0)
        (void)snprintf(odd, sizeof odd, "%s", line);
    free(line);
    return ENT_OK;
}

/* True if it was read to its end with nothing failing. */
static bool read_failing(const char *bytes, size_t size, size_t after, const char *name)
{
    const formats_options options = { FORMATS_COUNT, "test", NULL };
    formats_reader *reader;
    ent_err err = { 0 };
    ent_code rc;
    bool spent;

    CHECK_OK(formats_reader_new(&options, item_take, NULL, &reader, &err), &err);
    ent_arena_fail_after(reader->arena, after);
    rc = formats_feed(reader, bytes, size, &err);
    if (rc == ENT_OK)
        rc = formats_end(reader, &err);
    /* Was it still to come?  The next allocation tells. */
    ent_arena_fail_after(reader->arena, (size_t)-1);
    spent = reader->broken || rc != ENT_OK;
    formats_reader_free(reader);
    if (extra > 0)
        fail_msg("%s, failing after %zu: %s", name, after, odd);
    return !spent;
}

static void file_sweep(const char *name)
{
    char path[300];
    size_t size, clean = 0;
    char *bytes;
    fed f = { 0 };

    (void)snprintf(path, sizeof path, CORPUS "/%s", name);
    bytes = test_file(path, &size);
    (void)fed_read(&f, bytes, size, size);
    good = f.seen == NULL ? "" : f.seen;
    extra = 0;
    /* Files with wrong entries are never clean: the count ends them. */
    for (size_t after = 0; after < 3000 && clean < 40; after++)
        clean = read_failing(bytes, size, after, name) ? clean + 1 : 0;
    fed_clear(&f);
    free(bytes);
}

static void a_failed_allocation_never_makes_another_item(void **state)
{
    DIR *dir = opendir(CORPUS);
    const struct dirent *entry;
    size_t files = 0;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.') {
            file_sweep(entry->d_name);
            files++;
        }
    (void)closedir(dir);
    CHECK(files > 12);
}

RUN_TESTS(TEST(a_failed_allocation_never_makes_another_item))
