/* Drafting and approving (desk/release.h). */
#include "desk/release_int.h"

#include "link/approval.h"

/* ---- the document ---- */

ent_code desk_draft_load(desk *d, ent_arena *arena, ent_str id, desk_draft *draft, ent_err *err)
{
    ENT_TRY(desk_doc(d, arena, "draft", id, &draft->doc, &draft->json, err));
    draft->drafter = ent_json_get_text(draft->json, "drafter");
    draft->statement = ent_json_get_text(draft->json, "statement");
    draft->approvals = ent_json_get(draft->json, "approvals");
    return ENT_OK;
}

static void ids_write(ent_jw *w, const desk_gate_result *result)
{
    ent_jw_key(w, "objects");
    ent_jw_array(w);
    for (size_t i = 0; i < result->count; i++) {
        ent_jw_object(w);
        ent_jw_key(w, "id");
        ent_jw_str(w, result->objects[i].id);
        ent_jw_key(w, "type");
        ent_jw_str(w, result->objects[i].type);
        ent_jw_key(w, "sent_as");
        ent_jw_str(w, result->objects[i].sent_as);
        if (result->objects[i].owner.ptr != NULL) {
            ent_jw_key(w, "owner");
            ent_jw_str(w, result->objects[i].owner);
        }
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static void third_write(ent_jw *w, const desk_third *third)
{
    ent_jw_key(w, "third");
    ent_jw_object(w);
    ent_jw_key(w, "code");
    ent_jw_str(w, third->code);
    ent_jw_key(w, "name");
    ent_jw_str(w, third->name);
    ent_jw_key(w, "identity");
    ent_jw_hex(w, third->identity, 32);
    ent_jw_key(w, "request");
    ent_jw_str(w, third->request);
    ent_jw_key(w, "until");
    ent_jw_str(w, third->until);
    ent_jw_end(w);
}

ent_code desk_draft_save(desk *d, ent_arena *arena, const desk_draft_request *request,
                         const desk_gate_result *result, ent_str id, ent_str drafted,
                         ent_str approvals, const char *state, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("draft"),
                      .id = id,
                      .peer = ent_str_of(request->peer),
                      .state = ent_str_of(state),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "drafter");
    ent_jw_c(&w, request->drafter);
    ent_jw_key(&w, "drafted");
    ent_jw_str(&w, drafted);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, request->purpose);
    if (request->fields != NULL) {
        ent_jw_key(&w, "fields");
        ent_jw_array(&w);
        for (size_t i = 0; i < request->field_count; i++)
            ent_jw_c(&w, request->fields[i]);
        ent_jw_end(&w);
    }
    if (request->evidence_count > 0)
        desk_texts_write(&w, "evidence", request->evidence, request->evidence_count);
    if (request->named_count > 0)
        desk_texts_write(&w, "for", request->named, request->named_count);
    ent_jw_key(&w, "tearline");
    ent_jw_str(&w, request->tearline);
    if (request->correct_count > 0) {
        desk_texts_write(&w, "corrects", request->corrects, request->correct_count);
        ent_jw_key(&w, "reason");
        ent_jw_str(&w, request->reason);
    }
    if (request->ground.size > 0) {
        ent_jw_key(&w, "emergency");
        ent_jw_str(&w, request->ground);
    }
    if (request->third != NULL)
        third_write(&w, request->third);
    if (request->grant_count > 0)
        desk_texts_write(&w, "grants", request->grants, request->grant_count);
    ids_write(&w, result);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, result->statement);
    ent_jw_key(&w, "approvals");
    ent_jw_raw(&w, approvals);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

static ent_code third_read(ent_arena *arena, ent_json json, const desk_third **out, ent_err *err)
{
    ent_json from = ent_json_get(json, "third");
    desk_third *third = ent_arena_alloc(arena, sizeof *third);

    *out = NULL;
    if (from.doc == NULL)
        return ENT_OK;
    if (third == NULL)
        return ent_fail_arena(err);
    *third = (desk_third){ .code = ent_json_get_text(from, "code"),
                           .name = ent_json_get_text(from, "name"),
                           .request = ent_json_get_text(from, "request"),
                           .until = ent_json_get_text(from, "until") };
    *out = third;
    return desk_hex(from, "identity", "a draft", third->identity, 32, err);
}

static ent_code fields_read(ent_arena *arena, ent_json fields, desk_draft_request *request,
                            ent_err *err)
{
    const char **names = ent_arena_array(arena, ent_json_count(fields) + 1, sizeof *names);

    if (names == NULL)
        return ent_fail_arena(err);
    request->fields = fields.doc == NULL ? NULL : names;
    for (ent_json v = ent_json_first(fields); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_arena_str(arena, ent_json_str(v));

        if (name.ptr == NULL)
            return ent_fail_arena(err);
        names[request->field_count++] = name.ptr;
    }
    return ENT_OK;
}

