/* entente hypo ... -- who was there, and is tied to it? */
#include "cli/desk.h"

#include "base/limits.h"
#include "desk/work.h"
#include "holdings/ties.h"
#include "joint/hypothesis.h"
#include "joint/terms.h"
#include "persons/ties.h"

#include <stdlib.h>

#define WAIT_DEFAULT 60

/* ---- output ---- */

/* What to call a record; nothing if it is gone. */
static ent_str shown(cli_context *cli, desk *d, const joint_fit *fit)
{
    const char *owner = ent_str_is(fit->owner, d->code) ? "" : cli_text(cli, fit->owner);
    ent_err ignored = { 0 };
    ent_json object;
    store_row row;

    if (store_object_get(d->store, cli->arena, owner, fit->id, &row, &ignored) != ENT_OK ||
        ent_json_read(cli->arena, row.bytes, &object, &ignored) != ENT_OK)
        return ENT_STR("(no longer held)");
    return holdings_shown(cli->arena, object);
}

/* "by the statement ... of DSV/ana, DSV/boris" */
static ent_code joins_show(cli_context *cli, desk *d, ent_json joins, ent_err *err)
{
    for (ent_json v = ent_json_first(joins); v.doc != NULL; v = ent_json_next(v)) {
        ent_err why = { 0 };
        persons_same same;
        ent_str authors;
        ent_code rc = persons_same_get(d, cli->arena, ent_json_str(v), &same, &why);

        if (rc == ENT_NOT_FOUND)
            continue;
        if (rc != ENT_OK)
            return *err = why, rc;
        ENT_TRY(persons_authors(cli->arena, &same, &authors, err));
        (void)printf("%-8s by the same-person statement %s of %s%s\n", "", cli_text(cli, same.id),
                     cli_text(cli, authors),
                     ent_str_is(same.state, "confirmed") ? "" : "  [undone, ask again]");
    }
    return ENT_OK;
}

static ent_code fits_show(cli_context *cli, desk *d, const joint_answer *a, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < a->fit_count; i++) {
        if (!cli->json) {
            (void)printf("%-8s %-36s %s\n", cli_text(cli, a->fits[i].owner),
                         cli_text(cli, shown(cli, d, &a->fits[i])), cli_text(cli, a->fits[i].id));
            ENT_TRY(joins_show(cli, d, a->fits[i].joins, err));
            continue;
        }
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "hypothesis", a->id);
        cli_line_text(&w, "owner", a->fits[i].owner);
        cli_line_text(&w, "id", a->fits[i].id);
        cli_line_text(&w, "name", shown(cli, d, &a->fits[i]));
        if (a->fits[i].joins.doc != NULL) {
            ent_jw_key(&w, "joins");
            ent_jw_raw(&w, ent_json_raw(a->fits[i].joins));
        }
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    }
    return ENT_OK;
}

static ent_code peers_show(cli_context *cli, const joint_answer *a, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < a->peer_count; i++) {
        const joint_peer_answer *p = &a->peers[i];

        if (!cli->json) {
            const char *text = ent_str_is(p->state, "open") ? "has not answered"
                               : ent_str_is(p->state, "refused")
                                   ? cli_text(cli, p->clause)
                                   : (p->fits ? "one of its own fits; ask by a request"
                                              : "no other of its own fits");

            (void)printf("%-8s %s\n", cli_text(cli, p->peer), text);
            continue;
        }
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "hypothesis", a->id);
        cli_line_text(&w, "peer", p->peer);
        cli_line_text(&w, "state", p->state);
        cli_line_text(&w, "clause", p->clause.size > 0 ? p->clause : ENT_STR_NONE);
        ent_jw_key(&w, "fits");
        ent_jw_bool(&w, p->fits);
        ent_jw_key(&w, "distances");
        ent_jw_int(&w, p->leaked);
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    }
    return ENT_OK;
}

/* 0: everybody asked (we too), 1: who answered, 2: who did not. */
static void coverage_list(ent_jw *w, desk *d, const joint_answer *a, const char *name, int which)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    if (which < 2)
        ent_jw_c(w, d->code);
    for (size_t i = 0; i < a->peer_count; i++) {
        bool answered = ent_str_is(a->peers[i].state, "answered");

        if (which == 0 || (which == 1) == answered)
            ent_jw_str(w, a->peers[i].peer);
    }
    ent_jw_end(w);
}

/* How many were asked, we too; how many of them answered; and how many of those hold one. */
struct coverage {
    size_t asked, answered, hold, leaked;
    ent_str silent; /* codes, with commas */
};

/* Does this service hold one of the records that are named? */
static bool names_one_of(const joint_answer *a, ent_str owner)
{
    for (size_t i = 0; i < a->fit_count; i++)
        if (ent_str_equal(a->fits[i].owner, owner))
            return true;
    return false;
}

