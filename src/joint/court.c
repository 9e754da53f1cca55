#include "joint/court.h"

#include "desk/work.h"

ent_code joint_court_collect(desk *d, ent_arena *arena, const casework_case *c, ent_str court,
                             ent_str user, joint_fact **facts, size_t *count, ent_str **others,
                             size_t *other_count, ent_err *err)
{
    joint_grants grants;
    size_t thing_count;
    ent_json things;
    ent_str *ids;

    *count = *other_count = 0;
    if (court.size == 0 || court.size > 200)
        return ent_fail(err, ENT_USAGE, "the name of a court is wanted, as its owner was asked");
    if (ent_str_equal(user, c->owner))
        return ent_fail(err, ENT_DENIED,
                        "whose case it is does not make its court file: two persons do [person]");
    ENT_TRY(ent_json_read(arena, c->things, &things, err));
    ENT_TRY(desk_texts_read(arena, things, &ids, &thing_count, err));
    ENT_TRY(joint_grants_load(d, arena, court, &grants, err));
    *facts = ent_arena_array(arena, thing_count + 1, sizeof **facts);
    *others = ent_arena_array(arena, thing_count + 1, sizeof **others);
    if (*facts == NULL || *others == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < thing_count; i++) {
        ent_err absent = { 0 };
        ent_code rc = joint_fact_judge(d, arena, &grants, ids[i], &(*facts)[*count], &absent);

        if (rc == ENT_NOT_FOUND)
            (*others)[(*other_count)++] = ids[i];
        else if (rc != ENT_OK)
            return *err = absent, rc;
        else
            ++*count;
    }
    return ENT_OK;
}
