/* node/auth: who is let in, and for how long it is remembered. */
#include "test.h"

#include "node/auth.h"
#include "node/files.h"

#include <sodium.h>

typedef struct fixture {
    ent_arena *arena;
    node_home home;
    node_auth *auth;
    char folder[64];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ent_err err = { 0 };

    assert_true(sodium_init() >= 0);
    f->arena = ent_arena_new((size_t)1 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-auth-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->home.path = f->folder;
    CHECK_OK(node_folder_make(node_path(f->arena, "%s/keys/users", f->folder), &err), &err);
    CHECK_OK(
        node_user_add(f->arena, &f->home, "ana", NODE_ROLE_ANALYST, ENT_STR("pass: phrase"), &err),
        &err);
    CHECK_OK(node_auth_new(&f->home, &f->auth, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    static const char *const files[] = { "keys/users/ana.json",
                                         "keys/users/bob.json",
                                         "keys/users.lock",
                                         "keys/officers",
                                         "keys/users",
                                         "keys",
                                         "" };

    node_auth_free(f->auth);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)remove(node_path(f->arena, "%s/%s", f->folder, files[i]));
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

static ent_code check(fixture *f, const char *credentials, bool patient, node_user *user)
{
    char text[512] = "Basic ";
    ent_err err = { 0 };

    (void)sodium_bin2base64(text + 6, sizeof text - 6, (const uint8_t *)credentials,
                            strlen(credentials), sodium_base64_VARIANT_ORIGINAL);
    return node_auth_check(f->auth, text, patient, user, &err);
}

static void an_answer_is_remembered_for_the_next_request(void **state)
{
    fixture *f = *state;
    node_user user;

    CHECK_INT(check(f, "ana:pass: phrase", false, &user), ENT_RETRY);
    CHECK_INT(check(f, "ana:pass: phrase", true, &user), ENT_OK);
    CHECK_STR(user.name, "ana");
    CHECK_INT(check(f, "ana:pass: phrase", false, &user), ENT_OK);
    CHECK_INT(user.role, NODE_ROLE_ANALYST);
    CHECK_INT(check(f, "ana:pass: phras", false, &user), ENT_RETRY);
    CHECK_INT(check(f, "ana:pass: phras", true, &user), ENT_DENIED);
    CHECK_INT(check(f, "ana:pass: phras", false, &user), ENT_DENIED);
}

static void a_user_who_comes_or_goes_is_noticed_at_once(void **state)
{
    fixture *f = *state;
    node_user user;
    ent_err err = { 0 };

    CHECK_INT(check(f, "bob:password", true, &user), ENT_DENIED);
    CHECK_OK(node_user_add(f->arena, &f->home, "bob", NODE_ROLE_LEGAL, ENT_STR("password"), &err),
             &err);
    CHECK_INT(check(f, "bob:password", false, &user), ENT_RETRY);
    CHECK_INT(check(f, "bob:password", true, &user), ENT_OK);
    assert_int_equal(remove(node_path(f->arena, "%s/keys/users/bob.json", f->folder)), 0);
    CHECK_INT(check(f, "bob:password", true, &user), ENT_DENIED);
}

static void what_is_no_basic_credentials_is_refused(void **state)
{
    static const char *const bad[] = { "",          "Basic",      "Basic ",      "Bearer YTpi",
                                       "Basic ###", "Basic YW5h", "Basicx YTpi", "Basic YW5hOgBi" };
    fixture *f = *state;
    node_user user;
    ent_err err = { 0 };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_INT(node_auth_check(f->auth, bad[i], true, &user, &err), ENT_DENIED);
    CHECK_INT(check(f, "../../x:password", true, &user), ENT_DENIED);
    CHECK_INT(check(f, ":password", true, &user), ENT_DENIED);
    CHECK_INT(check(f, "ana:", true, &user), ENT_DENIED);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH(an_answer_is_remembered_for_the_next_request),
          WITH(a_user_who_comes_or_goes_is_noticed_at_once),
          WITH(what_is_no_basic_credentials_is_refused))
