/*
 * main -- finds the command, runs it, and turns its error into an exit status.
 *
 * General options may stand before or after the command's name; they are taken
 * out here.  A command's name is one or two words.
 */
#include "cli/account.h"
#include "cli/commands.h"

#include "base/bignum.h"
#include "cli/desk.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

/* One command's memory; streaming commands stay far below it. */
#define COMMAND_MEMORY ((size_t)2 << 30)

static const cli_command *const commands[] = {
#define G(title)
#define X(name) &cli_##name,
#include "cli/commands.def"
#undef X
#undef G
};

/* The same with the groups' titles between, for the list of all. */
static const struct {
    const char *title;
    const cli_command *command;
} listed[] = {
#define G(title) { (title), NULL },
#define X(name)  { NULL, &cli_##name },
#include "cli/commands.def"
#undef X
#undef G
};

static const size_t command_count = sizeof commands / sizeof *commands;

static void usage(FILE *to)
{
    (void)fputs("entente: share what ties incidents together, without giving "
                "away what you hold\n\n"
                "usage: entente [--home DIR] [--as USER] [--json] COMMAND "
                "[ARGUMENTS]\n\n",
                to);
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
        if (listed[i].title != NULL)
            (void)fprintf(to, "%s%s\n", i == 0 ? "" : "\n", listed[i].title);
        else
            (void)fprintf(to, "  %-24s%s\n", listed[i].command->name, listed[i].command->summary);
    (void)fputs("\n`entente help COMMAND` explains one.\n", to);
}

/* How many words of argv the command's name takes; 0 if it is not this command.
 */
static int words_matched(const cli_command *command, int argc, char **argv)
{
    const char *name = command->name;
    int words = 0;

    while (*name != '\0' && words < argc) {
        size_t size = strcspn(name, " ");

        if (strlen(argv[words]) != size || strncmp(argv[words], name, size) != 0)
            return 0;
        name += size;
        name += *name == ' ';
        words++;
    }
    return *name == '\0' ? words : 0;
}

static const cli_command *command_find(int argc, char **argv, int *words)
{
    const cli_command *best = NULL;

    *words = 0;
    for (size_t i = 0; i < command_count; i++) {
        int matched = words_matched(commands[i], argc, argv);

        if (matched > *words) {
            *words = matched;
            best = commands[i];
        }
    }
    return best;
}

/* Levenshtein distance, for "did you mean"; names are short. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64], na = strlen(a), nb = strlen(b);

    if (na >= 64 || nb >= 64)
        return 64;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[nb];
}

static ent_code unknown(int argc, char **argv, ent_err *err)
{
    char asked[128];
    const char *nearest = NULL;
    size_t best = 4;

    (void)snprintf(asked, sizeof asked, "%s%s%s", argv[0], argc > 1 ? " " : "",
                   argc > 1 ? argv[1] : "");
    for (size_t i = 0; i < command_count; i++) {
        bool two_words = strchr(commands[i]->name, ' ') != NULL;
        size_t d = distance(two_words ? asked : argv[0], commands[i]->name);

        if (d < best) {
            best = d;
            nearest = commands[i]->name;
        }
    }
    if (nearest != NULL)
        return ent_fail(err, ENT_USAGE, "unknown command '%s'; did you mean '%s'?", asked, nearest);
    return ent_fail(err, ENT_USAGE, "unknown command '%s'; `entente help` lists all", asked);
}

/* A line for each command. */
static ent_code help_lines(cli_context *cli, ent_err *err)
{
    for (size_t i = 0; i < command_count; i++) {
        ent_buf buf;
        ent_jw w;

        cli_line_begin(cli, &buf, &w);
        cli_line_c(&w, "name", commands[i]->name);
        cli_line_c(&w, "usage", commands[i]->usage);
        cli_line_c(&w, "summary", commands[i]->summary);
        cli_line_c(&w, "help", commands[i]->help == NULL ? "" : commands[i]->help);
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    }
    return ENT_OK;
}

static ent_code help(int argc, char **argv, ent_err *err)
{
    bool found = false;
    int words;
    const cli_command *command;

    if (argc == 0) {
        usage(stdout);
        return ENT_OK;
    }
    command = command_find(argc, argv, &words);
    if (command != NULL) {
        (void)printf("entente %s %s\n\n  %s\n\n%s", command->name, command->usage, command->summary,
                     command->help == NULL ? "" : command->help);
        return ENT_OK;
    }
    for (size_t i = 0; i < command_count; i++) {
        size_t size = strlen(argv[0]);

        if (strncmp(commands[i]->name, argv[0], size) == 0 && commands[i]->name[size] == ' ') {
            (void)printf("  %-18s %s\n", commands[i]->name, commands[i]->summary);
            found = true;
        }
    }
    return found ? ENT_OK : unknown(argc, argv, err);
}

static ent_code command_run(cli_context *cli, ent_err *err)
{
    const cli_command *command;
    cli_account account;
    ent_code rc;
    int words;

    cli->json = cli_flag(cli, "--json");
    cli->home = cli_option(cli, "--home");
    cli->user = cli_option(cli, "--as");
    if (cli->home == NULL)
        cli->home = getenv("ENTENTE_HOME");
    cli->color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    if (cli->json && cli->argc == 1 && strcmp(cli->argv[0], "help") == 0)
        return help_lines(cli, err);
    if (cli->argc == 0 || cli_flag(cli, "--help"))
        return help(cli->argc, cli->argv, err);
    if (strcmp(cli->argv[0], "help") == 0)
        return help(cli->argc - 1, cli->argv + 1, err);
    command = command_find(cli->argc, cli->argv, &words);
    if (command == NULL)
        return unknown(cli->argc, cli->argv, err);
    cli->argc -= words;
    cli->argv += words;
    cli->command = command;
    ENT_TRY(cli_account_begin(cli, command->name, &account, err));
    rc = command->run(cli, err);
    return cli_account_end(cli, &account, rc, err);
}

int main(int argc, char **argv)
{
    cli_context cli = { .argc = argc - 1, .argv = argv + 1 };
    ent_err err = { 0 };
    ent_code rc;

    ent_bignum_memory();
    cli.arena = ent_arena_new(COMMAND_MEMORY);
    if (cli.arena == NULL || sodium_init() < 0) {
        (void)fputs("entente: no memory to begin\n", stderr);
        return ent_code_exit(ENT_MEMORY);
    }
    rc = command_run(&cli, &err);
    if (rc == ENT_OK && (fflush(stdout) != 0 || ferror(stdout)))
        rc = ent_fail(&err, ENT_IO, "writing the result failed");
    if (rc != ENT_OK && err.msg[0] != '\0')
        (void)fprintf(stderr, "entente: %s\n", err.msg);
    ent_arena_free(cli.arena);
    return ent_code_exit(rc);
}