static struct coverage coverage_of(cli_context *cli, const desk *d, const joint_answer *a)
{
    struct coverage c = { .asked = a->peer_count + 1,
                          .answered = 1,
                          .hold = names_one_of(a, ent_str_of(d->code)),
                          .silent = ENT_STR("") };

    for (size_t i = 0; i < a->peer_count; i++) {
        const joint_peer_answer *p = &a->peers[i];
        bool answered = ent_str_is(p->state, "answered");

        c.answered += answered;
        c.hold += answered && (p->fits || names_one_of(a, p->peer));
        c.leaked += (size_t)p->leaked;
        if (!answered)
            c.silent = ent_arena_printf(cli->arena, "%.*s%s%.*s", ENT_STR_ARG(c.silent),
                                        c.silent.size > 0 ? ", " : "", ENT_STR_ARG(p->peer));
    }
    return c;
}

/* "2 of 3 answered, 1 of these holds one; SVB did not, and the answer may be incomplete" */
static ent_str coverage_text(cli_context *cli, const struct coverage *c)
{
    ent_str holds = c->hold == 0 ? ENT_STR("none of them holds one")
                                 : ent_arena_printf(cli->arena, "%zu of these %s one", c->hold,
                                                    c->hold == 1 ? "holds" : "hold");

    return c->answered == c->asked
               ? ent_arena_printf(cli->arena, "%zu of %zu answered, %.*s", c->answered, c->asked,
                                  ENT_STR_ARG(holds))
               : ent_arena_printf(cli->arena,
                                  "%zu of %zu answered, %.*s; %.*s did not, and the answer may be "
                                  "incomplete",
                                  c->answered, c->asked, ENT_STR_ARG(holds),
                                  ENT_STR_ARG(c->silent));
}

static void count_write(ent_jw *w, const char *name, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_int(w, (int64_t)count);
}

/* Silence is not absence: who was asked, and who answered. */
static ent_code coverage_show(cli_context *cli, desk *d, const joint_answer *a, ent_err *err)
{
    struct coverage c = coverage_of(cli, d, a);
    ent_str text = coverage_text(cli, &c);
    size_t fits = 0;
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < a->peer_count; i++)
        fits += a->peers[i].fits;
    if (!cli->json) {
        (void)printf("%zu record%s; %s; %zu distance%s told\n", a->fit_count,
                     a->fit_count == 1 ? "" : "s", cli_text(cli, text), c.leaked,
                     c.leaked == 1 ? "" : "s");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "hypothesis", a->id);
    coverage_list(&w, d, a, "asked", 0);
    coverage_list(&w, d, a, "answered", 1);
    coverage_list(&w, d, a, "silent", 2);
    count_write(&w, "asked_count", c.asked);
    count_write(&w, "answered_count", c.answered);
    count_write(&w, "hold_count", c.hold);
    cli_line_text(&w, "coverage", text);
    count_write(&w, "records", a->fit_count);
    count_write(&w, "others_fit", fits);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code answer_show(cli_context *cli, desk *d, ent_str id, ent_err *err)
{
    joint_answer a;
    bool any;

    ENT_TRY(joint_hypothesis_get(d, cli->arena, id, &a, err));
    any = a.fit_count > 0;
    for (size_t i = 0; i < a.peer_count; i++)
        any = any || a.peers[i].fits;
    ENT_TRY(fits_show(cli, d, &a, err));
    ENT_TRY(peers_show(cli, &a, err));
    ENT_TRY(coverage_show(cli, d, &a, err));
    if (any)
        return ENT_OK;
    if (a.open)
        return ent_fail(err, ENT_RETRY,
                        "nobody so far, and not everybody has answered; `entente hypo show %.*s`",
                        ENT_STR_ARG(id));
    return ENT_NO;
}

/* ---- hypo ask ---- */

/* "LAT,LON,KM" */
static bool circle_read(const char *text, joint_region *region)
{
    char *end;

    region->lat = strtod(text, &end);
    if (end == text || *end != ',')
        return false;
    text = end + 1;
    region->lon = strtod(text, &end);
    if (end == text || *end != ',')
        return false;
    text = end + 1;
    region->km = strtod(text, &end);
    region->circle = end != text && *end == '\0';
    return region->circle;
}

