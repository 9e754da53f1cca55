#include "desk/agreement_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "link/approval.h"
#include "names/names.h"
#include "psi/keyform.h"

static const char where[] = "the agreement";

/* ---- the statement ---- */

static ent_code party_read(ent_json json, desk_party *party, ent_err *err)
{
    static const char *const names[] = { "certificate", "code", "identity", "name", NULL };

    ENT_TRY(desk_members(json, "a party of the agreement", names, err));
    party->reads = party->signed_ = ent_json_get(json, "certificate").doc != NULL;
    ENT_TRY(desk_text(json, "code", where, &party->code, err));
    ENT_TRY(desk_text(json, "name", where, &party->name, err));
    return desk_hex(json, party->reads ? "certificate" : "identity", where, party->identity, 32,
                    err);
}

static ent_code parties_read(ent_json list, desk_agreement *a, ent_err *err)
{
    size_t count = ent_json_count(list);

    if (!ent_json_is(list, ENT_JSON_ARRAY) || count < 2 || count > ENT_LIMIT_PARTIES)
        return ent_fail(err, ENT_FORMAT, "%s: member 'parties' is no list of 2 to %d", where,
                        ENT_LIMIT_PARTIES);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        desk_party *party = &a->parties[a->party_count];

        *party = (desk_party){ .signed_ = false };
        ENT_TRY(party_read(v, party, err));
        if (a->party_count > 0 && ent_str_compare(party[-1].code, party->code) >= 0)
            return ent_fail(err, ENT_FORMAT, "%s: its parties are not in order, each once", where);
        a->party_count++;
    }
    return ENT_OK;
}

/* A limit on a kind that is not known would be one that is not kept. */
static ent_code kinds_check(const policy_agreement *a, ent_err *err)
{
    for (size_t i = 0; i < a->namespace_count; i++) {
        ent_str name = a->namespaces[i].prefix;
        int kind = 0;

        while (psi_keyform_at(kind) != NULL && !ent_str_is(name, psi_keyform_at(kind)->prefix))
            kind++;
        if (psi_keyform_at(kind) == NULL)
            return ent_fail(err, ENT_FORMAT,
                            "the agreement: '%.*s' is no namespace of keys [psi/keyform.def]",
                            name.size > 40 ? 40 : (int)name.size, name.ptr);
    }
    return ENT_OK;
}

