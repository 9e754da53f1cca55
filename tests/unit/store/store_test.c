/* store: what any backend must do. */
#include "test.h"

#include "store/store.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#define ROOM ((size_t)16 << 20)

static char path[64];

static int set_up(void **state)
{
    (void)snprintf(path, sizeof path, "/tmp/ent-store-XXXXXX");
    assert_non_null(mkdtemp(path));
    (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/db");
    *state = NULL;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const tails[] = { "", "-wal", "-shm", "-copy" };
    char file[80];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(file, sizeof file, "%s%s", path, tails[i]);
        (void)remove(file);
    }
    *strrchr(path, '/') = '\0';
    (void)remove(path);
    return 0;
}

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

static ent_code count_each(void *arg, const store_row *row, ent_err *err)
{
    (void)row;
    (void)err;
    (*(int *)arg)++;
    return ENT_OK;
}

static int found(store *s, store_query query)
{
    ent_err err = { 0 };
    int count = 0;

    CHECK_OK(store_objects_each(s, &query, count_each, &count, &err), &err);
    return count;
}

static void versions_are_kept_and_the_latest_is_found(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    store_row row;
    store *s;

    (void)state;
    CHECK_OK(store_open(path, &s, &err), &err);
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
    store *s;

    (void)state;
    CHECK_OK(store_open(path, &s, &err), &err);
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
    store *s;

    (void)state;
    CHECK_OK(store_open(path, &s, &err), &err);
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
    store *s;

    (void)state;
    CHECK_OK(store_open(path, &s, &err), &err);
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
    ent_err err = { 0 };
    store *s;

    (void)state;
    CHECK_OK(store_open(path, &s, &err), &err);
    (void)put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one"); /* tsarnaev quay */
    CHECK_INT(found(s, (store_query){ .text = "carnaev|tsarnaev quay" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "carnaev|tsar quay" }), 0);
    CHECK_INT(found(s, (store_query){ .text = "quay carnaev|tsar" }), 1);
    CHECK_INT(found(s, (store_query){ .text = "||| |" }), 0);
    CHECK_INT(found(s, (store_query){ .text = "quay|\" OR a" }), 0);
    store_close(s);
}

