/* taxii/known: what a user may not know of is as absent as what is not there.
 * The two are compared by their work: SQLite's steps, the pages it looks at, and the bytes of
 * the answer, not by the clock. */
#include "test.h"

#include "taxii/server_int.h"
#include "taxii/store_int.h"

#define ID(n)  "10000000-0000-4000-8000-0000000000" n
#define MANY   300 /* roots and collections, so that the tables have more than a page */
#define ABSENT "zz-absent"

typedef struct fixture {
    char path[64];
    taxii_server *server;
    ent_arena *arena;
} fixture;

static ent_time clock_now(void *arg)
{
    (void)arg;
    return INT64_C(1800000000) * ENT_SECOND;
}

static void root_make(taxii_store *s, const char *name, const char *partner, bool is_public)
{
    taxii_root root = { .name = ent_str_of(name),
                        .title = ENT_STR("R"),
                        .max_content_length = 4096,
                        .is_public = is_public,
                        .partner = ent_str_of(partner) };
    ent_err err = { 0 };

    CHECK_OK(taxii_root_add(s, &root, &err), &err);
}

static void collection_make(taxii_store *s, const char *root, const char *id, const char *alias,
                            const char *read, const char *write, const char *query)
{
    taxii_collection c = { .root = ent_str_of(root),
                           .id = ent_str_of(id),
                           .title = ENT_STR("T"),
                           .alias = ent_str_of(alias),
                           .read = ent_str_of(read),
                           .write = ent_str_of(write),
                           .query = ent_str_of(query) };
    ent_err err = { 0 };

    CHECK_OK(taxii_collection_add(s, &c, &err), &err);
}

/* What ana and bob may know of, in the midst of much that only carl may. */
static void catalogue_make(taxii_store *s)
{
    char name[32], id[64];

    root_make(s, "own", "", false);
    root_make(s, "open", "", true);
    root_make(s, "theirs", "PEER", false);
    root_make(s, "others", "PEER2", false);
    collection_make(s, "own", ID("01"), "both", ",ana,bob,", ",ana,", "");
    collection_make(s, "own", ID("02"), "bobs", ",bob,", ",bob,carl,", "");
    collection_make(s, "own", ID("03"), "", "*", "", "");
    collection_make(s, "own", ID("04"), "nobodys", "", "", "");
    collection_make(s, "open", ID("05"), "", "", ",ana,", "");
    collection_make(s, "theirs", ID("06"), "", ",ana,", "", "type:indicator");
    collection_make(s, "theirs", ID("07"), "", ",bob,", "", "type:indicator");
    collection_make(s, "others", ID("08"), "", ",bob,", "", "type:indicator");
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "partner-%03d", i);
        (void)snprintf(id, sizeof id, "20000000-0000-4000-8000-%012d", i);
        root_make(s, name, "PEER3", false);
        collection_make(s, name, id, "", ",carl,", "", "type:indicator");
    }
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    taxii_server_config config = { .path = f->path, .title = "T", .slots = 1, .now = clock_now };
    taxii_store *s;
    ent_err err = { 0 };

    (void)snprintf(f->path, sizeof f->path, "/tmp/ent-taxii-XXXXXX");
    (void)close(mkstemp(f->path));
    f->arena = ent_arena_new((size_t)1 << 28);
    CHECK_OK(taxii_store_open(f->path, &s, &err), &err);
    (void)sqlite3_exec(s->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    catalogue_make(s);
    taxii_store_close(s);
    CHECK_OK(taxii_server_new(&config, &f->server, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char path[80];

    taxii_server_free(f->server);
    ent_arena_free(f->arena);
    (void)remove(f->path);
    (void)snprintf(path, sizeof path, "%s-wal", f->path);
    (void)remove(path);
    (void)snprintf(path, sizeof path, "%s-shm", f->path);
    (void)remove(path);
    free(f);
    return 0;
}

/* ---- the work of an answer ---- */

struct work {
    http_reply reply;
    int steps, pages, statements;
};

/* Work done so far: what statements of the store have counted since they were asked last. */
static int steps_take(const taxii_store *s)
{
    int steps = 0;

    for (size_t i = 0; i < s->count; i++)
        steps += sqlite3_stmt_status(s->statements[i].stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
    return steps;
}

static int runs_take(const taxii_store *s)
{
    int runs = 0;

    for (size_t i = 0; i < s->count; i++)
        runs += sqlite3_stmt_status(s->statements[i].stmt, SQLITE_STMTSTATUS_RUN, 1);
    return runs;
}

static int pages_take(const taxii_store *s)
{
    int hits = 0, misses = 0, high;

    (void)sqlite3_db_status(s->db, SQLITE_DBSTATUS_CACHE_HIT, &hits, &high, 1);
    (void)sqlite3_db_status(s->db, SQLITE_DBSTATUS_CACHE_MISS, &misses, &high, 1);
    return hits + misses;
}

static struct work ask(fixture *f, const char *user, const char *method, const char *path)
{
    const taxii_store *s = f->server->stores[0];
    struct work work = { 0 };
    http_request request = { .method = method, .path = ent_str_of(path), .arena = f->arena };

    (void)steps_take(s);
    (void)runs_take(s);
    (void)pages_take(s);
    assert_int_equal(taxii_server_begin(f->server, &request, ent_str_of(user), &work.reply),
                     HTTP_ANSWER);
    work.steps = steps_take(s);
    work.statements = runs_take(s);
    work.pages = pages_take(s);
    return work;
}

static void same(fixture *f, const char *user, const char *hidden, const char *absent)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "DELETE", "PUT" };

    (void)ask(f, user, "GET", hidden); /* statements are prepared */
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct work a = ask(f, user, methods[i], hidden), b = ask(f, user, methods[i], absent);

        assert_true(a.reply.status >= 401 && a.reply.status <= 405);
        assert_int_equal(a.reply.status, b.reply.status);
        assert_true(ent_str_equal(a.reply.body, b.reply.body));
        assert_string_equal(a.reply.type, b.reply.type);
        assert_int_equal(a.reply.header_count, b.reply.header_count);
        for (size_t j = 0; j < a.reply.header_count; j++)
            assert_string_equal(a.reply.headers[j].value, b.reply.headers[j].value);
        assert_int_equal(a.statements, b.statements);
        assert_int_equal(a.steps, b.steps);
        assert_int_equal(a.pages, b.pages);
    }
}

