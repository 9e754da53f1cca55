/* Alerts and sightings; cases are in alert_case.c. */
#include "joint/alert_int.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "casework/redress.h"
#include "desk/work.h"
#include "joint/terms.h"
#include "psi/keyform.h"
#include "stix/match.h"

#define PURPOSE "CT-PREV"

static const char where[] = "the alert";

static const struct {
    const char *code;
    bool basis;
    const char *words[3];
} actions[] = {
#define X(code, basis, en, fr, ru) { (code), (basis), { (en), (fr), (ru) } },
#include "joint/actions.def"
#undef X
};

static size_t action_find(ent_str code)
{
    size_t i = 0;

    while (i < sizeof actions / sizeof *actions && !ent_str_is(code, actions[i].code))
        i++;
    return i;
}

const char *joint_action_words(ent_str action, const char *language)
{
    size_t i = action_find(action);
    int which = strcmp(language, "fr") == 0 ? 1 : strcmp(language, "ru") == 0 ? 2 : 0;

    return i == sizeof actions / sizeof *actions ? "?" : actions[i].words[which];
}

/* ---- reading ---- */

static ent_code keys_read(ent_arena *arena, ent_json list, const char *name, ent_str **keys,
                          size_t *count, ent_err *err)
{
    *count = 0;
    *keys = ent_arena_array(arena, ent_json_count(list) + 1, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (psi_key_canon(arena, ent_json_str(v), &(*keys)[(*count)++], err) != ENT_OK)
            return ent_context(err, "member '%s'", name);
    return ENT_OK;
}

/* {"names":[..],"dob":..} as the record form wants it. */
static ent_code person_read(ent_arena *arena, ent_json json, names_record *person, bool *has,
                            ent_err *err)
{
    ent_json dob = ent_json_get(json, "dob"), record;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    *has = ent_json_count(ent_json_get(json, "names")) > 0;
    if (!*has)
        return ENT_OK;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "schema");
    ent_jw_c(&w, "person");
    ent_jw_key(&w, "names");
    ent_jw_raw(&w, ent_json_raw(ent_json_get(json, "names")));
    if (ent_json_is(dob, ENT_JSON_ARRAY)) {
        ent_jw_key(&w, "dob");
        ent_jw_raw(&w, ent_json_raw(dob));
    } else if (ent_json_str(dob).size > 0) {
        ent_jw_key(&w, "dob");
        ent_jw_array(&w);
        ent_jw_str(&w, ent_json_str(dob));
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(ent_json_read(arena, text, &record, err));
    return names_record_read(arena, record, person, err);
}

static ent_code action_check(const joint_alert *a, ent_err *err)
{
    size_t action = action_find(a->action);
    bool mere_name = a->key_count == 0 && a->pattern.size == 0 && a->person.birth_count == 0;

    if (action == sizeof actions / sizeof *actions)
        return ent_fail(err, ENT_DENIED, "%s: action '%.*s' is not in the closed list [action]",
                        where, a->action.size > 40 ? 40 : (int)a->action.size, a->action.ptr);
    if (actions[action].basis && a->basis.size == 0)
        return ent_fail(err, ENT_DENIED,
                        "%s: the action '%.*s' needs a legal basis, the number of a warrant or "
                        "order [basis]",
                        where, ENT_STR_ARG(a->action));
    if (mere_name && !ent_str_is(a->action, "review"))
        return ent_fail(err, ENT_DENIED,
                        "%s: a name without a date or a key may be no more than a review [name]",
                        where);
    return ENT_OK;
}

static ent_code pattern_check(ent_arena *arena, ent_str pattern, ent_err *err)
{
    stix_node *tree;
    size_t column;

    if (pattern.size == 0 || stix_pattern_read(arena, pattern, &tree, &column, err) == ENT_OK)
        return ENT_OK;
    return ent_context(err, "%s: member 'pattern'", where);
}

static ent_code peers_read(ent_arena *arena, ent_json json, const char *name, const char **peers,
                           size_t *count, ent_err *err)
{
    for (ent_json v = ent_json_first(ent_json_get(json, name)); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str code = ent_arena_str(arena, ent_json_str(v));

        if (code.ptr == NULL || *count == JOINT_ALERT_PEERS)
            return ent_fail(err, ENT_FORMAT, "%s: member '%s' has what is no list of peers", where,
                            name);
        peers[(*count)++] = code.ptr;
    }
    return ENT_OK;
}

static ent_code finds_read(ent_arena *arena, ent_json json, joint_alert *a, ent_err *err)
{
    ENT_TRY(keys_read(arena, ent_json_get(json, "keys"), "keys", &a->keys, &a->key_count, err));
    ENT_TRY(keys_read(arena, ent_json_get(json, "except"), "except", &a->except, &a->except_count,
                      err));
    ENT_TRY(person_read(arena, json, &a->person, &a->has_person, err));
    ENT_TRY(person_read(arena, ent_json_get(json, "victim"), &a->victim, &a->has_victim, err));
    a->pattern = ent_json_get_text(json, "pattern");
    ENT_TRY(pattern_check(arena, a->pattern, err));
    if (a->key_count == 0 && !a->has_person && a->pattern.size == 0)
        return ent_fail(err, ENT_FORMAT, "%s: it looks for nothing: no keys, names or pattern",
                        where);
    return ENT_OK;
}

ent_code joint_alert_read(ent_arena *arena, ent_json json, joint_alert *a, ent_err *err)
{
    static const char *const names[] = { "action",   "basis",  "call",   "dob",     "except",
                                         "keys",     "name",   "names",  "notify",  "partners",
                                         "pattern",  "reason", "victim", "purpose", "precedence",
                                         "valid_to", NULL };

    *a = (joint_alert){ .json = json, .state = ENT_STR("active") };
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "name", where, &a->name, err));
    ENT_TRY(desk_text(json, "action", where, &a->action, err));
    ENT_TRY(desk_text(json, "reason", where, &a->reason, err));
    ENT_TRY(desk_text(json, "valid_to", where, &a->valid_to, err));
    if (ent_days_read(a->valid_to, &a->valid, err) != ENT_OK)
        return ent_context(err, "%s: member 'valid_to'", where);
    a->basis = ent_json_get_text(json, "basis");
    a->call = ent_json_get_text(json, "call");
    a->purpose = ent_json_get_text(json, "purpose");
    a->precedence = ent_json_get_text(json, "precedence");
    if (a->purpose.size == 0)
        a->purpose = ENT_STR(PURPOSE);
    if (a->precedence.size == 0)
        a->precedence = ENT_STR("immediate");
    ENT_TRY(finds_read(arena, json, a, err));
    ENT_TRY(peers_read(arena, json, "notify", a->peers, &a->peer_count, err));
    ENT_TRY(peers_read(arena, json, "partners", a->partners, &a->partner_count, err));
    if (a->partner_count > 0 && a->key_count == 0)
        return ent_fail(err, ENT_FORMAT,
                        "%s: only keys stand at partners, and it has none [partners]", where);
    return action_check(a, err);
}

