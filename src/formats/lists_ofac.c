/* What the Office of Foreign Assets Control says, in each form that it publishes: classic XML,
 * enhanced XML, and the set of tables without titles (sdn, alt, add, sdn_comments). */
#include "formats/csv_int.h"
#include "formats/xml_int.h"

#include <strings.h>

/* ---- the classic form ---- */

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
        if (formats_has(type, types[i].word))
            return types[i].type;
    return NULL;
}

static ent_str ofac_schema(ent_str type)
{
    return formats_has(type, "individual") ? ENT_STR("person")
           : formats_has(type, "vessel")   ? ENT_STR("vessel")
           : formats_has(type, "aircraft") ? ENT_STR("aircraft")
                                           : ENT_STR("org");
}

/* "IMO 7406784": the number alone, as other lists have it. */
static ent_str imo_number(ent_str text)
{
    if (text.size > 4 && memcmp(text.ptr, "IMO ", 4) == 0)
        return (ent_str){ text.ptr + 4, text.size - 4 };
    return text;
}

static ent_code ofac_name(ent_arena *arena, const formats_xml *node, const char *kind,
                          formats_record *r, ent_err *err)
{
    const ent_str parts[] = { formats_xml_text(node, "firstName"),
                              formats_xml_text(node, "lastName") };
    ent_str full;

    ENT_TRY(formats_joined(arena, parts, 2, " ", &full, err));
    formats_name_add(r, full, kind);
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
            r->gender = formats_has(number, "female") ? ENT_STR("f") : ENT_STR("m");
        else if (kind != NULL && !formats_has(type, "executive") &&
                 !formats_has(type, "nationality"))
            formats_document_add(r, kind, formats_xml_text(id, "idCountry"),
                                 strcmp(kind, "imo") == 0 ? imo_number(number) : number);
    }
}

static void ofac_lists(const formats_xml *entry, formats_record *r)
{
    const formats_xml *list = formats_xml_child(entry, "dateOfBirthList");

    for (const formats_xml *v = formats_xml_child(list, "dateOfBirthItem"); v != NULL;
         v = formats_xml_more(v))
        formats_text_add(r->births, &r->birth_count, formats_xml_text(v, "dateOfBirth"));
    list = formats_xml_child(entry, "placeOfBirthList");
    for (const formats_xml *v = formats_xml_child(list, "placeOfBirthItem"); v != NULL;
         v = formats_xml_more(v))
        formats_text_add(r->places, &r->place_count, formats_xml_text(v, "placeOfBirth"));
    list = formats_xml_child(entry, "nationalityList");
    for (const formats_xml *v = formats_xml_child(list, "nationality"); v != NULL;
         v = formats_xml_more(v))
        formats_text_add(r->nations, &r->nation_count, formats_xml_text(v, "country"));
    list = formats_xml_child(entry, "citizenshipList");
    for (const formats_xml *v = formats_xml_child(list, "citizenship"); v != NULL;
         v = formats_xml_more(v))
        formats_text_add(r->nations, &r->nation_count, formats_xml_text(v, "country"));
}

static ent_code ofac_addresses(ent_arena *arena, const formats_xml *entry, formats_record *r,
                               ent_err *err)
{
    const formats_xml *list = formats_xml_child(entry, "addressList");

    for (const formats_xml *a = formats_xml_child(list, "address"); a != NULL;
         a = formats_xml_more(a)) {
        const ent_str parts[] = {
            formats_xml_text(a, "address1"),        formats_xml_text(a, "address2"),
            formats_xml_text(a, "address3"),        formats_xml_text(a, "city"),
            formats_xml_text(a, "stateOrProvince"), formats_xml_text(a, "postalCode"),
            formats_xml_text(a, "country")
        };
        ent_str text;

        ENT_TRY(formats_joined(arena, parts, 7, ", ", &text, err));
        formats_text_add(r->addresses, &r->address_count, text);
    }
    return ENT_OK;
}

