/* Steps 9 to 15 of a case: views, same persons, lists that are refused, alerts. */
#include "demo/timeline.h"

/* Who opened it reads how many it was put to, how many have answered, and how many hold it. */
static void view_counted(timeline *t)
{
    ent_json line = demo_tl_line(t, t->view, "\"disagree\"");
    int64_t asked = -1, answered = -1, hold = -1;

    if (!ent_json_int(ent_json_get(line, "asked_count"), &asked) ||
        !ent_json_int(ent_json_get(line, "answered_count"), &answered) ||
        !ent_json_int(ent_json_get(line, "hold_count"), &hold))
        asked = -1;
    demo_check(t->d, asked == (int64_t)t->d->s.service_count - 1 && answered == 1 && hold == 0,
               "of %d asked %d has answered, and %d holds it", (int)asked, (int)answered,
               (int)hold);
}

ent_code demo_tl_view(timeline *t, ent_err *err)
{
    const demo_node *holder, *owner;
    ent_str id;

    if (t->cast.changed == SIZE_MAX) {
        demo_skip(t->d, "the story releases no record that has versions", "a joint view");
        return ENT_OK;
    }
    holder = &t->d->nodes[t->cast.holder];
    owner = &t->d->nodes[t->cast.owner];
    id = holder->known[t->cast.changed];
    ENT_TRY(demo_tl_must(t, holder, "analyst", 0,
                         DEMO_ARGS("hypo", "open", "--title", "one maker behind both",
                                   "--confidence", "likely", "--basis", demo_text(t->d, id),
                                   "--with", demo_tl_others(t, holder), "--purpose", DEMO_PURPOSE),
                         "a joint view is opened, with what it rests on", err));
    t->view = demo_tl_member(t, "view");
    ENT_TRY(demo_tl_sees(t, owner, NULL, t->view, "likely", DEMO_ARGS("hypo", "views"),
                         "the partner sees it, with its confidence", err));
    ENT_TRY(demo_tl_must(
        t, owner, "analyst", 0,
        DEMO_ARGS("hypo", "opinion",
                  demo_text(t->d, ent_json_get_text(demo_tl_line(t, t->view, NULL), "id")),
                  "disagree", "--note", "not on one"),
        "and disagrees", err));
    ENT_TRY(demo_tl_sees(t, holder, NULL, t->view, "\"disagree\"", DEMO_ARGS("hypo", "views"),
                         "both stay visible", err));
    view_counted(t);
    demo_check(t->d, demo_tl_has(t, "one maker behind both") && demo_tl_has(t, "likely"),
               "the view is as it was");
    demo_check(t->d, demo_tl_line(t, t->view, demo_text(t->d, id)).doc != NULL,
               "and lists what it rests on");
    return ENT_OK;
}

ent_code demo_tl_victim(timeline *t, ent_err *err)
{
    size_t who = t->cast.innocent;
    const char *path;

    if (who == SIZE_MAX) {
        demo_skip(t->d, "nobody of the story is in no hit and no chain",
                  "the victim of a stolen document");
        return ENT_OK;
    }
    ENT_TRY(demo_tl_file(t, "victim.json",
                         ent_str_of(TL_TEXT(t,
                                            "{\"name\":\"AL-STOLEN\",\"keys\":[\"%.*sV\"],"
                                            "\"victim\":{\"names\":[\"%s\"],\"dob\":\"%s\"},"
                                            "\"action\":\"notify\",\"reason\":\"number reported "
                                            "stolen; the holder is a victim\",\"valid_to\":"
                                            "\"%.10s\"}",
                                            ENT_STR_ARG(t->passport), demo_tl_name(t, who),
                                            demo_tl_born(t, who), demo_tl_time(t, 200 * 1440))),
                         &path, err));
    ENT_TRY(demo_tl_must(t, t->first, "case", 0, DEMO_ARGS("alert", "add", path),
                         "an alert on a stolen number says that its holder is a victim", err));
    ENT_TRY(
        demo_tl_file(t, "sighting.json",
                     ent_str_of(TL_TEXT(t,
                                        "{\"ref\":\"S-4\",\"time\":\"%s\",\"place\":\"home\","
                                        "\"names\":[\"%s\"],\"dob\":\"%s\",\"keys\":[\"%.*sN\"]}",
                                        demo_tl_time(t, 0), demo_tl_name(t, who),
                                        demo_tl_born(t, who), ENT_STR_ARG(t->passport))),
                     &path, err));
    ENT_TRY(demo_tl_must(t, t->first, "collector", 0, DEMO_ARGS("sighting", "add", path),
                         "the victim travels on a new passport", err));
    demo_check(t->d, !demo_tl_has(t, "\"outcome\":\"case\"") && demo_tl_has(t, "victim"),
               "no alert: a possible victim of identity theft, let pass");
    return demo_tl_must(t, t->first, "case", 0, DEMO_ARGS("alert", "withdraw", "AL-STOLEN"),
                        "who ends an alert is known", err);
}

