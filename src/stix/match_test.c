/* One value against one comparison (s9.6). */
#include "stix/match_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "stix/format.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

/* ---- text ---- */

static bool ascii(ent_str text)
{
    unsigned char seen = 0;

    for (size_t i = 0; i < text.size; i++)
        seen |= (unsigned char)text.ptr[i];
    return seen < 0x80;
}

ent_code stix_nfc(ent_arena *arena, ent_str text, ent_str *normal, ent_err *err)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc;
    UChar *wide, *done;
    char *out;
    int32_t size = 0, wide_size = (int32_t)text.size + 1, out_size;

    *normal = text;
    if (text.size > ENT_LIMIT_PATTERN_SIZE * 4 || ascii(text))
        return ENT_OK;
    nfc = unorm2_getNFCInstance(&status);
    wide = ent_arena_array(arena, (size_t)wide_size, sizeof *wide);
    done = ent_arena_array(arena, (size_t)wide_size * 4, sizeof *done);
    if (wide == NULL || done == NULL)
        return ent_fail_arena(err);
    u_strFromUTF8(wide, wide_size, &size, text.ptr, (int32_t)text.size, &status);
    size = unorm2_normalize(nfc, wide, size, done, wide_size * 4, &status);
    out_size = size * 3 + 1;
    out = ent_arena_alloc(arena, (size_t)out_size);
    if (out == NULL)
        return ent_fail_arena(err);
    u_strToUTF8(out, out_size, &out_size, done, size, &status);
    if (U_SUCCESS(status))
        *normal = (ent_str){ out, (size_t)out_size };
    return ENT_OK;
}

/* A string whose characters are all below U+0100 as bytes (s9.2); false if some are not. */
static bool as_bytes(ent_arena *arena, ent_str text, ent_str *bytes)
{
    char *out;
    size_t size = 0, at = 0;

    *bytes = text;
    if (ascii(text))
        return true;
    out = ent_arena_alloc(arena, text.size);
    while (out != NULL && at < text.size) {
        uint32_t c = ent_utf8_next(text, &at);

        if (c > 0xff)
            return false;
        out[size++] = (char)(unsigned char)c;
    }
    *bytes = (ent_str){ out, size };
    return out != NULL;
}

/* '%' is any characters, '_' any one.  Without recursion: after a mismatch it goes on behind
 * the last '%', one character further. */
static bool like(ent_str pattern, ent_str text, bool bytes)
{
    size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;

    while (t < text.size) {
        size_t next = t;

        if (bytes)
            next++;
        else
            (void)ent_utf8_next(text, &next);
        if (p < pattern.size && pattern.ptr[p] == '%') {
            star = p++;
            mark = t;
        } else if (p < pattern.size && pattern.ptr[p] == '_') {
            p++;
            t = next;
        } else if (p < pattern.size && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            if (bytes)
                mark++;
            else
                (void)ent_utf8_next(text, &mark);
            t = mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.ptr[p] == '%')
        p++;
    return p == pattern.size;
}

/* ---- the value ---- */

typedef enum value_kind {
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_BINARY,
    VALUE_BOOLEAN,
    VALUE_OTHER
} value_kind;

typedef struct value {
    value_kind kind;
    ent_str text; /* string or bytes */
    double number;
} value;

static bool ends(ent_str name, const char *suffix)
{
    size_t size = strlen(suffix);

    return name.size > size && memcmp(name.ptr + name.size - size, suffix, size) == 0;
}

static value binary_value(stix_test_run *run, ent_str text, bool hex)
{
    ent_err ignored;
    ent_span bytes = { NULL, 0 };
    char *out;

    if (!hex) {
        if (!stix_base64_ok(text) || ent_base64_read(run->arena, text, &bytes, &ignored) != ENT_OK)
            return (value){ .kind = VALUE_OTHER };
        return (value){ .kind = VALUE_BINARY, .text = { bytes.ptr, bytes.size } };
    }
    out = stix_hex_ok(text) ? ent_arena_alloc(run->arena, text.size / 2) : NULL;
    if (out == NULL)
        return (value){ .kind = VALUE_OTHER };
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];
        int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

        out[i / 2] = (char)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
    }
    return (value){ .kind = VALUE_BINARY, .text = { out, text.size / 2 } };
}

/* In its native format (s9.6.4): what a suffix says is binary is decoded. */
static value value_of(stix_test_run *run, ent_json json, ent_str name)
{
    value v = { .kind = VALUE_OTHER };

    switch (ent_json_kind(json)) {
    case ENT_JSON_STRING:
        if (ends(name, "_hex") || ends(name, "_bin"))
            return binary_value(run, ent_json_str(json), ends(name, "_hex"));
        v.kind = VALUE_STRING;
        v.text = ent_json_str(json);
        break;
    case ENT_JSON_NUMBER:
        v.kind = ent_json_double(json, &v.number) ? VALUE_NUMBER : VALUE_OTHER;
        break;
    case ENT_JSON_TRUE:
    case ENT_JSON_FALSE:
        v.kind = VALUE_BOOLEAN;
        v.number = ent_json_is(json, ENT_JSON_TRUE);
        break;
    case ENT_JSON_NONE:
    case ENT_JSON_NULL:
    case ENT_JSON_ARRAY:
    case ENT_JSON_OBJECT:
        break;
    }
    return v;
}

