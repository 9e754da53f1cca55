/* casework/redress: a complaint from its beginning to the letter, between three desks. */
#include "sim/release_stage.h"

#include "casework/redress_int.h"
#include "joint/alert.h"
#include "node/receivers.h"
#include "persons/same.h"

enum { FDO1, FDO2, LEGAL, LIAISON, ANALYST };

static const desk_officer *who(const sim_node *n, int i)
{
    return &n->people[i].officer;
}

/* The five people of the stage have no oversight officer. */
static desk_officer inspector(sim_node *n)
{
    desk_officer o = n->people[LIAISON].officer;

    o.name = "inspector";
    o.role = "oversight";
    return o;
}

static void set(struct stage *s)
{
    stage_set(s, 2);
    for (int i = 0; i < 2; i++)
        s->world.nodes[i].d.above = node_receivers;
    s->world.twice = true;
}

static casework_redress opened(struct stage *s, const char *name)
{
    const ent_str keys[] = { ENT_STR("doc:qcl:c0447120") };
    casework_complaint c = { .reference = ENT_STR("RD-C-01"),
                             .name = ent_str_of(name),
                             .birth = ENT_STR("1991-03-07"),
                             .text = ENT_STR("I am stopped at every border"),
                             .keys = keys,
                             .key_count = 1 };
    desk_officer o = inspector(s->a);
    casework_redress r = { 0 };
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(s->a, casework_redress_open(&s->a->d, s->arena, &c, &o, &r, &err), &err),
             &err);
    return r;
}

static casework_redress now(struct stage *s)
{
    casework_redress r = { 0 };
    ent_err err = { 0 };

    CHECK_OK(casework_redress_find(&s->a->d, s->arena, ENT_STR("RD-C-01"), &r, &err), &err);
    return r;
}

static casework_redress_trace traced(struct stage *s)
{
    casework_redress_trace t = { 0 };
    casework_redress r = now(s);
    ent_err err = { 0 };

    CHECK_OK(casework_redress_trace_make(&s->a->d, s->arena, &r, &t, &err), &err);
    return t;
}

static size_t places(const casework_redress_trace *t, const char *what, bool open)
{
    size_t count = 0;

    for (size_t i = 0; i < t->place_count; i++)
        count += ent_str_is(t->places[i].what, what) && t->places[i].open == open;
    return count;
}

static ent_code decide(struct stage *s, const casework_redress_decision *decision, int person,
                       ent_err *err)
{
    casework_redress r = now(s);

    *err = (ent_err){ 0 };
    return SIM_WORK(
        s->a, casework_redress_decide(&s->a->d, s->arena, &r, decision, who(s->a, person), err),
        err);
}

static void DP_12_the_trace_finds_every_place_and_closes_with_proof(void **state)
{
    static const char alert[] = "{\"by\":\"x\",\"alert\":{\"names\":[\"Orlova, Anna\"]}}";
    casework_redress_trace t;
    struct stage s;
    ent_err err = { 0 };
    ent_str id;
    store_doc doc = { .kind = ENT_STR("alert"),
                      .id = ENT_STR("AL-C-00"),
                      .state = ENT_STR("active"),
                      .json = ENT_STR(alert) };

    (void)state;
    set(&s);
    id = release(&s, ANNA);
    CHECK_OK(SIM_WORK(s.a, store_doc_put(s.a->d.store, &doc, &err), &err), &err);
    (void)opened(&s, "Anna Orlova");
    t = traced(&s);
    CHECK_INT(t.record_count, 1);
    CHECK_TEXT(t.records[0].id, ANNA);
    CHECK_STR(t.records[0].how, "likeness");
    CHECK_INT(places(&t, "released to", true), 1);
    CHECK_INT(places(&t, "alert", true), 1);
    CHECK(t.open_count >= 2);
    /* What is recalled is settled when its holder has proved it; the alert, when withdrawn. */
    CHECK_OK(SIM_WORK(s.a,
                      desk_release_recall(&s.a->d, s.arena, id, ENT_STR("redress"), who(s.a, FDO1),
                                          &err),
                      &err),
             &err);
    t = traced(&s);
    CHECK_INT(places(&t, "released to", true), 1);
    sim_carry(&s.world);
    doc.state = ENT_STR("withdrawn");
    CHECK_OK(SIM_WORK(s.a, store_doc_put(s.a->d.store, &doc, &err), &err), &err);
    t = traced(&s);
    CHECK_INT(places(&t, "released to", false), 1);
    CHECK_INT(places(&t, "alert", false), 1);
    CHECK_INT(places(&t, "released to", true), 0);
    stage_strike(&s);
}

