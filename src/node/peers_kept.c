#include "node/peers_int.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/text.h"
#include "node/cards_int.h"
#include "node/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const state_names[] = { "joined", "confirmed", "suspended", "held" };

const char *node_peer_state_name(node_peer_state state)
{
    return state_names[state];
}

bool node_peer_works(node_peer_state state)
{
    return state == NODE_PEER_CONFIRMED || state == NODE_PEER_SUSPENDED;
}

const char *node_peer_file(ent_arena *arena, const node_home *home, const char *code)
{
    return node_path(arena, "%s/links/%s/peer.json", home->path, code);
}

/* Whoever reads a peer to write it holds this; reading alone needs none. */
ent_code node_peers_lock(ent_arena *arena, const node_home *home, int *lock, ent_err *err)
{
    return node_lock(node_path(arena, "%s/run/peers.lock", home->path), true, lock, err);
}

static void keys_write(ent_jw *w, const char *name, const link_keys *keys)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < keys->count; i++)
        ent_jw_hex(w, keys->key[i], NODE_KEY_SIZE);
    ent_jw_end(w);
}

static void hex_write(ent_jw *w, const char *name, const uint8_t key[32])
{
    ent_jw_key(w, name);
    ent_jw_hex(w, key, 32);
}

static void renewal_write(ent_jw *w, const node_peer *peer)
{
    const node_peer_renewal *r = &peer->renewal;

    ent_jw_key(w, "renewal");
    ent_jw_object(w);
    hex_write(w, "border", peer->border_pin);
    hex_write(w, "border_before", r->border_before);
    hex_write(w, "box", peer->box);
    keys_write(w, "boxes", &r->boxes);
    hex_write(w, "courier", peer->courier_pin);
    hex_write(w, "courier_before", r->courier_before);
    ent_jw_key(w, "number");
    ent_jw_int(w, r->number);
    ent_jw_key(w, "overlap");
    ent_jw_bool(w, r->overlap);
    ent_jw_key(w, "until");
    ent_jw_int(w, r->until);
    ent_jw_end(w);
}

