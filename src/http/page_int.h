/*
 * http/page (private) -- one answer to one request, at once.
 *
 * What the listener for peers (http/server) does for who reads pages instead of files: a
 * request without a body is put together as http/api.h has it, answered in the listener's
 * own thread, and the answer copied, so that nothing outlives the call.
 */
#ifndef ENT_HTTP_PAGE_INT_H
#define ENT_HTTP_PAGE_INT_H

#include "http/api.h"

#include <microhttpd.h>

/* Puts type and fields of `reply` on the response and queues it; lets go of the response.
 * NULL: there is none, and the connection is closed. */
enum MHD_Result http_reply_queue(struct MHD_Connection *mhd, const http_reply *reply,
                                 struct MHD_Response *response, bool close);

/* Answers by what `page` fills in; 400 for a target that does not begin with a slash. */
enum MHD_Result http_page_answer(struct MHD_Connection *mhd, const char *method, const char *target,
                                 void (*page)(void *arg, const char *who, http_request *request,
                                              http_reply *reply),
                                 void *arg, const char *who);

#endif
