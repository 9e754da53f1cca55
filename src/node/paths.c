#include "node/paths.h"

#include "graph/keep.h"
#include "node/files.h"
#include "persons/ties.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(ent_arena *arena, const node_home *home)
{
    return node_path(arena, "%s/cache/paths", home->path);
}

/* The first number goes up when a graph is made otherwise of the same holdings: what an earlier
 * program kept may count as evidence what this one does not. */
static ent_code tag_of(desk *d, ent_arena *arena, ent_str *tag, ent_err *err)
{
    int64_t number;

    ENT_TRY(store_change_number(d->store, arena, &number, err));
    *tag = ent_arena_printf(arena, "2 changes %lld", (long long)number);
    return tag->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* ---- reading ---- */

/* The mapping lives as long as the process: one command, one question. */
static bool kept_open(ent_arena *arena, const char *path, ent_str tag, graph **g)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    ent_err none = { 0 };
    void *bytes = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (bytes == MAP_FAILED)
        return false;
    if (graph_kept(arena, (ent_span){ bytes, (size_t)st.st_size }, tag, g, &none) == ENT_OK)
        return true;
    (void)munmap(bytes, (size_t)st.st_size);
    return false;
}

/* ---- writing ---- */

static ent_code bytes_put(void *arg, const void *bytes, size_t size, ent_err *err)
{
    const int *fd = arg;

    for (size_t done = 0; done < size;) {
        ssize_t put = write(*fd, (const uint8_t *)bytes + done, size - done);

        if (put < 0 && errno != EINTR)
            return ent_fail(err, ENT_IO, "the graph could not be kept: %s", strerror(errno));
        done += put > 0 ? (size_t)put : 0;
    }
    return ENT_OK;
}

/* Whole or not there; after a crash it may be lost, and is made again. */
static ent_code kept_write(ent_arena *arena, const node_home *home, const graph *g, ent_str tag,
                           ent_err *err)
{
    const char *path = path_of(arena, home),
               *beside = node_path(arena, "%s.%ld", path, (long)getpid());
    ent_code rc;
    int fd;

    ENT_TRY(node_folder_make(node_path(arena, "%s/cache", home->path), err));
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ent_fail(err, ENT_IO, "cannot write '%s': %s", beside, strerror(errno));
    rc = graph_keep(g, tag, bytes_put, &fd, err);
    if (close(fd) != 0 && rc == ENT_OK)
        rc = ent_fail(err, ENT_IO, "cannot write '%s': %s", beside, strerror(errno));
    if (rc == ENT_OK && rename(beside, path) != 0)
        rc = ent_fail(err, ENT_IO, "cannot write '%s': %s", path, strerror(errno));
    if (rc != ENT_OK)
        (void)unlink(beside);
    return rc;
}

ent_code node_paths_graph(node_desk *nd, ent_arena *arena, graph **g, ent_err *err)
{
    const node_home *home = node_desk_home(nd);
    desk *d = node_desk_desk(nd);
    bool keeps = !store_frozen_shown(d->store) && store_reader_of(d->store) == NULL;
    ent_err ignored = { 0 };
    uint8_t seed[16];
    ent_str tag;

    /* Before anything is read: a change in between makes it older than it is. */
    ENT_TRY(tag_of(d, arena, &tag, err));
    if (keeps && kept_open(arena, path_of(arena, home), tag, g))
        return ENT_OK;
    d->random(d->arg, seed, sizeof seed);
    ENT_TRY(persons_graph(d, arena, seed, g, err));
    if (keeps && kept_write(arena, home, *g, tag, &ignored) != ENT_OK)
        (void)fprintf(stderr, "entente: %s\n", ignored.msg); /* the answer does not need it */
    return ENT_OK;
}

ent_code node_paths_clean(node_desk *nd, ent_arena *arena, ent_err *err)
{
    const char *path = path_of(arena, node_desk_home(nd));
    ent_arena *small;
    graph *g;
    ent_str tag;

    if (!node_file_exists(path))
        return ENT_OK;
    ENT_TRY(tag_of(node_desk_desk(nd), arena, &tag, err));
    small = ent_arena_new(65536);
    if (small == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to look at what is kept");
    if (!kept_open(small, path, tag, &g))
        (void)unlink(path);
    ent_arena_free(small);
    return ENT_OK;
}
