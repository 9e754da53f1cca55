/* FollowTheMoney: entities are identities, documents or places; what ties them are links. */
#include "formats/json_int.h"

#include "stix/extension_ids.h"

#include <stdio.h>

#define AGENCY "ftm"

/* ---- properties: lists of texts ---- */

static ent_json property(ent_json value, const char *name)
{
    return ent_json_get(ent_json_get(value, "properties"), name);
}

static ent_str first_of(ent_json value, const char *name)
{
    return ent_json_str(ent_json_first(property(value, name)));
}

static void texts_take(ent_json list, ent_str *out, size_t *count)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_str(v).size > 0 && *count < FORMATS_ROWS)
            out[(*count)++] = ent_json_str(v);
}

bool formats_is_ftm(ent_json value)
{
    return ent_json_get_text(value, "schema").size > 0 &&
           ent_json_is(ent_json_get(value, "properties"), ENT_JSON_OBJECT);
}

/* ---- identities ---- */

static const struct {
    const char *schema, *record;
} identities[] = {
    { "Person", "person" },     { "Company", "org" },    { "Organization", "org" },
    { "LegalEntity", "org" },   { "PublicBody", "org" }, { "Vessel", "vessel" },
    { "Airplane", "aircraft" },
};

static void names_take(ent_json value, const char *name, const char *kind, formats_record *r)
{
    for (ent_json v = ent_json_first(property(value, name)); v.doc != NULL; v = ent_json_next(v)) {
        ent_str full = ent_json_str(v);

        if (full.size == 0 || r->name_count == FORMATS_ROWS)
            continue;
        r->names[r->name_count] = (formats_name_row){
            full, formats_script(full),
            ent_str_of(strcmp(kind, "primary") == 0 && r->name_count > 0 ? "alias" : kind)
        };
        r->name_count++;
    }
}

static void documents_take(ent_json value, const char *name, const char *type, formats_record *r)
{
    ent_str country = first_of(value, "country");

    if (ent_json_count(property(value, "country")) != 1)
        country = ENT_STR("");
    for (ent_json v = ent_json_first(property(value, name)); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_str(v).size > 0 && r->document_count < FORMATS_ROWS)
            r->documents[r->document_count++] =
                (formats_document){ ent_str_of(type), country, ent_json_str(v) };
}

static ent_code identity_give(formats_reader *r, ent_json value, const formats_value *at,
                              const char *schema, ent_err *err)
{
    formats_item item = { .offset = at->offset, .line = at->line, .agency = ENT_STR(AGENCY) };
    formats_record record;
    ent_err wrong = { 0 };
    ent_code rc = formats_record_new(r->arena, &record, &wrong);

    if (rc == ENT_OK) {
        record.agency = ENT_STR(AGENCY);
        record.id = ent_json_get_text(value, "id");
        record.schema = ent_str_of(schema);
        names_take(value, "name", "primary", &record);
        names_take(value, "alias", "alias", &record);
        names_take(value, "weakAlias", "weak", &record);
        names_take(value, "previousName", "former", &record);
        texts_take(property(value, "birthDate"), record.births, &record.birth_count);
        texts_take(property(value, "birthPlace"), record.places, &record.place_count);
        texts_take(property(value, "nationality"), record.nations, &record.nation_count);
        texts_take(property(value, "citizenship"), record.nations, &record.nation_count);
        documents_take(value, "passportNumber", "passport", &record);
        documents_take(value, "idNumber", "national", &record);
        documents_take(value, "taxNumber", "tax", &record);
        documents_take(value, "registrationNumber", "reg", &record);
        documents_take(value, "imoNumber", "imo", &record);
        record.gender = first_of(value, "gender");
        record.program = first_of(value, "program");
        record.notes = first_of(value, "notes");
        for (ent_json m = ent_json_first(ent_json_get(value, "properties")); m.doc != NULL;
             m = ent_json_next(m))
            item.dropped += formats_special(ent_json_name(m));
        rc = formats_record_write(r->arena, &record, &item.object, &item.key, &wrong);
    }
    if (rc == ENT_OK)
        return formats_give(r, &item, err);
    *err = wrong;
    return formats_give_wrong(r, at->offset, at->line, NULL, err);
}

