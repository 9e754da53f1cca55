/* entente same ... -- two records are one person, say two people; reversible. */
#include "cli/same.h"

#include "cli/desk.h"
#include "persons/suggest.h"

#include <stdlib.h>

#define SUGGESTIONS_DEFAULT 20

/* ---- how a statement is shown ---- */

static void reasons_write(ent_jw *w, const resolve_statement *said)
{
    cli_line_said_list(w, "why", said->reasons, said->reason_count);
}

void cli_same_write(ent_jw *w, const persons_same *same)
{
    cli_line_text(w, "id", same->id);
    cli_line_text(w, "state", same->state);
    cli_line_c(w, "says", same->said.kind == RESOLVE_NEVER ? "never" : "same");
    cli_line_text(w, "a", same->said.a);
    cli_line_text(w, "b", same->said.b);
    if (same->said.kind == RESOLVE_SAME) {
        ent_jw_key(w, "score");
        ent_jw_double(w, same->said.score);
    }
    reasons_write(w, &same->said);
    if (same->peer.size > 0) {
        cli_line_text(w, "peer", same->peer);
        cli_line_text(w, "purpose", same->purpose);
    }
    ent_jw_key(w, "acts");
    ent_jw_array(w);
    for (size_t i = 0; i < same->act_count; i++) {
        const persons_act *act = &same->acts[i];

        ent_jw_object(w);
        cli_line_text(w, "act", act->act);
        cli_line_text(w, "by", act->by);
        cli_line_text(w, "node", act->node);
        cli_line_text(w, "role", act->role);
        cli_line_text(w, "at", act->at);
        if (act->why.size > 0)
            cli_line_text(w, "why", act->why);
        ent_jw_key(w, "signed");
        ent_jw_bool(w, act->holds);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

void cli_same_text(cli_context *cli, const persons_same *same)
{
    const resolve_statement *said = &same->said;

    (void)printf("%s  %-9s %s\n", cli_text(cli, same->id), cli_text(cli, same->state),
                 said->kind == RESOLVE_NEVER ? "never the same" : "the same person");
    (void)printf("  %s\n  %s\n", cli_text(cli, said->a), cli_text(cli, said->b));
    if (said->score > 0)
        (void)printf("  score %.3f\n", said->score);
    for (size_t i = 0; i < said->reason_count; i++)
        (void)printf("  - %s\n", cli_text(cli, said->reasons[i]));
    if (same->peer.size > 0)
        (void)printf("  shared with %s for %s\n", cli_text(cli, same->peer),
                     cli_text(cli, same->purpose));
    for (size_t i = 0; i < same->act_count; i++) {
        const persons_act *act = &same->acts[i];

        (void)printf("  %-8s %s  %s/%s (%s)%s%s%s\n", cli_text(cli, act->act),
                     cli_text(cli, act->at), cli_text(cli, act->node), cli_text(cli, act->by),
                     cli_text(cli, act->role), act->why.size > 0 ? ": " : "",
                     cli_text(cli, act->why), act->holds ? "" : "  SIGNATURE DOES NOT HOLD");
    }
}

static ent_code same_show(cli_context *cli, const persons_same *same, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        const char *basis;

        cli_same_text(cli, same);
        ENT_TRY(cli_basis_text(cli, same->id, &basis, err));
        if (basis[0] != '\0')
            (void)printf("%s\n", basis);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_same_write(&w, same);
    ENT_TRY(cli_basis_json(cli, same->id, &w, err));
    return cli_line_end(cli, &buf, &w, err);
}

/* ---- what changes something ---- */

struct work {
    cli_context *cli;
    persons_wish wish;
    desk_officer officer;
    ent_str id;
    persons_same same;
};

static ent_code propose(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return persons_propose(d, w->cli->arena, &w->wish, &w->same, err);
}

static ent_code never(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return persons_never(d, w->cli->arena, &w->wish, &w->same, err);
}

static ent_code confirm(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return persons_confirm(d, w->cli->arena, w->id, &w->officer, &w->same, err);
}

static ent_code undo(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return persons_undo(d, w->cli->arena, w->id, w->wish.why, &w->officer, &w->same, err);
}

/* The options all of them take, then `arguments` ids; then the work, and what came of it. */
static ent_code work_run(cli_context *cli, int arguments, cli_work work, ent_err *err)
{
    struct work w = { .cli = cli };
    node_desk *nd;

    w.wish.why = ent_str_of(cli_option(cli, "--reason"));
    if (arguments == 2) {
        w.wish.peer = cli_option(cli, "--with");
        w.wish.purpose = ent_str_of(cli_option(cli, "--purpose"));
    }
    ENT_TRY(cli_arguments(cli, arguments, arguments, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &w.officer, err));
    w.wish.officer = &w.officer;
    w.id = w.wish.a = ent_str_of(cli->argv[0]);
    if (arguments == 2)
        w.wish.b = ent_str_of(cli->argv[1]);
    ENT_TRY(cli_desk_work(cli, nd, work, &w, err));
    return same_show(cli, &w.same, err);
}

static ent_code propose_run(cli_context *cli, ent_err *err)
{
    return work_run(cli, 2, propose, err);
}

static ent_code never_run(cli_context *cli, ent_err *err)
{
    return work_run(cli, 2, never, err);
}

static ent_code confirm_run(cli_context *cli, ent_err *err)
{
    return work_run(cli, 1, confirm, err);
}

static ent_code undo_run(cli_context *cli, ent_err *err)
{
    return work_run(cli, 1, undo, err);
}

const cli_command cli_same_propose = {
    .name = "same propose",
    .usage = "A B [--reason TEXT] [--with PEER --purpose P]",
    .summary = "say that two records are one person; a second person confirms it",
    .help =
        "A and B are ids of two held identities, own or received.  The statement carries its\n"
        "evidence (score and reasons) and your signature; it joins nothing until a second,\n"
        "different analyst confirms it.  Records are never merged.  Refused: a witness, victim\n"
        "or minor; the holder and the user of a stolen document; what somebody said is never\n"
        "the same.  With --with the statement goes to PEER, who must know both records, and one\n"
        "of PEER's analysts confirms it.  Needs --as of an analyst.\n\n"
        "  entente --as v.analyst same propose identity--4c1b... identity--77f0...\n",
    .run = propose_run,
};

const cli_command cli_same_confirm = {
    .name = "same confirm",
    .usage = "ID",
    .summary = "confirm, as a second person, that two records are one",
    .help = "ID is the statement's.  Who proposed it cannot confirm it; of a statement that is\n"
            "shared with a peer, the side that did not propose it confirms.  From then on the two\n"
            "records stand on one page and paths may pass from one to the other.\n\n"
            "  entente --as v.second same confirm 2f6c...\n",
    .run = confirm_run,
};

const cli_command cli_same_undo = {
    .name = "same undo",
    .usage = "ID [--reason TEXT]",
    .summary = "take a statement back: both records are as they were, with all their links",
    .help =
        "Takes back a proposal, a confirmed join or a \"never\" (that one by somebody else than\n"
        "who said it).  The statement stays on record, with who took it back and why; a peer\n"
        "with whom it was shared is told.\n\n"
        "  entente --as v.analyst same undo 2f6c... --reason 'another year of birth'\n",
    .run = undo_run,
};

const cli_command cli_same_never = {
    .name = "same never",
    .usage = "A B [--reason TEXT] [--with PEER --purpose P]",
    .summary = "say that two records are never one person",
    .help =
        "Stronger than any join: the two are not suggested or proposed any more, and a join that\n"
        "brings them together, directly or through others, has no effect while this stands.\n\n"
        "  entente --as c.legal same never identity--0a11... identity--93d5... \\\n"
        "          --reason 'redress RD-C-01'\n",
    .run = never_run,
};

/* ---- list ---- */

static ent_code list_run(cli_context *cli, ent_err *err)
{
    const char *state = cli_option(cli, "--state"), *peer = cli_option(cli, "--peer");
    persons_same *list;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(persons_same_list(node_desk_desk(nd), cli->arena, state, peer, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(same_show(cli, &list[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_same_list = {
    .name = "same list",
    .usage = "[--state proposed|confirmed|never|undone] [--peer PEER]",
    .summary = "list the same-person statements, with who said and confirmed them",
    .help = "What stands, what waits for a second person, and what was taken back.\n\n"
            "  entente same list --state proposed\n",
    .run = list_run,
};

/* ---- suggest ---- */

static ent_code suggestion_show(cli_context *cli, const persons_suggestion *s, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf(
            "%.3f  %-9s %s  %s\n%17s%s  %s\n", s->said.score, names_decision_name(s->decision),
            cli_text(cli, s->a->id), cli_text(cli, ent_json_get_text(s->a->object, "name")), "",
            cli_text(cli, s->b->id), cli_text(cli, ent_json_get_text(s->b->object, "name")));
        for (size_t i = 0; i < s->said.reason_count; i++)
            (void)printf("%17s- %s\n", "", cli_text(cli, s->said.reasons[i]));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "a", s->a->id);
    cli_line_text(&w, "b", s->b->id);
    ent_jw_key(&w, "score");
    ent_jw_double(&w, s->said.score);
    cli_line_c(&w, "decision", names_decision_name(s->decision));
    reasons_write(&w, &s->said);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code limit_read(cli_context *cli, size_t *limit, ent_err *err)
{
    const char *text = cli_option(cli, "--limit");
    char *end = NULL;
    unsigned long value;

    *limit = SUGGESTIONS_DEFAULT;
    if (text == NULL)
        return ENT_OK;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < 1 || value > 100000)
        return ent_fail(err, ENT_USAGE, "--limit is a number from 1 to 100000, not '%s'", text);
    *limit = value;
    return ENT_OK;
}

static ent_code suggest_run(cli_context *cli, ent_err *err)
{
    persons_suggestion *list;
    size_t limit, count;
    node_desk *nd;

    ENT_TRY(limit_read(cli, &limit, err));
    ENT_TRY(cli_arguments(cli, 0, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(persons_suggest(node_desk_desk(nd), cli->arena,
                            cli->argc > 0 ? ent_str_of(cli->argv[0]) : ENT_STR_NONE, limit, &list,
                            &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(suggestion_show(cli, &list[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_same_suggest = {
    .name = "same suggest",
    .usage = "[ID] [--limit N]",
    .summary = "records that may be one person: scored, decided, and why",
    .help = "Of the record ID, or among all held identities, the pairs that a person should look\n"
            "at, best first (20, or --limit).  Nothing is joined.  Silent and protected records,\n"
            "and pairs that are settled or proposed already, are not suggested.  Of ID, somebody\n"
            "whose name nobody knew (category unknown) is suggested by a telephone, document or\n"
            "account that both show, without a score.  Exit 1: none.\n\n"
            "  entente same suggest identity--4c1b... --json\n",
    .run = suggest_run,
};
