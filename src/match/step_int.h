/*
 * match/step (private) -- one message at work.
 *
 * A message that came is first only kept (document "run-work"), inside the transaction
 * that moves the link.  The work that it asks for, a multiplication for each key, is done
 * outside of transactions, by a function of what is kept; what follows from it is
 * written in a second transaction, if the run is still where it was.  What is said in many
 * parts is said as it is made, each part in a transaction of its own and counted in the run, and the last
 * with all the rest (match_step_say_ahead).  Whoever dies in between, or does it twice, comes
 * to the same bytes.
 */
#ifndef ENT_MATCH_STEP_INT_H
#define ENT_MATCH_STEP_INT_H

#include "match/run_int.h"

/* Tags to be kept: of which side, and which part of its set. */
typedef struct match_tags {
    const char *side;
    size_t part;
    const psi_tag *tags;
    size_t count;
} match_tags;

/* What is to be written when the work is done. */
typedef struct match_outcome {
    bool keep_secret; /* seed and items */
    bool keep_set;    /* the elements that were made, in so many parts */
    size_t set_parts;
    match_say *says;
    size_t say_count;
    const char *step; /* where the run is then, if not at what was said last */
    match_tags tags[2];
    size_t tag_count;
    size_t gathered;         /* parts that waited for the one at hand, and wait no more */
    store_doc found;         /* .json.size > 0: to be put */
    store_doc audit;         /* the same */
    const match_item **hits; /* not NULL: to be recorded */
    bool *conflict;          /* of each hit: the two were never true at one time */
    size_t hit_count;
    ent_str alarms[2 * 16]; /* keys; the first `alarm_own` are in dense ranges of ours */
    size_t alarm_own, alarm_count;
    const char *end; /* not NULL: the run ends in this state */
    const char *clause;
} match_outcome;

typedef struct match_step {
    desk *d;
    ent_arena *arena;
    match_course *run;
    ent_str work; /* the document of the message, and its place in the peer's log */
    int64_t seq;
    ent_json header;
    ent_span payload;
    uint8_t seed[PSI_SEED_SIZE];
    match_items items; /* just collected; or all that are kept, where match_items_need read them */
    size_t item_count; /* how many are kept */
    psi_set set;       /* ours */
    match_outcome out;
} match_step;

/* What may come when, and what it means. */
typedef struct match_rule {
    const char *step, *side, *after, *or_after;
    ent_code (*take)(match_step *s, ent_err *err);
} match_rule;
extern const match_rule match_size_rules[]; /* a NULL step ends it */

/* What the steps of every kind of run are made of. */
ent_code match_step_say(match_step *s, const match_say *say, ent_err *err);
/* The same of a step in parts, but the last of them: at once, in a transaction of its own, and only once
 * however often the work is done.  Outside of transactions.
 * NOT_FOUND  the work is not due any more: it was done elsewhere, or the run has ended */
ent_code match_step_say_ahead(match_step *s, const match_say *say, ent_err *err);
ent_code match_items_need(match_step *s, ent_err *err);
ent_code match_step_tags(match_step *s, const uint8_t *from, size_t count, psi_tag **tags,
                         ent_err *err);
void match_step_tags_put(match_step *s, const psi_tag *tags, size_t count);
ent_code match_step_tags_get(match_step *s, psi_tag **tags, size_t *count, ent_err *err);

/* Hits that were found are told, with the time elements of those on reassignable keys behind
 * what is in say->payload[0]. */
ent_code match_step_found(match_step *s, psi_hit *hits, size_t count, match_say *say, ent_err *err);
/* The same hits at the other side, which heard of them in a message whose time elements begin
 * at `start`: says time, or closes. */
ent_code match_step_heard(match_step *s, psi_hit *hits, size_t count, size_t start, ent_err *err);

/* Kind size: commits to items and a random number. */
void match_size_commit(match_step *s);

/* Does a message come from the peer at this point, of which so many were heard, or worked on?  Then
 * the number of its step, else -1. */
int match_step_due(const desk *d, const match_course *run, ent_json header,
                   const int64_t counts[2]);

/* The bulk of a run (parts.c): how large a part of a set is, in how many messages a run of these
 * sizes sends it, and how many documents of a kind are kept of it. */
size_t match_part_size(const desk *d);
size_t match_parts(const desk *d, const match_run *run);
size_t match_own_parts(const desk *d, const match_run *run);
size_t match_kept_parts(const desk *d, const match_run *run);
/* Is it a step that comes in parts?  Then of which count, and if it is the next of it. */
bool match_part_due(const desk *d, const match_course *run, ent_json header,
                    const int64_t counts[2], size_t *which, bool *due);
/* Has it the bytes of a part, where that is known before the work? */
ENT_MUST_USE ent_code match_part_size_check(const match_step *s, size_t which, ent_err *err);
/* Is it worked on by itself?  Else it waits for the last of them. */
bool match_part_works(const desk *d, const match_course *run, int64_t part);
/* Where it waits to be worked on. */
ent_str match_part_work(const match_step *s, ent_json header, size_t which);
ent_code match_take_accept(match_step *s, ent_err *err);
ent_code match_take_set(match_step *s, ent_err *err);
ent_code match_take_set_double(match_step *s, ent_err *err);
ent_code match_take_double(match_step *s, ent_err *err);

/* A message of the peer breaks the run, or a limit of ours does (LIMIT): it ends at both, and the reason
 * stays here.  Inside a transaction. */
ENT_MUST_USE ent_code match_run_fail(match_step *s, int64_t seq, const ent_err *why, ent_err *err);

/* Reads what the announcement and the acceptance say of the peer's set. */
ent_code match_step_size(match_step *s, ent_err *err);

/* The work of a message that came: fills s->out.  Outside of transactions; reads only. */
ent_code match_step_work(match_step *s, int number, ent_err *err);

/* Opens places of our set, if the agreement has an audit: when it is sent, so that a run that is
 * never finished can be audited too. */
ent_code match_audit_make(match_step *s, ent_err *err);

/* The work of a set that is to be committed to: seed, items, root, and what its kind needs. */
ent_code match_commit(match_step *s, ent_err *err);

/* Inside a transaction: writes s->out and the run. */
ent_code match_step_write(match_step *s, ent_err *err);

/* Our own keys for the run's purpose into s->items, with a new seed; the run gets its size.
 * NOT_FOUND  it is about one record, which is none of ours that may be matched */
ENT_MUST_USE ent_code match_step_collect(match_step *s, const desk_terms *terms, ent_err *err);

#endif
