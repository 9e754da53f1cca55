/* What peers say of the keys of their links (node/renew.h). */
#include "node/renew.h"

#include "base/json_write.h"
#include "base/text.h"
#include "desk/work.h"
#include "link/reseal.h"
#include "node/suspend.h"

#include <stdio.h>

#define NUMBER_MAX 1000000

static const char where[] = "the word of new keys of a link";

/* Said once for each: an urgent entry is met twice. */
static ent_code heard_say(desk *d, ent_arena *arena, const char *peer, int64_t number, ent_err *err)
{
    store_doc last, doc = { .kind = ENT_STR("links-heard"),
                            .id = ent_str_of(peer),
                            .peer = ent_str_of(peer),
                            .time = d->now };
    ent_str body, raw;
    bool found;

    doc.json = ent_arena_printf(arena, "{\"number\":%lld}", (long long)number);
    raw = ent_arena_printf(arena, "{\"kind\":\"links-heard\",\"number\":%lld,\"time\":\"%.*s\"}",
                           (long long)number, ENT_STR_ARG(desk_time_text(arena, d->now)));
    if (doc.json.ptr == NULL || raw.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "links-heard", doc.id, &last, &found, err));
    if (found && ent_str_equal(last.json, doc.json))
        return ENT_OK;
    ENT_TRY(desk_canon(arena, raw, &body, err));
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return desk_say(d, arena, peer, LINK_KEY, ent_span_of_str(body), err);
}

static ent_code links_read(ent_json json, node_peer *peer, ent_time now, ent_err *err)
{
    static const char *const names[] = { "border", "box",  "courier", "kind",
                                         "number", "time", "until",   NULL };
    uint8_t border[32], courier[32], box[32];
    node_peer_renewal *r = &peer->renewal;
    ent_time most = now + (NODE_RENEW_DAYS_MAX + 1) * ENT_DAY_TIME;
    ent_str until;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_hex(json, "border", where, border, sizeof border, err));
    ENT_TRY(desk_hex(json, "courier", where, courier, sizeof courier, err));
    ENT_TRY(desk_hex(json, "box", where, box, sizeof box, err));
    ENT_TRY(desk_text(json, "until", where, &until, err));
    if (ent_time_read(until, &r->until, err) != ENT_OK)
        return ent_context(err, "%s: 'until'", where);
    r->until = r->until < most ? r->until : most;
    if (r->boxes.count == LINK_KEYS_MAX)
        r->boxes.count--;
    memmove(r->boxes.key[1], r->boxes.key[0], r->boxes.count * sizeof *r->boxes.key);
    memcpy(r->boxes.key[0], peer->box, 32);
    r->boxes.count++;
    memcpy(r->border_before, peer->border_pin, 32);
    memcpy(r->courier_before, peer->courier_pin, 32);
    memcpy(peer->border_pin, border, 32);
    memcpy(peer->courier_pin, courier, 32);
    memcpy(peer->box, box, 32);
    r->overlap = true;
    return ENT_OK;
}

/* A word of a partner on keys, while what is kept of it is changed. */
struct word {
    desk *d;
    ent_arena *arena;
    ent_json json;
    int64_t number; /* of links: then the newest that is known */
};

static ent_code links_take(void *arg, node_peer *peer, ent_err *err)
{
    struct word *w = arg;
    uint8_t probe[LINK_SEALED_KEY_SIZE];
    link_body_seed seed = { .ephemeral = { 1 } };

    if (w->number <= peer->renewal.number) {
        w->number = peer->renewal.number;
        return ENT_NO;
    }
    ENT_TRY(links_read(w->json, peer, w->d->now, err));
    if (node_peer_pin_free(w->arena, node_desk_home(w->d->arg), peer->code, peer->courier_pin,
                           err) != ENT_OK)
        return err->code == ENT_CONFLICT ? ent_fail(err, ENT_UNTRUSTED, "%s: %s", where,
                                                    "the certificate is another peer's")
                                         : err->code;
    ENT_TRY(link_key_seal(&seed, peer->box, probe, err));
    peer->renewal.number = w->number;
    return ENT_OK;
}

static ent_code short_read(ent_json json, ent_err *err)
{
    static const char *const names[] = { "kind", "number", "time", NULL };

    return desk_members(json, where, names, err);
}

/* Of what was not told, or is over, nothing follows. */
static ent_code heard_take(void *arg, node_peer *peer, ent_err *err)
{
    const struct word *w = arg;
    node_renewal ours;

    ENT_TRY(short_read(w->json, err));
    ENT_TRY(node_renewal_read(w->arena, node_desk_home(w->d->arg), &ours, err));
    if (!ours.under_way || w->number != ours.number || peer->renewal.heard == w->number)
        return ENT_NO;
    peer->renewal.heard = w->number;
    return ENT_OK;
}

static ent_code done_take(void *arg, node_peer *peer, ent_err *err)
{
    const struct word *w = arg;

    ENT_TRY(short_read(w->json, err));
    if (w->number != peer->renewal.number || !peer->renewal.overlap)
        return ENT_NO;
    peer->renewal.overlap = false;
    return ENT_OK;
}

ent_code node_renew_receive(desk *d, ent_arena *arena, const char *code, ent_json json,
                            ent_err *err)
{
    const node_home *home = node_desk_home(d->arg);
    ent_str kind = ent_json_get_text(json, "kind");
    struct word w = { .d = d, .arena = arena, .json = json };

    if (!ent_str_starts(kind, ENT_STR("links")))
        return ENT_NO;
    ENT_TRY(desk_number(json, "number", where, 1, NUMBER_MAX, &w.number, err));
    if (ent_str_is(kind, "links-heard"))
        return node_peer_change(arena, home, code, heard_take, &w, err);
    if (ent_str_is(kind, "links-done"))
        return node_peer_change(arena, home, code, done_take, &w, err);
    if (ent_str_is(kind, "links")) {
        ENT_TRY(node_peer_change(arena, home, code, links_take, &w, err));
        return heard_say(d, arena, code, w.number, err);
    }
    return ENT_NO;
}

/* links/CODE/resealed says for which of the peer's keys it was done. */
ent_code node_renew_settle(node_link *link, ent_arena *arena, ent_err *err)
{
    const char *path = node_path(arena, "%s/resealed", link->folder);
    ent_str number, there = ENT_STR("0");
    uint64_t sealed;

    ENT_TRY(node_peer_get(arena, link->home, link->peer.code, &link->peer, err));
    memcpy(link->host.peer_box, link->peer.box, sizeof link->host.peer_box);
    link->host.peer_boxes = link->peer.renewal.boxes;
    number = ent_arena_printf(arena, "%lld", (long long)link->peer.renewal.number);
    if (number.ptr == NULL)
        return ent_fail_arena(err);
    if (node_file_exists(path))
        ENT_TRY(node_file_read(arena, path, 32, &there, err));
    if (ent_str_equal(number, there))
        return ENT_OK;
    ENT_TRY(link_reseal(&link->host, LINK_OUT, link->peer.box, &sealed, err));
    return node_file_write(path, ent_span_of_str(number), 0600, err);
}