ent_code formats_ofac_classic_read(ent_arena *arena, const formats_xml *entry, formats_record *r,
                                   ent_err *err)
{
    const formats_xml *akas = formats_xml_child(entry, "akaList");
    const formats_xml *vessel = formats_xml_child(entry, "vesselInfo");

    r->id = formats_xml_text(entry, "uid");
    r->schema = ofac_schema(formats_xml_text(entry, "sdnType"));
    ENT_TRY(ofac_name(arena, entry, "primary", r, err));
    for (const formats_xml *aka = formats_xml_child(akas, "aka"); aka != NULL;
         aka = formats_xml_more(aka))
        ENT_TRY(ofac_name(arena, aka,
                          ent_str_is(formats_xml_text(aka, "category"), "weak") ? "weak"
                          : formats_has(formats_xml_text(aka, "type"), "f.k.a") ? "former"
                                                                                : "alias",
                          r, err));
    ofac_ids(entry, r);
    ENT_TRY(ofac_addresses(arena, entry, r, err));
    ofac_lists(entry, r);
    formats_document_add(r, "callsign", ENT_STR(""), formats_xml_text(vessel, "callSign"));
    r->program = formats_xml_text(formats_xml_child(entry, "programList"), "program");
    r->notes = formats_xml_text(entry, "remarks");
    return ENT_OK;
}

/* ---- the enhanced form ---- */

static bool enhanced_true(const formats_xml *node, const char *name)
{
    return ent_str_is(formats_xml_text(node, name), "true");
}

static ent_code enhanced_name(ent_arena *arena, const formats_xml *name, formats_record *r,
                              ent_err *err)
{
    const formats_xml *all = formats_xml_child(name, "translations");
    const char *kind = enhanced_true(name, "isPrimary")                            ? "primary"
                       : enhanced_true(name, "isLowQuality")                       ? "weak"
                       : formats_has(formats_xml_text(name, "aliasType"), "f.k.a") ? "former"
                                                                                   : "alias";

    for (const formats_xml *t = formats_xml_child(all, "translation"); t != NULL;
         t = formats_xml_more(t)) {
        const ent_str parts[] = { formats_xml_text(t, "formattedFirstName"),
                                  formats_xml_text(t, "formattedLastName") };
        ent_str full;

        ENT_TRY(formats_joined(arena, parts, 2, " ", &full, err));
        if (full.size == 0)
            full = formats_xml_text(t, "formattedFullName");
        formats_name_add(r, full, enhanced_true(t, "isPrimary") ? kind : "orig");
    }
    return ENT_OK;
}

static ent_code enhanced_address(ent_arena *arena, const formats_xml *address, formats_record *r,
                                 ent_err *err)
{
    const formats_xml *first =
        formats_xml_child(formats_xml_child(address, "translations"), "translation");
    const formats_xml *list = formats_xml_child(first, "addressParts");
    ent_str parts[16], text;
    size_t count = 0;

    for (const formats_xml *p = formats_xml_child(list, "addressPart"); p != NULL && count < 15;
         p = formats_xml_more(p))
        parts[count++] = formats_xml_text(p, "value");
    parts[count++] = formats_xml_text(address, "country");
    ENT_TRY(formats_joined(arena, parts, count, ", ", &text, err));
    formats_text_add(r->addresses, &r->address_count, text);
    return ENT_OK;
}

/* What is no member of a record stays in words. */
static void enhanced_feature(const formats_xml *f, formats_record *r, ent_buf *notes)
{
    ent_str type = formats_xml_text(f, "type"), value = formats_xml_text(f, "value");

    if (formats_special(type)) {
        r->dropped++;
        return;
    }
    if (value.size == 0)
        return;
    if (ent_str_is(type, "Birthdate"))
        formats_text_add(r->births, &r->birth_count, value);
    else if (ent_str_is(type, "Place of Birth"))
        formats_text_add(r->places, &r->place_count, value);
    else if (ent_str_is(type, "Nationality Country") || ent_str_is(type, "Citizenship Country"))
        formats_text_add(r->nations, &r->nation_count, value);
    else if (ent_str_is(type, "Gender"))
        r->gender = formats_has(value, "female") ? ENT_STR("f") : ENT_STR("m");
    else if (formats_has(type, "call sign"))
        formats_document_add(r, "callsign", ENT_STR(""), value);
    else if (formats_has(type, "vessel registration"))
        formats_document_add(r, "imo", ENT_STR(""), imo_number(value));
    else
        ent_buf_printf(notes, "%s%.*s %.*s", notes->size > 0 ? "\n" : "", ENT_STR_ARG(type),
                       ENT_STR_ARG(value));
}

