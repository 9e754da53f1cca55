/*
 * psi/fast -- which keys do we both hold?  (a hundred times faster, and experimental)
 *
 * One side asks and learns, the other holds and learns nothing.  The holder's tag of a key is a
 * function that the asker can only compute for keys of its set:
 *
 *     choose   holder -> asker   points of 210 oblivious transfers (psi/ot_int.h)
 *     ask      asker -> holder   the transfers' answer; the trees' sums (psi/vole_int.h); for each row of
 *                                the asker's store of hashed keys (psi/okvs_int.h), coded, the row
 *                                hidden by u
 *     answer   holder -> asker   the tags of the holder's keys, sorted
 *
 * After `ask` the asker has a row v, the holder q = v + d C(row), where C is the code of
 * psi/symbols_int.h and d the holder's secret.  Sums are linear, so the holder's sum for a key y,
 * less d C(H(y)), is the asker's sum of v if y is in its set, and else differs in 22 secret symbols
 * at least: the hash of it is random to the asker.  This is the oblivious pseudorandom function of
 * Pinkas, Rosulek, Trieu and Yanai (eprint 2020/193, section 5; with a store: eprint 2021/883,
 * section 6), its transfers extended by eprint 2022/192.
 *
 * Experimental: the choice of code and field was made here and no outside cryptographer has
 * reviewed it. Semi-honest: a lying asker may ask for more keys than it says (eprint 2020/193,
 * section 7.2), a lying holder may hide keys.  Sizes are padded to powers of two.  All is a
 * function of the seed and the messages; a seed is for one session.  doc/design/fast-path.md cites
 * line by line.
 *
 * Cost: some hashes and 1.3 rows of 210 bits a key; 50 MB for 2^20 keys a side.
 */
#ifndef ENT_PSI_FAST_H
#define ENT_PSI_FAST_H

#include "base/hash.h"
#include "psi/balanced.h"

#define PSI_FAST_POINTS ((size_t)210 * 2 * PSI_ELEMENT_SIZE) /* bytes of `choose` */

/* One side of a session. */
typedef struct psi_fast {
    const uint8_t *seed;  /* PSI_SEED_SIZE bytes; secret */
    ent_hash session;     /* the same at both sides */
    const ent_str *items; /* canonical texts (psi/keyform.h), all different */
    size_t count;
    const psi_crew *crew;
} psi_fast;

/* A commitment to the items in their order, blinded by a salt that only the seed tells. */
ent_hash psi_fast_root(const psi_fast *side);

/* Names the session: the run, and what both sides committed to before it. */
ent_hash psi_fast_session(ent_str run, const ent_hash *asker, const ent_hash *holder);

/* Bytes of `ask` for an asker of so many padded items; 0 if there is no such size. */
size_t psi_fast_ask_size(size_t padded);

/* Rows of that asker's store: one that lies can have put in about so many keys, a third more than
 * announced in a large set and several times as many in a small one. */
size_t psi_fast_rows(size_t padded);

ENT_MUST_USE ent_code psi_fast_choose(const psi_fast *holder, uint8_t points[PSI_FAST_POINTS],
                                      ent_err *err);

/* The message, and the tag of each own item.
 * LIMIT      more than PSI_SET_MAX items; or 2^-40: another session will do
 * FORMAT     not PSI_FAST_POINTS bytes
 * UNTRUSTED  a point that is none */
ENT_MUST_USE ent_code psi_fast_ask(ent_arena *arena, const psi_fast *asker, ent_span points,
                                   ent_span *message, psi_tag **own, ent_err *err);

/* The tags to send, sorted and padded, and the tag of each own item.  `padded`: the asker's items.
 * FORMAT     not psi_fast_ask_size(padded) bytes
 * UNTRUSTED  an answer to the transfers that is no element */
ENT_MUST_USE ent_code psi_fast_answer(ent_arena *arena, const psi_fast *holder, ent_span message,
                                      size_t padded, psi_tag **tags, psi_tag **own, ent_err *err);

/* Which own items have a tag among `theirs`, sorted by tag.
 * FORMAT  theirs are not in rising order */
ENT_MUST_USE ent_code psi_fast_hits(ent_arena *arena, const psi_tag *own, size_t count,
                                    const psi_tag *theirs, size_t their_count, psi_hit **hits,
                                    size_t *hit_count, ent_err *err);

#endif
