/*
 * cli/account -- may this user do that, and a note that it was done.
 *
 * The one place where a user's role is asked (casework/roles.h), and where a
 * command of a user gets its note in the journal: who, in which role, which
 * command, about what, for which purpose and reason.  What is shown is not in
 * it, only the ids.  A look-up without a reason is refused (node/reasons.h)
 * [DP-17].
 */
#ifndef ENT_CLI_ACCOUNT_H
#define ENT_CLI_ACCOUNT_H

#include "casework/roles.h"
#include "cli/home.h"

typedef struct cli_account {
    const casework_verb *verb; /* NULL: nothing to account for */
    desk_officer officer;
    ent_str object, purpose, reason;
} cli_account;

/* Before the command runs, with its arguments in cli->argv; takes --reason and,
 * of a look-up that has no purpose of its own, --purpose.  DENIED names role
 * and command [roles]; what is about keys, users and links is for who came in
 * with the passphrase: a lost card makes no user, no token and no other card. */
ENT_MUST_USE ent_code cli_account_begin(cli_context *cli, const char *command, cli_account *account,
                                        ent_err *err);

/* After it; `rc` is what came of it. */
ENT_MUST_USE ent_code cli_account_end(cli_context *cli, const cli_account *account, ent_code rc,
                                      ent_err *err);

/* A record was shown: its id goes into the note. */
void cli_account_saw(cli_context *cli, ent_str id);

#endif
