/* What is asked of us: granting and refusing (desk/onward.h): the owner's side.
 *
 * A grant is a draft like any other: policy decides, the gate projects, officers approve the very
 * bytes; only it is made for a third node and handed to who carries it there. */
#include "desk/onward_int.h"

#include "base/limits.h"
#include "desk/release_int.h"

static const char where[] = "a request to pass something on";

/* ---- being asked ---- */

ent_code desk_consent_request_receive(desk *d, ent_arena *arena, const char *peer,
                                      const link_entry *entry, ent_span body, ent_err *err)
{
    static const char *const names[] = { "id",     "objects",   "owner", "purpose",
                                         "reason", "recipient", NULL };
    static const char *const node_names[] = { "code", "identity", "name", NULL };
    store_doc doc = { .kind = ENT_STR("onward-in"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("asked"),
                      .time = d->now,
                      .json = { body.ptr, body.size } };
    ent_json json, to, objects;
    uint8_t identity[32];
    ent_str text;
    bool found;

    (void)entry;
    ENT_TRY(desk_canonical(arena, doc.json, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_uuid(json, "id", where, &doc.id, err));
    ENT_TRY(desk_text(json, "purpose", where, &text, err));
    ENT_TRY(desk_text(json, "reason", where, &text, err));
    to = ent_json_get(json, "recipient");
    ENT_TRY(desk_members(to, where, node_names, err));
    ENT_TRY(desk_text(to, "code", where, &text, err));
    ENT_TRY(desk_hex(to, "identity", where, identity, sizeof identity, err));
    objects = ent_json_get(json, "objects");
    if (!ent_str_is(ent_json_get_text(json, "owner"), d->code) ||
        !ent_json_is(objects, ENT_JSON_ARRAY) || ent_json_count(objects) == 0 ||
        ent_json_count(objects) > ENT_LIMIT_RELEASE_OBJECTS)
        return ent_fail(err, ENT_FORMAT, "%s: it asks nothing of this node", where);
    ENT_TRY(desk_doc_found(d, arena, "onward-in", doc.id, &(store_doc){ 0 }, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s: it was asked already", where);
    return store_doc_put(d->store, &doc, err);
}

/* ---- granting ---- */

static ent_code third_read(ent_json said, ent_str request, ent_str until, desk_third *third,
                           ent_err *err)
{
    ent_json to = ent_json_get(said, "recipient");

    *third = (desk_third){ .code = ent_json_get_text(to, "code"),
                           .name = ent_json_get_text(to, "name"),
                           .request = request,
                           .until = until };
    return desk_hex(to, "identity", where, third->identity, sizeof third->identity, err);
}

/* Our objects that the peer knows by these ids: those that we have given to it. */
static ent_code own_ids(desk *d, ent_arena *arena, const char *peer, ent_json asked, ent_str **ids,
                        size_t *count, ent_err *err)
{
    store_doc *docs;
    size_t releases;

    *count = 0;
    *ids = ent_arena_array(arena, ent_json_count(asked) + 1, sizeof **ids);
    if (*ids == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(d, arena, "release", peer, NULL, &docs, &releases, err));
    for (ent_json v = ent_json_first(asked); v.doc != NULL; v = ent_json_next(v)) {
        bool found = false;

        for (size_t i = releases; i > 0 && !found; i--) {
            ent_json json;

            if (!ent_str_is(docs[i - 1].state, "sent") &&
                !ent_str_is(docs[i - 1].state, "received"))
                continue;
            ENT_TRY(ent_json_read(arena, docs[i - 1].json, &json, err));
            for (ent_json o = ent_json_first(ent_json_get(json, "objects"));
                 o.doc != NULL && !found; o = ent_json_next(o)) {
                found = ent_str_equal(ent_json_get_text(o, "sent_as"), ent_json_str(v)) &&
                        ent_json_get(o, "owner").doc == NULL;
                if (found)
                    (*ids)[(*count)++] = ent_json_get_text(o, "id");
            }
        }
        if (!found)
            return ent_fail(err, ENT_DENIED, "%.*s was not given to %s, or is called back [owner]",
                            ENT_STR_ARG(ent_json_str(v)), peer);
    }
    return ENT_OK;
}

ent_code desk_onward_draft(desk *d, ent_arena *arena, ent_str request, ent_str until,
                           const char *drafter, desk_gate_result *result, desk_draft_state *state,
                           ent_err *err)
{
    desk_draft_request q = { .drafter = drafter };
    desk_third third;
    store_doc doc;
    ent_days days;
    ent_json said;
    ent_str peer, *ids;

    ENT_TRY(desk_doc(d, arena, "onward-in", request, &doc, &said, err));
    if (!ent_str_is(doc.state, "asked"))
        return ent_fail(err, ENT_CONFLICT, "the request is %.*s already", ENT_STR_ARG(doc.state));
    if (ent_days_read(until, &days, err) != ENT_OK || days.last < desk_today(d))
        return ent_fail(err, ENT_USAGE, "a grant ends on a day to come: --until YYYY-MM-DD");
    ENT_TRY(third_read(said, request, until, &third, err));
    peer = ent_arena_str(arena, doc.peer);
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    q.peer = peer.ptr;
    q.purpose = ent_json_get_text(said, "purpose");
    q.third = &third;
    ENT_TRY(own_ids(d, arena, peer.ptr, ent_json_get(said, "objects"), &ids, &q.id_count, err));
    q.ids = ids;
    return desk_release_draft(d, arena, &q, result, state, err);
}

/* ---- answering ---- */

static ent_code may_answer(const desk_officer *officer, ent_err *err)
{
    if (strcmp(officer->role, "disclosure") != 0 && strcmp(officer->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; what goes on is decided by disclosure officers and "
                        "the legal officer [law 6]",
                        officer->name, officer->role);
    return ENT_OK;
}

static ent_code consent_say(desk *d, ent_arena *arena, const char *peer, ent_str request,
                            const desk_grant *grant, ent_err *err)
{
    ent_buf buf;
    ent_str text, body;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    if (grant != NULL) {
        ent_jw_key(&w, "grant");
        desk_grant_write(&w, grant);
    }
    ent_jw_key(&w, "request");
    ent_jw_str(&w, request);
    ent_jw_key(&w, "state");
    ent_jw_c(&w, grant != NULL ? "granted" : "refused");
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    return desk_say(d, arena, peer, LINK_CONSENT, ent_span_of_str(body), err);
}

ent_code desk_onward_refuse(desk *d, ent_arena *arena, ent_str request, ent_str reason,
                            const desk_officer *officer, ent_err *err)
{
    ent_buf buf;
    ent_str peer, members;
    store_doc doc;
    ent_json said;
    ent_jw w;

    ENT_TRY(may_answer(officer, err));
    if (reason.size == 0)
        return ent_fail(err, ENT_USAGE, "a refusal needs a reason; it stays here");
    ENT_TRY(desk_doc(d, arena, "onward-in", request, &doc, &said, err));
    if (!ent_str_is(doc.state, "asked"))
        return ent_fail(err, ENT_CONFLICT, "the request is %.*s already", ENT_STR_ARG(doc.state));
    peer = ent_arena_str(arena, doc.peer);
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(consent_say(d, arena, peer.ptr, request, NULL, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "refused_by");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "why");
    ent_jw_str(&w, reason);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &members, err));
    return desk_doc_extend(d, arena, &doc, "refused", desk_inside(members), err);
}

/* ---- sending an approved grant ---- */

/* A grant that replaces another has a document of its own, under its own id. */
static ent_code correction_put(desk *d, ent_arena *arena, const desk_draft *draft, ent_str peer,
                               ent_str members, ent_err *err)
{
    ent_json third = ent_json_get(draft->json, "third");
    store_doc doc = {
        .kind = ENT_STR("onward-in"), .id = draft->doc.id, .peer = peer, .time = d->now
    };

    doc.json = ent_arena_printf(arena, "{\"corrects\":%.*s,\"purpose\":%.*s,\"recipient\":%.*s}",
                                ENT_STR_ARG(ent_json_raw(ent_json_get(draft->json, "corrects"))),
                                ENT_STR_ARG(ent_json_raw(ent_json_get(draft->json, "purpose"))),
                                ENT_STR_ARG(ent_json_raw(third)));
    if (doc.json.ptr == NULL)
        return ent_fail_arena(err);
    return desk_doc_extend(d, arena, &doc, "granted", members, err);
}

/* What it replaces is not corrected a second time, and still called back. */
static ent_code corrected_mark(desk *d, ent_arena *arena, ent_str peer, ent_json corrects,
                               ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "onward-in", peer.ptr, "granted", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        for (ent_json v = ent_json_first(corrects); v.doc != NULL; v = ent_json_next(v)) {
            if (!ent_str_equal(ent_json_get_text(json, "grant"), ent_json_str(v)))
                continue;
            docs[i].state = ENT_STR("corrected");
            ENT_TRY(store_doc_put(d->store, &docs[i], err));
        }
    }
    return ENT_OK;
}

static ent_code grant_of_draft(desk *d, ent_arena *arena, const desk_draft *draft,
                               desk_grant *grant, ent_err *err)
{
    uint8_t signature[64];
    ent_str hex;
    char text[129];

    ENT_TRY(d->statement(d->arg, arena, draft->statement, draft->approvals, draft->drafter,
                         signature, err));
    ent_hex_write(signature, sizeof signature, text);
    hex = ent_arena_str(arena, ent_str_of(text));
    if (hex.ptr == NULL)
        return ent_fail_arena(err);
    *grant = (desk_grant){ .text = draft->statement, .signature = hex };
    return ENT_OK;
}

static ent_code correction_say(desk *d, ent_arena *arena, const char *peer, const desk_grant *grant,
                               ent_err *err)
{
    ent_buf buf;
    ent_str text, body;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "onward");
    desk_grant_write(&w, grant);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    return desk_say(d, arena, peer, LINK_CORRECTION, ent_span_of_str(body), err);
}

ent_code desk_grant_send(desk *d, ent_arena *arena, ent_str id, ent_err *err)
{
    ent_str peer, request, members;
    desk_grant grant;
    desk_draft draft;
    store_doc doc;
    ent_json said;

    ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
    peer = ent_arena_str(arena, draft.doc.peer);
    request = ent_json_get_text(ent_json_get(draft.json, "third"), "request");
    members =
        ent_arena_printf(arena, "\"grant\":\"%.*s\",\"given\":%.*s", ENT_STR_ARG(draft.doc.id),
                         ENT_STR_ARG(ent_json_raw(ent_json_get(draft.json, "objects"))));
    if (peer.ptr == NULL || members.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(grant_of_draft(d, arena, &draft, &grant, err));
    if (ent_json_get(draft.json, "corrects").doc != NULL) {
        ENT_TRY(correction_say(d, arena, peer.ptr, &grant, err));
        ENT_TRY(corrected_mark(d, arena, peer, ent_json_get(draft.json, "corrects"), err));
        return correction_put(d, arena, &draft, peer, members, err);
    }
    ENT_TRY(desk_doc(d, arena, "onward-in", request, &doc, &said, err));
    if (!ent_str_is(doc.state, "asked"))
        return ent_fail(err, ENT_CONFLICT, "the request is %.*s already", ENT_STR_ARG(doc.state));
    ENT_TRY(consent_say(d, arena, peer.ptr, request, &grant, err));
    return desk_doc_extend(d, arena, &doc, "granted", members, err);
}

/* ---- taking back ---- */

static bool one_of(ent_json given, ent_json ids)
{
    for (ent_json v = ent_json_first(given); v.doc != NULL; v = ent_json_next(v))
        for (ent_json u = ent_json_first(ids); u.doc != NULL; u = ent_json_next(u))
            if (ent_str_equal(ent_json_get_text(v, "sent_as"), ent_json_get_text(u, "sent_as")))
                return true;
    return false;
}

static bool may_be_out(const store_doc *doc)
{
    return ent_str_is(doc->state, "granted") || ent_str_is(doc->state, "corrected");
}

static ent_code recall_say(desk *d, ent_arena *arena, const char *peer, ent_str grant,
                           ent_str reason, ent_err *err)
{
    ent_str text, body;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "release");
    ent_jw_str(&w, grant);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, reason);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    return desk_say(d, arena, peer, LINK_RECALL, ent_span_of_str(body), err);
}

