/* names/split (private) -- one field may hold several names: "A a.k.a. B; C / D (E)". */
#ifndef ENT_NAMES_SPLIT_INT_H
#define ENT_NAMES_SPLIT_INT_H

#include "names/names.h"

#define NAMES_PIECES 16 /* names of one field that are looked at */

/* The pieces of `field` that may be names, the whole field alone if it is one name.
 * Notes ("text of image") give none. */
size_t names_split(ent_str field, ent_str pieces[NAMES_PIECES]);

#endif
