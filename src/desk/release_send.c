/* Sending a release, calling it back, and what became of both (desk/release.h). */
#include "desk/basis.h"
#include "desk/onward_int.h"
#include "desk/receive_int.h"
#include "desk/regained.h"
#include "desk/release_evidence_int.h"
#include "desk/release_int.h"

#include "base/planted.h"
#include "link/approval.h"

/* ---- sending ---- */

/* Every object once more, now with who has approved and consented. */
static ent_code decide_all(desk *d, ent_arena *arena, const desk_draft *draft,
                           const desk_gate_result *result, ent_err *err)
{
    size_t count = ent_json_count(draft->approvals), i = 0;
    policy_person *people = ent_arena_array(arena, count + 1, sizeof *people);
    bool third;

    if (people == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_assured(d, arena, result->recipient, &third, err));
    for (ent_json v = ent_json_first(draft->approvals); v.doc != NULL; v = ent_json_next(v))
        people[i++] =
            (policy_person){ ent_json_get_text(v, "officer"), ent_json_get_text(v, "role") };
    for (i = 0; i < result->count; i++) {
        policy_question q = desk_gate_question(d, result, &result->objects[i]);
        policy_decision decision;

        q.before_approval = false;
        q.drafter = draft->drafter;
        q.approvals = people;
        q.approval_count = count;
        q.emergency = ent_json_get(draft->json, "emergency").doc != NULL;
        q.third_person = third;
        if (result->objects[i].owner.ptr == NULL) {
            q.consents = result->originators; /* none is missing */
            q.consent_count = result->originator_count;
        }
        decision = policy_decide(&q);

        if (!decision.permit)
            return ent_fail(err, ENT_DENIED, "%.*s may not go: not met: %s [%s]",
                            ENT_STR_ARG(result->objects[i].id), policy_rule_text(decision.reason),
                            policy_rule_name(decision.reason));
    }
    return ENT_OK;
}

static void approvals_write(ent_jw *w, ent_json approvals)
{
    ent_jw_array(w);
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_object(w);
        ent_jw_key(w, "officer");
        ent_jw_str(w, ent_json_get_text(v, "officer"));
        ent_jw_key(w, "signature");
        ent_jw_str(w, ent_json_get_text(v, "signature"));
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_code body_write(ent_arena *arena, const desk_draft *draft, ent_str *body, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "approvals");
    approvals_write(&w, draft->approvals);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, draft->statement);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, body, err);
}

/* What the peer knows from now on. */
static ent_code given_put(desk *d, ent_arena *arena, const desk_draft *draft,
                          const desk_gate_result *result, ent_err *err)
{
    for (size_t i = 0; i < result->count; i++) {
        store_doc doc = { .kind = ENT_STR("given"),
                          .peer = draft->doc.peer,
                          .state = ENT_STR("given"),
                          .time = d->now };

        doc.id = ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(draft->doc.peer),
                                  ENT_STR_ARG(result->objects[i].sent_as));
        doc.json = ent_arena_printf(arena, "{\"release\":\"%.*s\"}", ENT_STR_ARG(draft->doc.id));
        if (doc.id.ptr == NULL || doc.json.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(store_doc_put(d->store, &doc, err));
    }
    return ENT_OK;
}

