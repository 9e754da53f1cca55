#include "http/page_int.h"

#include "http/api_int.h"

#include <string.h>

#define PAGE_MEMORY ((size_t)256 << 20)

enum MHD_Result http_reply_queue(struct MHD_Connection *mhd, const http_reply *reply,
                                 struct MHD_Response *response, bool close)
{
    enum MHD_Result rc;

    if (response == NULL)
        return MHD_NO;
    if (reply->type != NULL)
        (void)MHD_add_response_header(response, "Content-Type", reply->type);
    for (size_t i = 0; i < reply->header_count; i++)
        (void)MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (close)
        (void)MHD_add_response_header(response, "Connection", "close");
    rc = MHD_queue_response(mhd, reply->status, response);
    MHD_destroy_response(response);
    return rc;
}

enum MHD_Result http_page_answer(struct MHD_Connection *mhd, const char *method, const char *target,
                                 void (*page)(void *arg, const char *who, http_request *request,
                                              http_reply *reply),
                                 void *arg, const char *who)
{
    size_t size = strlen(target), path = strcspn(target, "?");
    struct api_exchange e = { .mhd = mhd };
    http_reply reply = { .status = 400 };
    ent_arena *arena = ent_arena_new(PAGE_MEMORY);
    enum MHD_Result rc;

    if (arena == NULL)
        return MHD_NO;
    e.request = (http_request){ .method = method,
                                .path = { target, path },
                                .query = { "", 0 },
                                .arena = arena,
                                .on_worker = true };
    if (path < size)
        e.request.query = (ent_str){ target + path + 1, size - path - 1 };
    if (target[0] == '/')
        page(arg, who, &e.request, &reply);
    rc = http_reply_queue(mhd, &reply,
                          MHD_create_response_from_buffer(reply.body.size,
                                                          (void *)(uintptr_t)reply.body.ptr,
                                                          MHD_RESPMEM_MUST_COPY),
                          false);
    ent_arena_free(arena);
    return rc;
}
