/* Steps 20 to 23 and 26 of a case: the man is seen, and what is done about it. */
#include "demo/timeline.h"

/* Who is seen once more: the same reference, the same words. */
static ent_code man_seen(timeline *t, ent_err *err)
{
    const char *path;

    ENT_TRY(demo_tl_file(
        t, "sighting.json",
        ent_str_of(TL_TEXT(t,
                           "{\"ref\":\"S-1\",\"time\":\"%s\",\"place\":\"a ferry port\",\"names\":"
                           "[\"%s\"],\"dob\":\"%s\",\"keys\":[\"%.*s\"]}",
                           demo_tl_time(t, 0), demo_tl_name(t, t->cast.subject),
                           demo_tl_born(t, t->cast.subject), ENT_STR_ARG(t->passport))),
        &path, err));
    return demo_command(t->d, t->first, "collector", DEMO_ARGS("sighting", "add", path), &t->r,
                        err);
}

ent_code demo_tl_sighting(timeline *t, ent_err *err)
{
    demo *d = t->d;
    const char *id;

    if (t->cast.subject == SIZE_MAX) {
        demo_skip(d, "no person of the story fits", "a sighting");
        return ENT_OK;
    }
    ENT_TRY(man_seen(t, err));
    demo_check(d, demo_tl_has(t, "\"AL-NAME\"") && demo_tl_has(t, "\"AL-KEY\""),
               "he is seen: both alerts fire, one case");
    id = demo_tl_member(t, "case");
    for (size_t i = 1; i < d->s.service_count; i++)
        ENT_TRY(demo_tl_sees(t, &d->nodes[i], NULL, id, NULL, DEMO_ARGS("alert", "cases"),
                             TL_TEXT(t, "%s is told within 60 s, as one case", d->nodes[i].code),
                             err));
    ENT_TRY(man_seen(t, err));
    demo_check(d, demo_tl_has(t, "\"outcome\":\"repeated\""),
               "the same record again is no second alarm");
    t->alarm = id;
    return ENT_OK;
}

const char *demo_tl_case_at(timeline *t, const demo_node *node, ent_err *err)
{
    if (demo_command(t->d, node, NULL, DEMO_ARGS("alert", "cases"), &t->r, err) != ENT_OK)
        return "";
    return demo_text(t->d, ent_json_get_text(demo_tl_line(t, t->alarm, NULL), "id"));
}

ent_code demo_tl_deputy(timeline *t, ent_err *err)
{
    if (t->alarm == NULL) {
        demo_skip(t->d, "nothing was seen", "who has not acknowledged");
        return ENT_OK;
    }
    ENT_TRY(
        demo_tl_must(t, t->first, "case", 0,
                     DEMO_ARGS("alert", "ack", demo_tl_case_at(t, t->first, err), "--note", "mine"),
                     "one takes the case in his name", err));
    if (t->last != t->second)
        ENT_TRY(demo_tl_must(
            t, t->last, "case", 0,
            DEMO_ARGS("alert", "ack", demo_tl_case_at(t, t->last, err), "--note", "mine"),
            "so does one of another service", err));
    ENT_TRY(demo_tl_clock(t, t->minutes + 61, err));
    ENT_TRY(demo_tl_sees(t, t->second, NULL, t->alarm, "\"level\":1", DEMO_ARGS("alert", "cases"),
                         "after an hour it is with the deputy of who has not", err));
    if (t->last != t->second)
        ENT_TRY(demo_tl_sees(t, t->first, NULL, t->alarm,
                             TL_TEXT(t, "\"service\":\"%s\"", t->last->code),
                             DEMO_ARGS("alert", "cases"), "the others see who has", err));
    ENT_TRY(demo_command(t->d, t->first, NULL, DEMO_ARGS("alert", "cases"), &t->r, err));
    demo_check(t->d,
               demo_tl_line(t, t->alarm, TL_TEXT(t, "\"service\":\"%s\"", t->second->code)).doc ==
                   NULL,
               "and that %s has not acknowledged", t->second->code);
    return ENT_OK;
}