ent_code demo_tl_same(timeline *t, ent_err *err)
{
    size_t a = t->cast.pair[0], b = t->cast.pair[1];
    demo_node *at_a, *at_b;
    ent_str back;
    const char *id;

    if (a == SIZE_MAX) {
        demo_skip(t->d, "no two persons of two services may be one", "the same person");
        return ENT_OK;
    }
    at_a = &t->d->nodes[t->d->s.entities[a].service];
    at_b = &t->d->nodes[t->d->s.entities[b].service];
    ENT_TRY(demo_tl_release(t, at_a, at_b, a, &t->given, err));
    ENT_TRY(demo_tl_release(t, at_b, at_a, b, &back, err));
    t->given_from = at_a;
    t->given_to = at_b;
    t->given_entity = a;
    ENT_TRY(demo_tl_must(t, at_a, "analyst", 0,
                         DEMO_ARGS("same", "propose", demo_text(t->d, at_a->known[a]),
                                   demo_text(t->d, at_a->known[b]), "--with", at_b->code,
                                   "--purpose", DEMO_PURPOSE, "--reason", "name and birth"),
                         "an analyst says that they are one, to the other service", err));
    id = demo_tl_member(t, "id");
    ENT_TRY(demo_tl_must(t, at_a, "analyst2", 77, DEMO_ARGS("same", "confirm", id),
                         "nobody of the same service confirms it", err));
    ENT_TRY(demo_tl_sees(t, at_b, NULL, id, "\"proposed\"", DEMO_ARGS("same", "list"),
                         "the other service sees it", err));
    ENT_TRY(demo_tl_must(t, at_b, "analyst", 0, DEMO_ARGS("same", "confirm", id),
                         "its analyst confirms it", err));
    ENT_TRY(demo_tl_sees(t, at_a, NULL, id, "\"confirmed\"", DEMO_ARGS("same", "list"),
                         "both stand behind it, by name and service", err));
    demo_check(t->d,
               demo_tl_has(t, TL_TEXT(t, "\"node\":\"%s\"", at_a->code)) &&
                   demo_tl_has(t, TL_TEXT(t, "\"node\":\"%s\"", at_b->code)),
               "the statement keeps its two authors");
    ENT_TRY(demo_tl_must(t, at_a, "analyst", 0,
                         DEMO_ARGS("same", "undo", id, "--reason", "to show that it can be"),
                         "one step takes it back", err));
    return demo_tl_sees(t, at_b, NULL, id, "\"undone\"", DEMO_ARGS("same", "list"), "at both", err);
}

/* How many entries a node has said to a peer. */
static ent_code said_count(timeline *t, const demo_node *node, const demo_node *peer, int64_t *size,
                           ent_err *err)
{
    *size = -1;
    ENT_TRY(demo_command(t->d, node, NULL, DEMO_ARGS("log", "head", peer->code), &t->r, err));
    (void)ent_json_int(ent_json_get(demo_tl_line(t, "\"side\":\"out\"", NULL), "size"), size);
    return ENT_OK;
}

