#include "holdings/around.h"

#include "holdings/index.h"
#include "holdings/ties.h"
#include "holdings/texts_int.h"
#include "holdings/ties_int.h"

/* What one object may take while it is read. */
#define OBJECT_MEMORY ((size_t)64 << 20)
/* Of one key or one record: a hub says more than anybody can look at. */
#define NEIGHBOURS ((size_t)2000)

struct around {
    store *store;
    ent_arena *arena, *scratch;
    const holdings_around_ask *ask;
    holdings_texts ids; /* found, nearest first */
    unsigned *hops;
    holdings_texts told; /* links that were told, by what tells them apart */
    bool more;
    size_t at;   /* the record that is looked at */
    ent_str key; /* the join that is looked at */
    bool reassignable;
    ent_days days; /* of the record that is looked at */
};

struct read_row {
    ent_json object;
    policy_label label;
    ent_str owner, rating, time;
};

static ent_code row_read(struct around *a, const store_row *row, struct read_row *r, ent_err *err)
{
    ent_json beside = { 0 };

    *r = (struct read_row){ .owner = row->owner.size == 0 ? a->ask->self : row->owner };
    ENT_TRY(ent_json_read(a->scratch, row->bytes, &r->object, err));
    ENT_TRY(holdings_label(a->scratch, r->object, row->handling, &r->label, err));
    if (row->handling.size > 0)
        ENT_TRY(ent_json_read(a->scratch, row->handling, &beside, err));
    r->time = holdings_tie_time(a->scratch, r->object, policy_handling(r->object));
    if (r->time.size == 0)
        r->time = ent_json_get_text(beside, "valid");
    r->rating = ent_arena_printf(a->scratch, "%.*s%.*s", ENT_STR_ARG(r->label.source),
                                 ENT_STR_ARG(r->label.information));
    return ENT_OK;
}

/* A coordinate as it stands in the object. */
static ent_str coordinate(ent_json object, const char *name)
{
    ent_json value = ent_json_get(object, name);

    return ent_json_is(value, ENT_JSON_NUMBER) ? ent_json_raw(value) : ENT_STR_NONE;
}

/* ---- things and links ---- */

/* Is this thing shown?  A new one is put behind the others while there is room. */
static ent_code id_find(struct around *a, ent_str id, bool *shown, ent_err *err)
{
    *shown = *holdings_texts_slot(&a->ids, id) != 0;
    if (*shown || a->hops[a->at] >= a->ask->depth)
        return ENT_OK;
    if (a->ids.count == a->ask->limit) {
        a->more = true;
        return ENT_OK;
    }
    a->hops[a->ids.count] = a->hops[a->at] + 1;
    return holdings_texts_add(a->arena, &a->ids, id, shown, err);
}

static ent_code link_tell(struct around *a, const holdings_link *link, ent_err *err)
{
    bool from, to, first;
    ent_str text;

    ENT_TRY(id_find(a, link->from, &from, err));
    ENT_TRY(id_find(a, link->to, &to, err));
    if (!from || !to || ent_str_equal(link->from, link->to))
        return ENT_OK;
    /* A key joins both ways: told once, in the order of the ids. */
    text = link->key.size > 0 && ent_str_compare(link->from, link->to) > 0
               ? ent_arena_printf(a->scratch, "%.*s %.*s %.*s", ENT_STR_ARG(link->to),
                                  ENT_STR_ARG(link->key), ENT_STR_ARG(link->from))
               : ent_arena_printf(a->scratch, "%.*s %.*s%.*s %.*s", ENT_STR_ARG(link->from),
                                  ENT_STR_ARG(link->key),
                                  ENT_STR_ARG(link->key.size > 0 ? ENT_STR("") : link->type),
                                  ENT_STR_ARG(link->to));
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(holdings_texts_add(a->arena, &a->told, text, &first, err));
    return first ? a->ask->link(a->ask->arg, link, err) : ENT_OK;
}

/* Something that refers to the record: a relationship is a link, all else mentions it. */
static ent_code referrer_take(void *arg, const store_row *row, ent_err *err)
{
    struct around *a = arg;
    struct read_row r;
    holdings_link link;
    int64_t confidence;

    if (row->tombstone.size > 0 || row->bytes.size == 0)
        return ENT_OK;
    ENT_TRY(row_read(a, row, &r, err));
    if (ent_json_true(ent_json_get(r.object, "revoked")))
        return ENT_OK;
    link = (holdings_link){ .id = ENT_STR(""),
                            .from = row->id,
                            .type = ENT_STR("mentions"),
                            .to = a->ids.text[a->at],
                            .owner = r.owner,
                            .rating = r.rating,
                            .time = r.time,
                            .key = ENT_STR(""),
                            .confidence = -1 };
    if (ent_str_is(row->type, "relationship")) {
        link.id = row->id;
        link.from = ent_json_get_text(r.object, "source_ref");
        link.type = ent_json_get_text(r.object, "relationship_type");
        link.to = ent_json_get_text(r.object, "target_ref");
        link.evidential = r.label.evidential;
        if (ent_json_int(ent_json_get(r.object, "confidence"), &confidence))
            link.confidence = (int)confidence;
        if (link.from.size == 0 || link.to.size == 0)
            return ENT_OK;
    }
    return link_tell(a, &link, err);
}

