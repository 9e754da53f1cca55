#include "node/backup.h"

#include "base/json_write.h"
#include "base/text.h"
#include "ledger/checkpoint.h"
#include "node/files.h"
#include "node/journal.h"
#include "node/link.h"
#include "node/processes.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK        512
#define MANIFEST     "entente-backup.json"
#define MANIFEST_MAX ((size_t)1 << 16)
#define PIECE        ((size_t)1 << 16)
#define LINKS        64

/* ---- ustar [POSIX.1 pax, ustar interchange format] ---- */

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, linked[100];
    char magic[6], version[2], owner[32], group[32], major[8], minor[8], prefix[155], pad[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static unsigned header_sum(const struct header *h)
{
    const unsigned char *bytes = (const unsigned char *)h;
    unsigned sum = 0;

    for (size_t i = 0; i < BLOCK; i++) {
        bool own = i >= offsetof(struct header, checksum) && i < offsetof(struct header, type);

        sum += own ? ' ' : bytes[i];
    }
    return sum;
}

static bool header_make(struct header *h, const char *name, uint64_t size, time_t time)
{
    if (strlen(name) >= sizeof h->name || size >= (UINT64_C(1) << 33))
        return false;
    memset(h, 0, sizeof *h);
    (void)snprintf(h->name, sizeof h->name, "%s", name);
    (void)snprintf(h->mode, sizeof h->mode, "%07o", 0600U);
    (void)snprintf(h->uid, sizeof h->uid, "%07o", 0U);
    (void)snprintf(h->gid, sizeof h->gid, "%07o", 0U);
    (void)snprintf(h->size, sizeof h->size, "%011llo", (unsigned long long)size);
    (void)snprintf(h->mtime, sizeof h->mtime, "%011llo",
                   (unsigned long long)(time < 0 ? 0 : time) & 077777777777ULL);
    h->type = '0';
    memcpy(h->magic, "ustar", 6);
    memcpy(h->version, "00", 2);
    (void)snprintf(h->checksum, sizeof h->checksum, "%06o", header_sum(h));
    return true;
}

static uint64_t octal(const char *digits, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size && digits[i] >= '0' && digits[i] <= '7'; i++)
        number = number * 8 + (uint64_t)(digits[i] - '0');
    return number;
}

/* A name that cannot leave the folder it is put into. */
static bool name_safe(const char *name)
{
    size_t part = 0;

    if (name[0] == '\0' || name[0] == '/' || strlen(name) >= 100)
        return false;
    for (const char *at = name;; at++) {
        if (*at != '/' && *at != '\0') {
            if ((unsigned char)*at < ' ')
                return false;
            part++;
            continue;
        }
        if (part == 0 || (part == 1 && at[-1] == '.') ||
            (part == 2 && at[-1] == '.' && at[-2] == '.'))
            return false;
        part = 0;
        if (*at == '\0')
            return true;
    }
}

/* ---- writing ---- */

struct writer {
    ent_arena *arena;
    const node_home *home;
    FILE *out;
    const char *path;
    node_backup_report *report;
};

static ent_code out_fail(const struct writer *w, ent_err *err)
{
    return ent_fail(err, ENT_IO, "writing '%s' failed: %s", w->path, strerror(errno));
}

static ent_code block_fill(struct writer *w, uint64_t size, ent_err *err)
{
    static const char zeros[BLOCK];
    size_t rest = (size_t)(size % BLOCK);

    if (rest != 0 && fwrite(zeros, 1, BLOCK - rest, w->out) != BLOCK - rest)
        return out_fail(w, err);
    return ENT_OK;
}

static ent_code bytes_put(struct writer *w, const char *name, ent_str bytes, ent_err *err)
{
    struct header h;

    if (!header_make(&h, name, bytes.size, 0))
        return ent_fail(err, ENT_IO, "'%s' does not fit into a backup", name);
    if (fwrite(&h, 1, BLOCK, w->out) != BLOCK ||
        fwrite(bytes.ptr, 1, bytes.size, w->out) != bytes.size)
        return out_fail(w, err);
    return block_fill(w, bytes.size, err);
}

