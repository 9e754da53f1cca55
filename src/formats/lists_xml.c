/* What the entries of each XML list say. */
#include "formats/xml_int.h"

#include <strings.h>

static void name_add(formats_record *r, ent_str full, const char *kind)
{
    if (full.size > 0 && r->name_count < FORMATS_ROWS)
        r->names[r->name_count++] =
            (formats_name_row){ full, formats_script(full), ent_str_of(kind) };
}

static void text_add(ent_str *list, size_t *count, ent_str text)
{
    if (text.size > 0 && *count < FORMATS_ROWS)
        list[(*count)++] = text;
}

static void document_add(formats_record *r, const char *type, ent_str issuer, ent_str number)
{
    if (number.size > 0 && r->document_count < FORMATS_ROWS)
        r->documents[r->document_count++] =
            (formats_document){ ent_str_of(type), formats_country(issuer), number };
}

/* The parts that are not empty, with `gap` between them. */
static ent_code joined(ent_arena *arena, const ent_str *parts, size_t count, const char *gap,
                       ent_str *out, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > 0)
            ent_buf_printf(&buf, "%s%.*s", buf.size > 0 ? gap : "", ENT_STR_ARG(parts[i]));
    ENT_TRY(ent_buf_done(&buf, out, err));
    if (out->ptr == NULL)
        *out = ENT_STR("");
    return ENT_OK;
}

static bool has(ent_str text, const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp(text.ptr + i, word, size) == 0)
            return true;
    return false;
}

/* ---- OFAC, classic ---- */

static const char *ofac_document(ent_str type)
{
    static const struct {
        const char *word, *type;
    } types[] = { { "passport", "passport" },
                  { "tax", "tax" },
                  { "v.a.t", "tax" },
                  { "vessel registration", "imo" },
                  { "regist", "reg" },
                  { "company number", "reg" },
                  { "commercial", "reg" },
                  { "chamber of", "reg" },
                  { "social credit", "reg" },
                  { "national id", "national" },
                  { "identification", "national" },
                  { "cedula", "national" },
                  { "c.u.r.p", "national" },
                  { "r.f.c", "tax" },
                  { "n.i.t", "tax" },
                  { "d.n.i", "national" },
                  { "electoral", "national" },
                  { "driver", "licence" },
                  { "citizen", "national" },
                  { "birth certificate", "national" },
                  { "residency", "national" },
                  { "personal id", "national" },
                  { "ssn", "national" },
                  { "legal entity number", "reg" },
                  { "license", "licence" } };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (has(type, types[i].word))
            return types[i].type;
    return NULL;
}

static ent_code ofac_name(ent_arena *arena, const formats_xml *node, const char *kind,
                          formats_record *r, ent_err *err)
{
    const ent_str parts[] = { formats_xml_text(node, "firstName"),
                              formats_xml_text(node, "lastName") };
    ent_str full;

    ENT_TRY(joined(arena, parts, 2, " ", &full, err));
    name_add(r, full, kind);
    return ENT_OK;
}

static void ofac_ids(const formats_xml *entry, formats_record *r)
{
    const formats_xml *list = formats_xml_child(entry, "idList");

    for (const formats_xml *id = formats_xml_child(list, "id"); id != NULL;
         id = formats_xml_more(id)) {
        ent_str type = formats_xml_text(id, "idType"), number = formats_xml_text(id, "idNumber");
        const char *kind = ofac_document(type);

        if (ent_str_is(type, "Gender"))
            r->gender = has(number, "female") ? ENT_STR("f") : ENT_STR("m");
        else if (kind != NULL && !has(type, "executive") && !has(type, "nationality"))
            document_add(r, kind, formats_xml_text(id, "idCountry"), number);
    }
}

static void ofac_lists(const formats_xml *entry, formats_record *r)
{
    const formats_xml *list = formats_xml_child(entry, "dateOfBirthList");

    for (const formats_xml *v = formats_xml_child(list, "dateOfBirthItem"); v != NULL;
         v = formats_xml_more(v))
        text_add(r->births, &r->birth_count, formats_xml_text(v, "dateOfBirth"));
    list = formats_xml_child(entry, "placeOfBirthList");
    for (const formats_xml *v = formats_xml_child(list, "placeOfBirthItem"); v != NULL;
         v = formats_xml_more(v))
        text_add(r->places, &r->place_count, formats_xml_text(v, "placeOfBirth"));
    list = formats_xml_child(entry, "nationalityList");
    for (const formats_xml *v = formats_xml_child(list, "nationality"); v != NULL;
         v = formats_xml_more(v))
        text_add(r->nations, &r->nation_count, formats_xml_text(v, "country"));
    list = formats_xml_child(entry, "citizenshipList");
    for (const formats_xml *v = formats_xml_child(list, "citizenship"); v != NULL;
         v = formats_xml_more(v))
        text_add(r->nations, &r->nation_count, formats_xml_text(v, "country"));
}