/* Whether the carrier has passed it on is not known here, so the third is told no more than the
 * number of a grant that was for it: the reason is what the carrier says. */
static ent_code third_tell(desk *d, ent_arena *arena, ent_json json, ent_err *err)
{
    ent_json to = ent_json_get(json, "recipient");
    ent_str code = ent_arena_str(arena, ent_json_get_text(to, "code"));
    uint8_t identity[32];
    ent_err none = { 0 };
    desk_peer peer;

    if (code.ptr == NULL)
        return ent_fail_arena(err);
    if (desk_hex(to, "identity", where, identity, sizeof identity, &none) != ENT_OK ||
        d->peer(d->arg, arena, code.ptr, &peer, &none) != ENT_OK ||
        memcmp(peer.identity, identity, sizeof identity) != 0)
        return ENT_OK;
    return recall_say(d, arena, code.ptr, ent_json_get_text(json, "grant"),
                      ENT_STR("called back by its owner"), err);
}

ent_code desk_grants_recall(desk *d, ent_arena *arena, const char *peer, ent_json objects,
                            ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "onward-in", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (!may_be_out(&docs[i]) || !one_of(ent_json_get(json, "given"), objects))
            continue;
        docs[i].state = ENT_STR("recalled");
        ENT_TRY(store_doc_put(d->store, &docs[i], err));
        ENT_TRY(third_tell(d, arena, json, err));
    }
    return ENT_OK;
}

