/*
 * policy/label -- what may be done with one object, as its owner wrote it.
 *
 * The label is read from the handling extension (doc/design/handling.md) and from
 * STIX markings.  Everything in it forbids; nothing in it grants.  What is missing
 * refuses: an object without the extension, or without rating, purposes, category or
 * retention, is unmarked.  Combining two labels can only restrict:
 * permit(meet(a,b)) = permit(a) AND permit(b).
 */
#ifndef ENT_POLICY_LABEL_H
#define ENT_POLICY_LABEL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/time.h"

#define POLICY_LIST 16

typedef enum policy_discover { POLICY_SILENT, POLICY_POINTER, POLICY_OPEN } policy_discover;

#define POLICY_CATEGORIES(X)                                                              \
    X(NONE, "none")                                                                       \
    X(SUSPECT, "suspect") X(CONTACT, "contact") X(WITNESS, "witness") X(VICTIM, "victim") \
        X(MINOR, "minor") X(PROFESSIONAL, "professional") X(UNKNOWN, "unknown")

typedef enum policy_category {
#define X(symbol, name) POLICY_##symbol,
    POLICY_CATEGORIES(X)
#undef X
        POLICY_CATEGORY_COUNT
} policy_category;

typedef struct policy_label {
    bool complete;        /* rating, purposes, category and retention are there */
    const char *missing;  /* the first that is not */
    bool unknown_marking; /* a marking that this node does not know: refuses */
    bool tlp_red;
    bool no_disclosure; /* prohibit: disclose */
    policy_discover discover;
    policy_category category;
    ent_str purposes[POLICY_LIST];
    size_t purpose_count;
    ent_str originators[POLICY_LIST]; /* whose consent a release needs */
    size_t originator_count;
    ent_str source, information; /* rating as given */
    ent_str retention;           /* as text */
    ent_day retention_last;
    ent_days valid;
    bool evidential;
} policy_label;

/* Borrows from `object`.  FORMAT names a member that is there and wrong. */
ENT_MUST_USE ent_code policy_label_read(ent_json object, policy_label *label, ent_err *err);

/* The extension itself, or none. */
ent_json policy_handling(ent_json object);

policy_label policy_label_meet(const policy_label *a, const policy_label *b);

const char *policy_category_name(policy_category category);

#endif
