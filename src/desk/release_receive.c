/* What a peer releases and calls back.  Everything comes from outside: a release is taken
 * whole, after every check, or refused without a trace but the note of it. */
#include "desk/receive_int.h"
#include "desk/release_int.h"

#include "base/limits.h"
#include "holdings/admit.h"
#include "stix/extension_ids.h"

#define RECALLED "recalled: " /* how the reason of such an erasure begins */

static const char where[] = "a release";

/* ---- the statement ---- */

static ent_code statement_read(desk *d, ent_arena *arena, const char *peer, ent_str text,
                               ent_json *json, ent_str *id, ent_err *err)
{
    static const char *const names[] = { "agreement", "drafted", "from",    "id",
                                         "kind",      "objects", "purpose", "tearline",
                                         "to",        "version", NULL };
    int64_t version;

    ENT_TRY(desk_canonical(arena, text, where, json, err));
    ENT_TRY(desk_members(*json, where, names, err));
    ENT_TRY(desk_number(*json, "version", where, 1, 1, &version, err));
    ENT_TRY(desk_uuid(*json, "id", where, id, err));
    if (!ent_str_is(ent_json_get_text(*json, "kind"), "release") ||
        !ent_str_is(ent_json_get_text(*json, "from"), peer) ||
        !ent_str_is(ent_json_get_text(*json, "to"), d->code))
        return ent_fail(err, ENT_UNTRUSTED, "%s: it is not one of '%s' to this node", where, peer);
    return ENT_OK;
}

/* Under an agreement in force that lets it flow, with two officers behind it. */
static ent_code terms_check(desk *d, ent_arena *arena, const char *peer, ent_json json,
                            ent_str statement, ent_json approvals, ent_err *err)
{
    ent_str id, purpose;
    desk_agreement a;
    desk_terms terms;
    bool agreed = false;

    ENT_TRY(desk_uuid(json, "agreement", where, &id, err));
    ENT_TRY(desk_text(json, "purpose", where, &purpose, err));
    if (desk_agreement_get(d, arena, id, &a, err) != ENT_OK)
        return ent_context(err, "%s [agreement]", where);
    desk_agreement_terms(d, &a, peer, &terms);
    if (!terms.policy.in_force || !terms.policy.both_party)
        return ent_fail(err, ENT_DENIED, "%s: its agreement is not in force: %s [agreement]", where,
                        terms.why_not == NULL ? "the sender is no party" : terms.why_not);
    if (!terms.policy.release)
        return ent_fail(err, ENT_DENIED, "%s: its agreement has no release [flow]", where);
    for (size_t i = 0; i < terms.policy.purpose_count; i++)
        agreed = agreed || ent_str_equal(terms.policy.purposes[i], purpose);
    if (!agreed)
        return ent_fail(err, ENT_DENIED, "%s: its agreement is not for its purpose [purpose]",
                        where);
    if (desk_officers_check(arena, desk_agreement_party(&a, ent_str_of(peer)), "release", statement,
                            approvals, err) != ENT_OK)
        return ent_context(err, "%s", where);
    return ENT_OK;
}

/* ---- objects ---- */

static ent_code extensions_check(ent_json object, ent_str id, ent_err *err)
{
    for (ent_json v = ent_json_first(ent_json_get(object, "extensions")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);

        if (!desk_extension_known(name))
            return ent_fail(err, ENT_FORMAT, "%s: %.*s carries the unknown extension '%.*s'", where,
                            ENT_STR_ARG(id), name.size > 60 ? 60 : (int)name.size, name.ptr);
    }
    return ENT_OK;
}

/* Nobody overwrites another's object [law 4]: each owner's is kept as its own, also under an id
 * that somebody else's has here.  Only what this peer got from us it cannot give as its own; to
 * refuse what we hold otherwise would tell that we hold it [law 2]. */
static ent_code owner_check(desk *d, ent_arena *arena, const char *peer, ent_str id, ent_err *err)
{
    ent_str given = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id));
    store_doc doc;
    bool found;

    if (given.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "given", given, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s: %.*s was given to it by this node [law 4]", where,
                        ENT_STR_ARG(id));
    return ENT_OK;
}

