/*
 * holdings/around -- what surrounds one record: for looking, not for proving.
 *
 * Goes out from a record over stated links, over mentions (an object that refers to
 * another) and over keys that records share, breadth first, and tells each thing and each
 * link once, nearest first.  Paths are another question (graph/graph.h).  Reads only what
 * it shows, by the store's indexes: the cost is what is around, not what is held.
 */
#ifndef ENT_HOLDINGS_AROUND_H
#define ENT_HOLDINGS_AROUND_H

#include "base/time.h"
#include "store/store.h"

typedef struct holdings_thing {
    ent_str id, type, name, owner, rating, valid;
    ent_str latitude, longitude; /* of a place, as they stand there; .ptr NULL: none */
    unsigned hops;
    bool whole; /* everything around it was told; false at the edge */
} holdings_thing;

typedef struct holdings_link {
    ent_str id; /* of the relationship; "" for a mention or a key */
    ent_str from, type, to, owner, rating, time;
    ent_str key;    /* of a join; then type is "=" */
    int confidence; /* 0..100, -1: not said */
    bool evidential;
    bool conflict; /* a join whose two records do not overlap in time: no link */
} holdings_link;

typedef struct holdings_around_ask {
    ent_str id;
    ent_str self;   /* how this node's own records are named as owner */
    unsigned depth; /* hops */
    size_t limit;   /* things */
    void *arg;
    /* Texts live until the call returns.  Any code but OK stops. */
    ent_code (*thing)(void *arg, const holdings_thing *thing, ent_err *err);
    ent_code (*link)(void *arg, const holdings_link *link, ent_err *err);
} holdings_around_ask;

/* NOT_FOUND  no such record.  `*more`: the limit was reached. */
ENT_MUST_USE ent_code holdings_around(store *s, ent_arena *arena, const holdings_around_ask *ask,
                                      bool *more, ent_err *err);

#endif