ent_code demo_tl_bulk(timeline *t, ent_err *err)
{
    int64_t before, after;
    const demo_node *node = t->second;
    const char *path;
    ent_buf buf;
    ent_str text;

    ENT_TRY(said_count(t, node, t->first, &before, err));
    ent_buf_init(&buf, t->d->arena);
    for (int i = 0; i < 5000; i++)
        ent_buf_printf(&buf, "mail:emigrant%d@example.invalid\n", i);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(demo_tl_file(t, "list", text, &path, err));
    ENT_TRY(demo_tl_must(t, node, "collector", 77,
                         DEMO_ARGS("match", "run", "--with", t->first->code, "--keys", path),
                         "a list of 5,000 for matching is refused", err));
    ENT_TRY(demo_tl_must(t, node, "analyst", 77,
                         DEMO_ARGS("match", "run", "--with", t->first->code, "--keys", path),
                         "to an analyst too, without a purpose", err));
    ENT_TRY(demo_tl_must(t, node, "analyst", 77,
                         DEMO_ARGS("match", "run", "--with", t->first->code, "--purpose",
                                   DEMO_PURPOSE, "--keys", path),
                         "or without an incident", err));
    ENT_TRY(said_count(t, node, t->first, &after, err));
    demo_check(t->d, before >= 0 && before == after, "nothing was sent");
    return demo_tl_sees(t, node, "oversight", "match run", "collector",
                        DEMO_ARGS("audit", "list", "--oversight"), "oversight has an entry", err);
}

/* The two alerts of the man; `name`: whether it is by name or by key. */
static ent_code alerts_put(timeline *t, ent_err *err)
{
    size_t who = t->cast.subject;
    const char *path, *until = demo_tl_time(t, 200 * 1440);
    const char *others = demo_tl_others(t, t->first);
    ent_buf buf;
    ent_str notify;

    ent_buf_init(&buf, t->d->arena);
    for (const char *p = others; *p != '\0'; p++)
        if (*p == ',')
            ent_buf_c(&buf, "\",\"");
        else
            ent_buf_byte(&buf, (unsigned char)*p);
    ENT_TRY(ent_buf_done(&buf, &notify, err));
    ENT_TRY(demo_tl_file(
        t, "alerts.json",
        ent_str_of(
            TL_TEXT(t,
                    "[{\"name\":\"AL-NAME\",\"names\":[\"%s\"],\"dob\":\"%s\",\"action\":"
                    "\"ask\",\"reason\":\"a tip\",\"valid_to\":\"%.10s\",\"notify\":[\"%.*s\"],"
                    "\"purpose\":\"" DEMO_PURPOSE "\"},"
                    "{\"name\":\"AL-KEY\",\"keys\":[\"%.*s\"],\"action\":\"locate\","
                    "\"basis\":\"warrant 311\",\"reason\":\"known\",\"call\":\"the duty "
                    "desk\",\"valid_to\":\"%.10s\",\"notify\":[\"%.*s\"],\"purpose\":"
                    "\"" DEMO_PURPOSE "\"}]",
                    demo_tl_name(t, who), demo_tl_born(t, who), until, ENT_STR_ARG(notify),
                    ENT_STR_ARG(t->passport), until, ENT_STR_ARG(notify))),
        &path, err));
    return demo_tl_must(t, t->first, "case", 0, DEMO_ARGS("alert", "add", path),
                        "an alert with a warrant is put up", err);
}

ent_code demo_tl_alert(timeline *t, ent_err *err)
{
    const char *path;

    if (t->cast.subject == SIZE_MAX) {
        demo_skip(t->d, "no person of the story fits", "an alert");
        return ENT_OK;
    }
    ENT_TRY(alerts_put(t, err));
    ENT_TRY(demo_tl_sees(t, t->first, NULL, "AL-KEY", "\"fr\":", DEMO_ARGS("alert", "list"),
                         "what it asks for is said in words", err));
    demo_check(t->d, demo_tl_has(t, "\"en\":") && (demo_tl_has(t, "\"ru\":")),
               "of three languages");
    ENT_TRY(demo_tl_file(t, "bare.json",
                         ent_str_of(TL_TEXT(t,
                                            "{\"name\":\"AL-BARE\",\"keys\":[\"%.*sB\"],\"action\":"
                                            "\"detain\",\"reason\":\"r\",\"valid_to\":\"%.10s\"}",
                                            ENT_STR_ARG(t->passport), demo_tl_time(t, 200 * 1440))),
                         &path, err));
    return demo_tl_must(t, t->first, "case", 77, DEMO_ARGS("alert", "add", path),
                        "an action without a legal basis is refused", err);
}
