/* names/fold (private) -- a name as folded Latin words, before anything is known of them. */
#ifndef ENT_NAMES_FOLD_INT_H
#define ENT_NAMES_FOLD_INT_H

#include "names/letters.h"
#include "names/names.h"

/* Words in Latin letters, in the order of the text, each with its script.  A name in
 * Han or Hangul that is one run of two to four characters is cut into surname and given
 * name.  Folding a folded name changes nothing. */
void names_fold(ent_str name, names_reading reading, names_parsed *parsed);

/* Does the text have Han characters, so that it has more than one reading? */
bool names_has_han(ent_str name);

/* Replaces a form of a given name by the one that stands for all (equivalents.def). */
void names_equivalent(char text[NAMES_WORD]);

/* names_parse with the given reading of Han characters. */
void names_parse_reading(ent_str name, unsigned reading, names_parsed *parsed);

#endif
