/* Commands of this program as child processes. */
#include "demo/play.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h> /* Linux only */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "node/command.h"
#include "node/files.h"

#define ARGUMENTS_MAX 4096
#define OUTPUT_MAX    ((size_t)64 << 20)
#define SERVE_SECONDS 30
#define END_SECONDS   30

extern char **environ;

const char *demo_text(demo *d, ent_str text)
{
    ent_str copy = ent_arena_str(d->arena, text);

    return copy.ptr == NULL ? "" : copy.ptr;
}

int64_t demo_clock_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* SIGCHLD, SIGINT and SIGTERM are blocked while a demo runs: they are waited for here, so
 * that no handler and no global is needed. */
void demo_wait(demo *d, int milliseconds)
{
    struct timespec ts = { milliseconds / 1000, (milliseconds % 1000) * 1000000L };
    sigset_t set;
    int got;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    got = sigtimedwait(&set, NULL, &ts);
    if (got == SIGINT || got == SIGTERM)
        d->interrupted = true;
}

/* The environment of a command: ours without entente's own variables, with the passphrase
 * file of the exercise and what all its look-ups are for. */
static char **environment(demo *d, bool session)
{
    size_t count = 0, at = 0;
    char **env;

    while (environ[count] != NULL)
        count++;
    env = ent_arena_array(d->arena, count + 4, sizeof *env);
    for (size_t i = 0; env != NULL && i < count; i++)
        if (strncmp(environ[i], "ENTENTE_", 8) != 0)
            env[at++] = environ[i];
    if (env == NULL)
        return NULL;
    env[at++] = (char *)(uintptr_t) "ENTENTE_REASON=the exercise";
    env[at++] =
        (char *)(uintptr_t)node_path(d->arena, "ENTENTE_PASSPHRASE_FILE=%s/passphrase", d->work);
    if (session)
        env[at] = (char *)(uintptr_t)NODE_SESSION_GIVEN;
    return env;
}

struct launch {
    const char *const *argv;
    int out, err;
    int session; /* -1: none */
    bool serves; /* a group of its own; every child ends when we do, however we end */
};

/* Between fork and exec: only calls that are safe there. */
static void become(const struct launch *l, char *const *env)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (l->serves)
        (void)setpgid(0, 0);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(l->out, STDOUT_FILENO) < 0 ||
        dup2(l->err, STDERR_FILENO) < 0)
        _exit(70);
    if (l->session == NODE_SESSION_FD)
        (void)fcntl(l->session, F_SETFD, 0);
    else if (l->session >= 0 && dup2(l->session, NODE_SESSION_FD) < 0)
        _exit(70);
    (void)execve("/proc/self/exe", (char *const *)(uintptr_t)l->argv, env);
    _exit(70);
}

static ent_code launch(demo *d, const struct launch *l, pid_t *pid, ent_err *err)
{
    char **env = environment(d, l->session >= 0);

    if (env == NULL)
        return ent_fail_arena(err);
    (void)fflush(NULL);
    *pid = fork();
    if (*pid == 0)
        become(l, env);
    return *pid > 0 ? ENT_OK
                    : ent_fail(err, ENT_UNAVAILABLE, "cannot start '%s': %s", l->argv[1],
                               strerror(errno));
}

static int scratch_open(demo *d, const char *name)
{
    const char *path = node_path(d->arena, "%s/%s", d->work, name);

    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* All of a file that a command wrote. */
static ent_code scratch_read(demo *d, int fd, ent_str *text, ent_err *err)
{
    ent_buf buf;
    char piece[4096];
    ssize_t got;

    ent_buf_init(&buf, d->arena);
    (void)lseek(fd, 0, SEEK_SET);
    while ((got = read(fd, piece, sizeof piece)) > 0) {
        ent_buf_put(&buf, piece, (size_t)got);
        if (buf.size > OUTPUT_MAX)
            return ent_fail(err, ENT_LIMIT, "a command answers too much");
    }
    ENT_TRY(ent_buf_done(&buf, text, err));
    if (text->ptr == NULL)
        *text = ENT_STR("");
    return ENT_OK;
}

static ent_code child_wait(demo *d, pid_t pid, int *status, ent_err *err)
{
    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);

        if (ended == pid)
            return ENT_OK;
        if (ended < 0 && errno != EINTR)
            return ent_fail(err, ENT_BUG, "a command is gone: %s", strerror(errno));
        demo_wait(d, 1000);
        if (d->interrupted) {
            (void)kill(pid, SIGTERM);
            (void)waitpid(pid, status, 0);
            return ent_fail(err, ENT_UNAVAILABLE, "the demo was ended");
        }
    }
}

