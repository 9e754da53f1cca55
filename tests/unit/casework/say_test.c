/* casework: tips, requests, messages, their receipts, answers and clocks, between desks. */

#define _GNU_SOURCE /* memmem */
#include "sim/desk_sim.h"

#include "casework/acknowledge.h"
#include "casework/answer.h"
#include "casework/say.h"
#include "casework/subject.h"
#include "casework/thread.h"
#include "casework/tries.h"
#include "holdings/admit.h"
#include "node/receivers.h"
#include "stix/extension_ids.h"

struct stage {
    sim world;
    ent_arena *arena;
    sim_node *a, *b, *c;
    char agreement[37];
    ent_str bodies[64]; /* what was carried, in order */
    link_kind kinds[64];
    size_t count;
};

static bool listen(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct stage *s = arg;

    (void)from;
    (void)to;
    if (s->count < 64) {
        s->bodies[s->count] = ent_arena_str(s->arena, (ent_str){ body->ptr, body->size });
        s->kinds[s->count++] = entry->kind;
    }
    return true;
}

static void stage_set(struct stage *s)
{
    memset(s, 0, sizeof *s);
    s->arena = ent_arena_new(SIM_ROOM);
    sim_init(&s->world, 3);
    s->a = &s->world.nodes[0];
    s->b = &s->world.nodes[1];
    s->c = &s->world.nodes[2];
    for (int i = 0; i < 3; i++)
        s->world.nodes[i].d.above = node_receivers;
    sim_agree(&s->world, s->arena, s->agreement);
    s->world.tap = listen;
    s->world.tap_arg = s;
    s->world.twice = true;
}

static void stage_strike(struct stage *s)
{
    sim_release(&s->world);
    ent_arena_free(s->arena);
}

static const desk_officer *person(const sim_node *n, int i)
{
    return &n->people[i].officer;
}
enum { FDO1, FDO2, LEGAL, LIAISON, ANALYST };

static casework_draft draft_of(casework_kind kind, const sim_node *to, const char *text)
{
    return (casework_draft){ .kind = kind,
                             .peer = to->code,
                             .purpose = ENT_STR("CT-INV"),
                             .precedence = CASEWORK_IMMEDIATE,
                             .text = ent_str_of(text),
                             .by = "d.analyst" };
}

static casework_item say(struct stage *s, sim_node *from, const casework_draft *draft)
{
    casework_said said;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(from, casework_say(&from->d, s->arena, draft, &said, &err), &err), &err);
    CHECK(said.refused == NULL);
    if (draft->kind == CASEWORK_TIP)
        for (int i = 0; i < 2; i++)
            CHECK_OK(SIM_WORK(from,
                              casework_tip_approve(&from->d, s->arena, &said.item, person(from, i),
                                                   &err),
                              &err),
                     &err);
    sim_carry(&s->world);
    return said.item;
}

static casework_item item_at(struct stage *s, sim_node *n, ent_str id)
{
    casework_item item = { 0 };
    ent_err err = { 0 };

    CHECK_OK(casework_item_load(&n->d, s->arena, id, &item, &err), &err);
    return item;
}

static void time_pass(struct stage *s, int64_t seconds)
{
    for (int i = 0; i < 3; i++)
        s->world.nodes[i].d.now += seconds * ENT_SECOND;
}

/* ---- receipts ---- */

