#include "node/runner.h"

#include "base/buf.h"
#include "console/console.h"
#include "node/child.h"
#include "node/credentials.h"
#include "node/oidc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE      32
#define WORDS        600
#define WORDS_LIMIT  ((uint64_t)1 << 20)
#define INPUT_LIMIT  ((uint64_t)64 << 20)
#define OUTPUT_LIMIT ((uint64_t)64 << 20)
#define SECONDS_MOST 600
#define RUN_MEMORY   ((size_t)512 << 20)

/* A request: this, the session, the words (reason, purpose, the command; each with its NUL),
 * the input.  Both ends are the same program, so numbers are as they are in memory. */
struct request {
    uint64_t words_size, input_size, output_limit;
    uint32_t words, seconds;
};

/* An answer: this, the output, the message. */
struct answer {
    int32_t code, status;
    uint64_t output_size, message_size;
};

struct node_runner {
    node_child child;
};

/* ---- bytes ---- */

static bool bytes_send(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t put = send(fd, at, size, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        size -= (size_t)put;
    }
    return true;
}

static bool bytes_take(int fd, void *bytes, size_t size)
{
    char *at = bytes;

    while (size > 0) {
        ssize_t got = recv(fd, at, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* One byte that carries a descriptor. */
static bool descriptor_send(int fd, int given)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    char byte = 'r';
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &given, sizeof given);
    return sendmsg(fd, &message, MSG_NOSIGNAL) == 1;
}

/* False: the other end is gone.  *given -1: what came carried none. */
static bool descriptor_take(int fd, int *given)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    const struct cmsghdr *head;
    ssize_t got;

    *given = -1;
    do
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false;
    head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(given, CMSG_DATA(head), sizeof *given);
    return true;
}

/* ---- the parent's side ---- */

ent_code node_runner_start(const node_home *home, node_runner **out, ent_err *err)
{
    const node_child_spec spec = {
        .role = "runner", .home = home->path, .given = -1, .dies_with_parent = true
    };
    node_runner *runner = calloc(1, sizeof *runner);
    ent_code rc;

    if (runner == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a runner");
    rc = node_child_start(&spec, &runner->child, err);
    if (rc == ENT_OK)
        *out = runner;
    else
        free(runner);
    return rc;
}

void node_runner_stop(node_runner *runner)
{
    if (runner == NULL)
        return;
    (void)close(runner->child.fd);
    (void)node_child_wait(&runner->child);
    free(runner);
}

int node_runner_fd(const node_runner *runner)
{
    return runner->child.fd;
}

static ent_code words_write(const node_command *command, ent_arena *arena, struct request *head,
                            ent_str *words, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, ent_str_of(command->reason == NULL ? "" : command->reason));
    ent_buf_byte(&buf, '\0');
    ent_buf_str(&buf, ent_str_of(command->purpose == NULL ? "" : command->purpose));
    ent_buf_byte(&buf, '\0');
    head->words = 2;
    for (const char *const *word = command->argv; *word != NULL; word++) {
        ent_buf_str(&buf, ent_str_of(*word));
        ent_buf_byte(&buf, '\0');
        head->words++;
    }
    ENT_TRY(ent_buf_done(&buf, words, err));
    head->words_size = words->size;
    return ENT_OK;
}

static ent_code answer_take(int fd, ent_arena *arena, node_command_result *result, ent_err *err)
{
    struct answer head;
    char *output, *message;

    if (!bytes_take(fd, &head, sizeof head))
        return ent_fail(err, ENT_UNAVAILABLE, "nobody runs commands");
    output = ent_arena_alloc(arena, head.output_size + 1);
    message = ent_arena_alloc(arena, head.message_size + 1);
    if (output == NULL || message == NULL)
        return ent_fail_arena(err);
    if (!bytes_take(fd, output, head.output_size) || !bytes_take(fd, message, head.message_size))
        return ent_fail(err, ENT_UNAVAILABLE, "a command was ended");
    output[head.output_size] = message[head.message_size] = '\0';
    if (head.code != ENT_OK)
        return ent_fail(err, (ent_code)head.code, "%s", message);
    *result = (node_command_result){ .status = head.status,
                                     .output = { output, head.output_size },
                                     .message = { message, head.message_size } };
    return ENT_OK;
}

