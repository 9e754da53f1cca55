#include "stix/model.h"

#include "stix/extension_ids.h"

/* ---- what the arguments of a row stand for ---- */

#define X(symbol, ...) VOCABULARY_##symbol,
enum vocabulary_symbol {
#include "stix/model/vocab.def"
#include "stix/model/vocab_entente.def"
};
#undef X

#define X(symbol, ...) TARGET_##symbol,
enum target_symbol {
#include "stix/model/refs.def"
};
#undef X

#define X(symbol, ...) RANGE_##symbol,
enum range_symbol {
#include "stix/model/ranges.def"
};
#undef X

#define X(symbol, ...) FORMAT_##symbol,
enum format_symbol {
#include "stix/model/formats.def"
};
#undef X

#define X(symbol, ...) TYPE_##symbol,
enum type_symbol {
#include "stix/model/sdo.def"
#include "stix/model/sco.def"
#include "stix/model/smo.def"
#include "stix/model/entente.def"
};
#undef X

/* ---- properties ---- */

#define V(symbol)                      VOCABULARY_##symbol
#define R(symbol)                      TARGET_##symbol
#define N(symbol)                      (RANGE_##symbol + 1)
#define F(symbol)                      (FORMAT_##symbol + 1)
#define S(symbol)                      TYPE_##symbol

#define STRING                         STIX_KIND_STRING
#define BOOLEAN                        STIX_KIND_BOOLEAN
#define INTEGER                        STIX_KIND_INTEGER
#define FLOAT                          STIX_KIND_FLOAT
#define TIMESTAMP                      STIX_KIND_TIMESTAMP
#define HEX                            STIX_KIND_HEX
#define BINARY                         STIX_KIND_BINARY
#define IDENT                          STIX_KIND_IDENT
#define OPEN                           STIX_KIND_OPEN
#define ENUM                           STIX_KIND_ENUM
#define HASHES                         STIX_KIND_HASHES
#define DICT                           STIX_KIND_DICT
#define OBJECT                         STIX_KIND_OBJECT
#define ANYOBJECT                      STIX_KIND_ANYOBJECT
#define EXTENSIONS                     STIX_KIND_EXTENSIONS
#define CONTAINER                      STIX_KIND_CONTAINER
#define OBJECTS                        STIX_KIND_OBJECTS
#define SELECTOR                       STIX_KIND_SELECTOR
#define RESERVED                       STIX_KIND_RESERVED

#define D_ANY                          STIX_D_ANY
#define D_STRING                       STIX_D_STRING
#define D_STRINGS                      STIX_D_STRINGS
#define D_HEADER_FIELDS                STIX_D_HEADER_FIELDS
#define D_INTEGER                      STIX_D_INTEGER
#define D_STRING_OR_INTEGER            STIX_D_STRING_OR_INTEGER
#define D_CONTENTS                     STIX_D_CONTENTS

#define REQ                            STIX_REQ
#define LIST                           STIX_LIST
#define IDC                            STIX_IDC
#define OLD                            STIX_OLD
#define MS                             STIX_MS

#define P(name, kind, argument, flags) { #name, sizeof #name - 1, (kind), (flags), (argument) },
#define X(symbol, name, class_, specification, ...) \
    static const stix_property symbol##_properties[] = { __VA_ARGS__ };
#include "stix/model/entente.def"
#include "stix/model/sco.def"
#include "stix/model/sdo.def"
#include "stix/model/smo.def"
#undef X