static void BOS_6_a_tip_arrives_and_its_sender_hears_each_step(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_item sent, got;

    (void)state;
    stage_set(&s);
    {
        casework_draft draft = draft_of(CASEWORK_TIP, s.b, "left for training");
        ent_str keys[] = { ENT_STR("doc:qbz:650 018823") };

        draft.keys = keys;
        draft.key_count = 1;
        draft.reference = ENT_STR("TIP-1");
        sent = say(&s, s.a, &draft);
    }
    got = item_at(&s, s.b, sent.id);
    CHECK_TEXT(got.state, "delivered");
    CHECK_TEXT(ent_json_str(ent_json_at(ent_json_get(got.body, "keys"), 0)), "doc:QBZ:650018823");
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "delivered");

    CHECK_OK(
        SIM_WORK(s.b, casework_shown(&s.b->d, s.arena, &got, person(s.b, ANALYST), &err), &err),
        &err);
    sim_carry(&s.world);
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "shown");
    CHECK_OK(SIM_WORK(s.b, casework_acknowledge(&s.b->d, s.arena, &got, person(s.b, LIAISON), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    sent = item_at(&s, s.a, sent.id);
    CHECK_TEXT(sent.state, "acknowledged");
    CHECK_TEXT(sent.events[sent.event_count - 1].by, "s.liaison");
    CHECK_TEXT(sent.events[sent.event_count - 1].note, "signed by an officer of the agreement");
    CHECK_INT(SIM_WORK(s.b,
                       casework_acknowledge(&s.b->d, s.arena, &got, person(s.b, LIAISON), &err),
                       &err),
              ENT_CONFLICT);
    stage_strike(&s);
}

static void the_text_of_a_tip_leaves_on_two_officers_words_and_not_on_ones(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_said said;
    casework_item *item = &said.item;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "left for training");
    draft.by = s.a->people[FDO1].name; /* an officer writes it: then he does not approve it */
    CHECK_OK(SIM_WORK(s.a, casework_say(&s.a->d, s.arena, &draft, &said, &err), &err), &err);
    CHECK_TEXT(item->state, "waiting");
    sim_carry(&s.world);
    CHECK_INT(s.count, 0);
    for (int i = 0; i < SIM_PEOPLE; i++) {
        ent_code want = i == FDO2 ? ENT_OK : ENT_DENIED;

        err = (ent_err){ 0 };
        if (i != LEGAL)
            CHECK_INT(SIM_WORK(s.a,
                               casework_tip_approve(&s.a->d, s.arena, item, person(s.a, i), &err),
                               &err),
                      want);
    }
    CHECK_INT(
        SIM_WORK(s.a, casework_tip_approve(&s.a->d, s.arena, item, person(s.a, FDO2), &err), &err),
        ENT_DENIED); /* the same again */
    sim_carry(&s.world);
    CHECK_INT(s.count, 0);
    err = (ent_err){ 0 };
    CHECK_OK(
        SIM_WORK(s.a, casework_tip_approve(&s.a->d, s.arena, item, person(s.a, LEGAL), &err), &err),
        &err);
    sim_carry(&s.world);
    CHECK_TEXT(item_at(&s, s.b, item->id).state, "delivered");
    CHECK_INT(
        SIM_WORK(s.a, casework_tip_drop(&s.a->d, s.arena, item, person(s.a, FDO1), &err), &err),
        ENT_CONFLICT);
    stage_strike(&s);
}

static void a_tip_without_two_signatures_is_refused_where_it_arrives(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_said said;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "left for training");
    CHECK_OK(SIM_WORK(s.a, casework_say(&s.a->d, s.arena, &draft, &said, &err), &err), &err);
    CHECK_OK(SIM_WORK(s.a,
                      desk_say(&s.a->d, s.arena, s.b->code, LINK_TIP,
                               ent_span_of_str(said.item.said), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 1);
    CHECK_INT(sim_doc_count(s.b, "item", NULL), 0);
    stage_strike(&s);
}

static void BOS_9_a_tip_ends_with_an_outcome_that_its_sender_hears(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent, got;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "left for training");
    sent = say(&s, s.a, &draft);
    got = item_at(&s, s.b, sent.id);
    CHECK_INT(SIM_WORK(s.b,
                       casework_outcome(&s.b->d, s.arena, &got, ENT_STR("FINE"), ENT_STR("r"),
                                        person(s.b, ANALYST), &err),
                       &err),
              ENT_USAGE);
    CHECK_OK(SIM_WORK(s.b,
                      casework_outcome(&s.b->d, s.arena, &got, ENT_STR("CONTRIBUTED"),
                                       ENT_STR("SECRET-REASON"), person(s.b, ANALYST), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    sent = item_at(&s, s.a, sent.id);
    CHECK_TEXT(sent.state, "closed");
    CHECK(memmem(sent.answer.ptr, sent.answer.size, "CONTRIBUTED", 11) != NULL);
    for (size_t i = 0; i < s.count; i++)
        CHECK(memmem(s.bodies[i].ptr, s.bodies[i].size, "SECRET", 6) == NULL);
    stage_strike(&s);
}

static void nothing_is_said_without_an_agreement_for_the_purpose(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_said said;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "words");
    draft.purpose = ENT_STR("POLITICS");
    CHECK_INT(SIM_WORK(s.a, casework_say(&s.a->d, s.arena, &draft, &said, &err), &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[purpose]") != NULL);
    CHECK_OK(SIM_WORK(s.a,
                      desk_agreement_suspend(&s.a->d, s.arena, ent_str_of(s.agreement),
                                             person(s.a, LEGAL), ENT_STR("test"), &err),
                      &err),
             &err);
    draft.purpose = ENT_STR("CT-INV");
    err = (ent_err){ 0 };
    CHECK_INT(SIM_WORK(s.a, casework_say(&s.a->d, s.arena, &draft, &said, &err), &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[agreement]") != NULL);
    /* What was under way is refused at the other end. */
    stage_strike(&s);
}

/* ---- clocks ---- */

static void BOS_7_a_request_is_overdue_at_both_ends_on_the_same_day(void **state)
{
    struct stage s;
    casework_draft draft;
    casework_item sent;
    casework_clock here[CASEWORK_CLOCKS], there[CASEWORK_CLOCKS];

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_REQUEST, s.b, "more on this");
    draft.answer_within = 14 * 86400;
    sent = say(&s, s.a, &draft);
    for (int day = 0; day <= 15; day++) {
        casework_item mine = item_at(&s, s.a, sent.id), theirs = item_at(&s, s.b, sent.id);

        casework_clocks(&s.a->d, &mine, here);
        casework_clocks(&s.b->d, &theirs, there);
        CHECK_INT(here[1].overdue, there[1].overdue);
        CHECK_INT(here[1].overdue, day > 14);
        CHECK(here[1].due == there[1].due);
        time_pass(&s, 86400);
    }
    stage_strike(&s);
}

static void the_receivers_clock_counts_and_its_skew_is_shown(void **state)
{
    struct stage s;
    casework_draft draft;
    casework_item sent, mine, theirs;
    casework_clock here[CASEWORK_CLOCKS], there[CASEWORK_CLOCKS];

    (void)state;
    stage_set(&s);
    s.b->d.now += 1200 * ENT_SECOND; /* twenty minutes ahead [mission 12.6] */
    draft = draft_of(CASEWORK_REQUEST, s.b, "more on this");
    sent = say(&s, s.a, &draft);
    mine = item_at(&s, s.a, sent.id);
    theirs = item_at(&s, s.b, sent.id);
    CHECK_INT(mine.skew, 1200);
    CHECK_INT(theirs.skew, -1200);
    casework_clocks(&s.a->d, &mine, here);
    casework_clocks(&s.b->d, &theirs, there);
    /* The same instant, each by its own clock. */
    CHECK(there[1].due - here[1].due == 1200 * ENT_SECOND);
    CHECK(there[1].due == theirs.received + 86400 * ENT_SECOND);
    stage_strike(&s);
}

/* ---- answers ---- */

static ent_code answer(struct stage *s, ent_str id, const casework_answer *a,
                       casework_answer_state *state, ent_err *err)
{
    casework_item item = item_at(s, s->b, id);

    *err = (ent_err){ 0 };
    return SIM_WORK(
        s->b,
        casework_answer_draft(&s->b->d, s->arena, &item, a, person(s->b, ANALYST), state, err),
        err);
}

static ent_code approve(struct stage *s, ent_str id, int who, casework_answer_state *state,
                        ent_err *err)
{
    casework_item item = item_at(s, s->b, id);

    *err = (ent_err){ 0 };
    return SIM_WORK(
        s->b, casework_answer_approve(&s->b->d, s->arena, &item, person(s->b, who), state, err),
        err);
}

static ent_time due(struct stage *s)
{
    ent_err err = { 0 };
    ent_time next;

    CHECK_OK(SIM_WORK(s->b, casework_answers_due(&s->b->d, s->arena, &next, &err), &err), &err);
    sim_carry(&s->world);
    return next;
}

static void an_answer_needs_two_officers_who_did_not_draft_it(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent;
    casework_answer_state st;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_REQUEST, s.b, "what is it?");
    sent = say(&s, s.a, &draft);
    CHECK_OK(answer(&s, sent.id, &(casework_answer){ .text = ENT_STR("this") }, &st, &err), &err);
    CHECK_STR(st.state, "waiting");
    CHECK_INT(approve(&s, sent.id, ANALYST, &st, &err), ENT_DENIED);
    CHECK_INT(approve(&s, sent.id, LIAISON, &st, &err), ENT_DENIED);
    CHECK_OK(approve(&s, sent.id, FDO1, &st, &err), &err);
    sim_carry(&s.world);
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "delivered");
    CHECK_INT(approve(&s, sent.id, FDO1, &st, &err), ENT_DENIED);
    CHECK_OK(approve(&s, sent.id, FDO2, &st, &err), &err);
    CHECK_STR(st.state, "sent");
    sim_carry(&s.world);
    sent = item_at(&s, s.a, sent.id);
    CHECK_TEXT(sent.state, "answered");
    CHECK(memmem(sent.answer.ptr, sent.answer.size, "this", 4) != NULL);
    stage_strike(&s);
}

static void later_is_an_answer_but_the_answer_is_still_owed(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent;
    casework_answer_state st;
    casework_answer a = { .kind = CASEWORK_LATER, .until = ENT_STR("2024-11-20") };

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_REQUEST, s.b, "what is it?");
    sent = say(&s, s.a, &draft);
    CHECK_OK(answer(&s, sent.id, &a, &st, &err), &err);
    CHECK_OK(approve(&s, sent.id, FDO1, &st, &err), &err);
    CHECK_OK(approve(&s, sent.id, LEGAL, &st, &err), &err);
    sim_carry(&s.world);
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "delivered");
    CHECK(casework_item_happened(&(casework_item){ 0 }, "later") == false);
    sent = item_at(&s, s.a, sent.id);
    CHECK(casework_item_happened(&sent, "later"));
    a = (casework_answer){ .kind = CASEWORK_REFUSED, .text = ENT_STR("source protection") };
    CHECK_OK(answer(&s, sent.id, &a, &st, &err), &err);
    CHECK_OK(approve(&s, sent.id, FDO1, &st, &err), &err);
    CHECK_OK(approve(&s, sent.id, FDO2, &st, &err), &err);
    sim_carry(&s.world);
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "answered");
    stage_strike(&s);
}

static void NIN_2_answered_by_a_release_that_the_peer_does_not_have_is_refused(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent;
    casework_answer_state st;
    ent_str release = ENT_STR("0b51a6f0-1c4e-4c7a-9f7e-000000000001");

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_REQUEST, s.b, "what is it?");
    sent = say(&s, s.a, &draft);
    CHECK_INT(answer(&s, sent.id, &(casework_answer){ .releases = &release, .release_count = 1 },
                     &st, &err),
              ENT_DENIED);
    CHECK(strstr(err.msg, "[NIN-2]") != NULL);
    CHECK_INT(answer(&s, sent.id, &(casework_answer){ .kind = CASEWORK_ANSWERED }, &st, &err),
              ENT_USAGE);
    stage_strike(&s);
}

