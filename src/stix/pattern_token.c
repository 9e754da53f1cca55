#include "stix/pattern_int.h"

#include "base/text.h"
#include "stix/format.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The bytes of the white-space character at text[at], 0 if there is none. */
static size_t space_size(ent_str text, size_t at)
{
    unsigned char c = (unsigned char)text.ptr[at];
    uint32_t code;
    size_t end = at;

    if (c == ' ' || (c >= 9 && c <= 13))
        return 1;
    if (c < 0x80)
        return 0;
    code = ent_utf8_next(text, &end);
    if (code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
        code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000)
        return end - at;
    return 0;
}

/* Where the comment at text[at] ends; `at` if there is none. */
static size_t comment_end(ent_str text, size_t at)
{
    size_t end;

    if (at + 1 >= text.size || text.ptr[at] != '/')
        return at;
    if (text.ptr[at + 1] == '/') {
        for (end = at + 2; end < text.size && text.ptr[end] != '\n' && text.ptr[end] != '\r'; end++)
            ;
        return end;
    }
    if (text.ptr[at + 1] != '*')
        return at;
    for (end = at + 2; end + 1 < text.size; end++)
        if (text.ptr[end] == '*' && text.ptr[end + 1] == '/')
            return end + 2;
    return at;
}

static size_t blank_skip(ent_str text, size_t at)
{
    while (at < text.size) {
        size_t size = space_size(text, at);

        if (size == 0) {
            size = comment_end(text, at) - at;
            if (size == 0)
                break;
        }
        at += size;
    }
    return at;
}

/* The size of a quoted string whose opening quote is at text[at]; 0 if it is none. */
static size_t quoted_size(ent_str text, size_t at)
{
    for (size_t i = at + 1; i < text.size; i++) {
        if (text.ptr[i] == '\'')
            return i + 1 - at;
        if (text.ptr[i] == '\\') {
            i++;
            if (i == text.size || (text.ptr[i] != '\'' && text.ptr[i] != '\\'))
                return 0;
        }
    }
    return 0;
}

static bool base64_body_ok(ent_str text)
{
    size_t digits = 0, pads = 0;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (c == '\n' || c == '\r')
            continue;
        if (c == '=')
            pads++;
        else if (pads > 0 || (!is_digit(c) && !name_start(c) && c != '+' && c != '/') || c == '_')
            return false;
        digits++;
    }
    return digits % 4 == 0 && pads <= 2;
}

static bool hex_body_ok(ent_str text)
{
    return text.size == 0 || stix_hex_ok(text);
}

/* The format that the published grammar wants: no calendar, :60 anywhere. */
static bool timestamp_body_ok(ent_str text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    const char *p = text.ptr;
    int month, day, hour, minute, second;

    if (text.size < 20 || p[text.size - 1] != 'Z')
        return false;
    for (size_t i = 0; i < 19; i++)
        if (form[i] == 'd' ? !is_digit(p[i]) : p[i] != form[i])
            return false;
    if (text.size > 20 && (p[19] != '.' || text.size == 21))
        return false;
    for (size_t i = 20; i + 1 < text.size; i++)
        if (!is_digit(p[i]))
            return false;
    month = (p[5] - '0') * 10 + p[6] - '0';
    day = (p[8] - '0') * 10 + p[9] - '0';
    hour = (p[11] - '0') * 10 + p[12] - '0';
    minute = (p[14] - '0') * 10 + p[15] - '0';
    second = (p[17] - '0') * 10 + p[18] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 &&
           second <= 60;
}

/* b'..', h'..' and t'..' are one token when what is in the quotes is right. */
static bool prefixed(ent_str text, size_t at, stix_token *token)
{
    char prefix = text.ptr[at];
    const char *end;
    ent_str body;

    if (at + 2 >= text.size || text.ptr[at + 1] != '\'' ||
        (prefix != 'b' && prefix != 'h' && prefix != 't'))
        return false;
    end = memchr(text.ptr + at + 2, '\'', text.size - at - 2);
    if (end == NULL)
        return false;
    body = (ent_str){ text.ptr + at + 2, (size_t)(end - text.ptr) - at - 2 };
    if (prefix == 'b' ? !base64_body_ok(body)
                      : (prefix == 'h' ? !hex_body_ok(body) : !timestamp_body_ok(body)))
        return false;
    token->kind = prefix == 'b'   ? STIX_TOKEN_BINARY
                  : prefix == 'h' ? STIX_TOKEN_HEX
                                  : STIX_TOKEN_TIMESTAMP;
    token->text = (ent_str){ text.ptr + at, body.size + 3 };
    return true;
}

