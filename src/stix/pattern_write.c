/* A pattern's tree as text. */
#include "stix/pattern.h"

const char *stix_operator_text(stix_operator op)
{
    static const char *const texts[] = {
        "=", "!=", "<", "<=", ">", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET", "EXISTS"
    };

    return texts[op];
}

static bool plain_name(ent_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (c >= '0' && c <= '9' && i > 0)))
            return false;
    }
    return name.size > 0;
}

static bool keyword(ent_str name)
{
    static const char *const words[] = { "AND",     "OR",         "NOT",      "FOLLOWEDBY", "LIKE",
                                         "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS",     "LAST",
                                         "IN",      "START",      "STOP",     "SECONDS",    "true",
                                         "false",   "WITHIN",     "REPEATS",  "TIMES" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ent_str_is(name, words[i]))
            return true;
    return false;
}

static void name_write(ent_str name, ent_buf *buf)
{
    if (plain_name(name) && !keyword(name)) {
        ent_buf_str(buf, name);
        return;
    }
    ent_buf_byte(buf, '\'');
    for (size_t i = 0; i < name.size; i++) {
        if (name.ptr[i] == '\'' || name.ptr[i] == '\\')
            ent_buf_byte(buf, '\\');
        ent_buf_byte(buf, (unsigned char)name.ptr[i]);
    }
    ent_buf_byte(buf, '\'');
}

void stix_path_write(const stix_node *test, ent_buf *buf)
{
    ent_buf_str(buf, test->type);
    ent_buf_byte(buf, ':');
    for (const stix_step *s = test->path; s != NULL; s = s->next) {
        if (s->kind == STIX_STEP_ANY) {
            ent_buf_c(buf, "[*]");
        } else if (s->kind == STIX_STEP_INDEX) {
            ent_buf_byte(buf, '[');
            ent_buf_str(buf, s->name);
            ent_buf_byte(buf, ']');
        } else {
            if (s != test->path)
                ent_buf_byte(buf, '.');
            name_write(s->name, buf);
        }
    }
}

static void test_write(const stix_node *test, ent_buf *buf)
{
    if (test->op == STIX_OP_EXISTS) {
        ent_buf_c(buf, test->negated ? "NOT EXISTS " : "EXISTS ");
        stix_path_write(test, buf);
        return;
    }
    stix_path_write(test, buf);
    ent_buf_c(buf, test->negated ? " NOT " : " ");
    ent_buf_c(buf, stix_operator_text(test->op));
    ent_buf_byte(buf, ' ');
    if (test->op == STIX_OP_IN)
        ent_buf_byte(buf, '(');
    for (const stix_constant *c = test->constants; c != NULL; c = c->next) {
        ent_buf_str(buf, c->raw);
        if (c->next != NULL)
            ent_buf_c(buf, ", ");
    }
    if (test->op == STIX_OP_IN)
        ent_buf_byte(buf, ')');
}

/* How tightly it binds: what binds less than its parent needs parentheses. */
static int strength(const stix_node *node)
{
    switch (node->kind) {
    case STIX_NODE_FOLLOWEDBY:
        return 0;
    case STIX_NODE_OR:
        return 1;
    case STIX_NODE_AND:
        return 2;
    case STIX_NODE_TEST:
    case STIX_NODE_OBSERVATION:
    case STIX_NODE_REPEATS:
    case STIX_NODE_WITHIN:
    case STIX_NODE_STARTSTOP:
        break;
    }
    return 3;
}

static bool qualifier(const stix_node *node)
{
    return node->kind == STIX_NODE_REPEATS || node->kind == STIX_NODE_WITHIN ||
           node->kind == STIX_NODE_STARTSTOP;
}

/* Two qualifiers of one kind on one expression are only legal with parentheses. */
static bool repeats_kind(const stix_node *outer, const stix_node *inner)
{
    for (; qualifier(inner); inner = inner->first)
        if (inner->kind == outer->kind)
            return true;
    return false;
}

static void operand_write(const stix_node *node, bool parentheses, ent_buf *buf)
{
    if (parentheses)
        ent_buf_byte(buf, '(');
    stix_pattern_write(node, buf);
    if (parentheses)
        ent_buf_byte(buf, ')');
}

static void qualifier_write(const stix_node *node, ent_buf *buf)
{
    operand_write(node->first, strength(node->first) < 3 || repeats_kind(node, node->first), buf);
    if (node->kind == STIX_NODE_STARTSTOP) {
        ent_buf_c(buf, " START ");
        ent_buf_str(buf, node->constants->raw);
        ent_buf_c(buf, " STOP ");
        ent_buf_str(buf, node->constants->next->raw);
        return;
    }
    ent_buf_c(buf, node->kind == STIX_NODE_REPEATS ? " REPEATS " : " WITHIN ");
    ent_buf_str(buf, node->amount_raw);
    ent_buf_c(buf, node->kind == STIX_NODE_REPEATS ? " TIMES" : " SECONDS");
}

void stix_pattern_write(const stix_node *pattern, ent_buf *buf)
{
    static const char *const joins[] = { " FOLLOWEDBY ", " OR ", " AND " };

    if (pattern->kind == STIX_NODE_TEST) {
        test_write(pattern, buf);
    } else if (pattern->kind == STIX_NODE_OBSERVATION) {
        ent_buf_byte(buf, '[');
        stix_pattern_write(pattern->first, buf);
        ent_buf_byte(buf, ']');
    } else if (qualifier(pattern)) {
        qualifier_write(pattern, buf);
    } else {
        for (const stix_node *n = pattern->first; n != NULL; n = n->next) {
            operand_write(n, strength(n) <= strength(pattern), buf);
            if (n->next != NULL)
                ent_buf_c(buf, joins[strength(pattern)]);
        }
    }
}
