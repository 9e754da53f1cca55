/*
 * holdings/derive -- is what records are found by of this program's rules, and if not, how does it
 * become so?
 *
 * Match keys and words are derived when an object comes in (holdings/index.h) and kept beside it.  A
 * program with other rules (NAMES_KEYS_VERSION, PSI_KEYFORM_VERSION) would look for keys that records
 * of before do not have, and miss them without a word.  So a store remembers of which rules its index
 * is (document `index`), and what is held is derived again, some rows a transaction: keys and words
 * of each object's latest version, from its bytes and the label beside them.  Bytes, labels, days and
 * references stay as they are, and so does who may see what.
 *
 * Where it was interrupted it goes on: how far it came is written with the rows, and by which row.
 * A copy of a store numbers its rows anew; then that row is not found there, and it begins again,
 * which costs time and nothing else.  Two who derive at once share the work.
 */
#ifndef ENT_HOLDINGS_DERIVE_H
#define ENT_HOLDINGS_DERIVE_H

#include "store/store.h"

typedef struct holdings_derived {
    bool current; /* all of it is of this program's rules */
    int64_t done; /* objects looked at so far, or when it was derived */
    int64_t kept; /* of these, found by what they were: today's rules cannot read them */
} holdings_derived;

/* What has no objects yet is of this program's rules: says so, once.  Whoever opens a store does it
 * before anything is put there. */
ENT_MUST_USE ent_code holdings_derived_settle(store *s, ent_err *err);

ENT_MUST_USE ent_code holdings_derived_read(store *s, holdings_derived *derived, ent_err *err);

/* Derives the next objects, in a transaction of its own; at the end *derived is current, and from
 * then on nothing happens here. */
ENT_MUST_USE ent_code holdings_derive_step(store *s, holdings_derived *derived, ent_err *err);

/* All of it is to be derived again, whatever the rules were. */
ENT_MUST_USE ent_code holdings_derive_anew(store *s, ent_err *err);

#endif
