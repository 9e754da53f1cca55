/* Cases: one for many hits, acknowledged by a named person, with clocks that both sides see. */
#include "joint/alert_int.h"
#include "joint/receive.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "desk/work.h"
#include "joint/terms.h"

#define DEPUTY_MINUTES 60
#define HEAD_MINUTES   120
#define CASE_ALERTS    64 /* alerts and sightings named in one case */

static const char where[] = "a hit";

/* The open case that has one of the alerts of the hit. */
static ent_code case_find(desk *d, ent_arena *arena, const joint_hit *hit, store_doc *doc,
                          ent_json *json, bool *found, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *found = false;
    ENT_TRY(desk_docs(d, arena, "alert-case", NULL, "open", &docs, &count, err));
    for (size_t i = 0; i < count && !*found; i++) {
        ENT_TRY(ent_json_read(arena, docs[i].json, json, err));
        for (size_t j = 0; j < hit->count && !*found; j++)
            *found = desk_list_has(ent_json_get(*json, "alerts"), hit->alerts[j]->name);
        if (*found)
            *doc = docs[i];
    }
    return ENT_OK;
}

ent_code joint_case_of(desk *d, ent_arena *arena, ent_str alert, bool *open, ent_err *err)
{
    const joint_alert named = { .name = alert };
    const joint_alert *const list[] = { &named };
    const joint_hit hit = { .alerts = list, .count = 1 };
    store_doc doc;
    ent_json json;

    return case_find(d, arena, &hit, &doc, &json, open, err);
}

/* ---- writing ---- */

static void texts_write(ent_jw *w, ent_json old, const ent_str *more, size_t count)
{
    size_t kept = 0;

    ent_jw_array(w);
    for (ent_json v = ent_json_first(old); v.doc != NULL && kept < CASE_ALERTS;
         v = ent_json_next(v), kept++)
        ent_jw_str(w, ent_json_str(v));
    for (size_t i = 0; i < count && kept < CASE_ALERTS; i++)
        if (!desk_list_has(old, more[i])) {
            ent_jw_str(w, more[i]);
            kept++;
        }
    ent_jw_end(w);
}

static bool has_peer(const ent_str *peers, size_t count, ent_str peer)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(peers[i], peer))
            return true;
    return false;
}

/* The partners of the alerts that fired; nobody is told of what only has to be reviewed. */
static size_t peers_of(const joint_hit *hit, ent_str *peers, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < hit->count && !hit->review; i++)
        for (size_t j = 0; j < hit->alerts[i]->peer_count && count < room; j++) {
            ent_str peer = ent_str_of(hit->alerts[i]->peers[j]);

            if (!has_peer(peers, count, peer))
                peers[count++] = peer;
        }
    if (!hit->review && hit->partner.size > 0 && count < room &&
        !has_peer(peers, count, hit->partner))
        peers[count++] = hit->partner;
    return count;
}

static ent_code case_write(desk *d, ent_arena *arena, const joint_hit *hit, ent_json old,
                           const store_doc *doc, ent_err *err)
{
    ent_str names[CASE_ALERTS], peers[JOINT_ALERT_PEERS];
    size_t count = hit->count < CASE_ALERTS ? hit->count : CASE_ALERTS;
    store_doc put = *doc;
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < count; i++)
        names[i] = hit->alerts[i]->name;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "alerts");
    texts_write(&w, ent_json_get(old, "alerts"), names, count);
    ent_jw_key(&w, "sightings");
    texts_write(&w, ent_json_get(old, "sightings"), &hit->ref, 1);
    ent_jw_key(&w, "notify");
    texts_write(&w, ent_json_get(old, "notify"), peers, peers_of(hit, peers, JOINT_ALERT_PEERS));
    ent_jw_key(&w, "partners");
    texts_write(&w, ent_json_get(old, "partners"), &hit->partner, hit->partner.size > 0);
    ent_jw_key(&w, "acks");
    if (ent_json_get(old, "acks").doc != NULL)
        ent_jw_raw(&w, ent_json_raw(ent_json_get(old, "acks")));
    else
        ent_jw_raw(&w, ENT_STR("[]"));
    ent_jw_key(&w, "review");
    ent_jw_bool(&w, hit->review && (old.doc == NULL || ent_json_true(ent_json_get(old, "review"))));
    ent_jw_key(&w, "action");
    ent_jw_str(&w, hit->alerts[0]->action);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, hit->alerts[0]->reason);
    ent_jw_key(&w, "call");
    ent_jw_str(&w, hit->alerts[0]->call.size > 0 ? hit->alerts[0]->call : ENT_STR("the duty desk"));
    ent_jw_key(&w, "place");
    ent_jw_str(&w, hit->place.size > 0 ? hit->place : ENT_STR_NONE);
    ent_jw_key(&w, "seen");
    ent_jw_str(&w, hit->time);
    ent_jw_key(&w, "late_days");
    ent_jw_int(&w, hit->late_days > 0 ? hit->late_days : 0);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &put.json, err));
    return store_doc_put(d->store, &put, err);
}

