/* taxii/store: random work on a collection against a slow model of TAXII 2.1 s3.4. */
#include "test.h"

#include "taxii/store.h"
#include "taxii/writer.h"

#include <fcntl.h>

#define COLLECTION "10000000-0000-4000-8000-000000000001"
#define OTHER      "10000000-0000-4000-8000-000000000002"
#define ROWS       400

typedef struct model_row {
    int object, version, spec; /* small numbers */
    ent_time added;
    bool live;
} model_row;

typedef struct fixture {
    char path[64];
    taxii_store *s;
    ent_arena *arena;
    int64_t collection;
    uint32_t seed;
    model_row rows[ROWS];
    size_t count;
} fixture;

static uint32_t draw(fixture *f, uint32_t below)
{
    f->seed = f->seed * 1664525 + 1013904223;
    return (f->seed >> 8) % below;
}

static const ent_str types[] = { { "indicator", 9 }, { "malware", 7 }, { "x-custom", 8 } };
static const ent_str specs[] = { { "2.0", 3 }, { "2.1", 3 } };

static ent_str text(fixture *f, const char *fmt, int a, int b)
{
    ent_str s;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    s = ent_arena_printf(f->arena, fmt, a, b);
#pragma GCC diagnostic pop
    assert_non_null(s.ptr);
    return s;
}

static ent_str id_of(fixture *f, int object)
{
    return ent_arena_printf(f->arena, "%.*s--%08x-0000-4000-8000-000000000000",
                            ENT_STR_ARG(types[object % 3]), (unsigned)object);
}

/* Objects 0, 8, 16 ... have no versions. */
static ent_str version_key_of(fixture *f, const model_row *row)
{
    return row->object % 8 == 0 ? (ent_str){ "", 0 }
                                : text(f, "20%02d-01-01T00:00:00", row->version, 0);
}

static taxii_collection collection_of(const char *id)
{
    return (taxii_collection){ .root = ENT_STR("root"),
                               .id = ent_str_of(id),
                               .title = ENT_STR("T"),
                               .alias = { "", 0 },
                               .read = ENT_STR("*"),
                               .write = ENT_STR(",a,"),
                               .query = { "", 0 } };
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    taxii_root root = { .name = ENT_STR("root"),
                        .title = ENT_STR("R"),
                        .max_content_length = 4096 };
    taxii_collection made, one = collection_of(COLLECTION), two = collection_of(OTHER);
    ent_err err = { 0 };

    (void)snprintf(f->path, sizeof f->path, "/tmp/ent-taxii-XXXXXX");
    (void)close(mkstemp(f->path));
    f->arena = ent_arena_new((size_t)1 << 30);
    CHECK_OK(taxii_store_open(f->path, &f->s, &err), &err);
    CHECK_OK(taxii_root_add(f->s, &root, &err), &err);
    CHECK_OK(taxii_collection_add(f->s, &two, &err), &err);
    CHECK_OK(taxii_collection_add(f->s, &one, &err), &err);
    CHECK_OK(taxii_collection_get(f->s, f->arena, root.name, ENT_STR(COLLECTION), &made, &err),
             &err);
    f->collection = made.number;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char path[80];

    taxii_store_close(f->s);
    ent_arena_free(f->arena);
    (void)remove(f->path);
    (void)snprintf(path, sizeof path, "%s-wal", f->path);
    (void)remove(path);
    (void)snprintf(path, sizeof path, "%s-shm", f->path);
    (void)remove(path);
    free(f);
    return 0;
}

static taxii_outcome add(fixture *f, int64_t collection, model_row *row)
{
    ent_str key = version_key_of(f, row);
    taxii_item item = { .id = id_of(f, row->object),
                        .type = types[row->object % 3],
                        .spec = specs[row->spec],
                        .version_key = key,
                        .version = key.size == 0
                                       ? key
                                       : ent_arena_printf(f->arena, "%.*sZ", ENT_STR_ARG(key)),
                        .bytes = text(f, "{\"n\":%d,\"v\":%d}", row->object, row->version) };
    ent_err err = { 0 };

    CHECK_OK(taxii_store_begin(f->s, &err), &err);
    CHECK_OK(taxii_objects_add(f->s, f->arena, collection, INT64_C(1800000000) * ENT_SECOND, &item,
                               1, &err),
             &err);
    CHECK_OK(taxii_store_end(f->s, ENT_OK, &err), &err);
    row->added = item.added;
    return item.outcome;
}

/* ---- the model ---- */

static bool same_version(const model_row *a, const model_row *b)
{
    return a->object == b->object && a->spec == b->spec &&
           (a->object % 8 == 0 || a->version == b->version);
}

typedef struct question {
    int mode;          /* 0 last, 1 first, 2 all, 3 first and last, 4 one version */
    int version, spec; /* spec -1: the newest; 2: both */
    int type;          /* -1: any; 3: the first two */
    int object;        /* -1: any */
    ent_time after;
    size_t limit;
} question;

