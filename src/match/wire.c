#include "match/wire_int.h"

#include "base/text.h"
#include "match/fast_int.h"
#include "match/guard_int.h"

#include <stdio.h>

struct shape {
    const char *step, *kinds;
    const char *must, *may; /* a blank behind each name */
    bool bytes;             /* may follow the header */
};

static const struct shape shapes[] = {
#define X(step, kinds, must, may, bytes) { step, kinds, must, may, bytes },
#include "match/steps.def"
#undef X
};

/* The next name of a list, without its blank; false at the end. */
static bool name_next(const char **list, ent_str *name)
{
    const char *blank = strchr(*list, ' ');

    if (blank == NULL)
        return false;
    *name = (ent_str){ *list, (size_t)(blank - *list) };
    *list = blank + 1;
    return true;
}

static bool has(const char *list, ent_str name)
{
    ent_str one;

    while (name_next(&list, &one))
        if (ent_str_equal(one, name))
            return true;
    return false;
}

/* What two nodes find alone in a dense range: a list of tags that has one at least. */
static ent_code probing_check(ent_json list, const char *where, ent_err *err)
{
    size_t count = ent_json_count(list);
    uint8_t tag[PSI_TAG_SIZE];
    ent_err why = { 0 };

    if (!ent_json_is(list, ENT_JSON_ARRAY) || count == 0 || count > GUARD_PROBINGS)
        return ent_fail(err, ENT_FORMAT, "%s: member 'probing' is no list of 1 to %d tags", where,
                        GUARD_PROBINGS);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (ent_hex_read(ent_json_str(v), tag, sizeof tag, &why) != ENT_OK)
            return ent_fail(err, ENT_FORMAT, "%s: member 'probing' has what is no tag", where);
    return ENT_OK;
}

static ent_code shape_check(const struct shape *shape, const char *what, ent_json header,
                            ent_span payload, ent_err *err)
{
    ent_json probing = ent_json_get(header, "probing");
    const char *must = shape->must;
    char where[64];
    ent_str name;

    (void)snprintf(where, sizeof where, "a match message '%s'", shape->step);
    for (ent_json v = ent_json_first(header); v.doc != NULL; v = ent_json_next(v)) {
        name = ent_json_name(v);
        if (!ent_str_is(name, what) && !ent_str_is(name, "step") && !has(shape->must, name) &&
            !has(shape->may, name))
            return ent_fail(err, ENT_FORMAT, "%s: member '%.*s' is of no such step", where,
                            name.size > 60 ? 60 : (int)name.size, name.ptr);
    }
    while (name_next(&must, &name))
        if (ent_json_get_str(header, name).doc == NULL)
            return ent_fail(err, ENT_FORMAT, "%s: member '%.*s' is missing", where,
                            ENT_STR_ARG(name));
    if (!shape->bytes && payload.size > 0)
        return ent_fail(err, ENT_FORMAT, "%s has %zu bytes behind its header, not 0", where,
                        payload.size);
    return probing.doc == NULL ? ENT_OK : probing_check(probing, where, err);
}

static ent_code wire_check(char kind, const char *what, ent_json header, ent_span payload,
                           ent_err *err)
{
    ent_str step = ent_json_get_text(header, "step");

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (ent_str_is(step, shapes[i].step) && strchr(shapes[i].kinds, kind) != NULL)
            return shape_check(&shapes[i], what, header, payload, err);
    return ent_fail(err, ENT_FORMAT, "a match message: '%.*s' is no step of a %s",
                    step.size > 20 ? 20 : (int)step.size, step.ptr,
                    kind == '+' ? "standing match" : "run of its kind");
}

ent_code match_wire_run(ent_str kind, ent_json header, ent_span payload, ent_err *err)
{
    char letter = ent_str_is(kind, "size") ? 's' : ent_str_is(kind, MATCH_FAST) ? 'f' : 'o';

    return wire_check(letter, "run", header, payload, err);
}

ent_code match_wire_standing(ent_json header, ent_span payload, ent_err *err)
{
    return wire_check('+', "standing", header, payload, err);
}

bool match_wire_theirs(ent_code code)
{
    return code == ENT_FORMAT || code == ENT_UNTRUSTED || code == ENT_CONFLICT;
}
