/*
 * match/wire (private) -- what a message may look like before anybody asks what it means.
 *
 * One table says of each step of runs and standing matches which members its header has and whether bytes
 * follow it (doc/design/match-wire.md).  A member of another step, one that is missing, bytes where there are
 * none: refused, so that a message that is accepted is the only way to say what it says.
 */
#ifndef ENT_MATCH_WIRE_INT_H
#define ENT_MATCH_WIRE_INT_H

#include "match/run_int.h"

/* A message of a run of `kind` ("", "size", MATCH_FAST); a step that no such run has is refused too.
 * FORMAT */
ENT_MUST_USE ent_code match_wire_run(ent_str kind, ent_json header, ent_span payload, ent_err *err);

/* A message of a standing match.  FORMAT */
ENT_MUST_USE ent_code match_wire_standing(ent_json header, ent_span payload, ent_err *err);

/* Is an error in working on a message of the peer's a fault of that message?  Everything else is ours:
 * a limit of this node above all, for what the peer may send is bounded before. */
bool match_wire_theirs(ent_code code);

#endif
