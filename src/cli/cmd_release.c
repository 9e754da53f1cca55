/* entente release ..., consent add, recall -- exactly the chosen fields, by two persons. */
#include "cli/desk.h"

#include "desk/onward.h"
#include "desk/trace.h"

struct work {
    cli_context *cli;
    desk_draft_request request;
    desk_gate_result result;
    desk_draft_state state;
    desk_officer officer;
    ent_str id, text, note;
};

/* ---- what stands and what is missing ---- */

static void texts_write(ent_jw *w, const char *name, const ent_str *texts, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, texts[i]);
    ent_jw_end(w);
}

static void texts_print(cli_context *cli, const char *title, const ent_str *texts, size_t count)
{
    (void)printf("%s", title);
    for (size_t i = 0; i < count; i++)
        (void)printf("%s%s", i == 0 ? "" : ", ", cli_text(cli, texts[i]));
    (void)printf("\n");
}

static ent_code state_show(cli_context *cli, const desk_draft_state *s, ent_err *err)
{
    bool sent = strcmp(s->state, "sent") == 0, changed = strcmp(s->state, "changed") == 0;
    ent_buf buf;
    ent_jw w;

    if (cli->json) {
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "draft", s->id);
        cli_line_c(&w, "state", s->state);
        texts_write(&w, "approvals", s->approvals, s->approval_count);
        texts_write(&w, "missing", s->missing, s->missing_count);
        if (sent)
            cli_line_text(&w, "release", s->id);
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    } else {
        (void)printf("draft %.*s: %s\n", ENT_STR_ARG(s->id), s->state);
        texts_print(cli, "  approved by  ", s->approvals, s->approval_count);
        if (!sent)
            texts_print(cli, "  missing      ", s->missing, s->missing_count);
    }
    if (changed)
        return ent_fail(err, ENT_CONFLICT,
                        "the records have changed since this was drafted; it is drafted anew, and "
                        "its approvals are void [law 6]");
    return ENT_OK;
}

/* ---- draft ---- */

static ent_code draft(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_release_draft(d, w->cli->arena, &w->request, &w->result, &w->state, err);
}

