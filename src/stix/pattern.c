#include "stix/pattern.h"

#include "base/limits.h"
#include "base/text.h"
#include "stix/format.h"
#include "stix/pattern_int.h"

#include <stdlib.h>

typedef struct parser {
    ent_arena *arena;
    ent_str text;
    stix_token token; /* looked at, not yet taken */
    int depth;
    bool old; /* STIX 2.0 */
    size_t *column;
    ent_err *err;
} parser;

/* ---- tokens ---- */

static size_t place(const parser *p, const char *at)
{
    return (size_t)(at - p->text.ptr);
}

static ent_code wrong_at(const parser *p, const char *at, const char *what)
{
    size_t column = 1;

    for (const char *c = p->text.ptr; c < at; c++)
        column += ((unsigned char)*c & 0xc0) != 0x80;
    *p->column = column;
    return ent_fail(p->err, ENT_FORMAT, "column %zu: %s [STIX 2.1 s9]", column, what);
}

static ent_code wrong(const parser *p, const char *what)
{
    return wrong_at(p, p->token.text.ptr, what);
}

static void take(parser *p)
{
    p->token = stix_token_next(p->text, place(p, p->token.text.ptr) + p->token.text.size);
}

static bool is_char(const parser *p, char c)
{
    return p->token.kind == STIX_TOKEN_CHAR && p->token.word == c;
}

static bool is_word(const parser *p, stix_word word)
{
    return p->token.kind == STIX_TOKEN_WORD && p->token.word == (int)word;
}

static ent_code want_char(parser *p, char c, const char *what)
{
    if (!is_char(p, c))
        return wrong(p, what);
    take(p);
    return ENT_OK;
}

static ent_code want_word(parser *p, stix_word word, const char *what)
{
    if (!is_word(p, word))
        return wrong(p, what);
    take(p);
    return ENT_OK;
}

static ent_code node_new(parser *p, stix_node_kind kind, stix_node **node)
{
    *node = ent_arena_alloc(p->arena, sizeof **node);
    if (*node == NULL)
        return ent_fail_arena(p->err);
    (*node)->kind = kind;
    (*node)->at = place(p, p->token.text.ptr);
    return ENT_OK;
}

static ent_code deeper(parser *p)
{
    if (++p->depth > ENT_LIMIT_PATTERN_DEPTH) {
        (void)wrong(p, "too deep");
        return ent_fail(p->err, ENT_LIMIT,
                        "column %zu: the pattern is nested deeper than %d levels", *p->column,
                        ENT_LIMIT_PATTERN_DEPTH);
    }
    return ENT_OK;
}

/* ---- constants ---- */

/* Without quotes; \' and \\ stand for the second character. */
static ent_code string_value(parser *p, ent_str raw, ent_str *value)
{
    ent_str body = { raw.ptr + 1, raw.size - 2 };
    ent_buf buf;

    *value = body;
    if (body.size == 0 || memchr(body.ptr, '\\', body.size) == NULL)
        return ENT_OK;
    ent_buf_init(&buf, p->arena);
    for (size_t i = 0; i < body.size; i++) {
        i += body.ptr[i] == '\\';
        ent_buf_byte(&buf, (unsigned char)body.ptr[i]);
    }
    return ent_buf_done(&buf, value, p->err);
}

static int hex_value(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static ent_code hex_bytes(parser *p, ent_str body, ent_str *value)
{
    char *bytes = ent_arena_alloc(p->arena, body.size / 2 + 1);

    if (bytes == NULL)
        return ent_fail_arena(p->err);
    for (size_t i = 0; i + 1 < body.size; i += 2)
        bytes[i / 2] = (char)(hex_value(body.ptr[i]) << 4 | hex_value(body.ptr[i + 1]));
    *value = (ent_str){ bytes, body.size / 2 };
    return ENT_OK;
}

static int base64_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* Bits that padding leaves over are dropped, as every reader of base64 does. */
static ent_code base64_bytes(parser *p, ent_str body, ent_str *value)
{
    char *bytes = ent_arena_alloc(p->arena, body.size / 4 * 3 + 4);
    uint32_t bits = 0;
    int have = 0;
    size_t size = 0;

    if (bytes == NULL)
        return ent_fail_arena(p->err);
    for (size_t i = 0; i < body.size; i++) {
        int digit = base64_digit(body.ptr[i]);

        if (digit < 0)
            continue;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[size++] = (char)(bits >> have & 0xff);
        }
    }
    *value = (ent_str){ bytes, size };
    return ENT_OK;
}

