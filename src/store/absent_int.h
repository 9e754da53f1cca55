/*
 * store/absent (private) -- what this transaction has asked for and not found.
 *
 * An import asks for an object, finds none, and puts it: with one writer at a time the first
 * answer still holds, so that the put need not ask again.  Forgotten with the transaction.
 * A bounded table; what does not fit is asked for again.
 */
#ifndef ENT_STORE_ABSENT_INT_H
#define ENT_STORE_ABSENT_INT_H

#include "store/store.h"

struct store_absent;

bool store_absent_known(const store *s, ent_str owner, ent_str id);
/* Is it, and for the last time: the caller puts it. */
bool store_absent_take(store *s, ent_str owner, ent_str id);
/* Nothing is noted outside a transaction, or for want of memory. */
void store_absent_note(store *s, ent_str owner, ent_str id);
void store_absent_reset(struct store_absent *absent);
void store_absent_free(struct store_absent *absent);

#endif
