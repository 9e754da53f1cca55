/* sim: two and three desks agree and match.  Everything is carried straight from one
 * outbox to the other's receiver, also twice, also after a crash at each commit. */
#include "sim/desk_sim.h"

#include "base/limits.h"
#include "match/match.h"
#include "desk/work.h"
#include "names/names.h"
#include "psi/keyform.h"
#include "stix/extension_ids.h"

/* ---- agreement ---- */

static void an_agreement_is_in_force_when_every_party_has_signed(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    desk_agreement a;
    ent_err err = { 0 };
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 3);
    sim_propose(&world, arena, SIM_TERMS, id);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(desk_agreement_get(&world.nodes[2].d, arena, ent_str_of(id), &a, &err), &err);
        CHECK(!a.in_force);
        CHECK_STR(a.why_not, "not all parties have signed");
        sim_sign_agreement(&world.nodes[i], arena, id);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_OK(desk_agreement_get(&world.nodes[i].d, arena, ent_str_of(id), &a, &err), &err);
        CHECK(a.in_force);
        CHECK_TEXT(a.state, "complete");
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_signature_may_be_faster_than_the_proposal(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const char *peers[] = { "SVB", "CTB" };
    desk_agreement a;
    ent_err err = { 0 };
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 3);
    CHECK_OK(SIM_WORK(&world.nodes[0],
                      desk_agreement_propose(&world.nodes[0].d, arena, ENT_STR(SIM_TERMS), peers, 2,
                                             "d.liaison", id, &err),
                      &err),
             &err);
    /* SVB hears of it, CTB does not yet: its copy waits in the outbox of DSV. */
    world.count = 2;
    {
        struct sim_outbox box = { .arena = arena };
        ent_span body;
        link_entry entry = { .kind = LINK_AGREEMENT };

        CHECK_OK(store_docs_each(world.nodes[0].d.store, "outbox", "SVB", "waiting",
                                 sim_outbox_take, &box, &err),
                 &err);
        body = sim_outbox_body(&world.nodes[0], arena, box.docs[0].id);
        world.count = 3;
        world.nodes[0].said[1]++;
        sim_apply(&world.nodes[0], &world.nodes[1], &entry, body);
        CHECK_OK(SIM_WORK(&world.nodes[0],
                          store_doc_delete(world.nodes[0].d.store, "outbox", box.docs[0].id, &err),
                          &err),
                 &err);
    }
    for (int i = 0; i < 2; i++) {
        bool done;
        int count;

        CHECK_OK(
            SIM_WORK(&world.nodes[1],
                     desk_agreement_approve(&world.nodes[1].d, arena, ent_str_of(id),
                                            &world.nodes[1].people[i].officer, &count, &done, &err),
                     &err),
            &err);
    }
    sim_carry_from(&world, &world.nodes[1]);
    CHECK_OK(desk_agreement_get(&world.nodes[2].d, arena, ent_str_of(id), &a, &err), &err);
    sim_carry(&world);
    sim_sign_agreement(&world.nodes[0], arena, id);
    sim_sign_agreement(&world.nodes[2], arena, id);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(desk_agreement_get(&world.nodes[i].d, arena, ent_str_of(id), &a, &err), &err);
        CHECK(a.in_force);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static ent_code approve(sim_node *n, ent_arena *arena, const char *id, int person, bool *done,
                        ent_err *err)
{
    int count;

    *err = (ent_err){ 0 };
    return SIM_WORK(n,
                    desk_agreement_approve(&n->d, arena, ent_str_of(id), &n->people[person].officer,
                                           &count, done, err),
                    err);
}

