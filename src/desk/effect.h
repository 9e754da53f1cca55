/*
 * desk/effect -- what a draft will do, in one sentence, for who is to approve it [IBR-1].
 *
 * A form filled in the wrong way round put a name on a list for years.  So whoever approves reads,
 * made from the very objects and labels that would leave: who gets how many facts, about whom
 * (as what: suspect, witness, ...), for what, and until when they are kept.  Pure.
 */
#ifndef ENT_DESK_EFFECT_H
#define ENT_DESK_EFFECT_H

#include "desk/release.h"

/* "this gives SVB 2 facts, about 1 person (suspect), for CT-INV, to be kept until 2029-01-01"; of a
 * draft that cannot leave or was sent already, that.  In the arena. */
ENT_MUST_USE ent_code desk_effect_words(ent_arena *arena, const desk_draft_look *look,
                                        ent_str *words, ent_err *err);

#endif
