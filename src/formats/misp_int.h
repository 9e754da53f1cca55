/* formats/misp (private) -- events of MISP as STIX.
 *
 * An event is a report (a grouping until it is published) over what it holds (misp.c).  An
 * attribute is observed data of observables, and also an indicator based on it where MISP
 * would detect by it; words are notes (misp_attribute.c).  An object is one STIX object or
 * the observables of its attributes (misp_object.c); clusters are what ATT&CK has of them
 * (misp_galaxy.c).  Everything keeps the UUID that MISP gave it as that of its STIX id, so
 * that several tools speak of one thing. */
#ifndef ENT_FORMATS_MISP_INT_H
#define ENT_FORMATS_MISP_INT_H

#include "formats/json_int.h"

#define MISP_AGENCY "misp"
#define MISP_REFS   9000 /* of one report */

typedef struct formats_misp {
    formats_reader *r;
    const formats_value *at;
    ent_json json; /* of the event; none for attributes without one */
    ent_str org;   /* STIX id of who made it, "" if unknown */
    ent_str *refs; /* STIX ids: what the report is about */
    size_t ref_count;
} formats_misp;

/* A number, or a text that is one: MISP writes both. */
bool formats_misp_number(ent_json value, int64_t *number);
bool formats_misp_true(ent_json value);
bool formats_misp_time(ent_json object, const char *member, char *out);
/* A text as the type of a relationship: a-z, 0-9, hyphens; ptr NULL: no memory. */
ent_str formats_misp_word(ent_arena *arena, ent_str text);

/* "type--UUID"; what has no UUID is known by its key.  In the arena. */
ent_str formats_misp_id(formats_misp *e, const char *type, ent_str uuid);

/* The report is about this. */
ENT_MUST_USE ent_code formats_misp_ref(formats_misp *e, ent_str id, ent_err *err);

/* Begins a template of that type and UUID; the members are the caller's. */
void formats_misp_begin(formats_misp *e, ent_jw *w, ent_buf *buf, const char *type, ent_str uuid);
/* What every domain object has: maker, times, labels, marks, handling. */
void formats_misp_common(formats_misp *e, ent_jw *w, ent_json object);
/* Ends and gives it, and the report is about it. */
ENT_MUST_USE ent_code formats_misp_end(formats_misp *e, ent_jw *w, ent_buf *buf, const char *type,
                                       ent_str uuid, ent_err *err);
/* `uuid` "": it has none of its own. */
ENT_MUST_USE ent_code formats_misp_relate(formats_misp *e, ent_str uuid, ent_json from_object,
                                          ent_str type, ent_str from, ent_str to, ent_err *err);

/* ---- attributes ---- */

typedef struct formats_fact {
    size_t kind; /* row of misp.def */
    ent_str value;
} formats_fact;

#define MISP_FACTS 64

/* What an attribute says, at most two facts; 0: words. */
size_t formats_misp_facts(ent_json attribute, formats_fact facts[2]);
/* "HKLM\..." with the name of its hive in full [STIX 2.1 s6.17]. */
ent_str formats_misp_hive(formats_misp *e, ent_str key);
/* Would MISP detect by it?  What does not say so is as its type usually is. */
bool formats_misp_detects(ent_json attribute, const formats_fact *facts, size_t count);
/* The STIX type of the observable. */
const char *formats_misp_observable(const formats_fact *fact);

ENT_MUST_USE ent_code formats_misp_attribute(formats_misp *e, ent_json attribute, ent_err *err);
/* Observables of facts that are of one attribute; their ids are added to refs[*count]. */
ENT_MUST_USE ent_code formats_misp_observe(formats_misp *e, ent_str uuid, const formats_fact *facts,
                                           size_t fact_count, bool alone, ent_str *refs,
                                           size_t *count, ent_err *err);
/* observed-data of these, and with facts an indicator that is based on it. */
ENT_MUST_USE ent_code formats_misp_observed(formats_misp *e, ent_json object, const ent_str *refs,
                                            size_t ref_count, ent_err *err);
ENT_MUST_USE ent_code formats_misp_indicator(formats_misp *e, ent_json object, ent_str pattern,
                                             ent_err *err);
/* The indicator of facts. */
ENT_MUST_USE ent_code formats_misp_detect(formats_misp *e, ent_json object,
                                          const formats_fact *facts, size_t fact_count, bool alone,
                                          ent_err *err);
/* "path = 'value'" of a pattern. */
void formats_misp_compare(ent_buf *buf, const char *path, ent_str value);
ENT_MUST_USE ent_code formats_misp_words(formats_misp *e, ent_json attribute, ent_err *err);
/* The STIX id that stands for an attribute or object in relations. */
ent_str formats_misp_attribute_id(formats_misp *e, ent_json attribute);
ent_str formats_misp_object_id(formats_misp *e, ent_json object);

/* ---- objects, clusters, sightings ---- */

ENT_MUST_USE ent_code formats_misp_object(formats_misp *e, ent_json object, ent_err *err);
/* ---- what an object refers to (misp_parts.def) ---- */

bool formats_misp_is_part(ent_json object, ent_json attribute);
/* Does a message have more than its body? */
bool formats_misp_multipart(ent_json object);
/* The path of a part in patterns, from the whole: "from_ref.value"; false: it is no part. */
bool formats_misp_part_path(ent_json object, ent_json attribute, char *out, size_t room);
/* The properties of the whole that point to its parts. */
void formats_misp_parts_write(formats_misp *e, ent_jw *w, ent_json object);
/* The parts themselves; at most MISP_FACTS ids are added to refs[*count]. */
ENT_MUST_USE ent_code formats_misp_parts_give(formats_misp *e, ent_json object, ent_str *refs,
                                              size_t *count, ent_err *err);
/* The references of an object to others. */
ENT_MUST_USE ent_code formats_misp_references(formats_misp *e, ent_json object, ent_err *err);
/* The clusters in `Galaxy` of an event (`from` ""), or of what has the id `from`. */
ENT_MUST_USE ent_code formats_misp_galaxies(formats_misp *e, ent_json holder, ent_str from,
                                            ent_err *err);
ENT_MUST_USE ent_code formats_misp_sightings(formats_misp *e, ent_json attribute, ent_str of,
                                             ent_err *err);

#endif