ent_code desk_statement_read(ent_arena *arena, ent_str text, desk_agreement *a, ent_err *err)
{
    static const char *const names[] = { "id",       "kind",  "parties", "proposed",
                                         "proposer", "terms", "version", NULL };
    ent_json json;
    int64_t version;
    ent_str kind, proposed;

    ENT_TRY(desk_canonical(arena, text, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_number(json, "version", where, 1, DESK_AGREEMENT_VERSION, &version, err));
    ENT_TRY(desk_text(json, "kind", where, &kind, err));
    if (!ent_str_is(kind, "agreement"))
        return ent_fail(err, ENT_FORMAT, "%s: member 'kind' is not 'agreement'", where);
    ENT_TRY(desk_uuid(json, "id", where, &a->id, err));
    ENT_TRY(desk_text(json, "proposer", where, &a->proposer, err));
    ENT_TRY(desk_text(json, "proposed", where, &proposed, err));
    ENT_TRY(ent_time_read(proposed, &a->time, err));
    ENT_TRY(parties_read(ent_json_get(json, "parties"), a, err));
    a->terms = ent_json_get(json, "terms");
    ENT_TRY(policy_terms_read(a->terms, &a->agreed, err));
    ENT_TRY(kinds_check(&a->agreed, err));
    a->name = a->agreed.name;
    a->statement = text;
    if (desk_agreement_party(a, a->proposer) == NULL)
        return ent_fail(err, ENT_FORMAT, "%s: its proposer is no party", where);
    return ENT_OK;
}

const desk_party *desk_agreement_party(const desk_agreement *a, ent_str code)
{
    for (size_t i = 0; i < a->party_count; i++)
        if (ent_str_equal(a->parties[i].code, code))
            return &a->parties[i];
    return NULL;
}

ent_code desk_parties_check(desk *d, ent_arena *arena, const desk_agreement *a, bool all,
                            ent_err *err)
{
    const desk_party *own = desk_agreement_party(a, ent_str_of(d->code));

    if (own == NULL || memcmp(own->identity, d->identity, 32) != 0)
        return ent_fail(err, ENT_DENIED, "%s: this node is no party under its own key", where);
    for (size_t i = 0; i < a->party_count; i++) {
        ent_str code = ent_arena_str(arena, a->parties[i].code);
        ent_err why = { 0 };
        desk_peer peer;
        ent_code rc;

        if (code.ptr == NULL)
            return ent_fail_arena(err);
        if (&a->parties[i] == own)
            continue;
        rc = d->peer(d->arg, arena, code.ptr, &peer, &why);
        if (rc != ENT_OK && (all || (rc != ENT_NOT_FOUND && rc != ENT_DENIED))) {
            *err = why;
            return ent_context(err, "party '%s'", code.ptr);
        }
        if (rc == ENT_OK && (peer.reads != a->parties[i].reads ||
                             memcmp(peer.identity, a->parties[i].identity, 32) != 0))
            return ent_fail(err, ENT_UNTRUSTED,
                            "%s: party '%s' stands there under another key than our link has",
                            where, code.ptr);
    }
    return ENT_OK;
}

/* ---- acceptances ---- */

static ent_code officers_read(ent_json list, ent_err *err)
{
    static const char *const names[] = { "key", "name", "role", NULL };
    size_t count = ent_json_count(list);

    if (!ent_json_is(list, ENT_JSON_ARRAY) || count < 2 || count > ENT_LIMIT_OFFICERS)
        return ent_fail(err, ENT_FORMAT, "%s: a party lists %zu officers, not 2 to %d", where,
                        count, ENT_LIMIT_OFFICERS);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        uint8_t key[32];
        ent_str text;

        ENT_TRY(desk_members(v, "an officer in the agreement", names, err));
        ENT_TRY(desk_hex(v, "key", where, key, 32, err));
        ENT_TRY(desk_text(v, "name", where, &text, err));
        ENT_TRY(desk_text(v, "role", where, &text, err));
        for (ent_json u = ent_json_first(list); u.at != v.at; u = ent_json_next(u))
            if (ent_str_equal(ent_json_get_text(u, "key"), ent_json_get_text(v, "key")) ||
                ent_str_equal(ent_json_get_text(u, "name"), ent_json_get_text(v, "name")))
                return ent_fail(err, ENT_FORMAT, "%s: a party lists one officer twice", where);
    }
    return ENT_OK;
}

ent_code desk_acceptance_read(ent_arena *arena, ent_str text, const desk_agreement *a,
                              ent_str party, desk_acceptance *acceptance, ent_err *err)
{
    static const char *const names[] = { "agreement", "id",    "keyform",  "kind",
                                         "names",     "party", "officers", NULL };
    ent_hash hash = ent_hash_of(a->statement.ptr, a->statement.size), named;
    int64_t version;
    ent_json json;

    ENT_TRY(desk_canonical(arena, text, "an acceptance", &json, err));
    ENT_TRY(desk_members(json, "an acceptance", names, err));
    ENT_TRY(desk_hex(json, "agreement", "an acceptance", named.bytes, ENT_HASH_SIZE, err));
    ENT_TRY(desk_number(json, "keyform", "an acceptance", 1, INT32_MAX, &version, err));
    ENT_TRY(desk_number(json, "names", "an acceptance", 1, INT32_MAX, &version, err));
    if (!ent_str_is(ent_json_get_text(json, "kind"), "acceptance") ||
        !ent_hash_equal(&hash, &named) || !ent_str_equal(ent_json_get_text(json, "id"), a->id) ||
        !ent_str_equal(ent_json_get_text(json, "party"), party))
        return ent_fail(err, ENT_UNTRUSTED, "an acceptance is not of this agreement by this party");
    acceptance->text = text;
    acceptance->officers = ent_json_get(json, "officers");
    return officers_read(acceptance->officers, err);
}

static ent_json officer_named(ent_json officers, ent_str name)
{
    for (ent_json v = ent_json_first(officers); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "name"), name))
            return v;
    return (ent_json){ NULL, 0 };
}

/* Who may put their name to what. */
static bool may_approve(const char *what, ent_str role)
{
    return ent_str_is(role, "disclosure") || ent_str_is(role, "legal") ||
           (strcmp(what, "agreement") == 0 &&
            (ent_str_is(role, "liaison") || ent_str_is(role, "case")));
}

