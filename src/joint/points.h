/*
 * joint/points -- what two nodes both know, and how far it is from something.
 *
 * A path between holdings of two owners passes through what both know: a key that both have
 * found in a private match (not one whose times do not overlap), an object that one has
 * released to the other, or the public reference of an event.  These are points.  Two nodes
 * find out how far a record is from a target by telling each other, for points only, the
 * fewest steps that they know; each takes what it heard as further beginnings of its own
 * search and says what became shorter, until nothing does.  A point that is a key is one step
 * from whoever shows it.
 */
#ifndef ENT_JOINT_POINTS_H
#define ENT_JOINT_POINTS_H

#include "base/json_write.h"
#include "joint/field.h"

typedef struct joint_point {
    ent_str key;          /* or .ptr NULL, and then */
    ent_str id;           /* as it goes over the link */
    ent_str own;          /* in our graph */
    unsigned said, heard; /* fewest steps said by us and by the other; GRAPH_FAR: none */
    bool listed;          /* the other has named it, or we have: it may be spoken of */
} joint_point;

typedef struct joint_points {
    joint_point *items; /* by key, then by id */
    size_t count, room;
} joint_points;

/* What we share with a peer by hits and by what it was given, nothing said or heard; with
 * `public`, all our references to events that are public as well. */
ENT_MUST_USE ent_code joint_points_collect(const joint_view *view, ent_arena *arena,
                                           const char *peer, bool public, joint_points *points,
                                           ent_err *err);

/* Adds what the peer has released to us, or is public, of what a list of points names or of one
 * id. */
ENT_MUST_USE ent_code joint_points_mention(const joint_view *view, ent_arena *arena,
                                           const char *peer, ent_json list, joint_points *points,
                                           ent_err *err);
ENT_MUST_USE ent_code joint_points_received(const joint_view *view, ent_arena *arena,
                                            const char *peer, ent_str id, joint_points *points,
                                            ent_err *err);

/* Adds a point for a record that only its owner knows. */
ENT_MUST_USE ent_code joint_point_add(ent_arena *arena, joint_points *points, ent_str id,
                                      ent_err *err);

joint_point *joint_point_find(const joint_points *points, ent_str key, ent_str id);

/* The fewest steps of every record from `targets` and from what was heard, and the field within
 * these steps.  What `peer` (NULL: nobody) has released and lies in it becomes a point. */
ENT_MUST_USE ent_code joint_points_spread(const joint_view *view, ent_arena *arena,
                                          const char *peer, joint_points *points,
                                          const ent_str *targets, size_t target_count, unsigned cap,
                                          joint_field *field, uint8_t **steps, ent_err *err);

/* Writes as "points" what is now shorter than was said and heard, and notes it as said; how
 * many.  With `all`, public references of whatever distance are named as well. */
size_t joint_points_say(ent_jw *w, const joint_field *field, joint_points *points,
                        const uint8_t *steps, unsigned cap, bool all);

/* Takes what the other said.  FORMAT names what is wrong. */
ENT_MUST_USE ent_code joint_points_hear(ent_json list, joint_points *points, unsigned cap,
                                        ent_err *err);

/* Keeps and restores what was said and heard. */
void joint_points_write(ent_jw *w, const joint_points *points);
void joint_points_read(ent_json list, joint_points *points);

#endif
