#include "node/border.h"

#include "http/server.h"
#include "link/regain.h"
#include "node/child.h"
#include "node/files.h"
#include "node/pages.h"
#include "node/peers.h"
#include "node/readers.h"
#include "node/sandbox.h"
#include "taxii/server.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#define BORDER_MEMORY ((size_t)16 << 20)
#define PEM_LIMIT     ((size_t)65536)
#define BORDER_LOOPS  4 /* each takes an inotify instance, of which a user may have 128 */

struct door {
    uint8_t pin[HTTP_PIN_SIZE];
    const char *folder, *mirror;
    node_pages *pages; /* of a partner that has no node; NULL: files */
};

struct border {
    ent_arena *arena;
    struct door *doors; /* a peer that is renewing its keys has two to one folder */
    const char **folders;
    size_t count, folder_count;
};

static bool door_find(void *arg, const uint8_t pin[HTTP_PIN_SIZE], char *folder, size_t size)
{
    const struct border *border = arg;

    for (size_t i = 0; i < border->count; i++)
        if (memcmp(border->doors[i].pin, pin, HTTP_PIN_SIZE) == 0)
            return snprintf(folder, size, "%s", border->doors[i].folder) < (int)size;
    return false;
}

static const struct door *door_of(const struct border *border, const char *folder)
{
    for (size_t i = 0; i < border->count; i++)
        if (strcmp(border->doors[i].folder, folder) == 0)
            return &border->doors[i];
    return NULL;
}

/* Of the mirror that we hold of this peer's own log, which it may have lost (link/regain.h). */
static bool mirror_find(void *arg, const char *folder, const char **name, char *other, size_t size)
{
    const struct door *door = door_of(arg, folder);
    const char *rest = link_mirror_name(*name);

    if (rest == NULL || door == NULL || door->mirror == NULL ||
        snprintf(other, size, "%s", door->mirror) >= (int)size)
        return false;
    *name = rest;
    return true;
}

static bool door_pages(void *arg, const char *folder)
{
    const struct door *door = door_of(arg, folder);

    return door != NULL && door->pages != NULL;
}

static void page_answer(void *arg, const char *folder, http_request *request, http_reply *reply)
{
    node_pages_answer(door_of(arg, folder)->pages, request, reply);
}

static ent_code doors_make(struct border *border, const node_home *home, ent_err *err)
{
    node_peer *peers;
    size_t count;

    ENT_TRY(node_peer_list(border->arena, home, &peers, &count, err));
    border->doors = ent_arena_array(border->arena, 2 * count + 1, sizeof *border->doors);
    border->folders = ent_arena_array(border->arena, 2 * count + 1, sizeof *border->folders);
    if (border->doors == NULL || border->folders == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        struct door *door = &border->doors[border->count];
        bool held = peers[i].state == NODE_PEER_HELD;

        if (peers[i].state == NODE_PEER_JOINED ||
            (peers[i].reader && peers[i].state != NODE_PEER_CONFIRMED))
            continue;
        *door = (struct door){
            .folder = node_path(border->arena, "%s/links/%s/out", home->path, peers[i].code),
            .mirror = node_path(border->arena, "%s/links/%s/in", home->path, peers[i].code)
        };
        if (peers[i].reader) {
            door->folder = node_reader_folder(border->arena, home, peers[i].code);
            door->mirror = NULL;
            ENT_TRY(node_pages_new(home, peers[i].code, &door->pages, err));
        }
        memcpy(door->pin, peers[i].courier_pin, sizeof door->pin);
        /* Two who were both restored ask each other: of a held link its own is given back, and
         * nothing of ours, as this process may not read it. */
        if (!held) {
            ENT_TRY(node_folder_make(door->folder, err));
            border->folders[border->folder_count++] = door->folder;
        }
        if (door->mirror != NULL) {
            ENT_TRY(node_folder_make(door->mirror, err));
            border->folders[border->folder_count++] = door->mirror;
        }
        border->count++;
        if (peers[i].renewal.overlap) {
            border->doors[border->count] = *door;
            border->doors[border->count].pages = NULL;
            memcpy(border->doors[border->count++].pin, peers[i].renewal.courier_before,
                   sizeof door->pin);
        }
    }
    return ENT_OK;
}

/* Until the other end is closed. */
static void end_await(int control)
{
    char byte;

    while (read(control, &byte, 1) > 0 || errno == EINTR)
        errno = 0;
}

static ent_code border_serve(struct border *border, const node_home *home, int control,
                             int listen_fd, ent_err *err)
{
    http_server_config config = { .listen_fd = listen_fd,
                                  .prefix = NODE_BORDER_PREFIX,
                                  .held = "checkpoint",
                                  .beside = "cosignature",
                                  .hold_seconds = NODE_HOLD_SECONDS,
                                  .head_seconds = 30,
                                  .loops = BORDER_LOOPS,
                                  .peer = door_find,
                                  .elsewhere = mirror_find,
                                  .pages = door_pages,
                                  .page = page_answer,
                                  .refuse = taxii_error_reply,
                                  .arg = border };
    node_sandbox sandbox = { 0 };
    http_server *server;
    ent_str key, certificate;

    node_descriptors_raise();
    ENT_TRY(doors_make(border, home, err));
    ENT_TRY(node_file_read(border->arena,
                           node_path(border->arena, "%s/keys/border.crt", home->path), PEM_LIMIT,
                           &certificate, err));
    ENT_TRY(node_file_read(border->arena,
                           node_path(border->arena, "%s/keys/border.key", home->path), PEM_LIMIT,
                           &key, err));
    config.certificate = certificate.ptr;
    config.key = key.ptr;
    sandbox.read = border->folders;
    sandbox.read_count = border->folder_count;
    ENT_TRY(node_sandbox_enter(&sandbox, err));
    ENT_TRY(http_server_start(&config, &server, err));
    sodium_memzero((void *)(uintptr_t)key.ptr, key.size);
    if (node_line_send(control, "ready\n", 6, err) == ENT_OK)
        end_await(control);
    http_server_stop(server);
    return ENT_OK;
}

ent_code node_border_run(const node_home *home, int control, int listen_fd, ent_err *err)
{
    struct border border = { .arena = ent_arena_new(BORDER_MEMORY) };
    ent_code rc;

    if (border.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the border");
    rc = border_serve(&border, home, control, listen_fd, err);
    for (size_t i = 0; i < border.count; i++)
        node_pages_free(border.doors[i].pages);
    ent_arena_free(border.arena);
    return rc;
}
