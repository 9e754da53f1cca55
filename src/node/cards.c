#include "node/cards_int.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "base/text.h"
#include "http/tls.h"
#include "node/files.h"

#include <sodium.h>

#define READER "entente-reader" /* type of a card that we wrote for a partner without a node */

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

void node_card_words(ent_str invitation, ent_str reply, char words[NODE_WORDS_SIZE])
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
ent_code node_card_write(ent_arena *arena, const node_home *home, const char *address,
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

ent_code node_card_key(ent_json card, const char *name, uint8_t key[32], ent_err *err)
{
    if (ent_hex_read(ent_json_get_text(card, name), key, 32, err) != ENT_OK)
        return ent_context(err, "member '%s' of the card", name);
    return ENT_OK;
}

ent_code node_card_read(ent_arena *arena, ent_json card, node_peer *peer, ent_err *err)
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
    ENT_TRY(node_card_key(card, "identity", peer->identity, err));
    ENT_TRY(node_card_key(card, "box", peer->box, err));
    ENT_TRY(node_card_key(card, "courier", peer->courier_pin, err));
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
        ENT_TRY(node_card_key(card, "recovery", peer->recovery, err));
    if (ent_json_get(card, "key").doc != NULL) {
        ENT_TRY(node_card_key(card, "key", peer->keys.key[0], err));
        peer->keys.count = 1;
    }
    return node_card_key(card, "border", peer->border_pin, err);
}

/* The card's canonical text: what both ends hash. */
ent_code node_card_canon(ent_arena *arena, ent_json card, ent_str *text, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ENT_TRY(ent_json_canon(card, &buf, err));
    return ent_buf_done(&buf, text, err);
}

/* The card of a partner without a node.  What is sealed to it nobody opens: the log is to show
 * what left, and what it reads is made beside it. */
ent_code node_card_reader(ent_arena *arena, const node_home *home, const char *code, ent_str name,
                          const node_peer *old, const uint8_t pin[32], ent_str *text, ent_err *err)
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
