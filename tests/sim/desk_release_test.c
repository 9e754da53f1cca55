/* sim: releases between two and three desks: who may, what leaves, what arrives, what comes
 * back.  Everything that is carried is looked at. */
#include "sim/release_stage.h"

/* ---- who may ---- */

static void two_persons_release_and_the_peer_holds_exactly_that(void **state)
{
    struct stage s;
    ent_json object, handling;
    ent_err err = { 0 };
    ent_str bytes, id;

    (void)state;
    stage_set(&s, 2);
    id = release(&s, ANNA);
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "received");
    CHECK_TEXT(state_of(s.b, s.arena, "release-in", id), "stored");
    bytes = held(s.b, s.arena, "DSV", ANNA);
    CHECK(bytes.ptr != NULL);
    CHECK_OK(ent_json_read(s.arena, bytes, &object, &err), &err);
    CHECK_TEXT(ent_json_get_text(object, "name"), "Anna Orlova");
    CHECK_TEXT(ent_json_get_text(object, "created"), "2024-11-01T10:00:00.000Z");
    CHECK(ent_json_get(object, "created_by_ref").doc == NULL);
    CHECK(ent_json_get(object, "description").doc == NULL);
    handling = policy_handling(object);
    CHECK_TEXT(ent_json_get_text(ent_json_get(handling, "rating"), "source"), "B");
    CHECK_TEXT(ent_json_get_text(handling, "retention"), "2025-11-05"); /* twelve months */
    CHECK_TEXT(ent_json_raw(ent_json_get(handling, "handling")), "[\"H2\"]");
    CHECK(!carried(&s.traffic, CANARY));
    CHECK_INT(count_of(s.b, "DSV"), 1);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    stage_strike(&s);
}

static void one_person_alone_cannot_and_the_drafter_cannot(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_INT(st.missing_count, 2);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_STR(st.state, "waiting");
    CHECK_INT(approve(&s, st.id, 0, &st, &err), ENT_DENIED);
    CHECK_STR(err.msg, "'d.fdo1' has approved already; a second person is needed [law 6]");
    CHECK_INT(approve(&s, st.id, 3, &st, &err), ENT_DENIED); /* liaison */
    CHECK_INT(approve(&s, st.id, 4, &st, &err), ENT_DENIED); /* analyst, the drafter */
    CHECK_OK(approve(&s, st.id, 2, &st, &err), &err); /* legal is no second disclosure officer */
    CHECK_STR(st.state, "waiting");
    sim_carry(&s.world);
    CHECK_INT(s.traffic.size, 0);
    CHECK_INT(sim_doc_count(s.a, "release", NULL), 0);
    /* A disclosure officer who drafts. */
    {
        ent_str ids[] = { ENT_STR(ANNA) };
        desk_draft_request request = { .peer = "SVB",
                                       .purpose = ENT_STR("CT-INV"),
                                       .ids = ids,
                                       .id_count = 1,
                                       .drafter = s.a->people[0].name };
        desk_gate_result result;

        CHECK_OK(
            SIM_WORK(s.a, desk_release_draft(&s.a->d, s.arena, &request, &result, &st, &err), &err),
            &err);
        CHECK_INT(approve(&s, st.id, 0, &st, &err), ENT_DENIED);
        CHECK_STR(err.msg, "'d.fdo1' has drafted this and cannot approve it [law 6]");
    }
    stage_strike(&s);
}

static void a_witness_needs_the_legal_officer(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    CHECK_OK(draft(&s, WITN, &st, &err), &err);
    CHECK_INT(st.missing_count, 3);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    CHECK_STR(st.state, "waiting");
    CHECK_TEXT(st.missing[0], "legal");
    CHECK_OK(approve(&s, st.id, 2, &st, &err), &err);
    CHECK_STR(st.state, "sent");
    sim_carry(&s.world);
    CHECK(held(s.b, s.arena, "DSV", WITN).ptr != NULL);
    stage_strike(&s);
}

