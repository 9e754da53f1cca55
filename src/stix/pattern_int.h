/*
 * stix/pattern_int -- the lexer of STIX patterns, for the parser only.
 *
 * The longest token wins, as in the published grammar; white space is what Unicode calls
 * so, and comments are skipped.
 */
#ifndef ENT_STIX_PATTERN_INT_H
#define ENT_STIX_PATTERN_INT_H

#include "stix/pattern.h"

typedef enum stix_token_kind {
    STIX_TOKEN_END,
    STIX_TOKEN_BAD,    /* no token begins here */
    STIX_TOKEN_NAME,   /* identifier without hyphen */
    STIX_TOKEN_HYPHEN, /* identifier with hyphen */
    STIX_TOKEN_WORD,   /* keyword; `word` says which */
    STIX_TOKEN_INTEGER,
    STIX_TOKEN_FLOAT,
    STIX_TOKEN_STRING,
    STIX_TOKEN_BINARY,
    STIX_TOKEN_HEX,
    STIX_TOKEN_TIMESTAMP,
    STIX_TOKEN_EQ,
    STIX_TOKEN_NE,
    STIX_TOKEN_LT,
    STIX_TOKEN_LE,
    STIX_TOKEN_GT,
    STIX_TOKEN_GE,
    STIX_TOKEN_CHAR /* one of [ ] ( ) : . , * ; `word` is the character */
} stix_token_kind;

typedef enum stix_word {
    STIX_WORD_AND,
    STIX_WORD_OR,
    STIX_WORD_NOT,
    STIX_WORD_FOLLOWEDBY,
    STIX_WORD_LIKE,
    STIX_WORD_MATCHES,
    STIX_WORD_ISSUPERSET,
    STIX_WORD_ISSUBSET,
    STIX_WORD_EXISTS,
    STIX_WORD_LAST,
    STIX_WORD_IN,
    STIX_WORD_START,
    STIX_WORD_STOP,
    STIX_WORD_SECONDS,
    STIX_WORD_TRUE,
    STIX_WORD_FALSE,
    STIX_WORD_WITHIN,
    STIX_WORD_REPEATS,
    STIX_WORD_TIMES
} stix_word;

typedef struct stix_token {
    stix_token_kind kind;
    int word;
    bool negative; /* a number with a minus sign */
    ent_str text;  /* with quotes and prefix */
} stix_token;

/* The token at or behind `at`. */
stix_token stix_token_next(ent_str text, size_t at);

#endif