static void enhanced_documents(const formats_xml *entry, formats_record *r)
{
    const formats_xml *list = formats_xml_child(entry, "identityDocuments");

    for (const formats_xml *d = formats_xml_child(list, "identityDocument"); d != NULL;
         d = formats_xml_more(d)) {
        const char *kind = ofac_document(formats_xml_text(d, "type"));
        ent_str number = formats_xml_text(d, "documentNumber");

        if (kind != NULL)
            formats_document_add(r, kind, formats_xml_text(d, "issuingCountry"),
                                 strcmp(kind, "imo") == 0 ? imo_number(number) : number);
    }
}

static void enhanced_relations(const formats_xml *entry, ent_buf *notes)
{
    const formats_xml *list = formats_xml_child(entry, "relationships");

    for (const formats_xml *v = formats_xml_child(list, "relationship"); v != NULL;
         v = formats_xml_more(v)) {
        const formats_xml *to = formats_xml_child(v, "relatedEntity");

        if (to != NULL)
            ent_buf_printf(notes, "%s%.*s: %.*s (OFAC %.*s)", notes->size > 0 ? "\n" : "",
                           ENT_STR_ARG(formats_xml_text(v, "type")), ENT_STR_ARG(to->text),
                           ENT_STR_ARG(formats_xml_attribute(to, "entityId")));
    }
}

ent_code formats_ofac_enhanced_read(ent_arena *arena, const formats_xml *entry, formats_record *r,
                                    ent_err *err)
{
    const formats_xml *general = formats_xml_child(entry, "generalInfo");
    const formats_xml *list = formats_xml_child(entry, "names");
    ent_buf notes;

    ent_buf_init(&notes, arena);
    r->id = formats_xml_attribute(entry, "id");
    r->schema = ofac_schema(formats_xml_text(general, "entityType"));
    for (const formats_xml *n = formats_xml_child(list, "name"); n != NULL; n = formats_xml_more(n))
        ENT_TRY(enhanced_name(arena, n, r, err));
    list = formats_xml_child(entry, "addresses");
    for (const formats_xml *a = formats_xml_child(list, "address"); a != NULL;
         a = formats_xml_more(a))
        ENT_TRY(enhanced_address(arena, a, r, err));
    list = formats_xml_child(entry, "features");
    for (const formats_xml *f = formats_xml_child(list, "feature"); f != NULL;
         f = formats_xml_more(f))
        enhanced_feature(f, r, &notes);
    enhanced_documents(entry, r);
    enhanced_relations(entry, &notes);
    if (formats_xml_text(general, "remarks").size > 0)
        ent_buf_printf(&notes, "%s%.*s", notes.size > 0 ? "\n" : "",
                       ENT_STR_ARG(formats_xml_text(general, "remarks")));
    r->program =
        formats_xml_text(formats_xml_child(entry, "sanctionsPrograms"), "sanctionsProgram");
    return ent_buf_done(&notes, &r->notes, err);
}

/* ---- the tables ---- */

enum { NAMES = 12, ALIASES = 5, ADDRESSES = 6, COMMENTS = 2 }; /* cells of a row of each */

static ent_str cell(const formats_row *row, size_t index)
{
    return ent_str_is(row->cells[index], "-0-") ? ENT_STR("") : row->cells[index];
}

/* "LAST, First Middle" of a person. */
static ent_code table_name(ent_arena *arena, formats_record *r, ent_str text, const char *kind,
                           ent_err *err)
{
    const char *comma = memchr(text.ptr, ',', text.size);
    ent_str parts[2];

    if (comma == NULL || !ent_str_is(r->schema, "person")) {
        formats_name_add(r, text, kind);
        return ENT_OK;
    }
    parts[0] = formats_trimmed((ent_str){ comma + 1, text.size - (size_t)(comma - text.ptr) - 1 });
    parts[1] = (ent_str){ text.ptr, (size_t)(comma - text.ptr) };
    ENT_TRY(formats_joined(arena, parts, 2, " ", &text, err));
    formats_name_add(r, text, kind);
    return ENT_OK;
}