ent_code demo_tl_tasks(timeline *t, ent_err *err)
{
    const char *due = TL_TEXT(t, "%.10s", demo_tl_time(t, 15 * 1440)), *task;

    ENT_TRY(demo_tl_must(t, t->first, "case", 77,
                         DEMO_ARGS("task", "new", "eliminate", "--for", t->second->code, "--due",
                                   due, "--purpose", DEMO_PURPOSE),
                         "a task that is on no list is refused", err));
    ENT_TRY(
        demo_tl_must(t, t->first, "case", 0,
                     DEMO_ARGS("task", "new", "interview", "--for", t->second->code, "--due", due,
                               "--with", demo_tl_others(t, t->first), "--purpose", DEMO_PURPOSE),
                     "one of the list is proposed", err));
    task = demo_tl_member(t, "task");
    ENT_TRY(demo_tl_sees(t, t->second, NULL, task, "proposed", DEMO_ARGS("task", "list"),
                         "it reaches whom it is for", err));
    ENT_TRY(demo_tl_must(
        t, t->second, "case", 0,
        DEMO_ARGS("task", "take",
                  demo_text(t->d, ent_json_get_text(demo_tl_line(t, task, NULL), "id"))),
        "who takes it", err));
    t->task = task;
    return demo_tl_sees(t, t->first, NULL, task, "accepted", DEMO_ARGS("task", "list"),
                        "and all see it", err);
}

/* North of every plan of the story, or south of them. */
static double free_latitude(const demo *d)
{
    double top = -90;

    for (size_t i = 0; i < d->s.plan_count; i++)
        top = d->s.plans[i].lat[1] > top ? d->s.plans[i].lat[1] : top;
    return top < 80 ? top + 1 : -80;
}

static ent_code plan_move(timeline *t, const story_plan *p, const demo_node *node, ent_err *err)
{
    double lat = free_latitude(t->d);
    const char *path;

    ENT_TRY(demo_tl_file(
        t, "moved.json",
        ent_str_of(TL_TEXT(t,
                           "{\"name\":\"%.*s\",\"activity\":\"patrol\",\"domains\":[\"%.*s\"],"
                           "\"lat\":[%.4f,%.4f],\"lon\":[%.4f,%.4f],\"start\":\"%.*s\",\"stop\":"
                           "\"%.*s\"}",
                           ENT_STR_ARG(p->id), ENT_STR_ARG(p->domains.items[0]), lat, lat + 0.5,
                           p->lon[0], p->lon[1], ENT_STR_ARG(p->start), ENT_STR_ARG(p->stop))),
        &path, err));
    return demo_tl_must(t, node, "liaison", 0, DEMO_ARGS("plan", "move", path),
                        "a plan that clashes is moved", err);
}

ent_code demo_tl_plans(timeline *t, ent_err *err)
{
    const story_plan *p;
    const demo_node *node;

    size_t first;

    if (t->d->s.clash_count == 0) { /* what can be moved is made */
        ENT_TRY(demo_made_plans(t->d, &first, err));
        ENT_TRY(demo_plans_enter(t->d, first, err));
    }
    demo_check(t->d, t->d->step_broken[6] == 0,
               "exactly the clashes there are, each told to its two owners (step 6)");
    p = &t->d->s.plans[t->d->s.clashes[0].a];
    node = &t->d->nodes[p->owner];
    ENT_TRY(plan_move(t, p, node, err));
    ENT_TRY(demo_command(t->d, node, "liaison", DEMO_ARGS("plan", "check"), &t->r, err));
    demo_check(t->d,
               demo_tl_line(t, TL_TEXT(t, "\"plan\":\"%.*s\"", ENT_STR_ARG(p->id)), NULL).doc ==
                   NULL,
               "compared again: it clashes no more");
    return ENT_OK;
}

ent_code demo_tl_outcome(timeline *t, ent_err *err)
{
    const demo_node *from = t->second == t->last ? t->first : t->second;

    if (t->cast.subject == SIZE_MAX) {
        demo_skip(t->d, "there is no tip", "its outcome");
        return ENT_OK;
    }
    ENT_TRY(demo_tl_must(t, t->last, "analyst", 0,
                         DEMO_ARGS("tip", "outcome", "TIP-1", "CONTRIBUTED", "--reason", "arrest"),
                         "the tip has helped", err));
    ENT_TRY(demo_tl_sees(t, from, NULL, "TIP-1", "CONTRIBUTED", DEMO_ARGS("tip", "list"),
                         "its sender hears it", err));
    ENT_TRY(demo_command(t->d, from, NULL, DEMO_ARGS("desk", "list"), &t->r, err));
    demo_check(t->d, demo_tl_has(t, "\"tips\":1,\"contributed\":1"), "its score is 1 of 1");
    return ENT_OK;
}
