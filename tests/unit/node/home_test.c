/* node/home and node/users: what `init` and `user add` make. */
#include "homes.h"

#include "node/users.h"

#include <sys/stat.h>

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    node_home home;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    f->arena = ent_arena_new((size_t)16 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-home-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->home);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

static void a_home_opens_with_what_it_was_made_with(void **state)
{
    static const char *const secrets[] = { "identity.sk", "box.sk", "border.key", "courier.key",
                                           "client.key" };
    char fingerprint[NODE_FINGERPRINT_SIZE];
    fixture *f = *state;
    struct stat st;

    CHECK_STR(f->home.code, "ALPHA");
    CHECK_TEXT(f->home.name, "ALPHA");
    node_fingerprint(f->home.identity, fingerprint);
    CHECK_INT(strlen(fingerprint), NODE_FINGERPRINT_SIZE - 1);
    for (size_t i = 0; i < 5; i++) {
        CHECK_INT(stat(node_path(f->arena, "%s/keys/%s", f->home.path, secrets[i]), &st), 0);
        CHECK_INT(st.st_mode & 077, 0);
    }
}

static void a_home_is_not_made_twice_nor_with_a_bad_code_or_name(void **state)
{
    fixture *f = *state;
    node_init init = { .path = f->home.path, .name = "x", .code = "ALPHA" };
    ent_err err = { 0 };
    node_home home;

    CHECK_INT(node_home_init(f->arena, &init, &err), ENT_CONFLICT);
    init.path = node_path(f->arena, "%s/other", f->folder);
    init.code = "alpha";
    CHECK_INT(node_home_init(f->arena, &init, &err), ENT_USAGE);
    init.code = "TOOLONGCODE";
    CHECK_INT(node_home_init(f->arena, &init, &err), ENT_USAGE);
    init.code = NULL;
    init.name = "two\nlines";
    CHECK_INT(node_home_init(f->arena, &init, &err), ENT_USAGE);
    init.name = "Civil Guard";
    init.exercise = "yesterday";
    CHECK_INT(node_home_init(f->arena, &init, &err), ENT_FORMAT);
    CHECK_INT(node_home_open(f->arena, init.path, &home, &err), ENT_NOT_FOUND);
    init.exercise = NULL;
    CHECK_OK(node_home_init(f->arena, &init, &err), &err);
    CHECK_OK(node_home_open(f->arena, init.path, &home, &err), &err);
    CHECK_STR(home.code, "CIVILGUA");
}

static void a_wrong_setting_is_named_with_file_and_line(void **state)
{
    fixture *f = *state;
    const char *path = node_path(f->arena, "%s/entente.conf", f->home.path);
    static const char *const bad[] = { "name = x\nno equals\n", "code = x\n", "unknown = 1\n",
                                       "store = postgresql:\n", "name = only\n" };
    node_home home;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_err err = { 0 };

        CHECK_OK(node_file_write(path, (ent_span){ bad[i], strlen(bad[i]) }, 0600, &err), &err);
        CHECK_INT(node_home_open(f->arena, f->home.path, &home, &err), ENT_CONFIG);
        assert_non_null(strstr(err.msg, "entente.conf"));
    }
}

static void an_exercise_has_its_own_clock(void **state)
{
    fixture *f = *state;
    node_init init = { .path = node_path(f->arena, "%s/exercise", f->folder),
                       .name = "exercise",
                       .exercise = "2024-11-08T19:42:00Z" };
    char text[ENT_TIME_TEXT];
    ent_err err = { 0 };
    node_home home;
    ent_time now;

    CHECK_OK(node_home_init(f->arena, &init, &err), &err);
    CHECK_OK(node_home_open(f->arena, init.path, &home, &err), &err);
    CHECK_OK(node_now(&home, &now, &err), &err);
    ent_time_write(now, text);
    CHECK_STR(text, "2024-11-08T19:42:00.000Z");
    CHECK_OK(node_file_write(home.clock, (ent_span){ "2025-01-01T00:00:00Z\n", 21 }, 0600, &err),
             &err);
    CHECK_OK(node_now(&home, &now, &err), &err);
    ent_time_write(now, text);
    CHECK_STR(text, "2025-01-01T00:00:00.000Z");
    CHECK_OK(node_file_write(home.clock, (ent_span){ "soon", 4 }, 0600, &err), &err);
    CHECK_INT(node_now(&home, &now, &err), ENT_FORMAT);
}

