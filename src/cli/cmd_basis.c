/* entente basis ... -- what records rest on, and what rests on those that were corrected or called
 * back. */
#include "cli/account.h"
#include "cli/desk.h"
#include "cli/holding.h"

#include "desk/basis.h"
#include "desk/sources.h"

/* ---- list ---- */

static ent_code flag_show(cli_context *cli, const desk_flag *flag, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-9s %-22s %s\n          because of %s: %s\n", cli_text(cli, flag->state),
                     cli_text(cli, flag->kind), cli_text(cli, flag->thing),
                     cli_text(cli, flag->record),
                     cli_text(cli, ent_json_get_text(flag->json, "reason")));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "state", flag->state);
    for (ent_json v = ent_json_first(flag->json); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_str_is(ent_json_name(v), "reason")) {
            cli_line_said(&w, "reason", ent_json_str(v));
            continue;
        }
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    bool all = cli_flag(cli, "--all");
    desk_flags flags;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_basis_load(node_desk_desk(nd), cli->arena, all, &flags, err));
    for (size_t i = 0; i < flags.count; i++)
        ENT_TRY(flag_show(cli, &flags.items[i], err));
    return flags.count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_basis_list = {
    .name = "basis list",
    .usage = "[--all]",
    .summary = "list what rests on records that were corrected, revoked or called back",
    .help =
        "Links, records, hypotheses, joint views, cases, alerts and same-person statements of\n"
        "this node whose basis is \"changed\" or \"withdrawn\", until somebody has read them "
        "again\n"
        "Of a partner's record a correction or a recall does that, of an own one the import of\n"
        "another version; a hypothesis also rests on the links of the ways it found.\n"
        "(`entente basis read`).  --all shows those too.  Exit 1 if there are none.\n\n"
        "  entente basis list --json\n",
    .run = list_run,
};

/* ---- read ---- */

struct reading {
    cli_context *cli;
    desk_officer officer;
    ent_str thing, note;
    size_t count;
};

static ent_code read_again(void *arg, desk *d, ent_err *err)
{
    struct reading *r = arg;

    return desk_basis_read(d, r->cli->arena, r->thing, r->note, ent_str_of(r->officer.name),
                           &r->count, err);
}

static ent_code read_run(cli_context *cli, ent_err *err)
{
    struct reading r = { .cli = cli, .note = ent_str_of(cli_option(cli, "--note")) };
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (r.note.size == 0)
        return ent_fail(err, ENT_USAGE, "--note TEXT is missing: what follows from it?");
    r.thing = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &r.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, read_again, &r, err));
    if (!cli->json) {
        (void)printf("%s: %zu flag%s taken off\n", cli_text(cli, r.thing), r.count,
                     r.count == 1 ? "" : "s");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "thing", r.thing);
    ent_jw_key(&w, "read");
    ent_jw_int(&w, (int64_t)r.count);
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_basis_read = {
    .name = "basis read",
    .usage = "THING --note TEXT --as USER",
    .summary = "say that flagged work was read again, and what follows",
    .help = "THING is the id that `entente basis list` shows.  Who read it, and the note, stay in\n"
            "`basis list --all`.  The work itself is not changed by this.\n\n"
            "  entente basis read 5e0f... --note 'the meeting on the 22nd stands' --as ana\n",
    .run = read_run,
};

/* ---- sources ---- */

static void source_text(cli_context *cli, node_desk *nd, const desk_source *s)
{
    if (s->held)
        (void)printf("  %-4s %s of %s\n", cli_rating(cli, &s->label), cli_text(cli, s->id),
                     cli_owner(cli, nd, s->owner));
    else
        (void)printf("  gone %s\n", cli_text(cli, s->id));
}

static ent_code sources_json(cli_context *cli, node_desk *nd, const desk_source *sources,
                             size_t count, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "id", cli->argv[0]);
    ent_jw_key(&w, "count");
    ent_jw_int(&w, (int64_t)count);
    ent_jw_key(&w, "sources");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        ent_jw_object(&w);
        cli_line_text(&w, "id", sources[i].id);
        ent_jw_key(&w, "held");
        ent_jw_bool(&w, sources[i].held);
        if (sources[i].held) {
            cli_line_c(&w, "owner", cli_owner(cli, nd, sources[i].owner));
            cli_line_c(&w, "rating", cli_rating(cli, &sources[i].label));
        }
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code sources_run(cli_context *cli, ent_err *err)
{
    desk_source *sources;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_sources(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), &sources, &count,
                         err));
    cli_account_saw(cli, ent_str_of(cli->argv[0]));
    if (cli->json)
        return sources_json(cli, nd, sources, count, err);
    (void)printf("rests on %zu source%s\n", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++)
        source_text(cli, nd, &sources[i]);
    return ENT_OK;
}

const cli_command cli_basis_sources = {
    .name = "basis sources",
    .usage = "ID",
    .summary = "on how many sources a record rests",
    .help =
        "Follows what each record was derived from, through records of any owner, to those that\n"
        "are derived from nothing.  One report that came by three ways counts once.\n\n"
        "  entente basis sources report--... --as ana\n",
    .run = sources_run,
};