/* ---- comparing ---- */

static int sign_of(double a, double b)
{
    return (a > b) - (a < b);
}

static int sign_of_text(ent_str a, ent_str b)
{
    int sign = ent_str_compare(a, b);

    return (sign > 0) - (sign < 0);
}

static bool timestamp_compare(stix_test_run *run, ent_str text, ent_str constant, int *sign)
{
    if (!stix_timestamp_ok(text)) {
        run->rc = ent_fail(run->err, ENT_FORMAT,
                           "'%.*s' is compared with a timestamp and is none [STIX 2.1 s9.6]",
                           (int)(text.size > 60 ? 60 : text.size), text.ptr);
        return false;
    }
    *sign = stix_timestamp_compare(text, constant);
    return true;
}

/* False when the two are of incompatible types; else *sign orders them. */
static bool compare(stix_test_run *run, const value *v, const stix_constant *c, int *sign)
{
    ent_str bytes;

    switch (c->kind) {
    case STIX_CONSTANT_INTEGER:
    case STIX_CONSTANT_FLOAT:
        *sign = sign_of(v->number, c->number);
        return v->kind == VALUE_NUMBER;
    case STIX_CONSTANT_BOOLEAN:
        *sign = sign_of(v->number, c->number);
        return v->kind == VALUE_BOOLEAN;
    case STIX_CONSTANT_TIMESTAMP:
        return v->kind == VALUE_STRING && timestamp_compare(run, v->text, c->value, sign);
    case STIX_CONSTANT_STRING:
        if (v->kind == VALUE_BINARY && as_bytes(run->arena, c->value, &bytes)) {
            *sign = sign_of_text(v->text, bytes);
            return true;
        }
        *sign = sign_of_text(v->text, c->value);
        return v->kind == VALUE_STRING;
    case STIX_CONSTANT_BINARY:
    case STIX_CONSTANT_HEX:
        if (v->kind == VALUE_STRING && as_bytes(run->arena, v->text, &bytes)) {
            *sign = sign_of_text(bytes, c->value);
            return true;
        }
        *sign = sign_of_text(v->text, c->value);
        return v->kind == VALUE_BINARY;
    }
    return false;
}

static bool ordered(stix_test_run *run, const value *v, const stix_node *node)
{
    int sign = 0;
    bool comparable = compare(run, v, node->constants, &sign);

    switch (node->op) {
    case STIX_OP_EQ:
        return comparable && sign == 0;
    case STIX_OP_NE:
        return !comparable || sign != 0;
    case STIX_OP_LT:
        return comparable && sign < 0;
    case STIX_OP_LE:
        return comparable && sign <= 0;
    case STIX_OP_GT:
        return comparable && sign > 0;
    case STIX_OP_GE:
        return comparable && sign >= 0;
    case STIX_OP_IN:
    case STIX_OP_LIKE:
    case STIX_OP_MATCHES:
    case STIX_OP_ISSUBSET:
    case STIX_OP_ISSUPERSET:
    case STIX_OP_EXISTS:
        break;
    }
    return false;
}

static bool in_set(stix_test_run *run, const value *v, const stix_node *node)
{
    for (const stix_constant *c = node->constants; c != NULL && run->rc == ENT_OK; c = c->next) {
        int sign = 0;

        if (compare(run, v, c, &sign) && sign == 0)
            return true;
    }
    return false;
}

static bool like_test(stix_test_run *run, const stix_ready_test *test, const value *v)
{
    ent_str normal;

    if (v->kind == VALUE_BINARY)
        return test->bytes.ptr != NULL && like(test->bytes, v->text, true);
    if (v->kind != VALUE_STRING)
        return false;
    run->rc = stix_nfc(run->arena, v->text, &normal, run->err);
    return run->rc == ENT_OK && like(test->normal, normal, false);
}