static ent_code release_put(desk *d, ent_arena *arena, const desk_draft *draft,
                            const desk_gate_result *result, const char *entry, ent_str body,
                            const uint8_t signature[64], ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("release"),
                      .id = draft->doc.id,
                      .peer = draft->doc.peer,
                      .state = ENT_STR("sent"),
                      .time = d->now };
    ent_hash hash = ent_hash_of(body.ptr, body.size);
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, ent_json_get_text(draft->json, "purpose"));
    ent_jw_key(&w, "agreement");
    ent_jw_str(&w, result->terms.policy.id);
    ent_jw_key(&w, "drafter");
    ent_jw_str(&w, draft->drafter);
    ent_jw_key(&w, "approved_by");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(draft->approvals); v.doc != NULL; v = ent_json_next(v))
        ent_jw_str(&w, ent_json_get_text(v, "officer"));
    ent_jw_end(&w);
    ent_jw_key(&w, "hash");
    ent_jw_hex(&w, hash.bytes, ENT_HASH_SIZE);
    ent_jw_key(&w, "signed"); /* the statement, by this node's signer */
    ent_jw_hex(&w, signature, 64);
    if (ent_json_get(draft->json, "for").doc != NULL) {
        ent_jw_key(&w, "for");
        ent_jw_raw(&w, ent_json_raw(ent_json_get(draft->json, "for")));
    }
    if (ent_json_get(draft->json, "emergency").doc != NULL) {
        ent_jw_key(&w, "emergency");
        ent_jw_str(&w, ent_json_get_text(draft->json, "emergency"));
    }
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry);
    if (ent_json_get(draft->json, "corrects").doc != NULL) {
        ent_jw_key(&w, "corrects");
        ent_jw_raw(&w, ent_json_raw(ent_json_get(draft->json, "corrects")));
        ent_jw_key(&w, "reason");
        ent_jw_str(&w, ent_json_get_text(draft->json, "reason"));
    }
    if (result->grant_count > 0) {
        ent_jw_key(&w, "onward");
        ent_jw_array(&w);
        for (size_t i = 0; i < result->grant_count; i++)
            desk_grant_part_write(&w, &result->grants[i]);
        ent_jw_end(&w);
    }
    ent_jw_key(&w, "objects");
    ent_jw_array(&w);
    for (size_t i = 0; i < result->count; i++) {
        ent_jw_object(&w);
        ent_jw_key(&w, "id");
        ent_jw_str(&w, result->objects[i].id);
        ent_jw_key(&w, "sent_as");
        ent_jw_str(&w, result->objects[i].sent_as);
        if (result->objects[i].owner.ptr != NULL) {
            ent_jw_key(&w, "owner");
            ent_jw_str(&w, result->objects[i].owner);
        }
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* What rests here on what was corrected. */
static ent_code rests_flag(desk *d, ent_arena *arena, const desk_draft *draft,
                           const desk_gate_result *result, ent_err *err)
{
    desk_basis_cause cause = { .owner = ENT_STR(""),
                               .release = draft->doc.id,
                               .reason = ent_json_get_text(draft->json, "reason") };

    for (size_t i = 0; i < result->count; i++)
        ENT_TRY(desk_basis_mark(d, arena, result->objects[i].id, &cause, err));
    return ENT_OK;
}

ent_code desk_draft_send(desk *d, ent_arena *arena, const desk_draft *draft,
                         const desk_gate_result *result, ent_err *err)
{
    bool corrects = ent_json_get(draft->json, "corrects").doc != NULL;
    ent_str peer = ent_arena_str(arena, draft->doc.peer), body;
    store_doc sent = draft->doc;
    uint8_t signature[64];
    char entry[37];

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(decide_all(d, arena, draft, result, err));
    sent.state = ENT_STR("sent");
    if (ent_json_get(draft->json, "third").doc != NULL) {
        ENT_TRY(store_doc_put(d->store, &sent, err));
        return desk_grant_send(d, arena, draft->doc.id, err);
    }
    /* The signer checks the approvals by itself, before anything leaves. */
    ENT_TRY(d->statement(d->arg, arena, draft->statement, draft->approvals, draft->drafter,
                         signature, err));
    ENT_TRY(body_write(arena, draft, &body, err));
    ENT_TRY(desk_say_as(d, arena, peer.ptr, corrects ? LINK_CORRECTION : LINK_RELEASE,
                        ent_span_of_str(body), entry, err));
    if (corrects)
        ENT_TRY(rests_flag(d, arena, draft, result, err));
    ENT_TRY(release_put(d, arena, draft, result, entry, body, signature, err));
    ENT_TRY(given_put(d, arena, draft, result, err));
    ENT_TRY(desk_files_say(d, arena, peer.ptr, draft->doc.id, result, err));
    return store_doc_put(d->store, &sent, err);
}

/* ---- calling back ---- */

struct given_links {
    ent_arena *arena;
    ent_str peer;
    ent_str ids[4096];
    size_t count;
};

static ent_code link_take(void *arg, const store_row *row, ent_err *err)
{
    struct given_links *list = arg;

    if (list->count == sizeof list->ids / sizeof *list->ids)
        return ENT_OK;
    list->ids[list->count] =
        ent_arena_printf(list->arena, "%.*s/%.*s", ENT_STR_ARG(list->peer), ENT_STR_ARG(row->id));
    if (list->ids[list->count++].ptr == NULL)
        return ent_fail_arena(err);
    return ENT_OK;
}

static ent_code given_delete(desk *d, ent_str id, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc = store_doc_delete(d->store, "given", id, &why);

    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    return ENT_OK;
}

/* With an object go the links that tie to it, at the peer as here. */
static ent_code given_links_drop(desk *d, ent_arena *arena, ent_str peer, ent_str own_id,
                                 ent_err *err)
{
    struct given_links *list = ent_arena_alloc(arena, sizeof *list);
    ent_str target = ent_arena_str(arena, own_id);
    store_query query = { .owner = "", .type = "relationship", .ref = target.ptr };

    if (list == NULL || target.ptr == NULL)
        return ent_fail_arena(err);
    list->arena = arena;
    list->peer = peer;
    ENT_TRY(store_objects_each(d->store, &query, link_take, list, err));
    for (size_t i = 0; i < list->count; i++)
        ENT_TRY(given_delete(d, list->ids[i], err));
    return ENT_OK;
}

/* The newest other release that stands and gave this object to the peer. */
static bool given_by_other(ent_arena *arena, const store_doc *docs, size_t count,
                           const store_doc *release, ent_str sent_as, ent_str *other)
{
    for (size_t i = count; i > 0; i--) {
        ent_err ignored = { 0 };
        ent_json json;

        if (ent_str_equal(docs[i - 1].id, release->id) ||
            (!ent_str_is(docs[i - 1].state, "sent") &&
             !ent_str_is(docs[i - 1].state, "received")) ||
            ent_json_read(arena, docs[i - 1].json, &json, &ignored) != ENT_OK)
            continue;
        for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
             v = ent_json_next(v))
            if (ent_str_equal(ent_json_get_text(v, "sent_as"), sent_as)) {
                *other = docs[i - 1].id;
                return true;
            }
    }
    return false;
}

