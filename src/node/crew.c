#include "node/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define THREADS 16 /* at most */

struct shift {
    atomic_size_t next;
    size_t parts;
    psi_part part;
    void *ctx;
};

static void *thread_run(void *arg)
{
    struct shift *s = arg;
    size_t part;

    while ((part = atomic_fetch_add(&s->next, 1)) < s->parts)
        s->part(s->ctx, part);
    return NULL;
}

static void crew_run(void *arg, size_t parts, psi_part part, void *ctx)
{
    struct shift shift = { .parts = parts, .part = part, .ctx = ctx };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[THREADS];
    size_t count = 0;

    (void)arg;
    /* One less: this thread works too.  A thread that cannot be made is not needed. */
    for (long i = 1; i < processors && count < THREADS; i++)
        if (pthread_create(&threads[count], NULL, thread_run, &shift) == 0)
            count++;
    (void)thread_run(&shift);
    while (count > 0)
        (void)pthread_join(threads[--count], NULL);
}

const psi_crew node_crew = { NULL, crew_run };
