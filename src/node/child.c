/* prctl: Linux only. */
#include "node/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec only async-signal-safe calls. */
static void become(int fd, const node_child_spec *spec, pid_t parent, const char *const argv[])
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t none;
    int given;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)sigaction(SIGINT, &ignore, NULL);
    if (spec->dies_with_parent &&
        (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL) != 0 || getppid() != parent))
        _exit(70);
    /* Out of the way first, so that neither overwrites the other. */
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    given = spec->given < 0 ? -1 : fcntl(spec->given, F_DUPFD_CLOEXEC, 10);
    if (fd < 0 || dup2(fd, NODE_CHILD_FD) < 0 ||
        (spec->given >= 0 && (given < 0 || dup2(given, NODE_CHILD_GIVEN) < 0)))
        _exit(70);
    (void)execv("/proc/self/exe", (char *const *)argv);
    _exit(70);
}

ent_code node_child_start(const node_child_spec *spec, node_child *child, ent_err *err)
{
    const char *argv[] = { "entente",  "serve", "--home",       spec->home, "--process",
                           spec->role, "--",    spec->argument, NULL };
    pid_t parent = getpid();
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no socket pair for the %s: %s", spec->role,
                        strerror(errno));
    (void)fflush(NULL);
    child->pid = fork();
    if (child->pid < 0) {
        (void)close(pair[0]);
        (void)close(pair[1]);
        return ent_fail(err, ENT_UNAVAILABLE, "cannot start the %s: %s", spec->role,
                        strerror(errno));
    }
    if (child->pid == 0)
        become(pair[1], spec, parent, argv);
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

void node_descriptors_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

ent_code node_line_send(int fd, const char *line, size_t size, ent_err *err)
{
    while (size > 0) {
        ssize_t sent = send(fd, line, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return ent_fail(err, ENT_UNAVAILABLE, "another process of this node is gone: %s",
                            strerror(errno));
        line += sent;
        size -= (size_t)sent;
    }
    return ENT_OK;
}
