#include "desk/emergency.h"

#include "desk/release_int.h"

/* ---- sending ---- */

/* The end of the next day. */
static ent_time review_by(const desk *d)
{
    return ((ent_time)desk_today(d) + 2) * ENT_DAY_TIME;
}

static ent_code record_put(desk *d, ent_arena *arena, const desk_draft *draft, ent_str ground,
                           const desk_officer *officer, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("emergency"),
                      .id = draft->doc.id,
                      .peer = draft->doc.peer,
                      .state = ENT_STR("unreviewed"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "ground");
    ent_jw_str(&w, ground);
    ent_jw_key(&w, "officer");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "drafter");
    ent_jw_str(&w, draft->drafter);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, ent_json_get_text(draft->json, "purpose"));
    ent_jw_key(&w, "review_by");
    ent_jw_str(&w, desk_time_text(arena, review_by(d)));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code desk_emergency_send(desk *d, ent_arena *arena, ent_str id, ent_str ground,
                             const desk_officer *officer, desk_draft_state *state, ent_err *err)
{
    desk_draft_request request;
    desk_gate_result result;
    desk_draft draft;

    if (ground.size == 0)
        return ent_fail(err, ENT_USAGE, "an emergency has a ground");
    ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
    if (!ent_str_is(draft.doc.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "the draft is %.*s already",
                        ENT_STR_ARG(draft.doc.state));
    if (ent_json_get(draft.json, "third").doc != NULL)
        return ent_fail(err, ENT_DENIED, "a grant for a third node is no emergency [law 6]");
    ENT_TRY(desk_draft_may_approve(&draft, officer, err));
    ENT_TRY(desk_draft_request_read(arena, &draft, &request, err));
    request.ground = ground;
    ENT_TRY(desk_draft_gate(d, arena, &request, draft.doc.id,
                            ent_json_get_text(draft.json, "drafted"), false, &result, err));
    if (!result.terms.policy.emergency)
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' has no emergency [law 6]",
                        request.peer);
    ENT_TRY(desk_draft_save(d, arena, &request, &result, draft.doc.id,
                            ent_json_get_text(draft.json, "drafted"), ENT_STR("[]"), "open", err));
    ENT_TRY(record_put(d, arena, &draft, ground, officer, err));
    return desk_release_approve(d, arena, draft.doc.id, officer, state, err);
}

/* ---- reviewing ---- */

static ent_code finding_put(desk *d, ent_arena *arena, store_doc *doc, bool upheld, ent_str note,
                            const desk_officer *officer, ent_err *err)
{
    ent_str members;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "reviewed_by");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "reviewed");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_key(&w, "note");
    ent_jw_str(&w, note);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &members, err));
    return desk_doc_extend(d, arena, doc, upheld ? "upheld" : "overturned", desk_inside(members),
                           err);
}

ent_code desk_emergency_review(desk *d, ent_arena *arena, ent_str release, bool upheld,
                               ent_str note, const desk_officer *officer, ent_err *err)
{
    store_doc doc;
    ent_json json;

    if (strcmp(officer->role, "disclosure") != 0 && strcmp(officer->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; a disclosure or legal officer reviews [law 6]",
                        officer->name, officer->role);
    if (note.size == 0)
        return ent_fail(err, ENT_USAGE, "a review says why");
    ENT_TRY(desk_doc(d, arena, "emergency", release, &doc, &json, err));
    if (!ent_str_is(doc.state, "unreviewed") && !ent_str_is(doc.state, "overdue"))
        return ent_fail(err, ENT_CONFLICT, "it is %.*s already", ENT_STR_ARG(doc.state));
    if (ent_str_is(ent_json_get_text(json, "officer"), officer->name) ||
        ent_str_is(ent_json_get_text(json, "drafter"), officer->name))
        return ent_fail(err, ENT_DENIED, "'%s' has sent or drafted it; another reviews it [law 6]",
                        officer->name);
    ENT_TRY(finding_put(d, arena, &doc, upheld, note, officer, err));
    return upheld ? ENT_OK : desk_release_recall(d, arena, release, note, officer, err);
}

ent_code desk_emergency_overdue(desk *d, ent_arena *arena, ent_str **ids, size_t *count,
                                ent_time *next, ent_err *err)
{
    store_doc *docs;
    size_t all;

    *count = 0;
    ENT_TRY(desk_docs(d, arena, "emergency", NULL, "unreviewed", &docs, &all, err));
    *ids = ent_arena_array(arena, all + 1, sizeof **ids);
    if (*ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < all; i++) {
        ent_json json;
        ent_time until;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        ENT_TRY(ent_time_read(ent_json_get_text(json, "review_by"), &until, err));
        if (d->now < until) {
            *next = until < *next ? until : *next;
            continue;
        }
        docs[i].state = ENT_STR("overdue");
        ENT_TRY(store_doc_put(d->store, &docs[i], err));
        (*ids)[(*count)++] = docs[i].id;
    }
    return ENT_OK;
}
