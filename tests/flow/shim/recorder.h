/*
 * recorder -- the shim, put in front of the commands of a pair of nodes.
 */
#ifndef ENT_FLOW_RECORDER_H
#define ENT_FLOW_RECORDER_H

#include "flow/pair.h"
#include "flow/shim/shim.h"

#include <sys/mman.h>

typedef struct recorder {
    shim *map;
    char path[128];
} recorder;

/* A sanitizer must be the first library itself. */
#ifdef __SANITIZE_ADDRESS__
#define RECORDER_OR_SKIP()                                           \
    do {                                                             \
        print_message("# skipped: not together with a sanitizer\n"); \
        skip();                                                      \
    } while (0)
#else
#define RECORDER_OR_SKIP() (void)0
#endif

/* From now on every process that is started has the shim. */
static inline void recorder_begin(recorder *r, const pair *p, bool recording)
{
    pthread_mutexattr_t how;
    char library[4200], *slash;
    int fd;

    (void)snprintf(library, sizeof library, "%s", p->program);
    slash = strrchr(library, '/');
    (void)snprintf(slash, sizeof library - (size_t)(slash - library), "/tests/flow/shim.so");
    assert_int_equal(access(library, R_OK), 0);
    (void)snprintf(r->path, sizeof r->path, "%.100s.shim", p->folder);
    fd = open(r->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, (off_t)SHIM_ROOM) == 0);
    r->map = mmap(NULL, SHIM_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(r->map != MAP_FAILED);
    (void)close(fd);
    (void)pthread_mutexattr_init(&how);
    (void)pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    (void)pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    (void)pthread_mutex_init(&r->map->lock, &how);
    (void)snprintf(r->map->root, sizeof r->map->root, "%s", p->folder);
    atomic_store(&r->map->recording, recording);
    (void)setenv("ENT_SHIM", r->path, 1);
    (void)setenv("LD_PRELOAD", library, 1);
}

/* What was written down stays mapped. */
static inline void recorder_end(recorder *r)
{
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv("ENT_SHIM");
    (void)unlink(r->path);
}

/* A moment between two events; its number. */
static inline uint32_t recorder_mark(recorder *r)
{
    shim_event *e;
    uint32_t number;

    (void)pthread_mutex_lock(&r->map->lock);
    number = (uint32_t)r->map->events++;
    e = (shim_event *)(void *)(r->map->bytes + r->map->used);
    *e = (shim_event){ .kind = SHIM_MARK };
    r->map->used += SHIM_SIZE_OF(e);
    (void)pthread_mutex_unlock(&r->map->lock);
    return number;
}

#endif
