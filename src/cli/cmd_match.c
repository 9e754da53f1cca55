/* entente match ... -- which of our records does a partner hold too? */
#include "cli/match.h"

#include "base/limits.h"
#include "match/match.h"
#include "names/names.h"
#include "node/users.h"
#include "psi/keyform.h"

#include <stdlib.h>
#include <unistd.h>

#define WAIT_DEFAULT 60

struct asked {
    const char *peer;
    char run[37];
    bool refused; /* by us */
    ent_err why;
};

ent_code cli_match_asker(cli_context *cli, node_desk *nd, const char **user, ent_err *err)
{
    static const char *const roles[] = { "analyst", "liaison", "case" };
    desk_officer officer;
    node_user *users;
    size_t count;

    *user = NULL;
    ENT_TRY(node_user_list(cli->arena, node_desk_home(nd), &users, &count, err));
    if (count == 0 && cli->user == NULL)
        return ENT_OK; /* whoever can read the home's keys */
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    *user = officer.name;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(officer.role, roles[i]) == 0)
            return ENT_OK;
    return ent_fail(err, ENT_DENIED, "the role '%s' matches nothing [analyst, liaison, case]",
                    officer.role);
}

/* ---- output ---- */

static ent_code hit_show(cli_context *cli, ent_json hit, ent_err *err)
{
    ent_json own = ent_json_get(hit, "own");
    ent_buf buf;

    if (cli->json) {
        ent_buf_init(&buf, cli->arena);
        ent_buf_str(&buf, ent_json_raw(hit));
        return cli_json_line(cli, &buf, err);
    }
    (void)printf("%-8s %-13s %-32s", cli_text(cli, ent_json_get_text(hit, "peer")),
                 cli_text(cli, ent_json_get_text(hit, "status")),
                 cli_text(cli, ent_json_get_text(hit, "key")));
    for (ent_json v = ent_json_first(own); v.doc != NULL; v = ent_json_next(v))
        (void)printf(" %s", cli_text(cli, ent_json_str(v)));
    (void)printf("\n");
    return ENT_OK;
}

/* A run that gave no answer: who, and why. */
static ent_code silent_show(cli_context *cli, const struct asked *a, const match_run *run,
                            ent_err *err)
{
    ent_str state = a->refused ? ENT_STR("refused") : run->state,
            clause = a->refused ? ent_str_of(a->why.msg) : run->clause;
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-8s %s%s%s\n", a->peer,
                     ent_str_is(state, "open") ? "has not answered yet; the run goes on by itself"
                                               : cli_text(cli, state),
                     clause.size > 0 ? ": " : "", cli_text(cli, clause));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "peer", a->peer);
    cli_line_c(&w, "run", a->refused ? NULL : a->run);
    cli_line_text(&w, "state", state);
    cli_line_said(&w, "clause", clause.size > 0 ? clause : ENT_STR_NONE);
    return cli_line_end(cli, &buf, &w, err);
}

static void names_write(ent_jw *w, const char *name, const struct asked *asked,
                        const match_run *runs, size_t count, int which)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++) {
        bool answered = !asked[i].refused && ent_str_is(runs[i].state, "closed");

        if (which == 0 || (which == 1) == answered)
            ent_jw_c(w, asked[i].peer);
    }
    ent_jw_end(w);
}

/* Silence is not absence: who was asked, and who answered. */
static ent_code coverage_show(cli_context *cli, const struct asked *asked, const match_run *runs,
                              size_t count, size_t hits, ent_err *err)
{
    size_t answered = 0;
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < count; i++)
        answered += !asked[i].refused && ent_str_is(runs[i].state, "closed");
    if (!cli->json) {
        (void)printf("%zu hit%s; %zu of %zu asked have answered\n", hits, hits == 1 ? "" : "s",
                     answered, count);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    names_write(&w, "asked", asked, runs, count, 0);
    names_write(&w, "answered", asked, runs, count, 1);
    names_write(&w, "silent", asked, runs, count, 2);
    ent_jw_key(&w, "hits");
    ent_jw_int(&w, (int64_t)hits);
    return cli_line_end(cli, &buf, &w, err);
}

/* ---- run ---- */

struct waiting {
    cli_context *cli;
    node_desk *nd;
    const struct asked *asked;
    size_t count;
    bool progress;  /* on a terminal: where each run is */
    char shown[80]; /* last */
};

