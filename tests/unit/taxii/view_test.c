/* taxii/view: what is kept of a view follows its source, for each audience apart. */
#include "test.h"

#include "taxii/view.h"

#include <stdio.h>

#define RECORDS 5000

/* A source of records that may be permitted or not, by hand. */
typedef struct source {
    struct {
        int version; /* of the latest; 0: there is none */
        int64_t number;
        bool permitted;
    } records[RECORDS];
    int count;
    int64_t last;
    int asked, read; /* records handed on, rows read */
} source;

typedef struct fixture {
    ent_arena *arena;
    taxii_store *s;
    taxii_writer *writer;
    taxii_views *views;
    source source;
    taxii_collection collection;
    char path[64];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    taxii_root root = { .name = ENT_STR("r"),
                        .title = ENT_STR("R"),
                        .max_content_length = 1024,
                        .partner = { "", 0 } };
    ent_err err = { 0 };

    f->arena = ent_arena_new((size_t)1 << 28);
    (void)snprintf(f->path, sizeof f->path, "/tmp/ent-view-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    (void)strcat(f->path, "/taxii.db");
    CHECK_OK(taxii_store_open(f->path, &f->s, &err), &err);
    CHECK_OK(taxii_writer_new(f->path, &f->writer, &err), &err);
    CHECK_OK(taxii_views_new(&f->views, &err), &err);
    CHECK_OK(taxii_root_add(f->s, &root, &err), &err);
    f->collection = (taxii_collection){ .root = ENT_STR("r"),
                                        .id = ENT_STR("10000000-0000-4000-8000-000000000001"),
                                        .title = ENT_STR("T"),
                                        .alias = { "", 0 },
                                        .read = ENT_STR(",ana,"),
                                        .write = { "", 0 },
                                        .query = ENT_STR("type:x") };
    CHECK_OK(taxii_collection_add(f->s, &f->collection, &err), &err);
    CHECK_OK(
        taxii_collection_get(f->s, f->arena, ENT_STR("r"), f->collection.id, &f->collection, &err),
        &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    fixture *f = *state;
    char path[80];

    taxii_views_free(f->views);
    taxii_writer_free(f->writer);
    taxii_store_close(f->s);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        (void)remove(path);
    }
    *strrchr(f->path, '/') = '\0';
    (void)remove(f->path);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

/* ---- the source ---- */

static void put(source *s, int at, bool permitted)
{
    s->records[at].version++;
    s->records[at].number = ++s->last;
    s->records[at].permitted = permitted;
    if (at >= s->count)
        s->count = at + 1;
}

static void id_write(int at, char id[64])
{
    (void)snprintf(id, 64, "x--%08x-0000-4000-8000-000000000000", (unsigned)at);
}

static void version_write(int version, char text[32])
{
    (void)snprintf(text, 32, "20%02d-01-01T00:00:00.000Z", version);
}

static ent_code source_each(void *arg, int64_t after, taxii_view_each each, void *each_arg,
                            ent_err *err)
{
    source *s = arg;

    for (int i = 0; i < s->count; i++) {
        char id[64], version[32];

        if (s->records[i].version == 0 || s->records[i].number <= after)
            continue;
        s->asked++;
        id_write(i, id);
        version_write(s->records[i].version, version);
        ENT_TRY(each(each_arg,
                     &(taxii_view_row){ s->records[i].number, ent_str_of(id), ENT_STR("x"),
                                        ent_str_of(version), s->records[i].permitted },
                     err));
    }
    return ENT_OK;
}

static ent_code source_read(void *arg, ent_arena *arena, ent_str id, ent_str version,
                            ent_str *bytes, ent_err *err)
{
    source *s = arg;
    long at = strtol(id.ptr + 3, NULL, 16);
    char now[32];

    (void)arena;
    s->read++;
    version_write(s->records[at].version, now);
    if (!s->records[at].permitted || !ent_str_is(version, now))
        return ent_fail(err, ENT_NOT_FOUND, "not now");
    *bytes = ENT_STR("{}");
    return ENT_OK;
}

/* ---- looking ---- */

static int64_t refresh(fixture *f, const char *audience, const char *state)
{
    taxii_reading reading = { ent_str_of(audience), ent_str_of(state), source_each, source_read,
                              &f->source };
    ent_err err = { 0 };
    int64_t number = 0;

    f->source.asked = 0;
    CHECK_OK(taxii_view_refresh(f->views, f->s, f->writer, f->arena, f->collection.number, &reading,
                                INT64_C(1800000000) * ENT_SECOND, &number, &err),
             &err);
    return number;
}

static ent_code read_now(void *arg, ent_str id, ent_str version, ent_str *bytes, ent_err *err)
{
    return source_read(arg, NULL, id, version, bytes, err);
}

struct seen {
    size_t count;
    ent_time last;
    bool rising;
};

static ent_code row_see(void *arg, const taxii_row *row, ent_err *err)
{
    struct seen *seen = arg;

    (void)err;
    seen->rising = seen->rising && row->added > seen->last;
    seen->last = row->added;
    seen->count++;
    return ENT_OK;
}

static size_t page(fixture *f, int64_t number, size_t limit, bool *more)
{
    taxii_select select = { .collection = number,
                            .versions = { .last = true },
                            .limit = limit,
                            .read = read_now,
                            .read_arg = &f->source };
    struct seen seen = { 0, 0, true };
    ent_err err = { 0 };

    CHECK_OK(taxii_objects_select(f->s, f->arena, &select, row_see, &seen, more, &err), &err);
    assert_true(seen.rising);
    return seen.count;
}

static int64_t kept(fixture *f, int64_t number)
{
    ent_err err = { 0 };
    int64_t count;

    CHECK_OK(taxii_objects_count(f->s, number, &count, &err), &err);
    return count;
}

/* ---- tests ---- */

static void what_is_permitted_is_kept_and_nothing_else(void **state)
{
    fixture *f = *state;
    int64_t number;
    bool more;

    for (int i = 0; i < 3000; i++)
        put(&f->source, i, i % 3 == 0);
    number = refresh(f, "a", "s1");
    assert_int_equal(kept(f, number), 1000);
    assert_int_equal(page(f, number, 10000, &more), 1000);
    assert_false(more);
    assert_int_equal(page(f, number, 999, &more), 999);
    assert_true(more);
}

static void only_what_is_new_is_looked_at(void **state)
{
    fixture *f = *state;
    int64_t number;

    for (int i = 0; i < 100; i++)
        put(&f->source, i, true);
    (void)refresh(f, "a", "s1");
    assert_int_equal(f->source.asked, 100);
    put(&f->source, 100, true);
    put(&f->source, 5, false); /* a version that may not be seen */
    put(&f->source, 6, true);
    number = refresh(f, "a", "s1");
    assert_int_equal(f->source.asked, 3);
    assert_int_equal(kept(f, number), 100); /* one more, one less, one in its new version */
    (void)refresh(f, "a", "s1");
    assert_int_equal(f->source.asked, 0);
}

static void another_state_judges_all_anew(void **state)
{
    fixture *f = *state;
    int64_t number;

    for (int i = 0; i < 2500; i++)
        put(&f->source, i, true);
    number = refresh(f, "a", "s1");
    for (int i = 0; i < 2500; i++)
        f->source.records[i].permitted = i % 2 == 0; /* without a new version: an agreement ended */
    number = refresh(f, "a", "s1");
    assert_int_equal(kept(f, number), 2500);
    number = refresh(f, "a", "s2");
    assert_int_equal(kept(f, number), 1250);
    for (int i = 0; i < 2500; i++)
        f->source.records[i].permitted = true;
    number = refresh(f, "a", "s3");
    assert_int_equal(kept(f, number), 2500);
}

/* Even before anything is judged anew. */
static void what_may_not_be_read_any_more_is_not_there(void **state)
{
    fixture *f = *state;
    int64_t number;
    bool more;

    for (int i = 0; i < 20; i++)
        put(&f->source, i, true);
    number = refresh(f, "a", "s1");
    for (int i = 5; i < 20; i++)
        f->source.records[i].permitted = false;
    assert_int_equal(page(f, number, 5, &more), 5);
    assert_false(more); /* there is more that was kept, and none that may be read */
    assert_int_equal(page(f, number, 100, &more), 5);
    f->source.records[19].permitted = true;
    assert_int_equal(page(f, number, 5, &more), 5);
    assert_true(more);
    f->source.records[0].version++; /* a newer version is there, and not looked at yet */
    assert_int_equal(page(f, number, 100, &more), 5);
}

static void audiences_are_kept_apart(void **state)
{
    fixture *f = *state;
    int64_t a, b;

    put(&f->source, 0, true);
    a = refresh(f, "a", "s1");
    f->source.records[0].permitted = false;
    b = refresh(f, "b", "s1");
    assert_int_not_equal(a, b);
    assert_int_equal(kept(f, a), 1);
    assert_int_equal(kept(f, b), 0);
}

static void a_view_that_is_removed_leaves_nothing(void **state)
{
    fixture *f = *state;
    taxii_collection *list;
    ent_err err = { 0 };
    int64_t number;
    size_t count;

    put(&f->source, 0, true);
    number = refresh(f, "a", "s1");
    CHECK_OK(taxii_collection_list(f->s, f->arena, (ent_str){ NULL, 0 }, &list, &count, &err),
             &err);
    assert_int_equal(count, 1); /* what is kept is no collection */
    CHECK_OK(taxii_collection_remove(f->s, ENT_STR("r"), f->collection.id, &err), &err);
    assert_int_equal(kept(f, number), 0);
    {
        taxii_shadow shadow;

        assert_int_equal(
            taxii_shadow_get(f->s, f->arena, f->collection.number, ENT_STR("a"), &shadow, &err),
            ENT_NOT_FOUND);
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_permitted_is_kept_and_nothing_else),
        T(only_what_is_new_is_looked_at),
        T(another_state_judges_all_anew),
        T(what_may_not_be_read_any_more_is_not_there),
        T(audiences_are_kept_apart),
        T(a_view_that_is_removed_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
