/*
 * policy/label -- what may be done with one object, as its owner wrote it.
 *
 * The label is read from the handling extension (doc/design/handling.md), from a
 * handling record beside the bytes where they lack it, and from STIX markings.
 * Everything in it forbids; nothing in it grants, and there is no value for
 * "everybody".  What is missing refuses: an object without rating, purposes, category
 * or retention is unmarked, and so is a label of all zeros.  Combining two labels can
 * only restrict, exactly: permit(meet(a,b)) = permit(a) AND permit(b) (doc/design/policy.md).
 *
 * Not here: reading markings (policy/marking.h), deciding (policy/decide.h).
 */
#ifndef ENT_POLICY_LABEL_H
#define ENT_POLICY_LABEL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/time.h"

#define POLICY_LIST 16

typedef enum policy_discover { POLICY_SILENT, POLICY_POINTER, POLICY_OPEN } policy_discover;

/* In the order of how much protection the person needs: combining keeps the last. */
#define POLICY_CATEGORIES(X)        \
    X(NONE, "none")                 \
    X(UNKNOWN, "unknown")           \
    X(PROFESSIONAL, "professional") \
    X(CONTACT, "contact")           \
    X(SUSPECT, "suspect") X(WITNESS, "witness") X(VICTIM, "victim") X(MINOR, "minor")

typedef enum policy_category {
#define X(symbol, name) POLICY_##symbol,
    POLICY_CATEGORIES(X)
#undef X
        POLICY_CATEGORY_COUNT
} policy_category;

/* Permitted actions (FIRST IEP 2.0), in the order of what they let be seen. */
#define POLICY_ACTS(X)                \
    X(NOTHING, "none")                \
    X(ASK, "contact-for-instruction") \
    X(INTERNAL, "internally-visible") \
    X(INDIRECT, "externally-visible-indirect") X(DIRECT, "externally-visible-direct")

typedef enum policy_act {
#define X(symbol, name) POLICY_ACT_##symbol,
    POLICY_ACTS(X)
#undef X
        POLICY_ACT_COUNT
} policy_act;

/* What a label can prohibit and a question can intend. */
#define POLICY_MEANS(X)           \
    X(ATTRIBUTION, "attribution") \
    X(NOTIFY, "notify")           \
    X(JUDICIAL, "judicial")       \
    X(RESALE, "resale") X(DERIVATION, "derivation") X(MACHINE_LEARNING, "machine-learning")

typedef enum policy_mean {
#define X(symbol, name) POLICY_MEAN_##symbol,
    POLICY_MEANS(X)
#undef X
        POLICY_MEAN_COUNT
} policy_mean;

typedef enum policy_mark {
#define X(symbol, code, text) POLICY_MARK_##symbol,
#include "policy/marks.def"
#undef X
    POLICY_MARK_COUNT
} policy_mark;

#define POLICY_BIT(number) (1U << (number)) /* of a policy_mark or a policy_mean */

typedef enum policy_kind { POLICY_KIND_UNSTATED, POLICY_FACT, POLICY_ASSESSMENT } policy_kind;

typedef struct policy_list {
    ent_str item[POLICY_LIST];
    size_t count;
} policy_list;

typedef struct policy_label {
    bool complete;       /* rating, purposes, category and retention are there; else unmarked */
    const char *missing; /* the first that is not */
    unsigned marks;      /* set of POLICY_BIT(policy_mark) */
    ent_str unknown;     /* the first that is not known, for the operator */
    bool conflict;       /* contradicts itself; refuses, and so does all it is combined with */
    bool no_disclosure;  /* prohibit: disclose */
    unsigned prohibit;   /* set of POLICY_BIT(policy_mean) */
    bool encrypt;        /* require: only over an encrypted way */
    bool attribute;      /* require: only with its source named */
    policy_discover discover;
    policy_act act; /* the most that may be done; DIRECT if nothing is said */
    policy_category category;
    policy_kind kind;
    bool releasable_stated; /* false: the owner gave no list; the agreement still names everyone */
    policy_list releasable; /* organisations; stated and empty is nobody */
    policy_list denied;
    policy_list communities; /* the recipient must be of each of them, if it is passed on */
    ent_str purposes[POLICY_LIST];
    size_t purpose_count;
    ent_str originators[POLICY_LIST]; /* whose consent a release needs */
    size_t originator_count;
    ent_str scale, source, information; /* evaluation as given, never converted */
    ent_str retention;                  /* as text */
    ent_day retention_last;
    ent_time not_before, expires; /* both included */
    ent_days valid;               /* when the fact is true; not a rule */
    bool evidential;
    bool exercise; /* of an exercise: never beside what is live (doc/design/exercise.md) */
} policy_label;

/* The label of `object`: each member from its handling extension, where that lacks it
 * from `sidecar` (the same members, or none); what restricts is taken from both.
 * Borrows from both.  FORMAT names a member that is there and wrong; then the label
 * refuses everything. */
ENT_MUST_USE ent_code policy_label_read(ent_json object, ent_json sidecar, policy_label *label,
                                        ent_err *err);

/* As policy_label_read, with marking definitions that `object` may refer to. */
ENT_MUST_USE ent_code policy_label_read_with(ent_json object, ent_json sidecar,
                                             const ent_json *definitions, size_t count,
                                             policy_label *label, ent_err *err);

/* As policy_label_read_with, but without the markings of single properties: the label that
 * every part of the object has.  For policy/projection, which adds them part by part. */
ENT_MUST_USE ent_code policy_label_base_read(ent_json object, ent_json sidecar,
                                             const ent_json *definitions, size_t count,
                                             policy_label *label, ent_err *err);

/* After the last marking was taken: a light without its community, contradictions. */
void policy_label_settle(policy_label *label);

/* The extension itself, or none. */
ent_json policy_handling(ent_json object);

/* What combines two labels: permits exactly what both permit. */
policy_label policy_label_meet(const policy_label *a, const policy_label *b);

bool policy_list_has(const policy_list *list, ent_str text);

/* A witness, victim or minor. */
bool policy_protected(policy_category category);

const char *policy_category_name(policy_category category);
const char *policy_act_name(policy_act act);
const char *policy_mean_name(policy_mean mean);
const char *policy_discover_name(policy_discover discover);

#endif
