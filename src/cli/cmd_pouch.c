/* entente pouch pack, pouch open -- a link's mail as one file. */
#include "cli/home.h"

#include "base/json_write.h"
#include "node/pouch.h"

#include <inttypes.h>
#include <stdlib.h>

static ent_code result_show(cli_context *cli, const char *peer, const char *const names[],
                            const uint64_t values[], size_t count, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-8s", peer);
        for (size_t i = 0; i < count; i++)
            (void)printf("  %s %" PRIu64, names[i], values[i]);
        (void)printf("\n");
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_c(&w, peer);
    for (size_t i = 0; i < count; i++) {
        ent_jw_key(&w, names[i]);
        ent_jw_int(&w, (int64_t)values[i]);
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code pack_run(cli_context *cli, ent_err *err)
{
    static const char *const names[] = { "from", "to" };
    const char *from_text = cli_option(cli, "--from");
    uint64_t from = UINT64_MAX;
    node_pouch_result result;
    node_link link;
    node_desk *nd;
    ent_code rc;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    if (from_text != NULL && (strspn(from_text, "0123456789") != strlen(from_text) ||
                              from_text[0] == '\0' || strlen(from_text) > 10))
        return ent_fail(err, ENT_USAGE, "--from is the number of an entry, not '%s'", from_text);
    if (from_text != NULL)
        from = strtoull(from_text, NULL, 10);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_desk_flush(nd, cli->arena, err));
    ENT_TRY(node_link_open(cli->arena, node_desk_home(nd), nd, cli->argv[0], &link, err));
    if (link.peer.state != NODE_PEER_CONFIRMED)
        return ent_fail(err, ENT_DENIED, "the link to %s is %s, not confirmed", link.peer.code,
                        node_peer_state_name(link.peer.state));
    rc = node_link_lock(&link, cli->arena, LINK_OUT, true, err);
    if (rc == ENT_OK)
        rc = node_pouch_pack(&link, from, cli->argv[1], &result, err);
    node_link_close(&link);
    if (rc != ENT_OK)
        return rc;
    return result_show(cli, link.peer.code, names, (const uint64_t[]){ result.from, result.to }, 2,
                       err);
}

static ent_code open_run(cli_context *cli, ent_err *err)
{
    static const char *const names[] = { "applied" };
    char code[NODE_CODE_SIZE];
    uint64_t applied;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_pouch_open(cli->arena, node_desk_home(nd), nd, cli->argv[0], code, &applied, err));
    ENT_TRY(node_desk_flush(nd, cli->arena, err));
    return result_show(cli, code, names, &applied, 1, err);
}

const cli_command cli_pouch_pack = {
    .name = "pouch pack",
    .usage = "PEER [--from N] FILE",
    .summary = "put what a peer lacks into a sealed file",
    .help = "For an air gap or a one-way line: the entries from number N on, by default from what\n"
            "the peer has cosigned.  Who carries the file learns its size and nothing more.\n\n"
            "  entente pouch pack GUARD /media/stick/to-guard.pouch\n",
    .run = pack_run,
};

const cli_command cli_pouch_open = {
    .name = "pouch open",
    .usage = "FILE",
    .summary = "verify and apply a peer's sealed file",
    .help = "The same as pulling, with the file for a line: everything is verified, and what was\n"
            "applied before is not applied again.\n\n"
            "  entente pouch open /media/stick/to-port.pouch\n",
    .run = open_run,
};
