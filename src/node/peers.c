#include "node/peers.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "base/text.h"
#include "http/tls.h"
#include "node/files.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define READER "entente-reader" /* type of a card that we wrote for a partner without a node */

static const char *const state_names[] = { "joined", "confirmed", "suspended", "held" };

const char *node_peer_state_name(node_peer_state state)
{
    return state_names[state];
}

bool node_peer_works(node_peer_state state)
{
    return state == NODE_PEER_CONFIRMED || state == NODE_PEER_SUSPENDED;
}

/* A word is consonant, vowel, consonant, vowel: 16 x 4 x 16 x 2 = 2,048, made by
 * rule, so that it is the same list for every language and sayable in most. */
void node_words_write(const uint8_t hash[32], char out[NODE_WORDS_SIZE])
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou", last[] = "ao";
    size_t to = 0;

    for (size_t word = 0; word < 12; word++) {
        unsigned bits = 0;

        for (size_t i = 0; i < 11; i++) {
            size_t bit = word * 11 + i;

            bits = bits << 1 | (unsigned)(hash[bit / 8] >> (7 - bit % 8) & 1);
        }
        if (word > 0)
            out[to++] = ' ';
        out[to++] = consonants[bits >> 7 & 15];
        out[to++] = vowels[bits >> 5 & 3];
        out[to++] = consonants[bits >> 1 & 15];
        out[to++] = last[bits & 1];
    }
    out[to] = '\0';
}

/* ---- cards ---- */

static ent_code pin_of(ent_arena *arena, const node_home *home, const char *role,
                       uint8_t pin[HTTP_PIN_SIZE], ent_err *err)
{
    ent_str pem;

    ENT_TRY(node_file_read(arena, node_path(arena, "%s/keys/%s.crt", home->path, role),
                           NODE_CARD_LIMIT, &pem, err));
    return http_tls_pin(pem, pin, err);
}

/* Nodes of an older version have none, and link anew when they lose their key. */
static ent_code recovery_find(ent_arena *arena, const node_home *home, ent_str *hex, bool *found,
                              ent_err *err)
{
    const char *path = node_path(arena, "%s/keys/recovery.pk", home->path);

    *found = node_file_exists(path);
    return *found ? node_file_read(arena, path, 64, hex, err) : ENT_OK;
}

/* Our own card; `answers` is the digest of the invitation it replies to, or NULL. */
static ent_code card_write(ent_arena *arena, const node_home *home, const char *address,
                           const ent_hash *answers, ent_str *text, ent_err *err)
{
    uint8_t nonce[32], border_pin[32], courier_pin[32];
    ent_str recovery = ENT_STR_NONE;
    bool has_recovery;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(recovery_find(arena, home, &recovery, &has_recovery, err));
    ENT_TRY(pin_of(arena, home, "border", border_pin, err));
    ENT_TRY(pin_of(arena, home, "courier", courier_pin, err));
    randombytes_buf(nonce, sizeof nonce);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "address");
    ent_jw_c(&w, address);
    if (answers != NULL) {
        ent_jw_key(&w, "answers");
        ent_jw_hex(&w, answers->bytes, ENT_HASH_SIZE);
    }
    ent_jw_key(&w, "border");
    ent_jw_hex(&w, border_pin, sizeof border_pin);
    ent_jw_key(&w, "box");
    ent_jw_hex(&w, home->box, sizeof home->box);
    ent_jw_key(&w, "code");
    ent_jw_c(&w, home->code);
    ent_jw_key(&w, "courier");
    ent_jw_hex(&w, courier_pin, sizeof courier_pin);
    ent_jw_key(&w, "exercise");
    ent_jw_bool(&w, home->clock != NULL);
    ent_jw_key(&w, "identity");
    ent_jw_hex(&w, home->identity, sizeof home->identity);
    if (home->keys.count > 0) {
        ent_jw_key(&w, "key");
        ent_jw_hex(&w, node_home_key(home), NODE_KEY_SIZE);
    }
    ent_jw_key(&w, "name");
    ent_jw_str(&w, home->name);
    ent_jw_key(&w, "nonce");
    ent_jw_hex(&w, nonce, sizeof nonce);
    if (has_recovery) {
        ent_jw_key(&w, "recovery");
        ent_jw_str(&w, recovery);
    }
    ent_jw_key(&w, "type");
    ent_jw_c(&w, answers == NULL ? "entente-invitation" : "entente-reply");
    ent_jw_key(&w, "v");
    ent_jw_int(&w, 1);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

