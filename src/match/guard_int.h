/*
 * match/guard (private) -- what a set gives away about its maker's intent.
 *
 * Nobody can see what is in the other's set.  So each side looks at its own, and a node that
 * runs this program says of itself what it finds: that is enough against a user who
 * probes, and a node that hides it is found out by whoever opens its journal.
 *
 *   dense   many consecutive numbers of one kind: a range was written down, not held.  A
 *           single hit in a dense range is an alarm at both sides ("probing").
 *   repeat  nearly the same set again and again in one day: what changes between two runs
 *           is what a difference of the answers tells about.  Refused, and an alarm at both.
 */
#ifndef ENT_MATCH_GUARD_INT_H
#define ENT_MATCH_GUARD_INT_H

#include "match/run_int.h"

#define GUARD_WINDOW   1000 /* consecutive numbers */
#define GUARD_DENSE    20   /* keys in a window that make it dense */
#define GUARD_SKETCH   256  /* least hashes of a set that are kept */
#define GUARD_NEAR     4    /* keys by which nearly the same sets differ at most */
#define GUARD_REPEATS  2    /* such runs a day before the next is refused */
#define GUARD_PROBINGS 16   /* hits of one run that are told of */

/* Is the hit on items[at] alone in a dense range?  hit[i]: there is one on items[i]. */
bool match_guard_lone(const match_items *items, const bool *hit, size_t at);

/* The sketch of a set, as hexadecimal text. */
ENT_MUST_USE ent_code match_guard_sketch(ent_arena *arena, const match_items *items,
                                         ent_str *sketch, ent_err *err);

/* By how many keys two sets differ, as far as their sketches tell. */
size_t match_guard_difference(ent_str a, ent_str b);

/* Was nearly this set compared too often today?  Then *clause is "repeat". */
ENT_MUST_USE ent_code match_guard_repeat(desk *d, ent_arena *arena, const match_course *run,
                                         const char **clause, ent_err *err);

#endif
