/*
 * casework/warn -- somebody's life is threatened: who was warned, by whom, and if nobody, why not?
 *
 * Whoever learns of a threat to life opens a warning: who is threatened, in which words, and a
 * clock by its precedence.  It ends in one of two ways.  Somebody says whom he warned, how and
 * when.  Or it is waived, with a reason, by two officers of which one is the legal officer:
 * silence is no waiver, and a waiver by one is none.  When the clock is over whoever is on duty
 * is told, the deputy after as long again, and oversight has it in the journal [MET-2].
 *
 * A warning stays in this node; a partner who must warn is told by a message or a tip, whose id
 * goes into "about".  Document: "warning".
 */
#ifndef ENT_CASEWORK_WARN_H
#define ENT_CASEWORK_WARN_H

#include "casework/item.h"

typedef struct casework_warning {
    ent_str id, state; /* open, warned, waived */
    ent_json json;     /* threatened, text, about, precedence, by, events, waiver */
    ent_time opened, due;
    bool overdue;
} casework_warning;

typedef struct casework_threat {
    ent_str threatened, text;
    ent_str about; /* a record, tip or request; or "" */
    casework_precedence precedence;
} casework_threat;

/* Inside a transaction, all that change. */
ENT_MUST_USE ent_code casework_warn_new(desk *d, ent_arena *arena, const casework_threat *threat,
                                        const desk_officer *by, casework_warning *warning,
                                        ent_err *err);

/* By its id or the beginning of it.  NOT_FOUND, CONFLICT */
ENT_MUST_USE ent_code casework_warn_find(desk *d, ent_arena *arena, ent_str text,
                                         casework_warning *warning, ent_err *err);
ENT_MUST_USE ent_code casework_warn_list(desk *d, ent_arena *arena, casework_warning **list,
                                         size_t *count, ent_err *err);

/* `who` was warned, in this way.  More than one may be. */
ENT_MUST_USE ent_code casework_warn_done(desk *d, ent_arena *arena, casework_warning *warning,
                                         ent_str who, ent_str how, const desk_officer *by,
                                         ent_err *err);

/* One officer waives it, with the reason; the second closes it.
 * DENIED  neither of the two is the legal officer, a wrong role, the same person again */
ENT_MUST_USE ent_code casework_warn_waive(desk *d, ent_arena *arena, casework_warning *warning,
                                          ent_str reason, const desk_officer *by, ent_err *err);

/* *next as in casework/due.h. */
ENT_MUST_USE ent_code casework_warn_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

#endif