static ent_code lines_read(demo *d, demo_result *result, ent_err *err)
{
    size_t count = 0;

    for (size_t i = 0; i < result->out.size; i++)
        count += result->out.ptr[i] == '\n';
    result->lines = ent_arena_array(d->arena, count + 1, sizeof *result->lines);
    if (result->lines == NULL)
        return ent_fail_arena(err);
    for (size_t at = 0; at < result->out.size;) {
        const char *end = memchr(result->out.ptr + at, '\n', result->out.size - at);
        size_t size = end == NULL ? result->out.size - at : (size_t)(end - result->out.ptr) - at;
        ent_err ignored = { 0 };

        if (size > 0 && ent_json_read(d->arena, (ent_str){ result->out.ptr + at, size },
                                      &result->lines[result->line_count], &ignored) == ENT_OK) {
            result->line_count++;
        } else if (size > 0) {
            result->exit = ent_code_exit(ENT_BUG);
            result->err = ENT_STR("its answer is no JSON Lines");
        }
        at += size + 1;
    }
    return ENT_OK;
}

static ent_str message_of(ent_str text)
{
    ent_str begin = ENT_STR("entente: ");

    while (text.size > 0 && text.ptr[text.size - 1] == '\n')
        text.size--;
    if (ent_str_starts(text, begin)) {
        text.ptr += begin.size;
        text.size -= begin.size;
    }
    return text;
}

static ent_code argv_make(demo *d, const demo_node *node, const char *user,
                          const char *const *arguments, const char *const **argv, ent_err *err)
{
    size_t count = 0, at = 0;
    const char **list;

    while (arguments[count] != NULL)
        if (++count > ARGUMENTS_MAX)
            return ent_fail(err, ENT_LIMIT, "a command has more than %d arguments", ARGUMENTS_MAX);
    list = ent_arena_array(d->arena, count + 8, sizeof *list);
    if (list == NULL)
        return ent_fail_arena(err);
    list[at++] = "entente";
    if (node != NULL) {
        list[at++] = "--home";
        list[at++] = node->home;
    }
    list[at++] = "--json";
    if (user != NULL) {
        list[at++] = "--as";
        list[at++] = user;
    }
    memcpy(list + at, arguments, count * sizeof *list);
    *argv = list;
    return ENT_OK;
}

ent_code demo_command(demo *d, const demo_node *node, const char *user,
                      const char *const *arguments, demo_result *result, ent_err *err)
{
    struct launch l = { .out = scratch_open(d, "out"),
                        .err = scratch_open(d, "err"),
                        .session = demo_person_give(d, node, user) };
    ent_code rc;
    int status;
    pid_t pid;

    *result = (demo_result){ .exit = ent_code_exit(ENT_BUG) };
    if (l.out < 0 || l.err < 0) {
        rc = ent_fail(err, ENT_IO, "cannot write to '%s': %s", d->work, strerror(errno));
        goto out;
    }
    rc = argv_make(d, node, user, arguments, &l.argv, err);
    if (rc == ENT_OK)
        rc = launch(d, &l, &pid, err);
    if (rc == ENT_OK)
        rc = child_wait(d, pid, &status, err);
    if (rc == ENT_OK)
        rc = scratch_read(d, l.out, &result->out, err);
    if (rc == ENT_OK)
        rc = scratch_read(d, l.err, &result->err, err);
    if (rc == ENT_OK) {
        result->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        result->err = message_of(result->err);
        rc = lines_read(d, result, err);
    }
out:
    if (l.out >= 0)
        (void)close(l.out);
    if (l.err >= 0)
        (void)close(l.err);
    if (l.session >= 0)
        (void)close(l.session);
    return rc;
}

ent_json demo_first(const demo_result *result)
{
    return result->line_count > 0 ? result->lines[0] : (ent_json){ .doc = NULL };
}

