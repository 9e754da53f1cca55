#include "demo/encode.h"

#include "base/json_write.h"
#include "base/text.h"
#include "stix/extension_ids.h"

/* When a row has no review date: far, but within what a story lives. */
#define YEARS_KEPT 10

struct encoder {
    ent_arena *arena;
    const story *s;
    const demo_ids *ids;
    ent_day day;
    ent_jw w;
    const story_entity *e;
    bool *shown; /* by key of `e`: a native member shows it */
};

/* ---- small writers ---- */

static void put(struct encoder *x, const char *member, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(&x->w, member);
    ent_jw_str(&x->w, text);
}

static void put_c(struct encoder *x, const char *member, const char *text)
{
    put(x, member, ent_str_of(text));
}

static ent_str day_text(struct encoder *x, ent_day day, const char *rest)
{
    int year, month, date;

    ent_day_split(day, &year, &month, &date);
    return ent_arena_printf(x->arena, "%04d-%02d-%02d%s", year, month, date, rest);
}

/* "a:b" cut at its first colon; false if there is none or a side is empty. */
static bool halves(ent_str text, char at, ent_str *a, ent_str *b)
{
    const char *found = text.size == 0 ? NULL : memchr(text.ptr, at, text.size);

    if (found == NULL)
        return false;
    *a = (ent_str){ text.ptr, (size_t)(found - text.ptr) };
    *b = (ent_str){ found + 1, text.size - a->size - 1 };
    return a->size > 0 && b->size > 0;
}

/* The first key with that prefix, which the caller writes into native members. */
static ent_str take_key(struct encoder *x, const char *prefix)
{
    ent_str begin = ent_str_of(prefix);

    for (size_t i = 0; i < x->e->keys.count; i++)
        if (!x->shown[i] && ent_str_starts(x->e->keys.items[i], begin)) {
            x->shown[i] = true;
            return (ent_str){ x->e->keys.items[i].ptr + begin.size,
                              x->e->keys.items[i].size - begin.size };
        }
    return ENT_STR_NONE;
}

/* Letters, digits and `more`, at most `size` of them: what the schemas take (schema/). */
static bool is_word(ent_str text, const char *more, size_t size)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr(more, c) != NULL)))
            return false;
    }
    return text.size <= size;
}

/* As take_key, for "prefix:a:b": left to the handling keys if it has no two parts, or if a
 * part has a separator that the native form would not give back. */
static bool take_pair(struct encoder *x, const char *prefix, char at, ent_str *a, ent_str *b)
{
    ent_str begin = ent_str_of(prefix);

    for (size_t i = 0; i < x->e->keys.count; i++) {
        ent_str key = x->e->keys.items[i];

        if (x->shown[i] || !ent_str_starts(key, begin) ||
            !halves((ent_str){ key.ptr + begin.size, key.size - begin.size }, at, a, b) ||
            memchr(b->ptr, ':', b->size) != NULL || !is_word(*a, "_-", 64) ||
            (at == '-' && !is_word(*b, "_./-", 32)))
            continue;
        x->shown[i] = true;
        return true;
    }
    return false;
}

/* ---- the handling extension ---- */

static bool says(ent_str label, const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i + size <= label.size; i++) {
        size_t j = 0;

        while (j < size && ((unsigned char)label.ptr[i + j] == (unsigned char)word[j] ||
                            (label.ptr[i + j] >= 'A' && label.ptr[i + j] <= 'Z' &&
                             label.ptr[i + j] - 'A' + 'a' == word[j])))
            j++;
        if (j == size)
            return true;
    }
    return false;
}

static const char *category_of(const story_entity *e)
{
    static const char *const victim[] = { "victim",    "жертв",     "Жертв",
                                          "потерпевш", "Потерпевш", "ضحية" };

    if (e->mark == 'W') {
        for (size_t i = 0; i < sizeof victim / sizeof *victim; i++)
            if (says(e->label, victim[i]))
                return "victim";
        return "witness";
    }
    if (e->type != STORY_PERSON && e->type != STORY_DOCUMENT && e->type != STORY_PHONE &&
        e->type != STORY_ACCOUNT && e->type != STORY_VEHICLE && e->type != STORY_SIGNATURE &&
        e->type != STORY_MOVEMENT)
        return "none";
    return e->mark == 'M' || e->mark == 'O' ? "suspect" : "unknown";
}