static void two_persons_sign_an_agreement_and_the_drafter_is_neither(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    bool done = false;
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_propose(&world, arena, SIM_TERMS, id); /* drafted by the liaison, person 3 */
    CHECK_INT(approve(&world.nodes[0], arena, id, 3, &done, &err), ENT_DENIED);
    CHECK_STR(err.msg, "'d.liaison' has drafted this agreement and cannot approve it [law 6]");
    CHECK_INT(approve(&world.nodes[0], arena, id, 4, &done, &err), ENT_DENIED); /* an analyst */
    CHECK_OK(approve(&world.nodes[0], arena, id, 0, &done, &err), &err);
    CHECK(!done);
    CHECK_INT(approve(&world.nodes[0], arena, id, 0, &done, &err), ENT_DENIED);
    CHECK_STR(err.msg, "'d.fdo1' has approved already; a second person is needed [law 6]");
    CHECK_INT(sim_doc_count(&world.nodes[0], "outbox", "waiting"), 0); /* nothing has been said */
    CHECK_OK(approve(&world.nodes[0], arena, id, 2, &done, &err), &err);
    CHECK(done);
    CHECK_INT(approve(&world.nodes[0], arena, id, 1, &done, &err), ENT_CONFLICT);
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_party_that_is_not_linked_is_no_party(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const char *peers[] = { "SVB", "NOBODY" };
    ent_err err = { 0 };
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    CHECK_INT(SIM_WORK(&world.nodes[0],
                       desk_agreement_propose(&world.nodes[0].d, arena, ENT_STR(SIM_TERMS), peers,
                                              2, "d.liaison", id, &err),
                       &err),
              ENT_NOT_FOUND);
    CHECK_STR(err.msg, "party 'NOBODY': there is no peer 'NOBODY'");
    CHECK_INT(sim_doc_count(&world.nodes[0], "agreement", NULL), 0);
    CHECK_INT(sim_doc_count(&world.nodes[0], "outbox", NULL), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_bad_agreement_is_refused_with_the_place(void **state)
{
    static const char *const bad[][2] = {
        { "{\"name\":\"x\"}", "the agreement: member 'purposes' is no list of 1 to 16 texts" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1}",
          "the agreement: member 'not_after' is missing or no text" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1,\"not_after\":\"2025\","
          "\"nonsense\":1}",
          "the agreement: member 'nonsense' is not known" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1,\"not_after\":\"2025\","
          "\"not_before\":\"2026\"}",
          "the agreement: it ends before it begins" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":0,\"not_after\":\"2025\"}",
          "the agreement: member 'retention_months' is missing or no whole number from 1 to 1200" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1,\"not_after\":\"2025\","
          "\"release\":1}",
          "the agreement: member 'release' is not true or false" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1,\"not_after\":\"2025\","
          "\"match\":{\"keys_per_day\":16,\"set_max\":16,\"namespaces\":{\"pub\":1}}}",
          "the agreement: 'pub' is no namespace of keys [psi/keyform.def]" },
    };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const char *peers[] = { "SVB" };
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_err err = { 0 };

        CHECK_INT(SIM_WORK(&world.nodes[0],
                           desk_agreement_propose(&world.nodes[0].d, arena, ent_str_of(bad[i][0]),
                                                  peers, 1, "d.liaison", id, &err),
                           &err),
                  ENT_FORMAT);
        CHECK_STR(err.msg, bad[i][1]);
    }
    CHECK_INT(sim_doc_count(&world.nodes[0], "agreement", NULL), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

/* Changes one byte of everything of one kind that is carried. */
struct spoil {
    link_kind kind;
    size_t at;
    uint8_t copy[65536];
    bool done;
};

static bool spoil_one(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct spoil *s = arg;

    (void)from;
    (void)to;
    if (entry->kind != s->kind || s->done || body->size > sizeof s->copy)
        return true;
    memcpy(s->copy, body->ptr, body->size);
    s->copy[s->at % body->size] ^= 0x01;
    body->ptr = s->copy;
    s->done = true;
    return true;
}

static void a_changed_signature_is_refused_and_leaves_the_agreement_as_it_was(void **state)
{
    (void)state;
    for (size_t at = 0; at < 4000; at += 97) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        struct spoil spoil = { .kind = LINK_AGREEMENT_SIGNATURE, .at = at };
        desk_agreement a;
        ent_err err = { 0 };
        char id[37];
        sim world;

        sim_init(&world, 2);
        world.tap = spoil_one;
        world.tap_arg = &spoil;
        sim_propose(&world, arena, SIM_TERMS, id);
        sim_sign_agreement(&world.nodes[0], arena, id);
        CHECK(spoil.done);
        CHECK_INT(sim_doc_count(&world.nodes[1], "refused", NULL), 1);
        CHECK_OK(desk_agreement_get(&world.nodes[1].d, arena, ent_str_of(id), &a, &err), &err);
        CHECK(!desk_agreement_party(&a, ENT_STR("DSV"))->signed_);
        sim_release(&world);
        ent_arena_free(arena);
    }
}

static void one_party_suspends_and_nothing_flows(void **state)
{
    const match_question asked = { .peer = "DSV", .purpose = ENT_STR("CT-INV") };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    desk_agreement a;
    ent_err err = { 0 };
    char id[37], run[37];
    sim world;

    (void)state;
    sim_init(&world, 3);
    sim_agree(&world, arena, id);
    CHECK_OK(
        SIM_WORK(&world.nodes[1],
                 desk_agreement_suspend(&world.nodes[1].d, arena, ent_str_of(id),
                                        &world.nodes[1].people[0].officer, ENT_STR("leak"), &err),
                 &err),
        &err);
    sim_carry(&world);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(desk_agreement_get(&world.nodes[i].d, arena, ent_str_of(id), &a, &err), &err);
        CHECK(!a.in_force);
        CHECK_STR(a.why_not, "a party has suspended it");
    }
    CHECK_INT(match_start(&world.nodes[2].d, arena, &asked, run, &err), ENT_DENIED);
    sim_release(&world);
    ent_arena_free(arena);
}

/* ---- match ---- */

static const char *record(ent_arena *arena, const char *id, const char *handling)
{
    return ent_arena_printf(
               arena,
               "{\"type\":\"identity\",\"id\":\"%s\",\"extensions\":{\"" STIX_EXT_HANDLING
               "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},%s}}}",
               id, handling)
        .ptr;
}

#define M                                                                                   \
    "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"dis" \
    "cover\":\"pointer\""

static void put(sim_node *n, ent_arena *arena, const char *id, const char *handling,
                const char *key)
{
    ent_str keys[] = { ent_str_of(key) };

    sim_put(n, id, "identity", record(arena, id, handling), keys, 1, NULL, 0);
}

static ent_code start(sim_node *n, ent_arena *arena, const char *peer, const char *about,
                      char run[37], ent_err *err)
{
    const match_question asked = { .peer = peer, .purpose = ENT_STR("CT-INV"), .about = about };

    *err = (ent_err){ 0 };
    return match_start(&n->d, arena, &asked, run, err);
}

static size_t hits(sim_node *n, ent_arena *arena, ent_json **list)
{
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(match_hit_list(&n->d, arena, NULL, NULL, list, &count, &err), &err);
    return count;
}

static void two_worlds_match(bool crash, bool twice)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_run run;
    ent_json *list;
    ent_err err = { 0 };
    char id[37], run_id[37];
    sim world;

    sim_init(&world, 2);
    world.crash = crash;
    world.twice = twice;
    sim_agree(&world, arena, id);
    put(&world.nodes[0], arena, "identity--a1", M, "doc:QBZ:1");
    put(&world.nodes[0], arena, "identity--a2", M, "doc:QBZ:1");
    put(&world.nodes[0], arena, "identity--a3", M ",\"valid\":\"2021/2022\"", "tel:+111");
    put(&world.nodes[0], arena, "identity--a4", M ",\"valid\":\"2021/2022\"", "tel:+222");
    put(&world.nodes[0], arena, "identity--a5", M, "doc:ONLY:1");
    put(&world.nodes[1], arena, "identity--b1", M, "doc:QBZ:1");
    put(&world.nodes[1], arena, "identity--b3", M ",\"valid\":\"2022-06/2023\"", "tel:+111");
    put(&world.nodes[1], arena, "identity--b4", M ",\"valid\":\"2023/2024\"", "tel:+222");
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    sim_carry(&world);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(match_run_get(&world.nodes[i].d, arena, ent_str_of(run_id), &run, &err), &err);
        CHECK_TEXT(run.state, "closed");
        CHECK_INT(run.hits, 3);
        CHECK_INT(run.size_own, 16);
        CHECK_INT(hits(&world.nodes[i], arena, &list), 3);
        CHECK_INT(sim_doc_count(&world.nodes[i], "run-secret", NULL), 0);
        CHECK_INT(sim_doc_count(&world.nodes[i], "run-found", NULL), 0);
        CHECK_INT(sim_doc_count(&world.nodes[i], "erase", NULL), 5);
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
        for (int j = 0; j < 3; j++) {
            ent_str key = ent_json_get_text(list[j], "key");

            CHECK_TEXT(ent_json_get_text(list[j], "status"),
                       ent_str_is(key, "tel:+222") ? "time-conflict" : "hit");
            CHECK_INT(ent_json_count(ent_json_get(list[j], "own")),
                      i == 0 && ent_str_is(key, "doc:QBZ:1") ? 2 : 1);
        }
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void both_sides_find_the_same_keys_and_their_times(void **state)
{
    (void)state;
    two_worlds_match(false, false);
}

static void a_crash_at_every_commit_changes_nothing(void **state)
{
    (void)state;
    two_worlds_match(true, false);
}

static void an_entry_twice_is_an_entry_once(void **state)
{
    (void)state;
    two_worlds_match(false, true);
    two_worlds_match(true, true);
}

static void what_policy_forbids_is_in_no_set(void **state)
{
    static const char *const forbidden[] = {
        "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029\",\"discover\":"
        "\"silent\"",
        "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029\"",
        "\"purposes\":[\"CT-INV\"],\"category\":\"witness\",\"retention\":\"2029\",\"discover\":"
        "\"pointer\"",
        "\"purposes\":[\"CT-INV\"],\"category\":\"minor\",\"retention\":\"2029\",\"discover\":"
        "\"open\"",
        "\"purposes\":[\"CT-PREV\"],\"category\":\"suspect\",\"retention\":\"2029\",\"discover\":"
        "\"pointer\"",
        "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2024-11-09\","
        "\"discover\":\"pointer\"",
        "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\"",
        "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029\",\"discover\":"
        "\"pointer\",\"prohibit\":[\"disclose\"]",
        "\"purposes\":[\"CT-INV\"],\"category\":\"alien\",\"retention\":\"2029\",\"discover\":"
        "\"pointer\"",
    };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char id[37], run_id[37];
    ent_json *list;
    ent_str pub[] = { ENT_STR("pub:INC-A") };
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        const char *key = ent_arena_printf(arena, "doc:K:%zu", i).ptr;

        put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--a%zu", i).ptr, forbidden[i],
            key);
        put(&world.nodes[1], arena, ent_arena_printf(arena, "identity--b%zu", i).ptr, M, key);
    }
    for (int i = 0; i < 2; i++)
        sim_put(&world.nodes[i], "incident--1", "incident", record(arena, "incident--1", M), pub, 1,
                NULL, 0);
    /* Under an originator's control: the document may be found, the name is content. */
    {
        ent_str keys[] = { ENT_STR("doc:O:1"), ENT_STR("nm:JRNV.ELKN.1991-03-07") };

        sim_put(&world.nodes[0], "identity--o", "identity",
                record(arena, "identity--o", M ",\"originator_control\":[\"X\"]"), keys, 2, NULL,
                0);
        sim_put(&world.nodes[1], "identity--o2", "identity", record(arena, "identity--o2", M), keys,
                2, NULL, 0);
    }
    CHECK_OK(start(&world.nodes[1], arena, "DSV", NULL, run_id, &err), &err);
    sim_carry(&world);
    CHECK_INT(hits(&world.nodes[0], arena, &list), 1);
    CHECK_TEXT(ent_json_get_text(list[0], "key"), "doc:O:1");
    CHECK_INT(hits(&world.nodes[1], arena, &list), 1);
    sim_release(&world);
    ent_arena_free(arena);
}

