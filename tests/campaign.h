/*
 * campaign -- one test, many seeds.
 *
 * Everything a seeded test does is a function of its seed.  A slice of the seeds runs in
 * `make test`; the whole is asked for by an environment variable (`count_name`=5000, as `make
 * soak` does) and then every seed is printed, the first being CAMPAIGN_FROM or 1, so that a long
 * one goes on where it was left; `seed_name`=17 runs one.  Each seed runs in a
 * process of its own, so that one that fails does not hide the others and a crash is a
 * failure like another; as many at once as there are processors, or CAMPAIGN_JOBS.  What a
 * seed counts it adds to its tally, and the sums are printed: a campaign in which something
 * never happened is no evidence about it.
 */
#ifndef ENT_CAMPAIGN_H
#define ENT_CAMPAIGN_H

#include "test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define CAMPAIGN_TALLY 16
#define CAMPAIGN_JOBS  64

typedef struct campaign {
    const char *name;       /* "schedules" */
    const char *count_name; /* the environment's: how many seeds */
    const char *seed_name;  /* and: this one alone */
    uint64_t slice;         /* seeds in `make test` */
    const uint64_t *kept;   /* and those that ever failed; 0 ends them; NULL: none */
    void (*run)(uint64_t seed, unsigned *tally);
    const char *tally[CAMPAIGN_TALLY]; /* what is counted; NULL ends it */
    uint64_t whole; /* from so many seeds on, each of these must have happened; 0: never asked */
} campaign;

/* The seed at work, for the one cmocka test of a child. */
typedef struct campaign_seed {
    const campaign *c;
    uint64_t seed;
    unsigned *tally;
} campaign_seed;

static inline void campaign_one(void **state)
{
    const campaign_seed *s = *state;

    s->c->run(s->seed, s->tally);
}

/* In the child.  What it prints is for the parent to show if it fails. */
static inline int campaign_child(campaign_seed *s, int out)
{
    const struct CMUnitTest tests[] = { { "seed", campaign_one, NULL, NULL, s } };
    int failed;

    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(out, STDERR_FILENO);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)fflush(NULL);
    return failed == 0 ? 0 : 1;
}

typedef struct campaign_job {
    pid_t pid;
    uint64_t seed;
    FILE *out;
} campaign_job;

static inline void campaign_start(const campaign *c, campaign_job *job, uint64_t seed,
                                  unsigned *tally)
{
    campaign_seed s = { c, seed, tally };

    *job = (campaign_job){ .seed = seed, .out = tmpfile() };
    assert_non_null(job->out);
    (void)fflush(NULL);
    job->pid = fork();
    assert_true(job->pid >= 0);
    if (job->pid == 0)
        _exit(campaign_child(&s, fileno(job->out)));
}

/* Waits for one; true if it passed. */
static inline bool campaign_wait(const campaign *c, campaign_job *jobs, size_t count, bool loud)
{
    char line[512];
    int status = 0;
    pid_t pid;
    bool good;

    for (;;) {
        pid = waitpid(-1, &status, 0);
        assert_true(pid > 0 || errno == EINTR);
        for (size_t i = 0; i < count && pid > 0; i++) {
            campaign_job *job = &jobs[i];

            if (job->pid != pid)
                continue;
            good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
            if (!good || loud)
                print_message("# %s: seed %" PRIu64 "%s\n", c->name, job->seed,
                              good ? "" : " FAILED");
            rewind(job->out);
            while (!good && fgets(line, sizeof line, job->out) != NULL)
                if (strncmp(line, "[ ", 2) != 0 || strstr(line, "ERROR") != NULL)
                    print_message("#     %s", line);
            (void)fclose(job->out);
            job->pid = 0;
            return good;
        }
    }
}

static inline size_t campaign_jobs(void)
{
    const char *asked = getenv("CAMPAIGN_JOBS");
    long jobs = asked == NULL ? sysconf(_SC_NPROCESSORS_ONLN) : strtol(asked, NULL, 10);

    return jobs < 1 ? 1 : jobs > CAMPAIGN_JOBS ? CAMPAIGN_JOBS : (size_t)jobs;
}

/* The sums; from `whole` seeds on everything must have happened. */
static inline void campaign_sums(const campaign *c, uint64_t count, const unsigned *tally)
{
    bool all = true;

    print_message("# %" PRIu64 " %s:", count, c->name);
    for (size_t i = 0; i < CAMPAIGN_TALLY && c->tally[i] != NULL; i++) {
        print_message("%s %u %s", i == 0 ? "" : ",", tally[i], c->tally[i]);
        all = all && tally[i] > 0;
    }
    print_message("\n");
    if (c->whole > 0 && count >= c->whole && !all)
        fail_msg("%s: something never happened", c->name);
}

/* The seeds of this run, one after the other: the kept ones come behind the slice. */
static inline uint64_t campaign_seed_at(const campaign *c, uint64_t first, uint64_t count,
                                        uint64_t at)
{
    return at < count ? first + at : c->kept[at - count];
}

static inline void campaign_run(const campaign *c)
{
    const char *wanted = getenv(c->count_name), *only = getenv(c->seed_name);
    const char *from = only != NULL ? only : getenv("CAMPAIGN_FROM");
    uint64_t first = from == NULL ? 1 : strtoull(from, NULL, 10);
    uint64_t count = only != NULL ? 1 : wanted == NULL ? c->slice : strtoull(wanted, NULL, 10);
    size_t room = campaign_jobs(), running = 0;
    campaign_job jobs[CAMPAIGN_JOBS] = { 0 };
    uint64_t failed = 0, all = count;
    FILE *shared = tmpfile();
    unsigned *tally;

    assert_true(shared != NULL && ftruncate(fileno(shared), 4096) == 0);
    tally = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(shared), 0);
    assert_true(tally != MAP_FAILED);
    while (only == NULL && wanted == NULL && c->kept != NULL && c->kept[all - count] != 0)
        all++;
    for (uint64_t next = 0; next < all || running > 0;) {
        size_t at = 0;

        if (next == all || running == room) {
            failed += !campaign_wait(c, jobs, room, wanted != NULL);
            running--;
            continue;
        }
        while (jobs[at].pid != 0)
            at++;
        campaign_start(c, &jobs[at], campaign_seed_at(c, first, count, next++), tally);
        running++;
    }
    campaign_sums(c, all, tally);
    (void)munmap(tally, 4096);
    (void)fclose(shared);
    if (failed > 0)
        fail_msg("%s: %" PRIu64 " of %" PRIu64 " seeds failed; %s=SEED runs one", c->name, failed,
                 all, c->seed_name);
}

/* Children count at the same time. */
static inline void campaign_count(unsigned *counter, unsigned more)
{
    (void)__atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

#endif
