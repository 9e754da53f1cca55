/* node/sandbox: what a process can no longer do once it is in. */
#define _DEFAULT_SOURCE

#include "homes.h"

#include "node/sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

static char folder[64];

static int set_up(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    ent_err err = { 0 };

    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ent-sandbox-XXXXXX");
    assert_non_null(mkdtemp(folder));
    CHECK_OK(
        node_file_write(node_path(arena, "%s/open/file", folder), (ent_span){ "x", 1 }, 0600, &err),
        &err);
    CHECK_OK(node_file_write(node_path(arena, "%s/spool/file", folder), (ent_span){ "x", 1 }, 0600,
                             &err),
             &err);
    CHECK_OK(
        node_file_write(node_path(arena, "%s/closed", folder), (ent_span){ "x", 1 }, 0600, &err),
        &err);
    ent_arena_free(arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    homes_remove(folder);
    return 0;
}

static bool can_open(const char *name, int flags)
{
    char path[200];
    int fd;

    (void)snprintf(path, sizeof path, "%.64s/%.64s", folder, name);
    fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static bool can_connect(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* The number of the first thing that is not as it should be; 0: all is. */
static int judge(bool may_connect)
{
    char *argv[] = { (char *)(uintptr_t) "true", NULL };

    if (!can_open("open/file", O_RDONLY))
        return 1;
    if (can_open("closed", O_RDONLY) || can_open("../../etc/passwd", O_RDONLY))
        return 2;
    if (can_open("open/file", O_WRONLY) || can_open("open/new", O_WRONLY | O_CREAT))
        return 3;
    if (!can_open("spool/new", O_WRONLY | O_CREAT))
        return 4;
    if (can_connect() != may_connect)
        return 5;
    (void)execv("/bin/true", argv);
    if (errno != EPERM && errno != EACCES)
        return 6;
    if (fork() >= 0)
        return 7;
    return 0;
}

static void *judge_thread(void *arg)
{
    int *result = arg;

    *result = judge(false);
    return NULL;
}

static int in_child(bool may_connect, bool in_thread)
{
    int status = 0;
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        char open_path[200], spool_path[200];
        const char *read_paths[] = { open_path }, *write_paths[] = { spool_path };
        node_sandbox sandbox = { read_paths, 1, write_paths, 1, may_connect };
        int result = 99;
        ent_err err = { 0 };
        pthread_t thread;

        (void)snprintf(open_path, sizeof open_path, "%s/open", folder);
        (void)snprintf(spool_path, sizeof spool_path, "%s/spool", folder);
        if (node_sandbox_enter(&sandbox, &err) != ENT_OK)
            _exit(98);
        if (!in_thread)
            result = judge(may_connect);
        else if (pthread_create(&thread, NULL, judge_thread, &result) == 0)
            (void)pthread_join(thread, NULL);
        _exit(result);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

static void a_border_reads_its_folders_and_nothing_else(void **state)
{
    (void)state;
    CHECK_INT(in_child(false, false), 0);
}

static void threads_made_afterwards_are_in_it_too(void **state)
{
    (void)state;
    CHECK_INT(in_child(false, true), 0);
}

static void a_courier_may_connect_as_well(void **state)
{
    (void)state;
    CHECK_INT(in_child(true, false), 0);
}

static void a_folder_that_is_not_there_is_an_error_and_not_a_hole(void **state)
{
    const char *read_paths[] = { "/nonexistent" };
    node_sandbox sandbox = { read_paths, 1, NULL, 0, false };
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(node_sandbox_enter(&sandbox, &err), ENT_IO);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(IN_FOLDER(a_border_reads_its_folders_and_nothing_else),
            IN_FOLDER(threads_made_afterwards_are_in_it_too),
            IN_FOLDER(a_courier_may_connect_as_well),
            IN_FOLDER(a_folder_that_is_not_there_is_an_error_and_not_a_hole))
