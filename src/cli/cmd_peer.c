/* entente peer ... -- linking this node to others, and ending it. */
#include "cli/home.h"

#include "base/json_write.h"
#include "node/assured.h"
#include "node/files.h"
#include "node/gossip.h"
#include "node/peers.h"
#include "node/processes.h"
#include "node/suspend.h"

static ent_code alarm_find(cli_context *cli, const node_peer *peer, ent_str *alarm, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_desk(cli, &nd, err));
    return node_gossip_alarm(node_desk_desk(nd), cli->arena, peer->code, alarm, err);
}

static ent_code peer_show(cli_context *cli, const node_peer *peer, ent_err *err)
{
    char fingerprint[NODE_FINGERPRINT_SIZE];
    ent_str alarm;
    node_home home;
    bool assured;
    ent_buf buf;
    ent_jw w;

    node_fingerprint(peer->identity, fingerprint);
    if (!cli->json) {
        (void)printf("%-8s %-10s %s  %s\n         %s\n", peer->code,
                     node_peer_state_name(peer->state), fingerprint, cli_text(cli, peer->name),
                     peer->reader ? "no node: reads what is released, by TAXII"
                                  : cli_text(cli, ent_str_of(peer->address)));
        ENT_TRY(alarm_find(cli, peer, &alarm, err));
        if (alarm.ptr != NULL)
            (void)printf("         ALARM: %s\n", cli_text(cli, alarm));
        if (peer->state == NODE_PEER_JOINED)
            (void)printf("\n         compare over another channel, then `entente peer confirm %s` "
                         "with these words:\n\n         %s\n",
                         peer->code, peer->words);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_c(&w, peer->code);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, peer->name);
    ent_jw_key(&w, "state");
    ent_jw_c(&w, node_peer_state_name(peer->state));
    ent_jw_key(&w, "address");
    ent_jw_c(&w, peer->address);
    ent_jw_key(&w, "fingerprint");
    ent_jw_c(&w, fingerprint);
    ent_jw_key(&w, "reader");
    ent_jw_bool(&w, peer->reader);
    if (!cli->exercise) { /* else every line says it, and so it is with every link */
        ent_jw_key(&w, "exercise");
        ent_jw_bool(&w, false);
    }
    ent_jw_key(&w, "words");
    ent_jw_c(&w, peer->words);
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_assured_get(cli->arena, &home, ent_str_of(peer->code), &assured, err));
    ent_jw_key(&w, "assured");
    ent_jw_bool(&w, assured);
    ENT_TRY(alarm_find(cli, peer, &alarm, err));
    if (alarm.ptr != NULL) {
        ent_jw_key(&w, "alarm");
        ent_jw_str(&w, alarm);
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

/* What peers are told: the option, the configuration, what a running `serve`
 * listens on, the configured border. */
static ent_code address_choose(cli_context *cli, const node_home *home, const char *option,
                               const char **address, ent_err *err)
{
    node_running *running = ent_arena_alloc(cli->arena, sizeof *running);

    if (running == NULL)
        return ent_fail_arena(err);
    *address = option != NULL ? option : home->address;
    if (*address == NULL) {
        ENT_TRY(node_running_read(home, running, err));
        *address = running->border_url[0] != '\0'
                       ? running->border_url
                       : node_path(cli->arena, "https://%s", home->border);
    }
    if (strncmp(*address, "https://", 8) != 0)
        return ent_fail(err, ENT_USAGE, "the address '%s' does not begin with https://", *address);
    return ENT_OK;
}

static ent_code invite_run(cli_context *cli, ent_err *err)
{
    const char *out = cli_option(cli, "--out"), *address = cli_option(cli, "--address");
    node_home home;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (out == NULL)
        return ent_fail(err, ENT_USAGE, "--out FILE is missing: where the invitation goes");
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(address_choose(cli, &home, address, &address, err));
    return node_peer_invite(cli->arena, &home, address, out, err);
}

static ent_code join_run(cli_context *cli, ent_err *err)
{
    const char *out = cli_option(cli, "--out"), *address = cli_option(cli, "--address");
    node_home home;
    node_peer peer;
    ent_str card;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(address_choose(cli, &home, address, &address, err));
    ENT_TRY(cli_file(cli, cli->argv[0], NODE_CARD_LIMIT, &card, err));
    if (node_peer_join(cli->arena, &home, card, address, out, &peer, err) != ENT_OK)
        return ent_context(err, "joining '%s'", cli->argv[0]);
    return peer_show(cli, &peer, err);
}

/* The words may come as one argument or as twelve. */
static ent_code words_join(cli_context *cli, const char **words, ent_err *err)
{
    ent_buf buf;
    ent_str text;

    ent_buf_init(&buf, cli->arena);
    for (int i = 1; i < cli->argc; i++)
        for (const char *p = cli->argv[i]; *p != '\0';) {
            size_t size = strcspn(p, " \t\n-");

            if (size > 0 && buf.size > 0)
                ent_buf_byte(&buf, ' ');
            ent_buf_put(&buf, p, size);
            p += size + (p[size] != '\0');
        }
    ENT_TRY(ent_buf_done(&buf, &text, err));
    *words = text.ptr == NULL ? "" : text.ptr;
    return ENT_OK;
}

static ent_code confirm_run(cli_context *cli, ent_err *err)
{
    const char *words;
    node_desk *nd;
    node_home home;
    node_peer peer;
    bool resumed;

    ENT_TRY(cli_arguments(cli, 2, -1, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(words_join(cli, &words, err));
    ENT_TRY(node_peer_get(cli->arena, &home, cli->argv[0], &peer, err));
    resumed = peer.state == NODE_PEER_SUSPENDED;
    ENT_TRY(node_peer_confirm(cli->arena, &home, cli->argv[0], words, err));
    if (resumed) {
        ENT_TRY(cli_desk(cli, &nd, err));
        ENT_TRY(node_resumed(nd, cli->arena, cli->argv[0], ENT_STR_NONE, err));
    }
    ENT_TRY(node_peer_get(cli->arena, &home, cli->argv[0], &peer, err));
    return peer_show(cli, &peer, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    node_home home;
    node_peer *peers;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_peer_list(cli->arena, &home, &peers, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(peer_show(cli, &peers[i], err));
    return ENT_OK;
}

static ent_code exchange_run(cli_context *cli,
                             ent_code (*change)(node_desk *nd, ent_arena *arena, const char *code,
                                                ent_str reason, ent_err *err),
                             ent_err *err)
{
    const char *reason = cli_option(cli, "--reason");
    node_desk *nd;
    node_peer peer;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(change(nd, cli->arena, cli->argv[0], ent_str_of(reason), err));
    ENT_TRY(node_peer_get(cli->arena, node_desk_home(nd), cli->argv[0], &peer, err));
    return peer_show(cli, &peer, err);
}

static ent_code suspend_run(cli_context *cli, ent_err *err)
{
    return exchange_run(cli, node_suspend, err);
}

static ent_code resume_run(cli_context *cli, ent_err *err)
{
    return exchange_run(cli, node_resume, err);
}

static ent_code remove_run(cli_context *cli, ent_err *err)
{
    node_home home;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    return node_peer_remove(cli->arena, &home, cli->argv[0], err);
}

const cli_command cli_peer_invite = {
    .name = "peer invite",
    .usage = "--out FILE [--address https://HOST:PORT]",
    .summary = "write an invitation for another node",
    .help = "The invitation carries this node's keys, address and a nonce.  Give it to the other\n"
            "node, which joins it and gives back a reply; join the reply here.  Both ends then\n"
            "show the same twelve words: compare them over another channel and confirm.\n\n"
            "  entente peer invite --out to-guard.card\n",
    .run = invite_run,
    .raw = true,
};

const cli_command cli_peer_join = {
    .name = "peer join",
    .usage = "FILE [--out REPLY] [--address https://HOST:PORT]",
    .summary = "take an invitation (and reply to it), or a reply",
    .help = "An invitation is answered with a card of ours in REPLY.  Shows the twelve words of\n"
            "the link; nothing flows before both ends have confirmed them.\n\n"
            "  entente peer join to-guard.card --out reply.card\n",
    .run = join_run,
    .raw = true,
};

const cli_command cli_peer_confirm = {
    .name = "peer confirm",
    .usage = "PEER WORDS",
    .summary = "confirm a link: the twelve words are the same at both ends",
    .help = "WORDS are those that the other end reads out, not those that this end shows.\n\n"
            "  entente peer confirm GUARD 'bado fika ...'\n",
    .run = confirm_run,
};

const cli_command cli_peer_list = {
    .name = "peer list",
    .usage = "",
    .summary = "list the peers and the state of each link",
    .help = "Code, state, fingerprint, name and address of every peer.\n\n"
            "  entente peer list --json\n",
    .run = list_run,
};

const cli_command cli_peer_suspend = {
    .name = "peer suspend",
    .usage = "PEER [--reason TEXT]",
    .summary = "stop an exchange at once: no fact of either reaches the other",
    .help = "From this moment the peer can fetch the headers of our log and what is urgent\n"
            "(recalls, this suspension), and no content, pulled before or not.  What it gave us\n"
            "is frozen: hidden from every query, read only by the legal officer and oversight\n"
            "(`show --as`); what we gave it is frozen there.  Whoever else was given something by\n"
            "us is told that none of it may be passed on to that peer.\n\n"
            "  entente peer suspend GUARD --reason 'a key was lost'\n",
    .run = suspend_run,
};

const cli_command cli_peer_resume = {
    .name = "peer resume",
    .usage = "PEER [--reason TEXT]",
    .summary = "take up an exchange that was suspended or stopped",
    .help = "What waited is said and served again, what was frozen is seen again.  A link that\n"
            "stopped because the peer's signed heads contradict each other pulls again (and stops\n"
            "again if they still do); the evidence is kept in links/PEER/evidence.\n\n"
            "  entente peer resume GUARD\n",
    .run = resume_run,
};

const cli_command cli_peer_remove = {
    .name = "peer remove",
    .usage = "PEER",
    .summary = "end a link; its logs are kept",
    .help = "A new link to the same node needs new cards and new words.\n\n"
            "  entente peer remove GUARD\n",
    .run = remove_run,
};

/* ---- assure ---- */

static ent_code assure_run(cli_context *cli, ent_err *err)
{
    bool off = cli_flag(cli, "--off");
    node_home home;
    node_peer peer;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_peer_get(cli->arena, &home, cli->argv[0], &peer, err));
    ENT_TRY(node_assured_set(cli->arena, &home, ent_str_of(peer.code), !off, err));
    return peer_show(cli, &peer, err);
}

const cli_command cli_peer_assure = {
    .name = "peer assure",
    .usage = "PEER [--off]",
    .summary = "put a peer on the list of those for whom three officers approve",
    .help = "What goes to it then needs a third officer: disclosure or legal.  The desk and the "
            "signer\n"
            "process both ask the list.  --off takes the peer off.\n\n"
            "  entente peer assure KES\n",
    .run = assure_run,
};
