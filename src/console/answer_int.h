/* console/answer (private) -- replies: results, problems, and the fields all of them have. */
#ifndef ENT_CONSOLE_ANSWER_INT_H
#define ENT_CONSOLE_ANSWER_INT_H

#include "console/console.h"

/* What a browser is told with everything that is served. */
void console_answer_guard(http_reply *reply);

/* A problem document (RFC 9457) of a failure; `results` (a JSON array, or ENT_STR_NONE) is
 * what a command said before it failed. */
void console_answer_problem(http_request *request, http_reply *reply, ent_code code,
                            const char *detail, ent_str results);
/* The same for what has no ent_code: 401, 405, 412, 415, and so on. */
void console_answer_refuse(http_reply *reply, unsigned status);

/* What a command said: its lines as `results`, or its failure. */
void console_answer_result(http_request *request, http_reply *reply, const console_result *result);
/* The same for a command that writes bytes. */
void console_answer_bytes(http_request *request, http_reply *reply, const console_result *result);

/* A body of JSON, 200. */
void console_answer_json(http_reply *reply, ent_str body);

/* Gives a reply an entity tag, and turns it into 304 if the client has it already. */
void console_answer_tag(http_request *request, http_reply *reply);

#endif
