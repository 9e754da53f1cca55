/* match/run (private) -- a run under way: its document, its messages, its end. */
#ifndef ENT_MATCH_RUN_INT_H
#define ENT_MATCH_RUN_INT_H

#include "match/budget_int.h"

#define MATCH_FRAMES 200 /* bulky messages a side says, or hears, in one run */

typedef struct match_course {
    match_run r;
    const char *peer;
    ent_hash root_own, root_peer;
    ent_hash number_own, number_peer; /* kind size: random; the peer's first only committed to */
    ent_str about;                    /* one record; or "keys:HASH" of keys that a user brought */
    ent_str sketch;                   /* of the own set, if we asked (guard_int.h) */
    match_counts kinds;               /* of the own set */
    ent_str frames[MATCH_FRAMES];     /* ids of our entries to erase at the end */
    size_t frame_count;
    int64_t heard[MATCH_FRAMES]; /* places of the peer's entries to erase here */
    size_t heard_count;
    int64_t came[2], done[2]; /* messages that come in parts, heard and worked on: the set with or
                               * without answers, answers alone */
    int64_t said;             /* of a step in parts, before its work is done */
} match_course;

ENT_MUST_USE ent_code match_run_load(desk *d, ent_arena *arena, ent_str id, match_course *run,
                                     ent_err *err);
ENT_MUST_USE ent_code match_run_save(desk *d, ent_arena *arena, const match_course *run,
                                     ent_err *err);

/* Takes over what was heard, and said ahead, since the run was loaded, before it is saved. */
ENT_MUST_USE ent_code match_run_heard_take(desk *d, ent_arena *arena, match_course *run,
                                           ent_err *err);

/* Says one message: the header {"run","step",...} and, behind a line feed, the payload. */
typedef struct match_say {
    const char *step;
    size_t part, parts;      /* more than one: which it is */
    const char *clause;      /* refuse */
    const ent_hash *number;  /* kind size: ours, opened */
    const psi_tag *probings; /* hits alone in a dense range of ours, told to the peer */
    size_t probing_count;
    const match_course *announce; /* announce, accept: sizes and roots from here */
    ent_span payload[3];
} match_say;
ENT_MUST_USE ent_code match_message_say(desk *d, ent_arena *arena, match_course *run,
                                        const match_say *say, ent_err *err);

/* FORMAT  not header, line feed, payload */
ENT_MUST_USE ent_code match_message_read(ent_arena *arena, ent_span body, ent_json *header,
                                         ent_span *payload, ent_err *err);

/* A message that waits for the work: into its document.  The body of a large one is left where the host has
 * it, that of a small one borrowed. */
ENT_MUST_USE ent_code match_message_keep(const desk *d, ent_arena *arena, const link_entry *entry,
                                         ent_span body, store_doc *doc, ent_err *err);
/* And read again.
 * LIMIT  its body is not there any more */
ENT_MUST_USE ent_code match_message_kept(desk *d, ent_arena *arena, const char *kind, ent_str id,
                                         int64_t *seq, ent_json *header, ent_span *payload,
                                         ent_err *err);

/* The run is over: secrets are deleted, frames handed over for erasing, the journal kept. */
ENT_MUST_USE ent_code match_run_end(desk *d, ent_arena *arena, match_course *run, const char *state,
                                    const char *clause, ent_err *err);

/* Would a run of these sizes and kinds stay within the agreement's bounds?  *clause: set_max,
 * set_min, budget (of both), namespace (of ours). */
ENT_MUST_USE ent_code match_budget_check(desk *d, ent_arena *arena, const desk_terms *terms,
                                         const match_course *run, const char **clause,
                                         ent_err *err);

/* A limit of this node has ended a run or standing match (MATCH_LIMIT): why, for the journal.  The peer hears
 * "later", and is not to blame. */
ENT_MUST_USE ent_code match_limit_note(desk *d, ent_arena *arena, ent_str id, ent_str peer,
                                       ent_str purpose, const char *why, ent_err *err);

/* The clause that forbids it to our own users. */
ENT_MUST_USE ent_code match_permit(const desk_terms *terms, bool found, const char *peer,
                                   ent_str purpose, ent_err *err);

#endif
