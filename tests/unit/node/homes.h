/*
 * homes -- real nodes for tests: homes in a temporary folder, linked to each other.
 *
 * The processes of a node are this very program executed anew, so a test's main calls
 * homes_role first.  HOMES_TESTS does.
 */
#ifndef ENT_TEST_HOMES_H
#define ENT_TEST_HOMES_H

#include "test.h"

#include "base/arena.h"
#include "node/desk.h"
#include "node/files.h"
#include "node/home.h"
#include "node/peers.h"
#include "node/processes.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>

/* Runs a role if this program was started as one; its exit status, or -1. */
static inline int homes_role(int argc, char **argv)
{
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    node_serve serve = { 0 };
    ent_err err = { 0 };
    node_home home;
    ent_code rc;

    if (sodium_init() < 0 || arena == NULL)
        return 70;
    if (argc < 4 || strcmp(argv[1], "serve") != 0) {
        ent_arena_free(arena);
        return -1;
    }
    rc = node_home_open(arena, argv[3], &home, &err);
    if (rc == ENT_OK)
        rc = argc < 6 ? node_serve_run(&home, &serve, &err)
                      : node_process_run(&home, argv[5], argc > 7 ? argv[7] : NULL, &err);
    if (rc != ENT_OK)
        (void)fprintf(stderr, "# %s: %s\n", argc < 6 ? "serve" : argv[5], err.msg);
    ent_arena_free(arena);
    return ent_code_exit(rc);
}

#define HOMES_TESTS(...)                                    \
    int main(int argc, char **argv)                         \
    {                                                       \
        const struct CMUnitTest tests_[] = { __VA_ARGS__ }; \
        int role_ = homes_role(argc, argv);                 \
        if (role_ >= 0)                                     \
            return role_;                                   \
        return cmocka_run_group_tests(tests_, NULL, NULL);  \
    }

/* Removes a folder and all below it. */
static inline void homes_remove(const char *folder)
{
    DIR *dir = opendir(folder);

    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
        char path[4096];

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, e->d_name) < (int)sizeof path &&
            unlink(path) != 0)
            homes_remove(path);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(folder);
}

/* A new home below `folder`; its border is on any free port unless `border` says. */
static inline void homes_make(ent_arena *arena, const char *folder, const char *code,
                              const char *border, node_home *home)
{
    node_init init = { .path = node_path(arena, "%s/%s", folder, code),
                       .name = code,
                       .code = code,
                       .border = border == NULL ? "127.0.0.1:0" : border,
                       .client = "127.0.0.1:0" };
    ent_err err = { 0 };

    CHECK_OK(node_home_init(arena, &init, &err), &err);
    CHECK_OK(node_home_open(arena, init.path, home, &err), &err);
}

/* Invites, joins and confirms. */
static inline void homes_link(ent_arena *arena, const node_home *a, const char *a_url,
                              const node_home *b, const char *b_url)
{
    const char *invitation = node_path(arena, "%s/invitation", a->path);
    const char *reply = node_path(arena, "%s/reply", b->path);
    ent_str text = { NULL, 0 };
    node_peer peer;
    ent_err err = { 0 };

    CHECK_OK(node_peer_invite(arena, a, a_url, invitation, &err), &err);
    CHECK_OK(node_file_read(arena, invitation, NODE_CARD_LIMIT, &text, &err), &err);
    CHECK_OK(node_peer_join(arena, b, text, b_url, reply, &peer, &err), &err);
    CHECK_OK(node_file_read(arena, reply, NODE_CARD_LIMIT, &text, &err), &err);
    CHECK_OK(node_peer_join(arena, a, text, a_url, NULL, &peer, &err), &err);
    CHECK_OK(node_peer_confirm(arena, a, b->code, peer.words, &err), &err);
    CHECK_OK(node_peer_confirm(arena, b, a->code, peer.words, &err), &err);
}

/* Starts `serve` on a home; its pid.  Its standard output is thrown away. */
static inline pid_t homes_serve(const node_home *home)
{
    char *argv[] = { (char *)(uintptr_t) "entente", (char *)(uintptr_t) "serve",
                     (char *)(uintptr_t) "--home", (char *)(uintptr_t)home->path, NULL };
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stdout) != NULL)
            (void)execv("/proc/self/exe", argv);
        _exit(70);
    }
    assert_true(pid > 0);
    return pid;
}

static inline int homes_end(pid_t pid, int how)
{
    int status = 0;

    (void)kill(pid, how);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
