#include "casework/acknowledge.h"

#include "base/text.h"
#include "desk/note.h"
#include "casework/subject.h"
#include "desk/agreement.h"
#include "link/approval.h"
#include "psi/keyform.h"

static const char where[] = "an acknowledgement";

static const char *const outcomes[] = {
#define X(name, meaning) name,
#include "casework/outcomes.def"
#undef X
    NULL
};

const char *const *casework_outcomes(void)
{
    return outcomes;
}

static bool outcome_known(ent_str text)
{
    for (const char *const *o = outcomes; *o != NULL; o++)
        if (ent_str_is(text, *o))
            return true;
    return false;
}

/* ---- saying ---- */

static void put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

/* The statement: with a signature it is what was signed and the signature. */
static ent_code receipt_text(desk *d, ent_arena *arena, ent_str item, const char *state,
                             const desk_officer *by, const uint8_t *signature, ent_str *canonical,
                             ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    put(&w, "by", by == NULL ? ENT_STR_NONE : ent_str_of(by->name));
    put(&w, "item", item);
    put(&w, "role", by == NULL ? ENT_STR_NONE : ent_str_of(by->role));
    if (signature != NULL) {
        ent_jw_key(&w, "signature");
        ent_jw_hex(&w, signature, LINK_SIGNATURE_SIZE);
    }
    put(&w, "state", ent_str_of(state));
    put(&w, "time", desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, canonical, err);
}

static ent_code receipt_say(desk *d, ent_arena *arena, const casework_item *item, const char *state,
                            const desk_officer *by, bool sign, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, item->peer), text;
    uint8_t signature[LINK_SIGNATURE_SIZE];

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(receipt_text(d, arena, item->id, state, by, NULL, &text, err));
    if (sign) {
        ENT_TRY(desk_officer_sign(by, "acknowledgement", text, signature, err));
        ENT_TRY(receipt_text(d, arena, item->id, state, by, signature, &text, err));
    }
    return desk_say(d, arena, peer.ptr, LINK_ACKNOWLEDGEMENT, ent_span_of_str(text), err);
}

ent_code casework_delivered(desk *d, ent_arena *arena, const casework_item *item, ent_err *err)
{
    return receipt_say(d, arena, item, "delivered", NULL, false, err);
}

static ent_code note(desk *d, ent_arena *arena, const casework_item *item, const char *verb,
                     const desk_officer *by, ent_str reason, ent_err *err)
{
    desk_note n = { .verb = verb,
                    .who = by == NULL ? ENT_STR_NONE : ent_str_of(by->name),
                    .role = by == NULL ? ENT_STR_NONE : ent_str_of(by->role),
                    .object = item->id,
                    .peer = item->peer,
                    .purpose = ent_json_get_text(item->body, "purpose"),
                    .reason = reason };

    return desk_note_write(d, arena, &n, err);
}

/* What is for the legal officer first, others neither see nor touch until it is let go. */
static bool hidden_from(const casework_item *item, const desk_officer *by)
{
    return item->legal_first && strcmp(by->role, "legal") != 0 &&
           !casework_item_happened(item, "cleared");
}

ent_code casework_shown(desk *d, ent_arena *arena, casework_item *item, const desk_officer *by,
                        ent_err *err)
{
    if (hidden_from(item, by))
        return ent_fail(err, ENT_NOT_FOUND, "there is no tip, request or message '%.*s'",
                        ENT_STR_ARG(item->id));
    ENT_TRY(note(d, arena, item, "read", by, ENT_STR_NONE, err));
    if (item->out || casework_item_happened(item, "shown") || strcmp(by->role, "oversight") == 0)
        return ENT_OK;
    ENT_TRY(casework_item_event(arena, item, ent_str_is(item->state, "delivered") ? "shown" : NULL,
                                "shown", ent_str_of(by->name), ENT_STR_NONE, d->now, err));
    ENT_TRY(casework_item_save(d, arena, item, err));
    return receipt_say(d, arena, item, "shown", by, false, err);
}