static double number_value(ent_str text)
{
    char copy[64];
    size_t size = text.size < sizeof copy ? text.size : sizeof copy - 1;

    memcpy(copy, text.ptr, size);
    copy[size] = '\0';
    return strtod(copy, NULL);
}

static ent_code constant_value(parser *p, stix_constant *constant)
{
    ent_str raw = p->token.text;
    ent_str body = { raw.ptr + 2, raw.size < 3 ? 0 : raw.size - 3 };

    switch (p->token.kind) {
    case STIX_TOKEN_INTEGER:
    case STIX_TOKEN_FLOAT:
        constant->kind =
            p->token.kind == STIX_TOKEN_INTEGER ? STIX_CONSTANT_INTEGER : STIX_CONSTANT_FLOAT;
        constant->number = number_value(raw);
        return ENT_OK;
    case STIX_TOKEN_STRING:
        constant->kind = STIX_CONSTANT_STRING;
        return string_value(p, raw, &constant->value);
    case STIX_TOKEN_BINARY:
        constant->kind = STIX_CONSTANT_BINARY;
        return base64_bytes(p, body, &constant->value);
    case STIX_TOKEN_HEX:
        constant->kind = STIX_CONSTANT_HEX;
        return hex_bytes(p, body, &constant->value);
    case STIX_TOKEN_TIMESTAMP:
        constant->kind = STIX_CONSTANT_TIMESTAMP;
        constant->value = body;
        return ENT_OK;
    case STIX_TOKEN_WORD:
        if (p->token.word == STIX_WORD_TRUE || p->token.word == STIX_WORD_FALSE) {
            constant->kind = STIX_CONSTANT_BOOLEAN;
            constant->number = p->token.word == STIX_WORD_TRUE;
            return ENT_OK;
        }
        break;
    case STIX_TOKEN_END:
    case STIX_TOKEN_BAD:
    case STIX_TOKEN_NAME:
    case STIX_TOKEN_HYPHEN:
    case STIX_TOKEN_EQ:
    case STIX_TOKEN_NE:
    case STIX_TOKEN_LT:
    case STIX_TOKEN_LE:
    case STIX_TOKEN_GT:
    case STIX_TOKEN_GE:
    case STIX_TOKEN_CHAR:
        break;
    }
    return wrong(p, "a constant is wanted");
}

static ent_code constant_read(parser *p, stix_constant **constant)
{
    *constant = ent_arena_alloc(p->arena, sizeof **constant);
    if (*constant == NULL)
        return ent_fail_arena(p->err);
    (*constant)->raw = p->token.text;
    ENT_TRY(constant_value(p, *constant));
    take(p);
    return ENT_OK;
}

static ent_code set_read(parser *p, stix_constant **constants)
{
    stix_constant **link = constants;

    ENT_TRY(want_char(p, '(', "'(' is wanted behind IN"));
    if (is_char(p, ')')) {
        take(p);
        return ENT_OK;
    }
    for (;;) {
        ENT_TRY(constant_read(p, link));
        link = &(*link)->next;
        if (!is_char(p, ','))
            break;
        take(p);
    }
    return want_char(p, ')', "',' or ')' is wanted in a set");
}

/* ---- paths ---- */

static ent_code name_step(parser *p, ent_str *name)
{
    if (p->token.kind == STIX_TOKEN_NAME)
        *name = p->token.text;
    else if (p->token.kind == STIX_TOKEN_STRING)
        ENT_TRY(string_value(p, p->token.text, name));
    else
        return wrong(p, "the name of a property is wanted");
    take(p);
    return ENT_OK;
}

/* No list has more entries than this; a larger index is as good. */
static int64_t index_value(ent_str text)
{
    double number = number_value(text);

    return number >= 0 && number < 1e15 ? (int64_t)number : -1;
}

static ent_code index_step(parser *p, stix_step *step)
{
    take(p);
    if (is_char(p, '*')) {
        step->kind = STIX_STEP_ANY;
    } else if (p->token.kind == STIX_TOKEN_INTEGER) {
        step->kind = STIX_STEP_INDEX;
        step->index = index_value(p->token.text);
        step->name = p->token.text;
    } else {
        return wrong(p, "an index or '*' is wanted");
    }
    take(p);
    return want_char(p, ']', "']' is wanted behind an index");
}

