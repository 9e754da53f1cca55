/*
 * stix/marking -- data markings (STIX 2.1 s7.2): what marks this object, or this part of it?
 *
 * Object markings hold for everything in the object, granular ones for what their
 * selectors name and all below it.  Selectors are paths of names and [indexes] joined by
 * points; one that selects nothing is an error, never ignored.  The functions that change
 * an object write a new one and leave the rest of its text as it was; a changed object is a
 * new version, so they take its new `modified` (s3.6).  What a marking permits is
 * policy's business.
 */
#ifndef ENT_STIX_MARKING_H
#define ENT_STIX_MARKING_H

#include "stix/report.h"

/* How far a question about markings looks. */
enum {
    STIX_INHERITED = 1,   /* also markings of what contains the selected part, and of the object */
    STIX_DESCENDANTS = 2, /* also markings of what the selected part contains */
    STIX_NO_REFS = 4,     /* not those that name a marking definition */
    STIX_NO_LANGS = 8     /* not those that name a language */
};

/* Selectors or markings.  As selectors, {NULL, 0} means the object itself, and a list
 * without entries is an error. */
typedef struct stix_texts {
    ent_str *texts;
    size_t count;
} stix_texts;

/* The value that `selector` names in `object`, or none. */
ent_json stix_selector_find(ent_json object, ent_str selector);
bool stix_selector_ok(ent_str selector);

/* The markings of the parts that `selectors` name, or with none of the object itself,
 * each once.  Languages (`lang`) stand among them.
 *
 * NOT_FOUND  a selector is malformed or selects nothing */
ENT_MUST_USE ent_code stix_markings(ent_arena *arena, ent_json object, stix_texts selectors,
                                    int flags, stix_texts *markings, ent_err *err);

/* Whether the parts (or the object) carry all of `markings`, or with none any at all. */
ENT_MUST_USE ent_code stix_is_marked(ent_arena *arena, ent_json object, stix_texts markings,
                                     stix_texts selectors, int flags, bool *marked, ent_err *err);

typedef enum stix_marking_change {
    STIX_MARKING_ADD,
    STIX_MARKING_REMOVE,
    STIX_MARKING_SET,  /* these and no others on these parts */
    STIX_MARKING_CLEAR /* none any more; `markings` is not looked at */
} stix_marking_change;

/* Writes `object` with its markings changed: the granular ones of the selected parts, or with
 * no selector those of the object.  `modified` replaces that of the object unless it is
 * ENT_STR_NONE.
 *
 * FORMAT     a marking is neither the id of a marking definition nor a language
 * NOT_FOUND  a selector selects nothing, or no marking to remove is there */
ENT_MUST_USE ent_code stix_marking_write(ent_arena *arena, ent_json object,
                                         stix_marking_change change, stix_texts markings,
                                         stix_texts selectors, ent_str modified, ent_str *out,
                                         ent_err *err);

/* The rules of a marking-definition itself (s7.2.1). */
void stix_marking_check(stix_report *report, ent_json object);

#endif