static ent_code region_take(cli_context *cli, joint_region *region, ent_err *err)
{
    const char *value;

    *region = (joint_region){ .ids = ent_arena_array(cli->arena, (size_t)cli->argc + 1,
                                                     sizeof *region->ids) };
    if (region->ids == NULL)
        return ent_fail_arena(err);
    while ((value = cli_option(cli, "--region")) != NULL) {
        if (ent_str_starts(ent_str_of(value), ENT_STR("location--")))
            region->ids[region->id_count++] = ent_str_of(value);
        else if (!circle_read(value, region))
            region->name = ent_str_of(value);
    }
    if (region->circle && (region->lat < -90 || region->lat > 90 || region->lon < -180 ||
                           region->lon > 180 || !(region->km > 0)))
        return ent_fail(err, ENT_USAGE, "--region LAT,LON,KM: that is no circle on the earth");
    if (region->name.size == 0 && !region->circle && region->id_count == 0)
        return ent_fail(err, ENT_USAGE,
                        "--region is missing: a name, LAT,LON,KM or the ids of places");
    return ENT_OK;
}

static ent_code number_read(const char *text, const char *name, unsigned least, unsigned most,
                            unsigned *number, ent_err *err)
{
    char *end = NULL;
    unsigned long value;

    if (text == NULL)
        return ENT_OK;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < least || value > most)
        return ent_fail(err, ENT_USAGE, "%s '%s' is no number from %u to %u", name, text, least,
                        most);
    *number = (unsigned)value;
    return ENT_OK;
}

struct asking {
    cli_context *cli;
    joint_question question;
    const char **peers;
    size_t peer_count;
    unsigned seconds;
    char id[37];
    node_desk *nd;
};

static ent_code ask(void *arg, desk *d, ent_err *err)
{
    struct asking *a = arg;

    if (a->peer_count == 0)
        ENT_TRY(joint_peers(d, a->cli->arena, JOINT_HYPOTHESES, a->question.purpose, &a->peers,
                            &a->peer_count, err));
    return joint_hypothesis_ask(d, a->cli->arena, &a->question, a->peers, a->peer_count, a->id,
                                err);
}

static ent_code closed(void *arg, bool *yes, ent_err *err)
{
    struct asking *a = arg;
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    store_doc doc;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to look at a hypothesis");
    rc = store_doc_get(node_desk_desk(a->nd)->store, arena, "hypothesis", ent_str_of(a->id), &doc,
                       err);
    *yes = rc == ENT_OK && ent_str_is(doc.state, "closed");
    ent_arena_free(arena);
    return rc;
}

