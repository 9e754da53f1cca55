/*
 * cli/label -- the options that give objects the label they lack.
 *
 * What they say is a sidecar (doc/design/objects.md): it never overrides what an object
 * says of itself.
 */
#ifndef ENT_CLI_LABEL_H
#define ENT_CLI_LABEL_H

#include "cli/commands.h"

#define CLI_LABEL_HELP                                                                        \
    "  --rating B2          Admiralty: source A-F, information 1-6\n"                         \
    "  --purpose P          may be repeated\n"                                                \
    "  --category C         suspect contact witness victim minor professional unknown none\n" \
    "  --retention DATE     when it must be reviewed or erased, YYYY-MM-DD\n"                 \
    "  --discover D         silent (the default), pointer, open\n"                            \
    "  --handling CODE      may be repeated\n"

/* Takes the options out of argv; ENT_STR_NONE if there was none.  USAGE names a wrong one. */
ENT_MUST_USE ent_code cli_label(cli_context *cli, ent_str *label, ent_err *err);

#endif
