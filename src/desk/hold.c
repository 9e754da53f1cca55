#include "desk/hold_int.h"

#include "desk/basis.h"
#include "desk/named.h"
#include "desk/work.h"
#include "holdings/admit.h"

#define RECALLED "recalled: " /* how the reason of such an erasure begins */

static const char where[] = "a release";

/* ---- holding ---- */

/* The same version with other content: a later release may show more or less of it, or keep
 * it longer.  The later one holds; what was called back may come again, too, for its owner
 * decides, and only the called-back release stays refused. */
static ent_code way_clear(desk *d, ent_arena *arena, const char *peer, ent_str source,
                          ent_json object, ent_err *err)
{
    bool named;
    ent_str id = ent_json_get_text(object, "id"), owner = ent_str_of(peer),
            version = ent_json_get_text(object, "modified");
    ent_err why = { 0 };
    store_row row;
    ent_code rc = store_object_get(d->store, arena, peer, id, &row, &why);

    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = why, rc;
    if (version.size == 0)
        version = ent_json_get_text(object, "created");
    if (row.tombstone.size == 0) {
        if (!ent_str_equal(row.version, version))
            return ENT_OK;
        /* What was for persons by name is now for whom this release is. */
        ENT_TRY(desk_named_row(d, arena, &row, &named, err));
        if (ent_str_equal(row.bytes, ent_json_raw(object)) &&
            (!named || ent_str_equal(row.source, source)))
            return ENT_OK;
        ENT_TRY(store_object_erase(d->store, owner, id, ENT_STR(RECALLED), err));
    } else if (!ent_str_starts(row.tombstone, ENT_STR(RECALLED))) {
        return ENT_OK;
    }
    return store_object_forget(d->store, owner, id, err);
}

static ent_code object_store(desk *d, ent_arena *arena, const holdings_origin *origin,
                             ent_json object, ent_err *err)
{
    holdings_result result;
    ent_str reason;

    ENT_TRY(way_clear(d, arena, origin->owner, origin->source, object, err));
    if (holdings_admit(d->store, arena, origin, ent_json_raw(object), &result, &reason, err) !=
        ENT_OK)
        return ent_context(err, "%s", where);
    if (result == HOLDINGS_CONFLICT || result == HOLDINGS_QUARANTINED)
        return ent_fail(err, ENT_CONFLICT, "%s: %.*s: %.*s", where,
                        ENT_STR_ARG(ent_json_get_text(object, "id")), ENT_STR_ARG(reason));
    return ENT_OK;
}

static ent_code origin_make(const desk *d, ent_arena *arena, const char *peer, ent_str release,
                            holdings_origin *origin, ent_err *err)
{
    *origin = (holdings_origin){ .owner = peer, .now = d->now };
    origin->source = ent_arena_printf(arena, "release:%.*s", ENT_STR_ARG(release));
    return origin->source.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* What an owner gave us itself is not replaced by what came of the same version through somebody
 * else: that was projected for the same eyes, and may be less. */
static ent_code fact_hold(desk *d, ent_arena *arena, const holdings_origin *origin,
                          const char *from, ent_json object, ent_err *err)
{
    ent_str version = ent_json_get_text(object, "modified");
    store_row row;
    bool found;

    if (strcmp(origin->owner, from) != 0) {
        ENT_TRY(store_object_find(d->store, arena, origin->owner, ent_json_get_text(object, "id"),
                                  &row, &found, err));
        if (version.size == 0)
            version = ent_json_get_text(object, "created");
        if (found && row.tombstone.size == 0 && ent_str_equal(row.version, version))
            return ENT_OK;
    }
    return object_store(d, arena, origin, object, err);
}

/* {"parts":[{"owner","objects"}]} */
static ent_code body_put(desk *d, ent_arena *arena, const char *peer, ent_str release,
                         const desk_part *parts, size_t count, ent_err *err)
{
    store_doc body = {
        .kind = ENT_STR("release-body"), .id = release, .peer = ent_str_of(peer), .time = d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "parts");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        ent_jw_object(&w);
        ent_jw_key(&w, "owner");
        ent_jw_c(&w, parts[i].owner);
        ent_jw_key(&w, "objects");
        ent_jw_raw(&w, ent_json_raw(parts[i].objects));
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body.json, err));
    return store_doc_put(d->store, &body, err);
}

static ent_code parts_read(ent_arena *arena, ent_str text, desk_part **parts, size_t *count,
                           ent_err *err)
{
    ent_json json, list;

    ENT_TRY(ent_json_read(arena, text, &json, err));
    list = ent_json_get(json, "parts");
    *count = 0;
    *parts = ent_arena_array(arena, ent_json_count(list) + 1, sizeof **parts);
    if (*parts == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str owner = ent_arena_str(arena, ent_json_get_text(v, "owner"));

        if (owner.ptr == NULL)
            return ent_fail_arena(err);
        (*parts)[(*count)++] = (desk_part){ owner.ptr, ent_json_get(v, "objects") };
    }
    return ENT_OK;
}

ent_code desk_parts_hold(desk *d, ent_arena *arena, const char *peer, ent_str release,
                         const desk_part *parts, size_t count, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        holdings_origin origin;

        ENT_TRY(origin_make(d, arena, parts[i].owner, release, &origin, err));
        for (ent_json v = ent_json_first(parts[i].objects); v.doc != NULL; v = ent_json_next(v))
            ENT_TRY(fact_hold(d, arena, &origin, peer, v, err));
    }
    return body_put(d, arena, peer, release, parts, count, err);
}

/* ---- letting go ---- */

