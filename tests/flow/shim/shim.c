/* The library of shim.h.  Reading is left alone where nothing fails, so that a confined process
 * (node/sandbox.h) makes no call that it may not make. */
#define _GNU_SOURCE

#include "flow/shim/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 65536

static shim *map;
static unsigned char known[FDS]; /* a file below the root that is open */

#define REAL(name)                 \
    static __typeof__(name) *real; \
    if (real == NULL)              \
    real = (__typeof__(name) *)(uintptr_t)dlsym(RTLD_NEXT, #name)

/* Where libtasn1 is, which does not look at what malloc gives it (4.19): no call of its own is
 * made to fail. */
static uintptr_t spared_from, spared_to;

static int spared_find(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    if (strstr(info->dlpi_name, "libtasn1.so") == NULL)
        return 0;
    spared_from = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            spared_to = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("ENT_SHIM");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *at =
        fd < 0 ? MAP_FAILED : mmap(NULL, SHIM_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd >= 0)
        (void)close(fd);
    (void)dl_iterate_phdr(spared_find, NULL);
    if (at != MAP_FAILED)
        map = at;
}

/* ---- failing ---- */

static bool fails(shim_class class, const char *what)
{
    unsigned long n;

    if (map == NULL || atomic_load(&map->fail_class) != (unsigned)class)
        return false;
    n = atomic_fetch_add(&map->calls, 1) + 1;
    if (n != atomic_load(&map->fail_at))
        return false;
    atomic_store(&map->failed, 1);
    (void)snprintf(map->what, sizeof map->what, "%s", what);
    return true;
}

#define FAIL(class, error, ...)     \
    if (fails((class), __func__)) { \
        errno = (error);            \
        return __VA_ARGS__;         \
    }

/* ---- writing down ---- */

static bool records(void)
{
    return map != NULL && atomic_load(&map->recording) != 0;
}

static bool below(const char *path)
{
    size_t size = map == NULL ? 0 : strlen(map->root);

    return size > 0 && strncmp(path, map->root, size) == 0 && path[size] == '/';
}

static bool file_known(int fd)
{
    return fd >= 0 && fd < FDS && known[fd];
}

static void lock(void)
{
    if (pthread_mutex_lock(&map->lock) == EOWNERDEAD)
        (void)pthread_mutex_consistent(&map->lock);
}

static void unlock(void)
{
    (void)pthread_mutex_unlock(&map->lock);
}

/* With the lock. */
static void tell(shim_event *e, const char *name, const char *name_to, const void *data)
{
    shim_event *at = (shim_event *)(void *)(map->bytes + map->used);
    char *bytes = at->bytes;

    e->name = name == NULL ? 0 : (uint32_t)strlen(name) + 1;
    e->name_to = name_to == NULL ? 0 : (uint32_t)strlen(name_to) + 1;
    if (map->used + SHIM_SIZE_OF(e) > SHIM_ROOM - sizeof *map)
        abort();
    *at = *e;
    if (name != NULL)
        memcpy(bytes, name, e->name);
    if (name_to != NULL)
        memcpy(bytes + e->name, name_to, e->name_to);
    if (data != NULL)
        memcpy(bytes + e->name + e->name_to, data, e->data);
    map->used += SHIM_SIZE_OF(e);
    map->events++;
}

/* The folder of a path, and its name in there. */
static uint64_t folder_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    char folder[4096];
    struct stat st;

    *name = slash + 1;
    if ((size_t)(slash - path) >= sizeof folder)
        abort();
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    return stat(folder, &st) == 0 ? st.st_ino : 0;
}

static uint64_t inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* ---- files ---- */

static int opened(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    bool ours = map != NULL && below(path), writes = (flags & O_ACCMODE) != O_RDONLY;
    struct stat st;
    bool was;
    int fd;

    if (ours && fails(SHIM_IO, "open")) {
        errno = EIO;
        return -1;
    }
    if (!ours || !writes || !records()) {
        fd = real(path, flags, mode);
        if (ours && fd >= 0 && fd < FDS)
            known[fd] = 1;
        return fd;
    }
    lock();
    was = lstat(path, &st) == 0;
    fd = real(path, flags, mode);
    if (fd >= 0 && fd < FDS) {
        shim_event e = { .inode = inode_of(fd), .offset = mode };
        const char *name;

        known[fd] = 1;
        e.folder = folder_of(path, &name);
        e.kind = SHIM_CREATE;
        if (!was)
            tell(&e, name, NULL, NULL);
        e.kind = SHIM_SIZE;
        e.offset = 0;
        if (was && (flags & O_TRUNC) != 0)
            tell(&e, NULL, NULL, NULL);
    }
    unlock();
    return fd;
}

