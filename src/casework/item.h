/*
 * casework/item -- one thing that two services owe each other an answer about.
 *
 * A tip, a request or a message is an item: what was said (canonical bytes, never edited),
 * and beside it what happened since: a list of events with time and person, readings by our
 * own people, duplicates, hits.  The sender and the receiver each keep one under the same id
 * and see the same clocks.  Clocks run from the receiver's receipt, by the receiver's clock;
 * what its clock is off by is measured and shown, never corrected in what was said.
 *
 * Documents: "item" (the item), "item-key" (one for each key of it: whoever has a key finds
 * its items without reading them all).  Cost: finding by key or id, logarithmic; lists,
 * linear in the items.  Not here: who may do what (roles.h), what leaves (tip.h, request.h).
 */
#ifndef ENT_CASEWORK_ITEM_H
#define ENT_CASEWORK_ITEM_H

#include "desk/work.h"

/* clang-format off */
#define CASEWORK_KINDS(X)     \
    X(TIP, "tip")             \
    X(REQUEST, "request")     \
    X(MESSAGE, "message")
/* clang-format on */

typedef enum casework_kind {
#define X(symbol, name) CASEWORK_##symbol,
    CASEWORK_KINDS(X)
#undef X
        CASEWORK_KIND_COUNT
} casework_kind;

const char *casework_kind_name(casework_kind kind);

typedef enum casework_precedence {
#define X(symbol, name, acknowledge, answer, hold) CASEWORK_##symbol,
#include "casework/precedence.def"
#undef X
    CASEWORK_PRECEDENCE_COUNT
} casework_precedence;

const char *casework_precedence_name(casework_precedence precedence);
/* false: no such precedence. */
bool casework_precedence_read(ent_str name, casework_precedence *precedence);
/* Seconds. */
int64_t casework_acknowledge_within(casework_precedence precedence);
int64_t casework_answer_within(casework_precedence precedence);
int64_t casework_hold(casework_precedence precedence);

typedef struct casework_event {
    ent_str state, by, note;
    ent_time time;
} casework_event;

typedef struct casework_item {
    ent_str id, peer;
    /* waiting and dropped (of a tip, before it was sent), sent, delivered, shown, acknowledged, answered, closed, reopened */
    ent_str state;
    casework_kind kind;
    casework_precedence precedence;
    bool out;
    ent_str said; /* canonical JSON */
    ent_json body;
    ent_str entry;
    ent_time sent;     /* by the sender's clock */
    ent_time received; /* by the receiver's clock; 0: it is not known to have arrived */
    int64_t skew;      /* seconds that the other's clock is ahead of ours, as far as known */
    casework_event *events;
    size_t event_count;
    ent_str owner; /* whose turn it is here, "" nobody's yet */
    int64_t escalated;
    bool legal_first;                   /* the subject is one that nothing may be said about */
    ent_str answer;                     /* JSON of an answer or outcome, or "" */
    ent_str duplicates, readings, hits; /* JSON lists, or "" */
} casework_item;

/* NOT_FOUND */
ENT_MUST_USE ent_code casework_item_load(desk *d, ent_arena *arena, ent_str id, casework_item *item,
                                         ent_err *err);

/* By its id, the beginning of one (four characters or more), or its reference.
 * NOT_FOUND; CONFLICT: there are several. */
ENT_MUST_USE ent_code casework_item_find(desk *d, ent_arena *arena, ent_str text,
                                         casework_item *item, ent_err *err);

/* Inside a transaction. */
ENT_MUST_USE ent_code casework_item_save(desk *d, ent_arena *arena, const casework_item *item,
                                         ent_err *err);

/* The first save: also its keys. */
ENT_MUST_USE ent_code casework_item_add(desk *d, ent_arena *arena, const casework_item *item,
                                        ent_err *err);

/* All of them in the order they came; `peer` NULL: any. */
ENT_MUST_USE ent_code casework_items(desk *d, ent_arena *arena, const char *peer,
                                     casework_item **items, size_t *count, ent_err *err);

/* The items that have this key, as ids. */
ENT_MUST_USE ent_code casework_items_with_key(desk *d, ent_arena *arena, ent_str key, ent_str **ids,
                                              size_t *count, ent_err *err);
/* One more key of an item (of a reading of ours). */
ENT_MUST_USE ent_code casework_item_key(desk *d, ent_arena *arena, const casework_item *item,
                                        ent_str key, ent_err *err);

/* Something happened to it.  `state` NULL: it leaves the state as it is, `what` names it. */
ENT_MUST_USE ent_code casework_item_event(ent_arena *arena, casework_item *item, const char *state,
                                          const char *what, ent_str by, ent_str note, ent_time time,
                                          ent_err *err);
bool casework_item_happened(const casework_item *item, const char *what);

/* One clock of an item: what must happen, by when (this node's clock). */
typedef struct casework_clock {
    const char *what; /* "acknowledge", "answer", "outcome" */
    ent_time due;
    bool runs, overdue;
} casework_clock;
#define CASEWORK_CLOCKS 2
void casework_clocks(const desk *d, const casework_item *item,
                     casework_clock clocks[CASEWORK_CLOCKS]);

/* The members of an item for `--json` and the console. */
void casework_item_write(const desk *d, ent_arena *arena, const casework_item *item, ent_jw *w);

#endif
