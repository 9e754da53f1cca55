/*
 * formats/media -- what kind of file is this, by its content?
 *
 * For scans, photographs and documents that are attached to objects.  The list is closed
 * (media.def): what can act when it is opened (programs, scripts, HTML, SVG), what hides
 * other files (archives, also behind the end of an image) and what is of no known kind is
 * refused.  The name of a file is never looked at.  Pure.
 */
#ifndef ENT_FORMATS_MEDIA_H
#define ENT_FORMATS_MEDIA_H

#include "base/err.h"
#include "base/span.h"

/* The media type of a whole file.
 * DENIED  it is of no kind that may be attached; says what it seems to be */
ENT_MUST_USE ent_code formats_media_type(ent_str file, const char **type, ent_err *err);

/* Is this a media type of the list? */
bool formats_media_known(ent_str type);

#endif