#define TIMES "\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-02T10:11:12.345Z\""
#define LABEL                                                                                   \
    "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},\"category\":" \
    "\"suspect\",\"retention\":\"2029-01-01\","
#define VESNIN "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000011"
#define PASS   "identity-document--0b51a6f0-1c4e-4c7a-9f7e-000000000012"

static void admit(sim_node *n, ent_arena *arena, const char *bytes)
{
    holdings_origin origin = { .owner = "", .source = ENT_STR("test"), .now = n->d.now };
    holdings_result result;
    ent_str reason;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n,
                      holdings_admit(n->d.store, arena, &origin, ent_str_of(bytes), &result,
                                     &reason, &err),
                      &err),
             &err);
    if (result != HOLDINGS_ADDED)
        fail_msg("%s: %.*s", holdings_result_name(result), ENT_STR_ARG(reason));
}

static void vesnin(sim_node *n, ent_arena *arena, const char *label)
{
    admit(n, arena,
          ent_arena_printf(arena,
                           "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" VESNIN
                           "\"," TIMES
                           ",\"name\":\"Илья Веснин\",\"identity_class\":\"individual\","
                           "\"extensions\":{\"" STIX_EXT_HANDLING
                           "\":{\"extension_type\":\"property-extension\"," LABEL "%s},"
                           "\"" STIX_EXT_PERSON
                           "\":{\"extension_type\":\"property-extension\",\"births\":[{\"value\":"
                           "\"1980-06-17\"}],\"names\":[{\"full\":\"Илья Веснин\"}]}}}",
                           label)
              .ptr);
}

