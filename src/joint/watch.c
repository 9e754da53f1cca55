#include "joint/watch.h"

#include <sodium.h>
#include <stdlib.h>

/* A key so common that it tells nothing nominates nobody by itself. */
#define COMMON 4096

struct post {
    uint64_t hash; /* of the key, keyed: two texts do not meet by chance or by design */
    uint32_t alert;
    bool name;
};

struct alert {
    const names_prepared *person;
    bool dated; /* it has a birth date: a name may fire */
};

struct joint_watch {
    ent_arena *arena;
    uint8_t seed[16];
    struct post *posts;
    size_t post_count, post_room;
    struct alert *alerts;
    uint32_t alert_count, alert_room;
    uint32_t *first; /* by the top bits of a hash: where its posts begin */
    unsigned shift;
    bool sealed;
};

joint_watch *joint_watch_new(ent_arena *arena, const uint8_t seed[16])
{
    joint_watch *w = ent_arena_alloc(arena, sizeof *w);

    if (w == NULL)
        return NULL;
    w->arena = arena;
    memcpy(w->seed, seed, sizeof w->seed);
    return w;
}

static uint64_t hash_of(const joint_watch *w, ent_str key)
{
    uint64_t hash;

    (void)crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key.ptr, key.size,
                           w->seed);
    return hash;
}

static bool grow(ent_arena *arena, void **array, size_t count, size_t room, size_t size)
{
    void *grown = ent_arena_array(arena, room, size);

    if (grown == NULL)
        return false;
    if (count > 0)
        memcpy(grown, *array, count * size);
    *array = grown;
    return true;
}

static ent_code post_put(joint_watch *w, ent_str key, bool name, ent_err *err)
{
    if (w->post_count == w->post_room) {
        size_t room = w->post_room == 0 ? 1024 : 2 * w->post_room;
        void *posts = w->posts;

        if (!grow(w->arena, &posts, w->post_count, room, sizeof *w->posts))
            return ent_fail_arena(err);
        w->posts = posts;
        w->post_room = room;
    }
    w->posts[w->post_count++] = (struct post){ hash_of(w, key), w->alert_count, name };
    return ENT_OK;
}

