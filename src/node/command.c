/* pipe2: not in POSIX 2008. */
#define _GNU_SOURCE
#include "node/command.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SESSION_NAME  "ENTENTE_SESSION_FD"
#define MESSAGE_LIMIT ((size_t)16384)
#define WORDS         600

/* Both ends of a pipe: the child's and ours. */
struct channel {
    int child, ours;
};

struct running {
    pid_t pid;
    struct channel in, out, message, session;
    ent_buf output, said;
    size_t given;
    int64_t until;
};

static void end_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void channel_close(struct channel *channel)
{
    end_close(&channel->child);
    end_close(&channel->ours);
}

static bool channel_open(struct channel *channel, bool to_child)
{
    int pair[2];

    if (pipe2(pair, O_CLOEXEC) != 0)
        return false;
    channel->child = pair[to_child ? 0 : 1];
    channel->ours = pair[to_child ? 1 : 0];
    return true;
}

/* Between fork and exec only async-signal-safe calls. */
static void become(const struct running *r, const char *const argv[],
                   const char *const environment[])
{
    const int from[] = { r->in.child, r->out.child, r->message.child, r->session.child };
    int moved[4];
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* Out of the way first, so that none overwrites another. */
    for (int i = 0; i < 4; i++)
        if ((moved[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 10)) < 0)
            _exit(70);
    for (int i = 0; i < 4; i++)
        if (dup2(moved[i], i) < 0)
            _exit(70);
    (void)execve("/proc/self/exe", (char *const *)argv, (char *const *)environment);
    _exit(70);
}

static ent_code line_make(const node_command *command, const char *argv[WORDS], ent_err *err)
{
    size_t count = 0;

    argv[count++] = "entente";
    argv[count++] = "--json";
    argv[count++] = "--home";
    argv[count++] = command->home->path;
    if (command->session != NULL) {
        argv[count++] = "--as";
        argv[count++] = command->session->user.name;
    }
    for (const char *const *word = command->argv; *word != NULL; word++) {
        if (count == WORDS - 1)
            return ent_fail(err, ENT_LIMIT, "more than %d words in one command", WORDS);
        argv[count++] = *word;
    }
    argv[count] = NULL;
    return ENT_OK;
}

/* NAME=value, where there is one. */
static ent_code given(ent_arena *arena, const char *name, const char *value,
                      const char *environment[], size_t *count, ent_err *err)
{
    ent_str text;

    if (value == NULL || value[0] == '\0')
        return ENT_OK;
    text = ent_arena_printf(arena, "%s=%s", name, value);
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    environment[(*count)++] = text.ptr;
    return ENT_OK;
}

static ent_code start(struct running *r, const node_command *command, ent_err *err)
{
    const char *environment[7] = { "PATH=/usr/local/bin:/usr/bin:/bin", "NO_COLOR=1",
                                   "LC_ALL=C.UTF-8" };
    const char *argv[WORDS];
    size_t count = 3;

    ENT_TRY(line_make(command, argv, err));
    if (command->session != NULL)
        environment[count++] = NODE_SESSION_GIVEN;
    ENT_TRY(given(r->output.arena, "ENTENTE_REASON", command->reason, environment, &count, err));
    ENT_TRY(given(r->output.arena, "ENTENTE_PURPOSE", command->purpose, environment, &count, err));
    if (!channel_open(&r->in, true) || !channel_open(&r->out, false) ||
        !channel_open(&r->message, false) || !channel_open(&r->session, true))
        return ent_fail(err, ENT_UNAVAILABLE, "no descriptors for a command: %s", strerror(errno));
    r->pid = fork();
    if (r->pid < 0)
        return ent_fail(err, ENT_UNAVAILABLE, "cannot start a command: %s", strerror(errno));
    if (r->pid == 0)
        become(r, argv, environment);
    end_close(&r->in.child);
    end_close(&r->out.child);
    end_close(&r->message.child);
    end_close(&r->session.child);
    /* It fits into the pipe, so nobody waits here. */
    if (command->session != NULL)
        (void)!write(r->session.ours, command->session, sizeof *command->session);
    end_close(&r->session.ours);
    (void)fcntl(r->in.ours, F_SETFL, O_NONBLOCK);
    return ENT_OK;
}

