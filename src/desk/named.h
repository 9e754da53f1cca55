/*
 * desk/named -- what a partner released to persons by name (TLP:RED).
 *
 * A release may say for whom it is (`for`, users of the receiving node); one with anything in
 * TLP:RED must.  Two officers sign the names with the rest.  At the receiver nobody else reads
 * it: through the handle of any other person (desk/compartment.h) those rows, the partner's links
 * to them and the documents that name them are not there, so that nobody's search or path is
 * changed by them; oversight sees them.  The names are kept beside the release from which a row
 * came, and so go with a recall and yield to a later release of the same for all.  What everybody
 * was given already is not narrowed: that would take it from those who work with it; the giver's
 * gate and the receiver both refuse.  An id that others hold too hides nothing of theirs.
 */
#ifndef ENT_DESK_NAMED_H
#define ENT_DESK_NAMED_H

#include "desk/desk.h"

#define DESK_NAMED      16 /* persons */
#define DESK_NAMED_SIZE 64

/* Is it a list of 1 to DESK_NAMED names, each once? */
bool desk_named_valid(ent_json list);

/* Of a statement that is received: DENIED [tlp] for RED without names, FORMAT, and CONFLICT for
 * what everybody has. */
ENT_MUST_USE ent_code desk_named_check(desk *d, ent_arena *arena, const char *peer,
                                       ent_json statement, ent_err *err);

/* Keeps for whom it is (document `named`, by the release; it stays when the release is called
 * back), if it says so. */
ENT_MUST_USE ent_code desk_named_put(desk *d, const char *peer, ent_str release, ent_json statement,
                                     ent_err *err);

/* Was this object (by its outgoing id) given to the peer, and not to persons by name?  What was
 * called back since counts: the receiver would refuse.  Walks the releases to this peer. */
ENT_MUST_USE ent_code desk_named_given(desk *d, ent_arena *arena, const char *peer, ent_str id,
                                       bool *to_all, ent_err *err);

/* Every release that is not for this person ("": for nobody), once without a row, and each row
 * that comes from it. */
typedef ent_code (*desk_named_each)(void *arg, ent_str release, ent_str owner, ent_str id,
                                    ent_err *err);
ENT_MUST_USE ent_code desk_named_hidden(desk *d, ent_str person, desk_named_each each, void *arg,
                                        ent_err *err);

/* Does this row come from a release to persons by name? */
ENT_MUST_USE ent_code desk_named_row(desk *d, ent_arena *arena, const store_row *row, bool *named,
                                     ent_err *err);

/* Is this row for the person by name? */
ENT_MUST_USE ent_code desk_named_for(desk *d, ent_arena *arena, const store_row *row,
                                     ent_str person, bool *by_name, ent_err *err);

#endif
