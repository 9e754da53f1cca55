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
 * The store is in bins, and everything after its items are in their order is done bin by bin: rows are
 * made, sent, heard, and the tags of the bin's keys made of them, some bins at a time.  So `ask` may go
 * as several messages, and no side ever has all rows of either.
 *
 * Experimental: the choice of code and field was made here and no outside cryptographer has
 * reviewed it. Semi-honest: a lying asker may ask for more keys than it says (eprint 2020/193,
 * section 7.2), a lying holder may hide keys.  Sizes are padded to powers of two.  All is a
 * function of the seed and the messages; a seed is for one session.  doc/design/fast-path.md cites
 * line by line.
 *
 * Cost: some hashes and 1.3 rows of 210 bits a key; 50 MB for 2^20 keys a side.  Memory: 48 bytes a key,
 * 16 more for the holder's answer, and 2 MB (the asker 4) for each bin of those that are done at a time.
 */
#ifndef ENT_PSI_FAST_H
#define ENT_PSI_FAST_H

#include "base/hash.h"
#include "psi/balanced.h"

#define PSI_FAST_POINTS   ((size_t)210 * 2 * PSI_ELEMENT_SIZE) /* bytes of `choose` */

#define PSI_FAST_TOGETHER 4 /* bins done at a time, at most */

/* What a side has and both agreed on. */
typedef struct psi_fast_side {
    const uint8_t *seed; /* PSI_SEED_SIZE bytes; secret */
    ent_hash session;    /* the same at both sides */
    size_t count;        /* of its items */
    size_t together;     /* bins of a message of `ask`; the same at both sides */
    const psi_crew *crew;
} psi_fast_side;

/* A side at work. */
typedef struct psi_fast psi_fast;

/* A commitment to items (canonical texts, psi/keyform.h, all different) in their order, blinded by a salt
 * that only the seed tells. */
ent_hash psi_fast_root(const uint8_t seed[PSI_SEED_SIZE], const ent_str *items, size_t count);

/* Names the session: the run, and what both sides committed to before it. */
ent_hash psi_fast_session(ent_str run, const ent_hash *asker, const ent_hash *holder);

/* Messages of `ask` for an asker of so many padded items, and bytes of each; 0 if there is no such size. */
size_t psi_fast_parts(size_t padded, size_t together);
size_t psi_fast_part_size(size_t padded, size_t together, size_t part);

/* Rows of that asker's store: one that lies can have put in about so many keys, a third more than
 * announced in a large set and several times as many in a small one. */
size_t psi_fast_rows(size_t padded);

ENT_MUST_USE ent_code psi_fast_choose(const uint8_t seed[PSI_SEED_SIZE], const ent_hash *session,
                                      uint8_t points[PSI_FAST_POINTS], ent_err *err);

/* Begins to ask, or to hold for an asker of `padded` items.  What is made lives in the arena; psi_fast_end
 * wipes what is secret of it, and NULL is fine.
 * LIMIT  more than PSI_SET_MAX items */
ENT_MUST_USE ent_code psi_fast_asker(ent_arena *arena, const psi_fast_side *side, psi_fast **fast,
                                     ent_err *err);
ENT_MUST_USE ent_code psi_fast_holder(ent_arena *arena, const psi_fast_side *side, size_t padded,
                                      psi_fast **fast, ent_err *err);
void psi_fast_end(psi_fast *fast);

/* The next of the own items.  All of them are taken before the first message. */
void psi_fast_take(psi_fast *fast, const ent_str *items, size_t count);

/* The holder's choice, and then one message of `ask` after the other, each of which lives until the next.
 * FORMAT     not PSI_FAST_POINTS bytes
 * UNTRUSTED  a point that is none
 * LIMIT      2^-40: another session will do */
ENT_MUST_USE ent_code psi_fast_chosen(ent_arena *arena, psi_fast *asker, ent_span points,
                                      ent_err *err);
ENT_MUST_USE ent_code psi_fast_ask(psi_fast *asker, ent_span *message, ent_err *err);

/* One message of `ask` after the other.
 * FORMAT     not as many bytes as there are to be
 * UNTRUSTED  an answer to the transfers that is no element */
ENT_MUST_USE ent_code psi_fast_asked(psi_fast *holder, ent_span message, ent_err *err);

/* When all messages of `ask` are made, or heard: the tag of each own item. */
const psi_tag *psi_fast_tags(const psi_fast *fast);

/* The holder's tags to send, sorted and padded. */
ENT_MUST_USE ent_code psi_fast_answer(ent_arena *arena, const psi_fast *holder, psi_tag **tags,
                                      ent_err *err);

/* Which own items have a tag among `theirs`, sorted by tag.
 * FORMAT  theirs are not in rising order */
ENT_MUST_USE ent_code psi_fast_hits(ent_arena *arena, const psi_tag *own, size_t count,
                                    const psi_tag *theirs, size_t their_count, psi_hit **hits,
                                    size_t *hit_count, ent_err *err);

#endif
