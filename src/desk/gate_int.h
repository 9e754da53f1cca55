/*
 * desk/gate_int -- one passage through the gate, between its parts.
 *
 * gate.c builds the result in order: gate_collect.c takes what goes and asks policy about each,
 * gate.c projects it, gate_statement.c writes what is signed, and gate_known.c holds every
 * reference in the finished bytes against what the recipient knows.
 */
#ifndef ENT_DESK_GATE_INT_H
#define ENT_DESK_GATE_INT_H

#include "desk/gate.h"
#include "desk/onward_int.h"

struct desk_gate_work {
    desk *d;
    ent_arena *arena;
    const desk_gate_request *request;
    desk_gate_result *result;
    const char *knower; /* who may know what is referred to; NULL: nobody */
    desk_peer peer;     /* the other end of the link */
    uint8_t secret[32]; /* for outgoing ids */
    size_t room;
    ent_code failed; /* of a question inside a projection */
    ent_err failure;
};

/* ---- gate_known.c ---- */

/* The object of the set that has this id here; NULL: none. */
const desk_gate_object *desk_gate_in_set(const struct desk_gate_work *g, ent_str id);
/* The id by which the recipient knows the target of a reference, if it does. */
ENT_MUST_USE ent_code desk_gate_reference_find(struct desk_gate_work *g, ent_str id, ent_str *known,
                                               bool *knows, ent_err *err);
/* For desk_closed_check: does the recipient know this outgoing id, now or with the set? */
ENT_MUST_USE ent_code desk_gate_known(void *arg, ent_str id, bool *knows, ent_err *err);

/* ---- gate_collect.c ---- */

/* NOT_FOUND  no record of ours, or erased;  DENIED  another's, or in quarantine */
ENT_MUST_USE ent_code desk_gate_own_row(struct desk_gate_work *g, ent_str id, store_row *row,
                                        ent_err *err);
/* Each adds to the set what policy lets go.  DENIED for what was named and may not; links
 * that may not go are withheld with the reason. */
ENT_MUST_USE ent_code desk_gate_named_add(struct desk_gate_work *g, ent_str id, ent_err *err);
ENT_MUST_USE ent_code desk_gate_grants_add(struct desk_gate_work *g, ent_err *err);
ENT_MUST_USE ent_code desk_gate_links_add(struct desk_gate_work *g, ent_err *err);

/* ---- gate_statement.c ---- */

/* Writes the canonical statement of a result that is complete. */
ENT_MUST_USE ent_code desk_gate_statement(struct desk_gate_work *g, ent_err *err);

#endif