static void the_letter_is_the_same_whatever_was_found(void **state)
{
    const casework_redress_decision two[] = {
        { .founded = true, .reason = ENT_STR("SECRET taken for another") },
        { .founded = false, .reason = ENT_STR("SECRET he is a suspect") },
    };
    ent_str letters[2] = { ENT_STR_NONE, ENT_STR_NONE };
    char kept[2][512];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct stage s;
        ent_err err = { 0 };
        desk_officer o;
        casework_redress r;

        set(&s);
        o = inspector(s.a);
        r = opened(&s, "Anna Orlova");
        CHECK_INT(SIM_WORK(s.a,
                           casework_redress_answer(&s.a->d, s.arena, &r, &o, &letters[i], &err),
                           &err),
                  ENT_CONFLICT); /* not before it is decided */
        CHECK_INT(decide(&s, &two[i], ANALYST, &err), ENT_DENIED);
        CHECK_OK(decide(&s, &two[i], LEGAL, &err), &err);
        CHECK_INT(decide(&s, &two[i], LEGAL, &err), ENT_CONFLICT);
        r = now(&s);
        CHECK_OK(SIM_WORK(s.a, casework_redress_answer(&s.a->d, s.arena, &r, &o, &letters[i], &err),
                          &err),
                 &err);
        (void)snprintf(kept[i], sizeof kept[i], "%.*s", ENT_STR_ARG(letters[i]));
        CHECK(strstr(kept[i], "SECRET") == NULL && strstr(kept[i], "neither confirmed") != NULL);
        stage_strike(&s);
    }
    CHECK_STR(kept[0], kept[1]);
}

