/* formats/json (private) -- the items of the formats that are JSON and not STIX.
 *
 * One value may give several items: an event gives its attributes, a passport itself and
 * who holds it. */
#ifndef ENT_FORMATS_JSON_INT_H
#define ENT_FORMATS_JSON_INT_H

#include "formats/reader_int.h"
#include "formats/scan_int.h"

bool formats_is_ftm(ent_json value);
bool formats_is_misp(ent_json value);

/* Is it an object of STIX 2.0 (stix20.c)?  As 2.1 it is made of its members. */
bool formats_is_stix20(ent_json object);
ENT_MUST_USE ent_code formats_stix20_read(ent_arena *arena, ent_json old, ent_json *object,
                                          ent_err *err);

/* Both give items, also wrong ones; an error is what the taker returned. */
ENT_MUST_USE ent_code formats_ftm_give(formats_reader *r, ent_json value, const formats_value *at,
                                       ent_err *err);
ENT_MUST_USE ent_code formats_misp_give(formats_reader *r, ent_json value, const formats_value *at,
                                        ent_err *err);

/* Gives the template in `buf` under "agency:id". */
ENT_MUST_USE ent_code formats_template_give(formats_reader *r, const formats_value *at,
                                            const ent_buf *buf, ent_str agency, ent_str key,
                                            ent_err *err);

#endif
