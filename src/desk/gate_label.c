/* Labels as the gate reads them (desk/gate_label_int.h). */
#include "desk/gate_label_int.h"

#include "desk/work.h"
#include "holdings/index.h"

/* A link that has no label of its own is as free as both its ends: what it lacks is taken
 * from what both permit. */
static ent_code link_sidecar(desk *d, ent_arena *arena, ent_json object, const store_row *row,
                             ent_str *sidecar, ent_err *err)
{
    ent_str ends[] = { ent_json_get_text(object, "source_ref"),
                       ent_json_get_text(object, "target_ref") };
    policy_label labels[2], both;
    ent_str retention;
    ent_buf buf;
    ent_jw w;
    int year, month, day;

    *sidecar = row->handling;
    for (int i = 0; i < 2; i++) {
        ent_err why = { 0 };
        store_row end;
        ent_json json;

        if (store_object_get(d->store, arena, "", ends[i], &end, &why) != ENT_OK ||
            end.tombstone.size > 0 || desk_label(arena, &end, &json, &labels[i], &why) != ENT_OK ||
            !labels[i].complete)
            return why.code == ENT_OK || why.code == ENT_NOT_FOUND || why.code == ENT_FORMAT
                       ? ENT_OK
                       : (*err = why, why.code);
    }
    both = policy_label_meet(&labels[0], &labels[1]);
    ent_day_split(both.retention_last, &year, &month, &day);
    retention = ent_arena_printf(arena, "%04d-%02d-%02d", year, month, day);
    if (retention.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "rating");
    ent_jw_object(&w);
    if (labels[0].scale.size > 0) {
        ent_jw_key(&w, "scale");
        ent_jw_str(&w, labels[0].scale);
    }
    ent_jw_key(&w, "source");
    ent_jw_str(&w, labels[0].source);
    ent_jw_key(&w, "information");
    ent_jw_str(&w, labels[0].information);
    ent_jw_end(&w);
    ent_jw_key(&w, "purposes");
    ent_jw_array(&w);
    for (size_t i = 0; i < both.purpose_count; i++)
        ent_jw_str(&w, both.purposes[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "category");
    ent_jw_c(&w, policy_category_name(both.category));
    ent_jw_key(&w, "discover");
    ent_jw_c(&w, both.discover == POLICY_SILENT ? "silent" : "pointer");
    ent_jw_key(&w, "retention");
    ent_jw_str(&w, retention);
    ent_jw_end(&w);
    return ent_buf_done(&buf, sidecar, err);
}

/* ---- marking definitions ---- */

struct collect {
    desk *d;
    ent_arena *arena;
    desk_marked *m;
    size_t room;
};

/* The definition of a marking, if it is held: ours first, then a partner's.  Without it policy
 * does not know the marking, and withholds. */
static ent_code definition_add(struct collect *c, ent_str id, ent_err *err)
{
    ent_err why = { 0 };
    store_row row;
    ent_code rc;

    if (c->m->definition_count == c->room || !ent_str_starts(id, ENT_STR("marking-definition--")))
        return ENT_OK;
    rc = store_object_get(c->d->store, c->arena, NULL, id, &row, &why);
    if (rc == ENT_NOT_FOUND || (rc == ENT_OK && row.bytes.size == 0))
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = why, rc;
    return ent_json_read(c->arena, row.bytes, &c->m->definitions[c->m->definition_count++], err);
}

static ent_code definitions_find(desk *d, ent_arena *arena, desk_marked *m, ent_err *err)
{
    ent_json refs = ent_json_get(m->object, "object_marking_refs"),
             granular = ent_json_get(m->object, "granular_markings");
    struct collect c = { .d = d, .arena = arena, .m = m };

    c.room = ent_json_count(refs) + ent_json_count(granular);
    m->definition_count = 0;
    m->definitions = ent_arena_array(arena, c.room + 1, sizeof *m->definitions);
    if (m->definitions == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(definition_add(&c, ent_json_str(v), err));
    for (ent_json v = ent_json_first(granular); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(definition_add(&c, ent_json_get_text(v, "marking_ref"), err));
    return ENT_OK;
}

/* ---- the whole ---- */

static ent_code label_read(ent_arena *arena, ent_str handling, desk_marked *m, ent_err *err)
{
    m->sidecar = (ent_json){ NULL, 0 };
    if (handling.size > 0)
        ENT_TRY(ent_json_read(arena, handling, &m->sidecar, err));
    return policy_label_base_read(m->object, m->sidecar, m->definitions, m->definition_count,
                                  &m->label, err);
}

ent_code desk_marked_read(desk *d, ent_arena *arena, const store_row *row, desk_marked *m,
                          ent_err *err)
{
    ent_str handling = row->handling;

    *m = (desk_marked){ .definition_count = 0 };
    ENT_TRY(ent_json_read(arena, row->bytes, &m->object, err));
    ENT_TRY(definitions_find(d, arena, m, err));
    ENT_TRY(label_read(arena, handling, m, err));
    if (m->label.complete || !ent_str_is(row->type, "relationship") || handling.size > 0 ||
        policy_handling(m->object).doc != NULL)
        return ENT_OK;
    ENT_TRY(link_sidecar(d, arena, m->object, row, &handling, err));
    return label_read(arena, handling, m, err);
}

ent_code desk_marked_project(ent_arena *arena, const desk_marked *m,
                             const policy_question *question, policy_projection *projection,
                             ent_err *err)
{
    return policy_project(arena, m->object, m->sidecar, m->definitions, m->definition_count,
                          question, NULL, projection, err);
}

ent_code desk_marked_label(ent_arena *arena, const desk_marked *m, policy_label *label,
                           ent_err *err)
{
    (void)arena;
    return policy_label_read_with(m->object, m->sidecar, m->definitions, m->definition_count, label,
                                  err);
}
