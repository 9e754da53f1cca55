/* entente person ID -- everything that is said of one person, by whom, and how good it is. */
#include "cli/desk.h"
#include "cli/holding.h"
#include "cli/same.h"

#include "names/names.h"
#include "persons/page.h"

/* ---- as JSON ---- */

static void source_write(cli_context *cli, node_desk *nd, ent_jw *w, const persons_source *s)
{
    cli_line_c(w, "owner", cli_owner(cli, nd, s->owner));
    cli_line_c(w, "rating", cli_rating(cli, &s->label));
    cli_line_text(w, "time", s->time);
    if (s->release.size > 0) {
        cli_line_text(w, "release", s->release);
        cli_line_text(w, "release_state", s->state);
    }
    cli_label_write(w, &s->label);
}

static ent_code head_json(cli_context *cli, node_desk *nd, const persons_page *page,
                          const char *peer, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "assertion", "person");
    cli_line_text(&w, "id", page->id);
    if (peer != NULL)
        cli_line_c(&w, "as_known_by", peer);
    ent_jw_key(&w, "records");
    ent_jw_array(&w);
    for (size_t i = 0; i < page->source_count; i++) {
        if (!page->sources[i]->member)
            continue;
        ent_jw_object(&w);
        cli_line_text(&w, "id", page->sources[i]->id);
        source_write(cli, nd, &w, page->sources[i]);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    return cli_line_end(cli, &buf, &w, err);
}

/* What stands in which member depends on the kind of assertion. */
static void extra_write(ent_jw *w, const persons_assertion *a)
{
    const char *more = strcmp(a->kind, "name") == 0    ? "script"
                       : strcmp(a->kind, "birth") == 0 ? "raw"
                                                       : "object";
    const char *role = a->tied != NULL ? "relationship" : "kind";

    if (a->more.size > 0)
        cli_line_text(w, more, a->more);
    if (a->role.size > 0)
        cli_line_text(w, role, a->role);
    if (a->link.size > 0)
        cli_line_text(w, "link", a->link);
    if (a->confidence >= 0) {
        ent_jw_key(w, "confidence");
        ent_jw_int(w, a->confidence);
    }
}

static ent_code assertion_json(cli_context *cli, node_desk *nd, const persons_assertion *a,
                               ent_err *err)
{
    ent_str latin = ENT_STR("");
    ent_buf buf;
    ent_jw w;

    if (strcmp(a->kind, "name") == 0)
        ENT_TRY(names_romanised(cli->arena, a->value, &latin, err));
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "assertion", a->kind);
    cli_line_text(&w, "value", a->value);
    if (latin.size > 0)
        cli_line_text(&w, "latin", latin);
    extra_write(&w, a);
    cli_line_text(&w, "record", a->source->id);
    source_write(cli, nd, &w, a->tied != NULL ? a->tied : a->source);
    if (a->tied != NULL)
        cli_line_c(&w, "object_owner", cli_owner(cli, nd, a->source->owner));
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code statement_json(cli_context *cli, const persons_same *same, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "assertion", "same");
    cli_same_write(&w, same);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code page_json(cli_context *cli, node_desk *nd, const persons_page *page,
                          const char *peer, ent_err *err)
{
    ENT_TRY(head_json(cli, nd, page, peer, err));
    for (size_t i = 0; i < page->assertion_count; i++)
        ENT_TRY(assertion_json(cli, nd, &page->assertions[i], err));
    for (size_t i = 0; i < page->statement_count; i++)
        ENT_TRY(statement_json(cli, &page->statements[i], err));
    return ENT_OK;
}

/* ---- as text ---- */

static void assertion_text(cli_context *cli, node_desk *nd, const persons_assertion *a)
{
    const persons_source *by = a->tied != NULL ? a->tied : a->source;
    const char *owner = cli_owner(cli, nd, by->owner), *rating = cli_rating(cli, &by->label);

    (void)printf("%-12s %-34s %-8s %-3s %-24s", a->kind, cli_text(cli, a->value), owner, rating,
                 cli_text(cli, by->time));
    if (a->role.size > 0)
        (void)printf(" %s", cli_text(cli, a->role));
    if (strcmp(a->kind, "birth") == 0 && a->more.size > 0)
        (void)printf(" written '%s'", cli_text(cli, a->more));
    if (a->confidence >= 0)
        (void)printf(", confidence %d", a->confidence);
    (void)printf("\n");
}

static void page_text(cli_context *cli, node_desk *nd, const persons_page *page, const char *peer)
{
    if (peer != NULL)
        (void)printf("as %s knows it: only what was released to it, and its own\n\n", peer);
    for (size_t i = 0; i < page->source_count; i++) {
        const persons_source *s = page->sources[i];

        if (s->member)
            (void)printf("record       %s  %s %s  %s%s%s\n", cli_text(cli, s->id),
                         cli_owner(cli, nd, s->owner), cli_rating(cli, &s->label),
                         policy_category_name(s->label.category),
                         s->release.size > 0 ? "  release " : "", cli_text(cli, s->release));
    }
    (void)printf("\n%-12s %-34s %-8s %-3s %s\n", "ASSERTION", "VALUE", "OWNER", "", "TIME");
    for (size_t i = 0; i < page->assertion_count; i++)
        assertion_text(cli, nd, &page->assertions[i]);
    if (page->statement_count > 0)
        (void)printf("\nwho says that records are one person, or never:\n");
    for (size_t i = 0; i < page->statement_count; i++)
        cli_same_text(cli, &page->statements[i]);
    for (size_t i = 0; i < page->held_count; i++)
        (void)printf("without effect: %s, since %s says never\n",
                     cli_text(cli, page->held[i].join->id), cli_text(cli, page->held[i].never->id));
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--as-known-by");
    persons_page page;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (peer != NULL) {
        desk *d = node_desk_desk(nd);
        desk_peer known;

        ENT_TRY(d->peer(d->arg, cli->arena, peer, &known, err));
    }
    ENT_TRY(persons_page_make(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), peer, &page,
                              err));
    if (cli->json)
        return page_json(cli, nd, &page, peer, err);
    page_text(cli, nd, &page, peer);
    return ENT_OK;
}

const cli_command cli_person = {
    .name = "person",
    .usage = "ID [--as-known-by PEER]",
    .summary = "everything that is said of one person, by whom, and how good it is",
    .help =
        "The page of assertions about the identity ID and the records that are confirmed to be\n"
        "the same person: names, births as readings with the raw text, documents, telephones,\n"
        "ties, and the same-person statements.  Each has its owner, rating, time and label;\n"
        "nothing is merged.  With --as-known-by the page is what PEER knows: what was released\n"
        "to it, as it was released, and what it gave us.  Exit 1: it knows nothing.\n\n"
        "  entente person identity--4c1b... --as-known-by SVB\n",
    .run = run,
};