ent_code demo_until(demo *d, const demo_node *node, const char *user, const char *const *arguments,
                    demo_done done, void *arg, unsigned seconds, bool *yes, ent_err *err)
{
    int64_t end = demo_clock_ms() + (int64_t)seconds * 1000;

    for (;;) {
        demo_result result;

        ENT_TRY(demo_command(d, node, user, arguments, &result, err));
        *yes = done(arg, &result);
        if (*yes || demo_clock_ms() > end)
            return ENT_OK;
        demo_wait(d, 100);
    }
}

/* ---- serve ---- */

/* Takes "NAME URL" lines that `serve` prints when it listens. */
static void announced(demo_node *node, const char *line)
{
    if (strncmp(line, "border ", 7) == 0)
        (void)snprintf(node->border, sizeof node->border, "%.255s", line + 7);
    else if (strncmp(line, "client ", 7) == 0)
        (void)snprintf(node->client, sizeof node->client, "%.255s", line + 7);
}

static ent_code announced_wait(demo *d, demo_node *node, ent_err *err)
{
    int64_t end = demo_clock_ms() + SERVE_SECONDS * 1000;
    char line[512];
    size_t used = 0;

    while (node->border[0] == '\0') {
        struct pollfd poller = { .fd = node->out, .events = POLLIN };
        char c;

        if (demo_clock_ms() > end || d->interrupted)
            return ent_fail(err, ENT_UNAVAILABLE, "the node %s does not come up", node->code);
        if (poll(&poller, 1, 200) <= 0)
            continue;
        if (read(node->out, &c, 1) != 1)
            return ent_fail(err, ENT_UNAVAILABLE, "the node %s ended while it came up; see %s",
                            node->code, node_path(d->arena, "%s/serve.log", node->home));
        if (c != '\n') {
            line[used] = c;
            used += used + 1 < sizeof line;
            continue;
        }
        line[used] = '\0';
        used = 0;
        announced(node, line);
    }
    return ENT_OK;
}

ent_code demo_serve(demo *d, demo_node *node, ent_err *err)
{
    const char *border = node->border[0] == '\0' ? "127.0.0.1:0" : node->address;
    const char *const argv[] = { "entente", "--home",   node->home,    "serve", "--border",
                                 border,    "--client", "127.0.0.1:0", NULL };
    struct launch l = { .argv = argv, .session = -1, .serves = true };
    int pipes[2];
    ent_code rc;

    if (pipe(pipes) != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no pipe: %s", strerror(errno));
    (void)fcntl(pipes[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(pipes[1], F_SETFD, FD_CLOEXEC);
    l.out = pipes[1];
    l.err = open(node_path(d->arena, "%s/serve.log", node->home),
                 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    node->border[0] = '\0';
    rc = l.err < 0 ? ent_fail(err, ENT_IO, "cannot write the node's messages: %s", strerror(errno))
                   : launch(d, &l, &node->serve, err);
    (void)close(pipes[1]);
    if (l.err >= 0)
        (void)close(l.err);
    node->out = pipes[0];
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(announced_wait(d, node, err));
    (void)snprintf(node->address, sizeof node->address, "%.60s",
                   strncmp(node->border, "https://", 8) == 0 ? node->border + 8 : node->border);
    node->address[strcspn(node->address, "/")] = '\0';
    return ENT_OK;
}

static void serve_gone(demo_node *node)
{
    if (node->out >= 0)
        (void)close(node->out);
    node->out = -1;
    node->serve = 0;
}

void demo_serve_end(demo_node *node)
{
    int64_t end = demo_clock_ms() + END_SECONDS * 1000;
    struct timespec pause = { 0, 20000000L };
    int status;

    if (node->serve == 0)
        return;
    (void)kill(node->serve, SIGTERM);
    while (waitpid(node->serve, &status, WNOHANG) == 0) {
        if (demo_clock_ms() > end) {
            (void)kill(-node->serve, SIGKILL);
            (void)waitpid(node->serve, &status, 0);
            break;
        }
        (void)nanosleep(&pause, NULL);
    }
    serve_gone(node);
}

void demo_serve_kill(demo_node *node)
{
    int status;

    if (node->serve == 0)
        return;
    (void)kill(-node->serve, SIGKILL);
    (void)waitpid(node->serve, &status, 0);
    serve_gone(node);
}
