/* names/write -- parsed names, keys and verdicts as JSON, as commands and the public
 * header write them.  Members of an open object are appended. */
#ifndef ENT_NAMES_WRITE_H
#define ENT_NAMES_WRITE_H

#include "base/json_write.h"
#include "names/names.h"

/* "score", "decision", "why" */
void names_verdict_write(ent_jw *w, const names_verdict *verdict);

/* One value: an array with an object for each name, its words with what they are. */
void names_words_write(ent_jw *w, const names_record *record);

#endif
