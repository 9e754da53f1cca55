/*
 * desk/view -- what of the holdings may one of our own people read, through a saved query?
 *
 * A view is a query in the language of `export --query` over one owner's records: this
 * node's, or those that one partner released to it.  Each record is judged by policy
 * (policy/decide.h) for the very reader: it may be used inside the organisation, it may
 * leave as a file to a named person of it, for a purpose and a category of person that
 * the reader is cleared for; what a partner released also by the agreement it came under.
 * A link without a label of its own is as free as both its ends.  What cannot be judged
 * is withheld.  Nothing here writes.
 */
#ifndef ENT_DESK_VIEW_H
#define ENT_DESK_VIEW_H

#include "base/hash.h"
#include "desk/agreement.h"
#include "policy/label.h"

/* What a reader is cleared for. */
typedef struct desk_audience {
    ent_str name; /* the person */
    bool any_purpose;
    ent_str purposes[POLICY_LIST]; /* else these */
    size_t purpose_count;
    unsigned categories;  /* set of POLICY_BIT(policy_category) */
    bool any_compartment; /* oversight */
    ent_str compartments[POLICY_LIST];
    size_t compartment_count;
} desk_audience;

typedef struct desk_view {
    desk *d;
    ent_arena *arena;
    const char *owner; /* "": own */
    store_query query;
    desk_audience audience;
    const store_reader *reader; /* what is in no compartment of the reader's is withheld */
    desk_agreement *agreements; /* with partners, if it is a partner's */
    size_t agreement_count;
} desk_view;

/* What is hidden from an audience (desk/compartment.h); NULL: nothing. */
ENT_MUST_USE ent_code desk_audience_reader(desk *d, ent_arena *arena, const desk_audience *audience,
                                           const store_reader **reader, ent_err *err);

/* USAGE: the query cannot be read, or names another owner.  `partner` "": own records.
 * Everything in the arena; lives as long as the desk's transaction or less. */
ENT_MUST_USE ent_code desk_view_open(desk *d, ent_arena *arena, ent_str query, ent_str partner,
                                     const desk_audience *audience, desk_view *view, ent_err *err);

/* What besides the records decides what is in the view: the day, compartments, agreements. */
ENT_MUST_USE ent_code desk_view_state(desk_view *view, ent_hash *state, ent_err *err);

/* The view's records of a later number than `after`, each with the judgement. */
typedef ent_code (*desk_view_row)(void *arg, const store_row *row, bool permitted, ent_err *err);
ENT_MUST_USE ent_code desk_view_each(desk_view *view, int64_t after, desk_view_row each, void *arg,
                                     ent_err *err);

/* One record of the view, as it is now and if it may be read now; else NOT_FOUND. */
ENT_MUST_USE ent_code desk_view_read(desk_view *view, ent_arena *arena, ent_str id, ent_str version,
                                     store_row *row, ent_err *err);

#endif
