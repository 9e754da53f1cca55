#include "console/replay_int.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct kept {
    ent_hash key, what;
    int64_t begun;
    bool used, done;
    unsigned status;
    const char *type; /* one of the program's own texts */
    char *body;       /* NULL: it was too large */
    size_t size;
} kept;

struct console_replays {
    pthread_mutex_t lock;
    kept list[REPLAYS];
};

console_replays *console_replays_new(void)
{
    console_replays *r = calloc(1, sizeof *r);

    if (r != NULL)
        (void)pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void kept_forget(kept *k)
{
    free(k->body);
    *k = (kept){ 0 };
}

void console_replays_free(console_replays *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < REPLAYS; i++)
        kept_forget(&r->list[i]);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

static kept *kept_find(console_replays *r, const ent_hash *key)
{
    for (size_t i = 0; i < REPLAYS; i++)
        if (r->list[i].used && ent_hash_equal(&r->list[i].key, key))
            return &r->list[i];
    return NULL;
}

/* A free place, or that of the oldest answer. */
static kept *place_make(console_replays *r)
{
    kept *place = NULL;

    for (size_t i = 0; i < REPLAYS; i++) {
        kept *k = &r->list[i];

        if (!k->used)
            return k;
        if (k->done && (place == NULL || k->begun < place->begun))
            place = k;
    }
    if (place != NULL)
        kept_forget(place);
    return place;
}

static ent_code kept_answer(const kept *k, ent_arena *arena, const ent_hash *what,
                            http_reply *reply, ent_err *err)
{
    ent_str body;

    if (!ent_hash_equal(&k->what, what))
        return ent_fail(err, ENT_CONFLICT, "this Idempotency-Key was used for another request");
    if (!k->done)
        return ent_fail(err, ENT_RETRY, "the same request is being worked on");
    if (k->body == NULL)
        return ent_fail(err, ENT_CONFLICT, "this was done; its answer was too large to be kept");
    body = ent_arena_str(arena, (ent_str){ k->body, k->size });
    if (body.ptr == NULL)
        return ent_fail_arena(err);
    reply->status = k->status;
    reply->type = k->type;
    reply->body = body;
    return ENT_NO;
}

ent_code console_replay_begin(console_replays *r, ent_arena *arena, const ent_hash *key,
                              const ent_hash *what, int64_t now, http_reply *reply, ent_err *err)
{
    ent_code rc = ENT_OK;
    kept *k;

    (void)pthread_mutex_lock(&r->lock);
    k = kept_find(r, key);
    if (k != NULL && k->done && now - k->begun > REPLAY_LIFE) {
        kept_forget(k);
        k = NULL;
    }
    if (k != NULL) {
        rc = kept_answer(k, arena, what, reply, err);
    } else if ((k = place_make(r)) == NULL) {
        rc = ent_fail(err, ENT_RETRY, "too much is being worked on; try again later");
    } else {
        k->used = true;
        k->key = *key;
        k->what = *what;
        k->begun = now;
    }
    (void)pthread_mutex_unlock(&r->lock);
    return rc;
}

void console_replay_end(console_replays *r, const ent_hash *key, const http_reply *reply)
{
    kept *k;

    (void)pthread_mutex_lock(&r->lock);
    k = kept_find(r, key);
    ENT_ASSERT(k != NULL && !k->done);
    if (reply->status >= 500) {
        kept_forget(k);
    } else {
        k->done = true;
        k->status = reply->status;
        k->type = reply->type;
        k->size = reply->body.size;
        if (k->size <= REPLAY_BODY)
            k->body = malloc(k->size + 1);
        if (k->body != NULL)
            memcpy(k->body, reply->body.ptr, k->size);
    }
    (void)pthread_mutex_unlock(&r->lock);
}
