/*
 * stix/confidence -- the confidence of an object in the words of other scales (STIX 2.1
 * appendix A).  The table is normative; a word that is not in it means nothing.
 */
#ifndef ENT_STIX_CONFIDENCE_H
#define ENT_STIX_CONFIDENCE_H

#include "base/err.h"
#include "base/span.h"

typedef enum stix_scale {
    STIX_SCALE_NONE_LOW_MED_HIGH,
    STIX_SCALE_ZERO_TEN,
    STIX_SCALE_ADMIRALTY, /* credibility; "6 - Truth cannot be judged" is no confidence at all */
    STIX_SCALE_WEP,
    STIX_SCALE_DNI
} stix_scale;

/* The word for 0 to 100, or NULL for any other number. */
const char *stix_confidence_word(stix_scale scale, int64_t confidence);

/* NOT_FOUND: the scale has no such word, exactly as written */
ENT_MUST_USE ent_code stix_confidence_value(stix_scale scale, ent_str word, int64_t *confidence,
                                            ent_err *err);

#endif