/* Law 2 for the match: what is withheld changes no byte of what the peer sees. */
static void what_is_withheld_shifts_no_byte(void **state)
{
    size_t carried[2], bytes[2];

    (void)state;
    for (int with = 0; with < 2; with++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        ent_err err = { 0 };
        char id[37], run_id[37];
        sim world;

        sim_init(&world, 2);
        sim_agree(&world, arena, id);
        put(&world.nodes[0], arena, "identity--a1", M, "doc:QBZ:1");
        put(&world.nodes[1], arena, "identity--b1", M, "doc:QBZ:1");
        for (int i = 0; with == 1 && i < 40; i++)
            put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--x%d", i).ptr,
                "\"purposes\":[\"CT-INV\"],\"category\":\"victim\",\"retention\":\"2029\"",
                ent_arena_printf(arena, "doc:X:%d", i).ptr);
        CHECK_OK(start(&world.nodes[1], arena, "DSV", NULL, run_id, &err), &err);
        sim_carry(&world);
        carried[with] = world.carried;
        bytes[with] = world.bytes;
        sim_release(&world);
        ent_arena_free(arena);
    }
    CHECK_INT(carried[0], carried[1]);
    CHECK_INT(bytes[0], bytes[1]);
}

static void a_match_before_all_signatures_is_refused_at_both_ends(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_run *runs;
    size_t count;
    ent_err err = { 0 };
    char id[37], run_id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    CHECK_INT(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), ENT_DENIED);
    CHECK_STR(err.msg, "no agreement with 'SVB' is in force: there is none [agreement]");
    sim_propose(&world, arena, SIM_TERMS, id);
    sim_sign_agreement(&world.nodes[0], arena, id);
    CHECK_INT(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), ENT_DENIED);
    CHECK_STR(err.msg,
              "no agreement with 'SVB' is in force: not all parties have signed [agreement]");
    CHECK_INT(sim_doc_count(&world.nodes[0], "outbox", NULL), 0);
    /* A sender that asks nevertheless: here, one that believes SVB has signed. */
    sim_sign_agreement(&world.nodes[1], arena, id);
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    CHECK_OK(SIM_WORK(&world.nodes[1],
                      store_doc_delete(world.nodes[1].d.store, "agreement", ent_str_of(id), &err),
                      &err),
             &err);
    sim_carry(&world);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(match_run_list(&world.nodes[i].d, arena, NULL, &runs, &count, &err), &err);
        /* What was refused at home before is in the journal too. */
        CHECK_INT(count, i == 0 ? 3 : 1);
        CHECK_TEXT(runs[0].state, i == 0 ? "denied" : "refused");
        CHECK_TEXT(runs[count - 1].state, "refused");
        CHECK_TEXT(runs[count - 1].clause, "agreement");
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void the_purpose_and_the_flow_must_be_agreed(void **state)
{
    const match_question tax = { .peer = "SVB", .purpose = ENT_STR("TAX") };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char id[37], run_id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    CHECK_INT(match_start(&world.nodes[0].d, arena, &tax, run_id, &err), ENT_DENIED);
    CHECK_STR(err.msg, "the agreement with 'SVB' is not for 'TAX' [purpose]");
    sim_release(&world);
    sim_init(&world, 2);
    sim_propose(&world, arena,
                "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"release\":true,\"retention_months\":1,"
                "\"not_after\":\"2025\"}",
                id);
    sim_sign_agreement(&world.nodes[0], arena, id);
    sim_sign_agreement(&world.nodes[1], arena, id);
    CHECK_INT(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), ENT_DENIED);
    CHECK_STR(err.msg, "the agreement with 'SVB' has no private match [flow]");
    /* An agreement that has ended. */
    for (int i = 0; i < 2; i++)
        world.nodes[i].d.now = SIM_NOW + 500 * ENT_DAY_TIME;
    CHECK_INT(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), ENT_DENIED);
    CHECK_STR(err.msg, "no agreement with 'SVB' is in force: it has ended [agreement]");
    sim_release(&world);
    ent_arena_free(arena);
}

