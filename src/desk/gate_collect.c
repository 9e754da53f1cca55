/* What goes: each object judged by policy before it joins the set. */
#include "desk/gate_int.h"

#include "base/limits.h"

#include "desk/gate_label_int.h"
#include "desk/named.h"
#include "desk/work.h"

/* ---- objects of ours ---- */

ent_code desk_gate_own_row(struct desk_gate_work *g, ent_str id, store_row *row, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc = store_object_get(g->d->store, g->arena, "", id, row, &why);

    if (rc == ENT_NOT_FOUND) {
        ent_err other = { 0 };

        if (store_object_get(g->d->store, g->arena, NULL, id, row, &other) == ENT_OK)
            return ent_fail(err, ENT_DENIED,
                            "%.*s belongs to '%.*s'; only its owner releases it [owner]",
                            ENT_STR_ARG(id), ENT_STR_ARG(row->owner));
        return ent_fail(err, ENT_NOT_FOUND, "'%.*s' is no record of this node", ENT_STR_ARG(id));
    }
    if (rc != ENT_OK) {
        *err = why;
        return rc;
    }
    if (row->tombstone.size > 0)
        return ent_fail(err, ENT_NOT_FOUND, "the content of '%.*s' was erased", ENT_STR_ARG(id));
    if (row->quarantine.size > 0)
        return ent_fail(err, ENT_DENIED, "%.*s is held in quarantine: %.*s [quarantine]",
                        ENT_STR_ARG(id), ENT_STR_ARG(row->quarantine));
    return ENT_OK;
}

policy_question desk_gate_question(const desk *d, const desk_gate_result *result,
                                   const desk_gate_object *object)
{
    bool foreign = object->owner.ptr != NULL;

    return (policy_question){ .action = foreign ? POLICY_ONWARD : POLICY_RELEASE,
                              .label = &object->label,
                              .terms = &result->terms.policy,
                              .source = foreign ? &object->source : NULL,
                              .purpose = result->purpose,
                              .holder = ent_str_of(d->code),
                              .originator = object->owner,
                              .recipient = { .organisation = result->recipient,
                                             .individual = result->individual },
                              .today = desk_today(d),
                              .now = d->now,
                              .encrypted = true,          /* links always are */
                              .consents = &object->owner, /* its grant */
                              .consent_count = foreign ? 1 : 0,
                              .before_approval = true };
}

static ent_code object_decide(const struct desk_gate_work *g, const desk_gate_object *object,
                              ent_err *err)
{
    const desk_gate_result *r = g->result;
    policy_question q = desk_gate_question(g->d, r, object);
    policy_decision decision = policy_decide(&q);

    if (decision.permit)
        return ENT_OK;
    return ent_fail(err, ENT_DENIED, "%.*s may not go to %.*s for '%.*s': not met: %s [%s]",
                    ENT_STR_ARG(object->id), ENT_STR_ARG(r->recipient), ENT_STR_ARG(r->purpose),
                    policy_rule_text(decision.reason), policy_rule_name(decision.reason));
}

