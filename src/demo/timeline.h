/*
 * demo/timeline (private) -- the case after the steps: what people do with what was found.
 *
 * The steps of a story end with chains and clashes; a case goes on with tips, requests,
 * alerts, recalls, corrections, complaints, purges and a broken partnership.  A story file
 * says nothing of these, so they are cast from what it has: who plays a part is chosen by
 * mark, type, key and review date, never by name (cast.c), and what must come of it follows
 * from the part.  Records that a part needs and no story has are made as the story's are.
 * A part that nobody of a story can play is made (cast_made.c); what cannot be made is skipped,
 * and that is said.
 *
 * cast.c             who plays which part
 * timeline.c         the order, the clock, commands and what must be seen
 * timeline_*.c       the steps; hostile.c, the attempts that must fail; score.c, the sum
 */
#ifndef ENT_DEMO_TIMELINE_H
#define ENT_DEMO_TIMELINE_H

#include "demo/play.h"
#include "node/files.h"

typedef struct timeline_cast {
    size_t subject;         /* a person with a full date of birth, M: of tips and alerts */
    size_t pair[2];         /* two persons of two services, M, who may be one */
    size_t changed;         /* released, with versions: is corrected */
    size_t owner, holder;   /* services of `changed` */
    size_t outside, secret; /* persons marked P, X, with names */
    size_t asker;           /* a service that keeps nothing of `secret` itself */
    size_t witness;         /* marked W */
    size_t innocent;        /* a person, M, in no hit and no chain */
    size_t matched;         /* M, with a review date, and another service has the same or similar */
    size_t like;            /* a record of the other that a person must compare; or none */
    size_t due, due_witness; /* with a review date: M or S, and W; not `matched` */
    ent_str key;             /* a key that the first and another service have, or empty */
} timeline_cast;

/* Parts that nobody can play are SIZE_MAX. */
void demo_cast(const demo *d, timeline_cast *cast);

typedef struct timeline {
    demo *d;
    timeline_cast cast;
    demo_node *first, *second, *last; /* of two services `last` is `second` */
    int minutes;                      /* of the exercise, since it began */
    demo_result r;                    /* the latest answer */
    ent_str passport;                 /* a key that no story has */
    ent_str reading, passenger;       /* records made at `last` */
    const char *view, *alarm, *task;  /* NULL: there is none */
    demo_node *asker; /* who was granted `told` for an outsider, and was not granted `untold` */
    const demo_node *granter;
    size_t told, untold; /* entities */
    ent_str given;       /* the release of step 12, to be called back */
    demo_node *given_from, *given_to;
    size_t given_entity;
    const char *extended; /* the id of the record whose last day step 27 moved; NULL: none */
    demo_node *third;     /* who has it through `given_to`; NULL: nobody */
    demo_node fourth;     /* of no service of the story; no home: it could not be made */
} timeline;

#define TL_TEXT(t, ...) node_path((t)->d->arena, __VA_ARGS__)

typedef ent_code (*timeline_step)(timeline *t, ent_err *err);

/* Runs a command that must end with status `want`. */
ENT_MUST_USE ent_code demo_tl_must(timeline *t, const demo_node *node, const char *user, int want,
                                   const char *const *arguments, const char *what, ent_err *err);
/* Asks until a line of the answer has both texts (the second may be NULL). */
ENT_MUST_USE ent_code demo_tl_sees(timeline *t, const demo_node *node, const char *user,
                                   const char *a, const char *b, const char *const *arguments,
                                   const char *what, ent_err *err);
/* The line of the latest answer that has both texts, or none. */
ent_json demo_tl_line(const timeline *t, const char *a, const char *b);
const char *demo_tl_member(timeline *t, const char *member); /* of the first line; "" */
bool demo_tl_has(const timeline *t, const char *text);
/* A file of the exercise's own. */
ENT_MUST_USE ent_code demo_tl_file(timeline *t, const char *name, ent_str text, const char **path,
                                   ent_err *err);
/* Moves every node's clock to so many minutes after the begin. */
ENT_MUST_USE ent_code demo_tl_clock(timeline *t, int minutes, ent_err *err);
/* "YYYY-MM-DDTHH:MM:00Z", so many minutes after the begin. */
const char *demo_tl_time(const timeline *t, int minutes);
/* Takes rows that no story has into a node, marked M unless they say otherwise; `ids`: what they
 * are called there. */
ENT_MUST_USE ent_code demo_tl_made(timeline *t, const demo_node *node, story_entity *rows,
                                   size_t count, ent_str *ids, ent_err *err);
