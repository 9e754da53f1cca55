/* formats/reader (private) -- what the readers of the formats share.
 *
 * A format is a row of formats.def and a `formats_backend`: it takes the file's bytes and
 * gives items.  The front (formats.c) finds the format and hands the bytes through. */
#ifndef ENT_FORMATS_READER_INT_H
#define ENT_FORMATS_READER_INT_H

#include "formats/formats.h"

#include "base/json_write.h"

/* One item's tape and template; an event of ITEM_SIZE with its tape fits. */
#define FORMATS_ITEM_MEMORY ((size_t)512 << 20)

#define FORMATS_DATE        11 /* YYYY-MM-DD */

typedef struct formats_backend {
    /* NULL: no memory. */
    void *(*open)(formats_reader *reader);
    void (*close)(void *state);
    ent_code (*feed)(void *state, const char *bytes, size_t size, ent_err *err);
    ent_code (*end)(void *state, ent_err *err);
} formats_backend;

extern const formats_backend formats_json;        /* stix, jsonl, ftm, misp: json.c */
extern const formats_backend formats_xml_backend; /* the lists that are XML: xml.c */
extern const formats_backend formats_csv_backend; /* tables: csv.c */

struct formats_reader {
    formats_options options;
    formats_each each;
    void *arg;
    formats_kind kind;
    const formats_backend *backend;
    void *state;
    ent_arena *arena; /* the item's */
    size_t items;
    bool broken; /* an item was wrong before its key could be read */
    formats_edition edition;
    char edition_date[FORMATS_DATE];
    char *head; /* what came before the format was known */
    size_t head_size;
};

/* Gives one item; its index is the next. */
ENT_MUST_USE ent_code formats_give(formats_reader *reader, formats_item *item, ent_err *err);
/* The day of the edition, from a date as lists write it; what is none is passed over. */
void formats_edition_day(formats_reader *reader, ent_str text);
/* Gives an item that is wrong with `why` (or, NULL, with what `err` says). */
ENT_MUST_USE ent_code formats_give_wrong(formats_reader *reader, uint64_t offset, size_t line,
                                         const char *why, ent_err *err);

/* ---- templates ---- */

typedef struct formats_name_row {
    ent_str full, script, kind; /* script, kind: "" if not known */
} formats_name_row;

typedef struct formats_document {
    ent_str type, issuer, number;
} formats_document;

#define FORMATS_ROWS 200

/* A record as lists have it, before it is written as STIX. */
typedef struct formats_record {
    ent_str agency, id;
    ent_str stix_id; /* if it has one of its own; else it gets one by agency and id */
    ent_str schema;  /* person, org, vessel, aircraft */
    formats_name_row *names;
    size_t name_count;
    ent_str *births; /* as written; what is a date becomes the reading */
    size_t birth_count;
    ent_str *places;
    size_t place_count;
    ent_str *nations;
    size_t nation_count;
    formats_document *documents;
    size_t document_count;
    ent_str gender, program, notes;
    bool exercise;      /* it says that it is of an exercise */
    ent_str un_ref;     /* the United Nations' reference, "" if none */
    ent_str *addresses; /* each in one line */
    size_t address_count;
    size_t dropped; /* what a reader left out by a value that names it */
} formats_record;

/* An empty record with room for FORMATS_ROWS of each. */
ENT_MUST_USE ent_code formats_record_new(ent_arena *arena, formats_record *record, ent_err *err);

/* ---- filling one (gather.c); what is empty, or more than FORMATS_ROWS, is passed over ---- */

void formats_name_add(formats_record *record, ent_str full, const char *kind);
void formats_text_add(ent_str *list, size_t *count, ent_str text);
void formats_document_add(formats_record *record, const char *type, ent_str issuer, ent_str number);
/* The parts that are not empty, with `gap` between them; "" of none. */
ENT_MUST_USE ent_code formats_joined(ent_arena *arena, const ent_str *parts, size_t count,
                                     const char *gap, ent_str *out, ent_err *err);
/* Without what is blank at either end. */
ent_str formats_trimmed(ent_str text);
/* Does it stand anywhere in the text, without regard to case? */
bool formats_has(ent_str text, const char *word);

/* The template, and its key.  FORMAT if the record has no name. */
ENT_MUST_USE ent_code formats_record_write(ent_arena *arena, const formats_record *record,
                                           ent_json *object, ent_str *key, ent_err *err);

/* From the JSON form (INTERFACE.md, Names). */
ENT_MUST_USE ent_code formats_record_read(ent_arena *arena, ent_json json, const char *source,
                                          formats_record *record, size_t *dropped, ent_err *err);

/* ---- words of lists (words.c) ---- */

/* "1991-03-07", "1991-03" or "1991" of a date as lists write it ("7 Mar 1991", "07/03/1991",
 * "7.3.1991", "circa 1991"); "" if it is none, or more than one. */
ent_str formats_date(ent_arena *arena, ent_str text);

/* The ISO 3166-1 alpha-2 code of a country's English name; what is no such name stays. */
ent_str formats_country(ent_str name);

/* The next nationality in a text as lists write it ("Russian, Ukrainian (since 2015)"), as a
 * code; *rest is moved behind it.  What is none is passed over. */
bool formats_nation_next(ent_str *rest, ent_str *code);

/* Who issued a document, as a code ("SAUDI ARABIAN", "IRAN / UNKNOWN"); "" of what is none. */
ent_str formats_issuer(ent_str text);

/* The ISO 15924 code of the first letter's script, or "". */
ent_str formats_script(ent_str text);

/* Room for `size` bytes, twice as much as before until it is enough: what is reserved whole costs a
 * reader of small files (and each run under a sanitizer) what a large one needs.  False: no memory;
 * what there was stays. */
bool formats_room(char **bytes, size_t *room, size_t size);

#endif