static ent_code grant_withdraw(desk *d, ent_arena *arena, store_doc *doc, ent_json json,
                               ent_str reason, const char *by, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, doc->peer);

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(recall_say(d, arena, peer.ptr, ent_json_get_text(json, "grant"), reason, err));
    ENT_TRY(third_tell(d, arena, json, err));
    return desk_doc_extend(d, arena, doc, "recalled",
                           ent_arena_printf(arena, "\"withdrawn_by\":\"%s\"", by), err);
}

/* With a grant go those that corrected it. */
ent_code desk_onward_withdraw(desk *d, ent_arena *arena, ent_str request, ent_str reason,
                              const desk_officer *officer, ent_err *err)
{
    size_t count, done = 0;
    store_doc *docs;

    ENT_TRY(may_answer(officer, err));
    if (reason.size == 0)
        return ent_fail(err, ENT_USAGE, "taking back a grant needs a reason");
    ENT_TRY(desk_docs(d, arena, "onward-in", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (!may_be_out(&docs[i]) ||
            (!ent_str_equal(docs[i].id, request) &&
             !ent_str_equal(ent_json_get_text(ent_json_get(json, "recipient"), "request"),
                            request)))
            continue;
        ENT_TRY(grant_withdraw(d, arena, &docs[i], json, reason, officer->name, err));
        done++;
    }
    return done > 0 ? ENT_OK
                    : ent_fail(err, ENT_NOT_FOUND, "nothing is granted to a request %.*s",
                               ENT_STR_ARG(request));
}

ent_code desk_grant_receipt(desk *d, ent_arena *arena, const char *peer, ent_json receipt,
                            ent_str text, uint64_t seq, bool *known, ent_err *err)
{
    ent_str grant = ent_json_get_text(receipt, "release");
    store_doc *docs;
    size_t count;

    *known = false;
    ENT_TRY(desk_docs(d, arena, "onward-in", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && !*known; i++) {
        ent_str state = ent_arena_str(arena, docs[i].state), member;
        ent_json json;
        bool third;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        third = ent_str_is(ent_json_get_text(ent_json_get(json, "recipient"), "code"), peer);
        *known = ent_str_equal(ent_json_get_text(json, "grant"), grant) &&
                 (third || ent_str_is(docs[i].peer, peer));
        if (!*known || !third || ent_json_get(json, "told").doc != NULL)
            continue;
        member = ent_arena_printf(arena, "\"told\":{\"seq\":%llu,\"said\":%.*s}",
                                  (unsigned long long)seq, ENT_STR_ARG(text));
        if (state.ptr == NULL || member.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(desk_doc_extend(d, arena, &docs[i], state.ptr, member, err));
    }
    return ENT_OK;
}

ent_code desk_onward_receipt(desk *d, ent_arena *arena, const char *peer, ent_json receipt,
                             ent_str text, uint64_t seq, ent_err *err)
{
    ent_str grant = ent_json_get_text(receipt, "release"),
            state = ent_json_get_text(receipt, "state");
    bool erased = ent_str_is(state, "erased");
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "onward-in", peer, erased ? "recalled" : "granted", &docs, &count,
                      err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (!ent_str_equal(ent_json_get_text(json, "grant"), grant))
            continue;
        return desk_doc_extend(d, arena, &docs[i], erased ? "erased" : "granted",
                               ent_arena_printf(arena, "\"%s\":{\"seq\":%llu,\"said\":%.*s}",
                                                erased ? "erasure" : "receipt",
                                                (unsigned long long)seq, ENT_STR_ARG(text)),
                               err);
    }
    return ent_fail(err, ENT_NOT_FOUND, "a receipt: no grant %.*s waits for it",
                    ENT_STR_ARG(grant));
}

/* ---- correcting ---- */

static bool given_has(ent_json json, ent_str object)
{
    for (ent_json v = ent_json_first(ent_json_get(json, "given")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "id"), object))
            return true;
    return false;
}

static ent_code correction_draft(desk *d, ent_arena *arena, const store_doc *doc, ent_json json,
                                 ent_str object, ent_str reason, const char *by, ent_str *made,
                                 ent_err *err)
{
    ent_str peer = ent_arena_str(arena, doc->peer), grant = ent_json_get_text(json, "grant");
    desk_draft_request q = { .purpose = ent_json_get_text(json, "purpose"),
                             .ids = &object,
                             .id_count = 1,
                             .drafter = by,
                             .corrects = &grant,
                             .correct_count = 1,
                             .reason = reason };
    desk_gate_result result;
    desk_draft_state state;
    desk_third third;
    desk_draft draft;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    q.peer = peer.ptr;
    ENT_TRY(desk_draft_load(d, arena, grant, &draft, err));
    ENT_TRY(third_read(json, ent_json_get_text(ent_json_get(draft.json, "third"), "request"),
                       ent_json_get_text(ent_json_get(draft.json, "third"), "until"), &third, err));
    q.third = &third;
    ENT_TRY(desk_release_draft(d, arena, &q, &result, &state, err));
    *made = state.id;
    return ENT_OK;
}

ent_code desk_onward_correct(desk *d, ent_arena *arena, ent_str object, ent_str reason,
                             const char *by, ent_str **made, size_t *count, ent_err *err)
{
    store_doc *docs;
    size_t all;

    *count = 0;
    ENT_TRY(desk_docs(d, arena, "onward-in", NULL, "granted", &docs, &all, err));
    *made = ent_arena_array(arena, all + 1, sizeof **made);
    if (*made == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < all; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (given_has(json, object))
            ENT_TRY(correction_draft(d, arena, &docs[i], json, object, reason, by,
                                     &(*made)[(*count)++], err));
    }
    return ENT_OK;
}

/* ---- both directions, for people ---- */

static ent_code request_show(desk *d, ent_arena *arena, const store_doc *doc, ent_json *out,
                             ent_err *err)
{
    bool asked_of_us = ent_str_is(doc->kind, "onward-in");
    ent_json json, said;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    (void)d;
    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    said = asked_of_us ? json : ent_json_get(json, "said");
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "request");
    ent_jw_str(&w, doc->id);
    ent_jw_key(&w, "direction");
    ent_jw_c(&w, asked_of_us ? "in" : "out");
    ent_jw_key(&w, "peer");
    ent_jw_str(&w, doc->peer);
    ent_jw_key(&w, "state");
    ent_jw_str(&w, doc->state);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, doc->time));
    for (ent_json v = ent_json_first(said); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);

        if (ent_str_is(name, "id") || ent_str_is(name, "owner"))
            continue;
        ent_jw_key_str(&w, name);
        ent_jw_raw(&w, ent_json_raw(v));
    }
    if (!asked_of_us) {
        ent_jw_key(&w, "asked_by");
        ent_jw_str(&w, ent_json_get_text(json, "asked_by"));
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return ent_json_read(arena, text, out, err);
}

ent_code desk_onward_list(desk *d, ent_arena *arena, ent_json **requests, size_t *count,
                          ent_err *err)
{
    static const char *const kinds[] = { "onward-in", "onward-out" };
    store_doc *docs[2];
    size_t counts[2];

    for (int i = 0; i < 2; i++)
        ENT_TRY(desk_docs(d, arena, kinds[i], NULL, NULL, &docs[i], &counts[i], err));
    *count = 0;
    *requests = ent_arena_array(arena, counts[0] + counts[1] + 1, sizeof **requests);
    if (*requests == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; j < counts[i]; j++)
            ENT_TRY(request_show(d, arena, &docs[i][j], &(*requests)[(*count)++], err));
    return ENT_OK;
}
