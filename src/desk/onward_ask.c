/* Asking an owner, and hearing what it says (desk/onward.h): the carrier's side. */
#include "desk/onward_int.h"

#include "base/limits.h"
#include "desk/suspension.h"

static const char where[] = "a consent";

/* ---- asking ---- */

/* The owner of all of them, which is one. */
static ent_code owner_find(desk *d, ent_arena *arena, const desk_onward_request *q, ent_str *owner,
                           ent_err *err)
{
    *owner = ENT_STR_NONE;
    for (size_t i = 0; i < q->id_count; i++) {
        ent_err why = { 0 };
        store_row row;

        if (store_object_get(d->store, arena, "", q->ids[i], &row, &why) == ENT_OK)
            return ent_fail(err, ENT_DENIED, "%.*s is this node's own: release it [owner]",
                            ENT_STR_ARG(q->ids[i]));
        if (store_object_get(d->store, arena, NULL, q->ids[i], &row, err) != ENT_OK)
            return ent_context(err, "%.*s", ENT_STR_ARG(q->ids[i]));
        if (i > 0 && !ent_str_equal(row.owner, *owner))
            return ent_fail(err, ENT_DENIED, "they are of '%.*s' and of '%.*s': ask each [owner]",
                            ENT_STR_ARG(*owner), ENT_STR_ARG(row.owner));
        *owner = ent_arena_str(arena, row.owner);
        if (owner->ptr == NULL)
            return ent_fail_arena(err);
    }
    return q->id_count == 0 ? ent_fail(err, ENT_USAGE, "nothing is named to be passed on") : ENT_OK;
}

/* Would policy pass it on, if the owner consented?  Nobody is asked for nothing. */
static ent_code releasable(desk *d, ent_arena *arena, const desk_onward_request *q,
                           const char *owner, const desk_gate_result *result, ent_err *err)
{
    for (size_t i = 0; i < q->id_count; i++) {
        desk_gate_object object;
        policy_decision decision;
        policy_question question;

        ENT_TRY(desk_gate_foreign(d, arena, owner, q->ids[i], &object, err));
        question = desk_gate_question(d, result, &object);
        decision = policy_decide(&question);
        if (!decision.permit)
            return ent_fail(err, ENT_DENIED, "%.*s may not go to %s for '%.*s': not met: %s [%s]",
                            ENT_STR_ARG(q->ids[i]), q->to, ENT_STR_ARG(q->purpose),
                            policy_rule_text(decision.reason), policy_rule_name(decision.reason));
    }
    return ENT_OK;
}

static ent_code ask_check(desk *d, ent_arena *arena, const desk_onward_request *q,
                          const char *owner, const desk_peer *to, ent_err *err)
{
    desk_gate_result result = { .recipient = ent_str_of(q->to), .purpose = q->purpose };
    desk_terms terms;
    bool found, barred;

    ENT_TRY(desk_barred(d, arena, ent_str_of(owner), to->identity, &barred, err));
    if (barred)
        return ent_fail(err, ENT_DENIED, "%s lets none of its facts go to '%s' [suspension]", owner,
                        q->to);
    ENT_TRY(desk_terms_find(d, arena, owner, POLICY_RELEASE, q->purpose, &terms, &found, err));
    if (!found || !terms.policy.in_force)
        return ent_fail(err, ENT_DENIED, "no agreement with '%s' is in force: %s [agreement]",
                        owner, terms.why_not);
    ENT_TRY(
        desk_terms_find(d, arena, q->to, POLICY_RELEASE, q->purpose, &result.terms, &found, err));
    return releasable(d, arena, q, owner, &result, err);
}

static ent_code request_write(ent_arena *arena, const desk_onward_request *q, const char *owner,
                              const desk_peer *to, const char *id, ent_str *body, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_c(&w, id);
    ent_jw_key(&w, "owner");
    ent_jw_c(&w, owner);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, q->purpose);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, q->reason);
    ent_jw_key(&w, "recipient");
    ent_jw_object(&w);
    ent_jw_key(&w, "code");
    ent_jw_c(&w, q->to);
    ent_jw_key(&w, "identity");
    ent_jw_hex(&w, to->identity, 32);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, to->name);
    ent_jw_end(&w);
    desk_texts_write(&w, "objects", q->ids, q->id_count);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, body, err);
}

