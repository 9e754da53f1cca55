/*
 * disk -- what a loss of power may leave of a folder, out of what the shim wrote down.
 *
 * A file is what was synced, and of the writes and cuts since then any subset, in their order,
 * some of them torn; a folder is what was synced, and any subset of the names that came, went
 * and moved since.  A rename is one change, also between two folders.  That is less than
 * journalling file systems promise.  Files are known by their inodes, so that a descriptor
 * which outlives a rename still means the same file.  What SQLite keeps in shared memory
 * (-shm) is not on a disk.
 */
#ifndef ENT_FLOW_DISK_H
#define ENT_FLOW_DISK_H

#include "flow/shim/shim.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#define DISK_FILES   32768
#define DISK_NAMES   32768
#define DISK_EVENTS  200000
#define DISK_NOTHING UINT32_MAX

typedef enum disk_loss {
    DISK_ALL,   /* of what was not synced nothing is left */
    DISK_NONE,  /* everything is: a kill */
    DISK_SOME,  /* each change with one chance in two, one in eight torn */
    DISK_ORDER, /* changes up to one of the last, which is torn */
    DISK_LOSSES
} disk_loss;

typedef struct disk_file {
    uint64_t inode;
    uint32_t top; /* the folder of the root below which it is, or itself */
    bool folder;
    mode_t mode;
    char *bytes;
    size_t size;
} disk_file;

/* A name in a folder, and which file it had at first. */
typedef struct disk_name {
    uint32_t folder, file;
    const char *name;
} disk_name;

/* An event with its inodes and names found. */
typedef struct disk_event {
    const shim_event *e;
    uint32_t file, folder, folder_to, name, name_to;
} disk_event;

typedef struct disk {
    disk_file files[DISK_FILES];
    disk_name names[DISK_NAMES];
    disk_event events[DISK_EVENTS];
    uint32_t count, name_count, event_count, root;
} disk;

static inline uint32_t disk_add(disk *d, uint64_t inode, uint32_t in, bool folder, mode_t mode)
{
    disk_file *f = &d->files[d->count];

    assert_true(d->count < DISK_FILES);
    *f = (disk_file){ .inode = inode, .folder = folder, .mode = mode & 0777 };
    f->top = in == DISK_NOTHING || in == d->root ? d->count : d->files[in].top;
    return d->count++;
}

/* The newest of that inode: numbers are used again. */
static inline uint32_t disk_find(const disk *d, uint64_t inode)
{
    for (uint32_t i = d->count; i > 0 && inode != 0; i--)
        if (d->files[i - 1].inode == inode)
            return i - 1;
    return DISK_NOTHING;
}

static inline uint32_t disk_name_at(disk *d, uint32_t folder, const char *name)
{
    for (uint32_t i = 0; i < d->name_count; i++)
        if (d->names[i].folder == folder && strcmp(d->names[i].name, name) == 0)
            return i;
    assert_true(d->name_count < DISK_NAMES);
    d->names[d->name_count] = (disk_name){ folder, DISK_NOTHING, name };
    return d->name_count++;
}

/* ---- what was there at first ---- */

static inline uint32_t disk_scan(disk *d, uint32_t in, const char *path)
{
    struct stat st;
    uint32_t number;
    DIR *dir;

    assert_int_equal(lstat(path, &st), 0);
    number = disk_add(d, st.st_ino, in, S_ISDIR(st.st_mode), st.st_mode);
    if (S_ISREG(st.st_mode))
        d->files[number].bytes = test_file(path, &d->files[number].size);
    dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
        char below[4096];

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        assert_true(snprintf(below, sizeof below, "%s/%s", path, e->d_name) < (int)sizeof below);
        if (lstat(below, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
            uint32_t child = disk_scan(d, number, below);

            d->names[disk_name_at(d, number, strdup(e->d_name))].file = child;
        }
    }
    if (dir != NULL)
        (void)closedir(dir);
    return number;
}

static inline void disk_begin(disk *d, const char *root)
{
    d->count = d->name_count = d->event_count = d->root = 0;
    assert_int_equal(disk_scan(d, DISK_NOTHING, root), d->root);
}