static void a_user_signs_after_the_right_passphrase_only(void **state)
{
    fixture *f = *state;
    node_session *session;
    uint8_t signature[64];
    node_user user, *users;
    ent_err err = { 0 };
    ent_str officers;
    size_t count;

    CHECK_OK(node_user_add(f->arena, &f->home, "ama", NODE_ROLE_DISCLOSURE,
                           ENT_STR("correct horse"), &err),
             &err);
    CHECK_OK(
        node_user_add(f->arena, &f->home, "bo", NODE_ROLE_LEGAL, ENT_STR("battery:staple"), &err),
        &err);
    CHECK_INT(node_user_add(f->arena, &f->home, "ama", NODE_ROLE_LEGAL, ENT_STR("12345678"), &err),
              ENT_CONFLICT);
    CHECK_OK(node_user_get(f->arena, &f->home, "ama", &user, &err), &err);
    CHECK_INT(user.role, NODE_ROLE_DISCLOSURE);
    CHECK_OK(node_user_list(f->arena, &f->home, &users, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_STR(users[1].name, "bo");
    CHECK_INT(node_session_begin(&f->home, "ama", ENT_STR("wrong horse"), &session, &err),
              ENT_DENIED);
    CHECK_INT(node_session_begin(&f->home, "nobody", ENT_STR("wrong horse"), &session, &err),
              ENT_DENIED);
    CHECK_INT(node_session_begin(&f->home, "../users/ama", ENT_STR("x"), &session, &err),
              ENT_DENIED);
    CHECK_OK(node_session_begin(&f->home, "ama", ENT_STR("correct horse"), &session, &err), &err);
    node_session_sign(session, "text", 4, signature);
    node_session_end(session);
    CHECK_INT(crypto_sign_verify_detached(signature, (const uint8_t *)"text", 4, user.key), 0);
    CHECK_OK(node_file_read(f->arena, node_path(f->arena, "%s/keys/officers", f->home.path), 10000,
                            &officers, &err),
             &err);
    assert_non_null(strstr(officers.ptr, " disclosure ama\n"));
}

static void names_and_passphrases_have_bounds(void **state)
{
    static const char *const names[] = { "", "Ama", "a b", ".hidden", "a/b", "ä" };
    fixture *f = *state;
    ent_err err = { 0 };
    char large[1026];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK_INT(node_user_add(f->arena, &f->home, names[i], NODE_ROLE_ANALYST,
                                ENT_STR("long enough"), &err),
                  ENT_USAGE);
    memset(large, 'x', sizeof large);
    CHECK_INT(node_user_add(f->arena, &f->home, "u", NODE_ROLE_ANALYST, ENT_STR("1234567"), &err),
              ENT_USAGE);
    CHECK_INT(
        node_user_add(f->arena, &f->home, "u", NODE_ROLE_ANALYST, (ent_str){ large, 1025 }, &err),
        ENT_USAGE);
    CHECK_INT(node_user_add(f->arena, &f->home, "u", NODE_ROLE_ANALYST,
                            ENT_STR("\xff\xff"
                                    "1234567"),
                            &err),
              ENT_USAGE);
    CHECK_OK(
        node_user_add(f->arena, &f->home, "u", NODE_ROLE_ANALYST, (ent_str){ large, 1024 }, &err),
        &err);
}

static void one_newline_at_the_end_of_a_passphrase_file_is_not_part_of_it(void **state)
{
    fixture *f = *state;
    const char *path = node_path(f->arena, "%s/passphrase", f->folder);
    ent_err err = { 0 };
    ent_str got;

    CHECK_OK(node_file_write(path, (ent_span){ "secret\n\n", 8 }, 0600, &err), &err);
    CHECK_OK(node_passphrase_get(path, "", &got, &err), &err);
    CHECK_TEXT(got, "secret\n");
    node_passphrase_free(got);
    CHECK_INT(node_passphrase_get("/nonexistent", "", &got, &err), ENT_NOT_FOUND);
}

#define WITH_HOME(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_HOME(a_home_opens_with_what_it_was_made_with),
            WITH_HOME(a_home_is_not_made_twice_nor_with_a_bad_code_or_name),
            WITH_HOME(a_wrong_setting_is_named_with_file_and_line),
            WITH_HOME(an_exercise_has_its_own_clock),
            WITH_HOME(a_user_signs_after_the_right_passphrase_only),
            WITH_HOME(names_and_passphrases_have_bounds),
            WITH_HOME(one_newline_at_the_end_of_a_passphrase_file_is_not_part_of_it))
