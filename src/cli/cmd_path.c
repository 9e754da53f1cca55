/* entente path -- what ties two things together, and is a given chain whole? */
#include "cli/home.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "desk/work.h"
#include "graph/graph.h"
#include "node/paths.h"

#include <stdlib.h>

#define PATHS_DEFAULT 5

/* ---- as JSON ---- */

static void step_json(ent_jw *w, const graph_step *step)
{
    ent_jw_object(w);
    ent_jw_key(w, "from");
    ent_jw_str(w, step->from);
    ent_jw_key(w, "link");
    ent_jw_str(w, step->link);
    ent_jw_key(w, "to");
    ent_jw_str(w, step->to);
    ent_jw_key(w, "owner");
    ent_jw_str(w, step->owner);
    ent_jw_key(w, "confidence");
    if (step->confidence < 0)
        ent_jw_null(w);
    else
        ent_jw_int(w, step->confidence);
    ent_jw_key(w, "rating");
    ent_jw_str(w, step->rating.size > 0 ? step->rating : ENT_STR_NONE);
    ent_jw_key(w, "time");
    ent_jw_str(w, step->time.size > 0 ? step->time : ENT_STR_NONE);
    if (step->key.size > 0) {
        ent_jw_key(w, "key");
        ent_jw_str(w, step->key);
    }
    ent_jw_key(w, "evidential");
    ent_jw_bool(w, step->evidential);
    ent_jw_key(w, "from_name");
    ent_jw_str(w, step->from_label);
    ent_jw_key(w, "to_name");
    ent_jw_str(w, step->to_label);
    if (step->reversed) {
        ent_jw_key(w, "reversed");
        ent_jw_bool(w, true);
    }
    ent_jw_end(w);
}

