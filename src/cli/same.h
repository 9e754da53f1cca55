/*
 * cli/same -- how same-person statements are shown, by `same` and `person` alike.
 */
#ifndef ENT_CLI_SAME_H
#define ENT_CLI_SAME_H

#include "base/json_write.h"
#include "cli/home.h"
#include "persons/same.h"

/* The members of one statement, into an open object. */
void cli_same_write(ent_jw *w, const persons_same *same);

/* The same as lines of text. */
void cli_same_text(cli_context *cli, const persons_same *same);

#endif