/* Our objects; those of others come by their grants. */
static ent_code own_read(ent_arena *arena, ent_json objects, desk_draft_request *request,
                         ent_err *err)
{
    ent_str *ids = ent_arena_array(arena, ent_json_count(objects) + 1, sizeof *ids);

    if (ids == NULL)
        return ent_fail_arena(err);
    request->ids = ids;
    for (ent_json v = ent_json_first(objects); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_get(v, "owner").doc == NULL)
            ids[request->id_count++] = ent_json_get_text(v, "id");
    return ENT_OK;
}

ent_code desk_draft_request_read(ent_arena *arena, const desk_draft *draft,
                                 desk_draft_request *request, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, draft->doc.peer),
            drafter = ent_arena_str(arena, draft->drafter), *texts;

    if (peer.ptr == NULL || drafter.ptr == NULL)
        return ent_fail_arena(err);
    *request = (desk_draft_request){ .peer = peer.ptr,
                                     .purpose = ent_json_get_text(draft->json, "purpose"),
                                     .tearline = ent_json_get_text(draft->json, "tearline"),
                                     .drafter = drafter.ptr,
                                     .reason = ent_json_get_text(draft->json, "reason"),
                                     .ground = ent_json_get_text(draft->json, "emergency") };
    ENT_TRY(desk_texts_read(arena, ent_json_get(draft->json, "corrects"), &texts,
                            &request->correct_count, err));
    request->corrects = texts;
    ENT_TRY(desk_texts_read(arena, ent_json_get(draft->json, "for"), &texts, &request->named_count,
                            err));
    request->named = texts;
    ENT_TRY(desk_texts_read(arena, ent_json_get(draft->json, "evidence"), &texts,
                            &request->evidence_count, err));
    request->evidence = texts;
    ENT_TRY(desk_texts_read(arena, ent_json_get(draft->json, "grants"), &texts,
                            &request->grant_count, err));
    request->grants = texts;
    ENT_TRY(third_read(arena, draft->json, &request->third, err));
    ENT_TRY(own_read(arena, ent_json_get(draft->json, "objects"), request, err));
    return fields_read(arena, ent_json_get(draft->json, "fields"), request, err);
}

ent_code desk_draft_gate(desk *d, ent_arena *arena, const desk_draft_request *request, ent_str id,
                         ent_str drafted, bool links, desk_gate_result *result, ent_err *err)
{
    desk_gate_request gate = { .id = id,
                               .peer = request->peer,
                               .purpose = request->purpose,
                               .ids = request->ids,
                               .id_count = request->id_count,
                               .links = links,
                               .fields = request->fields,
                               .field_count = request->field_count,
                               .evidence = request->evidence,
                               .evidence_count = request->evidence_count,
                               .named = request->named,
                               .named_count = request->named_count,
                               .tearline = request->tearline,
                               .drafted = drafted,
                               .corrects = request->corrects,
                               .correct_count = request->correct_count,
                               .reason = request->reason,
                               .ground = request->ground,
                               .third = request->third,
                               .grants = request->grants,
                               .grant_count = request->grant_count };

    return desk_gate(d, arena, &gate, result, err);
}

/* ---- what is missing ---- */

void desk_statement_hex(ent_str statement, char hex[65])
{
    ent_hash hash = ent_hash_of(statement.ptr, statement.size);

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
}

static ent_code missing_add(ent_arena *arena, desk_draft_state *state, const char *what,
                            ent_str whose, ent_err *err)
{
    ent_str text = ent_arena_printf(arena, "%s%.*s", what, ENT_STR_ARG(whose));

    if (text.ptr == NULL)
        return ent_fail_arena(err);
    if (state->missing_count < sizeof state->missing / sizeof *state->missing)
        state->missing[state->missing_count++] = text;
    return ENT_OK;
}

static ent_code consent_find(desk *d, ent_arena *arena, const desk_draft *draft, ent_str originator,
                             bool *given, ent_err *err)
{
    ent_str id =
        ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(draft->doc.id), ENT_STR_ARG(originator));
    char hex[65];
    ent_json json;
    store_doc doc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "consent", id, &doc, given, err));
    if (!*given)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    desk_statement_hex(draft->statement, hex);
    *given = ent_str_is(ent_json_get_text(json, "statement"), hex);
    return ENT_OK;
}

