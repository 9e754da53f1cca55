#include "node/readers.h"

#include "base/buf.h"
#include "desk/given.h"
#include "node/files.h"
#include "taxii/post.h"
#include "taxii/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VIEW_MEMORY ((size_t)1 << 30)
#define CHUNK       500

const char *node_reader_folder(ent_arena *arena, const node_home *home, const char *code)
{
    return node_path(arena, "%s/links/%s/view", home->path, code);
}

const char *node_reader_file(ent_arena *arena, const node_home *home, const char *code)
{
    return node_path(arena, "%s/links/%s/view/taxii.db", home->path, code);
}

/* One making of the file. */
struct view {
    node_desk *nd;
    const node_peer *peer;
    ent_arena *arena;
    const char *path, *fresh; /* what is served, and what will be */
    taxii_store *s;
    taxii_collection collection;
    taxii_item *items; /* what the partner has now, by id */
    bool *kept;        /* which of them stand there as they are */
    size_t count;
    ent_str *gone; /* ids that go */
    size_t gone_count, gone_room;
    bool changed;
};

/* ---- what the partner has now ---- */

static ent_code object_put(void *arg, const desk_given *given, ent_err *err)
{
    ent_buf *buf = arg;

    if (buf->size > 0)
        ent_buf_byte(buf, ',');
    ent_buf_str(buf, ent_json_raw(given->object));
    return buf->failed ? ent_fail_arena(err) : ENT_OK;
}

static int by_id(const void *a, const void *b)
{
    return ent_str_compare(((const taxii_item *)a)->id, ((const taxii_item *)b)->id);
}

