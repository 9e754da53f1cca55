/*
 * cli/desk -- what the commands about agreements, matches and releases share.
 */
#ifndef ENT_CLI_DESK_H
#define ENT_CLI_DESK_H

#include "base/json_write.h"
#include "cli/home.h"
#include "desk/basis.h"
#include "desk/explain.h"

typedef ent_code (*cli_work)(void *arg, desk *d, ent_err *err);

/* Runs `work` in a transaction (rolled back if it fails), then appends what it said to the
 * link logs. */
ENT_MUST_USE ent_code cli_desk_work(cli_context *cli, node_desk *nd, cli_work work, void *arg,
                                    ent_err *err);

/* Takes every "--name A", "--name A,B" out of the arguments. */
ENT_MUST_USE ent_code cli_list_option(cli_context *cli, const char *name, const char ***items,
                                      size_t *count, ent_err *err);

/* A decision with its rules.  NO if it does not permit. */
ENT_MUST_USE ent_code cli_explanation_show(cli_context *cli, const desk_explanation *explanation,
                                           ent_err *err);

/* A line of JSON: begin, put members with ent_jw_*, end. */
void cli_line_begin(cli_context *cli, ent_buf *buf, ent_jw *w);
ENT_MUST_USE ent_code cli_line_end(cli_context *cli, ent_buf *buf, ent_jw *w, ent_err *err);
void cli_line_text(ent_jw *w, const char *name, ent_str text);
void cli_line_c(ent_jw *w, const char *name, const char *text);
/* A sentence of ours, and beside it as NAME_said which one it is (base/phrase.h). */
void cli_line_said(ent_jw *w, const char *name, ent_str sentence);
void cli_line_said_list(ent_jw *w, const char *name, const ent_str *sentences, size_t count);

/* "basis":"changed" or "withdrawn", if what a thing rests on is no longer what it was
 * (desk/basis.h); the same as text for people, else "". */
ENT_MUST_USE ent_code cli_basis_json(cli_context *cli, ent_str thing, ent_jw *w, ent_err *err);
ENT_MUST_USE ent_code cli_basis_text(cli_context *cli, ent_str thing, const char **text,
                                     ent_err *err);

#endif
