#include "node/renew.h"

#include "base/json_write.h"
#include "base/text.h"
#include "desk/work.h"
#include "http/tls.h"
#include "link/reseal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define STATE_LIMIT ((size_t)4096)

enum state { DONE, ANNOUNCED, SWITCHING };
static const char *const state_names[] = { "done", "announced", "switching" };

/* The secret halves behind the public ones: what is left of a pair after a crash is public. */
static const char *const files[] = { "box.sk",      "border.key",  "border.crt",
                                     "courier.key", "courier.crt", "box.pk" };
#define FILES (sizeof files / sizeof *files)

/* ---- the state ---- */

static ent_code state_read(ent_arena *arena, const node_home *home, node_renewal *r,
                           enum state *state, ent_err *err)
{
    const char *path = node_path(arena, "%s/keys/renewal", home->path);
    ent_str text;
    ent_json json;

    *r = (node_renewal){ 0 };
    *state = DONE;
    if (!node_file_exists(path))
        return ENT_OK;
    ENT_TRY(node_file_read(arena, path, STATE_LIMIT, &text, err));
    if (ent_json_read(arena, text, &json, err) != ENT_OK)
        return ent_context(err, "%s", path);
    text = ent_json_get_text(json, "state");
    while (*state <= SWITCHING && !ent_str_is(text, state_names[*state]))
        *state += 1;
    if (*state > SWITCHING || !ent_json_int(ent_json_get(json, "number"), &r->number) ||
        !ent_json_int(ent_json_get(json, "until"), &r->until))
        return ent_fail(err, ENT_CONFIG, "%s is damaged", path);
    r->under_way = *state != DONE;
    return ENT_OK;
}

static ent_code state_write(ent_arena *arena, const node_home *home, const node_renewal *r,
                            enum state state, ent_err *err)
{
    ent_str text = ent_arena_printf(arena, "{\"number\":%lld,\"state\":\"%s\",\"until\":%lld}",
                                    (long long)r->number, state_names[state], (long long)r->until);

    if (text.ptr == NULL)
        return ent_fail_arena(err);
    return node_file_write(node_path(arena, "%s/keys/renewal", home->path), ent_span_of_str(text),
                           0600, err);
}

ent_code node_renewal_read(ent_arena *arena, const node_home *home, node_renewal *renewal,
                           ent_err *err)
{
    enum state state;

    return state_read(arena, home, renewal, &state, err);
}

bool node_renew_waits(const node_renewal *renewal, const node_peer *peer)
{
    return renewal->under_way && node_peer_works(peer->state) && !peer->reader &&
           peer->renewal.heard != renewal->number;
}

ent_code node_renew_folder(ent_arena *arena, const node_home *home, const node_peer *peer,
                           const char **folder, ent_err *err)
{
    node_renewal r;
    enum state state;

    ENT_TRY(state_read(arena, home, &r, &state, err));
    *folder = node_path(
        arena, state == ANNOUNCED && peer->renewal.heard == r.number ? "%s/keys/next" : "%s/keys",
        home->path);
    return ENT_OK;
}

/* ---- telling ---- */

static ent_code pin_write(ent_jw *w, ent_arena *arena, const node_home *home, const char *role,
                          ent_err *err)
{
    uint8_t pin[HTTP_PIN_SIZE];
    ent_str pem;

    ENT_TRY(node_file_read(arena, node_path(arena, "%s/keys/next/%s.crt", home->path, role),
                           NODE_CARD_LIMIT, &pem, err));
    ENT_TRY(http_tls_pin(pem, pin, err));
    ent_jw_key(w, role);
    ent_jw_hex(w, pin, sizeof pin);
    return ENT_OK;
}

static ent_code word_write(ent_arena *arena, const node_home *home, const node_renewal *r,
                           bool done, ent_time now, ent_str *word, ent_err *err)
{
    ent_str raw, box;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    if (!done) {
        ENT_TRY(pin_write(&w, arena, home, "border", err));
        ENT_TRY(pin_write(&w, arena, home, "courier", err));
        ENT_TRY(node_file_read(arena, node_path(arena, "%s/keys/next/box.pk", home->path), 64, &box,
                               err));
        ent_jw_key(&w, "box");
        ent_jw_str(&w, box);
        ent_jw_key(&w, "until");
        ent_jw_str(&w, desk_time_text(arena, r->until));
    }
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, done ? "links-done" : "links");
    ent_jw_key(&w, "number");
    ent_jw_int(&w, r->number);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &raw, err));
    return desk_canon(arena, raw, word, err);
}

/* Once to each, also to who was linked since: what was said is noted with the saying.  The end
 * is told to whom the beginning was. */
