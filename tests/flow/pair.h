/*
 * pair -- two real nodes of the built program, linked, with an agreement in force.
 *
 * Everything goes through the program's own commands, as people and scripts use it: each is a
 * process that can be killed while it works (pair_start, pair_end), and so can the processes
 * of `serve`, which are found by their command lines.  The first node, OUR, releases; the
 * second, THEIR, receives.  Users: ana (analyst), lia (liaison), fdo1 and fdo2 (disclosure),
 * law (legal).
 */
#ifndef ENT_FLOW_PAIR_H
#define ENT_FLOW_PAIR_H

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAIR_PATH  512
#define PAIR_TEXT  65536
#define PAIR_WORDS 24
#define PAIR_TIME  "2024-11-10T12:00:00Z" /* of the exercise */

enum { OUR, THEIR, PAIR_NODES };
static const char *const pair_codes[] = { "OUR", "THEIR" };

typedef struct pair {
    char program[4096], folder[64], home[PAIR_NODES][PAIR_PATH], text[PAIR_TEXT];
    pid_t serve[PAIR_NODES]; /* 0: it does not run */
    int out[PAIR_NODES];
    int patience; /* seconds until pair_settle fails */
} pair;

/* A command that runs, or `serve`. */
typedef struct pair_job {
    pid_t pid;
    int out;
} pair_job;

