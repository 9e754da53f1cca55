#include "cli/account.h"

#include "desk/note.h"
#include "node/journal.h"
#include "node/processes.h"
#include "node/reasons.h"

#include <stdlib.h>

/* So many ids of one list are noted one by one. */
#define SAW_MOST 1000

static const char *option_peek(const cli_context *cli, const char *name)
{
    size_t size = strlen(name);

    for (int i = 0; i < cli->argc && strcmp(cli->argv[i], "--") != 0; i++) {
        if (strncmp(cli->argv[i], name, size) != 0)
            continue;
        if (cli->argv[i][size] == '=')
            return cli->argv[i] + size + 1;
        if (cli->argv[i][size] == '\0' && i + 1 < cli->argc)
            return cli->argv[i + 1];
    }
    return NULL;
}

static ent_code note_put(cli_context *cli, const cli_account *a, const char *refused, ent_err *err)
{
    desk *d = node_desk_desk(cli->nd);
    desk_note note = { .verb = a->verb->name,
                       .who = ent_str_of(a->officer.name),
                       .role = ent_str_of(a->officer.role),
                       .object = a->object,
                       .purpose = a->purpose,
                       .reason = a->reason,
                       .oversight = refused != NULL };
    ent_code rc;

    if (refused != NULL)
        note.reason = ent_arena_printf(cli->arena, "refused: %s", refused);
    if (cli->saw_count > 0)
        note.objects = ent_arena_printf(cli->arena, "[%.*s]", ENT_STR_ARG(cli->saw));
    ENT_TRY(store_begin(d->store, err));
    rc = desk_note_write(d, cli->arena, &note, err);
    return store_end(d->store, rc, err);
}

/* A running `serve` appends notes by its clock; otherwise it is done here. */
static ent_code note_flush(cli_context *cli, ent_err *err)
{
    const node_home *home = node_desk_home(cli->nd);
    node_running running;

    ENT_TRY(node_running_read(home, &running, err));
    return running.running ? node_desk_announce(home, "clock", err)
                           : node_journal_flush(cli->nd, cli->arena, err);
}

static ent_code options_take(cli_context *cli, cli_account *a, ent_err *err)
{
    bool lookup = a->verb->kind == CASEWORK_LOOKUP;
    node_reasons rule;
    const char *reason, *purpose;

    reason = lookup ? cli_option(cli, "--reason") : option_peek(cli, "--reason");
    purpose = lookup && strcmp(a->verb->name, "explain") != 0 ? cli_option(cli, "--purpose")
                                                              : option_peek(cli, "--purpose");
    /* What a session is about is said once for all its commands: by the console, or a shell. */
    if (reason == NULL)
        reason = getenv("ENTENTE_REASON");
    if (purpose == NULL)
        purpose = getenv("ENTENTE_PURPOSE");
    a->reason = ent_str_of(reason);
    a->purpose = ent_str_of(purpose);
    if (a->object.ptr == NULL && cli->argc > 0 && cli->argv[0][0] != '-')
        a->object = ent_str_of(cli->argv[0]); /* behind the options that were taken */
    if (!lookup || node_reason_says(a->reason))
        return ENT_OK;
    ENT_TRY(node_reasons_read(cli->arena, node_desk_home(cli->nd), node_desk_desk(cli->nd)->store,
                              node_desk_desk(cli->nd)->now, &rule, err));
    if (rule.required)
        return ent_fail(err, ENT_DENIED,
                        "a look-up says why: --reason with the number of a case or tip, or "
                        "ENTENTE_REASON once for a shell [reason]");
    return ENT_OK;
}

ent_code cli_account_begin(cli_context *cli, const char *command, cli_account *a, ent_err *err)
{
    const casework_verb *verb = casework_verb_find(command);
    node_desk *nd;
    ent_code rc;

    *a = (cli_account){ .verb = NULL };
    if (cli->user == NULL || (verb != NULL && verb->kind == CASEWORK_OPEN && cli->home == NULL))
        return ENT_OK;
    if (strcmp(command, "init") == 0 || strcmp(command, "restore") == 0)
        return ENT_OK; /* there is no node yet */
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &a->officer, err));
    ENT_TRY(cli_compartments(cli, err));
    if (verb == NULL || !casework_verb_allows(verb, a->officer.role))
        rc = ent_fail(err, ENT_DENIED, "the role '%s' may not `%s` [roles]", a->officer.role,
                      command);
    else if (verb->kind == CASEWORK_ADMIN && a->officer.sign == NULL)
        rc =
            ent_fail(err, ENT_DENIED,
                     "`%s` is for who logs in with the passphrase: without it nobody changes keys, "
                     "users or links [roles]",
                     command);
    else
        rc = ENT_OK;
    a->verb = verb;
    if (cli->argc > 0 && cli->argv[0][0] != '-')
        a->object = ent_str_of(cli->argv[0]);
    if (rc == ENT_OK)
        rc = options_take(cli, a, err);
    if (rc == ENT_DENIED && verb != NULL) {
        ent_err second = { 0 };

        if (note_put(cli, a, err->msg, &second) != ENT_OK || note_flush(cli, &second) != ENT_OK)
            *err = second, rc = second.code;
    }
    return rc;
}

ent_code cli_account_end(cli_context *cli, const cli_account *a, ent_code rc, ent_err *err)
{
    ent_err failure = { 0 };

    if (a->verb == NULL || cli->nd == NULL || a->verb->kind == CASEWORK_OPEN)
        return rc;
    if (rc != ENT_OK && rc != ENT_NO && rc != ENT_DENIED)
        return rc;
    if (note_put(cli, a, rc == ENT_DENIED ? err->msg : NULL, &failure) == ENT_OK &&
        note_flush(cli, &failure) == ENT_OK)
        return rc;
    *err = failure;
    return ent_context(err, "the journal could not be written");
}

void cli_account_saw(cli_context *cli, ent_str id)
{
    ent_str grown;

    if (cli->user == NULL || cli->saw_count >= SAW_MOST)
        return;
    grown = ent_arena_printf(cli->arena, "%.*s%s\"%.*s\"", ENT_STR_ARG(cli->saw),
                             cli->saw_count > 0 ? "," : "", ENT_STR_ARG(id));
    if (grown.ptr == NULL)
        return;
    cli->saw = grown;
    cli->saw_count++;
}
