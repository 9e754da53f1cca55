#include "desk/project.h"

#include "base/planted.h"

#include "base/time.h"
#include "policy/label.h"
#include "stix/extension_ids.h"

#include <sodium.h>

enum how { RAW, NEED, REF, REFS, DAY, EVENT, FILES };

static const struct {
    const char *type, *property;
    enum how how;
} rows[] = {
#define X(type, property, how) { (type), (property), (how) },
#include "desk/projection.def"
#undef X
};

static const size_t row_count = sizeof rows / sizeof *rows;

/* Extensions that say what an object is; their content stays. */
static const char *const kinds[] = {
    STIX_EXT_IDENTITY_DOCUMENT, STIX_EXT_FORENSIC_SIGNATURE,
    STIX_EXT_DEVICE_RECORD,     STIX_EXT_VEHICLE,
    STIX_EXT_PHONE_NUMBER,      STIX_EXT_BANK_ACCOUNT,
    STIX_EXT_INCIDENT_CORE,     STIX_EXT_EVENT,
};

static bool is_kind(ent_str id)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ent_str_is(id, kinds[i]))
            return true;
    return false;
}

bool desk_extension_known(ent_str id)
{
    return is_kind(id) || ent_str_is(id, STIX_EXT_HANDLING) || ent_str_is(id, STIX_EXT_PERSON);
}

bool desk_type_leaves(ent_str type)
{
    for (size_t i = 0; i < row_count; i++)
        if (ent_str_is(type, rows[i].type))
            return true;
    return false;
}

bool desk_is_id(ent_str text)
{
    return text.size > 38 && text.ptr[text.size - 37] == '-' && text.ptr[text.size - 38] == '-' &&
           ent_uuid_valid((ent_str){ text.ptr + text.size - 36, 36 });
}

ent_code desk_outgoing_id(ent_arena *arena, const uint8_t secret[32], ent_str id, ent_str *outgoing,
                          ent_err *err)
{
    uint8_t bytes[crypto_generichash_BYTES];
    char uuid[37];

    *outgoing = id;
    if (!desk_is_id(id) || id.ptr[id.size - 22] == '4')
        return ENT_OK; /* a random one */
    (void)crypto_generichash(bytes, sizeof bytes, (const uint8_t *)id.ptr, id.size, secret, 32);
    ent_uuid_write(bytes, uuid);
    *outgoing = ent_arena_printf(arena, "%.*s%s", (int)(id.size - 36), id.ptr, uuid);
    return outgoing->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* ---- one projection at work ---- */

struct work {
    const desk_projection *p;
    ent_arena *arena;
    ent_jw w;
    desk_withheld_list *withheld;
    ent_str type, own_id;
    bool relationship;
};

ent_code desk_withhold(ent_arena *arena, desk_withheld_list *list, ent_str id, ent_str property,
                       const char *reason, ent_err *err)
{
    if (list->count == list->room) {
        desk_withheld *grown = ent_arena_grow(arena, list->items, &list->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        list->items = grown;
    }
    list->items[list->count++] = (desk_withheld){ id, property, reason };
    return ENT_OK;
}

static ent_code withhold(struct work *k, ent_str property, const char *reason, ent_err *err)
{
    return desk_withhold(k->arena, k->withheld, k->own_id, property, reason, err);
}

/* Chosen by --fields, or nothing was chosen.  Links go whole. */
static bool chosen(const struct work *k, ent_str property)
{
    if (k->p->fields == NULL || k->relationship)
        return true;
    for (size_t i = 0; i < k->p->field_count; i++)
        if (ent_str_is(property, k->p->fields[i]))
            return true;
    return false;
}

/* Why policy keeps this property back; NULL: it does not. */
static const char *marked(const struct work *k, ent_str property)
{
    for (size_t i = 0; k->p->parts != NULL && i < k->p->parts->count; i++)
        if (ent_str_equal(k->p->parts->parts[i].name, property))
            return k->p->parts->parts[i].decision.permit
                       ? NULL
                       : policy_rule_text(k->p->parts->parts[i].decision.reason);
    return NULL;
}

static ent_code time_write(struct work *k, ent_str name, ent_str text, ent_time unit, ent_err *err)
{
    char out[ENT_TIME_TEXT];
    ent_time time;

    if (ent_time_read(text, &time, err) != ENT_OK)
        return ent_context(err, "'%.*s' of %.*s", ENT_STR_ARG(name), ENT_STR_ARG(k->own_id));
    time -= ((time % unit) + unit) % unit;
    ent_time_write(time, out);
    ent_jw_key_str(&k->w, name);
    ent_jw_c(&k->w, out);
    return ENT_OK;
}

static ent_code refs_write(struct work *k, ent_str name, ent_json list, ent_err *err)
{
    ent_str known;
    size_t written = 0;

    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        bool there = k->p->reference(k->p->reference_arg, ent_json_str(v), &known);

        if (!there) {
            const char *instead = ENT_PLANTED(INDEX_SHIFT) ? ""
                                  : ENT_PLANTED(SELECTOR)  ? "object_refs.[0]"
                                                           : NULL;

            if (instead == NULL)
                continue;
            known = ent_str_of(instead);
        }
        if (written++ == 0) {
            ent_jw_key_str(&k->w, name);
            ent_jw_array(&k->w);
        }
        ent_jw_str(&k->w, known);
    }
    if (written == 0)
        return ent_fail(err, ENT_DENIED,
                        "%.*s: nothing that it refers to is released to this peer [closed set]",
                        ENT_STR_ARG(k->own_id));
    ent_jw_end(&k->w);
    return written < ent_json_count(list)
               ? withhold(k, name, "refers to what this peer has not got", err)
               : ENT_OK;
}

static ent_code events_write(struct work *k, ent_str name, ent_json list, ent_err *err)
{
    size_t written = 0;

    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        if (!ent_str_is(ent_json_get_text(v, "source_name"), "public-event") ||
            ent_json_get_text(v, "external_id").size == 0)
            continue;
        if (written++ == 0) {
            ent_jw_key_str(&k->w, name);
            ent_jw_array(&k->w);
        }
        ent_jw_object(&k->w);
        ent_jw_key(&k->w, "source_name");
        ent_jw_c(&k->w, "public-event");
        ent_jw_key(&k->w, "external_id");
        ent_jw_str(&k->w, ent_json_get_text(v, "external_id"));
        ent_jw_end(&k->w);
    }
    if (written > 0)
        ent_jw_end(&k->w);
    return written < ent_json_count(list) ? withhold(k, name, "names a source", err) : ENT_OK;
}

