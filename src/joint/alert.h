/*
 * joint/alert -- tell me when this is seen again.
 *
 * An alert is a standing question to one's own feeds: keys, names with birth dates, or a STIX
 * pattern; with an action from a closed list (actions.def), a reason and whom to tell.  An
 * action that touches somebody's liberty is refused without a legal basis; a name without a
 * date or a key is never more than a review.  A sighting opens one case, however many alerts
 * it concerns, and further sightings of the same alerts go into it while it is open; the
 * same sighting again is nothing new.  An alert that is new is put to the sightings of the
 * past (a late hit).  A hit informs: a named person acknowledges or rejects it, and what was
 * rejected is not asked again.  Partners named in the alert learn that it was hit, what is
 * asked and whom to call, and their acknowledgement or its absence is shown.  At its
 * `partners` an alert's keys stand in the private match; a hit opens a case at both sides.  Expiry is an
 * event, announced thirty days before; an alert with an open case does not lapse.
 *
 * Documents: "alert", "sighting", "alert-case", "alert-case-in" (theirs), "alert-reject",
 * "alert-event", "alarm-told".
 */
#ifndef ENT_JOINT_ALERT_H
#define ENT_JOINT_ALERT_H

#include "desk/desk.h"
#include "joint/watch.h"

#define JOINT_ALERT_PEERS 16

typedef struct joint_alert {
    ent_str name, state; /* active, expired, withdrawn */
    ent_str action, basis, reason, purpose, valid_to, precedence, call;
    ent_str pattern;
    ent_days valid;
    ent_str *keys, *except; /* canonical */
    size_t key_count, except_count;
    names_record person, victim;
    bool has_person, has_victim;
    const char *peers[JOINT_ALERT_PEERS];
    size_t peer_count;
    const char *partners[JOINT_ALERT_PEERS]; /* at whom it stands too (joint/alert_partner.c) */
    size_t partner_count;
    ent_json json;
    int64_t days_left; /* of validity, today */
} joint_alert;

/* FORMAT names the member; DENIED: no legal basis, or more than review for a mere name. */
ENT_MUST_USE ent_code joint_alert_read(ent_arena *arena, ent_json json, joint_alert *alert,
                                       ent_err *err);

/* Adds an alert and puts it to the sightings of the past; *late: cases that this opened.
 * Inside a transaction, as all that change something.
 * CONFLICT  there is one of that name
 * DENIED    also: a partner named has no agreement for it */
ENT_MUST_USE ent_code joint_alert_put(desk *d, ent_arena *arena, ent_json json, ent_str user,
                                      size_t *late, ent_err *err);
ENT_MUST_USE ent_code joint_alert_withdraw(desk *d, ent_arena *arena, ent_str name, ent_str user,
                                           ent_err *err);
ENT_MUST_USE ent_code joint_alert_list(desk *d, ent_arena *arena, joint_alert **alerts,
                                       size_t *count, ent_err *err);

/* How many alerts this desk may put up in a day, and who has put them up today.  Alerts that
 * are many drown the one that counts: what is over it is refused until tomorrow, or until
 * another person than those who used it says that there may be more. */
typedef struct joint_budget_use {
    ent_str by;
    int64_t count;
} joint_budget_use;

typedef struct joint_budget {
    int64_t per_day, used;
    ent_str set_by, reason; /* "" the default */
    joint_budget_use *uses; /* most first */
    size_t use_count;
} joint_budget;

ENT_MUST_USE ent_code joint_budget_get(desk *d, ent_arena *arena, joint_budget *budget,
                                       ent_err *err);
/* DENIED: who has used it does not raise it;  USAGE: no reason, or no number from 1 to 1,000,000 */
ENT_MUST_USE ent_code joint_budget_set(desk *d, ent_arena *arena, int64_t per_day, ent_str user,
                                       ent_str reason, ent_err *err);

/* What time does: alerts that are over expire, unless a case of theirs is open. */
ENT_MUST_USE ent_code joint_alerts_due(desk *d, ent_arena *arena, size_t *expired, ent_err *err);

/* ---- sightings ---- */

typedef struct joint_alarm joint_alarm; /* the alerts that stand, ready for many sightings */

ENT_MUST_USE ent_code joint_alarm_load(desk *d, ent_arena *arena, joint_alarm **alarm,
                                       ent_err *err);

typedef enum joint_outcome {
    JOINT_NOTHING,
    JOINT_REPEATED, /* this very sighting is known */
    JOINT_VICTIM,   /* possible victim of identity theft: let pass */
    JOINT_CASE      /* a case was opened or goes on */
} joint_outcome;

typedef struct joint_seen {
    joint_outcome outcome;
    ent_str ref, case_id;
    ent_str *alerts; /* that fired or are to be reviewed */
    size_t alert_count;
    bool review;       /* none of them fired */
    int64_t late_days; /* since it was seen, if that was not today */
} joint_seen;

/* {"ref","time","place","names","dob","keys","observed"}: keeps it and puts it to the alerts. */
ENT_MUST_USE ent_code joint_sighting_put(desk *d, ent_arena *arena, const joint_alarm *alarm,
                                         ent_json json, joint_seen *seen, ent_err *err);

/* ---- cases ---- */

typedef struct joint_case {
    ent_str id, peer; /* whose it is; "" ours */
    ent_str state;    /* open, acknowledged, rejected */
    ent_json json;
    ent_time opened;
    int64_t minutes; /* open for */
    int level;       /* 0 in time, 1 with the deputy, 2 with the head */
} joint_case;

ENT_MUST_USE ent_code joint_case_list(desk *d, ent_arena *arena, joint_case **cases, size_t *count,
                                      ent_err *err);

/* A named person takes it, or rejects it with a reason; partners are told.  NOT_FOUND */
ENT_MUST_USE ent_code joint_case_ack(desk *d, ent_arena *arena, ent_str id, ent_str user,
                                     ent_str note, bool reject, ent_err *err);

/* Of a partner's case: our own records that it points to, by a private match of ours with it. */
ENT_MUST_USE ent_code joint_case_records(desk *d, ent_arena *arena, const joint_case *c,
                                         ent_str **ids, size_t *count, ent_err *err);

/* When a case is with the deputy (level 1) or the head (2). */
ent_time joint_case_level_time(const joint_case *c, int level);

/* All that time does: expiry, announced thirty days before; alarms that nobody takes go on.
 * *next as in casework/due.h. */
ENT_MUST_USE ent_code joint_alert_clock(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

/* The words of an action in a language ("en", "fr", "ru"). */
const char *joint_action_words(ent_str action, const char *language);

#endif