/* A file with one object, `row` of a node by this id, as it was changed at `hour` ("HH:MM"). */
ENT_MUST_USE ent_code demo_tl_object(timeline *t, const demo_node *node, const story_entity *row,
                                     ent_str id, const char *hour, const char **path, ent_err *err);
/* Releases one entity, by two officers; *release empty: it did not leave. */
ENT_MUST_USE ent_code demo_tl_release(timeline *t, const demo_node *from, demo_node *to,
                                      size_t entity, ent_str *release, ent_err *err);
/* A person's name and date of birth. */
const char *demo_tl_name(timeline *t, size_t entity);
const char *demo_tl_born(timeline *t, size_t entity);
const char *demo_tl_swapped(timeline *t, size_t entity); /* NULL: it cannot be swapped */
demo_node *demo_tl_other(timeline *t, size_t service);   /* a node that is not this service's */
const char *demo_tl_others(timeline *t, const demo_node *node); /* codes, with commas */

/* cast_made.c: the parts that nobody of the story can play. */
ENT_MUST_USE ent_code demo_cast_made(timeline *t, ent_err *err);

#define TL_STEPS(X)                                                            \
    X(1, signed, "Nothing before the last signature, nothing without a label") \
    X(2, late_hit, "A tip of the past, and the journey it spoke of")           \
    X(3, match_first, "What do you hold that I hold too")                      \
    X(4, match_second, "The same between the others")                          \
    X(5, request, "A request, with a clock at both ends")                      \
    X(6, consent, "Whose it is, is asked")                                     \
    X(7, two_officers, "Two officers, neither of whom drafted it")             \
    X(8, chain, "A chain, with its weakest link")                              \
    X(9, view, "A joint view, and one who disagrees")                          \
    X(10, victim, "The number was stolen; its holder is a victim")             \
    X(11, chains, "All chains, and the path that is none")                     \
    X(12, same, "Two analysts of two services say that two records are one")   \
    X(13, political, "A question that may not be asked")                       \
    X(14, bulk, "A list that may not be compared")                             \
    X(15, alert, "An alert in words, with its basis")                          \
    X(16, recall, "A release is called back while its holder is away")         \
    X(17, back, "The holder comes back")                                       \
    X(18, correction, "A record was wrong")                                    \
    X(19, redress, "An innocent man complains")                                \
    X(20, sighting, "The man is seen")                                         \
    X(21, deputy, "One has not acknowledged")                                  \
    X(22, tasks, "A joint plan, of a closed list")                             \
    X(23, plans, "A plan is moved")                                            \
    X(24, repeat, "May we repeat this to a third")                             \
    X(25, arrest, "What came of it")                                           \
    X(26, outcome, "The loop is closed")                                       \
    X(27, review, "A record is due, and a case holds it")                      \
    X(28, purge, "What nothing holds is purged")                               \
    X(29, freeze, "The partnership breaks")                                    \
    X(30, witness, "Witnesses are forgotten")                                  \
    X(31, audit, "Oversight compares the journals")

#define X(number, name, title) ENT_MUST_USE ent_code demo_tl_##name(timeline *t, ent_err *err);
TL_STEPS(X)
#undef X
/* timeline_fourth.c: a fourth service with an agreement of 200 keys a day with `last` alone; what
 * it is asked (6), what it tries (40.1), and what whoever steals its node has (40.7). */
ENT_MUST_USE ent_code demo_tl_fourth_asked(timeline *t, ent_err *err);
ENT_MUST_USE ent_code demo_tl_guessing(timeline *t, ent_err *err);
ENT_MUST_USE ent_code demo_tl_stolen(timeline *t, ent_err *err);
/* timeline_alarm.c: the id by which a node lists the case of step 20. */
const char *demo_tl_case_at(timeline *t, const demo_node *node, ent_err *err);
/* timeline_onward.c: what was given goes on to a third; a case rests on it. */
ENT_MUST_USE ent_code demo_tl_onward(timeline *t, ent_err *err);
ENT_MUST_USE ent_code demo_tl_rests(timeline *t, const demo_node *node, ent_err *err);
/* hostile_rating.c: 12.3. */
ENT_MUST_USE ent_code demo_tl_rating(timeline *t, ent_err *err);
/* Whether a file below a folder has one of these texts. */
ENT_MUST_USE ent_code demo_tl_tree_has(timeline *t, const char *folder, const ent_str *texts,
                                       size_t count, bool *has, ent_err *err);
ENT_MUST_USE ent_code demo_tl_hostile(timeline *t, ent_err *err);
ENT_MUST_USE ent_code demo_tl_score(timeline *t, ent_err *err);

#endif
