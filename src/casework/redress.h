/*
 * casework/redress -- a person says that what is held of him, or done to him, is wrong.
 *
 *     received   the oversight body opens it: what the person gave, and thirty days
 *     (traced)   every record that may be about the person, and every place it went
 *     decided    the legal officer: founded or not, why; who is never the same; which keys of
 *                the person's own are exempt from likeness
 *     answered   the oversight body answers the person, in words that are the same whatever
 *                was or was not found, unless the decision lets it say more
 *
 * Oversight changes no record: correcting, recalling and withdrawing are the commands of those
 * who own the work, and the trace says what is still open.  Partners are asked, oversight to
 * oversight, only by ids that both already know.  An exemption ("who shows this document is
 * not whom you take him for") is content: it goes to a partner when two officers have signed it.
 *
 * Documents: "redress", "redress-in" (a partner asks), "redress-exempt" (waits for approvals),
 * "exempt" (a key, ours or a partner's).
 */
#ifndef ENT_CASEWORK_REDRESS_H
#define ENT_CASEWORK_REDRESS_H

#include "casework/signed.h"

#define CASEWORK_REDRESS_DAYS 30

typedef struct casework_complaint {
    ent_str reference, name, birth, text; /* birth: or "" */
    const ent_str *keys;                  /* the person's own documents, as people write them */
    size_t key_count;
    const ent_str *about; /* records that it is about, if oversight knows them */
    size_t about_count;
} casework_complaint;

typedef struct casework_redress {
    ent_str id, state;
    ent_json json; /* as kept: reference, name, birth, keys, about, decision, events, partners */
    ent_time opened, due;
    bool overdue;
} casework_redress;

/* Inside a transaction, all that change.  FORMAT names what is wrong. */
ENT_MUST_USE ent_code casework_redress_open(desk *d, ent_arena *arena,
                                            const casework_complaint *complaint,
                                            const desk_officer *by, casework_redress *r,
                                            ent_err *err);

/* By its id, the beginning of one, or its reference.  NOT_FOUND, CONFLICT */
ENT_MUST_USE ent_code casework_redress_find(desk *d, ent_arena *arena, ent_str text,
                                            casework_redress *r, ent_err *err);
ENT_MUST_USE ent_code casework_redress_list(desk *d, ent_arena *arena, casework_redress **list,
                                            size_t *count, ent_err *err);

/* ---- the trace ---- */

typedef struct casework_redress_record {
    ent_str id, owner, type;
    const char *how; /* named, key, likeness */
} casework_redress_record;

/* Somewhere that the person is, or was. */
typedef struct casework_redress_place {
    ent_str what;  /* release, receipt, alert, tip, same ... (redress.def) */
    ent_str id;    /* of the release, alert, ... */
    ent_str peer;  /* or "" */
    ent_str state; /* of it */
    ent_str by;    /* the record, key or name that is there */
    bool open;     /* it still has the data, or nobody has proved that it has not */
} casework_redress_place;

typedef struct casework_redress_trace {
    casework_redress_record *records;
    size_t record_count;
    casework_redress_place *places;
    size_t place_count, open_count;
} casework_redress_trace;

/* Cost: linear in the documents of the desk. */
ENT_MUST_USE ent_code casework_redress_trace_make(desk *d, ent_arena *arena,
                                                  const casework_redress *r,
                                                  casework_redress_trace *trace, ent_err *err);

/* ---- deciding and answering ---- */

typedef struct casework_redress_decision {
    bool founded, may_tell; /* the answer may say that something was put right */
    ent_str reason;
    const ent_str *never; /* pairs of records that are never the same */
    size_t never_count;
    const ent_str *exempt; /* keys of the person */
    size_t exempt_count;
    const char *const *tell; /* partners who get the exemption, once it is signed */
    size_t tell_count;
    ent_str purpose; /* under whose agreement they do */
} casework_redress_decision;

/* DENIED: not the legal officer; CONFLICT: decided already; codes of persons_never */
ENT_MUST_USE ent_code casework_redress_decide(desk *d, ent_arena *arena, casework_redress *r,
                                              const casework_redress_decision *decision,
                                              const desk_officer *by, ent_err *err);

/* One officer signs the exemptions that wait; *sent counts those that left. */
ENT_MUST_USE ent_code casework_redress_approve(desk *d, ent_arena *arena, casework_redress *r,
                                               const desk_officer *by, size_t *signed_,
                                               size_t *sent, ent_err *err);

/* Closes it; *letter is what the person is told.  CONFLICT: it is not decided. */
ENT_MUST_USE ent_code casework_redress_answer(desk *d, ent_arena *arena, casework_redress *r,
                                              const desk_officer *by, ent_str *letter,
                                              ent_err *err);

/* Is one of these keys exempt from likeness? */
ENT_MUST_USE ent_code casework_exempt(desk *d, ent_arena *arena, const ent_str *keys, size_t count,
                                      bool *exempt, ent_err *err);

/* What is late is written down, once.  *next as in casework/due.h. */
ENT_MUST_USE ent_code casework_redress_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

/* ---- with the oversight body of a partner ---- */

/* Asks about every record of the trace that both know.  *count: how many ids that was.
 * NO: there is none; DENIED: no agreement with it is in force */
ENT_MUST_USE ent_code casework_redress_ask(desk *d, ent_arena *arena, casework_redress *r,
                                           const char *peer, const desk_officer *by, size_t *count,
                                           ent_err *err);

typedef struct casework_redress_asked {
    ent_str id, peer, state; /* asked, answered */
    ent_str reference;
    ent_json ids, answer;
    ent_time time;
} casework_redress_asked;

ENT_MUST_USE ent_code casework_redress_asked_list(desk *d, ent_arena *arena,
                                                  casework_redress_asked **list, size_t *count,
                                                  ent_err *err);

/* Answers what a partner's oversight body asked: for each id whether we have it, and whether
 * we gave it to others.  By the beginning of its id.  NOT_FOUND, CONFLICT */
ENT_MUST_USE ent_code casework_redress_reply(desk *d, ent_arena *arena, ent_str id,
                                             const desk_officer *by, casework_redress_asked *asked,
                                             ent_err *err);

/* Says to a partner's oversight body what our journal knows of both logs of the link:
 * sizes and roots as text "size/root"; kept there as "heads-in" (node/audit compares). */
ENT_MUST_USE ent_code casework_heads_say(desk *d, ent_arena *arena, const char *peer, ent_str said,
                                         ent_str heard, const desk_officer *by, ent_err *err);

/* The receiver (node/receivers.c) of the entry "oversight". */
ent_code casework_oversight_receive(desk *d, ent_arena *arena, const char *peer,
                                    const link_entry *entry, ent_span body, ent_err *err);

#endif
