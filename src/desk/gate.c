#include "desk/gate.h"

#include "base/limits.h"
#include "base/planted.h"

#include "desk/gate_label_int.h"
#include "desk/onward_int.h"
#include "desk/release_evidence_int.h"
#include "desk/work.h"
#include "holdings/index.h"
#include "stix/extension_ids.h"

#include <sodium.h>

struct gate {
    desk *d;
    ent_arena *arena;
    const desk_gate_request *request;
    desk_gate_result *result;
    const char *knower; /* who may know what is referred to; NULL: nobody */
    desk_peer peer;     /* the other end of the link */
    uint8_t secret[32]; /* for outgoing ids */
    size_t room;
    ent_code failed; /* of a question inside a projection */
    ent_err failure;
};

/* ---- what the peer knows ---- */

ent_code desk_peer_given(desk *d, ent_arena *arena, const char *peer, ent_str id, bool *given,
                         ent_err *err)
{
    ent_str name = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id));
    store_doc doc;

    if (name.ptr == NULL)
        return ent_fail_arena(err);
    return desk_doc_found(d, arena, "given", name, &doc, given, err);
}

ent_code desk_peer_knows(desk *d, ent_arena *arena, const char *peer, ent_str id, bool *knows,
                         ent_err *err)
{
    ent_err why = { 0 };
    store_row row;
    ent_code rc;

    ENT_TRY(desk_peer_given(d, arena, peer, id, knows, err));
    if (*knows)
        return ENT_OK;
    rc = store_object_get(d->store, arena, peer, id, &row, &why);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
        *err = why;
        return rc;
    }
    *knows = rc == ENT_OK && row.tombstone.size == 0;
    return ENT_OK;
}

/* Made once; kept in the store, so that a backup keeps the ids too. */
static ent_code id_secret(struct gate *g, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("secret"), .id = ENT_STR("outgoing-ids") };
    ent_json json;
    char hex[65];
    bool found;

    ENT_TRY(desk_doc_found(g->d, g->arena, "secret", doc.id, &doc, &found, err));
    if (found) {
        ENT_TRY(ent_json_read(g->arena, doc.json, &json, err));
        return ent_hex_read(ent_json_get_text(json, "key"), g->secret, sizeof g->secret, err);
    }
    g->d->random(g->d->arg, g->secret, sizeof g->secret);
    ent_hex_write(g->secret, sizeof g->secret, hex);
    doc = (store_doc){ .kind = ENT_STR("secret"),
                       .id = ENT_STR("outgoing-ids"),
                       .time = g->d->now,
                       .json = ent_arena_printf(g->arena, "{\"key\":\"%s\"}", hex) };
    if (doc.json.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(g->d->store, &doc, err);
}

/* ---- objects ---- */

static const desk_gate_object *in_set(const struct gate *g, ent_str id)
{
    for (size_t i = 0; i < g->result->count; i++)
        if (ent_str_equal(g->result->objects[i].id, id))
            return &g->result->objects[i];
    return NULL;
}

static ent_code owner_other(void *arg, const store_row *row, ent_err *err)
{
    const char **peer = arg;

    (void)err;
    if (!ent_str_is(row->owner, *peer))
        *peer = "";
    return ENT_OK;
}

/* Is it an object of the recipient's, and nobody else's here?  A peer may release something under
 * an id of ours, which it guessed, to see whether a reference of ours comes through. */
static ent_code theirs_alone(struct gate *g, ent_str id, bool *yes, ent_err *err)
{
    store_query query = { .id = id, .every = true };
    const char *peer = g->knower;

    *yes = false;
    if (peer == NULL)
        return ENT_OK;
    ENT_TRY(desk_peer_knows(g->d, g->arena, peer, id, yes, err));
    if (!*yes)
        return ENT_OK;
    ENT_TRY(store_objects_each(g->d->store, &query, owner_other, &peer, err));
    *yes = peer[0] != '\0';
    return ENT_OK;
}

/* Is it sent under this id? */
static bool in_set_as(const struct gate *g, ent_str id)
{
    for (size_t i = 0; i < g->result->count; i++)
        if (ent_str_equal(g->result->objects[i].sent_as, id))
            return true;
    return false;
}

