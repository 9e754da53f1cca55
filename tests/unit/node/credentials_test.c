/* node/credentials: whose a token or a certificate is, and until when. */
#include "test.h"

#include "http/tls.h"
#include "node/credentials.h"
#include "node/files.h"

#include <sodium.h>

typedef struct fixture {
    ent_arena *arena;
    node_home home;
    char folder[64];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ent_err err = { 0 };

    assert_true(sodium_init() >= 0);
    f->arena = ent_arena_new((size_t)4 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-cred-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->home.path = f->folder;
    CHECK_OK(node_folder_make(node_path(f->arena, "%s/keys/users", f->folder), &err), &err);
    CHECK_OK(
        node_user_add(f->arena, &f->home, "ana", NODE_ROLE_ANALYST, ENT_STR("pass: phrase"), &err),
        &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[128];

    (void)snprintf(command, sizeof command, "rm -r %s", f->folder);
    assert_int_equal(system(command), 0);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

static void a_token_ends_on_its_day(void **state)
{
    fixture *f = *state;
    char token[NODE_TOKEN_SIZE], other[NODE_TOKEN_SIZE];
    node_credential made;
    ent_err err = { 0 };
    node_user user;

    CHECK_OK(node_token_add(f->arena, &f->home, "ana", "t", 100, 200, token, &made, &err), &err);
    CHECK_OK(node_token_add(f->arena, &f->home, "ana", "t", 100, 200, other, &made, &err), &err);
    assert_string_not_equal(token, other);
    CHECK_OK(node_token_user(f->arena, &f->home, ent_str_of(token), 199, &user, &err), &err);
    CHECK_STR(user.name, "ana");
    assert_int_equal(node_token_user(f->arena, &f->home, ent_str_of(token), 200, &user, &err),
                     ENT_DENIED);
}

static void a_token_ends_with_its_user(void **state)
{
    fixture *f = *state;
    char token[NODE_TOKEN_SIZE];
    node_credential made;
    ent_err err = { 0 };
    node_user user;

    CHECK_OK(node_token_add(f->arena, &f->home, "ana", "t", 100, 200, token, &made, &err), &err);
    CHECK_OK(node_file_remove(node_path(f->arena, "%s/keys/users/ana.json", f->folder), &err),
             &err);
    assert_int_equal(node_token_user(f->arena, &f->home, ent_str_of(token), 150, &user, &err),
                     ENT_DENIED);
}

static void a_token_is_nowhere_in_the_home(void **state)
{
    fixture *f = *state;
    char token[NODE_TOKEN_SIZE], command[256];
    node_credential made, *list;
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(node_token_add(f->arena, &f->home, "ana", "t", 100, 200, token, &made, &err), &err);
    (void)snprintf(command, sizeof command, "grep -rq -- %s %s", token + 4, f->folder);
    assert_int_not_equal(system(command), 0);
    CHECK_OK(node_credential_list(f->arena, &f->home, NODE_TOKEN, "ana", &list, &count, &err),
             &err);
    assert_int_equal(count, 1);
    CHECK_STR(list[0].user.ptr, "ana");
    CHECK_OK(node_credential_list(f->arena, &f->home, NODE_TOKEN, "bob", &list, &count, &err),
             &err);
    assert_int_equal(count, 0);
}

static void the_beginning_of_an_id_must_be_one_of_one(void **state)
{
    fixture *f = *state;
    char token[NODE_TOKEN_SIZE], start[9] = "";
    node_credential made;
    ent_err err = { 0 };

    CHECK_OK(node_token_add(f->arena, &f->home, "ana", "t", 100, 200, token, &made, &err), &err);
    memcpy(start, made.id.ptr, 8);
    assert_int_equal(node_credential_remove(f->arena, &f->home, NODE_TOKEN, "bob", start, &err),
                     ENT_NOT_FOUND);
    start[7] = '\0';
    assert_int_equal(node_credential_remove(f->arena, &f->home, NODE_TOKEN, "ana", start, &err),
                     ENT_USAGE);
    start[7] = made.id.ptr[7];
    err = (ent_err){ 0 };
    CHECK_OK(node_credential_remove(f->arena, &f->home, NODE_TOKEN, "ana", start, &err), &err);
    assert_int_equal(node_credential_remove(f->arena, &f->home, NODE_TOKEN, "ana", start, &err),
                     ENT_NOT_FOUND);
}

static void a_security_key_is_of_one_user_and_counts_on(void **state)
{
    fixture *f = *state;
    webauthn_key key = {
        .id = { "credential", 10 }, .algorithm = WEBAUTHN_EDDSA, .point = { 7 }, .counter = 3
    };
    node_credential made, found;
    node_user user;
    ent_err err = { 0 };

    CHECK_OK(node_security_key_add(f->arena, &f->home, "ana", "blue", ENT_STR("north.example"),
                                   &key, 100, &made, &err),
             &err);
    assert_int_equal(node_security_key_add(f->arena, &f->home, "ana", "again", ENT_STR("other"),
                                           &key, 100, &found, &err),
                     ENT_CONFLICT);
    err = (ent_err){ 0 };
    CHECK_OK(node_security_key_get(f->arena, &f->home, key.id, &found, &user, &err), &err);
    CHECK_STR(user.name, "ana");
    CHECK_TEXT(found.host, "north.example");
    CHECK(found.key.counter == 3 && found.key.point[0] == 7 &&
          found.key.algorithm == WEBAUTHN_EDDSA);
    assert_int_equal(
        node_security_key_get(f->arena, &f->home, (ent_span){ "another", 7 }, &found, &user, &err),
        ENT_DENIED);
    /* It counts on, and for nobody else; a number that was seen is told and changes nothing. */
    assert_int_equal(node_security_key_used(f->arena, &f->home, "ana", made.id, 3, &err),
                     ENT_DENIED);
    assert_int_equal(node_security_key_used(f->arena, &f->home, "bob", made.id, 4, &err),
                     ENT_NOT_FOUND);
    assert_int_equal(
        node_security_key_used(f->arena, &f->home, "ana", ENT_STR("../users/ana"), 4, &err),
        ENT_USAGE);
    err = (ent_err){ 0 };
    CHECK_OK(node_security_key_used(f->arena, &f->home, "ana", made.id, 9, &err), &err);
    assert_int_equal(node_security_key_used(f->arena, &f->home, "ana", made.id, 8, &err),
                     ENT_DENIED);
    err = (ent_err){ 0 };
    CHECK_OK(node_security_key_get(f->arena, &f->home, key.id, &found, &user, &err), &err);
    CHECK_INT(found.key.counter, 9);
    CHECK_OK(node_credential_user(f->arena, &f->home, NODE_SECURITY_KEY, made.id, &user, &err),
             &err);
    CHECK_OK(
        node_credential_remove(f->arena, &f->home, NODE_SECURITY_KEY, "ana", made.id.ptr, &err),
        &err);
    assert_int_equal(
        node_credential_user(f->arena, &f->home, NODE_SECURITY_KEY, made.id, &user, &err),
        ENT_DENIED);
}

static void a_certificate_is_of_one_user_by_its_key(void **state)
{
    fixture *f = *state;
    uint8_t pin[HTTP_PIN_SIZE];
    node_credential made;
    http_tls_pair pair;
    ent_err err = { 0 };
    node_user user;
    ent_str pem;

    CHECK_OK(http_tls_make("ana", NULL, &pair, &err), &err);
    pem = (ent_str){ pair.certificate, pair.certificate_size };
    CHECK_OK(http_tls_pin(pem, pin, &err), &err);
    assert_int_equal(node_certificate_user(f->arena, &f->home, pin, &user, &err), ENT_DENIED);
    err = (ent_err){ 0 };
    CHECK_OK(node_certificate_add(f->arena, &f->home, "ana", pem, 100, &made, &err), &err);
    CHECK_OK(node_certificate_user(f->arena, &f->home, pin, &user, &err), &err);
    CHECK_STR(user.name, "ana");
    assert_int_equal(node_certificate_add(f->arena, &f->home, "ana", pem, 100, &made, &err),
                     ENT_CONFLICT);
    pin[31] ^= 1;
    assert_int_equal(node_certificate_user(f->arena, &f->home, pin, &user, &err), ENT_DENIED);
    http_tls_release(&pair);
}

static void a_subject_is_of_one_user_at_its_issuer(void **state)
{
    fixture *f = *state;
    const ent_str issuer = ENT_STR("https://a.example");
    node_credential made, found;
    ent_err err = { 0 };
    node_user user;

    CHECK_OK(node_subject_add(f->arena, &f->home, "ana", issuer, "7", 100, &made, &err), &err);
    CHECK_INT(node_subject_add(f->arena, &f->home, "ana", issuer, "7", 100, &made, &err),
              ENT_CONFLICT);
    err = (ent_err){ 0 };
    CHECK_OK(node_subject_user(f->arena, &f->home, issuer, ENT_STR("7"), &found, &user, &err),
             &err);
    CHECK_STR(user.name, "ana");
    CHECK_TEXT(found.title, "7");
    CHECK_TEXT(found.host, "https://a.example");
    CHECK_INT(node_subject_user(f->arena, &f->home, ENT_STR("https://b.example"), ENT_STR("7"),
                                &found, &user, &err),
              ENT_DENIED);
    CHECK_INT(node_subject_user(f->arena, &f->home, ENT_STR("https://a.example7"), ENT_STR(""),
                                &found, &user, &err),
              ENT_DENIED);
    err = (ent_err){ 0 };
    CHECK_INT(node_subject_add(f->arena, &f->home, "ana", issuer, "a\nb", 100, &made, &err),
              ENT_USAGE);
    err = (ent_err){ 0 };
    CHECK_INT(node_subject_add(f->arena, &f->home, "ana", issuer, "", 100, &made, &err), ENT_USAGE);
    err = (ent_err){ 0 };
    CHECK_INT(node_subject_add(f->arena, &f->home, "eve", issuer, "8", 100, &made, &err),
              ENT_NOT_FOUND);
    err = (ent_err){ 0 };
    CHECK_OK(node_credential_remove(f->arena, &f->home, NODE_SUBJECT, "ana", made.id.ptr, &err),
             &err);
    CHECK_INT(node_subject_get(f->arena, &f->home, made.id, &found, &user, &err), ENT_DENIED);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_token_ends_on_its_day),
        T(a_token_ends_with_its_user),
        T(a_token_is_nowhere_in_the_home),
        T(the_beginning_of_an_id_must_be_one_of_one),
        T(a_security_key_is_of_one_user_and_counts_on),
        T(a_certificate_is_of_one_user_by_its_key),
        T(a_subject_is_of_one_user_at_its_issuer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
