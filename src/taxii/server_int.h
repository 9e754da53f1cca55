/*
 * taxii/server (private) -- one request on its way through the checks.
 */
#ifndef ENT_TAXII_SERVER_INT_H
#define ENT_TAXII_SERVER_INT_H

#include "taxii/filter.h"
#include "taxii/kept_int.h"
#include "taxii/route.h"
#include "taxii/server.h"
#include "taxii/writer.h"

struct taxii_server {
    taxii_server_config config;
    taxii_store **stores; /* one for each thread */
    taxii_kept **kept;    /* likewise; each may be NULL */
    taxii_writer *writer;
    taxii_views *views;
    uint8_t key[TAXII_KEY_SIZE];
};

struct taxii_task {
    taxii_server *server;
    taxii_store *store; /* this thread's */
    http_request *request;
    http_reply *reply;
    ent_arena *arena;
    ent_str user; /* "": without credentials */
    taxii_route route;
    taxii_root root;
    taxii_collection collection;
    taxii_filter filter;
    bool filtered;            /* it was read */
    taxii_reading reading_of; /* of a view */
    int64_t rows;             /* the number of the collection's rows */
    bool reading;             /* GET or HEAD */
};

/* Fills in the reply from what a function of the store returned. */
void taxii_reply_code(struct taxii_task *task, ent_code rc, const ent_err *err);

bool taxii_may_read(const struct taxii_task *task, const taxii_collection *collection);
bool taxii_may_write(const struct taxii_task *task, const taxii_collection *collection);

/* The resources; each fills in task->reply. */
ent_code taxii_discovery_reply(struct taxii_task *task, ent_err *err);
ent_code taxii_api_root_reply(struct taxii_task *task, ent_err *err);
ent_code taxii_status_reply(struct taxii_task *task, ent_err *err);
ent_code taxii_collections_reply(struct taxii_task *task, ent_err *err);
ent_code taxii_collection_reply(struct taxii_task *task, ent_err *err);
bool taxii_is_page(taxii_resource resource);
/* Reads the filter of a page, once.  FORMAT */
ENT_MUST_USE ent_code taxii_page_filter(struct taxii_task *task, ent_err *err);
ent_code taxii_page_reply(struct taxii_task *task, ent_err *err);
ent_code taxii_delete_reply(struct taxii_task *task, ent_err *err);
ent_code taxii_post_reply(struct taxii_task *task, ent_err *err);

/* What the filter selects in the task's collection. */
taxii_select taxii_task_select(const struct taxii_task *task);

#endif
