/*
 * cli/reasons -- how it is shown whether look-ups say why (cmd_audit_reasons.c), for `status` too.
 */
#ifndef ENT_CLI_REASONS_H
#define ENT_CLI_REASONS_H

#include "base/json_write.h"
#include "cli/home.h"
#include "node/reasons.h"

/* A member "reasons" of the object that is being written. */
void cli_reasons_json(ent_jw *w, const node_reasons *reasons);
/* A line as `status` has them. */
void cli_reasons_text(cli_context *cli, const node_reasons *reasons);

#endif