/* That it was hit, what is asked, when and whom to call; not what was read, nor the alert. */
static ent_code hit_say(desk *d, ent_arena *arena, ent_str peer, ent_str id, const joint_hit *hit,
                        ent_err *err)
{
    ent_str code = ent_arena_str(arena, peer), body;
    desk_terms terms;
    ent_buf buf;
    ent_jw w;

    if (code.ptr == NULL)
        return ent_fail_arena(err);
    if (joint_terms_find(d, arena, code.ptr, JOINT_ALERTS, hit->alerts[0]->purpose, &terms, err) !=
        ENT_OK) {
        if (err->code != ENT_DENIED && err->code != ENT_NOT_FOUND)
            return err->code;
        *err = (ent_err){ 0 }; /* it has ended since the alert was entered: not told */
        return ENT_OK;
    }
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "hit");
    ent_jw_key(&w, "case");
    ent_jw_str(&w, id);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, hit->alerts[0]->purpose);
    ent_jw_key(&w, "action");
    ent_jw_str(&w, hit->alerts[0]->action);
    ent_jw_key(&w, "precedence");
    ent_jw_str(&w, hit->alerts[0]->precedence);
    ent_jw_key(&w, "seen");
    ent_jw_str(&w, hit->time);
    ent_jw_key(&w, "call");
    ent_jw_str(&w, hit->alerts[0]->call.size > 0 ? hit->alerts[0]->call : ENT_STR("the duty desk"));
    if (ent_str_equal(hit->partner, peer))
        desk_put(&w, "pointer", hit->pointer);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    return desk_say(d, arena, code.ptr, LINK_ALERT, ent_span_of_str(body), err);
}

ent_code joint_case_open(desk *d, ent_arena *arena, const joint_hit *hit, ent_str *id, ent_err *err)
{
    ent_str peers[JOINT_ALERT_PEERS];
    ent_json old = { .doc = NULL };
    size_t count;
    store_doc doc;
    bool found;
    char uuid[37];

    ENT_TRY(case_find(d, arena, hit, &doc, &old, &found, err));
    if (!found) {
        desk_id(d, uuid);
        old = (ent_json){ .doc = NULL };
        doc = (store_doc){ .kind = ENT_STR("alert-case"),
                           .id = ent_arena_str(arena, ent_str_of(uuid)),
                           .state = ENT_STR("open"),
                           .time = d->now };
        if (doc.id.ptr == NULL)
            return ent_fail_arena(err);
    }
    *id = doc.id;
    count = peers_of(hit, peers, JOINT_ALERT_PEERS);
    for (size_t i = 0; i < count; i++)
        if (!desk_list_has(ent_json_get(old, "notify"), peers[i]) || /* told once for a case, */
            ent_str_equal(hit->partner, peers[i]))                   /* and of each own record */
            ENT_TRY(hit_say(d, arena, peers[i], doc.id, hit, err));
    return case_write(d, arena, hit, old, &doc, err);
}

/* ---- reading ---- */

static ent_code cases_of(desk *d, ent_arena *arena, const char *kind, joint_case *cases,
                         size_t *count, const store_doc *docs, size_t doc_count, ent_err *err)
{
    (void)kind;
    for (size_t i = 0; i < doc_count; i++) {
        joint_case *c = &cases[(*count)++];

        *c = (joint_case){ .id = docs[i].id, .peer = docs[i].peer, .state = docs[i].state };
        ENT_TRY(ent_json_read(arena, docs[i].json, &c->json, err));
        c->opened = docs[i].time;
        c->minutes = (d->now - docs[i].time) / (60 * ENT_SECOND);
        if (ent_str_is(c->state, "open"))
            c->level = c->minutes >= HEAD_MINUTES ? 2 : c->minutes >= DEPUTY_MINUTES ? 1 : 0;
    }
    return ENT_OK;
}

