/* sim: alerts and sightings of the story, at three desks. */
#include "sim/joint_sim.h"

#include "match/standing.h"
#include "joint/alert.h"

static const char by_name[] =
    "{\"name\":\"AL-C-00\",\"names\":[\"JURANAYEF, EL KHAN\"],\"action\":\"review\","
    "\"reason\":\"old list\",\"valid_to\":\"2024-12-31\",\"purpose\":\"CT-INV\"}";
static const char by_date[] =
    "{\"name\":\"AL-C-03\",\"names\":[\"\xd0\xad\xd0\xbb\xd1\x8c\xd1\x85\xd0\xb0\xd0\xbd "
    "\xd0\x94\xd0\xb6\xd1\x83\xd1\x80\xd0\xb0\xd0\xbd\xd0\xb0\xd0\xb5\xd0\xb2\","
    "\"DZHURANAEV ELKHAN\"],\"dob\":[\"1991-03-07\",\"1991-07-03\"],\"action\":\"ask\","
    "\"reason\":\"tip\",\"valid_to\":\"2025-06-03\",\"purpose\":\"CT-INV\","
    "\"notify\":[\"SVB\",\"CTB\"],\"call\":\"c.case\"}";
static const char stolen[] =
    "{\"name\":\"AL-B-01\",\"keys\":[\"doc:QKS:7741902\"],\"action\":\"notify\","
    "\"reason\":\"number reported stolen\",\"valid_to\":\"2025-10-12\",\"purpose\":\"CT-INV\","
    "\"victim\":{\"names\":[\"Tellab Hedi Marouane\"],\"dob\":\"1979-05-30\"}}";

struct world {
    sim s;
    ent_arena *arena;
};

static void world_init(struct world *w)
{
    char id[37];

    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w->s, 3);
    joint_agree(&w->s, w->arena, JOINT_TERMS, id);
}

