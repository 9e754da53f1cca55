/* cli/match -- what the commands about matching share. */
#ifndef ENT_CLI_MATCH_H
#define ENT_CLI_MATCH_H

#include "cli/desk.h"

/* Who may ask: once the node has users, one of them whose work it is (--as).  *user is its
 * name, or NULL.  USAGE if --as is missing, DENIED for another role. */
ENT_MUST_USE ent_code cli_match_asker(cli_context *cli, node_desk *nd, const char **user,
                                      ent_err *err);

/* Own records have changed: matches that stand hear of it now. */
ENT_MUST_USE ent_code cli_match_changed(cli_context *cli, node_desk *nd, ent_err *err);

#endif