/* Gives more of the input; all given, or not wanted: closes. */
static void input_give(struct running *r, ent_span input)
{
    ssize_t put = 0;

    if (r->given < input.size)
        put = write(r->in.ours, (const char *)input.ptr + r->given, input.size - r->given);
    if (put > 0)
        r->given += (size_t)put;
    if (r->given == input.size || (put < 0 && errno != EAGAIN && errno != EINTR))
        end_close(&r->in.ours);
}

/* Takes what came; at its end: closes.  LIMIT */
static ent_code output_take(int *fd, ent_buf *buf, size_t limit, ent_err *err)
{
    char bytes[65536];
    ssize_t got = read(*fd, bytes, sizeof bytes);

    if (got < 0 && errno == EINTR)
        return ENT_OK;
    if (got <= 0) {
        end_close(fd);
        return ENT_OK;
    }
    if ((size_t)got > limit - buf->size)
        return ent_fail(err, ENT_LIMIT, "the command says more than %zu bytes", limit);
    ent_buf_put(buf, bytes, (size_t)got);
    return buf->failed ? ent_fail_arena(err) : ENT_OK;
}

static ent_code talk(struct running *r, const node_command *command, ent_err *err)
{
    input_give(r, command->input);
    while (r->out.ours >= 0 || r->message.ours >= 0) {
        struct pollfd wait[] = { { r->in.ours, POLLOUT, 0 },
                                 { r->out.ours, POLLIN, 0 },
                                 { r->message.ours, POLLIN, 0 } };
        int64_t left = r->until - node_ms();

        if (left <= 0)
            return ent_fail(err, ENT_RETRY, "the command takes longer than %u seconds",
                            command->seconds);
        if (poll(wait, 3, (int)left) <= 0)
            continue;
        if (wait[0].revents != 0)
            input_give(r, command->input);
        if (wait[1].revents != 0)
            ENT_TRY(output_take(&r->out.ours, &r->output, command->output_limit, err));
        if (wait[2].revents != 0)
            ENT_TRY(output_take(&r->message.ours, &r->said, MESSAGE_LIMIT, err));
    }
    return ENT_OK;
}

ent_code node_command_run(const node_command *command, ent_arena *arena,
                          node_command_result *result, ent_err *err)
{
    struct running r = { .pid = -1,
                         .in = { -1, -1 },
                         .out = { -1, -1 },
                         .message = { -1, -1 },
                         .session = { -1, -1 },
                         .until = node_ms() + (int64_t)command->seconds * 1000 };
    int status = -1;
    ent_code rc;

    ent_buf_init(&r.output, arena);
    ent_buf_init(&r.said, arena);
    rc = start(&r, command, err);
    if (rc == ENT_OK)
        rc = talk(&r, command, err);
    channel_close(&r.in);
    channel_close(&r.out);
    channel_close(&r.message);
    channel_close(&r.session);
    if (r.pid > 0) {
        if (rc != ENT_OK)
            (void)kill(r.pid, SIGKILL);
        while (waitpid(r.pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    ENT_TRY(rc);
    result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ENT_TRY(ent_buf_done(&r.output, &result->output, err));
    return ent_buf_done(&r.said, &result->message, err);
}

node_session *node_session_inherited(const char *name)
{
    const char *given = getenv(SESSION_NAME);
    node_session *session;

    if (given == NULL || strcmp(given, "3") != 0)
        return NULL;
    session = sodium_malloc(sizeof *session);
    if (session == NULL)
        return NULL;
    if (read(NODE_SESSION_FD, session, sizeof *session) != (ssize_t)sizeof *session ||
        strncmp(session->user.name, name, sizeof session->user.name) != 0) {
        sodium_free(session);
        session = NULL;
    }
    (void)close(NODE_SESSION_FD);
    (void)unsetenv(SESSION_NAME);
    return session;
}
