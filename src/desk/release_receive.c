/* What a peer releases.  Everything comes from outside: a release is taken whole, after every
 * check, or refused without a trace but the note of it. */
#include "desk/named.h"
#include "desk/onward_int.h"
#include "desk/receive_int.h"
#include "desk/release_evidence_int.h"
#include "desk/release_int.h"

#include "base/limits.h"
#include "base/planted.h"
#include "stix/extension_ids.h"

static const char where[] = "a release";

/* ---- the statement ---- */

static ent_code statement_read(desk *d, ent_arena *arena, const char *peer, ent_str text,
                               ent_json *json, ent_str *id, ent_err *err)
{
    static const char *const names[] = {
        "agreement", "corrects", "drafted", "emergency", "evidence", "for", "from",    "id", "kind",
        "objects",   "onward",   "purpose", "reason",    "tearline", "to",  "version", NULL
    };
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
    bool agreed = false, emergency = ent_json_get(json, "emergency").doc != NULL;

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
    if (emergency && !terms.policy.emergency)
        return ent_fail(err, ENT_DENIED, "%s: its agreement has no emergency [law 6]", where);
    for (size_t i = 0; i < terms.policy.purpose_count; i++)
        agreed = agreed || ent_str_equal(terms.policy.purposes[i], purpose);
    if (!agreed)
        return ent_fail(err, ENT_DENIED, "%s: its agreement is not for its purpose [purpose]",
                        where);
    if (desk_officers_check(arena, desk_agreement_party(&a, ent_str_of(peer)), "release",
                            emergency ? 1 : 2, statement, approvals, err) != ENT_OK)
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
    bool given;

    ENT_TRY(desk_peer_given(d, arena, peer, id, &given, err));
    if (ENT_PLANTED(DUPLICATE)) {
        ent_err ignored = { 0 };
        store_row row;

        given = given || store_object_get(d->store, arena, "", id, &row, &ignored) == ENT_OK;
    }
    if (given)
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
    const desk_grant *grants; /* that come with it */
    size_t grant_count;
};

/* What may be referred to: what this peer has given us, what we have given it, and what comes
 * along of others. */
static ent_code known_here(void *arg, ent_str id, bool *knows, ent_err *err)
{
    const struct known *k = arg;

    for (size_t i = 0; i < k->grant_count; i++)
        for (ent_json v = ent_json_first(k->grants[i].objects); v.doc != NULL; v = ent_json_next(v))
            if (ent_str_equal(ent_json_get_text(v, "id"), id))
                return *knows = true, ENT_OK;
    return desk_peer_knows(k->d, k->arena, k->peer, id, knows, err);
}

ent_code desk_release_closed(desk *d, ent_arena *arena, const char *peer, ent_json json,
                             bool *closed, ent_err *err)
{
    struct known known = { d, arena, peer, NULL, 0 };
    ent_err why = { 0 };
    ent_code rc = desk_closed_check(ent_json_get(json, "objects"), known_here, &known, &why);

    *closed = rc == ENT_OK;
    if (rc != ENT_OK && rc != ENT_DENIED)
        return *err = why, rc;
    return ENT_OK;
}

static ent_code facts_check(struct known *known, ent_json objects, ent_str purpose, size_t least,
                            ent_err *err)
{
    size_t count = ent_json_count(objects);

    if (!ent_json_is(objects, ENT_JSON_ARRAY) || count < least || count > ENT_LIMIT_RELEASE_OBJECTS)
        return ent_fail(err, ENT_FORMAT, "%s: member 'objects' is no list of %zu to %d", where,
                        least, ENT_LIMIT_RELEASE_OBJECTS);
    for (ent_json v = ent_json_first(objects); v.doc != NULL; v = ent_json_next(v)) {
        ENT_TRY(object_check(known->d, known->arena, known->peer, v, purpose, err));
        for (ent_json u = ent_json_first(objects); u.at != v.at; u = ent_json_next(u))
            if (ent_str_equal(ent_json_get_text(u, "id"), ent_json_get_text(v, "id")))
                return ent_fail(err, ENT_FORMAT, "%s: it has one object twice", where);
    }
    if (desk_closed_check(objects, known_here, known, err) != ENT_OK)
        return ent_context(err, "%s", where);
    return ENT_OK;
}

ent_code desk_facts_check(desk *d, ent_arena *arena, const char *owner, ent_json objects,
                          ent_str purpose, ent_err *err)
{
    struct known known = { d, arena, owner, NULL, 0 };

    return facts_check(&known, objects, purpose, 1, err);
}

/* The release's own, and what comes along of others. */
static ent_code objects_check(desk *d, ent_arena *arena, const char *peer, ent_json json,
                              desk_grant **grants, size_t *count, ent_err *err)
{
    ent_str purpose = ent_json_get_text(json, "purpose");
    struct known known = { d, arena, peer, NULL, 0 };

    ENT_TRY(desk_onward_take(d, arena, peer, ent_json_get(json, "onward"), purpose, grants, count,
                             err));
    known.grants = *grants;
    known.grant_count = *count;
    return facts_check(&known, ent_json_get(json, "objects"), purpose, *count == 0 ? 1 : 0, err);
}

