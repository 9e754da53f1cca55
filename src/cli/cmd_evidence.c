/* entente evidence add, list, get, remove, sweep -- files attached to objects. */
#include "cli/desk.h"

#include "base/limits.h"
#include "base/text.h"
#include "node/evidence.h"
#include "node/files.h"

#include <stdlib.h>

/* The files are held while they are judged. */
#define MEMORY ((size_t)ENT_LIMIT_EVIDENCE_SIZE + ((size_t)16 << 20))

static ent_code evidence_show(void *arg, const desk_evidence *e, ent_err *err)
{
    cli_context *cli = arg;
    char added[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    ent_time_write(e->added, added);
    if (!cli->json) {
        (void)printf("%s  %-15.*s %9lld  %s\n", e->hash, ENT_STR_ARG(e->type), (long long)e->size,
                     cli_text(cli, e->name));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "hash", e->hash);
    cli_line_text(&w, "type", e->type);
    ent_jw_key(&w, "size");
    ent_jw_int(&w, e->size);
    cli_line_text(&w, "name", e->name);
    cli_line_text(&w, "object", e->object);
    cli_line_c(&w, "added", added);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code big_arena(ent_arena **arena, ent_err *err)
{
    *arena = ent_arena_new(MEMORY);
    return *arena != NULL ? ENT_OK : ent_fail(err, ENT_MEMORY, "no memory for a file");
}

/* A file, or what comes on standard input, under the name that is given for it. */
static ent_code file_add(cli_context *cli, node_desk *nd, ent_arena *arena, const char *path,
                         const char *type, const char *name, desk_evidence *evidence, ent_err *err)
{
    ent_str object = ent_str_of(cli->argv[0]), content;

    if (strcmp(path, "-") != 0)
        return node_evidence_add(nd, arena, object, path, type, evidence, err);
    ENT_TRY(cli_file(cli, path, ENT_LIMIT_EVIDENCE_SIZE, &content, err));
    return node_evidence_put(nd, arena, object, name == NULL ? "file" : name, content, type,
                             evidence, err);
}

static ent_code add_run(cli_context *cli, ent_err *err)
{
    const char *type = cli_option(cli, "--type"), *name = cli_option(cli, "--name");
    desk_evidence evidence;
    ent_arena *arena;
    node_desk *nd;
    ent_code rc = ENT_OK;

    ENT_TRY(cli_arguments(cli, 2, -1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    for (int i = 1; rc == ENT_OK && i < cli->argc; i++) {
        ENT_TRY(big_arena(&arena, err));
        rc = file_add(cli, nd, arena, cli->argv[i], type, name, &evidence, err);
        if (rc == ENT_OK)
            rc = evidence_show(cli, &evidence, err);
        else
            rc = ent_context(err, "'%s'", cli->argv[i]);
        ent_arena_free(arena);
    }
    return rc;
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return desk_evidence_list(node_desk_desk(nd)->store, cli->arena, ent_str_of(cli->argv[0]),
                              evidence_show, cli, err);
}

static ent_code get_run(cli_context *cli, ent_err *err)
{
    const char *out = cli_option(cli, "--out");
    desk_evidence evidence;
    ent_arena *arena;
    ent_str content;
    node_desk *nd;
    ent_code rc;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (out == NULL)
        return ent_fail(err, ENT_USAGE,
                        "--out FILE says where the file goes; - is standard output");
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(big_arena(&arena, err));
    rc = node_evidence_get(nd, arena, cli->argv[0], &evidence, &content, err);
    if (rc == ENT_OK)
        rc = cli_out(out, content, 0600, err);
    ent_arena_free(arena);
    return rc;
}

static ent_code remove_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return node_evidence_remove(nd, cli->arena, ent_str_of(cli->argv[0]), cli->argv[1], err);
}

static ent_code sweep_run(cli_context *cli, ent_err *err)
{
    size_t removed;
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_evidence_sweep(nd, cli->arena, &removed, err));
    if (!cli->json) {
        (void)printf("%zu taken off\n", removed);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "removed");
    ent_jw_int(&w, (int64_t)removed);
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_evidence_add = {
    .name = "evidence add",
    .usage = "OBJECT FILE... [--type TYPE] [--name NAME]",
    .summary = "attach scans, photographs and documents to an own object",
    .help = "Kinds, by content: PDF, PNG, JPEG, TIFF, GIF, plain UTF-8 text.  Programs, scripts,\n"
            "archives, office documents, HTML and SVG are refused, and so is everything on a\n"
            "device record.  --type says what it must be; --name names what comes on standard\n"
            "input (-).  The file is kept in the home under\n"
            "its SHA-256 and in every backup; it leaves only chosen in a release\n"
            "(`release draft --evidence`).\n\n"
            "  entente evidence add identity-document--1c2d... passport-page-1.jpg\n",
    .run = add_run,
};

const cli_command cli_evidence_list = {
    .name = "evidence list",
    .usage = "OBJECT",
    .summary = "list the files attached to an object",
    .help = "Hash, media type, size and name of each.\n\n"
            "  entente evidence list identity-document--1c2d... --json\n",
    .run = list_run,
};

const cli_command cli_evidence_get = {
    .name = "evidence get",
    .usage = "HASH --out FILE",
    .summary = "write an attached file, checked against its hash",
    .help = "The hash as `evidence list` shows it; --out - is standard output.\n\n"
            "  entente evidence get 9f86d081884c7d65... --out page.jpg\n",
    .run = get_run,
    .raw = true,
};

const cli_command cli_evidence_remove = {
    .name = "evidence remove",
    .usage = "OBJECT HASH",
    .summary = "take a file off an object",
    .help = "It is erased when no other object has it.\n\n"
            "  entente evidence remove identity-document--1c2d... 9f86d081884c7d65...\n",
    .run = remove_run,
};

const cli_command cli_evidence_sweep = {
    .name = "evidence sweep",
    .usage = "",
    .summary = "erase the files of objects that were erased",
    .help = "What was attached to an object that is no longer held is taken off, and erased if\n"
            "no other object has it.  A node that serves does this every day.\n\n"
            "  entente evidence sweep --json\n",
    .run = sweep_run,
};