static void conflicts_json(ent_jw *w, const graph_conflict *conflicts, size_t count)
{
    ent_jw_key(w, "conflicts");
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++) {
        ent_jw_object(w);
        ent_jw_key(w, "from");
        ent_jw_str(w, conflicts[i].from);
        ent_jw_key(w, "to");
        ent_jw_str(w, conflicts[i].to);
        ent_jw_key(w, "key");
        ent_jw_str(w, conflicts[i].key);
        ent_jw_key(w, "from_owner");
        ent_jw_str(w, conflicts[i].from_owner);
        ent_jw_key(w, "to_owner");
        ent_jw_str(w, conflicts[i].to_owner);
        ent_jw_key(w, "from_time");
        ent_jw_str(w, conflicts[i].from_valid);
        ent_jw_key(w, "to_time");
        ent_jw_str(w, conflicts[i].to_valid);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_code path_json(cli_context *cli, const graph_path *path, const graph_conflict *conflicts,
                          size_t conflict_count, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "steps");
    ent_jw_array(&w);
    for (size_t i = 0; path != NULL && i < path->count; i++)
        step_json(&w, &path->steps[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "weakest");
    if (path == NULL)
        ent_jw_null(&w);
    else
        ent_jw_int(&w, path->weakest);
    ent_jw_key(&w, "product");
    if (path == NULL)
        ent_jw_null(&w);
    else
        ent_jw_double(&w, path->product);
    conflicts_json(&w, conflicts, conflict_count);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

/* ---- as text ---- */

static void thing_text(cli_context *cli, ent_str id, ent_str label)
{
    (void)printf("  %-36s  %s\n", cli_text(cli, label), cli_text(cli, id));
}

static void step_text(cli_context *cli, const graph_step *step, bool weakest)
{
    const char *mark = weakest ? "  <- weakest" : "",
               *doubt = step->evidential ? "" : ", no evidence";

    if (step->key.size > 0)
        (void)printf("    =  %s  (%s%s%s)\n", cli_text(cli, step->key), cli_text(cli, step->owner),
                     step->time.size > 0 ? ", " : "", cli_text(cli, step->time));
    else if (step->confidence < 0)
        (void)printf("    %s  %s  (%s, confidence not said%s)%s\n", step->reversed ? "^" : "|",
                     cli_text(cli, step->link), cli_text(cli, step->owner), doubt, mark);
    else
        (void)printf("    %s  %s  (%s%s%s, confidence %d%s%s%s)%s\n", step->reversed ? "^" : "|",
                     cli_text(cli, step->link), cli_text(cli, step->owner),
                     step->rating.size > 0 ? ", " : "", cli_text(cli, step->rating),
                     step->confidence, step->time.size > 0 ? ", " : "", cli_text(cli, step->time),
                     doubt, mark);
}

static void path_text(cli_context *cli, const graph_path *path, size_t number)
{
    bool marked = false;

    (void)printf("path %zu: %zu steps, weakest link %d, product %.2f\n", number, path->count,
                 path->weakest, path->product);
    for (size_t i = 0; i < path->count; i++) {
        const graph_step *step = &path->steps[i];
        int strong = step->confidence < 0 ? 0 : step->confidence;
        bool weakest = !marked && step->key.size == 0 && strong == path->weakest;

        if (i == 0)
            thing_text(cli, step->from, step->from_label);
        step_text(cli, step, weakest);
        marked = marked || weakest;
        thing_text(cli, step->to, step->to_label);
    }
    (void)printf("\n");
}

static void conflicts_text(cli_context *cli, const graph_conflict *list, size_t count)
{
    if (count > 0)
        (void)printf("time conflicts, not used as links:\n");
    for (size_t i = 0; i < count; i++)
        (void)printf("  %s: with %s (%s) in %s, with %s (%s) in %s\n", cli_text(cli, list[i].key),
                     cli_text(cli, list[i].from_label), cli_text(cli, list[i].from_owner),
                     cli_text(cli, list[i].from_valid), cli_text(cli, list[i].to_label),
                     cli_text(cli, list[i].to_owner), cli_text(cli, list[i].to_valid));
}

/* ---- path A B ---- */

static ent_code paths_run(cli_context *cli, const graph *g, const graph_options *options,
                          ent_err *err)
{
    ent_str a = ent_str_of(cli->argv[0]), b = ent_str_of(cli->argv[1]);
    graph_conflict *conflicts;
    graph_answer answer;
    size_t count;

    ENT_TRY(graph_paths(g, cli->arena, a, b, options, &answer, err));
    ENT_TRY(graph_conflicts(g, cli->arena, a, b, options->evidential, &conflicts, &count, err));
    for (size_t i = 0; i < answer.count; i++) {
        if (cli->json)
            ENT_TRY(path_json(cli, &answer.paths[i], conflicts, count, err));
        else
            path_text(cli, &answer.paths[i], i + 1);
    }
    if (cli->json && answer.count == 0 && count > 0)
        ENT_TRY(path_json(cli, NULL, conflicts, count, err));
    if (!cli->json)
        conflicts_text(cli, conflicts, count);
    if (answer.stopped)
        (void)fprintf(stderr,
                      "entente: the search stopped after %llu visits; there may be more "
                      "paths [limit PATH_WORK]\n",
                      (unsigned long long)ENT_LIMIT_PATH_WORK);
    if (answer.count > 0)
        return ENT_OK;
    return ent_fail(err, ENT_NO,
                    "no %spath of at most %d steps between the two in what is held here",
                    options->evidential ? "evidential " : "", ENT_LIMIT_PATH_STEPS);
}

/* ---- path --ask: whom to ask next ---- */

/* From a or b to the nearest of our own records of a hit; GRAPH_FAR: neither comes there. */
static unsigned hit_steps(const graph *g, ent_json hit, const uint8_t *from_a,
                          const uint8_t *from_b, ent_str *own)
{
    unsigned best = GRAPH_FAR;

    for (ent_json v = ent_json_first(ent_json_get(hit, "own")); v.doc != NULL;
         v = ent_json_next(v)) {
        uint32_t number = graph_number(g, ent_json_str(v));
        unsigned steps;

        if (number == GRAPH_NOBODY)
            continue;
        steps = from_a[number] < from_b[number] ? from_a[number] : from_b[number];
        if (steps < best) {
            best = steps;
            *own = ent_json_str(v);
        }
    }
    return best;
}

static ent_code hit_show(cli_context *cli, const store_doc *doc, ent_json hit, ent_str own,
                         unsigned steps, ent_err *err)
{
    ent_str key = ent_json_get_text(hit, "key");
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("ask %s about %s: it holds it too; %u steps away, at %s\n",
                     cli_text(cli, doc->peer), cli_text(cli, key), steps, cli_text(cli, own));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "ask");
    ent_jw_str(&w, doc->peer);
    ent_jw_key(&w, "about");
    ent_jw_str(&w, key);
    ent_jw_key(&w, "record");
    ent_jw_str(&w, own);
    ent_jw_key(&w, "steps");
    ent_jw_int(&w, steps);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

/* What a partner holds too (private match) and either end leads to: the nearest first. */
static ent_code ask_run(cli_context *cli, desk *d, const graph *g, bool evidential, ent_err *err)
{
    graph_start a = { .id = ent_str_of(cli->argv[0]) }, b = { .id = ent_str_of(cli->argv[1]) };
    uint8_t *from_a, *from_b;
    store_doc *docs;
    size_t count, shown = 0;

    ENT_TRY(graph_distances(g, cli->arena, &a, 1, ENT_LIMIT_PATH_STEPS, evidential, &from_a, err));
    ENT_TRY(graph_distances(g, cli->arena, &b, 1, ENT_LIMIT_PATH_STEPS, evidential, &from_b, err));
    ENT_TRY(desk_docs(d, cli->arena, "hit", NULL, "open", &docs, &count, err));
    for (unsigned at = 0; at <= ENT_LIMIT_PATH_STEPS; at++)
        for (size_t i = 0; i < count; i++) {
            ent_str own = ENT_STR_NONE;
            ent_json hit;

            ENT_TRY(ent_json_read(cli->arena, docs[i].json, &hit, err));
            if (!ent_str_is(ent_json_get_text(hit, "status"), "hit") ||
                hit_steps(g, hit, from_a, from_b, &own) != at)
                continue;
            ENT_TRY(hit_show(cli, &docs[i], hit, own, at, err));
            shown++;
        }
    return shown > 0
               ? ENT_OK
               : ent_fail(err, ENT_NO,
                          "no hit of a private match is near either; `entente match run` asks "
                          "what partners hold too");
}

/* ---- path --shortest ---- */

#define SHORTEST_STEPS 12

static ent_code shortest_run(cli_context *cli, const graph *g, bool evidential, ent_err *err)
{
    graph_walker *walker = graph_walker_new(g, cli->arena);
    graph_path path;

    if (walker == NULL)
        return ent_fail_arena(err);
    ENT_TRY(graph_shortest(walker, cli->arena, ent_str_of(cli->argv[0]), ent_str_of(cli->argv[1]),
                           evidential, SHORTEST_STEPS, &path, err));
    if (path.count == 0)
        return ent_fail(err, ENT_NO,
                        "no %spath of at most %d steps between the two in what is held",
                        evidential ? "evidential " : "", SHORTEST_STEPS);
    if (cli->json)
        return path_json(cli, &path, NULL, 0, err);
    path_text(cli, &path, 1);
    return ENT_OK;
}

/* ---- path --chain ---- */

#define TIES(X)                            \
    X(GRAPH_TIED, "tied")                  \
    X(GRAPH_UNTIED, "not tied")            \
    X(GRAPH_CONFLICTED, "time conflict")   \
    X(GRAPH_UNKNOWN_FROM, "not held here") \
    X(GRAPH_UNKNOWN_TO, "not held here")

static const char *tie_name(graph_tie tie)
{
    switch (tie) {
#define X(symbol, name) \
    case symbol:        \
        return (name);
        TIES(X)
#undef X
    default:
        return "?";
    }
}

static ent_code chain_json(cli_context *cli, const graph_step *steps, const graph_tie *ties,
                           size_t count, bool whole, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "complete");
    ent_jw_bool(&w, whole);
    ent_jw_key(&w, "steps");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (ties[i] == GRAPH_TIED)
            step_json(&w, &steps[i]);
    }
    ent_jw_end(&w);
    ent_jw_key(&w, "missing");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (ties[i] == GRAPH_TIED)
            continue;
        ent_jw_object(&w);
        ent_jw_key(&w, "from");
        ent_jw_str(&w, steps[i].from);
        ent_jw_key(&w, "to");
        ent_jw_str(&w, steps[i].to);
        ent_jw_key(&w, "why");
        ent_jw_c(&w, tie_name(ties[i]));
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static void chain_text(cli_context *cli, const graph_step *steps, const graph_tie *ties,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            thing_text(cli, steps[i].from, steps[i].from_label);
        if (ties[i] == GRAPH_TIED)
            step_text(cli, &steps[i], false);
        else
            (void)printf("    x  %s%s%s\n", tie_name(ties[i]), steps[i].key.size > 0 ? ": " : "",
                         cli_text(cli, steps[i].key));
        thing_text(cli, steps[i].to, steps[i].to_label);
    }
}

