/* cli/joint -- what the commands about joint work (views, tasks, facts to repeat) share: the
 * arguments of a piece of work, its id, and how a piece is shown. */
#ifndef ENT_CLI_JOINT_H
#define ENT_CLI_JOINT_H

#include "cli/desk.h"

#include "joint/work.h"

/* What was said on the command line, for the work inside the transaction. */
typedef struct cli_joint {
    cli_context *cli;
    node_desk *nd;
    ent_str user, id, value, note, outsider;
    const char *state, **peers;
    size_t peer_count;
    ent_str *ids;
    size_t id_count;
    joint_view view;
    joint_task task;
    char made[37];
} cli_joint;

/* Opens the desk for an officer. */
ENT_MUST_USE ent_code cli_joint_begin(cli_context *cli, cli_joint *w, ent_err *err);

/* An option that must be there.  USAGE names it. */
ENT_MUST_USE ent_code cli_joint_text(cli_context *cli, const char *name, ent_str *text,
                                     ent_err *err);

/* --name A,B ... as texts, into `ids`. */
ENT_MUST_USE ent_code cli_joint_ids(cli_context *cli, const char *name, cli_joint *w, ent_err *err);

/* Shows the id of what was made. */
ENT_MUST_USE ent_code cli_joint_made(cli_context *cli, const char *what, const char *id,
                                     ent_err *err);

/* One piece of work as a line of JSON: begin, further members, end; or all of it. */
void cli_item_begin(cli_context *cli, ent_buf *buf, ent_jw *w, const joint_item *item);
ENT_MUST_USE ent_code cli_item_end(cli_context *cli, ent_buf *buf, ent_jw *w, const char *what,
                                   const joint_item *item, ent_err *err);
ENT_MUST_USE ent_code cli_item_json(cli_context *cli, const char *what, const joint_item *item,
                                    ent_err *err);

#endif