static ent_code object_check(desk *d, ent_arena *arena, const char *peer, ent_json object,
                             ent_str purpose, ent_err *err)
{
    ent_str id = ent_json_get_text(object, "id"), type = ent_json_get_text(object, "type");
    ent_json handling = policy_handling(object);
    policy_label label = { 0 };

    if (!ent_json_is(object, ENT_JSON_OBJECT) || !desk_is_id(id) || id.size != type.size + 38 ||
        !ent_str_starts(id, type))
        return ent_fail(err, ENT_FORMAT, "%s: an object has no id of its type", where);
    if (!desk_type_leaves(type))
        return ent_fail(err, ENT_FORMAT, "%s: %.*s is of a type that is not released", where,
                        ENT_STR_ARG(id));
    ENT_TRY(extensions_check(object, id, err));
    if (ent_json_get(object, "created_by_ref").doc != NULL)
        return ent_fail(err, ENT_FORMAT, "%s: %.*s names its author", where, ENT_STR_ARG(id));
    if (policy_label_read(object, (ent_json){ NULL, 0 }, &label, err) != ENT_OK)
        return ent_context(err, "%s: %.*s", where, ENT_STR_ARG(id));
    if (!label.complete || handling.doc == NULL)
        return ent_fail(err, ENT_FORMAT, "%s: %.*s carries no %s", where, ENT_STR_ARG(id),
                        label.missing == NULL ? "handling" : label.missing);
    if (label.purpose_count != 1 || !ent_str_equal(label.purposes[0], purpose))
        return ent_fail(err, ENT_FORMAT, "%s: %.*s is not for the purpose of the release", where,
                        ENT_STR_ARG(id));
    return owner_check(d, arena, peer, id, err);
}

struct known {
    desk *d;
    ent_arena *arena;
    const char *peer;
};

/* What may be referred to: what this peer has given us, and what we have given it. */
static ent_code known_here(void *arg, ent_str id, bool *knows, ent_err *err)
{
    struct known *k = arg;

    return desk_peer_knows(k->d, k->arena, k->peer, id, knows, err);
}

static ent_code objects_check(desk *d, ent_arena *arena, const char *peer, ent_json json,
                              ent_err *err)
{
    ent_json objects = ent_json_get(json, "objects");
    ent_str purpose = ent_json_get_text(json, "purpose");
    struct known known = { d, arena, peer };
    size_t count = ent_json_count(objects);

    if (!ent_json_is(objects, ENT_JSON_ARRAY) || count < 1 || count > ENT_LIMIT_RELEASE_OBJECTS)
        return ent_fail(err, ENT_FORMAT, "%s: member 'objects' is no list of 1 to %d", where,
                        ENT_LIMIT_RELEASE_OBJECTS);
    for (ent_json v = ent_json_first(objects); v.doc != NULL; v = ent_json_next(v)) {
        ENT_TRY(object_check(d, arena, peer, v, purpose, err));
        for (ent_json u = ent_json_first(objects); u.at != v.at; u = ent_json_next(u))
            if (ent_str_equal(ent_json_get_text(u, "id"), ent_json_get_text(v, "id")))
                return ent_fail(err, ENT_FORMAT, "%s: it has one object twice", where);
    }
    if (desk_closed_check(objects, known_here, &known, err) != ENT_OK)
        return ent_context(err, "%s", where);
    return ENT_OK;
}

/* ---- taking it ---- */

/* The same version with other content: a later release may show more or less of it, or keep
 * it longer.  The later one holds; what was called back may come again, too, for its owner
 * decides, and only the called-back release stays refused. */
