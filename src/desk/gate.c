#include "desk/gate.h"

#include "base/planted.h"

#include "desk/gate_int.h"
#include "desk/named.h"
#include "desk/gate_label_int.h"
#include "desk/release_evidence_int.h"
#include "desk/work.h"

#include <sodium.h>

/* Made once; kept in the store, so that a backup keeps the ids too. */
static ent_code id_secret(struct desk_gate_work *g, ent_err *err)
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

/* ---- projecting ---- */

/* The earlier of the object's own day and what the agreement allows. */
static ent_code retention_text(struct desk_gate_work *g, const policy_label *label, ent_str *text,
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
static size_t tearline_place(const struct desk_gate_work *g)
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

static bool reference(void *arg, ent_str id, ent_str *known)
{
    struct desk_gate_work *g = arg;
    bool knows = false;

    if (g->failed == ENT_OK)
        g->failed = desk_gate_reference_find(g, id, known, &knows, &g->failure);
    return g->failed == ENT_OK && (knows || ENT_PLANTED(DANGLING));
}

static ent_code object_project(struct desk_gate_work *g, desk_gate_object *object, bool tearline,
                               ent_err *err)
{
    desk_projection p = { .id = object->sent_as,
                          .purpose = g->request->purpose,
                          .onward = g->result->terms.onward,
                          .fields = g->request->fields,
                          .field_count = g->request->field_count,
                          .reference = reference,
                          .reference_arg = g,
                          .exercise = store_exercise(g->d->store) };
    policy_question question = desk_gate_question(g->d, g->result, object);
    policy_projection parts;
    desk_marked marked;
    ent_code rc;
    store_row row;

    if (object->owner.ptr != NULL)
        return ENT_OK; /* its owner has projected it */
    ENT_TRY(desk_gate_own_row(g, object->id, &row, err));
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

/* ---- the whole ---- */

static ent_code needs_collect(struct desk_gate_work *g, ent_err *err)
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

static ent_code build(struct desk_gate_work *g, ent_err *err)
{
    size_t tearline;
    ent_json json;

    ENT_TRY(id_secret(g, err));
    for (size_t i = 0; i < g->request->id_count; i++)
        ENT_TRY(desk_gate_named_add(g, g->request->ids[i], err));
    ENT_TRY(desk_gate_grants_add(g, err));
    if (g->request->links)
        ENT_TRY(desk_gate_links_add(g, err));
    tearline = tearline_place(g);
    for (size_t i = 0; i < g->result->count; i++)
        ENT_TRY(object_project(g, &g->result->objects[i], i == tearline, err));
    ENT_TRY(needs_collect(g, err));
    ENT_TRY(desk_files_choose(g->d, g->arena, g->request, g->result, err));
    ENT_TRY(desk_gate_statement(g, err));
    ENT_TRY(ent_json_read(g->arena, g->result->statement, &json, err));
    return desk_closed_check(ent_json_get(json, "objects"), desk_gate_known, g, err);
}

/* Who is to know what is referred to: the peer, or a third node that is also a peer of ours. */
static ent_code knower_find(struct desk_gate_work *g, ent_err *err)
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

/* What is for persons by name goes alone, to where persons have names. */
static ent_code named_check(struct desk_gate_work *g, ent_err *err)
{
    const desk_gate_request *q = g->request;

    if (q->named_count == 0)
        return ENT_OK;
    if (q->named_count > DESK_NAMED)
        return ent_fail(err, ENT_USAGE, "--for names at most %d persons", DESK_NAMED);
    for (size_t i = 0; i < q->named_count; i++) {
        if (q->named[i].size == 0 || q->named[i].size > DESK_NAMED_SIZE)
            return ent_fail(err, ENT_USAGE, "--for: a name is 1 to %d bytes", DESK_NAMED_SIZE);
        for (size_t j = 0; j < i; j++)
            if (ent_str_equal(q->named[i], q->named[j]))
                return ent_fail(err, ENT_USAGE, "--for names '%.*s' twice",
                                ENT_STR_ARG(q->named[i]));
    }
    if (g->peer.reads)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has no node: who reads there is not known by name [named]", q->peer);
    if (q->grant_count > 0 || q->evidence_count > 0 || q->third != NULL)
        return ent_fail(err, ENT_DENIED,
                        "what is for persons by name goes without files and without facts of "
                        "others [named]");
    g->result->individual = q->named[0];
    return ENT_OK;
}

ent_code desk_gate(desk *d, ent_arena *arena, const desk_gate_request *request,
                   desk_gate_result *result, ent_err *err)
{
    struct desk_gate_work g = { .d = d, .arena = arena, .request = request, .result = result };
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
    ENT_TRY(named_check(&g, err));
    if (request->id_count + request->grant_count == 0)
        return ent_fail(err, ENT_USAGE, "nothing is named to be released");
    rc = build(&g, err);
    sodium_memzero(g.secret, sizeof g.secret);
    return rc;
}