static bool model_wants(const fixture *f, const question *q, const model_row *row)
{
    int newest = -1, first = 1000, last = -1;

    if (!row->live || row->added <= q->after || (q->object >= 0 && row->object != q->object))
        return false;
    if (q->type >= 0 && !(q->type == 3 ? row->object % 3 < 2 : row->object % 3 == q->type))
        return false;
    for (size_t i = 0; i < f->count; i++)
        if (f->rows[i].live && f->rows[i].object == row->object && f->rows[i].spec > newest)
            newest = f->rows[i].spec;
    for (size_t i = 0; i < f->count; i++) {
        const model_row *o = &f->rows[i];

        if (!o->live || o->object != row->object ||
            !(q->spec == 2 || o->spec == (q->spec < 0 ? newest : q->spec)))
            continue;
        first = o->version < first ? o->version : first;
        last = o->version > last ? o->version : last;
    }
    if (!(q->spec == 2 || row->spec == (q->spec < 0 ? newest : q->spec)))
        return false;
    if (row->object % 8 == 0)
        return q->mode != 4;
    return q->mode == 2 || ((q->mode == 0 || q->mode == 3) && row->version == last) ||
           ((q->mode == 1 || q->mode == 3) && row->version == first) ||
           (q->mode == 4 && row->version == q->version);
}

struct got {
    ent_time dates[2 * ROWS];
    size_t count;
};

static ent_code got_row(void *arg, const taxii_row *row, ent_err *err)
{
    struct got *got = arg;

    (void)err;
    got->dates[got->count++] = row->added;
    CHECK(row->bytes.size > 0);
    return ENT_OK;
}

static taxii_select select_of(fixture *f, const question *q)
{
    ent_str *keys = ent_arena_array(f->arena, 1, sizeof *keys);
    ent_str *ids = ent_arena_array(f->arena, 1, sizeof *ids);

    keys[0] = text(f, "20%02d-01-01T00:00:00", q->version, 0);
    ids[0] = id_of(f, q->object < 0 ? 0 : q->object);
    return (taxii_select){ .collection = f->collection,
                           .after = q->after,
                           .ids = ids,
                           .id_count = q->object >= 0,
                           .types = q->type == 3 ? types : &types[q->type < 0 ? 0 : q->type],
                           .type_count = q->type < 0 ? 0 : (q->type == 3 ? 2 : 1),
                           .specs = q->spec == 2 ? specs : &specs[q->spec < 0 ? 0 : q->spec],
                           .spec_count = q->spec < 0 ? 0 : (q->spec == 2 ? 2 : 1),
                           .versions = { .all = q->mode == 2,
                                         .first = q->mode == 1 || q->mode == 3,
                                         .last = q->mode == 0 || q->mode == 3,
                                         .keys = keys,
                                         .key_count = q->mode == 4 },
                           .limit = q->limit,
                           .content = true };
}

static question question_draw(fixture *f)
{
    question q = { .mode = (int)draw(f, 5),
                   .version = (int)draw(f, 6),
                   .spec = (int)draw(f, 4) - 1,
                   .type = (int)draw(f, 5) - 1,
                   .object = draw(f, 3) == 0 ? (int)draw(f, 20) : -1,
                   .limit = 1 + draw(f, 12) };

    if (draw(f, 2) == 0 && f->count > 0)
        q.after = f->rows[draw(f, (uint32_t)f->count)].added;
    return q;
}

static void ask(fixture *f)
{
    question q = question_draw(f);
    taxii_select select = select_of(f, &q);
    struct got got = { .count = 0 };
    ent_err err = { 0 };
    size_t at = 0;
    bool more, any_behind = false;

    CHECK_OK(taxii_objects_select(f->s, f->arena, &select, got_row, &got, &more, &err), &err);
    for (size_t i = 0; i < f->count; i++) {
        if (!model_wants(f, &q, &f->rows[i]))
            continue;
        if (at == q.limit) {
            any_behind = true;
            break;
        }
        if (at >= got.count || got.dates[at] != f->rows[i].added)
            fail_msg("seed %u: row %zu is wrong (mode %d spec %d type %d object %d)", f->seed, at,
                     q.mode, q.spec, q.type, q.object);
        at++;
    }
    CHECK_INT(got.count, at);
    CHECK_INT(more, any_behind);
}

static void post(fixture *f)
{
    model_row row = { .object = (int)draw(f, 20),
                      .version = (int)draw(f, 6),
                      .spec = (int)draw(f, 2),
                      .live = true };
    bool there = false;

    for (size_t i = 0; i < f->count; i++)
        there = there || (f->rows[i].live && same_version(&f->rows[i], &row));
    if (row.object % 8 == 0) /* other content, which is refused, is another test's */
        row.version = 0;
    CHECK_INT(add(f, f->collection, &row), there ? TAXII_PRESENT : TAXII_ADDED);
    if (there)
        return;
    CHECK(f->count == 0 || row.added > f->rows[f->count - 1].added);
    f->rows[f->count++] = row;
}

