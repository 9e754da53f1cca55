/* sync_file_range is GNU. */
#define _GNU_SOURCE

#include "node/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096
/* Below what is no folder nothing can be made, not by root either. */
#define NOWHERE "/dev/null/"

static ent_code io_fail(ent_err *err, const char *doing, const char *path)
{
    return ent_fail(err, errno == ENOENT ? ENT_NOT_FOUND : ENT_IO, "cannot %s '%s': %s", doing,
                    path, strerror(errno));
}

/* The folder of `path` into `folder`. */
static ent_code folder_of(const char *path, char folder[PATH_SIZE], ent_err *err)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 1 : (size_t)(slash - path);

    if (size >= PATH_SIZE)
        return ent_fail(err, ENT_LIMIT, "a path of %zu bytes is too long", size);
    memcpy(folder, slash == NULL ? "." : path, size);
    folder[size] = '\0';
    return ENT_OK;
}

static ent_code folder_sync(const char *folder, ent_err *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed;

    if (fd < 0)
        return io_fail(err, "open the folder", folder);
    failed = fsync(fd);
    (void)close(fd);
    return failed != 0 ? io_fail(err, "sync the folder", folder) : ENT_OK;
}

/* One folder; its name, in the folder above, is durable as well. */
static ent_code folder_add(const char *path, ent_err *err)
{
    char above[PATH_SIZE];

    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? ENT_OK : io_fail(err, "make the folder", path);
    ENT_TRY(folder_of(path, above, err));
    return folder_sync(above[0] == '\0' ? "/" : above, err);
}

ent_code node_folder_make(const char *path, ent_err *err)
{
    char part[PATH_SIZE];
    size_t size = strlen(path);

    if (size >= sizeof part)
        return ent_fail(err, ENT_LIMIT, "a path of %zu bytes is too long", size);
    memcpy(part, path, size + 1);
    for (char *p = part + 1; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        ENT_TRY(folder_add(part, err));
        *p = '/';
    }
    return folder_add(part, err);
}

static ent_code all_write(int fd, ent_span content, const char *path, ent_err *err)
{
    const char *p = content.ptr;

    for (size_t left = content.size; left > 0;) {
        ssize_t put = write(fd, p, left);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return io_fail(err, "write", path);
        p += put;
        left -= (size_t)put;
    }
    return ENT_OK;
}

/* Opens a temporary name beside `path`, writes all of it; the descriptor stays open. */
static ent_code temporary_write(const char *path, ent_span content, unsigned mode,
                                char temporary[PATH_SIZE], int *fd, ent_err *err)
{
    ent_code rc;

    if (snprintf(temporary, PATH_SIZE, "%s.%ld.new", path, (long)getpid()) >= PATH_SIZE)
        return ent_fail(err, ENT_LIMIT, "the path '%.200s' is too long", path);
    *fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (*fd < 0)
        return io_fail(err, "create", temporary);
    rc = all_write(*fd, content, temporary, err);
    if (rc != ENT_OK) {
        (void)close(*fd);
        (void)unlink(temporary);
    }
    return rc;
}

ent_code node_file_write(const char *path, ent_span content, unsigned mode, ent_err *err)
{
    char folder[PATH_SIZE], temporary[PATH_SIZE];
    ent_code rc;
    int fd;

    ENT_TRY(folder_of(path, folder, err));
    ENT_TRY(node_folder_make(folder, err));
    ENT_TRY(temporary_write(path, content, mode, temporary, &fd, err));
    rc = fsync(fd) != 0 ? io_fail(err, "sync", temporary) : ENT_OK;
    (void)close(fd);
    if (rc == ENT_OK && rename(temporary, path) != 0)
        rc = io_fail(err, "rename to", path);
    if (rc != ENT_OK) {
        (void)unlink(temporary);
        return rc;
    }
    return folder_sync(folder, err);
}

/* ---- several at once ---- */

#define BATCH_FILES   64
#define BATCH_FOLDERS 16

struct node_batch {
    int files[BATCH_FILES], folders[BATCH_FOLDERS];
    size_t file_count, folder_count;
};

ent_code node_batch_new(node_batch **batch, ent_err *err)
{
    *batch = calloc(1, sizeof **batch);
    return *batch == NULL ? ent_fail(err, ENT_MEMORY, "no memory to write files") : ENT_OK;
}

static void batch_close(node_batch *batch)
{
    for (size_t i = 0; i < batch->file_count; i++)
        (void)close(batch->files[i]);
    for (size_t i = 0; i < batch->folder_count; i++)
        (void)close(batch->folders[i]);
    batch->file_count = batch->folder_count = 0;
}

void node_batch_free(node_batch *batch)
{
    if (batch == NULL)
        return;
    batch_close(batch);
    free(batch);
}

/* Remembers a folder once. */
static ent_code folder_note(node_batch *batch, const char *folder, ent_err *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st, other;

    if (fd < 0)
        return io_fail(err, "open the folder", folder);
    for (size_t i = 0; i < batch->folder_count; i++)
        if (fstat(fd, &st) == 0 && fstat(batch->folders[i], &other) == 0 &&
            st.st_dev == other.st_dev && st.st_ino == other.st_ino) {
            (void)close(fd);
            return ENT_OK;
        }
    batch->folders[batch->folder_count++] = fd;
    return ENT_OK;
}

static ent_code batch_make_room(node_batch *batch, ent_err *err)
{
    if (batch->file_count < BATCH_FILES && batch->folder_count < BATCH_FOLDERS)
        return ENT_OK;
    return node_batch_sync(batch, err);
}

