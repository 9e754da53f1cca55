/* Proposing, approving, suspending: what this node's own people do with agreements. */
#include "desk/agreement_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "link/approval.h"
#include "names/names.h"
#include "psi/keyform.h"

#include <stdlib.h>

static int by_code(const void *a, const void *b)
{
    return ent_str_compare(((const desk_party *)a)->code, ((const desk_party *)b)->code);
}

static ent_code parties_collect(desk *d, ent_arena *arena, const char *const *peers, size_t count,
                                desk_party *parties, ent_err *err)
{
    if (count < 1 || count + 1 > ENT_LIMIT_PARTIES)
        return ent_fail(err, ENT_USAGE, "an agreement has 1 to %d other parties",
                        ENT_LIMIT_PARTIES - 1);
    parties[0] = (desk_party){ .code = ent_str_of(d->code), .name = d->name };
    memcpy(parties[0].identity, d->identity, 32);
    for (size_t i = 0; i < count; i++) {
        desk_peer peer;

        if (d->peer(d->arg, arena, peers[i], &peer, err) != ENT_OK)
            return ent_context(err, "party '%s'", peers[i]);
        parties[i + 1] = (desk_party){ .code = ent_str_of(peers[i]), .name = peer.name };
        parties[i + 1].reads = peer.reads;
        memcpy(parties[i + 1].identity, peer.identity, 32);
    }
    qsort(parties, count + 1, sizeof *parties, by_code);
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(parties[i].code, parties[i + 1].code))
            return ent_fail(err, ENT_USAGE, "party '%.*s' is named twice",
                            ENT_STR_ARG(parties[i].code));
    return ENT_OK;
}

static ent_code statement_write(desk *d, ent_arena *arena, const char *id, ent_json terms,
                                const desk_party *parties, size_t count, ent_str *statement,
                                ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_c(&w, id);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, "agreement");
    ent_jw_key(&w, "version");
    ent_jw_int(&w, DESK_AGREEMENT_VERSION);
    ent_jw_key(&w, "proposed");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_key(&w, "proposer");
    ent_jw_c(&w, d->code);
    ent_jw_key(&w, "terms");
    ent_jw_raw(&w, ent_json_raw(terms));
    ent_jw_key(&w, "parties");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        ent_jw_object(&w);
        ent_jw_key(&w, "code");
        ent_jw_str(&w, parties[i].code);
        ent_jw_key(&w, "name");
        ent_jw_str(&w, parties[i].name);
        ent_jw_key(&w, parties[i].reads ? "certificate" : "identity");
        ent_jw_hex(&w, parties[i].identity, 32);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, statement, err);
}

static ent_code parties_tell(desk *d, ent_arena *arena, const desk_agreement *a, link_kind kind,
                             ent_str body, ent_err *err)
{
    for (size_t i = 0; i < a->party_count; i++) {
        ent_str code = ent_arena_str(arena, a->parties[i].code);

        if (code.ptr == NULL)
            return ent_fail_arena(err);
        if (!ent_str_is(code, d->code))
            ENT_TRY(desk_say(d, arena, code.ptr, kind, ent_span_of_str(body), err));
    }
    return ENT_OK;
}

/* With a party that has no node there is nothing to do but to release to it. */
static ent_code readers_check(const desk_agreement *a, ent_err *err)
{
    bool more = a->party_count > 2 || a->agreed.terms.match || a->agreed.hypotheses ||
                a->agreed.deconfliction || a->agreed.heads;

    for (size_t i = 0; i < a->party_count; i++)
        if (a->parties[i].reads && more)
            return ent_fail(err, ENT_USAGE,
                            "%.*s has no node: an agreement with it is with it alone, and has "
                            "nothing but release",
                            ENT_STR_ARG(a->parties[i].code));
    return ENT_OK;
}

