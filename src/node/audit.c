#include "node/audit.h"

#include "base/json_write.h"
#include "node/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE 4200

struct node_audit {
    char folder[4096];
    pthread_mutex_t lock; /* all below */
    pthread_cond_t more;
    pthread_t syncer;
    bool started;
    int fd;      /* -1: none is open */
    int64_t day; /* of the open file */
    bool dirty, ending;
    bool failed; /* a sync: what was noted may be lost, so nothing more is answered */
};

/* One sync a second, however many lines there were. */
static void *sync_run(void *arg)
{
    node_audit *audit = arg;
    struct timespec until;

    (void)pthread_mutex_lock(&audit->lock);
    while (!audit->ending || audit->dirty) {
        int fd;

        if (!audit->dirty) {
            (void)pthread_cond_wait(&audit->more, &audit->lock);
            continue;
        }
        if (!audit->ending) {
            (void)clock_gettime(CLOCK_REALTIME, &until);
            until.tv_nsec += 500000000;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            (void)pthread_cond_timedwait(&audit->more, &audit->lock, &until);
        }
        audit->dirty = false;
        fd = dup(audit->fd);
        (void)pthread_mutex_unlock(&audit->lock);
        if (fd >= 0 && fdatasync(fd) == 0)
            (void)close(fd);
        else {
            if (fd >= 0)
                (void)close(fd);
            (void)pthread_mutex_lock(&audit->lock);
            audit->failed = true;
            continue;
        }
        (void)pthread_mutex_lock(&audit->lock);
    }
    (void)pthread_mutex_unlock(&audit->lock);
    return NULL;
}

ent_code node_audit_new(const node_home *home, node_audit **out, ent_err *err)
{
    node_audit *audit = calloc(1, sizeof *audit);
    ent_code rc;

    if (audit == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the journal of reads");
    audit->fd = -1;
    (void)snprintf(audit->folder, sizeof audit->folder, "%s/journal/reads", home->path);
    rc = node_folder_make(audit->folder, err);
    (void)pthread_mutex_init(&audit->lock, NULL);
    (void)pthread_cond_init(&audit->more, NULL);
    if (rc != ENT_OK) {
        free(audit);
        return rc;
    }
    *out = audit;
    return ENT_OK;
}

ent_code node_audit_start(node_audit *audit, ent_err *err)
{
    audit->started = pthread_create(&audit->syncer, NULL, sync_run, audit) == 0;
    return audit->started ? ENT_OK
                          : ent_fail(err, ENT_UNAVAILABLE, "no thread for the journal of reads");
}

void node_audit_free(node_audit *audit)
{
    if (audit == NULL)
        return;
    (void)pthread_mutex_lock(&audit->lock);
    audit->ending = true;
    (void)pthread_cond_signal(&audit->more);
    (void)pthread_mutex_unlock(&audit->lock);
    if (audit->started)
        (void)pthread_join(audit->syncer, NULL);
    if (audit->fd >= 0)
        (void)close(audit->fd);
    (void)pthread_cond_destroy(&audit->more);
    (void)pthread_mutex_destroy(&audit->lock);
    free(audit);
}

/* The file of the day; with the lock. */
static ent_code file_open(node_audit *audit, ent_time now, ent_err *err)
{
    int64_t day = now / ENT_DAY_TIME;
    int year, month, of_month;
    char path[PATH_SIZE];

    if (audit->fd >= 0 && audit->day == day)
        return ENT_OK;
    if (audit->fd >= 0) {
        if (fdatasync(audit->fd) != 0)
            audit->failed = true;
        (void)close(audit->fd);
    }
    ent_day_split((ent_day)day, &year, &month, &of_month);
    (void)snprintf(path, sizeof path, "%s/%04d-%02d-%02d.jsonl", audit->folder, year, month,
                   of_month);
    audit->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (audit->fd < 0)
        return ent_fail(err, ENT_IO, "cannot open '%s': %s", path, strerror(errno));
    audit->day = day;
    return ENT_OK;
}

static void member(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static void note_write(const taxii_note *note, ent_jw *w)
{
    char stamp[TAXII_STAMP_SIZE];

    taxii_stamp_write(note->time, stamp);
    ent_jw_object(w);
    member(w, "time", ent_str_of(stamp));
    member(w, "user", note->user);
    member(w, "verb", ent_str_of(note->verb));
    member(w, "root", note->root);
    member(w, "collection", note->collection);
    member(w, "object", note->object);
    ent_jw_key(w, "count");
    ent_jw_int(w, (int64_t)note->count);
    if (note->count > 0 && note->first != 0) {
        taxii_stamp_write(note->first, stamp);
        member(w, "first", ent_str_of(stamp));
        taxii_stamp_write(note->last, stamp);
        member(w, "last", ent_str_of(stamp));
    }
    if (note->ids.size > 0) {
        ent_jw_key(w, "ids");
        ent_jw_raw(w, note->ids);
    }
    ent_jw_end(w);
}

ent_code node_audit_line(ent_arena *arena, const taxii_note *note, ent_str *line, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    note_write(note, &w);
    ent_buf_byte(&buf, '\n');
    return ent_buf_done(&buf, line, err);
}

ent_code node_audit_note(void *arg, ent_arena *arena, const taxii_note *note, ent_err *err)
{
    node_audit *audit = arg;
    ent_code rc;
    ent_str line;

    ENT_TRY(node_audit_line(arena, note, &line, err));
    (void)pthread_mutex_lock(&audit->lock);
    rc = audit->failed ? ent_fail(err, ENT_IO, "the journal of reads cannot be written")
                       : file_open(audit, note->time, err);
    /* One write is one line, also beside another process. */
    if (rc == ENT_OK && write(audit->fd, line.ptr, line.size) != (ssize_t)line.size)
        rc = ent_fail(err, ENT_IO, "the journal of reads cannot be written: %s", strerror(errno));
    if (rc == ENT_OK && !audit->dirty) {
        audit->dirty = true;
        (void)pthread_cond_signal(&audit->more);
    }
    (void)pthread_mutex_unlock(&audit->lock);
    return rc;
}