/* "Passport QX 123 (France) issued 1 Jan 2001": type, number and issuer.  False: no document. */
static bool remark_document(ent_str text, formats_record *r)
{
    static const char *const labels[] = { "Passport ", "National ID No. ", "Tax ID No. ",
                                          "Vessel Registration Identification " };
    size_t digit = 0, from, end;
    const char *kind, *open, *close;
    ent_str issuer = ENT_STR("");

    while (digit < text.size && !(text.ptr[digit] >= '0' && text.ptr[digit] <= '9'))
        digit++;
    for (from = digit; from > 0 && text.ptr[from - 1] != ' '; from--)
        ;
    kind = ofac_document((ent_str){ text.ptr, from });
    if (digit == text.size || kind == NULL || memchr(text.ptr, ':', from) != NULL ||
        formats_has((ent_str){ text.ptr, from }, "executive"))
        return false;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (text.size > strlen(labels[i]) && memcmp(text.ptr, labels[i], strlen(labels[i])) == 0)
            from = strlen(labels[i]);
    for (end = from; end < text.size && text.ptr[end] != '('; end++)
        if (end > digit && text.ptr[end] == ' ' && end + 1 < text.size &&
            (text.ptr[end + 1] == 'i' || text.ptr[end + 1] == 'e'))
            break; /* issued, expires */
    open = memchr(text.ptr, '(', text.size);
    close = open == NULL ? NULL : memchr(open, ')', text.size - (size_t)(open - text.ptr));
    if (close != NULL)
        issuer = (ent_str){ open + 1, (size_t)(close - open - 1) };
    formats_document_add(r, kind, formats_country(issuer).size == 2 ? issuer : ENT_STR(""),
                         imo_number(formats_trimmed((ent_str){ text.ptr + from, end - from })));
    return true;
}

/* 'X' in "a.k.a. 'X'". */
static ent_str quoted(ent_str text)
{
    const char *open = memchr(text.ptr, '\'', text.size);

    if (open == NULL || text.ptr[text.size - 1] != '\'' || open == text.ptr + text.size - 1)
        return ENT_STR("");
    return (ent_str){ open + 1, text.size - (size_t)(open - text.ptr) - 2 };
}

static bool after(ent_str text, const char *word, ent_str *rest)
{
    size_t size = strlen(word);

    if (text.size <= size || memcmp(text.ptr, word, size) != 0)
        return false;
    *rest = (ent_str){ text.ptr + size, text.size - size };
    return true;
}

static ent_code remark_take(ent_arena *arena, ent_str text, formats_record *r, ent_buf *notes,
                            ent_err *err)
{
    ent_str value = text, rest;

    (void)after(text, "alt. ", &value);
    if (after(value, "DOB ", &rest))
        formats_text_add(r->births, &r->birth_count, rest);
    else if (after(value, "POB ", &rest))
        formats_text_add(r->places, &r->place_count, rest);
    else if (after(value, "nationality ", &rest) || after(value, "citizen ", &rest))
        formats_text_add(r->nations, &r->nation_count, rest);
    else if (after(value, "Gender ", &rest))
        r->gender = formats_has(rest, "female") ? ENT_STR("f") : ENT_STR("m");
    else if (after(value, "a.k.a. ", &rest))
        return table_name(arena, r, quoted(rest), "weak", err);
    else if (after(value, "f.k.a. ", &rest))
        return table_name(arena, r, quoted(rest), "former", err);
    else if (!remark_document(value, r))
        ent_buf_printf(notes, "%s%.*s", notes->size > 0 ? "; " : "", ENT_STR_ARG(text));
    return ENT_OK;
}

static ent_code remarks_take(ent_arena *arena, ent_str text, formats_record *r, ent_err *err)
{
    ent_buf notes;

    ent_buf_init(&notes, arena);
    while (text.size > 0 && (text.ptr[text.size - 1] == '.' || text.ptr[text.size - 1] == ' '))
        text.size--;
    for (size_t from = 0, end; from < text.size; from = end + 1) {
        ent_str one;

        for (end = from; end < text.size && text.ptr[end] != ';'; end++)
            ;
        one = formats_trimmed((ent_str){ text.ptr + from, end - from });
        if (one.size > 0)
            ENT_TRY(remark_take(arena, one, r, &notes, err));
    }
    return ent_buf_done(&notes, &r->notes, err);
}

