/*
 * taxii/pull -- what to ask another TAXII server for next, and what its answer means.
 *
 * Walks one collection from where it ended last time.  A walk asks with the `added_after`
 * it began with and the server's `next`; the date for the following walk is the last one
 * that was seen.  Servers differ: some say there is more and not where, some repeat a
 * `next` for ever, forget theirs, leave out dates, answer 206, or send a log-in page.  The
 * rules are in doc/design/taxii.md; whatever a server does, a walk ends and nothing that
 * was not read is skipped.  Pure: answers are hostile.  State is text, to be kept.
 */
#ifndef ENT_TAXII_PULL_H
#define ENT_TAXII_PULL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

typedef struct taxii_pull {
    ent_str url;    /* of the collection, with a slash at its end */
    ent_str after;  /* added_after of this walk; "": from the beginning */
    ent_str next;   /* where this walk goes on; "": at its beginning */
    ent_str last;   /* the latest date that was seen; "": none */
    unsigned lost;  /* tokens of this walk that the server did not know any more */
    unsigned empty; /* pages without objects, one after the other */
} taxii_pull;

typedef struct taxii_pull_answer {
    long status;
    ent_str type, date_added_last, body;
} taxii_pull_answer;

typedef enum taxii_pull_step {
    TAXII_PULL_MORE, /* ask again, with the new address */
    TAXII_PULL_DONE  /* the walk is over; the next begins where this ended */
} taxii_pull_step;

/* The address of the next page. */
ENT_MUST_USE ent_code taxii_pull_url(ent_arena *arena, const taxii_pull *pull, ent_str *url,
                                     ent_err *err);

/*
 * Takes an answer: `objects` is the list as it stands ("[...]"), or "" if there is none;
 * the pull moves on.  New texts are in the arena.
 * DENIED       credentials or rights
 * NOT_FOUND    there is no such collection
 * UNAVAILABLE  the server is busy or broken: later
 * FORMAT       it is no TAXII 2.1
 */
ENT_MUST_USE ent_code taxii_pull_take(ent_arena *arena, taxii_pull *pull,
                                      const taxii_pull_answer *answer, ent_str *objects,
                                      taxii_pull_step *step, ent_err *err);

#endif
