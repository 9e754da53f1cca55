/* joint/alert (private) -- cases, as alerts and sightings open them. */
#ifndef ENT_JOINT_ALERT_INT_H
#define ENT_JOINT_ALERT_INT_H

#include "joint/alert.h"

/* One sighting and what it concerns. */
typedef struct joint_hit {
    ent_str ref, place, time;
    ent_time at;
    const joint_alert *const *alerts;
    size_t count;
    bool review;
    int64_t late_days;
    ent_str partner; /* at whom a key of the alert was found by private match, or "" */
    ent_str pointer; /* joint_pointer of that key: the partner finds its record by it */
} joint_hit;

/* Opens a case or adds to the one that is open; says it to the partners of the alerts. */
ENT_MUST_USE ent_code joint_case_open(desk *d, ent_arena *arena, const joint_hit *hit, ent_str *id,
                                      ent_err *err);

/* Is a case of this alert open? */
ENT_MUST_USE ent_code joint_case_of(desk *d, ent_arena *arena, ent_str alert, bool *open,
                                    ent_err *err);

/* What was rejected: an alert and what was read, together. */
ENT_MUST_USE ent_code joint_rejected(desk *d, ent_arena *arena, ent_str alert, ent_str print,
                                     bool *rejected, ent_err *err);

/* A text that is the same for the same reading of a person: names, dates, keys. */
ENT_MUST_USE ent_code joint_print_of(ent_arena *arena, ent_json sighting, ent_str *print,
                                     ent_err *err);

/* ---- at partners (alert_partner.c) ---- */

/* The keys of an alert stand in the private match with its partners, or no longer do.
 * DENIED  no agreement for it with one of them;  FORMAT  a key that is never matched */
ENT_MUST_USE ent_code joint_partners_stand(desk *d, ent_arena *arena, const joint_alert *alert,
                                           ent_err *err);
ENT_MUST_USE ent_code joint_partners_leave(desk *d, ent_arena *arena, ent_str alert, ent_err *err);

/* Hits on keys of alerts at their partners open cases, each once. */
ENT_MUST_USE ent_code joint_partners_look(desk *d, ent_arena *arena, size_t *cases, ent_err *err);

/* What is said of a key to the side that holds it too: a hash, so that the entry has no key. */
ent_str joint_pointer(ent_arena *arena, ent_str purpose, ent_str key);

/* LIMIT: this desk has put up its alerts of today; the message says who did. */
ENT_MUST_USE ent_code joint_budget_check(desk *d, ent_arena *arena, ent_err *err);

#endif
