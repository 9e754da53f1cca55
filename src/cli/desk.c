#include "cli/desk.h"

#include "base/phrase.h"

#include <stdio.h>

ent_code cli_desk_work(cli_context *cli, node_desk *nd, cli_work work, void *arg, ent_err *err)
{
    desk *d = node_desk_desk(nd);
    ent_code rc;

    ENT_TRY(store_begin(d->store, err));
    rc = work(arg, d, err);
    if (rc == ENT_OK)
        rc = store_commit(d->store, err);
    if (rc != ENT_OK) {
        store_rollback(d->store);
        return rc;
    }
    if (node_desk_flush(nd, cli->arena, err) != ENT_OK)
        return ent_context(err, "it is done here, but not yet said to the peers");
    /* The clock looks again at what is due. */
    return node_desk_announce(node_desk_home(nd), "clock", err);
}

static ent_code item_add(cli_context *cli, const char ***items, size_t *count, ent_str text,
                         ent_err *err)
{
    const char **grown = ent_arena_array(cli->arena, *count + 1, sizeof *grown);
    ent_str copy = ent_arena_str(cli->arena, text);

    if (grown == NULL || copy.ptr == NULL)
        return ent_fail_arena(err);
    if (*count > 0)
        memcpy(grown, *items, *count * sizeof *grown);
    grown[(*count)++] = copy.ptr;
    *items = grown;
    return ENT_OK;
}

ent_code cli_list_option(cli_context *cli, const char *name, const char ***items, size_t *count,
                         ent_err *err)
{
    const char *value;

    *items = NULL;
    *count = 0;
    while ((value = cli_option(cli, name)) != NULL)
        for (const char *at = value; *at != '\0';) {
            size_t size = strcspn(at, ",");

            if (size > 0)
                ENT_TRY(item_add(cli, items, count, (ent_str){ at, size }, err));
            at += size + (at[size] == ',');
        }
    return ENT_OK;
}

void cli_line_begin(cli_context *cli, ent_buf *buf, ent_jw *w)
{
    ent_buf_init(buf, cli->arena);
    ent_jw_init(w, buf);
    ent_jw_object(w);
}

ent_code cli_line_end(cli_context *cli, ent_buf *buf, ent_jw *w, ent_err *err)
{
    ent_jw_end(w);
    return cli_json_line(cli, buf, err);
}

void cli_line_text(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

void cli_line_c(ent_jw *w, const char *name, const char *text)
{
    cli_line_text(w, name, ent_str_of(text));
}

static void said_key(ent_jw *w, const char *name)
{
    char said[40];

    (void)snprintf(said, sizeof said, "%s_said", name);
    ent_jw_key(w, said);
}

void cli_line_said(ent_jw *w, const char *name, ent_str sentence)
{
    cli_line_text(w, name, sentence);
    if (sentence.ptr == NULL)
        return;
    said_key(w, name);
    ent_phrase_json(w, sentence);
}

void cli_line_said_list(ent_jw *w, const char *name, const ent_str *sentences, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, sentences[i]);
    ent_jw_end(w);
    said_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_phrase_json(w, sentences[i]);
    ent_jw_end(w);
}

/* Read once for each command. */
static ent_code basis_of(cli_context *cli, ent_str thing, const char **basis, ent_err *err)
{
    if (cli->basis == NULL) {
        desk_flags *flags = ent_arena_alloc(cli->arena, sizeof *flags);
        node_desk *nd;

        if (flags == NULL)
            return ent_fail_arena(err);
        ENT_TRY(cli_desk(cli, &nd, err));
        ENT_TRY(desk_basis_load(node_desk_desk(nd), cli->arena, false, flags, err));
        cli->basis = flags;
    }
    *basis = desk_basis_of(cli->basis, thing);
    return ENT_OK;
}

ent_code cli_basis_json(cli_context *cli, ent_str thing, ent_jw *w, ent_err *err)
{
    const char *basis;

    ENT_TRY(basis_of(cli, thing, &basis, err));
    if (basis[0] != '\0')
        cli_line_c(w, "basis", basis);
    return ENT_OK;
}

ent_code cli_basis_text(cli_context *cli, ent_str thing, const char **text, ent_err *err)
{
    ent_str words;

    ENT_TRY(basis_of(cli, thing, text, err));
    if ((*text)[0] == '\0')
        return ENT_OK;
    words = ent_arena_printf(cli->arena, "  [basis %s, re-read]", *text);
    *text = words.ptr;
    return words.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}