/* ---- keeping ---- */

static ent_code alert_load(desk *d, ent_arena *arena, const store_doc *doc, joint_alert *a,
                           ent_err *err)
{
    ent_json json;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    ENT_TRY(joint_alert_read(arena, ent_json_get(json, "alert"), a, err));
    a->state = doc->state;
    a->days_left = (int64_t)a->valid.last - desk_today(d);
    return ENT_OK;
}

ent_code joint_alert_list(desk *d, ent_arena *arena, joint_alert **alerts, size_t *count,
                          ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "alert", NULL, NULL, &docs, count, err));
    *alerts = ent_arena_array(arena, *count + 1, sizeof **alerts);
    if (*alerts == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(alert_load(d, arena, &docs[i], &(*alerts)[i], err));
    return ENT_OK;
}

static ent_code event_put(desk *d, ent_arena *arena, ent_str alert, const char *what, ent_str by,
                          ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("alert-event"), .state = ent_str_of(what), .time = d->now };
    char id[37];
    ent_buf buf;
    ent_jw w;

    desk_id(d, id);
    doc.id = ent_str_of(id);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "alert");
    ent_jw_str(&w, alert);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, by);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code joint_alert_withdraw(desk *d, ent_arena *arena, ent_str name, ent_str user, ent_err *err)
{
    store_doc doc;

    ENT_TRY(store_doc_get(d->store, arena, "alert", name, &doc, err));
    doc.state = ENT_STR("withdrawn");
    ENT_TRY(store_doc_put(d->store, &doc, err));
    ENT_TRY(joint_partners_leave(d, arena, name, err));
    return event_put(d, arena, name, "withdrawn", user, err);
}

