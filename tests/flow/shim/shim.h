/*
 * shim -- what a library in front of the C library tells, and does, about calls of the program.
 *
 * It is preloaded into a command or a `serve` and all processes below.  A file that everybody
 * maps (ENT_SHIM) says what to do.  It writes down every change of a file or folder below one
 * root, in the order in which they happened, with every sync and what that covers: enough to
 * make any state in which a loss of power may leave the disk (power/disk.h).  Or it lets the
 * n-th call fail, once: of memory, or of files and sockets.  Where neither is asked about, it
 * leaves out what costs time and shows nothing: the work of a passphrase's hash, and syncs.
 */
#ifndef ENT_FLOW_SHIM_H
#define ENT_FLOW_SHIM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#define SHIM_ROOM ((size_t)1 << 30) /* sparse */

typedef enum shim_kind {
    SHIM_MARK = 1, /* of the test: `offset` says which */
    SHIM_CREATE,   /* name in folder -> inode, a file */
    SHIM_FOLDER,   /* the same, a folder */
    SHIM_WRITE,    /* inode, offset, data */
    SHIM_SIZE,     /* inode, offset: it is cut or grown to that */
    SHIM_RENAME,   /* name in folder -> name_to in folder_to */
    SHIM_REMOVE,   /* name in folder */
    SHIM_SYNC      /* inode: what came before event `offset` is durable */
} shim_kind;

typedef struct shim_event {
    uint32_t kind, name, name_to; /* sizes of the names, with their NULs */
    uint32_t data;
    uint64_t inode, folder, folder_to, offset;
    char bytes[]; /* name, name_to, data; to a multiple of 8 */
} shim_event;

typedef enum shim_class { SHIM_NOTHING, SHIM_MEMORY, SHIM_IO } shim_class;

typedef struct shim {
    pthread_mutex_t lock;
    char root[256];
    atomic_uint recording;
    atomic_uint lightly; /* from the first user on, or no passphrase opens anything */
    /* Failing: calls of that class are counted; the one numbered `fail_at` fails. */
    atomic_uint fail_class;
    atomic_ulong calls, fail_at;
    atomic_uint failed;
    char what[96]; /* which call it was */
    uint64_t events;
    size_t used; /* of bytes */
    _Alignas(16) char bytes[];
} shim;

#define SHIM_SIZE_OF(e) \
    ((sizeof(shim_event) + (e)->name + (e)->name_to + (e)->data + 7) & ~(size_t)7)

#endif
