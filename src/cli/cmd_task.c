/* entente hypo open ..., task ..., repeat ... -- what services say and do together. */
#include "cli/desk.h"

#include "joint/plan.h"
#include "joint/repeat.h"
#include "joint/terms.h"
#include "joint/work.h"

struct work {
    cli_context *cli;
    node_desk *nd;
    ent_str user, id, value, note, outsider;
    const char *state, **peers;
    size_t peer_count;
    ent_str *ids;
    size_t id_count;
    joint_view view;
    joint_task task;
    char made[37];
};

static ent_code begin(cli_context *cli, struct work *w, ent_err *err)
{
    desk_officer officer;

    w->cli = cli;
    ENT_TRY(cli_desk(cli, &w->nd, err));
    ENT_TRY(cli_officer(cli, w->nd, &officer, err));
    w->user = ent_str_of(officer.name);
    return ENT_OK;
}

static ent_code must_option(cli_context *cli, const char *name, ent_str *text, ent_err *err)
{
    const char *value = cli_option(cli, name);

    *text = ent_str_of(value);
    return value != NULL ? ENT_OK : ent_fail(err, ENT_USAGE, "%s is missing", name);
}

/* --name A,B ... as texts. */
static ent_code ids_option(cli_context *cli, const char *name, struct work *w, ent_err *err)
{
    const char **items;

    ENT_TRY(cli_list_option(cli, name, &items, &w->id_count, err));
    w->ids = ent_arena_array(cli->arena, w->id_count + 1, sizeof *w->ids);
    if (w->ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w->id_count; i++)
        w->ids[i] = ent_str_of(items[i]);
    return ENT_OK;
}

static ent_code made_show(cli_context *cli, const char *what, const char *id, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%s %s\n", what, id);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, what, id);
    return cli_line_end(cli, &buf, &w, err);
}

static void item_begin(cli_context *cli, ent_buf *buf, ent_jw *w, const joint_item *item)
{
    cli_line_begin(cli, buf, w);
    cli_line_text(w, "id", item->id);
    cli_line_text(w, "state", item->state);
    ent_jw_key(w, "basis_changed");
    ent_jw_bool(w, item->changed);
    ent_jw_key(w, "late");
    ent_jw_bool(w, item->late);
}

static ent_code item_end(cli_context *cli, ent_buf *buf, ent_jw *w, const char *what,
                         const joint_item *item, ent_err *err)
{
    ENT_TRY(cli_basis_json(cli, item->id, w, err));
    ent_jw_key(w, what);
    ent_jw_raw(w, ent_json_raw(item->json));
    return cli_line_end(cli, buf, w, err);
}

static ent_code item_json(cli_context *cli, const char *what, const joint_item *item, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    item_begin(cli, &buf, &w, item);
    return item_end(cli, &buf, &w, what, item, err);
}

/* ---- hypo open, opinion, views ---- */

static ent_code view_open(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_view_open(d, w->cli->arena, &w->view, w->made, err);
}

static ent_code open_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };

    ENT_TRY(must_option(cli, "--title", &w.view.title, err));
    ENT_TRY(must_option(cli, "--confidence", &w.view.confidence, err));
    ENT_TRY(must_option(cli, "--purpose", &w.view.purpose, err));
    ENT_TRY(ids_option(cli, "--basis", &w, err));
    ENT_TRY(cli_list_option(cli, "--with", &w.peers, &w.peer_count, err));
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(begin(cli, &w, err));
    w.view.by = w.user;
    w.view.basis = w.ids;
    w.view.basis_count = w.id_count;
    w.view.peers = w.peers;
    w.view.peer_count = w.peer_count;
    ENT_TRY(cli_desk_work(cli, w.nd, view_open, &w, err));
    return made_show(cli, "view", w.made, err);
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
    struct work *w = arg;

    return joint_opinion_put(d, w->cli->arena, w->id, w->value, w->note, w->user, err);
}