static ent_code table_row(ent_arena *arena, const formats_row *row, formats_record *r,
                          ent_buf *remarks, ent_err *err)
{
    if (row->count == ALIASES) {
        ent_str kind = cell(row, 2);

        return table_name(arena, r, cell(row, 3), ent_str_is(kind, "fka") ? "former" : "alias",
                          err);
    }
    if (row->count == ADDRESSES) {
        const ent_str parts[] = { cell(row, 2), cell(row, 3), cell(row, 4) };
        ent_str text;

        ENT_TRY(formats_joined(arena, parts, 3, ", ", &text, err));
        formats_text_add(r->addresses, &r->address_count, text);
        return ENT_OK;
    }
    if (row->count == COMMENTS) /* goes on where a cell of sdn.csv was full */
        ent_buf_str(remarks, cell(row, 1));
    return ENT_OK;
}

ent_code formats_ofac_rows_read(ent_arena *arena, const formats_row *rows, formats_record *r,
                                ent_err *err)
{
    const formats_row *first = rows;
    ent_buf remarks;
    ent_str text;

    ENT_TRY(formats_record_new(arena, r, err));
    r->agency = ENT_STR("OFAC");
    r->id = rows->cells[0];
    while (first != NULL && first->count != NAMES)
        first = first->next;
    if (first == NULL)
        return ent_fail(err, ENT_FORMAT,
                        "entry %.*s has aliases, addresses or remarks and no row in sdn.csv: "
                        "give the files of one edition together",
                        ENT_STR_ARG(r->id));
    r->schema = ofac_schema(cell(first, 2));
    ENT_TRY(table_name(arena, r, cell(first, 1), "primary", err));
    r->program = cell(first, 3);
    for (size_t i = 0; i < r->program.size; i++)
        if (r->program.ptr[i] == ']')
            r->program.size = i; /* "SDNTK] [FTO": the first, as in XML */
    formats_document_add(r, "callsign", ENT_STR(""), cell(first, 5));
    ent_buf_init(&remarks, arena);
    ent_buf_str(&remarks, cell(first, 11));
    for (const formats_row *row = rows; row != NULL; row = row->next)
        ENT_TRY(table_row(arena, row, r, &remarks, err));
    ENT_TRY(ent_buf_done(&remarks, &text, err));
    return text.size == 0 ? ENT_OK : remarks_take(arena, text, r, err);
}

bool formats_ofac_row(const formats_row *row)
{
    size_t digits = 0;
    ent_str number = row->cells[0];

    while (digits < number.size && number.ptr[digits] >= '0' && number.ptr[digits] <= '9')
        digits++;
    return digits > 0 && digits == number.size &&
           (row->count == NAMES || row->count == ALIASES || row->count == ADDRESSES ||
            row->count == COMMENTS);
}

size_t formats_ofac_cells(ent_str head)
{
    size_t digits = 0, cells = 1;
    bool quote = false;

    while (digits < head.size && head.ptr[digits] >= '0' && head.ptr[digits] <= '9')
        digits++;
    if (digits == 0 || digits == head.size || head.ptr[digits] != ',')
        return 0;
    for (size_t i = 0; i < head.size && (quote || (head.ptr[i] != '\n' && head.ptr[i] != '\r'));
         i++) {
        quote = quote != (head.ptr[i] == '"');
        cells += !quote && head.ptr[i] == ',';
    }
    return cells == NAMES || cells == ALIASES || cells == ADDRESSES || cells == COMMENTS ? cells
                                                                                         : 0;
}

int formats_ofac_part(const char *head, size_t size)
{
    switch (formats_ofac_cells((ent_str){ head, size })) {
    case NAMES:
        return 1;
    case ALIASES:
        return 2;
    case ADDRESSES:
        return 3;
    case COMMENTS:
        return 4;
    default:
        return 0;
    }
}
