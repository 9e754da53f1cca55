/*
 * casework/diary -- what happened to a case, a complaint, a warning: a list in its document.
 *
 * Each line says what, when, by whom and a note; lines are added and never changed.
 */
#ifndef ENT_CASEWORK_DIARY_H
#define ENT_CASEWORK_DIARY_H

#include "desk/work.h"

/* One line as JSON; `by` NULL: the node itself. */
ENT_MUST_USE ent_code casework_diary_line(const desk *d, ent_arena *arena, const char *what,
                                          const char *by, ent_str note, ent_str *line,
                                          ent_err *err);

/* The document with one line more in its member "events". */
ENT_MUST_USE ent_code casework_diary_add(const desk *d, ent_arena *arena, ent_json json,
                                         const char *what, const char *by, ent_str note,
                                         ent_str *text, ent_err *err);

/* How often has this happened; `note` NULL: with any note. */
size_t casework_diary_count(ent_json json, const char *what, const char *note);
bool casework_diary_has(ent_json json, const char *what, const char *note);

#endif
