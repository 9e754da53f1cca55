/*
 * desk/project -- which part of an object leaves, and as which bytes?
 *
 * From an allow-list of properties for each type (projection.def).  The handling
 * extension is reduced to what must travel with the fact: rating, handling codes, the
 * purpose of this release, category, validity, discovery, evidential, retention.
 * Authors and free text stay.  Ids that are not random are replaced by keyed ones that
 * look random and are the same by every route, for a deterministic id is an unsalted
 * hash of a small value [law 10].  Times of writing are rounded.  A property that is marked so
 * that it may not go is left out; the markings of single properties that do go are put on the
 * whole, because a recipient that knows none must not be freer than one that does.
 *
 * Pure.  What was left out is listed, for own users.
 */
#ifndef ENT_DESK_PROJECT_H
#define ENT_DESK_PROJECT_H

#include "base/json_write.h"
#include "base/text.h"
#include "policy/projection.h"

/* Translates a reference to the id by which the peer knows it.  False: it does not. */
typedef bool (*desk_reference)(void *arg, ent_str id, ent_str *known);

typedef struct desk_projection {
    ent_json object;
    ent_json sidecar; /* handling members beside the bytes, or none */
    ent_str id;       /* as which it leaves */
    ent_str purpose;
    ent_str retention;         /* YYYY-MM-DD */
    ent_str onward;            /* a handling code that the agreement adds, or .ptr NULL */
    ent_str tearline;          /* becomes `description`, or .ptr NULL */
    const char *const *fields; /* only these properties; NULL: all that may leave */
    size_t field_count;
    desk_reference reference;
    void *reference_arg;
    bool exercise;                  /* it is said that it is of an exercise */
    const policy_projection *parts; /* which properties policy lets go; NULL: all */
} desk_projection;

typedef struct desk_withheld {
    ent_str id, property; /* ours */
    const char *reason;
} desk_withheld;

typedef struct desk_withheld_list {
    desk_withheld *items;
    size_t count, room;
} desk_withheld_list;

/* Is there a row for this type? */
bool desk_type_leaves(ent_str type);
/* And for this property of it? */
bool desk_property_leaves(ent_str type, ent_str property);

/* Puts one line behind a list of what was withheld. */
ENT_MUST_USE ent_code desk_withhold(ent_arena *arena, desk_withheld_list *list, ent_str id,
                                    ent_str property, const char *reason, ent_err *err);

/* Writes the projection as JSON.
 * DENIED  the type never leaves, a property that it cannot do without is withheld, or
 *         nothing it refers to is known to the peer */
ENT_MUST_USE ent_code desk_project(ent_arena *arena, const desk_projection *p, ent_str *json,
                                   desk_withheld_list *withheld, ent_err *err);

/* The id by which an object leaves.  In the arena. */
ENT_MUST_USE ent_code desk_outgoing_id(ent_arena *arena, const uint8_t secret[32], ent_str id,
                                       ent_str *outgoing, ent_err *err);

/* Does a text look like a STIX id? */
bool desk_is_id(ent_str text);

/* Is this an extension that may stand in a released object? */
bool desk_extension_known(ent_str id);

#endif
