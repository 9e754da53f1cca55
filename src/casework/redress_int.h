/* casework/redress (private) -- the document, changed. */
#ifndef ENT_CASEWORK_REDRESS_INT_H
#define ENT_CASEWORK_REDRESS_INT_H

#include "casework/redress.h"

/* Writes `name`: `value` (JSON) into it, with an event; `value` .ptr NULL: only the event. */
ENT_MUST_USE ent_code casework_redress_change(desk *d, ent_arena *arena, casework_redress *r,
                                              const char *name, ent_str value, const char *event,
                                              const char *by, ent_str note, ent_err *err);

/* A note in the journal, for oversight. */
ENT_MUST_USE ent_code casework_redress_note(desk *d, ent_arena *arena, const casework_redress *r,
                                            const char *verb, const desk_officer *by, ent_str peer,
                                            ent_str reason, ent_err *err);

/* Drafts the exemption for one partner. */
ENT_MUST_USE ent_code casework_exempt_draft(desk *d, ent_arena *arena, const casework_redress *r,
                                            const casework_redress_decision *decision,
                                            const char *peer, const desk_officer *by, ent_err *err);

/* Keeps an exemption.  `peer` "" ours; a partner's gives way to one that is there already. */
ENT_MUST_USE ent_code casework_exempt_put(desk *d, ent_arena *arena, ent_str key, ent_str peer,
                                          ent_str reference, ent_err *err);

#endif