static void passport(sim_node *n, ent_arena *arena, const char *number, const char *label)
{
    admit(n, arena,
          ent_arena_printf(arena,
                           "{\"type\":\"identity-document\",\"spec_version\":\"2.1\",\"id\":\"" PASS
                           "\",\"document_type\":\"passport\",\"issuer\":\"QBZ\",\"number\":\"%s\","
                           "\"extensions\":{\"" STIX_EXT_HANDLING
                           "\":{\"extension_type\":\"property-extension\"," LABEL "%s}}}",
                           number, label)
              .ptr);
}

#define FORBIDDEN "\"purposes\":[\"CT-INV\"],\"prohibit\":[\"disclose\"],\"discover\":\"silent\""
#define MATCHABLE "\"purposes\":[\"CT-INV\"],\"discover\":\"pointer\""

static void DP_8_nothing_is_the_same_bytes_at_the_same_hour_whatever_is_held(void **state)
{
    static const int64_t late[] = { 1, 59, 300, 1800, 3599 };
    ent_str bodies[2][5];
    ent_time times[2][5];

    (void)state;
    /* With the person and the passport held and never to be disclosed, and with nothing held;
     * the person who answers takes some other time each time. */
    for (int held = 0; held < 2; held++)
        for (int i = 0; i < 5; i++) {
            struct stage s;
            ent_err err = { 0 };
            casework_draft draft;
            casework_item sent;
            casework_answer_state st;
            ent_str key = ENT_STR("doc:QBZ:700441190");

            stage_set(&s);
            if (held)
                passport(s.b, s.arena, "700441190", FORBIDDEN);
            draft = draft_of(CASEWORK_REQUEST, s.b, "flew on that day");
            draft.keys = &key;
            draft.key_count = 1;
            sent = say(&s, s.a, &draft);
            CHECK_INT(item_at(&s, s.b, sent.id).legal_first, held);
            time_pass(&s, held ? late[i] : late[4 - i]);
            CHECK_OK(answer(&s, sent.id, &(casework_answer){ .kind = CASEWORK_NOTHING }, &st, &err),
                     &err);
            CHECK_STR(st.state, "held");
            CHECK_INT(due(&s) == st.leaves, true); /* not yet */
            CHECK_TEXT(item_at(&s, s.a, sent.id).state, "delivered");
            time_pass(&s, (st.leaves - s.b->d.now) / ENT_SECOND);
            (void)due(&s);
            sent = item_at(&s, s.a, sent.id);
            CHECK_TEXT(sent.state, "answered");
            times[held][i] = sent.events[sent.event_count - 1].time - sent.received;
            bodies[held][i] = s.bodies[s.count - 1];
            CHECK_INT(s.kinds[s.count - 1], LINK_ANSWER);
            CHECK_INT(bodies[held][i].size,
                      strlen("{\"answer\":\"nothing to release\",\"request\":\"\"}") + 36);
            CHECK(memcmp(bodies[held][i].ptr + 42, sent.id.ptr, 36) == 0);
            CHECK_INT(times[held][i] == 3600 * ENT_SECOND, 1);
            stage_strike(&s);
        }
}

static void
DP_1_a_request_about_a_guarded_subject_is_refused_at_home_and_oversight_told(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_said said;
    casework_subject subject = { ENT_STR("Ilya Vesnin"), ENT_STR("1980-06-17") };

    (void)state;
    stage_set(&s);
    vesnin(s.b, s.arena, "\"purposes\":[\"POLITICS\"],\"discover\":\"silent\"");
    draft = draft_of(CASEWORK_REQUEST, s.a, "where is he?");
    draft.subjects = &subject;
    draft.subject_count = 1;
    CHECK_OK(SIM_WORK(s.b, casework_say(&s.b->d, s.arena, &draft, &said, &err), &err), &err);
    CHECK_STR(said.refused, "purpose");
    s.count = 0;
    sim_carry(&s.world);
    CHECK_INT(s.count, 0); /* nothing was sent */
    CHECK_INT(sim_doc_count(s.b, "journal", NULL), 1);
    stage_strike(&s);
}

static void a_tip_on_a_guarded_subject_is_for_the_legal_officer_first(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent, got;
    casework_subject subject = { ENT_STR("Ilya Vesnin"), ENT_STR("1980-06-17") };

    (void)state;
    stage_set(&s);
    vesnin(s.a, s.arena, FORBIDDEN);
    draft = draft_of(CASEWORK_TIP, s.a, "he is dangerous");
    draft.subjects = &subject;
    draft.subject_count = 1;
    draft.rating = ENT_STR("A1");
    sent = say(&s, s.b, &draft);
    got = item_at(&s, s.a, sent.id);
    CHECK(got.legal_first);
    CHECK_INT(
        SIM_WORK(s.a, casework_shown(&s.a->d, s.arena, &got, person(s.a, ANALYST), &err), &err),
        ENT_NOT_FOUND);
    CHECK_INT(SIM_WORK(s.a,
                       casework_acknowledge(&s.a->d, s.arena, &got, person(s.a, LIAISON), &err),
                       &err),
              ENT_NOT_FOUND);
    CHECK_OK(SIM_WORK(s.a, casework_shown(&s.a->d, s.arena, &got, person(s.a, LEGAL), &err), &err),
             &err);
    /* Its sender sees what it would see of any tip. */
    sim_carry(&s.world);
    CHECK_TEXT(item_at(&s, s.b, sent.id).state, "shown");
    CHECK_INT(sim_doc_count(s.a, "journal", NULL), 2);
    stage_strike(&s);
}

/* ---- the third try ---- */

static const char *tried(struct stage *s, const char *by, const char *name)
{
    casework_subject subject = { ent_str_of(name), ENT_STR("1980-06-17") };
    casework_draft draft = draft_of(CASEWORK_REQUEST, s->b, "where is he?");
    casework_said said;
    ent_err err = { 0 };

    draft.by = by;
    draft.subjects = &subject;
    draft.subject_count = 1;
    CHECK_OK(SIM_WORK(s->a, casework_say(&s->a->d, s->arena, &draft, &said, &err), &err), &err);
    return said.refused;
}

