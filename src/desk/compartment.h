/*
 * desk/compartment -- who of one's own people may know that a record is there.
 *
 * A record may be put into compartments; who is not in all of them does not see it.  That is said
 * beside the record, by its id (document `compartment`), so it holds for every version, whoever's,
 * and is in no bytes that could leave.  What names such a record, or names what names it, is
 * hidden with it: links, reports, hits, drafts, cases.  There is one place that hides: the handle
 * of the store through which a person reads (store_reader_set).  It answers as for what is not
 * held.  The node's own processes see everything: a partner's match finds it if its label says
 * that it may be found, a recall reaches it, and its last day comes.
 */
#ifndef ENT_DESK_COMPARTMENT_H
#define ENT_DESK_COMPARTMENT_H

#include "base/hash.h"
#include "desk/desk.h"

#define DESK_COMPARTMENT_NAME 32

/* 1 to 32 of A-Z 0-9 and '-'. */
bool desk_compartment_name(ent_str name);

/* For a person of this name ("": nobody known) in these compartments, who may be one for whom
 * something is by name (desk/named.h); NULL: nothing is hidden from that person.  In the arena;
 * as of now. */
ENT_MUST_USE ent_code desk_reader_open(desk *d, ent_arena *arena, ent_str person,
                                       const ent_str *names, size_t count,
                                       const store_reader **reader, ent_err *err);

/* The same for equal sets of hidden records, whoever's set it is.  Of a reader that was opened here. */
ent_hash desk_reader_hash(const store_reader *reader);

/* Within a transaction.  NOT_FOUND: who works does not see such a record.  Putting it where it is
 * already, or taking it from where it is not, is CONFLICT. */
ENT_MUST_USE ent_code desk_compartment_put(desk *d, ent_arena *arena, ent_str object, ent_str name,
                                           ent_err *err);
ENT_MUST_USE ent_code desk_compartment_take(desk *d, ent_arena *arena, ent_str object, ent_str name,
                                            ent_err *err);

/* The same for what is only just coming, whether it may be read or is held back, and is there or
 * not already.  USAGE for a name that is none. */
ENT_MUST_USE ent_code desk_compartment_hold(desk *d, ent_arena *arena, ent_str object, ent_str name,
                                            ent_err *err);

/* Records in compartments, as many as who works may see; with their compartments. */
typedef ent_code (*desk_compartment_each)(void *arg, ent_str object, ent_json names, ent_err *err);
ENT_MUST_USE ent_code desk_compartment_list(desk *d, ent_arena *arena, desk_compartment_each each,
                                            void *arg, ent_err *err);

#endif
