/* entente log regain, log regained -- what this node said, as its partners still have it. */
#include "cli/home.h"

#include "base/json_write.h"
#include "desk/work.h"
#include "node/regain.h"

#include <inttypes.h>

/* ---- regain ---- */

static ent_code report_show(cli_context *cli, const char *code, const node_regain_report *report,
                            ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-8s our log: %" PRIu64 " entries were here, %" PRIu64 " came back, %" PRIu64
                     " in all; the peer has cosigned %" PRIu64 "\n",
                     code, report->had, report->size - report->had, report->size, report->seen);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_c(&w, code);
    ent_jw_key(&w, "had");
    ent_jw_int(&w, (int64_t)report->had);
    ent_jw_key(&w, "regained");
    ent_jw_int(&w, (int64_t)(report->size - report->had));
    ent_jw_key(&w, "size");
    ent_jw_int(&w, (int64_t)report->size);
    ent_jw_key(&w, "cosigned");
    ent_jw_int(&w, (int64_t)report->seen);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code peer_regain(cli_context *cli, node_desk *nd, const char *code, uint64_t *regained,
                            ent_err *err)
{
    node_regain_report report;

    if (node_regain(nd, cli->arena, code, &report, err) != ENT_OK)
        return ent_context(err, "regaining our log from %s", code);
    *regained += report.size - report.had;
    return report_show(cli, code, &report, err);
}

static ent_code regain_run(cli_context *cli, ent_err *err)
{
    uint64_t regained = 0;
    ent_code rc = ENT_OK;
    node_peer *peers;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (cli->argc == 1) {
        ENT_TRY(peer_regain(cli, nd, cli->argv[0], &regained, err));
    } else {
        ENT_TRY(node_peer_list(cli->arena, node_desk_home(nd), &peers, &count, err));
        for (size_t i = 0; i < count; i++) {
            ent_err failure = { 0 };

            if (peers[i].reader || peers[i].state == NODE_PEER_JOINED ||
                peer_regain(cli, nd, peers[i].code, &regained, &failure) == ENT_OK)
                continue;
            (void)fprintf(stderr, "entente: %s\n", failure.msg);
            if (rc == ENT_OK)
                rc = failure.code;
            *err = failure;
        }
    }
    if (regained > 0)
        (void)fputs("entente: what these entries said is not in the store: `entente log regained` "
                    "lists them\n",
                    stderr);
    return rc;
}

const cli_command cli_log_regain = {
    .name = "log regain",
    .usage = "[PEER]",
    .summary = "fetch back what a log has lost since a backup, from who read it",
    .help =
        "After `restore`, or when a disk was lost: a log that is shorter than what its partner\n"
        "holds would become a second history.  PEER, or every partner, is asked for the head and\n"
        "the entries that it holds of our log.  They are taken only if they follow on what is\n"
        "here and lead to a head that this node signed itself; then the log goes on where it was.\n"
        "A partner that gives altered, missing or foreign entries is refused, with the place.\n"
        "What was sealed in them does not come back: `log regained` lists them.  Links that were\n"
        "held stay so: compare `log head` with the other end, then `peer confirm PEER WORDS`.\n\n"
        "  entente log regain GUARD\n",
    .run = regain_run,
};

/* ---- regained ---- */

static ent_code note_show(cli_context *cli, const store_doc *doc, ent_err *err)
{
    ent_str kind, time, release;
    int64_t seq = 0;
    ent_json json;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(ent_json_read(cli->arena, doc->json, &json, err));
    kind = ent_json_get_text(json, "kind");
    time = ent_json_get_text(json, "time");
    release = ent_json_get_text(ent_json_get(ent_json_get(json, "receipt"), "said"), "release");
    (void)ent_json_int(ent_json_get(json, "seq"), &seq);
    if (!cli->json) {
        (void)printf("%-8s %6" PRId64 "  %s  %-20s %-9s %s\n", cli_text(cli, doc->peer), seq,
                     cli_text(cli, time), cli_text(cli, kind), cli_text(cli, doc->state),
                     cli_text(cli, release.size > 0 ? release : doc->id));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "peer");
    ent_jw_str(&w, doc->peer);
    ent_jw_key(&w, "state");
    ent_jw_str(&w, doc->state);
    if (release.size > 0) {
        ent_jw_key(&w, "release");
        ent_jw_str(&w, release);
    }
    ent_jw_key(&w, "said");
    ent_jw_raw(&w, doc->json);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code regained_run(cli_context *cli, ent_err *err)
{
    store_doc *docs;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_docs(node_desk_desk(nd), cli->arena, "regained",
                      cli->argc == 1 ? cli->argv[0] : NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(note_show(cli, &docs[i], err));
    return count > 0 ? ENT_OK : ent_fail(err, ENT_NO, "no log of this node was regained");
}

const cli_command cli_log_regained = {
    .name = "log regained",
    .usage = "[PEER]",
    .summary = "list what went out after the backup, of which the store knows no more",
    .help =
        "One line for each entry that `log regain` fetched back: partner, place, time, kind, and\n"
        "its id.  The state is `lost` until the partner's receipt for it has been read again (a\n"
        "running `serve` does that by itself, once the link is confirmed); then it is what the\n"
        "receipt says, with the id of the release, which `recall` calls back as ever.\n"
        "Exit status 1: there is none.\n\n"
        "  entente log regained GUARD --json\n",
    .run = regained_run,
};