static ent_code resume(struct stage *s, const char *user, int person_index)
{
    ent_err err = { 0 };

    return SIM_WORK(s->a,
                    casework_tries_resume(&s->a->d, s->arena, ent_str_of(user),
                                          person(s->a, person_index), &err),
                    &err);
}

static void the_third_try_on_a_refused_subject_stops_whoever_tries(void **state)
{
    struct stage s;

    (void)state;
    stage_set(&s);
    vesnin(s.a, s.arena, FORBIDDEN);
    CHECK(tried(&s, "ana", "Anna Orlova") == NULL); /* about another: no try */
    CHECK_STR(tried(&s, "ana", "Ilya Vesnin"), "disclosure");
    CHECK_STR(tried(&s, "eva", "Ilya Vesnin"), "disclosure"); /* her own first */
    CHECK_STR(tried(&s, "ana", "Ilya Vesnin"), "disclosure");
    CHECK_STR(tried(&s, "ana", "Ilya Vesnin"), "third try");
    CHECK_STR(tried(&s, "ana", "Anna Orlova"), "suspended"); /* about anybody now */
    CHECK(tried(&s, "eva", "Anna Orlova") == NULL);          /* but not who did not */
    CHECK_INT(resume(&s, "ana", ANALYST), ENT_DENIED);
    CHECK_INT(resume(&s, s.a->people[LIAISON].name, LIAISON), ENT_DENIED);
    CHECK_INT(resume(&s, "eva", LIAISON), ENT_NOT_FOUND);
    CHECK_INT(resume(&s, "ana", LIAISON), ENT_OK);
    CHECK(tried(&s, "ana", "Anna Orlova") == NULL);
    CHECK_STR(tried(&s, "ana", "Ilya Vesnin"), "disclosure");
    /* After a week it is the first again. */
    CHECK_STR(tried(&s, "ana", "Ilya Vesnin"), "disclosure");
    time_pass(&s, 8 * 86400);
    CHECK_STR(tried(&s, "ana", "Ilya Vesnin"), "disclosure");
    stage_strike(&s);
}

/* ---- copies and tripwires ---- */

static void BOS_3_a_second_copy_is_noticed_where_it_arrives_and_where_it_is_sent(void **state)
{
    struct stage s;
    casework_draft draft;
    casework_item first, second, other;
    ent_str key = ENT_STR("doc:QBZ:650018823");

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "left for training");
    draft.keys = &key;
    draft.key_count = 1;
    first = say(&s, s.a, &draft);
    CHECK_INT(first.duplicates.size, 0);
    draft.peer = s.c->code;
    second = say(&s, s.a, &draft);
    CHECK(memmem(second.duplicates.ptr, second.duplicates.size, first.id.ptr, 36) != NULL);
    /* The third service hears it from another, in other words. */
    draft = draft_of(CASEWORK_TIP, s.b, "said to be in training");
    draft.keys = &key;
    draft.key_count = 1;
    other = say(&s, s.c, &draft);
    other = item_at(&s, s.b, other.id);
    CHECK(memmem(other.duplicates.ptr, other.duplicates.size, first.id.ptr, 36) != NULL);
    stage_strike(&s);
}

static size_t wires(struct stage *s, sim_node *n)
{
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(SIM_WORK(n, casework_tripwires(&n->d, s->arena, &count, &err), &err), &err);
    sim_carry(&s->world);
    return count;
}