static ent_code name_posts(joint_watch *w, const names_record *person, struct alert *alert,
                           ent_err *err)
{
    ent_str *keys;
    size_t count;

    ENT_TRY(names_prepare(w->arena, person, &alert->person, err));
    ENT_TRY(names_keys_tier(w->arena, person, NAMES_ALL, &keys, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(post_put(w, keys[i], true, err));
    alert->dated = person->birth_count > 0;
    return ENT_OK;
}

ent_code joint_watch_add(joint_watch *w, const joint_trace *trace, ent_err *err)
{
    struct alert alert = { .person = NULL };

    ENT_ASSERT(!w->sealed);
    if (w->alert_count == w->alert_room) {
        uint32_t room = w->alert_room == 0 ? 256 : 2 * w->alert_room;
        void *alerts = w->alerts;

        if (!grow(w->arena, &alerts, w->alert_count, room, sizeof *w->alerts))
            return ent_fail_arena(err);
        w->alerts = alerts;
        w->alert_room = room;
    }
    for (size_t i = 0; i < trace->key_count; i++)
        ENT_TRY(post_put(w, trace->keys[i], false, err));
    if (trace->person != NULL)
        ENT_TRY(name_posts(w, trace->person, &alert, err));
    w->alerts[w->alert_count++] = alert;
    return ENT_OK;
}

static int by_hash(const void *a, const void *b)
{
    const struct post *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->alert > y->alert) - (x->alert < y->alert);
}

ent_code joint_watch_seal(joint_watch *w, ent_err *err)
{
    size_t slots = 2;
    uint32_t at = 0;

    ENT_ASSERT(!w->sealed && w->post_count < UINT32_MAX);
    if (w->post_count > 1)
        qsort(w->posts, w->post_count, sizeof *w->posts, by_hash);
    for (w->shift = 63; slots < w->post_count && w->shift > 40; w->shift--)
        slots *= 2;
    w->first = ent_arena_array(w->arena, slots + 1, sizeof *w->first);
    if (w->first == NULL)
        return ent_fail_arena(err);
    for (size_t slot = 0; slot < slots; slot++) {
        while (at < w->post_count && w->posts[at].hash >> w->shift < slot)
            at++;
        w->first[slot] = at;
    }
    w->first[slots] = (uint32_t)w->post_count;
    w->sealed = true;
    return ENT_OK;
}

/* The posts of a key: [*from, *to). */
static void posts_of(const joint_watch *w, ent_str key, uint32_t *from, uint32_t *to)
{
    uint64_t hash = hash_of(w, key);
    uint32_t at = w->first[hash >> w->shift], end = w->first[(hash >> w->shift) + 1];

    while (at < end && w->posts[at].hash < hash)
        at++;
    *from = at;
    while (at < end && w->posts[at].hash == hash)
        at++;
    *to = at;
}

struct asking {
    const joint_watch *w;
    ent_arena *arena;
    joint_sight *sights;
    size_t count, room;
};

static ent_code sight_put(struct asking *a, joint_sight sight, ent_err *err)
{
    if (a->count == a->room) {
        size_t room = a->room == 0 ? 32 : 2 * a->room;
        void *sights = a->sights;

        if (!grow(a->arena, &sights, a->count, room, sizeof *a->sights))
            return ent_fail_arena(err);
        a->sights = sights;
        a->room = room;
    }
    a->sights[a->count++] = sight;
    return ENT_OK;
}

static ent_code keys_ask(struct asking *a, const joint_trace *seen, ent_err *err)
{
    for (size_t i = 0; i < seen->key_count; i++) {
        uint32_t from, to;

        posts_of(a->w, seen->keys[i], &from, &to);
        for (; from < to; from++)
            if (!a->w->posts[from].name)
                ENT_TRY(sight_put(
                    a, (joint_sight){ a->w->posts[from].alert, JOINT_FOUND_KEY, seen->keys[i] },
                    err));
    }
    return ENT_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Alerts that share a name key, each once. */
static ent_code nominate(struct asking *a, const names_record *person, uint32_t **alerts,
                         size_t *count, ent_err *err)
{
    size_t key_count, room = 0, kept = 0;
    uint32_t from, to;
    ent_str *keys;

    ENT_TRY(names_keys_tier(a->arena, person, NAMES_ALL, &keys, &key_count, err));
    for (size_t i = 0; i < key_count; i++) {
        posts_of(a->w, keys[i], &from, &to);
        room += to - from <= COMMON ? to - from : 0;
    }
    *count = 0;
    *alerts = ent_arena_array(a->arena, room + 1, sizeof **alerts);
    if (*alerts == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < key_count; i++) {
        posts_of(a->w, keys[i], &from, &to);
        for (; to - from <= COMMON && from < to; from++)
            if (a->w->posts[from].name)
                (*alerts)[(*count)++] = a->w->posts[from].alert;
    }
    if (*count > 1)
        qsort(*alerts, *count, sizeof **alerts, by_number);
    for (size_t i = 0; i < *count; i++)
        if (kept == 0 || (*alerts)[kept - 1] != (*alerts)[i])
            (*alerts)[kept++] = (*alerts)[i];
    *count = kept;
    return ENT_OK;
}

static ent_code names_ask(struct asking *a, const names_record *person, ent_err *err)
{
    const names_prepared *prepared;
    uint32_t *alerts;
    size_t count;

    ENT_TRY(nominate(a, person, &alerts, &count, err));
    if (count == 0)
        return ENT_OK;
    ENT_TRY(names_prepare(a->arena, person, &prepared, err));
    for (size_t i = 0; i < count; i++) {
        const struct alert *alert = &a->w->alerts[alerts[i]];
        names_decision decision = names_score(alert->person, prepared).decision;

        if (decision == NAMES_DIFFERENT)
            continue;
        ENT_TRY(
            sight_put(a,
                      (joint_sight){ alerts[i],
                                     decision == NAMES_SAME && alert->dated ? JOINT_FOUND_NAME
                                                                            : JOINT_FOUND_REVIEW,
                                     ENT_STR_NONE },
                      err));
    }
    return ENT_OK;
}

/* By alert, the strongest ground first. */
static int by_alert(const void *a, const void *b)
{
    const joint_sight *x = a, *y = b;

    if (x->alert != y->alert)
        return x->alert < y->alert ? -1 : 1;
    return (int)y->found - (int)x->found;
}

ent_code joint_watch_ask(const joint_watch *w, ent_arena *arena, const joint_trace *seen,
                         joint_sight **sights, size_t *count, ent_err *err)
{
    struct asking a = { .w = w, .arena = arena };
    size_t kept = 0;

    ENT_ASSERT(w->sealed);
    ENT_TRY(keys_ask(&a, seen, err));
    if (seen->person != NULL)
        ENT_TRY(names_ask(&a, seen->person, err));
    if (a.count > 1)
        qsort(a.sights, a.count, sizeof *a.sights, by_alert);
    for (size_t i = 0; i < a.count; i++)
        if (kept == 0 || a.sights[kept - 1].alert != a.sights[i].alert)
            a.sights[kept++] = a.sights[i];
    *sights = a.sights;
    *count = kept;
    return ENT_OK;
}
