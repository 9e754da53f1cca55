/* entente backup, entente restore -- the whole node in one file, and back again. */
#include "cli/home.h"

#include "base/json_write.h"
#include "node/backup.h"

static ent_code report_show(cli_context *cli, const char *file, const node_backup_report *report,
                            ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%s: %zu files, %llu bytes, %zu link%s\n", cli_text(cli, ent_str_of(file)),
                     report->files, (unsigned long long)report->bytes, report->links,
                     report->links == 1 ? "" : "s");
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "file");
    ent_jw_c(&w, file);
    ent_jw_key(&w, "files");
    ent_jw_int(&w, (int64_t)report->files);
    ent_jw_key(&w, "bytes");
    ent_jw_int(&w, (int64_t)report->bytes);
    ent_jw_key(&w, "links");
    ent_jw_int(&w, (int64_t)report->links);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code backup_run(cli_context *cli, ent_err *err)
{
    node_backup_report report;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_backup_write(cli->arena, nd, cli->argv[0], &report, err));
    return report_show(cli, cli->argv[0], &report, err);
}

static ent_code restore_run(cli_context *cli, ent_err *err)
{
    node_backup_report report;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (cli->home == NULL)
        return ent_fail(err, ENT_USAGE, "where? Give --home DIR or set ENTENTE_HOME");
    ENT_TRY(node_backup_restore(cli->arena, cli->argv[0], cli->home, &report, err));
    ENT_TRY(report_show(cli, cli->argv[0], &report, err));
    if (report.links > 0)
        (void)fputs("entente: every link is held: `entente log regain` fetches back what was said "
                    "since; then compare `entente log head` with the other end, and `entente "
                    "peer confirm` again\n",
                    stderr);
    return ENT_OK;
}

const cli_command cli_backup = {
    .name = "backup",
    .usage = "FILE",
    .summary = "write the whole node into one file, while it runs",
    .help =
        "Configuration, keys, links and a consistent copy of the store, as a tar archive of\n"
        "mode 0600; of a PostgreSQL store too, so that it can be moved to a file or to another\n"
        "server.  Whoever has FILE is the node: keep it as you keep the keys.\n\n"
        "  entente backup /safe/node-2024-11-10.tar\n",
    .run = backup_run,
};

const cli_command cli_restore = {
    .name = "restore",
    .usage = "FILE",
    .summary = "put a backup into the home that --home names",
    .help =
        "A home that is there must be the same node's and not running; it is kept beside as\n"
        "DIR.before-restore.  Refused when a link's log there is longer than in FILE: peers have\n"
        "read it, and nobody may write a second history.  A store on a server is filled, when its\n"
        "database is empty.  Links are held until they are\n"
        "confirmed anew; `log regain` fetches back first what was said on them since.\n\n"
        "  entente --home /srv/node restore /safe/node-2024-11-10.tar\n",
    .run = restore_run,
};
