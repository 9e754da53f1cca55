/* What the entries of each XML list say. */
#include "formats/xml_int.h"

#include <strings.h>

/* ---- United Nations ---- */

static ent_code un_births(ent_arena *arena, const formats_xml *entry, formats_record *r,
                          ent_err *err)
{
    for (const formats_xml *b = formats_xml_child(entry, "INDIVIDUAL_DATE_OF_BIRTH"); b != NULL;
         b = formats_xml_more(b)) {
        const ent_str range[] = { formats_xml_text(b, "FROM_YEAR"),
                                  formats_xml_text(b, "TO_YEAR") };
        ent_str text = formats_xml_text(b, "DATE");

        if (text.size > 10)
            text.size = 10; /* older editions have a time of day */
        if (text.size == 0)
            text = formats_xml_text(b, "YEAR");
        if (text.size == 0)
            ENT_TRY(formats_joined(arena, range, 2, " to ", &text, err));
        formats_text_add(r->births, &r->birth_count, text);
    }
    return ENT_OK;
}

static ent_code un_places(ent_arena *arena, const formats_xml *entry, formats_record *r,
                          ent_err *err)
{
    for (const formats_xml *p = formats_xml_child(entry, "INDIVIDUAL_PLACE_OF_BIRTH"); p != NULL;
         p = formats_xml_more(p)) {
        const ent_str parts[] = { formats_xml_text(p, "CITY"),
                                  formats_xml_text(p, "STATE_PROVINCE"),
                                  formats_xml_text(p, "COUNTRY") };
        ent_str text;

        ENT_TRY(formats_joined(arena, parts, 3, ", ", &text, err));
        formats_text_add(r->places, &r->place_count, text);
    }
    return ENT_OK;
}

static void un_documents(const formats_xml *entry, formats_record *r)
{
    for (const formats_xml *d = formats_xml_child(entry, "INDIVIDUAL_DOCUMENT"); d != NULL;
         d = formats_xml_more(d)) {
        ent_str type = formats_xml_text(d, "TYPE_OF_DOCUMENT");
        ent_str issuer = formats_xml_text(d, "ISSUING_COUNTRY");

        if (issuer.size == 0)
            issuer = formats_xml_text(d, "COUNTRY_OF_ISSUE");
        formats_document_add(r, formats_has(type, "pas") ? "passport" : "national", issuer,
                             formats_xml_text(d, "NUMBER"));
    }
}

static void un_aliases(const formats_xml *entry, const char *element, formats_record *r)
{
    for (const formats_xml *a = formats_xml_child(entry, element); a != NULL;
         a = formats_xml_more(a)) {
        ent_str quality = formats_xml_text(a, "QUALITY");

        formats_name_add(r, formats_xml_text(a, "ALIAS_NAME"),
                         ent_str_is(quality, "Low")      ? "weak"
                         : formats_has(quality, "f.k.a") ? "former"
                                                         : "alias");
    }
}

static ent_code un_read(ent_arena *arena, const formats_xml *entry, formats_record *r, ent_err *err)
{
    const ent_str parts[] = { formats_xml_text(entry, "FIRST_NAME"),
                              formats_xml_text(entry, "SECOND_NAME"),
                              formats_xml_text(entry, "THIRD_NAME"),
                              formats_xml_text(entry, "FOURTH_NAME") };
    const formats_xml *nation = formats_xml_child(entry, "NATIONALITY");
    ent_str full, gender = formats_xml_text(entry, "GENDER");

    r->schema = ent_str_is(entry->name, "INDIVIDUAL") ? ENT_STR("person") : ENT_STR("org");
    r->un_ref = formats_xml_text(entry, "REFERENCE_NUMBER");
    r->id = formats_xml_text(entry, "DATAID");
    if (r->un_ref.size > 0)
        r->id = r->un_ref; /* what the world calls it, and what stays */
    ENT_TRY(formats_joined(arena, parts, 4, " ", &full, err));
    formats_name_add(r, full, "primary");
    formats_name_add(r, formats_xml_text(entry, "NAME_ORIGINAL_SCRIPT"), "orig");
    un_aliases(entry, "INDIVIDUAL_ALIAS", r);
    un_aliases(entry, "ENTITY_ALIAS", r);
    ENT_TRY(un_births(arena, entry, r, err));
    ENT_TRY(un_places(arena, entry, r, err));
    un_documents(entry, r);
    for (const formats_xml *v = formats_xml_child(nation, "VALUE"); v != NULL;
         v = formats_xml_more(v))
        formats_text_add(r->nations, &r->nation_count, v->text);
    if (gender.size > 0)
        r->gender = formats_has(gender, "female") ? ENT_STR("f") : ENT_STR("m");
    r->program = formats_xml_text(entry, "UN_LIST_TYPE");
    r->notes = formats_xml_text(entry, "COMMENTS1");
    return ENT_OK;
}

/* ---- European Union, financial sanctions files 1.1 ---- */

static void eu_births(const formats_xml *entry, formats_record *r)
{
    for (const formats_xml *b = formats_xml_child(entry, "birthdate"); b != NULL;
         b = formats_xml_more(b)) {
        ent_str date = formats_xml_attribute(b, "birthdate");

        formats_text_add(r->births, &r->birth_count,
                         date.size > 0 ? date : formats_xml_attribute(b, "year"));
        formats_text_add(r->places, &r->place_count, formats_xml_attribute(b, "city"));
    }
}

