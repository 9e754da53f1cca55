/*
 * sim/release_stage -- two or three desks under one agreement, with a few people, a document
 * and links at the first of them, and everything that is carried kept to look at.
 */
#ifndef ENT_SIM_RELEASE_STAGE_H
#define ENT_SIM_RELEASE_STAGE_H

#include "sim/desk_sim.h"

#include "desk/release.h"
#include "holdings/admit.h"
#include "stix/extension_ids.h"

#define LABEL                                                                                    \
    "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},\"purposes\":[" \
    "\"CT-"                                                                                      \
    "INV\"],\"retention\":\"2029-01-01\",\"discover\":\"pointer\""
#define SUSPECT "\"category\":\"suspect\""

#define ANNA    "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001"
#define BORIS   "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000002"
#define WITN    "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000003"
#define PASS    "identity-document--0b51a6f0-1c4e-5c7a-9f7e-000000000004" /* deterministic */
#define REPO    "report--0b51a6f0-1c4e-4c7a-9f7e-000000000005"
#define LINK1   "relationship--0b51a6f0-1c4e-4c7a-9f7e-000000000006"
#define LINK2   "relationship--0b51a6f0-1c4e-4c7a-9f7e-000000000007"
#define XOBJ    "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000008"
#define ORCON   "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000009"
#define CANARY  "CANARY-7Q2-HERON"

static inline void admit(sim_node *n, const char *owner, const char *bytes)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    holdings_origin origin = { .owner = owner, .source = ENT_STR("test"), .now = n->d.now };
    holdings_result result;
    ent_str reason;
    ent_err err = { 0 };

    CHECK_OK(store_begin(n->d.store, &err), &err);
    CHECK_OK(holdings_admit(n->d.store, arena, &origin, ent_str_of(bytes), &result, &reason, &err),
             &err);
    if (result != HOLDINGS_ADDED && result != HOLDINGS_UPDATED)
        fail_msg("%s: %.*s", holdings_result_name(result), ENT_STR_ARG(reason));
    CHECK_OK(store_commit(n->d.store, &err), &err);
    ent_arena_free(arena);
}

#define TIMES "\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-02T10:11:12.345Z\""

static inline void person(sim_node *n, ent_arena *arena, const char *id, const char *name,
                          const char *label)
{
    admit(n, "",
          ent_arena_printf(arena,
                           "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"%s\"," TIMES
                           ",\"created_by_ref\":\"" XOBJ "\",\"name\":\"%s\",\"identity_class\":"
                           "\"individual\",\"description\":\"" CANARY "\",\"x_note\":\"" CANARY
                           "\",\"labels\":[\"" CANARY "\"],\"extensions\":{\"" STIX_EXT_HANDLING
                           "\":{\"extension_type\":\"property-extension\"," LABEL ",%s},"
                           "\"" STIX_EXT_PERSON
                           "\":{\"extension_type\":\"property-extension\",\"births\":[{\"value\":"
                           "\"1991-03-07\",\"raw\":\"" CANARY "\"}],\"names\":[{\"full\":\"%s\","
                           "\"script\":\"Latn\"}]}}}",
                           id, name, label, name)
              .ptr);
}

static inline void relation(sim_node *n, ent_arena *arena, const char *id, const char *from,
                            const char *to, const char *extensions)
{
    admit(
        n, "",
        ent_arena_printf(arena,
                         "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"%s\"," TIMES
                         ",\"relationship_type\":\"holder-of\",\"source_ref\":\"%s\",\"target_"
                         "ref\":\"%s\",\"confidence\":80,\"description\":\"" CANARY "\"%s}",
                         id, from, to, extensions)
            .ptr);
}

static inline void document(sim_node *n)
{
    admit(n, "",
          "{\"type\":\"identity-document\",\"spec_version\":\"2.1\",\"id\":\"" PASS
          "\",\"document_type\":\"passport\",\"issuer\":\"QBZ\",\"number\":\"650018823\","
          "\"x_seen_by\":\"" CANARY "\",\"extensions\":{\"" STIX_EXT_HANDLING
          "\":{\"extension_type\":\"property-extension\"," LABEL "," SUSPECT "}}}");
}

static inline void holdings(sim_node *n, ent_arena *arena)
{
    person(n, arena, ANNA, "Anna Orlova", SUSPECT);
    person(n, arena, BORIS, "Boris Orlov", SUSPECT);
    person(n, arena, WITN, "Wanda Witness", "\"category\":\"witness\"");
    person(n, arena, XOBJ, "Secret Source", SUSPECT ",\"prohibit\":[\"disclose\"]");
    person(n, arena, ORCON, "Otto Orcon", SUSPECT ",\"originator_control\":[\"Talmarra\"]");
    document(n);
    relation(n, arena, LINK1, ANNA, PASS, "");
    relation(n, arena, LINK2, ANNA, BORIS, "");
}

/* ---- what is carried ---- */

struct traffic {
    char *bytes;
    size_t size;
    link_kind last;
    link_entry entry;
    uint8_t body[1 << 16]; /* of the last release */
    size_t body_size;
};

