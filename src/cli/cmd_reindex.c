/* entente reindex -- what records are found by becomes of this program's rules. */
#include "cli/desk.h"

#include "node/derive.h"

#include <inttypes.h>

static ent_code run(cli_context *cli, ent_err *err)
{
    bool anew = cli_flag(cli, "--anew");
    holdings_derived derived;
    int64_t objects;
    node_desk *nd;
    ent_buf buf;
    ent_jw w;
    store *s;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    s = node_desk_desk(nd)->store;
    if (anew)
        ENT_TRY(holdings_derive_anew(s, err));
    ENT_TRY(node_derive(s, -1, &derived, err));
    ENT_TRY(store_count(s, NULL, &objects, err));
    if (!cli->json) {
        (void)printf("%" PRId64 " objects are found by the rules of this program\n",
                     objects - derived.kept);
        if (derived.kept > 0)
            (void)printf("%" PRId64 " cannot be read by them and are found as before\n",
                         derived.kept);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "objects");
    ent_jw_int(&w, objects);
    ent_jw_key(&w, "kept");
    ent_jw_int(&w, derived.kept);
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_reindex = {
    .name = "reindex",
    .usage = "[--anew]",
    .summary = "derive again what records are found by, after an update",
    .help = "Match keys and words are derived when a record comes in.  An update may bring\n"
            "other rules; then `serve` derives those of all records again before it begins,\n"
            "and so does the first command that opens the holdings, each going on where the\n"
            "other stopped.  This does nothing else, for a moment that you choose; it may be\n"
            "interrupted at any time.  Records, labels, logs and who may see what stay as they\n"
            "are.  --anew does it whatever the rules were, as when an index is doubted.\n"
            "Progress stands on standard error.\n\n"
            "  entente --home /srv/entente reindex\n",
    .run = run,
    .as_is = true,
};
