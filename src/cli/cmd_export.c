/* entente export -- what is held, as a file on standard output. */
#include "cli/home.h"

#include "base/text.h"
#include "holdings/export.h"

#include <errno.h>
#include <stdlib.h>

#define OBJECT_MEMORY ((size_t)256 << 20)

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

/* ---- what a peer was given ---- */

struct given {
    cli_context *cli;
    desk *d;
    ent_arena *arena;
    const char *peer;
    size_t count;
};

static ent_code object_write(struct given *g, ent_json object, ent_err *err)
{
    ENT_TRY(out_write(NULL, g->count++ > 0 ? ENT_STR(",\n") : ENT_STR("\n"), err));
    return out_write(NULL, ent_json_raw(object), err);
}

/* A draft that was sent holds the very statement that left; what was called back since is
 * not the peer's any more. */
static ent_code draft_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct given *g = arg;
    ent_err none = { 0 };
    store_doc release;
    ent_json json, statement;

    ent_arena_reset(g->arena);
    if (store_doc_get(g->d->store, g->arena, "release", doc->id, &release, &none) != ENT_OK)
        return ENT_OK;
    if (ent_str_is(release.state, "recalled") || ent_str_is(release.state, "erased") ||
        ent_str_is(release.state, "refused"))
        return ENT_OK;
    ENT_TRY(ent_json_read(g->arena, doc->json, &json, err));
    ENT_TRY(ent_json_read(g->arena, ent_json_get_text(json, "statement"), &statement, err));
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        ENT_TRY(object_write(g, v, err));
    return ENT_OK;
}

static ent_code given_write(cli_context *cli, desk *d, const char *peer, const char *bundle,
                            ent_err *err)
{
    struct given g = { cli, d, ent_arena_new(OBJECT_MEMORY), peer, 0 };
    ent_code rc;

    if (g.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for an export");
    (void)printf("{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[", bundle);
    rc = store_docs_each(d->store, "draft", peer, "sent", draft_take, &g, err);
    (void)fputs("\n]}\n", stdout);
    ent_arena_free(g.arena);
    return rc;
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *query = cli_option(cli, "--query"), *to = cli_option(cli, "--to"),
               *format = cli_option(cli, "--format");
    holdings_export e = { .write = out_write, .query = { .owner = "" } };
    uint8_t random[16];
    char uuid[37];
    node_desk *nd;
    desk *d;
    size_t count;

    ENT_TRY(form_read(format, &e.form, err));
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (to != NULL && (query != NULL || e.form != HOLDINGS_STIX))
        return ent_fail(err, ENT_USAGE,
                        "--to takes neither --query nor another --format than stix: it "
                        "is what left, as it left");
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_reader(cli, nd, err));
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
    if (to != NULL) {
        desk_peer peer;

        /* What a suspended peer was given, it was given. */
        if (d->peer(d->arg, cli->arena, to, &peer, err) == ENT_NOT_FOUND)
            return ENT_NOT_FOUND;
        return given_write(cli, d, to, uuid, err);
    }
    return holdings_export_run(d->store, &e, &count, err);
}

const cli_command cli_export = {
    .name = "export",
    .usage = "[--query Q] [--format stix|csv|jsonl] [--to PEER]",
    .summary = "write own holdings to standard output",
    .help =
        "stix (the default) is one bundle whose objects are the bytes that came in; jsonl the\n"
        "records of persons and organisations, as `import` reads them; csv a table for people.\n"
        "Q is words to look for, and type:T owner:CODE key:K ref:ID source:S id:ID.  Without\n"
        "owner: only what is this node's own.\n\n"
        "  entente export --query 'type:indicator' --format csv >indicators.csv\n",
    .run = run,
    .raw = true,
};
