/* entente repeat draft, approve, write, messages -- granted facts to an outsider. */
#include "cli/desk.h"
#include "cli/holding.h"

#include "base/hash.h"
#include "joint/message.h"

struct work {
    cli_context *cli;
    ent_str id;
    desk_officer officer;
    joint_message m;
};

static ent_code message_json(cli_context *cli, const joint_message *m, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "message", m->id);
    cli_line_text(&w, "state", m->state);
    cli_line_text(&w, "outsider", m->outsider);
    cli_line_text(&w, "purpose", m->purpose);
    cli_line_text(&w, "text", m->text);
    cli_line_text(&w, "drafter", m->drafter);
    ENT_TRY(cli_basis_json(cli, m->id, &w, err));
    ent_jw_key(&w, "facts");
    ent_jw_array(&w);
    for (size_t i = 0; i < m->count; i++) {
        ent_jw_object(&w);
        cli_line_text(&w, "id", m->facts[i].id);
        cli_line_text(&w, "owner", m->facts[i].owner);
        cli_line_text(&w, "consent", m->facts[i].consent);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_key(&w, "approved_by");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(m->approvals); v.doc != NULL; v = ent_json_next(v))
        ent_jw_str(&w, ent_json_get_text(v, "officer"));
    ent_jw_end(&w);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code message_show(cli_context *cli, const joint_message *m, ent_err *err)
{
    const char *basis;

    if (cli->json)
        return message_json(cli, m, err);
    ENT_TRY(cli_basis_text(cli, m->id, &basis, err));
    (void)printf("%-36s  %-9s to %s%s\n    %s\n", cli_text(cli, m->id), cli_text(cli, m->state),
                 cli_text(cli, m->outsider), basis, cli_text(cli, m->text));
    for (size_t i = 0; i < m->count; i++)
        (void)printf("    %s of %s\n", cli_text(cli, m->facts[i].id),
                     cli_text(cli, m->facts[i].owner));
    return ENT_OK;
}

/* ---- draft ---- */

static ent_code draft(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_message_draft(d, w->cli->arena, &w->m, err);
}

static ent_code draft_run(cli_context *cli, ent_err *err)
{
    const char *to = cli_option(cli, "--to"), *purpose = cli_option(cli, "--purpose"),
               *text = cli_option(cli, "--text");
    struct work w = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, -1, err));
    if (to == NULL || purpose == NULL || text == NULL)
        return ent_fail(err, ENT_USAGE, "--to OUTSIDER, --purpose P and --text TEXT are wanted");
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &w.officer, err));
    w.m = (joint_message){ .outsider = ent_str_of(to),
                           .purpose = ent_str_of(purpose),
                           .text = ent_str_of(text),
                           .drafter = ent_str_of(w.officer.name),
                           .count = (size_t)cli->argc };
    w.m.facts = ent_arena_array(cli->arena, w.m.count, sizeof *w.m.facts);
    if (w.m.facts == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w.m.count; i++)
        w.m.facts[i].id = ent_str_of(cli->argv[i]);
    ENT_TRY(cli_desk_work(cli, nd, draft, &w, err));
    return message_show(cli, &w.m, err);
}

const cli_command cli_repeat_draft = {
    .name = "repeat draft",
    .usage = "ID... --to OUTSIDER --purpose P --text TEXT --as USER",
    .summary = "draft a message to an outsider, with facts that were granted for it",
    .help =
        "Every fact is a partner's, and its owner has granted it to this outsider (`repeat\n"
        "ask`): one that is not stops the message, as does a reference to anything that is\n"
        "not in it.  A disclosure officer and then the legal officer approve it; nothing calls\n"
        "it back.\n\n"
        "  entente repeat draft identity--... --to Kestria --purpose CT-INV \\\n"
        "      --text 'please look for him at Dramos' --as case\n",
    .run = draft_run,
};

/* ---- approve ---- */

static ent_code approve(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_message_approve(d, w->cli->arena, w->id, &w->officer, &w->m, err);
}