static ent_code draft_line(cli_context *cli, const struct work *work, ent_err *err)
{
    const desk_gate_result *r = &work->result;
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "draft", work->state.id);
    cli_line_c(&w, "to", work->request.peer);
    cli_line_text(&w, "purpose", work->request.purpose);
    cli_line_text(&w, "agreement", r->terms.policy.id);
    ent_jw_key(&w, "objects");
    ent_jw_array(&w);
    for (size_t i = 0; i < r->count; i++) {
        ent_jw_object(&w);
        cli_line_text(&w, "id", r->objects[i].id);
        cli_line_text(&w, "type", r->objects[i].type);
        cli_line_text(&w, "sent_as", r->objects[i].sent_as);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_key(&w, "evidence");
    ent_jw_array(&w);
    for (size_t i = 0; i < r->evidence_count; i++) {
        ent_jw_object(&w);
        cli_line_text(&w, "object", r->evidence[i].object);
        cli_line_c(&w, "hash", r->evidence[i].file.hash);
        cli_line_text(&w, "type", r->evidence[i].file.type);
        ent_jw_key(&w, "size");
        ent_jw_int(&w, r->evidence[i].file.size);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_key(&w, "withheld");
    ent_jw_array(&w);
    for (size_t i = 0; i < r->withheld.count; i++) {
        ent_jw_object(&w);
        cli_line_text(&w, "id", r->withheld.items[i].id);
        cli_line_text(&w, "property", r->withheld.items[i].property);
        cli_line_said(&w, "reason", ent_str_of(r->withheld.items[i].reason));
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    texts_write(&w, "missing", work->state.missing, work->state.missing_count);
    return cli_line_end(cli, &buf, &w, err);
}

static void draft_text(cli_context *cli, const struct work *work)
{
    const desk_gate_result *r = &work->result;

    (void)printf("draft %.*s to %s for %s\n\n", ENT_STR_ARG(work->state.id), work->request.peer,
                 cli_text(cli, work->request.purpose));
    for (size_t i = 0; i < r->count; i++)
        (void)printf("  goes      %-20s %s\n", cli_text(cli, r->objects[i].type),
                     cli_text(cli, r->objects[i].id));
    for (size_t i = 0; i < r->evidence_count; i++)
        (void)printf("  goes      %-20s %s of %s\n", cli_text(cli, r->evidence[i].file.type),
                     r->evidence[i].file.hash, cli_text(cli, r->evidence[i].object));
    for (size_t i = 0; i < r->withheld.count; i++)
        (void)printf("  withheld  %-20s %s: %s\n", cli_text(cli, r->withheld.items[i].property),
                     cli_text(cli, r->withheld.items[i].id), r->withheld.items[i].reason);
    (void)printf("\n");
    texts_print(cli, "  missing   ", work->state.missing, work->state.missing_count);
}

static ent_code texts_of(cli_context *cli, const char **from, size_t count, ent_str **texts,
                         ent_err *err)
{
    *texts = ent_arena_array(cli->arena, count + 1, sizeof **texts);
    if (*texts == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        (*texts)[i] = ent_str_of(from[i]);
    return ENT_OK;
}

static ent_code draft_run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--to"), *purpose = cli_option(cli, "--purpose"), **fields,
               **granted, **hashes, **persons;
    struct work work = { .cli = cli };
    ent_str *ids, *grants, *evidence, *named;
    node_desk *nd;

    work.request.tearline = ent_str_of(cli_option(cli, "--tearline"));
    ENT_TRY(cli_list_option(cli, "--fields", &fields, &work.request.field_count, err));
    ENT_TRY(cli_list_option(cli, "--evidence", &hashes, &work.request.evidence_count, err));
    ENT_TRY(cli_list_option(cli, "--for", &persons, &work.request.named_count, err));
    work.request.fields = fields;
    ENT_TRY(cli_list_option(cli, "--onward", &granted, &work.request.grant_count, err));
    ENT_TRY(cli_arguments(cli, work.request.grant_count > 0 ? 0 : 1, -1, err));
    if (peer == NULL || purpose == NULL)
        return ent_fail(err, ENT_USAGE, "--%s is missing",
                        peer == NULL ? "to PEER" : "purpose PURPOSE");
    ids = ent_arena_array(cli->arena, (size_t)cli->argc + 1, sizeof *ids);
    ENT_TRY(texts_of(cli, hashes, work.request.evidence_count, &evidence, err));
    ENT_TRY(texts_of(cli, persons, work.request.named_count, &named, err));
    ENT_TRY(texts_of(cli, granted, work.request.grant_count, &grants, err));
    if (ids == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < cli->argc; i++)
        ids[i] = ent_str_of(cli->argv[i]);
    work.request.evidence = evidence;
    work.request.named = named;
    work.request.grants = grants;
    work.request.peer = peer;
    work.request.purpose = ent_str_of(purpose);
    work.request.ids = ids;
    work.request.id_count = (size_t)cli->argc;
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    work.request.drafter = work.officer.name;
    ENT_TRY(cli_desk_work(cli, nd, draft, &work, err));
    if (cli->json)
        return draft_line(cli, &work, err);
    draft_text(cli, &work);
    return ENT_OK;
}

const cli_command cli_release_draft = {
    .name = "release draft",
    .usage = "ID... --to PEER --purpose P [--fields A,B] [--evidence H,...] "
             "[--tearline TEXT] [--onward R] [--for NAME,...] --as USER",
    .summary = "draft a release: what of these records would leave, and what not",
    .help =
        "Only listed properties of each type leave (names, numbers, times, places), and of those\n"
        "only --fields if it is given.  Notes, authors and sources stay.  Links between records\n"
        "that the peer then has come along.  --tearline is a text that goes with it.  Files that\n"
        "are attached to the records (`evidence list`) stay, but for those that --evidence names\n"
        "by their hash.  Nothing leaves until two disclosure officers, other than who drafts,\n"
        "have approved.  --onward REQUEST puts in what an owner has granted to go on (`entente\n"
        "onward`); then no ID is needed.\n\n"
        "--for NAME,... makes it one for these users of the peer's node and nobody else there:\n"
        "they alone find and read it, and every reading stays in its journal.  TLP:RED needs\n"
        "it.  What everybody there was given already cannot be narrowed so.\n\n"
        "  entente release draft identity--0b51... --to SVB --purpose CT-INV --as ana\n",
    .run = draft_run,
};

/* ---- approve ---- */

static ent_code approve(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_release_approve(d, w->cli->arena, w->id, &w->officer, &w->state, err);
}

static ent_code approve_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    work.id = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, approve, &work, err));
    return state_show(cli, &work.state, err);
}