static bool regex_test(stix_test_run *run, const stix_ready_test *test, const value *v)
{
    const pcre2_code *code = v->kind == VALUE_STRING   ? test->text_regex
                             : v->kind == VALUE_BINARY ? test->binary_regex
                                                       : NULL;
    ent_str subject = v->text;
    int found;

    if (code == NULL)
        return false;
    if (v->kind == VALUE_STRING)
        run->rc = stix_nfc(run->arena, v->text, &subject, run->err);
    if (run->rc != ENT_OK)
        return false;
    found = pcre2_match(code, (PCRE2_SPTR)(subject.size == 0 ? "" : subject.ptr), subject.size, 0,
                        0, run->match_data, run->match_context);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
        run->rc = ent_fail(run->err, ENT_LIMIT,
                           "a regular expression took more work than is allowed [STIX 2.1 s9.6]");
    return found >= 0;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, int bits)
{
    int whole = bits / 8, rest = bits % 8;

    if (memcmp(a, b, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool subnet_test(const stix_ready_test *test, const value *v)
{
    uint8_t address[16];
    int bits, size = 4;

    if (v->kind != VALUE_STRING)
        return false;
    if (!stix_ipv4_read(v->text, address, &bits)) {
        size = 16;
        if (!stix_ipv6_read(v->text, address, &bits))
            return false;
    }
    if (size != test->address_size)
        return false;
    if (test->node->op == STIX_OP_ISSUBSET)
        return bits >= test->prefix && same_prefix(address, test->address, test->prefix);
    return bits <= test->prefix && same_prefix(address, test->address, bits);
}

bool stix_test_value(stix_test_run *run, const stix_ready_test *test, ent_json json, ent_str name)
{
    const stix_node *node = test->node;
    value v;
    bool result;

    if (node->op == STIX_OP_EXISTS)
        return true;
    v = value_of(run, json, name);
    if (node->op <= STIX_OP_GE)
        result = ordered(run, &v, node);
    else if (node->op == STIX_OP_IN)
        result = in_set(run, &v, node);
    else if (node->op == STIX_OP_LIKE)
        result = like_test(run, test, &v);
    else if (node->op == STIX_OP_MATCHES)
        result = regex_test(run, test, &v);
    else
        result = subnet_test(test, &v);
    return run->rc == ENT_OK && result != node->negated;
}

/* ---- making a test ready ---- */

static void code_free(void *code)
{
    pcre2_code_free(code);
}

static ent_code regex_compile(ent_arena *arena, ent_str pattern, uint32_t options,
                              pcre2_code **code, ent_err *err)
{
    int number;
    PCRE2_SIZE at;
    PCRE2_UCHAR message[128] = "";

    *code = pcre2_compile((PCRE2_SPTR)(pattern.size == 0 ? "" : pattern.ptr), pattern.size,
                          options | PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C, &number, &at, NULL);
    if (*code == NULL) {
        (void)pcre2_get_error_message(number, message, sizeof message);
        return ent_fail(err, ENT_FORMAT, "not a regular expression: %s [STIX 2.1 s9.6]",
                        (const char *)message);
    }
    return ent_arena_defer(arena, code_free, *code) == 0 ? ENT_OK : ent_fail_arena(err);
}

static ent_code regex_ready(ent_arena *arena, stix_ready_test *ready, ent_err *err)
{
    ent_str bytes;

    ENT_TRY(regex_compile(arena, ready->normal, PCRE2_UTF | PCRE2_UCP, &ready->text_regex, err));
    if (!as_bytes(arena, ready->normal, &bytes))
        return ENT_OK;
    return regex_compile(arena, bytes, 0, &ready->binary_regex, err);
}

/* IN wants constants of one type (s9.6): 1 and 1.5 are one, h'' and b'' are one. */
static int type_group(const stix_constant *c)
{
    switch (c->kind) {
    case STIX_CONSTANT_INTEGER:
    case STIX_CONSTANT_FLOAT:
        return 0;
    case STIX_CONSTANT_BINARY:
    case STIX_CONSTANT_HEX:
        return 1;
    case STIX_CONSTANT_STRING:
        return 2;
    case STIX_CONSTANT_BOOLEAN:
        return 3;
    case STIX_CONSTANT_TIMESTAMP:
        break;
    }
    return 4;
}

ent_code stix_test_ready(ent_arena *arena, const stix_node *node, stix_ready_test *ready,
                         ent_err *err)
{
    *ready = (stix_ready_test){ .node = node };
    for (const stix_constant *c = node->constants; c != NULL && c->next != NULL; c = c->next)
        if (type_group(c) != type_group(c->next))
            return ent_fail(err, ENT_FORMAT,
                            "the constants of a set are of different types [STIX 2.1 s9.6]");
    if (node->constants == NULL)
        return ENT_OK; /* EXISTS, and IN () */
    if (node->op == STIX_OP_LIKE || node->op == STIX_OP_MATCHES)
        ENT_TRY(stix_nfc(arena, node->constants->value, &ready->normal, err));
    if (node->op == STIX_OP_LIKE) {
        if (!as_bytes(arena, ready->normal, &ready->bytes))
            ready->bytes = ENT_STR_NONE;
    } else if (node->op == STIX_OP_MATCHES) {
        ENT_TRY(regex_ready(arena, ready, err));
    } else if (node->op == STIX_OP_ISSUBSET || node->op == STIX_OP_ISSUPERSET) {
        ready->address_size = 4;
        if (!stix_ipv4_read(node->constants->value, ready->address, &ready->prefix)) {
            ready->address_size = 16;
            if (!stix_ipv6_read(node->constants->value, ready->address, &ready->prefix))
                return ent_fail(
                    err, ENT_FORMAT, "%.*s is no address or subnet [STIX 2.1 s9.6]",
                    (int)(node->constants->raw.size > 60 ? 60 : node->constants->raw.size),
                    node->constants->raw.ptr);
        }
    }
    return ENT_OK;
}
