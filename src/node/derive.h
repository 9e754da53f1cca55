/*
 * node/derive -- what records are found by becomes of this program's rules before anybody asks.
 *
 * After an update the rules of keys and words may be others than those that the index was made by
 * (holdings/derive.h).  `serve` has a process derive it again before it starts any other, and a
 * command before it does anything with the holdings; so nobody ever searches or matches in an index
 * of two kinds.  What takes long says on standard error how far it is.  It may be interrupted, and
 * goes on where it was.
 */
#ifndef ENT_NODE_DERIVE_H
#define ENT_NODE_DERIVE_H

#include "holdings/derive.h"
#include "node/home.h"

/* Until all is derived, or `control` is readable (-1: never): *derived says which. */
ENT_MUST_USE ent_code node_derive(store *s, int control, holdings_derived *derived, ent_err *err);

/* The process of `serve`: ends when it is done. */
ENT_MUST_USE ent_code node_derive_run(const node_home *home, int control, ent_err *err);

#endif
