/*
 * stix/pattern -- STIX patterns (STIX 2.1 s9): is this a pattern, and what does it say?
 *
 *     [file:name = 'a.exe'] FOLLOWEDBY ([ipv4-addr:value = '1.2.3.4'] REPEATS 3 TIMES)
 *
 * A pattern is read into a tree: observation expressions, in whose leaves stand
 * comparison expressions.  AND, OR and FOLLOWEDBY have any number of operands, so that a
 * pattern of ten thousand terms is wide, not deep; only parentheses recurse, at most
 * PATTERN_DEPTH of them.  Constants are decoded, paths split.  The tree borrows from the
 * text and lives in the arena.  Cost: linear.  Matching is stix/match.h.
 */
#ifndef ENT_STIX_PATTERN_H
#define ENT_STIX_PATTERN_H

#include "base/buf.h"

typedef enum stix_node_kind {
    STIX_NODE_TEST, /* path operator constant */
    STIX_NODE_AND,  /* of comparisons or of observations, as its place says */
    STIX_NODE_OR,
    STIX_NODE_FOLLOWEDBY,
    STIX_NODE_OBSERVATION, /* [comparison] */
    STIX_NODE_REPEATS,
    STIX_NODE_WITHIN,
    STIX_NODE_STARTSTOP
} stix_node_kind;

typedef enum stix_operator {
    STIX_OP_EQ,
    STIX_OP_NE,
    STIX_OP_LT,
    STIX_OP_LE,
    STIX_OP_GT,
    STIX_OP_GE,
    STIX_OP_IN,
    STIX_OP_LIKE,
    STIX_OP_MATCHES,
    STIX_OP_ISSUBSET,
    STIX_OP_ISSUPERSET,
    STIX_OP_EXISTS
} stix_operator;

typedef enum stix_constant_kind {
    STIX_CONSTANT_INTEGER,
    STIX_CONSTANT_FLOAT,
    STIX_CONSTANT_STRING,
    STIX_CONSTANT_BINARY,
    STIX_CONSTANT_HEX,
    STIX_CONSTANT_BOOLEAN,
    STIX_CONSTANT_TIMESTAMP
} stix_constant_kind;

typedef struct stix_constant {
    stix_constant_kind kind;
    ent_str raw;   /* as written */
    ent_str value; /* string unescaped, binary and hex decoded, timestamp without quotes */
    double number; /* integer and float; boolean 1 or 0 */
    struct stix_constant *next;
} stix_constant;

typedef enum stix_step_kind { STIX_STEP_NAME, STIX_STEP_INDEX, STIX_STEP_ANY } stix_step_kind;

typedef struct stix_step {
    stix_step_kind kind;
    ent_str name;
    int64_t index;
    struct stix_step *next;
} stix_step;

typedef struct stix_node {
    stix_node_kind kind;
    struct stix_node *first; /* operands, in order */
    struct stix_node *next;  /* the next operand of the same parent */
    /* of a test */
    ent_str type; /* object type */
    stix_step *path;
    stix_operator op;
    bool negated;
    stix_constant *constants; /* one, or those of IN; NULL for EXISTS and IN () */
    /* of a qualifier; STARTSTOP: constants are the two times */
    double amount;
    ent_str amount_raw;
    size_t at; /* where it begins in the text, in bytes */
} stix_node;

/* Reads a pattern.
 *
 * FORMAT  "column N: ..." (1-based, in characters): no pattern; *column is N
 * LIMIT   nested deeper or longer than a limit, or the arena is full */
ENT_MUST_USE ent_code stix_pattern_read(ent_arena *arena, ent_str text, stix_node **pattern,
                                        size_t *column, ent_err *err);

/* Only whether it is a pattern; by the looser rules of STIX 2.0 if `version` is "2.0". */
ENT_MUST_USE ent_code stix_pattern_check(ent_arena *arena, ent_str text, ent_str version,
                                         ent_err *err);

/* The tree as text again, with one blank where blanks are wanted and no parentheses but
 * those that the tree needs.  Reading that gives the same tree. */
void stix_pattern_write(const stix_node *pattern, ent_buf *buf);

const char *stix_operator_text(stix_operator op);
void stix_path_write(const stix_node *test, ent_buf *buf);

#endif