static void the_budget_of_a_day_is_charged_once_and_then_refused(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char id[37], run_id[37], again[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_propose(&world, arena,
                "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":32,\"set_"
                "max\":16},\"retention_months\":1,\"not_after\":\"2025\"}",
                id);
    sim_sign_agreement(&world.nodes[0], arena, id);
    sim_sign_agreement(&world.nodes[1], arena, id);
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, again, &err), &err);
    CHECK_STR(run_id, again); /* still under way: nothing is charged again */
    sim_carry(&world);
    CHECK_OK(start(&world.nodes[1], arena, "DSV", NULL, again, &err), &err);
    sim_carry(&world);
    CHECK_INT(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), ENT_DENIED);
    CHECK_STR(err.msg, "the agreement allows sets of 16 keys and 32 keys a day; this run's 16 are "
                       "too many [budget]");
    world.nodes[0].d.now += ENT_DAY_TIME;
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    sim_release(&world);
    ent_arena_free(arena);
}

static void one_record_is_asked_about_without_the_others(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char id[37], run_id[37];
    ent_json *list;
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    for (int i = 0; i < 2; i++) {
        put(&world.nodes[i], arena, "identity--1", M, "doc:QBZ:1");
        put(&world.nodes[i], arena, "identity--2", M, "doc:QBZ:2");
    }
    CHECK_INT(start(&world.nodes[0], arena, "SVB", "identity--9", run_id, &err), ENT_NOT_FOUND);
    CHECK_OK(start(&world.nodes[0], arena, "SVB", "identity--2", run_id, &err), &err);
    sim_carry(&world);
    CHECK_INT(hits(&world.nodes[0], arena, &list), 1);
    CHECK_TEXT(ent_json_get_text(list[0], "key"), "doc:QBZ:2");
    /* A run again replaces the hit and keeps it as history. */
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    sim_carry(&world);
    CHECK_INT(hits(&world.nodes[0], arena, &list), 2);
    CHECK_INT(sim_doc_count(&world.nodes[0], "hit", "replaced"), 1);
    sim_release(&world);
    ent_arena_free(arena);
}

