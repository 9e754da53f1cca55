#include "joint/field.h"

#include "desk/work.h"
#include "holdings/index.h"
#include "holdings/reach.h"
#include "persons/doubt.h"
#include "persons/ties.h"

/* What one object may take while it is read. */
#define OBJECT_MEMORY ((size_t)64 << 20)

static bool sees(const joint_view *view, const policy_label *label)
{
    if (label->no_disclosure)
        return false;
    for (size_t i = 0; i < label->purpose_count; i++)
        if (ent_str_equal(label->purposes[i], view->purpose))
            return true;
    return label->purpose_count == 0; /* what concerns no person may have none */
}

ent_code joint_view_read(const joint_view *view, ent_arena *scratch, const store_row *row,
                         ent_json *object, policy_label *label, bool *seen, ent_err *err)
{
    *seen = false;
    if (row->tombstone.size > 0 || row->quarantine.size > 0)
        return ENT_OK;
    ent_arena_reset(scratch);
    if (ent_json_read(scratch, row->bytes, object, err) != ENT_OK ||
        holdings_label(scratch, *object, row->handling, label, err) != ENT_OK)
        return ent_context(err, "'%.*s'", ENT_STR_ARG(row->id));
    *seen = !ent_json_true(ent_json_get(*object, "revoked")) && sees(view, label);
    return ENT_OK;
}

/* As for a match set. */
bool joint_view_person(const joint_view *view, ent_json object, const policy_label *label)
{
    policy_terms own = { .in_force = true,
                         .both_party = true,
                         .match = true,
                         .purposes = { view->purpose },
                         .purpose_count = 1 };
    ent_str self = ent_str_of(view->d->code);
    policy_question q = { .action = POLICY_MATCH,
                          .label = label,
                          .terms = &own,
                          .purpose = view->purpose,
                          .holder = self,
                          .recipient = { .organisation =
                                             view->terms != NULL ? view->terms->peer : self },
                          .today = desk_today(view->d),
                          .now = view->d->now };

    return ent_str_is(ent_json_get_text(object, "identity_class"), "individual") &&
           policy_decide(&q).permit;
}

struct looking {
    const joint_view *view;
    ent_arena *scratch;
    bool found;
};

static ent_code look(void *arg, const store_row *row, ent_err *err)
{
    struct looking *l = arg;
    policy_label label;
    ent_json object;

    if (l->found || ent_str_is(row->type, "relationship"))
        return ENT_OK;
    return joint_view_read(l->view, l->scratch, row, &object, &label, &l->found, err);
}

static ent_code found_by(const joint_view *view, const store_query *query, bool *found,
                         ent_err *err)
{
    struct looking l = { .view = view, .scratch = ent_arena_new(OBJECT_MEMORY) };
    ent_code rc;

    if (l.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read an object");
    rc = store_objects_each(view->d->store, query, look, &l, err);
    rc = ent_arena_end(l.scratch, rc, err);
    *found = l.found;
    return rc;
}

ent_code joint_view_holds(const joint_view *view, const char *owner, ent_str id, bool *holds,
                          ent_err *err)
{
    *holds = false;
    return id.size == 0 ? ENT_OK
                        : found_by(view, &(store_query){ .owner = owner, .id = id }, holds, err);
}

ent_code joint_view_shows(const joint_view *view, ent_str key, bool *shows, ent_err *err)
{
    return found_by(view, &(store_query){ .key = key.ptr }, shows, err);
}

static bool pick(void *arg, const store_row *row, ent_json object, const policy_label *label)
{
    (void)row;
    (void)object;
    return sees(arg, label);
}

struct doubting {
    desk *d;
    ent_arena *arena;
};

static ent_code doubt(void *arg, graph *g, ent_err *err)
{
    struct doubting *doubting = arg;

    return persons_doubt_part(doubting->d, doubting->arena, g, err);
}

ent_code joint_field_load(const joint_view *view, ent_arena *arena, const graph_start *starts,
                          size_t count, unsigned cap, joint_field *field, ent_err *err)
{
    struct doubting doubting = { view->d, arena };
    joint_view own = *view;
    holdings_within within = { .starts = starts,
                               .start_count = count,
                               .cap = cap,
                               .pick = pick,
                               .pick_arg = &own,
                               .more = doubt,
                               .more_arg = &doubting };
    uint8_t seed[16];

    view->d->random(view->d->arg, seed, sizeof seed);
    ENT_TRY(persons_joins(view->d, arena, view->purpose, &field->joins, &field->join_count, err));
    within.said = field->joins;
    within.said_count = field->join_count;
    return holdings_reach(view->d->store, arena, ent_str_of(view->d->code), seed, &within,
                          &field->g, err);
}

ent_str joint_field_join(const joint_field *field, const graph_step *step)
{
    for (size_t i = 0; i < field->join_count; i++) {
        const graph_link *join = &field->joins[i];

        if (ent_str_equal(step->link, join->type) && ent_str_equal(step->owner, join->owner) &&
            ((ent_str_equal(step->from, join->from) && ent_str_equal(step->to, join->to)) ||
             (ent_str_equal(step->from, join->to) && ent_str_equal(step->to, join->from))))
            return join->id;
    }
    return ENT_STR_NONE;
}

unsigned joint_field_steps(const joint_field *field, const uint8_t *steps, ent_str id)
{
    uint32_t number = graph_number(field->g, id);

    return number == GRAPH_NOBODY ? GRAPH_FAR : steps[number];
}
