/*
 * holdings/index -- by what is an object looked up, and what is its label?
 *
 * Everything that a store row has beside the bytes is derived here, from the object
 * and the label that was given beside it (the sidecar), by one function and nowhere
 * else: doc/design/objects.md is its table.  What may not be found by others (silent,
 * protected, not to be disclosed) gets no match key at all, so that whoever forgets to
 * ask the policy finds nothing.  Its owner still finds it by words.
 *
 * The object is hostile: what is no STIX object, is larger than a limit or holds a
 * number that not every reader understands alike is refused, with place and rule.
 * Pure.  Cost: linear in the object.
 */
#ifndef ENT_HOLDINGS_INDEX_H
#define ENT_HOLDINGS_INDEX_H

#include "base/json.h"
#include "names/names.h"
#include "policy/label.h"

typedef struct holdings_entry {
    ent_json object;
    ent_str id, type;
    ent_str version;          /* `modified`, else `created`, else "" */
    ent_str created, creator; /* `created`, `created_by_ref`; "" if absent */
    bool revoked;
    bool personal;      /* about a person: needs a whole label to be admitted */
    ent_str sidecar;    /* as given, "" if none */
    policy_label label; /* of the object and the sidecar */
    ent_str *keys;      /* match keys, canonical */
    size_t key_count;
    ent_str *refs; /* STIX ids it refers to, and "ext:SOURCE:ID" of external references */
    size_t ref_count;
    ent_str text;      /* folded words */
    ent_str retention; /* "" if the label has none */
    ent_days when;     /* the days in which its fact holds (holdings_when) */
    bool placed;       /* it has a latitude and a longitude */
    double latitude, longitude;
} holdings_entry;

/* Everything is in the arena or borrowed from `bytes` and `sidecar` (a JSON object with
 * handling members, or ENT_STR_NONE).
 * FORMAT  no STIX object, or a wrong member in its label; names the member
 * LIMIT   larger than OBJECT_SIZE, STRING_SIZE or REFS */
ENT_MUST_USE ent_code holdings_index(ent_arena *arena, ent_str bytes, ent_str sidecar,
                                     holdings_entry *entry, ent_err *err);

/* The same for an object that was read already. */
ENT_MUST_USE ent_code holdings_index_object(ent_arena *arena, ent_json object, ent_str sidecar,
                                            holdings_entry *entry, ent_err *err);

/* The label of an object with what the sidecar says where the object's own extension is
 * silent.  FORMAT names a wrong member. */
ENT_MUST_USE ent_code holdings_label(ent_arena *arena, ent_json object, ent_str sidecar,
                                     policy_label *label, ent_err *err);

/* The days in which the object's fact holds: the label's validity, else the times that
 * it states, else from `created` to `modified`; of a movement (event), that was once, at a time
 * that nobody wrote down, always. */
ent_days holdings_when(ent_json object, const policy_label *label);

/* The names and birth dates of an identity, as names_compare wants them.  *found is false
 * for everything that has no name. */
ENT_MUST_USE ent_code holdings_record(ent_arena *arena, ent_json object, names_record *record,
                                      bool *found, ent_err *err);

/* Text as `store_query.text` wants it: each word or its skeleton. */
ENT_MUST_USE ent_code holdings_words(ent_arena *arena, ent_str text, ent_str *words, ent_err *err);

#endif
