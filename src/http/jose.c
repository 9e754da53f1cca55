#include "http/jose.h"

#include "base/text.h"
#include "http/signature_int.h"

#include <strings.h>

static const struct {
    const char *name, *type, *curve;
} algorithms[JOSE_ALGORITHM_COUNT] = { [JOSE_RS256] = { "RS256", "RSA", NULL },
                                       [JOSE_ES256] = { "ES256", "EC", "P-256" },
                                       [JOSE_EDDSA] = { "EdDSA", "OKP", "Ed25519" } };

const char *http_jose_name(jose_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

bool http_jose_find(ent_str name, jose_algorithm *algorithm)
{
    for (size_t i = 0; i < JOSE_ALGORITHM_COUNT; i++)
        if (ent_str_is(name, algorithms[i].name)) {
            *algorithm = (jose_algorithm)i;
            return true;
        }
    return false;
}

/* ---- the token ---- */

/* Exactly three parts: two dots would be an unsigned token's, four an encrypted one's. */
static bool parts_find(ent_str compact, ent_str parts[3])
{
    size_t count = 0, from = 0;

    for (size_t i = 0; i <= compact.size; i++) {
        if (i < compact.size && compact.ptr[i] != '.')
            continue;
        if (count == 3)
            return false;
        parts[count++] = (ent_str){ compact.ptr + from, i - from };
        from = i + 1;
    }
    return count == 3;
}

ent_code http_jose_read(ent_arena *arena, ent_str compact, jose_token *token, ent_err *err)
{
    ent_str parts[3];
    ent_span header;

    *token = (jose_token){ 0 };
    if (compact.size > JOSE_TOKEN_LIMIT)
        return ent_fail(err, ENT_LIMIT, "a token of more than %zu bytes", JOSE_TOKEN_LIMIT);
    if (!parts_find(compact, parts))
        return ent_fail(err, ENT_FORMAT, "a token has three parts [RFC 7515 7.1]");
    ENT_TRY(ent_base64url_read(arena, parts[0], &header, err));
    ENT_TRY(ent_base64url_read(arena, parts[1], &token->payload, err));
    ENT_TRY(ent_base64url_read(arena, parts[2], &token->signature, err));
    ENT_TRY(ent_json_read(arena, (ent_str){ header.ptr, header.size }, &token->header, err));
    if (!ent_json_is(token->header, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "the header of a token is an object [RFC 7515 4]");
    token->text = (ent_str){ compact.ptr, parts[0].size + 1 + parts[1].size };
    return ENT_OK;
}

/* ---- keys ---- */

static bool has(ent_json key, const char *name)
{
    return ent_json_get(key, name).doc != NULL;
}

static bool lists(ent_json array, const char *text)
{
    for (ent_json v = ent_json_first(array); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_is(ent_json_str(v), text))
            return true;
    return false;
}

/* Sets also have keys of other algorithms, and for encryption: they are passed over. */
static bool key_fits(ent_json key, jose_algorithm algorithm)
{
    const char *curve = algorithms[algorithm].curve;

    if (!ent_str_is(ent_json_get_text(key, "kty"), algorithms[algorithm].type))
        return false;
    if (curve != NULL && !ent_str_is(ent_json_get_text(key, "crv"), curve))
        return false;
    if (has(key, "alg") && !ent_str_is(ent_json_get_text(key, "alg"), algorithms[algorithm].name))
        return false;
    if (has(key, "use") && !ent_str_is(ent_json_get_text(key, "use"), "sig"))
        return false;
    return !has(key, "key_ops") || lists(ent_json_get(key, "key_ops"), "verify");
}

/* The one key that is meant.  Without `kid` there must be one that can be meant, and two of one
 * name are none [OpenID Connect Core 10.1]. */
static ent_code key_find(ent_json set, ent_json header, jose_algorithm algorithm, ent_json *found,
                         ent_err *err)
{
    bool named = has(header, "kid");
    ent_str kid = ent_json_get_text(header, "kid");
    size_t count = 0;

    if (named && kid.ptr == NULL)
        return ent_fail(err, ENT_FORMAT, "'kid' is a text [RFC 7515 4.1.4]");
    for (ent_json v = ent_json_first(set); v.doc != NULL; v = ent_json_next(v)) {
        ent_str id = ent_json_get_text(v, "kid");

        if (!key_fits(v, algorithm) || (named && (id.ptr == NULL || !ent_str_equal(id, kid))))
            continue;
        *found = v;
        count++;
    }
    if (count == 1)
        return ENT_OK;
    return ent_fail(err, ENT_UNTRUSTED,
                    count == 0 ? "the token is signed by a key that the provider does not publish"
                               : "several keys of the provider could be meant [RFC 7515 4.1.4]");
}

static ent_code number_read(ent_arena *arena, ent_json key, const char *name, ent_span *bytes,
                            ent_err *err)
{
    ent_str text = ent_json_get_text(key, name);

    if (text.ptr == NULL)
        return ent_fail(err, ENT_FORMAT, "a key without '%s' [RFC 7518 6]", name);
    return ent_base64url_read(arena, text, bytes, err);
}

/* A coordinate has the length of its field [RFC 7518 6.2.1.2, RFC 8037 2]. */
static ent_code coordinate_read(ent_arena *arena, ent_json key, const char *name, uint8_t out[32],
                                ent_err *err)
{
    ent_span bytes;

    ENT_TRY(number_read(arena, key, name, &bytes, err));
    if (bytes.size != 32)
        return ent_fail(err, ENT_FORMAT, "'%s' of a key has %zu bytes, not 32 [RFC 7518 6.2]", name,
                        bytes.size);
    memcpy(out, bytes.ptr, 32);
    return ENT_OK;
}

static ent_code key_verify(ent_arena *arena, ent_json key, jose_algorithm algorithm,
                           const jose_token *token, bool *holds, ent_err *err)
{
    const ent_span text = ent_span_of_str(token->text);
    ent_span modulus, exponent;
    uint8_t point[64];

    if (algorithm == JOSE_RS256) {
        ENT_TRY(number_read(arena, key, "n", &modulus, err));
        ENT_TRY(number_read(arena, key, "e", &exponent, err));
        *holds = http_signature_rs256(modulus, exponent, text, token->signature);
        return ENT_OK;
    }
    ENT_TRY(coordinate_read(arena, key, "x", point, err));
    if (algorithm == JOSE_ES256)
        ENT_TRY(coordinate_read(arena, key, "y", point + 32, err));
    *holds = algorithm == JOSE_ES256 ? http_signature_es256_raw(point, text, token->signature)
                                     : http_signature_eddsa(point, text, token->signature);
    return ENT_OK;
}

static ent_code keys_read(ent_arena *arena, ent_str text, ent_json *set, ent_err *err)
{
    ent_json root;

    if (text.size > JOSE_KEYS_LIMIT)
        return ent_fail(err, ENT_LIMIT, "a set of keys of more than %zu bytes", JOSE_KEYS_LIMIT);
    ENT_TRY(ent_json_read(arena, text, &root, err));
    *set = ent_json_get(root, "keys");
    if (!ent_json_is(*set, ENT_JSON_ARRAY) || ent_json_count(*set) > JOSE_KEYS_MOST)
        return ent_fail(err, ENT_FORMAT, "a set has an array of at most %d keys [RFC 7517 5]",
                        JOSE_KEYS_MOST);
    return ENT_OK;
}

/* ---- both together ---- */

/* What is neither an ID token nor plain, or asks for what is not known here. */
static ent_code header_check(const jose_token *token, jose_algorithm algorithm, ent_err *err)
{
    ent_str name = ent_json_get_text(token->header, "alg");
    ent_str type = ent_json_get_text(token->header, "typ");

    if (!ent_str_is(name, algorithms[algorithm].name))
        return ent_fail(err, ENT_UNTRUSTED, "the token is not signed with %s [RFC 8725 3.1]",
                        algorithms[algorithm].name);
    if (has(token->header, "crit"))
        return ent_fail(err, ENT_UNTRUSTED, "the token has extensions [RFC 7515 4.1.11]");
    if (has(token->header, "typ") && (type.size != 3 || strncasecmp(type.ptr, "JWT", 3) != 0))
        return ent_fail(err, ENT_UNTRUSTED, "the token is of another type [RFC 8725 3.11]");
    return ENT_OK;
}

ent_code http_jose_check(ent_arena *arena, const jose_token *token, jose_algorithm algorithm,
                         ent_str keys, ent_err *err)
{
    bool holds = false;
    ent_json set, key;

    ENT_TRY(header_check(token, algorithm, err));
    ENT_TRY(keys_read(arena, keys, &set, err));
    ENT_TRY(key_find(set, token->header, algorithm, &key, err));
    ENT_TRY(key_verify(arena, key, algorithm, token, &holds, err));
    return holds ? ENT_OK
                 : ent_fail(err, ENT_UNTRUSTED, "the signature is not the key's [RFC 7515 5.2]");
}