static void partners_oversight_is_asked_by_what_both_know_and_says_what_it_has(void **state)
{
    casework_redress_asked *asked, one;
    desk_officer here, there;
    casework_redress r;
    struct stage s;
    ent_err err = { 0 };
    size_t count;
    ent_json items;

    (void)state;
    set(&s);
    here = inspector(s.a);
    there = inspector(s.b);
    r = opened(&s, "Anna Orlova");
    CHECK_INT(SIM_WORK(s.a,
                       casework_redress_ask(&s.a->d, s.arena, &r, s.b->code, &here, &count, &err),
                       &err),
              ENT_NO); /* it has nothing of her: it hears nothing */
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "redress-in", NULL), 0);
    (void)release(&s, ANNA);
    err = (ent_err){ 0 };
    CHECK_OK(SIM_WORK(s.a,
                      casework_redress_ask(&s.a->d, s.arena, &r, s.b->code, &here, &count, &err),
                      &err),
             &err);
    CHECK_INT(count, 1);
    s.traffic.size = 0;
    sim_carry(&s.world);
    CHECK(!carried(&s.traffic, "Orlova") && !carried(&s.traffic, "border"));
    CHECK_OK(casework_redress_asked_list(&s.b->d, s.arena, &asked, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_OK(SIM_WORK(s.b,
                      casework_redress_reply(&s.b->d, s.arena, asked[0].id, &there, &one, &err),
                      &err),
             &err);
    sim_carry(&s.world);
    r = now(&s);
    items = ent_json_get(ent_json_at(ent_json_get(r.json, "partners"), 0), "items");
    CHECK_TEXT(ent_json_get_text(ent_json_at(items, 0), "state"), "held");
    CHECK(!ent_json_true(ent_json_get(ent_json_at(items, 0), "passed")));
    stage_strike(&s);
}

static void a_reply_that_nobody_asked_for_is_refused(void **state)
{
    static const char reply[] =
        "{\"by\":\"x\",\"id\":\"0b51a6f0-1c4e-4c7a-9f7e-0000000000aa\",\"items\":[{\"id\":\"" ANNA
        "\",\"passed\":false,\"state\":\"held\"}],\"step\":\"reply\"}";
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    set(&s);
    (void)opened(&s, "Anna Orlova");
    CHECK_OK(SIM_WORK(s.b,
                      desk_say(&s.b->d, s.arena, s.a->code, LINK_OVERSIGHT,
                               ent_span_of_str(ENT_STR(reply)), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.a, "refused", NULL), 1);
    CHECK(ent_json_get(now(&s).json, "partners").doc == NULL);
    stage_strike(&s);
}

static void a_partner_replies_once_to_each_question(void **state)
{
    casework_redress_asked one;
    desk_officer here, there;
    casework_redress r;
    struct stage s;
    ent_err err = { 0 };
    ent_str body;
    size_t count;

    (void)state;
    set(&s);
    here = inspector(s.a);
    there = inspector(s.b);
    (void)release(&s, ANNA);
    r = opened(&s, "Anna Orlova");
    CHECK_OK(SIM_WORK(s.a,
                      casework_redress_ask(&s.a->d, s.arena, &r, s.b->code, &here, &count, &err),
                      &err),
             &err);
    sim_carry(&s.world);
    CHECK_OK(
        SIM_WORK(s.b, casework_redress_reply(&s.b->d, s.arena, r.id, &there, &one, &err), &err),
        &err);
    sim_carry(&s.world);
    body = ent_arena_printf(s.arena,
                            "{\"by\":\"x\",\"id\":\"%.*s\",\"items\":[{\"id\":\"" ANNA
                            "\",\"passed\":false,\"state\":\"held\"}],\"step\":\"reply\"}",
                            ENT_STR_ARG(r.id));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(SIM_WORK(s.b,
                          desk_say(&s.b->d, s.arena, s.a->code, LINK_OVERSIGHT,
                                   ent_span_of_str(body), &err),
                          &err),
                 &err);
        sim_carry(&s.world);
    }
    CHECK_INT(sim_doc_count(s.a, "refused", NULL), 3);
    CHECK_INT(ent_json_count(ent_json_get(now(&s).json, "partners")), 1);
    stage_strike(&s);
}

static void an_exemption_of_ours_is_not_written_over_by_a_partners(void **state)
{
    const ent_str key = ENT_STR("doc:QCL:C0447120");
    struct stage s;
    ent_err err = { 0 };
    store_doc doc;

    (void)state;
    set(&s);
    for (int i = 0; i < 2; i++)
        CHECK_OK(SIM_WORK(s.a,
                          casework_exempt_put(&s.a->d, s.arena, key,
                                              i == 0 ? ENT_STR("") : ENT_STR("SVB"),
                                              i == 0 ? ENT_STR("RD-1") : ENT_STR("theirs"), &err),
                          &err),
                 &err);
    CHECK_OK(store_doc_get(s.a->d.store, s.arena, "exempt", key, &doc, &err), &err);
    CHECK_TEXT(doc.peer, "");
    CHECK_TEXT(doc.json, "\"RD-1\"");
    stage_strike(&s);
}

static void an_exemption_goes_to_a_partner_with_two_signatures_and_silences_likeness(void **state)
{
    static const char *const tell[] = { "SVB" };
    const ent_str exempt[] = { ENT_STR("doc:QCL:C0447120") };
    const ent_str never[] = { ENT_STR(ANNA), ENT_STR(BORIS) };
    const casework_redress_decision decision = { .founded = true,
                                                 .reason = ENT_STR("taken for another"),
                                                 .never = never,
                                                 .never_count = 2,
                                                 .exempt = exempt,
                                                 .exempt_count = 1,
                                                 .tell = tell,
                                                 .tell_count = 1,
                                                 .purpose = ENT_STR("CT-INV") };
    casework_redress r;
    struct stage s;
    ent_err err = { 0 };
    size_t count, sent;
    bool yes;

    (void)state;
    set(&s);
    r = opened(&s, "Anna Orlova");
    CHECK_OK(decide(&s, &decision, LEGAL, &err), &err);
    CHECK_INT(sim_doc_count(s.a, "same", "never"), 1);
    r = now(&s);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "exempt", NULL), 0);
    CHECK_INT(SIM_WORK(s.a,
                       casework_redress_approve(&s.a->d, s.arena, &r, who(s.a, LEGAL), &count,
                                                &sent, &err),
                       &err),
              ENT_DENIED); /* who decided does not approve */
    for (int i = FDO1; i <= FDO2; i++) {
        err = (ent_err){ 0 };
        CHECK_OK(SIM_WORK(s.a,
                          casework_redress_approve(&s.a->d, s.arena, &r, who(s.a, i), &count, &sent,
                                                   &err),
                          &err),
                 &err);
        CHECK_INT(sent, i == FDO2);
        r = now(&s);
    }
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "exempt", NULL), 1);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK_OK(casework_exempt(&s.b->d, s.arena, exempt, 1, &yes, &err), &err);
    CHECK(yes);
    stage_strike(&s);
}