/* Finds what each event is about. */
static inline void disk_take(disk *d, const shim *s)
{
    size_t at = 0;

    while (at < s->used) {
        const shim_event *e = (const shim_event *)(const void *)(s->bytes + at);
        disk_event *v = &d->events[d->event_count++];
        const char *name = e->bytes, *name_to = e->bytes + e->name;

        assert_true(d->event_count < DISK_EVENTS);
        *v =
            (disk_event){ e, DISK_NOTHING, DISK_NOTHING, DISK_NOTHING, DISK_NOTHING, DISK_NOTHING };
        v->folder = disk_find(d, e->folder);
        v->folder_to = disk_find(d, e->folder_to);
        assert_true((e->name == 0 || v->folder != DISK_NOTHING) &&
                    (e->name_to == 0 || v->folder_to != DISK_NOTHING));
        if (e->kind == SHIM_CREATE || e->kind == SHIM_FOLDER)
            v->file = disk_add(d, e->inode, v->folder, e->kind == SHIM_FOLDER, (mode_t)e->offset);
        else
            v->file = disk_find(d, e->inode);
        if (e->name > 0)
            v->name = disk_name_at(d, v->folder, name);
        if (e->name_to > 0)
            v->name_to = disk_name_at(d, v->folder_to, name_to);
        at += SHIM_SIZE_OF(e);
    }
    assert_int_equal(d->event_count, s->events);
}

/* ---- losing power ---- */

typedef struct disk_choice {
    disk_loss loss;
    uint64_t seed;
    uint32_t point, last; /* DISK_ORDER: the last event that is kept */
    uint32_t spared;      /* the folder of the root that loses nothing, or DISK_NOTHING */
    bool lies;            /* a disk that says it has synced */
    unsigned lost, torn;  /* counted */
} disk_choice;

static inline uint64_t disk_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline bool disk_kept(disk_choice *c, uint32_t event)
{
    bool kept = c->loss == DISK_NONE || (c->loss == DISK_ORDER && event <= c->last) ||
                (c->loss == DISK_SOME &&
                 (disk_mix(c->seed + event * UINT64_C(0x9e3779b97f4a7c15)) & 1) == 0);

    c->lost += !kept;
    return kept;
}

/* How much of a write that is kept came to the disk. */
static inline size_t disk_torn(disk_choice *c, uint32_t event, size_t size)
{
    uint64_t z = disk_mix(c->seed ^ (event * UINT64_C(0xd1342543de82ef95)));

    if (c->loss == DISK_ORDER ? event != c->last : c->loss != DISK_SOME || (z & 7) != 0)
        return size;
    c->torn++;
    return (size_t)((z >> 8) % (size + 1));
}

/* The state of every file and name after a loss of power. */
typedef struct disk_state {
    struct {
        char *bytes;
        size_t size;
        bool own; /* not the one of the disk */
    } files[DISK_FILES];
    uint32_t names[DISK_NAMES];
    uint64_t synced[DISK_FILES]; /* every event before is durable */
} disk_state;

static inline void disk_resize(disk_state *s, uint32_t file, size_t size)
{
    size_t old = s->files[file].size;
    char *bytes = malloc(size + 1);

    assert_non_null(bytes);
    if (old > 0)
        memcpy(bytes, s->files[file].bytes, old < size ? old : size);
    if (size > old)
        memset(bytes + old, 0, size - old);
    if (s->files[file].own)
        free(s->files[file].bytes);
    s->files[file].bytes = bytes;
    s->files[file].size = size;
    s->files[file].own = true;
}

static inline void disk_write(disk_state *s, const disk_event *v, size_t size)
{
    const shim_event *e = v->e;

    if (e->offset + size > s->files[v->file].size || !s->files[v->file].own)
        disk_resize(s, v->file,
                    e->offset + size > s->files[v->file].size ? e->offset + size
                                                              : s->files[v->file].size);
    memcpy(s->files[v->file].bytes + e->offset, e->bytes + e->name + e->name_to, size);
}

