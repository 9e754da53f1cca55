/* What the recipient knows: whatever the gate sends may refer to that and to nothing else. */
#include "desk/gate_int.h"

#include "base/planted.h"

#include "desk/work.h"

ent_code desk_peer_given(desk *d, ent_arena *arena, const char *peer, ent_str id, bool *given,
                         ent_err *err)
{
    ent_str name = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id));
    store_doc doc;

    if (name.ptr == NULL)
        return ent_fail_arena(err);
    return desk_doc_found(d, arena, "given", name, &doc, given, err);
}

ent_code desk_peer_knows(desk *d, ent_arena *arena, const char *peer, ent_str id, bool *knows,
                         ent_err *err)
{
    ent_err why = { 0 };
    store_row row;
    ent_code rc;

    ENT_TRY(desk_peer_given(d, arena, peer, id, knows, err));
    if (*knows)
        return ENT_OK;
    rc = store_object_get(d->store, arena, peer, id, &row, &why);
    if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
        *err = why;
        return rc;
    }
    *knows = rc == ENT_OK && row.tombstone.size == 0;
    return ENT_OK;
}

const desk_gate_object *desk_gate_in_set(const struct desk_gate_work *g, ent_str id)
{
    for (size_t i = 0; i < g->result->count; i++)
        if (ent_str_equal(g->result->objects[i].id, id))
            return &g->result->objects[i];
    return NULL;
}

/* Is it sent under this id? */
static bool in_set_as(const struct desk_gate_work *g, ent_str id)
{
    for (size_t i = 0; i < g->result->count; i++)
        if (ent_str_equal(g->result->objects[i].sent_as, id))
            return true;
    return false;
}

static ent_code owner_other(void *arg, const store_row *row, ent_err *err)
{
    const char **peer = arg;

    (void)err;
    if (!ent_str_is(row->owner, *peer))
        *peer = "";
    return ENT_OK;
}

/* Is it an object of the recipient's, and nobody else's here?  A peer may release something under
 * an id of ours, which it guessed, to see whether a reference of ours comes through. */
static ent_code theirs_alone(struct desk_gate_work *g, ent_str id, bool *yes, ent_err *err)
{
    store_query query = { .id = id, .every = true };
    const char *peer = g->knower;

    *yes = false;
    if (peer == NULL)
        return ENT_OK;
    ENT_TRY(desk_peer_knows(g->d, g->arena, peer, id, yes, err));
    if (!*yes)
        return ENT_OK;
    ENT_TRY(store_objects_each(g->d->store, &query, owner_other, &peer, err));
    *yes = peer[0] != '\0';
    return ENT_OK;
}

/* The id by which the recipient knows the target of a reference, if it does. */
ent_code desk_gate_reference_find(struct desk_gate_work *g, ent_str id, ent_str *known, bool *knows,
                                  ent_err *err)
{
    const desk_gate_object *there = desk_gate_in_set(g, id);

    *knows = there != NULL;
    if (there != NULL) {
        *known = there->sent_as;
        return ENT_OK;
    }
    ENT_TRY(desk_outgoing_id(g->arena, g->secret, id, known, err));
    if (g->knower != NULL)
        ENT_TRY(desk_peer_given(g->d, g->arena, g->knower, *known, knows, err));
    if (*knows)
        return ENT_OK;
    *known = id; /* the recipient's own object: by its own id */
    return theirs_alone(g, id, knows, err);
}

/* ---- the closed set ---- */

static bool listed(ent_json objects, ent_str id)
{
    for (ent_json v = ent_json_first(objects); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "id"), id))
            return true;
    return false;
}

static ent_code value_check(ent_json value, ent_json objects, desk_known known, void *arg,
                            ent_err *err)
{
    ent_str text = ent_json_str(value);
    bool knows;

    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(value_check(v, objects, known, arg, err));
    if (!desk_is_id(text) || ent_str_starts(text, ENT_STR("marking-definition--")) ||
        listed(objects, text))
        return ENT_OK;
    ENT_TRY(known(arg, text, &knows, err));
    if (!knows)
        return ent_fail(err, ENT_DENIED, "'%.*s' is referred to and not released [closed set]",
                        ENT_STR_ARG(text));
    return ENT_OK;
}

ent_code desk_closed_check(ent_json objects, desk_known known, void *arg, ent_err *err)
{
    return value_check(objects, objects, known, arg, err);
}

ent_code desk_gate_known(void *arg, ent_str id, bool *knows, ent_err *err)
{
    struct desk_gate_work *g = arg;

    *knows = in_set_as(g, id) || ENT_PLANTED(DANGLING);
    if (!*knows && g->knower != NULL)
        ENT_TRY(desk_peer_given(g->d, g->arena, g->knower, id, knows, err));
    return *knows ? ENT_OK : theirs_alone(g, id, knows, err);
}