static void world_release(struct world *w)
{
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

static ent_json parsed(struct world *w, const char *text)
{
    ent_err err = { 0 };
    ent_json json;

    CHECK_OK(ent_json_read(w->arena, ent_str_of(text), &json, &err), &err);
    return json;
}

static ent_code alert(struct world *w, const char *text, size_t *late, ent_err *err)
{
    desk *d = &w->s.nodes[0].d;

    *err = (ent_err){ 0 };
    return SIM_WORK(&w->s.nodes[0],
                    joint_alert_put(d, w->arena, parsed(w, text), ENT_STR("c.case"), late, err),
                    err);
}

static joint_seen sight(struct world *w, const char *text)
{
    desk *d = &w->s.nodes[0].d;
    joint_alarm *alarm;
    joint_seen seen;
    ent_err err = { 0 };

    CHECK_OK(joint_alarm_load(d, w->arena, &alarm, &err), &err);
    CHECK_OK(SIM_WORK(&w->s.nodes[0],
                      joint_sighting_put(d, w->arena, alarm, parsed(w, text), &seen, &err), &err),
             &err);
    return seen;
}

static joint_case *cases(struct world *w, int node, size_t *count)
{
    ent_err err = { 0 };
    joint_case *list;

    CHECK_OK(joint_case_list(&w->s.nodes[node].d, w->arena, &list, count, &err), &err);
    return list;
}

static ent_code ack(struct world *w, int node, ent_str id, const char *note, bool reject,
                    ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(&w->s.nodes[node],
                    joint_case_ack(&w->s.nodes[node].d, w->arena, id, ENT_STR("x.case"),
                                   ent_str_of(note), reject, err),
                    err);
}

static const char violinist[] =
    "{\"ref\":\"S-2\",\"time\":\"2024-11-10T09:10:00Z\",\"names\":[\"JURANAEV ELKHAN\"],"
    "\"dob\":\"1988-07-03\",\"keys\":[\"doc:QCL:C0447120\"]}";

static void the_namesake_is_a_review_by_name_and_nothing_by_date(void **state)
{
    struct world w;
    joint_seen seen;
    ent_err err;
    size_t late, count;

    (void)state;
    world_init(&w);
    CHECK_OK(alert(&w, by_name, &late, &err), &err);
    CHECK_OK(alert(&w, by_date, &late, &err), &err);
    seen = sight(&w, violinist);
    CHECK_INT(seen.outcome, JOINT_CASE);
    CHECK(seen.review);
    CHECK_INT(seen.alert_count, 1);
    CHECK_TEXT(seen.alerts[0], "AL-C-00");
    sim_carry(&w.s);
    (void)cases(&w, 1, &count);
    CHECK_INT(count, 0); /* nobody is told of a likeness */
    /* Rejected with a reason: a second passage makes no second review. */
    CHECK_INT(ack(&w, 0, seen.case_id, NULL, true, &err), ENT_USAGE);
    CHECK_OK(ack(&w, 0, seen.case_id, "the violinist", true, &err), &err);
    seen = sight(&w, "{\"ref\":\"S-2b\",\"time\":\"2024-11-10T10:10:00Z\",\"names\":[\"JURANAEV "
                     "ELKHAN\"],\"dob\":\"1988-07-03\",\"keys\":[\"doc:QCL:C0447120\"]}");
    CHECK_INT(seen.outcome, JOINT_NOTHING);
    world_release(&w);
}

static void a_withdrawn_alert_and_an_exception_are_silent(void **state)
{
    static const char except[] =
        "{\"name\":\"AL-X\",\"names\":[\"JURANAYEF, EL KHAN\"],\"action\":\"review\",\"reason\":"
        "\"r\",\"valid_to\":\"2025-12-31\",\"except\":[\"doc:QCL:C0447120\"]}";
    struct world w;
    ent_err err;
    size_t late;

    (void)state;
    world_init(&w);
    CHECK_OK(alert(&w, by_name, &late, &err), &err);
    CHECK_OK(SIM_WORK(&w.s.nodes[0],
                      joint_alert_withdraw(&w.s.nodes[0].d, w.arena, ENT_STR("AL-C-00"),
                                           ENT_STR("c.case"), &err),
                      &err),
             &err);
    CHECK_OK(alert(&w, except, &late, &err), &err);
    CHECK_INT(sight(&w, violinist).outcome, JOINT_NOTHING);
    world_release(&w);
}

static const char s1[] =
    "{\"ref\":\"S-1\",\"time\":\"2024-11-10T11:59:00Z\",\"place\":\"Dramos\",\"names\":["
    "\"JURANAIEV ELKHANE\"],\"dob\":\"1991-03-07\",\"keys\":[\"doc:QBZ:650018823\"]}";

static void BOS_4_one_case_partners_are_told_and_who_has_not_acknowledged_is_seen(void **state)
{
    static const char warrant[] =
        "{\"name\":\"AL-V-01\",\"keys\":[\"doc:QBZ:650018823\"],\"action\":\"locate\",\"basis\":"
        "\"VJI-2024-311\",\"reason\":\"attack\",\"valid_to\":\"2025-05-18\",\"purpose\":\"CT-INV\","
        "\"notify\":[\"SVB\"]}";
    struct world w;
    joint_seen seen, again;
    joint_case *list;
    ent_err err;
    size_t late, count;

    (void)state;
    world_init(&w);
    CHECK_OK(alert(&w, by_date, &late, &err), &err);
    CHECK_OK(alert(&w, warrant, &late, &err), &err);
    seen = sight(&w, s1);
    CHECK_INT(seen.outcome, JOINT_CASE);
    CHECK(!seen.review);
    CHECK_INT(seen.alert_count, 2);
    CHECK_INT(sight(&w, s1).outcome, JOINT_REPEATED);
    again = sight(&w, "{\"ref\":\"S-1b\",\"time\":\"2024-11-10T12:00:00Z\",\"names\":[\"JURANAIEV "
                      "ELKHANE\"],\"dob\":\"1991-03-07\",\"keys\":[\"doc:QBZ:650018823\"]}");
    CHECK(ent_str_equal(again.case_id, seen.case_id)); /* no second alarm */
    sim_carry(&w.s);
    for (int i = 1; i < 3; i++) {
        list = cases(&w, i, &count);
        CHECK_INT(count, 1);
        CHECK_TEXT(list[0].peer, "DSV");
        CHECK(ent_json_get(list[0].json, "names").doc == NULL);
        CHECK_INT(list[0].level, 0);
    }
    CHECK_OK(ack(&w, 2, list[0].id, "seen", false, &err), &err);
    w.s.nodes[1].d.now += 61 * 60 * ENT_SECOND;
    CHECK_INT(cases(&w, 1, &count)[0].level, 1);
    w.s.nodes[1].d.now += 60 * 60 * ENT_SECOND;
    CHECK_INT(cases(&w, 1, &count)[0].level, 2);
    sim_carry(&w.s);
    list = cases(&w, 0, &count);
    CHECK_INT(ent_json_count(ent_json_get(list[0].json, "acks")), 1);
    CHECK_TEXT(ent_json_get_text(ent_json_first(ent_json_get(list[0].json, "acks")), "service"),
               "CTB");
    CHECK_INT(ack(&w, 2, cases(&w, 2, &count)[0].id, "twice", false, &err), ENT_CONFLICT);
    for (int i = 0; i < 3; i++)
        CHECK_INT(sim_doc_count(&w.s.nodes[i], "refused", NULL), 0);
    world_release(&w);
}

static void what_was_seen_before_is_a_late_hit(void **state)
{
    struct world w;
    joint_case *list;
    int64_t late_days = 0;
    ent_err err;
    size_t late, count;

    (void)state;
    world_init(&w);
    CHECK_INT(sight(&w, "{\"ref\":\"S-0\",\"time\":\"2024-09-20T10:00:00Z\",\"names\":["
                        "\"DZHURANAEV ELKHAN\"],\"dob\":\"1991-03-07\"}")
                  .outcome,
              JOINT_NOTHING);
    CHECK_OK(alert(&w, by_date, &late, &err), &err);
    CHECK_INT(late, 1);
    list = cases(&w, 0, &count);
    CHECK_INT(count, 1);
    CHECK(ent_json_int(ent_json_get(list[0].json, "late_days"), &late_days));
    CHECK_INT(late_days, 51);
    world_release(&w);
}

static void the_victim_of_a_theft_is_let_pass(void **state)
{
    struct world w;
    ent_err err;
    size_t late;

    (void)state;
    world_init(&w);
    CHECK_OK(alert(&w, stolen, &late, &err), &err);
    CHECK_INT(sight(&w, "{\"ref\":\"S-4\",\"time\":\"2024-11-10T07:20:00Z\",\"names\":[\"TELLAB "
                        "HEDI MAROUANE\"],\"dob\":\"1979-05-30\",\"keys\":[\"doc:QKS:8810077\"]}")
                  .outcome,
              JOINT_VICTIM);
    CHECK_INT(sight(&w, "{\"ref\":\"S-5\",\"time\":\"2024-11-10T08:20:00Z\",\"names\":[\"SOMEBODY "
                        "ELSE\"],\"keys\":[\"doc:QKS:7741902\"]}")
                  .outcome,
              JOINT_CASE);
    world_release(&w);
}

static void a_stix_pattern_is_one_kind_of_alert(void **state)
{
    static const char pattern[] =
        "{\"name\":\"AL-P\",\"pattern\":\"[ipv4-addr:value = '192.0.2.1']\",\"action\":\"notify\","
        "\"reason\":\"r\",\"valid_to\":\"2025-12-31\"}";
    static const char seen[] =
        "{\"ref\":\"N-1\",\"time\":\"2024-11-10T07:20:00Z\",\"observed\":{\"type\":\"bundle\","
        "\"id\":\"bundle--00000000-0000-4000-8000-000000000001\",\"objects\":[{\"type\":"
        "\"observed-data\",\"spec_version\":\"2.1\",\"id\":\"observed-data--00000000-0000-4000-"
        "8000-"
        "000000000002\",\"created\":\"2024-11-10T07:20:00.000Z\",\"modified\":\"2024-11-10T07:20:"
        "00."
        "000Z\",\"first_observed\":\"2024-11-10T07:20:00Z\",\"last_observed\":\"2024-11-10T07:20:"
        "00Z\",\"number_observed\":1,\"object_refs\":[\"ipv4-addr--ff26c055-6336-5bc5-b98d-"
        "13d6226742dd\"]},{\"type\":\"ipv4-addr\",\"spec_version\":\"2.1\",\"id\":\"ipv4-addr--"
        "ff26c055-6336-5bc5-b98d-13d6226742dd\",\"value\":\"192.0.2.1\"}]}}";
    struct world w;
    ent_err err;
    size_t late;

    (void)state;
    world_init(&w);
    CHECK_OK(alert(&w, pattern, &late, &err), &err);
    CHECK_INT(sight(&w, seen).outcome, JOINT_CASE);
    world_release(&w);
}

static void BOS_5_an_alert_expires_as_an_event_unless_its_case_is_open(void **state)
{
    struct world w;
    ent_err err;
    size_t late, expired;
    desk *d;

    (void)state;
    world_init(&w);
    d = &w.s.nodes[0].d;
    CHECK_OK(alert(&w, by_name, &late, &err), &err);
    CHECK_OK(alert(&w, by_date, &late, &err), &err);
    CHECK_INT(sight(&w, s1).outcome, JOINT_CASE);
    d->now += 300 * ENT_DAY_TIME;
    CHECK_OK(SIM_WORK(&w.s.nodes[0], joint_alerts_due(d, w.arena, &expired, &err), &err), &err);
    CHECK_INT(expired, 0); /* both are in the open case */
    {
        size_t count;

        CHECK_OK(ack(&w, 0, cases(&w, 0, &count)[0].id, "done", false, &err), &err);
    }
    CHECK_OK(SIM_WORK(&w.s.nodes[0], joint_alerts_due(d, w.arena, &expired, &err), &err), &err);
    CHECK_INT(expired, 2);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "alert-event", "expired"), 2);
    world_release(&w);
}

