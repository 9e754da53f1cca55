#include "stix/match_int.h"

#include "stix/format.h"

stix_observations *stix_observations_new(ent_arena *arena)
{
    stix_observations *o = ent_arena_alloc(arena, sizeof *o);

    if (o == NULL)
        return NULL;
    o->arena = arena;
    o->object_room = 64;
    o->objects = ent_arena_array(arena, o->object_room, sizeof *o->objects);
    return o->objects == NULL ? NULL : o;
}

/* The place of `id` in the table: its object, or the empty place for it. */
static size_t slot_of(const ent_json *objects, size_t room, ent_str id)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    size_t at;

    for (size_t i = 0; i < id.size; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * UINT64_C(1099511628211);
    at = (size_t)(hash ^ hash >> 29) & (room - 1);
    while (objects[at].doc != NULL && !ent_str_equal(ent_json_get_text(objects[at], "id"), id))
        at = (at + 1) & (room - 1);
    return at;
}

ent_json stix_observations_find(const stix_observations *o, ent_str id)
{
    return o->objects[slot_of(o->objects, o->object_room, id)];
}

static ent_code object_keep(stix_observations *o, ent_json object, ent_str id, ent_err *err)
{
    size_t at;

    if (o->object_count * 2 >= o->object_room) {
        ent_json *grown = ent_arena_array(o->arena, o->object_room * 2, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        for (size_t i = 0; i < o->object_room; i++)
            if (o->objects[i].doc != NULL)
                grown[slot_of(grown, o->object_room * 2, ent_json_get_text(o->objects[i], "id"))] =
                    o->objects[i];
        o->objects = grown;
        o->object_room *= 2;
    }
    at = slot_of(o->objects, o->object_room, id);
    o->object_count += o->objects[at].doc == NULL;
    o->objects[at] = object;
    return ENT_OK;
}

static ent_code observation_read(ent_json object, stix_observation *observation, ent_err *err)
{
    ent_str first = ent_json_get_text(object, "first_observed");
    ent_str last = ent_json_get_text(object, "last_observed");
    ent_json number = ent_json_get(object, "number_observed");
    int64_t count = 0;

    *observation = (stix_observation){ .id = ent_json_get_text(object, "id"),
                                       .refs = ent_json_get(object, "object_refs"),
                                       .container = ent_json_get(object, "objects") };
    if (first.ptr == NULL || last.ptr == NULL || !ent_json_int(number, &count) || count < 1)
        return ent_fail(err, ENT_FORMAT,
                        "observed-data '%.*s' lacks 'first_observed', 'last_observed' or a "
                        "'number_observed' of at least 1 [STIX 2.1 s4.14]",
                        ENT_STR_ARG(observation->id));
    if (!ent_json_is(observation->refs, ENT_JSON_ARRAY) &&
        !ent_json_is(observation->container, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT,
                        "observed-data '%.*s' lacks 'object_refs' [STIX 2.1 s4.14]",
                        ENT_STR_ARG(observation->id));
    if (ent_json_is(observation->refs, ENT_JSON_ARRAY))
        observation->container = (ent_json){ NULL, 0 };
    ENT_TRY(ent_time_read(first, &observation->first, err));
    ENT_TRY(ent_time_read(last, &observation->last, err));
    if (observation->last < observation->first)
        return ent_fail(err, ENT_FORMAT,
                        "observed-data '%.*s' ends before it begins [STIX 2.1 s4.14]",
                        ENT_STR_ARG(observation->id));
    return ENT_OK;
}

ent_code stix_observations_add(stix_observations *o, ent_json object, ent_err *err)
{
    ent_str id = ent_json_get_text(object, "id");

    if (!ent_str_is(ent_json_get_text(object, "type"), "observed-data"))
        return id.ptr == NULL ? ENT_OK : object_keep(o, object, id, err);
    if (o->count == o->room) {
        stix_observation *grown = ent_arena_grow(o->arena, o->list, &o->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        o->list = grown;
    }
    ENT_TRY(observation_read(object, &o->list[o->count], err));
    o->count++;
    return ENT_OK;
}

ent_code stix_observations_add_all(stix_observations *o, ent_json value, ent_err *err)
{
    ent_json list = ent_json_is(value, ENT_JSON_ARRAY) ? value : ent_json_get(value, "objects");

    if (!ent_json_is(value, ENT_JSON_ARRAY) &&
        !ent_str_is(ent_json_get_text(value, "type"), "bundle"))
        return stix_observations_add(o, value, err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(stix_observations_add(o, v, err));
    return ENT_OK;
}

/* ---- paths ---- */

static bool ends(ent_str name, const char *suffix)
{
    size_t size = strlen(suffix);

    return name.size > size && memcmp(name.ptr + name.size - size, suffix, size) == 0;
}

/* What a reference stands for: only objects of this observation are there (s9.7.4). */
static ent_json dereference(stix_test_run *run, ent_str id)
{
    const stix_observation *observation = run->observation;

    if (observation->container.doc != NULL)
        return ent_json_get_str(observation->container, id);
    for (ent_json v = ent_json_first(observation->refs); v.doc != NULL; v = ent_json_next(v)) {
        if (*run->steps > 0)
            (*run->steps)--;
        if (ent_str_equal(ent_json_str(v), id))
            return stix_observations_find(run->observations, id);
    }
    return (ent_json){ NULL, 0 };
}

static bool walk(stix_test_run *run, const stix_ready_test *test, const stix_step *step,
                 ent_json value, ent_str name);

static bool walk_list(stix_test_run *run, const stix_ready_test *test, const stix_step *step,
                      ent_json value, ent_str name)
{
    int64_t index = 0;

    if (!ent_json_is(value, ENT_JSON_ARRAY))
        return false;
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v), index++)
        if ((step->kind == STIX_STEP_ANY || index == step->index) &&
            walk(run, test, step->next, v, name))
            return true;
    return false;
}

/* Paths are at most PATTERN_DEPTH steps long, which bounds the recursion. */
static bool walk(stix_test_run *run, const stix_ready_test *test, const stix_step *step,
                 ent_json value, ent_str name)
{
    if (run->rc != ENT_OK)
        return false;
    if (*run->steps == 0) {
        run->rc = ent_fail(run->err, ENT_LIMIT, "matching took more steps than are allowed");
        return false;
    }
    (*run->steps)--;
    if (step == NULL)
        return stix_test_value(run, test, value, name);
    if (step->kind != STIX_STEP_NAME)
        return walk_list(run, test, step, value, name);
    if (ent_json_is(value, ENT_JSON_STRING) && (ends(name, "_ref") || ends(name, "_refs")))
        value = dereference(run, ent_json_str(value));
    value = ent_json_get_str(value, step->name);
    return value.doc != NULL && walk(run, test, step->next, value, step->name);
}

bool stix_test_object(stix_test_run *run, const stix_ready_test *test, ent_json root)
{
    bool found;

    if (!ent_str_equal(ent_json_get_text(root, "type"), test->node->type))
        return false;
    found = walk(run, test, test->node->path, root, ENT_STR(""));
    return test->node->op == STIX_OP_EXISTS && test->node->negated ? !found : found;
}
