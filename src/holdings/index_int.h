/* holdings/index (private) -- the parts of an index entry, one file each. */
#ifndef ENT_HOLDINGS_INDEX_INT_H
#define ENT_HOLDINGS_INDEX_INT_H

#include "holdings/index.h"

#include "base/buf.h"

/* Fills entry->keys (holdings/keys.c). */
ENT_MUST_USE ent_code holdings_keys(ent_arena *arena, ent_json sidecar, holdings_entry *entry,
                                    ent_err *err);

/* Appends a text's folded words, each with a blank before it (holdings/words.c). */
void holdings_words_plain(ent_buf *buf, ent_str text);
/* The same with skeletons, for names. */
ENT_MUST_USE ent_code holdings_words_name(ent_arena *arena, ent_buf *buf, ent_str text,
                                          ent_err *err);

#endif