ent_code desk_officers_check(ent_arena *arena, const desk_party *party, const char *what,
                             size_t needed, ent_str statement, ent_json approvals, ent_err *err)
{
    ent_str first = ENT_STR_NONE;
    size_t good = 0;
    ent_json json, officers;

    ENT_TRY(ent_json_read(arena, party->acceptance, &json, err));
    officers = ent_json_get(json, "officers");
    if (!ent_json_is(approvals, ENT_JSON_ARRAY) || ent_json_count(approvals) > ENT_LIMIT_OFFICERS)
        return ent_fail(err, ENT_FORMAT, "approvals are no list of at most %d", ENT_LIMIT_OFFICERS);
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_get_text(v, "officer");
        ent_json officer = officer_named(officers, name);
        uint8_t key[32], signature[64];

        if (officer.doc == NULL || !may_approve(what, ent_json_get_text(officer, "role")))
            continue;
        ENT_TRY(desk_hex(officer, "key", "an officer", key, 32, err));
        ENT_TRY(desk_hex(v, "signature", "an approval", signature, 64, err));
        if (!link_approval_verify(what, statement, key, signature))
            return ent_fail(err, ENT_UNTRUSTED, "the approval of officer '%.*s' does not verify",
                            name.size > 64 ? 64 : (int)name.size, name.ptr);
        if (good == 0 || !ent_str_equal(name, first))
            good++;
        if (good == 1)
            first = name;
    }
    if (good < needed)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%s who stand in the agreement must have signed; %zu did [law 6]",
                        needed == 1 ? "an officer" : "two officers", good);
    return ENT_OK;
}

/* ---- the document ---- */

desk_agreement_parts desk_agreement_parts_of(const desk_agreement *a)
{
    return (desk_agreement_parts){
        .statement = a->statement,
        .drafter = a->drafter,
        .own = a->own,
        .signatures = ent_json_get(a->json, "signatures"),
        .suspended = ent_json_get(a->json, "suspended"),
        .state = a->state,
    };
}

static void list_write(ent_jw *w, ent_json list, ent_str more)
{
    ent_jw_array(w);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(w, ent_json_raw(v));
    if (more.ptr != NULL)
        ent_jw_raw(w, more);
    ent_jw_end(w);
}

ent_code desk_agreement_write(desk *d, ent_arena *arena, const desk_agreement *a,
                              const desk_agreement_parts *parts, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("agreement"), .id = a->id, .state = parts->state, .time = a->time
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, parts->statement);
    ent_jw_key(&w, "drafter");
    ent_jw_str(&w, parts->drafter.ptr == NULL ? ENT_STR("") : parts->drafter);
    if (parts->own_text.ptr != NULL || parts->own.doc != NULL) {
        ent_jw_key(&w, "own");
        ent_jw_raw(&w, parts->own_text.ptr != NULL ? parts->own_text : ent_json_raw(parts->own));
    }
    ent_jw_key(&w, "signatures");
    list_write(&w, parts->signatures, parts->signature);
    ent_jw_key(&w, "suspended");
    list_write(&w, parts->suspended, parts->suspension);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* Is it in force today?  Says the clause that is in the way. */
static void force_decide(const desk *d, desk_agreement *a)
{
    ent_day today = desk_today(d);

    a->in_force = false;
    a->why_not = NULL;
    for (size_t i = 0; i < a->party_count; i++)
        if (!a->parties[i].signed_)
            a->why_not = "not all parties have signed";
    if (ent_json_count(ent_json_get(a->json, "suspended")) > 0)
        a->why_not = "a party has suspended it";
    if (today < a->agreed.dates.first)
        a->why_not = "it has not begun";
    else if (!policy_terms_current(&a->agreed, today))
        a->why_not = "it has ended";
    a->in_force = a->why_not == NULL;
}