static ent_code chain_run(cli_context *cli, const graph *g, bool evidential, ent_err *err)
{
    size_t count = (size_t)cli->argc - 1, missing = 0;
    graph_step *steps = ent_arena_array(cli->arena, count, sizeof *steps);
    graph_tie *ties = ent_arena_array(cli->arena, count, sizeof *ties);

    if (steps == NULL || ties == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        ties[i] = graph_neighbours(g, ent_str_of(cli->argv[i]), ent_str_of(cli->argv[i + 1]),
                                   evidential, &steps[i]);
        missing += ties[i] != GRAPH_TIED;
    }
    if (cli->json)
        ENT_TRY(chain_json(cli, steps, ties, count, missing == 0, err));
    else
        chain_text(cli, steps, ties, count);
    return missing == 0
               ? ENT_OK
               : ent_fail(err, ENT_NO, "%zu of the %zu steps of the chain do not hold here",
                          missing, count);
}

static ent_code max_read(cli_context *cli, size_t *max, ent_err *err)
{
    const char *text = cli_option(cli, "--max");
    char *end;
    unsigned long value;

    *max = PATHS_DEFAULT;
    if (text == NULL)
        return ENT_OK;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < 1 || value > ENT_LIMIT_PATHS)
        return ent_fail(err, ENT_USAGE, "--max is a number from 1 to %d, not '%s'", ENT_LIMIT_PATHS,
                        text);
    *max = value;
    return ENT_OK;
}

