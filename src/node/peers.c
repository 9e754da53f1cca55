#include "node/peers.h"

#include "base/hash.h"
#include "base/text.h"
#include "http/tls.h"
#include "node/cards_int.h"
#include "node/files.h"
#include "node/peers_int.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

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

    ENT_TRY(node_card_write(arena, home, address, NULL, &card, err));
    digest = ent_hash_of(card.ptr, card.size);
    ENT_TRY(
        node_file_write(invitation_file(arena, home, &digest), ent_span_of_str(card), 0600, err));
    return out_write(path, card, err);
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
    if (!node_file_exists(node_peer_file(arena, home, peer->code)))
        return ENT_OK;
    ENT_TRY(node_peer_get(arena, home, peer->code, &known, err));
    if (known.state != NODE_PEER_JOINED)
        return ent_fail(err, ENT_CONFLICT, "there is a peer '%s' already; remove it first",
                        peer->code);
    return ENT_OK;
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
    ENT_TRY(node_card_write(arena, home, address, &digest, &reply, err));
    node_card_words(invitation, reply, peer->words);
    ENT_TRY(node_peer_save(arena, home, peer, invitation, err));
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
    node_card_words(invitation, reply, peer->words);
    ENT_TRY(node_peer_save(arena, home, peer, reply, err));
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
    ENT_TRY(node_card_canon(arena, root, &canonical, err));
    if (!ent_str_is(type, "entente-invitation") && !ent_str_is(type, "entente-reply"))
        return ent_fail(err, ENT_FORMAT,
                        "member 'type' is neither entente-invitation nor entente-reply");
    ENT_TRY(node_card_read(arena, root, peer, err));
    ENT_TRY(node_peers_lock(arena, home, &lock, err));
    rc = card_admit(arena, home, peer, err);
    if (rc == ENT_OK && ent_str_is(type, "entente-invitation"))
        rc = invitation_join(arena, home, canonical, address, reply_path, peer, err);
    else if (rc == ENT_OK)
        rc = reply_join(arena, home, root, canonical, peer, err);
    (void)close(lock);
    return rc;
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
    ENT_TRY(node_card_reader(arena, home, code, name, rc == ENT_OK ? &old : NULL, pin, &card, err));
    ENT_TRY(ent_json_read(arena, card, &json, err));
    ENT_TRY(node_card_read(arena, json, peer, err));
    peer->state = rc == ENT_OK && old.state == NODE_PEER_SUSPENDED ? NODE_PEER_SUSPENDED
                                                                   : NODE_PEER_CONFIRMED;
    peer->keys = old.keys;
    peer->versions = old.versions;
    return node_peer_save(arena, home, peer, card, err);
}

ent_code node_peer_reader(ent_arena *arena, const node_home *home, const char *code, ent_str name,
                          ent_str certificate, node_peer *peer, ent_err *err)
{
    uint8_t pin[HTTP_PIN_SIZE];
    ent_code rc;
    int lock;

    ENT_TRY(http_tls_pin(certificate, pin, err));
    ENT_TRY(node_peers_lock(arena, home, &lock, err));
    rc = reader_put(arena, home, code, name, pin, peer, err);
    (void)close(lock);
    return rc;
}

/* ---- changing what is kept ---- */

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

ent_code node_peer_remove(ent_arena *arena, const node_home *home, const char *code, ent_err *err)
{
    node_peer peer = { 0 };
    ent_code rc;
    int lock;

    /* The logs stay: what was said is not unsaid by ending a link. */
    ENT_TRY(node_peers_lock(arena, home, &lock, err));
    rc = node_peer_get(arena, home, code, &peer, err);
    if (rc == ENT_OK)
        rc = node_file_remove(node_peer_file(arena, home, code), err);
    (void)close(lock);
    return rc;
}