/* A store as the first version made it. */
static void a_store_of_schema_1_is_brought_up_to_date(void **state)
{
    static const char schema[] =
        "CREATE TABLE object(number INTEGER PRIMARY KEY, owner TEXT NOT NULL, id TEXT NOT NULL,"
        " version TEXT NOT NULL, type TEXT NOT NULL, bytes BLOB NOT NULL, received INTEGER NOT "
        "NULL, source TEXT NOT NULL, retention TEXT NOT NULL, latest INTEGER NOT NULL,"
        " tombstone TEXT NOT NULL DEFAULT '', UNIQUE(owner,id,version)) STRICT;"
        "CREATE TABLE key(key TEXT NOT NULL, object INTEGER NOT NULL, PRIMARY KEY(key,object)) "
        "STRICT, WITHOUT ROWID;"
        "CREATE TABLE ref(target TEXT NOT NULL, object INTEGER NOT NULL, PRIMARY "
        "KEY(target,object)) STRICT, WITHOUT ROWID;"
        "CREATE VIRTUAL TABLE words USING fts5(text, tokenize='unicode61 remove_diacritics 0');"
        "CREATE TABLE doc(number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL,"
        " peer TEXT NOT NULL, state TEXT NOT NULL, time INTEGER NOT NULL, json TEXT NOT NULL,"
        " UNIQUE(kind,id)) STRICT;"
        "INSERT INTO object(owner,id,version,type,bytes,received,source,retention,latest)"
        " VALUES('','identity--old','','identity',x'6f6c64',1,'','',1);"
        "PRAGMA user_version=1";
    ent_arena *arena = ent_arena_new(ROOM);
    ent_err err = { 0 };
    sqlite3 *db = NULL;
    store_row row;
    store *s;

    (void)state;
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, schema, NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
    CHECK_OK(store_open(path, &s, &err), &err);
    CHECK_OK(store_object_get(s, arena, NULL, ENT_STR("identity--old"), &row, &err), &err);
    CHECK_TEXT(row.bytes, "old");
    CHECK_TEXT(row.quarantine, "");
    CHECK_INT(put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one"), STORE_ADDED);
    store_close(s);
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
    CHECK_INT(store_open(path, &s, &err), ENT_CONFIG);
    ent_arena_free(arena);
}

static ent_code doc_count(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    (*(int *)arg)++;
    return ENT_OK;
}

static void documents_are_replaced_found_and_deleted(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    store_doc doc = { ENT_STR("release"), ENT_STR("1"), ENT_STR("SVB"), ENT_STR("draft"), 1,
                      ENT_STR("{}") };
    ent_err err = { 0 };
    int count = 0;
    store *s;

    (void)state;
    CHECK_OK(store_open(path, &s, &err), &err);
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

/* A writer tells after each commit how far it is, and is killed somewhere. */
static void what_was_committed_survives_kill_9(void **state)
{
    (void)state;
    for (int round = 0; round < 12; round++) {
        int told[2], acknowledged = -1, have;
        ent_err err = { 0 };
        pid_t child;
        store *s;

        CHECK_INT(pipe(told), 0);
        child = fork();
        if (child == 0) {
            (void)close(told[0]);
            if (store_open(path, &s, &err) != ENT_OK)
                _exit(1);
            for (int i = 0;; i++) {
                char id[64];

                (void)snprintf(id, sizeof id, "identity--%d-%d", round, i);
                (void)put(s, "", id, "2024-01-01T00:00:00.000Z", "x");
                if (write(told[1], &i, sizeof i) != sizeof i)
                    _exit(1);
            }
        }
        (void)close(told[1]);
        for (int want = 3 + round * 7, got; want >= 0; want--)
            if (read(told[0], &got, sizeof got) == sizeof got)
                acknowledged = got;
        (void)kill(child, SIGKILL);
        while (read(told[0], &have, sizeof have) == sizeof have)
            acknowledged = have;
        (void)waitpid(child, NULL, 0);
        (void)close(told[0]);
        CHECK_OK(store_open(path, &s, &err), &err);
        CHECK_OK(store_check(s, &err), &err);
        for (int i = 0; i <= acknowledged; i++) {
            char id[64];

            (void)snprintf(id, sizeof id, "identity--%d-%d", round, i);
            CHECK_INT(
                found(s,
                      (store_query){ .id = ent_str_of(id), .key = "tel:+1", .text = "tsarnaev" }),
                1);
        }
        store_close(s);
    }
}

static void damage_is_said_and_not_served(void **state)
{
    ent_err err = { 0 };
    FILE *file;
    store *s;

    (void)state;
    file = fopen(path, "wb");
    assert_non_null(file);
    (void)fputs("this is no database, but long enough to look like a file of one "
                "to whoever only reads its first hundred bytes and believes them",
                file);
    (void)fclose(file);
    CHECK_INT(store_open(path, &s, &err), ENT_IO);
    assert_non_null(strstr(err.msg, "restore a backup"));
}

static void a_backup_is_a_store(void **state)
{
    char copy[80];
    ent_err err = { 0 };
    store *s;

    (void)state;
    (void)snprintf(copy, sizeof copy, "%s-copy", path);
    CHECK_OK(store_open(path, &s, &err), &err);
    (void)put(s, "", "identity--a", "2024-01-01T00:00:00.000Z", "one");
    CHECK_OK(store_backup(s, copy, &err), &err);
    store_close(s);
    CHECK_OK(store_open(copy, &s, &err), &err);
    CHECK_INT(found(s, (store_query){ .key = "doc:A:1" }), 1);
    store_close(s);
}

static void what_follows_a_mark_is_undone_alone(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    store_doc doc = { .kind = ENT_STR("k"), .json = ENT_STR("{}") };
    store *s;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(store_open(path, &s, &err), &err);
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

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(versions_are_kept_and_the_latest_is_found),
        EACH(keys_references_and_words_find_the_latest_version),
        EACH(an_erased_object_leaves_only_its_reason),
        EACH(what_is_held_back_is_found_by_nothing_but_the_quarantine),
        EACH(words_may_have_alternatives),
        EACH(a_store_of_schema_1_is_brought_up_to_date),
        EACH(documents_are_replaced_found_and_deleted),
        EACH(what_was_committed_survives_kill_9),
        EACH(damage_is_said_and_not_served),
        EACH(a_backup_is_a_store),
        EACH(what_follows_a_mark_is_undone_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
