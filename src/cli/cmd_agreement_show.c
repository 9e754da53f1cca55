/* entente agreement show -- the clauses of an agreement in plain words, as lawyers read them
 * before two officers sign. */
#include "cli/desk.h"

#include "base/phrase.h"
#include "base/text.h"
#include "desk/agreement.h"

static ent_code words_make(cli_context *cli, const desk_agreement *a, ent_str *words, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, cli->arena);
    policy_terms_text(&a->agreed, &buf);
    return ent_buf_done(&buf, words, err);
}

/* Which sentences they are, a line each. */
static void words_said(ent_jw *w, ent_str words)
{
    ent_jw_key(w, "words_said");
    ent_jw_array(w);
    for (size_t at = 0; at < words.size;) {
        const char *start = words.ptr + at, *end = memchr(start, '\n', words.size - at);
        size_t size = end == NULL ? words.size - at : (size_t)(end - start);

        ent_phrase_json(w, (ent_str){ start, size });
        at += size + 1;
    }
    ent_jw_end(w);
}

static ent_code show_json(cli_context *cli, const desk_agreement *a, ent_str words, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "agreement", a->id);
    cli_line_text(&w, "name", a->name);
    ent_jw_key(&w, "in_force");
    ent_jw_bool(&w, a->in_force);
    cli_line_said(&w, "why", ent_str_of(a->why_not));
    cli_line_text(&w, "words", words);
    words_said(&w, words);
    ent_jw_key(&w, "terms");
    ent_jw_raw(&w, ent_json_raw(a->terms));
    return cli_line_end(cli, &buf, &w, err);
}

static void show_text(cli_context *cli, const desk_agreement *a, ent_str words)
{
    (void)printf("%.*s\nParties:\n", ENT_STR_ARG(words));
    for (size_t i = 0; i < a->party_count; i++) {
        (void)printf("    %-8s %-10s ", cli_text(cli, a->parties[i].code),
                     a->parties[i].reads     ? "has no node"
                     : a->parties[i].signed_ ? "signed"
                                             : "not signed");
        (void)printf("%s\n", cli_text(cli, a->parties[i].name));
    }
    (void)printf("It is %s%s.\n",
                 a->in_force ? "in force" : "not in force: ", a->in_force ? "" : a->why_not);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    desk_agreement a;
    node_desk *nd;
    ent_str id, words;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    id = ent_str_of(cli->argv[0]);
    if (!ent_uuid_valid(id))
        return ent_fail(err, ENT_USAGE, "'%s' is no id of an agreement; see agreement list",
                        cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_agreement_get(node_desk_desk(nd), cli->arena, id, &a, err));
    ENT_TRY(words_make(cli, &a, &words, err));
    if (cli->json)
        return show_json(cli, &a, words, err);
    show_text(cli, &a, words);
    return ENT_OK;
}

const cli_command cli_agreement_show = {
    .name = "agreement show",
    .usage = "ID",
    .summary = "say in plain words what an agreement lets flow",
    .help = "The clauses are made from the terms that the node checks, and say no more.\n"
            "Who decides whether to sign reads this.\n\n"
            "  entente agreement show 6f1c...\n",
    .run = run,
};