/* The peer no longer has what came by this release, unless another gave it too. */
static ent_code given_drop(desk *d, ent_arena *arena, const store_doc *release, ent_json json,
                           ent_err *err)
{
    ent_str peer = ent_arena_str(arena, release->peer);
    store_doc *docs;
    size_t count;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(d, arena, "release", peer.ptr, NULL, &docs, &count, err));
    for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str sent_as = ent_json_get_text(v, "sent_as"), other;
        store_doc given = { .kind = ENT_STR("given"),
                            .peer = release->peer,
                            .state = ENT_STR("given"),
                            .time = d->now };

        given.id =
            ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(release->peer), ENT_STR_ARG(sent_as));
        if (given.id.ptr == NULL)
            return ent_fail_arena(err);
        if (given_by_other(arena, docs, count, release, sent_as, &other)) {
            given.json = ent_arena_printf(arena, "{\"release\":\"%.*s\"}", ENT_STR_ARG(other));
            if (given.json.ptr == NULL)
                return ent_fail_arena(err);
            ENT_TRY(store_doc_put(d->store, &given, err));
            continue;
        }
        ENT_TRY(given_delete(d, given.id, err));
        ENT_TRY(given_links_drop(d, arena, release->peer, ent_json_get_text(v, "id"), err));
    }
    return ENT_OK;
}

ent_code desk_recall_body(ent_arena *arena, ent_str release, ent_str reason, ent_str *body,
                          ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "release");
    ent_jw_str(&w, release);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, reason);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, body, err);
}

