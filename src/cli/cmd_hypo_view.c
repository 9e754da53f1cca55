/* entente hypo open, opinion, views -- what does each service think of it? */
#include "cli/joint.h"

static ent_code view_open(void *arg, desk *d, ent_err *err)
{
    cli_joint *w = arg;

    return joint_view_open(d, w->cli->arena, &w->view, w->made, err);
}

static ent_code open_run(cli_context *cli, ent_err *err)
{
    cli_joint w = { .cli = cli };

    ENT_TRY(cli_joint_text(cli, "--title", &w.view.title, err));
    ENT_TRY(cli_joint_text(cli, "--confidence", &w.view.confidence, err));
    ENT_TRY(cli_joint_text(cli, "--purpose", &w.view.purpose, err));
    ENT_TRY(cli_joint_ids(cli, "--basis", &w, err));
    ENT_TRY(cli_list_option(cli, "--with", &w.peers, &w.peer_count, err));
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_joint_begin(cli, &w, err));
    w.view.by = w.user;
    w.view.basis = w.ids;
    w.view.basis_count = w.id_count;
    w.view.peers = w.peers;
    w.view.peer_count = w.peer_count;
    ENT_TRY(cli_desk_work(cli, w.nd, view_open, &w, err));
    return cli_joint_made(cli, "view", w.made, err);
}

const cli_command cli_hypo_open = {
    .name = "hypo open",
    .usage = "--title T --confidence C --purpose P [--basis ID,...] [--with PEER,...]",
    .summary = "open a joint view that partners can agree or disagree with",
    .help =
        "C: unlikely possible likely almost-certain.  The basis stays here; partners see title\n"
        "and confidence.  When a record of the basis changes or goes, the view is marked.\n\n"
        "  entente hypo open --title \"one maker behind A, B, D\" --confidence likely \\\n"
        "      --basis forensic-signature--... --with SVB,CTB --purpose CT-INV --as analyst\n",
    .run = open_run,
};

static ent_code opinion_put(void *arg, desk *d, ent_err *err)
{
    cli_joint *w = arg;

    return joint_opinion_put(d, w->cli->arena, w->id, w->value, w->note, w->user, err);
}

static ent_code opinion_run(cli_context *cli, ent_err *err)
{
    cli_joint w = { .note = ent_str_of(cli_option(cli, "--note")) };

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    w.id = ent_str_of(cli->argv[0]);
    w.value = ent_str_of(cli->argv[1]);
    ENT_TRY(cli_joint_begin(cli, &w, err));
    return cli_desk_work(cli, w.nd, opinion_put, &w, err);
}

const cli_command cli_hypo_opinion = {
    .name = "hypo opinion",
    .usage = "VIEW OPINION [--note TEXT]",
    .summary = "say what this service thinks of a joint view",
    .help = "OPINION: strongly-disagree disagree neutral agree strongly-agree.  Opinions may\n"
            "disagree; all stay visible to all, and nobody changes another's.\n\n"
            "  entente hypo opinion 5e0f... disagree --note \"not D\" --as analyst\n",
    .run = opinion_run,
};

/* Of the services that a view of ours was put to: how many have said what they think of it, and how
 * many of these hold it too.  Only who opened a view knows to whom it was put. */
struct said {
    bool known;
    size_t asked, answered, hold;
};

/* The latest opinion of a service, or none. */
static ent_str opinion_of(ent_json view, ent_str service)
{
    ent_str opinion = ENT_STR_NONE;

    for (ent_json v = ent_json_first(ent_json_get(view, "opinions")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "service"), service))
            opinion = ent_json_get_text(v, "opinion");
    return opinion;
}

static struct said said_of(const desk *d, ent_json view)
{
    struct said s = { .known = ent_str_is(ent_json_get_text(view, "owner"), d->code) };

    for (ent_json v = ent_json_first(ent_json_get(view, "peers")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str opinion = opinion_of(view, ent_json_str(v));

        s.asked++;
        s.answered += opinion.size > 0;
        s.hold += ent_str_is(opinion, "agree") || ent_str_is(opinion, "strongly-agree");
    }
    return s;
}

static ent_code view_json(cli_context *cli, const desk *d, const joint_item *item, ent_err *err)
{
    struct said s = said_of(d, item->json);
    const size_t counts[] = { s.asked, s.answered, s.hold };
    static const char *const names[] = { "asked_count", "answered_count", "hold_count" };
    ent_buf buf;
    ent_jw w;

    cli_item_begin(cli, &buf, &w, item);
    for (size_t i = 0; i < 3 && s.known; i++) {
        ent_jw_key(&w, names[i]);
        ent_jw_int(&w, (int64_t)counts[i]);
    }
    return cli_item_end(cli, &buf, &w, "view", item, err);
}

static void view_show(cli_context *cli, const desk *d, const joint_item *item)
{
    ent_json json = item->json;
    struct said s = said_of(d, json);

    (void)printf("%-36s  %-14s %s%s\n", cli_text(cli, item->id),
                 cli_text(cli, ent_json_get_text(json, "confidence")),
                 cli_text(cli, ent_json_get_text(json, "title")),
                 item->changed ? "  [basis changed, re-read]" : "");
    for (ent_json v = ent_json_first(ent_json_get(json, "opinions")); v.doc != NULL;
         v = ent_json_next(v))
        (void)printf("    %-8s %-18s %s\n", cli_text(cli, ent_json_get_text(v, "service")),
                     cli_text(cli, ent_json_get_text(v, "opinion")),
                     cli_text(cli, ent_json_get_text(v, "note")));
    if (s.known && s.asked > 0)
        (void)printf("    %zu of %zu answered, %zu of these %s it\n", s.answered, s.asked, s.hold,
                     s.hold == 1 ? "holds" : "hold");
}

static ent_code views_run(cli_context *cli, ent_err *err)
{
    joint_item *items;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_view_list(node_desk_desk(nd), cli->arena, &items, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (cli->json)
            ENT_TRY(view_json(cli, node_desk_desk(nd), &items[i], err));
        else
            view_show(cli, node_desk_desk(nd), &items[i]);
    }
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_hypo_views = {
    .name = "hypo views",
    .usage = "",
    .summary = "joint views, ours and partners', with every opinion",
    .help =
        "A view whose basis is not what it was is marked.  Of a view of ours, how many of those\n"
        "it was put to have answered, and how many of these hold it (agree).\n\n"
        "  entente hypo views\n",
    .run = views_run,
};
