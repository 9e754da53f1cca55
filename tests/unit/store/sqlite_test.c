/* store/sqlite: what only SQLite has: files, schemas of earlier versions, plans. */
#include "store/span.h"
#include "unit/store/backends.h"

#include <sqlite3.h>
#include <sys/wait.h>

#define ROOM ((size_t)16 << 20)

/* Stores as the first and the second version made them. */
static const char schema_1[] =
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
    "INSERT INTO object(owner,id,version,type,bytes,received,source,retention,latest)"
    " VALUES('','location--old','','location',CAST('{\"latitude\":52.5,\"longitude\":13.4}' AS "
    "BLOB)"
    ",1,'','',1);"
    "INSERT INTO object(owner,id,version,type,bytes,received,source,retention,latest)"
    " VALUES('','event--old','','event',x'',1,'','',1);"
    "INSERT INTO object(owner,id,version,type,bytes,received,source,retention,latest)"
    " VALUES('','relationship--old','','relationship',x'',1,'','',1);"
    "INSERT INTO ref VALUES('event--old',4),('location--old',4);"
    "INSERT INTO object(owner,id,version,type,bytes,received,source,retention,latest,tombstone)"
    " VALUES('','event--gone','','event',x'',1,'','',1,'recalled');"
    "PRAGMA user_version=1";
static const char schema_2[] =
    "ALTER TABLE object ADD COLUMN handling TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE object ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX object_quarantine ON object(number) WHERE quarantine<>'';"
    "PRAGMA user_version=2";

static void sql(const char *text)
{
    sqlite3 *db = NULL;

    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

static void stores_of_earlier_schemas_are_brought_up_to_date(void **state)
{
    const store_box box = { 52, 53, 13, 14 };
    const ent_days day = { 5, 5 };
    const store_beside event = { "event", &day };

    (void)state;
    for (int version = 1; version <= 2; version++) {
        ent_arena *arena = ent_arena_new(ROOM);
        ent_err err = { 0 };
        store_row row;
        store *s;

        sql(schema_1);
        if (version == 2)
            sql(schema_2);
        s = opened();
        CHECK_OK(store_object_get(s, arena, NULL, ENT_STR("identity--old"), &row, &err), &err);
        CHECK_TEXT(row.bytes, "old");
        CHECK_TEXT(row.quarantine, "");
        /* What had no days yet holds always, what is erased never; a location is where its bytes
         * say. */
        CHECK_INT(found(s, (store_query){ .when = &day }), 4);
        CHECK_INT(
            found(s, (store_query){ .ref = "location--old", .beside = &event, .beside_count = 1 }),
            1);
        CHECK_INT(found(s, (store_query){ .near = &box }), 1);
        CHECK_OK(store_check(s, &err), &err);
        store_close(s);
        ent_arena_free(arena);
        CHECK_INT(remove(path), 0);
    }
}

static void a_store_of_a_newer_schema_is_not_touched(void **state)
{
    ent_err err = { 0 };
    store *s = opened();

    (void)state;
    store_close(s);
    sql("PRAGMA user_version=99");
    CHECK_INT(store_open(path, &s, &err), ENT_CONFIG);
    assert_non_null(strstr(err.msg, "use the newer one"));
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

/* What SQLite means to do for a question of ours, with the tables as they are. */
static void plan_has(const char *question, const char *piece)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;
    char plan[512] = "";
    bool has = false;

    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, question, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(stmt, 3);

        has = has || strstr(detail, piece) != NULL;
        (void)snprintf(plan + strlen(plan), sizeof plan - strlen(plan), " %s;", detail);
    }
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    if (!has)
        fail_msg("'%s' does not use '%s' but%s", question, piece, plan);
}

/* The statements that the store sends, heard on their way. */
static char heard[8192];

static int hear(unsigned kind, void *arg, void *stmt, void *text)
{
    (void)kind;
    (void)arg;
    (void)text;
    if (strstr(sqlite3_sql(stmt), "object o") != NULL) /* and not the R-tree's own */
        (void)snprintf(heard, sizeof heard, "EXPLAIN QUERY PLAN %s", sqlite3_sql(stmt));
    return 0;
}

static int hear_all(sqlite3 *db, char **message, const void *api)
{
    (void)message;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, hear, NULL);
}

