/* desk/agreement (private) -- the statement, the acceptance, and the document they are kept in. */
#ifndef ENT_DESK_AGREEMENT_INT_H
#define ENT_DESK_AGREEMENT_INT_H

#include "desk/agreement.h"
#include "desk/work.h"

#define DESK_AGREEMENT_VERSION 1

/* Reads a statement (canonical text) into agreement: id, name, parties, terms. */
ENT_MUST_USE ent_code desk_statement_read(ent_arena *arena, ent_str text, desk_agreement *agreement,
                                          ent_err *err);

/* This node and its peers stand in it under the keys that we know them by.  With `all`
 * every party must be a linked peer; otherwise only those we know are compared. */
ENT_MUST_USE ent_code desk_parties_check(desk *d, ent_arena *arena, const desk_agreement *agreement,
                                         bool all, ent_err *err);

/* One party's acceptance, as its signature entry says it. */
typedef struct desk_acceptance {
    ent_str text;      /* canonical */
    ent_json officers; /* [{"key","name","role"}] */
} desk_acceptance;
ENT_MUST_USE ent_code desk_acceptance_read(ent_arena *arena, ent_str text,
                                           const desk_agreement *agreement, ent_str party,
                                           desk_acceptance *acceptance, ent_err *err);

/* The document's JSON, written anew.  `signatures` and `suspended` are lists as JSON. */
typedef struct desk_agreement_parts {
    ent_str statement, drafter;
    ent_json own;        /* or none */
    ent_str own_text;    /* instead of `own`, when it changes */
    ent_json signatures; /* list or none */
    ent_str signature;   /* one more, as JSON, or .ptr NULL */
    ent_json suspended;
    ent_str suspension;
    ent_str state;
} desk_agreement_parts;
ENT_MUST_USE ent_code desk_agreement_write(desk *d, ent_arena *arena,
                                           const desk_agreement *agreement,
                                           const desk_agreement_parts *parts, ent_err *err);

/* The parts of an agreement that is there. */
desk_agreement_parts desk_agreement_parts_of(const desk_agreement *agreement);

#endif