ent_code node_runner_command(node_runner *runner, const node_command *command, ent_arena *arena,
                             node_command_result *result, ent_err *err)
{
    static const node_session nobody;
    const node_session *session = command->session == NULL ? &nobody : command->session;
    struct request head = { .input_size = command->input.size,
                            .output_limit = command->output_limit,
                            .seconds = command->seconds };
    int pair[2];
    ent_str words;
    ent_code rc;
    bool sent;

    ENT_TRY(words_write(command, arena, &head, &words, err));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no socket pair for a command: %s", strerror(errno));
    sent = descriptor_send(runner->child.fd, pair[1]);
    (void)close(pair[1]);
    /* It answers early when it refuses, without having read it all. */
    if (sent && bytes_send(pair[0], &head, sizeof head) &&
        bytes_send(pair[0], session, sizeof *session) && bytes_send(pair[0], words.ptr, words.size))
        (void)bytes_send(pair[0], command->input.ptr, command->input.size);
    rc = answer_take(pair[0], arena, result, err);
    (void)close(pair[0]);
    return rc;
}

/* ---- the child's side ---- */

/* May this user come in without the passphrase?  Who has nothing that stands for it cannot. */
static ent_code keyless_check(ent_arena *arena, const node_home *home, const node_user *user,
                              ent_err *err)
{
    node_credential *list;
    size_t cards, keys, subjects;

    if (node_credential_list(arena, home, NODE_CERTIFICATE, user->name, &list, &cards, err) !=
            ENT_OK ||
        node_credential_list(arena, home, NODE_SECURITY_KEY, user->name, &list, &keys, err) !=
            ENT_OK ||
        node_oidc_count(arena, home, user->name, &subjects, err) != ENT_OK ||
        cards + keys + subjects == 0)
        return ent_fail(err, ENT_DENIED, "nothing stands for this user but the passphrase");
    return ENT_OK;
}

/* Whose session is it?  The name is looked up, the role is what the file says, and the key
 * is the user's, or the session is one without. */
static ent_code session_check(ent_arena *arena, const node_home *home, node_session *session,
                              ent_err *err)
{
    node_user user;
    uint8_t key[32];

    if (memchr(session->user.name, '\0', sizeof session->user.name) == NULL ||
        node_user_get(arena, home, session->user.name, &user, err) != ENT_OK)
        return ent_fail(err, ENT_DENIED, "there is no such user");
    if (!node_session_signs(session)) {
        ENT_TRY(keyless_check(arena, home, &user, err));
    } else {
        uint8_t seed[crypto_sign_SEEDBYTES], secret[crypto_sign_SECRETKEYBYTES];
        int failed;

        /* The public half is worked out, not read from behind the secret one. */
        (void)crypto_sign_ed25519_sk_to_seed(seed, session->secret);
        (void)crypto_sign_seed_keypair(key, secret, seed);
        failed = sodium_memcmp(key, user.key, sizeof key) |
                 sodium_memcmp(secret, session->secret, sizeof secret);
        sodium_memzero(seed, sizeof seed);
        sodium_memzero(secret, sizeof secret);
        if (failed != 0)
            return ent_fail(err, ENT_DENIED, "the key is not the user's");
    }
    session->user = user;
    return ENT_OK;
}

/* What the API offers, and no general option in it. */
static ent_code line_check(const char *const *argv, ent_err *err)
{
    static const char *const taken[] = { "--home", "--as", "--process" };

    if (!console_offers(argv))
        return ent_fail(err, ENT_DENIED, "the command is not offered");
    for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
        for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
            if (strncmp(*argv, taken[i], strlen(taken[i])) == 0 &&
                strchr("=", (*argv)[strlen(taken[i])]) != NULL)
                return ent_fail(err, ENT_DENIED, "the option '%s' is not offered", taken[i]);
    return ENT_OK;
}

/* What runs as nobody: what the program can do, for the document of the API; and the one step of a
 * login that asks the provider who it is. */
static bool is_nobodys(const char *const *argv)
{
    return strcmp(argv[0], "help") == 0 || (strcmp(argv[0], "oidc") == 0 && argv[1] != NULL &&
                                            strcmp(argv[1], "exchange") == 0 && argv[2] == NULL);
}

static ent_code words_read(ent_arena *arena, int fd, const struct request *head, const char **words,
                           ent_err *err)
{
    char *text;
    const char *at;

    if (head->words < 3 || head->words > WORDS || head->words_size > WORDS_LIMIT ||
        head->input_size > INPUT_LIMIT)
        return ent_fail(err, ENT_LIMIT, "a command of more than %d words or %llu bytes", WORDS,
                        (unsigned long long)INPUT_LIMIT);
    text = ent_arena_alloc(arena, head->words_size + 1);
    if (text == NULL)
        return ent_fail_arena(err);
    if (!bytes_take(fd, text, head->words_size))
        return ent_fail(err, ENT_FORMAT, "a command is not whole");
    text[head->words_size] = '\0';
    at = text;
    for (uint32_t i = 0; i < head->words; i++) {
        if (at >= text + head->words_size)
            return ent_fail(err, ENT_FORMAT, "a command has fewer words than it says");
        words[i] = at;
        at += strlen(at) + 1;
    }
    words[head->words] = NULL;
    return ENT_OK;
}