static ent_code file_put(struct writer *w, const char *name, const char *path, ent_err *err)
{
    FILE *in = fopen(path, "rb");
    struct stat st = { 0 };
    struct header h;
    uint64_t left;
    ent_code rc = ENT_OK;
    char piece[PIECE / 8];

    if (in == NULL || fstat(fileno(in), &st) != 0) {
        rc = ent_fail(err, ENT_IO, "cannot read '%s': %s", path, strerror(errno));
        goto out;
    }
    if (!header_make(&h, name, (uint64_t)st.st_size, st.st_mtime)) {
        rc = ent_fail(err, ENT_IO, "'%s' does not fit into a backup", path);
        goto out;
    }
    if (fwrite(&h, 1, BLOCK, w->out) != BLOCK)
        rc = out_fail(w, err);
    for (left = (uint64_t)st.st_size; rc == ENT_OK && left > 0;) {
        size_t want = left < sizeof piece ? (size_t)left : sizeof piece;
        size_t got = fread(piece, 1, want, in);

        if (got == 0)
            rc = ent_fail(err, ENT_IO, "'%s' became shorter while it was read", path);
        else if (fwrite(piece, 1, got, w->out) != got)
            rc = out_fail(w, err);
        left -= got;
    }
    if (rc == ENT_OK)
        rc = block_fill(w, (uint64_t)st.st_size, err);
    w->report->files++;
    w->report->bytes += (uint64_t)st.st_size;
out:
    if (in != NULL)
        (void)fclose(in);
    return rc;
}

/* What is not in a backup: the store (a copy of it is), sockets and locks, things in making. */
static bool left_out(const char *name)
{
    static const char *const names[] = { "run", "holdings.db", "holdings.db-wal", "holdings.db-shm",
                                         ".",   ".." };
    size_t size = strlen(name);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return (size > 4 && strcmp(name + size - 4, ".tmp") == 0) ||
           (size > 5 && strcmp(name + size - 5, ".lock") == 0);
}

/* Depth is that of a home: links/CODE/out/tile/entries/x000/000. */
static ent_code folder_put(struct writer *w, const char *name, int depth, ent_err *err)
{
    const char *path =
        name[0] == '\0' ? w->home->path : node_path(w->arena, "%s/%s", w->home->path, name);
    DIR *dir = opendir(path);
    ent_code rc = ENT_OK;

    if (dir == NULL)
        return ent_fail(err, ENT_IO, "cannot read '%s': %s", path, strerror(errno));
    for (struct dirent *e = readdir(dir); e != NULL && rc == ENT_OK; e = readdir(dir)) {
        const char *inner, *full;
        struct stat st;

        if (left_out(e->d_name))
            continue;
        inner = name[0] == '\0' ? node_path(w->arena, "%s", e->d_name)
                                : node_path(w->arena, "%s/%s", name, e->d_name);
        full = node_path(w->arena, "%s/%s", w->home->path, inner);
        if (lstat(full, &st) != 0)
            continue; /* gone since */
        if (S_ISDIR(st.st_mode) && depth < 12)
            rc = folder_put(w, inner, depth + 1, err);
        else if (S_ISREG(st.st_mode))
            rc = file_put(w, inner, full, err);
    }
    (void)closedir(dir);
    return rc;
}

static ent_code manifest_put(struct writer *w, const desk *d, ent_err *err)
{
    char time[ENT_TIME_TEXT];
    ent_buf buf;
    ent_str text;
    ent_jw j;

    ent_time_write(d->now, time);
    ent_buf_init(&buf, w->arena);
    ent_jw_init(&j, &buf);
    ent_jw_object(&j);
    ent_jw_key(&j, "entente-backup");
    ent_jw_int(&j, 1);
    ent_jw_key(&j, "code");
    ent_jw_c(&j, w->home->code);
    ent_jw_key(&j, "identity");
    ent_jw_hex(&j, w->home->identity, NODE_KEY_SIZE);
    ent_jw_key(&j, "time");
    ent_jw_c(&j, time);
    ent_jw_end(&j);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return bytes_put(w, MANIFEST, text, err);
}

