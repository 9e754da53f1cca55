/*
 * demo/story -- a story file: who holds what, and what must come of it.
 *
 * A story gives two or more services, what each of them holds in plain rows, and the
 * truth: which keys both of a pair hold, which chains are complete after which release,
 * what must never be seen.  It is one JSON object; ids are opaque and unique over the
 * whole story, unknown members are ignored, a missing list is empty (and its `has_` is
 * false, so that a check that cannot be made is said to be skipped).  Everything else
 * that is wrong is refused with the name of the member: a story that is misread would
 * pass its checks for the wrong reason.  Pure; the file is hostile.
 */
#ifndef ENT_DEMO_STORY_H
#define ENT_DEMO_STORY_H

#include "base/json.h"
#include "base/time.h"

#define STORY_SERVICES_MIN 2

/* Types of entities. */
#define STORY_TYPES(X)        \
    X(INCIDENT, "incident")   \
    X(DEVICE, "device")       \
    X(SIGNATURE, "signature") \
    X(PERSON, "person")       \
    X(DOCUMENT, "document")   \
    X(PHONE, "phone")         \
    X(ACCOUNT, "account")     \
    X(VEHICLE, "vehicle")     \
    X(LOCATION, "location")   \
    X(MOVEMENT, "movement")   \
    X(GROUP, "group") X(ORGANIZATION, "organization") X(REPORT, "report") X(METHOD, "method")

typedef enum story_type {
#define X(symbol, name) STORY_##symbol,
    STORY_TYPES(X)
#undef X
        STORY_TYPE_COUNT
} story_type;

typedef struct story_list {
    ent_str *items;
    size_t count;
} story_list;

typedef struct story_service {
    ent_str id, name, country;
    ent_str code; /* 2 to 8 of A-Z 0-9, unique: the story's, or made */
} story_service;

typedef struct story_entity {
    ent_str id;
    size_t service;
    story_type type;
    ent_str label, dob, iv, rate, rev, note;
    story_list keys, names;
    char mark; /* M S W O P X; X if there is none: unmarked is a mark that refuses */
} story_entity;

typedef struct story_link {
    size_t service;
    size_t number; /* within the service */
    size_t a, b;   /* entities */
    ent_str rel, iv, note;
    int confidence; /* -1: not said */
    bool evidential;
} story_link;

/* Of expected_hits. */
typedef struct story_hit {
    size_t pair[2]; /* services, the earlier in `services` first */
    ent_str key;
    story_list side[2]; /* ids, sorted */
    bool conflict;      /* time-conflict */
} story_hit;

/* Of name_hits (decision), deliberately_not_matched. */
typedef struct story_pair {
    size_t a, b; /* entities */
    ent_str decision;
} story_pair;

typedef struct story_chain {
    ent_str name;
    size_t *path; /* entities */
    size_t count;
} story_chain;

typedef struct story_release {
    ent_str id;
    size_t from, to; /* services */
    size_t *objects; /* entities */
    size_t object_count;
    story_list complete; /* names of chains, sorted */
    bool has_complete;
} story_release;

typedef struct story_canary {
    size_t owner; /* service */
    ent_str string;
} story_canary;

typedef struct story_names {
    ent_str a, dob_a, b, dob_b;
    ent_str expect; /* MATCH REVIEW NO */
} story_names;

typedef struct story_hypothesis {
    ent_str id, region, from, to;
    size_t asker;                            /* service */
    size_t *places, *tied, *expect, *forbid; /* entities */
    size_t place_count, tied_count, expect_count, forbid_count;
    int max_steps;
    bool has_expect;
} story_hypothesis;

typedef struct story_plan {
    ent_str id, start, stop;
    size_t owner; /* service */
    story_list domains;
    double lat[2], lon[2], height[2];
    bool has_height;
} story_plan;

typedef struct story_clash {
    size_t a, b; /* plans */
    ent_str domain;
} story_clash;

typedef struct story_ends {
    bool given;
    size_t a, b; /* entities */
} story_ends;

typedef struct story {
    story_service *services;
    size_t service_count;
    story_entity *entities;
    size_t entity_count;
    story_link *links;
    size_t link_count;
    story_hit *hits;
    size_t hit_count;
    story_pair *name_hits, *apart;
    size_t name_hit_count, apart_count;
    story_chain *chains;
    size_t chain_count;
    story_release *releases;
    size_t release_count;
    story_canary *canaries;
    size_t canary_count;
    story_names *names;
    size_t names_count;
    size_t *alone; /* services of no_path.alone */
    size_t alone_count;
    size_t (*pairs)[2]; /* of no_path.pairs */
    size_t pair_count;
    story_ends *ends; /* no_path.ends, by service */
    story_hypothesis *hypotheses;
    size_t hypothesis_count;
    story_plan *plans;
    size_t plan_count;
    story_clash *clashes;
    size_t clash_count;
    bool has_hypotheses, has_plans, has_clashes;
    bool has_hits, has_name_hits, has_apart, has_no_path, has_releases, has_canaries, has_names;
    size_t *by_id; /* private: entities sorted by id */
} story;

/* Everything is in the arena or borrowed from `text`.
 * FORMAT  names the member that is wrong, as "entities.V[3].mark"
 * LIMIT   a limit of base/limits.def */
ENT_MUST_USE ent_code demo_story_read(ent_arena *arena, ent_str text, story *s, ent_err *err);

/* SIZE_MAX if there is none. */
size_t demo_story_entity_find(const story *s, ent_str id);
size_t demo_story_service_find(const story *s, ent_str id);
const story_chain *demo_story_chain_find(const story *s, ent_str name);

/* Sorts texts in memcmp order. */
void demo_story_sort(ent_str *texts, size_t count);

/* The day before the earliest review date, else after the latest date of validity: a day on
 * which nothing is past its retention. */
ent_day demo_story_day(const story *s);

#endif