static ent_code step_new(parser *p, stix_step ***link, stix_step **step)
{
    *step = ent_arena_alloc(p->arena, sizeof **step);
    if (*step == NULL)
        return ent_fail_arena(p->err);
    **link = *step;
    *link = &(*step)->next;
    return ENT_OK;
}

static ent_code path_read(parser *p, stix_node *test)
{
    stix_step **link = &test->path, *step;
    int steps = 0;

    if (p->token.kind != STIX_TOKEN_NAME && p->token.kind != STIX_TOKEN_HYPHEN)
        return wrong(p, "the type of an object is wanted");
    test->type = p->token.text;
    take(p);
    ENT_TRY(want_char(p, ':', "':' is wanted behind the type of an object"));
    ENT_TRY(step_new(p, &link, &step));
    ENT_TRY(name_step(p, &step->name));
    while (is_char(p, '.') || is_char(p, '[')) {
        if (++steps > ENT_LIMIT_PATTERN_DEPTH)
            return ent_fail(p->err, ENT_LIMIT, "a path has more than %d steps",
                            ENT_LIMIT_PATTERN_DEPTH);
        ENT_TRY(step_new(p, &link, &step));
        if (is_char(p, '[')) {
            ENT_TRY(index_step(p, step));
            continue;
        }
        take(p);
        ENT_TRY(name_step(p, &step->name));
    }
    return ENT_OK;
}

/* A path through `hashes` ends in the name of an algorithm, whose values have a form. */
static ent_code hash_check(const parser *p, const stix_node *test)
{
    const stix_step *last = test->path;
    bool hashes = false;

    for (const stix_step *s = test->path; s != NULL; s = s->next) {
        hashes = hashes || (s->kind == STIX_STEP_NAME && ent_str_is(s->name, "hashes"));
        last = s;
    }
    if (!hashes || last->kind != STIX_STEP_NAME || ent_str_is(last->name, "hashes") ||
        (test->op != STIX_OP_EQ && test->op != STIX_OP_NE && test->op != STIX_OP_IN))
        return ENT_OK;
    for (const stix_constant *c = test->constants; c != NULL; c = c->next) {
        ent_str value = c->kind == STIX_CONSTANT_STRING ? c->value : c->raw;

        if (!ent_str_is(stix_hash_algorithm(last->name), "TLSH") &&
            !stix_hash_ok(last->name, value))
            return wrong_at(p, c->raw.ptr, "this is not the form of such a hash");
    }
    return ENT_OK;
}

/* ---- comparison expressions ---- */

static bool order_operator(stix_token_kind kind, stix_operator *op)
{
    if (kind < STIX_TOKEN_LT || kind > STIX_TOKEN_GE)
        return false;
    *op = kind == STIX_TOKEN_LT   ? STIX_OP_LT
          : kind == STIX_TOKEN_LE ? STIX_OP_LE
          : kind == STIX_TOKEN_GT ? STIX_OP_GT
                                  : STIX_OP_GE;
    return true;
}

static bool word_operator(const parser *p, stix_operator *op)
{
    static const struct {
        stix_word word;
        stix_operator op;
    } words[] = { { STIX_WORD_LIKE, STIX_OP_LIKE },
                  { STIX_WORD_MATCHES, STIX_OP_MATCHES },
                  { STIX_WORD_ISSUBSET, STIX_OP_ISSUBSET },
                  { STIX_WORD_ISSUPERSET, STIX_OP_ISSUPERSET } };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(p, words[i].word)) {
            *op = words[i].op;
            return true;
        }
    return false;
}

static ent_code operand_read(parser *p, stix_node *test)
{
    if (p->token.kind == STIX_TOKEN_EQ || p->token.kind == STIX_TOKEN_NE) {
        test->op = p->token.kind == STIX_TOKEN_EQ ? STIX_OP_EQ : STIX_OP_NE;
        take(p);
        return constant_read(p, &test->constants);
    }
    if (order_operator(p->token.kind, &test->op)) {
        take(p);
        if (is_word(p, STIX_WORD_TRUE) || is_word(p, STIX_WORD_FALSE))
            return wrong(p, "true and false have no order");
        return constant_read(p, &test->constants);
    }
    if (is_word(p, STIX_WORD_IN)) {
        test->op = STIX_OP_IN;
        take(p);
        return set_read(p, &test->constants);
    }
    if (!word_operator(p, &test->op))
        return wrong(p, "a comparison operator is wanted");
    take(p);
    if (p->token.kind != STIX_TOKEN_STRING)
        return wrong(p, "a string is wanted behind this operator");
    return constant_read(p, &test->constants);
}