static void BOS_10_an_alert_beyond_its_ground_is_refused(void **state)
{
    static const struct {
        const char *text, *clause;
        ent_code code;
    } rows[] = {
        { "{\"name\":\"a\",\"keys\":[\"doc:QV:1\"],\"action\":\"detain\",\"reason\":\"r\","
          "\"valid_to\":\"2025-12-31\"}",
          "[basis]", ENT_DENIED },
        { "{\"name\":\"a\",\"keys\":[\"doc:QV:1\"],\"action\":\"eliminate\",\"reason\":\"r\","
          "\"valid_to\":\"2025-12-31\"}",
          "[action]", ENT_DENIED },
        { "{\"name\":\"a\",\"names\":[\"Elkhan Juran\"],\"action\":\"notify\",\"reason\":\"r\","
          "\"valid_to\":\"2025-12-31\"}",
          "[name]", ENT_DENIED },
        { "{\"name\":\"a\",\"action\":\"notify\",\"reason\":\"r\",\"valid_to\":\"2025-12-31\"}",
          "nothing", ENT_FORMAT },
        { "{\"name\":\"a\",\"keys\":[\"doc:QV:1\"],\"action\":\"notify\",\"valid_to\":\"2025\"}",
          "reason", ENT_FORMAT },
        { "{\"name\":\"a\",\"keys\":[\"doc:QV:1\"],\"action\":\"notify\",\"reason\":\"r\","
          "\"valid_to\":\"2025\",\"notify\":[\"SVB\"],\"purpose\":\"TAX\"}",
          "[purpose]", ENT_DENIED },
        { "{\"name\":\"a\",\"pattern\":\"[x\",\"action\":\"notify\",\"reason\":\"r\",\"valid_to\":"
          "\"2025-12-31\"}",
          "pattern", ENT_FORMAT },
    };
    struct world w;
    ent_err err;
    size_t late;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_INT(alert(&w, rows[i].text, &late, &err), rows[i].code);
        CHECK(strstr(err.msg, rows[i].clause) != NULL);
    }
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "alert", NULL), 0);
    world_release(&w);
}