/* A store of before may have one: it stops no match of the others. */
static void a_key_that_is_too_long_is_left_out(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char key[ENT_LIMIT_MATCH_KEY + 2] = "mail:";
    ent_err err = { 0 };
    char id[37], run_id[37];
    ent_json *list;
    sim world;

    (void)state;
    memset(key + 5, 'a', ENT_LIMIT_MATCH_KEY + 1 - 5);
    key[ENT_LIMIT_MATCH_KEY + 1] = '\0';
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    for (int i = 0; i < 2; i++) {
        put(&world.nodes[i], arena, "identity--1", M, "doc:QBZ:1");
        put(&world.nodes[i], arena, "identity--2", M, key);
    }
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    sim_carry(&world);
    CHECK_INT(hits(&world.nodes[0], arena, &list), 1);
    CHECK_TEXT(ent_json_get_text(list[0], "key"), "doc:QBZ:1");
    sim_release(&world);
    ent_arena_free(arena);
}

/* Any one changed byte in any message: the run fails or is not hurt, at both ends, with no
 * false hit and no secret left behind. */
static void a_changed_message_invents_no_hit(void **state)
{
    (void)state;
    for (size_t at = 0; at < 1200; at += 41) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        struct spoil spoil = { .kind = LINK_MATCH, .at = at };
        ent_err err = { 0 };
        char id[37], run_id[37];
        ent_json *list;
        sim world;

        sim_init(&world, 2);
        sim_agree(&world, arena, id);
        put(&world.nodes[0], arena, "identity--a1", M, "doc:QBZ:1");
        put(&world.nodes[1], arena, "identity--b1", M, "doc:QBZ:1");
        CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
        /* Not the announcement, if the place is beyond it: the set of the asker. */
        spoil.done = at >= 350;
        world.tap = spoil_one;
        world.tap_arg = &spoil;
        sim_carry_from(&world, &world.nodes[0]);
        spoil.done = at < 350;
        sim_carry(&world);
        CHECK(spoil.done);
        for (int i = 0; i < 2; i++) {
            size_t count = hits(&world.nodes[i], arena, &list);

            CHECK(count == 0 ||
                  (count == 1 && ent_str_is(ent_json_get_text(list[0], "key"), "doc:QBZ:1")));
        }
        sim_release(&world);
        ent_arena_free(arena);
    }
}

/* ---- only how many ---- */

static void a_size_is_about_right_at_both_and_names_no_key(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .size = true };
    char id[37], run_id[37];
    ent_err err = { 0 };
    ent_json *list;
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 100; i++)
            put(&world.nodes[n], arena, ent_arena_printf(arena, "identity--%d", i).ptr, M,
                ent_arena_printf(arena, "doc:K:%d", i + 30 * n).ptr);
    world.crash = true;
    CHECK_OK(match_start(&world.nodes[0].d, arena, &q, run_id, &err), &err);
    sim_carry(&world);
    for (int i = 0; i < 2; i++) {
        match_run run;
        long number;

        CHECK_OK(match_run_get(&world.nodes[i].d, arena, ent_str_of(run_id), &run, &err), &err);
        CHECK_TEXT(run.state, "closed");
        CHECK_INT(run.size_own, 128); /* the full price */
        CHECK(ent_str_starts(run.estimate, ENT_STR("about ")));
        number = strtol(run.estimate.ptr + 6, NULL, 10);
        CHECK(number >= 40 && number <= 100); /* 70 */
        CHECK_INT(hits(&world.nodes[i], arena, &list), 0);
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
        CHECK_INT(sim_doc_count(&world.nodes[i], "run-secret", NULL), 0);
        CHECK_INT(sim_doc_count(&world.nodes[i], "run-set", NULL), 0);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

/* An asker that opens another number than it committed to could choose the sample. */
static bool number_change(void *arg, sim_node *from, sim_node *to, link_entry *entry,
                          ent_span *body)
{
    static char copy[1 << 20];
    char *at;

    (void)from;
    (void)to;
    if (entry->kind != LINK_MATCH || body->size >= sizeof copy)
        return true;
    memcpy(copy, body->ptr, body->size);
    copy[body->size] = '\0';
    at = strstr(copy, "\"number\":\"");
    if (at == NULL || strstr(copy, "\"step\":\"set\"") == NULL)
        return true;
    at[10] = at[10] == '0' ? '1' : '0';
    body->ptr = copy;
    *(bool *)arg = true;
    return true;
}

static void the_coin_of_a_size_is_committed_to(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .size = true };
    char id[37], run_id[37];
    ent_err err = { 0 };
    bool done = false;
    match_run run;
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    world.tap = number_change;
    world.tap_arg = &done;
    CHECK_OK(match_start(&world.nodes[0].d, arena, &q, run_id, &err), &err);
    sim_carry(&world);
    CHECK(done);
    CHECK_OK(match_run_get(&world.nodes[1].d, arena, ent_str_of(run_id), &run, &err), &err);
    CHECK_TEXT(run.state, "failed");
    CHECK_INT(run.estimate.size, 0);
    sim_release(&world);
    ent_arena_free(arena);
}

