/* sim/joint_sim -- desks with the receivers of the modules above, and records by hand. */
#ifndef ENT_SIM_JOINT_SIM_H
#define ENT_SIM_JOINT_SIM_H

#include "sim/desk_sim.h"

#include "holdings/index.h"
#include "node/receivers.h"
#include "stix/extension_ids.h"

#define JOINT_TERMS                                                                          \
    "{\"name\":\"Joint\",\"purposes\":[\"CT-INV\",\"SAFETY\"],\"match\":{\"keys_per_day\":"  \
    "100000,\"set_max\":65536},\"release\":true,\"hypotheses\":true,\"deconfliction\":true," \
    "\"onward\":\"H2\",\"retention_months\":12,\"not_before\":\"2024-01-01\",\"not_after\":" \
    "\"2025-12-31\"}"

static inline void joint_init(sim *world, int count)
{
    sim_init(world, count);
    for (int i = 0; i < count; i++)
        world->nodes[i].d.above = node_receivers;
}

static inline void joint_agree(sim *world, ent_arena *arena, const char *terms, char id[37])
{
    sim_propose(world, arena, terms, id);
    for (int i = 0; i < world->count; i++)
        sim_sign_agreement(&world->nodes[i], arena, id);
}

/* A handling extension; `more` are further members, beginning with a comma, or "". */
static inline const char *joint_label(ent_arena *arena, const char *more)
{
    return ent_arena_printf(arena,
                            "\"extensions\":{\"%s\":{\"extension_type\":\"property-extension\","
                            "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\","
                            "\"information\":\"2\"},\"purposes\":[\"CT-INV\"],\"category\":"
                            "\"suspect\",\"retention\":\"2029-01-01\",\"discover\":\"pointer\"%s}}",
                            STIX_EXT_HANDLING, more)
        .ptr;
}

/* An object of any type: `members` between the id and the label, beginning with a comma. */
static inline void joint_put(sim_node *n, ent_arena *arena, const char *owner, const char *type,
                             const char *id, const char *members, const char *label,
                             const char *key)
{
    ent_str bytes =
        ent_arena_printf(arena, "{\"type\":\"%s\",\"spec_version\":\"2.1\",\"id\":\"%s\"%s,%s}",
                         type, id, members, label);
    ent_str keys[1] = { ent_str_of(key) };
    holdings_entry entry;
    store_object object = { .owner = ent_str_of(owner),
                            .id = ent_str_of(id),
                            .version = ENT_STR("2024-11-01T00:00:00.000Z"),
                            .type = ent_str_of(type),
                            .bytes = bytes,
                            .received = n->d.now,
                            .source = ENT_STR("test"),
                            .keys = keys,
                            .key_count = key != NULL };
    store_put_result result;
    ent_err err = { 0 };

    assert_non_null(bytes.ptr);
    CHECK_OK(holdings_index(arena, bytes, ENT_STR_NONE, &entry, &err), &err);
    object.refs = entry.refs;
    object.ref_count = entry.ref_count;
    object.when = entry.when;
    object.place = (store_place){ entry.placed, entry.latitude, entry.longitude };
    CHECK_OK(store_begin(n->d.store, &err), &err);
    CHECK_OK(store_object_put(n->d.store, &object, &result, &err), &err);
    CHECK_OK(store_commit(n->d.store, &err), &err);
}

static inline void joint_link(sim_node *n, ent_arena *arena, const char *id, const char *from,
                              const char *type, const char *to, bool evidential)
{
    const char *members =
        ent_arena_printf(
            arena,
            ",\"relationship_type\":\"%s\",\"source_ref\":\"%s\",\"target_ref\":\"%s\","
            "\"confidence\":80",
            type, from, to)
            .ptr;

    joint_put(n, arena, "", "relationship", id, members,
              joint_label(arena, evidential ? "" : ",\"evidential\":false"), NULL);
}

static inline void joint_doc(sim_node *n, const char *kind, const char *id, const char *peer,
                             const char *state, const char *json)
{
    store_doc doc = { .kind = ent_str_of(kind),
                      .id = ent_str_of(id),
                      .peer = ent_str_of(peer),
                      .state = ent_str_of(state),
                      .time = n->d.now,
                      .json = ent_str_of(json) };
    ent_err err = { 0 };

    CHECK_OK(store_begin(n->d.store, &err), &err);
    CHECK_OK(store_doc_put(n->d.store, &doc, &err), &err);
    CHECK_OK(store_commit(n->d.store, &err), &err);
}

#endif