static inline int64_t pair_us(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* ---- processes ---- */

static inline pair_job pair_start(pair *p, int node, const char *const *words)
{
    const char *argv[PAIR_WORDS + 4] = { "entente", "--home", p->home[node], "--json" };
    char err[PAIR_PATH];
    int pipe_fd[2], count = 4;
    pair_job job;

    for (; *words != NULL; words++) {
        assert_true(count < PAIR_WORDS + 3);
        argv[count++] = *words;
    }
    (void)snprintf(err, sizeof err, "%s/err", p->folder);
    assert_int_equal(pipe(pipe_fd), 0);
    (void)fcntl(pipe_fd[0], F_SETFD, FD_CLOEXEC);
    job.pid = fork();
    assert_true(job.pid >= 0);
    if (job.pid == 0) {
        int fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0600);

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing outlives a test that failed */
        (void)dup2(pipe_fd[1], STDOUT_FILENO);
        (void)dup2(fd, STDERR_FILENO);
        (void)close(pipe_fd[1]);
        (void)execv(p->program, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(pipe_fd[1]);
    job.out = pipe_fd[0];
    return job;
}

/* What it prints goes to p->text; its exit status, -1 if it was killed. */
static inline int pair_end(pair *p, pair_job job)
{
    char rest[4096];
    size_t used = 0;
    ssize_t got;
    int status = 0;

    for (;;) {
        bool room = used < sizeof p->text - 1;

        got = read(job.out, room ? p->text + used : rest,
                   room ? sizeof p->text - 1 - used : sizeof rest);
        if (got <= 0)
            break;
        used += room ? (size_t)got : 0;
    }
    p->text[used] = '\0';
    (void)close(job.out);
    while (waitpid(job.pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline int pair_words(pair *p, int node, const char *const *words)
{
    return pair_end(p, pair_start(p, node, words));
}

#define WORDS(...)          ((const char *const[]){ __VA_ARGS__, NULL })
#define PAIR_RUN(p, n, ...) pair_words((p), (n), WORDS(__VA_ARGS__))

/* Fails with what was said on standard error. */
static inline void pair_must(pair *p, int node, const char *const *words)
{
    int status = pair_words(p, node, words);
    char path[PAIR_PATH], said[2048] = "";
    FILE *err;

    if (status == 0)
        return;
    (void)snprintf(path, sizeof path, "%s/err", p->folder);
    err = fopen(path, "r");
    while (err != NULL && fgets(said, sizeof said, err) != NULL)
        ;
    if (err != NULL)
        (void)fclose(err);
    fail_msg("%s: %s %s: exit %d: %s", pair_codes[node], words[0], words[1] == NULL ? "" : words[1],
             status, said);
}

#define PAIR_MUST(p, n, ...) pair_must((p), (n), WORDS(__VA_ARGS__))

/* The first text member of that name in what was printed; false: there is none. */
static inline bool pair_member(const pair *p, const char *name, char *value, size_t room)
{
    char wanted[64];
    const char *at;
    size_t size;

    (void)snprintf(wanted, sizeof wanted, "\"%s\":\"", name);
    at = strstr(p->text, wanted);
    if (at == NULL)
        return false;
    at += strlen(wanted);
    size = strcspn(at, "\"");
    if (size >= room)
        return false;
    memcpy(value, at, size);
    value[size] = '\0';
    return true;
}

/* Asks again until what is printed has that in it. */
static inline void pair_until(pair *p, int node, const char *wanted, const char *const *words)
{
    int64_t until = pair_us() + 60 * INT64_C(1000000);

    do {
        (void)pair_words(p, node, words);
        if (strstr(p->text, wanted) != NULL)
            return;
    } while (pair_us() < until);
    fail_msg("%s: %s never says %s, but: %.500s", pair_codes[node], words[0], wanted, p->text);
}

/* ---- serve ---- */

/* Starts it and waits until it says where it listens. */
static inline void pair_serve(pair *p, int node)
{
    pair_job job = pair_start(p, node, WORDS("serve"));
    int64_t until = pair_us() + 60 * INT64_C(1000000);
    char said[1024] = "";
    size_t used = 0;

    while (strstr(said, "border https://") == NULL) {
        struct pollfd wait = { job.out, POLLIN, 0 };
        ssize_t got;

        if (pair_us() > until || used >= sizeof said - 1 || poll(&wait, 1, 60000) <= 0)
            fail_msg("serve of %s does not begin", pair_codes[node]);
        got = read(job.out, said + used, sizeof said - 1 - used);
        if (got <= 0)
            fail_msg("serve of %s ends at once", pair_codes[node]);
        used += (size_t)got;
        said[used] = '\0';
    }
    p->serve[node] = job.pid;
    p->out[node] = job.out;
}

/* Ends it by a signal; its exit status, -1 if it was killed. */
static inline int pair_serve_end(pair *p, int node, int how)
{
    pid_t pid = p->serve[node];
    int status = 0;

    if (pid == 0)
        return 0;
    p->serve[node] = 0;
    (void)kill(pid, how);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    (void)close(p->out[node]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The processes of a node's `serve` below the first one; of one role, or of all (""). */
static inline size_t pair_processes(const pair *p, int node, const char *role, pid_t *pids,
                                    size_t room)
{
    DIR *proc = opendir("/proc");
    char wanted[PAIR_PATH + 64];
    size_t count = 0;

    (void)snprintf(wanted, sizeof wanted, "serve --home %s --process %s", p->home[node], role);
    for (struct dirent *e = readdir(proc); e != NULL && count < room; e = readdir(proc)) {
        char path[300], line[2048];
        ssize_t size;
        int fd;

        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        (void)snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        size = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
        if (fd >= 0)
            (void)close(fd);
        for (ssize_t i = 0; i < size; i++)
            line[i] = line[i] == '\0' ? ' ' : line[i];
        line[size < 0 ? 0 : size] = '\0';
        if (strstr(line, wanted) != NULL)
            pids[count++] = (pid_t)strtol(e->d_name, NULL, 10);
    }
    (void)closedir(proc);
    return count;
}

/* ---- making and ending ---- */

static inline void pair_file(const pair *p, const char *name, const char *text,
                             char path[PAIR_PATH])
{
    FILE *out;

    (void)snprintf(path, PAIR_PATH, "%s/%s", p->folder, name);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0 && fclose(out) == 0);
}

__attribute__((format(printf, 1, 2))) static inline void pair_shell(const char *fmt, ...)
{
    char line[4 * PAIR_PATH];
    va_list ap;

    va_start(ap, fmt);
    assert_true(vsnprintf(line, sizeof line, fmt, ap) < (int)sizeof line);
    va_end(ap);
    assert_int_equal(system(line), 0);
}

static inline bool pair_program(pair *p)
{
    ssize_t size = readlink("/proc/self/exe", p->program, sizeof p->program - 16);
    char *slash;

    p->program[size < 0 ? 0 : size] = '\0';
    slash = strstr(p->program, "/tests/");
    if (slash == NULL)
        slash = strstr(p->program, "/bench/");
    if (slash == NULL)
        return false;
    memcpy(slash, "/entente", 9);
    return access(p->program, X_OK) == 0;
}

static inline void pair_link(pair *p)
{
    char invite[PAIR_PATH], reply[PAIR_PATH], words[256] = "";

    (void)snprintf(invite, sizeof invite, "%s/invite", p->folder);
    (void)snprintf(reply, sizeof reply, "%s/reply", p->folder);
    PAIR_MUST(p, OUR, "peer", "invite", "--out", invite);
    PAIR_MUST(p, THEIR, "peer", "join", invite, "--out", reply);
    assert_true(pair_member(p, "words", words, sizeof words));
    PAIR_MUST(p, OUR, "peer", "join", reply);
    PAIR_MUST(p, OUR, "peer", "confirm", "THEIR", words);
    PAIR_MUST(p, THEIR, "peer", "confirm", "OUR", words);
}

static inline void pair_agree(pair *p)
{
    char terms[PAIR_PATH], id[64] = "";

    pair_file(p, "agreement",
              "{\"name\":\"Two incidents\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":"
              "10000000,\"set_max\":65536},\"release\":true,\"onward\":\"H2\",\"retention_months\":"
              "12,\"not_before\":\"2024-01-01\",\"not_after\":\"2025-12-31\"}\n",
              terms);
    PAIR_MUST(p, OUR, "agreement", "propose", terms, "--with", "THEIR", "--as", "lia");
    assert_true(pair_member(p, "agreement", id, sizeof id));
    (void)PAIR_RUN(p, OUR, "agreement", "sign", id, "--as", "fdo1");
    PAIR_MUST(p, OUR, "agreement", "sign", id, "--as", "fdo2");
    pair_until(p, THEIR, id, WORDS("agreement", "list"));
    (void)PAIR_RUN(p, THEIR, "agreement", "sign", id, "--as", "fdo1");
    PAIR_MUST(p, THEIR, "agreement", "sign", id, "--as", "law");
    pair_until(p, OUR, "\"in_force\":true", WORDS("agreement", "list"));
    pair_until(p, THEIR, "\"in_force\":true", WORDS("agreement", "list"));
}

/* A folder for both; $TMPDIR says where, as for others. */
static inline void pair_folder(pair *p)
{
    const char *where = getenv("TMPDIR");

    memset(p, 0, sizeof *p);
    p->patience = 60;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_true(pair_program(p));
    (void)snprintf(p->folder, sizeof p->folder, "%.40s/ent-pair-XXXXXX",
                   where == NULL ? "/tmp" : where);
    assert_non_null(mkdtemp(p->folder));
}

/* Two homes in there, with users; nothing runs. */
static inline void pair_homes(pair *p)
{
    static const char *const users[][2] = { { "ana", "analyst" },
                                            { "lia", "liaison" },
                                            { "fdo1", "disclosure" },
                                            { "fdo2", "disclosure" },
                                            { "law", "legal" } };
    char pass[PAIR_PATH];

    pair_file(p, "pass", "a good passphrase\n", pass);
    (void)setenv("ENTENTE_PASSPHRASE_FILE", pass, 1);
    (void)setenv("ENTENTE_REASON", "TEST-0001", 1);
    for (int n = 0; n < PAIR_NODES; n++) {
        (void)snprintf(p->home[n], sizeof p->home[n], "%s/%s", p->folder, pair_codes[n]);
        PAIR_MUST(p, n, "init", "--name", pair_codes[n], "--code", pair_codes[n], "--border",
                  "127.0.0.1:0", "--client", "127.0.0.1:0", "--exercise", PAIR_TIME);
        for (size_t u = 0; u < sizeof users / sizeof *users; u++)
            PAIR_MUST(p, n, "user", "add", users[u][0], "--role", users[u][1]);
    }
}

static inline void pair_make(pair *p)
{
    pair_folder(p);
    pair_homes(p);
}

/* Both serve, are linked, and have agreed. */
static inline void pair_join(pair *p)
{
    for (int n = 0; n < PAIR_NODES; n++)
        pair_serve(p, n);
    pair_link(p);
    pair_agree(p);
}

static inline void pair_begin(pair *p)
{
    pair_make(p);
    pair_join(p);
}

static inline void pair_finish(pair *p)
{
    for (int n = 0; n < PAIR_NODES; n++)
        (void)pair_serve_end(p, n, SIGTERM);
    pair_shell("rm -rf '%s'", p->folder);
}

/* Everything that one has said, the other has applied, and nothing waits. */
static inline bool pair_quiet(pair *p, int node)
{
    int status = PAIR_RUN(p, node, "status");
    const char *links = strstr(p->text, "\"links\":");

    if (status != 0 || links == NULL)
        return false;
    return strstr(links, "\"lag\":0,\"waiting\":0}") != NULL &&
           strstr(links, "\"lag\":0}}") != NULL && strstr(links, "\"outbox\":0") != NULL;
}

/* What both say of themselves, for whoever looks into a failure. */
static inline void pair_tell(pair *p)
{
    for (int n = 0; n < PAIR_NODES; n++) {
        (void)PAIR_RUN(p, n, "status");
        print_message("# %s: %.1500s\n", pair_codes[n], p->text);
        (void)PAIR_RUN(p, n, "doctor");
        print_message("# %s: %.1500s\n", pair_codes[n], p->text);
        (void)PAIR_RUN(p, n, "pull");
        print_message("# %s: %.1500s\n", pair_codes[n], p->text);
    }
    pair_shell("tail -n 20 '%s/err' | sed 's/^/# /'", p->folder);
}

static inline void pair_settle(pair *p)
{
    int64_t until = pair_us() + p->patience * INT64_C(1000000);

    while (!pair_quiet(p, OUR) || !pair_quiet(p, THEIR) || !pair_quiet(p, OUR))
        if (pair_us() > until) {
            pair_tell(p);
            fail_msg("nothing comes to rest within %d s", p->patience);
        }
}

#endif
