#include "desk/retention.h"

#include "desk/work.h"
#include "holdings/retention.h"
#include "link/approval.h"

#define APPROVALS 2

/* ---- documents ---- */

static ent_code extension_read(ent_arena *arena, const store_doc *doc, desk_extension *x,
                               ent_str *statement, ent_json *approvals, ent_err *err)
{
    ent_json json, says;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    *statement = ent_json_get_text(json, "statement");
    *approvals = ent_json_get(json, "approvals");
    ENT_TRY(ent_json_read(arena, *statement, &says, err));
    *x = (desk_extension){ .id = doc->id,
                           .object = ent_json_get_text(says, "object"),
                           .until = ent_json_get_text(says, "until"),
                           .reason = ent_json_get_text(says, "reason"),
                           .drafter = ent_json_get_text(says, "drafter"),
                           .state = doc->state,
                           .approvals = ent_json_count(*approvals) };
    return ENT_OK;
}

/* `officer` NULL: the approvals as they are. */
static ent_code extension_write(desk *d, ent_arena *arena, ent_str id, const char *state,
                                ent_str statement, ent_json approvals, const desk_officer *officer,
                                const uint8_t signature[64], ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("extension"), .id = id, .state = ent_str_of(state), .time = d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, statement);
    ent_jw_key(&w, "approvals");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    if (officer != NULL) {
        ent_jw_object(&w);
        ent_jw_key(&w, "officer");
        ent_jw_c(&w, officer->name);
        ent_jw_key(&w, "role");
        ent_jw_c(&w, officer->role);
        ent_jw_key(&w, "time");
        ent_jw_str(&w, desk_time_text(arena, d->now));
        ent_jw_key(&w, "signature");
        ent_jw_hex(&w, signature, 64);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* ---- drafting ---- */

static ent_code statement_write(desk *d, ent_arena *arena, const desk_extension *x,
                                const store_row *row, ent_str *statement, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, "retention");
    ent_jw_key(&w, "object");
    ent_jw_str(&w, x->object);
    ent_jw_key(&w, "retention");
    ent_jw_str(&w, row->retention);
    ent_jw_key(&w, "until");
    ent_jw_str(&w, x->until);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, x->reason);
    ent_jw_key(&w, "drafter");
    ent_jw_str(&w, x->drafter);
    ent_jw_key(&w, "drafted");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, statement, err);
}

ent_code desk_extension_draft(desk *d, ent_arena *arena, ent_str object, ent_str until,
                              ent_str reason, const char *drafter, desk_extension *x, ent_err *err)
{
    const ent_json none = { .doc = NULL };
    ent_str statement;
    store_row row;
    char id[37];

    if (reason.size == 0)
        return ent_fail(err, ENT_USAGE, "why it is kept longer must be said");
    ENT_TRY(holdings_retention_check(d->store, arena, object, until, &row, err));
    desk_id(d, id);
    *x = (desk_extension){ .id = ent_arena_str(arena, ent_str_of(id)),
                           .object = object,
                           .until = until,
                           .reason = reason,
                           .drafter = ent_str_of(drafter),
                           .state = ENT_STR("waiting") };
    if (x->id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(statement_write(d, arena, x, &row, &statement, err));
    return extension_write(d, arena, x->id, "waiting", statement, none, NULL, NULL, err);
}

/* ---- approving ---- */

static ent_code may_approve(const desk_extension *x, ent_json approvals,
                            const desk_officer *officer, ent_err *err)
{
    if (strcmp(officer->role, "disclosure") != 0 && strcmp(officer->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; an extension is approved by disclosure officers and "
                        "the legal officer [law 6]",
                        officer->name, officer->role);
    if (ent_str_is(x->drafter, officer->name))
        return ent_fail(err, ENT_DENIED, "'%s' has drafted this and cannot approve it [law 6]",
                        officer->name);
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_is(ent_json_get_text(v, "officer"), officer->name))
            return ent_fail(err, ENT_DENIED,
                            "'%s' has approved already; a second person is needed [law 6]",
                            officer->name);
    return ENT_OK;
}

ent_code desk_extension_approve(desk *d, ent_arena *arena, ent_str id, const desk_officer *officer,
                                desk_extension *x, ent_err *err)
{
    uint8_t signature[64];
    ent_str statement;
    ent_json approvals;
    store_doc doc;
    store_row row;

    ENT_TRY(store_doc_get(d->store, arena, "extension", id, &doc, err));
    ENT_TRY(extension_read(arena, &doc, x, &statement, &approvals, err));
    if (!ent_str_is(doc.state, "waiting"))
        return ent_fail(err, ENT_NOT_FOUND, "the extension '%.*s' is %.*s", ENT_STR_ARG(id),
                        ENT_STR_ARG(doc.state));
    ENT_TRY(may_approve(x, approvals, officer, err));
    ENT_TRY(holdings_retention_check(d->store, arena, x->object, x->until, &row, err));
    ENT_TRY(desk_officer_sign(officer, "retention", statement, signature, err));
    x->approvals++;
    x->state = x->approvals < APPROVALS ? ENT_STR("waiting") : ENT_STR("done");
    ENT_TRY(extension_write(d, arena, x->id, x->state.ptr, statement, approvals, officer, signature,
                            err));
    return x->approvals < APPROVALS
               ? ENT_OK
               : holdings_retention_extend(d->store, arena, x->object, x->until, err);
}

ent_code desk_extension_list(desk *d, ent_arena *arena, desk_extension **extensions, size_t *count,
                             ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "extension", NULL, NULL, &docs, count, err));
    *extensions = ent_arena_array(arena, *count + 1, sizeof **extensions);
    if (*extensions == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        ent_str statement;
        ent_json approvals;

        ENT_TRY(extension_read(arena, &docs[i], &(*extensions)[i], &statement, &approvals, err));
    }
    return ENT_OK;
}

/* ---- the clock ---- */

ent_code desk_retention_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    holdings_swept swept;

    ENT_TRY(holdings_retention_sweep(d->store, arena, d->now, &swept, err));
    *next = ((ent_time)desk_today(d) + 1) * ENT_DAY_TIME; /* days end at midnight */
    return ENT_OK;
}
