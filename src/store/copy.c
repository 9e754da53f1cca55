/* One store's rows and documents into another: backups of a server, and moving to one. */
#include "store/backend_int.h"

#define ROOM ((size_t)64 << 20)

struct copy {
    store *from, *to;
    ent_arena *arena;
    int64_t rows;
};

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct copy *c = arg;
    store_object o = { .owner = row->owner,
                       .id = row->id,
                       .version = row->version,
                       .type = row->type,
                       .bytes = row->bytes,
                       .received = row->received,
                       .source = row->source,
                       .retention = row->retention,
                       .handling = row->handling,
                       .quarantine = row->quarantine,
                       .when = row->when,
                       .place = row->place };
    ent_str *keys = NULL, *refs = NULL;

    ent_arena_reset(c->arena);
    o.text = ENT_STR("");
    if (row->latest) {
        ENT_TRY(c->from->ops->keys_of(c->from, c->arena, row->number, &keys, &o.key_count, err));
        ENT_TRY(c->from->ops->refs_of(c->from, c->arena, row->number, &refs, &o.ref_count, err));
        ENT_TRY(c->from->ops->text_of(c->from, c->arena, row->number, &o.text, err));
        o.keys = keys;
        o.refs = refs;
    }
    c->rows++;
    return c->to->ops->put_row(c->to, &o, row->latest, row->tombstone, err);
}

static ent_code doc_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct copy *c = arg;
    store_doc whole;

    c->rows++;
    ent_arena_reset(c->arena);
    ENT_TRY(c->from->ops->doc_get(c->from, c->arena, ent_arena_str(c->arena, doc->kind).ptr,
                                  doc->id, &whole, err));
    return c->to->ops->doc_put(c->to, &whole, err);
}

static ent_code is_there(void *arg, const store_row *row, ent_err *err)
{
    (void)row;
    (void)err;
    *(bool *)arg = true;
    return ENT_OK;
}

static ent_code doc_there(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    *(bool *)arg = true;
    return ENT_OK;
}

static ent_code copy_run(struct copy *c, ent_err *err)
{
    const store_query every = { .every = true }, one = { .every = true, .limit = 1 };
    bool there = false;

    ENT_TRY(c->to->ops->each(c->to, &one, is_there, &there, err));
    ENT_TRY(c->to->ops->docs_each(c->to, NULL, NULL, NULL, doc_there, &there, err));
    if (there)
        return ent_fail(err, ENT_CONFLICT, "the store that is to be filled is not empty");
    ENT_TRY(c->from->ops->each(c->from, &every, row_take, c, err));
    return c->from->ops->docs_each(c->from, NULL, NULL, NULL, doc_take, c, err);
}

ent_code store_copy(store *from, store *to, ent_err *err)
{
    struct copy c = { from, to, ent_arena_new(ROOM), 0 };
    ent_code rc;

    if (c.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to copy a store");
    /* A writer waits while the copy is made, so that it is of one moment. */
    rc = store_begin(from, err);
    if (rc == ENT_OK)
        rc = store_begin(to, err);
    if (rc == ENT_OK)
        rc = copy_run(&c, err);
    rc = store_end(to, rc, err);
    store_rollback(from);
    ent_arena_free(c.arena);
    return rc;
}
