/*
 * joint/receive -- this module's receivers, one for each kind of entry (node/receivers.c).
 *
 * What a peer says is hostile: members are a closed list, numbers have bounds, and nothing is
 * answered that no agreement in force covers.
 */
#ifndef ENT_JOINT_RECEIVE_H
#define ENT_JOINT_RECEIVE_H

#include "desk/desk.h"

ent_code joint_hypothesis_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err);
ent_code joint_plan_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err);
ent_code joint_alert_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                             ent_span body, ent_err *err);
ent_code joint_opinion_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_span body, ent_err *err);
ent_code joint_task_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err);
ent_code joint_repeat_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

#endif