/* ---- at partners, and the budget ---- */

static const char at_svb[] =
    "{\"name\":\"AL-P\",\"keys\":[\"doc:QBZ:650018823\"],\"action\":\"notify\",\"reason\":\"tip\","
    "\"valid_to\":\"2025-06-03\",\"purpose\":\"CT-INV\",\"partners\":[\"SVB\"],\"call\":\"d."
    "case\"}";

static void stand(struct world *w)
{
    const char *const peers[] = { "SVB", "CTB" };
    ent_err err = { 0 };
    char id[37];

    for (size_t i = 0; i < 2; i++) {
        const match_question q = { .peer = peers[i], .purpose = ENT_STR("CT-INV"), .user = "ana" };

        CHECK_OK(match_standing_start(&w->s.nodes[0].d, w->arena, &q, id, &err), &err);
        sim_carry(&w->s);
    }
}

static void passport_at(struct world *w, int node, const char *number)
{
    ent_err err = { 0 };
    char id[64];

    (void)snprintf(id, sizeof id, "identity--00000000-0000-4000-8000-00000000000%d", node);
    joint_put(&w->s.nodes[node], w->arena, "", "identity", id, ",\"identity_class\":\"individual\"",
              joint_label(w->arena, ""), number);
    CHECK_OK(match_work(&w->s.nodes[node].d, w->arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&w->s);
}

static size_t look(struct world *w)
{
    ent_err err = { 0 };
    ent_time next;
    size_t count;

    CHECK_OK(match_work(&w->s.nodes[0].d, w->arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&w->s);
    CHECK_OK(
        SIM_WORK(&w->s.nodes[0], joint_alert_clock(&w->s.nodes[0].d, w->arena, &next, &err), &err),
        &err);
    sim_carry(&w->s);
    (void)cases(w, 0, &count);
    return count;
}

static void BOS_4_an_alert_stands_at_a_partner_and_a_hit_opens_a_case_at_both(void **state)
{
    struct world w;
    joint_case *list;
    ent_str *ids;
    ent_err err;
    size_t late, count, records;

    (void)state;
    world_init(&w);
    stand(&w);
    CHECK_OK(alert(&w, at_svb, &late, &err), &err);
    CHECK_INT(look(&w), 0);
    /* Who was not named as a partner is not asked, though a match stands with it. */
    passport_at(&w, 2, "doc:QBZ:650018823");
    CHECK_INT(look(&w), 0);
    CHECK_INT(sim_doc_count(&w.s.nodes[2], "hit", NULL), 0);
    passport_at(&w, 1, "doc:QBZ:650018823");
    CHECK_INT(look(&w), 1);
    list = cases(&w, 0, &count);
    CHECK_TEXT(ent_json_str(ent_json_first(ent_json_get(list[0].json, "partners"))), "SVB");
    list = cases(&w, 1, &count);
    CHECK_INT(count, 1);
    CHECK(ent_json_get(list[0].json, "alerts").doc == NULL);
    CHECK(strstr(ent_arena_str(w.arena, ent_json_raw(list[0].json)).ptr, "650018823") == NULL);
    CHECK_OK(joint_case_records(&w.s.nodes[1].d, w.arena, &list[0], &ids, &records, &err), &err);
    CHECK_INT(records, 1);
    CHECK_TEXT(ids[0], "identity--00000000-0000-4000-8000-000000000001");
    (void)cases(&w, 2, &count);
    CHECK_INT(count, 0);
    /* Acknowledged: the same hit opens no second one. */
    CHECK_OK(ack(&w, 0, cases(&w, 0, &count)[0].id, "seen", false, &err), &err);
    CHECK_INT(look(&w), 1);
    for (int i = 0; i < 3; i++)
        CHECK_INT(sim_doc_count(&w.s.nodes[i], "refused", NULL), 0);
    world_release(&w);
}

static void a_withdrawn_alert_leaves_the_private_match(void **state)
{
    struct world w;
    ent_err err;
    size_t late;

    (void)state;
    world_init(&w);
    stand(&w);
    CHECK_OK(alert(&w, at_svb, &late, &err), &err);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "tripwire", NULL), 1);
    CHECK_OK(SIM_WORK(&w.s.nodes[0],
                      joint_alert_withdraw(&w.s.nodes[0].d, w.arena, ENT_STR("AL-P"),
                                           ENT_STR("c.case"), &err),
                      &err),
             &err);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "tripwire", NULL), 0);
    (void)look(&w);
    passport_at(&w, 1, "doc:QBZ:650018823");
    CHECK_INT(look(&w), 0);
    world_release(&w);
}

