#include "node/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec only async-signal-safe calls. */
static void become(int fd, const char *const argv[])
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (fd == NODE_CHILD_FD) {
        if (fcntl(fd, F_SETFD, 0) != 0)
            _exit(70);
    } else if (dup2(fd, NODE_CHILD_FD) < 0) {
        _exit(70);
    }
    (void)execv("/proc/self/exe", (char *const *)argv);
    _exit(70);
}

ent_code node_child_start(const char *role, const char *home, const char *argument,
                          node_child *child, ent_err *err)
{
    const char *argv[] = { "entente", "serve", "--home", home, "--process", role, argument, NULL };
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no socket pair for the %s: %s", role,
                        strerror(errno));
    (void)fflush(NULL);
    child->pid = fork();
    if (child->pid < 0) {
        (void)close(pair[0]);
        (void)close(pair[1]);
        return ent_fail(err, ENT_UNAVAILABLE, "cannot start the %s: %s", role, strerror(errno));
    }
    if (child->pid == 0)
        become(pair[1], argv);
    (void)close(pair[1]);
    child->fd = pair[0];
    return ENT_OK;
}

int node_child_wait(node_child *child)
{
    int status;

    while (waitpid(child->pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
