/* store: what any backend must do; each test runs over all of them. */
#include "unit/store/backends.h"

#define ROOM ((size_t)16 << 20)

static store_put_result put(store *s, const char *owner, const char *id, const char *version,
                            const char *bytes)
{
    static const ent_str keys[] = { { "doc:A:1", 7 }, { "tel:+1", 6 } };
    static const ent_str refs[] = { { "identity--x", 11 } };
    store_object object = { .owner = ent_str_of(owner),
                            .id = ent_str_of(id),
                            .version = ent_str_of(version),
                            .type = ENT_STR("identity"),
                            .bytes = ent_str_of(bytes),
                            .received = 5,
                            .source = ENT_STR("test"),
                            .text = ENT_STR("tsarnaev quay"),
                            .keys = keys,
                            .key_count = 2,
                            .refs = refs,
                            .ref_count = 1 };
    store_put_result result = STORE_CONFLICTS;
    ent_err err = { 0 };

    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    return result;
}

static void versions_are_kept_and_the_latest_is_found(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    store_row row;
    store *s = opened();

    (void)state;
    CHECK_INT(put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one"), STORE_ADDED);
    CHECK_INT(put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one"), STORE_UNCHANGED);
    CHECK_INT(put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "else"), STORE_CONFLICTS);
    CHECK_INT(put(s, "", "identity--a", "2024-01-03T00:00:00.000Z", "three"), STORE_UPDATED);
    CHECK_INT(put(s, "", "identity--a", "2024-01-02T00:00:00.000Z", "two"), STORE_OLDER);
    /* Another owner's object of the same id is another object (law 4). */
    CHECK_INT(put(s, "SVB", "identity--a", "2025-01-01T00:00:00.000Z", "theirs"), STORE_ADDED);
    CHECK_OK(store_object_get(s, arena, NULL, ENT_STR("identity--a"), &row, &err), &err);
    CHECK_TEXT(row.bytes, "three");
    CHECK_OK(store_object_get(s, arena, "SVB", ENT_STR("identity--a"), &row, &err), &err);
    CHECK_TEXT(row.bytes, "theirs");
    CHECK_INT(
        found(s, (store_query){ .id = ENT_STR("identity--a"), .owner = "", .versions = true }), 3);
    CHECK_INT(store_object_get(s, arena, "CTB", ENT_STR("identity--a"), &row, &err), ENT_NOT_FOUND);
    store_close(s);
    ent_arena_free(arena);
}

static void keys_references_and_words_find_the_latest_version(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    store_row row;
    ent_str *keys;
    size_t count;
    store *s = opened();

    (void)state;
    (void)put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one");
    (void)put(s, "", "identity--a", "2024-01-02T00:00:00.000Z", "two");
    CHECK_INT(found(s, (store_query){ .key = "doc:A:1" }), 1);
    CHECK_INT(found(s, (store_query){ .key = "doc:A:2" }), 0);
    CHECK_INT(found(s, (store_query){ .ref = "identity--x" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "tsarnaev" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "qu" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "\" OR words:* NEAR(" }), 0);
    CHECK_INT(found(s, (store_query){ .text = "" }), 0);
    CHECK_OK(store_object_get(s, arena, NULL, ENT_STR("identity--a"), &row, &err), &err);
    CHECK_OK(store_keys_of(s, arena, row.number, &keys, &count, &err), &err);
    CHECK_INT(count, 2);
    store_close(s);
    ent_arena_free(arena);
}

static void an_erased_object_leaves_only_its_reason(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    store_row row;
    store *s = opened();

    (void)state;
    (void)put(s, "SVB", "identity--a", "2024-01-01T00:00:00.000Z", "one");
    (void)put(s, "SVB", "identity--a", "2024-01-02T00:00:00.000Z", "two");
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(
        store_object_erase(s, ENT_STR("SVB"), ENT_STR("identity--a"), ENT_STR("recalled"), &err),
        &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_OK(store_object_get(s, arena, NULL, ENT_STR("identity--a"), &row, &err), &err);
    CHECK_TEXT(row.bytes, "");
    CHECK_TEXT(row.tombstone, "recalled");
    CHECK_INT(found(s, (store_query){ .key = "doc:A:1" }), 0);
    CHECK_INT(found(s, (store_query){ .text = "tsarnaev" }), 0);
    store_close(s);
    ent_arena_free(arena);
}

static ent_code held_each(void *arg, const store_row *row, ent_err *err)
{
    (void)err;
    CHECK_TEXT(row->quarantine, "no rating");
    CHECK_TEXT(row->handling, "{}");
    (*(int *)arg)++;
    return ENT_OK;
}

static void what_is_held_back_is_found_by_nothing_but_the_quarantine(void **state)
{
    static const ent_str keys[] = { { "doc:A:1", 7 } };
    store_object object = { .id = ENT_STR("identity--a"),
                            .version = ENT_STR("2024-01-02T00:00:00.000Z"),
                            .type = ENT_STR("identity"),
                            .bytes = ENT_STR("held"),
                            .source = ENT_STR("test"),
                            .text = ENT_STR("tsarnaev"),
                            .handling = ENT_STR("{}"),
                            .quarantine = ENT_STR("no rating"),
                            .keys = keys,
                            .key_count = 1 };
    const store_query held_only = { .quarantined = true };
    ent_arena *arena = ent_arena_new(ROOM);
    store_put_result result;
    ent_err err = { 0 };
    int count = 0;
    store_row row;
    store *s = opened();

    (void)state;
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_HELD);
    CHECK_INT(found(s, (store_query){ .owner = "" }), 0);
    CHECK_INT(found(s, (store_query){ .id = object.id, .versions = true }), 0);
    CHECK_INT(found(s, (store_query){ .key = "doc:A:1" }), 0);
    CHECK_INT(found(s, (store_query){ .text = "tsarnaev" }), 0);
    CHECK_INT(found(s, (store_query){ .source = "test" }), 0);
    CHECK_INT(store_object_get(s, arena, "", object.id, &row, &err), ENT_NOT_FOUND);
    CHECK_OK(store_objects_each(s, &held_only, held_each, &count, &err), &err);
    CHECK_INT(count, 1);
    /* It does not displace what was admitted, and comes in with what it lacked. */
    CHECK_INT(put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one"), STORE_ADDED);
    object.quarantine = ENT_STR_NONE;
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_UPDATED);
    CHECK_OK(store_object_get(s, arena, "", object.id, &row, &err), &err);
    CHECK_TEXT(row.bytes, "held");
    CHECK_TEXT(row.handling, "{}");
    CHECK_INT(found(s, held_only), 0);
    /* What is admitted is not held back by coming again with less. */
    object.quarantine = ENT_STR("no rating");
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_UNCHANGED);
    store_close(s);
    ent_arena_free(arena);
}