static ent_code items_collect(struct view *v, ent_err *err)
{
    ent_str objects, body;
    ent_buf buf;

    ent_buf_init(&buf, v->arena);
    ENT_TRY(desk_given_now(node_desk_desk(v->nd), v->arena, v->peer->code, object_put, &buf, err));
    ENT_TRY(ent_buf_done(&buf, &objects, err));
    body = ent_arena_printf(v->arena, "{\"objects\":[%.*s]}", ENT_STR_ARG(objects));
    if (body.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(taxii_post_read(v->arena, body, &v->items, &v->count, err));
    v->kept = ent_arena_array(v->arena, v->count + 1, sizeof *v->kept);
    if (v->kept == NULL)
        return ent_fail_arena(err);
    memset(v->kept, 0, (v->count + 1) * sizeof *v->kept);
    if (v->count > 0)
        qsort(v->items, v->count, sizeof *v->items, by_id);
    return ENT_OK;
}

/* ---- the file ---- */

static void leftovers_remove(const struct view *v)
{
    static const char *const endings[] = { "", "-wal", "-shm" };

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        (void)unlink(node_path(v->arena, "%s%s", v->fresh, endings[i]));
}

/* The file as it is served, to be changed; none: an empty one. */
static ent_code file_copy(struct view *v, ent_err *err)
{
    int from = open(v->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to;
    char bytes[65536];
    ssize_t got = 0;
    bool whole;

    v->changed = from < 0;
    if (from < 0)
        return errno == ENOENT
                   ? ENT_OK
                   : ent_fail(err, ENT_IO, "cannot read '%s': %s", v->path, strerror(errno));
    to = open(v->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    while (to >= 0 && (got = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)got) != got)
            break;
    whole = to >= 0 && got == 0;
    (void)close(from);
    if (to >= 0 && close(to) != 0)
        whole = false;
    return whole ? ENT_OK : ent_fail(err, ENT_IO, "cannot copy '%s': %s", v->path, strerror(errno));
}

/* The one collection, made with the file. */
static ent_code collection_find(struct view *v, ent_err *err)
{
    const node_home *home = node_desk_home(v->nd);
    taxii_root root = { .name = ENT_STR(NODE_READER_ROOT), .max_content_length = 1 << 20 };
    taxii_collection *list;
    char id[37];
    size_t count;

    ENT_TRY(taxii_collection_list(v->s, v->arena, root.name, &list, &count, err));
    if (count > 0) {
        v->collection = list[0];
        return ENT_OK;
    }
    root.title = ent_arena_printf(v->arena, "Released by %.*s", ENT_STR_ARG(home->name));
    desk_id(node_desk_desk(v->nd), id);
    v->collection = (taxii_collection){
        .root = root.name,
        .id = ent_arena_str(v->arena, ent_str_of(id)),
        .title = ent_arena_printf(v->arena, "Released to %s", v->peer->code),
        .alias = { "", 0 },
        .read = ent_arena_printf(v->arena, ",%s,", v->peer->code),
        .write = { "", 0 },
        .query = { "", 0 },
    };
    if (root.title.ptr == NULL || v->collection.id.ptr == NULL || v->collection.title.ptr == NULL ||
        v->collection.read.ptr == NULL)
        return ent_fail_arena(err);
    root.partner = (ent_str){ "", 0 };
    ENT_TRY(taxii_root_add(v->s, &root, err));
    ENT_TRY(taxii_collection_add(v->s, &v->collection, err));
    return taxii_collection_get(v->s, v->arena, root.name, v->collection.id, &v->collection, err);
}

/* A row that is there: as it is to be, or it goes. */
static ent_code row_compare(void *arg, const taxii_row *row, ent_err *err)
{
    struct view *v = arg;
    const taxii_item key = { .id = row->id };
    const taxii_item *item =
        v->count == 0 ? NULL : bsearch(&key, v->items, v->count, sizeof key, by_id);

    if (item != NULL && ent_str_equal(item->bytes, row->bytes)) {
        v->kept[item - v->items] = true;
        return ENT_OK;
    }
    if (v->gone_count == v->gone_room) {
        ent_str *grown = ent_arena_grow(v->arena, v->gone, &v->gone_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        v->gone = grown;
    }
    v->gone[v->gone_count] = ent_arena_str(v->arena, row->id);
    return v->gone[v->gone_count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

struct last {
    struct view *view;
    ent_time added;
};

static ent_code row_take(void *arg, const taxii_row *row, ent_err *err)
{
    struct last *last = arg;

    last->added = row->added;
    return row_compare(last->view, row, err);
}

static ent_code rows_compare(struct view *v, ent_err *err)
{
    struct last last = { v, 0 };
    bool more = true;

    while (more) {
        taxii_select select = { .collection = v->collection.number,
                                .after = last.added,
                                .versions = { .all = true },
                                .limit = CHUNK,
                                .content = true };

        ENT_TRY(taxii_objects_select(v->s, v->arena, &select, row_take, &last, &more, err));
    }
    return ENT_OK;
}

/* Also on an exercise: clients compare date_added with their own clocks. */
static ent_time time_of_day(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

/* What is called back goes; what was corrected goes and comes anew, so that who asks for what was
 * added since gets it. */
static ent_code rows_change(struct view *v, ent_err *err)
{
    size_t added = 0;

    for (size_t i = 0; i < v->gone_count; i++) {
        taxii_select select = { .collection = v->collection.number,
                                .ids = &v->gone[i],
                                .id_count = 1,
                                .versions = { .all = true } };
        ent_err why = { 0 };
        ent_code rc = taxii_objects_delete(v->s, v->arena, &select, &why);

        if (rc != ENT_OK && rc != ENT_NOT_FOUND)
            return *err = why, rc;
    }
    for (size_t i = 0; i < v->count; i++)
        if (!v->kept[i])
            v->items[added++] = v->items[i];
    v->changed = v->changed || added > 0 || v->gone_count > 0;
    return added == 0 ? ENT_OK
                      : taxii_objects_add(v->s, v->arena, v->collection.number, time_of_day(),
                                          v->items, added, err);
}

static ent_code store_change(struct view *v, ent_err *err)
{
    /* The file is ours alone until it takes its place, so these need no common transaction. */
    ENT_TRY(collection_find(v, err));
    ENT_TRY(rows_compare(v, err));
    ENT_TRY(taxii_store_begin(v->s, err));
    return taxii_store_end(v->s, rows_change(v, err), err);
}

/* The last handle's end has put all of it into the one file. */
static ent_code file_replace(const struct view *v, ent_err *err)
{
    const char *folder = node_reader_folder(v->arena, node_desk_home(v->nd), v->peer->code);
    int fd = open(v->fresh, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    good = good && rename(v->fresh, v->path) == 0;
    fd = good ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return good ? ENT_OK
                : ent_fail(err, ENT_IO, "cannot replace '%s': %s", v->path, strerror(errno));
}

static ent_code view_make(struct view *v, ent_err *err)
{
    ent_code rc;

    ENT_TRY(items_collect(v, err));
    leftovers_remove(v);
    ENT_TRY(file_copy(v, err));
    ENT_TRY(taxii_store_open(v->fresh, &v->s, err));
    v->changed = v->changed || taxii_store_raised(v->s);
    rc = store_change(v, err);
    taxii_store_close(v->s);
    if (rc == ENT_OK && v->changed)
        rc = file_replace(v, err);
    leftovers_remove(v);
    return rc;
}

ent_code node_reader_refresh(node_desk *nd, const node_peer *peer, ent_err *err)
{
    const node_home *home = node_desk_home(nd);
    struct view v = { .nd = nd, .peer = peer, .arena = ent_arena_new(VIEW_MEMORY) };
    int lock = -1;
    ent_code rc;

    if (v.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for what '%s' may read", peer->code);
    v.path = node_reader_file(v.arena, home, peer->code);
    v.fresh = node_path(v.arena, "%s/links/%s/taxii.db.new", home->path, peer->code);
    rc = node_folder_make(node_reader_folder(v.arena, home, peer->code), err);
    if (rc == ENT_OK)
        rc = node_lock(node_path(v.arena, "%s/links/%s/view.lock", home->path, peer->code), true,
                       &lock, err);
    if (rc == ENT_OK)
        rc = view_make(&v, err);
    if (lock >= 0)
        (void)close(lock);
    ent_arena_free(v.arena);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "what '%s' may read", peer->code);
}

ent_code node_readers_refresh(node_desk *nd, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    node_peer *peers;
    size_t count;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for partners");
    rc = node_peer_list(arena, node_desk_home(nd), &peers, &count, err);
    for (size_t i = 0; rc == ENT_OK && i < count; i++)
        if (peers[i].reader && node_peer_works(peers[i].state))
            rc = node_reader_refresh(nd, &peers[i], err);
    ent_arena_free(arena);
    return rc;
}

ent_code node_reader_collection(ent_arena *arena, const node_home *home, const char *code,
                                ent_str *id, ent_err *err)
{
    taxii_collection *list;
    taxii_store *s;
    size_t count;
    ent_code rc;

    ENT_TRY(taxii_store_open_frozen(arena, node_reader_file(arena, home, code), &s, err));
    rc = taxii_collection_list(s, arena, ENT_STR(NODE_READER_ROOT), &list, &count, err);
    taxii_store_close(s);
    if (rc == ENT_OK && count == 0)
        rc = ent_fail(err, ENT_NOT_FOUND, "there is no collection for '%s' yet", code);
    if (rc == ENT_OK)
        *id = list[0].id;
    return rc;
}
