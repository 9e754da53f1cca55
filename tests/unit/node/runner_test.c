/* node/runner and what node/client gives up: the process that faces the network cannot start
 * a program, and the one that starts them for it does not believe it. */
#include "homes.h"

#include "http/server.h"
#include "http/tls.h"
#include "node/client.h"
#include "node/files.h"
#include "node/oidc.h"
#include "node/runner.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define SECRET ENT_STR("passphrase")

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    node_home home;
    node_session *ana, *bob;
    node_runner *runner;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    node_init init = { .name = "Runner", .code = "RUN" };
    ent_err err = { 0 };

    assert_true(sodium_init() >= 0);
    f->arena = ent_arena_new((size_t)16 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-runner-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    init.path = f->folder;
    CHECK_OK(node_home_init(f->arena, &init, &err), &err);
    CHECK_OK(node_home_open(f->arena, f->folder, &f->home, &err), &err);
    CHECK_OK(node_user_add(f->arena, &f->home, "ana", NODE_ROLE_ANALYST, SECRET, &err), &err);
    CHECK_OK(node_user_add(f->arena, &f->home, "bob", NODE_ROLE_LEGAL, SECRET, &err), &err);
    CHECK_OK(node_session_begin(&f->home, "ana", SECRET, &f->ana, &err), &err);
    CHECK_OK(node_session_begin(&f->home, "bob", SECRET, &f->bob, &err), &err);
    CHECK_OK(node_runner_start(&f->home, &f->runner, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    node_runner_stop(f->runner);
    node_session_end(f->ana);
    node_session_end(f->bob);
    ent_arena_free(f->arena);
    homes_remove(f->folder);
    free(f);
    return 0;
}

/* Runs words; this very program is what runs: it says what it was given (main). */
static ent_code run(fixture *f, const node_session *session, const char *const *argv,
                    node_command_result *result, ent_err *err)
{
    const node_command command = { .session = session,
                                   .argv = argv,
                                   .reason = "case 7",
                                   .input = { "given", 5 },
                                   .output_limit = 65536,
                                   .seconds = 20 };

    *err = (ent_err){ 0 };
    return node_runner_command(f->runner, &command, f->arena, result, err);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void a_command_runs_for_whose_session_it_is(void **state)
{
    fixture *f = *state;
    node_command_result result;
    ent_err err;

    CHECK_OK(run(f, f->ana, WORDS("search", "a b"), &result, &err), &err);
    CHECK(result.status == 3);
    CHECK(strstr(result.output.ptr, "--as|ana|search|a b|") != NULL);
    CHECK(strstr(result.output.ptr, "reason=case 7") != NULL);
    CHECK(strstr(result.output.ptr, "input=given") != NULL);
    CHECK_STR(result.message.ptr, "said\n");
}

static void a_session_of_somebody_else_runs_nothing(void **state)
{
    fixture *f = *state;
    node_session forged = *f->ana;
    node_command_result result;
    ent_err err;

    (void)snprintf(forged.user.name, sizeof forged.user.name, "bob");
    CHECK(run(f, &forged, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    CHECK_STR(err.msg, "the key is not the user's");
    /* The public half in it is the user's, the secret one is not. */
    forged = *f->ana;
    memcpy(forged.secret + 32, f->bob->secret + 32, 32);
    (void)snprintf(forged.user.name, sizeof forged.user.name, "bob");
    CHECK(run(f, &forged, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    (void)snprintf(forged.user.name, sizeof forged.user.name, "../users/ana");
    CHECK(run(f, &forged, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    (void)snprintf(forged.user.name, sizeof forged.user.name, "nobody");
    CHECK(run(f, &forged, WORDS("search", "x"), &result, &err) == ENT_DENIED);
}

/* What a listener that was taken over could send: a name, and no key. */
static void a_session_without_a_key_is_for_who_has_a_certificate(void **state)
{
    fixture *f = *state;
    node_session keyless = { .user = f->ana->user };
    node_credential made;
    node_command_result result;
    http_tls_pair pair;
    ent_err err;

    CHECK(run(f, &keyless, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    CHECK_STR(err.msg, "nothing stands for this user but the passphrase");
    CHECK_OK(http_tls_make("card", NULL, &pair, &err), &err);
    CHECK_OK(node_certificate_add(f->arena, &f->home, "ana",
                                  (ent_str){ pair.certificate, pair.certificate_size }, 1, &made,
                                  &err),
             &err);
    http_tls_release(&pair);
    CHECK_OK(run(f, &keyless, WORDS("search", "x"), &result, &err), &err);
    CHECK(result.status == 3);
    /* Nobody else comes in by it, and not any more once it is taken away. */
    keyless.user = f->bob->user;
    CHECK(run(f, &keyless, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    keyless.user = f->ana->user;
    CHECK_OK(node_credential_remove(f->arena, &f->home, true, "ana", made.id.ptr, &err), &err);
    CHECK(run(f, &keyless, WORDS("search", "x"), &result, &err) == ENT_DENIED);
}

static void provider_write(const fixture *f, const char *issuer)
{
    ent_str text = ent_arena_printf(f->arena,
                                    "{\"algorithm\":\"RS256\",\"client\":\"c\",\"issuer\":\"%s\","
                                    "\"set\":1}",
                                    issuer);
    ent_err err = { 0 };

    CHECK_OK(node_folder_make(node_path(f->arena, "%s/keys/provider", f->folder), &err), &err);
    CHECK_OK(node_file_write(node_path(f->arena, "%s/keys/provider/provider.json", f->folder),
                             ent_span_of_str(text), 0600, &err),
             &err);
}

static void or_for_whom_the_provider_that_is_set_knows(void **state)
{
    fixture *f = *state;
    node_session keyless = { .user = f->ana->user };
    node_command_result result;
    node_credential made;
    node_user user;
    ent_err err = { 0 };

    CHECK_OK(node_subject_add(f->arena, &f->home, "ana", ENT_STR("https://a.example"), "7", 1,
                              &made, &err),
             &err);
    CHECK(run(f, &keyless, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    provider_write(f, "https://b.example");
    CHECK(run(f, &keyless, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    CHECK(node_oidc_user(f->arena, &f->home, made.id, &user, &err) == ENT_DENIED);
    provider_write(f, "https://a.example");
    CHECK_OK(run(f, &keyless, WORDS("search", "x"), &result, &err), &err);
    CHECK_OK(node_oidc_user(f->arena, &f->home, made.id, &user, &err), &err);
    CHECK_STR(user.name, "ana");
    CHECK_OK(node_oidc_clear(f->arena, &f->home, &err), &err);
    CHECK(run(f, &keyless, WORDS("search", "x"), &result, &err) == ENT_DENIED);
    CHECK(node_oidc_user(f->arena, &f->home, made.id, &user, &err) == ENT_DENIED);
    err = (ent_err){ 0 };
    CHECK(node_oidc_clear(f->arena, &f->home, &err) == ENT_NOT_FOUND);
}

static void nobody_runs_nothing_but_help_and_the_asking_of_a_provider(void **state)
{
    fixture *f = *state;
    node_command_result result;
    ent_err err;

    CHECK(run(f, NULL, WORDS("user", "list"), &result, &err) == ENT_DENIED);
    CHECK(run(f, NULL, WORDS("oidc"), &result, &err) == ENT_DENIED);
    CHECK(run(f, NULL, WORDS("oidc", "clear"), &result, &err) == ENT_DENIED);
    CHECK(run(f, NULL, WORDS("oidc", "exchange", "--home"), &result, &err) == ENT_DENIED);
    CHECK(run(f, f->ana, WORDS("oidc", "exchange"), &result, &err) == ENT_DENIED);
    CHECK_OK(run(f, NULL, WORDS("oidc", "exchange"), &result, &err), &err);
    CHECK(strstr(result.output.ptr, "oidc|exchange|") != NULL);
    CHECK(strstr(result.output.ptr, "input=given") != NULL);
    CHECK_OK(run(f, NULL, WORDS("help"), &result, &err), &err);
    CHECK(strstr(result.output.ptr, "--as") == NULL);
}

static void a_role_is_what_the_file_says(void **state)
{
    fixture *f = *state;
    node_session raised = *f->ana;
    node_command_result result;
    ent_err err;

    raised.user.role = NODE_ROLE_ADMIN;
    CHECK_OK(run(f, &raised, WORDS("search", "x"), &result, &err), &err);
    CHECK(strstr(result.output.ptr, "role=analyst") != NULL);
}

static void what_the_api_does_not_offer_is_not_run(void **state)
{
    fixture *f = *state;
    node_command_result result;
    ent_err err;

    CHECK(run(f, f->ana, WORDS("restore", "file"), &result, &err) == ENT_DENIED);
    CHECK(run(f, f->ana, WORDS("serve"), &result, &err) == ENT_DENIED);
    CHECK(run(f, f->ana, WORDS("log"), &result, &err) == ENT_DENIED);
    CHECK(run(f, f->ana, WORDS("searching"), &result, &err) == ENT_DENIED);
    CHECK(run(f, f->ana, WORDS("search", "x", "--home", "/tmp"), &result, &err) == ENT_DENIED);
    CHECK_STR(err.msg, "the option '--home' is not offered");
    CHECK(run(f, f->ana, WORDS("search", "--as=bob", "x"), &result, &err) == ENT_DENIED);
    CHECK_OK(run(f, f->ana, WORDS("search", "--", "--home"), &result, &err), &err);
}

/* ---- the process in front ---- */

static bool opens(const fixture *f, const char *name, int flags)
{
    char path[200];
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", f->folder, name);
    fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* The number of the first thing that is not as it should be; 0: all is. */
static int judge(const fixture *f)
{
    char *argv[] = { (char *)(uintptr_t) "true", NULL };

    if (!opens(f, "keys/users/ana.json", O_RDONLY) || !opens(f, "holdings.db", O_RDWR))
        return 1;
    if (opens(f, "keys/users/ana.json", O_WRONLY) || opens(f, "keys/users/eve", O_WRONLY | O_CREAT))
        return 2;
    if (opens(f, "keys/client.key", O_RDONLY) || opens(f, "keys/border.key", O_RDONLY) ||
        opens(f, "keys/provider.secret", O_RDONLY))
        return 3;
    if (opens(f, "entente.conf", O_RDONLY) || opens(f, "../../etc/passwd", O_RDONLY))
        return 4;
    if (opens(f, "new", O_WRONLY | O_CREAT) || opens(f, "links/new", O_WRONLY | O_CREAT))
        return 5;
    if (!opens(f, "journal/reads/new", O_WRONLY | O_CREAT | O_APPEND))
        return 6;
    if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0)
        return 7;
    (void)execv("/bin/true", argv);
    if (errno != EPERM && errno != EACCES)
        return 8;
    return fork() >= 0 ? 9 : 0;
}

static void the_listener_is_confined_before_it_hears_anybody(void **state)
{
    fixture *f = *state;
    int status = 0, fd;
    char bound[256];
    ent_err err = { 0 };
    pid_t pid;

    CHECK(access(node_path(f->arena, "%s/keys/border.key", f->folder), R_OK) == 0);
    CHECK_OK(node_file_write(node_path(f->arena, "%s/keys/provider.secret", f->folder),
                             (ent_span){ "secret", 6 }, 0600, &err),
             &err);
    CHECK_OK(http_listen("127.0.0.1:0", &fd, bound, sizeof bound, &err), &err);
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        node_client *client;
        int result;

        if (node_client_start(&f->home, fd, NULL, true, &client, &err) != ENT_OK) {
            (void)fprintf(stderr, "# %s\n", err.msg);
            _exit(98);
        }
        result = judge(f);
        node_client_stop(client);
        _exit(result);
    }
    (void)close(fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    CHECK(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* As a command: says what it was given. */
static int command_main(int argc, char **argv)
{
    node_session *session = NULL;
    char input[16] = "";
    const char *reason = getenv("ENTENTE_REASON");

    for (int i = 1; i < argc; i++) {
        (void)printf("%s|", argv[i]);
        if (strcmp(argv[i], "--as") == 0 && i + 1 < argc)
            session = node_session_inherited(argv[i + 1]);
    }
    if (session != NULL)
        (void)printf(" role=%s", node_role_name(session->user.role));
    node_session_end(session);
    (void)printf(" reason=%s", reason == NULL ? "" : reason);
    if (fgets(input, sizeof input, stdin) != NULL)
        (void)printf(" input=%s", input);
    (void)fprintf(stderr, "said\n");
    return 3;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_runs_for_whose_session_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_of_somebody_else_runs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_without_a_key_is_for_who_has_a_certificate,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(or_for_whom_the_provider_that_is_set_knows, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nobody_runs_nothing_but_help_and_the_asking_of_a_provider,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_role_is_what_the_file_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_api_does_not_offer_is_not_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_listener_is_confined_before_it_hears_anybody, set_up,
                                        tear_down),
    };
    int role;

    if (argc > 1 && strcmp(argv[1], "--json") == 0)
        return sodium_init() < 0 ? 70 : command_main(argc, argv);
    role = homes_role(argc, argv);
    return role >= 0 ? role : cmocka_run_group_tests(tests, NULL, NULL);
}