static ent_code property_write(struct work *k, ent_json value, enum how how, ent_err *err)
{
    ent_str name = ent_json_name(value), known;

    switch (how) {
    case REF:
        if (!k->p->reference(k->p->reference_arg, ent_json_str(value), &known))
            return ent_fail(err, ENT_DENIED,
                            "%.*s: '%.*s' refers to what is not released to this peer [closed set]",
                            ENT_STR_ARG(k->own_id), ENT_STR_ARG(name));
        ent_jw_key_str(&k->w, name);
        ent_jw_str(&k->w, known);
        return ENT_OK;
    case REFS:
        return refs_write(k, name, value, err);
    case DAY:
        return time_write(k, name, ent_json_str(value), ENT_DAY_TIME, err);
    case EVENT:
        return events_write(k, name, value, err);
    case RAW:
    case NEED:
    case FILES: /* is no member: seen to by who calls */
    default:
        ent_jw_key_str(&k->w, name);
        ent_jw_raw(&k->w, ent_json_raw(value));
        return ENT_OK;
    }
}

static size_t row_find(ent_str type, ent_str property)
{
    size_t i;

    for (i = 0; i < row_count &&
                !(ent_str_is(type, rows[i].type) && ent_str_is(property, rows[i].property));
         i++)
        ;
    return i;
}

bool desk_property_leaves(ent_str type, ent_str property)
{
    return row_find(type, property) < row_count;
}

/* ---- extensions ---- */

static void text_member(ent_jw *w, ent_json from, const char *name)
{
    if (ent_json_get_text(from, name).ptr == NULL)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, ent_json_get_text(from, name));
}

