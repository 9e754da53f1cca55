#include "store/absent_int.h"

#include "store/backend_int.h"

#include <stdlib.h>

#define ABSENT_SLOTS 4096
#define ABSENT_MAX   2048
#define ABSENT_ROOM  ((size_t)4 << 20)

struct store_absent {
    ent_arena *arena;
    size_t count;
    struct slot {
        bool used, taken;
        ent_str owner, id;
    } slots[ABSENT_SLOTS];
};

void store_absent_reset(struct store_absent *a)
{
    if (a == NULL || a->count == 0)
        return;
    memset(a->slots, 0, sizeof a->slots);
    ent_arena_reset(a->arena);
    a->count = 0;
}

/* FNV-1a: the table is small and its keys are compared whole. */
static size_t absent_hash(ent_str owner, ent_str id)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < owner.size; i++)
        hash = (hash ^ (unsigned char)owner.ptr[i]) * UINT64_C(1099511628211);
    for (size_t i = 0; i < id.size; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ (hash >> 32)) % ABSENT_SLOTS;
}

static struct slot *absent_find(const store *s, ent_str owner, ent_str id)
{
    struct store_absent *a = s->absent;
    struct slot *slot;

    if (!s->open || a == NULL)
        return NULL;
    for (size_t at = absent_hash(owner, id);; at = (at + 1) % ABSENT_SLOTS) {
        slot = &a->slots[at];
        if (!slot->used || (ent_str_equal(slot->id, id) && ent_str_equal(slot->owner, owner)))
            return slot;
    }
}

bool store_absent_known(const store *s, ent_str owner, ent_str id)
{
    const struct slot *slot = absent_find(s, owner, id);

    return slot != NULL && slot->used && !slot->taken;
}

bool store_absent_take(store *s, ent_str owner, ent_str id)
{
    bool known = store_absent_known(s, owner, id);

    if (known)
        absent_find(s, owner, id)->taken = true;
    return known;
}

/* Only saves work: whatever has no room is looked up. */
void store_absent_note(store *s, ent_str owner, ent_str id)
{
    struct slot *slot;

    if (!s->open)
        return;
    if (s->absent == NULL) {
        s->absent = calloc(1, sizeof *s->absent);
        if (s->absent == NULL)
            return;
        s->absent->arena = ent_arena_new(ABSENT_ROOM);
        if (s->absent->arena == NULL) {
            free(s->absent);
            s->absent = NULL;
            return;
        }
    }
    if (s->absent->count == ABSENT_MAX)
        store_absent_reset(s->absent);
    slot = absent_find(s, owner, id);
    if (slot == NULL || slot->used)
        return;
    slot->owner = ent_arena_str(s->absent->arena, owner);
    slot->id = ent_arena_str(s->absent->arena, id);
    if (slot->owner.ptr == NULL || slot->id.ptr == NULL)
        return;
    slot->used = true;
    s->absent->count++;
}

struct expected {
    store *s;
    ent_str owner;
    const ent_str *ids;
    bool *there;
    size_t count;
};

static void expected_tell(void *arg, ent_str id)
{
    struct expected *e = arg;

    for (size_t i = 0; i < e->count; i++)
        if (ent_str_equal(e->ids[i], id))
            e->there[i] = true;
}

ent_code store_objects_expect(store *s, const char *owner, const ent_str *ids, size_t count,
                              ent_err *err)
{
    struct expected e = { s, ent_str_of(owner), ids, NULL, count };
    ent_code rc;

    if (s->ops->present == NULL || !s->open || count == 0)
        return ENT_OK;
    e.there = calloc(count, sizeof *e.there);
    if (e.there == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    rc = s->ops->present(s, owner, ids, count, expected_tell, &e, err);
    for (size_t i = 0; rc == ENT_OK && i < count; i++)
        if (!e.there[i])
            store_absent_note(s, e.owner, ids[i]);
    free(e.there);
    return rc;
}

bool store_expects(const store *s)
{
    return s->ops->present != NULL;
}

void store_absent_free(struct store_absent *a)
{
    if (a != NULL)
        ent_arena_free(a->arena);
    free(a);
}