ent_code joint_case_list(desk *d, ent_arena *arena, joint_case **cases, size_t *count, ent_err *err)
{
    static const char *const kinds[] = { "alert-case", "alert-case-in" };
    store_doc *docs[2];
    size_t counts[2];

    for (int i = 0; i < 2; i++)
        ENT_TRY(desk_docs(d, arena, kinds[i], NULL, NULL, &docs[i], &counts[i], err));
    *count = 0;
    *cases = ent_arena_array(arena, counts[0] + counts[1] + 1, sizeof **cases);
    if (*cases == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < 2; i++)
        ENT_TRY(cases_of(d, arena, kinds[i], *cases, count, docs[i], counts[i], err));
    return ENT_OK;
}

ent_time joint_case_level_time(const joint_case *c, int level)
{
    return c->opened + (level == 2 ? HEAD_MINUTES : DEPUTY_MINUTES) * 60 * ENT_SECOND;
}

/* ---- acknowledging ---- */

static ent_str reject_id(ent_arena *arena, ent_str alert, ent_str print)
{
    return ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(print), ENT_STR_ARG(alert));
}

ent_code joint_rejected(desk *d, ent_arena *arena, ent_str alert, ent_str print, bool *rejected,
                        ent_err *err)
{
    store_doc doc;

    return desk_doc_found(d, arena, "alert-reject", reject_id(arena, alert, print), &doc, rejected,
                          err);
}

/* What was read there does not concern these alerts, now and later. */
static ent_code rejects_put(desk *d, ent_arena *arena, ent_json json, ent_str user, ent_str note,
                            ent_err *err)
{
    store_doc *docs;
    size_t count;

    (void)user;
    ENT_TRY(desk_docs(d, arena, "sighting", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json sighting;

        ENT_TRY(ent_json_read(arena, docs[i].json, &sighting, err));
        if (!desk_list_has(ent_json_get(json, "sightings"), ent_json_get_text(sighting, "ref")))
            continue;
        for (ent_json v = ent_json_first(ent_json_get(json, "alerts")); v.doc != NULL;
             v = ent_json_next(v)) {
            store_doc doc = { .kind = ENT_STR("alert-reject"),
                              .id = reject_id(arena, ent_json_str(v), docs[i].id),
                              .state = ENT_STR("kept"),
                              .time = d->now };
            ent_buf buf;

            ent_buf_init(&buf, arena);
            ent_json_string_write(&buf, note);
            ENT_TRY(ent_buf_done(&buf, &doc.json, err));
            ENT_TRY(store_doc_put(d->store, &doc, err));
        }
    }
    return ENT_OK;
}

/* The case with one acknowledgement more. */
static ent_code ack_add(desk *d, ent_arena *arena, store_doc *doc, ent_json json, ent_str service,
                        ent_str user, ent_str note, ent_err *err)
{
    ent_str ack, acks;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "service");
    ent_jw_str(&w, service);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, user);
    ent_jw_key(&w, "note");
    ent_jw_str(&w, note.size > 0 ? note : ENT_STR_NONE);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &ack, err));
    ENT_TRY(desk_with_item(arena, ent_json_get(json, "acks"), ack, &acks, err));
    ENT_TRY(desk_with(arena, json, "acks", acks, &doc->json, err));
    return store_doc_put(d->store, doc, err);
}

static ent_code ack_say(desk *d, ent_arena *arena, ent_str peer, ent_str id, ent_str user,
                        ent_err *err)
{
    ent_str code = ent_arena_str(arena, peer), body;
    ent_buf buf;
    ent_jw w;

    if (code.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "ack");
    ent_jw_key(&w, "case");
    ent_jw_str(&w, id);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, user);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    return desk_say(d, arena, code.ptr, LINK_ALERT, ent_span_of_str(body), err);
}