static void a_hidden_root_costs_what_an_absent_one_costs(void **state)
{
    static const char *const behind[] = { "",
                                          "collections/",
                                          "collections/" ID("08") "/",
                                          "collections/" ID("08") "/objects/",
                                          "collections/" ID("08") "/manifest/",
                                          "status/" ID("08") "/" };
    static const char *const users[] = { "", "ana", "dora" };
    char hidden[160], absent[160];
    fixture *f = *state;

    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        for (size_t j = 0; j < sizeof users / sizeof *users; j++) {
            (void)snprintf(hidden, sizeof hidden, "/others/%s", behind[i]);
            (void)snprintf(absent, sizeof absent, "/" ABSENT "/%s", behind[i]);
            same(f, users[j], hidden, absent);
            (void)snprintf(hidden, sizeof hidden, "/partner-150/%s", behind[i]);
            same(f, users[j], hidden, absent);
        }
}

static void a_hidden_collection_costs_what_an_absent_one_costs(void **state)
{
    static const char *const pairs[][2] = {
        { "/own/collections/" ID("02") "/objects/", "/own/collections/" ID("99") "/objects/" },
        { "/own/collections/" ID("04") "/manifest/", "/own/collections/" ID("99") "/manifest/" },
        { "/own/collections/bobs/", "/own/collections/none/" },
        { "/theirs/collections/" ID("07") "/", "/theirs/collections/" ID("99") "/" },
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        same(f, "ana", pairs[i][0], pairs[i][1]);
}

static struct work list(fixture *f, const char *path)
{
    const taxii_store *s = f->server->stores[0];
    struct taxii_task task = { .server = f->server,
                               .store = f->server->stores[0],
                               .arena = f->arena,
                               .user = ENT_STR("ana") };
    struct work work = { 0 };
    ent_err err = { 0 };

    task.reply = &work.reply;
    task.root.name = ent_str_of(path);
    (void)steps_take(s);
    CHECK_OK(path == NULL ? taxii_discovery_reply(&task, &err)
                          : taxii_collections_reply(&task, &err),
             &err);
    work.steps = steps_take(s);
    return work;
}

static void lists_cost_nothing_for_what_is_hidden(void **state)
{
    fixture *f = *state;
    struct work roots, collections, after;
    taxii_store *s;
    ent_err err = { 0 };

    (void)list(f, NULL);
    (void)list(f, "own");
    roots = list(f, NULL);
    collections = list(f, "own");
    assert_true(ent_str_is(roots.reply.body,
                           "{\"title\":\"T\",\"default\":\"/open/\",\"api_roots\":["
                           "\"/open/\",\"/own/\",\"/theirs/\"]}"));
    assert_non_null(strstr(collections.reply.body.ptr, ID("01")));
    assert_null(strstr(collections.reply.body.ptr, ID("02")));
    assert_non_null(strstr(collections.reply.body.ptr, ID("03")));
    CHECK_OK(taxii_store_open(f->path, &s, &err), &err);
    for (int i = 0; i < 20; i++) {
        char name[32], id[64];

        (void)snprintf(name, sizeof name, "hidden-%d", i);
        (void)snprintf(id, sizeof id, "30000000-0000-4000-8000-%012d", i);
        root_make(s, name, "PEER4", false);
        collection_make(s, name, id, "", ",bob,", "", "type:indicator");
        collection_make(s, "own", id, "", ",bob,", "", "");
    }
    taxii_store_close(s);
    after = list(f, NULL);
    assert_int_equal(after.steps, roots.steps);
    assert_true(ent_str_equal(after.reply.body, roots.reply.body));
    after = list(f, "own");
    assert_int_equal(after.steps, collections.steps);
    assert_true(ent_str_equal(after.reply.body, collections.reply.body));
}

/* ---- who knows of what ---- */

static bool knows(fixture *f, taxii_store *s, const char *user, const char *root, const char *id)
{
    taxii_collection c;
    taxii_root r;
    ent_err err = { 0 };
    ent_code rc = id == NULL
                      ? taxii_known_root(s, f->arena, ent_str_of(user), ent_str_of(root), &r, &err)
                      : taxii_known_collection(s, f->arena, ent_str_of(user), ent_str_of(root),
                                               ent_str_of(id), &c, &err);

    assert_true(rc == ENT_OK || rc == ENT_NOT_FOUND);
    return rc == ENT_OK;
}

static void known_as_they_are_listed(fixture *f, taxii_store *s)
{
    static const struct {
        const char *user, *root, *id;
        bool known;
    } rows[] = {
        { "", "own", NULL, true },          { "", "own", ID("01"), false },
        { "", "open", ID("05"), true },     { "", "theirs", NULL, false },
        { "ana", "own", "both", true },     { "bob", "own", ID("01"), true },
        { "bob", "own", "both", true },     { "bo", "own", "both", false },
        { "ana", "own", ID("02"), false },  { "carl", "own", "bobs", true },
        { "dora", "own", ID("03"), true },  { "ana", "own", ID("04"), false },
        { "ana", "own", "nobodys", false }, { "ana", "theirs", NULL, true },
        { "ana", "own", ID("06"), false },  { "ana", "theirs", ID("06"), true },
        { "ana", "theirs", "", false },     { "dora", "theirs", NULL, false },
        { "ana", "own", "", false },        { "carl", "partner-299", NULL, true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(knows(f, s, rows[i].user, rows[i].root, rows[i].id), rows[i].known);
}

static void who_is_named_knows_and_nobody_else(void **state)
{
    fixture *f = *state;
    taxii_store *s = f->server->stores[0];

    known_as_they_are_listed(f, s);
}

static void what_is_removed_is_known_to_nobody(void **state)
{
    fixture *f = *state;
    taxii_store *s;
    ent_err err = { 0 };

    CHECK_OK(taxii_store_open(f->path, &s, &err), &err);
    assert_true(knows(f, s, "bob", "others", NULL));
    CHECK_OK(taxii_collection_remove(s, ENT_STR("others"), ENT_STR(ID("08")), &err), &err);
    assert_false(knows(f, s, "bob", "others", NULL));
    CHECK_OK(taxii_collection_remove(s, ENT_STR("theirs"), ENT_STR(ID("06")), &err), &err);
    assert_false(knows(f, s, "ana", "theirs", NULL));
    assert_true(knows(f, s, "bob", "theirs", ID("07")));
    CHECK_OK(taxii_root_remove(s, ENT_STR("own"), &err), &err);
    assert_false(knows(f, s, "ana", "own", NULL));
    root_make(s, "own", "", false);
    assert_false(knows(f, s, "ana", "own", ID("01")));
    taxii_store_close(s);
}

static void an_older_file_knows_the_same(void **state)
{
    static const char back[] = "DROP TABLE known; PRAGMA user_version = 2;";
    static const char further[] = "DROP TABLE known; ALTER TABLE roots DROP COLUMN partner;"
                                  "PRAGMA user_version = 1;";
    fixture *f = *state;
    taxii_store *s;
    ent_err err = { 0 };

    taxii_server_free(f->server);
    f->server = NULL;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(taxii_store_open(f->path, &s, &err), &err);
        assert_int_equal(taxii_store_raised(s), i == 1);
        if (i == 1)
            known_as_they_are_listed(f, s);
        assert_int_equal(sqlite3_exec(s->db, i == 0 ? back : further, NULL, NULL, NULL), SQLITE_OK);
        taxii_store_close(s);
    }
    CHECK_OK(taxii_store_open(f->path, &s, &err), &err);
    assert_true(taxii_store_raised(s));
    assert_true(knows(f, s, "bob", "own", "both"));
    taxii_store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hidden_root_costs_what_an_absent_one_costs, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_hidden_collection_costs_what_an_absent_one_costs, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lists_cost_nothing_for_what_is_hidden, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_named_knows_and_nobody_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_removed_is_known_to_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_older_file_knows_the_same, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
