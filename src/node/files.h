/*
 * node/files -- files that are whole or not there.
 *
 * Everything a node keeps outside its store is written by these: the content goes
 * to a temporary name, is synced, renamed, and the folder is synced.  After a
 * crash a file has its old content, its new content, or is absent.  An fsync that
 * fails is final (the kernel may have dropped the pages): the caller must stop,
 * never try the same sync again.
 */
#ifndef ENT_NODE_FILES_H
#define ENT_NODE_FILES_H

#include "base/arena.h"
#include "base/err.h"

/* Creates missing folders of `path` (mode 0700), durably.  IO */
ENT_MUST_USE ent_code node_folder_make(const char *path, ent_err *err);

/* Writes `path` durably with the given mode; missing folders are made. */
ENT_MUST_USE ent_code node_file_write(const char *path, ent_span content, unsigned mode,
                                      ent_err *err);

/*
 * Several files whose order among each other does not matter, made durable together:
 * one journal commit instead of two for each file.  Until node_batch_sync returns a
 * crash may leave any of them old, new, absent or torn, so these are for files that
 * nobody looks at before something else, written afterwards, names them.
 */
typedef struct node_batch node_batch;
ENT_MUST_USE ent_code node_batch_new(node_batch **batch, ent_err *err);
void node_batch_free(node_batch *batch); /* what was not synced is left to the system */
ENT_MUST_USE ent_code node_batch_write(node_batch *batch, const char *path, ent_span content,
                                       unsigned mode, ent_err *err);
ENT_MUST_USE ent_code node_batch_remove(node_batch *batch, const char *path, ent_err *err);
ENT_MUST_USE ent_code node_batch_sync(node_batch *batch, ent_err *err);

/* Reads at most `limit` bytes into the arena (a NUL behind).  NOT_FOUND, LIMIT, IO */
ENT_MUST_USE ent_code node_file_read(ent_arena *arena, const char *path, size_t limit,
                                     ent_str *content, ent_err *err);
/* The same into memory of exactly `size` bytes: for keys, which never live in an
 * arena.  FORMAT if the file has another size. */
ENT_MUST_USE ent_code node_file_read_secret(const char *path, void *bytes, size_t size,
                                            ent_err *err);

/* Removes a file (absent is fine) and syncs its folder. */
ENT_MUST_USE ent_code node_file_remove(const char *path, ent_err *err);
/* The same for a secret: overwritten and synced before its name goes (as far as the disk
 * lets one). */
ENT_MUST_USE ent_code node_file_wipe(const char *path, ent_err *err);
bool node_file_exists(const char *path);

/* Holds an exclusive lock on `path` (made if missing) until the descriptor is
 * closed.  Waits if `wait`; otherwise RETRY when somebody else holds it. */
ENT_MUST_USE ent_code node_lock(const char *path, bool wait, int *fd, ent_err *err);

/* A path in the arena.  One that does not fit becomes a path that cannot exist, so
 * that the next call on it fails and says so. */
const char *node_path(ent_arena *arena, const char *fmt, ...) ENT_PRINTF(2, 3);

#endif