static void words_may_have_alternatives(void **state)
{
    store *s = opened();

    (void)state;
    (void)put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one"); /* tsarnaev quay */
    CHECK_INT(found(s, (store_query){ .text = "carnaev|tsarnaev quay" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "carnaev|tsar quay" }), 0);
    CHECK_INT(found(s, (store_query){ .text = "quay carnaev|tsar" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "||| |" }), 0);
    CHECK_INT(found(s, (store_query){ .text = "quay|\" OR a" }), 0);
    store_close(s);
}

static ent_code doc_count(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    (*(int *)arg)++;
    return ENT_OK;
}

static ent_code doc_has_none(void *arg, const store_doc *doc, ent_err *err)
{
    (void)err;
    CHECK_INT(doc->bytes.size, 0);
    (*(int *)arg)++;
    return ENT_OK;
}

/* Any bytes, also none, as they were put last; a walk does not read them, a copy takes them along. */
static void bytes_stand_beside_a_documents_json(void **state)
{
    static const char some[] = "\0\xff{\"\n\0\x80", other[] = "other\0";
    ent_arena *arena = ent_arena_new(ROOM);
    char *large = ent_arena_alloc(arena, 100001);
    const ent_str all[] = {
        { some, sizeof some }, { other, sizeof other }, { large, 100001 }, { NULL, 0 }, { some, 1 }
    };
    store_doc doc = { .kind = ENT_STR("k"), .id = ENT_STR("1"), .json = ENT_STR("{}") }, got;
    ent_err err = { 0 };
    store *s = opened(), *to;
    int count = 0;

    (void)state;
    for (size_t i = 0; i < 100001; i++)
        large[i] = (char)(i * i >> 3);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        doc.bytes = all[i];
        CHECK_OK(store_doc_put(s, &doc, &err), &err);
        CHECK_OK(store_doc_get(s, arena, "k", doc.id, &got, &err), &err);
        CHECK_INT(got.bytes.size, all[i].size);
        CHECK(got.bytes.size == 0 || memcmp(got.bytes.ptr, all[i].ptr, got.bytes.size) == 0);
    }
    doc.bytes = all[2];
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    CHECK_OK(store_docs_each(s, "k", NULL, NULL, doc_has_none, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_OK(store_open(":memory:", &to, &err), &err);
    CHECK_OK(store_copy(s, to, &err), &err);
    CHECK_OK(store_doc_get(to, arena, "k", doc.id, &got, &err), &err);
    CHECK_INT(got.bytes.size, 100001);
    CHECK(memcmp(got.bytes.ptr, large, 100001) == 0);
    store_close(to);
    store_close(s);
    ent_arena_free(arena);
}

static void documents_are_replaced_found_and_deleted(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    store_doc doc = { .kind = ENT_STR("release"),
                      .id = ENT_STR("1"),
                      .peer = ENT_STR("SVB"),
                      .state = ENT_STR("draft"),
                      .time = 1,
                      .json = ENT_STR("{}") };
    ent_err err = { 0 };
    int count = 0;
    store *s = opened();

    (void)state;
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    doc.state = ENT_STR("sent");
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    CHECK_OK(store_docs_each(s, "release", "SVB", "sent", doc_count, &count, &err), &err);
    CHECK_OK(store_docs_each(s, "release", NULL, "draft", doc_count, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_OK(store_doc_get(s, arena, "release", ENT_STR("1"), &doc, &err), &err);
    CHECK_TEXT(doc.state, "sent");
    CHECK_OK(store_doc_delete(s, "release", ENT_STR("1"), &err), &err);
    CHECK_INT(store_doc_get(s, arena, "release", ENT_STR("1"), &doc, &err), ENT_NOT_FOUND);
    store_close(s);
    ent_arena_free(arena);
}

static void a_backup_is_a_store(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    store_doc doc = { .kind = ENT_STR("k"), .id = ENT_STR("1"), .json = ENT_STR("{}") };
    store *s = opened();
    ent_err err = { 0 };
    char copy[96];
    store_row row;

    (void)state;
    (void)snprintf(copy, sizeof copy, "%s/db-copy", folder);
    (void)put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one");
    (void)put(s, "", "identity--a", "2024-01-02T00:00:00.000Z", "two");
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    CHECK_OK(store_backup(s, copy, &err), &err);
    store_close(s);
    CHECK_OK(store_open(copy, &s, &err), &err);
    CHECK_INT(found(s, (store_query){ .key = "doc:A:1" }), 1);
    CHECK_INT(found(s, (store_query){ .ref = "identity--x" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "tsarnaev" }), 1);
    CHECK_INT(found(s, (store_query){ .id = ENT_STR("identity--a"), .versions = true }), 2);
    CHECK_OK(store_object_get(s, arena, "", ENT_STR("identity--a"), &row, &err), &err);
    CHECK_TEXT(row.bytes, "two");
    CHECK_OK(store_doc_get(s, arena, "k", ENT_STR("1"), &doc, &err), &err);
    store_close(s);
    ent_arena_free(arena);
}

static void a_store_is_copied_whole_and_only_into_an_empty_one(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    store_row row;
    char copy[96];
    store *s = opened(), *to;

    (void)state;
    (void)snprintf(copy, sizeof copy, "%s/db-copy", folder);
    CHECK_OK(store_open(copy, &to, &err), &err);
    (void)put(to, "", "identity--a", "2024-01-01T00:00:00.000Z", "one");
    (void)put(to, "SVB", "identity--b", "2024-01-01T00:00:00.000Z", "theirs");
    CHECK_OK(store_begin(to, &err), &err);
    CHECK_OK(
        store_object_erase(to, ENT_STR("SVB"), ENT_STR("identity--b"), ENT_STR("recalled"), &err),
        &err);
    CHECK_OK(store_commit(to, &err), &err);
    CHECK_OK(store_copy(to, s, &err), &err);
    CHECK_INT(found(s, (store_query){ .every = true }), 2);
    CHECK_INT(found(s, (store_query){ .key = "tel:+1" }), 1);
    CHECK_OK(store_object_get(s, arena, "SVB", ENT_STR("identity--b"), &row, &err), &err);
    CHECK_TEXT(row.tombstone, "recalled");
    CHECK_INT(store_copy(to, s, &err), ENT_CONFLICT);
    CHECK_INT(found(s, (store_query){ .every = true }), 2);
    store_close(s);
    store_close(to);
    ent_arena_free(arena);
}

static void what_follows_a_mark_is_undone_alone(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    store_doc doc = { .kind = ENT_STR("k"), .json = ENT_STR("{}") };
    store *s = opened();
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(store_begin(s, &err), &err);
    doc.id = ENT_STR("before");
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    CHECK_OK(store_mark(s, &err), &err);
    doc.id = ENT_STR("undone");
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    CHECK_OK(store_mark_undo(s, &err), &err);
    CHECK_OK(store_mark(s, &err), &err);
    doc.id = ENT_STR("kept");
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    CHECK_OK(store_mark_keep(s, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_OK(store_doc_get(s, arena, "k", ENT_STR("before"), &doc, &err), &err);
    CHECK_OK(store_doc_get(s, arena, "k", ENT_STR("kept"), &doc, &err), &err);
    CHECK_INT(store_doc_get(s, arena, "k", ENT_STR("undone"), &doc, &err), ENT_NOT_FOUND);
    store_close(s);
    ent_arena_free(arena);
}

static void put_at(store *s, const char *id, ent_days when, double latitude, double longitude,
                   const char *retention)
{
    store_object object = { .id = ent_str_of(id),
                            .type = ENT_STR("location"),
                            .bytes = ENT_STR("{}"),
                            .when = when,
                            .place = { latitude != 0, latitude, longitude },
                            .retention = ent_str_of(retention) };
    store_put_result result;
    ent_err err = { 0 };

    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_ADDED);
}

static void facts_are_found_by_their_days_and_their_place(void **state)
{
    const ent_days early = { 100, 110 }, late = { 200, 210 }, at = { 110, 110 }, gap = { 111, 199 },
                   all = { ENT_DAY_MIN, ENT_DAY_MAX };
    const store_box home = { 51, 53, 12, 14 }, line = { -20, -10, 179, -179 },
                    edge = { 52.5, 53, 13.5, 14 };
    store *s = opened();

    (void)state;
    put_at(s, "location--1", early, 52.5, 13.5, "2024-12-31");
    put_at(s, "location--2", late, -15, 179.5, "2025-01-01");
    put_at(s, "location--3", (ent_days){ 0, 0 }, -15, -179.5, "");
    put_at(s, "location--4", (ent_days){ ENT_DAY_MIN, 50 }, 0, 0, "");
    CHECK_INT(found(s, (store_query){ .when = &at }), 2); /* 1, and 3 that holds always */
    CHECK_INT(found(s, (store_query){ .when = &gap }), 1);
    CHECK_INT(found(s, (store_query){ .when = &all }), 4);
    CHECK_INT(found(s, (store_query){ .near = &home }), 1);
    CHECK_INT(found(s, (store_query){ .near = &edge }), 1);
    CHECK_INT(found(s, (store_query){ .near = &line }), 2);
    CHECK_INT(found(s, (store_query){ .near = &line, .when = &late }), 2);
    CHECK_INT(found(s, (store_query){ .near = &line, .when = &early, .type = "location" }), 1);
    CHECK_INT(found(s, (store_query){ .due = "2025-01-01" }), 1);
    CHECK_INT(found(s, (store_query){ .due = "2025-01-02" }), 2);
    store_close(s);
}

static void an_erased_object_has_no_place_and_is_not_due(void **state)
{
    const store_box all = { -90, 90, -180, 180 };
    store *s = opened();
    ent_err err = { 0 };

    (void)state;
    put_at(s, "location--1", (ent_days){ 1, 2 }, 52.5, 13.5, "2024-12-31");
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_object_erase(s, ENT_STR(""), ENT_STR("location--1"), ENT_STR("due"), &err),
             &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_INT(found(s, (store_query){ .near = &all }), 0);
    CHECK_INT(found(s, (store_query){ .due = "2030-01-01" }), 0);
    CHECK_INT(store_object_erase(s, ENT_STR(""), ENT_STR("location--9"), ENT_STR("due"), &err),
              ENT_NOT_FOUND);
    CHECK_OK(store_object_forget(s, ENT_STR(""), ENT_STR("location--1"), &err), &err);
    put_at(s, "location--1", (ent_days){ 1, 2 }, 52.5, 13.5, "2024-12-31");
    CHECK_INT(found(s, (store_query){ .near = &all }), 1);
    store_close(s);
}

static void a_label_beside_the_bytes_can_be_changed(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    store *s = opened();
    ent_err err = { 0 };
    store_row row;

    (void)state;
    (void)put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one");
    (void)put(s, "", "identity--a", "2024-01-02T00:00:00.000Z", "two");
    CHECK_OK(store_object_label(s, ENT_STR(""), ENT_STR("identity--a"), ENT_STR("{\"a\":1}"),
                                ENT_STR("2031-01-01"), &err),
             &err);
    CHECK_OK(store_object_get(s, arena, "", ENT_STR("identity--a"), &row, &err), &err);
    CHECK_TEXT(row.bytes, "two");
    CHECK_TEXT(row.handling, "{\"a\":1}");
    CHECK_TEXT(row.retention, "2031-01-01");
    CHECK_INT(store_object_label(s, ENT_STR("SVB"), ENT_STR("identity--a"), ENT_STR(""),
                                 ENT_STR(""), &err),
              ENT_NOT_FOUND);
    store_close(s);
    ent_arena_free(arena);
}

/* What is known to be absent is forgotten in time: by a put, an undoing, another transaction. */
static void a_second_put_in_one_transaction_finds_the_first(void **state)
{
    static const ent_str ids[] = { { "identity--a", 11 }, { "identity--b", 11 } };
    ent_arena *arena = ent_arena_new(ROOM);
    store_object object = { .id = ids[0],
                            .version = ENT_STR("2024-01-01T00:00:00.000Z"),
                            .type = ENT_STR("identity"),
                            .bytes = ENT_STR("one"),
                            .text = ENT_STR("quay") };
    store *s = opened();
    store_put_result result;
    ent_err err = { 0 };
    store_row row;

    (void)state;
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_objects_expect(s, "", ids, 2, &err), &err);
    CHECK_INT(store_object_get(s, arena, "", ids[0], &row, &err), ENT_NOT_FOUND);
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_ADDED);
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_UNCHANGED);
    CHECK_OK(store_object_get(s, arena, "", ids[0], &row, &err), &err);
    CHECK_INT(found(s, (store_query){ .text = "qua" }), 1);
    object.version = ENT_STR("2024-01-02T00:00:00.000Z");
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_UPDATED);
    CHECK_INT(found(s, (store_query){ .text = "qua" }), 1);
    CHECK_OK(store_mark(s, &err), &err);
    object.id = ids[1];
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_OK(store_mark_undo(s, &err), &err);
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
    CHECK_INT(result, STORE_ADDED);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_INT(found(s, (store_query){ .text = "quay" }), 2);
    store_close(s);
    ent_arena_free(arena);
}