static joint_outcome seen_at(struct stage *s, sim_node *n, const char *text)
{
    joint_alarm *alarm;
    joint_seen seen;
    ent_err err = { 0 };
    ent_json json;

    CHECK_OK(ent_json_read(s->arena, ent_str_of(text), &json, &err), &err);
    CHECK_OK(joint_alarm_load(&n->d, s->arena, &alarm, &err), &err);
    CHECK_OK(SIM_WORK(n, joint_sighting_put(&n->d, s->arena, alarm, json, &seen, &err), &err),
             &err);
    return seen.outcome;
}

static void who_shows_an_exempt_document_is_not_taken_for_another(void **state)
{
    static const char alert[] =
        "{\"name\":\"AL-1\",\"names\":[\"JURANAYEF, EL KHAN\"],\"action\":\"review\",\"reason\":"
        "\"old list\",\"valid_to\":\"2024-12-31\",\"purpose\":\"CT-INV\"}";
    struct stage s;
    ent_err err = { 0 };
    ent_json json;
    size_t late;

    (void)state;
    set(&s);
    CHECK_OK(ent_json_read(s.arena, ENT_STR(alert), &json, &err), &err);
    CHECK_OK(
        SIM_WORK(s.b, joint_alert_put(&s.b->d, s.arena, json, ENT_STR("u"), &late, &err), &err),
        &err);
    CHECK_INT(seen_at(&s, s.b,
                      "{\"ref\":\"S-2\",\"time\":\"2024-11-10T09:10:00Z\",\"names\":[\"JURANAEV "
                      "ELKHAN\"],\"keys\":[\"doc:QCL:C0447120\"]}"),
              JOINT_CASE);
    CHECK_OK(SIM_WORK(s.b,
                      store_doc_put(s.b->d.store,
                                    &(store_doc){ .kind = ENT_STR("exempt"),
                                                  .id = ENT_STR("doc:QCL:C0447120"),
                                                  .json = ENT_STR("\"RD\"") },
                                    &err),
                      &err),
             &err);
    CHECK_INT(seen_at(&s, s.b,
                      "{\"ref\":\"S-2b\",\"time\":\"2024-11-10T10:10:00Z\",\"names\":[\"JURANAEV "
                      "ELKHAN\"],\"keys\":[\"doc:QCL:C0447120\"]}"),
              JOINT_NOTHING);
    CHECK_INT(seen_at(&s, s.b,
                      "{\"ref\":\"S-9\",\"time\":\"2024-11-10T11:10:00Z\",\"names\":[\"JURANAEV "
                      "ELKHAN\"],\"keys\":[\"doc:QCL:C0447121\"]}"),
              JOINT_CASE); /* another document */
    stage_strike(&s);
}

static void after_thirty_days_without_an_answer_it_is_overdue_once(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    ent_time next;
    desk *d;

    (void)state;
    set(&s);
    d = &s.a->d;
    (void)opened(&s, "Anna Orlova");
    CHECK_OK(SIM_WORK(s.a, casework_redress_due(d, s.arena, &next, &err), &err), &err);
    CHECK(next > d->now + 29 * ENT_DAY_TIME && next <= d->now + 31 * ENT_DAY_TIME);
    CHECK_INT(sim_doc_count(s.a, "notice", NULL), 0);
    d->now = next;
    for (int i = 0; i < 2; i++)
        CHECK_OK(SIM_WORK(s.a, casework_redress_due(d, s.arena, &next, &err), &err), &err);
    CHECK_INT(sim_doc_count(s.a, "notice", NULL), 1);
    CHECK(now(&s).overdue);
    stage_strike(&s);
}

RUN_TESTS(TEST(DP_12_the_trace_finds_every_place_and_closes_with_proof),
          TEST(the_letter_is_the_same_whatever_was_found),
          TEST(partners_oversight_is_asked_by_what_both_know_and_says_what_it_has),
          TEST(a_reply_that_nobody_asked_for_is_refused),
          TEST(a_partner_replies_once_to_each_question),
          TEST(an_exemption_of_ours_is_not_written_over_by_a_partners),
          TEST(an_exemption_goes_to_a_partner_with_two_signatures_and_silences_likeness),
          TEST(who_shows_an_exempt_document_is_not_taken_for_another),
          TEST(after_thirty_days_without_an_answer_it_is_overdue_once))