/* `live`: which file each name has when all is there. */
static inline void disk_apply(disk_state *s, const disk_event *v, uint32_t *live, bool durable,
                              uint32_t i, disk_choice *c)
{
    uint32_t moved;

    switch ((shim_kind)v->e->kind) {
    case SHIM_WRITE:
        if (v->file != DISK_NOTHING && (durable || disk_kept(c, i)))
            disk_write(s, v, durable ? v->e->data : disk_torn(c, i, v->e->data));
        return;
    case SHIM_SIZE:
        if (v->file != DISK_NOTHING && (durable || disk_kept(c, i)))
            disk_resize(s, v->file, v->e->offset);
        return;
    case SHIM_CREATE:
    case SHIM_FOLDER:
        live[v->name] = v->file;
        if (durable || disk_kept(c, i))
            s->names[v->name] = v->file;
        return;
    case SHIM_REMOVE:
        live[v->name] = DISK_NOTHING;
        if (durable || disk_kept(c, i))
            s->names[v->name] = DISK_NOTHING;
        return;
    case SHIM_RENAME:
        moved = live[v->name];
        live[v->name] = DISK_NOTHING;
        live[v->name_to] = moved;
        if (durable || disk_kept(c, i)) {
            s->names[v->name] = DISK_NOTHING;
            s->names[v->name_to] = moved;
        }
        return;
    case SHIM_MARK:
    case SHIM_SYNC:
        return;
    }
}

static inline void disk_put(const disk *d, const disk_state *s, uint32_t number, const char *path)
{
    const disk_file *f = &d->files[number];
    int fd;

    if (!f->folder) {
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0 && fchmod(fd, f->mode) == 0);
        assert_true(write(fd, s->files[number].bytes, s->files[number].size) ==
                    (ssize_t)s->files[number].size);
        (void)close(fd);
        return;
    }
    assert_true(mkdir(path, f->mode) == 0 || access(path, F_OK) == 0);
    for (uint32_t i = 0; i < d->name_count; i++) {
        char below[4096];
        size_t size = strlen(d->names[i].name);

        if (d->names[i].folder != number || s->names[i] == DISK_NOTHING ||
            (size > 4 && strcmp(d->names[i].name + size - 4, "-shm") == 0))
            continue;
        assert_true(snprintf(below, sizeof below, "%s/%s", path, d->names[i].name) <
                    (int)sizeof below);
        disk_put(d, s, s->names[i], below);
    }
}

/* Makes `path`, which must be empty, what it may be when power is lost before event
 * `c->point`. */
static inline void disk_crash(const disk *d, disk_choice *c, const char *path)
{
    disk_state *s = calloc(1, sizeof *s);
    uint32_t *live = malloc(DISK_NAMES * sizeof *live);

    assert_true(s != NULL && live != NULL);
    for (uint32_t i = 0; i < d->count; i++) {
        s->files[i].bytes = d->files[i].bytes;
        s->files[i].size = d->files[i].size;
    }
    for (uint32_t i = 0; i < d->name_count; i++)
        live[i] = s->names[i] = d->names[i].file;
    for (uint32_t i = 0; i < c->point; i++) {
        const disk_event *v = &d->events[i];

        if (v->e->kind == SHIM_SYNC && v->file != DISK_NOTHING && !c->lies &&
            v->e->offset > s->synced[v->file])
            s->synced[v->file] = v->e->offset;
    }
    for (uint32_t i = 0; i < c->point; i++) {
        const disk_event *v = &d->events[i];
        bool names = v->folder != DISK_NOTHING;
        uint32_t what = names ? v->folder : v->file;
        bool durable = what != DISK_NOTHING && s->synced[what] > i;

        if (v->folder_to != DISK_NOTHING && s->synced[v->folder_to] > i)
            durable = true;
        if (what != DISK_NOTHING && d->files[what].top == c->spared)
            durable = true;
        disk_apply(s, v, live, durable, i, c);
    }
    disk_put(d, s, d->root, path);
    for (uint32_t i = 0; i < d->count; i++)
        if (s->files[i].own)
            free(s->files[i].bytes);
    free(live);
    free(s);
}

#endif
