/*
 * cli/holding -- how a held object is shown, by show, search and quarantine alike.
 */
#ifndef ENT_CLI_HOLDING_H
#define ENT_CLI_HOLDING_H

#include "cli/home.h"

#include "base/json_write.h"
#include "policy/label.h"
#include "store/store.h"

/* The owner as people know it: this node's own code for "". */
const char *cli_owner(cli_context *cli, node_desk *nd, ent_str owner);

/* "B2", or "" without one.  In the arena. */
const char *cli_rating(cli_context *cli, const policy_label *label);

/* Writes the member "label" as one object: rating, purposes, category, retention, valid,
 * discover, and what is missing. */
void cli_label_write(ent_jw *w, const policy_label *label);

/* A validity as text: "2024-01-01/2024-02-01", "" if it is open on both sides. */
const char *cli_days(cli_context *cli, ent_days days);

#endif
