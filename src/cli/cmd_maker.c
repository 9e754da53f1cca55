/* entente maker list -- traces, devices and incidents that point to one unknown hand. */
#include "cli/desk.h"

#include "node/paths.h"
#include "persons/maker.h"

struct list {
    const char *name;
    const ent_str *texts;
    size_t count;
};

static ent_code maker_show(cli_context *cli, const persons_maker *m, size_t number, ent_err *err)
{
    const struct list lists[] = { { "references", m->references, m->reference_count },
                                  { "signatures", m->signatures, m->signature_count },
                                  { "devices", m->devices, m->device_count },
                                  { "incidents", m->incidents, m->incident_count },
                                  { "attributed", m->persons, m->person_count },
                                  { "owners", m->owners, m->owner_count } };
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("unknown maker %zu\n", number);
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
            for (size_t k = 0; k < lists[i].count; k++)
                (void)printf("  %-11s %s\n", k == 0 ? lists[i].name : "",
                             cli_text(cli, lists[i].texts[k]));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "maker");
    ent_jw_int(&w, (int64_t)number);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        ent_jw_key(&w, lists[i].name);
        ent_jw_array(&w);
        for (size_t k = 0; k < lists[i].count; k++)
            ent_jw_str(&w, lists[i].texts[k]);
        ent_jw_end(&w);
    }
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    persons_maker *makers;
    node_desk *nd;
    size_t count;
    graph *g;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_reader(cli, nd, err));
    ENT_TRY(node_paths_graph(nd, cli->arena, &g, err));
    ENT_TRY(persons_makers(g, cli->arena, &makers, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(maker_show(cli, &makers[i], i + 1, err));
    return count > 0
               ? ENT_OK
               : ent_fail(err, ENT_NO, "no references of laboratories tie two things together");
}

const cli_command cli_maker_list = {
    .name = "maker list",
    .usage = "[--as USER]",
    .summary = "what points to one unknown hand: equal laboratory references, and what they are on",
    .help =
        "Equal references of signatures join, and evidence ties a signature to a device and that\n"
        "to an incident. A comparison that is withdrawn is not in the next answer. Exit 1: "
        "none.\n\n"
        "  entente maker list --as ana\n",
    .run = run,
};