static ent_code archive_write(struct writer *w, node_desk *nd, ent_err *err)
{
    const char *copy = node_path(w->arena, "%s/run/backup.db", w->home->path);
    desk *d = node_desk_desk(nd);
    static const char end[2 * BLOCK];
    ent_code rc;

    ENT_TRY(manifest_put(w, d, err));
    ENT_TRY(node_folder_make(node_path(w->arena, "%s/run", w->home->path), err));
    (void)remove(copy);
    rc = store_backup(d->store, copy, err);
    if (rc == ENT_OK)
        rc = file_put(w, "holdings.db", copy, err);
    (void)remove(copy);
    if (rc == ENT_OK)
        rc = folder_put(w, "", 0, err);
    if (rc == ENT_OK && fwrite(end, 1, sizeof end, w->out) != sizeof end)
        rc = out_fail(w, err);
    if (rc == ENT_OK && (fflush(w->out) != 0 || fsync(fileno(w->out)) != 0))
        rc = out_fail(w, err);
    return rc;
}

ent_code node_backup_write(ent_arena *arena, node_desk *nd, const char *path,
                           node_backup_report *report, ent_err *err)
{
    struct writer w = { arena, node_desk_home(nd), NULL, node_path(arena, "%s.tmp", path), report };
    node_peer *peers;
    node_link *links = ent_arena_array(arena, LINKS, sizeof *links);
    node_link journal = { .out_lock = -1, .in_lock = -1 };
    size_t count, opened = 0;
    ent_code rc;
    int fd;

    *report = (node_backup_report){ 0 };
    if (links == NULL)
        return ent_fail_arena(err);
    ENT_TRY(node_peer_list(arena, w.home, &peers, &count, err));
    if (count > LINKS)
        return ent_fail(err, ENT_LIMIT, "a backup is of at most %d links", LINKS);
    fd = open(w.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    w.out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (w.out == NULL)
        return ent_fail(err, ENT_IO, "cannot write '%s': %s", w.path, strerror(errno));
    rc = ENT_OK;
    for (; rc == ENT_OK && opened < count; opened++) {
        rc = node_link_open(arena, w.home, NULL, peers[opened].code, &links[opened], err);
        if (rc == ENT_OK)
            rc = node_link_lock(&links[opened], arena, LINK_OUT, true, err);
        if (rc == ENT_OK)
            rc = node_link_lock(&links[opened], arena, LINK_IN, true, err);
    }
    if (rc == ENT_OK)
        rc = node_journal_open(arena, nd, &journal, err);
    if (rc == ENT_OK)
        rc = node_link_lock(&journal, arena, LINK_OUT, true, err);
    if (rc == ENT_OK)
        rc = archive_write(&w, nd, err);
    node_link_close(&journal);
    for (size_t i = 0; i < opened; i++)
        node_link_close(&links[i]);
    if (fclose(w.out) != 0 && rc == ENT_OK)
        rc = out_fail(&w, err);
    if (rc == ENT_OK && rename(w.path, path) != 0)
        rc = ent_fail(err, ENT_IO, "cannot rename '%s': %s", w.path, strerror(errno));
    if (rc != ENT_OK)
        (void)remove(w.path);
    report->links = count;
    return rc;
}

/* ---- reading ---- */

struct restore {
    ent_arena *arena;
    const char *path, *home, *into; /* `into`: where files are put; NULL: only looked at */
    node_backup_report *report;
    bool manifest, store;
    uint8_t identity[NODE_KEY_SIZE];
};

static ent_code damaged(const struct restore *r, const char *what, ent_err *err)
{
    return ent_fail(err, ENT_FORMAT, "'%s' is no backup of a node, or damaged: %s", r->path, what);
}

/* The size of a log that a checkpoint says; 0 if it says none. */
static uint64_t checkpoint_size(ent_arena *arena, ent_str note)
{
    ledger_checkpoint head;
    ent_err ignored = { 0 };
    const char *empty = note.ptr;
    size_t at;

    /* The text of a note ends at the empty line before its signatures. */
    for (at = 0; at + 1 < note.size; at++)
        if (empty[at] == '\n' && empty[at + 1] == '\n')
            break;
    note.size = at + 1 < note.size ? at + 1 : note.size;
    return ledger_checkpoint_read(arena, note, &head, &ignored) == ENT_OK ? head.size : 0;
}

/* links/CODE/out/checkpoint of the file against that of the home. */
static ent_code fork_check(const struct restore *r, const char *name, ent_str note, ent_err *err)
{
    ent_err none = { 0 };
    ent_str have;
    uint64_t here, there = checkpoint_size(r->arena, note);

    if (node_file_read(r->arena, node_path(r->arena, "%s/%s", r->home, name), MANIFEST_MAX, &have,
                       &none) != ENT_OK)
        return ENT_OK;
    here = checkpoint_size(r->arena, have);
    if (here > there)
        return ent_fail(err, ENT_CONFLICT,
                        "%s: the log here has %llu entries, that of the backup %llu; restoring it "
                        "would make a second history of what was said [law 5]",
                        name, (unsigned long long)here, (unsigned long long)there);
    return ENT_OK;
}

static ent_code manifest_take(struct restore *r, ent_str text, ent_err *err)
{
    ent_json json;
    int64_t version;

    if (ent_json_read(r->arena, text, &json, err) != ENT_OK ||
        !ent_json_int(ent_json_get(json, "entente-backup"), &version))
        return damaged(r, "its first file is no manifest", err);
    if (version != 1)
        return ent_fail(err, ENT_FORMAT, "'%s' was made by a newer entente", r->path);
    r->manifest = true;
    return ent_hex_read(ent_json_get_text(json, "identity"), r->identity, NODE_KEY_SIZE, err);
}

static ent_code small_read(struct restore *r, FILE *in, uint64_t size, ent_str *text, ent_err *err)
{
    char *bytes = size > MANIFEST_MAX ? NULL : ent_arena_alloc(r->arena, (size_t)size + 1);

    if (bytes == NULL)
        return damaged(r, "a small file in it is large", err);
    if (fread(bytes, 1, (size_t)size, in) != size)
        return damaged(r, "it ends too early", err);
    *text = (ent_str){ bytes, (size_t)size };
    return ENT_OK;
}

static ent_code file_take(struct restore *r, FILE *in, const char *name, uint64_t size,
                          ent_err *err)
{
    const char *path = node_path(r->arena, "%s/%s", r->into, name);
    char *slash = strrchr(path, '/');
    ent_code rc = ENT_OK;
    char piece[PIECE / 8];
    FILE *out;
    int fd;

    *slash = '\0';
    rc = node_folder_make(path, err);
    *slash = '/';
    if (rc != ENT_OK)
        return rc;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (out == NULL)
        return ent_fail(err, ENT_IO, "cannot write '%s': %s", path, strerror(errno));
    for (uint64_t left = size; rc == ENT_OK && left > 0;) {
        size_t want = left < sizeof piece ? (size_t)left : sizeof piece;
        size_t got = fread(piece, 1, want, in);

        if (got == 0)
            rc = damaged(r, "it ends too early", err);
        else if (fwrite(piece, 1, got, out) != got)
            rc = ent_fail(err, ENT_IO, "writing '%s' failed: %s", path, strerror(errno));
        left -= got;
    }
    if (rc == ENT_OK && (fflush(out) != 0 || fsync(fileno(out)) != 0))
        rc = ent_fail(err, ENT_IO, "writing '%s' failed: %s", path, strerror(errno));
    (void)fclose(out);
    r->report->files++;
    r->report->bytes += size;
    return rc;
}

static bool is_out_checkpoint(const char *name)
{
    static const char tail[] = "/out/checkpoint";
    size_t size = strlen(name);

    return strncmp(name, "links/", 6) == 0 && size > sizeof tail &&
           strcmp(name + size - sizeof tail + 1, tail) == 0;
}

static ent_code entry_take(struct restore *r, FILE *in, const char *name, uint64_t size,
                           ent_err *err)
{
    ent_str text;

    if (strcmp(name, MANIFEST) == 0) {
        ENT_TRY(small_read(r, in, size, &text, err));
        return manifest_take(r, text, err);
    }
    if (!r->manifest)
        return damaged(r, "its first file is no manifest", err);
    r->store = r->store || strcmp(name, "holdings.db") == 0;
    if (r->into != NULL)
        return file_take(r, in, name, size, err);
    if (is_out_checkpoint(name)) {
        r->report->links++;
        ENT_TRY(small_read(r, in, size, &text, err));
        return fork_check(r, name, text, err);
    }
    return fseeko(in, (off_t)size, SEEK_CUR) == 0 ? ENT_OK : damaged(r, "it ends too early", err);
}

/* Every file of the archive. */
static ent_code archive_walk(struct restore *r, FILE *in, ent_err *err)
{
    struct header h;
    char name[101];

    for (;;) {
        uint64_t size;

        if (fread(&h, 1, BLOCK, in) != BLOCK)
            return damaged(r, "it has no end", err);
        if (h.name[0] == '\0')
            return r->manifest && r->store ? ENT_OK : damaged(r, "it holds no store", err);
        (void)snprintf(name, sizeof name, "%.100s", h.name);
        if (memcmp(h.magic, "ustar", 5) != 0 || octal(h.checksum, 8) != header_sum(&h) ||
            h.type != '0' || h.prefix[0] != '\0' || !name_safe(name))
            return damaged(r, "a header is wrong", err);
        size = octal(h.size, sizeof h.size);
        ENT_TRY(entry_take(r, in, name, size, err));
        if (size % BLOCK != 0 && fseeko(in, (off_t)(BLOCK - size % BLOCK), SEEK_CUR) != 0)
            return damaged(r, "it ends too early", err);
    }
}

/* ---- putting it in place ---- */

/* The home that is there, if one is, must be this node's and at rest. */
static ent_code home_check(struct restore *r, bool *exists, ent_err *err)
{
    node_running running;
    ent_err none = { 0 };
    node_home home;
    struct stat st;

    *exists = lstat(r->home, &st) == 0;
    if (!*exists)
        return ENT_OK;
    if (node_home_open(r->arena, r->home, &home, &none) != ENT_OK)
        return ent_fail(err, ENT_CONFLICT, "'%s' is there and is no node's home", r->home);
    if (memcmp(home.identity, r->identity, NODE_KEY_SIZE) != 0)
        return ent_fail(err, ENT_CONFLICT, "'%s' is the home of another node, %s", r->home,
                        home.code);
    ENT_TRY(node_running_read(&home, &running, err));
    return running.running
               ? ent_fail(err, ENT_CONFLICT, "`entente serve` runs on '%s'; stop it first", r->home)
               : ENT_OK;
}

/* A log that the home has and the file has not would be lost, and begun anew. */
static ent_code missing_check(struct restore *r, FILE *in, ent_err *err)
{
    ent_err none = { 0 };
    node_home home;
    node_peer *peers;
    size_t count;

    (void)in;
    ENT_TRY(node_home_open(r->arena, r->home, &home, err));
    ENT_TRY(node_peer_list(r->arena, &home, &peers, &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *name = node_path(r->arena, "links/%s/out/checkpoint", peers[i].code);
        ent_str note;

        if (node_file_read(r->arena, node_path(r->arena, "%s/%s", r->home, name), MANIFEST_MAX,
                           &note, &none) != ENT_OK ||
            node_file_exists(node_path(r->arena, "%s/%s", r->into, name)))
            continue;
        if (checkpoint_size(r->arena, note) > 0)
            return ent_fail(err, ENT_CONFLICT,
                            "%s is not in the backup; restoring would begin it anew [law 5]", name);
    }
    return ENT_OK;
}

static ent_code links_hold(struct restore *r, ent_err *err)
{
    node_home home;
    node_peer *peers;
    size_t count;

    ENT_TRY(node_home_open(r->arena, r->into, &home, err));
    ENT_TRY(node_peer_list(r->arena, &home, &peers, &count, err));
    for (size_t i = 0; i < count; i++)
        if (node_peer_works(peers[i].state))
            ENT_TRY(node_peer_hold(r->arena, &home, peers[i].code, err));
    r->report->links = count;
    return ENT_OK;
}

/* A home whose store is a server's gets its rows from the copy, if nothing is there: what is
 * there may be what somebody wants to keep. */
static ent_code server_fill(struct restore *r, ent_err *err)
{
    const char *copy = node_path(r->arena, "%s/holdings.db", r->into);
    store *from = NULL, *to = NULL;
    node_home home;
    ent_code rc;

    ENT_TRY(node_home_open(r->arena, r->into, &home, err));
    if (!store_is_remote(home.store))
        return ENT_OK;
    rc = store_open(copy, &from, err);
    if (rc == ENT_OK)
        rc = store_open(home.store, &to, err);
    if (rc == ENT_OK)
        rc = store_copy(from, to, err);
    if (rc == ENT_CONFLICT)
        (void)ent_context(err, "the database of the home must be empty to be restored");
    store_close(from);
    store_close(to);
    if (rc == ENT_OK && remove(copy) != 0)
        rc = ent_fail(err, ENT_IO, "cannot remove '%s': %s", copy, strerror(errno));
    return rc;
}

static ent_code put_in_place(struct restore *r, FILE *in, bool exists, ent_err *err)
{
    const char *before = node_path(r->arena, "%s.before-restore", r->home);

    r->manifest = r->store = false;
    *r->report = (node_backup_report){ 0 };
    r->into = node_path(r->arena, "%s.restoring", r->home);
    if (node_file_exists(r->into) || (exists && node_file_exists(before)))
        return ent_fail(err, ENT_CONFLICT,
                        "'%s' or '%s' is there from an earlier restore; move it away", r->into,
                        before);
    rewind(in);
    ENT_TRY(archive_walk(r, in, err));
    /* A node without links has no file below links/. */
    ENT_TRY(node_folder_make(node_path(r->arena, "%s/links", r->into), err));
    if (exists)
        ENT_TRY(missing_check(r, in, err));
    ENT_TRY(links_hold(r, err));
    ENT_TRY(server_fill(r, err));
    if (exists && rename(r->home, before) != 0)
        return ent_fail(err, ENT_IO, "cannot rename '%s': %s", r->home, strerror(errno));
    if (rename(r->into, r->home) != 0)
        return ent_fail(err, ENT_IO, "cannot rename '%s': %s", r->into, strerror(errno));
    return ENT_OK;
}

ent_code node_backup_restore(ent_arena *arena, const char *path, const char *home,
                             node_backup_report *report, ent_err *err)
{
    struct restore r = { .arena = arena, .path = path, .home = home, .report = report };
    FILE *in = fopen(path, "rb");
    bool exists = false;
    ent_code rc;

    *report = (node_backup_report){ 0 };
    if (in == NULL)
        return ent_fail(err, errno == ENOENT ? ENT_NOT_FOUND : ENT_IO, "cannot open '%s': %s", path,
                        strerror(errno));
    rc = archive_walk(&r, in, err);
    if (rc == ENT_OK)
        rc = home_check(&r, &exists, err);
    if (rc == ENT_OK)
        rc = put_in_place(&r, in, exists, err);
    (void)fclose(in);
    return rc;
}