ent_code desk_release_call_back(desk *d, ent_arena *arena, store_doc *doc, ent_str reason,
                                const char *by, ent_str more, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, doc->peer), body, members;
    char entry[37];
    ent_json json;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    ENT_TRY(desk_recall_body(arena, doc->id, reason, &body, err));
    ENT_TRY(desk_say_as(d, arena, peer.ptr, LINK_RECALL, ent_span_of_str(body), entry, err));
    if (ENT_PLANTED(TOMBSTONES))
        ENT_TRY(desk_say(d, arena, "SVB", LINK_RECALL, ent_span_of_str(body), err));
    members = ent_arena_printf(
        arena, "\"recall\":%.*s,\"recall_entry\":\"%s\",\"recalled_by\":\"%s\"%s%.*s",
        ENT_STR_ARG(body), entry, by, more.size > 0 ? "," : "", ENT_STR_ARG(more));
    if (members.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(given_drop(d, arena, doc, json, err));
    ENT_TRY(desk_erase_ask(d, doc->peer, ent_json_get_text(json, "entry"), "out", err));
    ENT_TRY(desk_files_recall(d, arena, peer.ptr, doc->id, err));
    return desk_doc_extend(d, arena, doc, "recalled", members, err);
}

static bool stands(const store_doc *release)
{
    return ent_str_is(release->state, "sent") || ent_str_is(release->state, "received");
}

/* Does it correct only what stands no longer? */
static ent_code corrects_nothing(ent_arena *arena, const store_doc *docs, size_t count,
                                 const store_doc *release, bool *nothing, ent_err *err)
{
    ent_json json, list;

    ENT_TRY(ent_json_read(arena, release->json, &json, err));
    list = ent_json_get(json, "corrects");
    *nothing = list.doc != NULL && stands(release);
    for (ent_json v = ent_json_first(list); v.doc != NULL && *nothing; v = ent_json_next(v))
        for (size_t i = 0; i < count; i++)
            if (stands(&docs[i]) && ent_str_equal(docs[i].id, ent_json_str(v)))
                *nothing = false;
    return ENT_OK;
}

/* With a release goes what corrected it and nothing else. */
static ent_code corrections_call_back(desk *d, ent_arena *arena, const char *peer, ent_str reason,
                                      const char *by, ent_err *err)
{
    store_doc *docs;
    size_t count, i = 0;

    ENT_TRY(desk_docs(d, arena, "release", peer, NULL, &docs, &count, err));
    while (i < count) {
        bool nothing;

        ENT_TRY(corrects_nothing(arena, docs, count, &docs[i], &nothing, err));
        if (nothing)
            ENT_TRY(desk_release_call_back(d, arena, &docs[i], reason, by, ENT_STR(""), err));
        i = nothing ? 0 : i + 1; /* what corrected the correction stands before or behind it */
    }
    return ENT_OK;
}

