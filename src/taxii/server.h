/*
 * taxii/server -- TAXII 2.1 for who is known by now.
 *
 * Answers the requests of http/api: discovery, API roots, collections, objects, manifest,
 * versions, statuses.  Whoever calls has settled who asks; rights are judged here, and
 * what a user may not know of is the same 404 as what is not there.  Checks come in one
 * order: credentials, method, existence and rights, Accept, Content-Type, size,
 * parameters, body.  Every answer is application/taxii+json;version=2.1.
 *
 * A thread of the HTTP server has its own view of the store; writes go through one
 * writer.  Specification: TAXII 2.1 (OASIS, 10 June 2021).
 */
#ifndef ENT_TAXII_SERVER_H
#define ENT_TAXII_SERVER_H

#include "http/api.h"
#include "taxii/store.h"
#include "taxii/view.h"

typedef struct taxii_server taxii_server;

/* What somebody read or did, for the journal; never what objects say. */
typedef struct taxii_note {
    ent_time time;
    const char *verb; /* "objects", "manifest", "object", "versions", "add", "delete" */
    ent_str user;     /* "": without credentials */
    ent_str root, collection, object;
    size_t count;
    ent_time first, last; /* dates of a page; 0: none */
    ent_str ids;          /* of a view's page, a JSON list; or "" */
} taxii_note;

typedef struct taxii_server_config {
    const char *path;  /* the store */
    bool frozen;       /* it is replaced, never changed: nobody can write (s3.8) */
    const char *title; /* of the service */
    size_t slots;      /* threads of the HTTP server */
    ent_time (*now)(void *arg);
    /* A view (a collection with a query) as `user` may see it; `partner` as in taxii_root.
     * NULL: there are none.  `slot` as in http_request. */
    ent_code (*view)(void *arg, size_t slot, ent_arena *arena, ent_str query, ent_str partner,
                     ent_str user, taxii_reading *reading, ent_err *err);
    void *arg;
    /* Called before a page, an addition or a removal is answered; if it fails, the answer is
     * that failure.  NULL: nothing is noted. */
    ent_code (*noted)(void *arg, ent_arena *arena, const taxii_note *note, ent_err *err);
    void *noted_arg;
} taxii_server_config;

ENT_MUST_USE ent_code taxii_server_new(const taxii_server_config *config, taxii_server **server,
                                       ent_err *err);
void taxii_server_free(taxii_server *server);

/* `user` "": somebody without credentials. */
http_next taxii_server_begin(taxii_server *server, http_request *request, ent_str user,
                             http_reply *reply);
void taxii_server_finish(taxii_server *server, http_request *request, http_reply *reply);

/* An error resource (s3.6.1), constant for each status. */
void taxii_error_reply(unsigned status, http_reply *reply);
/* The same with a description for the client's own mistakes. */
void taxii_error_describe(ent_arena *arena, unsigned status, const char *description,
                          http_reply *reply);

#endif
