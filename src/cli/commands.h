/*
 * cli/commands -- what a command is.
 *
 * A command is a row in commands.def and a `const cli_command cli_<name>` in
 * src/cli/cmd_<name>.c.  Help, completion and the check that every command is
 * documented come from this.  A command with a verb ("stix check") has both words
 * in `name`.  It gets its arguments without the general options, writes results to
 * standard output (one JSON object a line with --json, text otherwise) and
 * reports failure through ent_err; main turns that into a message and exit status.
 */
#ifndef ENT_CLI_COMMANDS_H
#define ENT_CLI_COMMANDS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>

typedef struct cli_context {
    const char *home; /* --home or ENTENTE_HOME; NULL if neither */
    const char *user; /* --as; NULL if not given */
    bool json;        /* --json */
    bool exercise;    /* the home that was opened is on exercise, and every line says so */
    bool color;       /* standard output is a terminal and NO_COLOR is not set */
    int argc;         /* what follows the command's name */
    char **argv;
    const struct cli_command *command;
    ent_arena *arena;         /* lives as long as the command */
    struct node_desk *nd;     /* once it is opened (cli/home.h) */
    struct desk_flags *basis; /* once they are read (cli/desk.h) */
    ent_str saw;              /* ids that were shown (cli/account.h) */
    size_t saw_count;
} cli_context;

typedef struct cli_command {
    const char *name;    /* "init", "stix check" */
    const char *usage;   /* arguments, as shown after the name */
    const char *summary; /* one line, no full stop */
    const char
        *help; /* what `entente help NAME` prints below: plain text, lines under 80 columns */
    ent_code (*run)(cli_context *cli, ent_err *err);
    bool raw;   /* standard output is a file's bytes: nothing is said beside them */
    bool as_is; /* looks at the holdings as an update left them (node/derive.h) */
} cli_command;

#define G(title)
#define X(name) extern const cli_command cli_##name;
#include "cli/commands.def"
#undef X
#undef G

/* Takes "--name VALUE" or "--name=VALUE" out of argv.  NULL if it is not there. */
const char *cli_option(cli_context *cli, const char *name);
/* Takes the flag "--name" out of argv. */
bool cli_flag(cli_context *cli, const char *name);
/* After the options were taken: USAGE if an option is left, or the number of
 * arguments is not within [min, max] (max < 0: any number). */
ENT_MUST_USE ent_code cli_arguments(cli_context *cli, int min, int max, ent_err *err);

/* A whole file, or standard input for "-".  At most `limit` bytes, else LIMIT. */
ENT_MUST_USE ent_code cli_file(cli_context *cli, const char *path, size_t limit, ent_str *text,
                               ent_err *err);
/* Writes the file that a command was asked for; "-" is standard output (the API's answer), to which
 * the command then says nothing else. */
ENT_MUST_USE ent_code cli_out(const char *path, ent_str content, unsigned mode, ent_err *err);
bool cli_out_is_standard(const char *path);

/* A file's bytes without reading them into memory of our own; other than a regular file is
 * read whole, up to JSON_TEXT. */
typedef struct cli_map {
    ent_str text;
    void *mapped;
    size_t size;
} cli_map;

ENT_MUST_USE ent_code cli_map_open(cli_context *cli, const char *path, cli_map *map, ent_err *err);
void cli_map_close(cli_map *map);

/* Calls `line` for each line of a file or "-" (without its line end; empty lines are
 * skipped), in constant memory.  `number` is 1-based.  Stops at the first failure. */
ENT_MUST_USE ent_code cli_lines(const char *path, size_t limit,
                                ent_code (*line)(void *arg, ent_str text, size_t number,
                                                 ent_err *err),
                                void *arg, ent_err *err);

#endif