/* ---- taking it ---- */

/* {"onward":[...]} of the document. */
static void grants_write(ent_jw *w, const desk_grant *grants, size_t count)
{
    if (count == 0)
        return;
    ent_jw_key(w, "onward");
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        desk_grant_part_write(w, &grants[i]);
    ent_jw_end(w);
}

/* The facts of the sender, and those of each owner. */
static ent_code parts_hold(desk *d, ent_arena *arena, const char *peer, ent_str id, ent_json json,
                           const desk_grant *grants, size_t count, ent_err *err)
{
    desk_part *parts = ent_arena_array(arena, count + 1, sizeof *parts);

    if (parts == NULL)
        return ent_fail_arena(err);
    parts[0] = (desk_part){ .owner = peer, .objects = ent_json_get(json, "objects") };
    for (size_t i = 0; i < count; i++) {
        ent_str owner = ent_arena_str(arena, grants[i].owner);

        if (owner.ptr == NULL)
            return ent_fail_arena(err);
        parts[i + 1] = (desk_part){ .owner = owner.ptr, .objects = grants[i].objects };
    }
    return desk_parts_hold(d, arena, peer, id, parts, count + 1, err);
}

static ent_code release_in_put(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_str id, ent_json json, ent_json approvals, ent_span body,
                               const desk_grant *grants, size_t grant_count, ent_err *err)
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
    if (ent_json_get(json, "for").doc != NULL) {
        ent_jw_key(&w, "for");
        ent_jw_raw(&w, ent_json_raw(ent_json_get(json, "for")));
    }
    if (ent_json_get(json, "emergency").doc != NULL) {
        ent_jw_key(&w, "emergency");
        ent_jw_str(&w, ent_json_get_text(json, "emergency"));
    }
    if (ent_json_get(json, "corrects").doc != NULL) {
        ent_jw_key(&w, "corrects");
        ent_jw_raw(&w, ent_json_raw(ent_json_get(json, "corrects")));
        ent_jw_key(&w, "reason");
        ent_jw_str(&w, ent_json_get_text(json, "reason"));
    }
    ent_jw_key(&w, "hash");
    ent_jw_hex(&w, hash.bytes, ENT_HASH_SIZE);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry->id);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    grants_write(&w, grants, grant_count);
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

/* The two that such an entry consists of. */
static ent_code outer_read(ent_arena *arena, ent_span body, ent_str *statement, ent_json *approvals,
                           ent_err *err)
{
    static const char *const names[] = { "approvals", "statement", NULL };
    ent_json outer;

    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &outer, err));
    ENT_TRY(desk_members(outer, where, names, err));
    ENT_TRY(desk_text(outer, "statement", where, statement, err));
    *approvals = ent_json_get(outer, "approvals");
    return ENT_OK;
}

ent_code desk_release_take(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                           ent_span body, ent_err *err)
{
    const char *kind = link_kind_name(entry->kind);
    ent_json json, approvals;
    size_t count, own;
    desk_grant *grants;
    ent_str statement, id;

    ENT_TRY(outer_read(arena, body, &statement, &approvals, err));
    ENT_TRY(statement_read(d, arena, peer, statement, &json, &id, err));
    ENT_TRY(new_check(d, arena, peer, id, err));
    ENT_TRY(terms_check(d, arena, peer, json, statement, approvals, err));
    ENT_TRY(objects_check(d, arena, peer, json, &grants, &count, err));
    ENT_TRY(desk_named_check(d, arena, peer, json, err));
    ENT_TRY(desk_named_put(d, peer, id, json, err));
    ENT_TRY(parts_hold(d, arena, peer, id, json, grants, count, err));
    ENT_TRY(desk_files_expect(d, arena, peer, id, json, err));
    if (d->released != NULL)
        ENT_TRY(d->released(d, arena, peer, id, err));
    ENT_TRY(release_in_put(d, arena, peer, entry, id, json, approvals, body, grants, count, err));
    own = ent_json_count(ent_json_get(json, "objects"));
    for (size_t i = 0; i < count; i++)
        own += ent_json_count(grants[i].objects);
    return desk_receipt_say(d, arena, peer, entry->id, kind, "received", id, (int64_t)own, err);
}

ent_code desk_release_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    ent_json json, approvals;
    ent_str statement, id;

    ENT_TRY(outer_read(arena, body, &statement, &approvals, err));
    ENT_TRY(statement_read(d, arena, peer, statement, &json, &id, err));
    if (ent_json_get(json, "corrects").doc != NULL)
        return ent_fail(err, ENT_FORMAT, "%s: it says that it is a correction", where);
    return desk_release_take(d, arena, peer, entry, body, err);
}
