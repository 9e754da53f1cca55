/* What an object of MISP refers to: the sender of a message, the directory of a file, the
 * parent of a process.  Each is an observable with the UUID of its attribute, so that two
 * conversions of one event speak of the same thing. */
#include "formats/misp_int.h"

#include <stdio.h>

enum shape { ONE, MANY, BODY };

static const struct part {
    const char *object, *relation, *stix, *member, *ref;
    enum shape shape;
} parts[] = {
#define X(object, relation, stix, member, ref, shape) \
    { (object), (relation), (stix), (member), (ref), shape },
#include "formats/misp_parts.def"
#undef X
};

#define PART_COUNT (sizeof parts / sizeof *parts)

/* The part that an attribute is; NULL: none. */
static const struct part *part_of(ent_json object, ent_json attribute)
{
    ent_str name = ent_json_get_text(object, "name");
    ent_str relation = ent_json_get_text(attribute, "object_relation");
    ent_str value = ent_json_get_text(attribute, "value");
    bool sound = value.size > 0 && ent_json_get_text(attribute, "uuid").size > 0 &&
                 !formats_misp_true(ent_json_get(attribute, "deleted"));

    for (size_t i = 0; i < PART_COUNT && sound; i++) {
        if (!ent_str_is(name, parts[i].object) || !ent_str_is(relation, parts[i].relation))
            continue;
        for (size_t d = 0; strcmp(parts[i].member, "pid") == 0 && d < value.size; d++)
            if (value.ptr[d] < '0' || value.ptr[d] > '9' || d > 9)
                return NULL;
        return &parts[i];
    }
    return NULL;
}

bool formats_misp_is_part(ent_json object, ent_json attribute)
{
    return part_of(object, attribute) != NULL;
}

bool formats_misp_part_path(ent_json object, ent_json attribute, char *out, size_t room)
{
    const struct part *part = part_of(object, attribute);

    if (part == NULL)
        return false;
    if (part->ref[0] == '\0')
        (void)snprintf(out, room, "parent_ref.image_ref.%s", part->member);
    else
        (void)snprintf(out, room, "%s%s.%s%s", part->ref, part->shape == ONE ? "" : "[*]",
                       part->shape == BODY ? "body_raw_ref." : "", part->member);
    return true;
}

static ent_json first_of(ent_json object)
{
    return ent_json_first(ent_json_get(object, "Attribute"));
}

static ent_str id_of(formats_misp *e, const struct part *part, ent_json attribute)
{
    return formats_misp_id(e, part->stix, ent_json_get_text(attribute, "uuid"));
}

static void body_write(formats_misp *e, ent_jw *w, ent_str id, ent_str name)
{
    ent_jw_object(w);
    ent_jw_key(w, "body_raw_ref");
    ent_jw_str(w, id);
    ent_jw_key(w, "content_disposition");
    ent_jw_str(w, ent_arena_printf(e->r->arena, "attachment; filename='%.*s'", ENT_STR_ARG(name)));
    ent_jw_end(w);
}

/* The parts of one `ref`: the first, or all as a list. */
static size_t ref_write(formats_misp *e, ent_jw *w, ent_json object, const char *ref)
{
    size_t count = 0;
    bool list = false;

    for (ent_json a = first_of(object); a.doc != NULL; a = ent_json_next(a)) {
        const struct part *part = part_of(object, a);

        if (part == NULL || strcmp(part->ref, ref) != 0 || (count > 0 && part->shape == ONE))
            continue;
        if (count++ == 0) {
            list = part->shape != ONE;
            if (ref[0] == '\0')
                ent_jw_key(w, "image_ref");
            else
                ent_jw_key(w, ref);
            if (list)
                ent_jw_array(w);
        }
        if (part->shape == BODY)
            body_write(e, w, id_of(e, part, a), ent_json_get_text(a, "value"));
        else
            ent_jw_str(w, id_of(e, part, a));
    }
    if (list)
        ent_jw_end(w);
    return count;
}

bool formats_misp_multipart(ent_json object)
{
    for (ent_json a = first_of(object); a.doc != NULL; a = ent_json_next(a)) {
        const struct part *part = part_of(object, a);

        if (part != NULL && part->shape == BODY)
            return true;
    }
    return false;
}

void formats_misp_parts_write(formats_misp *e, ent_jw *w, ent_json object)
{
    ent_str name = ent_json_get_text(object, "name");

    for (size_t i = 0; i < PART_COUNT; i++)
        if (ent_str_is(name, parts[i].object) && parts[i].ref[0] != '\0' &&
            (i == 0 || strcmp(parts[i].ref, parts[i - 1].ref) != 0 ||
             strcmp(parts[i].object, parts[i - 1].object) != 0))
            (void)ref_write(e, w, object, parts[i].ref);
}

ent_code formats_misp_parts_give(formats_misp *e, ent_json object, ent_str *refs, size_t *count,
                                 ent_err *err)
{
    for (ent_json a = first_of(object); a.doc != NULL; a = ent_json_next(a)) {
        const struct part *part = part_of(object, a);
        ent_str uuid = ent_json_get_text(a, "uuid");
        int64_t number = 0;
        ent_buf buf;
        ent_jw w;

        if (part == NULL)
            continue;
        formats_misp_begin(e, &w, &buf, part->stix, uuid);
        ent_jw_key(&w, part->member);
        if (strcmp(part->member, "pid") == 0 &&
            formats_misp_number(ent_json_get(a, "value"), &number))
            ent_jw_int(&w, number);
        else
            ent_jw_str(&w, ent_json_get_text(a, "value"));
        if (strcmp(part->ref, "parent_ref") == 0)
            (void)ref_write(e, &w, object, "");
        if (*count < MISP_FACTS)
            refs[(*count)++] = id_of(e, part, a);
        ENT_TRY(formats_misp_end(e, &w, &buf, part->stix, uuid, err));
    }
    return ENT_OK;
}