/* Where the runs are, on one line that is written again. */
static void progress_show(struct waiting *w, const match_run *run)
{
    char line[sizeof w->shown];
    int size =
        snprintf(line, sizeof line, "%.*s: %.*s (%lld and %lld keys)", ENT_STR_ARG(run->peer),
                 ENT_STR_ARG(run->step), (long long)run->size_own, (long long)run->size_peer);

    if (run->parts > 1 && size > 0 && (size_t)size < sizeof line)
        (void)snprintf(line + size, sizeof line - (size_t)size, ", part %lld of %lld",
                       (long long)run->parts_done, (long long)run->parts);
    if (!w->progress || strcmp(line, w->shown) == 0)
        return;
    (void)snprintf(w->shown, sizeof w->shown, "%s", line);
    (void)fprintf(stderr, "\r\033[K%s", cli_text(w->cli, ent_str_of(line)));
}

static ent_code all_ended(void *arg, bool *yes, ent_err *err)
{
    struct waiting *w = arg;
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_code rc = ENT_OK;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to look at a run");
    *yes = true;
    for (size_t i = 0; i < w->count && rc == ENT_OK; i++) {
        match_run run;

        if (w->asked[i].refused)
            continue;
        rc = match_run_get(node_desk_desk(w->nd), arena, ent_str_of(w->asked[i].run), &run, err);
        if (rc == ENT_OK && ent_str_is(run.state, "open")) {
            *yes = false;
            progress_show(w, &run);
        }
    }
    if (*yes && w->progress)
        (void)fputs("\r\033[K", stderr);
    ent_arena_free(arena);
    return rc;
}

static ent_code estimate_show(cli_context *cli, const match_run *run, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-8s %s keys in common\n", cli_text(cli, run->peer),
                     cli_text(cli, run->estimate));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "peer", run->peer);
    cli_line_text(&w, "run", run->id);
    cli_line_text(&w, "estimate", run->estimate);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code outcome_show(cli_context *cli, node_desk *nd, const struct asked *asked,
                             size_t count, ent_err *err)
{
    match_run *runs = ent_arena_array(cli->arena, count, sizeof *runs);
    const struct asked *refused = NULL;
    size_t hits = 0;
    bool open = false, broken = false;

    if (runs == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        ent_json *list;
        size_t found = 0;

        if (!asked[i].refused)
            ENT_TRY(match_run_get(node_desk_desk(nd), cli->arena, ent_str_of(asked[i].run),
                                  &runs[i], err));
        if (asked[i].refused || !ent_str_is(runs[i].state, "closed")) {
            ENT_TRY(silent_show(cli, &asked[i], &runs[i], err));
            open = open || (!asked[i].refused && ent_str_is(runs[i].state, "open"));
            broken = broken || ent_str_is(runs[i].state, "failed");
            if (refused == NULL && !open)
                refused = &asked[i];
            continue;
        }
        if (ent_str_is(runs[i].kind, "size")) {
            ENT_TRY(estimate_show(cli, &runs[i], err));
            hits += !ent_str_is(runs[i].estimate, "fewer than 10");
            continue;
        }
        ENT_TRY(match_hit_list(node_desk_desk(nd), cli->arena, asked[i].peer, asked[i].run, &list,
                               &found, err));
        for (size_t j = 0; j < found; j++)
            ENT_TRY(hit_show(cli, list[j], err));
        hits += found;
    }
    if (count > 0 && !ent_str_is(runs[0].kind, "size"))
        ENT_TRY(coverage_show(cli, asked, runs, count, hits, err));
    if (open)
        return ent_fail(err, ENT_RETRY, "not everybody has answered; the runs go on by themselves");
    if (refused != NULL && refused->refused)
        return ent_fail(err, refused->why.code, "%s: %s", refused->peer, refused->why.msg);
    if (refused != NULL)
        return ent_fail(err,
                        !broken                                                 ? ENT_DENIED
                        : ent_str_is(runs[refused - asked].clause, MATCH_LIMIT) ? ENT_LIMIT
                                                                                : ENT_UNTRUSTED,
                        "%s: %.*s [%.*s]", refused->peer, ENT_STR_ARG(runs[refused - asked].state),
                        ENT_STR_ARG(runs[refused - asked].clause));
    return hits > 0 ? ENT_OK : ENT_NO;
}

