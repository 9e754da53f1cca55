/* entente taxii probe -- the matrix of questions by which TAXII servers are compared. */
#include "cli/home.h"

#include "base/json_write.h"
#include "node/probe.h"
#include "node/users.h"

struct asking {
    cli_context *cli;
    size_t bad;
};

static ent_code row_show(void *arg, const node_probe_row *row, ent_err *err)
{
    struct asking *a = arg;
    const char *mark = row->good ? "" : row->got == row->wanted ? "  <- content" : "  <- wanted";
    ent_buf buf;
    ent_jw w;

    a->bad += !row->good;
    if (!a->cli->json) {
        (void)printf("%-28s %-9s %-9s %6ld %6ld%s\n", row->name, row->medallion, row->opentaxii,
                     row->wanted, row->got, mark);
        return ENT_OK;
    }
    ent_buf_init(&buf, a->cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "probe");
    ent_jw_c(&w, row->name);
    ent_jw_key(&w, "medallion");
    ent_jw_c(&w, row->medallion);
    ent_jw_key(&w, "opentaxii");
    ent_jw_c(&w, row->opentaxii);
    ent_jw_key(&w, "wanted");
    ent_jw_int(&w, row->wanted);
    ent_jw_key(&w, "got");
    ent_jw_int(&w, row->got);
    ent_jw_key(&w, "good");
    ent_jw_bool(&w, row->good);
    ent_jw_end(&w);
    return cli_json_line(a->cli, &buf, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *passphrase = cli_option(cli, "--passphrase-file");
    node_probe_server server = { .user = cli_option(cli, "--user"),
                                 .ca = cli_option(cli, "--ca"),
                                 .allow_private = cli_flag(cli, "--allow-private") };
    struct asking a = { .cli = cli };
    ent_str secret, copy;
    ent_code rc;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    server.url = cli->argv[0];
    if (server.user != NULL) {
        ENT_TRY(node_passphrase_get(passphrase, "passphrase", &secret, err));
        copy = ent_arena_str(cli->arena, secret);
        node_passphrase_free(secret);
        if (copy.ptr == NULL)
            return ent_fail_arena(err);
        server.secret = copy.ptr;
    }
    if (!cli->json)
        (void)printf("%-28s %-9s %-9s %6s %6s\n", "probe", "medallion", "OpenTAXII", "wanted",
                     "got");
    rc = node_probe_run(cli->arena, &server, row_show, &a, err);
    if (rc == ENT_OK && a.bad > 0)
        return ent_fail(err, ENT_NO, "%zu answers are not as wanted", a.bad);
    return rc;
}

const cli_command cli_taxii_probe = {
    .name = "taxii probe",
    .usage = "URL [--user U --passphrase-file F] [--ca FILE] [--allow-private]",
    .summary = "ask a TAXII 2.1 server what servers get wrong",
    .help =
        "URL is a collection that may be read and written: https://HOST/ROOT/collections/ID/.\n"
        "Each line is a question with what two reference servers answer (as measured when the\n"
        "table was made), what is wanted, and what this server answers.  Exit 1 if any differs.\n"
        "Adds up to three objects of the type x-probe to the collection, which stay.  Addresses\n"
        "of an own network need --allow-private; certificates are checked (--ca FILE).\n\n"
        "  entente taxii probe https://localhost:8443/exchange/collections/ID/ --user ana \\\n"
        "      --passphrase-file secret --ca home/keys/client.crt --allow-private\n",
    .run = run,
};