static ent_code card_key(ent_json card, const char *name, uint8_t key[32], ent_err *err)
{
    if (ent_hex_read(ent_json_get_text(card, name), key, 32, err) != ENT_OK)
        return ent_context(err, "member '%s' of the card", name);
    return ENT_OK;
}

static ent_code card_read(ent_arena *arena, ent_json card, node_peer *peer, ent_err *err)
{
    ent_str code = ent_json_get_text(card, "code"), address = ent_json_get_text(card, "address");
    ent_str copy;
    int64_t version;

    *peer = (node_peer){ .name = ent_json_get_text(card, "name") };
    if (!ent_json_int(ent_json_get(card, "v"), &version) || version != 1)
        return ent_fail(err, ENT_FORMAT, "member 'v' of the card is not 1");
    if (code.size == 0 || code.size >= NODE_CODE_SIZE)
        return ent_fail(err, ENT_FORMAT, "member 'code' of the card is not 2 to 8 of A-Z and 0-9");
    memcpy(peer->code, code.ptr, code.size);
    if (!node_code_valid(peer->code))
        return ent_fail(err, ENT_FORMAT, "member 'code' of the card is not 2 to 8 of A-Z and 0-9");
    if (peer->name.size == 0 || peer->name.size > 200)
        return ent_fail(err, ENT_FORMAT, "member 'name' of the card is not 1 to 200 bytes of text");
    peer->exercise = ent_json_true(ent_json_get(card, "exercise"));
    ENT_TRY(card_key(card, "identity", peer->identity, err));
    ENT_TRY(card_key(card, "box", peer->box, err));
    ENT_TRY(card_key(card, "courier", peer->courier_pin, err));
    peer->reader = ent_str_is(ent_json_get_text(card, "type"), READER);
    peer->address = "";
    if (peer->reader)
        return ENT_OK;
    if (!ent_str_starts(address, ENT_STR("https://")) || address.size > 300 ||
        memchr(address.ptr, '\0', address.size) != NULL)
        return ent_fail(err, ENT_FORMAT, "member 'address' of the card is no https:// address");
    copy = ent_arena_str(arena, address);
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    peer->address = copy.ptr;
    peer->recoverable = ent_json_get(card, "recovery").doc != NULL;
    if (peer->recoverable)
        ENT_TRY(card_key(card, "recovery", peer->recovery, err));
    if (ent_json_get(card, "key").doc != NULL) {
        ENT_TRY(card_key(card, "key", peer->keys.key[0], err));
        peer->keys.count = 1;
    }
    return card_key(card, "border", peer->border_pin, err);
}

/* ---- the folder of a peer ---- */

static const char *peer_file(ent_arena *arena, const node_home *home, const char *code)
{
    return node_path(arena, "%s/links/%s/peer.json", home->path, code);
}

/* Whoever reads a peer to write it holds this; reading alone needs none. */
static ent_code peers_lock(ent_arena *arena, const node_home *home, int *lock, ent_err *err)
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

