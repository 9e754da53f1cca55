/* entente match standing ... -- a match that goes on. */
#include "cli/match.h"

#include "match/standing.h"

static bool is_alive(const match_standing *st)
{
    return ent_str_is(st->state, "open") || ent_str_is(st->state, "offered");
}

ent_code cli_match_changed(cli_context *cli, node_desk *nd, ent_err *err)
{
    match_standing *list;
    bool alive = false;
    size_t count;

    ENT_TRY(match_standing_list(node_desk_desk(nd), cli->arena, NULL, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        alive = alive || is_alive(&list[i]);
    return alive ? node_desk_flush(nd, cli->arena, err) : ENT_OK;
}

static ent_code standing_show(cli_context *cli, const match_standing *st, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-8s %-8s %-9s %-36s %lld of %lld own keys asked, %lld theirs, %lld hit%s",
                     cli_text(cli, st->peer), cli_text(cli, st->state), cli_text(cli, st->purpose),
                     cli_text(cli, st->id), (long long)st->asked, (long long)st->count_own,
                     (long long)st->count_peer, (long long)st->hits, st->hits == 1 ? "" : "s");
        if (st->waiting > 0)
            (void)printf(", %lld wait for tomorrow's budget", (long long)st->waiting);
        (void)printf("%s%s\n", st->clause.size > 0 ? ": " : "", cli_text(cli, st->clause));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "standing", st->id);
    cli_line_text(&w, "peer", st->peer);
    cli_line_text(&w, "state", st->state);
    cli_line_text(&w, "purpose", st->purpose);
    cli_line_text(&w, "agreement", st->agreement);
    cli_line_text(&w, "side", st->side);
    cli_line_text(&w, "user", st->user.size > 0 ? st->user : ENT_STR_NONE);
    cli_line_text(&w, "clause", st->clause.size > 0 ? st->clause : ENT_STR_NONE);
    cli_line_text(&w, "started", st->started);
    ent_jw_key(&w, "own");
    ent_jw_int(&w, st->count_own);
    ent_jw_key(&w, "theirs");
    ent_jw_int(&w, st->count_peer);
    ent_jw_key(&w, "asked");
    ent_jw_int(&w, st->asked);
    ent_jw_key(&w, "waiting");
    ent_jw_int(&w, st->waiting);
    ent_jw_key(&w, "hits");
    ent_jw_int(&w, st->hits);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code start_run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--with"), *purpose = cli_option(cli, "--purpose");
    match_question q = { .peer = peer, .purpose = ent_str_of(purpose) };
    match_standing *list;
    node_desk *nd;
    size_t count;
    char id[37];

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (peer == NULL || purpose == NULL)
        return ent_fail(err, ENT_USAGE, "--%s is missing",
                        peer == NULL ? "with PEER" : "purpose PURPOSE");
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_match_asker(cli, nd, &q.user, err));
    ENT_TRY(match_standing_start(node_desk_desk(nd), cli->arena, &q, id, err));
    if (node_desk_flush(nd, cli->arena, err) != ENT_OK)
        return ent_context(err, "it is offered, but not yet said to the peer");
    ENT_TRY(match_standing_list(node_desk_desk(nd), cli->arena, peer, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(list[i].id, id))
            return standing_show(cli, &list[i], err);
    return ent_fail(err, ENT_BUG, "a standing match is gone at once");
}

const cli_command cli_match_standing_start = {
    .name = "match standing start",
    .usage = "--with PEER --purpose P",
    .summary = "match what is new on either side as it comes, until it is stopped",
    .help = "Both sides ship the tags of their keys once, and then only what changes; so a record\n"
            "that is imported at either side is found at both within seconds, without a run.\n"
            "Each key that is asked about is charged to the day's budget of the agreement; what\n"
            "is over it waits for the next day.  The peer learns how many keys are held.\n\n"
            "  entente match standing start --with SVB --purpose CT-INV --as v.analyst\n",
    .run = start_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--peer");
    match_standing *list;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(match_standing_list(node_desk_desk(nd), cli->arena, peer, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(standing_show(cli, &list[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_match_standing_list = {
    .name = "match standing list",
    .usage = "[--peer PEER]",
    .summary = "list the matches that go on, and those that have ended",
    .help = "  entente match standing list --peer SVB\n",
    .run = list_run,
};

struct stopping {
    cli_context *cli;
    const char *id;
};

static ent_code stop(void *arg, desk *d, ent_err *err)
{
    struct stopping *s = arg;

    return match_standing_stop(d, s->cli->arena, ent_str_of(s->id), err);
}

static ent_code stop_run(cli_context *cli, ent_err *err)
{
    struct stopping s = { .cli = cli };
    const char *user;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    s.id = cli->argv[0];
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_match_asker(cli, nd, &user, err));
    return cli_desk_work(cli, nd, stop, &s, err);
}

const cli_command cli_match_standing_stop = {
    .name = "match standing stop",
    .usage = "ID",
    .summary = "end a match that goes on: keys and tags are deleted at both sides",
    .help = "Hits stay.\n\n"
            "  entente match standing stop 0b9d... --as v.analyst\n",
    .run = stop_run,
};
