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

#endif