/* Another record with the key. */
static ent_code holder_take(void *arg, const store_row *row, ent_err *err)
{
    struct around *a = arg;
    struct read_row r;

    if (row->tombstone.size > 0 || row->bytes.size == 0 || ent_str_is(row->type, "relationship"))
        return ENT_OK;
    ENT_TRY(row_read(a, row, &r, err));
    return link_tell(a,
                     &(holdings_link){ .id = ENT_STR(""),
                                       .from = a->ids.text[a->at],
                                       .type = ENT_STR("="),
                                       .to = row->id,
                                       .owner = r.owner,
                                       .rating = r.rating,
                                       .time = r.time,
                                       .key = a->key,
                                       .confidence = 100,
                                       .evidential = true,
                                       .conflict = a->reassignable &&
                                                   !ent_days_overlap(a->days, r.label.valid) },
                     err);
}

static ent_code joins_tell(struct around *a, const store_row *row, ent_err *err)
{
    ent_str *keys;
    size_t count;

    ENT_TRY(store_keys_of(a->store, a->arena, row->number, &keys, &count, err));
    for (size_t i = 0; i < count; i++) {
        store_query query = { .key = keys[i].ptr, .limit = NEIGHBOURS };

        if (!holdings_key_joins(keys[i], &a->reassignable))
            continue;
        a->key = keys[i];
        ENT_TRY(store_objects_each(a->store, &query, holder_take, a, err));
    }
    return ENT_OK;
}

static ent_code mentions_tell(struct around *a, const store_row *row, const struct read_row *r,
                              ent_err *err)
{
    ent_str *refs;
    size_t count;

    ENT_TRY(store_refs_of(a->store, a->arena, row->number, &refs, &count, err));
    for (size_t i = 0; i < count; i++) {
        store_row held;
        holdings_link link = { .id = ENT_STR(""),
                               .from = row->id,
                               .type = ENT_STR("mentions"),
                               .to = refs[i],
                               .owner = r->owner,
                               .rating = r->rating,
                               .time = ENT_STR(""),
                               .key = ENT_STR(""),
                               .confidence = -1 };
        ent_err absent = { 0 };

        /* What is not held here is no thing; "ext:" names are not ids. */
        if (store_object_get(a->store, a->scratch, NULL, refs[i], &held, &absent) == ENT_OK)
            ENT_TRY(link_tell(a, &link, err));
        else if (absent.code != ENT_NOT_FOUND)
            return (*err = absent).code;
    }
    return ENT_OK;
}

static ent_code thing_tell(struct around *a, ent_err *err)
{
    ent_str id = a->ids.text[a->at];
    store_query referrers = { .ref = id.ptr, .limit = NEIGHBOURS };
    struct read_row r;
    holdings_thing thing;
    store_row row;

    ent_arena_reset(a->scratch);
    if (store_object_get(a->store, a->arena, NULL, id, &row, err) != ENT_OK) {
        if (err->code != ENT_NOT_FOUND || a->at == 0)
            return err->code;
        *err = (ent_err){ 0 };
        return ENT_OK; /* the end of a link, not held here */
    }
    if (row.bytes.size == 0)
        return ENT_OK;
    ENT_TRY(row_read(a, &row, &r, err));
    thing = (holdings_thing){ .id = id,
                              .type = row.type,
                              .name = holdings_shown(a->scratch, r.object),
                              .owner = r.owner,
                              .rating = r.rating,
                              .valid = r.time,
                              .latitude = coordinate(r.object, "latitude"),
                              .longitude = coordinate(r.object, "longitude"),
                              .hops = a->hops[a->at],
                              .whole = a->hops[a->at] < a->ask->depth };
    ENT_TRY(a->ask->thing(a->ask->arg, &thing, err));
    a->days = r.label.valid;
    ENT_TRY(mentions_tell(a, &row, &r, err));
    ENT_TRY(store_objects_each(a->store, &referrers, referrer_take, a, err));
    return joins_tell(a, &row, err);
}

ent_code holdings_around(store *s, ent_arena *arena, const holdings_around_ask *ask, bool *more,
                         ent_err *err)
{
    struct around a = { .store = s, .arena = arena, .ask = ask };
    ent_code rc = ENT_OK;
    bool is_new;

    a.hops = ent_arena_array(arena, ask->limit + 1, sizeof *a.hops);
    if (a.hops == NULL)
        return ent_fail_arena(err);
    a.hops[0] = 0;
    ENT_TRY(holdings_texts_add(arena, &a.ids, ask->id, &is_new, err));
    a.scratch = ent_arena_new(OBJECT_MEMORY);
    if (a.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read an object");
    for (a.at = 0; a.at < a.ids.count && rc == ENT_OK; a.at++)
        rc = thing_tell(&a, err);
    rc = ent_arena_end(a.scratch, rc, err);
    *more = a.more;
    return rc;
}