/* ---- work outside of transactions ---- */

/* Does the work in parts, and sees to it that no transaction is open meanwhile. */
static void free_crew(void *arg, size_t parts, psi_part part, void *ctx)
{
    sim_node *n = arg;
    ent_err err = { 0 };

    CHECK_OK(store_begin(n->d.store, &err), &err);
    store_rollback(n->d.store);
    for (size_t i = parts; i-- > 0;)
        part(ctx, i);
    n->world->carried++; /* counted where nothing else does in this test */
}

static void no_key_is_blinded_inside_a_transaction(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37], run_id[37];
    ent_err err = { 0 };
    psi_crew crews[2];
    size_t before;
    match_run run;
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    for (int n = 0; n < 2; n++) {
        crews[n] = (psi_crew){ &world.nodes[n], free_crew };
        world.nodes[n].d.crew = &crews[n];
        for (int i = 0; i < 130; i++)
            put(&world.nodes[n], arena, ent_arena_printf(arena, "identity--%d", i).ptr, M,
                ent_arena_printf(arena, "doc:K:%d", i).ptr);
    }
    before = world.carried;
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    CHECK(world.carried > before);
    sim_carry(&world);
    CHECK_OK(match_run_get(&world.nodes[1].d, arena, ent_str_of(run_id), &run, &err), &err);
    CHECK_TEXT(run.state, "closed");
    CHECK_INT(run.hits, 130);
    CHECK(world.carried >= before + 4 + 5); /* two sets, two doublings; five bulky messages */
    sim_release(&world);
    ent_arena_free(arena);
}

static bool drop_all(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    (void)from;
    (void)to;
    (void)body;
    if (entry->kind == LINK_MATCH)
        (*(int *)arg)++;
    return entry->kind != LINK_MATCH;
}