static ent_code object_add(struct desk_gate_work *g, const desk_gate_object *object, ent_err *err)
{
    desk_gate_result *r = g->result;

    if (r->count == ENT_LIMIT_RELEASE_OBJECTS)
        return ent_fail(err, ENT_LIMIT, "a release has more than %d objects",
                        ENT_LIMIT_RELEASE_OBJECTS);
    if (r->count == g->room) {
        desk_gate_object *grown = ent_arena_grow(g->arena, r->objects, &g->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        r->objects = grown;
    }
    r->objects[r->count++] = *object;
    return ENT_OK;
}

/* Nothing is narrowed behind the backs of those who have it. */
static ent_code everybody_check(struct desk_gate_work *g, const desk_gate_object *object,
                                ent_err *err)
{
    bool to_all = false;

    if (g->request->named_count == 0)
        return ENT_OK;
    ENT_TRY(desk_named_given(g->d, g->arena, g->request->peer, object->sent_as, &to_all, err));
    return !to_all ? ENT_OK
                   : ent_fail(err, ENT_DENIED,
                              "%.*s was given to everybody at '%s' and cannot be narrowed to "
                              "persons [named]",
                              ENT_STR_ARG(object->id), g->request->peer);
}

ent_code desk_gate_named_add(struct desk_gate_work *g, ent_str id, ent_err *err)
{
    desk_gate_object object = { .id = id };
    desk_marked marked;
    store_row row;

    if (desk_gate_in_set(g, id) != NULL)
        return ENT_OK;
    ENT_TRY(desk_gate_own_row(g, id, &row, err));
    if (desk_marked_read(g->d, g->arena, &row, &marked, err) != ENT_OK)
        return ent_context(err, "%.*s", ENT_STR_ARG(id));
    object.label = marked.label;
    ENT_TRY(object_decide(g, &object, err));
    object.type = row.type;
    ENT_TRY(desk_outgoing_id(g->arena, g->secret, id, &object.sent_as, err));
    ENT_TRY(everybody_check(g, &object, err));
    return object_add(g, &object, err);
}

/* ---- links ---- */

struct ids {
    ent_arena *arena;
    ent_str *ids;
    size_t count, room;
};

static ent_code id_take(void *arg, const store_row *row, ent_err *err)
{
    struct ids *list = arg;

    if (row->tombstone.size > 0)
        return ENT_OK;
    if (list->count == list->room) {
        ent_str *grown = ent_arena_grow(list->arena, list->ids, &list->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        list->ids = grown;
    }
    list->ids[list->count] = ent_arena_str(list->arena, row->id);
    if (list->ids[list->count].ptr == NULL)
        return ent_fail_arena(err);
    list->count++;
    return ENT_OK;
}

/* One link of ours: with the set if both its ends are known and policy lets it go.  What
 * is withheld is said to own users. */
static ent_code link_add(struct desk_gate_work *g, ent_str id, ent_err *err)
{
    desk_gate_object object = { .id = id, .type = ENT_STR("relationship") };
    desk_withheld_list *withheld = &g->result->withheld;
    bool source, target;
    ent_err why = { 0 };
    store_row row;
    desk_marked marked;
    ent_str known;

    if (desk_gate_in_set(g, id) != NULL)
        return ENT_OK;
    ENT_TRY(desk_gate_own_row(g, id, &row, err));
    if (desk_marked_read(g->d, g->arena, &row, &marked, &why) != ENT_OK) {
        if (why.code != ENT_FORMAT)
            return *err = why, why.code;
        return ENT_OK; /* its label cannot be read: withheld */
    }
    object.label = marked.label;
    ENT_TRY(desk_gate_reference_find(g, ent_json_get_text(marked.object, "source_ref"), &known,
                                     &source, err));
    ENT_TRY(desk_gate_reference_find(g, ent_json_get_text(marked.object, "target_ref"), &known,
                                     &target, err));
    if (!source || !target)
        return ENT_OK;
    if (object_decide(g, &object, &why) != ENT_OK) {
        ent_str reason = ent_arena_str(g->arena, ent_str_of(why.msg));
        desk_withheld *grown =
            ent_arena_array(g->arena, withheld->count + 1, sizeof *withheld->items);

        if (reason.ptr == NULL || grown == NULL)
            return ent_fail_arena(err);
        if (withheld->count > 0)
            memcpy(grown, withheld->items, withheld->count * sizeof *grown);
        grown[withheld->count++] = (desk_withheld){ id, ENT_STR("(whole link)"), reason.ptr };
        withheld->items = grown;
        withheld->room = withheld->count;
        return ENT_OK;
    }
    ENT_TRY(desk_outgoing_id(g->arena, g->secret, id, &object.sent_as, err));
    return object_add(g, &object, err);
}

ent_code desk_gate_links_add(struct desk_gate_work *g, ent_err *err)
{
    size_t named = g->result->count;

    for (size_t i = 0; i < named; i++) {
        struct ids list = { .arena = g->arena };
        store_query query = { .owner = "", .type = "relationship" };
        ent_str id = ent_arena_str(g->arena, g->result->objects[i].id);

        if (id.ptr == NULL)
            return ent_fail_arena(err);
        query.ref = id.ptr;
        ENT_TRY(store_objects_each(g->d->store, &query, id_take, &list, err));
        for (size_t j = 0; j < list.count; j++)
            ENT_TRY(link_add(g, list.ids[j], err));
    }
    return ENT_OK;
}

/* ---- facts of others ---- */

/* The agreement under which a row came: that of the release which gave it. */
static ent_code source_find(struct desk_gate_work *g, const store_row *row, policy_terms *source,
                            ent_err *err)
{
    ent_str release = row->source, prefix = ENT_STR("release:");
    desk_agreement agreement;
    desk_terms terms;
    store_doc doc;
    ent_json json;
    ent_str peer;

    *source = (policy_terms){ .in_force = false };
    if (!ent_str_starts(release, prefix))
        return ENT_OK; /* withheld by the rule that asks for it */
    release = (ent_str){ release.ptr + prefix.size, release.size - prefix.size };
    ENT_TRY(desk_doc(g->d, g->arena, "release-in", release, &doc, &json, err));
    ENT_TRY(
        desk_agreement_get(g->d, g->arena, ent_json_get_text(json, "agreement"), &agreement, err));
    peer = ent_arena_str(g->arena, doc.peer);
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    desk_agreement_terms(g->d, &agreement, peer.ptr, &terms);
    *source = terms.policy;
    return ENT_OK;
}

ent_code desk_gate_foreign(desk *d, ent_arena *arena, const char *owner, ent_str id,
                           desk_gate_object *object, ent_err *err)
{
    struct desk_gate_work g = { .d = d, .arena = arena };
    desk_marked marked;
    store_row row;

    if (store_object_get(d->store, arena, owner, id, &row, err) != ENT_OK)
        return ent_context(err, "%.*s", ENT_STR_ARG(id));
    if (row.tombstone.size > 0)
        return ent_fail(err, ENT_DENIED, "%.*s was erased: %.*s [owner]", ENT_STR_ARG(id),
                        ENT_STR_ARG(row.tombstone));
    *object = (desk_gate_object){
        .id = row.id, .type = row.type, .sent_as = row.id, .owner = ent_str_of(owner)
    };
    ENT_TRY(desk_marked_read(d, arena, &row, &marked, err));
    ENT_TRY(desk_marked_label(arena, &marked, &object->label, err));
    return source_find(&g, &row, &object->source, err);
}

static ent_code grant_add(struct desk_gate_work *g, ent_str request, desk_grant *grant,
                          ent_err *err)
{
    ent_str owner;

    ENT_TRY(desk_grant_load(g->d, g->arena, request, grant, err));
    ENT_TRY(desk_grant_check(g->d, g->arena, grant, &g->peer, g->request->purpose, err));
    owner = ent_arena_str(g->arena, grant->owner);
    if (owner.ptr == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(grant->objects); v.doc != NULL; v = ent_json_next(v)) {
        ent_str id = ent_json_get_text(v, "id");
        desk_gate_object object = { 0 };

        if (desk_gate_in_set(g, id) != NULL)
            continue;
        ENT_TRY(desk_gate_foreign(g->d, g->arena, owner.ptr, id, &object, err));
        ENT_TRY(object_decide(g, &object, err));
        ENT_TRY(object_add(g, &object, err));
    }
    return ENT_OK;
}

ent_code desk_gate_grants_add(struct desk_gate_work *g, ent_err *err)
{
    const desk_gate_request *q = g->request;
    desk_gate_result *r = g->result;

    r->grants = ent_arena_array(g->arena, q->grant_count + 1, sizeof *r->grants);
    if (r->grants == NULL)
        return ent_fail_arena(err);
    for (; r->grant_count < q->grant_count; r->grant_count++)
        ENT_TRY(grant_add(g, q->grants[r->grant_count], &r->grants[r->grant_count], err));
    return ENT_OK;
}
