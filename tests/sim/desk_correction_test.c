/* sim: a released record is corrected or called back: who hears of it, in which order, and what
 * rests on it. */
#include "sim/release_stage.h"

#include "desk/basis.h"
#include "desk/trace.h"

#define OWN_LINK "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000a1"
#define DERIVED  "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000a2"
#define DERIVES  "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000a3"

/* A newer version of ANNA at the owner. */
static void correct_at_home(struct stage *s, const char *name, const char *modified)
{
    admit(s->a, "",
          ent_arena_printf(s->arena,
                           "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" ANNA
                           "\",\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":\"%s\","
                           "\"created_by_ref\":\"" XOBJ "\",\"name\":\"%s\",\"identity_class\":"
                           "\"individual\",\"extensions\":{\"" STIX_EXT_HANDLING
                           "\":{\"extension_type\":\"property-extension\"," LABEL "," SUSPECT "}}}",
                           modified, name)
              .ptr);
}

/* Drafts the correction for every holder and approves it.  The release of the first. */
static ent_str correct(struct stage *s, const char *reason)
{
    desk_gate_result result;
    desk_draft_state state;
    desk_holder *holders;
    size_t count;
    ent_err err = { 0 };

    CHECK_OK(desk_holders(&s->a->d, s->arena, ENT_STR(ANNA), &holders, &count, &err), &err);
    CHECK_INT(count, 1);
    holders[0].request.drafter = s->a->people[4].name;
    holders[0].request.reason = ent_str_of(reason);
    CHECK_OK(
        SIM_WORK(s->a,
                 desk_release_draft(&s->a->d, s->arena, &holders[0].request, &result, &state, &err),
                 &err),
        &err);
    CHECK_OK(approve(s, state.id, 0, &state, &err), &err);
    CHECK_OK(approve(s, state.id, 1, &state, &err), &err);
    CHECK_STR(state.state, "sent");
    return state.id;
}

static void document_put(sim_node *n, const char *kind, const char *id, const char *json)
{
    store_doc doc = {
        .kind = ent_str_of(kind), .id = ent_str_of(id), .time = n->d.now, .json = ent_str_of(json)
    };
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, store_doc_put(n->d.store, &doc, &err), &err), &err);
}

/* What B makes of what it was given: a link, a record derived from it, a case about that. */
static void work_there(struct stage *s)
{
    person(s->b, s->arena, DERIVED, "A summary", SUSPECT);
    relation(s->b, s->arena, OWN_LINK, DERIVED, ANNA, "");
    admit(s->b, "",
          "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"" DERIVES "\"," TIMES
          ",\"relationship_type\":\"derived-from\",\"source_ref\":\"" DERIVED
          "\",\"target_ref\":\"" ANNA "\"}");
    document_put(s->b, "case", "case-1", "{\"things\":[\"" DERIVED "\"]}");
    document_put(s->b, "hypothesis", "hypo-1", "{\"tied_to\":[\"" ANNA "\"]}");
    document_put(s->b, "hypothesis-peer", "hypo-2/DSV",
                 "{\"answer\":{\"named\":[\"" ANNA "\"]},\"points\":[]}");
    document_put(s->b, "hypothesis-peer", "hypo-3/DSV",
                 "{\"points\":[{\"id\":\"" ANNA "\",\"heard\":2}]}");
    document_put(s->b, "hypothesis-peer", "hypo-4/DSV", "{\"points\":[{\"id\":\"" ANNA "\"}]}");
    document_put(s->b, "view", "view-1", "{\"basis\":[{\"id\":\"" BORIS "\"}]}");
}

static const char *basis(sim_node *n, ent_arena *arena, const char *thing)
{
    desk_flags flags;
    ent_err err = { 0 };

    CHECK_OK(desk_basis_load(&n->d, arena, false, &flags, &err), &err);
    return desk_basis_of(&flags, ent_str_of(thing));
}

/* ---- corrections ---- */

