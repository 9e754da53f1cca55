/*
 * joint/work -- what several services say together and do together.
 *
 * A joint view ("one maker behind A, B, D") has a confidence, a basis and an opinion of each
 * service.  Opinions may disagree and all stay visible; nobody's is changed by another.  When
 * a record of its basis has changed or is gone, the view says so: re-read.
 *
 * A task is one activity of a closed list (activities.def) for one service until a day:
 * proposed, accepted or refused with a reason, done; late when its day is over.
 *
 * Each is said only to services named, under an agreement with release for the purpose, and
 * stands in the link's log.  Documents: "view", "task".
 */
#ifndef ENT_JOINT_WORK_H
#define ENT_JOINT_WORK_H

#include "desk/desk.h"

#define JOINT_TEXT_MAX 500

typedef struct joint_item {
    ent_str id, state;
    ent_json json;
    bool changed; /* of a view: its basis is not what it was */
    bool late;    /* of a task */
} joint_item;

/* ---- views ---- */

typedef struct joint_view {
    ent_str title, confidence, purpose, by;
    const ent_str *basis; /* ids of records held here */
    size_t basis_count;
    const char *const *peers;
    size_t peer_count;
} joint_view;

/* Inside a transaction, as all that change something.  DENIED names the clause. */
ENT_MUST_USE ent_code joint_view_open(desk *d, ent_arena *arena, const joint_view *view,
                                      char id[37], ent_err *err);
/* `value`: strongly-disagree, disagree, neutral, agree, strongly-agree [STIX 2.1 s10.19]. */
ENT_MUST_USE ent_code joint_opinion_put(desk *d, ent_arena *arena, ent_str id, ent_str value,
                                        ent_str note, ent_str by, ent_err *err);
ENT_MUST_USE ent_code joint_view_list(desk *d, ent_arena *arena, joint_item **items, size_t *count,
                                      ent_err *err);

/* ---- tasks ---- */

typedef struct joint_task {
    ent_str activity, due, who, note, purpose, by; /* `who`: the service that is to do it */
    const char *const *peers;                      /* who hears of it */
    size_t peer_count;
} joint_task;

ENT_MUST_USE ent_code joint_task_new(desk *d, ent_arena *arena, const joint_task *task, char id[37],
                                     ent_err *err);
/* `state`: accepted, refused (with a reason), done.  DENIED: it is another's task. */
ENT_MUST_USE ent_code joint_task_set(desk *d, ent_arena *arena, ent_str id, const char *state,
                                     ent_str why, ent_str by, ent_err *err);
ENT_MUST_USE ent_code joint_task_list(desk *d, ent_arena *arena, joint_item **items, size_t *count,
                                      ent_err *err);

#endif
