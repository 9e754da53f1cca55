/*
 * An alert at partners: its keys stand in the private match with each of them, as tripwires of
 * that peer alone; so the partner learns nothing but what the match tells, and only if it
 * holds the key.  A hit is an event at both sides: here a case, there the same case as a
 * pointer (joint/alert_case.c), both found by a person.  Questions are charged to the day's
 * budget of the agreement as any key's are; where no match stands, the keys wait for one.
 */
#include "joint/alert_int.h"

#include "base/hash.h"
#include "base/text.h"
#include "match/match.h"
#include "match/standing.h"
#include "desk/work.h"
#include "joint/terms.h"

static ent_str wire_prefix(ent_arena *arena, ent_str alert)
{
    return ent_arena_printf(arena, "alert/%.*s/", ENT_STR_ARG(alert));
}

ent_code joint_partners_stand(desk *d, ent_arena *arena, const joint_alert *alert, ent_err *err)
{
    ent_str prefix = wire_prefix(arena, alert->name);
    ent_time until = ((ent_time)alert->valid.last + 1) * ENT_DAY_TIME;
    desk_terms terms;

    for (size_t i = 0; i < alert->partner_count; i++) {
        ent_str peer = ent_str_of(alert->partners[i]);

        ENT_TRY(joint_terms_find(d, arena, alert->partners[i], JOINT_ALERTS, alert->purpose, &terms,
                                 err));
        for (size_t k = 0; k < alert->key_count; k++) {
            ent_str id =
                ent_arena_printf(arena, "%.*s%s/%zu", ENT_STR_ARG(prefix), alert->partners[i], k);

            if (prefix.ptr == NULL || id.ptr == NULL)
                return ent_fail_arena(err);
            if (match_tripwire_set_at(d, arena, id, peer, alert->keys[k], alert->purpose, until,
                                      err) != ENT_OK)
                return ent_context(err, "the alert at '%s' [partners]", alert->partners[i]);
        }
    }
    return ENT_OK;
}

ent_code joint_partners_leave(desk *d, ent_arena *arena, ent_str alert, ent_err *err)
{
    ent_str prefix = wire_prefix(arena, alert);
    store_doc *docs;
    size_t count;

    if (prefix.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(d, arena, "tripwire", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_starts(docs[i].id, prefix))
            ENT_TRY(match_tripwire_drop(d, arena, docs[i].id, err));
    /* An alert of that name that is put up anew is a new question. */
    prefix = ent_arena_printf(arena, "%.*s/at/", ENT_STR_ARG(alert));
    if (prefix.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(d, arena, "alarm-told", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_starts(docs[i].id, prefix))
            ENT_TRY(store_doc_delete(d->store, "alarm-told", docs[i].id, err));
    return ENT_OK;
}

ent_str joint_pointer(ent_arena *arena, ent_str purpose, ent_str key)
{
    char hex[2 * ENT_HASH_SIZE + 1];
    ent_str text = ent_arena_printf(arena, "entente alert pointer\n%.*s\n%.*s",
                                    ENT_STR_ARG(purpose), ENT_STR_ARG(key));
    ent_hash hash;

    if (text.ptr == NULL)
        return text;
    hash = ent_hash_of(text.ptr, text.size);
    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    return ent_arena_str(arena, ent_str_of(hex));
}

/* ---- hits ---- */

static bool stands_at(const joint_alert *a, ent_str peer, ent_str purpose, ent_str key)
{
    bool at = false, on = false;

    for (size_t i = 0; i < a->partner_count; i++)
        at = at || ent_str_is(peer, a->partners[i]);
    for (size_t i = 0; i < a->key_count; i++)
        on = on || ent_str_equal(key, a->keys[i]);
    return at && on && ent_str_is(a->state, "active") && ent_str_equal(a->purpose, purpose);
}

/* A key of an alert at a partner is told once, however often the match is made anew. */
static ent_code told(desk *d, ent_arena *arena, const joint_alert *a, ent_str peer, ent_str key,
                     bool *before, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("alarm-told"),
                      .state = ENT_STR("told"),
                      .time = d->now,
                      .json = ENT_STR("{}") };
    store_doc old;

    doc.id = ent_arena_printf(arena, "%.*s/at/%.*s/%.*s", ENT_STR_ARG(a->name), ENT_STR_ARG(peer),
                              ENT_STR_ARG(key));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "alarm-told", doc.id, &old, before, err));
    return *before ? ENT_OK : store_doc_put(d->store, &doc, err);
}

