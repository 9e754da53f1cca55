/*
 * stix/check -- is this object STIX 2.1?
 *
 * One walk over an object by the rows of stix/model.h, then the constraints between its
 * properties.  Every broken MUST is an error, every broken SHOULD a warning; an object is
 * valid when it has no error.  References are judged by their form and type, not resolved:
 * dangling references are legal (s3.3).  Unknown properties, types and extensions are
 * legal when they are well formed (s11).  What several objects of one bundle owe each
 * other (versions, circles of markings) is stix/together.h.
 *
 * The object is hostile: depth is bounded by the JSON reader, everything else is linear
 * but the constraints, which are linear in the rows.  No allocation but for issues.
 */
#ifndef ENT_STIX_CHECK_H
#define ENT_STIX_CHECK_H

#include "stix/model.h"
#include "stix/report.h"

/* Checks one object; of a bundle only its own properties, its objects are for the caller.
 * The report is begun anew.  Look at report->full before believing "no error". */
void stix_check(ent_json object, stix_report *report);

/* As stix_check, for an object of a bundle that says it is STIX 2.0 (`old`): there
 * `spec_version` stood on the bundle alone. */
void stix_check_in(ent_json object, bool old, stix_report *report);

/* The class of an object: by its type, or by the extension that defines its type. */
stix_class stix_class_of(ent_json object);

#endif