static void word_find(stix_token *token)
{
    static const char *const words[] = { "AND",     "OR",         "NOT",      "FOLLOWEDBY", "LIKE",
                                         "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS",     "LAST",
                                         "IN",      "START",      "STOP",     "SECONDS",    "true",
                                         "false",   "WITHIN",     "REPEATS",  "TIMES" };

    if (token->text.size < 2 || token->text.size > 10)
        return;
    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
        if (words[i][0] == token->text.ptr[0] && ent_str_is(token->text, words[i])) {
            token->kind = STIX_TOKEN_WORD;
            token->word = i;
            return;
        }
}

static stix_token name_token(ent_str text, size_t at)
{
    stix_token token = { .kind = STIX_TOKEN_NAME };
    size_t end = at;

    while (end < text.size &&
           (name_start(text.ptr[end]) || is_digit(text.ptr[end]) || text.ptr[end] == '-')) {
        if (text.ptr[end] == '-')
            token.kind = STIX_TOKEN_HYPHEN;
        end++;
    }
    token.text = (ent_str){ text.ptr + at, end - at };
    if (token.kind == STIX_TOKEN_NAME)
        word_find(&token);
    return token;
}

static stix_token number_token(ent_str text, size_t at)
{
    stix_token token = { .kind = STIX_TOKEN_INTEGER };
    size_t start = at, whole, end;

    if (text.ptr[at] == '-' || text.ptr[at] == '+') {
        token.negative = text.ptr[at] == '-';
        start++;
    }
    for (end = start; end < text.size && is_digit(text.ptr[end]);)
        end++;
    whole = end;
    if (end + 1 < text.size && text.ptr[end] == '.' && is_digit(text.ptr[end + 1])) {
        token.kind = STIX_TOKEN_FLOAT;
        for (end++; end < text.size && is_digit(text.ptr[end]);)
            end++;
    } else if (whole == start) {
        return (stix_token){ .kind = STIX_TOKEN_BAD, .text = { text.ptr + at, 1 } };
    } else if (text.ptr[start] == '0') {
        end = start + 1; /* 07 is two tokens */
    }
    token.text = (ent_str){ text.ptr + at, end - at };
    return token;
}

static stix_token sign_token(ent_str text, size_t at)
{
    char c = text.ptr[at], second = at + 1 < text.size ? text.ptr[at + 1] : '\0';
    stix_token token = { .kind = STIX_TOKEN_BAD, .text = { text.ptr + at, 1 } };

    if (c == '=') {
        token.kind = STIX_TOKEN_EQ;
        token.text.size += second == '=';
    } else if ((c == '!' && second == '=') || (c == '<' && second == '>')) {
        token.kind = STIX_TOKEN_NE;
        token.text.size = 2;
    } else if (c == '<' || c == '>') {
        token.kind = c == '<' ? STIX_TOKEN_LT : STIX_TOKEN_GT;
        if (second == '=') {
            token.kind = c == '<' ? STIX_TOKEN_LE : STIX_TOKEN_GE;
            token.text.size = 2;
        }
    } else if (c != '\0' && strchr("[]():.,*", c) != NULL) {
        token.kind = STIX_TOKEN_CHAR;
        token.word = (unsigned char)c;
    }
    return token;
}

stix_token stix_token_next(ent_str text, size_t at)
{
    stix_token token = { .kind = STIX_TOKEN_END };
    size_t size;
    char c;

    at = blank_skip(text, at);
    token.text = (ent_str){ text.ptr + at, 0 };
    if (at >= text.size)
        return token;
    c = text.ptr[at];
    if (c == '\'') {
        size = quoted_size(text, at);
        token.kind = size == 0 ? STIX_TOKEN_BAD : STIX_TOKEN_STRING;
        token.text.size = size == 0 ? 1 : size;
        return token;
    }
    if (prefixed(text, at, &token))
        return token;
    if (name_start(c))
        return name_token(text, at);
    if (is_digit(c) || c == '-' || c == '+' ||
        (c == '.' && at + 1 < text.size && is_digit(text.ptr[at + 1])))
        return number_token(text, at);
    return sign_token(text, at);
}