static ent_code question_take(cli_context *cli, struct asking *a, ent_err *err)
{
    const char *from = cli_option(cli, "--from"), *to = cli_option(cli, "--to"),
               *purpose = cli_option(cli, "--purpose"), *steps = cli_option(cli, "--max-steps"),
               *seconds = cli_option(cli, "--seconds"), **tied;
    ent_str *ids;
    size_t count;

    a->question.max_steps = JOINT_STEPS_DEFAULT;
    a->seconds = WAIT_DEFAULT;
    ENT_TRY(region_take(cli, &a->question.region, err));
    ENT_TRY(cli_list_option(cli, "--with", &a->peers, &a->peer_count, err));
    ENT_TRY(cli_list_option(cli, "--tied-to", &tied, &count, err));
    ENT_TRY(
        number_read(steps, "--max-steps", 0, ENT_LIMIT_HYPO_STEPS, &a->question.max_steps, err));
    ENT_TRY(number_read(seconds, "--seconds", 0, 86400, &a->seconds, err));
    ENT_TRY(cli_arguments(cli, 0, -1, err));
    if (from == NULL || to == NULL || purpose == NULL || count == 0)
        return ent_fail(err, ENT_USAGE, "--%s is missing",
                        from == NULL ? "from DATE"
                        : to == NULL ? "to DATE"
                        : count == 0 ? "tied-to ID"
                                     : "purpose PURPOSE");
    ids = ent_arena_array(cli->arena, count + (size_t)cli->argc, sizeof *ids);
    if (ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        ids[i] = ent_str_of(tied[i]);
    for (int i = 0; i < cli->argc; i++) /* --tied-to A B C */
        ids[count++] = ent_str_of(cli->argv[i]);
    a->question.from = ent_str_of(from);
    a->question.to = ent_str_of(to);
    a->question.purpose = ent_str_of(purpose);
    a->question.tied_to = ids;
    a->question.tied_count = count;
    return ENT_OK;
}

static ent_code ask_run(cli_context *cli, ent_err *err)
{
    struct asking a = { .cli = cli };
    desk_officer officer;
    ent_code rc;

    ENT_TRY(question_take(cli, &a, err));
    ENT_TRY(cli_desk(cli, &a.nd, err));
    ENT_TRY(cli_officer(cli, a.nd, &officer, err));
    a.question.asked_by = ent_str_of(officer.name);
    ENT_TRY(cli_desk_work(cli, a.nd, ask, &a, err));
    rc = node_desk_wait(a.nd, closed, &a, a.seconds, err);
    if (rc != ENT_OK && rc != ENT_RETRY)
        return rc;
    *err = (ent_err){ 0 };
    return answer_show(cli, node_desk_desk(a.nd), ent_str_of(a.id), err);
}

const cli_command cli_hypo_ask = {
    .name = "hypo ask",
    .usage = "--region R --from D --to D --tied-to ID... --purpose P [--with PEER...]",
    .summary = "who was in a region then, and is tied to one of these?",
    .help =
        "Asks every partner whose agreement has hypotheses for this purpose (or --with).  Each\n"
        "answers from its own records: it names those that it has released to this node, of\n"
        "all others it says only that one of its own fits.  Witnesses, victims, minors and\n"
        "silent records are in no answer.  The region is a name that the nodes have defined\n"
        "(`hypo region`), LAT,LON,KM, or the ids of places.  A tie is a path of evidence of at\n"
        "most --max-steps (8) steps; where it goes over two records that two officers said are\n"
        "one person, the answer names their statement.  The last line says who was asked and\n"
        "who is silent: silence is not absence.\n"
        "Exit status 1: nobody.  75: nobody yet, and not all answered.\n\n"
        "  entente hypo ask --region Dramos --from 2024-10-25 --to 2024-10-31 \\\n"
        "      --tied-to incident--... --purpose CT-INV --as analyst\n",
    .run = ask_run,
};

/* ---- hypo list, show, region ---- */

static ent_code row_show(cli_context *cli, desk *d, ent_str id, ent_err *err)
{
    joint_answer a;
    ent_str from, to, region;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(joint_hypothesis_get(d, cli->arena, id, &a, err));
    from = ent_json_get_text(a.question, "from");
    to = ent_json_get_text(a.question, "to");
    region = ent_json_get_text(ent_json_get(a.question, "region"), "name");
    if (!cli->json) {
        const char *basis;

        ENT_TRY(cli_basis_text(cli, id, &basis, err));
        (void)printf("%-36s  %-7s %-10s %-10s %s%s\n", cli_text(cli, id), cli_text(cli, a.state),
                     cli_text(cli, from), cli_text(cli, to),
                     region.size > 0 ? cli_text(cli, region) : "(places)", basis);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "hypothesis", id);
    cli_line_text(&w, "state", a.state);
    ENT_TRY(cli_basis_json(cli, id, &w, err));
    ent_jw_key(&w, "question");
    ent_jw_raw(&w, ent_json_raw(a.question));
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;
    ent_str *ids;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_hypothesis_list(node_desk_desk(nd), cli->arena, &ids, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(row_show(cli, node_desk_desk(nd), ids[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_hypo_list = {
    .name = "hypo list",
    .usage = "",
    .summary = "list the hypotheses that were asked here",
    .help = "Those asked by this node; what others asked of it is in its link logs.\n\n"
            "  entente hypo list\n",
    .run = list_run,
};

static ent_code show_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return answer_show(cli, node_desk_desk(nd), ent_str_of(cli->argv[0]), err);
}

const cli_command cli_hypo_show = {
    .name = "hypo show",
    .usage = "ID",
    .summary = "what came of a hypothesis so far",
    .help = "As `hypo ask` shows it.  Partners who were offline answer when they are back.\n\n"
            "  entente hypo show 5e0f...\n",
    .run = show_run,
};

struct region_row {
    cli_context *cli;
    ent_str name;
    ent_str *ids;
    size_t count;
};

static ent_code region_put(void *arg, desk *d, ent_err *err)
{
    struct region_row *r = arg;

    return joint_region_put(d, r->cli->arena, r->name, r->ids, r->count, err);
}

static ent_code region_run(cli_context *cli, ent_err *err)
{
    struct region_row r = { .cli = cli };
    desk_officer officer;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, -1, err));
    r.name = ent_str_of(cli->argv[0]);
    r.count = (size_t)cli->argc - 1;
    r.ids = ent_arena_array(cli->arena, r.count + 1, sizeof *r.ids);
    if (r.ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < r.count; i++)
        r.ids[i] = ent_str_of(cli->argv[i + 1]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    ENT_TRY(cli_desk_work(cli, nd, region_put, &r, err));
    if (!cli->json)
        (void)printf("region %s: %zu place%s\n", cli_text(cli, r.name), r.count,
                     r.count == 1 ? "" : "s");
    return ENT_OK;
}

const cli_command cli_hypo_region = {
    .name = "hypo region",
    .usage = "NAME [LOCATION-ID...]",
    .summary = "say which of our places a region's name means",
    .help = "Partners agree on names of regions; each says for itself which of its places, and\n"
            "whatever is located in them, belong to it.  Without a place the region is empty\n"
            "here.  A region that is not defined here is taken by its coordinates, if it has.\n\n"
            "  entente hypo region \"Ras Murjan\" location--... location--... --as analyst\n",
    .run = region_run,
};
