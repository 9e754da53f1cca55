#include "base/text.h"

#include "base/run_int.h"

#include <sodium.h>

void ent_hex_write(const void *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = bytes;

    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * size] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

ent_code ent_hex_read(ent_str text, void *bytes, size_t size, ent_err *err)
{
    uint8_t *out = bytes;

    if (text.size != 2 * size)
        return ent_fail(err, ENT_FORMAT, "%zu hex digits are wanted, %zu are there", 2 * size,
                        text.size);
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text.ptr[2 * i]), low = hex_digit(text.ptr[2 * i + 1]);

        if (high < 0 || low < 0)
            return ent_fail(err, ENT_FORMAT, "character %zu is no lower-case hex digit", 2 * i);
        out[i] = (uint8_t)(high << 4 | low);
    }
    return ENT_OK;
}

void ent_base64_write(ent_buf *buf, const void *bytes, size_t size)
{
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = ent_arena_alloc(buf->arena, room);

    if (text == NULL) {
        buf->failed = true;
        return;
    }
    (void)sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    ent_buf_put(buf, text, room - 1);
}

/* Letters, digits and these; libsodium takes some bytes above 0x7f for digits. */
static bool base64_alphabet(ent_str text, const char *others)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr(others, c) != NULL)))
            return false;
    }
    return true;
}

ent_code ent_base64_read(ent_arena *arena, ent_str text, ent_span *bytes, ent_err *err)
{
    size_t room = text.size / 4 * 3 + 3, size;
    uint8_t *out = ent_arena_alloc(arena, room);
    const char *end;

    if (out == NULL)
        return ent_fail_arena(err);
    if (text.size % 4 != 0 || !base64_alphabet(text, "+/=") ||
        sodium_base642bin(out, room, text.ptr, text.size, NULL, &size, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text.ptr + text.size)
        return ent_fail(err, ENT_FORMAT, "this is not base64 with padding [RFC 4648 s4]");
    *bytes = (ent_span){ out, size };
    return ENT_OK;
}

ent_code ent_base64url_read(ent_arena *arena, ent_str text, ent_span *bytes, ent_err *err)
{
    size_t room = text.size / 4 * 3 + 3, size;
    uint8_t *out = ent_arena_alloc(arena, room);

    if (out == NULL)
        return ent_fail_arena(err);
    if (!base64_alphabet(text, "-_") ||
        sodium_base642bin(out, room, text.ptr, text.size, NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return ent_fail(err, ENT_FORMAT, "this is not base64url without padding [RFC 4648 s5]");
    *bytes = (ent_span){ out, size };
    return ENT_OK;
}

ent_str ent_base64url_write(ent_arena *arena, const void *bytes, size_t size)
{
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = ent_arena_alloc(arena, room);

    if (text == NULL)
        return ENT_STR_NONE;
    (void)sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return (ent_str){ text, room - 1 };
}

/* The size of the well-formed sequence at text[at], or 0. */
static size_t sequence_size(ent_str text, size_t at)
{
    const uint8_t *p = (const uint8_t *)text.ptr + at;
    size_t left = text.size - at, size;
    uint8_t low = 0x80, high = 0xbf; /* what the second byte may be */

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    size = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (left < size || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

bool ent_utf8_valid(ent_str text)
{
    for (size_t at = 0, size; at < text.size; at += size) {
        const char *from = text.ptr + at;

        size = (size_t)(ent_run_ascii(from, text.ptr + text.size) - from);
        if (size == 0)
            size = sequence_size(text, at);
        if (size == 0)
            return false;
    }
    return true;
}

uint32_t ent_utf8_next(ent_str text, size_t *at)
{
    const uint8_t *p = (const uint8_t *)text.ptr + *at;
    size_t size = sequence_size(text, *at);

    *at += size == 0 ? 1 : size;
    switch (size) {
    case 1:
        return p[0];
    case 2:
        return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    case 3:
        return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    case 4:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
               (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    default:
        return 0xfffd;
    }
}

void ent_utf8_put(ent_buf *buf, uint32_t c)
{
    uint8_t out[4];

    if (c < 0x80) {
        ent_buf_byte(buf, (uint8_t)c);
    } else if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        ent_buf_put(buf, out, 2);
    } else if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        ent_buf_put(buf, out, 3);
    } else {
        out[0] = (uint8_t)(0xf0 | c >> 18);
        out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[3] = (uint8_t)(0x80 | (c & 0x3f));
        ent_buf_put(buf, out, 4);
    }
}

/* Characters that move the cursor, reorder or hide text: C0, DEL, C1, bidi
 * controls, zero width, line separators, tags. */
static bool acts(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xe0000 && c <= 0xe007f);
}

void ent_text_visible(ent_buf *buf, ent_str text)
{
    for (size_t at = 0, size; at < text.size; at += size) {
        size_t next = at;
        uint32_t c;

        size = sequence_size(text, at);
        if (size == 0) {
            ent_buf_printf(buf, "\\x%02x", (unsigned)(uint8_t)text.ptr[at]);
            size = 1;
            continue;
        }
        c = ent_utf8_next(text, &next);
        if (acts(c))
            ent_buf_printf(buf, "\\u{%x}", (unsigned)c);
        else
            ent_buf_put(buf, text.ptr + at, size);
    }
}

void ent_uuid_write(const uint8_t bytes[16], char out[37])
{
    char hex[33];
    uint8_t v4[16];
    size_t to = 0;

    memcpy(v4, bytes, 16);
    v4[6] = (uint8_t)((v4[6] & 0x0f) | 0x40);
    v4[8] = (uint8_t)((v4[8] & 0x3f) | 0x80);
    ent_hex_write(v4, 16, hex);
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[to++] = '-';
        out[to++] = hex[i];
    }
    out[to] = '\0';
}

bool ent_uuid_valid(ent_str text)
{
    if (text.size != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text.ptr[i] != '-' : hex_digit(text.ptr[i]) < 0)
            return false;
    }
    return text.ptr[14] >= '1' && text.ptr[14] <= '5' && strchr("89ab", text.ptr[19]) != NULL;
}
