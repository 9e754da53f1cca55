/* entente alert ..., sighting add -- tell me when this is seen again. */
#include "cli/desk.h"

#include "base/limits.h"
#include "desk/work.h"
#include "joint/alert.h"
#include "joint/terms.h"

struct work {
    cli_context *cli;
    ent_str text; /* JSON values, one after the other */
    ent_str user, name, note;
    bool reject;
    size_t count, late;
    joint_alarm *alarm;
    ent_code (*one)(struct work *w, desk *d, ent_json json, ent_err *err);
};

/* Every value of the text, or of the lists in it. */
static ent_code each(struct work *w, desk *d, ent_err *err)
{
    for (size_t from = 0, used; from < w->text.size; from += used) {
        ent_json json;

        while (from < w->text.size && strchr(" \t\r\n", w->text.ptr[from]) != NULL)
            from++;
        if (from == w->text.size)
            break;
        ENT_TRY(ent_json_read_at(w->cli->arena, w->text, from, &json, &used, err));
        if (!ent_json_is(json, ENT_JSON_ARRAY)) {
            w->count++;
            ENT_TRY(w->one(w, d, json, err));
            continue;
        }
        for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v)) {
            w->count++;
            ENT_TRY(w->one(w, d, v, err));
        }
    }
    return ENT_OK;
}

static ent_code begin(cli_context *cli, struct work *w, node_desk **nd, ent_err *err)
{
    desk_officer officer;

    w->cli = cli;
    ENT_TRY(cli_desk(cli, nd, err));
    ENT_TRY(cli_officer(cli, *nd, &officer, err));
    w->user = ent_str_of(officer.name);
    return ENT_OK;
}

/* ---- alert add ---- */

static ent_code alert_put(struct work *w, desk *d, ent_json json, ent_err *err)
{
    ent_str name = ent_json_get_text(json, "name");
    size_t late;
    ent_buf buf;
    ent_jw jw;

    if (joint_alert_put(d, w->cli->arena, json, w->user, &late, err) != ENT_OK)
        return ent_context(err, "alert %zu", w->count);
    w->late += late;
    if (!w->cli->json) {
        (void)printf("%s stands: %s%s\n", cli_text(w->cli, name),
                     joint_action_words(ent_json_get_text(json, "action"), "en"),
                     late > 0 ? "; it was seen before, see `alert cases`" : "");
        return ENT_OK;
    }
    cli_line_begin(w->cli, &buf, &jw);
    cli_line_text(&jw, "alert", name);
    ent_jw_key(&jw, "late_hits");
    ent_jw_int(&jw, (int64_t)late);
    return cli_line_end(w->cli, &buf, &jw, err);
}

static ent_code alerts_put(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;
    size_t expired;

    ENT_TRY(joint_alerts_due(d, w->cli->arena, &expired, err));
    w->one = alert_put;
    return each(w, d, err);
}

static ent_code file_run(cli_context *cli, cli_work work, ent_err *err)
{
    struct work w = { .cli = cli };
    const char *path;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    path = cli->argv[0];
    ENT_TRY(begin(cli, &w, &nd, err));
    ENT_TRY(cli_file(cli, path, ENT_LIMIT_ITEM_SIZE, &w.text, err));
    if (cli_desk_work(cli, nd, work, &w, err) != ENT_OK)
        return ent_context(err, "'%s'", path);
    return w.count > 0 ? ENT_OK : ent_fail(err, ENT_FORMAT, "'%s': there is nothing in it", path);
}

static ent_code add_run(cli_context *cli, ent_err *err)
{
    return file_run(cli, alerts_put, err);
}

const cli_command cli_alert_add = {
    .name = "alert add",
    .usage = "FILE",
    .summary = "put up standing questions to our own feeds",
    .help =
        "FILE has alerts as JSON (one, a list, or one a line):\n\n"
        "  {\"name\":\"AL-1\",\"names\":[\"Elkhan Juran\"],\"dob\":\"1991-03-07\",\n"
        "   \"keys\":[\"doc:QBZ:650018823\"],\"action\":\"locate\",\"basis\":\"warrant 311\",\n"
        "   \"reason\":\"known to CTB\",\"call\":\"duty desk 7\",\"valid_to\":\"2025-05-18\",\n"
        "   \"notify\":[\"SVB\",\"CTB\"]}\n\n"
        "Or a STIX `pattern`.  Actions: review notify ask let-pass; with a legal `basis` also\n"
        "locate locate-discreetly search detain.  A name without a date or a key may be no more\n"
        "than review.  `except`: keys of somebody else who was taken for this person; `victim`:\n"
        "names and dob of whom the number was stolen from.  Sightings of the past are looked at\n"
        "at once.  `partners`: the keys stand in the private match with them too (`match\n"
        "standing start`); a hit opens a case at both sides.  How many a desk may put up in a\n"
        "day: `alert budget`.\n\n"
        "  entente alert add alerts.json --as case\n",
    .run = add_run,
};