static ent_code test_read(parser *p, stix_node **node)
{
    stix_node *test = NULL;

    ENT_TRY(node_new(p, STIX_NODE_TEST, &test));
    *node = test;
    if (is_word(p, STIX_WORD_NOT)) {
        take(p);
        test->negated = true;
        if (!is_word(p, STIX_WORD_EXISTS))
            return wrong(p, "EXISTS is wanted behind NOT at the beginning");
    }
    if (is_word(p, STIX_WORD_EXISTS)) {
        take(p);
        test->op = STIX_OP_EXISTS;
        return path_read(p, test);
    }
    ENT_TRY(path_read(p, test));
    if (is_word(p, STIX_WORD_NOT)) {
        take(p);
        test->negated = true;
    }
    ENT_TRY(operand_read(p, test));
    return hash_check(p, test);
}

/* `kind` nodes with the operands that `operand` reads, joined by `word`.  One operand
 * stands for itself; an operand of the same kind gives its own operands instead. */
static ent_code joined_read(parser *p, stix_node_kind kind, stix_word word,
                            ent_code (*operand)(parser *p, stix_node **node), stix_node **node)
{
    stix_node *first = NULL, **link, *join;

    ENT_TRY(operand(p, &first));
    ENT_ASSERT(first != NULL);
    *node = first;
    if (!is_word(p, word))
        return ENT_OK;
    ENT_TRY(node_new(p, kind, &join));
    *node = join;
    join->first = first;
    link = &first->next;
    while (is_word(p, word)) {
        stix_node *more = NULL;

        take(p);
        ENT_TRY(operand(p, &more));
        ENT_ASSERT(more != NULL);
        *link = more;
        link = &more->next;
    }
    return ENT_OK;
}

static ent_code comparison_read(parser *p, stix_node **node);

static ent_code comparison_item(parser *p, stix_node **node)
{
    if (!is_char(p, '('))
        return test_read(p, node);
    ENT_TRY(deeper(p));
    take(p);
    ENT_TRY(comparison_read(p, node));
    p->depth--;
    return want_char(p, ')', "AND, OR or ')' is wanted");
}

static ent_code comparison_and(parser *p, stix_node **node)
{
    return joined_read(p, STIX_NODE_AND, STIX_WORD_AND, comparison_item, node);
}

static ent_code comparison_read(parser *p, stix_node **node)
{
    return joined_read(p, STIX_NODE_OR, STIX_WORD_OR, comparison_and, node);
}

/* ---- observation expressions ---- */

/* STIX 2.0 wrote these times as strings. */
static bool is_time(const parser *p)
{
    return p->token.kind == STIX_TOKEN_TIMESTAMP || (p->old && p->token.kind == STIX_TOKEN_STRING);
}

static ent_code startstop_read(parser *p, stix_node *node)
{
    node->kind = STIX_NODE_STARTSTOP;
    take(p);
    if (!is_time(p))
        return wrong(p, "a timestamp t'...' is wanted behind START");
    ENT_TRY(constant_read(p, &node->constants));
    ENT_TRY(want_word(p, STIX_WORD_STOP, "STOP is wanted"));
    if (!is_time(p))
        return wrong(p, "a timestamp t'...' is wanted behind STOP");
    return constant_read(p, &node->constants->next);
}

static ent_code amount_read(parser *p, stix_node *node, bool whole)
{
    if (p->token.negative ||
        (p->token.kind != STIX_TOKEN_INTEGER && (whole || p->token.kind != STIX_TOKEN_FLOAT)))
        return wrong(p,
                     whole ? "a positive whole number is wanted" : "a positive number is wanted");
    node->amount_raw = p->token.text;
    node->amount = number_value(p->token.text);
    take(p);
    return ENT_OK;
}

static ent_code qualifier_read(parser *p, stix_node *node)
{
    if (is_word(p, STIX_WORD_START))
        return startstop_read(p, node);
    if (is_word(p, STIX_WORD_WITHIN)) {
        node->kind = STIX_NODE_WITHIN;
        take(p);
        ENT_TRY(amount_read(p, node, false));
        return want_word(p, STIX_WORD_SECONDS, "SECONDS is wanted");
    }
    node->kind = STIX_NODE_REPEATS;
    take(p);
    ENT_TRY(amount_read(p, node, true));
    return want_word(p, STIX_WORD_TIMES, "TIMES is wanted");
}

