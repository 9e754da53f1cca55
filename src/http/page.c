#include "http/page_int.h"

#include "http/api_int.h"

#include <string.h>

#define PAGE_MEMORY ((size_t)256 << 20)

void http_reply_fields(const http_reply *reply, struct MHD_Response *response)
{
    if (response == NULL)
        return;
    if (reply->type != NULL)
        (void)MHD_add_response_header(response, "Content-Type", reply->type);
    for (size_t i = 0; i < reply->header_count; i++)
        (void)MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
}

/* ---- the maker's thread ---- */

/* The answer is copied, so that nothing outlives the call. */
static void page_make(const struct http_maker *maker, struct http_page *page)
{
    size_t size = strlen(page->target), path = strcspn(page->target, "?");
    struct api_exchange e = { .mhd = page->line->mhd };
    http_reply reply = { .status = 400 };
    ent_arena *arena = ent_arena_new(PAGE_MEMORY);

    if (arena == NULL)
        return;
    e.request = (http_request){ .method = page->method,
                                .path = { page->target, path },
                                .query = { "", 0 },
                                .arena = arena,
                                .on_worker = true };
    if (path < size)
        e.request.query = (ent_str){ page->target + path + 1, size - path - 1 };
    if (page->target[0] == '/')
        maker->make(maker->arg, page->who, &e.request, &reply);
    page->status = reply.status;
    page->response = MHD_create_response_from_buffer(
        reply.body.size, (void *)(uintptr_t)reply.body.ptr, MHD_RESPMEM_MUST_COPY);
    http_reply_fields(&reply, page->response);
    ent_arena_free(arena);
}

/* Waits for one; NULL: there will be none that is to be made. */
static struct http_page *page_take(struct http_maker *maker, bool *ending)
{
    struct http_page *page;

    (void)pthread_mutex_lock(&maker->lock);
    while (maker->first == NULL && !maker->ending)
        (void)pthread_cond_wait(&maker->more, &maker->lock);
    page = maker->first;
    if (page != NULL)
        maker->first = page->next;
    if (maker->first == NULL)
        maker->end = &maker->first;
    *ending = maker->ending;
    (void)pthread_mutex_unlock(&maker->lock);
    return page;
}

static void *maker_run(void *arg)
{
    struct http_maker *maker = arg;
    struct http_page *page;
    bool ending;

    while ((page = page_take(maker, &ending)) != NULL) {
        if (!ending)
            page_make(maker, page);
        http_line_wake(page->line); /* from here it is the loop's */
    }
    return NULL;
}

ent_code http_maker_start(struct http_maker *maker, ent_err *err)
{
    (void)pthread_mutex_init(&maker->lock, NULL);
    (void)pthread_cond_init(&maker->more, NULL);
    maker->end = &maker->first;
    maker->running = pthread_create(&maker->thread, NULL, maker_run, maker) == 0;
    return maker->running ? ENT_OK : ent_fail(err, ENT_UNAVAILABLE, "no thread for pages");
}

void http_maker_stop(struct http_maker *maker)
{
    if (!maker->running)
        return;
    (void)pthread_mutex_lock(&maker->lock);
    maker->ending = true;
    (void)pthread_cond_signal(&maker->more);
    (void)pthread_mutex_unlock(&maker->lock);
    (void)pthread_join(maker->thread, NULL);
    (void)pthread_cond_destroy(&maker->more);
    (void)pthread_mutex_destroy(&maker->lock);
    maker->running = false;
}

/* ---- the loops' threads ---- */

void http_page_ask(struct http_maker *maker, struct http_page *page)
{
    (void)pthread_mutex_lock(&maker->lock);
    /* Suspended before the maker can see it, or it would resume what runs. */
    MHD_suspend_connection(page->line->mhd);
    page->next = NULL;
    *maker->end = page;
    maker->end = &page->next;
    (void)pthread_cond_signal(&maker->more);
    (void)pthread_mutex_unlock(&maker->lock);
}

enum MHD_Result http_page_answer(struct http_page *page)
{
    enum MHD_Result rc = MHD_NO;

    if (page->response != NULL)
        rc = MHD_queue_response(page->line->mhd, page->status, page->response);
    http_page_drop(page);
    return rc;
}

void http_page_drop(struct http_page *page)
{
    if (page->response != NULL)
        MHD_destroy_response(page->response);
    page->response = NULL;
}