static void erase(fixture *f)
{
    question q = {
        .mode = (int)draw(f, 4), .spec = (int)draw(f, 4) - 1, .type = -1, .object = (int)draw(f, 20)
    };
    taxii_select select = select_of(f, &q);
    bool doomed[ROWS] = { 0 }, any = false;
    ent_err err = { 0 };

    for (size_t i = 0; i < f->count; i++)
        any |= doomed[i] = model_wants(f, &q, &f->rows[i]);
    CHECK_OK(taxii_store_begin(f->s, &err), &err);
    CHECK_INT(taxii_objects_delete(f->s, f->arena, &select, &err), any ? ENT_OK : ENT_NOT_FOUND);
    err = (ent_err){ 0 };
    CHECK_OK(taxii_store_end(f->s, ENT_OK, &err), &err);
    for (size_t i = 0; i < f->count; i++)
        f->rows[i].live = f->rows[i].live && !doomed[i];
}

/* ---- tests ---- */

static void every_page_is_the_models(void **state)
{
    fixture *f = *state;

    for (uint32_t round = 1; round <= 6; round++) {
        f->seed = round;
        while (f->count < round * (ROWS / 6) - 1) {
            uint32_t what = draw(f, 10);

            if (what < 4)
                post(f);
            else if (what == 4)
                erase(f);
            else
                ask(f);
            if (draw(f, 50) == 0)
                ent_arena_reset(f->arena);
        }
    }
}

/* First most rows are of the wanted type, then few are, then most are again. */
static void pages_of_a_type_are_whole_where_it_is_common_and_where_it_is_rare(void **state)
{
    fixture *f = *state;
    ent_time of_type[ROWS];
    size_t count = 0;

    for (int i = 0; i < 300; i++) {
        bool common = i < 80 || i > 220;
        model_row row = { .object = 3 * i + (common ? i % 5 == 0 : i % 9 != 0), .version = 1 };

        CHECK_INT(add(f, f->collection, &row), TAXII_ADDED);
        if (row.object % 3 == 0)
            of_type[count++] = row.added;
    }
    for (size_t limit = 1; limit <= count + 1; limit += limit < 8 ? 1 : 17)
        for (size_t from = 0; from <= count; from += limit) {
            question q = { .spec = -1, .type = 0, .object = -1, .limit = limit };
            struct got got = { .count = 0 };
            taxii_select select;
            ent_err err = { 0 };
            bool more;

            q.after = from == 0 ? 0 : of_type[from - 1];
            select = select_of(f, &q);
            CHECK_OK(taxii_objects_select(f->s, f->arena, &select, got_row, &got, &more, &err),
                     &err);
            CHECK_INT(got.count, count - from < limit ? count - from : limit);
            CHECK_INT(more, count - from > limit);
            for (size_t i = 0; i < got.count; i++)
                CHECK_INT(got.dates[i], of_type[from + i]);
            ent_arena_reset(f->arena);
        }
}