/* A walk may use the store, however many rows it has. */
static ent_code nested_each(void *arg, const store_row *row, ent_err *err)
{
    const store_query query = { .id = row->id, .versions = true };
    store *s = arg;
    store_doc doc = { .kind = ENT_STR("seen"), .id = row->id, .json = ENT_STR("{}") };

    CHECK_INT(found(s, query), 1);
    return store_doc_put(s, &doc, err);
}

static void a_walk_over_many_rows_may_use_the_store(void **state)
{
    store *s = opened();
    ent_err err = { 0 };
    const store_query all = { .owner = "" };
    int count = 0;

    (void)state;
    CHECK_OK(store_begin(s, &err), &err);
    for (int i = 0; i < 700; i++) {
        char id[32];

        (void)snprintf(id, sizeof id, "location--%d", i);
        put_at(s, id, (ent_days){ 1, 2 }, 1, 2, "");
    }
    CHECK_OK(store_objects_each(s, &all, nested_each, s, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_OK(store_docs_each(s, "seen", NULL, NULL, doc_count, &count, &err), &err);
    CHECK_INT(count, 700);
    CHECK_INT(found(s, (store_query){ .owner = "", .limit = 300 }), 300);
    CHECK_INT(found(s, (store_query){ .versions = true, .limit = 257 }), 257);
    store_close(s);
}

static void every_byte_of_a_text_is_kept(void **state)
{
    static const char strange[] = "a\tb'; DROP TABLE object; --\"\\ \xd0\xa6?1 $1 %s\n";
    ent_arena *arena = ent_arena_new(ROOM);
    store *s = opened();
    ent_err err = { 0 };
    store_row row;
    store_doc doc = { .kind = ENT_STR("k"), .id = ENT_STR(strange), .json = ENT_STR(strange) };

    (void)state;
    (void)put(s, strange, "identity--a", strange, strange);
    CHECK_OK(store_object_get(s, arena, strange, ENT_STR("identity--a"), &row, &err), &err);
    CHECK_TEXT(row.bytes, strange);
    CHECK_TEXT(row.version, strange);
    CHECK_OK(store_doc_put(s, &doc, &err), &err);
    CHECK_OK(store_doc_get(s, arena, "k", ENT_STR(strange), &doc, &err), &err);
    CHECK_TEXT(doc.json, strange);
    CHECK_INT(found(s, (store_query){ .text = strange }), 0);
    store_close(s);
    ent_arena_free(arena);
}

/* A writer of three objects and a document a transaction tells after each commit how far it
 * is, and is killed somewhere. */
static void write_on(int told, int round)
{
    ent_err err = { 0 };
    store *s;

    if (store_open(path, &s, &err) != ENT_OK)
        _exit(1);
    for (int i = 0;; i++) {
        char id[64];
        store_doc doc = { .kind = ENT_STR("k"), .json = ENT_STR("{}") };

        if (store_begin(s, &err) != ENT_OK)
            _exit(2);
        for (int n = 0; n < 3; n++) {
            static const ent_str key = { "tel:+1", 6 };
            store_put_result result;
            store_object object = { .type = ENT_STR("identity"),
                                    .bytes = ENT_STR("x"),
                                    .text = ENT_STR("tsarnaev"),
                                    .keys = &key,
                                    .key_count = 1 };

            (void)snprintf(id, sizeof id, "identity--%d-%d-%d", round, i, n);
            object.id = ent_str_of(id);
            if (store_object_put(s, &object, &result, &err) != ENT_OK)
                _exit(3);
        }
        doc.id = ent_str_of(id);
        if (store_doc_put(s, &doc, &err) != ENT_OK || store_commit(s, &err) != ENT_OK ||
            write(told, &i, sizeof i) != sizeof i)
            _exit(4);
    }
}

static void transaction_check(store *s, ent_arena *arena, int round, int i, bool acknowledged)
{
    ent_err err = { 0 };
    int objects = 0;
    store_doc doc;
    char id[64];

    for (int n = 0; n < 3; n++) {
        (void)snprintf(id, sizeof id, "identity--%d-%d-%d", round, i, n);
        objects +=
            found(s, (store_query){ .id = ent_str_of(id), .key = "tel:+1", .text = "tsarnaev" });
    }
    CHECK(objects == 3 || (objects == 0 && !acknowledged));
    CHECK_INT(store_doc_get(s, arena, "k", ent_str_of(id), &doc, &err),
              objects == 3 ? ENT_OK : ENT_NOT_FOUND);
}

static void what_was_committed_survives_kill_9_and_nothing_is_half(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    backend_needed();
    for (int round = 0; round < 8 && backend != PLAIN; round++) {
        int told[2], acknowledged = -1, have;
        ent_err err = { 0 };
        pid_t child;
        store *s;

        CHECK_INT(pipe(told), 0);
        child = fork();
        if (child == 0) {
            (void)close(told[0]);
            write_on(told[1], round);
        }
        (void)close(told[1]);
        for (int want = 3 + round * 7; want >= 0; want--)
            if (read(told[0], &have, sizeof have) == sizeof have)
                acknowledged = have;
        (void)kill(child, SIGKILL);
        while (read(told[0], &have, sizeof have) == sizeof have)
            acknowledged = have;
        (void)waitpid(child, NULL, 0);
        (void)close(told[0]);
        CHECK(acknowledged >= 3 + round * 7);
        CHECK_OK(store_open(path, &s, &err), &err);
        /* A server may still be at the dead one's transaction; a writer waits for it. */
        CHECK_OK(store_begin(s, &err), &err);
        store_rollback(s);
        CHECK_OK(store_check(s, &err), &err);
        for (int i = 0; i <= acknowledged + 1; i++)
            transaction_check(s, arena, round, i, i <= acknowledged);
        store_close(s);
    }
    ent_arena_free(arena);
}

static void what_it_takes_on_disk_is_known_where_there_is_one(void **state)
{
    store *s = opened();
    int64_t bytes = -1;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(store_bytes(s, &bytes, &err), &err);
    CHECK(backend == PLAIN ? bytes == 0 : bytes > 4096);
    store_close(s);
}

static bool a_hidden(const store_reader *reader, ent_str owner, ent_str id)
{
    (void)reader;
    (void)owner;
    return ent_str_is(id, "identity--a");
}

static bool draft_hidden(const store_reader *reader, const store_doc *doc)
{
    (void)reader;
    return ent_str_is(doc->kind, "draft") && ent_str_is(doc->json, "identity--a");
}

static int docs(store *s, const char *kind)
{
    ent_err err = { 0 };
    int count = 0;

    CHECK_OK(store_docs_each(s, kind, NULL, NULL, doc_count, &count, &err), &err);
    return count;
}

static void what_is_hidden_from_a_reader_is_as_if_it_were_not_there(void **state)
{
    static const ent_str ids[] = { { "identity--a", 11 } };
    static const store_reader reader = { a_hidden, draft_hidden, ids, 1 };
    const store_doc draft = { .kind = ENT_STR("draft"),
                              .id = ENT_STR("1"),
                              .peer = ENT_STR(""),
                              .state = ENT_STR("x"),
                              .json = ENT_STR("identity--a") };
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 }, hidden = { 0 }, absent = { 0 };
    store_doc doc;
    store_row row;
    int64_t count = 0;
    bool there;
    store *s = opened();

    (void)state;
    put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one");
    put(s, "", "identity--a", "2024-01-02T00:00:00.000Z", "two");
    put(s, "SVB", "identity--a", "2024-01-01T00:00:00.000Z", "theirs");
    put(s, "", "identity--b", "2024-01-01T00:00:00.000Z", "b");
    put(s, "", "identity--c", "2024-01-01T00:00:00.000Z", "c");
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_doc_put(s, &draft, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK(store_reader_set(s, &reader) == NULL && store_reader_of(s) == &reader);
    CHECK_INT(store_object_get(s, arena, NULL, ENT_STR("identity--a"), &row, &hidden),
              ENT_NOT_FOUND);
    CHECK_INT(store_object_get(s, arena, "SVB", ENT_STR("identity--a"), &row, &err), ENT_NOT_FOUND);
    CHECK_INT(store_object_get(s, arena, NULL, ENT_STR("identity--x"), &row, &absent),
              ENT_NOT_FOUND);
    hidden.msg[strlen(hidden.msg) - 2] = 'x'; /* one answer for both */
    CHECK(strcmp(hidden.msg, absent.msg) == 0);
    err = (ent_err){ 0 };
    CHECK_OK(store_object_find(s, arena, "", ids[0], &row, &there, &err), &err);
    CHECK(!there);
    CHECK_OK(store_object_held(s, arena, "", ids[0], &row, &there, &err), &err);
    CHECK(there);
    CHECK_INT(found(s, (store_query){ .owner = NULL }), 2);
    CHECK_INT(found(s, (store_query){ .owner = "", .limit = 1 }), 1);
    CHECK_INT(found(s, (store_query){ .key = "doc:A:1", .limit = 2 }), 2);
    CHECK_INT(found(s, (store_query){ .id = ids[0], .versions = true }), 0);
    CHECK_INT(found(s, (store_query){ .frozen = true }), 4);
    CHECK_OK(store_count(s, "", &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_INT(docs(s, "draft"), 0);
    CHECK_INT(store_doc_get(s, arena, "draft", ENT_STR("1"), &doc, &err), ENT_NOT_FOUND);
    CHECK(store_reader_set(s, NULL) == &reader);
    CHECK_INT(docs(s, "draft"), 1);
    CHECK_INT(found(s, (store_query){ .owner = NULL }), 4);
    store_close(s);
    ent_arena_free(arena);
}

/* And whoever opens it afterwards is told, whatever the home says. */
static void a_store_is_of_one_world_for_ever(void **state)
{
    ent_err err = { 0 };
    store *s;

    (void)state;
    for (int exercise = 0; exercise < 2; exercise++) {
        (void)tear_down(state);
        CHECK_INT(set_up(state), 0);
        s = opened();
        CHECK(!store_exercise(s));
        CHECK_OK(store_exercise_settle(s, exercise == 1, &err), &err);
        CHECK_INT(store_exercise(s), exercise);
        CHECK_OK(store_exercise_settle(s, exercise == 1, &err), &err);
        if (backend != PLAIN) { /* lives as long as its handle */
            store_close(s);
            s = opened();
        }
        CHECK_INT(store_exercise_settle(s, exercise == 0, &err), ENT_CONFIG);
        CHECK(strstr(err.msg, "[exercise]") != NULL);
        err = (ent_err){ 0 };
        CHECK_OK(store_exercise_settle(s, exercise == 1, &err), &err);
        store_close(s);
    }
}

int main(void)
{
    static const char *const names[] = { "store on sqlite", "store on plain", "store on postgres" };
    const struct CMUnitTest tests[] = {
        EACH(versions_are_kept_and_the_latest_is_found),
        EACH(keys_references_and_words_find_the_latest_version),
        EACH(an_erased_object_leaves_only_its_reason),
        EACH(what_is_held_back_is_found_by_nothing_but_the_quarantine),
        EACH(words_may_have_alternatives),
        EACH(bytes_stand_beside_a_documents_json),
        EACH(documents_are_replaced_found_and_deleted),
        EACH(a_backup_is_a_store),
        EACH(a_store_is_copied_whole_and_only_into_an_empty_one),
        EACH(what_follows_a_mark_is_undone_alone),
        EACH(facts_are_found_by_their_days_and_their_place),
        EACH(an_erased_object_has_no_place_and_is_not_due),
        EACH(a_label_beside_the_bytes_can_be_changed),
        EACH(a_second_put_in_one_transaction_finds_the_first),
        EACH(a_walk_over_many_rows_may_use_the_store),
        EACH(every_byte_of_a_text_is_kept),
        EACH(what_it_takes_on_disk_is_known_where_there_is_one),
        EACH(what_is_hidden_from_a_reader_is_as_if_it_were_not_there),
        EACH(a_store_is_of_one_world_for_ever),
        EACH(what_was_committed_survives_kill_9_and_nothing_is_half),
    };

    return BACKENDS_RUN(names, tests);
}