static void BOS_8_a_closed_tip_is_opened_again_by_a_later_record(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent, got;
    ent_str key = ENT_STR("doc:QBZ:650018823");

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "left for training");
    draft.keys = &key;
    draft.key_count = 1;
    sent = say(&s, s.a, &draft);
    got = item_at(&s, s.b, sent.id);
    CHECK_OK(SIM_WORK(s.b,
                      casework_outcome(&s.b->d, s.arena, &got, ENT_STR("NO NEXUS"),
                                       ENT_STR("nothing"), person(s.b, ANALYST), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    CHECK_INT(wires(&s, s.b), 0);
    time_pass(&s, 160 * 86400);
    passport(s.b, s.arena, "650018823", MATCHABLE);
    CHECK_INT(wires(&s, s.b), 1);
    CHECK_INT(wires(&s, s.b), 0); /* once */
    CHECK_TEXT(item_at(&s, s.b, sent.id).state, "reopened");
    sent = item_at(&s, s.a, sent.id);
    CHECK_TEXT(sent.state, "reopened");
    CHECK_TEXT(sent.events[sent.event_count - 1].note, "your tip has a hit");
    CHECK(memmem(s.bodies[s.count - 1].ptr, s.bodies[s.count - 1].size, PASS, 30) == NULL);
    /* And it is closed once more. */
    got = item_at(&s, s.b, sent.id);
    CHECK_OK(SIM_WORK(s.b,
                      casework_outcome(&s.b->d, s.arena, &got, ENT_STR("CONTRIBUTED"),
                                       ENT_STR("arrest"), person(s.b, ANALYST), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "closed");
    CHECK_INT(wires(&s, s.b), 0);
    stage_strike(&s);
}

static void a_record_that_nobody_may_find_opens_no_tip(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent, got;
    ent_str key = ENT_STR("doc:QBZ:650018823");

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "left for training");
    draft.keys = &key;
    draft.key_count = 1;
    sent = say(&s, s.a, &draft);
    got = item_at(&s, s.b, sent.id);
    CHECK_OK(SIM_WORK(s.b,
                      casework_outcome(&s.b->d, s.arena, &got, ENT_STR("NO NEXUS"),
                                       ENT_STR("nothing"), person(s.b, ANALYST), &err),
                      &err),
             &err);
    sim_carry(&s.world);
    passport(s.b, s.arena, "650018823", FORBIDDEN);
    s.count = 0;
    CHECK_INT(wires(&s, s.b), 0);
    CHECK_INT(s.count, 0);
    stage_strike(&s);
}

static void BOS_2_a_reading_stands_beside_the_words_and_finds_too(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    casework_draft draft;
    casework_item sent, got;
    ent_str key = ENT_STR("doc:QBZ:650018823");

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "Джуранаев Эльхан, 07.03.1991");
    sent = say(&s, s.a, &draft);
    got = item_at(&s, s.b, sent.id);
    CHECK_OK(SIM_WORK(s.b,
                      casework_reading(&s.b->d, s.arena, &got, ENT_STR("Juranayef, El Khan"),
                                       ENT_STR("1991-07-03"), &key, 1, ENT_STR("b.clerk"), &err),
                      &err),
             &err);
    got = item_at(&s, s.b, sent.id);
    CHECK_TEXT(ent_json_get_text(got.body, "text"), "Джуранаев Эльхан, 07.03.1991");
    CHECK_TEXT(got.said, ent_arena_str(s.arena, sent.said).ptr);
    CHECK_OK(SIM_WORK(s.b,
                      casework_outcome(&s.b->d, s.arena, &got, ENT_STR("NO NEXUS"),
                                       ENT_STR("nothing"), person(s.b, ANALYST), &err),
                      &err),
             &err);
    passport(s.b, s.arena, "650018823", MATCHABLE);
    CHECK_INT(wires(&s, s.b), 1);
    stage_strike(&s);
}

static void BRU_1_a_tip_on_somebody_who_leaves_within_two_hours_is_flash(void **state)
{
    struct stage s;
    casework_draft draft;
    casework_item sent;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "deported, plane at 13:30");
    draft.precedence = CASEWORK_ROUTINE;
    draft.class = ENT_STR("moving");
    draft.departs = ENT_STR("2024-11-10T13:30:00Z");
    sent = say(&s, s.a, &draft);
    CHECK_INT(item_at(&s, s.b, sent.id).precedence, CASEWORK_FLASH);
    draft.departs = ENT_STR("2024-11-10T14:30:00Z");
    sent = say(&s, s.a, &draft);
    CHECK_INT(item_at(&s, s.b, sent.id).precedence, CASEWORK_ROUTINE);
    stage_strike(&s);
}

/* What one end lists of the thread of an item, as "tip request message". */
static ent_str thread_at(struct stage *s, sim_node *n, ent_str id)
{
    casework_item *items;
    ent_str text = ENT_STR("");
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(casework_thread(&n->d, s->arena, id, &items, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        text = ent_arena_printf(s->arena, "%.*s%s%s:%.*s", ENT_STR_ARG(text), i > 0 ? " " : "",
                                casework_kind_name(items[i].kind),
                                ENT_STR_ARG(ent_json_get_text(items[i].body, "text")));
    return text;
}

static void BRU_2_a_tip_that_does_not_say_why_he_was_arrested_is_asked_back(void **state)
{
    struct stage s;
    casework_draft draft;
    casework_item sent, asked;
    casework_item *items;
    ent_err err = { 0 };
    size_t count;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "stopped at the border");
    draft.class = ENT_STR("arrested");
    draft.why = ENT_STR("terrorism");
    (void)say(&s, s.a, &draft);
    CHECK_OK(casework_items(&s.a->d, s.arena, NULL, &items, &count, &err), &err);
    CHECK_INT(count, 1);
    draft.why = ENT_STR_NONE;
    sent = say(&s, s.a, &draft);
    sim_carry(&s.world);
    CHECK_OK(casework_items(&s.a->d, s.arena, NULL, &items, &count, &err), &err);
    CHECK_INT(count, 3);
    asked = items[0].kind == CASEWORK_REQUEST   ? items[0]
            : items[1].kind == CASEWORK_REQUEST ? items[1]
                                                : items[2];
    CHECK_INT(asked.kind, CASEWORK_REQUEST);
    CHECK(!asked.out);
    CHECK_INT(asked.precedence, CASEWORK_IMMEDIATE);
    CHECK_TEXT(ent_json_get_text(asked.body, "thread"), sent.id.ptr);
    stage_strike(&s);
}

static void BRU_4_both_ends_have_the_whole_thread(void **state)
{
    struct stage s;
    casework_draft draft;
    casework_item tip, asked, note;
    ent_str here, there;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_TIP, s.b, "one");
    tip = say(&s, s.a, &draft);
    time_pass(&s, 60);
    draft = draft_of(CASEWORK_REQUEST, s.a, "two");
    draft.thread = tip.id;
    asked = say(&s, s.b, &draft);
    time_pass(&s, 60);
    draft = draft_of(CASEWORK_MESSAGE, s.b, "three");
    draft.thread = asked.id; /* about what is about it */
    note = say(&s, s.a, &draft);
    draft = draft_of(CASEWORK_MESSAGE, s.b, "something else");
    (void)say(&s, s.a, &draft);
    here = thread_at(&s, s.a, tip.id);
    there = thread_at(&s, s.b, note.id);
    CHECK_TEXT(here, "tip:one request:two message:three");
    CHECK_TEXT(there, here.ptr);
    stage_strike(&s);
}

static void BRU_4_nothing_stands_before_what_it_is_about(void **state)
{
    static const char *const words[] = { "one", "two", "three", "four", "five", "six" };
    struct stage s;
    casework_item last = { .id = ENT_STR_NONE };

    (void)state;
    stage_set(&s);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) { /* all in one instant */
        casework_draft draft = draft_of(CASEWORK_MESSAGE, s.b, words[i]);

        draft.thread = last.id;
        last = say(&s, s.a, &draft);
    }
    CHECK_TEXT(thread_at(&s, s.b, last.id), "message:one message:two message:three message:four "
                                            "message:five message:six");
    stage_strike(&s);
}

