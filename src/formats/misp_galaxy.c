/* The clusters that MISP's events speak of, and who saw what. */
#include "formats/misp_int.h"

#include "base/time.h"

static const struct {
    const char *galaxy, *stix;
} galaxies[] = {
#define X(galaxy, stix) { (galaxy), (stix) },
#include "formats/misp_galaxies.def"
#undef X
};

static const char *cluster_type(ent_str galaxy)
{
    for (size_t i = 0; i < sizeof galaxies / sizeof *galaxies; i++)
        if (ent_str_is(galaxy, galaxies[i].galaxy))
            return galaxies[i].stix;
    return NULL;
}

static void text_write(ent_jw *w, const char *member, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, member);
    ent_jw_str(w, text);
}

/* MISP writes one value or a list. */
static ent_str first_text(ent_json value)
{
    return ent_json_is(value, ENT_JSON_ARRAY) ? ent_json_str(ent_json_first(value))
                                              : ent_json_str(value);
}

/* "Access Token Manipulation - T1134" is called without its number. */
static ent_str cluster_name(ent_json cluster)
{
    ent_str name = ent_json_get_text(cluster, "value");
    ent_str id = first_text(ent_json_get(ent_json_get(cluster, "meta"), "external_id"));

    if (id.size > 0 && name.size > id.size + 3 &&
        memcmp(name.ptr + name.size - id.size, id.ptr, id.size) == 0 &&
        memcmp(name.ptr + name.size - id.size - 3, " - ", 3) == 0)
        name.size -= id.size + 3;
    return name;
}

static void aliases_write(ent_jw *w, const char *type, ent_json meta)
{
    ent_json synonyms = ent_json_get(meta, "synonyms");

    if (!ent_json_is(synonyms, ENT_JSON_ARRAY) || ent_json_first(synonyms).doc == NULL ||
        (strcmp(type, "malware") != 0 && strcmp(type, "tool") != 0 &&
         strcmp(type, "intrusion-set") != 0 && strcmp(type, "threat-actor") != 0 &&
         strcmp(type, "attack-pattern") != 0))
        return;
    ent_jw_key(w, "aliases");
    ent_jw_array(w);
    for (ent_json s = ent_json_first(synonyms); s.doc != NULL; s = ent_json_next(s))
        ent_jw_str(w, ent_json_str(s).ptr == NULL ? ENT_STR("") : ent_json_str(s));
    ent_jw_end(w);
}

