#include "taxii/writer.h"

#include <pthread.h>
#include <stdlib.h>

#define CACHE_KB 32768 /* for the index by id, which is written at random */
#define ROUND    64    /* jobs in one commit, so that the first need not wait for ever */

struct job {
    struct job *next;
    taxii_write write;
    void *arg;
    ent_err *err;
    ent_code rc;
    bool done;
};

struct taxii_writer {
    taxii_store *s;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t progress;
    struct job *first, **last;
    bool busy; /* somebody is committing */
};

ent_code taxii_writer_new(const char *path, taxii_writer **out, ent_err *err)
{
    taxii_writer *writer = calloc(1, sizeof *writer);
    ent_code rc;

    if (writer == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a writer");
    rc = taxii_store_open(path, &writer->s, err);
    if (rc == ENT_OK)
        rc = taxii_store_cache(writer->s, CACHE_KB, err);
    if (rc != ENT_OK) {
        taxii_store_close(writer->s);
        free(writer);
        return rc;
    }
    writer->last = &writer->first;
    (void)pthread_mutex_init(&writer->lock, NULL);
    (void)pthread_cond_init(&writer->progress, NULL);
    *out = writer;
    return ENT_OK;
}

void taxii_writer_free(taxii_writer *writer)
{
    if (writer == NULL)
        return;
    taxii_store_close(writer->s);
    (void)pthread_cond_destroy(&writer->progress);
    (void)pthread_mutex_destroy(&writer->lock);
    free(writer);
}

static void round_fail(struct job *jobs, ent_code rc, const ent_err *err)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        *job->err = *err;
        job->rc = rc;
    }
}

/* A job that is alone in its transaction is undone with it, without keeping every page twice. */
static void alone_run(taxii_store *s, struct job *job)
{
    job->rc = taxii_store_end(s, job->write(s, job->arg, job->err), job->err);
}

/* One transaction for a chain of jobs. */
static void round_run(taxii_store *s, struct job *jobs)
{
    ent_err err = { 0 };
    ent_code rc = taxii_store_begin(s, &err);

    if (rc == ENT_OK && jobs->next == NULL) {
        alone_run(s, jobs);
        return;
    }
    for (struct job *job = jobs; job != NULL && rc == ENT_OK; job = job->next) {
        rc = taxii_store_mark(s, &err);
        if (rc != ENT_OK)
            break;
        job->rc = job->write(s, job->arg, job->err);
        if (job->rc == ENT_IO || job->rc == ENT_RETRY) {
            rc = job->rc;
            err = *job->err;
        } else {
            rc = taxii_store_unmark(s, job->rc == ENT_OK, &err);
        }
    }
    rc = taxii_store_end(s, rc, &err);
    if (rc != ENT_OK)
        round_fail(jobs, rc, &err);
}

/* Takes at most ROUND jobs off the queue; the lock is held. */
static struct job *round_take(taxii_writer *writer)
{
    struct job *jobs = writer->first, *end = jobs;

    for (int i = 1; i < ROUND && end->next != NULL; i++)
        end = end->next;
    writer->first = end->next;
    if (writer->first == NULL)
        writer->last = &writer->first;
    end->next = NULL;
    return jobs;
}

ent_code taxii_writer_run(taxii_writer *writer, taxii_write write, void *arg, ent_err *err)
{
    struct job job = { .write = write, .arg = arg, .err = err };

    (void)pthread_mutex_lock(&writer->lock);
    *writer->last = &job; /* leaves the queue before this function does */
    /* cppcheck-suppress autoVariables */
    writer->last = &job.next;
    while (!job.done) {
        struct job *jobs, *next;

        if (writer->busy) {
            (void)pthread_cond_wait(&writer->progress, &writer->lock);
            continue;
        }
        writer->busy = true;
        jobs = round_take(writer);
        (void)pthread_mutex_unlock(&writer->lock);
        round_run(writer->s, jobs);
        (void)pthread_mutex_lock(&writer->lock);
        writer->busy = false;
        for (; jobs != NULL; jobs = next) {
            next = jobs->next; /* a job that is done may be gone at once */
            jobs->done = true;
        }
        (void)pthread_cond_broadcast(&writer->progress);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return job.rc;
}
