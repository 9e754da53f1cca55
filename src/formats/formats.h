/*
 * formats -- what does this file say, in STIX?
 *
 * A reader is fed a file in pieces of any size and gives one item at a time: an object
 * as it stands (STIX), or a template made of a record: a STIX object without `id`,
 * `created` and `modified`, which whoever holds it gives it (holdings/mint.h), under the
 * key "AGENCY:ID" by which a newer edition finds the same record.  References between
 * templates are written "type--ext:AGENCY:ID".
 *
 * The format is found by content.  Memory is bounded by ITEM_SIZE however large the
 * file is.  A broken item is given with what is wrong, and reading goes on behind it
 * where the file says clearly where that is; otherwise reading ends with the place.
 * Pure: no file, no clock.  What is religion, ethnicity or politics is left out
 * (formats/special.def) and counted.
 */
#ifndef ENT_FORMATS_FORMATS_H
#define ENT_FORMATS_FORMATS_H

#include "base/json.h"

typedef enum formats_kind {
#define X(symbol, name, meaning) FORMATS_##symbol,
#include "formats/formats.def"
#undef X
    FORMATS_COUNT
} formats_kind;

const char *formats_name(formats_kind kind); /* "" for FORMATS_COUNT */
/* FORMATS_COUNT if there is none of that name. */
formats_kind formats_find(const char *name);

typedef struct formats_item {
    size_t index;         /* 0-based, in the file */
    uint64_t offset;      /* of its first byte */
    size_t line;          /* 1-based */
    ent_arena *arena;     /* the item's: emptied for the next */
    ent_json object;      /* none when `wrong` */
    ent_str key;          /* "AGENCY:ID" of a template; "" for an object as it stands */
    ent_str agency;       /* whose list it is; "" if nobody's */
    size_t dropped;       /* members on religion, ethnicity or politics that were left out */
    bool upgraded;        /* it was STIX 2.0, and is here as 2.1 */
    const ent_err *wrong; /* why there is no object, or NULL */
} formats_item;

/* Any code but OK stops the reading with it. */
typedef ent_code (*formats_each)(void *arg, const formats_item *item, ent_err *err);

typedef struct formats_options {
    formats_kind kind;   /* FORMATS_COUNT: by content */
    const char *source;  /* agency of records that name none */
    const char *mapping; /* JSON, for tables; NULL: titles as they are known */
} formats_options;

typedef struct formats_reader formats_reader;

/* MEMORY */
ENT_MUST_USE ent_code formats_reader_new(const formats_options *options, formats_each each,
                                         void *arg, formats_reader **reader, ent_err *err);
void formats_reader_free(formats_reader *reader);

/* FORMAT, LIMIT  with the place, and nothing more can be read
 * others         what `each` returned */
ENT_MUST_USE ent_code formats_feed(formats_reader *reader, const void *bytes, size_t size,
                                   ent_err *err);
/* The file is complete. */
ENT_MUST_USE ent_code formats_end(formats_reader *reader, ent_err *err);

/* What a file says of itself as an edition of a list. */
typedef struct formats_edition {
    const char *list;    /* of which it is the whole by its form; "" if it does not say */
    const char *day;     /* YYYY-MM-DD of it; "" if it does not say */
    int64_t entry_count; /* as its publisher counts; -1 if it does not say */
    size_t entries;      /* that were given, wrong ones too */
    bool broken;         /* an entry could not be read: what is missing may be that one */
} formats_edition;

/* Known as the head of the file is; `entries` and `broken` grow. */
formats_edition formats_reader_edition(const formats_reader *reader);

/* Which of the tables of OFAC's set without titles a file with this head is: 1 sdn, 2 alt,
 * 3 add, 4 sdn_comments; 0 none.  They are fed to one reader one after the other, in any
 * order, with a line feed between. */
int formats_ofac_part(const char *head, size_t size);

/* Is this a member or column that is held of nobody (formats/special.def)? */
bool formats_special(ent_str name);

/* What it turned out to be; FORMATS_COUNT while that is not known. */
formats_kind formats_reader_kind(const formats_reader *reader);

#endif