const cli_command cli_release_approve = {
    .name = "release approve",
    .usage = "DRAFT --as OFFICER",
    .summary = "approve a draft; with the last approval it is sent",
    .help =
        "Two different disclosure officers approve, neither of them its drafter; for a witness,\n"
        "victim or minor the legal officer too.  An approval is a signature under the very\n"
        "bytes: if a record has changed, the draft stands anew and approvals are void (exit "
        "65).\n\n"
        "  entente release approve 6f1c... --as fdo1\n",
    .run = approve_run,
};

/* ---- consent ---- */

static ent_code consent(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_consent_add(d, w->cli->arena, w->id, w->text, w->note, &w->officer, &w->state, err);
}

static ent_code consent_run(cli_context *cli, ent_err *err)
{
    const char *to = cli_option(cli, "--for"), *note = cli_option(cli, "--note");
    struct work work = { .cli = cli, .note = ent_str_of(note == NULL ? "" : note) };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (to == NULL)
        return ent_fail(err, ENT_USAGE, "--for DRAFT is missing");
    work.text = ent_str_of(cli->argv[0]);
    work.id = ent_str_of(to);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, consent, &work, err));
    return state_show(cli, &work.state, err);
}

const cli_command cli_consent_add = {
    .name = "consent add",
    .usage = "ORIGINATOR --for DRAFT [--note TEXT] --as OFFICER",
    .summary = "put down that an originator has consented to a draft",
    .help = "Records under an originator's control leave only with its consent, each time.  The\n"
            "consent holds for the draft as it is; the note says how it was given.\n\n"
            "  entente consent add 'Civil Guard' --for 6f1c... --note 'letter 12/24' --as lia\n",
    .run = consent_run,
};

/* ---- list ---- */

static ent_code release_show(cli_context *cli, ent_json r, ent_err *err)
{
    bool out = ent_str_is(ent_json_get_text(r, "direction"), "out");
    ent_json objects = ent_json_get(r, "objects");
    ent_buf buf;

    if (cli->json) {
        ent_buf_init(&buf, cli->arena);
        ent_buf_str(&buf, ent_json_raw(r));
        return cli_json_line(cli, &buf, err);
    }
    (void)printf("%s  %s %-8s %-9s %s  %zu object%s\n",
                 cli_text(cli, ent_json_get_text(r, "release")), out ? "to  " : "from",
                 cli_text(cli, ent_json_get_text(r, "peer")),
                 cli_text(cli, ent_json_get_text(r, "state")),
                 cli_text(cli, ent_json_get_text(r, "purpose")), ent_json_count(objects),
                 ent_json_count(objects) == 1 ? "" : "s");
    for (ent_json v = ent_json_first(objects); v.doc != NULL && !out; v = ent_json_next(v))
        (void)printf("    %-8s %-3s %-12s until %-10s %s\n",
                     cli_text(cli, ent_json_get_text(v, "owner")),
                     cli_text(cli, ent_json_get_text(v, "rating")),
                     cli_text(cli, ent_json_get_text(v, "category")),
                     cli_text(cli, ent_json_get_text(v, "retention")),
                     cli_text(cli, ent_json_get_text(v, "id")));
    return ENT_OK;
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--peer");
    ent_json *releases;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_release_list(node_desk_desk(nd), cli->arena, peer, &releases, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(release_show(cli, releases[i], err));
    return ENT_OK;
}

const cli_command cli_release_list = {
    .name = "release list",
    .usage = "[--peer PEER]",
    .summary = "list what was released to peers and by them, with receipts",
    .help =
        "Of what came in, each record is shown with its owner, rating, category and retention.\n\n"
        "  entente release list --peer SVB --json\n",
    .run = list_run,
};

/* ---- recall ---- */

static ent_code recall(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_release_recall(d, w->cli->arena, w->id, w->text, &w->officer, err);
}

static ent_code recall_run(cli_context *cli, ent_err *err)
{
    const char *reason = cli_option(cli, "--reason");
    struct work work = { .cli = cli, .text = ent_str_of(reason) };
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (reason == NULL)
        return ent_fail(err, ENT_USAGE, "--reason TEXT is missing");
    work.id = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, recall, &work, err));
    if (!cli->json) {
        (void)printf("release %s is called back; `entente release list` shows when it is erased\n",
                     cli->argv[0]);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "release", work.id);
    cli_line_c(&w, "state", "recalled");
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_recall = {
    .name = "recall",
    .usage = "RELEASE --reason TEXT --as OFFICER",
    .summary = "call a release back: the peer erases it and says so",
    .help =
        "One disclosure or legal officer suffices, for it only takes away.  The peer erases the\n"
        "records of the release that no other release gave it, and refuses the release for "
        "ever.\n\n"
        "  entente recall 6f1c... --reason 'mistaken identity' --as fdo1\n",
    .run = recall_run,
};

