/*
 * psi/interval -- do two validity intervals overlap?  (yes or no, and no more)
 *
 * After a hit on a key that can be given to another person (a telephone, a plate)
 * the two sides compare when each record is true.  [s,e] and [t,f] overlap exactly
 * if s lies in [t,f] or t lies in (s,e], never both.  A day lies in an interval
 * exactly if one of its 17 ancestors in the binary tree over all days is in the
 * interval's dyadic cover, and then exactly one is.  So with
 *
 *     first side   {s}x ancestors(s)   {e}x cover(s+1..e)
 *     second side  {s}x cover(t..f)    {e}x ancestors(t)
 *
 * the two sets of tokens have one element in common if the intervals overlap and
 * none otherwise.  The sets are compared like keys (psi/balanced.h) but answered in
 * shuffled order, so a side learns only how many are common.  A side lists up to
 * four intervals for a key; what both learn is the number of overlapping pairs.
 * All lists are padded to one length.
 *
 * Days are clamped to 1900-01-01 .. 2079-06-05 (16 bits); open ends are the ends.
 */
#ifndef ENT_PSI_INTERVAL_H
#define ENT_PSI_INTERVAL_H

#include "base/time.h"
#include "psi/balanced.h"

#define PSI_INTERVALS       4
#define PSI_INTERVAL_TOKENS 49 /* 17 ancestors and a cover of at most 32 nodes */
#define PSI_TIME_TOKENS     (PSI_INTERVALS * PSI_INTERVAL_TOKENS)

/* Tokens for one key's intervals as texts of this size. */
#define PSI_TOKEN_SIZE 8

/* Writes the tokens of one interval; how many (at most PSI_INTERVAL_TOKENS). */
size_t psi_interval_tokens(ent_days interval, bool first, char tokens[][PSI_TOKEN_SIZE]);

/* Joins touching and overlapping intervals; how many are left, PSI_INTERVALS at
 * most (the closest are joined if there are more). */
size_t psi_intervals_merge(ent_days *intervals, size_t count);

/* The elements for one hit, in a shuffled order, exactly PSI_TIME_TOKENS of them. */
ENT_MUST_USE ent_code psi_time_set(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], ent_str run,
                                   const psi_tag *hit, const ent_days *intervals, size_t count,
                                   bool first, psi_element elements[PSI_TIME_TOKENS], ent_err *err);

/* The other's elements raised to the own secret, in another shuffled order. */
ENT_MUST_USE ent_code psi_time_double(const uint8_t seed[PSI_SEED_SIZE], const psi_tag *hit,
                                      const psi_element elements[PSI_TIME_TOKENS],
                                      psi_tag tags[PSI_TIME_TOKENS], ent_err *err);

/* Does any pair overlap?  `own`: ours doubled by the other; `other`: theirs by us. */
bool psi_time_overlap(const psi_tag own[PSI_TIME_TOKENS], const psi_tag other[PSI_TIME_TOKENS]);

#endif
