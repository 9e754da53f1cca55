#include "taxii/server.h"

#include "base/json_write.h"
#include "taxii/media.h"

#include <stdio.h>

/* Constants, so that nothing in an answer can depend on what is hidden. */
static const struct {
    unsigned status;
    const char *title, *body;
} errors[] = {
#define X(status, title)                                                                   \
    { status, title,                                                                       \
      "{\"title\":\"" title "\",\"error_code\":\"" #status "\",\"http_status\":\"" #status \
      "\"}" },
    X(400, "Bad request") X(401, "Credentials are needed, or not right") X(403, "Not allowed")
        X(404, "Not found") X(405, "Method not allowed")
            X(406, "Only application/taxii+json;version=2.1 is served here")
                X(408, "The request took too long") X(413, "The content is too large")
                    X(414, "The address is too long")
                        X(415, "Only application/taxii+json;version=2.1 is taken here")
                            X(422, "The content cannot be processed")
                                X(431, "The head of the request is too large")
                                    X(500, "The server made a mistake") X(501, "This is not served")
                                        X(505, "Only HTTP/1.1 is served here")
                                            X(503, "Not now; try again later")
#undef X
};

void taxii_error_reply(unsigned status, http_reply *reply)
{
    size_t at = sizeof errors / sizeof *errors - 1;

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].status == status)
            at = i;
    reply->status = errors[at].status;
    reply->type = TAXII_MEDIA_TYPE;
    reply->body = ent_str_of(errors[at].body);
    if (status == 401) { /* one challenge for each scheme */
        http_reply_header(reply, "WWW-Authenticate", "Basic realm=\"entente\", charset=\"UTF-8\"");
        http_reply_header(reply, "WWW-Authenticate", "Bearer realm=\"entente\"");
    }
    if (status == 503)
        http_reply_header(reply, "Retry-After", "5");
}

void taxii_error_describe(ent_arena *arena, unsigned status, const char *description,
                          http_reply *reply)
{
    char number[16];
    ent_err err = { 0 };
    ent_buf buf;
    ent_str body;
    ent_jw w;

    taxii_error_reply(status, reply);
    (void)snprintf(number, sizeof number, "%u", status);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "title");
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].status == status)
            ent_jw_c(&w, errors[i].title);
    ent_jw_key(&w, "description");
    ent_jw_c(&w, description);
    ent_jw_key(&w, "error_code");
    ent_jw_c(&w, number);
    ent_jw_key(&w, "http_status");
    ent_jw_c(&w, number);
    ent_jw_end(&w);
    if (ent_buf_done(&buf, &body, &err) == ENT_OK)
        reply->body = body;
}
