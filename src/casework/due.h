/*
 * casework/due -- what happens because time has passed.
 *
 * Nobody has acknowledged within the time of the precedence: it goes to the deputy, and after
 * as long again to the next [BOS-4, BRU-3].  An answer is late: both ends write it down.  A
 * "nothing to release" whose hour has come leaves.  A record that came reopens a closed tip.
 *
 * Whoever hosts the desk calls it whenever something changed or `next` has come; it does what
 * is due and says when to come again.  Doing it twice does it once.
 */
#ifndef ENT_CASEWORK_DUE_H
#define ENT_CASEWORK_DUE_H

#include "casework/item.h"

/* Inside a transaction.  *next: ENT_TIME_NEVER if nothing is to come. */
ENT_MUST_USE ent_code casework_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

#endif