static inline bool listen(void *arg, sim_node *from, sim_node *to, link_entry *entry,
                          ent_span *body)
{
    struct traffic *t = arg;

    (void)from;
    (void)to;
    t->bytes = realloc(t->bytes, t->size + body->size + 1);
    assert_non_null(t->bytes);
    memcpy(t->bytes + t->size, body->ptr, body->size);
    t->size += body->size;
    t->bytes[t->size] = '\0';
    t->last = entry->kind;
    if (entry->kind == LINK_RELEASE && body->size <= sizeof t->body) {
        t->entry = *entry;
        memcpy(t->body, body->ptr, body->size);
        t->body_size = body->size;
    }
    return true;
}

static inline bool has(const char *bytes, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, text, length) == 0)
            return true;
    return false;
}

static inline bool carried(const struct traffic *t, const char *text)
{
    return has(t->bytes, t->size, text);
}

struct stage {
    sim world;
    ent_arena *arena;
    struct traffic traffic;
    sim_node *a, *b;
    char agreement[37];
};

static inline void stage_set(struct stage *s, int nodes)
{
    memset(s, 0, sizeof *s);
    s->arena = ent_arena_new(SIM_ROOM);
    sim_init(&s->world, nodes);
    s->a = &s->world.nodes[0];
    s->b = &s->world.nodes[1];
    sim_agree(&s->world, s->arena, s->agreement);
    holdings(s->a, s->arena);
    s->world.tap = listen;
    s->world.tap_arg = &s->traffic;
}

static inline void stage_strike(struct stage *s)
{
    sim_release(&s->world);
    free(s->traffic.bytes);
    ent_arena_free(s->arena);
}

/* ---- work ---- */

static inline ent_code draft_with(struct stage *s, const char *const *ids, size_t count,
                                  const char *const *fields, size_t field_count,
                                  const char *tearline, desk_gate_result *result,
                                  desk_draft_state *state, ent_err *err)
{
    ent_str list[8];
    desk_draft_request request = { .peer = s->b->code,
                                   .purpose = ENT_STR("CT-INV"),
                                   .ids = list,
                                   .id_count = count,
                                   .fields = fields,
                                   .field_count = field_count,
                                   .tearline = ent_str_of(tearline),
                                   .drafter = s->a->people[4].name };

    for (size_t i = 0; i < count; i++)
        list[i] = ent_str_of(ids[i]);
    *err = (ent_err){ 0 };
    return SIM_WORK(s->a, desk_release_draft(&s->a->d, s->arena, &request, result, state, err),
                    err);
}

static inline ent_code draft(struct stage *s, const char *id, desk_draft_state *state, ent_err *err)
{
    desk_gate_result result;

    return draft_with(s, &id, 1, NULL, 0, NULL, &result, state, err);
}

static inline ent_code approve(struct stage *s, ent_str id, int person_index,
                               desk_draft_state *state, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(s->a,
                    desk_release_approve(&s->a->d, s->arena, id,
                                         &s->a->people[person_index].officer, state, err),
                    err);
}

/* Drafts and approves by both disclosure officers; the release's id. */
static inline ent_str release_many(struct stage *s, const char *const *ids, size_t count)
{
    desk_gate_result result;
    desk_draft_state state;
    ent_err err;

    CHECK_OK(draft_with(s, ids, count, NULL, 0, NULL, &result, &state, &err), &err);
    CHECK_OK(approve(s, state.id, 0, &state, &err), &err);
    CHECK_STR(state.state, "waiting");
    CHECK_OK(approve(s, state.id, 1, &state, &err), &err);
    CHECK_STR(state.state, "sent");
    sim_carry(&s->world);
    return state.id;
}

static inline ent_str release(struct stage *s, const char *id)
{
    return release_many(s, &id, 1);
}

static inline ent_code recall(struct stage *s, ent_str id, int person_index, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(s->a,
                    desk_release_recall(&s->a->d, s->arena, id, ENT_STR("wrong person"),
                                        &s->a->people[person_index].officer, err),
                    err);
}

/* What `n` holds of `owner`'s object; .ptr NULL if nothing. */
static inline ent_str held(sim_node *n, ent_arena *arena, const char *owner, const char *id)
{
    ent_err err = { 0 };
    store_row row;

    if (store_object_get(n->d.store, arena, owner, ent_str_of(id), &row, &err) != ENT_OK)
        return ENT_STR_NONE;
    return row.tombstone.size > 0 ? ENT_STR_NONE : row.bytes;
}

static inline ent_str state_of(sim_node *n, ent_arena *arena, const char *kind, ent_str id)
{
    ent_err err = { 0 };
    store_doc doc;

    CHECK_OK(store_doc_get(n->d.store, arena, kind, id, &doc, &err), &err);
    return doc.state;
}

static inline int64_t count_of(sim_node *n, const char *owner)
{
    int64_t count;
    ent_err err = { 0 };

    CHECK_OK(store_count(n->d.store, owner, &count, &err), &err);
    return count;
}

#endif