ent_code desk_agreement_propose(desk *d, ent_arena *arena, ent_str text, const char *const *peers,
                                size_t count, const char *drafter, char id[37], ent_err *err)
{
    desk_party parties[ENT_LIMIT_PARTIES];
    desk_agreement a = { .time = d->now };
    desk_agreement_parts parts = { .drafter = ent_str_of(drafter), .state = ENT_STR("proposed") };
    ent_json terms;
    ent_str id_text;

    ENT_TRY(ent_json_read(arena, text, &terms, err));
    ENT_TRY(parties_collect(d, arena, peers, count, parties, err));
    desk_id(d, id);
    id_text = ent_arena_str(arena, ent_str_of(id));
    if (id_text.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(
        statement_write(d, arena, id_text.ptr, terms, parties, count + 1, &parts.statement, err));
    ENT_TRY(desk_statement_read(arena, parts.statement, &a, err));
    ENT_TRY(readers_check(&a, err));
    ENT_TRY(desk_agreement_write(d, arena, &a, &parts, err));
    return parties_tell(d, arena, &a, LINK_AGREEMENT, parts.statement, err);
}

/* ---- approving ---- */

/* What we would accept now: the proposal, and our officers as they are today. */
static ent_code acceptance_write(desk *d, ent_arena *arena, const desk_agreement *a, ent_str *out,
                                 ent_err *err)
{
    ent_hash hash = ent_hash_of(a->statement.ptr, a->statement.size);
    ent_str lines, text;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(d->officers(d->arg, arena, &lines, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, "acceptance");
    ent_jw_key(&w, "id");
    ent_jw_str(&w, a->id);
    ent_jw_key(&w, "party");
    ent_jw_c(&w, d->code);
    ent_jw_key(&w, "agreement");
    ent_jw_hex(&w, hash.bytes, ENT_HASH_SIZE);
    ent_jw_key(&w, "keyform");
    ent_jw_int(&w, PSI_KEYFORM_VERSION);
    ent_jw_key(&w, "names");
    ent_jw_int(&w, NAMES_KEYS_VERSION);
    ent_jw_key(&w, "officers");
    ent_jw_array(&w);
    for (const char *at = lines.ptr, *end = lines.ptr + lines.size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = stop == NULL ? end : stop;
        const char *role = line_end - at > 65 ? at + 65 : NULL;
        const char *name = role == NULL ? NULL : memchr(role, ' ', (size_t)(line_end - role));
        ent_str role_text = { role, name == NULL ? 0 : (size_t)(name - role) };

        if (name != NULL &&
            (ent_str_is(role_text, "disclosure") || ent_str_is(role_text, "legal") ||
             ent_str_is(role_text, "liaison") || ent_str_is(role_text, "case"))) {
            ent_jw_object(&w);
            ent_jw_key(&w, "key");
            ent_jw_str(&w, (ent_str){ at, 64 });
            ent_jw_key(&w, "name");
            ent_jw_str(&w, (ent_str){ name + 1, (size_t)(line_end - name - 1) });
            ent_jw_key(&w, "role");
            ent_jw_str(&w, role_text);
            ent_jw_end(&w);
        }
        at = line_end + 1;
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, out, err);
}

static ent_code may_approve(const desk_agreement *a, const desk_officer *officer, ent_json given,
                            ent_err *err)
{
    static const char *const roles[] = { "disclosure", "legal", "liaison", "case" };
    size_t i;

    for (i = 0; i < 4 && strcmp(officer->role, roles[i]) != 0; i++)
        ;
    if (i == 4)
        return ent_fail(err, ENT_DENIED,
                        "'%s' has the role %s; agreements are approved by disclosure, legal, "
                        "liaison or case officers [law 6]",
                        officer->name, officer->role);
    if (ent_str_is(a->drafter, officer->name))
        return ent_fail(err, ENT_DENIED,
                        "'%s' has drafted this agreement and cannot approve it [law 6]",
                        officer->name);
    for (ent_json v = ent_json_first(given); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_is(ent_json_get_text(v, "officer"), officer->name))
            return ent_fail(err, ENT_DENIED,
                            "'%s' has approved already; a second person is needed [law 6]",
                            officer->name);
    return ENT_OK;
}

/* {"acceptance","approvals":[...]} with one more approval. */
static ent_code own_write(ent_arena *arena, ent_str acceptance, ent_json given,
                          const desk_officer *officer, ent_str *own, ent_err *err)
{
    uint8_t signature[64];
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_officer_sign(officer, "agreement", acceptance, signature, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "acceptance");
    ent_jw_str(&w, acceptance);
    ent_jw_key(&w, "approvals");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(given); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    ent_jw_object(&w);
    ent_jw_key(&w, "officer");
    ent_jw_c(&w, officer->name);
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, signature, 64);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ent_jw_end(&w);
    return ent_buf_done(&buf, own, err);
}

/* Two have approved: the node signs and tells everybody. */
static ent_code node_sign(desk *d, ent_arena *arena, const desk_agreement *a, ent_str acceptance,
                          ent_json approvals, desk_agreement_parts *parts, ent_err *err)
{
    uint8_t signature[64];
    ent_str text, body;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_parties_check(d, arena, a, true, err));
    ENT_TRY(d->statement(d->arg, arena, acceptance, approvals, a->drafter, signature, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "party");
    ent_jw_c(&w, d->code);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, a->statement);
    ent_jw_key(&w, "acceptance");
    ent_jw_str(&w, acceptance);
    ent_jw_key(&w, "approvals");
    ent_jw_raw(&w, ent_json_raw(approvals));
    ent_jw_key(&w, "signature");
    ent_jw_hex(&w, signature, 64);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    parts->signature = body;
    parts->state = ENT_STR("complete");
    for (size_t i = 0; i < a->party_count; i++)
        if (!a->parties[i].signed_ && !ent_str_is(a->parties[i].code, d->code))
            parts->state = ENT_STR("signed");
    return parties_tell(d, arena, a, LINK_AGREEMENT_SIGNATURE, body, err);
}

