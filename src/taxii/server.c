#include "taxii/server_int.h"

#include "taxii/media.h"

#include <stdlib.h>
#include <strings.h>

#define IDS_SHORT   64 /* values of match that a loop looks up itself */
#define TYPES_SHORT 8

/* ---- rights ---- */

bool taxii_may_read(const struct taxii_task *task, const taxii_collection *collection)
{
    if (task->root.is_public)
        return true;
    return task->user.size > 0 && taxii_names_have(collection->read, task->user);
}

bool taxii_may_write(const struct taxii_task *task, const taxii_collection *collection)
{
    return !task->server->config.frozen && task->user.size > 0 &&
           taxii_names_have(collection->write, task->user);
}

/* ---- failures ---- */

void taxii_reply_code(struct taxii_task *task, ent_code rc, const ent_err *err)
{
    *task->reply = (http_reply){ 0 };
    switch (rc) {
    case ENT_FORMAT:
        taxii_error_describe(task->arena, 400, err->msg, task->reply);
        break;
    case ENT_USAGE:
        taxii_error_describe(task->arena, task->reading ? 400 : 422, err->msg, task->reply);
        break;
    case ENT_NOT_FOUND:
        taxii_error_reply(404, task->reply);
        break;
    case ENT_DENIED:
        taxii_error_reply(403, task->reply);
        break;
    case ENT_LIMIT:
        taxii_error_reply(task->reading ? 500 : 413, task->reply);
        break;
    case ENT_RETRY:
    case ENT_MEMORY:
        taxii_error_reply(503, task->reply);
        break;
    case ENT_OK:
    case ENT_NO:
    case ENT_CONFLICT:
    case ENT_UNAVAILABLE:
    case ENT_BUG:
    case ENT_IO:
    case ENT_UNTRUSTED:
    case ENT_CONFIG:
    case ENT_CODE_COUNT:
        taxii_error_reply(500, task->reply);
        break;
    }
}

/* ---- the checks, in their order ---- */

static bool answered(struct taxii_task *task, unsigned status)
{
    taxii_error_reply(status, task->reply);
    return true;
}

/* Without credentials only public roots can be read; what is not there asks for
 * credentials like what is. */
static bool credentials_wrong(struct taxii_task *task, ent_code root)
{
    bool open = root == ENT_OK && task->root.is_public && task->reading &&
                task->route.resource != TAXII_STATUS && task->route.resource != TAXII_NOTHING;

    return task->user.size == 0 && !open && answered(task, 401);
}

static bool method_wrong(struct taxii_task *task)
{
    if (task->route.resource == TAXII_NOTHING ||
        taxii_route_allows(task->route.resource, task->request->method))
        return false;
    taxii_error_reply(405, task->reply);
    http_reply_header(task->reply, "Allow", taxii_route_methods(task->route.resource));
    return true;
}

static bool rights_missing(struct taxii_task *task, ent_code root, ent_err *err)
{
    const taxii_collection *c = &task->collection;
    bool may_read, may_write, wants_write = !task->reading;
    ent_code rc;

    if (task->route.resource == TAXII_DISCOVERY)
        return false;
    if (task->route.resource == TAXII_NOTHING || root == ENT_NOT_FOUND)
        return answered(task, 404);
    if (root != ENT_OK) {
        taxii_reply_code(task, root, err);
        return true;
    }
    if (task->route.collection.ptr == NULL)
        return false;
    rc = taxii_known_collection(task->store, task->arena, task->user, task->root.name,
                                task->route.collection, &task->collection, err);
    if (rc != ENT_OK) {
        taxii_reply_code(task, rc, err);
        return true;
    }
    may_read = taxii_may_read(task, c);
    may_write = taxii_may_write(task, c);
    if (!may_read && !may_write)
        return answered(task, 404);
    if (task->route.resource == TAXII_COLLECTION)
        return false;
    /* s5.7: deleting needs both. */
    if ((wants_write && !may_write) || (task->reading && !may_read) ||
        (task->route.resource == TAXII_OBJECT && wants_write && !may_read))
        return answered(task, 403);
    return false;
}

/* A client that drops the slash gets what it means; its body would not survive being
 * sent elsewhere, so other methods are told where to go (308 keeps method and body). */
