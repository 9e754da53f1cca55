/*
 * policy/agreement -- what an agreement lets flow, as a machine and as a lawyer read it.
 *
 * The terms of an agreement are one small JSON object.  policy_terms_read takes them
 * apart and refuses whatever it does not understand whole; policy_terms_text says the
 * same in plain words, clause by clause, and says nothing that is not tested.  Who signed
 * and whether it is in force is not here (desk/agreement.h).
 *
 *     { "name", "purposes": [..], "match": { "keys_per_day", "set_max",
 *       "set_min": 0, "namespaces": { "tel": 100 }, "audit": 0, "fast_experimental": false, "graded_names": false }, "release": true,
 *       "onward": "H2", "retention_months": 12, "not_before", "not_after", "text",
 *       "hypotheses": false, "deconfliction": false, "emergency": false,
 *       "heads": false }
 *
 * An agreement without an end, or without a purpose, is none.  What it does not mention
 * does not flow.  Borrows from the JSON; pure.
 */
#ifndef ENT_POLICY_AGREEMENT_H
#define ENT_POLICY_AGREEMENT_H

#include "base/buf.h"
#include "policy/decide.h"

#define POLICY_MONTHS_MAX       1200
#define POLICY_KEYS_PER_DAY_MIN 16 /* a set is padded to no less */
#define POLICY_KEYS_PER_DAY_MAX (INT64_C(1) << 40)

/* At most so many keys of one kind a day; the prefix is psi/keyform.def's, which the desk checks. */
typedef struct policy_namespace {
    ent_str prefix;
    int64_t keys_per_day;
} policy_namespace;

#define POLICY_NAMESPACES 16
#define POLICY_AUDIT_MAX  4096

typedef struct policy_agreement {
    ent_str name, text;
    policy_terms terms; /* id, in_force and both_party are left to the caller: false */
    bool hypotheses, deconfliction, fast_experimental, graded_names;
    bool heads; /* the parties tell each other the heads of their logs (node/gossip.h) */
    int64_t keys_per_day, set_max; /* 0 without `match` */
    int64_t set_min;               /* keys of a party's own that a set has at least */
    int64_t audit; /* places of each set that its maker opens to its own oversight */
    policy_namespace namespaces[POLICY_NAMESPACES];
    size_t namespace_count;
    int64_t retention_months;
    ent_days dates; /* first and last day; `first` may be open */
} policy_agreement;

/* FORMAT names the member and its rule. */
ENT_MUST_USE ent_code policy_terms_read(ent_json json, policy_agreement *agreement, ent_err *err);

/* Is `today` one of its days? */
bool policy_terms_current(const policy_agreement *agreement, ent_day today);

/* The clauses in plain English, a numbered line each.  Text of others is made visible. */
void policy_terms_text(const policy_agreement *agreement, ent_buf *buf);

const char *policy_onward_name(policy_onward onward);

#endif