ent_code casework_acknowledge(desk *d, ent_arena *arena, casework_item *item,
                              const desk_officer *by, ent_err *err)
{
    bool open = ent_str_is(item->state, "delivered") || ent_str_is(item->state, "shown");

    if (hidden_from(item, by))
        return ent_fail(err, ENT_NOT_FOUND, "there is no tip, request or message '%.*s'",
                        ENT_STR_ARG(item->id));
    if (item->out)
        return ent_fail(err, ENT_DENIED, "it is %.*s who acknowledges what this node has sent",
                        ENT_STR_ARG(item->peer));
    if (casework_item_happened(item, "acknowledged"))
        return ent_fail(err, ENT_CONFLICT, "it is acknowledged already");
    /* What the legal officer has acknowledged, the others may see. */
    if (item->legal_first)
        ENT_TRY(casework_item_event(arena, item, NULL, "cleared", ent_str_of(by->name),
                                    ENT_STR_NONE, d->now, err));
    ENT_TRY(casework_item_event(arena, item, open ? "acknowledged" : NULL, "acknowledged",
                                ent_str_of(by->name), ENT_STR_NONE, d->now, err));
    item->owner = ent_str_of(by->name);
    ENT_TRY(casework_item_save(d, arena, item, err));
    ENT_TRY(note(d, arena, item, "acknowledged", by, ENT_STR_NONE, err));
    return receipt_say(d, arena, item, "acknowledged", by, true, err);
}

/* ---- outcome ---- */

