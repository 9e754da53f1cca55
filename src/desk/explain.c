#include "desk/explain.h"

#include "desk/gate_label_int.h"
#include "desk/work.h"
#include "stix/extension_ids.h"

/* As the gate reads it. */
static ent_code own_label(desk *d, ent_arena *arena, ent_str id, policy_label *label, ent_err *err)
{
    desk_marked marked;
    store_row row;

    if (store_object_get(d->store, arena, "", id, &row, err) != ENT_OK)
        return ent_context(err, "among this node's own records");
    if (row.tombstone.size > 0)
        return ent_fail(err, ENT_NOT_FOUND, "the content of '%.*s' was erased", ENT_STR_ARG(id));
    ENT_TRY(desk_marked_read(d, arena, &row, &marked, err));
    *label = marked.label;
    return ENT_OK;
}

static void decide(desk *d, const policy_label *label, const desk_terms *terms, desk_explanation *e)
{
    policy_question q = { .action = e->action,
                          .label = label,
                          .terms = &terms->policy,
                          .purpose = e->purpose,
                          .holder = ent_str_of(d->code),
                          .recipient = { .organisation = e->peer },
                          .today = desk_today(d),
                          .now = d->now,
                          .encrypted = true, /* links always are */
                          .before_approval = true };

    e->agreement = terms->policy.id;
    e->why_not = terms->why_not;
    e->decision = policy_decide(&q);
}

ent_code desk_explain(desk *d, ent_arena *arena, ent_str object, const char *peer,
                      policy_action action, ent_str purpose, desk_explanation *e, ent_err *err)
{
    policy_label label = { 0 };
    desk_terms terms;
    bool found;

    *e = (desk_explanation){
        .object = object, .peer = ent_str_of(peer), .action = action, .purpose = purpose
    };
    ENT_TRY(own_label(d, arena, object, &label, err));
    for (size_t i = 0; purpose.ptr == NULL && i < label.purpose_count; i++) {
        ENT_TRY(desk_terms_find(d, arena, peer, action, label.purposes[i], &terms, &found, err));
        for (size_t j = 0; j < terms.policy.purpose_count; j++)
            if (ent_str_equal(terms.policy.purposes[j], label.purposes[i]))
                purpose = label.purposes[i];
    }
    e->purpose = purpose;
    ENT_TRY(desk_terms_find(d, arena, peer, action, purpose, &terms, &found, err));
    decide(d, &label, &terms, e);
    return ENT_OK;
}

/* An object that has nothing but the label asked about. */
static ent_code made_up_label(ent_arena *arena, ent_json handling, policy_label *label,
                              ent_err *err)
{
    ent_str text = ent_arena_printf(arena, "{\"extensions\":{\"" STIX_EXT_HANDLING "\":%.*s}}",
                                    ENT_STR_ARG(ent_json_raw(handling)));
    store_row row = { .bytes = text };
    ent_json object;

    if (text.ptr == NULL)
        return ent_fail_arena(err);
    return desk_label(arena, &row, &object, label, err);
}

ent_code desk_explain_request(desk *d, ent_arena *arena, ent_str agreement, ent_str request,
                              desk_explanation *e, ent_err *err)
{
    static const char *const names[] = { "action", "handling", "object", "peer", "purpose", NULL };
    static const char where[] = "the request";
    ent_str action, peer;
    policy_label label = { 0 };
    desk_agreement a;
    desk_terms terms;
    ent_json json;

    *e = (desk_explanation){ .action = POLICY_RELEASE };
    ENT_TRY(ent_json_read(arena, request, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "action", where, &action, err));
    ENT_TRY(desk_text(json, "peer", where, &peer, err));
    ENT_TRY(desk_text(json, "purpose", where, &e->purpose, err));
    if (ent_str_is(action, "match"))
        e->action = POLICY_MATCH;
    else if (!ent_str_is(action, "release"))
        return ent_fail(err, ENT_FORMAT, "%s: member 'action' is not 'match' or 'release'", where);
    e->peer = ent_arena_str(arena, peer);
    if (e->peer.ptr == NULL)
        return ent_fail_arena(err);
    if (ent_json_get(json, "handling").doc != NULL)
        ENT_TRY(made_up_label(arena, ent_json_get(json, "handling"), &label, err));
    else {
        ENT_TRY(desk_text(json, "object", where, &e->object, err));
        ENT_TRY(own_label(d, arena, e->object, &label, err));
    }
    ENT_TRY(desk_agreement_get(d, arena, agreement, &a, err));
    desk_agreement_terms(d, &a, e->peer.ptr, &terms);
    decide(d, &label, &terms, e);
    return ENT_OK;
}