ent_code desk_draft_missing(desk *d, ent_arena *arena, const desk_draft *draft,
                            const desk_gate_result *result, desk_draft_state *state, ent_err *err)
{
    int disclosure = 0, legal = 0, needed = 2;
    bool third = false;

    *state = (desk_draft_state){ .id = draft->doc.id, .state = "waiting" };
    for (ent_json v = ent_json_first(draft->approvals); v.doc != NULL; v = ent_json_next(v)) {
        disclosure += ent_str_is(ent_json_get_text(v, "role"), "disclosure");
        legal += ent_str_is(ent_json_get_text(v, "role"), "legal");
        if (state->approval_count < 8)
            state->approvals[state->approval_count++] = ent_json_get_text(v, "officer");
    }
    ENT_TRY(desk_assured(d, arena, result->recipient, &third, err));
    if (ent_json_get(draft->json, "emergency").doc != NULL) /* by one, whoever it is */
        needed = legal > 0 ? 0 : 1;
    for (int i = disclosure; i < needed; i++)
        ENT_TRY(missing_add(arena, state, "disclosure", ENT_STR_NONE, err));
    if (third && needed == 2 && disclosure + legal < 3)
        ENT_TRY(missing_add(arena, state, "a third officer", ENT_STR_NONE, err));
    if (result->legal && legal == 0)
        ENT_TRY(missing_add(arena, state, "legal", ENT_STR_NONE, err));
    for (size_t i = 0; i < result->originator_count; i++) {
        bool given;

        ENT_TRY(consent_find(d, arena, draft, result->originators[i], &given, err));
        if (!given)
            ENT_TRY(missing_add(arena, state, "consent of ", result->originators[i], err));
    }
    return ENT_OK;
}

/* ---- drafting ---- */

ent_code desk_release_draft(desk *d, ent_arena *arena, const desk_draft_request *request,
                            desk_gate_result *result, desk_draft_state *state, ent_err *err)
{
    ent_str drafted = desk_time_text(arena, d->now), id_text;
    desk_draft draft;
    char id[37];

    desk_id(d, id);
    id_text = ent_arena_str(arena, ent_str_of(id));
    if (drafted.ptr == NULL || id_text.ptr == NULL)
        return ent_fail_arena(err);
    /* A correction brings nothing along: it may arrive before what that would refer to.  Nor
     * does a grant, which is for what was asked. */
    ENT_TRY(desk_draft_gate(d, arena, request, id_text, drafted,
                            request->correct_count == 0 && request->third == NULL, result, err));
    ENT_TRY(
        desk_draft_save(d, arena, request, result, id_text, drafted, ENT_STR("[]"), "open", err));
    ENT_TRY(desk_draft_load(d, arena, id_text, &draft, err));
    return desk_draft_missing(d, arena, &draft, result, state, err);
}

/* ---- approving ---- */