static void text_members(ent_jw *w, ent_json list, const char *name, const char *const *members)
{
    if (ent_json_count(list) == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_json_is(v, ENT_JSON_STRING)) {
            ent_jw_str(w, ent_json_str(v));
            continue;
        }
        ent_jw_object(w);
        for (size_t i = 0; members[i] != NULL; i++)
            text_member(w, v, members[i]);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

/* Names, births as values, documents: what the source wrote beside them stays. */
static ent_code person_write(struct work *k, ent_json person, ent_err *err)
{
    static const char *const name[] = { "full", "script", "kind", NULL };
    static const char *const birth[] = { "value", NULL };
    static const char *const document[] = { "type", "issuer", "number", NULL };
    static const char *const none[] = { NULL };
    static const struct {
        const char *member;
        const char *const *members; /* NULL: a text */
    } parts[] = { { "names", name },           { "births", birth },       { "documents", document },
                  { "places_of_birth", none }, { "nationalities", none }, { "gender", NULL },
                  { "schema", NULL } };
    static const size_t part_count = sizeof parts / sizeof *parts;

    ent_jw_key(&k->w, STIX_EXT_PERSON);
    ent_jw_object(&k->w);
    ent_jw_key(&k->w, "extension_type");
    ent_jw_c(&k->w, "property-extension");
    for (ent_json v = ent_json_first(person); v.doc != NULL; v = ent_json_next(v)) {
        ent_str member = ent_json_name(v);
        size_t i;

        for (i = 0; i < part_count && !ent_str_is(member, parts[i].member); i++)
            ;
        if (ent_str_is(member, "extension_type"))
            continue;
        if (i == part_count || !chosen(k, member)) {
            ENT_TRY(withhold(
                k, member,
                i == part_count ? "is not on the list of what may leave" : "was not chosen", err));
            continue;
        }
        if (parts[i].members == NULL)
            text_member(&k->w, person, parts[i].member);
        else
            text_members(&k->w, v, parts[i].member, parts[i].members);
    }
    ent_jw_end(&k->w);
    return ENT_OK;
}

/* A member of the label, from the object or from beside it. */
static ent_json label_member(const desk_projection *p, const char *name)
{
    ent_json own = ent_json_get(policy_handling(p->object), name);

    return own.doc != NULL ? own : ent_json_get(p->sidecar, name);
}

static void raw_member(struct work *k, const char *name)
{
    ent_json value = label_member(k->p, name);

    if (value.doc == NULL)
        return;
    ent_jw_key(&k->w, name);
    ent_jw_raw(&k->w, ent_json_raw(value));
}

static void codes_write(struct work *k)
{
    ent_json codes = label_member(k->p, "handling");
    bool listed = k->p->onward.size == 0;

    if (listed && ent_json_count(codes) == 0)
        return;
    ent_jw_key(&k->w, "handling");
    ent_jw_array(&k->w);
    for (ent_json v = ent_json_first(codes); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_raw(&k->w, ent_json_raw(v));
        listed = listed || ent_str_equal(ent_json_str(v), k->p->onward);
    }
    if (!listed)
        ent_jw_str(&k->w, k->p->onward);
    ent_jw_end(&k->w);
}

static void handling_write(struct work *k)
{
    ent_jw_key(&k->w, STIX_EXT_HANDLING);
    ent_jw_object(&k->w);
    ent_jw_key(&k->w, "extension_type");
    ent_jw_c(&k->w, "property-extension");
    raw_member(k, "rating");
    codes_write(k);
    ent_jw_key(&k->w, "purposes");
    ent_jw_array(&k->w);
    ent_jw_str(&k->w, k->p->purpose);
    ent_jw_end(&k->w);
    raw_member(k, "category");
    raw_member(k, "valid");
    raw_member(k, "discover");
    raw_member(k, "evidential");
    raw_member(k, "kind");
    raw_member(k, "prohibit");
    raw_member(k, "require");
    raw_member(k, "expires");
    if (k->p->exercise) {
        ent_jw_key(&k->w, "exercise");
        ent_jw_bool(&k->w, true);
    }
    if (chosen(k, ENT_STR("keys")))
        raw_member(k, "keys");
    ent_jw_key(&k->w, "retention");
    ent_jw_str(&k->w, k->p->retention);
    ent_jw_end(&k->w);
}

static ent_code extensions_write(struct work *k, ent_err *err)
{
    ent_json all = ent_json_get(k->p->object, "extensions");

    ent_jw_key(&k->w, "extensions");
    ent_jw_object(&k->w);
    for (ent_json v = ent_json_first(all); v.doc != NULL; v = ent_json_next(v)) {
        ent_str id = ent_json_name(v);

        if (ent_str_is(id, STIX_EXT_HANDLING))
            continue;
        if (ent_str_is(id, STIX_EXT_PERSON)) {
            ENT_TRY(person_write(k, v, err));
        } else if (is_kind(id)) {
            ent_jw_key_str(&k->w, id);
            ent_jw_object(&k->w);
            text_member(&k->w, v, "extension_type");
            ent_jw_end(&k->w);
        } else {
            ENT_TRY(withhold(k, id, "is not on the list of what may leave", err));
        }
    }
    handling_write(k);
    ent_jw_end(&k->w);
    return ENT_OK;
}

/* ---- the whole ---- */

static ent_code common_write(struct work *k, ent_json value, bool *done, ent_err *err)
{
    static const char *const raw[] = { "type", "spec_version", "revoked", "confidence", "lang" };
    ent_str name = ent_json_name(value);

    *done = true;
    if (ent_str_is(name, "created"))
        return time_write(k, name, ent_json_str(value), 3600 * ENT_SECOND, err);
    if (ent_str_is(name, "modified")) /* finer: it tells versions apart */
        return time_write(k, name, ent_json_str(value), 60 * ENT_SECOND, err);
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
        if (ent_str_is(name, raw[i])) {
            ent_jw_key_str(&k->w, name);
            ent_jw_raw(&k->w, ent_json_raw(value));
            return ENT_OK;
        }
    /* Written by themselves. */
    *done = ent_str_is(name, "id") || ent_str_is(name, "extensions") ||
            ent_str_is(name, "object_marking_refs") || ent_str_is(name, "granular_markings");
    return ENT_OK;
}

/* ---- markings ---- */

/* Is something of the object that this marking is about among what goes? */
static bool reaches_what_goes(const struct work *k, ent_json granular)
{
    for (ent_json s = ent_json_first(ent_json_get(granular, "selectors")); s.doc != NULL;
         s = ent_json_next(s)) {
        ent_str selector = ent_json_str(s), name = selector;
        const char *dot = memchr(selector.ptr, '.', selector.size);

        if (dot != NULL)
            name.size = (size_t)(dot - selector.ptr);
        if (marked(k, name) == NULL)
            return true;
    }
    return false;
}

/* Is it among the object's own, or does a later one say it that is written? */
static bool said_elsewhere(const struct work *k, ent_json refs, ent_json granular, ent_str id)
{
    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_str(v), id))
            return true;
    for (ent_json v = ent_json_next(granular); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "marking_ref"), id) && reaches_what_goes(k, v))
            return true;
    return false;
}