#define X(symbol, name, class_, specification, ...)                              \
    { (name),          sizeof name - 1,                                          \
      STIX_##class_,   sizeof symbol##_properties / sizeof *symbol##_properties, \
      (specification), symbol##_properties },
const stix_type stix_types[] = {
#include "stix/model/sdo.def"
#include "stix/model/sco.def"
#include "stix/model/smo.def"
#include "stix/model/entente.def"
};
#undef X
const size_t stix_type_count = sizeof stix_types / sizeof *stix_types;

/* One copy of the common properties for each class, so that a look-up gives one row. */
#define O 0
#define COMMON_ROW(name, kind, argument, flags, use) \
    { #name, sizeof #name - 1, (kind), (uint8_t)((flags) | (use)), (argument) },
#undef R
#define R(symbol) TARGET_##symbol
enum common_use { USE_R = STIX_REQ, USE_O = 0, USE_N = STIX_NA };

#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##sdo)
static const stix_property common_sdo[] = {
#include "stix/model/common.def"
};
#undef C
/* An unknown type may be an observable, so it needs only what every class needs. */
#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##sdo &USE_##sco &STIX_REQ)
static const stix_property common_unknown[] = {
#include "stix/model/common.def"
};
#undef C
#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##sro)
static const stix_property common_sro[] = {
#include "stix/model/common.def"
};
#undef C
#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##sco)
static const stix_property common_sco[] = {
#include "stix/model/common.def"
};
#undef C
#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##definition)
static const stix_property common_definition[] = {
#include "stix/model/common.def"
};
#undef C
#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##language)
static const stix_property common_language[] = {
#include "stix/model/common.def"
};
#undef C
#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##marking)
static const stix_property common_marking[] = {
#include "stix/model/common.def"
};
#undef C
#define C(name, kind, argument, flags, sdo, sro, sco, definition, language, marking, bundle) \
    COMMON_ROW(name, kind, argument, flags, USE_##bundle)
static const stix_property common_bundle[] = {
#include "stix/model/common.def"
};
#undef C
#undef R
#undef O

/* ---- the other tables ---- */

#define T(text) { (text), sizeof(text) - 1 },
#define X(symbol, name, closed, specification, ...) \
    static const ent_str symbol##_terms[] = { __VA_ARGS__ };
#include "stix/model/vocab.def"
#include "stix/model/vocab_entente.def"
#undef X
#define X(symbol, name, closed, specification, ...) \
    { (name), (closed), (specification), symbol##_terms, sizeof symbol##_terms / sizeof(ent_str) },
const stix_vocabulary stix_vocabularies[] = {
#include "stix/model/vocab.def"
#include "stix/model/vocab_entente.def"
};
#undef X
const size_t stix_vocabulary_count = sizeof stix_vocabularies / sizeof *stix_vocabularies;

#define C_SDO                           (1u << STIX_SDO | 1u << STIX_CLOSED_SDO)
#define C_SRO                           (1u << STIX_SRO)
#define C_SCO                           (1u << STIX_SCO)
#define C_META                          (1u << STIX_DEFINITION | 1u << STIX_LANGUAGE | 1u << STIX_MARKING)
#define X(symbol, text, types, classes) { (text), (types), (classes) },
const stix_target stix_targets[] = {
#include "stix/model/refs.def"
};
#undef X

#define X(symbol, least, greatest) { (least), (greatest) },
const stix_range stix_ranges[] = {
#include "stix/model/ranges.def"
};
#undef X

#define X(type, kind, a, b) { (type), STIX_CONSTRAINT_##kind, (a), (b) },
const stix_constraint stix_constraints[] = {
#include "stix/model/constraints.def"
};
#undef X
const size_t stix_constraint_count = sizeof stix_constraints / sizeof *stix_constraints;

static const ent_str charsets[] = {
#include "stix/model/registry_charset.def"
};
static const ent_str countries[] = {
#include "stix/model/registry_country.def"
};
static const ent_str http_headers[] = {
#include "stix/model/registry_http_header.def"
};
static const ent_str ipfix[] = {
#include "stix/model/registry_ipfix.def"
};
static const ent_str media_types[] = {
#include "stix/model/registry_media_type.def"
};
static const ent_str pdf_info[] = {
#include "stix/model/registry_pdf_info.def"
};
static const ent_str protocols[] = {
#include "stix/model/registry_protocol.def"
};
static const ent_str socket_options[] = {
#include "stix/model/registry_socket_option.def"
};
static const ent_str languages2[] = {
#include "stix/model/languages2.def"
};
static const uint8_t languages3[] = {
#include "stix/model/languages.def"
};

#define REGISTRY(list)                        \
    {                                         \
        (list), sizeof(list) / sizeof *(list) \
    }
static const struct registry {
    const ent_str *terms;
    size_t count;
} registries[] = {
    REGISTRY(charsets),  REGISTRY(countries),      REGISTRY(http_headers),
    REGISTRY(ipfix),     REGISTRY(media_types),    REGISTRY(pdf_info),
    REGISTRY(protocols), REGISTRY(socket_options), REGISTRY(languages2),
};

static const struct relation {
    const char *source, *relationship, *targets;
} relations[] = {
#define X(source, relationship, targets) { (source), (relationship), (targets) },
#include "stix/model/relations.def"
#undef X
};

static const struct extension {
    const char *type, *key;
    int symbol;
} extensions[] = {
#define X(type, key, symbol) { (type), (key), TYPE_##symbol },
#include "stix/model/extensions.def"
#undef X
};

/* ---- look-ups ---- */

static bool name_is(const char *name, size_t size, ent_str text)
{
    return size == text.size && name[0] == text.ptr[0] && memcmp(name, text.ptr, size) == 0;
}

const stix_type *stix_type_at(uint16_t argument)
{
    return &stix_types[argument];
}

const stix_type *stix_type_find(ent_str name)
{
    if (name.size == 0)
        return NULL;
    for (size_t i = 0; i < stix_type_count; i++) {
        const stix_type *type = &stix_types[i];

        if (name_is(type->name, type->size, name) && type->class_ < STIX_PART)
            return type;
    }
    return NULL;
}

static const stix_property *row_find(const stix_property *rows, size_t count, ent_str name)
{
    if (name.size == 0)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (name_is(rows[i].name, rows[i].size, name))
            return &rows[i];
    return NULL;
}

const stix_property *stix_property_find(const stix_type *type, ent_str name)
{
    return row_find(type->properties, type->count, name);
}

const stix_property *stix_common(stix_class class_, size_t *count)
{
    *count = sizeof common_sdo / sizeof *common_sdo;
    switch (class_) {
    case STIX_SRO:
        return common_sro;
    case STIX_SCO:
        return common_sco;
    case STIX_DEFINITION:
        return common_definition;
    case STIX_LANGUAGE:
        return common_language;
    case STIX_MARKING:
        return common_marking;
    case STIX_BUNDLE:
        return common_bundle;
    case STIX_PART:
    case STIX_EXTENSION:
        *count = 0;
        return common_sdo;
    case STIX_UNKNOWN:
        return common_unknown;
    case STIX_SDO:
    case STIX_CLOSED_SDO:
        break;
    }
    return common_sdo;
}

const stix_property *stix_common_find(stix_class class_, ent_str name)
{
    size_t count;
    const stix_property *rows = stix_common(class_, &count);

    return row_find(rows, count, name);
}

const stix_type *stix_extension_find(ent_str type, ent_str key)
{
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if ((extensions[i].type[0] == '\0' || ent_str_is(type, extensions[i].type)) &&
            ent_str_is(key, extensions[i].key))
            return &stix_types[extensions[i].symbol];
    return NULL;
}

const char *stix_type_extension(const stix_type *type)
{
    switch (type - stix_types) {
    case TYPE_identity_document:
        return STIX_EXT_IDENTITY_DOCUMENT;
    case TYPE_forensic_signature:
        return STIX_EXT_FORENSIC_SIGNATURE;
    case TYPE_vehicle:
        return STIX_EXT_VEHICLE;
    case TYPE_device_record:
        return STIX_EXT_DEVICE_RECORD;
    default:
        return NULL;
    }
}

bool stix_vocabulary_has(const stix_vocabulary *vocabulary, ent_str term)
{
    for (size_t i = 0; i < vocabulary->count; i++)
        if (ent_str_equal(vocabulary->terms[i], term))
            return true;
    return false;
}

bool stix_registry_has(stix_registry registry, ent_str term)
{
    size_t from = 0, to = registries[registry].count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int sign = ent_str_compare(term, registries[registry].terms[middle]);

        if (sign == 0)
            return true;
        if (sign < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return false;
}

bool stix_language_known(ent_str code)
{
    char low[3];
    unsigned place = 0;

    if (code.size != 2 && code.size != 3)
        return false;
    for (size_t i = 0; i < code.size; i++) {
        char c = code.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c < 'a' || c > 'z')
            return false;
        low[i] = c;
        place = place * 26 + (unsigned)(c - 'a');
    }
    if (code.size == 2)
        return stix_registry_has(STIX_REGISTRY_LANGUAGE2, (ent_str){ low, 2 });
    return (languages3[place / 8] >> place % 8 & 1) != 0;
}

/* Whether `words`, separated by blanks, has `word`. */
static bool word_among(const char *words, ent_str word)
{
    while (*words != '\0') {
        size_t size = strcspn(words, " ");

        if (size == word.size && memcmp(words, word.ptr, size) == 0)
            return true;
        words += size;
        words += strspn(words, " ");
    }
    return false;
}

bool stix_relation_suggested(ent_str source, ent_str relationship, ent_str target)
{
    const stix_type *type = stix_type_find(target);

    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
        if (ent_str_is(source, relations[i].source) &&
            ent_str_is(relationship, relations[i].relationship) &&
            (word_among(relations[i].targets, target) ||
             (type != NULL && type->class_ == STIX_SCO &&
              word_among(relations[i].targets, ENT_STR("@sco")))))
            return true;
    return false;
}
