#include "stix/sco_id.h"

#include "base/json_write.h"
#include "base/text.h"
#include "stix/model.h"

#include <stdlib.h>

/* ---- SHA-1 (RFC 3174) ----
 * UUIDv5 is defined by it.  It protects nothing here, and the library that does our
 * cryptography does not have it, for good reasons. */

typedef struct sha1 {
    uint32_t state[5];
    uint64_t size;
    uint8_t block[64];
    size_t used;
} sha1;

static uint32_t rotate(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static void sha1_block(sha1 *h)
{
    uint32_t w[80], a = h->state[0], b = h->state[1], c = h->state[2], d = h->state[3],
                    e = h->state[4];

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)h->block[i * 4] << 24 | (uint32_t)h->block[i * 4 + 1] << 16 |
               (uint32_t)h->block[i * 4 + 2] << 8 | h->block[i * 4 + 3];
    for (int i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f, k, t;

        if (i < 20) {
            f = (b & c) | (~b & d);
            k = 0x5a827999;
        } else if (i < 40) {
            f = b ^ c ^ d;
            k = 0x6ed9eba1;
        } else if (i < 60) {
            f = (b & c) | (b & d) | (c & d);
            k = 0x8f1bbcdc;
        } else {
            f = b ^ c ^ d;
            k = 0xca62c1d6;
        }
        t = rotate(a, 5) + f + e + k + w[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = t;
    }
    h->state[0] += a;
    h->state[1] += b;
    h->state[2] += c;
    h->state[3] += d;
    h->state[4] += e;
}

static void sha1_put(sha1 *h, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;

    h->size += size;
    while (size > 0) {
        size_t take = sizeof h->block - h->used < size ? sizeof h->block - h->used : size;

        memcpy(h->block + h->used, p, take);
        h->used += take;
        p += take;
        size -= take;
        if (h->used == sizeof h->block) {
            sha1_block(h);
            h->used = 0;
        }
    }
}

static void sha1_end(sha1 *h, uint8_t out[20])
{
    uint64_t bits = h->size * 8;
    uint8_t byte = 0x80;

    sha1_put(h, &byte, 1);
    byte = 0;
    while (h->used != 56)
        sha1_put(h, &byte, 1);
    for (int i = 7; i >= 0; i--) {
        byte = (uint8_t)(bits >> (i * 8));
        sha1_put(h, &byte, 1);
    }
    for (int i = 0; i < 20; i++)
        out[i] = (uint8_t)(h->state[i / 4] >> (24 - i % 4 * 8));
}

void stix_uuid5(ent_str name, char *out)
{
    static const uint8_t namespace[16] = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                           0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 };
    sha1 h = { .state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
    uint8_t digest[20];
    char hex[33];

    sha1_put(&h, namespace, sizeof namespace);
    sha1_put(&h, name.ptr, name.size);
    sha1_end(&h, digest);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50);
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
    ent_hex_write(digest, 16, hex);
    for (int i = 0, at = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[at++] = '-';
        out[at++] = hex[i];
    }
    out[36] = '\0';
}

/* ---- contributing properties ---- */

/* Of several hashes the one that counts; of none of the four, the first by name, so that
 * the order of the text does not matter. */
static ent_json hash_choose(ent_json hashes)
{
    static const char *const order[] = { "MD5", "SHA-1", "SHA-256", "SHA-512" };
    ent_json best = ent_json_first(hashes);

    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        ent_json hash = ent_json_get(hashes, order[i]);

        if (hash.doc != NULL)
            return hash;
    }
    for (ent_json v = best; v.doc != NULL; v = ent_json_next(v))
        if (ent_str_compare(ent_json_name(v), ent_json_name(best)) < 0)
            best = v;
    return best;
}

static ent_code value_write(ent_json value, ent_buf *buf, ent_err *err)
{
    ent_json hash;

    if (!ent_str_is(ent_json_name(value), "hashes") || !ent_json_is(value, ENT_JSON_OBJECT))
        return ent_json_canon(value, buf, err);
    hash = hash_choose(value);
    ent_buf_byte(buf, '{');
    if (hash.doc != NULL) {
        ent_json_string_write(buf, ent_json_name(hash));
        ent_buf_byte(buf, ':');
        ENT_TRY(ent_json_canon(hash, buf, err));
    }
    ent_buf_byte(buf, '}');
    return ENT_OK;
}

static int by_name(const void *a, const void *b)
{
    return ent_str_compare(ent_json_name(*(const ent_json *)a),
                           ent_json_name(*(const ent_json *)b));
}

static bool contributes(const stix_type *type, ent_str name)
{
    const stix_property *row = stix_property_find(type, name);

    if (row != NULL)
        return (row->flags & STIX_IDC) != 0;
    return ent_str_is(name, "extensions") &&
           (strcmp(type->name, "file") == 0 || strcmp(type->name, "network-traffic") == 0);
}

ent_code stix_sco_id_name(ent_arena *arena, ent_json object, ent_str *name, ent_err *err)
{
    const stix_type *type = stix_type_find(ent_json_get_text(object, "type"));
    ent_json found[32];
    size_t count = 0;
    ent_buf buf;

    *name = ENT_STR_NONE;
    if (type == NULL || type->class_ != STIX_SCO)
        return ENT_OK;
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v))
        if (count < sizeof found / sizeof *found && contributes(type, ent_json_name(v)))
            found[count++] = v;
    if (count == 0)
        return ENT_OK;
    qsort(found, count, sizeof *found, by_name);
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++) {
        ent_buf_byte(&buf, i == 0 ? '{' : ',');
        ent_json_string_write(&buf, ent_json_name(found[i]));
        ent_buf_byte(&buf, ':');
        ENT_TRY(value_write(found[i], &buf, err));
    }
    ent_buf_byte(&buf, '}');
    return ent_buf_done(&buf, name, err);
}

ent_code stix_sco_id(ent_arena *arena, ent_json object, ent_str *id, ent_err *err)
{
    ent_str name;
    char uuid[37];

    *id = ENT_STR_NONE;
    ENT_TRY(stix_sco_id_name(arena, object, &name, err));
    if (name.ptr == NULL)
        return ENT_OK;
    stix_uuid5(name, uuid);
    *id = ent_arena_printf(arena, "%.*s--%s", ENT_STR_ARG(ent_json_get_text(object, "type")), uuid);
    return id->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}