/* ---- alert list, withdraw ---- */

static void words_write(ent_jw *w, ent_str action)
{
    static const char *const languages[] = { "en", "fr", "ru" };

    ent_jw_key(w, "words");
    ent_jw_object(w);
    for (size_t i = 0; i < 3; i++)
        cli_line_c(w, languages[i], joint_action_words(action, languages[i]));
    ent_jw_end(w);
}

static ent_code alert_show(cli_context *cli, const joint_alert *a, ent_err *err)
{
    bool active = ent_str_is(a->state, "active");
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-16s %-10s %-18s %-12s %s%s\n", cli_text(cli, a->name),
                     cli_text(cli, a->state), cli_text(cli, a->action), cli_text(cli, a->valid_to),
                     joint_action_words(a->action, "en"),
                     active && a->days_left < 0     ? "  OVER, a case is open"
                     : active && a->days_left <= 30 ? "  expires within 30 days"
                                                    : "");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "alert", a->name);
    cli_line_text(&w, "state", a->state);
    cli_line_text(&w, "action", a->action);
    words_write(&w, a->action);
    cli_line_text(&w, "basis", a->basis.size > 0 ? a->basis : ENT_STR_NONE);
    cli_line_text(&w, "reason", a->reason);
    cli_line_text(&w, "valid_to", a->valid_to);
    ent_jw_key(&w, "days_left");
    ent_jw_int(&w, a->days_left);
    ent_jw_key(&w, "expires_soon");
    ent_jw_bool(&w, active && a->days_left <= 30);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code due(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_alerts_due(d, w->cli->arena, &w->count, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    joint_alert *alerts;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_desk_work(cli, nd, due, &w, err));
    ENT_TRY(joint_alert_list(node_desk_desk(nd), cli->arena, &alerts, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(alert_show(cli, &alerts[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_alert_list = {
    .name = "alert list",
    .usage = "",
    .summary = "list the alerts, with what they ask for in words",
    .help = "With --json the words are given in three languages.  What runs out within thirty\n"
            "days is marked; what is over expires, unless a case of it is open.\n\n"
            "  entente alert list\n",
    .run = list_run,
};

static ent_code withdraw(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_alert_withdraw(d, w->cli->arena, w->name, w->user, err);
}

static ent_code withdraw_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.name = ent_str_of(cli->argv[0]);
    ENT_TRY(begin(cli, &w, &nd, err));
    return cli_desk_work(cli, nd, withdraw, &w, err);
}

const cli_command cli_alert_withdraw = {
    .name = "alert withdraw",
    .usage = "NAME",
    .summary = "end an alert",
    .help = "Who ended it and when is kept.\n\n  entente alert withdraw AL-1 --as case\n",
    .run = withdraw_run,
};

/* ---- alert cases, ack ---- */

/* "SVB: not acknowledged": of those who were told. */
static void acks_text(cli_context *cli, const joint_case *c)
{
    ent_json acks = ent_json_get(c->json, "acks");

    for (ent_json v = ent_json_first(ent_json_get(c->json, "notify")); v.doc != NULL;
         v = ent_json_next(v)) {
        bool acknowledged = false;

        for (ent_json a = ent_json_first(acks); a.doc != NULL; a = ent_json_next(a))
            acknowledged =
                acknowledged || ent_str_equal(ent_json_get_text(a, "service"), ent_json_str(v));
        (void)printf("    %s: %s\n", cli_text(cli, ent_json_str(v)),
                     acknowledged ? "acknowledged" : "not acknowledged");
    }
}

static ent_code case_show(cli_context *cli, desk *d, const joint_case *c, ent_err *err)
{
    static const char *const levels[] = { "", "  with the deputy", "  with the head" };
    ent_str action = ent_json_get_text(c->json, "action"), *ids;
    size_t count;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(joint_case_records(d, cli->arena, c, &ids, &count, err));
    if (!cli->json) {
        (void)printf("%-36s  %-12s %s%s%s\n", cli_text(cli, c->id), cli_text(cli, c->state),
                     joint_action_words(action, "en"), levels[c->level],
                     ent_json_true(ent_json_get(c->json, "review")) ? "  (a likeness, to review)"
                                                                    : "");
        (void)printf("    seen %s, call %s\n", cli_text(cli, ent_json_get_text(c->json, "seen")),
                     cli_text(cli, ent_json_get_text(c->json, "call")));
        for (size_t i = 0; i < count; i++)
            (void)printf("    found by private match at your record %s\n", cli_text(cli, ids[i]));
        acks_text(cli, c);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "id", c->id);
    cli_line_text(&w, "peer", c->peer.size > 0 ? c->peer : ENT_STR_NONE);
    cli_line_text(&w, "state", c->state);
    ent_jw_key(&w, "minutes");
    ent_jw_int(&w, c->minutes);
    ent_jw_key(&w, "level");
    ent_jw_int(&w, c->level);
    words_write(&w, action);
    desk_texts_write(&w, "records", ids, count);
    ent_jw_key(&w, "case");
    ent_jw_raw(&w, ent_json_raw(c->json));
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code cases_run(cli_context *cli, ent_err *err)
{
    joint_case *cases;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_case_list(node_desk_desk(nd), cli->arena, &cases, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(case_show(cli, node_desk_desk(nd), &cases[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_alert_cases = {
    .name = "alert cases",
    .usage = "",
    .summary = "what alerts have found, ours and partners', and who has acknowledged",
    .help = "One case for all alerts that one sighting concerns.  After 60 minutes it is with\n"
            "the deputy, after 120 with the head.\n\n  entente alert cases\n",
    .run = cases_run,
};

static ent_code ack(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_case_ack(d, w->cli->arena, w->name, w->user, w->note, w->reject, err);
}

static ent_code ack_run(cli_context *cli, ent_err *err)
{
    const char *note = cli_option(cli, "--note");
    struct work w = { .cli = cli, .reject = cli_flag(cli, "--reject") };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.name = ent_str_of(cli->argv[0]);
    w.note = ent_str_of(note);
    ENT_TRY(begin(cli, &w, &nd, err));
    return cli_desk_work(cli, nd, ack, &w, err);
}

const cli_command cli_alert_ack = {
    .name = "alert ack",
    .usage = "CASE [--note TEXT] [--reject --note WHY]",
    .summary = "take a case in your name, or reject it with a reason",
    .help = "Partners who were told see who has acknowledged.  What was rejected is not asked\n"
            "again for the same reading.\n\n"
            "  entente alert ack 5e0f... --as case\n"
            "  entente alert ack 5e0f... --reject --note \"the dentist\" --as analyst\n",
    .run = ack_run,
};

/* ---- sighting add ---- */

static ent_code sighting_show(struct work *w, const joint_seen *seen, ent_err *err)
{
    static const char *const names[] = { "nothing", "repeated", "victim", "case" };
    static const char *const words[] = { "no alert", "known already",
                                         "possible victim of identity theft, let pass", "case" };
    cli_context *cli = w->cli;
    ent_buf buf;
    ent_jw jw;

    if (!cli->json) {
        (void)printf("%-12s %s", cli_text(cli, seen->ref), words[seen->outcome]);
        if (seen->outcome == JOINT_CASE)
            (void)printf(" %s%s", cli_text(cli, seen->case_id),
                         seen->review ? ": a likeness, to be reviewed" : ": FIRED");
        if (seen->late_days > 0)
            (void)printf(", late by %lld days", (long long)seen->late_days);
        (void)printf("\n");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &jw);
    cli_line_text(&jw, "ref", seen->ref);
    cli_line_c(&jw, "outcome", names[seen->outcome]);
    cli_line_text(&jw, "case", seen->case_id.size > 0 ? seen->case_id : ENT_STR_NONE);
    ent_jw_key(&jw, "alerts");
    ent_jw_array(&jw);
    for (size_t i = 0; i < seen->alert_count; i++)
        ent_jw_str(&jw, seen->alerts[i]);
    ent_jw_end(&jw);
    ent_jw_key(&jw, "review");
    ent_jw_bool(&jw, seen->review);
    ent_jw_key(&jw, "late_days");
    ent_jw_int(&jw, seen->late_days);
    return cli_line_end(cli, &buf, &jw, err);
}

static ent_code sighting_put(struct work *w, desk *d, ent_json json, ent_err *err)
{
    joint_seen seen;

    if (joint_sighting_put(d, w->cli->arena, w->alarm, json, &seen, err) != ENT_OK)
        return ent_context(err, "sighting %zu", w->count);
    return sighting_show(w, &seen, err);
}

static ent_code sightings_put(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;
    size_t expired;

    ENT_TRY(joint_alerts_due(d, w->cli->arena, &expired, err));
    ENT_TRY(joint_alarm_load(d, w->cli->arena, &w->alarm, err));
    w->one = sighting_put;
    return each(w, d, err);
}

static ent_code sighting_run(cli_context *cli, ent_err *err)
{
    return file_run(cli, sightings_put, err);
}

const cli_command cli_sighting_add = {
    .name = "sighting add",
    .usage = "FILE",
    .summary = "put what was seen to the standing alerts",
    .help =
        "FILE has sightings as JSON (one, a list, or one a line):\n\n"
        "  {\"ref\":\"S-1\",\"time\":\"2024-11-29T16:05:00Z\",\"place\":\"Dramos\",\n"
        "   \"names\":[\"JURANAIEV ELKHANE\"],\"dob\":\"1991-03-07\",\n"
        "   \"keys\":[\"doc:QBZ:650018823\"]}\n\n"
        "or `observed`, a STIX bundle, for alerts with a pattern.  Sightings are kept, so that\n"
        "a later alert finds them.\n\n"
        "  entente sighting add seen.jsonl --as collector\n",
    .run = sighting_run,
};
