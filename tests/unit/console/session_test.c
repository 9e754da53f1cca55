/* console/session and console/replay: who is logged in, and what was done already. */
#include "test.h"

#include "console/replay_int.h"
#include "console/session_int.h"

typedef struct fixture {
    int64_t now;
    unsigned logins, logouts;
    uint8_t next;
    bool gone; /* the user is no more */
    console_host host;
    console_sessions *sessions;
} fixture;

static ent_code login(void *arg, ent_str name, ent_str passphrase, void **session,
                      console_user *user, ent_err *err)
{
    fixture *f = arg;

    if (!ent_str_is(passphrase, "right"))
        return ent_fail(err, ENT_DENIED, "no");
    f->logins++;
    *session = malloc(1);
    (void)snprintf(user->name, sizeof user->name, "%.*s", ENT_STR_ARG(name));
    (void)snprintf(user->role, sizeof user->role, "analyst");
    return ENT_OK;
}

static void logout(void *arg, void *session)
{
    ((fixture *)arg)->logouts++;
    free(session);
}

static ent_code still(void *arg, const void *session, ent_err *err)
{
    (void)session;
    return ((fixture *)arg)->gone ? ent_fail(err, ENT_DENIED, "gone") : ENT_OK;
}

static int64_t now(void *arg)
{
    return ((fixture *)arg)->now;
}

static void counted(void *arg, void *bytes, size_t size)
{
    memset(bytes, ++((fixture *)arg)->next, size);
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    f->host = (console_host){
        .arg = f, .login = login, .logout = logout, .still = still, .now = now, .random = counted
    };
    f->sessions = console_sessions_new(&f->host);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;

    console_sessions_free(f->sessions);
    assert_int_equal(f->logins, f->logouts); /* no key is forgotten */
    free(f);
    return 0;
}

static ent_code begin(fixture *f, const char *name, char token[SESSION_TOKEN_SIZE])
{
    console_user user;
    ent_err err = { 0 };
    void *key;

    CHECK_OK(login(f, ent_str_of(name), ENT_STR("right"), &key, &user, &err), &err);
    return console_session_begin(f->sessions, key, &user, token, &err);
}

static bool is_open(fixture *f, const char *token)
{
    console_session *session = console_session_take(f->sessions, ent_str_of(token));

    if (session == NULL)
        return false;
    console_session_give(f->sessions, session);
    return true;
}

static void a_token_opens_its_session_until_it_ends(void **state)
{
    fixture *f = *state;
    char token[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];
    console_session *held;

    CHECK_INT(begin(f, "ada", token), ENT_OK);
    CHECK_INT(begin(f, "bob", other), ENT_OK);
    held = console_session_take(f->sessions, ent_str_of(token));
    CHECK_STR(console_session_user(held)->name, "ada");
    console_session_end(f->sessions, held);
    CHECK(!is_open(f, token));
    CHECK_INT(f->logouts, 0); /* somebody is at work with it */
    console_session_give(f->sessions, held);
    CHECK_INT(f->logouts, 1);
    CHECK(is_open(f, other));
    token[0] = token[0] == 'a' ? 'b' : 'a';
    CHECK(!is_open(f, token));
    CHECK(!is_open(f, ""));
}

static void a_session_ends_by_idleness_by_age_and_with_its_user(void **state)
{
    fixture *f = *state;
    char token[SESSION_TOKEN_SIZE];

    CHECK_INT(begin(f, "ada", token), ENT_OK);
    f->now += SESSION_IDLE;
    CHECK(is_open(f, token));
    f->now += SESSION_IDLE + 1;
    CHECK(!is_open(f, token));
    CHECK_INT(begin(f, "ada", token), ENT_OK);
    for (int64_t age = 0; age + SESSION_IDLE <= SESSION_LIFE; age += SESSION_IDLE) {
        CHECK(is_open(f, token));
        f->now += SESSION_IDLE;
    }
    f->now += 1;
    CHECK(!is_open(f, token));
    CHECK_INT(begin(f, "ada", token), ENT_OK);
    f->gone = true;
    CHECK(!is_open(f, token));
    f->gone = false;
    CHECK(!is_open(f, token));
}

static void the_oldest_session_makes_room(void **state)
{
    fixture *f = *state;
    char first[SESSION_TOKEN_SIZE], token[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];

    CHECK_INT(begin(f, "bob", other), ENT_OK);
    CHECK_INT(begin(f, "ada", first), ENT_OK);
    for (int i = 1; i < SESSIONS_EACH; i++) {
        f->now++;
        CHECK_INT(begin(f, "ada", token), ENT_OK);
    }
    CHECK(is_open(f, first));
    f->now++;
    CHECK(is_open(f, first)); /* used last, so another one is the oldest */
    CHECK_INT(begin(f, "ada", token), ENT_OK);
    CHECK(is_open(f, first));
    CHECK(is_open(f, other));
    CHECK_INT(f->logouts, 1);
}

/* ---- replays ---- */

static void a_change_is_made_once(void **state)
{
    console_replays *r = console_replays_new();
    ent_arena *arena = ent_arena_new(1 << 20);
    ent_hash key = ent_hash_of("k", 1), what = ent_hash_of("w", 1), other = ent_hash_of("o", 1);
    http_reply reply = { 0 }, done = { .status = 200, .type = "t", .body = ENT_STR("answer") };
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(console_replay_begin(r, arena, &key, &what, 0, &reply, &err), ENT_OK);
    CHECK_INT(console_replay_begin(r, arena, &key, &what, 0, &reply, &err), ENT_RETRY);
    console_replay_end(r, &key, &done);
    CHECK_INT(console_replay_begin(r, arena, &key, &what, 0, &reply, &err), ENT_NO);
    CHECK_INT(reply.status, 200);
    CHECK_TEXT(reply.body, "answer");
    CHECK_INT(console_replay_begin(r, arena, &key, &other, 0, &reply, &err), ENT_CONFLICT);
    CHECK_INT(console_replay_begin(r, arena, &key, &what, REPLAY_LIFE + 1, &reply, &err), ENT_OK);
    console_replay_end(r, &key, &(http_reply){ .status = 503 });
    /* It failed for now: the same may be tried again. */
    CHECK_INT(console_replay_begin(r, arena, &key, &what, 0, &reply, &err), ENT_OK);
    console_replay_end(r, &key, &done);
    console_replays_free(r);
    ent_arena_free(arena);
}

static void more_keys_than_places_forget_the_oldest(void **state)
{
    console_replays *r = console_replays_new();
    ent_arena *arena = ent_arena_new(1 << 20);
    http_reply reply = { 0 }, done = { .status = 200, .type = "t", .body = ENT_STR("") };
    ent_err err = { 0 };

    (void)state;
    for (int i = 0; i < REPLAYS + 1; i++) {
        ent_hash key = ent_hash_of(&i, sizeof i);

        CHECK_INT(console_replay_begin(r, arena, &key, &key, i, &reply, &err), ENT_OK);
        console_replay_end(r, &key, &done);
    }
    for (int i = REPLAYS; i >= 0; i--) {
        ent_hash key = ent_hash_of(&i, sizeof i);
        ent_code rc = console_replay_begin(r, arena, &key, &key, REPLAYS, &reply, &err);

        CHECK_INT(rc, i == 0 ? ENT_OK : ENT_NO);
    }
    console_replays_free(r);
    ent_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_opens_its_session_until_it_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_ends_by_idleness_by_age_and_with_its_user, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_oldest_session_makes_room, setup, teardown),
        TEST(a_change_is_made_once),
        TEST(more_keys_than_places_forget_the_oldest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
