/* Facts of somebody who is not the sender, by the owner's grant (desk/onward.h): the third node. */
#include "desk/onward_int.h"

#include "base/limits.h"
#include "desk/basis.h"
#include "desk/receive_int.h"
#include "desk/release_int.h"

static const char where[] = "a release";

static ent_code grant_take(desk *d, ent_arena *arena, const desk_peer *from, ent_json json,
                           ent_str purpose, desk_grant *grant, ent_err *err)
{
    desk_peer self = { .code = d->code };
    ent_str owner;

    memcpy(self.identity, d->identity, sizeof self.identity);
    ENT_TRY(desk_grant_read(arena, json, grant, err));
    ENT_TRY(desk_grant_verify(d, arena, grant, err));
    ENT_TRY(desk_grant_check(d, arena, grant, &self, purpose, err));
    if (memcmp(grant->via_identity, from->identity, 32) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "a grant: another node is to carry it [owner]");
    owner = ent_arena_str(arena, grant->owner);
    if (owner.ptr == NULL)
        return ent_fail_arena(err);
    return desk_facts_check(d, arena, owner.ptr, grant->objects, purpose, err);
}

ent_code desk_onward_take(desk *d, ent_arena *arena, const char *peer, ent_json list,
                          ent_str purpose, desk_grant **grants, size_t *count, ent_err *err)
{
    desk_peer from;

    *count = 0;
    *grants = NULL;
    if (list.doc == NULL)
        return ENT_OK;
    if (!ent_json_is(list, ENT_JSON_ARRAY) || ent_json_count(list) == 0 ||
        ent_json_count(list) > ENT_LIMIT_PARTIES)
        return ent_fail(err, ENT_FORMAT, "%s: member 'onward' is no list of 1 to %d", where,
                        ENT_LIMIT_PARTIES);
    ENT_TRY(d->peer(d->arg, arena, peer, &from, err));
    *grants = ent_arena_array(arena, ent_json_count(list), sizeof **grants);
    if (*grants == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(grant_take(d, arena, &from, v, purpose, &(*grants)[(*count)++], err));
    return ENT_OK;
}

/* A correction is kept as a release of its own, so that it can be called back. */
static ent_code correction_put(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_json body, const desk_grant *grant, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("release-in"),
                      .id = grant->id,
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("stored"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, grant->purpose);
    ent_jw_key(&w, "corrects");
    ent_jw_raw(&w, ent_json_raw(ent_json_get(body, "corrects")));
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, grant->reason);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry->id);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "onward");
    ent_jw_array(&w);
    desk_grant_part_write(&w, grant);
    ent_jw_end(&w);
    desk_texts_write(&w, "objects", NULL, 0);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* One of the grants that it corrects came by the release that it is said to correct. */
static ent_code corrects_check(desk *d, ent_arena *arena, const char *peer, ent_json body,
                               const desk_grant *grant, ent_err *err)
{
    for (ent_json r = ent_json_first(ent_json_get(body, "corrects")); r.doc != NULL;
         r = ent_json_next(r)) {
        store_doc doc;
        ent_json json;
        bool found;

        ENT_TRY(desk_doc_found(d, arena, "release-in", ent_json_str(r), &doc, &found, err));
        if (!found || !ent_str_is(doc.peer, peer) || ent_str_is(doc.state, "recalled"))
            continue;
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
        for (ent_json v = ent_json_first(ent_json_get(json, "onward")); v.doc != NULL;
             v = ent_json_next(v))
            for (ent_json c = ent_json_first(grant->corrects); c.doc != NULL; c = ent_json_next(c))
                if (ent_str_equal(ent_json_get_text(v, "grant"), ent_json_str(c)))
                    return ENT_OK;
    }
    return ent_fail(err, ENT_NOT_FOUND, "a correction: what it corrects is not held");
}

static ent_code rests_flag(desk *d, ent_arena *arena, const desk_grant *grant, ent_err *err)
{
    desk_basis_cause cause = { .owner = grant->owner,
                               .release = grant->id,
                               .reason = grant->reason };

    for (ent_json v = ent_json_first(grant->objects); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(desk_basis_mark(d, arena, ent_json_get_text(v, "id"), &cause, err));
    return ENT_OK;
}

ent_code desk_onward_hold(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                          ent_json body, const desk_grant *grant, ent_err *err)
{
    desk_part part = { .objects = grant->objects };
    ent_str owner = ent_arena_str(arena, grant->owner);
    store_doc doc;
    bool found;

    if (owner.ptr == NULL)
        return ent_fail_arena(err);
    part.owner = owner.ptr;
    ENT_TRY(corrects_check(d, arena, peer, body, grant, err));
    ENT_TRY(desk_doc_found(d, arena, "release-in", grant->id, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "a correction: it was received already");
    ENT_TRY(desk_facts_check(d, arena, part.owner, grant->objects, grant->purpose, err));
    ENT_TRY(desk_parts_hold(d, arena, peer, grant->id, &part, 1, err));
    ENT_TRY(correction_put(d, arena, peer, entry, body, grant, err));
    ENT_TRY(rests_flag(d, arena, grant, err));
    return desk_receipt_say(d, arena, peer, entry->id, "correction", "received", grant->id,
                            (int64_t)ent_json_count(grant->objects), err);
}

/* ---- called back by the owner itself ---- */

static bool gave_only(ent_json json, const char *owner, ent_str grant)
{
    ent_json onward = ent_json_get(json, "onward"), first = ent_json_first(onward);

    return ent_json_count(onward) == 1 && ent_json_count(ent_json_get(json, "objects")) == 0 &&
           ent_str_is(ent_json_get_text(first, "owner"), owner) &&
           ent_str_equal(ent_json_get_text(first, "grant"), grant);
}

ent_code desk_onward_end(desk *d, ent_arena *arena, const char *owner, ent_str grant,
                         ent_str reason, int64_t *erased, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "release-in", NULL, "stored", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_str carrier = ent_arena_str(arena, docs[i].peer);
        ent_json json;

        if (carrier.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (gave_only(json, owner, grant))
            ENT_TRY(desk_release_in_end(d, arena, carrier.ptr, docs[i].id, reason, erased, err));
    }
    return ENT_OK;
}