static bool slash_missing(struct taxii_task *task)
{
    ent_str location;

    if (task->route.slash || task->reading)
        return false;
    location = ent_arena_printf(task->arena, "%.*s/%s%.*s", ENT_STR_ARG(task->request->path),
                                task->request->query.size > 0 ? "?" : "",
                                ENT_STR_ARG(task->request->query));
    if (location.ptr == NULL)
        return answered(task, 500);
    task->reply->status = 308;
    task->reply->type = TAXII_MEDIA_TYPE;
    task->reply->body = (ent_str){ "", 0 };
    http_reply_header(task->reply, "Location", location.ptr);
    return true;
}

static bool media_wrong(struct taxii_task *task)
{
    http_request *request = task->request;
    ent_str accept = http_request_list(request, "Accept");
    const char *type, *coding;

    if (accept.ptr == NULL || !taxii_media_accepted(accept))
        return answered(task, 406);
    if (strcmp(request->method, "POST") != 0)
        return false;
    type = http_request_header(request, "Content-Type");
    if (type == NULL || !taxii_media_readable(ent_str_of(type)))
        return answered(task, 415);
    coding = http_request_header(request, "Content-Encoding");
    request->inflate =
        coding != NULL && (strcasecmp(coding, "gzip") == 0 || strcasecmp(coding, "x-gzip") == 0);
    if (coding != NULL && !request->inflate && strcasecmp(coding, "identity") != 0) {
        taxii_error_reply(415, task->reply);
        http_reply_header(task->reply, "Accept-Encoding", "gzip");
        return true;
    }
    return false;
}

static bool size_wrong(struct taxii_task *task)
{
    task->request->limit = (uint64_t)task->root.max_content_length;
    return strcmp(task->request->method, "POST") == 0 && !task->request->inflate &&
           task->request->length > task->request->limit && answered(task, 413);
}

static bool refused(struct taxii_task *task)
{
    ent_err err = { 0 };
    ent_code root = ENT_NOT_FOUND;

    if (taxii_route_read(task->arena, task->request->path, &task->route, &err) == ENT_LIMIT)
        return answered(task, 503);
    if (task->route.resource != TAXII_NOTHING && task->route.resource != TAXII_DISCOVERY)
        root = taxii_known_root(task->store, task->arena, task->user, task->route.root, &task->root,
                                &err);
    return credentials_wrong(task, root) || method_wrong(task) ||
           rights_missing(task, root, &err) || slash_missing(task) || media_wrong(task) ||
           size_wrong(task);
}

/* ---- requests ---- */

static ent_code resource_reply(struct taxii_task *task, ent_err *err)
{
    switch (task->route.resource) {
    case TAXII_DISCOVERY:
        return taxii_discovery_reply(task, err);
    case TAXII_API_ROOT:
        return taxii_api_root_reply(task, err);
    case TAXII_STATUS:
        return taxii_status_reply(task, err);
    case TAXII_COLLECTIONS:
        return taxii_collections_reply(task, err);
    case TAXII_COLLECTION:
        return taxii_collection_reply(task, err);
    case TAXII_MANIFEST:
    case TAXII_OBJECTS:
    case TAXII_VERSIONS:
        return taxii_page_reply(task, err);
    case TAXII_OBJECT:
        return task->reading ? taxii_page_reply(task, err) : taxii_delete_reply(task, err);
    case TAXII_NOTHING:
        break;
    }
    return ent_fail(err, ENT_NOT_FOUND, "no such resource");
}

/* What may take longer than a page of current versions: a commit, a view, and filters that
 * walk, which a `next` may hold without the query's showing it. */
static bool is_long(struct taxii_task *task)
{
    const taxii_filter *f = &task->filter;
    ent_err err = { 0 };

    if (!task->reading || task->collection.query.size > 0)
        return true;
    if (!taxii_is_page(task->route.resource) || taxii_page_filter(task, &err) != ENT_OK)
        return false;
    return f->specs.count > 0 || f->versions.count > 0 || f->all || f->first || !f->last ||
           f->ids.count > IDS_SHORT || f->types.count > TYPES_SHORT;
}

/* The head is good: what is to be done? */
static http_next step_next(struct taxii_task *task)
{
    if (strcmp(task->request->method, "POST") == 0)
        return HTTP_BODY;
    return !task->request->on_worker && is_long(task) ? HTTP_WAIT : HTTP_ANSWER;
}

