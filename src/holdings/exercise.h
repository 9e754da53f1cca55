/*
 * holdings/exercise -- how it is told, outside, that something is of an exercise.
 *
 * Inside there is nothing to tell: all that a store has is of one world (store_exercise_settle),
 * so that no search, match, path or release ever has both before it.  What leaves as a file or
 * to a client could be read into live holdings; so it says of itself, in the handling extension
 * (`exercise`, doc/design/handling.md), what it is, and live holdings refuse it
 * (holdings_admit).  What is live leaves as the very bytes that came in.
 */
#ifndef ENT_HOLDINGS_EXERCISE_H
#define ENT_HOLDINGS_EXERCISE_H

#include "store/store.h"

/* What may be handed out of `bytes`, one object of this store.  Borrows from both.
 * FORMAT  it is no JSON object */
ENT_MUST_USE ent_code holdings_outgoing(const store *s, ent_arena *arena, ent_str bytes,
                                        ent_str *out, ent_err *err);

#endif
