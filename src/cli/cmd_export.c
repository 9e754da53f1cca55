/* entente export -- what is held, as a file on standard output. */
#include "cli/home.h"

#include "base/text.h"
#include "holdings/export.h"

#include <errno.h>
#include <stdlib.h>

static ent_code out_write(void *arg, ent_str bytes, ent_err *err)
{
    (void)arg;
    if (bytes.size > 0 && fwrite(bytes.ptr, 1, bytes.size, stdout) != bytes.size)
        return ent_fail(err, ENT_IO, "writing failed: %s", strerror(errno));
    return ENT_OK;
}

static ent_code form_read(const char *name, holdings_form *form, ent_err *err)
{
    static const char *const names[] = { "stix", "jsonl", "csv" };

    for (int i = 0; i < 3; i++)
        if (name == NULL || strcmp(name, names[i]) == 0) {
            *form = (holdings_form)i;
            return ENT_OK;
        }
    return ent_fail(err, ENT_USAGE, "--format is stix, csv or jsonl, not '%s'", name);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *query = cli_option(cli, "--query"), *format = cli_option(cli, "--format");
    holdings_export e = { .write = out_write, .query = { .owner = "" } };
    uint8_t random[16];
    char uuid[37];
    node_desk *nd;
    desk *d;
    size_t count;

    ENT_TRY(form_read(format, &e.form, err));
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    d = node_desk_desk(nd);
    if (query != NULL && holdings_query_read(cli->arena, query, &e.query, err) != ENT_OK) {
        err->code = ENT_USAGE;
        return ENT_USAGE;
    }
    if (e.query.owner != NULL && strcmp(e.query.owner, node_desk_home(nd)->code) == 0)
        e.query.owner = "";
    d->random(d->arg, random, sizeof random);
    ent_uuid_write(random, uuid);
    e.bundle = uuid;
    return holdings_export_run(d->store, &e, &count, err);
}

const cli_command cli_export = {
    .name = "export",
    .usage = "[--query Q] [--format stix|csv|jsonl]",
    .summary = "write own holdings to standard output",
    .help =
        "stix (the default) is one bundle whose objects are the bytes that came in; jsonl the\n"
        "records of persons and organisations, as `import` reads them; csv a table for people.\n"
        "Q is words to look for, and type:T owner:CODE key:K ref:ID source:S id:ID.  Without\n"
        "owner: only what is this node's own.\n\n"
        "  entente export --query 'type:indicator' --format csv >indicators.csv\n",
    .run = run,
};