static ent_code budget_set(struct world *w, int64_t per_day, const char *user, const char *reason,
                           ent_err *err)
{
    desk *d = &w->s.nodes[0].d;

    *err = (ent_err){ 0 };
    return SIM_WORK(
        &w->s.nodes[0],
        joint_budget_set(d, w->arena, per_day, ent_str_of(user), ent_str_of(reason), err), err);
}

static void BOS_4_alerts_of_a_desk_have_a_budget_for_each_day(void **state)
{
    struct world w;
    joint_budget budget;
    ent_err err;
    size_t late;

    (void)state;
    world_init(&w);
    CHECK_INT(budget_set(&w, 2, "c.liaison", "", &err), ENT_USAGE);
    CHECK_INT(budget_set(&w, 0, "c.liaison", "why", &err), ENT_USAGE);
    CHECK_OK(budget_set(&w, 2, "c.liaison", "a small desk", &err), &err);
    CHECK_OK(alert(&w, by_name, &late, &err), &err);
    CHECK_OK(alert(&w, by_date, &late, &err), &err);
    CHECK_INT(alert(&w, stolen, &late, &err), ENT_LIMIT);
    CHECK(strstr(err.msg, "c.case 2") != NULL);
    CHECK(strstr(err.msg, "[budget]") != NULL);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "alert", NULL), 2);
    CHECK_OK(joint_budget_get(&w.s.nodes[0].d, w.arena, &budget, &err), &err);
    CHECK_INT(budget.used, 2);
    CHECK_INT(budget.use_count, 1);
    CHECK_TEXT(budget.uses[0].by, "c.case");
    CHECK_TEXT(budget.reason, "a small desk");
    /* Who used it does not raise it; another does; tomorrow is another day. */
    CHECK_INT(budget_set(&w, 3, "c.case", "more", &err), ENT_DENIED);
    CHECK_OK(budget_set(&w, 3, "c.liaison", "the summit", &err), &err);
    CHECK_OK(alert(&w, stolen, &late, &err), &err);
    w.s.nodes[0].d.now += ENT_DAY_TIME;
    CHECK_OK(alert(&w, at_svb, &late, &err), &err);
    world_release(&w);
}

RUN_TESTS(cmocka_unit_test(BOS_4_an_alert_stands_at_a_partner_and_a_hit_opens_a_case_at_both),
          cmocka_unit_test(a_withdrawn_alert_leaves_the_private_match),
          cmocka_unit_test(BOS_4_alerts_of_a_desk_have_a_budget_for_each_day),
          cmocka_unit_test(the_namesake_is_a_review_by_name_and_nothing_by_date),
          cmocka_unit_test(a_withdrawn_alert_and_an_exception_are_silent),
          cmocka_unit_test(BOS_4_one_case_partners_are_told_and_who_has_not_acknowledged_is_seen),
          cmocka_unit_test(what_was_seen_before_is_a_late_hit),
          cmocka_unit_test(the_victim_of_a_theft_is_let_pass),
          cmocka_unit_test(a_stix_pattern_is_one_kind_of_alert),
          cmocka_unit_test(BOS_5_an_alert_expires_as_an_event_unless_its_case_is_open),
          cmocka_unit_test(BOS_10_an_alert_beyond_its_ground_is_refused))