/* ---- links ---- */

static const struct {
    const char *schema, *from, *to, *link;
} links[] = {
    { "Ownership", "owner", "asset", "owns" },
    { "Directorship", "director", "organization", "directs" },
    { "Membership", "member", "organization", "member-of" },
    { "Employment", "employee", "employer", "employed-by" },
    { "Representation", "agent", "client", "represents" },
    { "Family", "person", "relative", "related-to" },
    { "Associate", "person", "associate", "associated-with" },
    { "UnknownLink", "subject", "object", "related-to" },
    { "Succession", "predecessor", "successor", "succeeded-by" },
};

static void time_member(ent_jw *w, const char *name, ent_arena *arena, ent_str date)
{
    ent_str day = formats_date(arena, date);

    if (day.size != 10)
        return;
    ent_jw_key(w, name);
    ent_jw_printf(w, "%.*sT00:00:00Z", ENT_STR_ARG(day));
}

static void link_write(ent_jw *w, ent_arena *arena, const char *type, ent_str from, ent_str to,
                       ent_json value)
{
    ent_str role = first_of(value, "role");

    if (role.size == 0)
        role = first_of(value, "relationship");
    ent_jw_object(w);
    ent_jw_key(w, "type");
    ent_jw_c(w, "relationship");
    ent_jw_key(w, "relationship_type");
    ent_jw_c(w, type);
    ent_jw_key(w, "source_ref");
    ent_jw_printf(w, "identity--ext:" AGENCY ":%.*s", ENT_STR_ARG(from));
    ent_jw_key(w, "target_ref");
    ent_jw_printf(w, "identity--ext:" AGENCY ":%.*s", ENT_STR_ARG(to));
    if (role.size > 0) {
        ent_jw_key(w, "description");
        ent_jw_str(w, role);
    }
    time_member(w, "start_time", arena, first_of(value, "startDate"));
    time_member(w, "stop_time", arena, first_of(value, "endDate"));
    ent_jw_end(w);
}

static ent_str key_of(ent_arena *arena, const char *prefix, ent_str id)
{
    return ent_arena_printf(arena, AGENCY ":%s%.*s", prefix, ENT_STR_ARG(id));
}

static ent_code link_give(formats_reader *r, ent_json value, const formats_value *at, size_t row,
                          ent_err *err)
{
    ent_str from = first_of(value, links[row].from), to = first_of(value, links[row].to);
    ent_buf buf;
    ent_jw w;

    if (from.size == 0 || to.size == 0)
        return formats_give_wrong(r, at->offset, at->line, "the link lacks one of its ends", err);
    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    link_write(&w, r->arena, links[row].link, from, to, value);
    return formats_template_give(r, at, &buf, ENT_STR(AGENCY),
                                 key_of(r->arena, "", ent_json_get_text(value, "id")), err);
}

/* ---- documents, places, sanctions ---- */

static ent_code document_give(formats_reader *r, ent_json value, const formats_value *at,
                              ent_err *err)
{
    ent_str id = ent_json_get_text(value, "id"), holder = first_of(value, "holder");
    ent_str type = first_of(value, "type"), number = first_of(value, "number");
    ent_buf buf;
    ent_jw w;

    if (number.size == 0)
        return formats_give_wrong(r, at->offset, at->line, "the document has no number", err);
    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "identity-document");
    ent_jw_key(&w, "document_type");
    ent_jw_str(&w, type.size > 0 ? type
                   : ent_str_is(ent_json_get_text(value, "schema"), "Passport")
                       ? ENT_STR("passport")
                       : ENT_STR("identification"));
    ent_jw_key(&w, "issuer");
    ent_jw_str(&w,
               first_of(value, "country").size > 0 ? first_of(value, "country") : ENT_STR("XX"));
    ent_jw_key(&w, "number");
    ent_jw_str(&w, number);
    ent_jw_key(&w, "extensions");
    ent_jw_object(&w);
    ent_jw_key(&w, STIX_EXT_IDENTITY_DOCUMENT);
    ent_jw_object(&w);
    ent_jw_key(&w, "extension_type");
    ent_jw_c(&w, "new-sco");
    ent_jw_end(&w);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(formats_template_give(r, at, &buf, ENT_STR(AGENCY), key_of(r->arena, "", id), err));
    if (holder.size == 0)
        return ENT_OK;
    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "relationship");
    ent_jw_key(&w, "relationship_type");
    ent_jw_c(&w, "holds");
    ent_jw_key(&w, "source_ref");
    ent_jw_printf(&w, "identity--ext:" AGENCY ":%.*s", ENT_STR_ARG(holder));
    ent_jw_key(&w, "target_ref");
    ent_jw_printf(&w, "identity-document--ext:" AGENCY ":%.*s", ENT_STR_ARG(id));
    ent_jw_end(&w);
    return formats_template_give(r, at, &buf, ENT_STR(AGENCY), key_of(r->arena, "holds:", id), err);
}

