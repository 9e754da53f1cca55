#include "desk/suspension.h"

#include "base/text.h"
#include "desk/receive_int.h"
#include "desk/work.h"

static const char where[] = "a suspension";

bool desk_role_reads_frozen(const char *role)
{
    return strcmp(role, "oversight") == 0 || strcmp(role, "legal") == 0;
}

static ent_code body_write(desk *d, ent_arena *arena, bool suspended, ent_str reason,
                           const uint8_t *third, ent_str *body, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    if (third != NULL) {
        ent_jw_key(&w, "peer");
        ent_jw_hex(&w, third, 32);
    }
    if (reason.size > 0) {
        ent_jw_key(&w, "reason");
        ent_jw_str(&w, reason);
    }
    ent_jw_key(&w, "state");
    ent_jw_c(&w, suspended ? "suspended" : "resumed");
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, body, err);
}

/* ---- what is known ---- */

static ent_code side_get(desk *d, ent_arena *arena, const char *peer, const char *side, bool *yes,
                         ent_err *err)
{
    ent_str id = ent_arena_printf(arena, "%s/%s", peer, side);
    store_doc doc;
    bool found;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "suspension", id, &doc, &found, err));
    *yes = found && ent_str_is(doc.state, "suspended");
    return ENT_OK;
}

ent_code desk_suspended(desk *d, ent_arena *arena, const char *peer, bool *yes, ent_err *err)
{
    ENT_TRY(side_get(d, arena, peer, "ours", yes, err));
    return *yes ? ENT_OK : side_get(d, arena, peer, "theirs", yes, err);
}

static ent_code doc_drop(desk *d, const char *kind, ent_str id, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc = store_doc_delete(d->store, kind, id, &why);

    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    return ENT_OK;
}

/* Writes down one side's word; what is held of the peer is frozen as long as either of
 * the two is suspended. */
static ent_code side_put(desk *d, ent_arena *arena, const char *peer, const char *side,
                         bool suspended, ent_str body, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("suspension"),
                      .peer = ent_str_of(peer),
                      .state = suspended ? ENT_STR("suspended") : ENT_STR("resumed"),
                      .time = d->now,
                      .json = body };
    store_doc frozen = { .kind = ENT_STR("frozen"),
                         .id = ent_str_of(peer),
                         .peer = ent_str_of(peer),
                         .state = ENT_STR("frozen"),
                         .time = d->now,
                         .json = ENT_STR("{}") };
    bool any;

    doc.id = ent_arena_printf(arena, "%s/%s", peer, side);
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_doc_put(d->store, &doc, err));
    ENT_TRY(desk_suspended(d, arena, peer, &any, err));
    return any ? store_doc_put(d->store, &frozen, err) : doc_drop(d, "frozen", frozen.id, err);
}

static ent_str barred_id(ent_arena *arena, ent_str owner, const uint8_t identity[32])
{
    char hex[65];

    ent_hex_write(identity, 32, hex);
    return ent_arena_printf(arena, "%.*s/%s", ENT_STR_ARG(owner), hex);
}

ent_code desk_barred(desk *d, ent_arena *arena, ent_str owner, const uint8_t identity[32],
                     bool *yes, ent_err *err)
{
    ent_str id = barred_id(arena, owner, identity);
    store_doc doc;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    return desk_doc_found(d, arena, "barred", id, &doc, yes, err);
}

/* ---- saying it ---- */

/* Everybody else who was given something. */
static ent_code others_tell(desk *d, ent_arena *arena, const desk_peer *peer, bool suspended,
                            ent_err *err)
{
    store_doc *docs;
    ent_str body;
    size_t count;

    ENT_TRY(body_write(d, arena, suspended, ENT_STR_NONE, peer->identity, &body, err));
    ENT_TRY(desk_docs(d, arena, "release", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_str to = ent_arena_str(arena, docs[i].peer);
        bool told = ent_str_is(to, peer->code);

        if (to.ptr == NULL)
            return ent_fail_arena(err);
        for (size_t j = 0; j < i && !told; j++)
            told = ent_str_equal(docs[j].peer, to);
        if (!told)
            ENT_TRY(desk_say(d, arena, to.ptr, LINK_SUSPEND, ent_span_of_str(body), err));
    }
    return ENT_OK;
}

ent_code desk_suspension_say(desk *d, ent_arena *arena, const desk_peer *peer, bool suspended,
                             ent_str reason, ent_err *err)
{
    ent_str body;

    ENT_TRY(body_write(d, arena, suspended, reason, NULL, &body, err));
    ENT_TRY(side_put(d, arena, peer->code, "ours", suspended, body, err));
    ENT_TRY(desk_say(d, arena, peer->code, LINK_SUSPEND, ent_span_of_str(body), err));
    return others_tell(d, arena, peer, suspended, err);
}

/* ---- hearing it ---- */

static ent_code barred_put(desk *d, ent_arena *arena, const char *owner, const uint8_t identity[32],
                           bool suspended, ent_str body, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("barred"),
                      .peer = ent_str_of(owner),
                      .state = ENT_STR("barred"),
                      .time = d->now,
                      .json = body };

    doc.id = barred_id(arena, doc.peer, identity);
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    return suspended ? store_doc_put(d->store, &doc, err) : doc_drop(d, "barred", doc.id, err);
}

ent_code desk_suspension_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_err *err)
{
    static const char *const names[] = { "peer", "reason", "state", "time", NULL };
    const ent_str text = { body.ptr, body.size };
    uint8_t third[32];
    ent_str state;
    bool suspended;
    ent_json json;

    (void)entry;
    ENT_TRY(desk_canonical(arena, text, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "state", where, &state, err));
    suspended = ent_str_is(state, "suspended");
    if (!suspended && !ent_str_is(state, "resumed"))
        return ent_fail(err, ENT_FORMAT, "%s: 'state' is neither suspended nor resumed", where);
    if (ent_json_get(json, "peer").doc == NULL)
        return side_put(d, arena, peer, "theirs", suspended, text, err);
    ENT_TRY(desk_hex(json, "peer", where, third, sizeof third, err));
    return barred_put(d, arena, peer, third, suspended, text, err);
}