static void every_question_has_its_index(void **state)
{
    const store_box box = { 52, 53, 13, 14 }, round = { -20, -10, 179, -179 };
    const ent_days day = { 5, 5 };
    const store_beside event = { "event", &day };
    const struct {
        store_query query;
        const char *plan;
    } asked[] = {
        { { .near = &box }, "SCAN p VIRTUAL TABLE INDEX 2:D1B0D3B2" },
        { { .near = &round }, "SCAN p VIRTUAL TABLE INDEX 2:D1B0" },
        { { .type = "location", .owner = "", .near = &box },
          "SCAN p VIRTUAL TABLE INDEX 2:D1B0D3B2" },
        { { .when = &day }, "USING COVERING INDEX object_when" },
        { { .due = "2024-01-01" }, "object_retention" },
        { { .key = "tel:+1" }, "SEARCH k USING PRIMARY KEY (key=?)" },
        { { .ref = "identity--a" }, "SEARCH r USING PRIMARY KEY (target=?)" },
        { { .ref = "identity--a", .type = "relationship", .owner = "" },
          "SEARCH r USING PRIMARY KEY (target=?)" },
        { { .ref = "identity--a",
            .type = "relationship",
            .owner = "",
            .beside = &event,
            .beside_count = 1 },
          "SEARCH r USING PRIMARY KEY (target=?)" },
        { { .ref = "identity--a",
            .type = "relationship",
            .owner = "",
            .beside = &event,
            .beside_count = 1 },
          "SEARCH y USING COVERING INDEX ref_object (object=?)" },
        { { .ref = "identity--a",
            .type = "relationship",
            .owner = "",
            .beside = &event,
            .beside_count = 1 },
          "SEARCH e USING COVERING INDEX object_id (id=?)" },
        { { .ref = "identity--a",
            .type = "relationship",
            .owner = "",
            .beside = &event,
            .beside_count = 1 },
          "SEARCH o USING INTEGER PRIMARY KEY (rowid=?)" },
        { { .key = "tel:+1", .type = "identity", .owner = "" },
          "SEARCH k USING PRIMARY KEY (key=?)" },
        { { .key_start = "pub:" }, "SEARCH s USING PRIMARY KEY (key>? AND key<?)" },
        { { .text = "quay" }, "SCAN w VIRTUAL TABLE INDEX" },
        { { .type = "location" }, "object_type" },
        { { .quarantined = true }, "object_quarantine" },
        { { .id = ENT_STR("identity--a") }, "object_id" },
    };
    store *s;

    (void)state;
    CHECK_INT(sqlite3_auto_extension((void (*)(void))(uintptr_t)hear_all), SQLITE_OK);
    s = opened();
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        (void)found(s, asked[i].query);
        plan_has(heard, asked[i].plan);
    }
    store_close(s);
    sqlite3_reset_auto_extension();
}

/* How many rows a question for numbers finds in the file itself. */
static int64_t number_of(const char *question)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = NULL;
    int64_t number;

    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, question, -1, &stmt, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(stmt), SQLITE_ROW);
    number = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    return number;
}

/* Or the span of a place would tell nothing of the movements there. */
static void the_types_of_a_movement_have_bits_of_their_own(void **state)
{
    const char *const types[] = { "event", "identity", "location", "marking-definition" };
    int64_t bits = 0;

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (int dated = 0; dated < 2; dated++) {
            int64_t bit = store_span_bit(ent_str_of(types[i]), dated != 0);

            CHECK(bit > 0 && (bits & bit) == 0);
            bits |= bit;
        }
}

/* Its days stand in its own row and beside the references of whoever ties it to something. */
static void what_was_erased_leaves_no_days(void **state)
{
    static const char days[] = "SELECT (SELECT count(*) FROM object WHERE since=4711 OR until=4712)"
                               " + (SELECT count(*) FROM ref WHERE since=4711 OR until=4712)";
    const ent_str ends[2] = { ENT_STR("event--a"), ENT_STR("location--b") };
    store_object event = { .owner = ENT_STR(""),
                           .id = ends[0],
                           .version = ENT_STR(""),
                           .type = ENT_STR("event"),
                           .bytes = ENT_STR("{}"),
                           .when = { 4711, 4712 } };
    store_object link = { .owner = ENT_STR(""),
                          .id = ENT_STR("relationship--c"),
                          .version = ENT_STR(""),
                          .type = ENT_STR("relationship"),
                          .bytes = ENT_STR("{}"),
                          .refs = ends,
                          .ref_count = 2 };
    store_put_result result;
    ent_err err = { 0 };
    store *s = opened();

    (void)state;
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_object_put(s, &event, &result, &err), &err);
    CHECK_OK(store_object_put(s, &link, &result, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_INT(number_of(days), 2);
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(store_object_erase(s, ENT_STR(""), event.id, ENT_STR("why"), &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_INT(number_of(days), 0);
    store_close(s);
}

/* All of a node's processes meet its new store at once: none is told that it is busy. */
static void many_processes_open_a_new_store_at_once(void **state)
{
    enum { ROUNDS = 20, PROCESSES = 6 };

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char fresh[256];
        pid_t child[PROCESSES];
        int gate[2];

        (void)snprintf(fresh, sizeof fresh, "%s.new%d", path, round);
        assert_int_equal(pipe(gate), 0);
        for (int i = 0; i < PROCESSES; i++) {
            child[i] = fork();
            assert_true(child[i] >= 0);
            if (child[i] == 0) {
                ent_err err = { 0 };
                store *s;
                char byte;

                (void)close(gate[1]);
                (void)!read(gate[0], &byte, 1); /* until the parent closes it: all at once */
                _exit(store_open(fresh, &s, &err) == ENT_OK ? 0 : 1);
            }
        }
        (void)close(gate[0]);
        (void)close(gate[1]);
        for (int i = 0; i < PROCESSES; i++) {
            int status = 0;

            CHECK_INT(waitpid(child[i], &status, 0), child[i]);
            CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(stores_of_earlier_schemas_are_brought_up_to_date),
        EACH(a_store_of_a_newer_schema_is_not_touched),
        EACH(damage_is_said_and_not_served),
        EACH(every_question_has_its_index),
        EACH(the_types_of_a_movement_have_bits_of_their_own),
        EACH(what_was_erased_leaves_no_days),
        EACH(many_processes_open_a_new_store_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