static ent_code address_give(formats_reader *r, ent_json value, const formats_value *at,
                             ent_err *err)
{
    ent_str country = first_of(value, "country"), full = first_of(value, "full");
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "location");
    if (full.size > 0) {
        ent_jw_key(&w, "name");
        ent_jw_str(&w, full);
    }
    ent_jw_key(&w, country.size > 0 ? "country" : "region");
    ent_jw_str(&w, country.size > 0 ? country : ENT_STR("unknown"));
    ent_jw_end(&w);
    return formats_template_give(r, at, &buf, ENT_STR(AGENCY),
                                 key_of(r->arena, "", ent_json_get_text(value, "id")), err);
}

static ent_code sanction_give(formats_reader *r, ent_json value, const formats_value *at,
                              ent_err *err)
{
    ent_str entity = first_of(value, "entity"), reason = first_of(value, "reason");
    ent_str authority = first_of(value, "authority"), program = first_of(value, "program");
    ent_buf buf;
    ent_jw w;

    if (entity.size == 0)
        return formats_give_wrong(r, at->offset, at->line, "the sanction is of no entity", err);
    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "note");
    ent_jw_key(&w, "abstract");
    ent_jw_printf(&w, "sanction%s%.*s", authority.size > 0 ? ": " : "", ENT_STR_ARG(authority));
    ent_jw_key(&w, "content");
    ent_jw_str(&w, reason.size > 0 ? reason : program.size > 0 ? program : ENT_STR("sanctioned"));
    ent_jw_key(&w, "object_refs");
    ent_jw_array(&w);
    ent_jw_printf(&w, "identity--ext:" AGENCY ":%.*s", ENT_STR_ARG(entity));
    ent_jw_end(&w);
    ent_jw_end(&w);
    return formats_template_give(r, at, &buf, ENT_STR(AGENCY),
                                 key_of(r->arena, "", ent_json_get_text(value, "id")), err);
}

ent_code formats_ftm_give(formats_reader *r, ent_json value, const formats_value *at, ent_err *err)
{
    ent_str schema = ent_json_get_text(value, "schema");
    char why[160];

    if (ent_json_get_text(value, "id").size == 0)
        return formats_give_wrong(r, at->offset, at->line, "the entity has no 'id'", err);
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++)
        if (ent_str_is(schema, identities[i].schema))
            return identity_give(r, value, at, identities[i].record, err);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (ent_str_is(schema, links[i].schema))
            return link_give(r, value, at, i, err);
    if (ent_str_is(schema, "Passport") || ent_str_is(schema, "Identification"))
        return document_give(r, value, at, err);
    if (ent_str_is(schema, "Address"))
        return address_give(r, value, at, err);
    if (ent_str_is(schema, "Sanction"))
        return sanction_give(r, value, at, err);
    (void)snprintf(why, sizeof why, "entities of schema '%.*s' are not held",
                   schema.size > 60 ? 60 : (int)schema.size, schema.ptr);
    return formats_give_wrong(r, at->offset, at->line, why, err);
}