static ent_code run(cli_context *cli, ent_err *err)
{
    bool chain = cli_flag(cli, "--chain"), shortest = cli_flag(cli, "--shortest");
    bool ask = cli_flag(cli, "--ask");
    graph_options options = { .evidential = cli_flag(cli, "--evidential") };
    node_desk *nd;
    graph *g;

    ENT_TRY(max_read(cli, &options.max_paths, err));
    ENT_TRY(cli_arguments(cli, 2, chain ? -1 : 2, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_reader(cli, nd, err));
    ENT_TRY(node_paths_graph(nd, cli->arena, &g, err));
    if (ask && !chain)
        return ask_run(cli, node_desk_desk(nd), g, options.evidential, err);
    if (shortest && !chain)
        return shortest_run(cli, g, options.evidential, err);
    return chain ? chain_run(cli, g, options.evidential, err) : paths_run(cli, g, &options, err);
}

const cli_command cli_path = {
    .name = "path",
    .usage = "A B [--max N] [--evidential] [--shortest|--ask], or --chain ID ID... [--evidential]",
    .summary = "what ties two things together: the strongest chains between them",
    .help =
        "Shows up to N (5) paths between the objects A and B in what this node holds, its own\n"
        "and what was released to it.  A step is a relationship, or '=' where two records show\n"
        "the same document, telephone, account, plate, signature or public event.  The path\n"
        "with the strongest weakest link comes first.  A confirmed same-person statement is a\n"
        "step too, with who stands behind it.  Telephones, accounts and plates pass from hand to\n"
        "hand: they join only records that are valid on a common day, otherwise\n"
        "they are listed as time conflicts and not used.  --evidential leaves out what is no\n"
        "evidence (claims, membership, what the owner says is not to be relied on).\n"
        "--ask says whom to ask next: what a partner holds too and either end leads to.\n"
        "--shortest gives one path of the fewest steps (12 at most) instead of the strongest.\n"
        "With --chain, each step of the given chain is looked up.  Exit status 1: no path, or a\n"
        "step is missing.\n\n"
        "  entente path incident--... incident--... --evidential --max 3\n",
    .run = run,
};
