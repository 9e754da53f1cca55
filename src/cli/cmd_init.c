/* entente init -- makes the home of a node. */
#include "cli/home.h"

#include "base/json_write.h"
#include "store/store.h"

/* A server that cannot be reached is said before there is a home that needs it. */
static ent_code store_make(const char *where, ent_err *err)
{
    store *s;

    ENT_TRY(store_open(where, &s, err));
    store_close(s);
    return ENT_OK;
}

static ent_code made_show(cli_context *cli, const node_home *home, ent_err *err)
{
    char fingerprint[NODE_FINGERPRINT_SIZE];
    ent_buf buf;
    ent_jw w;

    node_fingerprint(home->identity, fingerprint);
    if (!cli->json) {
        (void)printf("node         %s (%s)\nhome         %s\nfingerprint  %s\n",
                     cli_text(cli, home->name), home->code, home->path, fingerprint);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "home");
    ent_jw_c(&w, home->path);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, home->name);
    ent_jw_key(&w, "code");
    ent_jw_c(&w, home->code);
    ent_jw_key(&w, "fingerprint");
    ent_jw_c(&w, fingerprint);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    node_init init = { .path = cli->home,
                       .name = cli_option(cli, "--name"),
                       .code = cli_option(cli, "--code"),
                       .border = cli_option(cli, "--border"),
                       .client = cli_option(cli, "--client"),
                       .address = cli_option(cli, "--address"),
                       .clock = cli_option(cli, "--exercise-clock"),
                       .store = cli_option(cli, "--store"),
                       .exercise = cli_option(cli, "--exercise") };
    node_home home;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (init.path == NULL)
        return ent_fail(err, ENT_USAGE, "where? Give --home DIR or set ENTENTE_HOME");
    if (init.name == NULL)
        return ent_fail(err, ENT_USAGE, "--name NAME is missing: the organisation's name");
    if (init.store != NULL && store_is_remote(init.store))
        ENT_TRY(store_make(init.store, err));
    ENT_TRY(node_home_init(cli->arena, &init, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(store_make(home.store, err));
    return made_show(cli, &home, err);
}

const cli_command cli_init = {
    .name = "init",
    .usage = "--name NAME [--code CODE] [--border ADDR:PORT] [--client ADDR:PORT] [--address URL] "
             "[--store URL] [--exercise TIME | --exercise-clock FILE]",
    .summary = "make a node: keys, store, configuration",
    .help =
        "Makes the home that --home (or ENTENTE_HOME) names and prints the node's fingerprint.\n"
        "CODE is 2 to 8 of A-Z and 0-9, by default made from the name.  --border is where peers\n"
        "connect, --client where own users do; --address is what peers are told, if it differs.\n"
        "The store is the file holdings.db of the home, or with --store a PostgreSQL database\n"
        "(postgresql://USER@HOST/NAME, 15 or newer, fsync on), which several processes may share;\n"
        "a password stands better in ~/.pgpass than in the URL.\n"
        "--exercise makes a node on exercise: its clock stands at TIME (RFC 3339, in the file\n"
        "exercise-clock of the home, or in FILE), and it links to nodes on exercise only.\n\n"
        "  entente --home /srv/entente init --name 'Civil Guard' --code GUARD\n",
    .run = run,
};
