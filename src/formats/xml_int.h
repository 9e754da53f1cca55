/* formats/xml (private) -- one entry of an XML list at a time.
 *
 * The parser is expat, fed in pieces; an entry (the element that a list repeats) is kept
 * as a small tree in the item's arena and turned into a record when it ends.  A document
 * type declaration is refused, so that there are no entities but the five of XML. */
#ifndef ENT_FORMATS_XML_INT_H
#define ENT_FORMATS_XML_INT_H

#include "formats/reader_int.h"

typedef struct formats_xml formats_xml;
struct formats_xml {
    ent_str name;                  /* without prefix */
    ent_str text;                  /* its characters, trimmed */
    const char *const *attributes; /* name, value, ..., NULL */
    formats_xml *first, *last, *next;
};

/* The first child of that name, or NULL.  NULL has no children. */
const formats_xml *formats_xml_child(const formats_xml *node, const char *name);
/* The next sibling of the same name, or NULL. */
const formats_xml *formats_xml_more(const formats_xml *node);
/* A child's text, "" if there is none. */
ent_str formats_xml_text(const formats_xml *node, const char *name);
ent_str formats_xml_attribute(const formats_xml *node, const char *name);

/* Fills a record from one entry (lists_xml.c). */
typedef ent_code (*formats_xml_entry)(ent_arena *arena, const formats_xml *entry,
                                      formats_record *record, ent_err *err);

typedef struct formats_xml_list {
    const char *root;       /* root element */
    const char *entries[2]; /* the elements that are entries */
    formats_kind kind;
    const char *agency;
    const char *edition; /* the list of which every such file is the whole; "" if none */
    formats_xml_entry read;
} formats_xml_list;

/* The list with that root element, or NULL. */
const formats_xml_list *formats_xml_list_of(ent_str root);

/* OFAC's (lists_ofac.c). */
ENT_MUST_USE ent_code formats_ofac_classic_read(ent_arena *arena, const formats_xml *entry,
                                                formats_record *record, ent_err *err);
ENT_MUST_USE ent_code formats_ofac_enhanced_read(ent_arena *arena, const formats_xml *entry,
                                                 formats_record *record, ent_err *err);

#endif