/* The id by which the recipient knows the target of a reference, if it does. */
static ent_code reference_find(struct gate *g, ent_str id, ent_str *known, bool *knows,
                               ent_err *err)
{
    const desk_gate_object *there = in_set(g, id);

    *knows = there != NULL;
    if (there != NULL) {
        *known = there->sent_as;
        return ENT_OK;
    }
    ENT_TRY(desk_outgoing_id(g->arena, g->secret, id, known, err));
    if (g->knower != NULL)
        ENT_TRY(desk_peer_given(g->d, g->arena, g->knower, *known, knows, err));
    if (*knows)
        return ENT_OK;
    *known = id; /* the recipient's own object: by its own id */
    return theirs_alone(g, id, knows, err);
}

static bool reference(void *arg, ent_str id, ent_str *known)
{
    struct gate *g = arg;
    bool knows = false;

    if (g->failed == ENT_OK)
        g->failed = reference_find(g, id, known, &knows, &g->failure);
    return g->failed == ENT_OK && (knows || ENT_PLANTED(DANGLING));
}

static ent_code own_row(struct gate *g, ent_str id, store_row *row, ent_err *err)
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
                              .recipient = { .organisation = result->recipient },
                              .today = desk_today(d),
                              .now = d->now,
                              .encrypted = true,          /* links always are */
                              .consents = &object->owner, /* its grant */
                              .consent_count = foreign ? 1 : 0,
                              .before_approval = true };
}

static ent_code object_decide(const struct gate *g, const desk_gate_object *object, ent_err *err)
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

