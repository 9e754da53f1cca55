/* What each resource says. */
#include "taxii/server_int.h"

#include "base/json_write.h"
#include "taxii/media.h"
#include "base/text.h"
#include "taxii/post.h"

#include <sodium.h>
#include <stdio.h>

struct writing {
    ent_buf buf;
    ent_jw w;
};

static void writing_begin(struct writing *out, struct taxii_task *task)
{
    ent_buf_init(&out->buf, task->arena);
    ent_jw_init(&out->w, &out->buf);
    ent_jw_object(&out->w);
}

static ent_code reply_set(struct taxii_task *task, unsigned status, ent_str body)
{
    task->reply->status = status;
    task->reply->type = TAXII_MEDIA_TYPE;
    task->reply->body = body;
    return ENT_OK;
}

static ent_code writing_end(struct writing *out, struct taxii_task *task, unsigned status,
                            ent_err *err)
{
    ent_str body;

    ent_jw_end(&out->w);
    ENT_TRY(ent_buf_done(&out->buf, &body, err));
    return reply_set(task, status, body);
}

static void member(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static void path_member(ent_jw *w, ent_str root)
{
    ent_jw_printf(w, "/%.*s/", ENT_STR_ARG(root));
}

ent_code taxii_discovery_reply(struct taxii_task *task, ent_err *err)
{
    struct writing out;
    taxii_root *roots;
    size_t count;

    ENT_TRY(taxii_known_roots(task->store, task->arena, task->user, &roots, &count, err));
    writing_begin(&out, task);
    member(&out.w, "title", ent_str_of(task->server->config.title));
    if (count > 0) {
        ent_jw_key(&out.w, "default");
        path_member(&out.w, roots[0].name);
        ent_jw_key(&out.w, "api_roots");
        ent_jw_array(&out.w);
        for (size_t i = 0; i < count; i++)
            path_member(&out.w, roots[i].name);
        ent_jw_end(&out.w);
    }
    return writing_end(&out, task, 200, err);
}

ent_code taxii_api_root_reply(struct taxii_task *task, ent_err *err)
{
    struct writing out;

    writing_begin(&out, task);
    member(&out.w, "title", task->root.title);
    ent_jw_key(&out.w, "versions");
    ent_jw_array(&out.w);
    ent_jw_c(&out.w, TAXII_MEDIA_TYPE);
    ent_jw_end(&out.w);
    ent_jw_key(&out.w, "max_content_length");
    ent_jw_int(&out.w, task->root.max_content_length);
    return writing_end(&out, task, 200, err);
}

ent_code taxii_status_reply(struct taxii_task *task, ent_err *err)
{
    task->reply->status = 200;
    task->reply->type = TAXII_MEDIA_TYPE;
    return taxii_status_get(task->store, task->arena, task->root.name, task->route.status,
                            task->user, &task->reply->body, err);
}

static void collection_write(struct taxii_task *task, ent_jw *w, const taxii_collection *c)
{
    static const char *const types[] = { "application/stix+json;version=2.1",
                                         "application/stix+json;version=2.0" };

    member(w, "id", c->id);
    member(w, "title", c->title);
    if (c->alias.size > 0)
        member(w, "alias", c->alias);
    ent_jw_key(w, "can_read");
    ent_jw_bool(w, taxii_may_read(task, c));
    ent_jw_key(w, "can_write");
    ent_jw_bool(w, taxii_may_write(task, c));
    ent_jw_key(w, "media_types");
    ent_jw_array(w);
    for (size_t i = 0; i < 2; i++)
        ent_jw_c(w, types[i]);
    ent_jw_end(w);
}

ent_code taxii_collections_reply(struct taxii_task *task, ent_err *err)
{
    taxii_collection *list;
    struct writing out;
    size_t count, shown = 0;

    ENT_TRY(taxii_known_collections(task->store, task->arena, task->user, task->root.name, &list,
                                    &count, err));
    writing_begin(&out, task);
    for (size_t i = 0; i < count; i++) {
        if (!taxii_may_read(task, &list[i]) && !taxii_may_write(task, &list[i]))
            continue;
        if (shown++ == 0) { /* an empty list is left out (s2) */
            ent_jw_key(&out.w, "collections");
            ent_jw_array(&out.w);
        }
        ent_jw_object(&out.w);
        collection_write(task, &out.w, &list[i]);
        ent_jw_end(&out.w);
    }
    if (shown > 0)
        ent_jw_end(&out.w);
    return writing_end(&out, task, 200, err);
}

ent_code taxii_collection_reply(struct taxii_task *task, ent_err *err)
{
    struct writing out;

    writing_begin(&out, task);
    collection_write(task, &out.w, &task->collection);
    return writing_end(&out, task, 200, err);
}

static ent_code note(struct taxii_task *task, taxii_note note, ent_err *err)
{
    const taxii_server_config *config = &task->server->config;

    if (config->noted == NULL)
        return ENT_OK;
    note.time = config->now(config->arg);
    note.user = task->user;
    note.root = task->root.name;
    note.collection = task->collection.id;
    note.object = task->route.object;
    return config->noted(config->noted_arg, task->arena, &note, err);
}

/* ---- pages ---- */

/* Room that is made for a page at once; a usual object is half a kilobyte. */
#define ROWS_RESERVED   ((size_t)100)
#define OBJECT_RESERVED ((size_t)640)
#define ENTRY_RESERVED  ((size_t)200)

#define STAMP_BEHIND    15 /* its name before it */

struct page {
    struct writing out;
    taxii_resource resource;
    size_t count;
    ent_time first, last;
    ent_time second;                             /* of the stamp */
    char stamp[STAMP_BEHIND + TAXII_STAMP_SIZE]; /* a manifest's `date_added` */
    ent_buf ids; /* of a view's rows, for the journal: a JSON list without its end */
    bool names_ids;
};

/* The date of a row; neighbours are often of one second, and then only its digits differ. */
static void stamp_write(struct page *page, ent_time added)
{
    ent_time micro = added % ENT_SECOND;
    char *at = page->stamp + STAMP_BEHIND + 20; /* behind the seconds and their point */

    if (page->second == 0 || added - micro != page->second || micro < 0) {
        memcpy(page->stamp, ",\"date_added\":\"", STAMP_BEHIND);
        taxii_stamp_write(added, page->stamp + STAMP_BEHIND);
        page->second = added - micro;
        return;
    }
    for (int i = 5; i >= 0; i--, micro /= 10)
        at[i] = (char)('0' + micro % 10);
}

/* In pieces, for pages have thousands of them. */
static void manifest_write(struct page *page, const taxii_row *row)
{
    ent_jw *w = &page->out.w;

    stamp_write(page, row->added);
    ent_jw_raw(w, ENT_STR("{\"id\":"));
    ent_json_string_write(w->buf, row->id);
    ent_buf_put(w->buf, page->stamp, sizeof page->stamp - 1);
    ent_buf_str(w->buf, ENT_STR("\",\"version\":"));
    ent_json_string_write(w->buf, row->version);
    /* A version of digits (taxii_spec_valid), so nothing is to be escaped. */
    ent_buf_str(w->buf, ENT_STR(",\"media_type\":\"application/stix+json;version="));
    ent_buf_str(w->buf, taxii_spec_valid(row->spec) ? row->spec : ENT_STR("2.1"));
    ent_buf_str(w->buf, ENT_STR("\"}"));
}

static ent_code row_write(void *arg, const taxii_row *row, ent_err *err)
{
    struct page *page = arg;
    ent_jw *w = &page->out.w;

    if (page->count++ == 0) {
        page->first = row->added;
        ent_jw_key(w, page->resource == TAXII_VERSIONS ? "versions" : "objects");
        ent_jw_array(w);
    }
    page->last = row->added;
    if (page->names_ids)
        ent_buf_printf(&page->ids, "%s\"%.*s\"", page->count > 1 ? "," : "[", ENT_STR_ARG(row->id));
    if (page->resource == TAXII_MANIFEST)
        manifest_write(page, row);
    else if (page->resource == TAXII_VERSIONS)
        ent_jw_str(w, row->version);
    else
        ent_jw_raw(w, row->bytes);
    return page->out.buf.failed || page->ids.failed ? ent_fail_arena(err) : ENT_OK;
}

static ent_code view_row_read(void *arg, ent_str id, ent_str version, ent_str *bytes, ent_err *err)
{
    const struct taxii_task *task = arg;

    return task->reading_of.read(task->reading_of.arg, task->arena, id, version, bytes, err);
}

/* Where the collection's rows are: its own, or what is kept of the view for the user. */
static ent_code rows_find(struct taxii_task *task, ent_err *err)
{
    const taxii_server_config *config = &task->server->config;
    const taxii_collection *c = &task->collection;

    task->rows = c->number;
    if (c->query.size == 0)
        return ENT_OK;
    if (config->view == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "no views are served");
    ENT_TRY(config->view(config->arg, task->request->slot, task->arena, c->query,
                         task->root.partner, task->user, &task->reading_of, err));
    return taxii_view_refresh(task->server->views, task->store, task->server->writer, task->arena,
                              c->number, &task->reading_of, config->now(config->arg), &task->rows,
                              err);
}

taxii_select taxii_task_select(const struct taxii_task *task)
{
    const taxii_filter *f = &task->filter;
    bool versions = task->route.resource == TAXII_VERSIONS;
    bool one = task->route.object.ptr != NULL;

    return (taxii_select){ .collection = task->rows,
                           .after = f->after,
                           .ids = one ? &task->route.object : f->ids.items,
                           .id_count = one ? 1 : f->ids.count,
                           .types = f->types.items,
                           .type_count = f->types.count,
                           .specs = f->specs.items,
                           .spec_count = f->specs.count,
                           .versions = { .all = versions || f->all,
                                         .first = f->first,
                                         .last = f->last,
                                         .keys = f->versions.items,
                                         .key_count = f->versions.count },
                           .limit = f->limit,
                           .content = task->route.resource == TAXII_OBJECTS ||
                                      task->route.resource == TAXII_OBJECT,
                           .only_bytes = task->route.resource == TAXII_OBJECTS,
                           .read = task->collection.query.size > 0 ? view_row_read : NULL,
                           .read_arg = (void *)(uintptr_t)task };
}

static ent_code date_header(struct taxii_task *task, const char *name, ent_time time, ent_err *err)
{
    char *stamp = ent_arena_alloc(task->arena, TAXII_STAMP_SIZE);

    if (stamp == NULL)
        return ent_fail_arena(err);
    taxii_stamp_write(time, stamp);
    http_reply_header(task->reply, name, stamp);
    return ENT_OK;
}

/* Is there an object at all that this page is about?  Deleted and unknown are 404, a page
 * behind the last one is empty. */
static ent_code object_find(struct taxii_task *task, taxii_select select, ent_err *err)
{
    struct page none = { .resource = TAXII_VERSIONS };
    bool more;

    select.after = 0;
    select.limit = 1;
    select.content = false;
    writing_begin(&none.out, task);
    ENT_TRY(taxii_objects_select(task->store, task->arena, &select, row_write, &none, &more, err));
    return none.count > 0 ? ENT_OK : ent_fail(err, ENT_NOT_FOUND, "no such object");
}

static ent_code page_dates(struct taxii_task *task, const struct page *page, ent_err *err)
{
    ent_time first = page->count > 0 ? page->first : task->filter.added_after;
    ent_time last = page->count > 0 ? page->last : task->filter.added_after;

    /* An empty page has no dates; a client that keeps the last one gets its own back. */
    if (page->count == 0 && !task->filter.has_added_after)
        return ENT_OK;
    ENT_TRY(date_header(task, "X-TAXII-Date-Added-First", first, err));
    return date_header(task, "X-TAXII-Date-Added-Last", last, err);
}

static ent_code page_note(struct taxii_task *task, struct page *page, const char *verb,
                          ent_err *err)
{
    taxii_note said = { .verb = verb,
                        .count = page->count,
                        .first = page->first,
                        .last = page->last,
                        .ids = { "", 0 } };

    if (page->names_ids && page->count > 0) {
        ent_buf_byte(&page->ids, ']');
        ENT_TRY(ent_buf_done(&page->ids, &said.ids, err));
    }
    return note(task, said, err);
}

static const char *const endpoints[] = {
    [TAXII_MANIFEST] = "manifest",
    [TAXII_OBJECTS] = "objects",
    [TAXII_OBJECT] = "object",
    [TAXII_VERSIONS] = "versions",
};

bool taxii_is_page(taxii_resource resource)
{
    return resource < sizeof endpoints / sizeof *endpoints && endpoints[resource] != NULL;
}

/* What a `next` of this page holds for. */
static taxii_bound page_bound(const struct taxii_task *task)
{
    return (taxii_bound){ .key = task->server->key,
                          .root = task->root.name,
                          .collection = task->collection.id,
                          .endpoint = ent_str_of(endpoints[task->route.resource]),
                          .object = task->route.object };
}

ent_code taxii_page_filter(struct taxii_task *task, ent_err *err)
{
    taxii_bound bound = page_bound(task);

    if (!task->filtered)
        ENT_TRY(taxii_filter_read(task->arena, task->request->query,
                                  taxii_route_takes(task->route.resource, false), &bound,
                                  &task->filter, err));
    task->filtered = true;
    return ENT_OK;
}

static ent_code page_write(struct taxii_task *task, struct page *page, ent_err *err)
{
    taxii_bound bound = page_bound(task);
    taxii_select select;
    bool more;

    ENT_TRY(rows_find(task, err));
    select = taxii_task_select(task);
    writing_begin(&page->out, task);
    ent_buf_reserve(&page->out.buf, (select.limit < ROWS_RESERVED ? select.limit : ROWS_RESERVED) *
                                        (select.content ? OBJECT_RESERVED : ENTRY_RESERVED));
    ENT_TRY(taxii_objects_select(task->store, task->arena, &select, row_write, page, &more, err));
    if (page->count == 0 && task->route.object.ptr != NULL)
        ENT_TRY(object_find(task, select, err));
    if (page->count > 0) {
        ent_jw_end(&page->out.w);
        ent_jw_key(&page->out.w, "more");
        ent_jw_bool(&page->out.w, more);
    }
    if (page->count > 0 && more) {
        ent_str token;

        ENT_TRY(taxii_next_write(task->arena, &task->filter, &bound, page->last, &token, err));
        member(&page->out.w, "next", token);
    }
    return writing_end(&page->out, task, 200, err);
}

/* All that a page follows from, beside the file; .ptr NULL: it is not to be kept. */
static ent_str page_key(const struct taxii_task *task)
{
    if (task->collection.query.size > 0)
        return (ent_str){ NULL, 0 };
    return ent_arena_printf(task->arena, "%d %lld %.*s?%.*s", (int)task->route.resource,
                            (long long)task->collection.number, ENT_STR_ARG(task->route.object),
                            ENT_STR_ARG(task->request->query));
}

/* Written now, or a moment ago for somebody: the same bytes for all who may read it. */
static ent_code page_find(struct taxii_task *task, struct page *page, ent_err *err)
{
    taxii_kept *kept = task->server->kept[task->request->slot];
    ent_str key = kept == NULL ? (ent_str){ NULL, 0 } : page_key(task);
    taxii_kept_page found;

    if (key.ptr != NULL &&
        taxii_kept_find(kept, taxii_store_state(task->store), key, task->arena, &found)) {
        page->count = found.count;
        page->first = found.first;
        page->last = found.last;
        return reply_set(task, 200, found.body);
    }
    ENT_TRY(page_write(task, page, err));
    found = (taxii_kept_page){ task->reply->body, page->count, page->first, page->last };
    if (key.ptr != NULL)
        taxii_kept_put(kept, key, &found);
    return ENT_OK;
}

ent_code taxii_page_reply(struct taxii_task *task, ent_err *err)
{
    struct page page = { .resource = task->route.resource,
                         .names_ids = task->collection.query.size > 0 };

    ENT_TRY(taxii_page_filter(task, err));
    ent_buf_init(&page.ids, task->arena);
    ENT_TRY(page_find(task, &page, err));
    ENT_TRY(page_dates(task, &page, err));
    return page_note(task, &page, endpoints[task->route.resource], err);
}

/* ---- writes ---- */

static ent_code delete_write(taxii_store *s, void *arg, ent_err *err)
{
    struct taxii_task *task = arg;
    taxii_select select;

    task->rows = task->collection.number;
    select = taxii_task_select(task);

    return taxii_objects_delete(s, task->arena, &select, err);
}

ent_code taxii_delete_reply(struct taxii_task *task, ent_err *err)
{
    taxii_bound bound = { .key = task->server->key };

    ENT_TRY(taxii_filter_read(task->arena, task->request->query,
                              taxii_route_takes(task->route.resource, true), &bound, &task->filter,
                              err));
    ENT_TRY(taxii_writer_run(task->server->writer, delete_write, task, err));
    ENT_TRY(note(task, (taxii_note){ .verb = "delete", .count = 1, .ids = { "", 0 } }, err));
    return reply_set(task, 200, (ent_str){ "", 0 });
}

struct posting {
    struct taxii_task *task;
    ent_arena *arena;
    taxii_item *items;
    size_t count;
    char id[37];
    ent_str status;
};

static ent_code post_write(taxii_store *s, void *arg, ent_err *err)
{
    struct posting *p = arg;
    struct taxii_task *task = p->task;
    ent_time now = task->server->config.now(task->server->config.arg);

    ENT_TRY(taxii_objects_add(s, p->arena, task->collection.number, now, p->items, p->count, err));
    ENT_TRY(taxii_status_write(task->arena, ent_str_of(p->id), now, p->items, p->count, &p->status,
                               err));
    return taxii_status_put(s, task->root.name, ent_str_of(p->id), task->user, now, p->status, err);
}

ent_code taxii_post_reply(struct taxii_task *task, ent_err *err)
{
    struct posting p = { .task = task };
    ent_str body = { task->request->body.ptr, task->request->body.size };
    uint8_t random[16];
    ent_code rc;

    randombytes_buf(random, sizeof random);
    ent_uuid_write(random, p.id);
    /* What is parsed may be several times the text: small values, each with a place. */
    p.arena = ent_arena_new(((size_t)64 << 20) + 16 * body.size);
    if (p.arena == NULL)
        return ent_fail(err, ENT_RETRY, "no memory for a body");
    rc = taxii_post_read(p.arena, body, &p.items, &p.count, err);
    if (rc == ENT_OK)
        rc = taxii_writer_run(task->server->writer, post_write, &p, err);
    if (rc == ENT_OK)
        rc = note(task, (taxii_note){ .verb = "add", .count = p.count, .ids = { "", 0 } }, err);
    ent_arena_free(p.arena);
    if (rc != ENT_OK)
        return rc;
    return reply_set(task, 202, p.status);
}