static void markings_write(struct work *k)
{
    ent_json refs = ent_json_get(k->p->object, "object_marking_refs"),
             granular = ent_json_get(k->p->object, "granular_markings");
    size_t count = ent_json_count(refs);

    for (ent_json v = ent_json_first(granular); v.doc != NULL; v = ent_json_next(v))
        count += ent_json_get_text(v, "marking_ref").size > 0 && reaches_what_goes(k, v);
    if (count == 0)
        return;
    ent_jw_key(&k->w, "object_marking_refs");
    ent_jw_array(&k->w);
    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&k->w, ent_json_raw(v));
    for (ent_json v = ent_json_first(granular); v.doc != NULL; v = ent_json_next(v)) {
        ent_str id = ent_json_get_text(v, "marking_ref");

        if (id.size > 0 && reaches_what_goes(k, v) && !said_elsewhere(k, refs, v, id))
            ent_jw_str(&k->w, id);
    }
    ent_jw_end(&k->w);
}

static ent_code properties_write(struct work *k, ent_err *err)
{
    for (ent_json v = ent_json_first(k->p->object); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);
        size_t row = row_find(k->type, name);
        const char *why = marked(k, name);
        bool done;

        if (why != NULL) {
            ENT_TRY(withhold(k, name, why, err));
            continue;
        }
        ENT_TRY(common_write(k, v, &done, err));
        if (done)
            continue;
        if (row < row_count && rows[row].how == FILES)
            row = row_count; /* a member of that name is none of the files */
        if (row == row_count || (!chosen(k, name) && rows[row].how != REF))
            ENT_TRY(withhold(
                k, name,
                row == row_count ? "is not on the list of what may leave" : "was not chosen", err));
        else
            ENT_TRY(property_write(k, v, rows[row].how, err));
    }
    return ENT_OK;
}

/* What the type cannot do without must be there and chosen. */
static ent_code needs_check(const struct work *k, ent_err *err)
{
    for (size_t i = 0; i < row_count; i++) {
        ent_str property = ent_str_of(rows[i].property);

        if (!ent_str_is(k->type, rows[i].type) || (rows[i].how != NEED && rows[i].how != REF))
            continue;
        if (ent_json_get_str(k->p->object, property).doc == NULL || !chosen(k, property) ||
            marked(k, property) != NULL)
            return ent_fail(err, ENT_DENIED,
                            "%.*s: an object of type '%s' cannot leave without '%s' [projection]",
                            ENT_STR_ARG(k->own_id), rows[i].type, rows[i].property);
    }
    return ENT_OK;
}

ent_code desk_project(ent_arena *arena, const desk_projection *p, ent_str *json,
                      desk_withheld_list *withheld, ent_err *err)
{
    struct work k = { .p = p, .arena = arena, .withheld = withheld };
    ent_buf buf;

    k.type = ent_json_get_text(p->object, "type");
    k.own_id = ent_json_get_text(p->object, "id");
    k.relationship = ent_str_is(k.type, "relationship");
    if (!desk_type_leaves(k.type))
        return ent_fail(err, ENT_DENIED,
                        "%.*s: no object of type '%.*s' leaves this node [projection]",
                        ENT_STR_ARG(k.own_id), ENT_STR_ARG(k.type));
    ENT_TRY(needs_check(&k, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&k.w, &buf);
    ent_jw_object(&k.w);
    ent_jw_key(&k.w, "id");
    ent_jw_str(&k.w, p->id);
    ENT_TRY(properties_write(&k, err));
    markings_write(&k);
    if (p->tearline.size > 0) {
        ent_jw_key(&k.w, "description");
        ent_jw_str(&k.w, p->tearline);
    }
    ENT_TRY(extensions_write(&k, err));
    ent_jw_end(&k.w);
    return ent_buf_done(&buf, json, err);
}
