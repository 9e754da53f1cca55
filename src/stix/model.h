/*
 * stix/model -- the one description of STIX 2.1, as tables.
 *
 * Types, properties, vocabularies, references, extensions and constraints are rows in
 * src/stix/model/ (one row a property).  The checker walks an object by them,
 * the documentation and the console's forms are printed from them, deterministic ids
 * take their contributing properties from them.  Adding a type is adding rows.
 * Everything here is constant data; nothing allocates or fails.
 */
#ifndef ENT_STIX_MODEL_H
#define ENT_STIX_MODEL_H

#include "base/span.h"

typedef enum stix_class {
    STIX_UNKNOWN, /* a custom type whose class its extension does not tell */
    STIX_SDO,
    STIX_CLOSED_SDO, /* an SDO that takes the properties of its rows and nothing else */
    STIX_SRO,
    STIX_SCO,
    STIX_DEFINITION, /* extension-definition */
    STIX_LANGUAGE,
    STIX_MARKING,
    STIX_BUNDLE,
    STIX_PART,     /* a value inside objects: external-reference, ... */
    STIX_EXTENSION /* the value of one key of `extensions` */
} stix_class;

/* What a property's value is; in brackets what `argument` says. */
typedef enum stix_kind {
    STIX_KIND_STRING, /* (format + 1, or 0) */
    STIX_KIND_BOOLEAN,
    STIX_KIND_INTEGER, /* (range + 1, or 0) */
    STIX_KIND_FLOAT,   /* (range + 1, or 0) */
    STIX_KIND_TIMESTAMP,
    STIX_KIND_HEX,
    STIX_KIND_BINARY,
    STIX_KIND_IDENT,  /* (reference target) */
    STIX_KIND_OPEN,   /* (vocabulary) */
    STIX_KIND_ENUM,   /* (vocabulary) */
    STIX_KIND_HASHES, /* (1: only names of hash-algorithm-ov) */
    STIX_KIND_DICT,   /* (what its values are: stix_dict) */
    STIX_KIND_OBJECT, /* (type) */
    STIX_KIND_ANYOBJECT,
    STIX_KIND_EXTENSIONS,
    STIX_KIND_CONTAINER, /* the deprecated observable-container */
    STIX_KIND_OBJECTS,   /* a bundle's objects */
    STIX_KIND_SELECTOR,
    STIX_KIND_RESERVED /* must not be present */
} stix_kind;

typedef enum stix_dict {
    STIX_D_ANY,
    STIX_D_STRING,
    STIX_D_STRINGS,       /* lists of strings */
    STIX_D_HEADER_FIELDS, /* lists of strings; 2.0 had strings */
    STIX_D_INTEGER,
    STIX_D_STRING_OR_INTEGER,
    STIX_D_CONTENTS /* language-content: a language to a dictionary */
} stix_dict;

enum {
    STIX_REQ = 1,  /* required */
    STIX_LIST = 2, /* a list of such values */
    STIX_IDC = 4,  /* contributes to a deterministic id (s2.9) */
    STIX_OLD = 8,  /* deprecated */
    STIX_MS = 16,  /* at least milliseconds */
    STIX_NA = 32   /* not applicable to this class of object */
};

typedef struct stix_property {
    const char *name;
    uint8_t size; /* of name */
    uint8_t kind; /* stix_kind */
    uint8_t flags;
    uint16_t argument;
} stix_property;

typedef struct stix_type {
    const char *name;
    uint8_t size;   /* of name */
    uint8_t class_; /* stix_class */
    uint8_t count;
    const char *specification; /* "STIX 2.1 s4.1" */
    const stix_property *properties;
} stix_type;

typedef struct stix_vocabulary {
    const char *name;
    bool closed; /* an enumeration: no other value */
    const char *specification;
    const ent_str *terms;
    size_t count;
} stix_vocabulary;

typedef struct stix_target {
    const char *text;  /* "a file or directory" */
    const char *types; /* separated by blanks */
    unsigned classes;  /* 1u << stix_class */
} stix_target;

typedef struct stix_range {
    int64_t least, greatest;
} stix_range;

typedef enum stix_constraint_kind {
    STIX_CONSTRAINT_GE,
    STIX_CONSTRAINT_GT,
    STIX_CONSTRAINT_NEEDS,
    STIX_CONSTRAINT_EXCLUDES,
    STIX_CONSTRAINT_ONE_OF
} stix_constraint_kind;

typedef struct stix_constraint {
    const char *type;
    stix_constraint_kind kind;
    const char *a, *b;
} stix_constraint;

/* Lists that are searched by halves. */
typedef enum stix_registry {
    STIX_REGISTRY_CHARSET,
    STIX_REGISTRY_COUNTRY,
    STIX_REGISTRY_HTTP_HEADER,
    STIX_REGISTRY_IPFIX,
    STIX_REGISTRY_MEDIA_TYPE,
    STIX_REGISTRY_PDF_INFO,
    STIX_REGISTRY_PROTOCOL,
    STIX_REGISTRY_SOCKET_OPTION,
    STIX_REGISTRY_LANGUAGE2
} stix_registry;

/* All types, parts and extensions; the object types come first. */
extern const stix_type stix_types[];
extern const size_t stix_type_count;
extern const stix_constraint stix_constraints[];
extern const size_t stix_constraint_count;
extern const stix_vocabulary stix_vocabularies[];
extern const size_t stix_vocabulary_count;
extern const stix_target stix_targets[];
extern const stix_range stix_ranges[];

/* The object type of that name ("indicator"), or NULL; parts are not found. */
const stix_type *stix_type_find(ent_str name);
/* The type that S(symbol) of a row stands for. */
const stix_type *stix_type_at(uint16_t argument);

/* The row of a property of its own, or NULL. */
const stix_property *stix_property_find(const stix_type *type, ent_str name);

/* The row of a common property for that class (with STIX_NA where the class has no such
 * property), or NULL when it is no common property. */
const stix_property *stix_common_find(stix_class class_, ent_str name);
/* All common properties of a class, in the order of STIX 2.1 s3.2. */
const stix_property *stix_common(stix_class class_, size_t *count);

/* The type that describes the extension `key` on objects of `type`, or NULL. */
const stix_type *stix_extension_find(ent_str type, ent_str key);
/* The extension that an object of one of entente's own types must have, or NULL. */
const char *stix_type_extension(const stix_type *type);

bool stix_vocabulary_has(const stix_vocabulary *vocabulary, ent_str term);
bool stix_registry_has(stix_registry registry, ent_str term);
/* A language of ISO 639 by its two or three letters, in any case. */
bool stix_language_known(ent_str code);

/* Whether the specification suggests this relationship between types of those names. */
bool stix_relation_suggested(ent_str source, ent_str relationship, ent_str target);

#endif