#define OPEN(name)                                              \
    int name(const char *path, int flags, ...)                  \
    {                                                           \
        va_list ap;                                             \
        mode_t mode;                                            \
        REAL(name);                                             \
        va_start(ap, flags);                                    \
        mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0; \
        va_end(ap);                                             \
        return opened(real, path, flags, mode);                 \
    }
OPEN(open)
OPEN(open64)

int close(int fd)
{
    REAL(close);
    if (fd >= 0 && fd < FDS)
        known[fd] = 0;
    return real(fd);
}

static void wrote(int fd, const void *bytes, ssize_t put, off_t at)
{
    if (put > 0)
        tell(&(shim_event){ .kind = SHIM_WRITE,
                            .inode = inode_of(fd),
                            .offset = (uint64_t)at,
                            .data = (uint32_t)put },
             NULL, NULL, bytes);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    ssize_t put;
    REAL(write);

    if (!file_known(fd))
        return real(fd, bytes, size);
    FAIL(SHIM_IO, ENOSPC, -1)
    if (!records())
        return real(fd, bytes, size);
    lock();
    put = real(fd, bytes, size);
    wrote(fd, bytes, put, lseek(fd, 0, SEEK_CUR) - put);
    unlock();
    return put;
}

static ssize_t placed(ssize_t (*real)(int, const void *, size_t, off_t), int fd, const void *bytes,
                      size_t size, off_t at)
{
    ssize_t put;

    if (!file_known(fd))
        return real(fd, bytes, size, at);
    if (fails(SHIM_IO, "pwrite")) {
        errno = ENOSPC;
        return -1;
    }
    if (!records())
        return real(fd, bytes, size, at);
    lock();
    put = real(fd, bytes, size, at);
    wrote(fd, bytes, put, at);
    unlock();
    return put;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    REAL(pwrite);
    return placed(real, fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    REAL(pwrite64);
    return placed(real, fd, bytes, size, at);
}

static int cut(int (*real)(int, off_t), int fd, off_t size)
{
    int rc;

    if (!file_known(fd))
        return real(fd, size);
    if (fails(SHIM_IO, "ftruncate")) {
        errno = EIO;
        return -1;
    }
    if (!records())
        return real(fd, size);
    lock();
    rc = real(fd, size);
    if (rc == 0)
        tell(&(shim_event){ .kind = SHIM_SIZE, .inode = inode_of(fd), .offset = (uint64_t)size },
             NULL, NULL, NULL);
    unlock();
    return rc;
}

int ftruncate(int fd, off_t size)
{
    REAL(ftruncate);
    return cut(real, fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    REAL(ftruncate64);
    return cut(real, fd, size);
}

static int synced(int (*real)(int), const char *what, int fd)
{
    uint64_t covers;
    int rc;

    if (!file_known(fd))
        return real(fd);
    if (fails(SHIM_IO, what)) {
        errno = EIO;
        return -1;
    }
    if (atomic_load(&map->lightly) != 0)
        return 0;
    if (!records())
        return real(fd);
    lock();
    covers = map->events;
    unlock();
    rc = real(fd);
    lock();
    if (rc == 0)
        tell(&(shim_event){ .kind = SHIM_SYNC, .inode = inode_of(fd), .offset = covers }, NULL,
             NULL, NULL);
    unlock();
    return rc;
}

int fsync(int fd)
{
    REAL(fsync);
    return synced(real, "fsync", fd);
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return synced(real, "fdatasync", fd);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    REAL(read);
    if (file_known(fd)) {
        FAIL(SHIM_IO, EIO, -1)
    }
    return real(fd, bytes, size);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
    REAL(pread);
    if (file_known(fd)) {
        FAIL(SHIM_IO, EIO, -1)
    }
    return real(fd, bytes, size, at);
}

ssize_t pread64(int fd, void *bytes, size_t size, off64_t at)
{
    REAL(pread64);
    if (file_known(fd)) {
        FAIL(SHIM_IO, EIO, -1)
    }
    return real(fd, bytes, size, at);
}

/* ---- folders ---- */

int rename(const char *from, const char *to)
{
    const char *name, *name_to;
    shim_event e = { .kind = SHIM_RENAME };
    int rc;
    REAL(rename);

    if (map == NULL || !below(to))
        return real(from, to);
    FAIL(SHIM_IO, EIO, -1)
    if (!records())
        return real(from, to);
    lock();
    e.folder = folder_of(from, &name);
    e.folder_to = folder_of(to, &name_to);
    rc = real(from, to);
    if (rc == 0)
        tell(&e, name, name_to, NULL);
    unlock();
    return rc;
}

static int removed(int (*real)(const char *), const char *what, const char *path)
{
    shim_event e = { .kind = SHIM_REMOVE };
    const char *name;
    int rc;

    if (map == NULL || !below(path))
        return real(path);
    if (fails(SHIM_IO, what)) {
        errno = EIO;
        return -1;
    }
    if (!records())
        return real(path);
    lock();
    e.folder = folder_of(path, &name);
    rc = real(path);
    if (rc == 0)
        tell(&e, name, NULL, NULL);
    unlock();
    return rc;
}

int unlink(const char *path)
{
    REAL(unlink);
    return removed(real, "unlink", path);
}

int rmdir(const char *path)
{
    REAL(rmdir);
    return removed(real, "rmdir", path);
}

int remove(const char *path)
{
    REAL(remove);
    return removed(real, "remove", path);
}

int mkdir(const char *path, mode_t mode)
{
    shim_event e = { .kind = SHIM_FOLDER };
    const char *name;
    struct stat st;
    int rc;
    REAL(mkdir);

    if (map == NULL || !below(path))
        return real(path, mode);
    FAIL(SHIM_IO, ENOSPC, -1)
    if (!records())
        return real(path, mode);
    lock();
    rc = real(path, mode);
    if (rc == 0 && stat(path, &st) == 0) {
        e.inode = st.st_ino;
        e.folder = folder_of(path, &name);
        tell(&e, name, NULL, NULL);
    }
    unlock();
    return rc;
}

/* ---- other processes ---- */

int socketpair(int domain, int type, int protocol, int fds[2])
{
    REAL(socketpair);
    FAIL(SHIM_IO, EMFILE, -1)
    return real(domain, type, protocol, fds);
}

pid_t fork(void)
{
    REAL(fork);
    FAIL(SHIM_IO, EAGAIN, -1)
    return real();
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    REAL(send);
    FAIL(SHIM_IO, EPIPE, -1)
    return real(fd, bytes, size, flags);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    REAL(recv);
    FAIL(SHIM_IO, ECONNRESET, -1)
    return real(fd, bytes, size, flags);
}

/* ---- passphrases ---- */

int crypto_pwhash(unsigned char *key, unsigned long long size, const char *passphrase,
                  unsigned long long passphrase_size, const unsigned char *salt,
                  unsigned long long passes, size_t memory, int algorithm)
{
    bool lightly = map != NULL && atomic_load(&map->lightly) != 0;
    REAL(crypto_pwhash);

    return real(key, size, passphrase, passphrase_size, salt,
                lightly ? crypto_pwhash_OPSLIMIT_MIN : passes,
                lightly ? crypto_pwhash_MEMLIMIT_MIN : memory, algorithm);
}

/* ---- memory ---- */

#define FAIL_MEMORY                                                \
    {                                                              \
        uintptr_t caller = (uintptr_t)__builtin_return_address(0); \
        if (caller < spared_from || caller >= spared_to)           \
            FAIL(SHIM_MEMORY, ENOMEM, NULL)                        \
    }

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    FAIL_MEMORY
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    FAIL_MEMORY
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    FAIL_MEMORY
    return __libc_realloc(old, size);
}
