/*
 * desk/gate -- the one place where outgoing content is built.
 *
 * From the ids of own objects, a peer, a purpose and an agreement it makes the statement
 * that two persons will sign and that the peer will hold: each object decided by policy
 * (policy/decide.h), projected (desk/project.h), and with it the links of ours whose both
 * ends the peer then knows.  The result is a closed set: the finished bytes are read again,
 * and nothing in them may look like an id that is neither in the set nor with that peer
 * already.  The same request over the same holdings gives the same bytes.
 */
#ifndef ENT_DESK_GATE_H
#define ENT_DESK_GATE_H

#include "desk/agreement.h"
#include "desk/evidence.h"
#include "desk/project.h"

/* A node to which the peer may carry facts of ours (desk/onward.h). */
typedef struct desk_third {
    ent_str code, name;
    uint8_t identity[32];
    ent_str request; /* of the peer */
    ent_str until;   /* last day on which it may go */
} desk_third;

typedef struct desk_gate_request {
    ent_str id; /* of the release */
    const char *peer;
    ent_str purpose;
    const ent_str *ids; /* own objects */
    size_t id_count;
    bool links; /* add our links between what the peer then knows */
    const char *const *fields;
    size_t field_count;
    const ent_str *evidence; /* hashes of attached files */
    size_t evidence_count;
    ent_str tearline;     /* or .ptr NULL */
    const ent_str *named; /* for these persons only (desk/named.h) */
    size_t named_count;
    ent_str drafted; /* time as text: part of what is signed */
    /* Of a correction: the releases whose content is replaced, and why. */
    const ent_str *corrects;
    size_t correct_count;
    ent_str reason;
    /* The objects are for this one; `peer` carries them.  The statement is then a grant. */
    ent_str ground; /* of an emergency, or .ptr NULL */
    const desk_third *third;
    /* Facts of others come along, by their owners' grants; `ids` may then be none. */
    const ent_str *grants;
    size_t grant_count;
} desk_gate_request;

typedef struct desk_gate_object {
    ent_str id, type, sent_as;
    ent_str bytes;
    policy_label label;
    ent_str owner;       /* of another's fact, its code; .ptr NULL: ours */
    policy_terms source; /* under which that was received */
} desk_gate_object;

/* A file that goes with one of the objects (desk/release_evidence_int.h). */
typedef struct desk_chosen {
    ent_str object, sent_as;
    desk_evidence file;
} desk_chosen;

typedef struct desk_gate_result {
    desk_terms terms;
    ent_str recipient, purpose;
    ent_str individual;        /* the first of the persons it is for, or none */
    desk_gate_object *objects; /* the named ones, what others granted, then the links */
    size_t count;
    struct desk_grant *grants; /* desk/onward_int.h */
    size_t grant_count;
    desk_chosen *evidence;
    size_t evidence_count;
    desk_withheld_list withheld;
    ent_str statement;    /* canonical */
    bool legal;           /* a witness, victim or minor is among them */
    ent_str *originators; /* whose consent is needed */
    size_t originator_count;
} desk_gate_result;

/* DENIED     names the object and the clause
 * NOT_FOUND  an id is no own object */
ENT_MUST_USE ent_code desk_gate(desk *d, ent_arena *arena, const desk_gate_request *request,
                                desk_gate_result *result, ent_err *err);

/* The question that policy is asked about one of them, before anybody has approved. */
policy_question desk_gate_question(const desk *d, const desk_gate_result *result,
                                   const desk_gate_object *object);

/* A fact of another's that is held here, as the gate would pass it on: its label, and the
 * agreement under which it came.  NOT_FOUND, DENIED: it was erased */
ENT_MUST_USE ent_code desk_gate_foreign(desk *d, ent_arena *arena, const char *owner, ent_str id,
                                        desk_gate_object *object, ent_err *err);

/* Have we given the peer this object (by its outgoing id), and not called it back? */
ENT_MUST_USE ent_code desk_peer_given(desk *d, ent_arena *arena, const char *peer, ent_str id,
                                      bool *given, ent_err *err);

/* Does the peer know this object: because we gave it, or because it is one of its own? */
ENT_MUST_USE ent_code desk_peer_knows(desk *d, ent_arena *arena, const char *peer, ent_str id,
                                      bool *knows, ent_err *err);

/* The objects of a statement form a closed set: every text in them that looks like an id is
 * one of theirs, or `known` says yes.  DENIED names the place. */
typedef ent_code (*desk_known)(void *arg, ent_str id, bool *knows, ent_err *err);
ENT_MUST_USE ent_code desk_closed_check(ent_json objects, desk_known known, void *arg,
                                        ent_err *err);

#endif