static ent_code peer_tell(desk *d, ent_arena *arena, const char *peer, const node_renewal *r,
                          ent_str word, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("links-said"), .id = ent_str_of(peer), .time = d->now };
    bool found, done = !r->under_way;
    int64_t number = 0;
    store_doc last;
    ent_json json;

    ENT_TRY(desk_doc_found(d, arena, "links-said", doc.id, &last, &found, err));
    if (found) {
        ENT_TRY(ent_json_read(arena, last.json, &json, err));
        (void)ent_json_int(ent_json_get(json, "number"), &number);
        if (number == r->number && (!done || ent_json_true(ent_json_get(json, "done"))))
            return ENT_OK;
    }
    if (done && number != r->number)
        return ENT_OK;
    doc.peer = doc.id;
    doc.json = ent_arena_printf(arena, "{\"done\":%s,\"number\":%lld}", done ? "true" : "false",
                                (long long)r->number);
    if (doc.json.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return desk_say(d, arena, peer, LINK_KEY, ent_span_of_str(word), err);
}

static ent_code tell(node_desk *nd, ent_arena *arena, const node_renewal *r, const node_peer *peers,
                     size_t count, ent_err *err)
{
    desk *d = node_desk_desk(nd);
    ent_code rc = ENT_OK;
    ent_str word;

    ENT_TRY(word_write(arena, node_desk_home(nd), r, !r->under_way, d->now, &word, err));
    ENT_TRY(store_begin(d->store, err));
    for (size_t i = 0; i < count && rc == ENT_OK; i++)
        if (node_peer_works(peers[i].state) && !peers[i].reader)
            rc = peer_tell(d, arena, peers[i].code, r, word, err);
    return store_end(d->store, rc, err);
}

/* ---- taking them into use ---- */

/* What was fetched is sealed to the coming box before the old one goes. */
static ent_code mirrors_reseal(ent_arena *arena, const node_home *home, const node_peer *peers,
                               size_t count, ent_err *err)
{
    uint8_t box[LINK_KEY_SIZE];
    ent_str hex;

    ENT_TRY(
        node_file_read(arena, node_path(arena, "%s/keys/next/box.pk", home->path), 64, &hex, err));
    ENT_TRY(ent_hex_read(hex, box, sizeof box, err));
    for (size_t i = 0; i < count; i++) {
        uint64_t sealed;
        node_link link;
        ent_code rc;

        if (peers[i].reader)
            continue;
        ENT_TRY(node_link_open(arena, home, NULL, peers[i].code, &link, err));
        rc = node_link_lock(&link, arena, LINK_IN, true, err);
        if (rc == ENT_OK)
            rc = link_reseal(&link.host, LINK_IN, box, &sealed, err);
        node_link_close(&link);
        if (rc != ENT_OK)
            return ent_context(err, "what %s has said", peers[i].code);
    }
    return ENT_OK;
}

/* A present file is never missing in between, and doing it again goes on where it ended. */
static ent_code files_move(ent_arena *arena, const char *keys, ent_err *err)
{
    ENT_TRY(node_folder_make(node_path(arena, "%s/old", keys), err));
    for (size_t i = 0; i < FILES; i++) {
        const char *next = node_path(arena, "%s/next/%s", keys, files[i]);
        const char *present = node_path(arena, "%s/%s", keys, files[i]);

        if (!node_file_exists(next))
            continue;
        if (link(present, node_path(arena, "%s/old/%s", keys, files[i])) != 0 && errno != EEXIST)
            return ent_fail(err, ENT_IO, "cannot keep '%s': %s", present, strerror(errno));
        if (rename(next, present) != 0)
            return ent_fail(err, ENT_IO, "cannot rename '%s': %s", next, strerror(errno));
    }
    return ENT_OK;
}

/* keys/boxes begins with the box that was replaced.  Written behind the moves, it makes them
 * durable as well. */
static ent_code boxes_note(ent_arena *arena, const char *keys, ent_err *err)
{
    const char *path = node_path(arena, "%s/boxes", keys);
    const char *old = node_path(arena, "%s/old/box.pk", keys);
    ent_str hex, list = ENT_STR(""), text;

    if (!node_file_exists(old))
        return ENT_OK;
    ENT_TRY(node_file_read(arena, old, 64, &hex, err));
    if (node_file_exists(path))
        ENT_TRY(node_file_read(arena, path, 65 * (size_t)LINK_KEYS_MAX, &list, err));
    if (list.size >= 65 * (size_t)(LINK_KEYS_MAX - 1))
        list.size = 65 * (size_t)(LINK_KEYS_MAX - 1);
    text = ent_str_starts(list, hex)
               ? list
               : ent_arena_printf(arena, "%.*s\n%.*s", ENT_STR_ARG(hex), ENT_STR_ARG(list));
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    return node_file_write(path, ent_span_of_str(text), 0644, err);
}