static void eu_documents(const formats_xml *entry, formats_record *r)
{
    for (const formats_xml *d = formats_xml_child(entry, "identification"); d != NULL;
         d = formats_xml_more(d)) {
        ent_str type = formats_xml_attribute(d, "identificationTypeCode");
        ent_str country = formats_xml_attribute(d, "countryIso2Code");

        formats_document_add(r,
                             formats_has(type, "passport")                             ? "passport"
                             : formats_has(type, "fiscal") || formats_has(type, "tax") ? "tax"
                             : formats_has(type, "reg")                                ? "reg"
                             : formats_has(type, "imo")                                ? "imo"
                                                                                       : "national",
                             ent_str_is(country, "00") ? ENT_STR("") : country,
                             formats_xml_attribute(d, "number"));
    }
}

static ent_code eu_read(ent_arena *arena, const formats_xml *entry, formats_record *r, ent_err *err)
{
    const formats_xml *type = formats_xml_child(entry, "subjectType");
    const formats_xml *regulation = formats_xml_child(entry, "regulation");
    bool first = true;

    (void)arena;
    (void)err;
    r->id = formats_xml_attribute(entry, "euReferenceNumber");
    if (r->id.size == 0)
        r->id = formats_xml_attribute(entry, "logicalId");
    r->un_ref = formats_xml_attribute(entry, "unitedNationId");
    r->schema = type != NULL && (ent_str_is(formats_xml_attribute(type, "code"), "person") ||
                                 ent_str_is(formats_xml_attribute(type, "classificationCode"), "P"))
                    ? ENT_STR("person")
                    : ENT_STR("org");
    for (const formats_xml *n = formats_xml_child(entry, "nameAlias"); n != NULL;
         n = formats_xml_more(n)) {
        ent_str gender = formats_xml_attribute(n, "gender");

        formats_name_add(r, formats_xml_attribute(n, "wholeName"),
                         first                                                     ? "primary"
                         : ent_str_is(formats_xml_attribute(n, "strong"), "false") ? "weak"
                                                                                   : "alias");
        first = false;
        if (gender.size == 1)
            r->gender = ent_str_is(gender, "F") ? ENT_STR("f") : ENT_STR("m");
    }
    for (const formats_xml *c = formats_xml_child(entry, "citizenship"); c != NULL;
         c = formats_xml_more(c))
        formats_text_add(r->nations, &r->nation_count, formats_xml_attribute(c, "countryIso2Code"));
    eu_births(entry, r);
    eu_documents(entry, r);
    if (regulation != NULL)
        r->program = formats_xml_attribute(regulation, "programme");
    r->notes = formats_xml_text(entry, "remark");
    return ENT_OK;
}

/* ---- Canada ---- */

/* Aliases stand in one text, apart by semicolons. */
static void ca_aliases(ent_str text, formats_record *r)
{
    size_t from = 0;

    for (size_t i = 0; i <= text.size; i++) {
        ent_str one;

        if (i < text.size && text.ptr[i] != ';')
            continue;
        one = (ent_str){ text.ptr + from, i - from };
        while (one.size > 0 && *one.ptr == ' ') {
            one.ptr++;
            one.size--;
        }
        while (one.size > 0 && one.ptr[one.size - 1] == ' ')
            one.size--;
        formats_name_add(r, one, "alias");
        from = i + 1;
    }
}

static ent_code ca_read(ent_arena *arena, const formats_xml *entry, formats_record *r, ent_err *err)
{
    const ent_str parts[] = { formats_xml_text(entry, "GivenName"),
                              formats_xml_text(entry, "LastName") };
    const ent_str id[] = { formats_xml_text(entry, "Country"), formats_xml_text(entry, "Schedule"),
                           formats_xml_text(entry, "Item") };
    ent_str organisation = formats_xml_text(entry, "EntityOrShip"), full;
    ent_str imo = formats_xml_text(entry, "ShipIMONumber");

    if (organisation.size == 0)
        organisation = formats_xml_text(entry, "Entity");
    ENT_TRY(formats_joined(arena, id, 3, "/", &r->id, err));
    ENT_TRY(formats_joined(arena, parts, 2, " ", &full, err));
    r->schema = imo.size > 0    ? ENT_STR("vessel")
                : full.size > 0 ? ENT_STR("person")
                                : ENT_STR("org");
    formats_name_add(r, full.size > 0 ? full : organisation, "primary");
    ca_aliases(formats_xml_text(entry, "Aliases"), r);
    if (ent_str_is(r->schema, "person"))
        formats_text_add(r->births, &r->birth_count,
                         formats_xml_text(entry, "DateOfBirthOrShipBuildDate"));
    formats_document_add(r, "imo", ENT_STR(""), imo);
    r->program = formats_xml_text(entry, "Country");
    return ENT_OK;
}

/* ---- the table ---- */

static const formats_xml_list lists[] = {
    { "sdnList", { "sdnEntry", NULL }, FORMATS_OFAC_XML, "OFAC", "", formats_ofac_classic_read },
    { "sanctionsData",
      { "entity", NULL },
      FORMATS_OFAC_ENHANCED,
      "OFAC",
      "",
      formats_ofac_enhanced_read },
    { "CONSOLIDATED_LIST", { "INDIVIDUAL", "ENTITY" }, FORMATS_UN_XML, "UN", "UN", un_read },
    { "export", { "sanctionEntity", NULL }, FORMATS_EU_XML, "EU", "EU-FSF", eu_read },
    { "data-set", { "record", NULL }, FORMATS_CA_XML, "CA", "CA-SEMA", ca_read },
};

const formats_xml_list *formats_xml_list_of(ent_str root)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (ent_str_is(root, lists[i].root))
            return &lists[i];
    return NULL;
}
