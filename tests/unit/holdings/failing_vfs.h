/* A disk that fails: SQLite's own file system, in which the n-th write, truncation or sync
 * fails once, or is the last thing that the process does. */
#ifndef ENT_TEST_FAILING_VFS_H
#define ENT_TEST_FAILING_VFS_H

#include <signal.h>
#include <sqlite3.h>
#include <string.h>

enum disk_fault { DISK_FAILS, DISK_FULL, DISK_KILLS };

struct disk {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
    enum disk_fault fault;
    long at;   /* the operation that fails; 0: none */
    long seen; /* operations so far */
};

struct disk_file {
    sqlite3_file base;
    sqlite3_file *real;
};

static struct disk disk;

static inline sqlite3_file *disk_real(sqlite3_file *f)
{
    return ((struct disk_file *)f)->real;
}

/* Called before each change of a file. */
static inline int disk_change(int failure)
{
    disk.seen++;
    if (disk.at == 0 || disk.seen != disk.at)
        return SQLITE_OK;
    if (disk.fault == DISK_KILLS)
        (void)raise(SIGKILL);
    return disk.fault == DISK_FULL ? SQLITE_FULL : failure;
}

static inline int disk_close(sqlite3_file *f)
{
    return disk_real(f)->pMethods->xClose(disk_real(f));
}

static inline int disk_read(sqlite3_file *f, void *to, int size, sqlite3_int64 at)
{
    return disk_real(f)->pMethods->xRead(disk_real(f), to, size, at);
}

static inline int disk_write(sqlite3_file *f, const void *from, int size, sqlite3_int64 at)
{
    int rc = disk_change(SQLITE_IOERR_WRITE);

    /* Half of it may have come to the disk. */
    if (rc != SQLITE_OK)
        (void)disk_real(f)->pMethods->xWrite(disk_real(f), from, size / 2, at);
    return rc != SQLITE_OK ? rc : disk_real(f)->pMethods->xWrite(disk_real(f), from, size, at);
}

static inline int disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = disk_change(SQLITE_IOERR_TRUNCATE);

    return rc != SQLITE_OK ? rc : disk_real(f)->pMethods->xTruncate(disk_real(f), size);
}

static inline int disk_sync(sqlite3_file *f, int flags)
{
    int rc = disk_change(SQLITE_IOERR_FSYNC);

    return rc != SQLITE_OK ? rc : disk_real(f)->pMethods->xSync(disk_real(f), flags);
}

static inline int disk_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return disk_real(f)->pMethods->xFileSize(disk_real(f), size);
}

static inline int disk_lock(sqlite3_file *f, int level)
{
    return disk_real(f)->pMethods->xLock(disk_real(f), level);
}

static inline int disk_unlock(sqlite3_file *f, int level)
{
    return disk_real(f)->pMethods->xUnlock(disk_real(f), level);
}

static inline int disk_reserved(sqlite3_file *f, int *out)
{
    return disk_real(f)->pMethods->xCheckReservedLock(disk_real(f), out);
}

static inline int disk_control(sqlite3_file *f, int op, void *arg)
{
    return disk_real(f)->pMethods->xFileControl(disk_real(f), op, arg);
}

static inline int disk_sector(sqlite3_file *f)
{
    return disk_real(f)->pMethods->xSectorSize(disk_real(f));
}

static inline int disk_device(sqlite3_file *f)
{
    return disk_real(f)->pMethods->xDeviceCharacteristics(disk_real(f));
}

static inline int disk_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **to)
{
    return disk_real(f)->pMethods->xShmMap(disk_real(f), page, size, extend, to);
}

static inline int disk_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return disk_real(f)->pMethods->xShmLock(disk_real(f), offset, n, flags);
}

static inline void disk_shm_barrier(sqlite3_file *f)
{
    disk_real(f)->pMethods->xShmBarrier(disk_real(f));
}

static inline int disk_shm_unmap(sqlite3_file *f, int remove)
{
    return disk_real(f)->pMethods->xShmUnmap(disk_real(f), remove);
}

static inline int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                            int *out)
{
    struct disk_file *file = (struct disk_file *)f;
    int rc;

    (void)vfs;
    file->real = (sqlite3_file *)&file[1];
    rc = disk.real->xOpen(disk.real, name, file->real, flags, out);
    f->pMethods = file->real->pMethods == NULL ? NULL : &disk.methods;
    return rc;
}

/* Every file of SQLite that is opened from now on. */
static inline void disk_register(void)
{
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.zName = "failing";
    disk.vfs.szOsFile = (int)sizeof(struct disk_file) + disk.real->szOsFile;
    disk.vfs.xOpen = disk_open;
    disk.methods = (sqlite3_io_methods){ .iVersion = 2,
                                         .xClose = disk_close,
                                         .xRead = disk_read,
                                         .xWrite = disk_write,
                                         .xTruncate = disk_truncate,
                                         .xSync = disk_sync,
                                         .xFileSize = disk_size,
                                         .xLock = disk_lock,
                                         .xUnlock = disk_unlock,
                                         .xCheckReservedLock = disk_reserved,
                                         .xFileControl = disk_control,
                                         .xSectorSize = disk_sector,
                                         .xDeviceCharacteristics = disk_device,
                                         .xShmMap = disk_shm_map,
                                         .xShmLock = disk_shm_lock,
                                         .xShmBarrier = disk_shm_barrier,
                                         .xShmUnmap = disk_shm_unmap };
    (void)sqlite3_vfs_register(&disk.vfs, 1);
}

#endif
