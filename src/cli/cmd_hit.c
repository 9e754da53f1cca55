/* entente hit list, take, done -- who follows up what a private match found, and until when. */
#include "cli/desk.h"

#include "casework/hits.h"
#include "node/users.h"

struct work {
    cli_context *cli;
    ent_str ref, to, due, note, by;
};

static ent_code hit_show(cli_context *cli, const casework_hit *h, ent_err *err)
{
    ent_str owner = h->owner.size > 0 ? h->owner : ENT_STR("nobody");
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%s  with %-8s %-24s %-12s due %-10s%s\n", cli_text(cli, h->ref),
                     cli_text(cli, ent_json_get_text(h->json, "peer")),
                     cli_text(cli, ent_json_get_text(h->json, "key")), cli_text(cli, owner),
                     cli_text(cli, h->due.size > 0 ? h->due : ENT_STR("-")),
                     h->done      ? "  done"
                     : h->overdue ? "  OVERDUE"
                                  : "");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "hit", h->ref);
    cli_line_text(&w, "peer", ent_json_get_text(h->json, "peer"));
    cli_line_text(&w, "key", ent_json_get_text(h->json, "key"));
    cli_line_text(&w, "purpose", ent_json_get_text(h->json, "purpose"));
    cli_line_text(&w, "time", ent_json_get_text(h->json, "time"));
    cli_line_text(&w, "owner", h->owner.size > 0 ? h->owner : ENT_STR_NONE);
    cli_line_text(&w, "due", h->due.size > 0 ? h->due : ENT_STR_NONE);
    cli_line_text(&w, "note", h->note.size > 0 ? h->note : ENT_STR_NONE);
    ent_jw_key(&w, "done");
    ent_jw_bool(&w, h->done);
    ent_jw_key(&w, "overdue");
    ent_jw_bool(&w, h->overdue);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    bool overdue = cli_flag(cli, "--overdue");
    size_t count, shown = 0;
    casework_hit *hits;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(casework_hit_list(node_desk_desk(nd), cli->arena, &hits, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (overdue && !hits[i].overdue)
            continue;
        ENT_TRY(hit_show(cli, &hits[i], err));
        shown++;
    }
    return shown > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_hit_list = {
    .name = "hit list",
    .usage = "[--overdue]",
    .summary = "who follows up which hit of a private match, and until when",
    .help = "A hit that nobody took for a day goes to who is on duty, with a week.\n\n"
            "  entente hit list --overdue\n",
    .run = list_run,
};

static ent_code run(struct work *w, cli_work fn, ent_err *err)
{
    desk_officer officer;
    node_desk *nd;
    node_user user;

    ENT_TRY(cli_arguments(w->cli, 1, 1, err));
    w->ref = ent_str_of(w->cli->argv[0]);
    ENT_TRY(cli_desk(w->cli, &nd, err));
    ENT_TRY(cli_officer(w->cli, nd, &officer, err));
    w->by = ent_str_of(officer.name);
    if (w->to.size > 0) /* a person of this node */
        ENT_TRY(node_user_get(w->cli->arena, node_desk_home(nd), w->to.ptr, &user, err));
    return cli_desk_work(w->cli, nd, fn, w, err);
}

static ent_code take(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_hit_take(d, w->cli->arena, w->ref, w->to.size > 0 ? w->to : w->by, w->due,
                             w->by, err);
}

static ent_code take_run(cli_context *cli, ent_err *err)
{
    const char *to = cli_option(cli, "--to"), *due = cli_option(cli, "--due");
    struct work w = { .cli = cli, .to = ent_str_of(to), .due = ent_str_of(due) };

    return run(&w, take, err);
}

const cli_command cli_hit_take = {
    .name = "hit take",
    .usage = "HIT [--to USER] [--due DAY]",
    .summary = "answer for a hit, or give it to a colleague, until a day",
    .help = "Without --due in a week.  HIT as `hit list` shows it.\n\n"
            "  entente hit take 4be0a1c29f00d3e7 --due 2024-11-20 --as ana\n",
    .run = take_run,
};

static ent_code done(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_hit_done(d, w->cli->arena, w->ref, w->note, w->by, err);
}

static ent_code done_run(cli_context *cli, ent_err *err)
{
    const char *note = cli_option(cli, "--note");
    struct work w = { .cli = cli, .note = ent_str_of(note) };

    return run(&w, done, err);
}

const cli_command cli_hit_done = {
    .name = "hit done",
    .usage = "HIT --note TEXT",
    .summary = "say what came of a hit that is yours",
    .help = "  entente hit done 4be0a1c29f00d3e7 --note \"asked SVB, another person\" --as ana\n",
    .run = done_run,
};