static ent_code opinion_run(cli_context *cli, ent_err *err)
{
    struct work w = { .note = ent_str_of(cli_option(cli, "--note")) };

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    w.id = ent_str_of(cli->argv[0]);
    w.value = ent_str_of(cli->argv[1]);
    ENT_TRY(begin(cli, &w, err));
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

    item_begin(cli, &buf, &w, item);
    for (size_t i = 0; i < 3 && s.known; i++) {
        ent_jw_key(&w, names[i]);
        ent_jw_int(&w, (int64_t)counts[i]);
    }
    return item_end(cli, &buf, &w, "view", item, err);
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

/* ---- task ---- */

static ent_code task_new(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_task_new(d, w->cli->arena, &w->task, w->made, err);
}

static ent_code new_run(cli_context *cli, ent_err *err)
{
    struct work w = { .note = ent_str_of(cli_option(cli, "--note")) };

    ENT_TRY(must_option(cli, "--for", &w.task.who, err));
    ENT_TRY(must_option(cli, "--due", &w.task.due, err));
    ENT_TRY(must_option(cli, "--purpose", &w.task.purpose, err));
    ENT_TRY(cli_list_option(cli, "--with", &w.peers, &w.peer_count, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.task.activity = ent_str_of(cli->argv[0]);
    ENT_TRY(begin(cli, &w, err));
    w.task.note = w.note;
    w.task.by = w.user;
    w.task.peers = w.peers;
    w.task.peer_count = w.peer_count;
    ENT_TRY(cli_desk_work(cli, w.nd, task_new, &w, err));
    return made_show(cli, "task", w.made, err);
}

const cli_command cli_task_new = {
    .name = "task new",
    .usage = "ACTIVITY --for SERVICE --due DATE --purpose P [--with PEER,...] [--note TEXT]",
    .summary = "propose a task of the joint plan",
    .help = "ACTIVITY is of a closed list: locate observe meet interview arrest-on-warrant screen\n"
            "inform-a-carrier protect-a-site patrol transit exercise rescue-exercise\n"
            "get-a-list-under-warrant watch-passenger-data legal-request ask-a-third-state.\n"
            "--with: who hears of it.  The service named takes or refuses it.\n\n"
            "  entente task new interview --for SVB --due 2024-12-15 --with SVB,CTB \\\n"
            "      --purpose CT-INV --as case\n",
    .run = new_run,
};

static ent_code task_set(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_task_set(d, w->cli->arena, w->id, w->state, w->note, w->user, err);
}

static ent_code set_run(cli_context *cli, const char *state, ent_err *err)
{
    struct work w = { .state = state, .note = ent_str_of(cli_option(cli, "--note")) };

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.id = ent_str_of(cli->argv[0]);
    ENT_TRY(begin(cli, &w, err));
    return cli_desk_work(cli, w.nd, task_set, &w, err);
}

static ent_code take_run(cli_context *cli, ent_err *err)
{
    return set_run(cli, "accepted", err);
}

static ent_code refuse_run(cli_context *cli, ent_err *err)
{
    return set_run(cli, "refused", err);
}

static ent_code done_run(cli_context *cli, ent_err *err)
{
    return set_run(cli, "done", err);
}

const cli_command cli_task_take = {
    .name = "task take",
    .usage = "TASK",
    .summary = "accept a task that is this service's",
    .help = "All who heard of the task see it.\n\n  entente task take 5e0f... --as case\n",
    .run = take_run,
};

const cli_command cli_task_refuse = {
    .name = "task refuse",
    .usage = "TASK --note WHY",
    .summary = "refuse a task that is this service's, with a reason",
    .help = "All who heard of the task see it.\n\n"
            "  entente task refuse 5e0f... --note \"no legal ground\" --as case\n",
    .run = refuse_run,
};

const cli_command cli_task_done = {
    .name = "task done",
    .usage = "TASK [--note TEXT]",
    .summary = "say that a task is done",
    .help = "All who heard of the task see it.\n\n  entente task done 5e0f... --as case\n",
    .run = done_run,
};

static ent_code tasks_run(cli_context *cli, ent_err *err)
{
    joint_item *items;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_task_list(node_desk_desk(nd), cli->arena, &items, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (cli->json)
            ENT_TRY(item_json(cli, "task", &items[i], err));
        else
            (void)printf("%-36s  %-9s %-8s %-10s %s%s\n", cli_text(cli, items[i].id),
                         cli_text(cli, items[i].state),
                         cli_text(cli, ent_json_get_text(items[i].json, "who")),
                         cli_text(cli, ent_json_get_text(items[i].json, "due")),
                         cli_text(cli, ent_json_get_text(items[i].json, "activity")),
                         items[i].late ? "  LATE" : "");
    }
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_task_list = {
    .name = "task list",
    .usage = "",
    .summary = "the joint plan: who does what until when",
    .help = "Late is what is neither done nor refused after its day.\n\n  entente task list\n",
    .run = tasks_run,
};

/* ---- repeat ---- */

static ent_code repeat_ask(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_repeat_ask(d, w->cli->arena, w->state, w->outsider, w->value, w->ids, w->id_count,
                            w->made, err);
}

static ent_code ask_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };

    w.state = cli_option(cli, "--owner");
    ENT_TRY(must_option(cli, "--to", &w.outsider, err));
    ENT_TRY(must_option(cli, "--purpose", &w.value, err));
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    if (w.state == NULL)
        return ent_fail(err, ENT_USAGE, "--owner is missing");
    w.id_count = (size_t)cli->argc;
    w.ids = ent_arena_array(cli->arena, w.id_count, sizeof *w.ids);
    if (w.ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w.id_count; i++)
        w.ids[i] = ent_str_of(cli->argv[i]);
    ENT_TRY(begin(cli, &w, err));
    ENT_TRY(cli_desk_work(cli, w.nd, repeat_ask, &w, err));
    return made_show(cli, "repeat", w.made, err);
}

const cli_command cli_repeat_ask = {
    .name = "repeat ask",
    .usage = "ID... --owner PEER --to OUTSIDER --purpose P",
    .summary = "ask an owner whether facts of its may be repeated to an outsider",
    .help = "The owner grants some, all or none; `repeat list` shows what may be repeated.\n\n"
            "  entente repeat ask identity--... event--... --owner SVB --to Kestria \\\n"
            "      --purpose CT-INV --as case\n",
    .run = ask_run,
};

static ent_code repeat_answer(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_repeat_answer(d, w->cli->arena, w->id, w->ids, w->id_count, w->user, err);
}

static ent_code answer_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };

    ENT_TRY(ids_option(cli, "--grant", &w, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.id = ent_str_of(cli->argv[0]);
    ENT_TRY(begin(cli, &w, err));
    return cli_desk_work(cli, w.nd, repeat_answer, &w, err);
}

const cli_command cli_repeat_answer = {
    .name = "repeat answer",
    .usage = "REQUEST [--grant ID,...]",
    .summary = "grant some of the facts that a partner wants to repeat, or none",
    .help = "Without --grant none is granted.\n\n"
            "  entente repeat answer CTB/5e0f... --grant identity--... --as fdo1\n",
    .run = answer_run,
};

static void ids_text(cli_context *cli, const char *what, ent_json ids)
{
    for (ent_json v = ent_json_first(ids); v.doc != NULL; v = ent_json_next(v))
        (void)printf("    %-8s %s\n", what, cli_text(cli, ent_json_str(v)));
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    joint_repeat *list;
    node_desk *nd;
    size_t count;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_repeat_list(node_desk_desk(nd), cli->arena, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        const joint_repeat *r = &list[i];

        if (!cli->json) {
            (void)printf("%-45s %-9s %s %s, to %s\n", cli_text(cli, r->id), cli_text(cli, r->state),
                         r->ours ? "asked of" : "asked by", cli_text(cli, r->peer),
                         cli_text(cli, r->outsider));
            ids_text(cli, "asked", r->asked);
            ids_text(cli, "granted", r->granted);
            continue;
        }
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "id", r->id);
        cli_line_text(&w, "state", r->state);
        cli_line_c(&w, "side", r->ours ? "asked" : "owner");
        cli_line_text(&w, "peer", r->peer);
        cli_line_text(&w, "outsider", r->outsider);
        ent_jw_key(&w, "asked");
        ent_jw_raw(&w, ent_json_raw(r->asked));
        ent_jw_key(&w, "granted");
        ent_jw_raw(&w, r->granted.doc == NULL ? ENT_STR("[]") : ent_json_raw(r->granted));
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    }
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_repeat_list = {
    .name = "repeat list",
    .usage = "",
    .summary = "which facts of partners may be repeated to whom",
    .help = "What is not granted may not be repeated.\n\n  entente repeat list\n",
    .run = list_run,
};