ent_code desk_draft_may_approve(const desk_draft *draft, const desk_officer *officer, ent_err *err)
{
    if (strcmp(officer->role, "disclosure") != 0 && strcmp(officer->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; a release is approved by disclosure officers, and "
                        "the legal officer [law 6]",
                        officer->name, officer->role);
    if (ent_str_is(draft->drafter, officer->name))
        return ent_fail(err, ENT_DENIED, "'%s' has drafted this and cannot approve it [law 6]",
                        officer->name);
    for (ent_json v = ent_json_first(draft->approvals); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_is(ent_json_get_text(v, "officer"), officer->name))
            return ent_fail(err, ENT_DENIED,
                            "'%s' has approved already; a second person is needed [law 6]",
                            officer->name);
    return ENT_OK;
}

static ent_code approvals_write(ent_arena *arena, const desk_draft *draft,
                                const desk_officer *officer, ent_str *text, ent_err *err)
{
    uint8_t signature[64];
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_officer_sign(officer, "release", draft->statement, signature, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(draft->approvals); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    ent_jw_object(&w);
    ent_jw_key(&w, "officer");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "role");
    ent_jw_c(&w, officer->role);
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, signature, sizeof signature);
    ent_jw_end(&w);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

/* Builds the draft anew.  *changed: it is no longer what was approved, and stands anew. */
static ent_code rebuild(desk *d, ent_arena *arena, desk_draft *draft, desk_draft_request *request,
                        desk_gate_result *result, bool *changed, ent_err *err)
{
    ent_str drafted = ent_json_get_text(draft->json, "drafted");

    if (!ent_str_is(draft->doc.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "the draft is %.*s already",
                        ENT_STR_ARG(draft->doc.state));
    ENT_TRY(desk_draft_request_read(arena, draft, request, err));
    ENT_TRY(desk_draft_gate(d, arena, request, draft->doc.id, drafted, false, result, err));
    *changed = !ent_str_equal(result->statement, draft->statement);
    if (!*changed)
        return ENT_OK;
    return desk_draft_save(d, arena, request, result, draft->doc.id, drafted, ENT_STR("[]"), "open",
                           err);
}

/* Sends what nothing is missing for any more. */
static ent_code maybe_send(desk *d, ent_arena *arena, ent_str id, const desk_gate_result *result,
                           desk_draft_state *state, ent_err *err)
{
    desk_draft draft;

    ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
    ENT_TRY(desk_draft_missing(d, arena, &draft, result, state, err));
    if (state->missing_count > 0)
        return ENT_OK;
    state->state = "sent";
    return desk_draft_send(d, arena, &draft, result, err);
}

ent_code desk_release_approve(desk *d, ent_arena *arena, ent_str id, const desk_officer *officer,
                              desk_draft_state *state, ent_err *err)
{
    desk_draft_request request;
    desk_gate_result result;
    desk_draft draft;
    ent_str approvals;
    bool changed;

    ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
    ENT_TRY(desk_draft_may_approve(&draft, officer, err));
    ENT_TRY(rebuild(d, arena, &draft, &request, &result, &changed, err));
    if (changed) {
        ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
        ENT_TRY(desk_draft_missing(d, arena, &draft, &result, state, err));
        state->state = "changed";
        return ENT_OK;
    }
    ENT_TRY(approvals_write(arena, &draft, officer, &approvals, err));
    ENT_TRY(desk_draft_save(d, arena, &request, &result, draft.doc.id,
                            ent_json_get_text(draft.json, "drafted"), approvals, "open", err));
    return maybe_send(d, arena, draft.doc.id, &result, state, err);
}

/* ---- consent ---- */

static ent_code consent_write(desk *d, ent_arena *arena, const desk_draft *draft,
                              ent_str originator, ent_str note, const desk_officer *officer,
                              ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("consent"),
                      .peer = draft->doc.peer,
                      .state = ENT_STR("given"),
                      .time = d->now };
    uint8_t signature[64];
    ent_str text, canonical;
    char hex[65];
    ent_buf buf;
    ent_jw w;

    doc.id =
        ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(draft->doc.id), ENT_STR_ARG(originator));
    desk_statement_hex(draft->statement, hex);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "draft");
    ent_jw_str(&w, draft->doc.id);
    ent_jw_key(&w, "originator");
    ent_jw_str(&w, originator);
    ent_jw_key(&w, "statement");
    ent_jw_c(&w, hex);
    ent_jw_key(&w, "note");
    ent_jw_str(&w, note);
    ent_jw_key(&w, "officer");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &canonical, err));
    ENT_TRY(desk_officer_sign(officer, "consent", canonical, signature, err));
    ent_buf_init(&buf, arena);
    ent_buf_put(&buf, canonical.ptr, canonical.size - 1);
    ent_buf_c(&buf, ",\"signature\":\"");
    for (size_t i = 0; i < sizeof signature; i++)
        ent_buf_printf(&buf, "%02x", signature[i]);
    ent_buf_c(&buf, "\"}");
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, &doc, err);
}

ent_code desk_consent_add(desk *d, ent_arena *arena, ent_str id, ent_str originator, ent_str note,
                          const desk_officer *officer, desk_draft_state *state, ent_err *err)
{
    static const char *const roles[] = { "disclosure", "legal", "liaison", "case" };
    desk_draft_request request;
    desk_gate_result result;
    desk_draft draft;
    bool changed;
    size_t i;

    for (i = 0; i < 4 && strcmp(officer->role, roles[i]) != 0; i++)
        ;
    if (i == 4)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; consent is put down by disclosure, legal, liaison "
                        "or case officers [originator]",
                        officer->name, officer->role);
    ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
    ENT_TRY(rebuild(d, arena, &draft, &request, &result, &changed, err));
    for (i = 0; i < result.originator_count && !ent_str_equal(result.originators[i], originator);
         i++)
        ;
    if (i == result.originator_count)
        return ent_fail(err, ENT_NOT_FOUND, "nothing in this draft is under the control of '%.*s'",
                        ENT_STR_ARG(originator));
    if (changed) {
        ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
        ENT_TRY(desk_draft_missing(d, arena, &draft, &result, state, err));
        state->state = "changed";
        return ENT_OK;
    }
    ENT_TRY(consent_write(d, arena, &draft, originator, note, officer, err));
    return maybe_send(d, arena, draft.doc.id, &result, state, err);
}