/* "mitre-attack:defense-evasion" */
static void phases_write(ent_jw *w, ent_json chain)
{
    if (!ent_json_is(chain, ENT_JSON_ARRAY) || ent_json_first(chain).doc == NULL)
        return;
    ent_jw_key(w, "kill_chain_phases");
    ent_jw_array(w);
    for (ent_json c = ent_json_first(chain); c.doc != NULL; c = ent_json_next(c)) {
        ent_str text = ent_json_str(c);
        const char *colon = text.ptr == NULL ? NULL : memchr(text.ptr, ':', text.size);

        if (colon == NULL)
            continue;
        ent_jw_object(w);
        text_write(w, "kill_chain_name", (ent_str){ text.ptr, (size_t)(colon - text.ptr) });
        text_write(w, "phase_name",
                   (ent_str){ colon + 1, text.size - (size_t)(colon - text.ptr) - 1 });
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

/* What each type needs beyond a name; false if it cannot be said in STIX. */
static bool cluster_write(ent_jw *w, const char *type, ent_json cluster)
{
    ent_json meta = ent_json_get(cluster, "meta");
    ent_str id = first_text(ent_json_get(meta, "external_id"));
    ent_str country = first_text(ent_json_get(meta, "country"));

    if (country.size == 0)
        country = first_text(ent_json_get(meta, "ISO"));
    text_write(w, "name", cluster_name(cluster));
    text_write(w, "description", ent_json_get_text(cluster, "description"));
    aliases_write(w, type, meta);
    if (strcmp(type, "malware") == 0) {
        ent_jw_key(w, "is_family");
        ent_jw_bool(w, true);
    } else if (strcmp(type, "identity") == 0) {
        text_write(w, "identity_class", ENT_STR("class"));
    } else if (strcmp(type, "location") == 0) {
        text_write(w, "country", country);
        text_write(w, "administrative_area", first_text(ent_json_get(meta, "administrative_area")));
        return country.size > 0;
    } else if (strcmp(type, "attack-pattern") == 0) {
        phases_write(w, ent_json_get(meta, "kill_chain"));
    }
    if (id.size > 0) {
        ent_jw_key(w, "external_references");
        ent_jw_array(w);
        ent_jw_object(w);
        text_write(w, "source_name", ENT_STR("mitre-attack"));
        text_write(w, "external_id", id);
        ent_jw_end(w);
        ent_jw_end(w);
    }
    return true;
}

static bool known(formats_misp *e, ent_str id)
{
    for (size_t i = 0; i < e->ref_count; i++)
        if (ent_str_equal(e->refs[i], id))
            return true;
    return false;
}

static ent_code cluster_give(formats_misp *e, const char *type, ent_json cluster, ent_str from,
                             ent_err *err)
{
    ent_str uuid = ent_json_get_text(cluster, "uuid"), id = formats_misp_id(e, type, uuid);
    bool indicates = ent_str_starts(from, ENT_STR("indicator--"));
    ent_str said = ent_json_get_text(cluster, "relationship_type");

    if (uuid.size == 0 || cluster_name(cluster).size == 0)
        return ENT_OK;
    if (!known(e, id)) {
        ent_buf buf;
        ent_jw w;

        formats_misp_begin(e, &w, &buf, type, uuid);
        if (!cluster_write(&w, type, cluster))
            return ENT_OK;
        if (e->org.size > 0)
            text_write(&w, "created_by_ref", e->org);
        ENT_TRY(formats_misp_end(e, &w, &buf, type, uuid, err));
    }
    if (from.size == 0)
        return ENT_OK;
    said = said.size > 0 ? formats_misp_word(e->r->arena, said)
           : indicates   ? ENT_STR("indicates")
                         : ENT_STR("related-to");
    return formats_misp_relate(e, ENT_STR(""), e->json, said, from, id, err);
}

ent_code formats_misp_galaxies(formats_misp *e, ent_json holder, ent_str from, ent_err *err)
{
    for (ent_json g = ent_json_first(ent_json_get(holder, "Galaxy")); g.doc != NULL;
         g = ent_json_next(g)) {
        const char *type = cluster_type(ent_json_get_text(g, "type"));

        for (ent_json c = ent_json_first(ent_json_get(g, "GalaxyCluster"));
             type != NULL && c.doc != NULL; c = ent_json_next(c))
            ENT_TRY(cluster_give(e, type, c, from, err));
    }
    return ENT_OK;
}

/* ---- sightings ---- */

static ent_code seer_give(formats_misp *e, ent_json org, ent_str *id, ent_err *err)
{
    ent_str uuid = ent_json_get_text(org, "uuid"), name = ent_json_get_text(org, "name");
    ent_buf buf;
    ent_jw w;

    *id = ENT_STR("");
    if (uuid.size == 0 || name.size == 0)
        return ENT_OK;
    *id = formats_misp_id(e, "identity", uuid);
    if (known(e, *id) || ent_str_equal(*id, e->org))
        return ENT_OK;
    formats_misp_begin(e, &w, &buf, "identity", uuid);
    text_write(&w, "name", name);
    text_write(&w, "identity_class", ENT_STR("organization"));
    return formats_misp_end(e, &w, &buf, "identity", uuid, err);
}

/* Type 0: it was seen; 1: it was a false positive, which is an opinion. */
static ent_code sighting_give(formats_misp *e, ent_json sighting, ent_str of, ent_err *err)
{
    ent_str uuid = ent_json_get_text(sighting, "uuid"), seer;
    char when[ENT_TIME_TEXT];
    int64_t type = 0;
    ent_buf buf;
    ent_jw w;

    (void)formats_misp_number(ent_json_get(sighting, "type"), &type);
    if (uuid.size == 0 || (type != 0 && type != 1))
        return ENT_OK;
    ENT_TRY(seer_give(e, ent_json_get(sighting, "Organisation"), &seer, err));
    formats_misp_begin(e, &w, &buf, type == 0 ? "sighting" : "opinion", uuid);
    if (formats_misp_time(sighting, "date_sighting", when)) {
        text_write(&w, "created", ent_str_of(when));
        text_write(&w, "modified", ent_str_of(when));
    }
    if (type == 0) {
        text_write(&w, "sighting_of_ref", of);
        if (seer.size > 0) {
            ent_jw_key(&w, "where_sighted_refs");
            ent_jw_array(&w);
            ent_jw_str(&w, seer);
            ent_jw_end(&w);
        }
    } else {
        text_write(&w, "opinion", ENT_STR("strongly-disagree"));
        text_write(&w, "explanation", ENT_STR("False positive sighting"));
        ent_jw_key(&w, "object_refs");
        ent_jw_array(&w);
        ent_jw_str(&w, of);
        ent_jw_end(&w);
        if (seer.size > 0) {
            ent_jw_key(&w, "authors");
            ent_jw_array(&w);
            ent_jw_str(&w, ent_json_get_text(ent_json_get(sighting, "Organisation"), "name"));
            ent_jw_end(&w);
        }
    }
    return formats_misp_end(e, &w, &buf, type == 0 ? "sighting" : "opinion", uuid, err);
}

ent_code formats_misp_sightings(formats_misp *e, ent_json attribute, ent_str of, ent_err *err)
{
    for (ent_json s = ent_json_first(ent_json_get(attribute, "Sighting")); s.doc != NULL;
         s = ent_json_next(s))
        ENT_TRY(sighting_give(e, s, of, err));
    return ENT_OK;
}