/* Rights and page are of one state of the store; only what a view writes before it is read
 * is to be seen. */
static http_next task_run(struct taxii_task *task)
{
    http_next next = HTTP_ANSWER;
    ent_err err = { 0 };
    ent_code rc = taxii_store_look(task->store, &err);
    bool looking = rc == ENT_OK, over = looking && refused(task);

    if (looking && !over)
        next = step_next(task);
    if (looking && task->collection.query.size > 0) {
        taxii_store_looked(task->store);
        looking = false;
    }
    if (rc == ENT_OK && !over && next == HTTP_ANSWER)
        rc = resource_reply(task, &err);
    if (looking)
        taxii_store_looked(task->store);
    if (rc != ENT_OK)
        taxii_reply_code(task, rc, &err);
    return next;
}

http_next taxii_server_begin(taxii_server *server, http_request *request, ent_str user,
                             http_reply *reply)
{
    struct taxii_task *task = ent_arena_alloc(request->arena, sizeof *task);

    if (task == NULL) {
        taxii_error_reply(503, reply);
        return HTTP_ANSWER;
    }
    *task = (struct taxii_task){ .server = server,
                                 .store = server->stores[request->slot],
                                 .request = request,
                                 .reply = reply,
                                 .arena = request->arena,
                                 .user = user,
                                 .reading = strcmp(request->method, "GET") == 0 ||
                                            strcmp(request->method, "HEAD") == 0 };
    request->state = task;
    return task_run(task);
}

void taxii_server_finish(taxii_server *server, http_request *request, http_reply *reply)
{
    struct taxii_task *task = request->state;
    ent_err err = { 0 };
    ent_code rc = request->body_rc;

    task->store = server->stores[request->slot];
    task->reply = reply;
    if (rc == ENT_FORMAT)
        (void)ent_fail(&err, ENT_FORMAT, "the content is not whole gzip");
    if (rc == ENT_OK)
        rc = taxii_post_reply(task, &err);
    if (rc != ENT_OK)
        taxii_reply_code(task, rc, &err);
}

/* ---- start and stop ---- */

static ent_code stores_open(taxii_server *server, ent_err *err)
{
    const taxii_server_config *config = &server->config;
    ent_arena *arena = ent_arena_new((size_t)1 << 16);
    ent_code rc =
        arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for the TAXII server") : ENT_OK;

    for (size_t i = 0; i < config->slots && rc == ENT_OK; i++) {
        server->kept[i] = taxii_kept_new();
        rc = config->frozen ? taxii_store_open_frozen(arena, config->path, &server->stores[i], err)
                            : taxii_store_open(config->path, &server->stores[i], err);
    }
    ent_arena_free(arena);
    if (rc == ENT_OK && !config->frozen)
        rc = taxii_writer_new(config->path, &server->writer, err);
    return rc;
}

ent_code taxii_server_new(const taxii_server_config *config, taxii_server **out, ent_err *err)
{
    taxii_server *server = calloc(1, sizeof *server);
    ent_code rc = ENT_OK;

    if (server == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the TAXII server");
    server->config = *config;
    server->stores = calloc(config->slots, sizeof(taxii_store *));
    server->kept = calloc(config->slots, sizeof(taxii_kept *));
    if (server->stores == NULL || server->kept == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory for the TAXII server");
    if (rc == ENT_OK)
        rc = stores_open(server, err);
    if (rc == ENT_OK)
        rc = taxii_views_new(&server->views, err);
    if (rc == ENT_OK)
        rc = taxii_store_key(server->stores[0], server->key, err);
    if (rc != ENT_OK) {
        taxii_server_free(server);
        return rc;
    }
    *out = server;
    return ENT_OK;
}

void taxii_server_free(taxii_server *server)
{
    if (server == NULL)
        return;
    taxii_writer_free(server->writer);
    taxii_views_free(server->views);
    for (size_t i = 0; server->stores != NULL && i < server->config.slots; i++)
        taxii_store_close(server->stores[i]);
    for (size_t i = 0; server->kept != NULL && i < server->config.slots; i++)
        taxii_kept_free(server->kept[i]);
    free(server->stores);
    free(server->kept);
    free(server);
}
