/* What time does to alerts and to alarms that nobody takes. */
#include "joint/alert_int.h"

#include "casework/duty.h"
#include "casework/notice.h"
#include "desk/work.h"

#define WARNING_DAYS 30

/* ---- expiry is an event, and is announced ---- */

static ent_code alerts_look(casework_round *r, ent_err *err)
{
    joint_alert *alerts;
    size_t count;

    ENT_TRY(joint_alert_list(r->d, r->arena, &alerts, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_time ends = ((ent_time)alerts[i].valid.last + 1) * ENT_DAY_TIME;
        casework_notice_about about = { .object = alerts[i].name,
                                        .kind = "alert",
                                        .precedence = "ROUTINE",
                                        .why = "ends within thirty days" };

        if (!ent_str_is(alerts[i].state, "active"))
            continue;
        casework_round_again(r, ends);
        casework_round_again(r, ends - WARNING_DAYS * ENT_DAY_TIME);
        if (alerts[i].days_left > WARNING_DAYS)
            continue;
        ENT_TRY(casework_notice_once(r->d, r->arena,
                                     ent_arena_printf(r->arena, "%.*s/%.*s/ends",
                                                      ENT_STR_ARG(alerts[i].name),
                                                      ENT_STR_ARG(alerts[i].valid_to)),
                                     &about, err));
    }
    return ENT_OK;
}

/* ---- alarms: at once, after an hour the deputy, after two the next [BOS-4] ---- */

static ent_code cases_look(casework_round *r, ent_err *err)
{
    static const char *const why[] = { "an alert was hit", "not acknowledged in an hour",
                                       "not acknowledged in two hours" };
    joint_case *cases;
    size_t count;

    ENT_TRY(joint_case_list(r->d, r->arena, &cases, &count, err));
    for (size_t i = 0; i < count; i++) {
        casework_notice_about about = {
            .object = cases[i].id, .peer = cases[i].peer, .kind = "alarm", .precedence = "IMMEDIATE"
        };
        int level = cases[i].level;

        if (!ent_str_is(cases[i].state, "open"))
            continue;
        for (int later = level + 1; later <= 2; later++)
            casework_round_again(r, joint_case_level_time(&cases[i], later));
        about.why = why[level];
        about.to = casework_round_turn(r, (size_t)level);
        ENT_TRY(casework_notice_once(
            r->d, r->arena, ent_arena_printf(r->arena, "%.*s/%d", ENT_STR_ARG(cases[i].id), level),
            &about, err));
    }
    return ENT_OK;
}

ent_code joint_alert_clock(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    casework_round r;
    size_t expired, found;

    ENT_TRY(joint_alerts_due(d, arena, &expired, err));
    ENT_TRY(joint_partners_look(d, arena, &found, err));
    ENT_TRY(casework_round_begin(d, arena, &r, err));
    ENT_TRY(alerts_look(&r, err));
    ENT_TRY(cases_look(&r, err));
    *next = r.next;
    return ENT_OK;
}