struct erasing {
    desk *d;
    ent_arena *arena;
    ent_str release, why; /* why: as it is shown */
    ent_str reason;       /* of the tombstones */
    store_doc *bodies;    /* of the releases that stand */
    size_t body_count;
    int64_t *erased;
};

/* Puts an object together again from the releases that stand, oldest first.  *given: one has it. */
static ent_code object_restore(const struct erasing *e, const char *owner, ent_str id, bool *given,
                               ent_err *err)
{
    *given = false;
    for (size_t i = 0; i < e->body_count; i++) {
        holdings_origin origin;
        desk_part *parts;
        size_t count;

        ENT_TRY(parts_read(e->arena, e->bodies[i].json, &parts, &count, err));
        ENT_TRY(origin_make(e->d, e->arena, owner, e->bodies[i].id, &origin, err));
        for (size_t p = 0; p < count; p++) {
            if (strcmp(parts[p].owner, owner) != 0)
                continue;
            for (ent_json v = ent_json_first(parts[p].objects); v.doc != NULL; v = ent_json_next(v))
                if (ent_str_equal(ent_json_get_text(v, "id"), id)) {
                    ENT_TRY(object_store(e->d, e->arena, &origin, v, err));
                    *given = true;
                }
        }
    }
    return ENT_OK;
}

/* `object`: as it was. */
static ent_code flag(const struct erasing *e, const char *owner, ent_str id, ent_json object,
                     bool withdrawn, ent_err *err)
{
    desk_basis_cause cause = { .owner = ent_str_of(owner),
                               .release = e->release,
                               .reason = e->why,
                               .withdrawn = withdrawn,
                               .object = object };

    return desk_basis_mark(e->d, e->arena, id, &cause, err);
}

struct link_list {
    ent_arena *arena;
    ent_str ids[4096];
    ent_json objects[4096]; /* as they were */
    size_t count;
};

static ent_code link_take(void *arg, const store_row *row, ent_err *err)
{
    struct link_list *list = arg;
    ent_str bytes;

    if (row->tombstone.size > 0 || list->count == sizeof list->ids / sizeof *list->ids)
        return ENT_OK;
    list->ids[list->count] = ent_arena_str(list->arena, row->id);
    bytes = ent_arena_str(list->arena, row->bytes);
    if (list->ids[list->count].ptr == NULL || bytes.ptr == NULL)
        return ent_fail_arena(err);
    return ent_json_read(list->arena, bytes, &list->objects[list->count++], err);
}

/* What ties something to an object that is gone says that it was there: it goes too,
 * also where another release gave it. */
static ent_code links_erase(const struct erasing *e, const char *owner, ent_str id, ent_err *err)
{
    struct link_list *list = ent_arena_alloc(e->arena, sizeof *list);
    ent_str target = ent_arena_str(e->arena, id);
    store_query query = {
        .owner = owner, .type = "relationship", .ref = target.ptr, .frozen = true
    };

    if (list == NULL || target.ptr == NULL)
        return ent_fail_arena(err);
    list->arena = e->arena;
    do {
        list->count = 0;
        ENT_TRY(store_objects_each(e->d->store, &query, link_take, list, err));
        for (size_t i = 0; i < list->count; i++) {
            ENT_TRY(
                store_object_erase(e->d->store, ent_str_of(owner), list->ids[i], e->reason, err));
            ENT_TRY(flag(e, owner, list->ids[i], list->objects[i], true, err));
        }
        *e->erased += (int64_t)list->count;
    } while (list->count > 0);
    return ENT_OK;
}

static ent_code part_erase(const struct erasing *e, const char *peer, const desk_part *part,
                           ent_err *err)
{
    ent_str *gone = ent_arena_array(e->arena, ent_json_count(part->objects) + 1, sizeof *gone);
    size_t count = 0;

    if (gone == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(part->objects); v.doc != NULL; v = ent_json_next(v)) {
        ent_str id = ent_json_get_text(v, "id");
        ent_err why = { 0 };
        bool given;
        ent_code rc = store_object_erase(e->d->store, ent_str_of(part->owner), id, e->reason, &why);

        if (rc != ENT_OK && rc != ENT_NOT_FOUND)
            return *err = why, rc;
        ENT_TRY(object_restore(e, part->owner, id, &given, err));
        ENT_TRY(flag(e, part->owner, id, v, !given, err));
        if (given)
            continue;
        gone[count++] = id;
        *e->erased += rc == ENT_OK;
    }
    /* Last, for a link may have been put together again before its end was gone. */
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(links_erase(e, part->owner, gone[i], err));
        if (strcmp(peer, part->owner) != 0)
            ENT_TRY(links_erase(e, peer, gone[i], err));
    }
    return ENT_OK;
}

ent_code desk_parts_erase(desk *d, ent_arena *arena, const char *peer, ent_str release,
                          ent_str reason, int64_t *erased, ent_err *err)
{
    struct erasing e = {
        .d = d, .arena = arena, .release = release, .why = reason, .erased = erased
    };
    store_doc body;
    desk_part *parts;
    size_t count;
    bool found;

    e.reason = ent_arena_printf(arena, RECALLED "%.*s", ENT_STR_ARG(release));
    if (e.reason.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "release-body", release, &body, &found, err));
    if (!found)
        return ENT_OK;
    ENT_TRY(parts_read(arena, body.json, &parts, &count, err));
    ENT_TRY(store_doc_delete(d->store, "release-body", release, err));
    ENT_TRY(desk_docs(d, arena, "release-body", NULL, NULL, &e.bodies, &e.body_count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(part_erase(&e, peer, &parts[i], err));
    return ENT_OK;
}