ent_code desk_agreement_approve(desk *d, ent_arena *arena, ent_str id, const desk_officer *officer,
                                int *count, bool *done, ent_err *err)
{
    desk_agreement_parts parts;
    ent_str acceptance;
    ent_json given, own;
    desk_agreement a;

    ENT_TRY(desk_agreement_get(d, arena, id, &a, err));
    if (desk_agreement_party(&a, ent_str_of(d->code))->signed_)
        return ent_fail(err, ENT_CONFLICT, "this node has signed the agreement already");
    if (ent_str_is(a.state, "suspended"))
        return ent_fail(err, ENT_DENIED, "the agreement is suspended [agreement]");
    ENT_TRY(acceptance_write(d, arena, &a, &acceptance, err));
    given = ent_json_get(a.own, "approvals");
    if (!ent_str_equal(ent_json_get_text(a.own, "acceptance"), acceptance))
        given = (ent_json){ NULL, 0 }; /* the officers have changed: what was approved is no more */
    ENT_TRY(may_approve(&a, officer, given, err));
    parts = desk_agreement_parts_of(&a);
    ENT_TRY(own_write(arena, acceptance, given, officer, &parts.own_text, err));
    ENT_TRY(ent_json_read(arena, parts.own_text, &own, err));
    *count = (int)ent_json_count(given) + 1;
    *done = *count >= 2;
    if (*done)
        ENT_TRY(node_sign(d, arena, &a, acceptance, ent_json_get(own, "approvals"), &parts, err));
    return desk_agreement_write(d, arena, &a, &parts, err);
}

ent_code desk_agreement_suspend(desk *d, ent_arena *arena, ent_str id, const desk_officer *officer,
                                ent_str reason, ent_err *err)
{
    desk_agreement_parts parts;
    desk_agreement a;
    ent_str text, body;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_agreement_get(d, arena, id, &a, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "agreement");
    ent_jw_str(&w, a.id);
    ent_jw_key(&w, "party");
    ent_jw_c(&w, d->code);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, reason.ptr == NULL ? ENT_STR("") : reason);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    parts = desk_agreement_parts_of(&a);
    parts.suspension = body;
    parts.state = ENT_STR("suspended");
    (void)officer;
    ENT_TRY(desk_agreement_write(d, arena, &a, &parts, err));
    return parties_tell(d, arena, &a, LINK_AGREEMENT_SUSPEND, body, err);
}
