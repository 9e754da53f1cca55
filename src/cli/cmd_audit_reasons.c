/* entente audit reasons -- whether a look-up says why: what holds, and who decides otherwise. */
#include "cli/desk.h"
#include "cli/reasons.h"

struct deciding {
    cli_context *cli;
    desk_officer officer;
    ent_str law;
    ent_time until;
    bool waive;
};

static ent_code decide(void *arg, desk *d, ent_err *err)
{
    const struct deciding *w = arg;

    return w->waive ? node_reasons_waive(d, w->cli->arena, w->law, w->until, &w->officer, err)
                    : node_reasons_require(d, w->cli->arena, &w->officer, err);
}

/* The day that is named is the first on which a reason is needed again. */
static ent_code until_read(const char *text, ent_time now, ent_time *until, ent_err *err)
{
    ent_days days;

    *until = now + NODE_REASONS_DAYS * ENT_DAY_TIME;
    if (text == NULL)
        return ENT_OK;
    if (ent_days_read(ent_str_of(text), &days, err) != ENT_OK || days.first != days.last)
        return ent_fail(err, ENT_USAGE, "--until is a day, YYYY-MM-DD, not '%s'", text);
    *until = (ent_time)days.first * ENT_DAY_TIME;
    return ENT_OK;
}

void cli_reasons_json(ent_jw *w, const node_reasons *r)
{
    ent_jw_key(w, "reasons");
    ent_jw_object(w);
    ent_jw_key(w, "required");
    ent_jw_bool(w, r->required);
    if (r->decided) {
        char time[ENT_TIME_TEXT];

        ent_time_write(r->until, time);
        ent_jw_key(w, "until");
        ent_jw_c(w, time);
        ent_jw_key(w, "signed");
        ent_jw_bool(w, r->is_signed);
        ent_jw_key(w, "by");
        ent_jw_str(w, r->by);
        ent_jw_key(w, "law");
        ent_jw_str(w, r->law);
    }
    if (r->wrong != NULL) {
        ent_jw_key(w, "wrong");
        ent_jw_c(w, r->wrong);
    }
    ent_jw_end(w);
}

void cli_reasons_text(cli_context *cli, const node_reasons *r)
{
    char time[ENT_TIME_TEXT];

    ent_time_write(r->until, time);
    if (!r->decided && !r->required)
        (void)printf("reasons      nobody has oversight yet, so no look-up need say why\n");
    else if (!r->decided)
        (void)printf("reasons      every look-up says why\n");
    else if (r->required)
        (void)printf("reasons      every look-up says why: of the decision that none does, %s\n",
                     r->wrong);
    else if (r->is_signed)
        (void)printf("reasons      NOT required of look-ups until %s, decided by %s: %s\n", time,
                     cli_text(cli, r->by), cli_text(cli, r->law));
    else
        (void)printf(
            "reasons      NOT required of look-ups until %s, and nobody has signed for it\n", time);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    struct deciding w = { .cli = cli, .law = ent_str_of(cli_option(cli, "--reason")) };
    const char *until = cli_option(cli, "--until");
    node_reasons reasons;
    node_desk *nd;
    ent_buf buf;
    ent_jw jw;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (cli->argc > 0) {
        w.waive = strcmp(cli->argv[0], "optional") == 0;
        if (!w.waive && strcmp(cli->argv[0], "required") != 0)
            return ent_fail(err, ENT_USAGE, "reasons are required or optional");
        ENT_TRY(cli_officer(cli, nd, &w.officer, err));
        ENT_TRY(until_read(until, node_desk_desk(nd)->now, &w.until, err));
        ENT_TRY(cli_desk_work(cli, nd, decide, &w, err));
    }
    ENT_TRY(node_reasons_read(cli->arena, node_desk_home(nd), node_desk_desk(nd)->store,
                              node_desk_desk(nd)->now, &reasons, err));
    if (!cli->json)
        return cli_reasons_text(cli, &reasons), ENT_OK;
    cli_line_begin(cli, &buf, &jw);
    cli_reasons_json(&jw, &reasons);
    return cli_line_end(cli, &buf, &jw, err);
}

const cli_command cli_audit_reasons = {
    .name = "audit reasons",
    .usage = "[required | optional --reason LAW [--until DATE]] [--as USER]",
    .summary = "whether a user's look-up says why, and who decided otherwise",
    .help =
        "A look-up without --reason, or ENTENTE_REASON once for a shell, is refused, and the\n"
        "refusal noted, from the day a user has the role oversight.  Where a law asks for\n"
        "no reason the legal officer decides so, names that law and signs; it ends after a year\n"
        "at the latest, and `status`, `doctor` and oversight's journal show it.  Oversight or the\n"
        "legal officer ends it before.\n\n"
        "  entente audit reasons --as ove\n"
        "  entente audit reasons optional --reason 'Household Act s 4' --as law\n"
        "  entente audit reasons required --as ove\n",
    .run = run,
};
