/* entente stix pattern -- are these lines STIX patterns? */
#include "cli/commands.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "stix/pattern.h"

#define PATTERN_MEMORY ((size_t)256 << 20)

typedef struct job {
    bool json;
    const char *file;
    ent_arena *arena; /* of one line */
    size_t patterns, invalid;
} job;

static ent_code row_write(const job *j, size_t number, bool valid, size_t column,
                          const char *message, ent_err *err)
{
    ent_buf buf;
    ent_jw w;
    ent_str line;

    if (!j->json) {
        if (!valid)
            (void)printf("%s line %zu: %s\n", j->file, number, message);
        return ENT_OK;
    }
    ent_arena_reset(j->arena);
    ent_buf_init(&buf, j->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "line");
    ent_jw_int(&w, (int64_t)number);
    ent_jw_key(&w, "valid");
    ent_jw_bool(&w, valid);
    if (!valid) {
        ent_jw_key(&w, "error");
        ent_jw_object(&w);
        ent_jw_key(&w, "column");
        ent_jw_int(&w, (int64_t)column);
        ent_jw_key(&w, "message");
        ent_jw_c(&w, message);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &line, err));
    (void)fwrite(line.ptr, 1, line.size, stdout);
    (void)fputc('\n', stdout);
    return ENT_OK;
}

/* A line that is a JSON string holds one pattern. */
static ent_str line_pattern(ent_arena *arena, ent_str text)
{
    ent_json string;
    ent_err ignored;

    if (text.size < 2 || text.ptr[0] != '"' ||
        ent_json_read(arena, text, &string, &ignored) != ENT_OK ||
        !ent_json_is(string, ENT_JSON_STRING))
        return text;
    return ent_json_str(string);
}

static ent_code line_check(void *arg, ent_str text, size_t number, ent_err *err)
{
    job *j = arg;
    stix_node *pattern;
    size_t column = 1;
    ent_err why = { 0 };
    bool valid;

    ent_arena_reset(j->arena);
    valid = stix_pattern_read(j->arena, line_pattern(j->arena, text), &pattern, &column, &why) ==
            ENT_OK;
    j->patterns++;
    j->invalid += !valid;
    return row_write(j, number, valid, column, why.msg, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    job j = { .json = cli->json };
    ent_code rc = ENT_OK;

    ENT_TRY(cli_arguments(cli, 0, -1, err));
    j.arena = ent_arena_new(PATTERN_MEMORY);
    if (j.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory");
    for (int i = 0; rc == ENT_OK && (i < cli->argc || (i == 0 && cli->argc == 0)); i++) {
        j.file = cli->argc == 0 ? "-" : cli->argv[i];
        rc = cli_lines(j.file, ENT_LIMIT_LINE_SIZE, line_check, &j, err);
    }
    ent_arena_free(j.arena);
    if (rc != ENT_OK)
        return rc;
    if (!cli->json)
        (void)printf("%zu patterns, %zu not valid\n", j.patterns, j.invalid);
    return j.invalid == 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_stix_pattern = {
    .name = "stix pattern",
    .usage = "[FILE...]",
    .summary = "are these lines STIX patterns?",
    .help =
        "Reads patterns, one a line; a line that is a JSON string holds one pattern, which may\n"
        "then contain line breaks.  Says for each whether it is a pattern, and where not.\n"
        "\n"
        "  echo \"[file:name = 'a.exe']\" | entente stix pattern --json\n",
    .run = run,
};
