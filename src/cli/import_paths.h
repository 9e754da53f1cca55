/* cli/import_paths -- which files does `import` read, and which of them together?
 *
 * An argument is a file, "-", or a directory: of a MISP feed the events that its manifest
 * lists, else every plain file in it by name.  OFAC's tables without titles that follow
 * one another are one file in parts (formats.h). */
#ifndef ENT_CLI_IMPORT_PATHS_H
#define ENT_CLI_IMPORT_PATHS_H

#include "cli/home.h"

#define CLI_IMPORT_PARTS 4

typedef struct cli_import_file {
    const char *shown; /* "sdn.csv+alt.csv" of several */
    const char *parts[CLI_IMPORT_PARTS];
    size_t part_count;
} cli_import_file;

/* NOT_FOUND  a path, or an event of a manifest
 * FORMAT     the manifest
 * IO, LIMIT */
ENT_MUST_USE ent_code cli_import_paths(cli_context *cli, cli_import_file **files, size_t *count,
                                       ent_err *err);

#endif
