/*
 * match/match -- which of our records does a partner hold too?
 *
 * A run is eight messages, each an entry on the link (asker A, answerer B):
 *
 *     A  announce     agreement, purpose, versions of the keys' form, padded size, root
 *     B  accept       its own size and root        (or refuse, with the clause)
 *     A  set          its elements
 *     B  set-double   its elements, and A's doubled
 *     A  double       B's doubled; time elements of the hits on reassignable keys
 *     B  time         A's time elements doubled, and its own      } only if there
 *     A  time-double  B's time elements doubled                   } are such hits
 *     B  close
 *
 * Both sides check the agreement, the purpose, the budget and the versions by
 * themselves.  A set holds the canonical keys of own records that policy permits;
 * names of records under an originator's control are content and stay out.  Both
 * journal the run (document "run"), also a refused one.  Seed, set and the message at
 * work are kept in documents of their own until the run closes and are deleted then,
 * and the bodies of the messages erased ("erase" documents for the host); roots and
 * sizes stay.  Messages are functions of seed and set: what is sent again is the same
 * bytes.  `set`, `set-double` and `double` of a large set are several messages (parts.c).  A run that
 * does not move for three days is closed as silent.
 *
 * A hit informs a person; nothing follows from it.  Messages are hostile.
 */
#ifndef ENT_MATCH_MATCH_H
#define ENT_MATCH_MATCH_H

#include "desk/desk.h"

#define MATCH_LIMIT \
    "limit" /* the clause of a run or standing match that a limit of this node has ended */

typedef struct match_run {
    ent_str id, peer;
    ent_str state; /* open, closed, refused, not-asked, failed, silent, denied (by us) */
    ent_str step;  /* the last message said or heard */
    ent_str side;  /* "asked": we did; "answered" */
    ent_str purpose, agreement;
    ent_str user;     /* who asked, if we did */
    ent_str kind;     /* "": which keys; "size": only how many; "fast-experimental" */
    ent_str estimate; /* of a closed run of kind size: "about 120" */
    ent_str incident; /* for which brought keys were compared */
    ent_str clause;   /* why it was refused or failed; MATCH_LIMIT: a limit of this node */
    int64_t size_own, size_peer, hits;
    int64_t parts_done,
        parts; /* messages with elements that were worked on, and will come in all */
    ent_str started, ended;
} match_run;

typedef struct match_question {
    const char *peer;
    ent_str purpose;
    const char *about; /* one record of ours; NULL: all */
    const char *user;  /* who asks, for the journal; NULL: nobody is named */
    /* Instead of records: canonical keys that the user brings, for an incident. */
    const ent_str *keys;
    size_t key_count;
    const char *incident;
    bool size; /* only about how many keys both hold */
    bool fast; /* by the experimental fast path (psi/fast.h), if the agreement has it */
} match_question;

/* Starts a run, or finds the one that is under way for the same question (then nothing
 * is said or charged again).  Outside of transactions: it makes its own, and blinds the
 * keys before.
 * DENIED     names the clause: agreement, flow, purpose, incident, budget, set_max, repeat;
 *            journalled, and nothing is sent
 * NOT_FOUND  `about` is no record of ours that may be matched, or no such peer */
ENT_MUST_USE ent_code match_start(desk *d, ent_arena *arena, const match_question *question,
                                  char run[37], ent_err *err);

/* Journals a question that was refused before it came here (the role of who asks). */
ENT_MUST_USE ent_code match_denied(desk *d, ent_arena *arena, const match_question *question,
                                   const char *clause, ent_err *err);

/* The alarms, as JSON objects {"alarm","by","id","peer","key","run","user","time"}, and of one that was
 * cleared "cleared" (when), "cleared_by", "cleared_why". */
ENT_MUST_USE ent_code match_alarms(desk *d, ent_arena *arena, const char *peer, ent_json **alarms,
                                   size_t *count, ent_err *err);

/* A person has looked at one: it stands no more, and the journal says who found what.  Inside a transaction.
 * NOT_FOUND; CONFLICT: it was cleared; DENIED: `user` made the match that it is about */
ENT_MUST_USE ent_code match_alarm_clear(desk *d, ent_arena *arena, ent_str id, const char *user,
                                        ent_str reason, ent_err *err);

/* What a run has told whom, in plain words, from its journal alone.  NOT_FOUND */
ENT_MUST_USE ent_code match_explain(desk *d, ent_arena *arena, ent_str run, ent_str **lines,
                                    size_t *count, ent_err *err);

/* One place of a set of ours that an audit opens. */
typedef struct match_opened {
    int64_t place;
    const char *state; /* "holds"; "padding"; "gone": no record has the key any more; "false" */
    ent_str key;       /* "holds" */
    ent_str own;       /* the record behind it, or "" */
    const char *category;
    ent_str *purposes;
    size_t purpose_count;
} match_opened;

/* Opens what the agreement's `audit` has opened of our set in a run, for our own oversight, and checks
 * it against the root that both journals have.  NOT_FOUND  no such run, or nothing of it is opened */
ENT_MUST_USE ent_code match_audit(desk *d, ent_arena *arena, ent_str run, match_opened **places,
                                  size_t *count, ent_err *err);

/* Does the work that one message asks for, and closes runs whose peer is silent.  Outside of
 * transactions; the host calls it before it says what waits in the outbox, again and again until
 * nothing is done, so that what one message says goes out while the next is worked on.
 * `done` is how many steps were done: who waits for a run wants to hear of it. */
ENT_MUST_USE ent_code match_work(desk *d, ent_arena *arena, size_t *done, ent_err *err);

ENT_MUST_USE ent_code match_run_get(desk *d, ent_arena *arena, ent_str id, match_run *run,
                                    ent_err *err);
ENT_MUST_USE ent_code match_run_list(desk *d, ent_arena *arena, const char *peer, match_run **runs,
                                     size_t *count, ent_err *err);

/* The hits that stand, as JSON objects {"peer","kind","key","own","refs","status","purpose",
 * "run","time"}; `run` NULL: of every run; `peer` NULL: with everybody. */
ENT_MUST_USE ent_code match_hit_list(desk *d, ent_arena *arena, const char *peer, const char *run,
                                     ent_json **hits, size_t *count, ent_err *err);

#endif