/* ---- lies ---- */

static void lie(struct stage *s, link_kind kind, const char *body)
{
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(s->b,
                      desk_say(&s->b->d, s->arena, s->a->code, kind,
                               (ent_span){ body, strlen(body) }, &err),
                      &err),
             &err);
    sim_carry(&s->world);
}

static void what_a_peer_makes_up_is_refused(void **state)
{
    static const struct {
        link_kind kind;
        const char *body;
    } lies[] = {
        { LINK_TIP, "{}" },
        { LINK_TIP, "[]" },
        { LINK_TIP, "{\"agreement\":\"x\"" },
        { LINK_MESSAGE, "{\"x\":1}" },
        { LINK_ANSWER, "{\"answer\":\"answered\",\"request\":\"%s\"}" },
        { LINK_ANSWER, "{\"answer\":\"nothing to release\",\"request\":\"%s\",\"text\":\"x\"}" },
        { LINK_ANSWER, "{\"approvals\":[],\"statement\":\"{}\"}" },
        { LINK_ANSWER, "{\"answer\":\"nothing to "
                       "release\",\"request\":\"0b51a6f0-1c4e-4c7a-9f7e-000000000001\"}" },
        { LINK_ACKNOWLEDGEMENT,
          "{\"item\":\"%s\",\"state\":\"reopened\",\"time\":\"2024-11-10T12:00:00.000Z\"}" },
        { LINK_ACKNOWLEDGEMENT,
          "{\"item\":\"%s\",\"state\":\"sent\",\"time\":\"2024-11-10T12:00:00.000Z\"}" },
        { LINK_ACKNOWLEDGEMENT,
          "{\"item\":\"%s\",\"state\":\"delivered\",\"time\":\"2024-11-10T12:00:00.000Z\"}" },
        { LINK_ACKNOWLEDGEMENT, "{\"by\":\"s.legal\",\"item\":\"%s\",\"role\":\"legal\",\"state\":"
                                "\"acknowledged\",\"time\":\"2024-11-10T12:00:00.000Z\"}" },
        { LINK_OUTCOME, "{\"by\":\"x\",\"item\":\"%s\",\"outcome\":\"CONTRIBUTED\",\"time\":\"2024-"
                        "11-10T12:00:00.000Z\"}" },
    };
    struct stage s;
    casework_draft draft;
    casework_item sent;

    (void)state;
    stage_set(&s);
    draft = draft_of(CASEWORK_REQUEST, s.b, "what is it?");
    sent = say(&s, s.a, &draft);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        const char *at = strstr(lies[i].body, "%s");
        ent_str body = at == NULL
                           ? ent_str_of(lies[i].body)
                           : ent_arena_printf(s.arena, "%.*s%.*s%s", (int)(at - lies[i].body),
                                              lies[i].body, ENT_STR_ARG(sent.id), at + 2);

        lie(&s, lies[i].kind, body.ptr);
        if (sim_doc_count(s.a, "refused", NULL) != (int)i + 1)
            fail_msg("lie %zu was believed: %s", i, body.ptr);
    }
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "delivered");
    /* Another peer's item is none of this one's. */
    draft = draft_of(CASEWORK_REQUEST, s.c, "what is it?");
    sent = say(&s, s.a, &draft);
    lie(&s, LINK_ANSWER,
        ent_arena_printf(s.arena, "{\"answer\":\"nothing to release\",\"request\":\"%.*s\"}",
                         ENT_STR_ARG(sent.id))
            .ptr);
    CHECK_TEXT(item_at(&s, s.a, sent.id).state, "delivered");
    /* Nor is its id. */
    lie(&s, LINK_REQUEST, ent_arena_str(s.arena, sent.said).ptr);
    CHECK(item_at(&s, s.a, sent.id).out);
    stage_strike(&s);
}

/* ---- what goes ahead ---- */

struct kept {
    link_entry entry[8];
    ent_span body[8];
    size_t count;
};

/* Says it, and keeps the entry instead of carrying it. */
static void say_kept(struct stage *s, struct kept *kept, casework_precedence precedence,
                     const char *text)
{
    casework_draft draft = draft_of(CASEWORK_MESSAGE, s->b, text);

    draft.precedence = precedence;
    (void)say(s, s->a, &draft);
    kept->body[kept->count] = ent_span_of_str(s->bodies[s->count - 1]);
    kept->entry[kept->count].kind = s->kinds[s->count - 1];
    kept->count++;
}

static bool keep(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    return listen(arg, from, to, entry, body) && false;
}

/* One entry at b, ahead of the others or at its place. */
static void hear_kept(struct stage *s, struct kept *kept, size_t i, uint64_t first, bool ahead)
{
    link_entry *entry = &kept->entry[i];
    ent_err err = { 0 };

    entry->seq = first + i;
    entry->time = s->a->d.now;
    (void)snprintf(entry->id, sizeof entry->id, "0b51a6f0-1c4e-4c7a-9f7e-0000000000%02x",
                   (unsigned)i & 255U);
    CHECK_OK(SIM_WORK(s->b,
                      (ahead ? desk_receive_ahead : desk_receive)(&s->b->d, s->arena, s->a->code,
                                                                  entry, kept->body[i], &err),
                      &err),
             &err);
}

