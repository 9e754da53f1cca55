/*
 * casework/alarms -- what is wrong between this node and others, in one list.
 *
 * A private match that was abused, a log of which two histories are told, an
 * exchange that one side has suspended: each is written down where it is found, as a document of
 * its own.  alarms.def says which documents these are; they are listed here (`status` shows them)
 * and told once to whoever is on duty (casework/notice.h).  An alarm that nothing closes is listed
 * for thirty days.
 */
#ifndef ENT_CASEWORK_ALARMS_H
#define ENT_CASEWORK_ALARMS_H

#include "desk/desk.h"

typedef struct casework_alarm {
    const char *what; /* of a few fixed words */
    const char *kind; /* of the document, which says where it is acted on */
    const char *precedence;
    ent_str id, peer; /* of the document; with whom, or "" */
    ent_time time;
} casework_alarm;

/* Those that stand, in the order of alarms.def, then of time. */
ENT_MUST_USE ent_code casework_alarm_list(desk *d, ent_arena *arena, casework_alarm **alarms,
                                          size_t *count, ent_err *err);

/* Tells of each once.  Inside a transaction; *next: ENT_TIME_NEVER, for only an event brings one. */
ENT_MUST_USE ent_code casework_alarms_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

#endif