static void DP_10_a_correction_replaces_the_fact_and_flags_what_rests_on_it(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    ent_str id, bytes;
    ent_json json;
    store_doc doc;
    size_t count;

    (void)state;
    stage_set(&s, 2);
    id = release(&s, ANNA);
    work_there(&s);
    document_put(s.a, "case", "case-a", "{\"things\":[\"" ANNA "\"]}");
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    id = correct(&s, "misspelt");
    CHECK_STR(basis(s.a, s.arena, "case-a"), "changed"); /* here too */
    CHECK_STR(basis(s.b, s.arena, "case-1"), "");
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "received");
    bytes = held(s.b, s.arena, "DSV", ANNA);
    CHECK(has(bytes.ptr, bytes.size, "Orlowa"));
    CHECK_STR(basis(s.b, s.arena, OWN_LINK), "changed");
    CHECK_STR(basis(s.b, s.arena, DERIVED), "changed");
    CHECK_STR(basis(s.b, s.arena, "case-1"), "changed"); /* over the derived record */
    CHECK_STR(basis(s.b, s.arena, "hypo-1"), "changed");
    CHECK_STR(basis(s.b, s.arena, "view-1"), "");
    CHECK_OK(desk_doc(&s.b->d, s.arena, "basis", ENT_STR("hypo-1/" ANNA), &doc, &json, &err), &err);
    CHECK_TEXT(ent_json_get_text(json, "reason"), "misspelt");
    CHECK_TEXT(ent_json_get_text(json, "owner"), "DSV");
    /* Read again: no flag any more, and it stays on record. */
    CHECK_OK(SIM_WORK(s.b,
                      desk_basis_read(&s.b->d, s.arena, ENT_STR("hypo-1"), ENT_STR("stands"),
                                      ENT_STR("s.ana"), &count, &err),
                      &err),
             &err);
    CHECK_INT(count, 1);
    CHECK_STR(basis(s.b, s.arena, "hypo-1"), "");
    CHECK_INT(SIM_WORK(s.b,
                       desk_basis_read(&s.b->d, s.arena, ENT_STR("hypo-1"), ENT_STR("stands"),
                                       ENT_STR("s.ana"), &count, &err),
                       &err),
              ENT_NOT_FOUND);
    stage_strike(&s);
}

struct versions {
    size_t count;
};

static ent_code version_count(void *arg, const store_row *row, ent_err *err)
{
    (void)err;
    ((struct versions *)arg)->count += row->tombstone.size == 0;
    return ENT_OK;
}

static void the_old_value_stays_in_the_history(void **state)
{
    store_query query = { .owner = "DSV", .id = ENT_STR(ANNA), .versions = true };
    struct versions versions = { 0 };
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, 2);
    (void)release(&s, ANNA);
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    (void)correct(&s, "misspelt");
    sim_carry(&s.world);
    CHECK_OK(store_objects_each(s.b->d.store, &query, version_count, &versions, &err), &err);
    CHECK_INT(versions.count, 2);
    stage_strike(&s);
}

static void a_recall_takes_its_corrections_along_and_withdraws_the_basis(void **state)
{
    ent_str first, second, third;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    first = release(&s, ANNA);
    work_there(&s);
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    second = correct(&s, "misspelt");
    sim_carry(&s.world);
    correct_at_home(&s, "Anna Orlowna", "2024-11-10T10:11:12.345Z");
    third = correct(&s, "misspelt again");
    sim_carry(&s.world);
    CHECK_OK(recall(&s, first, 0, &err), &err);
    sim_carry(&s.world);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_TEXT(state_of(s.a, s.arena, "release", first), "erased");
    CHECK_TEXT(state_of(s.a, s.arena, "release", second), "erased");
    CHECK_TEXT(state_of(s.a, s.arena, "release", third), "erased");
    CHECK_STR(basis(s.b, s.arena, "hypo-1"), "withdrawn");
    CHECK_STR(basis(s.b, s.arena, "hypo-2"), "withdrawn"); /* named in an answer */
    CHECK_STR(basis(s.b, s.arena, "hypo-3"), "withdrawn"); /* a distance went by it */
    CHECK_STR(basis(s.b, s.arena, "hypo-4"), "");          /* known to both, and no more */
    CHECK_STR(basis(s.b, s.arena, "case-1"), "withdrawn");
    CHECK_STR(basis(s.b, s.arena, OWN_LINK), "withdrawn");
    CHECK_STR(basis(s.b, s.arena, "view-1"), "");
    stage_strike(&s);
}

static void a_correction_called_back_gives_the_first_version_again(void **state)
{
    struct stage s;
    ent_str id, bytes;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    id = release(&s, ANNA);
    work_there(&s);
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    id = correct(&s, "misspelt");
    sim_carry(&s.world);
    CHECK_OK(recall(&s, id, 0, &err), &err);
    sim_carry(&s.world);
    bytes = held(s.b, s.arena, "DSV", ANNA);
    CHECK(has(bytes.ptr, bytes.size, "Anna Orlova"));
    CHECK_STR(basis(s.b, s.arena, "hypo-1"), "changed");
    stage_strike(&s);
}

/* ---- out of order ---- */

/* What is said while the peer is away, in the order of the log. */
struct away {
    link_entry entries[8];
    ent_span bodies[8];
    size_t count;
    ent_arena *arena;
    int drop; /* this one is lost: its body was erased meanwhile */
};

static bool away_keep(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct away *away = arg;
    ent_str copy = ent_arena_str(away->arena, (ent_str){ body->ptr, body->size });

    assert_non_null(copy.ptr);
    assert_true(away->count < 8);
    entry->seq = from->said[to->index]++;
    away->entries[away->count] = *entry;
    away->bodies[away->count++] = ent_span_of_str(copy);
    return false;
}

