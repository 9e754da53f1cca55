/*
 * What may take long: passphrases and commands, in two queues that a few workers empty.
 *
 * A request is suspended before a worker can see it and resumed when the worker is through;
 * between the two it is the worker's.  The second queue goes first, and at most half of the
 * workers are at the first, so that who only guesses passphrases keeps no body waiting.
 */
#include "http/api_int.h"

#include <stdlib.h>

#define QUEUE_LIMIT 1024

static void queue_put(struct api_queue *queue, struct api_exchange *e)
{
    e->next = NULL;
    *queue->last = e;
    queue->last = &e->next;
    queue->count++;
}

static struct api_exchange *queue_take(struct api_queue *queue)
{
    struct api_exchange *e = queue->first;

    if (e == NULL)
        return NULL;
    queue->first = e->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    queue->count--;
    return e;
}

/* False: refused.  Once it is queued it may be a worker's: not even its stage is looked at. */
bool http_api_work_put(struct api_exchange *e, enum api_stage stage)
{
    http_api *api = e->connection->loop->api;
    struct api_queue *queue = stage == API_BEGIN ? &api->begin : &api->finish;
    bool full;

    (void)pthread_mutex_lock(&api->lock);
    full = queue->count >= QUEUE_LIMIT;
    if (!full) {
        /* Suspended before a worker can see it, or it would resume what runs. */
        MHD_suspend_connection(e->mhd);
        http_line_busy(&e->connection->line);
        e->connection->loop->asleep++;
        e->asleep = true;
        e->stage = stage;
        queue_put(queue, e);
        (void)pthread_cond_signal(&api->more);
    }
    (void)pthread_mutex_unlock(&api->lock);
    if (full)
        http_api_refuse(e, 503);
    return !full;
}

/* Waits for work; NULL: there will be none.  `*began`: the last piece was of the first queue. */
static struct api_exchange *work_take(http_api *api, bool *began)
{
    struct api_exchange *e = NULL;

    (void)pthread_mutex_lock(&api->lock);
    if (*began) {
        api->beginning--;
        (void)pthread_cond_signal(&api->more);
    }
    for (;;) {
        e = queue_take(&api->finish);
        *began = e == NULL && api->beginning < (api->config.workers + 1) / 2;
        if (*began) {
            e = queue_take(&api->begin);
            *began = e != NULL;
        }
        if (e != NULL || (api->workers_end && api->begin.first == NULL))
            break;
        (void)pthread_cond_wait(&api->more, &api->lock);
    }
    api->beginning += *began;
    (void)pthread_mutex_unlock(&api->lock);
    return e;
}

struct worker {
    http_api *api;
    size_t slot;
};

static void *worker_run(void *arg)
{
    struct worker worker = *(struct worker *)arg;
    const http_api_config *config = &worker.api->config;
    bool began = false;

    free(arg);
    for (struct api_exchange *e; (e = work_take(worker.api, &began)) != NULL;) {
        e->request.slot = worker.slot;
        e->request.on_worker = true;
        if (e->stage == API_BEGIN) {
            e->stage = http_api_stage_after(config->begin(config->arg, &e->request, &e->reply));
        } else {
            config->finish(config->arg, &e->request, &e->reply);
            e->stage = API_ANSWER;
        }
        http_line_wake(&e->connection->line);
    }
    return NULL;
}

ent_code http_api_worker_start(http_api *api, size_t number, ent_err *err)
{
    struct worker *worker = malloc(sizeof *worker);

    if (worker == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a worker");
    *worker = (struct worker){ api, api->config.loops + number };
    if (pthread_create(&api->workers[number], NULL, worker_run, worker) != 0) {
        free(worker);
        return ent_fail(err, ENT_UNAVAILABLE, "no thread for a worker");
    }
    return ENT_OK;
}