static ent_code list_write(ent_arena *arena, ent_str before, const ent_str *ids, size_t count,
                           ent_str *out, ent_err *err)
{
    ent_json json = { NULL, 0 };
    ent_buf buf;
    ent_jw w;

    if (before.size > 0)
        ENT_TRY(ent_json_read(arena, before, &json, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    for (size_t i = 0; i < count; i++)
        ent_jw_str(&w, ids[i]);
    ent_jw_end(&w);
    return ent_buf_done(&buf, out, err);
}

static ent_code outcome_text(desk *d, ent_arena *arena, const casework_item *item, ent_str outcome,
                             const desk_officer *by, ent_str *body, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    put(&w, "by", ent_str_of(by->name));
    put(&w, "item", item->id);
    put(&w, "outcome", outcome);
    put(&w, "time", desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, body, err);
}

ent_code casework_outcome(desk *d, ent_arena *arena, casework_item *item, ent_str outcome,
                          ent_str reason, const desk_officer *by, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, item->peer), *known, body;
    size_t count;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    if (item->kind != CASEWORK_TIP || item->out)
        return ent_fail(err, ENT_DENIED, "an outcome is told of a tip that came in [outcome]");
    if (!outcome_known(outcome))
        return ent_fail(err, ENT_USAGE,
                        "an outcome is one of the list that `entente help tip outcome` shows");
    if (ent_str_is(item->state, "closed"))
        return ent_fail(err, ENT_CONFLICT, "the tip is closed already");
    if (reason.size == 0)
        return ent_fail(err, ENT_USAGE, "an outcome needs a reason, for this node's own journal");
    ENT_TRY(casework_subject_records(d, arena, item, &known, &count, err));
    ENT_TRY(list_write(arena, item->hits, known, count, &item->hits, err));
    ENT_TRY(outcome_text(d, arena, item, outcome, by, &body, err));
    item->answer = body;
    ENT_TRY(casework_item_event(arena, item, "closed", "closed", ent_str_of(by->name), reason,
                                d->now, err));
    ENT_TRY(casework_item_save(d, arena, item, err));
    ENT_TRY(note(d, arena, item, "outcome", by, reason, err));
    ENT_TRY(casework_wires_set(d, arena, item, err));
    return desk_say(d, arena, peer.ptr, LINK_OUTCOME, ent_span_of_str(body), err);
}

ent_code casework_reopen(desk *d, ent_arena *arena, casework_item *item, const ent_str *hits,
                         size_t count, bool tell, ent_err *err)
{
    ENT_TRY(list_write(arena, item->hits, hits, count, &item->hits, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(casework_item_event(arena, item, "reopened", "reopened", ENT_STR_NONE, hits[i],
                                    d->now, err));
    ENT_TRY(casework_item_save(d, arena, item, err));
    ENT_TRY(casework_wires_drop(d, arena, item, err));
    ENT_TRY(note(d, arena, item, "reopened by a later record", NULL, ENT_STR_NONE, err));
    return tell ? receipt_say(d, arena, item, "reopened", NULL, false, err) : ENT_OK;
}

/* ---- readings ---- */

static ent_code reading_text(desk *d, ent_arena *arena, const casework_item *item, ent_str name,
                             ent_str birth, const ent_str *keys, size_t key_count, ent_str by,
                             ent_str *list, ent_err *err)
{
    ent_json before = { NULL, 0 };
    ent_buf buf;
    ent_jw w;

    if (item->readings.size > 0)
        ENT_TRY(ent_json_read(arena, item->readings, &before, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(before); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    ent_jw_object(&w);
    put(&w, "by", by);
    put(&w, "time", desk_time_text(arena, d->now));
    if (name.size > 0) {
        ent_jw_key(&w, "subject");
        ent_jw_array(&w);
        ent_jw_object(&w);
        put(&w, "name", name);
        put(&w, "birth", birth);
        ent_jw_end(&w);
        ent_jw_end(&w);
    }
    if (key_count > 0) {
        ent_jw_key(&w, "keys");
        ent_jw_array(&w);
        for (size_t i = 0; i < key_count; i++)
            ent_jw_str(&w, keys[i]);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    return ent_buf_done(&buf, list, err);
}

ent_code casework_reading(desk *d, ent_arena *arena, casework_item *item, ent_str name,
                          ent_str birth, const ent_str *keys, size_t key_count, ent_str by,
                          ent_err *err)
{
    ent_str *canonical = ent_arena_array(arena, key_count + 1, sizeof *canonical);
    ent_days days;

    if (canonical == NULL)
        return ent_fail_arena(err);
    if (name.size == 0 && key_count == 0)
        return ent_fail(err, ENT_USAGE, "a reading has a name or a key");
    if (birth.size > 0 && ent_days_read(birth, &days, err) != ENT_OK)
        return ent_context(err, "the date of birth");
    for (size_t i = 0; i < key_count; i++) {
        ENT_TRY(psi_key_canon(arena, keys[i], &canonical[i], err));
        ENT_TRY(casework_item_key(d, arena, item, canonical[i], err));
    }
    ENT_TRY(
        reading_text(d, arena, item, name, birth, canonical, key_count, by, &item->readings, err));
    ENT_TRY(casework_item_event(arena, item, NULL, "read as", by, name, d->now, err));
    return casework_item_save(d, arena, item, err);
}

/* ---- what peers say ---- */

/* The item of ours that a peer says something about. */
static ent_code own_item(desk *d, ent_arena *arena, const char *peer, ent_json json,
                         casework_item *item, ent_err *err)
{
    ent_str id, time;
    ent_time at;

    ENT_TRY(desk_uuid(json, "item", where, &id, err));
    ENT_TRY(desk_text(json, "time", where, &time, err));
    if (ent_time_read(time, &at, err) != ENT_OK)
        return ent_context(err, "%s", where);
    ENT_TRY(casework_item_load(d, arena, id, item, err));
    if (!item->out || !ent_str_is(item->peer, peer))
        return ent_fail(err, ENT_UNTRUSTED, "%s: '%s' was sent no such item", where, peer);
    return ENT_OK;
}

/* Who says that it is acknowledged must stand in the agreement, and have signed it. */
static ent_code signature_check(desk *d, ent_arena *arena, const char *peer, ent_json json,
                                const casework_item *item, bool *proven, ent_err *err)
{
    ent_str by = ent_json_get_text(json, "by"), role = ent_json_get_text(json, "role"), text;
    uint8_t key[32], signature[LINK_SIGNATURE_SIZE];
    const desk_party *party;
    desk_agreement a;
    ent_json officers;
    ent_buf buf;
    ent_jw w;

    *proven = false;
    ENT_TRY(desk_agreement_get(d, arena, ent_json_get_text(item->body, "agreement"), &a, err));
    party = desk_agreement_party(&a, ent_str_of(peer));
    if (party == NULL || party->acceptance.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, party->acceptance, &officers, err));
    officers = ent_json_get(officers, "officers");
    for (ent_json v = ent_json_first(officers); v.doc != NULL; v = ent_json_next(v)) {
        if (!ent_str_equal(ent_json_get_text(v, "name"), by) ||
            !ent_str_equal(ent_json_get_text(v, "role"), role))
            continue;
        ENT_TRY(desk_hex(v, "key", "an officer", key, 32, err));
        ENT_TRY(desk_hex(json, "signature", where, signature, sizeof signature, err));
        ent_buf_init(&buf, arena);
        ent_jw_init(&w, &buf);
        ent_jw_object(&w);
        for (ent_json m = ent_json_first(json); m.doc != NULL; m = ent_json_next(m))
            if (!ent_str_is(ent_json_name(m), "signature"))
                put(&w, ent_arena_str(arena, ent_json_name(m)).ptr, ent_json_str(m));
        ent_jw_end(&w);
        ENT_TRY(ent_buf_done(&buf, &text, err));
        ENT_TRY(desk_canon(arena, text, &text, err));
        if (!link_approval_verify("acknowledgement", text, key, signature))
            return ent_fail(err, ENT_UNTRUSTED, "%s: the signature does not hold", where);
        *proven = true;
        return ENT_OK;
    }
    return ENT_OK;
}

static int rank(ent_str state)
{
    static const char *const order[] = { "sent", "delivered", "shown", "acknowledged" };

    for (int i = 0; i < 4; i++)
        if (ent_str_is(state, order[i]))
            return i;
    return 4;
}

static ent_code receipt_apply(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_json json, casework_item *item, ent_err *err)
{
    ent_str state = ent_json_get_text(json, "state"), by = ent_json_get_text(json, "by");
    ent_str note_text = ENT_STR_NONE, copy;
    ent_time at = 0;
    bool proven = false, forward;

    ENT_TRY(ent_time_read(ent_json_get_text(json, "time"), &at, err));
    if (ent_str_is(state, "reopened")) {
        if (item->kind != CASEWORK_TIP || !ent_str_is(item->state, "closed"))
            return ent_fail(err, ENT_CONFLICT, "%s: only a closed tip is reopened", where);
        note_text = ENT_STR("your tip has a hit");
        forward = true;
    } else if (rank(state) > 3 || rank(state) == 0) {
        return ent_fail(err, ENT_FORMAT, "%s: its state is not known", where);
    } else {
        forward = rank(item->state) < rank(state);
    }
    if (ent_str_is(state, "acknowledged")) {
        ENT_TRY(signature_check(d, arena, peer, json, item, &proven, err));
        note_text = proven ? ENT_STR("signed by an officer of the agreement")
                           : ENT_STR("not signed by an officer of the agreement");
    }
    if (ent_str_is(state, "delivered") && item->received == 0) {
        item->received = at;
        item->skew = ((at - item->sent) + (entry->time - d->now)) / 2 / ENT_SECOND;
    }
    copy = ent_arena_str(arena, state);
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    return casework_item_event(arena, item, forward ? copy.ptr : NULL, copy.ptr, by, note_text, at,
                               err);
}

ent_code casework_acknowledgement_receive(desk *d, ent_arena *arena, const char *peer,
                                          const link_entry *entry, ent_span body, ent_err *err)
{
    static const char *const names[] = { "by", "item", "role", "signature", "state", "time", NULL };
    casework_item item = { 0 };
    ent_str copy;
    ent_json json;

    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(own_item(d, arena, peer, json, &item, err));
    copy = ent_arena_str(arena, ent_json_get_text(json, "state"));
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    if (casework_item_happened(&item, copy.ptr) && !ent_str_is(copy, "reopened"))
        return ent_fail(err, ENT_CONFLICT, "%s: '%s' was said before", where, copy.ptr);
    ENT_TRY(receipt_apply(d, arena, peer, entry, json, &item, err));
    return casework_item_save(d, arena, &item, err);
}

ent_code casework_outcome_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err)
{
    static const char *const names[] = { "by", "item", "outcome", "time", NULL };
    ent_str text = { body.ptr, body.size };
    casework_item item = { 0 };
    ent_json json;

    (void)entry;
    ENT_TRY(desk_canonical(arena, text, "an outcome", &json, err));
    ENT_TRY(desk_members(json, "an outcome", names, err));
    ENT_TRY(own_item(d, arena, peer, json, &item, err));
    if (item.kind != CASEWORK_TIP || ent_str_is(item.state, "closed"))
        return ent_fail(err, ENT_CONFLICT, "an outcome: the item is no open tip");
    if (!outcome_known(ent_json_get_text(json, "outcome")))
        return ent_fail(err, ENT_FORMAT, "an outcome: it is not one of the list");
    item.answer = text;
    ENT_TRY(casework_item_event(arena, &item, "closed", "closed", ent_json_get_text(json, "by"),
                                ent_json_get_text(json, "outcome"), d->now, err));
    return casework_item_save(d, arena, &item, err);
}