/* ---- trace ---- */

static ent_code trace_run(cli_context *cli, ent_err *err)
{
    ent_json *lines;
    node_desk *nd;
    size_t count;
    ent_buf buf;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(
        desk_trace(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), &lines, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (cli->json) {
            ent_buf_init(&buf, cli->arena);
            ent_buf_str(&buf, ent_json_raw(lines[i]));
            ENT_TRY(cli_json_line(cli, &buf, err));
            continue;
        }
        (void)printf("%s %-8s %-9s %s  release %s\n",
                     ent_str_is(ent_json_get_text(lines[i], "direction"), "out") ? "to  " : "from",
                     cli_text(cli, ent_json_get_text(lines[i], "peer")),
                     cli_text(cli, ent_json_get_text(lines[i], "state")),
                     cli_text(cli, ent_json_get_text(lines[i], "time")),
                     cli_text(cli, ent_json_get_text(lines[i], "release")));
    }
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_trace = {
    .name = "trace",
    .usage = "ID",
    .summary = "show every release that a record was in: where it went, where it came from",
    .help = "Exit 1 if it was in none.\n\n"
            "  entente trace identity--0b51...\n",
    .run = trace_run,
};

/* ---- correct ---- */

struct correction {
    struct work work;
    desk_holder *holders;
    size_t count, at;
    ent_str object, *grants;
    size_t grant_count;
};

/* Third nodes, through whoever carried it to them. */
static ent_code correct_grants(void *arg, desk *d, ent_err *err)
{
    struct correction *c = arg;

    return desk_onward_correct(d, c->work.cli->arena, c->object, c->work.text, c->work.officer.name,
                               &c->grants, &c->grant_count, err);
}

static ent_code grant_show(cli_context *cli, ent_str draft, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("draft %s of a grant that corrects what went on\n", cli_text(cli, draft));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "draft", draft);
    cli_line_c(&w, "kind", "onward");
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code correct(void *arg, desk *d, ent_err *err)
{
    struct correction *c = arg;
    struct work *w = &c->work;

    w->request = c->holders[c->at].request;
    w->request.drafter = w->officer.name;
    w->request.reason = w->text;
    return desk_release_draft(d, w->cli->arena, &w->request, &w->result, &w->state, err);
}

static ent_code correct_run(cli_context *cli, ent_err *err)
{
    const char *reason = cli_option(cli, "--reason");
    struct correction c = { .work = { .cli = cli, .text = ent_str_of(reason) } };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (c.work.text.size == 0)
        return ent_fail(err, ENT_USAGE, "--reason TEXT is missing");
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &c.work.officer, err));
    ENT_TRY(desk_holders(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), &c.holders,
                         &c.count, err));
    for (c.at = 0; c.at < c.count; c.at++) {
        ENT_TRY(cli_desk_work(cli, nd, correct, &c, err));
        if (cli->json)
            ENT_TRY(draft_line(cli, &c.work, err));
        else
            draft_text(cli, &c.work);
    }
    c.object = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_desk_work(cli, nd, correct_grants, &c, err));
    for (size_t i = 0; i < c.grant_count; i++)
        ENT_TRY(grant_show(cli, c.grants[i], err));
    if (c.count + c.grant_count == 0)
        return ent_fail(err, ENT_NO, "no peer has '%s'", cli->argv[0]);
    return ENT_OK;
}

const cli_command cli_correct = {
    .name = "correct",
    .usage = "ID --reason TEXT --as USER",
    .summary = "correct a released record: draft its newer version for every peer that has it",
    .help =
        "Import the corrected record first (same id, newer `modified`).  This drafts it, with the\n"
        "fields and the purpose of the release before, for each peer that has it, and for each\n"
        "third node that it went on to by grant; two officers approve as always.  A holder "
        "applies\n"
        "a correction before anything else that came with it; what rests on the record is flagged\n"
        "there and here (`entente basis list`), and the old version stays in `entente history`.\n"
        "A record without versions is called back and released anew.\n\n"
        "  entente correct identity--0b51... --reason 'the date was misread' --as ana\n",
    .run = correct_run,
};