static bool at_qualifier(const parser *p)
{
    return is_word(p, STIX_WORD_START) || is_word(p, STIX_WORD_WITHIN) ||
           is_word(p, STIX_WORD_REPEATS);
}

/* Qualifiers behind an observation expression, each around what stands before it.  One
 * of a kind on one [..] (s9.5.1); the published grammar lets a group in parentheses have
 * more, and so do its patterns. */
static ent_code qualifiers_read(parser *p, bool simple, stix_node **node)
{
    unsigned seen = 0;

    while (at_qualifier(p)) {
        stix_node *qualifier;
        const char *at = p->token.text.ptr;

        ENT_TRY(node_new(p, STIX_NODE_WITHIN, &qualifier));
        ENT_TRY(qualifier_read(p, qualifier));
        if (simple && (seen >> qualifier->kind & 1) != 0)
            return wrong_at(p, at, "an observation expression has two qualifiers of this kind");
        seen |= 1u << qualifier->kind;
        qualifier->first = *node;
        *node = qualifier;
    }
    return ENT_OK;
}

static ent_code pattern_read(parser *p, stix_node **node);

static ent_code observation_item(parser *p, stix_node **node)
{
    bool group = is_char(p, '(');

    if (group) {
        ENT_TRY(deeper(p));
        take(p);
        ENT_TRY(pattern_read(p, node));
        p->depth--;
        ENT_TRY(want_char(p, ')', "AND, OR, FOLLOWEDBY or ')' is wanted"));
    } else {
        if (!is_char(p, '['))
            return wrong(p, "'[' or '(' is wanted");
        ENT_TRY(node_new(p, STIX_NODE_OBSERVATION, node));
        take(p);
        ENT_TRY(comparison_read(p, &(*node)->first));
        ENT_TRY(want_char(p, ']', "AND, OR or ']' is wanted"));
    }
    return qualifiers_read(p, !group && !p->old, node);
}

static ent_code observation_and(parser *p, stix_node **node)
{
    return joined_read(p, STIX_NODE_AND, STIX_WORD_AND, observation_item, node);
}

static ent_code observation_or(parser *p, stix_node **node)
{
    return joined_read(p, STIX_NODE_OR, STIX_WORD_OR, observation_and, node);
}

static ent_code pattern_read(parser *p, stix_node **node)
{
    return joined_read(p, STIX_NODE_FOLLOWEDBY, STIX_WORD_FOLLOWEDBY, observation_or, node);
}

static ent_code read_version(ent_arena *arena, ent_str text, bool old, stix_node **pattern,
                             size_t *column, ent_err *err)
{
    parser p = { .arena = arena, .text = text, .old = old, .column = column, .err = err };

    *column = 1;
    if (text.size == 0)
        p.text.ptr = "";
    if (text.size > ENT_LIMIT_PATTERN_SIZE)
        return ent_fail(err, ENT_LIMIT, "the pattern has %zu bytes, more than %d", text.size,
                        ENT_LIMIT_PATTERN_SIZE);
    if (!ent_utf8_valid(p.text))
        return ent_fail(err, ENT_FORMAT, "column 1: the pattern is not UTF-8 [STIX 2.1 s9.3]");
    p.token = stix_token_next(p.text, 0);
    /* Comments are an addition of the published grammar, which wants none in front. */
    for (const char *at = p.text.ptr; at < p.token.text.ptr; at++)
        if (*at == '/')
            return wrong_at(&p, at, "a pattern begins with '[' or '('");
    ENT_TRY(pattern_read(&p, pattern));
    if (p.token.kind != STIX_TOKEN_END)
        return wrong(&p, "nothing more may follow the pattern");
    return ENT_OK;
}

ent_code stix_pattern_read(ent_arena *arena, ent_str text, stix_node **pattern, size_t *column,
                           ent_err *err)
{
    return read_version(arena, text, false, pattern, column, err);
}

ent_code stix_pattern_check(ent_arena *arena, ent_str text, ent_str version, ent_err *err)
{
    stix_node *pattern;
    size_t column;

    return read_version(arena, text, ent_str_is(version, "2.0"), &pattern, &column, err);
}