static void rating_write(struct encoder *x, char source, char information)
{
    ent_jw_key(&x->w, "rating");
    ent_jw_object(&x->w);
    put_c(x, "scale", "admiralty");
    put(x, "source", (ent_str){ &source, 1 });
    put(x, "information", (ent_str){ &information, 1 });
    ent_jw_end(&x->w);
}

static void texts_write(struct encoder *x, const char *member, const char *const *texts,
                        size_t count)
{
    ent_jw_key(&x->w, member);
    ent_jw_array(&x->w);
    for (size_t i = 0; i < count; i++)
        ent_jw_c(&x->w, texts[i]);
    ent_jw_end(&x->w);
}

/* What the mark says, for a row or (with the graver of its ends) a link. */
static void mark_write(struct encoder *x, char mark)
{
    static const char *const agreed[] = { DEMO_PURPOSES }, *const outside[] = {
        DEMO_PURPOSE_OUTSIDE
    };
    static const char *const nobody[] = { "disclose" }, *const origin[] = { DEMO_ORIGINATOR };

    if (mark == 'P')
        texts_write(x, "purposes", outside, 1);
    else
        texts_write(x, "purposes", agreed, sizeof agreed / sizeof *agreed);
    if (mark == 'M' || mark == 'O')
        put_c(x, "discover", "pointer");
    if (mark == 'O')
        texts_write(x, "originator_control", origin, 1);
    if (mark == 'X')
        texts_write(x, "prohibit", nobody, 1);
}

static void keys_write(struct encoder *x)
{
    bool any = false;

    for (size_t i = 0; i < x->e->keys.count; i++) {
        if (x->shown[i])
            continue;
        if (!any) {
            ent_jw_key(&x->w, "keys");
            ent_jw_array(&x->w);
        }
        any = true;
        ent_jw_str(&x->w, x->e->keys.items[i]);
    }
    if (any)
        ent_jw_end(&x->w);
}

static ent_str retention_far(struct encoder *x)
{
    int year, month, date;

    ent_day_split(x->day, &year, &month, &date);
    return ent_arena_printf(x->arena, "%04d-12-31", year + YEARS_KEPT);
}

static void handling_write(struct encoder *x)
{
    const story_entity *e = x->e;
    char source = e->rate.size == 2 ? e->rate.ptr[0] : 'F'; /* nobody said: cannot be judged */

    ent_jw_key(&x->w, STIX_EXT_HANDLING);
    ent_jw_object(&x->w);
    put_c(x, "extension_type", "property-extension");
    rating_write(x, source, e->rate.size == 2 ? e->rate.ptr[1] : '6');
    mark_write(x, e->mark);
    put_c(x, "category", category_of(e));
    put(x, "retention", e->rev.size > 0 ? e->rev : retention_far(x));
    put(x, "valid", e->iv);
    keys_write(x);
    ent_jw_end(&x->w);
}

/* ---- the types ---- */

static const char *script_of(ent_str name)
{
    for (size_t at = 0; at < name.size;) {
        uint32_t c = ent_utf8_next(name, &at);

        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xc0 && c < 0x250))
            return "Latn";
        if (c >= 0x370 && c < 0x400)
            return "Grek";
        if (c >= 0x400 && c < 0x530)
            return "Cyrl";
        if (c >= 0x590 && c < 0x600)
            return "Hebr";
        if (c >= 0x600 && c < 0x700)
            return "Arab";
        if (c >= 0x4e00 && c < 0xa000)
            return "Hani";
    }
    return "Zyyy";
}

static void names_write(struct encoder *x)
{
    ent_jw_key(&x->w, "names");
    ent_jw_array(&x->w);
    for (size_t i = 0; i < x->e->names.count; i++) {
        ent_jw_object(&x->w);
        put(x, "full", x->e->names.items[i]);
        put_c(x, "script", script_of(x->e->names.items[i]));
        put_c(x, "kind", i == 0 ? "primary" : "alias");
        ent_jw_end(&x->w);
    }
    ent_jw_end(&x->w);
}