/* It comes back: what is urgent first, then everything in order. */
static void away_end(struct stage *s, struct away *away, const char *after_urgent)
{
    ent_err err = { 0 };

    for (size_t i = 0; i < away->count; i++)
        if (link_kind_urgent(away->entries[i].kind))
            CHECK_OK(SIM_WORK(s->b,
                              desk_receive_ahead(&s->b->d, s->arena, s->a->code, &away->entries[i],
                                                 away->bodies[i], &err),
                              &err),
                     &err);
    if (after_urgent != NULL) {
        ent_str bytes = held(s->b, s->arena, "DSV", ANNA);

        CHECK(has(bytes.ptr, bytes.size, after_urgent));
    }
    for (size_t i = 0; i < away->count; i++) {
        if ((int)i == away->drop)
            away->bodies[i] = (ent_span){ NULL, 0 };
        sim_apply(s->a, s->b, &away->entries[i], away->bodies[i]);
        if (i == 0 && away->entries[0].kind == LINK_RELEASE && away->drop != 0) {
            ent_str bytes = held(s->b, s->arena, "DSV", ANNA);

            /* Nobody ever sees it uncorrected. */
            CHECK(has(bytes.ptr, bytes.size, "Orlowa"));
        }
    }
}

static void after_an_outage_a_correction_is_applied_before_everything_else(void **state)
{
    struct away away = { .drop = -1 };
    struct stage s;

    (void)state;
    stage_set(&s, 2);
    (void)release(&s, ANNA);
    away.arena = s.arena;
    s.world.tap = away_keep;
    s.world.tap_arg = &away;
    (void)release(&s, BORIS);
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    (void)correct(&s, "misspelt");
    sim_carry(&s.world);
    CHECK_INT(away.count, 2);
    away_end(&s, &away, "Orlowa");
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    stage_strike(&s);
}

static void a_correction_that_overtakes_its_release_waits_for_it(void **state)
{
    struct away away = { .drop = -1 };
    struct stage s;
    ent_str id;

    (void)state;
    stage_set(&s, 2);
    away.arena = s.arena;
    s.world.tap = away_keep;
    s.world.tap_arg = &away;
    (void)release(&s, ANNA);
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    id = correct(&s, "misspelt");
    sim_carry(&s.world);
    CHECK_INT(away.count, 2);
    away_end(&s, &away, NULL);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "correction-waiting", NULL), 0);
    s.world.tap = NULL;
    sim_carry(&s.world);
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "received");
    stage_strike(&s);
}

static void a_correction_of_what_never_comes_is_refused_at_its_place(void **state)
{
    struct away away = { .drop = 0 };
    struct stage s;
    ent_str id;

    (void)state;
    stage_set(&s, 2);
    away.arena = s.arena;
    s.world.tap = away_keep;
    s.world.tap_arg = &away;
    (void)release(&s, ANNA);
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    id = correct(&s, "misspelt");
    sim_carry(&s.world);
    away_end(&s, &away, NULL);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
    CHECK_INT(sim_doc_count(s.b, "correction-waiting", NULL), 0);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr == NULL);
    s.world.tap = NULL;
    sim_carry(&s.world);
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "refused");
    stage_strike(&s);
}

static void applied_twice_and_after_crashes_a_correction_is_the_same(void **state)
{
    struct stage s;
    ent_str bytes;

    (void)state;
    stage_set(&s, 2);
    s.world.crash = s.world.twice = true;
    (void)release(&s, ANNA);
    work_there(&s);
    correct_at_home(&s, "Anna Orlowa", "2024-11-09T10:11:12.345Z");
    (void)correct(&s, "misspelt");
    sim_carry(&s.world);
    bytes = held(s.b, s.arena, "DSV", ANNA);
    CHECK(has(bytes.ptr, bytes.size, "Orlowa"));
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK_STR(basis(s.b, s.arena, "hypo-1"), "changed");
    stage_strike(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(DP_10_a_correction_replaces_the_fact_and_flags_what_rests_on_it),
        cmocka_unit_test(the_old_value_stays_in_the_history),
        cmocka_unit_test(a_recall_takes_its_corrections_along_and_withdraws_the_basis),
        cmocka_unit_test(a_correction_called_back_gives_the_first_version_again),
        cmocka_unit_test(after_an_outage_a_correction_is_applied_before_everything_else),
        cmocka_unit_test(a_correction_that_overtakes_its_release_waits_for_it),
        cmocka_unit_test(a_correction_of_what_never_comes_is_refused_at_its_place),
        cmocka_unit_test(applied_twice_and_after_crashes_a_correction_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
