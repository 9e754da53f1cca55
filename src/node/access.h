/*
 * node/access -- how the client listener fares: counters for Prometheus, lines for the log.
 *
 * Neither says anything of content, of ids or of who asked: the journal of reads does
 * (node/audit.h).  A line is JSON on standard error with the trace of W3C Trace Context
 * (`traceparent`; a new one if the client sent none), so that a request can be followed
 * across systems.  Written are answers that somebody should look at: 401, 403, 5xx and
 * what took a second; with ENTENTE_LOG=requests all.  For many threads at once.
 */
#ifndef ENT_NODE_ACCESS_H
#define ENT_NODE_ACCESS_H

#include "base/buf.h"
#include "base/time.h"
#include "http/api.h"

typedef struct node_access node_access;

ENT_MUST_USE ent_code node_access_new(ent_time now, node_access **access, ent_err *err);
void node_access_free(node_access *access);

/* A request is answered; `route` is a word for what was asked for, of a closed set. */
void node_access_note(node_access *access, const http_request *request, const char *route,
                      const http_reply *reply, ent_time now);

/* In the text format of Prometheus 0.0.4. */
void node_access_metrics(node_access *access, ent_buf *buf);

/* The trace id of a `traceparent` field (Trace Context s3.2), in hex; false: it is none. */
bool node_trace_read(const char *traceparent, char trace[33]);

#endif
