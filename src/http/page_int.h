/*
 * http/page (private) -- answers that are put together, in a thread of their own.
 *
 * What the listener for peers (http/server) does for who reads pages instead of files: a
 * request without a body is put together as http/api.h has it.  That may take long (it is a
 * query), so no loop does it: the connection sleeps meanwhile, and its loop serves others.  One
 * thread makes all pages, in the order in which they were asked for, so that whoever makes them
 * need not know of threads.
 *
 * A page is its loop's, except between http_page_ask and the next call for its request, when it
 * is the maker's.
 */
#ifndef ENT_HTTP_PAGE_INT_H
#define ENT_HTTP_PAGE_INT_H

#include "http/loop_int.h"

#include <pthread.h>

/* One request; all that it borrows lives until it is answered. */
struct http_page {
    struct http_page *next;
    struct http_line *line;
    const char *method, *target; /* as sent */
    const char *who;             /* whom `make` is told that it is for */
    struct MHD_Response *response;
    unsigned status;
};

struct http_maker {
    void (*make)(void *arg, const char *who, http_request *request, http_reply *reply);
    void *arg;
    pthread_t thread;
    bool running;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t more;
    struct http_page *first, **end;
    bool ending;
};

/* The two functions above are the caller's.  UNAVAILABLE */
ENT_MUST_USE ent_code http_maker_start(struct http_maker *maker, ent_err *err);
/* Finishes the page that it is at; the rest are resumed without an answer.  May not have begun. */
void http_maker_stop(struct http_maker *maker);

/* Suspends the connection until the page is made; what the page borrows is filled in. */
void http_page_ask(struct http_maker *maker, struct http_page *page);
/* In the next call for the request: gives the answer; 400 for a target that does not begin with a
 * slash; closes if there is none. */
enum MHD_Result http_page_answer(struct http_page *page);
/* The connection is over, answered or not. */
void http_page_drop(struct http_page *page);

/* Puts type and fields of `reply` on the response.  NULL: there is none, and none is made. */
void http_reply_fields(const http_reply *reply, struct MHD_Response *response);

#endif
