/*
 * taxii/media -- may this client get TAXII 2.1, and did it send it?
 *
 * Reads Accept and Content-Type (RFC 9110 s12.5.1, s8.3) as tolerantly as TAXII 2.1
 * s1.6.8 demands: any place in a list, any case, quoted parameters, weights, with or
 * without the version.  Pure; the text is hostile.
 */
#ifndef ENT_TAXII_MEDIA_H
#define ENT_TAXII_MEDIA_H

#include "base/span.h"

#define TAXII_MEDIA_TYPE "application/taxii+json;version=2.1"

/* Does the list hold a range that TAXII 2.1 is in, with a weight above 0? */
bool taxii_media_accepted(ent_str accept);

/* A body of TAXII 2.1, or (some clients) of STIX. */
bool taxii_media_readable(ent_str content_type);

#endif