ent_code desk_release_recall(desk *d, ent_arena *arena, ent_str release, ent_str reason,
                             const desk_officer *officer, ent_err *err)
{
    ent_str peer;
    store_doc doc;
    ent_json json;

    if (strcmp(officer->role, "disclosure") != 0 && strcmp(officer->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; a release is called back by a disclosure or legal "
                        "officer [recall]",
                        officer->name, officer->role);
    if (reason.size == 0)
        return ent_fail(err, ENT_USAGE, "a recall needs a reason");
    if (desk_doc(d, arena, "release", release, &doc, &json, err) != ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? desk_regained_recall(d, arena, release, reason, officer->name, err)
                   : err->code;
    if (ent_str_is(doc.state, "recalled") || ent_str_is(doc.state, "erased"))
        return ent_fail(err, ENT_CONFLICT, "the release is called back already");
    peer = ent_arena_str(arena, doc.peer);
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_release_call_back(d, arena, &doc, reason, officer->name, ENT_STR(""), err));
    ENT_TRY(desk_grants_recall(d, arena, peer.ptr, ent_json_get(json, "objects"), err));
    return corrections_call_back(d, arena, peer.ptr, reason, officer->name, err);
}

/* ---- receipts ---- */

ent_code desk_receipt_say(desk *d, ent_arena *arena, const char *peer, const char *entry,
                          const char *kind, const char *state, ent_str release, int64_t objects,
                          ent_err *err)
{
    ent_buf buf;
    ent_str text, body;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, kind);
    ent_jw_key(&w, "state");
    ent_jw_c(&w, state);
    ENT_PLANT(ent_plant_receipt(&w, d));
    if (release.size > 0) {
        ent_jw_key(&w, "release");
        ent_jw_str(&w, release);
        ent_jw_key(&w, "objects");
        ent_jw_int(&w, objects);
        ent_jw_key(&w, "time");
        ent_jw_str(&w, desk_time_text(arena, d->now));
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    return desk_say(d, arena, peer, LINK_RECEIPT, ent_span_of_str(body), err);
}

/* A receipt moves the release on, and only forwards. */
static bool may_become(ent_str now, ent_str said)
{
    if (ent_str_is(said, "received") || ent_str_is(said, "refused"))
        return ent_str_is(now, "sent");
    return ent_str_is(said, "erased") && ent_str_is(now, "recalled");
}

static ent_code release_of_entry(desk *d, ent_arena *arena, const char *peer, ent_str entry,
                                 const char *member, store_doc *release, bool *found, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *found = false;
    ENT_TRY(desk_docs(d, arena, "release", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && !*found; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        *found = ent_str_equal(ent_json_get_text(json, member), entry);
        *release = docs[i];
    }
    return ENT_OK;
}

ent_code desk_receipt_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    static const char *const names[] = { "entry", "kind", "objects", "release",
                                         "state", "time", NULL };
    static const char where[] = "a receipt";
    ent_str said, about, kind, members, became, text = { body.ptr, body.size };
    store_doc release;
    ent_json json, given;
    bool found;

    ENT_TRY(desk_canonical(arena, text, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "state", where, &said, err));
    if (!ent_str_is(said, "received") && !ent_str_is(said, "refused") &&
        !ent_str_is(said, "erased"))
        return ent_fail(err, ENT_FORMAT, "%s: its state '%.*s' is not known", where,
                        said.size > 20 ? 20 : (int)said.size, said.ptr);
    ENT_TRY(desk_uuid(json, "entry", where, &about, err));
    ENT_TRY(desk_text(json, "kind", where, &kind, err));
    if (ent_str_is(kind, "onward"))
        return desk_onward_receipt(d, arena, peer, json, text, entry->seq, err);
    if (ent_str_is(kind, link_kind_name(LINK_EVIDENCE)))
        return desk_files_receipt(d, arena, peer, about, said, err);
    ENT_TRY(release_of_entry(d, arena, peer, about,
                             ent_str_is(kind, "recall") ? "recall_entry" : "entry", &release,
                             &found, err));
    if (!found && ent_str_is(kind, "recall")) {
        ENT_TRY(desk_grant_receipt(d, arena, peer, json, text, entry->seq, &found, err));
        if (found)
            return ENT_OK; /* the third node's word is what counts, and comes by itself */
    }
    if (!found) {
        ENT_TRY(desk_regained_receipt(d, arena, peer, json, text, entry->seq, &found, err));
        if (found)
            return ENT_OK;
    }
    if (!found)
        return ent_fail(err, ENT_NOT_FOUND, "%s: nothing was sent under the entry %.*s", where,
                        ENT_STR_ARG(about));
    if (!may_become(release.state, said))
        return ent_fail(err, ENT_CONFLICT, "%s: a release that is '%.*s' cannot become '%.*s'",
                        where, ENT_STR_ARG(release.state), said.size > 20 ? 20 : (int)said.size,
                        said.ptr);
    if (ent_str_is(said, "refused")) { /* the peer has not got it */
        ENT_TRY(ent_json_read(arena, release.json, &given, err));
        ENT_TRY(given_drop(d, arena, &release, given, err));
    }
    members = ent_arena_printf(arena, "\"%s\":{\"seq\":%lld,\"said\":%.*s}",
                               ent_str_is(kind, "recall") ? "erasure" : "receipt",
                               (long long)entry->seq, ENT_STR_ARG(text));
    became = ent_arena_str(arena, said);
    if (became.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_extend(d, arena, &release, became.ptr, members, err));
    return desk_onward_settled(d, arena, &release, err);
}
