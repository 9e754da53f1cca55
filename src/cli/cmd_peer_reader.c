/* entente peer reader -- a partner that has no node and reads by TAXII. */
#include "cli/home.h"

#include "base/json_write.h"
#include "node/files.h"
#include "node/peers.h"
#include "node/processes.h"
#include "node/readers.h"

#define PEM_LIMIT ((size_t)65536)

static ent_code reader_show(cli_context *cli, const node_home *home, const node_peer *peer,
                            ent_err *err)
{
    node_running *running = ent_arena_alloc(cli->arena, sizeof *running);
    const char *address;
    ent_str collection;
    ent_buf buf;
    ent_jw w;

    if (running == NULL)
        return ent_fail_arena(err);
    ENT_TRY(node_running_read(home, running, err));
    ENT_TRY(node_reader_collection(cli->arena, home, peer->code, &collection, err));
    address =
        home->address != NULL ? home->address : node_path(cli->arena, "https://%s", home->border);
    if (running->border_url[0] != '\0' && home->address == NULL)
        address = running->border_url;
    address = node_path(cli->arena, "%.*s",
                        (int)(strlen(address) - (address[strlen(address) - 1] == '/')), address);
    if (!cli->json) {
        (void)printf("%s reads at\n  discovery   %s/taxii2/\n  api root    %s/" NODE_READER_ROOT
                     "/\n  collection  %.*s\nwith the key of its certificate and no other "
                     "credentials; our certificate is keys/border.crt\n",
                     peer->code, address, address, ENT_STR_ARG(collection));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_c(&w, peer->code);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, peer->name);
    ent_jw_key(&w, "reader");
    ent_jw_bool(&w, true);
    ent_jw_key(&w, "address");
    ent_jw_c(&w, address);
    ent_jw_key(&w, "root");
    ent_jw_c(&w, NODE_READER_ROOT);
    ent_jw_key(&w, "collection");
    ent_jw_str(&w, collection);
    ent_jw_key(&w, "certificate");
    ent_jw_hex(&w, peer->courier_pin, sizeof peer->courier_pin);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *name = cli_option(cli, "--name"), *file = cli_option(cli, "--certificate");
    node_desk *nd;
    node_home home;
    node_peer peer;
    ent_str pem;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    if (file == NULL) {
        ENT_TRY(node_peer_get(cli->arena, &home, cli->argv[0], &peer, err));
        return peer.reader ? reader_show(cli, &home, &peer, err)
                           : ent_fail(err, ENT_USAGE,
                                      "'%s' is a node; a partner without one is made with "
                                      "--certificate FILE",
                                      peer.code);
    }
    if (name == NULL)
        name = cli->argv[0];
    ENT_TRY(cli_file(cli, file, PEM_LIMIT, &pem, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_peer_reader(cli->arena, &home, cli->argv[0], ent_str_of(name), pem, &peer, err));
    ENT_TRY(node_reader_refresh(nd, &peer, err));
    return reader_show(cli, &home, &peer, err);
}

const cli_command cli_peer_reader = {
    .name = "peer reader",
    .usage = "CODE [--name NAME --certificate FILE]",
    .summary = "let a partner without a node read what is released to it, by TAXII",
    .help = "The partner needs a TAXII 2.1 client and the key of the certificate in FILE (PEM);\n"
            "nobody's signature on it is asked for.  It reads at this node's border what was\n"
            "released to it: agreement, two officers and log are those of any peer, but only our\n"
            "side signs, and nothing else can be agreed.  What is called back is gone from its\n"
            "next request; copies that it made are its own affair, so say in the agreement what\n"
            "is to become of them.  Again with another FILE: from then on only that one counts.\n"
            "Without --certificate shows where it reads.\n\n"
            "  entente peer reader HARBOUR --name 'Harbour police' --certificate harbour.crt\n"
            "  entente agreement propose paper.json --with HARBOUR\n"
            "  entente release draft ID --to HARBOUR --purpose CT-INV\n",
    .run = run,
};