ent_code node_peer_save(ent_arena *arena, const node_home *home, const node_peer *peer,
                        ent_str card, ent_err *err)
{
    ent_str text, box;
    ent_buf buf;
    ent_jw w;

    /* Not the one in `home`: a process that was there before it was renewed has the old one. */
    ENT_TRY(node_file_read(arena, node_path(arena, "%s/keys/box.pk", home->path), 64, &box, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "address");
    ent_jw_c(&w, peer->address);
    ent_jw_key(&w, "card");
    ent_jw_raw(&w, card);
    ent_jw_key(&w, "key_number");
    ent_jw_int(&w, peer->key_number);
    ent_jw_key(&w, "heard");
    ent_jw_int(&w, peer->renewal.heard);
    keys_write(&w, "keys", &peer->keys);
    /* So that whoever works the link learns when ours change. */
    ent_jw_key(&w, "our_box");
    ent_jw_str(&w, box);
    ent_jw_key(&w, "our_key");
    ent_jw_hex(&w, node_home_key(home), NODE_KEY_SIZE);
    if (peer->renewal.number > 0)
        renewal_write(&w, peer);
    if (peer->versions.max > 0) {
        ent_jw_key(&w, "versions");
        ent_jw_array(&w);
        ent_jw_int(&w, peer->versions.min);
        ent_jw_int(&w, peer->versions.max);
        ent_jw_end(&w);
    }
    ent_jw_key(&w, "state");
    ent_jw_c(&w, state_names[peer->state]);
    ent_jw_key(&w, "words");
    ent_jw_c(&w, peer->words);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(node_peer_file(arena, home, peer->code), ent_span_of_str(text), 0600,
                           err);
}

static ent_code keys_read(ent_json list, link_keys *keys, ent_err *err)
{
    keys->count = 0;
    for (ent_json v = ent_json_first(list); v.doc != NULL && keys->count < LINK_KEYS_MAX;
         v = ent_json_next(v))
        ENT_TRY(ent_hex_read(ent_json_str(v), keys->key[keys->count++], NODE_KEY_SIZE, err));
    return ENT_OK;
}

static ent_code renewal_read(ent_json json, node_peer *peer, ent_err *err)
{
    node_peer_renewal *r = &peer->renewal;

    ENT_TRY(node_card_key(json, "border", peer->border_pin, err));
    ENT_TRY(node_card_key(json, "courier", peer->courier_pin, err));
    ENT_TRY(node_card_key(json, "box", peer->box, err));
    ENT_TRY(node_card_key(json, "border_before", r->border_before, err));
    ENT_TRY(node_card_key(json, "courier_before", r->courier_before, err));
    (void)ent_json_int(ent_json_get(json, "number"), &r->number);
    (void)ent_json_int(ent_json_get(json, "until"), &r->until);
    r->overlap = ent_json_true(ent_json_get(json, "overlap"));
    return keys_read(ent_json_get(json, "boxes"), &r->boxes, err);
}

/* What came after the card.  Files of an older version have none of it. */
static ent_code since_read(ent_arena *arena, ent_json root, node_peer *peer, ent_err *err)
{
    ent_json keys = ent_json_get(root, "keys"), versions = ent_json_get(root, "versions");
    ent_str address = ent_json_get_text(root, "address");
    int64_t min = 0, max = 0;

    if (address.size > 0) {
        address = ent_arena_str(arena, address);
        if (address.ptr == NULL)
            return ent_fail_arena(err);
        peer->address = address.ptr;
    }
    if (keys.doc != NULL)
        ENT_TRY(keys_read(keys, &peer->keys, err));
    (void)ent_json_int(ent_json_get(root, "key_number"), &peer->key_number);
    (void)ent_json_int(ent_json_get(root, "heard"), &peer->renewal.heard);
    if (ent_json_get(root, "renewal").doc != NULL)
        ENT_TRY(renewal_read(ent_json_get(root, "renewal"), peer, err));
    if (ent_json_int(ent_json_first(versions), &min) &&
        ent_json_int(ent_json_next(ent_json_first(versions)), &max))
        peer->versions = (link_versions){ (unsigned)min, (unsigned)max };
    return ENT_OK;
}

ent_code node_peer_load(ent_arena *arena, const node_home *home, const char *code, node_peer *peer,
                        ent_str *card, ent_err *err)
{
    ent_str text, state, words;
    ent_json root;
    size_t i;

    if (node_file_read(arena, node_peer_file(arena, home, code), NODE_CARD_LIMIT * 2, &text, err) !=
        ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? ent_fail(err, ENT_NOT_FOUND,
                              "there is no peer '%s'; `entente peer list` shows all", code)
                   : err->code;
    if (ent_json_read(arena, text, &root, err) != ENT_OK ||
        node_card_read(arena, ent_json_get(root, "card"), peer, err) != ENT_OK)
        return ent_context(err, "%s", node_peer_file(arena, home, code));
    if (peer->exercise != (home->clock != NULL))
        return ent_fail(
            err, ENT_DENIED, "%s: the link is %s and this node is %s: they never mix [exercise]",
            node_peer_file(arena, home, code), peer->exercise ? "of an exercise" : "live",
            home->clock != NULL ? "on exercise" : "live");
    state = ent_json_get_text(root, "state");
    words = ent_json_get_text(root, "words");
    for (i = 0; i < 4 && !ent_str_is(state, state_names[i]); i++)
        ;
    if (i == 4 || words.size >= NODE_WORDS_SIZE)
        return ent_fail(err, ENT_CONFIG, "%s: member 'state' or 'words' is damaged",
                        node_peer_file(arena, home, code));
    ENT_TRY(since_read(arena, root, peer, err));
    peer->state = (node_peer_state)i;
    memcpy(peer->words, words.ptr, words.size);
    *card = ent_json_raw(ent_json_get(root, "card"));
    return ENT_OK;
}

ent_code node_peer_get(ent_arena *arena, const node_home *home, const char *code, node_peer *peer,
                       ent_err *err)
{
    ent_str card;

    if (!node_code_valid(code))
        return ent_fail(err, ENT_NOT_FOUND, "'%s' is no peer's code", code);
    return node_peer_load(arena, home, code, peer, &card, err);
}

static int by_code(const void *a, const void *b)
{
    return strcmp(((const node_peer *)a)->code, ((const node_peer *)b)->code);
}

ent_code node_peer_list(ent_arena *arena, const node_home *home, node_peer **peers, size_t *count,
                        ent_err *err)
{
    const char *path = node_path(arena, "%s/links", home->path);
    ent_code rc = ENT_OK;
    size_t room = 64;
    DIR *dir = opendir(path);

    *count = 0;
    *peers = ent_arena_array(arena, room, sizeof **peers);
    if (dir == NULL)
        return ent_fail(err, ENT_IO, "cannot read the folder '%s': %s", path, strerror(errno));
    if (*peers == NULL) {
        rc = ent_fail_arena(err);
        goto out;
    }
    for (struct dirent *e = readdir(dir); e != NULL && rc == ENT_OK; e = readdir(dir)) {
        if (!node_code_valid(e->d_name) ||
            !node_file_exists(node_peer_file(arena, home, e->d_name)))
            continue;
        if (*count == room) {
            node_peer *grown = ent_arena_array(arena, room * 2, sizeof *grown);

            if (grown == NULL) {
                rc = ent_fail_arena(err);
                goto out;
            }
            memcpy(grown, *peers, room * sizeof *grown);
            *peers = grown;
            room *= 2;
        }
        rc = node_peer_get(arena, home, e->d_name, &(*peers)[*count], err);
        *count += rc == ENT_OK;
    }
    qsort(*peers, *count, sizeof **peers, by_code);
out:
    (void)closedir(dir);
    return rc;
}

ent_code node_peer_change(ent_arena *arena, const node_home *home, const char *code,
                          node_peer_change_fn *change, void *arg, ent_err *err)
{
    ent_str card = ENT_STR_NONE;
    node_peer peer = { 0 };
    ent_code rc;
    int lock;

    if (!node_code_valid(code))
        return ent_fail(err, ENT_NOT_FOUND, "'%s' is no peer's code", code);
    ENT_TRY(node_peers_lock(arena, home, &lock, err));
    rc = node_peer_load(arena, home, code, &peer, &card, err);
    if (rc == ENT_OK && change != NULL)
        rc = change(arg, &peer, err);
    if (rc == ENT_OK)
        rc = node_peer_save(arena, home, &peer, card, err);
    (void)close(lock);
    return rc == ENT_NO ? ENT_OK : rc;
}

const uint8_t *node_peer_key(const node_peer *peer)
{
    return peer->keys.count > 0 ? peer->keys.key[0] : peer->identity;
}
