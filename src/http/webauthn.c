#include "http/webauthn.h"

#include "base/hash.h"
#include "base/json.h"
#include "http/cbor_int.h"
#include "http/signature_int.h"

#include <sodium.h>

#define CLIENT_LIMIT  ((size_t)4096)
#define OBJECT_LIMIT  ((size_t)65536)
#define HEAD          ((size_t)37) /* host's hash, flags, counter */
#define USER_PRESENT  0x01
#define USER_VERIFIED 0x04
#define HAS_KEY       0x40

/* ---- what the browser says ---- */

static ent_code client_read(ent_arena *arena, ent_span bytes, ent_json *json, ent_err *err)
{
    if (bytes.size > CLIENT_LIMIT)
        return ent_fail(err, ENT_LIMIT, "client data of more than %zu bytes", CLIENT_LIMIT);
    return ent_json_read(arena, (ent_str){ bytes.ptr, bytes.size }, json, err);
}

static ent_code challenge_read(ent_json client, uint8_t challenge[WEBAUTHN_CHALLENGE], ent_err *err)
{
    ent_str text = ent_json_get_text(client, "challenge");
    size_t size = 0;

    if (text.ptr == NULL ||
        sodium_base642bin(challenge, WEBAUTHN_CHALLENGE, text.ptr, text.size, NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != WEBAUTHN_CHALLENGE)
        return ent_fail(err, ENT_FORMAT,
                        "client data without a challenge of %d bytes [WebAuthn 5.8.1]",
                        WEBAUTHN_CHALLENGE);
    return ENT_OK;
}

ent_code http_webauthn_challenge(ent_arena *arena, ent_span client_data,
                                 uint8_t challenge[WEBAUTHN_CHALLENGE], ent_err *err)
{
    ent_json client;

    ENT_TRY(client_read(arena, client_data, &client, err));
    return challenge_read(client, challenge, err);
}

static ent_code client_check(ent_arena *arena, const webauthn_wanted *wanted, ent_span bytes,
                             const char *type, ent_err *err)
{
    uint8_t challenge[WEBAUTHN_CHALLENGE];
    ent_json client;

    ENT_TRY(client_read(arena, bytes, &client, err));
    ENT_TRY(challenge_read(client, challenge, err));
    if (!ent_str_is(ent_json_get_text(client, "type"), type))
        return ent_fail(err, ENT_DENIED, "client data of another type than %s [WebAuthn 7]", type);
    if (sodium_memcmp(challenge, wanted->challenge, sizeof challenge) != 0)
        return ent_fail(err, ENT_DENIED, "client data for another challenge [WebAuthn 7]");
    if (!ent_str_equal(ent_json_get_text(client, "origin"), wanted->origin) ||
        ent_json_true(ent_json_get(client, "crossOrigin")))
        return ent_fail(err, ENT_DENIED, "client data of another origin [WebAuthn 7]");
    return ENT_OK;
}

/* ---- what the key says ---- */

static ent_code data_check(const webauthn_wanted *wanted, ent_span data, uint8_t flags,
                           uint32_t *counter, ent_err *err)
{
    const uint8_t *bytes = data.ptr;
    ent_hash host = ent_hash_of(wanted->host.ptr, wanted->host.size);

    if (data.size < HEAD)
        return ent_fail(err, ENT_FORMAT, "authenticator data of %zu bytes [WebAuthn 6.1]",
                        data.size);
    if (memcmp(bytes, host.bytes, sizeof host.bytes) != 0)
        return ent_fail(err, ENT_DENIED, "the key answered another host [WebAuthn 7]");
    if ((bytes[32] & flags) != flags)
        return ent_fail(err, ENT_DENIED, "the key has not verified its user [WebAuthn 7]");
    *counter = (uint32_t)bytes[33] << 24 | (uint32_t)bytes[34] << 16 | (uint32_t)bytes[35] << 8 |
               bytes[36];
    return ENT_OK;
}

/* {"authData": bytes, ...}: the statement and its format are passed over. */
static ent_code data_find(ent_span attestation, ent_span *data, ent_err *err)
{
    cbor c = http_cbor_of(attestation);
    cbor_value map, name, value;

    *data = (ent_span){ NULL, 0 };
    if (attestation.size > OBJECT_LIMIT)
        return ent_fail(err, ENT_LIMIT, "an attestation of more than %zu bytes", OBJECT_LIMIT);
    if (http_cbor_next(&c, &map) && map.kind == CBOR_MAP)
        for (uint64_t i = 0; i < map.number && http_cbor_next(&c, &name) && name.kind == CBOR_TEXT;
             i++) {
            if (ent_str_is((ent_str){ name.bytes.ptr, name.bytes.size }, "authData")) {
                if (data->ptr != NULL || !http_cbor_next(&c, &value) || value.kind != CBOR_BYTES)
                    break;
                *data = value.bytes;
            } else if (!http_cbor_skip(&c)) {
                break;
            }
        }
    if (c.wrong || data->ptr == NULL || c.at != c.end)
        return ent_fail(err, ENT_FORMAT, "no attestation object [WebAuthn 6.5.4]");
    return ENT_OK;
}

struct cose {
    int64_t type, algorithm, curve;
    ent_span x, y;
};

/* A COSE key (RFC 9052 section 7): a map from small numbers. */
static bool cose_read(cbor *c, struct cose *key)
{
    cbor_value map, name, value;
    int64_t label;

    *key = (struct cose){ 0 };
    if (!http_cbor_next(c, &map) || map.kind != CBOR_MAP)
        return false;
    for (uint64_t i = 0; i < map.number; i++) {
        bool read = http_cbor_next(c, &name) && http_cbor_number(&name, &label) &&
                    http_cbor_next(c, &value);

        if (!read || value.kind == CBOR_ARRAY || value.kind == CBOR_MAP)
            return false;
        switch (label) {
        case 1:
            read = http_cbor_number(&value, &key->type);
            break;
        case 3:
            read = http_cbor_number(&value, &key->algorithm);
            break;
        case -1:
            read = http_cbor_number(&value, &key->curve);
            break;
        case -2:
            key->x = value.bytes;
            break;
        case -3:
            key->y = value.bytes;
            break;
        default:
            break;
        }
        if (!read)
            return false;
    }
    return true;
}

static ent_code key_take(const struct cose *cose, webauthn_key *key, ent_err *err)
{
    bool es256 = cose->type == 2 && cose->algorithm == WEBAUTHN_ES256 && cose->curve == 1;
    bool eddsa = cose->type == 1 && cose->algorithm == WEBAUTHN_EDDSA && cose->curve == 6;

    if (cose->x.size != 32 || (es256 && cose->y.size != 32) || (!es256 && !eddsa))
        return ent_fail(err, ENT_DENIED,
                        "the key signs with something else than ES256 and EdDSA [RFC 9053]");
    key->algorithm = es256 ? WEBAUTHN_ES256 : WEBAUTHN_EDDSA;
    memcpy(key->point, cose->x.ptr, 32);
    if (es256)
        memcpy(key->point + 32, cose->y.ptr, 32);
    return ENT_OK;
}

ent_code http_webauthn_register(ent_arena *arena, const webauthn_wanted *wanted,
                                ent_span client_data, ent_span attestation, webauthn_key *key,
                                ent_err *err)
{
    const uint8_t *bytes;
    struct cose cose;
    ent_span data;
    size_t id;
    cbor c;

    *key = (webauthn_key){ 0 };
    ENT_TRY(client_check(arena, wanted, client_data, "webauthn.create", err));
    ENT_TRY(data_find(attestation, &data, err));
    ENT_TRY(data_check(wanted, data, USER_PRESENT | USER_VERIFIED | HAS_KEY, &key->counter, err));
    bytes = data.ptr;
    if (data.size < HEAD + 18)
        return ent_fail(err, ENT_FORMAT, "authenticator data without a key [WebAuthn 6.5.1]");
    id = (size_t)bytes[HEAD + 16] << 8 | bytes[HEAD + 17];
    if (id == 0 || id > WEBAUTHN_ID_LIMIT || data.size - HEAD - 18 < id)
        return ent_fail(err, ENT_FORMAT, "a key whose id has %zu bytes [WebAuthn 6.5.1]", id);
    key->id = (ent_span){ bytes + HEAD + 18, id };
    /* Extensions may follow; we asked for none and read none. */
    c = http_cbor_of((ent_span){ bytes + HEAD + 18 + id, data.size - HEAD - 18 - id });
    if (!cose_read(&c, &cose))
        return ent_fail(err, ENT_FORMAT, "no COSE key in the authenticator data [RFC 9052]");
    return key_take(&cose, key, err);
}

/* ---- answers ---- */

static bool signature_holds(const webauthn_key *key, ent_span text, ent_span signature)
{
    return key->algorithm == WEBAUTHN_ES256 ? http_signature_es256(key->point, text, signature)
                                            : http_signature_eddsa(key->point, text, signature);
}

bool http_webauthn_counts(uint32_t before, uint32_t now)
{
    return now > before || (now == 0 && before == 0);
}

ent_code http_webauthn_check(ent_arena *arena, const webauthn_wanted *wanted,
                             const webauthn_key *key, ent_span client_data,
                             ent_span authenticator_data, ent_span signature, uint32_t *counter,
                             ent_err *err)
{
    ent_hash client = ent_hash_of(client_data.ptr, client_data.size);
    uint8_t *text;
    size_t size = authenticator_data.size + sizeof client.bytes;

    ENT_TRY(client_check(arena, wanted, client_data, "webauthn.get", err));
    if (authenticator_data.size > OBJECT_LIMIT)
        return ent_fail(err, ENT_LIMIT, "authenticator data of more than %zu bytes", OBJECT_LIMIT);
    ENT_TRY(data_check(wanted, authenticator_data, USER_PRESENT | USER_VERIFIED, counter, err));
    text = ent_arena_alloc(arena, size);
    if (text == NULL)
        return ent_fail_arena(err);
    memcpy(text, authenticator_data.ptr, authenticator_data.size);
    memcpy(text + authenticator_data.size, client.bytes, sizeof client.bytes);
    if (!signature_holds(key, (ent_span){ text, size }, signature))
        return ent_fail(err, ENT_DENIED, "the signature is not the key's [WebAuthn 7.2]");
    return ENT_OK;
}