static ent_code ofac_read(ent_arena *arena, const formats_xml *entry, formats_record *r,
                          ent_err *err)
{
    ent_str type = formats_xml_text(entry, "sdnType");
    const formats_xml *akas = formats_xml_child(entry, "akaList");
    const formats_xml *vessel = formats_xml_child(entry, "vesselInfo");

    r->id = formats_xml_text(entry, "uid");
    r->schema = ent_str_is(type, "Individual") ? ENT_STR("person")
                : ent_str_is(type, "Vessel")   ? ENT_STR("vessel")
                : ent_str_is(type, "Aircraft") ? ENT_STR("aircraft")
                                               : ENT_STR("org");
    ENT_TRY(ofac_name(arena, entry, "primary", r, err));
    for (const formats_xml *aka = formats_xml_child(akas, "aka"); aka != NULL;
         aka = formats_xml_more(aka))
        ENT_TRY(ofac_name(arena, aka,
                          ent_str_is(formats_xml_text(aka, "category"), "weak") ? "weak"
                          : has(formats_xml_text(aka, "type"), "f.k.a")         ? "former"
                                                                                : "alias",
                          r, err));
    ofac_ids(entry, r);
    ofac_lists(entry, r);
    document_add(r, "callsign", ENT_STR(""), formats_xml_text(vessel, "callSign"));
    r->program = formats_xml_text(formats_xml_child(entry, "programList"), "program");
    r->notes = formats_xml_text(entry, "remarks");
    return ENT_OK;
}

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
            ENT_TRY(joined(arena, range, 2, " to ", &text, err));
        text_add(r->births, &r->birth_count, text);
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

        ENT_TRY(joined(arena, parts, 3, ", ", &text, err));
        text_add(r->places, &r->place_count, text);
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
        document_add(r, has(type, "pas") ? "passport" : "national", issuer,
                     formats_xml_text(d, "NUMBER"));
    }
}

static void un_aliases(const formats_xml *entry, const char *element, formats_record *r)
{
    for (const formats_xml *a = formats_xml_child(entry, element); a != NULL;
         a = formats_xml_more(a)) {
        ent_str quality = formats_xml_text(a, "QUALITY");

        name_add(r, formats_xml_text(a, "ALIAS_NAME"),
                 ent_str_is(quality, "Low") ? "weak"
                 : has(quality, "f.k.a")    ? "former"
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
    ENT_TRY(joined(arena, parts, 4, " ", &full, err));
    name_add(r, full, "primary");
    name_add(r, formats_xml_text(entry, "NAME_ORIGINAL_SCRIPT"), "orig");
    un_aliases(entry, "INDIVIDUAL_ALIAS", r);
    un_aliases(entry, "ENTITY_ALIAS", r);
    ENT_TRY(un_births(arena, entry, r, err));
    ENT_TRY(un_places(arena, entry, r, err));
    un_documents(entry, r);
    for (const formats_xml *v = formats_xml_child(nation, "VALUE"); v != NULL;
         v = formats_xml_more(v))
        text_add(r->nations, &r->nation_count, v->text);
    if (gender.size > 0)
        r->gender = has(gender, "female") ? ENT_STR("f") : ENT_STR("m");
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

        text_add(r->births, &r->birth_count,
                 date.size > 0 ? date : formats_xml_attribute(b, "year"));
        text_add(r->places, &r->place_count, formats_xml_attribute(b, "city"));
    }
}

static void eu_documents(const formats_xml *entry, formats_record *r)
{
    for (const formats_xml *d = formats_xml_child(entry, "identification"); d != NULL;
         d = formats_xml_more(d)) {
        ent_str type = formats_xml_attribute(d, "identificationTypeCode");
        ent_str country = formats_xml_attribute(d, "countryIso2Code");

        document_add(r,
                     has(type, "passport")                     ? "passport"
                     : has(type, "fiscal") || has(type, "tax") ? "tax"
                     : has(type, "reg")                        ? "reg"
                     : has(type, "imo")                        ? "imo"
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

        name_add(r, formats_xml_attribute(n, "wholeName"),
                 first                                                     ? "primary"
                 : ent_str_is(formats_xml_attribute(n, "strong"), "false") ? "weak"
                                                                           : "alias");
        first = false;
        if (gender.size == 1)
            r->gender = ent_str_is(gender, "F") ? ENT_STR("f") : ENT_STR("m");
    }
    for (const formats_xml *c = formats_xml_child(entry, "citizenship"); c != NULL;
         c = formats_xml_more(c))
        text_add(r->nations, &r->nation_count, formats_xml_attribute(c, "countryIso2Code"));
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
        name_add(r, one, "alias");
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
    ENT_TRY(joined(arena, id, 3, "/", &r->id, err));
    ENT_TRY(joined(arena, parts, 2, " ", &full, err));
    r->schema = imo.size > 0    ? ENT_STR("vessel")
                : full.size > 0 ? ENT_STR("person")
                                : ENT_STR("org");
    name_add(r, full.size > 0 ? full : organisation, "primary");
    ca_aliases(formats_xml_text(entry, "Aliases"), r);
    if (ent_str_is(r->schema, "person"))
        text_add(r->births, &r->birth_count, formats_xml_text(entry, "DateOfBirthOrShipBuildDate"));
    document_add(r, "imo", ENT_STR(""), imo);
    r->program = formats_xml_text(entry, "Country");
    return ENT_OK;
}

/* ---- the table ---- */

static const formats_xml_list lists[] = {
    { "sdnList", { "sdnEntry", NULL }, FORMATS_OFAC_XML, "OFAC", ofac_read },
    { "CONSOLIDATED_LIST", { "INDIVIDUAL", "ENTITY" }, FORMATS_UN_XML, "UN", un_read },
    { "export", { "sanctionEntity", NULL }, FORMATS_EU_XML, "EU", eu_read },
    { "data-set", { "record", NULL }, FORMATS_CA_XML, "CA", ca_read },
};

const formats_xml_list *formats_xml_list_of(ent_str root)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (ent_str_is(root, lists[i].root))
            return &lists[i];
    return NULL;
}
