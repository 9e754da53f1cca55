/* entente pull -- one round of pulling now. */
#include "cli/home.h"

#include "base/json_write.h"
#include "node/worker.h"

#include <inttypes.h>

static ent_code pulled_show(cli_context *cli, const node_link *link, uint64_t applied, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-8s %" PRIu64 " entries applied, %" PRIu64 " in all\n", link->peer.code,
                     applied, link->position);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_c(&w, link->peer.code);
    ent_jw_key(&w, "applied");
    ent_jw_int(&w, (int64_t)applied);
    ent_jw_key(&w, "position");
    ent_jw_int(&w, (int64_t)link->position);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code peer_pull(cli_context *cli, node_desk *nd, const char *code, ent_err *err)
{
    node_courier *courier;
    uint64_t applied = 0;
    node_link link;
    ent_code rc;

    ENT_TRY(node_link_open(cli->arena, node_desk_home(nd), nd, code, &link, err));
    if (!node_peer_works(link.peer.state))
        return ent_fail(err, ENT_DENIED, "the link to %s is %s, not confirmed", code,
                        node_peer_state_name(link.peer.state));
    if (link.peer.reader)
        return ent_fail(err, ENT_USAGE, "%s has no node: it reads, and says nothing", code);
    ENT_TRY(node_courier_start(node_desk_home(nd), code, -1, &courier, err));
    rc = node_worker_pull(&link, courier, &applied, err);
    node_courier_stop(courier);
    node_link_close(&link);
    if (rc == ENT_OK)
        rc = node_desk_flush(nd, cli->arena, err);
    return rc == ENT_OK ? pulled_show(cli, &link, applied, err)
                        : ent_context(err, "pulling from %s", code);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    node_desk *nd;
    node_peer *peers;
    size_t count;
    ent_code rc = ENT_OK;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_desk_flush(nd, cli->arena, err));
    if (cli->argc == 1)
        return peer_pull(cli, nd, cli->argv[0], err);
    ENT_TRY(node_peer_list(cli->arena, node_desk_home(nd), &peers, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_err failure = { 0 };

        if (peers[i].reader || !node_peer_works(peers[i].state) ||
            peer_pull(cli, nd, peers[i].code, &failure) == ENT_OK)
            continue;
        (void)fprintf(stderr, "entente: %s\n", failure.msg);
        if (rc == ENT_OK)
            rc = failure.code;
    }
    return rc;
}

const cli_command cli_pull = {
    .name = "pull",
    .usage = "[PEER]",
    .summary = "fetch, verify and apply what peers have said, once",
    .help = "Says what waits, then pulls one round from PEER, or from every confirmed peer.  A\n"
            "running `serve` does this all the time.\n\n  entente pull GUARD\n",
    .run = run,
};
