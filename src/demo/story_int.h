/* demo/story (private) -- reading members, shared by the rows (story.c) and the truth (truth.c). */
#ifndef ENT_DEMO_STORY_INT_H
#define ENT_DEMO_STORY_INT_H

#include "demo/story.h"

/* FORMAT: "place.member: why". */
ent_code demo_story_wrong(ent_err *err, const char *place, const char *member, const char *why);

ENT_MUST_USE ent_code demo_story_text(ent_json object, const char *member, const char *place,
                                      ent_str *text, ent_err *err);
ENT_MUST_USE ent_code demo_story_must_text(ent_json object, const char *member, const char *place,
                                           ent_str *text, ent_err *err);
ENT_MUST_USE ent_code demo_story_texts(ent_arena *arena, ent_json object, const char *member,
                                       const char *place, story_list *list, ent_err *err);
ENT_MUST_USE ent_code demo_story_rows(ent_json root, const char *member, ent_json *rows, bool *has,
                                      ent_err *err);

/* Everything of the story that says what must come of it. */
ENT_MUST_USE ent_code demo_story_truth_read(ent_arena *arena, ent_json root, story *s,
                                            ent_err *err);

/* Of that: hypotheses, plans and their clashes. */
ENT_MUST_USE ent_code demo_story_joint_read(ent_arena *arena, ent_json root, story *s,
                                            ent_err *err);

#endif