static void an_originator_must_consent_to_this_very_draft(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    CHECK_OK(draft(&s, ORCON, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    CHECK_STR(st.state, "waiting");
    CHECK_INT(st.missing_count, 1);
    CHECK_TEXT(st.missing[0], "consent of Talmarra");
    CHECK_INT(SIM_WORK(s.a,
                       desk_consent_add(&s.a->d, s.arena, st.id, ENT_STR("Nobody"), ENT_STR(""),
                                        &s.a->people[3].officer, &st, &err),
                       &err),
              ENT_NOT_FOUND);
    CHECK_INT(SIM_WORK(s.a,
                       desk_consent_add(&s.a->d, s.arena, st.id, ENT_STR("Talmarra"), ENT_STR(""),
                                        &s.a->people[4].officer, &st, &err),
                       &err),
              ENT_DENIED);
    CHECK_OK(SIM_WORK(s.a,
                      desk_consent_add(&s.a->d, s.arena, st.id, ENT_STR("Talmarra"),
                                       ENT_STR("by letter"), &s.a->people[3].officer, &st, &err),
                      &err),
             &err);
    CHECK_STR(st.state, "sent");
    sim_carry(&s.world);
    CHECK(held(s.b, s.arena, "DSV", ORCON).ptr != NULL);
    CHECK(!carried(&s.traffic, "Talmarra"));
    stage_strike(&s);
}

static void a_change_of_a_record_voids_the_approvals(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    admit(s.a, "",
          "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" ANNA
          "\",\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-05T10:00:00.000Z\","
          "\"created_by_ref\":\"" XOBJ
          "\",\"name\":\"Anna O.\",\"identity_class\":\"individual\",\"extensions\":"
          "{\"" STIX_EXT_HANDLING "\":{" LABEL "," SUSPECT "}}}");
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    CHECK_STR(st.state, "changed");
    CHECK_INT(st.missing_count, 2);
    sim_carry(&s.world);
    CHECK_INT(s.traffic.size, 0);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_STR(st.state, "sent");
    CHECK_INT(approve(&s, st.id, 2, &st, &err), ENT_CONFLICT);
    stage_strike(&s);
}

static void a_consent_holds_for_the_draft_as_it_was(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    CHECK_OK(draft(&s, ORCON, &st, &err), &err);
    CHECK_OK(SIM_WORK(s.a,
                      desk_consent_add(&s.a->d, s.arena, st.id, ENT_STR("Talmarra"), ENT_STR(""),
                                       &s.a->people[3].officer, &st, &err),
                      &err),
             &err);
    CHECK_INT(st.missing_count, 2);
    admit(s.a, "",
          "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" ORCON
          "\",\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-05T10:00:00.000Z\","
          "\"created_by_ref\":\"" XOBJ
          "\",\"name\":\"Otto the Other\",\"identity_class\":\"individual\",\"extensions\":"
          "{\"" STIX_EXT_HANDLING "\":{" LABEL "," SUSPECT
          ",\"originator_control\":[\"Talmarra\"]}}}");
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_STR(st.state, "changed");
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    CHECK_STR(st.state, "waiting");
    CHECK_TEXT(st.missing[0], "consent of Talmarra");
    stage_strike(&s);
}

/* ---- what may leave (law 1) ---- */

static void what_nobody_granted_does_not_leave(void **state)
{
    static const char *const purposes[] = { "CT-PREV", "TAX" };
    desk_gate_result result;
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 3);
    CHECK_INT(draft(&s, XOBJ, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[disclosure]") != NULL);
    CHECK_INT(draft(&s, "identity--0b51a6f0-1c4e-4c7a-9f7e-00000000ffff", &st, &err),
              ENT_NOT_FOUND);
    for (int i = 0; i < 2; i++) {
        ent_str ids[] = { ENT_STR(ANNA) };
        desk_draft_request request = { .peer = "SVB",
                                       .purpose = ent_str_of(purposes[i]),
                                       .ids = ids,
                                       .id_count = 1,
                                       .drafter = "d.analyst" };

        CHECK_INT(
            SIM_WORK(s.a, desk_release_draft(&s.a->d, s.arena, &request, &result, &st, &err), &err),
            ENT_DENIED);
        CHECK(strstr(err.msg, "[purpose]") != NULL);
    }
    /* A third party's object. */
    admit(s.a, "CTB",
          "{\"type\":\"location\",\"id\":\"location--0b51a6f0-1c4e-4c7a-9f7e-000000000010\","
          "\"country\":\"QC\",\"extensions\":{\"" STIX_EXT_HANDLING "\":{" LABEL
          ",\"category\":\"none\"}}}");
    CHECK_INT(draft(&s, "location--0b51a6f0-1c4e-4c7a-9f7e-000000000010", &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[owner]") != NULL);
    /* Unmarked, and of a type without a row. */
    admit(s.a, "",
          "{\"type\":\"location\",\"id\":\"location--0b51a6f0-1c4e-4c7a-9f7e-000000000011\","
          "\"country\":\"QC\"}");
    CHECK_INT(draft(&s, "location--0b51a6f0-1c4e-4c7a-9f7e-000000000011", &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[purpose]") != NULL);
    admit(s.a, "",
          "{\"type\":\"tool\",\"id\":\"tool--0b51a6f0-1c4e-4c7a-9f7e-000000000012\",\"name\":\"n\","
          "\"extensions\":{\"" STIX_EXT_HANDLING "\":{" LABEL ",\"category\":\"none\"}}}");
    CHECK_INT(draft(&s, "tool--0b51a6f0-1c4e-4c7a-9f7e-000000000012", &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[projection]") != NULL);
    CHECK_INT(sim_doc_count(s.a, "draft", NULL), 0);
    CHECK_INT(sim_doc_count(s.a, "outbox", NULL), 0);
    stage_strike(&s);
}

static void a_release_before_all_signatures_is_refused_at_both_ends(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    memset(&s, 0, sizeof s);
    s.arena = ent_arena_new(SIM_ROOM);
    sim_init(&s.world, 2);
    s.a = &s.world.nodes[0];
    s.b = &s.world.nodes[1];
    holdings(s.a, s.arena);
    CHECK_INT(draft(&s, ANNA, &st, &err), ENT_DENIED);
    CHECK_STR(err.msg, "no agreement with 'SVB' is in force: there is none [agreement]");
    sim_propose(&s.world, s.arena, SIM_TERMS, s.agreement);
    sim_sign_agreement(s.a, s.arena, s.agreement);
    CHECK_INT(draft(&s, ANNA, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "not all parties have signed [agreement]") != NULL);
    sim_sign_agreement(s.b, s.arena, s.agreement);
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    /* The receiver has suspended it in the meantime. */
    CHECK_OK(SIM_WORK(s.b,
                      desk_agreement_suspend(&s.b->d, s.arena, ent_str_of(s.agreement),
                                             &s.b->people[2].officer, ENT_STR("x"), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    CHECK_INT(count_of(s.b, "DSV"), 0);
    CHECK_INT(sim_doc_count(s.b, "release-in", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
    CHECK_TEXT(state_of(s.a, s.arena, "release", st.id), "refused");
    CHECK_INT(sim_doc_count(s.a, "given", NULL), 0);
    stage_strike(&s);
}

/* ---- the closed set (law 3) ---- */

static void links_come_when_both_ends_are_there_and_nothing_dangles(void **state)
{
    struct stage s;
    ent_json link;
    ent_err err = { 0 };
    ent_str bytes;

    (void)state;
    stage_set(&s, 2);
    (void)release(&s, ANNA);
    CHECK(!carried(&s.traffic, BORIS));
    CHECK(!carried(&s.traffic, "000000000004"));
    CHECK(!carried(&s.traffic, LINK1));
    CHECK(!carried(&s.traffic, LINK2));
    (void)release(&s, BORIS);
    bytes = held(s.b, s.arena, "DSV", LINK2);
    CHECK(bytes.ptr != NULL);
    CHECK_OK(ent_json_read(s.arena, bytes, &link, &err), &err);
    CHECK_TEXT(ent_json_get_text(link, "source_ref"), ANNA);
    CHECK_TEXT(ent_json_raw(ent_json_get(link, "confidence")), "80");
    CHECK(ent_json_get(link, "description").doc == NULL);
    CHECK(!carried(&s.traffic, LINK1));
    CHECK(!carried(&s.traffic, CANARY));
    CHECK_INT(count_of(s.b, "DSV"), 3);
    stage_strike(&s);
}

static void a_deterministic_id_never_leaves_and_its_stand_in_is_one_for_all(void **state)
{
    static const char *const both[] = { ANNA, PASS };
    desk_gate_result to_b, to_c;
    desk_draft_state st;
    struct stage s;
    ent_err err;
    ent_str bytes;
    ent_json link;

    (void)state;
    stage_set(&s, 3);
    CHECK_OK(draft_with(&s, both, 2, NULL, 0, NULL, &to_b, &st, &err), &err);
    s.b = &s.world.nodes[2];
    CHECK_OK(draft_with(&s, both, 2, NULL, 0, NULL, &to_c, &st, &err), &err);
    CHECK_INT(to_b.count, 3);
    for (size_t i = 0; i < 3; i++)
        CHECK(ent_str_equal(to_b.objects[i].sent_as, to_c.objects[i].sent_as));
    CHECK(!ent_str_is(to_b.objects[1].sent_as, PASS));
    CHECK_INT(to_b.objects[1].sent_as.ptr[to_b.objects[1].sent_as.size - 22], '4');
    (void)release_many(&s, both, 2);
    CHECK(!carried(&s.traffic, PASS));
    bytes = held(s.b, s.arena, "DSV", LINK1);
    CHECK_OK(ent_json_read(s.arena, bytes, &link, &err), &err);
    CHECK(ent_str_equal(ent_json_get_text(link, "target_ref"), to_b.objects[1].sent_as));
    stage_strike(&s);
}

static void a_report_names_only_what_is_known_there(void **state)
{
    static const char *const both[] = { ANNA, REPO };
    desk_gate_result result;
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    admit(s.a, "",
          "{\"type\":\"report\",\"spec_version\":\"2.1\",\"id\":\"" REPO "\"," TIMES
          ",\"name\":\"r\",\"published\":\"2024-11-02T10:11:12.345Z\",\"object_refs\":[\"" ANNA
          "\",\"" BORIS "\"],\"description\":\"" CANARY "\",\"extensions\":{\"" STIX_EXT_HANDLING
          "\":{" LABEL ",\"category\":\"none\"}}}");
    CHECK_INT(draft(&s, REPO, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[closed set]") != NULL);
    CHECK_OK(draft_with(&s, both, 2, NULL, 0, "tear here", &result, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    sim_carry(&s.world);
    CHECK(held(s.b, s.arena, "DSV", REPO).ptr != NULL);
    CHECK(carried(&s.traffic, "tear here"));
    CHECK(!carried(&s.traffic, BORIS));
    CHECK(!carried(&s.traffic, CANARY));
    CHECK(carried(&s.traffic, "\\\"published\\\":\\\"2024-11-02T00:00:00.000Z\\\""));
    stage_strike(&s);
}

static void DP_6_only_the_chosen_fields_leave(void **state)
{
    static const char *const id[] = { ANNA };
    static const char *const name[] = { "name" };
    static const char *const births[] = { "births" };
    desk_gate_result result;
    desk_draft_state st;
    struct stage s;
    ent_err err;
    bool listed = false;

    (void)state;
    stage_set(&s, 2);
    CHECK_INT(draft_with(&s, id, 1, births, 1, NULL, &result, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "cannot leave without 'name' [projection]") != NULL);
    CHECK_OK(draft_with(&s, id, 1, name, 1, NULL, &result, &st, &err), &err);
    CHECK(!has(result.statement.ptr, result.statement.size, "1991"));
    CHECK(has(result.statement.ptr, result.statement.size, "Anna"));
    for (size_t i = 0; i < result.withheld.count; i++)
        listed = listed || ent_str_is(result.withheld.items[i].property, "births");
    CHECK(listed);
    stage_strike(&s);
}

/* Law 2: two holdings that agree on what is released look the same, byte for byte. */
static void what_is_withheld_shifts_no_byte_of_a_release(void **state)
{
    struct stage s[2];

    (void)state;
    for (int with = 0; with < 2; with++) {
        stage_set(&s[with], 2);
        if (with == 1) {
            for (int i = 0; i < 20; i++)
                person(s[with].a, s[with].arena,
                       ent_arena_printf(s[with].arena,
                                        "identity--0b51a6f0-1c4e-4c7a-9f7e-00000000aa%02d", i)
                           .ptr,
                       "Withheld Person", "\"category\":\"victim\"");
            relation(s[with].a, s[with].arena, "relationship--0b51a6f0-1c4e-4c7a-9f7e-00000000bb00",
                     ANNA, "identity--0b51a6f0-1c4e-4c7a-9f7e-00000000aa00", "");
        }
        (void)release(&s[with], ANNA);
    }
    CHECK_INT(s[0].traffic.size, s[1].traffic.size);
    CHECK(memcmp(s[0].traffic.bytes, s[1].traffic.bytes, s[0].traffic.size) == 0);
    stage_strike(&s[0]);
    stage_strike(&s[1]);
}

/* ---- coming back ---- */

static void SW_1_a_recall_erases_there_and_says_so_here(void **state)
{
    static const char *const both[] = { ANNA, BORIS };
    struct stage s;
    ent_str first, second;
    ent_json *list;
    size_t count;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    first = release_many(&s, both, 2);
    second = release(&s, ANNA); /* again, by another release */
    CHECK_INT(recall(&s, first, 4, &err), ENT_DENIED);
    CHECK_OK(recall(&s, first, 0, &err), &err);
    CHECK_INT(recall(&s, first, 0, &err), ENT_CONFLICT);
    CHECK_TEXT(state_of(s.a, s.arena, "release", first), "recalled");
    sim_carry(&s.world);
    CHECK_TEXT(state_of(s.a, s.arena, "release", first), "erased");
    CHECK_TEXT(state_of(s.b, s.arena, "release-in", first), "recalled");
    CHECK(held(s.b, s.arena, "DSV", BORIS).ptr == NULL);
    CHECK(held(s.b, s.arena, "DSV", LINK2).ptr == NULL);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr != NULL); /* the second release stands */
    CHECK_TEXT(state_of(s.a, s.arena, "release", second), "received");
    CHECK_INT(sim_doc_count(s.b, "erase", "in"), 1);
    CHECK_INT(sim_doc_count(s.a, "erase", "out"), 1);
    CHECK_OK(desk_release_list(&s.a->d, s.arena, NULL, &list, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK(ent_json_get(list[0], "erasure").doc != NULL);
    stage_strike(&s);
}

/* The same entry again, under a new place in the log. */
static void replay(struct stage *s)
{
    link_entry entry = s->traffic.entry;

    entry.seq = s->a->said[1]++;
    sim_apply(s->a, s->b, &entry, (ent_span){ s->traffic.body, s->traffic.body_size });
}

static void a_replayed_release_is_refused_and_a_recalled_one_for_ever(void **state)
{
    struct stage s;
    ent_err err;
    ent_str id;

    (void)state;
    stage_set(&s, 2);
    id = release(&s, ANNA);
    replay(&s);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
    CHECK_INT(count_of(s.b, "DSV"), 1);
    CHECK_OK(recall(&s, id, 1, &err), &err);
    sim_carry(&s.world);
    replay(&s);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 2);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr == NULL);
    stage_strike(&s);
}

/* The same version may be shown differently, on another day, by another release. */
static void
a_later_release_of_the_same_version_holds_and_its_recall_restores_the_first(void **state)
{
    static const char *const id[] = { ANNA };
    static const char *const name[] = { "name" };
    desk_gate_result result;
    desk_draft_state st;
    struct stage s;
    ent_str first, bytes;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    first = release(&s, ANNA);
    bytes = held(s.b, s.arena, "DSV", ANNA);
    CHECK(has(bytes.ptr, bytes.size, "1991"));
    s.a->d.now += 5 * ENT_DAY_TIME;
    s.b->d.now += 5 * ENT_DAY_TIME;
    CHECK_OK(draft_with(&s, id, 1, name, 1, NULL, &result, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    bytes = held(s.b, s.arena, "DSV", ANNA);
    CHECK(!has(bytes.ptr, bytes.size, "1991"));
    CHECK_OK(recall(&s, st.id, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_TEXT(state_of(s.a, s.arena, "release", st.id), "erased");
    bytes = held(s.b, s.arena, "DSV", ANNA);
    CHECK(has(bytes.ptr, bytes.size, "1991"));
    CHECK_INT(sim_doc_count(s.a, "given", NULL), 1);
    CHECK_OK(recall(&s, first, 0, &err), &err);
    sim_carry(&s.world);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_INT(sim_doc_count(s.a, "given", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "release-body", NULL), 0);
    stage_strike(&s);
}

static void what_was_called_back_can_be_released_anew(void **state)
{
    static const char *const both[] = { ANNA, BORIS };
    struct stage s;
    ent_err err;
    ent_str id;

    (void)state;
    stage_set(&s, 2);
    id = release_many(&s, both, 2);
    CHECK_OK(recall(&s, id, 1, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.a, "given", NULL), 0);
    id = release_many(&s, both, 2);
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "received");
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr != NULL);
    CHECK(held(s.b, s.arena, "DSV", LINK2).ptr != NULL);
    stage_strike(&s);
}

static bool drop_release(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    return listen(arg, from, to, entry, body) && entry->kind != LINK_RELEASE;
}

static void DP_11_a_recall_that_is_faster_than_its_release_still_holds(void **state)
{
    struct stage s;
    ent_err err;
    ent_str id;

    (void)state;
    stage_set(&s, 2);
    s.world.tap = drop_release;
    id = release(&s, ANNA);
    CHECK_OK(recall(&s, id, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "erased");
    replay(&s);
    CHECK_INT(count_of(s.b, "DSV"), 0);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
    stage_strike(&s);
}

static void applied_twice_and_after_crashes_it_is_the_same(void **state)
{
    static const char *const both[] = { ANNA, BORIS };

    (void)state;
    for (int how = 1; how < 4; how++) {
        struct stage s;
        ent_err err;
        ent_str id;

        stage_set(&s, 2);
        s.world.crash = (how & 1) != 0;
        s.world.twice = (how & 2) != 0;
        id = release_many(&s, both, 2);
        CHECK_INT(count_of(s.b, "DSV"), 3);
        CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
        CHECK_OK(recall(&s, id, 0, &err), &err);
        sim_carry(&s.world);
        CHECK_TEXT(state_of(s.a, s.arena, "release", id), "erased");
        CHECK_INT(sim_doc_count(s.a, "refused", NULL), 0);
        stage_strike(&s);
    }
}

/* ---- a sender that lies ---- */

/* Applies a release of these objects, signed by whom `people` lists. */
static void forge(struct stage *s, const char *objects, const int *people, size_t count)
{
    sim_node *n = s->a;
    char id[37], signature_hex[129];
    uint8_t signature[64];
    link_entry entry = { .kind = LINK_RELEASE };
    ent_str text, statement, body;
    ent_err err = { 0 };
    ent_json json;
    ent_hash hash;
    ent_buf buf;

    desk_id(&n->d, id);
    text =
        ent_arena_printf(s->arena,
                         "{\"kind\":\"release\",\"version\":1,\"id\":\"%s\",\"agreement\":\"%s\","
                         "\"from\":\"DSV\",\"to\":\"SVB\",\"purpose\":\"CT-INV\",\"drafted\":"
                         "\"2024-11-10T12:00:00.000Z\",\"objects\":%s}",
                         id, s->agreement, objects);
    CHECK_OK(ent_json_read(s->arena, text, &json, &err), &err);
    ent_buf_init(&buf, s->arena);
    CHECK_OK(ent_json_canon(json, &buf, &err), &err);
    CHECK_OK(ent_buf_done(&buf, &statement, &err), &err);
    hash = link_approval_hash("release", statement);
    ent_buf_init(&buf, s->arena);
    ent_buf_c(&buf, "{\"approvals\":[");
    for (size_t i = 0; i < count; i++) {
        sim_sign(&n->people[people[i]], hash.bytes, ENT_HASH_SIZE, signature);
        ent_hex_write(signature, 64, signature_hex);
        ent_buf_printf(&buf, "%s{\"officer\":\"%s\",\"signature\":\"%s\"}", i > 0 ? "," : "",
                       n->people[people[i]].name, signature_hex);
    }
    ent_buf_c(&buf, "],\"statement\":");
    ent_json_string_write(&buf, statement);
    ent_buf_byte(&buf, '}');
    CHECK_OK(ent_buf_done(&buf, &body, &err), &err);
    desk_id(&n->d, entry.id);
    entry.seq = n->said[1]++;
    sim_apply(n, s->b, &entry, ent_span_of_str(body));
}

#define PLACE                                                                           \
    "{\"type\":\"location\",\"id\":\"location--0b51a6f0-1c4e-4c7a-9f7e-0000000000a1\"," \
    "\"country\":\"QV\",\"extensions\":{\"" STIX_EXT_HANDLING "\":{" LABEL              \
    ",\"category\":\"none\"}}%s}"

static const char *place(struct stage *s, const char *more)
{
    return ent_arena_printf(s->arena, "[" PLACE "]", more).ptr;
}

static void a_lying_sender_is_refused_and_nothing_of_it_stays(void **state)
{
    static const int two[] = { 0, 1 }, one[] = { 0, 0 }, wrong[] = { 0, 4 }, drafts[] = { 0, 3 };
    static const char good[] = ",\"confidence\":50";
    struct stage s;
    int refused = 0;

    (void)state;
    stage_set(&s, 2);
#define REFUSED(call)                                              \
    do {                                                           \
        call;                                                      \
        CHECK_INT(sim_doc_count(s.b, "refused", NULL), ++refused); \
        CHECK_INT(count_of(s.b, "DSV"), 0);                        \
        CHECK_INT(sim_doc_count(s.b, "release-in", NULL), 0);      \
    } while (0)
    REFUSED(forge(&s, place(&s, good), one, 2));    /* one person twice */
    REFUSED(forge(&s, place(&s, good), wrong, 2));  /* an analyst */
    REFUSED(forge(&s, place(&s, good), drafts, 2)); /* a liaison officer */
    REFUSED(forge(&s, place(&s, good), two, 1));
    REFUSED(forge(&s, place(&s, ",\"created_by_ref\":\"" ANNA "\""), two, 2));
    REFUSED(forge(&s, place(&s, ",\"x_seen_at\":[\"" ANNA "\"]"), two, 2)); /* dangling */
    REFUSED(forge(&s, "[]", two, 2));
    REFUSED(forge(&s,
                  "[{\"type\":\"location\",\"id\":\"location--0b51a6f0-1c4e-4c7a-9f7e-"
                  "0000000000a1\",\"country\":\"QV\"}]",
                  two, 2)); /* unmarked */
    REFUSED(forge(&s,
                  "[{\"type\":\"location\",\"id\":\"location--0b51a6f0-1c4e-4c7a-9f7e-"
                  "0000000000a1\",\"country\":\"QV\",\"extensions\":{\"extension-definition--"
                  "0b51a6f0-1c4e-4c7a-9f7e-0000000000ff\":{},\"" STIX_EXT_HANDLING "\":{" LABEL
                  ",\"category\":\"none\"}}}]",
                  two, 2)); /* an unknown extension */
    REFUSED(forge(&s,
                  "[{\"type\":\"location\",\"id\":\"identity--0b51a6f0-1c4e-4c7a-9f7e-"
                  "0000000000a1\",\"extensions\":{\"" STIX_EXT_HANDLING "\":{" LABEL
                  ",\"category\":\"none\"}}}]",
                  two, 2)); /* an id of another type */
    REFUSED(forge(&s, ent_arena_printf(s.arena, "[" PLACE "," PLACE "]", "", "").ptr, two, 2));
    /* A whole set of which the last object is bad: nothing of it stays. */
    REFUSED(forge(&s,
                  ent_arena_printf(s.arena,
                                   "[" PLACE ",{\"type\":\"identity\",\"id\":\"" ANNA
                                   "\",\"modified\":\"2031-01-01T00:00:00Z\",\"name\":\"n\","
                                   "\"identity_class\":\"individual\",\"extensions\":"
                                   "{\"" STIX_EXT_HANDLING "\":{" LABEL "," SUSPECT "}}}]",
                                   "")
                      .ptr,
                  two, 2));
    forge(&s, place(&s, good), two, 2);
    CHECK_INT(count_of(s.b, "DSV"), 1);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), refused);
    stage_strike(&s);
}

/* Each owner's object is its own, also under one id; to refuse would tell what is held [law 2].
 * What this node gave it a sender cannot give back as its own [law 4]. */
/* Names are signed with the rest; what the sender's gate would have refused, the receiver does. */
static void red_for_nobody_and_names_without_sense_are_refused(void **state)
{
    static const int two[] = { 0, 1 };
    static const char *const names[] = { "[]", "\"eve\"", "[\"\"]", "[7]", "[\"eve\",\"eve\"]" };
    struct stage s;
    const char *red;
    size_t refused = 0;

    (void)state;
    stage_set(&s, 2);
    red = "[{\"type\":\"location\",\"id\":\"location--0b51a6f0-1c4e-4c7a-9f7e-0000000000a1\","
          "\"country\":\"QV\",\"extensions\":{\"" STIX_EXT_HANDLING "\":{" LABEL
          ",\"category\":\"none\",\"handling\":[\"TLP:RED\"]}}}]";
    forge(&s, red, two, 2);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), ++refused);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        forge(&s, ent_arena_printf(s.arena, "%s,\"for\":%s", red, names[i]).ptr, two, 2);
        CHECK_INT(sim_doc_count(s.b, "refused", NULL), ++refused);
    }
    forge(&s, ent_arena_printf(s.arena, "%s,\"evidence\":[],\"for\":[\"eve\"]", red).ptr, two, 2);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), ++refused);
    CHECK_INT(count_of(s.b, "DSV"), 0);
    forge(&s, ent_arena_printf(s.arena, "%s,\"for\":[\"eve\"]", red).ptr, two, 2);
    CHECK_INT(count_of(s.b, "DSV"), 1);
    stage_strike(&s);
}

static void what_everybody_has_is_taken_from_nobody(void **state)
{
    static const int two[] = { 0, 1 };
    struct stage s;

    (void)state;
    stage_set(&s, 2);
    forge(&s, place(&s, ""), two, 2);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    forge(&s, ent_arena_printf(s.arena, "%s,\"for\":[\"eve\"]", place(&s, "")).ptr, two, 2);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
    CHECK_INT(sim_doc_count(s.b, "named", NULL), 0);
    stage_strike(&s);
}

static void an_id_that_is_held_here_is_no_reason_to_refuse_unless_it_was_given(void **state)
{
    static const char id[] = "location--0b51a6f0-1c4e-4c7a-9f7e-0000000000a1";
    static const int two[] = { 0, 1 };
    store_doc given = { .kind = ENT_STR("given"),
                        .id = ent_str_of("DSV/location--0b51a6f0-1c4e-4c7a-9f7e-0000000000a1"),
                        .peer = ENT_STR("DSV"),
                        .state = ENT_STR("given"),
                        .json = ENT_STR("{}") };
    ent_err err = { 0 };
    struct stage s;
    ent_str own;

    (void)state;
    stage_set(&s, 2);
    admit(s.b, "",
          ent_arena_printf(s.arena, "{\"type\":\"location\",\"id\":\"%s\",\"country\":\"QB\"}", id)
              .ptr);
    own = held(s.b, s.arena, "", id);
    forge(&s, place(&s, ""), two, 2);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK(held(s.b, s.arena, "DSV", id).ptr != NULL);
    CHECK(ent_str_equal(held(s.b, s.arena, "", id), own));
    CHECK_OK(SIM_WORK(s.b, store_doc_put(s.b->d.store, &given, &err), &err), &err);
    forge(&s, place(&s, ",\"confidence\":50"), two, 2);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
    stage_strike(&s);
}

static void DP_4_a_changed_byte_anywhere_is_refused(void **state)
{
    struct stage s;
    ent_str id;

    (void)state;
    stage_set(&s, 2);
    s.world.tap = drop_release;
    id = release(&s, ANNA);
    for (size_t at = 0; at < s.traffic.body_size; at += 17) {
        link_entry entry = s.traffic.entry;

        s.traffic.body[at] ^= 0x01;
        entry.seq = s.a->said[1]++;
        sim_apply(s.a, s.b, &entry, (ent_span){ s.traffic.body, s.traffic.body_size });
        s.traffic.body[at] ^= 0x01;
        CHECK_INT(count_of(s.b, "DSV"), 0);
    }
    replay(&s);
    CHECK_INT(count_of(s.b, "DSV"), 1);
    CHECK_TEXT(state_of(s.b, s.arena, "release-in", id), "stored");
    stage_strike(&s);
}

/* Applies the release with one failing allocation; true once it was applied whole. */
static bool apply_starved(struct stage *s, const link_entry *entry, ent_arena *arena)
{
    ent_err err = { 0 };
    int64_t stored;
    ent_code rc;

    CHECK_OK(store_begin(s->b->d.store, &err), &err);
    rc = desk_receive(&s->b->d, arena, "DSV", entry,
                      (ent_span){ s->traffic.body, s->traffic.body_size }, &err);
    stored = count_of(s->b, "DSV");
    /* Applied whole, or an error of ours: never refused, which the sender would hear. */
    if (rc == ENT_OK)
        CHECK_INT(stored, 1);
    else
        CHECK_INT(rc, ENT_MEMORY);
    store_rollback(s->b->d.store);
    CHECK_INT(count_of(s->b, "DSV"), 0);
    return rc == ENT_OK && stored == 1;
}

/* Law 5, and no half-done work: each allocation of applying a release fails once. */
static void no_memory_at_any_point_leaves_nothing_half_done(void **state)
{
    struct stage s;
    link_entry entry;

    (void)state;
    stage_set(&s, 2);
    s.world.tap = drop_release;
    (void)release(&s, ANNA);
    entry = s.traffic.entry;
    entry.seq = s.a->said[1];
    FAULT_SWEEP(arena, SIM_ROOM, apply_starved(&s, &entry, arena));
    stage_strike(&s);
}

RUN_TESTS(TEST(two_persons_release_and_the_peer_holds_exactly_that),
          TEST(one_person_alone_cannot_and_the_drafter_cannot),
          TEST(a_witness_needs_the_legal_officer),
          TEST(an_originator_must_consent_to_this_very_draft),
          TEST(a_consent_holds_for_the_draft_as_it_was),
          TEST(a_change_of_a_record_voids_the_approvals), TEST(what_nobody_granted_does_not_leave),
          TEST(a_release_before_all_signatures_is_refused_at_both_ends),
          TEST(links_come_when_both_ends_are_there_and_nothing_dangles),
          TEST(a_deterministic_id_never_leaves_and_its_stand_in_is_one_for_all),
          TEST(a_report_names_only_what_is_known_there), TEST(DP_6_only_the_chosen_fields_leave),
          TEST(what_is_withheld_shifts_no_byte_of_a_release),
          TEST(SW_1_a_recall_erases_there_and_says_so_here),
          TEST(a_replayed_release_is_refused_and_a_recalled_one_for_ever),
          TEST(a_later_release_of_the_same_version_holds_and_its_recall_restores_the_first),
          TEST(what_was_called_back_can_be_released_anew),
          TEST(DP_11_a_recall_that_is_faster_than_its_release_still_holds),
          TEST(applied_twice_and_after_crashes_it_is_the_same),
          TEST(an_id_that_is_held_here_is_no_reason_to_refuse_unless_it_was_given),
          TEST(red_for_nobody_and_names_without_sense_are_refused),
          TEST(what_everybody_has_is_taken_from_nobody),
          TEST(a_lying_sender_is_refused_and_nothing_of_it_stays),
          TEST(DP_4_a_changed_byte_anywhere_is_refused),
          TEST(no_memory_at_any_point_leaves_nothing_half_done))
