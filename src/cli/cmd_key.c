/* entente key rotate, entente peer address -- what peers know this node by. */
#include "cli/home.h"

#include "base/json_write.h"
#include "base/text.h"
#include "node/files.h"
#include "node/keys.h"

static ent_code rotated_show(cli_context *cli, const node_home *home, ent_err *err)
{
    char hex[2 * NODE_KEY_SIZE + 1];
    ent_buf buf;
    ent_jw w;

    ent_hex_write(node_home_key(home), NODE_KEY_SIZE, hex);
    if (!cli->json) {
        (void)printf("key          %s\nreplaced     %zu times\n", hex, home->keys.count);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "key");
    ent_jw_c(&w, hex);
    ent_jw_key(&w, "replaced");
    ent_jw_int(&w, (int64_t)home->keys.count);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code rotate_run(cli_context *cli, ent_err *err)
{
    const char *recovery = cli_option(cli, "--recovery"), *reason = cli_option(cli, "--reason");
    node_home home;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    if (recovery == NULL)
        recovery = node_path(cli->arena, "%s/keys/recovery", home.path);
    ENT_TRY(node_key_rotate(cli->arena, &home, recovery, ent_str_of(reason), err));
    /* With the new key: a desk that was opened to see who asks knows only the old one. */
    cli->nd = NULL;
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_key_tell(nd, cli->arena, err));
    return rotated_show(cli, node_desk_home(nd), err);
}

static ent_code address_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return node_address_tell(nd, cli->arena, ent_str_of(cli->argv[0]), err);
}

const cli_command cli_key_rotate = {
    .name = "key rotate",
    .usage = "[--recovery FILE] [--reason TEXT]",
    .summary = "replace this node's identity key, with the recovery key",
    .help =
        "`init` made a recovery key in keys/recovery, which belongs elsewhere.  With it a new\n"
        "identity key is made; peers believe it because they pinned the recovery key when\n"
        "they linked, and from then on refuse what the old key signs.  Names of the node, its\n"
        "logs and its agreements stay.  Without recovery key: remove the link and invite anew.\n\n"
        "  entente key rotate --recovery /media/safe/recovery --reason 'laptop stolen'\n",
    .run = rotate_run,
};

const cli_command cli_peer_address = {
    .name = "peer address",
    .usage = "https://HOST:PORT",
    .summary = "tell every peer a new address of this node",
    .help = "Said in the log for each peer, so it is believed; peers read it at the old address,\n"
            "which must be served until they have (`entente status` shows the lag).\n\n"
            "  entente peer address https://node.example.org:7443\n",
    .run = address_run,
};
