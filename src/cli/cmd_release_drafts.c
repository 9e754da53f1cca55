/* entente release drafts, release show -- what waits for approval, as whoever approves sees it. */
#include "cli/desk.h"

#include "desk/effect.h"

struct work {
    cli_context *cli;
    const char *one; /* this draft, with what would leave; NULL: all that are open */
};

static void texts_write(ent_jw *w, const char *name, const ent_str *texts, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, texts[i]);
    ent_jw_end(w);
}

static void lists_write(ent_jw *w, const desk_draft_look *look)
{
    const desk_gate_result *r = &look->result;

    ent_jw_key(w, "objects");
    ent_jw_array(w);
    for (size_t i = 0; i < r->count; i++) {
        ent_jw_object(w);
        cli_line_text(w, "id", r->objects[i].id);
        cli_line_text(w, "type", r->objects[i].type);
        cli_line_text(w, "sent_as", r->objects[i].sent_as);
        ent_jw_end(w);
    }
    ent_jw_end(w);
    ent_jw_key(w, "withheld");
    ent_jw_array(w);
    for (size_t i = 0; i < r->withheld.count; i++) {
        ent_jw_object(w);
        cli_line_text(w, "id", r->withheld.items[i].id);
        cli_line_text(w, "property", r->withheld.items[i].property);
        cli_line_said(w, "reason", ent_str_of(r->withheld.items[i].reason));
        ent_jw_end(w);
    }
    ent_jw_end(w);
    texts_write(w, "approvals", look->stands.approvals, look->stands.approval_count);
    texts_write(w, "missing", look->stands.missing, look->stands.missing_count);
}

static ent_code draft_line(cli_context *cli, const desk_draft_look *look, ent_str effect,
                           bool whole, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "draft", look->id);
    cli_line_text(&w, "to", look->peer);
    cli_line_text(&w, "purpose", look->purpose);
    cli_line_text(&w, "state", look->state);
    cli_line_text(&w, "drafter", look->drafter);
    cli_line_text(&w, "drafted", look->drafted);
    cli_line_text(&w, "tearline", look->tearline);
    if (look->named.doc != NULL) {
        ent_jw_key(&w, "for");
        ent_jw_raw(&w, ent_json_raw(look->named));
    }
    cli_line_text(&w, "effect", effect);
    lists_write(&w, look);
    ent_jw_key(&w, "changed");
    ent_jw_bool(&w, look->changed);
    cli_line_said(&w, "refused", look->refused);
    if (whole) {
        ent_jw_key(&w, "statement");
        ent_jw_raw(&w, look->statement);
    }
    return cli_line_end(cli, &buf, &w, err);
}

static void draft_text(cli_context *cli, const desk_draft_look *look, ent_str effect)
{
    (void)printf("%s  to %-8s %-8s by %-10s %zu record%s\n", cli_text(cli, look->id),
                 cli_text(cli, look->peer), cli_text(cli, look->purpose),
                 cli_text(cli, look->drafter), look->result.count,
                 look->result.count == 1 ? "" : "s");
    (void)printf("    %s\n", cli_text(cli, effect));
    for (size_t i = 0; i < look->stands.approval_count; i++)
        (void)printf("    approved by %s\n", cli_text(cli, look->stands.approvals[i]));
    for (size_t i = 0; i < look->stands.missing_count; i++)
        (void)printf("    missing: %s\n", cli_text(cli, look->stands.missing[i]));
    if (look->changed)
        (void)printf("    the records have changed since: to be drafted anew [law 6]\n");
    if (look->refused.ptr != NULL)
        (void)printf("    cannot leave: %s\n", cli_text(cli, look->refused));
}

static void whole_text(cli_context *cli, const desk_draft_look *look)
{
    const desk_gate_result *r = &look->result;

    for (size_t i = 0; i < r->count; i++)
        (void)printf("  leaves    %s\n", cli_text(cli, r->objects[i].bytes));
    for (size_t i = 0; i < r->withheld.count; i++)
        (void)printf("  withheld  %-20s %s: %s\n", cli_text(cli, r->withheld.items[i].property),
                     cli_text(cli, r->withheld.items[i].id), r->withheld.items[i].reason);
}

static ent_code draft_show(cli_context *cli, desk *d, ent_str id, bool whole, ent_err *err)
{
    desk_draft_look look;
    ent_str effect;

    ENT_TRY(desk_release_look(d, cli->arena, id, &look, err));
    ENT_TRY(desk_effect_words(cli->arena, &look, &effect, err));
    if (cli->json)
        return draft_line(cli, &look, effect, whole, err);
    draft_text(cli, &look, effect);
    if (whole)
        whole_text(cli, &look);
    return ENT_OK;
}

static ent_code show_all(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;
    ent_str *ids;
    size_t count;

    if (w->one != NULL)
        return draft_show(w->cli, d, ent_str_of(w->one), true, err);
    ENT_TRY(desk_release_drafts(d, w->cli->arena, "open", &ids, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(draft_show(w->cli, d, ids[i], false, err));
    return ENT_OK;
}

static ent_code drafts_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return show_all(&w, node_desk_desk(nd), err);
}

static ent_code show_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.one = cli->argv[0];
    ENT_TRY(cli_desk(cli, &nd, err));
    return show_all(&w, node_desk_desk(nd), err);
}

const cli_command cli_release_drafts = {
    .name = "release drafts",
    .usage = "",
    .summary = "list the drafts that wait: who drafted, who approved, what is missing",
    .help =
        "Each is put to the rules as they stand now; what could not leave any more says why.\n\n"
        "  entente release drafts --as fdo1\n",
    .run = drafts_run,
};

const cli_command cli_release_show = {
    .name = "release show",
    .usage = "DRAFT",
    .summary = "show a draft: every byte that would leave, and what is withheld and why",
    .help = "With --json `statement` is what an approval signs.\n\n"
            "  entente release show 6f1c... --as fdo1\n",
    .run = show_run,
};