ent_code joint_alerts_due(desk *d, ent_arena *arena, size_t *expired, ent_err *err)
{
    joint_alert *alerts;
    size_t count;

    *expired = 0;
    ENT_TRY(joint_alert_list(d, arena, &alerts, &count, err));
    for (size_t i = 0; i < count; i++) {
        store_doc doc;
        bool open;

        if (!ent_str_is(alerts[i].state, "active") || alerts[i].days_left >= 0)
            continue;
        ENT_TRY(joint_case_of(d, arena, alerts[i].name, &open, err));
        if (open) /* somebody has to end the case first */
            continue;
        ENT_TRY(store_doc_get(d->store, arena, "alert", alerts[i].name, &doc, err));
        doc.state = ENT_STR("expired");
        ENT_TRY(store_doc_put(d->store, &doc, err));
        ENT_TRY(joint_partners_leave(d, arena, alerts[i].name, err));
        ENT_TRY(event_put(d, arena, alerts[i].name, "expired", ENT_STR("time"), err));
        ++*expired;
    }
    return ENT_OK;
}

/* ---- sightings ---- */

struct joint_alarm {
    joint_alert *alerts;
    size_t count;
    joint_watch *watch;
    uint32_t *order; /* of the watch: which alert */
    uint32_t watched;
};

static ent_code alarm_make(desk *d, ent_arena *arena, joint_alert *alerts, size_t count,
                           joint_alarm **alarm, ent_err *err)
{
    joint_alarm *a = ent_arena_alloc(arena, sizeof *a);
    uint8_t seed[16];

    d->random(d->arg, seed, sizeof seed);
    if (a == NULL || (a->watch = joint_watch_new(arena, seed)) == NULL ||
        (a->order = ent_arena_array(arena, count + 1, sizeof *a->order)) == NULL)
        return ent_fail_arena(err);
    a->alerts = alerts;
    a->count = count;
    for (size_t i = 0; i < count; i++) {
        joint_trace trace = { alerts[i].keys, alerts[i].key_count,
                              alerts[i].has_person ? &alerts[i].person : NULL };

        if (!ent_str_is(alerts[i].state, "active"))
            continue;
        ENT_TRY(joint_watch_add(a->watch, &trace, err));
        a->order[a->watched++] = (uint32_t)i;
    }
    *alarm = a;
    return joint_watch_seal(a->watch, err);
}

ent_code joint_alarm_load(desk *d, ent_arena *arena, joint_alarm **alarm, ent_err *err)
{
    joint_alert *alerts;
    size_t count;

    ENT_TRY(joint_alert_list(d, arena, &alerts, &count, err));
    return alarm_make(d, arena, alerts, count, alarm, err);
}

struct sighting {
    ent_str ref, time, place;
    ent_time at;
    ent_str *keys;
    size_t key_count;
    names_record person;
    bool has_person;
    ent_json observed;
    ent_str print;
};

static ent_code sighting_read(ent_arena *arena, ent_json json, struct sighting *s, ent_err *err)
{
    static const char *const names[] = { "dob",   "keys", "names", "observed",
                                         "place", "ref",  "time",  NULL };
    static const char what[] = "the sighting";

    *s = (struct sighting){ .observed = ent_json_get(json, "observed") };
    ENT_TRY(desk_members(json, what, names, err));
    ENT_TRY(desk_text(json, "ref", what, &s->ref, err));
    ENT_TRY(desk_text(json, "time", what, &s->time, err));
    if (ent_time_read(s->time, &s->at, err) != ENT_OK)
        return ent_context(err, "%s: member 'time'", what);
    s->place = ent_json_get_text(json, "place");
    ENT_TRY(keys_read(arena, ent_json_get(json, "keys"), "keys", &s->keys, &s->key_count, err));
    ENT_TRY(person_read(arena, json, &s->person, &s->has_person, err));
    return joint_print_of(arena, json, &s->print, err);
}

/* Keys of somebody else who was taken for this person before: silence. */
static bool excepted(const joint_alert *a, const struct sighting *s)
{
    for (size_t i = 0; i < a->except_count; i++)
        for (size_t j = 0; j < s->key_count; j++)
            if (ent_str_equal(a->except[i], s->keys[j]))
                return true;
    return false;
}

