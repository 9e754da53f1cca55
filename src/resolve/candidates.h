/*
 * resolve/candidates -- which of these records should a person look at together?
 *
 * Records that share a match key are scored; pairs that names would call `same` or
 * `review` are proposed, best first, each with reasons that are true of it.  A proposal
 * joins nothing: it becomes a statement (resolve/statement.h) only when somebody signs it.
 *
 * Never proposed: records that are protected (witnesses, victims, minors, what is silent),
 * pairs that somebody called never the same, and the holder of a stolen document with who
 * used it: a document that either record has lost is no evidence, and their equal names
 * and dates are the theft itself.
 */
#ifndef ENT_RESOLVE_CANDIDATES_H
#define ENT_RESOLVE_CANDIDATES_H

#include "names/names.h"
#include "resolve/cluster.h"

typedef struct resolve_record {
    const names_record *names; /* with id */
    bool protected_;           /* never compared with anything */
    const ent_str *lost;       /* numbers of documents that were stolen from this person */
    size_t lost_count;
} resolve_record;

typedef struct resolve_candidate {
    size_t a, b; /* indices of records, a < b */
    double score;
    names_decision decision;
} resolve_candidate;

#define RESOLVE_KEY_MAX 200 /* records that share one key and are still compared with each other */

/* Best first; equal scores by index.  `statements` may be empty. */
ENT_MUST_USE ent_code resolve_candidates(ent_arena *arena, const resolve_record *records,
                                         size_t count, const resolve_statement *statements,
                                         size_t statement_count, resolve_candidate **candidates,
                                         size_t *candidate_count, ent_err *err);

/* May the two ever be proposed, apart from statements?  False for protected records and
 * for a holder and a user of a lost document. */
bool resolve_may_join(const resolve_record *a, const resolve_record *b);

/* The statement that a candidate would be, with the reasons of names_compare; borrowed from
 * the arena.  `id`, `by` and `at` are the caller's. */
ENT_MUST_USE ent_code resolve_propose(ent_arena *arena, const resolve_record *a,
                                      const resolve_record *b, resolve_statement *statement,
                                      ent_err *err);

#endif
