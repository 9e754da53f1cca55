/* A grant: written by the gate, read and checked here (desk/onward.h). */
#include "desk/onward_int.h"

#include "desk/suspension.h"
#include "link/approval.h"

static const char where[] = "a grant";

static ent_code node_read(ent_json json, const char *name, ent_str *code, uint8_t identity[32],
                          ent_err *err)
{
    static const char *const names[] = { "code", "identity", NULL };
    ent_json node = ent_json_get(json, name);

    ENT_TRY(desk_members(node, where, names, err));
    ENT_TRY(desk_text(node, "code", where, code, err));
    return desk_hex(node, "identity", where, identity, 32, err);
}

static ent_code statement_read(ent_arena *arena, desk_grant *g, ent_err *err)
{
    static const char *const names[] = { "agreement", "corrects", "drafted", "id",     "kind",
                                         "objects",   "owner",    "purpose", "reason", "request",
                                         "recipient", "until",    "version", "via",    NULL };
    int64_t version;
    ent_json json;
    ent_days day;

    ENT_TRY(desk_canonical(arena, g->text, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_number(json, "version", where, 1, 1, &version, err));
    if (!ent_str_is(ent_json_get_text(json, "kind"), "onward"))
        return ent_fail(err, ENT_FORMAT, "%s: it is something else", where);
    ENT_TRY(desk_uuid(json, "id", where, &g->id, err));
    ENT_TRY(desk_uuid(json, "request", where, &g->request, err));
    ENT_TRY(desk_text(json, "purpose", where, &g->purpose, err));
    ENT_TRY(desk_text(json, "until", where, &g->until, err));
    if (ent_days_read(g->until, &day, err) != ENT_OK)
        return ent_context(err, "%s", where);
    ENT_TRY(node_read(json, "owner", &g->owner, g->owner_identity, err));
    ENT_TRY(node_read(json, "via", &g->via, g->via_identity, err));
    ENT_TRY(node_read(json, "recipient", &g->recipient, g->recipient_identity, err));
    g->objects = ent_json_get(json, "objects");
    g->corrects = ent_json_get(json, "corrects");
    g->reason = ent_json_get_text(json, "reason");
    if (!ent_json_is(g->objects, ENT_JSON_ARRAY) || ent_json_count(g->objects) == 0)
        return ent_fail(err, ENT_FORMAT, "%s: it has no objects", where);
    return ENT_OK;
}

ent_code desk_grant_read(ent_arena *arena, ent_json json, desk_grant *grant, ent_err *err)
{
    static const char *const names[] = { "signature", "statement", NULL };

    *grant = (desk_grant){ .text = ENT_STR_NONE };
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "statement", where, &grant->text, err));
    ENT_TRY(desk_text(json, "signature", where, &grant->signature, err));
    return statement_read(arena, grant, err);
}

void desk_grant_write(ent_jw *w, const desk_grant *grant)
{
    ent_jw_object(w);
    ent_jw_key(w, "signature");
    ent_jw_str(w, grant->signature);
    ent_jw_key(w, "statement");
    ent_jw_str(w, grant->text);
    ent_jw_end(w);
}

void desk_grant_part_write(ent_jw *w, const desk_grant *grant)
{
    ent_jw_object(w);
    ent_jw_key(w, "owner");
    ent_jw_str(w, grant->owner);
    ent_jw_key(w, "grant");
    ent_jw_str(w, grant->id);
    ent_jw_key(w, "objects");
    ent_jw_array(w);
    for (ent_json v = ent_json_first(grant->objects); v.doc != NULL; v = ent_json_next(v))
        ent_jw_str(w, ent_json_get_text(v, "id"));
    ent_jw_end(w);
    ent_jw_end(w);
}

ent_code desk_grant_verify(desk *d, ent_arena *arena, const desk_grant *grant, ent_err *err)
{
    ent_str code = ent_arena_str(arena, grant->owner);
    uint8_t signature[64];
    desk_peer owner;

    if (code.ptr == NULL)
        return ent_fail_arena(err);
    if (d->peer(d->arg, arena, code.ptr, &owner, err) != ENT_OK)
        return ent_context(err, "%s: its owner [owner]", where);
    if (memcmp(owner.identity, grant->owner_identity, 32) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "%s: '%s' is another node here [owner]", where,
                        code.ptr);
    if (ent_hex_read(grant->signature, signature, sizeof signature, err) != ENT_OK)
        return ent_context(err, "%s", where);
    if (!link_statement_verify(grant->text, owner.key, signature))
        return ent_fail(err, ENT_UNTRUSTED, "%s: the signature of '%s' does not verify [owner]",
                        where, code.ptr);
    return ENT_OK;
}

ent_code desk_grant_load(desk *d, ent_arena *arena, ent_str request, desk_grant *grant,
                         ent_err *err)
{
    store_doc doc;
    ent_json json;

    if (desk_doc(d, arena, "onward-out", request, &doc, &json, err) != ENT_OK)
        return ent_context(err, "the request %.*s", ENT_STR_ARG(request));
    if (!ent_str_is(doc.state, "granted"))
        return ent_fail(err, ENT_DENIED,
                        "what the request %.*s asks is not granted: %.*s [originator]",
                        ENT_STR_ARG(request), ENT_STR_ARG(doc.state));
    return desk_grant_read(arena, ent_json_get(json, "grant"), grant, err);
}

ent_code desk_grant_check(desk *d, ent_arena *arena, const desk_grant *grant, const desk_peer *peer,
                          ent_str purpose, ent_err *err)
{
    ent_days until;
    bool barred;

    if (memcmp(grant->recipient_identity, peer->identity, 32) != 0)
        return ent_fail(err, ENT_DENIED, "%s: it is for '%.*s' and not for '%s' [originator]",
                        where, ENT_STR_ARG(grant->recipient), peer->code);
    if (!ent_str_equal(grant->purpose, purpose))
        return ent_fail(err, ENT_DENIED, "%s: it is for '%.*s' [originator]", where,
                        ENT_STR_ARG(grant->purpose));
    ENT_TRY(ent_days_read(grant->until, &until, err));
    if (desk_today(d) > until.last)
        return ent_fail(err, ENT_DENIED, "%s: it ended on %.*s [originator]", where,
                        ENT_STR_ARG(grant->until));
    ENT_TRY(desk_barred(d, arena, grant->owner, peer->identity, &barred, err));
    if (barred)
        return ent_fail(err, ENT_DENIED,
                        "%s: '%.*s' lets none of its facts go to '%s' [suspension]", where,
                        ENT_STR_ARG(grant->owner), peer->code);
    return ENT_OK;
}
