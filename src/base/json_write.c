#include "base/json_write.h"

#include "base/run_int.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- strings and numbers ---- */

void ent_json_string_write(ent_buf *buf, ent_str text)
{
    const char *at = text.ptr, *end = text.size == 0 ? at : at + text.size;
    bool high;

    (void)ent_buf_reserve(buf, text.size + 2);
    ent_buf_byte(buf, '"');
    while (at < end) {
        static const char shorthand[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
        const char *from = at, *found;

        at = ent_run_plain(at, end, &high);
        ent_buf_put(buf, from, (size_t)(at - from));
        if (at == end)
            break;
        found = *at == '\0' ? NULL : strchr(shorthand, *at);
        ent_buf_byte(buf, '\\');
        if (found != NULL)
            ent_buf_byte(buf, (unsigned char)letters[found - shorthand]);
        else
            ent_buf_printf(buf, "u%04x", (unsigned char)*at);
        at++;
    }
    ent_buf_byte(buf, '"');
}

/* The fewest digits that read back as the same double: d.ddd, exponent apart. */
static int digits_shortest(double number, char digits[20], int *exponent)
{
    char text[40], *e;
    int count = 0;

    for (int precision = 0; precision <= 16; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    e = strchr(text, 'e');
    *exponent = (int)strtol(e + 1, NULL, 10);
    for (char *p = text; p < e; p++)
        if (*p != '.')
            digits[count++] = *p;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

/* ECMA-262 Number::toString: n is the place of the decimal point behind digit 0. */
void ent_json_number_write(double number, char *out)
{
    char digits[20] = "0";
    int exponent, count, n, at = 0;

    if (number == 0) {
        (void)snprintf(out, 32, "0");
        return;
    }
    if (number < 0)
        out[at++] = '-';
    count = digits_shortest(fabs(number), digits, &exponent);
    n = exponent + 1;
    if (n > 21 || n < -5) {
        out[at++] = digits[0];
        if (count > 1) {
            out[at++] = '.';
            for (int i = 1; i < count; i++)
                out[at++] = digits[i];
        }
        (void)snprintf(out + at, 8, "e%+d", n - 1);
        return;
    }
    if (n <= 0) {
        out[at++] = '0';
        out[at++] = '.';
        for (int i = n; i < 0; i++)
            out[at++] = '0';
    }
    for (int i = 0; i < count || i < n; i++) {
        if (i == n && n > 0)
            out[at++] = '.';
        out[at++] = i < count ? digits[i] : '0';
    }
    out[at] = '\0';
}

/* ---- the writer ---- */

void ent_jw_init(ent_jw *w, ent_buf *buf)
{
    *w = (ent_jw){ .buf = buf };
}

static void value_begin(ent_jw *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->comma[w->depth])
        ent_buf_byte(w->buf, ',');
    w->comma[w->depth] = true;
}

static void container_begin(ent_jw *w, unsigned char open)
{
    value_begin(w);
    ENT_ASSERT(w->depth < 64);
    ent_buf_byte(w->buf, open);
    w->open[w->depth++] = open;
    w->comma[w->depth] = false;
}

void ent_jw_object(ent_jw *w)
{
    container_begin(w, '{');
}

void ent_jw_array(ent_jw *w)
{
    container_begin(w, '[');
}

void ent_jw_end(ent_jw *w)
{
    ENT_ASSERT(w->depth > 0 && !w->after_key);
    w->depth--;
    ent_buf_byte(w->buf, w->open[w->depth] == '{' ? '}' : ']');
}

void ent_jw_key_str(ent_jw *w, ent_str name)
{
    ENT_ASSERT(w->depth > 0 && w->open[w->depth - 1] == '{' && !w->after_key);
    value_begin(w);
    ent_json_string_write(w->buf, name);
    ent_buf_byte(w->buf, ':');
    w->after_key = true;
}

void ent_jw_key(ent_jw *w, const char *name)
{
    ent_jw_key_str(w, ent_str_of(name));
}

void ent_jw_str(ent_jw *w, ent_str text)
{
    if (text.ptr == NULL) {
        ent_jw_null(w);
        return;
    }
    value_begin(w);
    ent_json_string_write(w->buf, text);
}

void ent_jw_c(ent_jw *w, const char *text)
{
    ent_jw_str(w, ent_str_of(text));
}

void ent_jw_printf(ent_jw *w, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ent_jw_c(w, text);
}

void ent_jw_int(ent_jw *w, int64_t number)
{
    value_begin(w);
    ent_buf_int(w->buf, number);
}

void ent_jw_double(ent_jw *w, double number)
{
    char text[32];

    ENT_ASSERT(isfinite(number));
    ent_json_number_write(number, text);
    value_begin(w);
    ent_buf_c(w->buf, text);
}

void ent_jw_bool(ent_jw *w, bool value)
{
    value_begin(w);
    ent_buf_c(w->buf, value ? "true" : "false");
}

void ent_jw_null(ent_jw *w)
{
    value_begin(w);
    ent_buf_c(w->buf, "null");
}

void ent_jw_hex(ent_jw *w, const void *bytes, size_t size)
{
    char *hex = ent_arena_alloc(w->buf->arena, 2 * size + 1);

    if (hex == NULL) {
        value_begin(w);
        w->buf->failed = true;
        ent_jw_null(w); /* the writer stays balanced; the failed buffer swallows it */
        return;
    }
    ent_hex_write(bytes, size, hex);
    ent_jw_str(w, (ent_str){ hex, 2 * size });
}

void ent_jw_base64(ent_jw *w, const void *bytes, size_t size)
{
    value_begin(w);
    ent_buf_byte(w->buf, '"');
    ent_base64_write(w->buf, bytes, size);
    ent_buf_byte(w->buf, '"');
}

void ent_jw_raw(ent_jw *w, ent_str json)
{
    value_begin(w);
    ent_buf_str(w->buf, json);
}

/* ---- canonical form ---- */

/* RFC 8785 sorts by UTF-16 code units.  That is the order of code points, but for
 * characters above U+FFFF, whose units (D800..) sort below U+E000..U+FFFF. */
static int compare_utf16(ent_str a, ent_str b)
{
    size_t i = 0, j = 0;

    while (i < a.size && j < b.size) {
        uint32_t c = ent_utf8_next(a, &i), d = ent_utf8_next(b, &j);

        if (c == d)
            continue;
        if (c >= 0x10000 && d >= 0x10000)
            return c < d ? -1 : 1;
        if (c >= 0x10000)
            c = 0xd800;
        if (d >= 0x10000)
            d = 0xd800;
        return c < d ? -1 : 1;
    }
    return (i < a.size) - (j < b.size);
}

static int by_utf16_name(const void *a, const void *b)
{
    return compare_utf16(ent_json_name(*(const ent_json *)a), ent_json_name(*(const ent_json *)b));
}

static ent_code object_canon(ent_json object, ent_buf *buf, ent_err *err)
{
    size_t count = ent_json_count(object), i = 0;
    ent_json *members = ent_arena_array(buf->arena, count, sizeof *members);

    if (members == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v))
        members[i++] = v;
    qsort(members, count, sizeof *members, by_utf16_name);
    ent_buf_byte(buf, '{');
    for (i = 0; i < count; i++) {
        if (i > 0)
            ent_buf_byte(buf, ',');
        ent_json_string_write(buf, ent_json_name(members[i]));
        ent_buf_byte(buf, ':');
        ENT_TRY(ent_json_canon(members[i], buf, err));
    }
    ent_buf_byte(buf, '}');
    return ENT_OK;
}

static ent_code array_canon(ent_json array, ent_buf *buf, ent_err *err)
{
    bool first = true;

    ent_buf_byte(buf, '[');
    for (ent_json v = ent_json_first(array); v.doc != NULL; v = ent_json_next(v)) {
        if (!first)
            ent_buf_byte(buf, ',');
        first = false;
        ENT_TRY(ent_json_canon(v, buf, err));
    }
    ent_buf_byte(buf, ']');
    return ENT_OK;
}

/* Recursion is bounded by JSON_DEPTH, which the reader enforced. */
ent_code ent_json_canon(ent_json value, ent_buf *buf, ent_err *err)
{
    double number;
    char text[32];

    switch (ent_json_kind(value)) {
    case ENT_JSON_OBJECT:
        return object_canon(value, buf, err);
    case ENT_JSON_ARRAY:
        return array_canon(value, buf, err);
    case ENT_JSON_STRING:
        ent_json_string_write(buf, ent_json_str(value));
        return ENT_OK;
    case ENT_JSON_NUMBER:
        if (!ent_json_double(value, &number))
            return ent_fail(err, ENT_FORMAT,
                            "the number %.*s is no IEEE 754 double [RFC 8785 s3.2.2.3]",
                            ent_json_raw(value).size > 40 ? 40 : (int)ent_json_raw(value).size,
                            ent_json_raw(value).ptr);
        ent_json_number_write(number, text);
        ent_buf_c(buf, text);
        return ENT_OK;
    case ENT_JSON_NULL:
    case ENT_JSON_FALSE:
    case ENT_JSON_TRUE:
        ent_buf_str(buf, ent_json_raw(value));
        return ENT_OK;
    case ENT_JSON_NONE:
    default:
        return ent_fail(err, ENT_FORMAT, "there is no value to write");
    }
}