/* {"said":REQUEST,"asked_by","time","grant"?} */
static ent_code out_put(desk *d, ent_arena *arena, store_doc *doc, ent_json said, ent_str by,
                        const desk_grant *grant, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "said");
    ent_jw_raw(&w, ent_json_raw(said));
    ent_jw_key(&w, "asked_by");
    ent_jw_str(&w, by);
    if (grant != NULL) {
        ent_jw_key(&w, "grant");
        desk_grant_write(&w, grant);
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc->json, err));
    return store_doc_put(d->store, doc, err);
}

ent_code desk_onward_ask(desk *d, ent_arena *arena, const desk_onward_request *q, char id[37],
                         ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("onward-out"), .state = ENT_STR("asked"), .time = d->now };
    desk_peer to, known;
    ent_str owner, body;
    ent_json said;

    if (q->reason.size == 0)
        return ent_fail(err, ENT_USAGE, "a request to pass something on needs a reason");
    ENT_TRY(d->peer(d->arg, arena, q->to, &to, err));
    ENT_TRY(owner_find(d, arena, q, &owner, err));
    ENT_TRY(d->peer(d->arg, arena, owner.ptr, &known, err));
    if (ent_str_is(owner, q->to))
        return ent_fail(err, ENT_USAGE, "'%s' is who it belongs to", q->to);
    ENT_TRY(ask_check(d, arena, q, owner.ptr, &to, err));
    desk_id(d, id);
    ENT_TRY(request_write(arena, q, owner.ptr, &to, id, &body, err));
    ENT_TRY(desk_say(d, arena, owner.ptr, LINK_CONSENT_REQUEST, ent_span_of_str(body), err));
    ENT_TRY(ent_json_read(arena, body, &said, err));
    doc.id = ent_arena_str(arena, ent_str_of(id));
    doc.peer = owner;
    return out_put(d, arena, &doc, said, ent_str_of(q->by), NULL, err);
}

/* ---- hearing ---- */

static bool asked_for(ent_json said, ent_str id)
{
    for (ent_json v = ent_json_first(ent_json_get(said, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_str(v), id))
            return true;
    return false;
}

/* It is the owner's, for what was asked and for whom. */
static ent_code grant_fits(desk *d, const char *peer, ent_str request, ent_json said,
                           const desk_grant *g, ent_err *err)
{
    uint8_t recipient[32];

    ENT_TRY(desk_hex(ent_json_get(said, "recipient"), "identity", where, recipient,
                     sizeof recipient, err));
    if (!ent_str_equal(g->request, request) || !ent_str_is(g->owner, peer) ||
        memcmp(g->via_identity, d->identity, 32) != 0 ||
        memcmp(g->recipient_identity, recipient, 32) != 0 ||
        !ent_str_equal(g->purpose, ent_json_get_text(said, "purpose")))
        return ent_fail(err, ENT_UNTRUSTED, "%s: it is not one to what this node asked", where);
    for (ent_json v = ent_json_first(g->objects); v.doc != NULL; v = ent_json_next(v))
        if (!asked_for(said, ent_json_get_text(v, "id")))
            return ent_fail(err, ENT_FORMAT, "%s: %.*s was not asked for", where,
                            ENT_STR_ARG(ent_json_get_text(v, "id")));
    return ENT_OK;
}

ent_code desk_consent_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    static const char *const names[] = { "grant", "request", "state", NULL };
    ent_json json, own, said;
    desk_grant grant;
    ent_str request, state;
    store_doc doc;
    bool granted;

    (void)entry;
    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_uuid(json, "request", where, &request, err));
    ENT_TRY(desk_text(json, "state", where, &state, err));
    granted = ent_str_is(state, "granted");
    if (!granted && !ent_str_is(state, "refused"))
        return ent_fail(err, ENT_FORMAT, "%s: its state is not known", where);
    ENT_TRY(desk_doc(d, arena, "onward-out", request, &doc, &own, err));
    if (!ent_str_is(doc.peer, peer) || !ent_str_is(doc.state, "asked"))
        return ent_fail(err, ENT_CONFLICT, "%s: nothing was asked, or it was answered", where);
    said = ent_json_get(own, "said");
    if (granted) {
        ENT_TRY(desk_grant_read(arena, ent_json_get(json, "grant"), &grant, err));
        ENT_TRY(desk_grant_verify(d, arena, &grant, err));
        ENT_TRY(grant_fits(d, peer, request, said, &grant, err));
    }
    doc.state = state;
    doc.time = d->now;
    return out_put(d, arena, &doc, said, ent_json_get_text(own, "asked_by"),
                   granted ? &grant : NULL, err);
}
