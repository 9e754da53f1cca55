/*
 * match/alarm (private) -- alarms of private matching: what people should look at.
 *
 *   probing  a single hit in a dense range of numbers: a range was written down
 *   repeat   nearly the same set again and again; the third was refused
 *   leaf     a partner released a record with the key of a hit, and the key's tag is not under the
 *            root that the partner committed to
 *
 * An alarm is a document "match-alarm", stands in `match alarms` and in `status`, and was raised and cleared in
 * the signed journal (desk/note.h), which names no key.  The first two are of our own making or
 * the peer's, and only the maker can see them; so it tells the other (step "alarm", without a
 * key: the run's own messages name one where both know it).  A person clears one
 * (match_alarm_clear); the third clears itself when the tag turns up.
 */
#ifndef ENT_MATCH_ALARM_INT_H
#define ENT_MATCH_ALARM_INT_H

#include "match/run_int.h"

#define MATCH_ALARMS_DAY 32 /* that a peer may tell of in a day */

typedef struct match_alarm {
    ent_str id; /* put again, it is the same alarm, also one that was cleared */
    const char *what;
    ent_str by, peer, key, run, user; /* the last three: or empty */
} match_alarm;

/* Inside a transaction. */
ENT_MUST_USE ent_code match_alarm_put(desk *d, ent_arena *arena, const match_alarm *alarm,
                                      ent_err *err);

/* What it was about has turned out otherwise: cleared, if it stands. */
ENT_MUST_USE ent_code match_alarm_over(desk *d, ent_arena *arena, ent_str id, const char *reason,
                                       ent_err *err);

/* A hit of a run that is alone in a dense range: of ours, or as the peer says of its own. */
ENT_MUST_USE ent_code match_alarm_probing(desk *d, ent_arena *arena, const match_course *run,
                                          ent_str key, bool ours, size_t number, ent_err *err);

/* A set of ours was refused as a repeat: put down and told, once a day for a purpose. */
ENT_MUST_USE ent_code match_alarm_repeat(desk *d, ent_arena *arena, const match_course *run,
                                         ent_err *err);

/* Says to the peer of a run, or of a standing match, that there was one of our making. */
ENT_MUST_USE ent_code match_alarm_tell(desk *d, ent_arena *arena, ent_str run, const char *peer,
                                       const char *what, ent_err *err);
/* What the peer says.  FORMAT; LIMIT: too many today */
ENT_MUST_USE ent_code match_alarm_hear(desk *d, ent_arena *arena, const char *peer, ent_json header,
                                       ent_span payload, ent_err *err);

#endif
