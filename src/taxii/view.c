#include "taxii/view.h"

#include <pthread.h>
#include <stdlib.h>

#define BUSY        32
#define CHUNK       1000
#define CHUNK_BYTES ((size_t)64 << 20)

struct taxii_views {
    pthread_mutex_t lock;
    int64_t busy[BUSY]; /* shadows; 0: free */
};

ent_code taxii_views_new(taxii_views **out, ent_err *err)
{
    taxii_views *views = calloc(1, sizeof *views);

    if (views == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for views");
    (void)pthread_mutex_init(&views->lock, NULL);
    *out = views;
    return ENT_OK;
}

void taxii_views_free(taxii_views *views)
{
    if (views == NULL)
        return;
    (void)pthread_mutex_destroy(&views->lock);
    free(views);
}

/* False: another thread is at it, or too many are at others. */
static bool busy_begin(taxii_views *views, int64_t number)
{
    int64_t *place = NULL;
    bool there = false;

    (void)pthread_mutex_lock(&views->lock);
    for (size_t i = 0; i < BUSY; i++) {
        there |= views->busy[i] == number;
        if (views->busy[i] == 0)
            place = &views->busy[i];
    }
    if (!there && place != NULL)
        *place = number;
    (void)pthread_mutex_unlock(&views->lock);
    return !there && place != NULL;
}

static void busy_end(taxii_views *views, int64_t number)
{
    (void)pthread_mutex_lock(&views->lock);
    for (size_t i = 0; i < BUSY; i++)
        if (views->busy[i] == number)
            views->busy[i] = 0;
    (void)pthread_mutex_unlock(&views->lock);
}

/* ---- writing ---- */

struct refresh {
    taxii_store *s; /* for reading */
    taxii_writer *writer;
    ent_arena *arena; /* of the request */
    ent_arena *chunk; /* of the items that wait to be written */
    const taxii_reading *reading;
    int64_t collection;
    ent_time now;
    taxii_shadow shadow;
    taxii_item *items;
    size_t count;
};

static ent_code shadow_make(taxii_store *s, void *arg, ent_err *err)
{
    struct refresh *r = arg;
    ent_code rc =
        taxii_shadow_get(s, r->arena, r->collection, r->reading->audience, &r->shadow, err);

    if (rc != ENT_NOT_FOUND)
        return rc;
    *err = (ent_err){ 0 };
    ENT_TRY(taxii_shadow_add(s, r->arena, r->collection, r->reading->audience, err));
    return taxii_shadow_get(s, r->arena, r->collection, r->reading->audience, &r->shadow, err);
}

static ent_code items_write(taxii_store *s, void *arg, ent_err *err)
{
    struct refresh *r = arg;

    ENT_TRY(taxii_objects_mirror(s, r->chunk, r->shadow.number, r->now, r->items, r->count, err));
    return taxii_shadow_set(s, r->chunk, &r->shadow, err);
}

static ent_code items_flush(struct refresh *r, ent_err *err)
{
    ent_code rc = taxii_writer_run(r->writer, items_write, r, err);

    r->count = 0;
    r->items = NULL;
    ent_arena_reset(r->chunk);
    return rc;
}

static ent_code item_put(struct refresh *r, const taxii_view_row *row, ent_err *err)
{
    taxii_item *item;

    if (r->items == NULL)
        r->items = ent_arena_array(r->chunk, CHUNK, sizeof *r->items);
    if (r->items == NULL)
        return ent_fail_arena(err);
    item = &r->items[r->count];
    *item = (taxii_item){ .id = ent_arena_str(r->chunk, row->id),
                          .type = ent_arena_str(r->chunk, row->type),
                          .version = ent_arena_str(r->chunk, row->version),
                          .version_key = { "", 0 },
                          .spec = ENT_STR("2.1"),
                          .bytes = { "", 0 },
                          .outcome = row->permitted ? TAXII_ADDED : TAXII_REFUSED };
    if (item->id.ptr == NULL || item->type.ptr == NULL || item->version.ptr == NULL)
        return ent_fail_arena(err);
    if (item->version.size > 0)
        ENT_TRY(taxii_version_key(r->chunk, item->version, &item->version_key, err));
    r->count++;
    return r->count == CHUNK ? items_flush(r, err) : ENT_OK;
}

/* ---- what is new, and what is gone ---- */

static ent_code row_take(void *arg, const taxii_view_row *row, ent_err *err)
{
    struct refresh *r = arg;

    if (row->number > r->shadow.position)
        r->shadow.position = row->number;
    return item_put(r, row, err);
}

struct purge {
    struct refresh *r;
    ent_arena *scratch;
    ent_time last;
    ent_str *gone;
    size_t count;
};

static ent_code row_check(void *arg, const taxii_row *row, ent_err *err)
{
    struct purge *p = arg;
    ent_str bytes;
    ent_code rc;

    p->last = row->added;
    ent_arena_reset(p->scratch);
    rc = p->r->reading->read(p->r->reading->arg, p->scratch, row->id, row->version, &bytes, err);
    if (rc != ENT_NOT_FOUND)
        return rc;
    *err = (ent_err){ 0 };
    p->gone[p->count] = ent_arena_str(p->r->arena, row->id);
    return p->gone[p->count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* What was there and may not be read any more. */
static ent_code gone_remove(struct refresh *r, ent_err *err)
{
    struct purge p = { .r = r,
                       .scratch = ent_arena_new(CHUNK_BYTES),
                       .gone = ent_arena_array(r->arena, CHUNK, sizeof *p.gone) };
    ent_code rc = p.scratch == NULL || p.gone == NULL ? ent_fail_arena(err) : ENT_OK;
    bool more = true;

    while (rc == ENT_OK && more) {
        taxii_select select = { .collection = r->shadow.number,
                                .after = p.last,
                                .versions = { .last = true },
                                .limit = CHUNK };

        p.count = 0;
        rc = taxii_objects_select(r->s, r->arena, &select, row_check, &p, &more, err);
        for (size_t i = 0; i < p.count && rc == ENT_OK; i++)
            rc = item_put(
                r, &(taxii_view_row){ .id = p.gone[i], .version = { "", 0 }, .type = { "", 0 } },
                err);
    }
    ent_arena_free(p.scratch);
    return rc;
}

static ent_code refresh_run(struct refresh *r, ent_err *err)
{
    bool anew = !ent_str_equal(r->shadow.state, r->reading->state);
    int64_t before = r->shadow.position;

    if (anew) {
        /* The state is noted with the last of it, so that a stop in between begins again. */
        r->shadow.position = 0;
        ENT_TRY(gone_remove(r, err));
    }
    ENT_TRY(r->reading->each(r->reading->arg, r->shadow.position, row_take, r, err));
    if (!anew && r->shadow.position == before)
        return ENT_OK;
    r->shadow.state = r->reading->state;
    return items_flush(r, err);
}

ent_code taxii_view_refresh(taxii_views *views, taxii_store *s, taxii_writer *writer,
                            ent_arena *arena, int64_t collection, const taxii_reading *reading,
                            ent_time now, int64_t *number, ent_err *err)
{
    struct refresh r = { .s = s,
                         .writer = writer,
                         .arena = arena,
                         .reading = reading,
                         .collection = collection,
                         .now = now };
    ent_code rc = taxii_shadow_get(s, arena, collection, reading->audience, &r.shadow, err);

    if (rc == ENT_NOT_FOUND) {
        *err = (ent_err){ 0 };
        rc = taxii_writer_run(writer, shadow_make, &r, err);
    }
    if (rc != ENT_OK)
        return rc;
    *number = r.shadow.number;
    if (!busy_begin(views, r.shadow.number))
        return ENT_OK;
    /* As it is now that nobody else is at it. */
    rc = taxii_shadow_get(s, arena, collection, reading->audience, &r.shadow, err);
    r.chunk = ent_arena_new(CHUNK_BYTES);
    if (rc == ENT_OK)
        rc = r.chunk == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a view")
                             : refresh_run(&r, err);
    busy_end(views, *number);
    ent_arena_free(r.chunk);
    return rc;
}
