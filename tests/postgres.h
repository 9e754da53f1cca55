/*
 * postgres -- a real PostgreSQL 15 of the test's own.
 *
 * In a folder under /tmp, on a socket in it and nowhere else, as a child that dies with
 * the test.  The server refuses to run as root: then it runs as `postgres` or nobody.
 * Where it is not installed the tests that need it are skipped.
 */
#ifndef ENT_TEST_POSTGRES_H
#define ENT_TEST_POSTGRES_H

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define POSTGRES_BIN "/usr/lib/postgresql/15/bin/"

struct postgres {
    char folder[64];
    char url[128];
    pid_t server; /* 0: there is none */
};

/* Runs a program as the server's user, quietly.  In the child. */
static inline void postgres_exec(const struct postgres *p, char *const argv[])
{
    const struct passwd *user = getpwnam("postgres");
    int log;

    if (geteuid() == 0) {
        uid_t uid = user == NULL ? 65534 : user->pw_uid;
        gid_t gid = user == NULL ? 65534 : user->pw_gid;

        if (setgid(gid) != 0 || setuid(uid) != 0)
            _exit(126);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (chdir(p->folder) != 0)
        _exit(126);
    log = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log >= 0) {
        (void)dup2(log, 1);
        (void)dup2(log, 2);
    }
    (void)setenv("LC_ALL", "C", 1);
    (void)execv(argv[0], argv);
    _exit(127);
}

static inline void postgres_stop(struct postgres *p)
{
    char command[128];

    if (p->server > 0) {
        (void)kill(p->server, SIGQUIT);
        while (waitpid(p->server, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    p->server = 0;
    if (p->folder[0] != '\0') {
        pid_t child = fork();

        (void)snprintf(command, sizeof command, "%s", p->folder);
        if (child == 0) {
            (void)execl("/bin/rm", "rm", "-rf", "--", command, (char *)NULL);
            _exit(127);
        }
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    p->folder[0] = '\0';
}

/* Waits until the server answers, at most a minute. */
static inline int postgres_await(struct postgres *p)
{
    for (int i = 0; i < 1200; i++) {
        if (PQping(p->url) == PQPING_OK)
            return 0;
        if (waitpid(p->server, NULL, WNOHANG) == p->server) {
            p->server = 0;
            return -1;
        }
        (void)poll(NULL, 0, 50);
    }
    return -1;
}

/* 0: it runs.  -1: it is not installed or does not start; `p` is empty. */
static inline int postgres_start(struct postgres *p)
{
    const struct passwd *user = getpwnam("postgres");
    char data[80], socket[80];
    char *const make[] = { (char *)POSTGRES_BIN "initdb",
                           (char *)"-D",
                           data,
                           (char *)"-U",
                           (char *)"entente",
                           (char *)"-A",
                           (char *)"trust",
                           (char *)"-N",
                           (char *)"--encoding=UTF8",
                           (char *)"--locale=C",
                           NULL };
    char *const run[] = { (char *)POSTGRES_BIN "postgres",
                          (char *)"-D",
                          data,
                          (char *)"-c",
                          (char *)"listen_addresses=",
                          (char *)"-k",
                          socket,
                          (char *)"-c",
                          (char *)"shared_buffers=64MB",
                          (char *)"-c",
                          (char *)"max_connections=20",
                          NULL };
    int status = 1;
    pid_t child;

    memset(p, 0, sizeof *p);
    if (access(POSTGRES_BIN "initdb", X_OK) != 0)
        return -1;
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/ent-pg-XXXXXX");
    if (mkdtemp(p->folder) == NULL ||
        (geteuid() == 0 && chown(p->folder, user == NULL ? 65534 : user->pw_uid,
                                 user == NULL ? 65534 : user->pw_gid) != 0))
        return -1;
    (void)snprintf(data, sizeof data, "%s/data", p->folder);
    (void)snprintf(socket, sizeof socket, "%s", p->folder);
    (void)snprintf(p->url, sizeof p->url, "postgresql://entente@/postgres?host=%s", p->folder);
    child = fork();
    if (child == 0)
        postgres_exec(p, make);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (status == 0) {
        p->server = fork();
        if (p->server == 0)
            postgres_exec(p, run);
    }
    if (status != 0 || postgres_await(p) != 0) {
        postgres_stop(p);
        return -1;
    }
    return 0;
}

/* Forgets everything that is in the database.  Fails the caller by -1. */
static inline int postgres_empty(const struct postgres *p)
{
    PGconn *c = PQconnectdb(p->url);
    PGresult *r = PQexec(c, "SET client_min_messages=error; DROP SCHEMA public CASCADE;"
                            "CREATE SCHEMA public");
    int ok = PQresultStatus(r) == PGRES_COMMAND_OK ? 0 : -1;

    PQclear(r);
    PQfinish(c);
    return ok;
}

/* Runs SQL; -1 if it fails. */
static inline int postgres_sql(const struct postgres *p, const char *sql)
{
    PGconn *c = PQconnectdb(p->url);
    PGresult *r = PQexec(c, sql);
    ExecStatusType status = PQresultStatus(r);

    PQclear(r);
    PQfinish(c);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? 0 : -1;
}

#endif
