#define _DEFAULT_SOURCE /* syscall */
/* What the system refuses a watch for is said with the limit that was met: a child in a world of
 * limits of its own (a user namespace), so that nobody else's instances are used up. */
#include "http/watch.h"

#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEW_USERS 0x10000000 /* CLONE_NEWUSER */
#define NOT_LET   77         /* no such namespace here */
#define INSTANCES "/proc/sys/user/max_inotify_instances"
#define WATCHES   "/proc/sys/user/max_inotify_watches"

static bool limit_zero(const char *path)
{
    FILE *out = fopen(path, "w");

    return out != NULL && fputs("0", out) >= 0 && fclose(out) == 0;
}

/* Ends a child: does the message of its error have `words`? */
static void says(const ent_err *err, const char *words)
{
    if (strstr(err->msg, words) == NULL)
        (void)fprintf(stderr, "%s\n", err->msg);
    _exit(strstr(err->msg, words) == NULL);
}

/* 0, or NOT_LET. */
static int of_child(void (*child)(void))
{
    int status = -1;
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        child();
        _exit(1);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void without_instances(void)
{
    ent_err err = { 0 };
    int watch;

    if (syscall(SYS_unshare, NEW_USERS) != 0 || !limit_zero(INSTANCES))
        _exit(NOT_LET);
    if (http_watch_open(&watch, &err) != ENT_IO || watch != -1)
        _exit(2);
    says(&err, "raise fs.inotify.max_user_instances (it is ");
}

static void without_watches(void)
{
    ent_err err = { 0 };
    int watch;

    if (syscall(SYS_unshare, NEW_USERS) != 0 || !limit_zero(WATCHES))
        _exit(NOT_LET);
    if (http_watch_open(&watch, &err) != ENT_OK ||
        http_watch_add(watch, "/tmp", IN_MOVED_TO, NULL, &err) != ENT_IO)
        _exit(2);
    says(&err, "cannot watch '/tmp': the programs of this user have all inotify watches there are; "
               "raise fs.inotify.max_user_watches (it is ");
}

static void without_descriptors(void)
{
    const struct rlimit none = { 3, 3 };
    ent_err err = { 0 };
    int watch;

    for (int fd = 3; fd < 256; fd++)
        (void)close(fd);
    if (setrlimit(RLIMIT_NOFILE, &none) != 0)
        _exit(2);
    if (http_watch_open(&watch, &err) != ENT_IO || watch != -1)
        _exit(2);
    says(&err, "as many files open as it may; raise its limit (`ulimit -n`)");
}

static void a_limit_that_was_met_is_named(void **state)
{
    (void)state;
    CHECK_INT(of_child(without_descriptors), 0);
    if (of_child(without_instances) == NOT_LET) {
        skip(); /* no namespaces of users here */
        return;
    }
    CHECK_INT(of_child(without_instances), 0);
    CHECK_INT(of_child(without_watches), 0);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    ent_err err = { 0 };
    int watch, place = 0;

    (void)state;
    CHECK_OK(http_watch_open(&watch, &err), &err);
    CHECK_INT(http_watch_add(watch, "/nowhere/at/all", IN_MOVED_TO, &place, &err), ENT_IO);
    CHECK_STR(err.msg, "cannot watch '/nowhere/at/all': No such file or directory");
    CHECK_INT(place, -1);
    CHECK_OK(http_watch_add(watch, "/tmp", IN_MOVED_TO, &place, &err), &err);
    CHECK(place >= 0);
    (void)close(watch);
}

RUN_TESTS(TEST(a_limit_that_was_met_is_named), TEST(a_folder_that_is_not_there_is_named))
