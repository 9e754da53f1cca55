/* What a peer calls back (desk/release.h). */
#include "desk/hold_int.h"
#include "desk/onward_int.h"
#include "desk/receive_int.h"
#include "desk/release_evidence_int.h"
#include "desk/release_int.h"

ent_code desk_release_in_end(desk *d, ent_arena *arena, const char *peer, ent_str release,
                             ent_str reason, int64_t *erased, ent_err *err)
{
    ent_str place;
    store_doc doc;
    int64_t seq = 0;
    ent_json json;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "release-in", release, &doc, &found, err));
    if (!found || !ent_str_is(doc.peer, peer))
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    ENT_TRY(desk_files_end(d, arena, peer, release, err));
    ENT_TRY(desk_parts_erase(d, arena, peer, release, reason, erased, err));
    doc.state = ENT_STR("recalled");
    ENT_TRY(store_doc_put(d->store, &doc, err));
    (void)ent_json_int(ent_json_get(json, "seq"), &seq);
    place = ent_arena_printf(arena, "%s/%lld", peer, (long long)seq);
    if (place.ptr == NULL)
        return ent_fail_arena(err);
    return desk_erase_ask(d, doc.peer, place, "in", err);
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
    ENT_TRY(desk_release_in_end(d, arena, peer, release, reason, &erased, err));
    ENT_TRY(desk_onward_end(d, arena, peer, release, reason, &erased, err));
    ENT_TRY(desk_onward_recall(d, arena, peer, release, reason, entry->id, err));
    return desk_receipt_say(d, arena, peer, entry->id, "recall", "erased", release, erased, err);
}
