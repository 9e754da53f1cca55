/*
 * cli/home -- what a command about a node begins with.
 *
 * Each gives the thing or a message that says which option is missing.  What is
 * opened is closed with the command's arena.
 */
#ifndef ENT_CLI_HOME_H
#define ENT_CLI_HOME_H

#include "cli/commands.h"
#include "node/desk.h"
#include "node/home.h"

/* The home of --home or ENTENTE_HOME.  USAGE if neither is given, NOT_FOUND if it is none. */
ENT_MUST_USE ent_code cli_home(cli_context *cli, node_home *home, ent_err *err);

/* Its desk, with its home (node_desk_home), and what records are found by derived anew where an update
 * made it old, unless the command takes it as it is.  What is in compartments is not there, until
 * cli_compartments has said whose command it is. */
ENT_MUST_USE ent_code cli_desk(cli_context *cli, node_desk **nd, ent_err *err);

/* The user of --as, who proves to be it.  USAGE if --as is missing. */
ENT_MUST_USE ent_code cli_officer(cli_context *cli, node_desk *nd, desk_officer *officer,
                                  ent_err *err);

/* For the user of --as, who has proved to be it: what is in that person's compartments is there. */
ENT_MUST_USE ent_code cli_compartments(cli_context *cli, ent_err *err);

/* Nobody hides from others what is then hidden from himself.  DENIED: the user of --as is not in
 * this compartment. */
ENT_MUST_USE ent_code cli_compartment_member(cli_context *cli, node_desk *nd, ent_str name,
                                             ent_err *err);

/* If --as is given: a person who may read what is frozen does so through this desk. */
ENT_MUST_USE ent_code cli_reader(cli_context *cli, node_desk *nd, ent_err *err);

/* Text from data, for a terminal: nothing in it can act.  In the arena. */
const char *cli_text(cli_context *cli, ent_str text);

/* Writes one finished JSON object as a line of standard output; of a node on exercise it says so. */
ENT_MUST_USE ent_code cli_json_line(cli_context *cli, ent_buf *buf, ent_err *err);

/* The node is on exercise, or not: from here on whatever is shown says so (cli_home calls it). */
void cli_exercise(cli_context *cli, bool exercise);

#endif
