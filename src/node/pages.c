#include "node/pages.h"

#include "node/audit.h"
#include "node/files.h"
#include "node/readers.h"
#include "taxii/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct node_pages {
    ent_arena *arena;
    const char *code, *path, *title;
    int journal;
    taxii_server *server; /* NULL: the file is not there */
    struct stat served;   /* the file that it has open */
};

static ent_time clock_now(void *arg)
{
    struct timespec ts;

    (void)arg;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

static ent_code journal_open(node_pages *pages, const node_home *home, ent_err *err)
{
    const char *folder = node_path(pages->arena, "%s/journal/reads", home->path);
    const char *path = node_path(pages->arena, "%s/%s.jsonl", folder, pages->code);

    ENT_TRY(node_folder_make(folder, err));
    pages->journal = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    return pages->journal >= 0
               ? ENT_OK
               : ent_fail(err, ENT_IO, "cannot open '%s': %s", path, strerror(errno));
}

ent_code node_pages_new(const node_home *home, const char *code, node_pages **out, ent_err *err)
{
    node_pages *pages = calloc(1, sizeof *pages);
    ent_code rc;

    if (pages == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the pages of '%s'", code);
    pages->journal = -1;
    pages->code = code;
    pages->arena = ent_arena_new((size_t)1 << 16);
    rc = pages->arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for the pages of '%s'", code)
                              : journal_open(pages, home, err);
    if (rc != ENT_OK) {
        node_pages_free(pages);
        return rc;
    }
    pages->path = node_reader_file(pages->arena, home, code);
    pages->title = node_path(pages->arena, "%s%.*s", home->clock != NULL ? "EXERCISE " : "",
                             ENT_STR_ARG(home->name));
    *out = pages;
    return ENT_OK;
}

void node_pages_free(node_pages *pages)
{
    if (pages == NULL)
        return;
    taxii_server_free(pages->server);
    if (pages->journal >= 0)
        (void)close(pages->journal);
    ent_arena_free(pages->arena);
    free(pages);
}

static ent_code noted(void *arg, ent_arena *arena, const taxii_note *note, ent_err *err)
{
    const node_pages *pages = arg;
    ent_str line;

    ENT_TRY(node_audit_line(arena, note, &line, err));
    return write(pages->journal, line.ptr, line.size) == (ssize_t)line.size
               ? ENT_OK
               : ent_fail(err, ENT_IO, "a read cannot be noted: %s", strerror(errno));
}

/* The file may have been replaced since the last request.  False: there is none. */
static bool file_follow(node_pages *pages)
{
    const taxii_server_config config = { .path = pages->path,
                                         .frozen = true,
                                         .title = pages->title,
                                         .slots = 1,
                                         .now = clock_now,
                                         .noted = noted,
                                         .noted_arg = pages };
    ent_err err = { 0 };
    struct stat now;

    if (stat(pages->path, &now) != 0)
        memset(&now, 0, sizeof now);
    if (pages->server != NULL && now.st_ino == pages->served.st_ino &&
        now.st_dev == pages->served.st_dev && now.st_mtim.tv_sec == pages->served.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == pages->served.st_mtim.tv_nsec)
        return true;
    taxii_server_free(pages->server);
    pages->server = NULL;
    pages->served = now;
    if (now.st_ino == 0)
        return false;
    if (taxii_server_new(&config, &pages->server, &err) == ENT_OK)
        return true;
    pages->server = NULL;
    (void)fprintf(stderr, "entente: what '%s' may read: %s\n", pages->code, err.msg);
    return false;
}

void node_pages_answer(node_pages *pages, http_request *request, http_reply *reply)
{
    *reply = (http_reply){ 0 };
    if (!file_follow(pages)) {
        taxii_error_reply(503, reply);
        return;
    }
    /* Nobody may write here, so nothing asks for a body. */
    if (taxii_server_begin(pages->server, request, ent_str_of(pages->code), reply) != HTTP_ANSWER)
        taxii_error_reply(403, reply);
}
