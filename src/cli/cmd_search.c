/* entente search -- what is held about these words, best first. */
#include "cli/account.h"
#include "cli/holding.h"

#include "holdings/search.h"

#include <stdlib.h>

static ent_code when_read(cli_context *cli, ent_days *when, ent_err *err)
{
    const char *from = cli_option(cli, "--from"), *to = cli_option(cli, "--to");
    ent_days days;

    *when = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
    if (from != NULL) {
        if (ent_days_read(ent_str_of(from), &days, err) != ENT_OK) {
            err->code = ENT_USAGE;
            return ent_context(err, "--from");
        }
        when->first = days.first;
    }
    if (to != NULL) {
        if (ent_days_read(ent_str_of(to), &days, err) != ENT_OK) {
            err->code = ENT_USAGE;
            return ent_context(err, "--to");
        }
        when->last = days.last;
    }
    return ENT_OK;
}

static ent_code near_read(cli_context *cli, holdings_search *search, ent_err *err)
{
    const char *near = cli_option(cli, "--near");
    double value[3];
    const char *at = near;

    if (near == NULL)
        return ENT_OK;
    for (int i = 0; i < 3; i++) {
        char *end;

        value[i] = strtod(at, &end);
        if (end == at || *end != (i < 2 ? ',' : '\0') || !(value[i] >= -1e5 && value[i] <= 1e5))
            return ent_fail(err, ENT_USAGE, "--near is LATITUDE,LONGITUDE,KILOMETRES, not '%s'",
                            near);
        at = end + 1;
    }
    if (value[0] < -90 || value[0] > 90 || value[1] < -180 || value[1] > 180 || value[2] < 0)
        return ent_fail(err, ENT_USAGE, "--near '%s' is no place on earth", near);
    search->near = true;
    search->latitude = value[0];
    search->longitude = value[1];
    search->km = value[2];
    return ENT_OK;
}

static ent_code hit_show(cli_context *cli, node_desk *nd, const holdings_hit *hit, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%4.2f  %-20s %-8s %-3s %s\n      %s\n", hit->score,
                     cli_text(cli, hit->row.type), cli_owner(cli, nd, hit->row.owner),
                     cli_rating(cli, &hit->label), cli_text(cli, hit->name),
                     cli_text(cli, hit->row.id));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, hit->row.id);
    ent_jw_key(&w, "type");
    ent_jw_str(&w, hit->row.type);
    ent_jw_key(&w, "owner");
    ent_jw_c(&w, cli_owner(cli, nd, hit->row.owner));
    ent_jw_key(&w, "name");
    ent_jw_str(&w, hit->name);
    ent_jw_key(&w, "score");
    ent_jw_double(&w, (double)(int)(hit->score * 1000 + 0.5) / 1000);
    ent_jw_key(&w, "rating");
    ent_jw_c(&w, cli_rating(cli, &hit->label));
    ent_jw_key(&w, "valid");
    ent_jw_c(&w, cli_days(cli, hit->label.valid));
    ent_jw_end(&w);
    return cli_json_line(&buf, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *limit = cli_option(cli, "--limit");
    holdings_search search = { .type = cli_option(cli, "--type"),
                               .owner = cli_option(cli, "--owner") };
    holdings_hit *hits;
    size_t count;
    node_desk *nd;
    ent_buf text;
    ent_str words;

    ENT_TRY(when_read(cli, &search.when, err));
    ENT_TRY(near_read(cli, &search, err));
    if (limit != NULL && (search.limit = strtoul(limit, NULL, 10)) == 0)
        return ent_fail(err, ENT_USAGE, "--limit '%s' is no number above 0", limit);
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    ent_buf_init(&text, cli->arena);
    for (int i = 0; i < cli->argc; i++)
        ent_buf_printf(&text, "%s%s", i > 0 ? " " : "", cli->argv[i]);
    ENT_TRY(ent_buf_done(&text, &words, err));
    search.text = words.ptr == NULL ? "" : words.ptr;
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_reader(cli, nd, err));
    if (search.owner != NULL && strcmp(search.owner, node_desk_home(nd)->code) == 0)
        search.owner = "";
    ENT_TRY(holdings_find(node_desk_desk(nd)->store, cli->arena, &search, &hits, &count, err));
    for (size_t i = 0; i < count; i++) {
        cli_account_saw(cli, hits[i].row.id);
        ENT_TRY(hit_show(cli, nd, &hits[i], err));
    }
    return count > 0 ? ENT_OK : ent_fail(err, ENT_NO, "nothing is held about '%s'", search.text);
}

const cli_command cli_search = {
    .name = "search",
    .usage = "TEXT [--type T] [--from T --to T] [--near LAT,LON,KM] [--owner "
             "CODE] [--limit N]",
    .summary = "find what is held about a name, a number, any words, in every script",
    .help = "Names are found whatever script or romanisation they are written "
            "in; numbers with and\n"
            "without their breaks; a match key (doc:QBZ:650018823) exactly.  "
            "Best first; 100 at most\n"
            "unless --limit says otherwise.  --from and --to take dates and "
            "bound when the fact was\n"
            "true; --near finds places within KM kilometres and what is tied "
            "to them.  An empty TEXT\n"
            "finds everything within the bounds.  Exit status 1 when nothing "
            "is found.\n\n"
            "  entente search Juranayev --type identity\n",
    .run = run,
};