static void documents_write(struct encoder *x)
{
    ent_str issuer, number;
    bool any = false;

    while (take_pair(x, "doc:", ':', &issuer, &number)) {
        if (!any) {
            ent_jw_key(&x->w, "documents");
            ent_jw_array(&x->w);
        }
        any = true;
        ent_jw_object(&x->w);
        put_c(x, "type", "identity-document");
        put(x, "issuer", issuer);
        put(x, "number", number);
        ent_jw_end(&x->w);
    }
    if (any)
        ent_jw_end(&x->w);
}

static void person_extension(struct encoder *x)
{
    const story_entity *e = x->e;

    ent_jw_key(&x->w, STIX_EXT_PERSON);
    ent_jw_object(&x->w);
    put_c(x, "extension_type", "property-extension");
    if (e->names.count > 0)
        names_write(x);
    if (e->dob.size > 0) {
        ent_jw_key(&x->w, "births");
        ent_jw_array(&x->w);
        ent_jw_object(&x->w);
        put(x, "value", e->dob);
        ent_jw_end(&x->w);
        ent_jw_end(&x->w);
    }
    if (e->type == STORY_PERSON)
        documents_write(x);
    ent_jw_end(&x->w);
}

/* The members of the common kind: identity, whose label is a name only if it has no other. */
static void identity_write(struct encoder *x, const char *class)
{
    const story_entity *e = x->e;

    put_c(x, "identity_class", class);
    if (e->names.count > 0)
        put(x, "name", e->names.items[0]);
    else if (e->dob.size > 0 || e->label.size == 0)
        put_c(x, "name", "unnamed"); /* one word: it matches nobody */
    else
        put(x, "name", e->label);
}

static const char *word_choose(ent_str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(text, words[i]))
            return words[i];
    return "unknown";
}