static ent_code olds_wipe(ent_arena *arena, const char *keys, ent_err *err)
{
    for (size_t i = 0; i < FILES; i++)
        ENT_TRY(node_file_wipe(node_path(arena, "%s/old/%s", keys, files[i]), err));
    (void)rmdir(node_path(arena, "%s/old", keys));
    (void)rmdir(node_path(arena, "%s/next", keys));
    return ENT_OK;
}

/* From the second step on it only goes forward, also after a crash. */
static ent_code take_into_use(ent_arena *arena, const node_home *home, node_renewal *r,
                              enum state state, const node_peer *peers, size_t count, ent_err *err)
{
    const char *keys = node_path(arena, "%s/keys", home->path);

    if (state == ANNOUNCED) {
        ENT_TRY(mirrors_reseal(arena, home, peers, count, err));
        ENT_TRY(state_write(arena, home, r, SWITCHING, err));
    }
    ENT_TRY(files_move(arena, keys, err));
    ENT_TRY(boxes_note(arena, keys, err));
    ENT_TRY(olds_wipe(arena, keys, err));
    /* Written with our new box, so that whoever serves and calls them starts anew. */
    for (size_t i = 0; i < count; i++)
        ENT_TRY(node_peer_change(arena, home, peers[i].code, NULL, NULL, err));
    r->under_way = false;
    return state_write(arena, home, r, DONE, err);
}

/* ---- the whole ---- */

/* The overlap ends, unless it was renewed again meanwhile. */
static ent_code overlap_end(void *arg, node_peer *peer, ent_err *err)
{
    const ent_time *now = arg;

    (void)err;
    if (!peer->renewal.overlap || peer->renewal.until > *now)
        return ENT_NO;
    peer->renewal.overlap = false;
    return ENT_OK;
}

static ent_code pins_forget(ent_arena *arena, const node_home *home, node_peer *peers, size_t count,
                            ent_time now, ent_time *next, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        node_peer_renewal *r = &peers[i].renewal;

        if (!r->overlap)
            continue;
        if (r->until > now) {
            *next = r->until < *next ? r->until : *next;
            continue;
        }
        r->overlap = false;
        ENT_TRY(node_peer_change(arena, home, peers[i].code, overlap_end, &now, err));
    }
    return ENT_OK;
}

ent_code node_renew_due(node_desk *nd, ent_arena *arena, bool end, ent_time *next, ent_err *err)
{
    const node_home *home = node_desk_home(nd);
    ent_time now = node_desk_desk(nd)->now;
    bool waits = false;
    enum state state;
    node_peer *peers;
    node_renewal r;
    size_t count;

    *next = ENT_TIME_NEVER;
    ENT_TRY(node_peer_list(arena, home, &peers, &count, err));
    ENT_TRY(pins_forget(arena, home, peers, count, now, next, err));
    ENT_TRY(state_read(arena, home, &r, &state, err));
    if (r.number == 0)
        return ENT_OK;
    for (size_t i = 0; i < count; i++)
        waits = waits || node_renew_waits(&r, &peers[i]);
    if (state == ANNOUNCED && waits && !end && now < r.until) {
        *next = r.until < *next ? r.until : *next;
        return tell(nd, arena, &r, peers, count, err);
    }
    if (state != DONE)
        ENT_TRY(take_into_use(arena, home, &r, state, peers, count, err));
    return tell(nd, arena, &r, peers, count, err);
}

ent_code node_renew_begin(node_desk *nd, ent_arena *arena, int64_t days, ent_err *err)
{
    static const char *const roles[] = { "border", "courier" };
    const node_home *home = node_desk_home(nd);
    const char *next = node_path(arena, "%s/keys/next", home->path);
    enum state state;
    node_renewal r;
    ent_time at;

    ENT_TRY(state_read(arena, home, &r, &state, err));
    if (state != DONE)
        return ent_fail(err, ENT_CONFLICT,
                        "the keys are being renewed; `entente key show` says who has not heard, "
                        "`key renew --finish` does not wait for them");
    r = (node_renewal){ .number = r.number + 1,
                        .under_way = true,
                        .until = node_desk_desk(nd)->now + days * ENT_DAY_TIME };
    ENT_TRY(node_box_make(arena, next, err));
    for (size_t i = 0; i < 2; i++)
        ENT_TRY(node_tls_pair_make(arena, next, home->code, roles[i], home->client, err));
    ENT_TRY(state_write(arena, home, &r, ANNOUNCED, err));
    ENT_TRY(node_renew_due(nd, arena, false, &at, err));
    return node_desk_flush(nd, arena, err);
}
