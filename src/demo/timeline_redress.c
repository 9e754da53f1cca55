/* Step 19 of a case: an innocent man is taken for another, and complains. */
#include "demo/timeline.h"

static ent_code complaint(timeline *t, const demo_node *node, ent_err *err)
{
    size_t who = t->cast.innocent;
    const char *id = t->d->ids.entities[who].ptr;
    const char *paper = TL_TEXT(t, "%.*sI", ENT_STR_ARG(t->passport));
    demo_node *made = t->passenger.size > 0 && node == t->last ? t->last : NULL;
    const char *never = TL_TEXT(t, "%s,%.*s", id, ENT_STR_ARG(t->passenger));

    ENT_TRY(demo_tl_must(t, node, "oversight", 0,
                         DEMO_ARGS("redress", "open", "RD-1", "--name", demo_tl_name(t, who),
                                   "--born", demo_tl_born(t, who), "--key", paper, "--about", id),
                         "a person complains to the oversight body", err));
    ENT_TRY(demo_tl_must(t, node, "oversight", 0, DEMO_ARGS("redress", "trace", "RD-1"),
                         "every place where his data are or went is found", err));
    demo_check(t->d, demo_tl_has(t, id), "his record among them");
    demo_check(t->d, demo_tl_has(t, "AL-OLD") && demo_tl_has(t, "S-2"),
               "and the alert and the sighting that he was stopped for");
    ENT_TRY(demo_tl_must(t, node, "case", 0, DEMO_ARGS("alert", "withdraw", "AL-OLD"),
                         "the alert is withdrawn", err));
    ENT_TRY(demo_tl_sees(t, node, "oversight", "RD-1",
                         TL_TEXT(t, "%.10s", demo_tl_time(t, t->minutes + 30 * 1440)),
                         DEMO_ARGS("redress", "list"), "the answer is due in thirty days", err));
    if (made != NULL)
        ENT_TRY(demo_tl_must(t, node, "legal", 0,
                             DEMO_ARGS("redress", "decide", "RD-1", "--founded", "--reason",
                                       "taken for another", "--never", never, "--exempt", paper,
                                       "--tell", demo_tl_others(t, node), "--purpose", DEMO_PURPOSE,
                                       "--may-tell"),
                             "the complaint is founded: never the same as the other", err));
    else
        ENT_TRY(demo_tl_must(t, node, "legal", 0,
                             DEMO_ARGS("redress", "decide", "RD-1", "--founded", "--reason",
                                       "taken for another", "--exempt", paper, "--tell",
                                       demo_tl_others(t, node), "--purpose", DEMO_PURPOSE,
                                       "--may-tell"),
                             "the complaint is founded", err));
    ENT_TRY(demo_command(t->d, node, "fdo1", DEMO_ARGS("redress", "approve", "RD-1"), &t->r, err));
    ENT_TRY(demo_tl_must(t, node, "fdo2", 0, DEMO_ARGS("redress", "approve", "RD-1"),
                         "two officers let the exemption go to the partners", err));
    if (made != NULL)
        ENT_TRY(demo_tl_sees(t, node, NULL, demo_text(t->d, t->passenger), "\"never\"",
                             DEMO_ARGS("same", "list"), "that they are never one stands", err));
    return demo_tl_must(t, node, "oversight", 0, DEMO_ARGS("redress", "answer", "RD-1"),
                        "the person is answered", err);
}

/* Seen with his own passport; `name`: of the sighting. */
static ent_code innocent_seen(timeline *t, const demo_node *node, const char *name, ent_err *err)
{
    size_t who = t->cast.innocent;
    const char *path;

    ENT_TRY(
        demo_tl_file(t, "sighting.json",
                     ent_str_of(TL_TEXT(t,
                                        "{\"ref\":\"%s\",\"time\":\"%s\",\"place\":\"home\","
                                        "\"names\":[\"%s\"],\"dob\":\"%s\",\"keys\":[\"%.*sI\"]}",
                                        name, demo_tl_time(t, t->minutes), demo_tl_name(t, who),
                                        demo_tl_born(t, who), ENT_STR_ARG(t->passport))),
                     &path, err));
    return demo_command(t->d, node, "collector", DEMO_ARGS("sighting", "add", path), &t->r, err);
}

/* An old alert, of a name and nothing else. */
static ent_code old_alert(timeline *t, const demo_node *node, const char *action, int want,
                          const char *what, ent_err *err)
{
    const char *path;

    ENT_TRY(demo_tl_file(
        t, "old.json",
        ent_str_of(TL_TEXT(t,
                           "{\"name\":\"AL-OLD\",\"names\":[\"%s\"],\"action\":\"%s\",\"reason\":"
                           "\"an old list\",\"valid_to\":\"%.10s\"}",
                           demo_tl_name(t, t->cast.innocent), action, demo_tl_time(t, 200 * 1440))),
        &path, err));
    return demo_tl_must(t, node, "case", want, DEMO_ARGS("alert", "add", path), what, err);
}

static ent_code stopped(timeline *t, const demo_node *node, ent_err *err)
{
    ENT_TRY(old_alert(t, node, "ask", 77, "an alert of a name alone may not ask for more", err));
    ENT_TRY(old_alert(t, node, "review", 0, "than a review", err));
    ENT_TRY(innocent_seen(t, node, "S-2", err));
    demo_check(t->d, demo_tl_has(t, "\"outcome\":\"case\"") && demo_tl_has(t, "AL-OLD"),
               "an innocent man travels and is stopped for it");
    return ENT_OK;
}

/* What a partner was told holds there as well. */
static ent_code silence_there(timeline *t, const demo_node *node, ent_err *err)
{
    const demo_node *partner = demo_tl_other(t, node->service);

    ENT_TRY(old_alert(t, partner, "review", 0, "a partner has the same old alert", err));
    for (int i = 0; i < 50; i++) { /* until the exemption has come */
        ENT_TRY(innocent_seen(t, partner, TL_TEXT(t, "S-2/%d", i), err));
        if (t->r.exit == 0 && !demo_tl_has(t, "\"outcome\":\"case\""))
            break;
        demo_wait(t->d, 100);
    }
    demo_check(t->d, t->r.exit == 0 && !demo_tl_has(t, "\"outcome\":\"case\""),
               "and he is let pass there, too: the exemption was passed on");
    return ENT_OK;
}

ent_code demo_tl_redress(timeline *t, ent_err *err)
{
    size_t who = t->cast.innocent;
    const demo_node *node;

    if (who == SIZE_MAX) {
        demo_skip(t->d, "nobody of the story is in no hit and no chain", "a complaint");
        return ENT_OK;
    }
    node = &t->d->nodes[t->d->s.entities[who].service];
    ENT_TRY(stopped(t, node, err));
    ENT_TRY(complaint(t, node, err));
    ENT_TRY(old_alert(t, node, "review", 0, "though somebody puts the old alert up again", err));
    ENT_TRY(innocent_seen(t, node, "S-2b", err));
    demo_check(t->d, t->r.exit == 0 && !demo_tl_has(t, "\"outcome\":\"case\""),
               "he is seen again: silence");
    return silence_there(t, node, err);
}