static ent_code hit_look(desk *d, ent_arena *arena, const joint_alert *alerts, size_t count,
                         ent_json found, size_t *cases, ent_err *err)
{
    ent_str peer = ent_json_get_text(found, "peer"), key = ent_json_get_text(found, "key");
    ent_str purpose = ent_json_get_text(found, "purpose"), id;
    const joint_alert **fired = ent_arena_array(arena, count + 1, sizeof *fired);
    joint_hit hit = { .time = ent_json_get_text(found, "time"),
                      .alerts = fired,
                      .partner = peer,
                      /* On a key that changes hands, of an unknown time: a likeness. */
                      .review = !ent_str_is(ent_json_get_text(found, "status"), "hit") };

    if (fired == NULL)
        return ent_fail_arena(err);
    if (ent_str_is(ent_json_get_text(found, "status"), "time-conflict"))
        return ENT_OK;
    for (size_t i = 0; i < count; i++) {
        bool before = true;

        if (!stands_at(&alerts[i], peer, purpose, key))
            continue;
        ENT_TRY(told(d, arena, &alerts[i], peer, key, &before, err));
        if (!before)
            fired[hit.count++] = &alerts[i];
    }
    if (hit.count == 0)
        return ENT_OK;
    ++*cases;
    hit.pointer = joint_pointer(arena, purpose, key);
    hit.ref = ent_arena_printf(arena, "match with %.*s", ENT_STR_ARG(peer));
    hit.place = peer;
    if (hit.pointer.ptr == NULL || hit.ref.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_time_read(hit.time, &hit.at, err));
    return joint_case_open(d, arena, &hit, &id, err);
}

ent_code joint_partners_look(desk *d, ent_arena *arena, size_t *cases, ent_err *err)
{
    joint_alert *alerts;
    ent_json *hits;
    size_t count, hit_count, standing = 0;

    *cases = 0;
    ENT_TRY(joint_alert_list(d, arena, &alerts, &count, err));
    for (size_t i = 0; i < count; i++)
        if (alerts[i].partner_count > 0 && ent_str_is(alerts[i].state, "active"))
            alerts[standing++] = alerts[i];
    if (standing == 0)
        return ENT_OK;
    ENT_TRY(match_hit_list(d, arena, NULL, NULL, &hits, &hit_count, err));
    for (size_t i = 0; i < hit_count; i++)
        ENT_TRY(hit_look(d, arena, alerts, standing, hits[i], cases, err));
    return ENT_OK;
}

/* ---- where a partner's case points to ---- */

ent_code joint_case_records(desk *d, ent_arena *arena, const joint_case *c, ent_str **ids,
                            size_t *count, ent_err *err)
{
    ent_str pointer = ent_json_get_text(c->json, "pointer"), peer = ent_arena_str(arena, c->peer);
    ent_json *hits;
    size_t hit_count;

    *count = 0;
    *ids = NULL;
    if (pointer.size == 0 || c->peer.size == 0)
        return ENT_OK;
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_hit_list(d, arena, peer.ptr, NULL, &hits, &hit_count, err));
    for (size_t i = 0; i < hit_count; i++) {
        ent_str mine = joint_pointer(arena, ent_json_get_text(hits[i], "purpose"),
                                     ent_json_get_text(hits[i], "key"));

        if (mine.ptr == NULL)
            return ent_fail_arena(err);
        if (ent_str_equal(mine, pointer))
            return desk_texts_read(arena, ent_json_get(hits[i], "own"), ids, count, err);
    }
    return ENT_OK;
}