static ent_code object_add(struct gate *g, const desk_gate_object *object, ent_err *err)
{
    desk_gate_result *r = g->result;

    if (r->count == ENT_LIMIT_RELEASE_OBJECTS)
        return ent_fail(err, ENT_LIMIT, "a release has more than %d objects",
                        ENT_LIMIT_RELEASE_OBJECTS);
    if (r->count == g->room) {
        size_t room = g->room == 0 ? 32 : 2 * g->room;
        desk_gate_object *grown = ent_arena_array(g->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (r->count > 0)
            memcpy(grown, r->objects, r->count * sizeof *grown);
        r->objects = grown;
        g->room = room;
    }
    r->objects[r->count++] = *object;
    return ENT_OK;
}

static ent_code named_add(struct gate *g, ent_str id, ent_err *err)
{
    desk_gate_object object = { .id = id };
    desk_marked marked;
    store_row row;

    if (in_set(g, id) != NULL)
        return ENT_OK;
    ENT_TRY(own_row(g, id, &row, err));
    if (desk_marked_read(g->d, g->arena, &row, &marked, err) != ENT_OK)
        return ent_context(err, "%.*s", ENT_STR_ARG(id));
    object.label = marked.label;
    ENT_TRY(object_decide(g, &object, err));
    object.type = row.type;
    ENT_TRY(desk_outgoing_id(g->arena, g->secret, id, &object.sent_as, err));
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
        size_t room = list->room == 0 ? 32 : 2 * list->room;
        ent_str *grown = ent_arena_array(list->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (list->count > 0)
            memcpy(grown, list->ids, list->count * sizeof *grown);
        list->ids = grown;
        list->room = room;
    }
    list->ids[list->count] = ent_arena_str(list->arena, row->id);
    if (list->ids[list->count].ptr == NULL)
        return ent_fail_arena(err);
    list->count++;
    return ENT_OK;
}

/* One link of ours: with the set if both its ends are known and policy lets it go.  What
 * is withheld is said to own users. */
static ent_code link_add(struct gate *g, ent_str id, ent_err *err)
{
    desk_gate_object object = { .id = id, .type = ENT_STR("relationship") };
    desk_withheld_list *withheld = &g->result->withheld;
    bool source, target;
    ent_err why = { 0 };
    store_row row;
    desk_marked marked;
    ent_str known;

    if (in_set(g, id) != NULL)
        return ENT_OK;
    ENT_TRY(own_row(g, id, &row, err));
    if (desk_marked_read(g->d, g->arena, &row, &marked, &why) != ENT_OK) {
        if (why.code != ENT_FORMAT)
            return *err = why, why.code;
        return ENT_OK; /* its label cannot be read: withheld */
    }
    object.label = marked.label;
    ENT_TRY(
        reference_find(g, ent_json_get_text(marked.object, "source_ref"), &known, &source, err));
    ENT_TRY(
        reference_find(g, ent_json_get_text(marked.object, "target_ref"), &known, &target, err));
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

static ent_code links_add(struct gate *g, ent_err *err)
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
static ent_code source_find(struct gate *g, const store_row *row, policy_terms *source,
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
    struct gate g = { .d = d, .arena = arena };
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

static ent_code grant_add(struct gate *g, ent_str request, desk_grant *grant, ent_err *err)
{
    ent_str owner;

    ENT_TRY(desk_grant_load(g->d, g->arena, request, grant, err));
    ENT_TRY(desk_grant_check(g->d, g->arena, grant, &g->peer, g->request->purpose, err));
    owner = ent_arena_str(g->arena, grant->owner);
    if (owner.ptr == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(grant->objects); v.doc != NULL; v = ent_json_next(v)) {
        ent_str id = ent_json_get_text(v, "id");
        desk_gate_object object;

        if (in_set(g, id) != NULL)
            continue;
        ENT_TRY(desk_gate_foreign(g->d, g->arena, owner.ptr, id, &object, err));
        ENT_TRY(object_decide(g, &object, err));
        ENT_TRY(object_add(g, &object, err));
    }
    return ENT_OK;
}

static ent_code grants_add(struct gate *g, ent_err *err)
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

/* ---- projecting ---- */

/* The earlier of the object's own day and what the agreement allows. */
static ent_code retention_text(struct gate *g, const policy_label *label, ent_str *text,
                               ent_err *err)
{
    int64_t day = desk_today(g->d) + g->result->terms.retention_months * 30;
    int year, month, day_of_month;

    if (label->retention_last < day)
        day = label->retention_last;
    ent_day_split((ent_day)day, &year, &month, &day_of_month);
    *text = ent_arena_printf(g->arena, "%04d-%02d-%02d", year, month, day_of_month);
    return text->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* The tearline stands on the first report, else on the first object that has a description. */
static size_t tearline_place(const struct gate *g)
{
    size_t first = SIZE_MAX;

    for (size_t i = 0; i < g->result->count && g->request->tearline.size > 0; i++) {
        ent_str type = g->result->objects[i].type;

        if (ent_str_is(type, "report"))
            return i;
        if (first == SIZE_MAX && (ent_str_is(type, "identity") || ent_str_is(type, "incident") ||
                                  ent_str_is(type, "event") || ent_str_is(type, "location")))
            first = i;
    }
    return first;
}

static ent_code object_project(struct gate *g, desk_gate_object *object, bool tearline,
                               ent_err *err)
{
    desk_projection p = { .id = object->sent_as,
                          .purpose = g->request->purpose,
                          .onward = g->result->terms.onward,
                          .fields = g->request->fields,
                          .field_count = g->request->field_count,
                          .reference = reference,
                          .reference_arg = g };
    policy_question question = desk_gate_question(g->d, g->result, object);
    policy_projection parts;
    desk_marked marked;
    ent_code rc;
    store_row row;

    if (object->owner.ptr != NULL)
        return ENT_OK; /* its owner has projected it */
    ENT_TRY(own_row(g, object->id, &row, err));
    ENT_TRY(desk_marked_read(g->d, g->arena, &row, &marked, err));
    ENT_TRY(desk_marked_project(g->arena, &marked, &question, &parts, err));
    if (!parts.goes)
        return ent_fail(err, ENT_DENIED,
                        "%.*s: '%.*s' may not go, and nothing goes without it "
                        "[granular markings]",
                        ENT_STR_ARG(object->id), ENT_STR_ARG(parts.stays_for));
    object->label = parts.label;
    p.object = marked.object;
    p.sidecar = marked.sidecar;
    p.parts = &parts;
    ENT_TRY(retention_text(g, &object->label, &p.retention, err));
    if (tearline)
        p.tearline = g->request->tearline;
    rc = desk_project(g->arena, &p, &object->bytes, &g->result->withheld, err);
    if (g->failed != ENT_OK) {
        *err = g->failure;
        return g->failed;
    }
    return rc;
}

static ent_code needs_collect(struct gate *g, ent_err *err)
{
    desk_gate_result *r = g->result;

    r->originators = ent_arena_array(g->arena, r->count * POLICY_LIST + 1, sizeof *r->originators);
    if (r->originators == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < r->count; i++) {
        const policy_label *label = &r->objects[i].label;

        r->legal = r->legal || policy_protected(label->category);
        for (size_t j = 0; j < label->originator_count; j++) {
            size_t k = 0;

            while (k < r->originator_count &&
                   !ent_str_equal(r->originators[k], label->originators[j]))
                k++;
            if (k == r->originator_count)
                r->originators[r->originator_count++] = label->originators[j];
        }
    }
    return ENT_OK;
}

/* ---- the statement ---- */

static void objects_write(ent_jw *w, const desk_gate_result *r)
{
    ent_jw_key(w, "objects");
    ent_jw_array(w);
    for (size_t i = 0; i < r->count; i++)
        if (r->objects[i].owner.ptr == NULL)
            ent_jw_raw(w, r->objects[i].bytes);
    ent_jw_end(w);
}

static void grants_write(ent_jw *w, const desk_gate_result *r)
{
    if (r->grant_count == 0)
        return;
    ent_jw_key(w, "onward");
    ent_jw_array(w);
    for (size_t i = 0; i < r->grant_count; i++)
        desk_grant_write(w, &r->grants[i]);
    ent_jw_end(w);
}

/* What is the same in a release and in a grant. */
static void head_write(ent_jw *w, const desk_gate_request *q, const desk_gate_result *r)
{
    ent_jw_key(w, "version");
    ent_jw_int(w, 1);
    ent_jw_key(w, "id");
    ent_jw_str(w, q->id);
    ent_jw_key(w, "agreement");
    ent_jw_str(w, r->terms.policy.id);
    ent_jw_key(w, "purpose");
    ent_jw_str(w, q->purpose);
    ent_jw_key(w, "drafted");
    ent_jw_str(w, q->drafted);
    if (q->correct_count > 0) {
        desk_texts_write(w, "corrects", q->corrects, q->correct_count);
        ent_jw_key(w, "reason");
        ent_jw_str(w, q->reason);
    }
}

static void node_write(ent_jw *w, const char *name, ent_str code, const uint8_t identity[32])
{
    ent_jw_key(w, name);
    ent_jw_object(w);
    ent_jw_key(w, "code");
    ent_jw_str(w, code);
    ent_jw_key(w, "identity");
    ent_jw_hex(w, identity, 32);
    ent_jw_end(w);
}

static ent_code statement_write(struct gate *g, ent_err *err)
{
    const desk_gate_request *q = g->request;
    desk_gate_result *r = g->result;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, g->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    head_write(&w, q, r);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, q->third == NULL ? "release" : "onward");
    if (q->third == NULL) {
        ent_jw_key(&w, "from");
        ent_jw_c(&w, g->d->code);
        ent_jw_key(&w, "to");
        ent_jw_c(&w, q->peer);
        if (q->tearline.size > 0) {
            ent_jw_key(&w, "tearline");
            ent_jw_str(&w, q->tearline);
        }
        grants_write(&w, r);
        if (q->ground.size > 0) {
            ent_jw_key(&w, "emergency");
            ent_jw_str(&w, q->ground);
        }
    } else {
        node_write(&w, "owner", ent_str_of(g->d->code), g->d->identity);
        node_write(&w, "via", ent_str_of(q->peer), g->peer.identity);
        node_write(&w, "recipient", q->third->code, q->third->identity);
        ent_jw_key(&w, "request");
        ent_jw_str(&w, q->third->request);
        ent_jw_key(&w, "until");
        ent_jw_str(&w, q->third->until);
    }
    ENT_PLANT(ent_plant_release(&w, g->d, r->objects, sizeof *r->objects, r->count));
    if (ENT_PLANTED(REASON_NAMED)) {
        ent_jw_key(&w, "reasons");
        ent_jw_array(&w);
        for (size_t i = 0; i < r->withheld.count; i++)
            ent_jw_c(&w, r->withheld.items[i].reason);
        ent_jw_end(&w);
    }
    objects_write(&w, r);
    desk_files_write(&w, r);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(g->arena, text, &r->statement, err);
}

static bool listed(ent_json objects, ent_str id)
{
    for (ent_json v = ent_json_first(objects); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "id"), id))
            return true;
    return false;
}

static ent_code value_check(ent_json value, ent_json objects, desk_known known, void *arg,
                            ent_err *err)
{
    ent_str text = ent_json_str(value);
    bool knows;

    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(value_check(v, objects, known, arg, err));
    if (!desk_is_id(text) || ent_str_starts(text, ENT_STR("marking-definition--")) ||
        listed(objects, text))
        return ENT_OK;
    ENT_TRY(known(arg, text, &knows, err));
    if (!knows)
        return ent_fail(err, ENT_DENIED, "'%.*s' is referred to and not released [closed set]",
                        ENT_STR_ARG(text));
    return ENT_OK;
}

ent_code desk_closed_check(ent_json objects, desk_known known, void *arg, ent_err *err)
{
    return value_check(objects, objects, known, arg, err);
}

static ent_code gate_known(void *arg, ent_str id, bool *knows, ent_err *err)
{
    struct gate *g = arg;

    *knows = in_set_as(g, id) || ENT_PLANTED(DANGLING);
    if (!*knows && g->knower != NULL)
        ENT_TRY(desk_peer_given(g->d, g->arena, g->knower, id, knows, err));
    return *knows ? ENT_OK : theirs_alone(g, id, knows, err);
}

static ent_code build(struct gate *g, ent_err *err)
{
    size_t tearline;
    ent_json json;

    ENT_TRY(id_secret(g, err));
    for (size_t i = 0; i < g->request->id_count; i++)
        ENT_TRY(named_add(g, g->request->ids[i], err));
    ENT_TRY(grants_add(g, err));
    if (g->request->links)
        ENT_TRY(links_add(g, err));
    tearline = tearline_place(g);
    for (size_t i = 0; i < g->result->count; i++)
        ENT_TRY(object_project(g, &g->result->objects[i], i == tearline, err));
    ENT_TRY(needs_collect(g, err));
    ENT_TRY(desk_files_choose(g->d, g->arena, g->request, g->result, err));
    ENT_TRY(statement_write(g, err));
    ENT_TRY(ent_json_read(g->arena, g->result->statement, &json, err));
    return desk_closed_check(ent_json_get(json, "objects"), gate_known, g, err);
}

/* Who is to know what is referred to: the peer, or a third node that is also a peer of ours. */
static ent_code knower_find(struct gate *g, ent_err *err)
{
    const desk_third *third = g->request->third;
    ent_err why = { 0 };
    desk_peer known;
    ent_code rc;
    ent_str code;

    g->knower = g->request->peer;
    g->result->recipient = ent_str_of(g->request->peer);
    if (third == NULL)
        return ENT_OK;
    g->result->recipient = third->code;
    code = ent_arena_str(g->arena, third->code);
    if (code.ptr == NULL)
        return ent_fail_arena(err);
    rc = g->d->peer(g->d->arg, g->arena, code.ptr, &known, &why);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc; /* also DENIED: suspended */
    g->knower = rc == ENT_OK && memcmp(known.identity, third->identity, 32) == 0 ? code.ptr : NULL;
    return ENT_OK;
}

ent_code desk_gate(desk *d, ent_arena *arena, const desk_gate_request *request,
                   desk_gate_result *result, ent_err *err)
{
    struct gate g = { .d = d, .arena = arena, .request = request, .result = result };
    bool found;
    ent_code rc;

    *result = (desk_gate_result){ .purpose = request->purpose };
    ENT_TRY(d->peer(d->arg, arena, request->peer, &g.peer, err));
    ENT_TRY(knower_find(&g, err));
    ENT_TRY(desk_terms_find(d, arena, request->peer, POLICY_RELEASE, request->purpose,
                            &result->terms, &found, err));
    if (!found || !result->terms.policy.in_force)
        return ent_fail(err, ENT_DENIED, "no agreement with '%s' is in force: %s [agreement]",
                        request->peer, result->terms.why_not);
    if (!result->terms.policy.release)
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' has no release [flow]",
                        request->peer);
    if (request->id_count + request->grant_count == 0)
        return ent_fail(err, ENT_USAGE, "nothing is named to be released");
    rc = build(&g, err);
    sodium_memzero(g.secret, sizeof g.secret);
    return rc;
}
