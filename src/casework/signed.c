#include "casework/signed.h"

#include "desk/agreement.h"
#include "link/approval.h"

static void put(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static ent_code save(desk *d, ent_arena *arena, const casework_signed *s, ent_str approvals,
                     ent_err *err)
{
    store_doc doc = { .kind = ent_str_of(s->kind),
                      .id = s->id,
                      .peer = s->peer,
                      .state = ENT_STR("waiting"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    put(&w, "drafter", s->drafter);
    put(&w, "statement", s->statement);
    ent_jw_key(&w, "approvals");
    ent_jw_raw(&w, approvals);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code casework_signed_draft(desk *d, ent_arena *arena, const casework_signed *s, ent_err *err)
{
    store_doc before;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, s->kind, s->id, &before, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s waits for approval already; drop it first", s->what);
    return save(d, arena, s, ENT_STR("[]"), err);
}

static void officers_list(casework_signed *s)
{
    s->count = 0;
    for (ent_json v = ent_json_first(s->approvals);
         v.doc != NULL && s->count < sizeof s->officers / sizeof *s->officers; v = ent_json_next(v))
        s->officers[s->count++] = ent_json_get_text(v, "officer");
}

ent_code casework_signed_load(desk *d, ent_arena *arena, ent_str id, casework_signed *s,
                              ent_err *err)
{
    ent_json json;
    store_doc doc;

    if (desk_doc(d, arena, s->kind, id, &doc, &json, err) != ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? ent_fail(err, ENT_NOT_FOUND, "no %s waits for approval", s->what)
                   : err->code;
    s->id = doc.id;
    s->peer = doc.peer;
    s->drafter = ent_json_get_text(json, "drafter");
    s->statement = ent_json_get_text(json, "statement");
    s->approvals = ent_json_get(json, "approvals");
    officers_list(s);
    return ENT_OK;
}

static ent_code approval_check(const casework_signed *s, const desk_officer *by, ent_err *err)
{
    if (strcmp(by->role, "disclosure") != 0 && strcmp(by->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; what leaves is approved by disclosure or legal "
                        "officers [law 6]",
                        by->name, by->role);
    if (ent_str_is(s->drafter, by->name))
        return ent_fail(err, ENT_DENIED, "who drafted it does not approve it [law 6]");
    for (size_t i = 0; i < s->count; i++)
        if (ent_str_is(s->officers[i], by->name))
            return ent_fail(err, ENT_DENIED, "'%s' has approved it already [law 6]", by->name);
    return ENT_OK;
}

static ent_code approvals_write(ent_arena *arena, const casework_signed *s, const desk_officer *by,
                                ent_str *list, ent_err *err)
{
    uint8_t signature[LINK_SIGNATURE_SIZE];
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_officer_sign(by, s->what, s->statement, signature, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(s->approvals); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    ent_jw_object(&w);
    put(&w, "officer", ent_str_of(by->name));
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, signature, sizeof signature);
    ent_jw_end(&w);
    ent_jw_end(&w);
    return ent_buf_done(&buf, list, err);
}

static ent_code body_write(ent_arena *arena, casework_signed *s, ent_str approvals, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "approvals");
    ent_jw_raw(&w, approvals);
    put(&w, "statement", s->statement);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, &s->body, err);
}

ent_code casework_signed_approve(desk *d, ent_arena *arena, casework_signed *s,
                                 const desk_officer *by, ent_err *err)
{
    ent_str approvals;

    ENT_TRY(approval_check(s, by, err));
    ENT_TRY(approvals_write(arena, s, by, &approvals, err));
    ENT_TRY(ent_json_read(arena, approvals, &s->approvals, err));
    officers_list(s);
    if (s->count < 2)
        return save(d, arena, s, approvals, err);
    ENT_TRY(store_doc_delete(d->store, s->kind, s->id, err));
    return body_write(arena, s, approvals, err);
}

ent_code casework_signed_read(desk *d, ent_arena *arena, const char *what, const char *where,
                              const char *peer, ent_json body, ent_json *said, ent_str *text,
                              ent_err *err)
{
    static const char *const members[] = { "approvals", "statement", NULL };
    const desk_party *party;
    desk_agreement a;
    ent_str id;

    ENT_TRY(desk_members(body, where, members, err));
    ENT_TRY(desk_text(body, "statement", where, text, err));
    ENT_TRY(desk_canonical(arena, *text, where, said, err));
    ENT_TRY(desk_uuid(*said, "agreement", where, &id, err));
    ENT_TRY(desk_agreement_get(d, arena, id, &a, err));
    party = desk_agreement_party(&a, ent_str_of(peer));
    if (party == NULL || !a.in_force)
        return ent_fail(err, ENT_DENIED, "%s: under no agreement in force with '%s' [agreement]",
                        where, peer);
    return desk_officers_check(arena, party, what, 2, *text, ent_json_get(body, "approvals"), err);
}