static ent_code peer_save(ent_arena *arena, const node_home *home, const node_peer *peer,
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
    return node_file_write(peer_file(arena, home, peer->code), ent_span_of_str(text), 0600, err);
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

    ENT_TRY(card_key(json, "border", peer->border_pin, err));
    ENT_TRY(card_key(json, "courier", peer->courier_pin, err));
    ENT_TRY(card_key(json, "box", peer->box, err));
    ENT_TRY(card_key(json, "border_before", r->border_before, err));
    ENT_TRY(card_key(json, "courier_before", r->courier_before, err));
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

static ent_code peer_load(ent_arena *arena, const node_home *home, const char *code,
                          node_peer *peer, ent_str *card, ent_err *err)
{
    ent_str text, state, words;
    ent_json root;
    size_t i;

    if (node_file_read(arena, peer_file(arena, home, code), NODE_CARD_LIMIT * 2, &text, err) !=
        ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? ent_fail(err, ENT_NOT_FOUND,
                              "there is no peer '%s'; `entente peer list` shows all", code)
                   : err->code;
    if (ent_json_read(arena, text, &root, err) != ENT_OK ||
        card_read(arena, ent_json_get(root, "card"), peer, err) != ENT_OK)
        return ent_context(err, "%s", peer_file(arena, home, code));
    if (peer->exercise != (home->clock != NULL))
        return ent_fail(err, ENT_DENIED,
                        "%s: the link is %s and this node is %s: they never mix [exercise]",
                        peer_file(arena, home, code), peer->exercise ? "of an exercise" : "live",
                        home->clock != NULL ? "on exercise" : "live");
    state = ent_json_get_text(root, "state");
    words = ent_json_get_text(root, "words");
    for (i = 0; i < 4 && !ent_str_is(state, state_names[i]); i++)
        ;
    if (i == 4 || words.size >= NODE_WORDS_SIZE)
        return ent_fail(err, ENT_CONFIG, "%s: member 'state' or 'words' is damaged",
                        peer_file(arena, home, code));
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
    return peer_load(arena, home, code, peer, &card, err);
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
        if (!node_code_valid(e->d_name) || !node_file_exists(peer_file(arena, home, e->d_name)))
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

/* ---- linking ---- */

static ent_code out_write(const char *path, ent_str text, ent_err *err)
{
    if (strcmp(path, "-") != 0)
        return node_file_write(path, ent_span_of_str(text), 0600, err);
    (void)fwrite(text.ptr, 1, text.size, stdout);
    (void)fputc('\n', stdout);
    return ENT_OK;
}

static const char *invitation_file(ent_arena *arena, const node_home *home, const ent_hash *digest)
{
    char hex[2 * ENT_HASH_SIZE + 1];

    ent_hex_write(digest->bytes, ENT_HASH_SIZE, hex);
    return node_path(arena, "%s/links/.invitations/%s", home->path, hex);
}

ent_code node_peer_invite(ent_arena *arena, const node_home *home, const char *address,
                          const char *path, ent_err *err)
{
    ent_str card;
    ent_hash digest;

    ENT_TRY(card_write(arena, home, address, NULL, &card, err));
    digest = ent_hash_of(card.ptr, card.size);
    ENT_TRY(
        node_file_write(invitation_file(arena, home, &digest), ent_span_of_str(card), 0600, err));
    return out_write(path, card, err);
}

static void words_make(ent_str invitation, ent_str reply, char words[NODE_WORDS_SIZE])
{
    const ent_span pieces[] = {
        { "entente link v1\n", 16 },
        { invitation.ptr, invitation.size },
        { "\n", 1 },
        { reply.ptr, reply.size },
    };
    ent_hash hash = ent_hash_pieces(pieces, 4);

    node_words_write(hash.bytes, words);
}

ent_code node_peer_pin_free(ent_arena *arena, const node_home *home, const char *code,
                            const uint8_t pin[32], ent_err *err)
{
    node_peer *peers;
    size_t count;

    ENT_TRY(node_peer_list(arena, home, &peers, &count, err));
    for (size_t i = 0; i < count; i++)
        if (strcmp(peers[i].code, code) != 0 &&
            (memcmp(peers[i].courier_pin, pin, 32) == 0 ||
             (peers[i].renewal.overlap && memcmp(peers[i].renewal.courier_before, pin, 32) == 0)))
            return ent_fail(err, ENT_CONFLICT, "the certificate is that of '%s'", peers[i].code);
    return ENT_OK;
}

/* May this card become a peer? */
static ent_code card_admit(ent_arena *arena, const node_home *home, const node_peer *peer,
                           ent_err *err)
{
    node_peer known = { 0 };

    if (strcmp(peer->code, home->code) == 0 || memcmp(peer->identity, home->identity, 32) == 0)
        return ent_fail(err, ENT_CONFLICT,
                        "the card is this node's own, or of a node with its code '%s'", home->code);
    if (peer->exercise != (home->clock != NULL))
        return ent_fail(err, ENT_DENIED,
                        "one node is on exercise and the other is live: they never link");
    ENT_TRY(node_peer_pin_free(arena, home, peer->code, peer->courier_pin, err));
    if (!node_file_exists(peer_file(arena, home, peer->code)))
        return ENT_OK;
    ENT_TRY(node_peer_get(arena, home, peer->code, &known, err));
    if (known.state != NODE_PEER_JOINED)
        return ent_fail(err, ENT_CONFLICT, "there is a peer '%s' already; remove it first",
                        peer->code);
    return ENT_OK;
}

/* The card's canonical text: what both ends hash. */
static ent_code card_canon(ent_arena *arena, ent_json card, ent_str *text, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ENT_TRY(ent_json_canon(card, &buf, err));
    return ent_buf_done(&buf, text, err);
}

static ent_code invitation_join(ent_arena *arena, const node_home *home, ent_str invitation,
                                const char *address, const char *reply_path, node_peer *peer,
                                ent_err *err)
{
    ent_hash digest = ent_hash_of(invitation.ptr, invitation.size);
    ent_str reply;

    if (reply_path == NULL)
        return ent_fail(err, ENT_USAGE,
                        "this is an invitation: say with --out where the reply goes");
    ENT_TRY(card_write(arena, home, address, &digest, &reply, err));
    words_make(invitation, reply, peer->words);
    ENT_TRY(peer_save(arena, home, peer, invitation, err));
    return out_write(reply_path, reply, err);
}

static ent_code reply_join(ent_arena *arena, const node_home *home, ent_json root, ent_str reply,
                           node_peer *peer, ent_err *err)
{
    ent_str invitation;
    ent_hash digest;

    ENT_TRY(ent_hex_read(ent_json_get_text(root, "answers"), digest.bytes, ENT_HASH_SIZE, err));
    if (node_file_read(arena, invitation_file(arena, home, &digest), NODE_CARD_LIMIT, &invitation,
                       err) != ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? ent_fail(err, ENT_NOT_FOUND,
                              "the reply answers no open invitation of this node")
                   : err->code;
    words_make(invitation, reply, peer->words);
    ENT_TRY(peer_save(arena, home, peer, reply, err));
    return node_file_remove(invitation_file(arena, home, &digest), err);
}

ent_code node_peer_join(ent_arena *arena, const node_home *home, ent_str card, const char *address,
                        const char *reply_path, node_peer *peer, ent_err *err)
{
    ent_str type, canonical;
    ent_json root;
    ent_code rc;
    int lock;

    if (ent_json_read(arena, card, &root, err) != ENT_OK)
        return ent_context(err, "the card");
    type = ent_json_get_text(root, "type");
    ENT_TRY(card_canon(arena, root, &canonical, err));
    if (!ent_str_is(type, "entente-invitation") && !ent_str_is(type, "entente-reply"))
        return ent_fail(err, ENT_FORMAT,
                        "member 'type' is neither entente-invitation nor entente-reply");
    ENT_TRY(card_read(arena, root, peer, err));
    ENT_TRY(peers_lock(arena, home, &lock, err));
    rc = card_admit(arena, home, peer, err);
    if (rc == ENT_OK && ent_str_is(type, "entente-invitation"))
        rc = invitation_join(arena, home, canonical, address, reply_path, peer, err);
    else if (rc == ENT_OK)
        rc = reply_join(arena, home, root, canonical, peer, err);
    (void)close(lock);
    return rc;
}

/* The card of a partner without a node.  What is sealed to it nobody opens: the log is to show
 * what left, and what it reads is made beside it. */
static ent_code reader_card(ent_arena *arena, const node_home *home, const char *code, ent_str name,
                            const node_peer *old, const uint8_t pin[32], ent_str *text,
                            ent_err *err)
{
    uint8_t box[32], secret[32];
    ent_buf buf;
    ent_jw w;

    (void)crypto_box_keypair(box, secret);
    sodium_memzero(secret, sizeof secret);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "box");
    ent_jw_hex(&w, old != NULL ? old->box : box, 32);
    ent_jw_key(&w, "code");
    ent_jw_c(&w, code);
    ent_jw_key(&w, "courier");
    ent_jw_hex(&w, pin, 32);
    ent_jw_key(&w, "exercise");
    ent_jw_bool(&w, home->clock != NULL);
    ent_jw_key(&w, "identity"); /* its first certificate: what agreements name it by */
    ent_jw_hex(&w, old != NULL ? old->identity : pin, 32);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, name);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, READER);
    ent_jw_key(&w, "v");
    ent_jw_int(&w, 1);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

static ent_code reader_admit(ent_arena *arena, const node_home *home, const char *code,
                             const uint8_t pin[32], ent_err *err)
{
    ent_err why = { 0 };
    node_peer old = { 0 };
    ent_code rc;

    if (!node_code_valid(code) || strcmp(code, home->code) == 0)
        return ent_fail(err, ENT_USAGE, "'%s' is no code of 2 to 8 of A-Z and 0-9 for a partner",
                        code);
    rc = node_peer_get(arena, home, code, &old, &why);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    if (rc == ENT_OK && !old.reader)
        return ent_fail(err, ENT_CONFLICT, "'%s' is a node that we are linked to", code);
    return node_peer_pin_free(arena, home, code, pin, err);
}

static ent_code reader_put(ent_arena *arena, const node_home *home, const char *code, ent_str name,
                           const uint8_t pin[HTTP_PIN_SIZE], node_peer *peer, ent_err *err)
{
    node_peer old = { 0 };
    ent_err why = { 0 };
    ent_str card;
    ent_json json;
    ent_code rc;

    ENT_TRY(reader_admit(arena, home, code, pin, err));
    rc = node_peer_get(arena, home, code, &old, &why);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    ENT_TRY(reader_card(arena, home, code, name, rc == ENT_OK ? &old : NULL, pin, &card, err));
    ENT_TRY(ent_json_read(arena, card, &json, err));
    ENT_TRY(card_read(arena, json, peer, err));
    peer->state = rc == ENT_OK && old.state == NODE_PEER_SUSPENDED ? NODE_PEER_SUSPENDED
                                                                   : NODE_PEER_CONFIRMED;
    peer->keys = old.keys;
    peer->versions = old.versions;
    return peer_save(arena, home, peer, card, err);
}

ent_code node_peer_reader(ent_arena *arena, const node_home *home, const char *code, ent_str name,
                          ent_str certificate, node_peer *peer, ent_err *err)
{
    uint8_t pin[HTTP_PIN_SIZE];
    ent_code rc;
    int lock;

    ENT_TRY(http_tls_pin(certificate, pin, err));
    ENT_TRY(peers_lock(arena, home, &lock, err));
    rc = reader_put(arena, home, code, name, pin, peer, err);
    (void)close(lock);
    return rc;
}

/* ---- changing what is kept ---- */

ent_code node_peer_change(ent_arena *arena, const node_home *home, const char *code,
                          node_peer_change_fn *change, void *arg, ent_err *err)
{
    ent_str card = ENT_STR_NONE;
    node_peer peer = { 0 };
    ent_code rc;
    int lock;

    if (!node_code_valid(code))
        return ent_fail(err, ENT_NOT_FOUND, "'%s' is no peer's code", code);
    ENT_TRY(peers_lock(arena, home, &lock, err));
    rc = peer_load(arena, home, code, &peer, &card, err);
    if (rc == ENT_OK && change != NULL)
        rc = change(arg, &peer, err);
    if (rc == ENT_OK)
        rc = peer_save(arena, home, &peer, card, err);
    (void)close(lock);
    return rc == ENT_NO ? ENT_OK : rc;
}

static ent_code words_confirm(void *words, node_peer *peer, ent_err *err)
{
    size_t size = strlen(peer->words);

    if (strlen(words) != size || sodium_memcmp(words, peer->words, size) != 0)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the words are not those of this link: somebody may have changed a card; "
                        "`entente peer remove %s` and link anew",
                        peer->code);
    peer->state = NODE_PEER_CONFIRMED;
    return ENT_OK;
}

ent_code node_peer_confirm(ent_arena *arena, const node_home *home, const char *code,
                           const char *words, ent_err *err)
{
    char said[NODE_WORDS_SIZE];

    (void)snprintf(said, sizeof said, "%s", words);
    return node_peer_change(arena, home, code, words_confirm, said, err);
}

struct move {
    node_peer_state from, to;
};

static ent_code state_move(void *arg, node_peer *peer, ent_err *err)
{
    const struct move *move = arg;

    if (peer->state != move->from)
        return ent_fail(err, ENT_CONFLICT, "the link to %s is %s, not %s", peer->code,
                        node_peer_state_name(peer->state), node_peer_state_name(move->from));
    peer->state = move->to;
    return ENT_OK;
}

ent_code node_peer_suspend(ent_arena *arena, const node_home *home, const char *code, ent_err *err)
{
    struct move move = { NODE_PEER_CONFIRMED, NODE_PEER_SUSPENDED };

    return node_peer_change(arena, home, code, state_move, &move, err);
}

ent_code node_peer_resume(ent_arena *arena, const node_home *home, const char *code, ent_err *err)
{
    struct move move = { NODE_PEER_SUSPENDED, NODE_PEER_CONFIRMED };

    return node_peer_change(arena, home, code, state_move, &move, err);
}

static ent_code hold(void *arg, node_peer *peer, ent_err *err)
{
    (void)arg;
    (void)err;
    peer->state = NODE_PEER_HELD;
    return ENT_OK;
}

ent_code node_peer_hold(ent_arena *arena, const node_home *home, const char *code, ent_err *err)
{
    return node_peer_change(arena, home, code, hold, NULL, err);
}

const uint8_t *node_peer_key(const node_peer *peer)
{
    return peer->keys.count > 0 ? peer->keys.key[0] : peer->identity;
}

ent_code node_peer_remove(ent_arena *arena, const node_home *home, const char *code, ent_err *err)
{
    node_peer peer = { 0 };
    ent_code rc;
    int lock;

    /* The logs stay: what was said is not unsaid by ending a link. */
    ENT_TRY(peers_lock(arena, home, &lock, err));
    rc = node_peer_get(arena, home, code, &peer, err);
    if (rc == ENT_OK)
        rc = node_file_remove(peer_file(arena, home, code), err);
    (void)close(lock);
    return rc;
}
