/* entente ties -- what surrounds a record. */
#include "cli/desk.h"

#include "holdings/around.h"

#include <stdlib.h>

#define DEPTH_DEFAULT 1
#define DEPTH_MOST    4
#define LIMIT_DEFAULT 200
#define LIMIT_MOST    25000

static ent_code thing_show(void *arg, const holdings_thing *thing, ent_err *err)
{
    cli_context *cli = arg;
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-36s  %s  %s %s\n", cli_text(cli, thing->name), cli_text(cli, thing->id),
                     cli_text(cli, thing->owner), cli_text(cli, thing->rating));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "thing", thing->id);
    cli_line_text(&w, "type", thing->type);
    cli_line_text(&w, "name", thing->name);
    cli_line_text(&w, "owner", thing->owner);
    cli_line_text(&w, "rating", thing->rating);
    cli_line_text(&w, "valid", thing->valid.ptr == NULL ? ENT_STR("") : thing->valid);
    if (thing->latitude.ptr != NULL && thing->longitude.ptr != NULL) {
        ent_jw_key(&w, "latitude");
        ent_jw_raw(&w, thing->latitude);
        ent_jw_key(&w, "longitude");
        ent_jw_raw(&w, thing->longitude);
    }
    ent_jw_key(&w, "hops");
    ent_jw_int(&w, thing->hops);
    ent_jw_key(&w, "whole");
    ent_jw_bool(&w, thing->whole);
    return cli_line_end(cli, &buf, &w, err);
}

static void link_text(cli_context *cli, const holdings_link *link)
{
    (void)printf("    %s  %s %s  %s  (%s%s%s%s)\n", cli_text(cli, link->from),
                 cli_text(cli, link->type), cli_text(cli, link->key), cli_text(cli, link->to),
                 cli_text(cli, link->owner), link->rating.size > 0 ? ", " : "",
                 cli_text(cli, link->rating),
                 link->conflict     ? ", time conflict: not a link"
                 : link->evidential ? ""
                                    : ", no evidence");
}

static ent_code link_show(void *arg, const holdings_link *link, ent_err *err)
{
    cli_context *cli = arg;
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        link_text(cli, link);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "link", link->id);
    cli_line_text(&w, "from", link->from);
    cli_line_text(&w, "type", link->type);
    cli_line_text(&w, "to", link->to);
    cli_line_text(&w, "owner", link->owner);
    cli_line_text(&w, "rating", link->rating);
    cli_line_text(&w, "time", link->time.ptr == NULL ? ENT_STR("") : link->time);
    cli_line_text(&w, "key", link->key);
    ent_jw_key(&w, "confidence");
    if (link->confidence < 0)
        ent_jw_null(&w);
    else
        ent_jw_int(&w, link->confidence);
    ent_jw_key(&w, "evidential");
    ent_jw_bool(&w, link->evidential);
    ent_jw_key(&w, "conflict");
    ent_jw_bool(&w, link->conflict);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code number_read(cli_context *cli, const char *name, unsigned long most,
                            unsigned long *number, ent_err *err)
{
    const char *text = cli_option(cli, name);
    char *end;

    if (text == NULL)
        return ENT_OK;
    *number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || *number < 1 || *number > most)
        return ent_fail(err, ENT_USAGE, "%s is a number from 1 to %lu, not '%s'", name, most, text);
    return ENT_OK;
}

static ent_code run(cli_context *cli, ent_err *err)
{
    unsigned long depth = DEPTH_DEFAULT, limit = LIMIT_DEFAULT;
    holdings_around_ask ask = { .arg = cli, .thing = thing_show, .link = link_show };
    node_desk *nd;
    bool more;

    ENT_TRY(number_read(cli, "--depth", DEPTH_MOST, &depth, err));
    ENT_TRY(number_read(cli, "--limit", LIMIT_MOST, &limit, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ask.id = ent_str_of(cli->argv[0]);
    ask.self = ent_str_of(node_desk_desk(nd)->code);
    ask.depth = (unsigned)depth;
    ask.limit = limit;
    ENT_TRY(holdings_around(node_desk_desk(nd)->store, cli->arena, &ask, &more, err));
    if (more)
        (void)fprintf(stderr, "entente: only the nearest %lu things are shown [--limit]\n", limit);
    return ENT_OK;
}

const cli_command cli_ties = {
    .name = "ties",
    .usage = "ID [--depth N] [--limit N]",
    .summary = "what surrounds a record: its links, mentions and shared keys",
    .help =
        "Goes out N steps (1; 4 at most) from the object ID, over links that were stated, over\n"
        "what mentions it, and over keys that records share, and shows up to --limit (200)\n"
        "things, nearest first, each link behind its thing.  Keys whose two records do not\n"
        "overlap in time are shown as conflicts.  For proof between two things: `path`.\n\n"
        "  entente ties identity--31f4fbb5-c7a7-4ad3-b5a1-f6041fa36754 --depth 2\n",
    .run = run,
};