static ent_code pattern_found(ent_arena *arena, const joint_alert *a, const struct sighting *s,
                              bool *found, ent_err *err)
{
    stix_observations *seen = stix_observations_new(arena);
    stix_match_result result = { .matched = false };
    stix_node *tree;
    size_t column;
    stix_matcher *matcher;

    *found = false;
    if (seen == NULL)
        return ent_fail_arena(err);
    ENT_TRY(stix_observations_add_all(seen, s->observed, err));
    ENT_TRY(stix_pattern_read(arena, a->pattern, &tree, &column, err));
    ENT_TRY(stix_matcher_new(arena, tree, &matcher, err));
    ENT_TRY(stix_match(matcher, seen, arena, &result, err));
    *found = result.matched;
    return ENT_OK;
}

struct concerns {
    const joint_alert **alerts;
    size_t count, fired;
    bool victim;
    bool exempt; /* who shows this key was taken for another before (casework/redress.h) */
};

static ent_code concern(desk *d, ent_arena *arena, const joint_alert *a, const struct sighting *s,
                        bool fires, struct concerns *c, ent_err *err)
{
    bool rejected = false;

    if (excepted(a, s))
        return ENT_OK;
    if (!fires)
        ENT_TRY(joint_rejected(d, arena, a->name, s->print, &rejected, err));
    if (rejected)
        return ENT_OK;
    /* Fired ones stand in front: they say what is to be done. */
    if (fires && c->fired < c->count) {
        c->alerts[c->count++] = c->alerts[c->fired];
        c->alerts[c->fired++] = a;
    } else {
        c->alerts[c->count++] = a;
        c->fired += fires;
    }
    return ENT_OK;
}

static ent_code concerns_find(desk *d, ent_arena *arena, const joint_alarm *alarm,
                              const struct sighting *s, struct concerns *c, ent_err *err)
{
    joint_trace seen = { s->keys, s->key_count, s->has_person ? &s->person : NULL };
    joint_sight *sights;
    size_t count;

    *c = (struct concerns){ .alerts = ent_arena_array(arena, alarm->count + 1, sizeof *c->alerts) };
    if (c->alerts == NULL)
        return ent_fail_arena(err);
    ENT_TRY(casework_exempt(d, arena, s->keys, s->key_count, &c->exempt, err));
    ENT_TRY(joint_watch_ask(alarm->watch, arena, &seen, &sights, &count, err));
    for (size_t i = 0; i < count; i++)
        if (!c->exempt || sights[i].found == JOINT_FOUND_KEY)
            ENT_TRY(concern(d, arena, &alarm->alerts[alarm->order[sights[i].alert]], s,
                            sights[i].found != JOINT_FOUND_REVIEW, c, err));
    for (size_t i = 0; i < alarm->count; i++) {
        const joint_alert *a = &alarm->alerts[i];
        bool found = false;

        if (!ent_str_is(a->state, "active"))
            continue;
        if (a->pattern.size > 0 && s->observed.doc != NULL)
            ENT_TRY(pattern_found(arena, a, s, &found, err));
        if (found)
            ENT_TRY(concern(d, arena, a, s, true, c, err));
        if (a->has_victim && s->has_person &&
            names_compare(&a->victim, &s->person).decision == NAMES_SAME)
            c->victim = true;
    }
    return ENT_OK;
}

static ent_code sighting_keep(desk *d, const struct sighting *s, ent_json json, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("sighting"),
                      .id = s->print,
                      .state = ENT_STR("kept"),
                      .time = d->now,
                      .json = ent_json_raw(json) };

    return store_doc_put(d->store, &doc, err);
}

static ent_code case_make(desk *d, ent_arena *arena, const struct sighting *s,
                          const struct concerns *c, joint_seen *seen, ent_err *err)
{
    joint_hit hit = { .ref = s->ref,
                      .place = s->place,
                      .time = s->time,
                      .at = s->at,
                      .alerts = c->alerts,
                      .count = c->count,
                      .review = c->fired == 0 };

    hit.late_days = (d->now - s->at) / ENT_DAY_TIME;
    seen->outcome = JOINT_CASE;
    seen->review = hit.review;
    seen->late_days = hit.late_days > 0 ? hit.late_days : 0;
    seen->alert_count = c->count;
    seen->alerts = ent_arena_array(arena, c->count, sizeof *seen->alerts);
    if (seen->alerts == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < c->count; i++)
        seen->alerts[i] = c->alerts[i]->name;
    return joint_case_open(d, arena, &hit, &seen->case_id, err);
}

