/* What peers say about agreements.  Everything is checked before anything is written. */
#include "desk/agreement_int.h"
#include "desk/receive_int.h"

#include "base/text.h"
#include "link/approval.h"

/* The sender must be a party under the key that its link has. */
static ent_code sender_check(desk *d, ent_arena *arena, const char *peer, const desk_agreement *a,
                             ent_err *err)
{
    const desk_party *party = desk_agreement_party(a, ent_str_of(peer));
    desk_peer known;

    ENT_TRY(d->peer(d->arg, arena, peer, &known, err));
    if (party == NULL || memcmp(party->identity, known.identity, 32) != 0)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the agreement: its sender '%s' is no party under its own key", peer);
    return desk_parties_check(d, arena, a, false, err);
}

/* The agreement as it is known here, or new from its statement. */
static ent_code known_or_new(desk *d, ent_arena *arena, const char *peer, ent_str statement,
                             desk_agreement *a, bool *is_new, ent_err *err)
{
    desk_agreement said = { .state = ENT_STR("proposed") };
    store_doc doc;
    bool found;

    ENT_TRY(desk_statement_read(arena, statement, &said, err));
    for (size_t i = 0; i < said.party_count; i++)
        if (said.parties[i].reads)
            return ent_fail(err, ENT_FORMAT, "the agreement: a party has no node");
    ENT_TRY(sender_check(d, arena, peer, &said, err));
    ENT_TRY(desk_doc_found(d, arena, "agreement", said.id, &doc, &found, err));
    *is_new = !found;
    *a = said;
    if (!found)
        return ENT_OK;
    ENT_TRY(desk_agreement_get(d, arena, said.id, a, err));
    if (!ent_str_equal(a->statement, statement))
        return ent_fail(err, ENT_CONFLICT,
                        "the agreement: another one with the id %.*s is known here",
                        ENT_STR_ARG(said.id));
    return ENT_OK;
}

ent_code desk_agreement_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err)
{
    ent_str statement = { body.ptr, body.size };
    desk_agreement a;
    desk_agreement_parts parts;
    bool is_new;

    (void)entry;
    ENT_TRY(known_or_new(d, arena, peer, statement, &a, &is_new, err));
    if (!ent_str_is(a.proposer, peer))
        return ent_fail(err, ENT_UNTRUSTED, "the agreement: '%s' proposes it in another's name",
                        peer);
    if (!is_new)
        return ENT_OK;
    parts = desk_agreement_parts_of(&a);
    return desk_agreement_write(d, arena, &a, &parts, err);
}

static ent_code signature_check(desk *d, ent_arena *arena, const char *peer, ent_json json,
                                const desk_agreement *a, ent_err *err)
{
    desk_party party = *desk_agreement_party(a, ent_str_of(peer));
    desk_acceptance acceptance;
    uint8_t signature[64];
    desk_peer known;
    ent_str text;

    ENT_TRY(d->peer(d->arg, arena, peer, &known, err));
    ENT_TRY(desk_text(json, "acceptance", "a signature", &text, err));
    ENT_TRY(desk_acceptance_read(arena, text, a, party.code, &acceptance, err));
    ENT_TRY(desk_hex(json, "signature", "a signature", signature, 64, err));
    if (!link_statement_verify(text, known.key, signature))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the signature of '%s' under the agreement does not "
                        "verify",
                        peer);
    party.acceptance = text;
    return desk_officers_check(arena, &party, "agreement", 2, text, ent_json_get(json, "approvals"),
                               err);
}

ent_code desk_signature_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err)
{
    static const char *const names[] = { "acceptance", "approvals", "party",
                                         "signature",  "statement", NULL };
    desk_agreement_parts parts;
    desk_agreement a;
    size_t missing = 0;
    bool is_new;
    ent_json json;

    (void)entry;
    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, "a signature", &json, err));
    ENT_TRY(desk_members(json, "a signature", names, err));
    if (!ent_str_is(ent_json_get_text(json, "party"), peer))
        return ent_fail(err, ENT_UNTRUSTED, "a signature: '%s' signs for another party", peer);
    ENT_TRY(known_or_new(d, arena, peer, ent_json_get_text(json, "statement"), &a, &is_new, err));
    ENT_TRY(signature_check(d, arena, peer, json, &a, err));
    if (desk_agreement_party(&a, ent_str_of(peer))->signed_)
        return ENT_OK; /* the first one stands */
    for (size_t i = 0; i < a.party_count; i++)
        missing += !a.parties[i].signed_;
    parts = desk_agreement_parts_of(&a);
    parts.signature = (ent_str){ body.ptr, body.size };
    if (missing == 1 && !ent_str_is(a.state, "suspended"))
        parts.state = ENT_STR("complete");
    return desk_agreement_write(d, arena, &a, &parts, err);
}

ent_code desk_suspend_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    static const char *const names[] = { "agreement", "party", "reason", "time", NULL };
    static const char where[] = "a suspension";
    desk_agreement_parts parts;
    desk_agreement a;
    ent_json json;
    ent_str id, time;

    (void)entry;
    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_uuid(json, "agreement", where, &id, err));
    ENT_TRY(desk_text(json, "time", where, &time, err));
    ENT_TRY(desk_agreement_get(d, arena, id, &a, err));
    if (!ent_str_is(ent_json_get_text(json, "party"), peer) ||
        desk_agreement_party(&a, ent_str_of(peer)) == NULL)
        return ent_fail(err, ENT_UNTRUSTED, "%s: '%s' is not the party that it names", where, peer);
    for (ent_json v = ent_json_first(ent_json_get(a.json, "suspended")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_is(ent_json_get_text(v, "party"), peer))
            return ENT_OK;
    parts = desk_agreement_parts_of(&a);
    parts.suspension = (ent_str){ body.ptr, body.size };
    parts.state = ENT_STR("suspended");
    return desk_agreement_write(d, arena, &a, &parts, err);
}
