/*
 * cli/casework -- what the commands about tips, requests and messages share.
 */
#ifndef ENT_CLI_CASEWORK_H
#define ENT_CLI_CASEWORK_H

#include "casework/say.h"
#include "cli/desk.h"

/* Takes the options that describe something to say out of the arguments, into `draft`, and
 * the peers of --to.  USAGE names what is missing or wrong. */
ENT_MUST_USE ent_code cli_draft_options(cli_context *cli, casework_draft *draft,
                                        const char ***peers, size_t *peer_count, ent_err *err);

/* Says it to each peer and shows what came of it. */
ENT_MUST_USE ent_code cli_draft_say(cli_context *cli, casework_draft *draft, const char **peers,
                                    size_t peer_count, ent_err *err);

/* "90m", "24h", "14d" as seconds.  USAGE */
ENT_MUST_USE ent_code cli_duration(const char *text, int64_t *seconds, ent_err *err);

/* A line about an item. */
ENT_MUST_USE ent_code cli_item_line(cli_context *cli, const desk *d, const casework_item *item,
                                    ent_err *err);

/* Everything about it. */
ENT_MUST_USE ent_code cli_item_show(cli_context *cli, const desk *d, const casework_item *item,
                                    ent_err *err);

/* `KIND list` and `KIND show ID`. */
ENT_MUST_USE ent_code cli_item_list(cli_context *cli, casework_kind kind, ent_err *err);
ENT_MUST_USE ent_code cli_item_show_run(cli_context *cli, casework_kind kind, ent_err *err);

/* What is for the legal officer first is nobody else's to see; `by` without a name: the host. */
bool cli_item_may_list(const casework_item *item, const desk_officer *by);

/* The item of a command's first argument, which must be of this kind. */
ENT_MUST_USE ent_code cli_item(cli_context *cli, desk *d, casework_kind kind, casework_item *item,
                               ent_err *err);

#endif
