/* names/fold (private) -- a name as folded Latin words, without skeletons. */
#ifndef ENT_NAMES_FOLD_INT_H
#define ENT_NAMES_FOLD_INT_H

#include "names/names.h"

void names_fold(ent_str name, names_parsed *parsed);

/* The skeleton of a folded word (names/skeleton.c). */
void names_skeleton(const char *word, char skeleton[NAMES_SKELETON]);

#endif