static ent_code way_clear(desk *d, ent_arena *arena, const char *peer, ent_json object,
                          ent_err *err)
{
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
        if (!ent_str_equal(row.version, version) || ent_str_equal(row.bytes, ent_json_raw(object)))
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

    ENT_TRY(way_clear(d, arena, origin->owner, object, err));
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

/* Stores the objects, and keeps the statement until the release is called back: what several
 * releases gave can then be put together anew without one of them. */
static ent_code objects_store(desk *d, ent_arena *arena, const char *peer, ent_str release,
                              ent_json statement, ent_err *err)
{
    store_doc body = { .kind = ENT_STR("release-body"),
                       .id = release,
                       .peer = ent_str_of(peer),
                       .time = d->now,
                       .json = ent_json_raw(statement) };
    holdings_origin origin;

    ENT_TRY(origin_make(d, arena, peer, release, &origin, err));
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        ENT_TRY(object_store(d, arena, &origin, v, err));
    return store_doc_put(d->store, &body, err);
}

static ent_code release_in_put(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_str id, ent_json json, ent_json approvals, ent_span body,
                               ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("release-in"),
                      .id = id,
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("stored"),
                      .time = d->now };
    ent_hash hash = ent_hash_of(body.ptr, body.size);
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, ent_json_get_text(json, "purpose"));
    ent_jw_key(&w, "agreement");
    ent_jw_str(&w, ent_json_get_text(json, "agreement"));
    ent_jw_key(&w, "approved_by");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v))
        ent_jw_str(&w, ent_json_get_text(v, "officer"));
    ent_jw_end(&w);
    ent_jw_key(&w, "tearline");
    ent_jw_str(&w, ent_json_get_text(json, "tearline"));
    ent_jw_key(&w, "hash");
    ent_jw_hex(&w, hash.bytes, ENT_HASH_SIZE);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry->id);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "objects");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        ent_jw_str(&w, ent_json_get_text(v, "id"));
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* Neither seen before nor called back. */
static ent_code new_check(desk *d, ent_arena *arena, const char *peer, ent_str id, ent_err *err)
{
    ent_str recalled = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id));
    store_doc doc;
    bool found;

    if (recalled.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "recalled", recalled, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_DENIED, "%s: it was called back and is refused for ever [recall]",
                        where);
    ENT_TRY(desk_doc_found(d, arena, "release-in", id, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s: it was received already", where);
    return ENT_OK;
}

ent_code desk_release_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    static const char *const names[] = { "approvals", "statement", NULL };
    ent_json outer, json, approvals, objects;
    ent_str statement, id;

    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &outer, err));
    ENT_TRY(desk_members(outer, where, names, err));
    ENT_TRY(desk_text(outer, "statement", where, &statement, err));
    approvals = ent_json_get(outer, "approvals");
    ENT_TRY(statement_read(d, arena, peer, statement, &json, &id, err));
    ENT_TRY(new_check(d, arena, peer, id, err));
    ENT_TRY(terms_check(d, arena, peer, json, statement, approvals, err));
    ENT_TRY(objects_check(d, arena, peer, json, err));
    objects = ent_json_get(json, "objects");
    ENT_TRY(objects_store(d, arena, peer, id, json, err));
    ENT_TRY(release_in_put(d, arena, peer, entry, id, json, approvals, body, err));
    return desk_receipt_say(d, arena, peer, entry->id, "release", "received", id,
                            (int64_t)ent_json_count(objects), err);
}

/* ---- recall ---- */

/* Puts an object together again from the releases that stand, oldest first.  *given: one has it. */
static ent_code object_restore(desk *d, ent_arena *arena, const char *peer, const store_doc *bodies,
                               size_t count, ent_str id, bool *given, ent_err *err)
{
    *given = false;
    for (size_t i = 0; i < count; i++) {
        holdings_origin origin;
        ent_json json;

        ENT_TRY(ent_json_read(arena, bodies[i].json, &json, err));
        ENT_TRY(origin_make(d, arena, peer, bodies[i].id, &origin, err));
        for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
             v = ent_json_next(v)) {
            if (!ent_str_equal(ent_json_get_text(v, "id"), id))
                continue;
            ENT_TRY(object_store(d, arena, &origin, v, err));
            *given = true;
        }
    }
    return ENT_OK;
}

struct link_list {
    ent_arena *arena;
    ent_str ids[4096];
    size_t count;
};

static ent_code link_take(void *arg, const store_row *row, ent_err *err)
{
    struct link_list *list = arg;

    if (row->tombstone.size > 0 || list->count == sizeof list->ids / sizeof *list->ids)
        return ENT_OK;
    list->ids[list->count] = ent_arena_str(list->arena, row->id);
    if (list->ids[list->count++].ptr == NULL)
        return ent_fail_arena(err);
    return ENT_OK;
}

/* What ties something to an object that is gone says that it was there: it goes too,
 * also where another release gave it. */