ent_code joint_case_ack(desk *d, ent_arena *arena, ent_str id, ent_str user, ent_str note,
                        bool reject, ent_err *err)
{
    ent_json json;
    store_doc doc;
    bool own;

    if (reject && note.size == 0)
        return ent_fail(err, ENT_USAGE, "a rejection needs a reason");
    ENT_TRY(desk_doc_found(d, arena, "alert-case", id, &doc, &own, err));
    if (!own)
        ENT_TRY(store_doc_get(d->store, arena, "alert-case-in", id, &doc, err));
    if (!ent_str_is(doc.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "the case is %.*s already", ENT_STR_ARG(doc.state));
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    doc.state = reject ? ENT_STR("rejected") : ENT_STR("acknowledged");
    if (own && reject)
        ENT_TRY(rejects_put(d, arena, json, user, note, err));
    ENT_TRY(ack_add(d, arena, &doc, json, ent_str_of(d->code), user, note, err));
    if (!own)
        return ack_say(d, arena, doc.peer, ent_json_get_text(json, "case"), user, err);
    for (ent_json v = ent_json_first(ent_json_get(json, "notify")); v.doc != NULL;
         v = ent_json_next(v))
        ENT_TRY(ack_say(d, arena, ent_json_str(v), id, user, err));
    return ENT_OK;
}

/* ---- what peers say ---- */

static ent_code take_hit(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = { "action",  "call", "case", "pointer", "precedence",
                                         "purpose", "seen", "step", NULL };
    store_doc doc = { .kind = ENT_STR("alert-case-in"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("open"),
                      .time = d->now };
    ent_str purpose, action, call, seen;
    desk_terms terms;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "purpose", where, &purpose, err));
    ENT_TRY(desk_text(json, "action", where, &action, err));
    ENT_TRY(desk_text(json, "call", where, &call, err));
    ENT_TRY(desk_text(json, "seen", where, &seen, err));
    if (joint_action_words(action, "en")[0] == '?' || call.size > 200 || seen.size > 40)
        return ent_fail(err, ENT_FORMAT, "%s: an action that is not in the closed list", where);
    if (ent_json_get_text(json, "pointer").size > 2 * ENT_HASH_SIZE)
        return ent_fail(err, ENT_FORMAT, "%s: member 'pointer' is no hash", where);
    ENT_TRY(joint_terms_find(d, arena, peer, JOINT_ALERTS, purpose, &terms, err));
    doc.id = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(ent_json_get_text(json, "case")));
    doc.json = ent_json_raw(json);
    return doc.id.ptr == NULL ? ent_fail_arena(err) : store_doc_put(d->store, &doc, err);
}

static ent_code take_ack(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = { "by", "case", "step", NULL };
    ent_str id = ent_json_get_text(json, "case"), user;
    ent_json kept;
    store_doc doc;
    bool own;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "by", where, &user, err));
    if (user.size > 200)
        return ent_fail(err, ENT_FORMAT, "%s: member 'by' is too long", where);
    ENT_TRY(desk_doc_found(d, arena, "alert-case", id, &doc, &own, err));
    if (!own)
        ENT_TRY(store_doc_get(d->store, arena, "alert-case-in",
                              ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id)), &doc,
                              err));
    ENT_TRY(ent_json_read(arena, doc.json, &kept, err));
    if (own && !desk_list_has(ent_json_get(kept, "notify"), ent_str_of(peer)))
        return ent_fail(err, ENT_DENIED, "%s: it was not told to this peer", where);
    return ack_add(d, arena, &doc, kept, ent_str_of(peer), user, ENT_STR_NONE, err);
}

ent_code joint_alert_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                             ent_span body, ent_err *err)
{
    ent_str step, id;
    ent_json json;

    (void)entry;
    ENT_TRY(ent_json_read(arena, (ent_str){ body.ptr, body.size }, &json, err));
    ENT_TRY(desk_text(json, "step", where, &step, err));
    ENT_TRY(desk_uuid(json, "case", where, &id, err));
    if (ent_str_is(step, "hit"))
        return take_hit(d, arena, peer, json, err);
    if (ent_str_is(step, "ack"))
        return take_ack(d, arena, peer, json, err);
    return ent_fail(err, ENT_FORMAT, "%s: step '%.*s' is not known", where,
                    step.size > 40 ? 40 : (int)step.size, step.ptr);
}