static ent_code request_run(ent_arena *arena, const node_home *home, int fd, node_session *session,
                            node_command_result *result, ent_err *err)
{
    const char *words[WORDS + 1];
    struct request head;
    node_command command = { .home = home, .session = session, .argv = words + 2 };
    char *input;

    if (!bytes_take(fd, &head, sizeof head) || !bytes_take(fd, session, sizeof *session))
        return ent_fail(err, ENT_FORMAT, "a command is not whole");
    ENT_TRY(words_read(arena, fd, &head, words, err));
    if (session->user.name[0] == '\0' && is_nobodys(command.argv)) {
        command.session = NULL;
    } else {
        ENT_TRY(session_check(arena, home, session, err));
        ENT_TRY(line_check(command.argv, err));
    }
    input = ent_arena_alloc(arena, head.input_size + 1);
    if (input == NULL)
        return ent_fail_arena(err);
    if (!bytes_take(fd, input, head.input_size))
        return ent_fail(err, ENT_FORMAT, "a command is not whole");
    command.reason = words[0];
    command.purpose = words[1];
    command.input = (ent_span){ input, head.input_size };
    command.output_limit = head.output_limit < OUTPUT_LIMIT ? head.output_limit : OUTPUT_LIMIT;
    command.seconds = head.seconds < SECONDS_MOST ? head.seconds : SECONDS_MOST;
    return node_command_run(&command, arena, result, err);
}

static void answer_give(int fd, ent_code rc, const node_command_result *result, const ent_err *err)
{
    ent_str message = rc == ENT_OK ? result->message : ent_str_of(err->msg);
    struct answer head = { .code = (int32_t)rc,
                           .status = result->status,
                           .output_size = rc == ENT_OK ? result->output.size : 0,
                           .message_size = message.size };

    /* Who has gone needs no answer. */
    if (bytes_send(fd, &head, sizeof head) && bytes_send(fd, result->output.ptr, head.output_size))
        (void)bytes_send(fd, message.ptr, message.size);
}

struct crew {
    const node_home *home;
    pthread_mutex_t lock;
    pthread_cond_t less;
    unsigned count;
};

struct job {
    struct crew *crew;
    int fd;
};

static void *job_run(void *arg)
{
    struct job *job = arg;
    struct crew *crew = job->crew;
    ent_arena *arena = ent_arena_new(RUN_MEMORY);
    node_session *session = sodium_malloc(sizeof *session);
    node_command_result result = { .status = -1, .output = { "", 0 }, .message = { "", 0 } };
    ent_err err = { 0 };
    ent_code rc;

    if (arena == NULL || session == NULL)
        rc = ent_fail(&err, ENT_MEMORY, "no memory for a command");
    else
        rc = request_run(arena, crew->home, job->fd, session, &result, &err);
    answer_give(job->fd, rc, &result, &err);
    (void)close(job->fd);
    sodium_free(session);
    ent_arena_free(arena);
    free(job);
    (void)pthread_mutex_lock(&crew->lock);
    crew->count--;
    (void)pthread_cond_signal(&crew->less);
    (void)pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static void job_start(struct crew *crew, int fd)
{
    struct job *job = malloc(sizeof *job);
    pthread_t thread;
    bool started = false;

    (void)pthread_mutex_lock(&crew->lock);
    while (crew->count >= AT_ONCE)
        (void)pthread_cond_wait(&crew->less, &crew->lock);
    crew->count++;
    (void)pthread_mutex_unlock(&crew->lock);
    if (job != NULL) {
        *job = (struct job){ crew, fd };
        started = pthread_create(&thread, NULL, job_run, job) == 0;
    }
    if (started) {
        (void)pthread_detach(thread);
        return;
    }
    free(job);
    (void)close(fd);
    (void)pthread_mutex_lock(&crew->lock);
    crew->count--;
    (void)pthread_mutex_unlock(&crew->lock);
}

ent_code node_runner_run(const node_home *home, int control, ent_err *err)
{
    struct crew crew = { .home = home,
                         .lock = PTHREAD_MUTEX_INITIALIZER,
                         .less = PTHREAD_COND_INITIALIZER };
    int fd;

    (void)err;
    /* A command that takes no more of its input is no reason to die. */
    (void)signal(SIGPIPE, SIG_IGN);
    while (descriptor_take(control, &fd))
        if (fd >= 0)
            job_start(&crew, fd);
    (void)pthread_mutex_lock(&crew.lock);
    while (crew.count > 0)
        (void)pthread_cond_wait(&crew.less, &crew.lock);
    (void)pthread_mutex_unlock(&crew.lock);
    return ENT_OK;
}
