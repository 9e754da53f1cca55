/* sim: what is wrong between nodes is in one list, and told once to who is on duty. */
#include "sim/joint_sim.h"

#include "casework/alarms.h"
#include "desk/suspension.h"

static size_t standing(sim_node *n, ent_arena *arena, casework_alarm **alarms)
{
    size_t count;
    ent_err err = { 0 };

    CHECK_OK(casework_alarm_list(&n->d, arena, alarms, &count, &err), &err);
    return count;
}

static void clock_round(sim_node *n, ent_arena *arena)
{
    ent_time next;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, casework_alarms_due(&n->d, arena, &next, &err), &err), &err);
    CHECK(next == ENT_TIME_NEVER);
}

static void an_alarm_is_listed_while_it_stands_and_told_once(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    casework_alarm *alarms;
    sim world;
    sim_node *n = &world.nodes[0];

    (void)state;
    joint_init(&world, 2);
    CHECK_INT(standing(n, arena, &alarms), 0);
    joint_doc(n, "match-alarm", "run/0", "SVB", "open", "{}");
    joint_doc(n, "head-alarm", "split/log/5", "SVB", "open", "{}");
    joint_doc(n, "head-alarm", "split/log/4", "SVB", "closed", "{}");
    joint_doc(n, "suspension", "SVB/theirs", "SVB", "suspended", "{}");
    CHECK_INT(standing(n, arena, &alarms), 3);
    CHECK_STR(alarms[1].what, "two histories of one log");
    CHECK_TEXT(alarms[1].peer, "SVB");
    clock_round(n, arena);
    clock_round(n, arena);
    CHECK_INT(sim_doc_count(n, "notice", "waiting"), 3);
    /* It ends, and begins again: that is another one. */
    n->d.now += ENT_DAY_TIME;
    joint_doc(n, "suspension", "SVB/theirs", "SVB", "resumed", "{}");
    CHECK_INT(standing(n, arena, &alarms), 2);
    clock_round(n, arena);
    CHECK_INT(sim_doc_count(n, "notice", "waiting"), 3);
    joint_doc(n, "suspension", "SVB/theirs", "SVB", "suspended", "{}");
    clock_round(n, arena);
    CHECK_INT(sim_doc_count(n, "notice", "waiting"), 4);
    n->d.now += 31 * ENT_DAY_TIME;
    CHECK_INT(standing(n, arena, &alarms), 2); /* nothing closes a probe but time */
    sim_release(&world);
    ent_arena_free(arena);
}

RUN_TESTS(cmocka_unit_test(an_alarm_is_listed_while_it_stands_and_told_once))
