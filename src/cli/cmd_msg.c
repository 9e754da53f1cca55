/* entente msg ..., desk list -- words between services, and what is open with whom. */
#include "cli/casework.h"

#include "casework/answer.h"

static ent_code send_run(cli_context *cli, ent_err *err)
{
    casework_draft draft = { .kind = CASEWORK_MESSAGE };
    const char **peers;
    size_t count;

    ENT_TRY(cli_draft_options(cli, &draft, &peers, &count, err));
    return cli_draft_say(cli, &draft, peers, count, err);
}

const cli_command cli_msg_send = {
    .name = "msg send",
    .usage = "--to PEER[,PEER] --purpose P --text TEXT [--about ITEM] [--precedence P] --as USER",
    .summary = "send words to a partner",
    .help = "--about names the tip or request whose thread it belongs to.\n\n"
            "  entente msg send --to SVB --purpose CT-INV --text 'call us' --as lia\n",
    .run = send_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    return cli_item_list(cli, CASEWORK_MESSAGE, err);
}

const cli_command cli_msg_list = {
    .name = "msg list",
    .usage = "[--peer PEER] [--state STATE] [--open] [--as USER]",
    .summary = "list messages with states and clocks",
    .help = "  entente msg list --peer SVB\n",
    .run = list_run,
};

static ent_code show_run(cli_context *cli, ent_err *err)
{
    return cli_item_show_run(cli, CASEWORK_MESSAGE, err);
}

const cli_command cli_msg_show = {
    .name = "msg show",
    .usage = "ID [--as USER]",
    .summary = "show a message",
    .help = "  entente msg show 6f1c --as lia\n",
    .run = show_run,
};

/* ---- the desk ---- */

struct balance {
    ent_str peer;
    int64_t they_owe, we_owe, they_late, we_late, tips, contributed;
};

static struct balance *balance_of(struct balance *all, size_t *count, ent_str peer)
{
    for (size_t i = 0; i < *count; i++)
        if (ent_str_equal(all[i].peer, peer))
            return &all[i];
    all[*count] = (struct balance){ .peer = peer };
    return &all[(*count)++];
}

static ent_code item_count(cli_context *cli, const desk *d, const casework_item *item,
                           struct balance *b, ent_err *err)
{
    casework_clock clocks[CASEWORK_CLOCKS];
    bool late, open;

    casework_clocks(d, item, clocks);
    open = clocks[1].runs || (item->kind == CASEWORK_MESSAGE && clocks[0].runs);
    late = clocks[0].overdue || clocks[1].overdue;
    if (item->out) {
        b->they_owe += open;
        b->they_late += late;
    } else {
        b->we_owe += open;
        b->we_late += late;
    }
    if (item->kind == CASEWORK_TIP && item->out) {
        ent_json answer = { NULL, 0 };

        b->tips++;
        if (item->answer.size > 0)
            ENT_TRY(ent_json_read(cli->arena, item->answer, &answer, err));
        b->contributed += ent_str_is(ent_json_get_text(answer, "outcome"), "CONTRIBUTED");
    }
    return ENT_OK;
}

static ent_code balance_show(cli_context *cli, const struct balance *b, ent_err *err)
{
    const struct {
        const char *name;
        int64_t number;
    } members[] = { { "they_owe", b->they_owe },   { "we_owe", b->we_owe },
                    { "they_late", b->they_late }, { "we_late", b->we_late },
                    { "tips", b->tips },           { "contributed", b->contributed } };
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-8s they owe you %lld (%lld late), you owe them %lld (%lld late); "
                     "%lld of your %lld tips contributed\n",
                     cli_text(cli, b->peer), (long long)b->they_owe, (long long)b->they_late,
                     (long long)b->we_owe, (long long)b->we_late, (long long)b->contributed,
                     (long long)b->tips);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "balance", b->peer);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        ent_jw_key(&w, members[i].name);
        ent_jw_int(&w, members[i].number);
    }
    return cli_line_end(cli, &buf, &w, err);
}

/* Does a clock of it run, and may this person know of it? */
static bool is_open(const desk *d, const casework_item *item, const desk_officer *officer)
{
    casework_clock clocks[CASEWORK_CLOCKS];

    if (item->legal_first && officer->name != NULL && strcmp(officer->role, "legal") != 0 &&
        strcmp(officer->role, "oversight") != 0 && !casework_item_happened(item, "cleared"))
        return false;
    casework_clocks(d, item, clocks);
    return clocks[0].runs || clocks[1].runs;
}

static ent_code desk_show(cli_context *cli, desk *d, const desk_officer *officer, ent_err *err)
{
    struct balance *all;
    casework_item *items;
    size_t count, peers = 0;

    ENT_TRY(casework_items(d, cli->arena, NULL, &items, &count, err));
    all = ent_arena_array(cli->arena, count + 1, sizeof *all);
    if (all == NULL)
        return ent_fail_arena(err);
    /* The most urgent first, each kind in the order in which it came. */
    for (int p = 0; p < CASEWORK_PRECEDENCE_COUNT; p++)
        for (size_t i = 0; i < count; i++)
            if (items[i].precedence == (casework_precedence)p && is_open(d, &items[i], officer))
                ENT_TRY(cli_item_line(cli, d, &items[i], err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(item_count(cli, d, &items[i], balance_of(all, &peers, items[i].peer), err));
    if (!cli->json && peers > 0)
        (void)printf("\n");
    for (size_t i = 0; i < peers; i++)
        ENT_TRY(balance_show(cli, &all[i], err));
    return ENT_OK;
}

static ent_code match_run(cli_context *cli, ent_err *err)
{
    desk_officer officer = { .name = NULL };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (cli->user != NULL)
        ENT_TRY(cli_officer(cli, nd, &officer, err));
    return desk_show(cli, node_desk_desk(nd), &officer, err);
}

const cli_command cli_desk_list = {
    .name = "desk list",
    .usage = "[--as USER]",
    .summary = "what is open with whom: clocks that run, and what is owed both ways",
    .help = "Every tip, request and message whose clock runs, the most urgent first,\n"
            "then a line for each partner.\n\n"
            "  entente desk list --as lia\n",
    .run = match_run,
};