ent_code joint_sighting_put(desk *d, ent_arena *arena, const joint_alarm *alarm, ent_json json,
                            joint_seen *seen, ent_err *err)
{
    struct sighting s;
    struct concerns c;
    store_doc doc;
    bool found;

    *seen = (joint_seen){ .outcome = JOINT_NOTHING };
    ENT_TRY(sighting_read(arena, json, &s, err));
    seen->ref = s.ref;
    ENT_TRY(desk_doc_found(d, arena, "sighting", s.print, &doc, &found, err));
    if (found) {
        ent_json earlier;

        ENT_TRY(ent_json_read(arena, doc.json, &earlier, err));
        if (ent_str_equal(ent_json_get_text(earlier, "ref"), s.ref)) {
            seen->outcome = JOINT_REPEATED;
            return ENT_OK;
        }
    }
    ENT_TRY(sighting_keep(d, &s, json, err));
    ENT_TRY(concerns_find(d, arena, alarm, &s, &c, err));
    if (c.fired == 0 && c.victim)
        seen->outcome = JOINT_VICTIM;
    else if (c.count > 0)
        return case_make(d, arena, &s, &c, seen, err);
    return ENT_OK;
}

/* ---- a new alert ---- */

static ent_code history_ask(desk *d, ent_arena *arena, joint_alert *alert, size_t *late,
                            ent_err *err)
{
    joint_alarm *alarm;
    store_doc *docs;
    size_t count;

    ENT_TRY(alarm_make(d, arena, alert, 1, &alarm, err));
    ENT_TRY(desk_docs(d, arena, "sighting", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        joint_seen seen = { .outcome = JOINT_NOTHING };
        struct sighting s;
        struct concerns c;
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        ENT_TRY(sighting_read(arena, json, &s, err));
        ENT_TRY(concerns_find(d, arena, alarm, &s, &c, err));
        if (c.count == 0)
            continue;
        ENT_TRY(case_make(d, arena, &s, &c, &seen, err));
        ++*late;
    }
    return ENT_OK;
}

ent_code joint_alert_put(desk *d, ent_arena *arena, ent_json json, ent_str user, size_t *late,
                         ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("alert"), .state = ENT_STR("active"), .time = d->now };
    joint_alert alert;
    desk_terms terms;
    ent_buf buf;
    bool found;
    ent_jw w;

    *late = 0;
    ENT_TRY(joint_alert_read(arena, json, &alert, err));
    ENT_TRY(desk_doc_found(d, arena, "alert", alert.name, &doc, &found, err));
    if (found && ent_str_is(doc.state, "active"))
        return ent_fail(err, ENT_CONFLICT, "there is an alert '%.*s' already",
                        ENT_STR_ARG(alert.name));
    if (alert.valid.last < desk_today(d))
        return ent_fail(err, ENT_FORMAT, "%s: it is over already ('valid_to')", where);
    for (size_t i = 0; i < alert.peer_count; i++)
        ENT_TRY(
            joint_terms_find(d, arena, alert.peers[i], JOINT_ALERTS, alert.purpose, &terms, err));
    ENT_TRY(joint_budget_check(d, arena, err));
    doc = (store_doc){
        .kind = ENT_STR("alert"), .id = alert.name, .state = ENT_STR("active"), .time = d->now
    };
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, user);
    ent_jw_key(&w, "alert");
    ent_jw_raw(&w, ent_json_raw(json));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    ENT_TRY(store_doc_put(d->store, &doc, err));
    ENT_TRY(event_put(d, arena, alert.name, "added", user, err));
    ENT_TRY(joint_partners_stand(d, arena, &alert, err));
    return history_ask(d, arena, &alert, late, err);
}

ent_code joint_print_of(ent_arena *arena, ent_json sighting, ent_str *print, ent_err *err)
{
    static const char *const members[] = { "names", "dob", "keys", "observed" };
    char hex[2 * ENT_HASH_SIZE + 1];
    ent_hash hash;
    ent_buf buf;
    ent_str text;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        ent_json value = ent_json_get(sighting, members[i]);

        if (value.doc != NULL)
            ENT_TRY(ent_json_canon(value, &buf, err));
        ent_buf_byte(&buf, '\n');
    }
    ENT_TRY(ent_buf_done(&buf, &text, err));
    hash = ent_hash_of(text.ptr, text.size);
    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    *print = ent_arena_str(arena, ent_str_of(hex));
    return print->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}