static ent_code seconds_read(const char *text, unsigned *seconds, ent_err *err)
{
    char *end = NULL;
    unsigned long value;

    *seconds = WAIT_DEFAULT;
    if (text == NULL)
        return ENT_OK;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value > 86400)
        return ent_fail(err, ENT_USAGE, "--seconds '%s' is no number from 0 to 86400", text);
    *seconds = (unsigned)value;
    return ENT_OK;
}

/* ---- keys that a user brings ---- */

struct brought {
    cli_context *cli;
    ent_str *keys;
    size_t count, room;
};

static ent_code brought_add(struct brought *b, ent_str key, ent_err *err)
{
    if (b->count == b->room) {
        ent_str *grown = ent_arena_grow(b->cli->arena, b->keys, &b->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        b->keys = grown;
    }
    return psi_key_canon(b->cli->arena, key, &b->keys[b->count++], err);
}

/* A line is a key, or a record in the form of `entente name`. */
static ent_code brought_line(void *arg, ent_str text, size_t number, ent_err *err)
{
    struct brought *b = arg;
    ent_str line = ent_arena_str(b->cli->arena, text), *keys;
    names_record record;
    ent_json json;
    size_t count;

    if (line.ptr == NULL)
        return ent_fail_arena(err);
    if (line.ptr[0] != '{') {
        if (brought_add(b, line, err) != ENT_OK)
            return ent_context(err, "line %zu", number);
        return ENT_OK;
    }
    ENT_TRY(ent_json_read(b->cli->arena, line, &json, err));
    if (names_record_read(b->cli->arena, json, &record, err) != ENT_OK)
        return ent_context(err, "line %zu", number);
    ENT_TRY(names_keys(b->cli->arena, &record, &keys, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(brought_add(b, keys[i], err));
    return ENT_OK;
}

/* From a file, and from the command line itself. */
static ent_code brought_read(cli_context *cli, const char *path, const char *const *keys,
                             size_t count, match_question *q, ent_err *err)
{
    struct brought b = { .cli = cli };

    for (size_t i = 0; i < count; i++)
        if (brought_add(&b, ent_str_of(keys[i]), err) != ENT_OK)
            return ent_context(err, "--key");
    if (path != NULL)
        ENT_TRY(cli_lines(path, ENT_LIMIT_LINE_SIZE, brought_line, &b, err));
    if (b.count == 0)
        return ent_fail(err, ENT_FORMAT, "'%s' holds no key", path);
    q->keys = b.keys;
    q->key_count = b.count;
    return ENT_OK;
}

/* A role that may not ask has asked: that is in the journal too. */
static ent_code role_denied(cli_context *cli, node_desk *nd, match_question *q, const char **with,
                            size_t count, ent_err *err)
{
    ent_err why = *err;

    for (size_t i = 0; i < count; i++) {
        q->peer = with[i];
        ENT_TRY(match_denied(node_desk_desk(nd), cli->arena, q, "role", err));
    }
    *err = why;
    return why.code;
}

static ent_code run_any(cli_context *cli, bool size, ent_err *err)
{
    const char *purpose = cli_option(cli, "--purpose"), *about = cli_option(cli, "--about"),
               *seconds_text = cli_option(cli, "--seconds"), *file = cli_option(cli, "--keys"),
               **with, **keys;
    match_question q = { .about = about,
                         .incident = cli_option(cli, "--incident"),
                         .size = size,
                         .fast = !size && cli_flag(cli, "--fast-experimental") };
    struct waiting wait;
    struct asked *asked;
    size_t with_count, key_count, count;
    unsigned seconds;
    bool brought;
    node_desk *nd;
    ent_code rc;

    ENT_TRY(cli_list_option(cli, "--with", &with, &with_count, err));
    ENT_TRY(cli_list_option(cli, "--key", &keys, &key_count, err));
    ENT_TRY(cli_arguments(cli, 0, -1, err));
    brought = file != NULL || key_count > 0;
    ENT_TRY(seconds_read(seconds_text, &seconds, err));
    count = with_count + (size_t)cli->argc;
    /* Keys without a purpose are refused by the desk, which writes it down. */
    if (count == 0 || (purpose == NULL && !brought))
        return ent_fail(err, ENT_USAGE, "--%s is missing",
                        count == 0 ? "with PEER" : "purpose PURPOSE");
    ENT_TRY(cli_desk(cli, &nd, err));
    q.purpose = ent_str_of(purpose == NULL ? "" : purpose);
    rc = cli_match_asker(cli, nd, &q.user, err);
    if (rc == ENT_DENIED && q.user != NULL)
        return role_denied(cli, nd, &q, with, with_count, err);
    ENT_TRY(rc);
    if (brought)
        ENT_TRY(brought_read(cli, file, keys, key_count, &q, err));
    asked = ent_arena_array(cli->arena, count, sizeof *asked);
    if (asked == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        struct asked *a = &asked[i];

        *a = (struct asked){ .peer = i < with_count ? with[i] : cli->argv[i - with_count] };
        q.peer = a->peer;
        rc = match_start(node_desk_desk(nd), cli->arena, &q, a->run, &a->why);
        a->refused = rc == ENT_DENIED || rc == ENT_NOT_FOUND;
        if (rc != ENT_OK && !a->refused) {
            *err = a->why;
            return ent_context(err, "%s", a->peer);
        }
    }
    if (node_desk_flush(nd, cli->arena, err) != ENT_OK)
        return ent_context(err, "it is begun, but not yet said to the peers");
    wait = (struct waiting){ cli, nd, asked, count, isatty(STDERR_FILENO) == 1, "" };
    rc = node_desk_wait(nd, all_ended, &wait, seconds, err);
    if (rc != ENT_OK && rc != ENT_RETRY)
        return rc;
    *err = (ent_err){ 0 };
    return outcome_show(cli, nd, asked, count, err);
}

static ent_code run_run(cli_context *cli, ent_err *err)
{
    return run_any(cli, false, err);
}

static ent_code size_run(cli_context *cli, ent_err *err)
{
    return run_any(cli, true, err);
}

const cli_command cli_match_size = {
    .name = "match size",
    .usage = "--with PEER... --purpose P [--seconds N]",
    .summary = "find privately about how many keys a peer and we both hold",
    .help = "Both learn a coarse number, blurred by chance, and nothing about which keys.  It is\n"
            "charged to the day's budget as a run is.\n\n"
            "  entente match size --with SVB --purpose CT-INV --as v.analyst\n",
    .run = size_run,
};

const cli_command cli_match_run = {
    .name = "match run",
    .usage = "--with PEER... --purpose P [--about ID | --key KEY... | --keys FILE] [--incident I] "
             "[--seconds N] [--fast-experimental]",
    .summary = "find privately which of our records a peer holds too",
    .help =
        "Both sides learn only which of their own records the other holds as well.  What is\n"
        "compared are keys (documents, telephones, accounts, signatures, names with birth\n"
        "dates) of records that may be found for this purpose; --about takes one record only.\n"
        "--key and --keys compare what is no record of ours, for an incident: a key\n"
        "(\"doc:QBZ:650018823\"), or a file with a key or a record\n"
        "({\"names\":[..],\"dob\":[..]}) on each line.\n"
        "Telephones, accounts and plates pass from hand to hand: if the two records were never\n"
        "true at one time, the answer is time-conflict.  The command waits for the answer\n"
        "(60 seconds, or --seconds); a run goes on by itself after that (exit 75).  Once the\n"
        "node has users, --as names an analyst, liaison or case officer.\n"
        "--fast-experimental takes a protocol that is a hundred times as fast and that no\n"
        "outside cryptographer has reviewed, if the agreement has it (match.fast_experimental).\n\n"
        "  entente match run --with SVB --with CTB --purpose CT-INV --as v.analyst\n",
    .run = run_run,
};

/* ---- hits ---- */

static ent_code hits_run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--peer");
    ent_json *hits;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(match_hit_list(node_desk_desk(nd), cli->arena, peer, NULL, &hits, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(hit_show(cli, hits[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_match_hits = {
    .name = "match hits",
    .usage = "[--peer PEER]",
    .summary = "list the hits that stand, of runs begun here or by a peer",
    .help =
        "A hit informs; nothing follows from it by itself.  A later run with the same peer and\n"
        "purpose replaces a hit on the same key.\n\n"
        "  entente match hits --peer SVB --json\n",
    .run = hits_run,
};
