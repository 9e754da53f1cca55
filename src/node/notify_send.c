/* One try: what is said, and how it goes by mail, by a signed POST, to a program. */
#include "node/notify.h"

#include "base/json_write.h"
#include "base/text.h"
#include "http/fetch.h"
#include "http/mail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRY_SECONDS 30
#define REPLY_MOST  ((size_t)65536)

/* ---- what is said ---- */

static ent_code json_write(ent_arena *arena, const node_message *m, ent_str *text, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    if (m->exercise) {
        ent_jw_key(&w, "exercise");
        ent_jw_bool(&w, true);
    }
    desk_put(&w, "id", m->id);
    desk_put(&w, "kind", m->kind);
    desk_put(&w, "node", m->node);
    desk_put(&w, "object", m->object);
    desk_put(&w, "peer", m->peer);
    desk_put(&w, "precedence", m->precedence);
    desk_put(&w, "text", m->text);
    desk_put(&w, "time", m->time);
    desk_put(&w, "why", m->why);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

static ent_code mail_send(ent_arena *arena, const node_route *route, const node_message *m,
                          ent_err *err)
{
    http_mail mail = { .url = route->server.ptr,
                       .from = route->from.ptr,
                       .to = route->target.ptr,
                       .user = route->user.size > 0 ? route->user.ptr : NULL,
                       .secret = route->secret.size > 0 ? route->secret.ptr : NULL,
                       .ca = route->ca.size > 0 ? route->ca.ptr : NULL,
                       .plain = route->plain,
                       .allow_private = route->allow_private,
                       .id = m->id.ptr,
                       .seconds = TRY_SECONDS };

    if (ent_time_read(m->time, &mail.time, err) != ENT_OK)
        return ent_context(err, "a notice");
    mail.subject =
        ent_arena_printf(arena, "%s%.*s %.*s: %.*s", m->exercise ? "EXERCISE " : "",
                         ENT_STR_ARG(m->precedence), ENT_STR_ARG(m->kind), ENT_STR_ARG(m->why));
    mail.text = ent_arena_printf(
        arena,
        "%sNode:       %.*s\nPrecedence: %.*s\nWhat:       %.*s\nWhy:        %.*s\n"
        "Number:     %.*s\nSince:      %.*s\n%s%.*s%s%.*s\nLog in to the console to read it.\n",
        m->exercise ? "EXERCISE EXERCISE EXERCISE\n" : "", ENT_STR_ARG(m->node),
        ENT_STR_ARG(m->precedence), ENT_STR_ARG(m->kind), ENT_STR_ARG(m->why),
        ENT_STR_ARG(m->object), ENT_STR_ARG(m->time), m->peer.size > 0 ? "Partner:    " : "",
        ENT_STR_ARG(m->peer), m->peer.size > 0 ? "\n\n" : "", ENT_STR_ARG(m->text));
    if (mail.subject.ptr == NULL || mail.text.ptr == NULL)
        return ent_fail_arena(err);
    return http_mail_send(arena, &mail, err);
}

/* ---- a signed POST ---- */

static ent_code signature_make(ent_arena *arena, ent_str secret, ent_str body, ent_str *field,
                               ent_err *err)
{
    uint8_t key[NODE_NOTIFY_SECRET], mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof mac + 1];
    struct timespec now = { 0 };
    crypto_auth_hmacsha256_state state;
    char seconds[32];

    ENT_TRY(ent_hex_read(secret, key, sizeof key, err));
    (void)clock_gettime(CLOCK_REALTIME, &now); /* the receiver's clock is of the day, too */
    (void)snprintf(seconds, sizeof seconds, "%lld.", (long long)now.tv_sec);
    (void)crypto_auth_hmacsha256_init(&state, key, sizeof key);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)seconds, strlen(seconds));
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.ptr, body.size);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(key, sizeof key);
    ent_hex_write(mac, sizeof mac, hex);
    *field = ent_arena_printf(arena, "Entente-Signature: t=%lld,v1=%s", (long long)now.tv_sec, hex);
    return field->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code webhook_send(ent_arena *arena, const node_route *route, const node_message *m,
                             ent_err *err)
{
    http_fetch_request request = { .url = route->target.ptr,
                                   .method = "POST",
                                   .type = "application/json",
                                   .ca = route->ca.size > 0 ? route->ca.ptr : NULL,
                                   .allow_private = route->allow_private,
                                   .limit = REPLY_MOST,
                                   .seconds = TRY_SECONDS };
    http_fetch_reply reply;
    ent_str body, field;

    ENT_TRY(json_write(arena, m, &body, err));
    ENT_TRY(signature_make(arena, route->secret, body, &field, err));
    request.body = ent_span_of_str(body);
    request.field = field.ptr;
    ENT_TRY(http_fetch(arena, &request, &reply, err));
    if (reply.status < 200 || reply.status > 299)
        return ent_fail(err, ENT_UNAVAILABLE, "the webhook answers %ld", reply.status);
    return ENT_OK;
}

/* ---- a program ---- */

/* In the child: only what is safe after a fork. */
static void program_become(const char *path, int in)
{
    char *argv[] = { (char *)(uintptr_t)path, NULL };
    char *env[] = { (char *)(uintptr_t) "PATH=/usr/bin:/bin", NULL };
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)signal(SIGPIPE, SIG_DFL);
    if (dup2(in, 0) < 0 || null < 0 || dup2(null, 1) < 0)
        _exit(127);
    (void)alarm(TRY_SECONDS); /* it ends by itself, or by this */
    (void)execve(path, argv, env);
    _exit(127);
}

/* All of it into a pipe whose reader may be gone: that is the program's own affair. */
static void text_pass(int fd, ent_str text)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
    size_t done = 0;
    ssize_t put;

    (void)sigaction(SIGPIPE, &ignore, &before);
    while (done < text.size &&
           ((put = write(fd, text.ptr + done, text.size - done)) > 0 || errno == EINTR))
        done += put > 0 ? (size_t)put : 0;
    (void)sigaction(SIGPIPE, &before, NULL);
}

static ent_code command_send(ent_arena *arena, const node_route *route, const node_message *m,
                             ent_err *err)
{
    int ends[2], status = 0;
    ent_str text;
    pid_t pid;

    ENT_TRY(json_write(arena, m, &text, err));
    if (pipe(ends) != 0)
        return ent_fail(err, ENT_IO, "no pipe for a program");
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid = fork();
    if (pid == 0)
        program_become(route->target.ptr, ends[0]);
    (void)close(ends[0]);
    if (pid > 0)
        text_pass(ends[1], text);
    (void)close(ends[1]);
    if (pid < 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no process for '%s'", route->target.ptr);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        return ent_fail(err, ENT_UNAVAILABLE, "'%s' was ended by signal %d", route->target.ptr,
                        WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "'%s' ended with %d", route->target.ptr,
                        WEXITSTATUS(status));
    return ENT_OK;
}

ent_code node_notify_send(ent_arena *arena, const node_route *route, const node_message *message,
                          ent_err *err)
{
    ent_code rc;

    if (route->kind == NODE_NOTIFY_MAIL)
        rc = mail_send(arena, route, message, err);
    else if (route->kind == NODE_NOTIFY_WEBHOOK)
        rc = webhook_send(arena, route, message, err);
    else
        rc = command_send(arena, route, message, err);
    return rc == ENT_OK ? rc : ent_context(err, "route %s", route->name.ptr);
}