static ent_str trimmed(ent_str text)
{
    while (text.size > 0 && text.ptr[0] == ' ') {
        text.ptr++;
        text.size--;
    }
    while (text.size > 0 && text.ptr[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* "... (placement / actuation)": two words of the closed lists, everything else is dropped. */
static void device_write(struct encoder *x)
{
    static const char *const placements[] = { "placed", "carried", "vehicle", "concealed-in-cargo",
                                              "workshop-item" };
    static const char *const actuations[] = { "time",        "command", "victim-operated",
                                              "combination", "hoax",    "not-applicable" };
    ent_str label = trimmed(x->e->label), placement = ENT_STR(""), actuation = ENT_STR("");
    size_t open = label.size;

    while (open > 0 && label.ptr[open - 1] != '(')
        open--;
    if (open > 0 && label.ptr[label.size - 1] == ')' &&
        halves((ent_str){ label.ptr + open, label.size - open - 1 }, '/', &placement, &actuation)) {
        placement = trimmed(placement);
        actuation = trimmed(actuation);
    }
    put_c(x, "placement",
          word_choose(placement, placements, sizeof placements / sizeof *placements));
    put_c(x, "actuation",
          word_choose(actuation, actuations, sizeof actuations / sizeof *actuations));
}

static void reference_write(struct encoder *x)
{
    ent_str event;

    if (x->e->type != STORY_INCIDENT || (event = take_key(x, "pub:")).size == 0)
        return;
    ent_jw_key(&x->w, "external_references");
    ent_jw_array(&x->w);
    ent_jw_object(&x->w);
    put_c(x, "source_name", "public-event");
    put(x, "external_id", event);
    ent_jw_end(&x->w);
    ent_jw_end(&x->w);
}

/* A decimal number of at most three digits before its point; how long, or 0. */
static size_t number_size(const char *p, size_t size)
{
    size_t at = 0, digits = 0;

    if (at < size && (p[at] == '-' || p[at] == '+'))
        at++;
    while (at < size && p[at] >= '0' && p[at] <= '9') {
        at++;
        digits++;
    }
    if (digits == 0 || digits > 3)
        return 0;
    if (at + 1 < size && p[at] == '.' && p[at + 1] >= '0' && p[at + 1] <= '9')
        for (at++; at < size && p[at] >= '0' && p[at] <= '9';)
            at++;
    return at;
}

static double number_value(const char *p, size_t size)
{
    double value = 0, scale = 0;

    for (size_t i = 0; i < size; i++) {
        if (p[i] == '.') {
            scale = 1;
        } else if (p[i] >= '0' && p[i] <= '9') {
            value = value * 10 + (p[i] - '0');
            scale *= 10;
        }
    }
    if (scale > 1)
        value /= scale;
    return p[0] == '-' ? -value : value;
}

/* A note that begins "lat,lon" is a place. */
static bool place_write(struct encoder *x)
{
    ent_str note = trimmed(x->e->note);
    size_t lat = number_size(note.ptr, note.size), at = lat, lon;

    if (lat == 0 || at == note.size || note.ptr[at] != ',')
        return false;
    for (at++; at < note.size && note.ptr[at] == ' ';)
        at++;
    lon = number_size(note.ptr + at, note.size - at);
    if (lon == 0 || number_value(note.ptr, lat) > 90 || number_value(note.ptr, lat) < -90 ||
        number_value(note.ptr + at, lon) > 180 || number_value(note.ptr + at, lon) < -180)
        return false;
    ent_jw_key(&x->w, "latitude");
    ent_jw_double(&x->w, number_value(note.ptr, lat));
    ent_jw_key(&x->w, "longitude");
    ent_jw_double(&x->w, number_value(note.ptr + at, lon));
    return true;
}

/* A thing that has no name has to be called something. */
static void put_name(struct encoder *x, const char *member)
{
    put(x, member, x->e->label.size > 0 ? x->e->label : ENT_STR("unnamed"));
}

static bool is_released(const story *s, size_t entity)
{
    for (size_t i = 0; i < s->release_count; i++)
        for (size_t j = 0; j < s->releases[i].object_count; j++)
            if (s->releases[i].objects[j] == entity)
                return true;
    return false;
}

/* A report refers to what it is linked to, and has to refer to something [STIX 2.1 s4.17]: one
 * that has no links, or that is to be released while these stay, refers to itself as well. */
static void report_write(struct encoder *x, size_t entity)
{
    bool any = false;

    ent_jw_key(&x->w, "object_refs");
    ent_jw_array(&x->w);
    for (size_t i = 0; i < x->s->link_count; i++) {
        const story_link *link = &x->s->links[i];

        if ((link->a == entity) == (link->b == entity))
            continue;
        ent_jw_str(&x->w, x->ids->entities[link->a == entity ? link->b : link->a]);
        any = true;
    }
    if (!any || is_released(x->s, entity))
        ent_jw_str(&x->w, x->ids->entities[entity]);
    ent_jw_end(&x->w);
}

/* Most of the UUID of the entity's id, which nobody else has. */
static ent_str id_rest(const struct encoder *x)
{
    ent_str id = x->ids->entities[x->e - x->s->entities];

    return (ent_str){ id.ptr + id.size - 36, 32 };
}

/* What is known by a value: its first fitting key. */
static void value_write(struct encoder *x)
{
    ent_str a, b;

    switch ((int)x->e->type) {
    case STORY_DOCUMENT:
        put_c(x, "document_type", "identity-document");
        if (take_pair(x, "doc:", ':', &a, &b)) {
            put(x, "issuer", a);
            put(x, "number", b);
        } else {
            put_name(x, "number"); /* without an issuer it is no key */
        }
        break;
    case STORY_SIGNATURE:
        if (take_pair(x, "sig:", '-', &a, &b)) {
            put(x, "kind", a);
            put(x, "reference", b);
        } else { /* both have to be there, and make a key: one that nobody else can have */
            put_c(x, "kind", "unspecified");
            put(x, "reference", id_rest(x));
        }
        break;
    case STORY_PHONE:
        put(x, "value", take_key(x, "tel:"));
        break;
    case STORY_ACCOUNT:
        if ((a = take_key(x, "acct:iban:")).size > 0) {
            put(x, "iban", a);
        } else if (take_pair(x, "acct:", ':', &a, &b)) {
            put(x, "account_type", a);
            put(x, "account_login", b);
        }
        break;
    case STORY_VEHICLE:
        if (take_pair(x, "plate:", ':', &a, &b)) {
            put(x, "country", a);
            put(x, "plate", b);
        } else {
            put_c(x, "country", "unspecified");
            put(x, "plate", id_rest(x));
        }
        break;
    default:
        break;
    }
}

/* Native members; true if the label was shown in one of them. */
static bool members_write(struct encoder *x, size_t entity)
{
    const story_entity *e = x->e;

    switch (e->type) {
    case STORY_PERSON:
        identity_write(x, "individual");
        return e->names.count == 0 && e->dob.size == 0;
    case STORY_GROUP:
        identity_write(x, "group");
        return e->names.count == 0 && e->dob.size == 0;
    case STORY_ORGANIZATION:
        identity_write(x, "organization");
        return e->names.count == 0 && e->dob.size == 0;
    case STORY_DOCUMENT:
    case STORY_SIGNATURE:
    case STORY_PHONE:
    case STORY_ACCOUNT:
    case STORY_VEHICLE:
        value_write(x);
        return false;
    case STORY_DEVICE:
        device_write(x);
        return true; /* closed lists only */
    case STORY_MOVEMENT:
        put_name(x, "name");
        put_c(x, "status", "occurred");
        texts_write(x, "event_types", (const char *const[]){ "movement" }, 1);
        return true;
    case STORY_LOCATION:
        put_name(x, "name");
        if (!place_write(x))
            put_c(x, "region", "unspecified"); /* a location says where [STIX 2.1 s4.10] */
        return true;
    case STORY_REPORT:
        put_name(x, "name");
        put(x, "published", day_text(x, x->day, "T00:00:00.000Z"));
        report_write(x, entity);
        return true;
    case STORY_INCIDENT:
        put_name(x, "name");
        reference_write(x);
        return true;
    case STORY_METHOD:
    case STORY_TYPE_COUNT:
    default:
        put_name(x, "name");
        return true;
    }
}

static bool is_sco(const char *type)
{
    static const char *const types[] = { "identity-document", "forensic-signature", "phone-number",
                                         "user-account",      "bank-account",       "vehicle" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static void head_write(struct encoder *x, const char *type, ent_str id)
{
    ent_str time = day_text(x, x->day, "T00:00:00.000Z");

    put_c(x, "type", type);
    put_c(x, "spec_version", "2.1");
    put(x, "id", id);
    if (!is_sco(type)) {
        put(x, "created", time);
        put(x, "modified", time);
    }
}

/* A type that is not of STIX 2.1 says which definition makes it one [STIX 2.1 s7.3]. */
static void type_extension(struct encoder *x, const char *type)
{
    static const struct {
        const char *type, *id, *kind;
    } rows[] = { { "identity-document", STIX_EXT_IDENTITY_DOCUMENT, "new-sco" },
                 { "forensic-signature", STIX_EXT_FORENSIC_SIGNATURE, "new-sco" },
                 { "phone-number", STIX_EXT_PHONE_NUMBER, "new-sco" },
                 { "bank-account", STIX_EXT_BANK_ACCOUNT, "new-sco" },
                 { "vehicle", STIX_EXT_VEHICLE, "new-sco" },
                 { "device-record", STIX_EXT_DEVICE_RECORD, "new-sdo" },
                 { "event", STIX_EXT_EVENT, "new-sdo" } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].type, type) == 0) {
            ent_jw_key(&x->w, rows[i].id);
            ent_jw_object(&x->w);
            put_c(x, "extension_type", rows[i].kind);
            ent_jw_end(&x->w);
        }
}

static void description_write(struct encoder *x, bool label_shown)
{
    const story_entity *e = x->e;
    ent_str label = label_shown ? ENT_STR("") : e->label;

    if (e->type == STORY_DEVICE || (label.size == 0 && e->note.size == 0))
        return;
    ent_jw_key(&x->w, "description");
    ent_jw_printf(&x->w, "%.*s%s%.*s", ENT_STR_ARG(label),
                  label.size > 0 && e->note.size > 0 ? "; " : "", ENT_STR_ARG(e->note));
}

static ent_code entity_write(struct encoder *x, size_t entity, ent_err *err)
{
    const char *type;
    bool label_shown;

    x->e = &x->s->entities[entity];
    x->shown = ent_arena_array(x->arena, x->e->keys.count + 1, sizeof *x->shown);
    if (x->shown == NULL)
        return ent_fail_arena(err);
    type = demo_stix_type(x->e);
    ent_jw_object(&x->w);
    head_write(x, type, x->ids->entities[entity]);
    label_shown = members_write(x, entity);
    description_write(x, label_shown);
    ent_jw_key(&x->w, "extensions");
    ent_jw_object(&x->w);
    type_extension(x, type);
    if (x->e->type == STORY_PERSON || (strcmp(type, "identity") == 0 && x->e->names.count > 0))
        person_extension(x);
    handling_write(x);
    ent_jw_end(&x->w);
    ent_jw_end(&x->w);
    return ENT_OK;
}

/* ---- links ---- */

static char graver(char a, char b)
{
    if (a == 'X' || b == 'X')
        return 'X';
    return a == 'P' || b == 'P' ? 'P' : 'S';
}

static char worse(ent_str a, ent_str b, size_t at, char none)
{
    char x = a.size == 2 ? a.ptr[at] : none, y = b.size == 2 ? b.ptr[at] : none;

    return x > y ? x : y;
}

/* Words of a-z, 0-9 and hyphens [STIX 2.1 s5.1.1]; what the story wrote otherwise is folded. */
static ent_str relation(struct encoder *x, ent_str rel)
{
    ent_buf buf;
    ent_str text;
    ent_err ignored = { 0 };

    ent_buf_init(&buf, x->arena);
    for (size_t i = 0; i < rel.size; i++) {
        char c = rel.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        ent_buf_byte(&buf,
                     (unsigned char)((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-'));
    }
    return ent_buf_done(&buf, &text, &ignored) == ENT_OK ? text : ENT_STR("related-to");
}

static void link_write(struct encoder *x, size_t number)
{
    const story_link *link = &x->s->links[number];
    const story_entity *a = &x->s->entities[link->a], *b = &x->s->entities[link->b];

    ent_jw_object(&x->w);
    head_write(x, "relationship", x->ids->links[number]);
    put(x, "relationship_type", relation(x, link->rel));
    put(x, "source_ref", x->ids->entities[link->a]);
    put(x, "target_ref", x->ids->entities[link->b]);
    if (link->confidence >= 0) {
        ent_jw_key(&x->w, "confidence");
        ent_jw_int(&x->w, link->confidence);
    }
    put(x, "description", link->note);
    ent_jw_key(&x->w, "extensions");
    ent_jw_object(&x->w);
    ent_jw_key(&x->w, STIX_EXT_HANDLING);
    ent_jw_object(&x->w);
    put_c(x, "extension_type", "property-extension");
    rating_write(x, worse(a->rate, b->rate, 0, 'F'), worse(a->rate, b->rate, 1, '6'));
    mark_write(x, graver(a->mark, b->mark));
    put_c(x, "category", "none");
    put(x, "retention", retention_far(x));
    put(x, "valid", link->iv);
    if (!link->evidential) {
        ent_jw_key(&x->w, "evidential");
        ent_jw_bool(&x->w, false);
    }
    ent_jw_end(&x->w);
    ent_jw_end(&x->w);
    ent_jw_end(&x->w);
}

ent_code demo_encode(ent_arena *arena, const story *s, size_t service, ent_day day,
                     const demo_ids *ids, const char *bundle_uuid, ent_str *text, ent_err *err)
{
    struct encoder x = { .arena = arena, .s = s, .ids = ids, .day = day };
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_jw_init(&x.w, &buf);
    ent_jw_object(&x.w);
    put_c(&x, "type", "bundle");
    ent_jw_key(&x.w, "id");
    ent_jw_printf(&x.w, "bundle--%s", bundle_uuid);
    ent_jw_key(&x.w, "objects");
    ent_jw_array(&x.w);
    for (size_t i = 0; i < s->entity_count; i++) {
        if (s->entities[i].service != service)
            continue;
        ent_buf_c(&buf, "\n");
        ENT_TRY(entity_write(&x, i, err));
    }
    for (size_t i = 0; i < s->link_count; i++) {
        if (s->links[i].service != service)
            continue;
        ent_buf_c(&buf, "\n");
        link_write(&x, i);
    }
    ent_jw_end(&x.w);
    ent_jw_end(&x.w);
    ent_buf_c(&buf, "\n");
    return ent_buf_done(&buf, text, err);
}