static void what_is_flash_is_heard_before_what_was_said_first_and_once(void **state)
{
    static struct kept kept;
    struct stage s;
    ent_err err = { 0 };
    uint64_t first;

    (void)state;
    memset(&kept, 0, sizeof kept);
    stage_set(&s);
    s.world.tap = keep;
    say_kept(&s, &kept, CASEWORK_ROUTINE, "the first");
    say_kept(&s, &kept, CASEWORK_IMMEDIATE, "the second");
    say_kept(&s, &kept, CASEWORK_FLASH, "leave the building");
    CHECK_INT(kept.entry[1].kind, LINK_MESSAGE);
    CHECK_INT(kept.entry[2].kind, LINK_FLASH);
    CHECK(link_kind_ahead(LINK_FLASH) && !link_kind_urgent(LINK_FLASH));
    CHECK_OK(desk_position(&s.b->d, s.arena, s.a->code, &first, &err), &err);
    hear_kept(&s, &kept, 2, first, true);
    CHECK_INT(sim_doc_count(s.b, "item", NULL), 1);
    CHECK_INT(sim_doc_count(s.b, "notice", NULL), 1);
    for (size_t i = 0; i < 3; i++)
        hear_kept(&s, &kept, i, first, false);
    CHECK_INT(sim_doc_count(s.b, "item", NULL), 3);
    CHECK_INT(sim_doc_count(s.b, "notice", NULL), 3);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "early", NULL), 0);
    stage_strike(&s);
}

/* The agreement that it stands on may be in front of it, and not applied yet. */
static void what_cannot_be_heard_ahead_is_heard_at_its_place(void **state)
{
    static struct kept kept;
    struct stage s;
    ent_err err = { 0 };
    uint64_t first;

    (void)state;
    memset(&kept, 0, sizeof kept);
    stage_set(&s);
    s.world.tap = keep;
    say_kept(&s, &kept, CASEWORK_FLASH, "leave the building");
    CHECK_OK(desk_position(&s.b->d, s.arena, s.a->code, &first, &err), &err);
    s.b->d.now += 800 * 86400 * ENT_SECOND; /* the agreement is in force at another time */
    hear_kept(&s, &kept, 0, first, true);
    CHECK_INT(sim_doc_count(s.b, "item", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    s.b->d.now -= 800 * 86400 * ENT_SECOND;
    hear_kept(&s, &kept, 0, first, false);
    CHECK_INT(sim_doc_count(s.b, "item", NULL), 1);
    stage_strike(&s);
}

static void only_what_is_flash_goes_ahead(void **state)
{
    static const char *const lies[] = { "", "{}", "{\"flash\":\"tip\",\"said\":{}}",
                                        "{\"flash\":\"release\",\"said\":{}}" };
    static struct kept kept;
    struct stage s;
    ent_err err = { 0 };
    uint64_t first;

    (void)state;
    memset(&kept, 0, sizeof kept);
    stage_set(&s);
    s.world.tap = keep;
    say_kept(&s, &kept, CASEWORK_ROUTINE, "nothing");
    kept.body[0] =
        ent_span_of_str(ent_arena_printf(s.arena, "{\"flash\":\"message\",\"said\":%.*s}",
                                         (int)kept.body[0].size, (const char *)kept.body[0].ptr));
    kept.entry[0].kind = LINK_FLASH;
    for (size_t i = 0; i < 4; i++) {
        kept.body[1 + i] = (ent_span){ lies[i], strlen(lies[i]) };
        kept.entry[1 + i].kind = LINK_FLASH;
    }
    CHECK_OK(desk_position(&s.b->d, s.arena, s.a->code, &first, &err), &err);
    for (size_t i = 0; i < 5; i++) {
        hear_kept(&s, &kept, i, first, true);
        CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
        CHECK_INT(sim_doc_count(s.b, "early", NULL), 0);
    }
    for (size_t i = 0; i < 5; i++)
        hear_kept(&s, &kept, i, first, false);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 5);
    CHECK_INT(sim_doc_count(s.b, "item", NULL), 0);
    stage_strike(&s);
}

RUN_TESTS(TEST(what_is_flash_is_heard_before_what_was_said_first_and_once),
          TEST(what_cannot_be_heard_ahead_is_heard_at_its_place),
          TEST(only_what_is_flash_goes_ahead),
          TEST(BOS_6_a_tip_arrives_and_its_sender_hears_each_step),
          TEST(the_text_of_a_tip_leaves_on_two_officers_words_and_not_on_ones),
          TEST(a_tip_without_two_signatures_is_refused_where_it_arrives),
          TEST(BOS_9_a_tip_ends_with_an_outcome_that_its_sender_hears),
          TEST(nothing_is_said_without_an_agreement_for_the_purpose),
          TEST(BOS_7_a_request_is_overdue_at_both_ends_on_the_same_day),
          TEST(the_receivers_clock_counts_and_its_skew_is_shown),
          TEST(an_answer_needs_two_officers_who_did_not_draft_it),
          TEST(later_is_an_answer_but_the_answer_is_still_owed),
          TEST(NIN_2_answered_by_a_release_that_the_peer_does_not_have_is_refused),
          TEST(DP_8_nothing_is_the_same_bytes_at_the_same_hour_whatever_is_held),
          TEST(DP_1_a_request_about_a_guarded_subject_is_refused_at_home_and_oversight_told),
          TEST(a_tip_on_a_guarded_subject_is_for_the_legal_officer_first),
          TEST(the_third_try_on_a_refused_subject_stops_whoever_tries),
          TEST(BOS_3_a_second_copy_is_noticed_where_it_arrives_and_where_it_is_sent),
          TEST(BOS_8_a_closed_tip_is_opened_again_by_a_later_record),
          TEST(a_record_that_nobody_may_find_opens_no_tip),
          TEST(BOS_2_a_reading_stands_beside_the_words_and_finds_too),
          TEST(BRU_1_a_tip_on_somebody_who_leaves_within_two_hours_is_flash),
          TEST(BRU_2_a_tip_that_does_not_say_why_he_was_arrested_is_asked_back),
          TEST(BRU_4_both_ends_have_the_whole_thread),
          TEST(BRU_4_nothing_stands_before_what_it_is_about), TEST(what_a_peer_makes_up_is_refused))