static ent_code approve_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.id = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &w.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, approve, &w, err));
    return message_show(cli, &w.m, err);
}

const cli_command cli_repeat_approve = {
    .name = "repeat approve",
    .usage = "MESSAGE --as OFFICER",
    .summary = "approve a message to an outsider: a disclosure officer, then the legal officer",
    .help =
        "Each signs the words and the hash of every fact.  Who drafted it does not approve it.\n\n"
        "  entente repeat approve 6f1c... --as fdo1\n"
        "  entente repeat approve 6f1c... --as legal\n",
    .run = approve_run,
};

/* ---- write ---- */

static ent_code write_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_message_write(d, w->cli->arena, w->id, &w->m, err);
}

static void fact_write(const joint_fact *f, ent_jw *w)
{
    ent_hash hash = ent_hash_of(f->bytes.ptr, f->bytes.size);

    ent_jw_object(w);
    cli_line_text(w, "id", f->id);
    cli_line_text(w, "owner", f->owner);
    cli_line_text(w, "consent", f->consent);
    cli_line_text(w, "consent_by", f->granted_by);
    ent_jw_key(w, "sha256");
    ent_jw_hex(w, hash.bytes, ENT_HASH_SIZE);
    cli_line_text(w, "bytes", f->bytes);
    cli_label_write(w, &f->label);
    ent_jw_end(w);
}

static ent_code file_text(cli_context *cli, const joint_message *m, const char *service,
                          ent_str *text, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    cli_line_c(&w, "format", "entente message 1");
    cli_line_c(&w, "service", service);
    cli_line_text(&w, "to", m->outsider);
    cli_line_text(&w, "purpose", m->purpose);
    cli_line_text(&w, "text", m->text);
    ent_jw_key(&w, "facts");
    ent_jw_array(&w);
    for (size_t i = 0; i < m->count; i++)
        fact_write(&m->facts[i], &w);
    ent_jw_end(&w);
    cli_line_text(&w, "statement", m->statement);
    ent_jw_key(&w, "approvals");
    ent_jw_raw(&w, ent_json_raw(m->approvals));
    ent_jw_end(&w);
    ent_buf_byte(&buf, '\n');
    return ent_buf_done(&buf, text, err);
}

static ent_code write_run(cli_context *cli, ent_err *err)
{
    const char *out = cli_option(cli, "--out");
    struct work w = { .cli = cli };
    node_desk *nd;
    ent_str text;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (out == NULL)
        return ent_fail(err, ENT_USAGE, "--out FILE is missing: where the message goes");
    w.id = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_desk_work(cli, nd, write_work, &w, err));
    ENT_TRY(file_text(cli, &w.m, node_desk_desk(nd)->code, &text, err));
    ENT_TRY(cli_out(out, text, 0600, err));
    return cli_out_is_standard(out) ? ENT_OK : message_show(cli, &w.m, err);
}

const cli_command cli_repeat_write = {
    .name = "repeat write",
    .usage = "MESSAGE --out FILE --as OFFICER",
    .summary = "write an approved message to a file, to be sent on paper or by mail",
    .help = "Every fact is judged once more: one that was called back, frozen or has ended stops\n"
            "it.  The file has the words, the facts with their owners' consents, and what the\n"
            "officers signed.  --out - is standard output.\n\n"
            "  entente repeat write 6f1c... --out kestria.json --as fdo1\n",
    .run = write_run,
};

/* ---- messages ---- */

static ent_code messages_run(cli_context *cli, ent_err *err)
{
    joint_message *list;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_message_list(node_desk_desk(nd), cli->arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(message_show(cli, &list[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_repeat_messages = {
    .name = "repeat messages",
    .usage = "",
    .summary = "messages to outsiders: drafts, approved, written",
    .help =
        "What rests on a fact that its owner has corrected or called back is marked: whoever got\n"
        "it is told by people.\n\n"
        "  entente repeat messages\n",
    .run = messages_run,
};
