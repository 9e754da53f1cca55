/*
 * stix/check_int -- what the files of the checker share.
 *
 * check.c walks, check_value.c judges single values, check_extension.c the extensions,
 * check_rules.c the constraints between properties, check_should.c what only should be.
 */
#ifndef ENT_STIX_CHECK_INT_H
#define ENT_STIX_CHECK_INT_H

#include "stix/check.h"

typedef struct checker {
    stix_report *report;
    ent_json object;       /* the whole object */
    ent_json container;    /* the observable-container that it is in, or none */
    const stix_type *type; /* NULL: not in the specification */
    ent_str name;          /* its type as text */
    stix_class class_;
    bool toplevel; /* has an extension of its own that defines top-level properties */
    bool closed;   /* takes only what its rows name */
    bool old;      /* in a bundle of STIX 2.0 */
} checker;

/* Members of `value` by the rows of `type` (NULL: all are custom) and, for an object, the
 * common ones. */
void stix_check_members(const checker *c, ent_json value, const stix_type *type, stix_class class_);
/* One value by its row, also a list. */
void stix_check_value(const checker *c, const stix_property *row, ent_json value);
/* A value that no row describes: names of keys, and what the suffix of its name promises. */
void stix_check_custom(const checker *c, ent_json value);
void stix_check_reference(const checker *c, ent_json value, const stix_target *target);
void stix_check_hashes(const checker *c, ent_json value, bool closed);
void stix_check_extensions(const checker *c, ent_json value);
void stix_check_container(const checker *c, ent_json value);
/* An object inside an observable-container. */
void stix_check_contained(const checker *c, ent_json value, ent_json container);
/* The constraints between properties of one value of that type. */
void stix_check_constraints(const checker *c, ent_json value, const stix_type *type);
/* What the specification says of this one type, beyond its rows. */
void stix_check_special(const checker *c);
/* The SHOULDs that concern the object as a whole. */
void stix_check_should(const checker *c);
/* The keys of a dictionary that should come from a registry. */
void stix_check_registry_keys(const checker *c, ent_json dictionary);
void stix_check_selector(const checker *c, ent_json value);

#endif