static void a_collection_holds_nothing_of_its_neighbour(void **state)
{
    fixture *f = *state;
    model_row row = { .object = 1, .version = 1 };
    taxii_collection other;
    int64_t count;
    ent_err err = { 0 };
    bool exists;

    CHECK_OK(taxii_collection_get(f->s, f->arena, ENT_STR("root"), ENT_STR(OTHER), &other, &err),
             &err);
    CHECK_INT(add(f, other.number, &row), TAXII_ADDED);
    CHECK_OK(taxii_object_exists(f->s, f->arena, f->collection, id_of(f, 1), &exists, &err), &err);
    CHECK(!exists);
    CHECK_INT(add(f, f->collection, &row), TAXII_ADDED);
    CHECK_OK(taxii_collection_remove(f->s, ENT_STR("root"), ENT_STR(OTHER), &err), &err);
    CHECK_OK(taxii_objects_count(f->s, f->collection, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_OK(taxii_objects_count(f->s, other.number, &count, &err), &err);
    CHECK_INT(count, 0);
}

static void the_same_version_with_other_content_is_refused(void **state)
{
    fixture *f = *state;
    model_row row = { .object = 1, .version = 1 };
    taxii_item item = { .id = id_of(f, 1),
                        .type = types[1],
                        .spec = specs[0],
                        .version = ENT_STR("2001-01-01T00:00:00Z"),
                        .version_key = ENT_STR("2001-01-01T00:00:00"),
                        .bytes = ENT_STR("{\"n\":1,\"v\":7}") };
    ent_err err = { 0 };

    CHECK_INT(add(f, f->collection, &row), TAXII_ADDED);
    CHECK_OK(taxii_store_begin(f->s, &err), &err);
    CHECK_OK(taxii_objects_add(f->s, f->arena, f->collection, 0, &item, 1, &err), &err);
    CHECK_INT(item.outcome, TAXII_REFUSED);
    item.outcome = TAXII_ADDED;
    item.bytes = ENT_STR(" { \"v\" : 1.0, \"n\":1 } ");
    CHECK_OK(taxii_objects_add(f->s, f->arena, f->collection, 0, &item, 1, &err), &err);
    CHECK_INT(item.outcome, TAXII_PRESENT);
    CHECK_INT(taxii_store_end(f->s, ENT_NO, &err), ENT_NO);
}

/* A thousand objects in one body, at a time that stands still. */
static void dates_stay_a_millisecond_apart(void **state)
{
    fixture *f = *state;
    taxii_item *items = ent_arena_array(f->arena, 1000, sizeof *items);
    ent_err err = { 0 };

    for (int i = 0; i < 1000; i++)
        items[i] = (taxii_item){ .id = id_of(f, i + 100),
                                 .type = types[0],
                                 .spec = specs[1],
                                 .version = { "", 0 },
                                 .version_key = { "", 0 },
                                 .bytes = ENT_STR("{}") };
    CHECK_OK(taxii_store_begin(f->s, &err), &err);
    CHECK_OK(taxii_objects_add(f->s, f->arena, f->collection, INT64_C(1800000000123456), items,
                               1000, &err),
             &err);
    CHECK_OK(taxii_store_end(f->s, ENT_OK, &err), &err);
    CHECK(items[0].added == INT64_C(1800000000124000));
    for (int i = 1; i < 1000; i++)
        CHECK(items[i].added == items[i - 1].added + 1000);
}

static ent_code write_nothing(taxii_store *s, void *arg, ent_err *err)
{
    fixture *f = arg;
    taxii_collection one = collection_of(OTHER);
    ent_arena *arena = ent_arena_new(65536);
    ent_code rc = taxii_collection_get(s, arena, ENT_STR("root"), ENT_STR(OTHER), &one, err);

    ent_arena_free(arena);
    if (rc == ENT_OK)
        rc = taxii_status_put(s, ENT_STR("root"), ENT_STR("id"), ENT_STR("ana"), 1, ENT_STR("{}"),
                              err);
    return rc != ENT_OK ? rc : ent_fail(err, ENT_LIMIT, "%s", f->path);
}

static void a_write_that_fails_leaves_nothing(void **state)
{
    fixture *f = *state;
    taxii_writer *writer;
    ent_err err = { 0 };
    ent_str json;

    CHECK_OK(taxii_writer_new(f->path, &writer, &err), &err);
    CHECK_INT(taxii_writer_run(writer, write_nothing, f, &err), ENT_LIMIT);
    taxii_writer_free(writer);
    CHECK_INT(taxii_status_get(f->s, f->arena, ENT_STR("root"), ENT_STR("id"), ENT_STR("ana"),
                               &json, &err),
              ENT_NOT_FOUND);
}

static void rights_are_whole_names(void **state)
{
    (void)state;
    CHECK(taxii_names_have(ENT_STR(",ana,bob,"), ENT_STR("ana")));
    CHECK(taxii_names_have(ENT_STR(",ana,bob,"), ENT_STR("bob")));
    CHECK(!taxii_names_have(ENT_STR(",ana,bob,"), ENT_STR("an")));
    CHECK(!taxii_names_have(ENT_STR(",ana,bob,"), ENT_STR("na")));
    CHECK(!taxii_names_have(ENT_STR(",ana,bob,"), ENT_STR("")));
    CHECK(!taxii_names_have(ENT_STR(""), ENT_STR("ana")));
    CHECK(taxii_names_have(ENT_STR("*"), ENT_STR("zoe")));
}

static void a_stamp_has_microseconds(void **state)
{
    char stamp[TAXII_STAMP_SIZE];

    (void)state;
    taxii_stamp_write(INT64_C(1731094920123456), stamp);
    CHECK_STR(stamp, "2024-11-08T19:42:00.123456Z");
    taxii_stamp_write(-1, stamp);
    CHECK_STR(stamp, "1969-12-31T23:59:59.999999Z");
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH(every_page_is_the_models),
          WITH(pages_of_a_type_are_whole_where_it_is_common_and_where_it_is_rare),
          WITH(a_collection_holds_nothing_of_its_neighbour),
          WITH(the_same_version_with_other_content_is_refused),
          WITH(dates_stay_a_millisecond_apart), WITH(a_write_that_fails_leaves_nothing),
          TEST(rights_are_whole_names), TEST(a_stamp_has_microseconds))