static void a_run_that_nobody_answers_ends_as_silent_and_is_charged_once(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37], run_id[37], again[37];
    ent_err err = { 0 };
    match_run run;
    int said = 0;
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    put(&world.nodes[0], arena, "identity--a1", M, "doc:QBZ:1");
    world.tap = drop_all;
    world.tap_arg = &said;
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, run_id, &err), &err);
    sim_carry(&world);
    world.nodes[0].d.now += 71 * 3600 * ENT_SECOND;
    CHECK_OK(match_work(&world.nodes[0].d, arena, &(size_t){ 0 }, &err), &err);
    CHECK_OK(start(&world.nodes[0], arena, "SVB", NULL, again, &err), &err);
    CHECK_STR(again, run_id);
    CHECK_INT(said, 1);
    world.nodes[0].d.now += 2 * 3600 * ENT_SECOND;
    CHECK_OK(match_work(&world.nodes[0].d, arena, &(size_t){ 0 }, &err), &err);
    CHECK_OK(match_run_get(&world.nodes[0].d, arena, ent_str_of(run_id), &run, &err), &err);
    CHECK_TEXT(run.state, "silent");
    CHECK_INT(sim_doc_count(&world.nodes[0], "run-secret", NULL), 0);
    CHECK_INT(sim_doc_count(&world.nodes[0], "run-set", NULL), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

/* ---- the story ---- */

struct story {
    ent_json json;
    sim_node *nodes[3];
};

static ent_str purpose_of(ent_str mark)
{
    return ent_str_is(mark, "P") ? ENT_STR("ASYLUM") : ENT_STR("CT-INV");
}

/* The entity's id is its STIX id here: ids are opaque to the desk. */
static const char *entity_bytes(ent_arena *arena, ent_json e)
{
    ent_str id = ent_json_get_text(e, "id"), mark = ent_json_get_text(e, "mark"),
            iv = ent_json_get_text(e, "iv");
    const char *valid =
        iv.ptr == NULL ? "" : ent_arena_printf(arena, ",\"valid\":\"%.*s\"", ENT_STR_ARG(iv)).ptr;
    const char *more = ent_str_is(mark, "O")   ? ",\"originator_control\":[\"Talmarran\"]"
                       : ent_str_is(mark, "X") ? ",\"prohibit\":[\"disclose\"]"
                                               : "";

    return ent_arena_printf(
               arena,
               "{\"type\":\"identity\",\"id\":\"%.*s\",\"extensions\":{\"" STIX_EXT_HANDLING
               "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"%.*s\"],"
               "\"category\":\"%s\",\"retention\":\"2029-01-01\",\"discover\":\"%s\"%s%s}}}",
               ENT_STR_ARG(id), ENT_STR_ARG(purpose_of(mark)),
               ent_str_is(mark, "W") ? "witness" : "suspect",
               ent_str_is(mark, "S") ? "silent" : "pointer", valid, more)
        .ptr;
}

static void entity_load(sim_node *n, ent_arena *arena, ent_json e)
{
    ent_str keys[64], *names = NULL, births[1] = { ent_json_get_text(e, "dob") };
    ent_json list = ent_json_get(e, "names");
    names_record r = { .schema = ENT_STR("person"),
                       .births = births,
                       .birth_count = births[0].size > 0 };
    size_t count = 0, name_count = 0;
    ent_err err = { 0 };

    for (ent_json v = ent_json_first(ent_json_get(e, "keys")); v.doc != NULL; v = ent_json_next(v))
        if (psi_keyform_of(ent_json_str(v)) != NULL)
            CHECK_OK(psi_key_canon(arena, ent_json_str(v), &keys[count++], &err), &err);
    if (ent_str_is(ent_json_get_text(e, "type"), "person")) {
        r.names = ent_arena_array(arena, ent_json_count(list) + 1, sizeof *r.names);
        for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
            r.names[r.name_count++] = ent_json_str(v);
        CHECK_OK(names_keys(arena, &r, &names, &name_count, &err), &err);
        for (size_t i = 0; i < name_count && count < 64; i++)
            keys[count++] = names[i];
    }
    sim_put(n, ent_arena_str(arena, ent_json_get_text(e, "id")).ptr, "identity",
            entity_bytes(arena, e), keys, count, NULL, 0);
}

static bool same_ids(ent_json a, ent_json b)
{
    if (ent_json_count(a) != ent_json_count(b))
        return false;
    for (ent_json v = ent_json_first(a); v.doc != NULL; v = ent_json_next(v)) {
        bool found = false;

        for (ent_json u = ent_json_first(b); u.doc != NULL; u = ent_json_next(u))
            found = found || ent_str_equal(ent_json_str(u), ent_json_str(v));
        if (!found)
            return false;
    }
    return true;
}

static bool key_canonical_is(ent_arena *arena, ent_str key, ent_str canonical)
{
    ent_str got;
    ent_err err = { 0 };

    CHECK_OK(psi_key_canon(arena, key, &got, &err), &err);
    return ent_str_equal(got, canonical);
}

/* The keys of a pair, at one side: exactly the story's. */
static void side_check(struct story *s, ent_arena *arena, int own, int other)
{
    ent_json *list, services = ent_json_get(s->json, "services");
    ent_str own_id = ent_json_get_text(ent_json_at(services, (size_t)own), "id"),
            other_id = ent_json_get_text(ent_json_at(services, (size_t)other), "id");
    size_t count, exact = 0, wanted = 0;
    ent_err err = { 0 };

    CHECK_OK(
        match_hit_list(&s->nodes[own]->d, arena, s->nodes[other]->code, NULL, &list, &count, &err),
        &err);
    for (ent_json h = ent_json_first(ent_json_get(s->json, "expected_hits")); h.doc != NULL;
         h = ent_json_next(h)) {
        ent_json pair = ent_json_get(h, "pair");
        ent_str a = ent_json_str(ent_json_at(pair, 0)), b = ent_json_str(ent_json_at(pair, 1));
        bool first = ent_str_equal(a, own_id) && ent_str_equal(b, other_id),
             second = ent_str_equal(b, own_id) && ent_str_equal(a, other_id), found = false;

        if (!first && !second)
            continue;
        wanted++;
        for (size_t i = 0; i < count; i++)
            if (key_canonical_is(arena, ent_json_get_text(h, "key"),
                                 ent_json_get_text(list[i], "key"))) {
                CHECK(same_ids(ent_json_get(list[i], "own"),
                               ent_json_get(h, first ? "first" : "second")));
                CHECK(ent_str_equal(ent_json_get_text(list[i], "status"),
                                    ent_json_get_text(h, "status")));
                found = true;
            }
        CHECK(found);
    }
    for (size_t i = 0; i < count; i++)
        exact += !ent_str_is(ent_json_get_text(list[i], "kind"), "name");
    CHECK_INT(exact, wanted);
}

/* Records that a pair's name hits bring together: exactly the rows MATCH. */
static void names_check(struct story *s, ent_arena *arena, int own, int other)
{
    ent_json *ours, *theirs;
    size_t our_count, their_count, wanted = 0, got = 0;
    ent_err err = { 0 };
    ent_str seen[64][2];

    CHECK_OK(match_hit_list(&s->nodes[own]->d, arena, s->nodes[other]->code, NULL, &ours,
                            &our_count, &err),
             &err);
    CHECK_OK(match_hit_list(&s->nodes[other]->d, arena, s->nodes[own]->code, NULL, &theirs,
                            &their_count, &err),
             &err);
    for (size_t i = 0; i < our_count; i++)
        for (size_t j = 0; j < their_count; j++) {
            if (!ent_str_is(ent_json_get_text(ours[i], "kind"), "name") ||
                !ent_str_equal(ent_json_get_text(ours[i], "key"),
                               ent_json_get_text(theirs[j], "key")))
                continue;
            for (ent_json a = ent_json_first(ent_json_get(ours[i], "own")); a.doc != NULL;
                 a = ent_json_next(a))
                for (ent_json b = ent_json_first(ent_json_get(theirs[j], "own")); b.doc != NULL;
                     b = ent_json_next(b)) {
                    size_t k = 0;

                    while (k < got && !(ent_str_equal(seen[k][0], ent_json_str(a)) &&
                                        ent_str_equal(seen[k][1], ent_json_str(b))))
                        k++;
                    if (k < got)
                        continue;
                    seen[got][0] = ent_json_str(a);
                    seen[got++][1] = ent_json_str(b);
                }
        }
    for (ent_json h = ent_json_first(ent_json_get(s->json, "name_hits")); h.doc != NULL;
         h = ent_json_next(h)) {
        bool found = false, there = false;

        for (size_t k = 0; k < got; k++)
            found = found || (ent_str_equal(seen[k][0], ent_json_get_text(h, "first")) &&
                              ent_str_equal(seen[k][1], ent_json_get_text(h, "second")));
        /* The story's ids begin with the service's. */
        there =
            ent_json_get_text(h, "first").ptr[0] ==
                ent_json_get_text(ent_json_at(ent_json_get(s->json, "services"), (size_t)own), "id")
                    .ptr[0] &&
            ent_json_get_text(h, "second").ptr[0] ==
                ent_json_get_text(ent_json_at(ent_json_get(s->json, "services"), (size_t)other),
                                  "id")
                    .ptr[0];
        if (!there)
            continue;
        wanted += ent_str_is(ent_json_get_text(h, "decision"), "MATCH");
        CHECK(found == ent_str_is(ent_json_get_text(h, "decision"), "MATCH"));
    }
    CHECK_INT(got, wanted);
}

static void the_story_gives_exactly_its_expected_hits(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    struct story s;
    ent_err err = { 0 };
    char id[37], run_id[37], *text;
    size_t size;
    sim world;

    (void)state;
    SHARED_OR_SKIP("scenario/scenario.json");
    text = test_file("../shared/scenario/scenario.json", &size);
    CHECK_OK(ent_json_read(arena, (ent_str){ text, size }, &s.json, &err), &err);
    sim_init(&world, 3);
    for (int i = 0; i < 3; i++)
        s.nodes[i] = &world.nodes[i];
    sim_agree(&world, arena, id);
    for (size_t i = 0; i < 3; i++)
        for (ent_json e = ent_json_first(ent_json_get_str(
                 ent_json_get(s.json, "entities"),
                 ent_json_get_text(ent_json_at(ent_json_get(s.json, "services"), i), "id")));
             e.doc != NULL; e = ent_json_next(e))
            entity_load(s.nodes[i], arena, e);
    for (int i = 0; i < 3; i++)
        for (int j = i + 1; j < 3; j++)
            CHECK_OK(start(s.nodes[i], arena, s.nodes[j]->code, NULL, run_id, &err), &err);
    sim_carry(&world);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            if (i != j)
                side_check(&s, arena, i, j);
            if (i < j)
                names_check(&s, arena, i, j);
        }
    sim_release(&world);
    free(text);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(an_agreement_is_in_force_when_every_party_has_signed),
          TEST(a_signature_may_be_faster_than_the_proposal),
          TEST(two_persons_sign_an_agreement_and_the_drafter_is_neither),
          TEST(a_party_that_is_not_linked_is_no_party),
          TEST(a_bad_agreement_is_refused_with_the_place),
          TEST(a_changed_signature_is_refused_and_leaves_the_agreement_as_it_was),
          TEST(one_party_suspends_and_nothing_flows),
          TEST(both_sides_find_the_same_keys_and_their_times),
          TEST(a_crash_at_every_commit_changes_nothing), TEST(an_entry_twice_is_an_entry_once),
          TEST(what_policy_forbids_is_in_no_set), TEST(what_is_withheld_shifts_no_byte),
          TEST(a_match_before_all_signatures_is_refused_at_both_ends),
          TEST(the_purpose_and_the_flow_must_be_agreed),
          TEST(the_budget_of_a_day_is_charged_once_and_then_refused),
          TEST(one_record_is_asked_about_without_the_others),
          TEST(a_key_that_is_too_long_is_left_out), TEST(a_changed_message_invents_no_hit),
          TEST(a_size_is_about_right_at_both_and_names_no_key),
          TEST(the_coin_of_a_size_is_committed_to), TEST(no_key_is_blinded_inside_a_transaction),
          TEST(a_run_that_nobody_answers_ends_as_silent_and_is_charged_once),
          TEST(the_story_gives_exactly_its_expected_hits))