static ent_code agreement_load(const desk *d, ent_arena *arena, const store_doc *doc,
                               desk_agreement *a, ent_err *err)
{
    *a = (desk_agreement){ .state = doc->state };
    ENT_TRY(ent_json_read(arena, doc->json, &a->json, err));
    ENT_TRY(desk_statement_read(arena, ent_json_get_text(a->json, "statement"), a, err));
    a->drafter = ent_json_get_text(a->json, "drafter");
    a->own = ent_json_get(a->json, "own");
    for (ent_json v = ent_json_first(ent_json_get(a->json, "signatures")); v.doc != NULL;
         v = ent_json_next(v))
        for (size_t i = 0; i < a->party_count; i++)
            if (ent_str_equal(a->parties[i].code, ent_json_get_text(v, "party"))) {
                a->parties[i].signed_ = true;
                a->parties[i].acceptance = ent_json_get_text(v, "acceptance");
            }
    force_decide(d, a);
    return ENT_OK;
}

ent_code desk_agreement_get(desk *d, ent_arena *arena, ent_str id, desk_agreement *a, ent_err *err)
{
    store_doc doc;

    ENT_TRY(store_doc_get(d->store, arena, "agreement", id, &doc, err));
    return agreement_load(d, arena, &doc, a, err);
}

ent_code desk_agreement_list(desk *d, ent_arena *arena, desk_agreement **agreements, size_t *count,
                             ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "agreement", NULL, NULL, &docs, count, err));
    *agreements = ent_arena_array(arena, *count + 1, sizeof **agreements);
    if (*agreements == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(agreement_load(d, arena, &docs[i], &(*agreements)[i], err));
    return ENT_OK;
}

/* ---- terms ---- */

static bool is_kind(const policy_namespace *n, int kind)
{
    return psi_keyform_at(kind) != NULL && ent_str_is(n->prefix, psi_keyform_at(kind)->prefix);
}

static int64_t kind_limit(const policy_agreement *a, int kind)
{
    for (size_t i = 0; i < a->namespace_count; i++)
        if (is_kind(&a->namespaces[i], kind))
            return a->namespaces[i].keys_per_day;
    return INT64_MAX;
}

void desk_agreement_terms(const desk *d, const desk_agreement *a, const char *peer,
                          desk_terms *terms)
{
    *terms =
        (desk_terms){ .policy = a->agreed.terms, .peer = ent_str_of(peer), .why_not = a->why_not };
    terms->policy.id = a->id;
    terms->policy.in_force = a->in_force;
    terms->policy.both_party = desk_agreement_party(a, ent_str_of(peer)) != NULL &&
                               desk_agreement_party(a, ent_str_of(d->code)) != NULL;
    terms->keys_per_day = a->agreed.keys_per_day;
    terms->set_max = a->agreed.set_max;
    terms->set_min = a->agreed.set_min;
    for (int kind = 0; kind < MATCH_KINDS; kind++)
        terms->kind_per_day[kind] = kind_limit(&a->agreed, kind);
    terms->fast_experimental = a->agreed.fast_experimental;
    terms->graded_names = a->agreed.graded_names;
    terms->retention_months = a->agreed.retention_months;
    terms->onward = ent_str_of(policy_onward_name(a->agreed.terms.onward));
}

static bool purpose_agreed(const desk_terms *terms, ent_str purpose)
{
    for (size_t i = 0; i < terms->policy.purpose_count; i++)
        if (ent_str_equal(terms->policy.purposes[i], purpose))
            return true;
    return false;
}

/* How near an agreement is to letting it flow: the nearest explains best. */
static int nearness(const desk_terms *terms, policy_action action, ent_str purpose)
{
    if (!terms->policy.both_party)
        return -1;
    return (terms->policy.in_force ? 4 : 0) +
           ((action == POLICY_MATCH ? terms->policy.match : terms->policy.release) ? 2 : 0) +
           (purpose_agreed(terms, purpose) ? 1 : 0);
}

ent_code desk_terms_find(desk *d, ent_arena *arena, const char *peer, policy_action action,
                         ent_str purpose, desk_terms *terms, bool *found, ent_err *err)
{
    desk_agreement *agreements;
    size_t count;
    int best = -1;

    *terms = (desk_terms){ .why_not = "there is none" };
    ENT_TRY(desk_agreement_list(d, arena, &agreements, &count, err));
    for (size_t i = 0; i < count; i++) {
        desk_terms candidate;
        int near;

        desk_agreement_terms(d, &agreements[i], peer, &candidate);
        near = nearness(&candidate, action, purpose);
        if (near >= 0 && near >= best) { /* of equals, the newest */
            best = near;
            *terms = candidate;
        }
    }
    *found = best >= 0;
    return ENT_OK;
}