static ent_code links_erase(desk *d, ent_arena *arena, const char *peer, ent_str id, ent_str reason,
                            int64_t *erased, ent_err *err)
{
    struct link_list *list = ent_arena_alloc(arena, sizeof *list);
    ent_str target = ent_arena_str(arena, id);
    store_query query = {
        .owner = peer, .type = "relationship", .ref = target.ptr, .frozen = true
    };

    if (list == NULL || target.ptr == NULL)
        return ent_fail_arena(err);
    list->arena = arena;
    do {
        list->count = 0;
        ENT_TRY(store_objects_each(d->store, &query, link_take, list, err));
        for (size_t i = 0; i < list->count; i++)
            ENT_TRY(store_object_erase(d->store, ent_str_of(peer), list->ids[i], reason, err));
        *erased += (int64_t)list->count;
    } while (list->count > 0);
    return ENT_OK;
}

static ent_code objects_erase(desk *d, ent_arena *arena, const char *peer, ent_str release,
                              ent_json json, int64_t *erased, ent_err *err)
{
    ent_str reason = ent_arena_printf(arena, RECALLED "%.*s", ENT_STR_ARG(release));
    ent_json objects = ent_json_get(json, "objects");
    ent_str *gone = ent_arena_array(arena, ent_json_count(objects) + 1, sizeof *gone);
    size_t count, gone_count = 0;
    store_doc *bodies;

    if (reason.ptr == NULL || gone == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_doc_delete(d->store, "release-body", release, err));
    ENT_TRY(desk_docs(d, arena, "release-body", peer, NULL, &bodies, &count, err));
    for (ent_json v = ent_json_first(objects); v.doc != NULL; v = ent_json_next(v)) {
        ent_err why = { 0 };
        bool given;
        ent_code rc = store_object_erase(d->store, ent_str_of(peer), ent_json_str(v), reason, &why);

        if (rc != ENT_OK && rc != ENT_NOT_FOUND)
            return *err = why, rc;
        ENT_TRY(object_restore(d, arena, peer, bodies, count, ent_json_str(v), &given, err));
        if (given)
            continue;
        gone[gone_count++] = ent_json_str(v);
        *erased += rc == ENT_OK;
    }
    /* Last, for a link may have been put together again before its end was gone. */
    for (size_t i = 0; i < gone_count; i++)
        ENT_TRY(links_erase(d, arena, peer, gone[i], reason, erased, err));
    return ENT_OK;
}

/* The release ends here, if it had come: content, and the body of its entry. */
static ent_code release_in_end(desk *d, ent_arena *arena, const char *peer, ent_str release,
                               int64_t *erased, ent_err *err)
{
    store_doc erase = { .kind = ENT_STR("erase"),
                        .peer = ent_str_of(peer),
                        .state = ENT_STR("in"),
                        .time = d->now,
                        .json = ENT_STR("{}") };
    store_doc doc;
    int64_t seq = 0;
    ent_json json;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "release-in", release, &doc, &found, err));
    if (!found || !ent_str_is(doc.peer, peer))
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    ENT_TRY(objects_erase(d, arena, peer, release, json, erased, err));
    doc.state = ENT_STR("recalled");
    ENT_TRY(store_doc_put(d->store, &doc, err));
    (void)ent_json_int(ent_json_get(json, "seq"), &seq);
    erase.id = ent_arena_printf(arena, "%s/%lld", peer, (long long)seq);
    if (erase.id.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, &erase, err);
}

ent_code desk_recall_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                             ent_span body, ent_err *err)
{
    static const char *const names[] = { "reason", "release", NULL };
    static const char recall[] = "a recall";
    store_doc doc = { .kind = ENT_STR("recalled"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("recalled"),
                      .time = d->now,
                      .json = { body.ptr, body.size } };
    ent_str release, reason;
    int64_t erased = 0;
    ent_json json;

    ENT_TRY(desk_canonical(arena, doc.json, recall, &json, err));
    ENT_TRY(desk_members(json, recall, names, err));
    ENT_TRY(desk_uuid(json, "release", recall, &release, err));
    ENT_TRY(desk_text(json, "reason", recall, &reason, err));
    doc.id = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(release));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_doc_put(d->store, &doc, err));
    ENT_TRY(release_in_end(d, arena, peer, release, &erased, err));
    return desk_receipt_say(d, arena, peer, entry->id, "recall", "erased", release, erased, err);
}