ent_code node_batch_write(node_batch *batch, const char *path, ent_span content, unsigned mode,
                          ent_err *err)
{
    char folder[PATH_SIZE], temporary[PATH_SIZE];
    int fd;

    ENT_TRY(batch_make_room(batch, err));
    ENT_TRY(folder_of(path, folder, err));
    ENT_TRY(node_folder_make(folder, err));
    ENT_TRY(temporary_write(path, content, mode, temporary, &fd, err));
    batch->files[batch->file_count++] = fd;
    if (rename(temporary, path) != 0) {
        (void)io_fail(err, "rename to", path);
        (void)unlink(temporary);
        return err->code;
    }
    return folder_note(batch, folder, err);
}

ent_code node_batch_remove(node_batch *batch, const char *path, ent_err *err)
{
    char folder[PATH_SIZE];

    ENT_TRY(batch_make_room(batch, err));
    ENT_TRY(folder_of(path, folder, err));
    if (unlink(path) != 0)
        return errno == ENOENT ? ENT_OK : io_fail(err, "remove", path);
    return folder_note(batch, folder, err);
}

ent_code node_batch_sync(node_batch *batch, ent_err *err)
{
    ent_code rc = ENT_OK;

    /* All begin to be written before any is waited for: then the first fsync commits
     * what the others need as well. */
    for (size_t i = 0; i < batch->file_count; i++)
        (void)sync_file_range(batch->files[i], 0, 0, SYNC_FILE_RANGE_WRITE);
    for (size_t i = 0; i < batch->file_count && rc == ENT_OK; i++)
        if (fsync(batch->files[i]) != 0)
            rc = io_fail(err, "sync", "files of a batch");
    for (size_t i = 0; i < batch->folder_count && rc == ENT_OK; i++)
        if (fsync(batch->folders[i]) != 0)
            rc = io_fail(err, "sync", "folders of a batch");
    batch_close(batch);
    return rc;
}

static ent_code all_read(int fd, void *bytes, size_t room, size_t *got, const char *path,
                         ent_err *err)
{
    *got = 0;
    while (*got < room) {
        ssize_t n = read(fd, (char *)bytes + *got, room - *got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_fail(err, "read", path);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return ENT_OK;
}

ent_code node_file_read(ent_arena *arena, const char *path, size_t limit, ent_str *content,
                        ent_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ent_code rc = ENT_OK;
    struct stat st;
    char *bytes;
    size_t got;

    if (fd < 0)
        return io_fail(err, "open", path);
    if (fstat(fd, &st) != 0) {
        rc = io_fail(err, "look at", path);
        goto out;
    }
    if (st.st_size < 0 || (uintmax_t)st.st_size > limit) {
        rc = ent_fail(err, ENT_LIMIT, "'%s' is larger than %zu bytes", path, limit);
        goto out;
    }
    bytes = ent_arena_alloc(arena, (size_t)st.st_size + 1);
    if (bytes == NULL) {
        rc = ent_fail_arena(err);
        goto out;
    }
    rc = all_read(fd, bytes, (size_t)st.st_size, &got, path, err);
    if (rc == ENT_OK)
        *content = (ent_str){ bytes, got };
out:
    (void)close(fd);
    return rc;
}

ent_code node_file_read_secret(const char *path, void *bytes, size_t size, ent_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ent_code rc;
    size_t got;
    char more;

    if (fd < 0)
        return io_fail(err, "open", path);
    rc = all_read(fd, bytes, size, &got, path, err);
    if (rc == ENT_OK && (got != size || read(fd, &more, 1) != 0))
        rc = ent_fail(err, ENT_FORMAT, "'%s' does not have %zu bytes", path, size);
    (void)close(fd);
    return rc;
}

ent_code node_file_remove(const char *path, ent_err *err)
{
    char folder[PATH_SIZE];

    ENT_TRY(folder_of(path, folder, err));
    if (unlink(path) != 0)
        return errno == ENOENT ? ENT_OK : io_fail(err, "remove", path);
    return folder_sync(folder, err);
}

static bool zeros_write(int fd, off_t size)
{
    static const char zeros[4096];

    while (size > 0) {
        ssize_t put = write(fd, zeros, size < 4096 ? (size_t)size : sizeof zeros);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        size -= put;
    }
    return fsync(fd) == 0;
}

ent_code node_file_wipe(const char *path, ent_err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    bool good;

    if (fd < 0)
        return errno == ENOENT ? ENT_OK : io_fail(err, "open", path);
    good = fstat(fd, &st) == 0 && zeros_write(fd, st.st_size);
    if (!good)
        (void)io_fail(err, "overwrite", path);
    (void)close(fd);
    return good ? node_file_remove(path, err) : err->code;
}

bool node_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

ent_code node_lock(const char *path, bool wait, int *fd, ent_err *err)
{
    char folder[PATH_SIZE];

    ENT_TRY(folder_of(path, folder, err));
    ENT_TRY(node_folder_make(folder, err));
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0)
        return io_fail(err, "open the lock", path);
    while (flock(*fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        (void)close(*fd);
        *fd = -1;
        if (errno == EWOULDBLOCK)
            return ent_fail(err, ENT_RETRY, "another process holds '%s'; try again", path);
        return io_fail(err, "lock", path);
    }
    return ENT_OK;
}

const char *node_path(ent_arena *arena, const char *fmt, ...)
{
    char path[PATH_SIZE];
    va_list ap;
    ent_str copy;
    int size;

    va_start(ap, fmt);
    size = vsnprintf(path, sizeof path, fmt, ap);
    va_end(ap);
    if (size < 0 || (size_t)size >= sizeof path)
        return NOWHERE "path-too-long";
    copy = ent_arena_str(arena, (ent_str){ path, (size_t)size });
    return copy.ptr == NULL ? NOWHERE "no-memory" : copy.ptr;
}
