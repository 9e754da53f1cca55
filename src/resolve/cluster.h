/*
 * resolve/cluster -- which records are one, by the statements that stand?
 *
 * Statements are taken in the order of their time (then id), undone ones left out, and those
 * that come `after` behind all others.  A join
 * that would bring two records together of which somebody said "never the same" does not
 * take effect: it is reported as held, with the pair that forbids it.  So the result is
 * the same for the same set of statements in any order, undoing a statement gives what
 * would have been without it, and nothing is ever merged: a cluster is a reading of the
 * statements and vanishes with them.
 *
 * Cost: statements times never-statements.
 */
#ifndef ENT_RESOLVE_CLUSTER_H
#define ENT_RESOLVE_CLUSTER_H

#include "resolve/statement.h"

typedef struct resolve_held {
    const resolve_statement *join, *never;
} resolve_held;

typedef struct resolve_clusters {
    const ent_str *records; /* every record that a standing statement names, sorted */
    const size_t *cluster;  /* of each: the index of the first record of its cluster */
    size_t count;
    const resolve_statement **joins; /* the joins in effect, by time */
    size_t join_count;
    const resolve_statement **nevers; /* the standing statements that two are never the same */
    size_t never_count;
    const resolve_held *held;
    size_t held_count;
} resolve_clusters;

/* Borrows the statements.  Fails only out of memory. */
ENT_MUST_USE ent_code resolve_clusters_of(ent_arena *arena, const resolve_statement *statements,
                                          size_t count, resolve_clusters *clusters, ent_err *err);

/* Are both in one cluster? */
bool resolve_same(const resolve_clusters *clusters, ent_str a, ent_str b);

/* The shortest chain of joins from `a` to `b`; `chain` has room for clusters->join_count.
 * 0 if there is none. */
ENT_MUST_USE ent_code resolve_chain(ent_arena *arena, const resolve_clusters *clusters, ent_str a,
                                    ent_str b, const resolve_statement **chain, size_t *length,
                                    ent_err *err);

#endif
