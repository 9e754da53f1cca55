/* entente stix match -- do these observations match this pattern? */
#include "cli/commands.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "base/text.h"
#include "stix/match.h"

/* The values of a file, all kept: an observation refers to objects anywhere. */
static ent_code file_add(cli_context *cli, const char *file, stix_observations *observations,
                         ent_err *err)
{
    ent_str text;
    size_t at = 0, used;

    ENT_TRY(cli_file(cli, file, ENT_LIMIT_JSON_TEXT, &text, err));
    while (at < text.size && strchr(" \t\r\n", text.ptr[at]) != NULL)
        at++;
    while (at < text.size) {
        ent_json value;

        if (ent_json_read_at(cli->arena, text, at, &value, &used, err) != ENT_OK ||
            stix_observations_add_all(observations, value, err) != ENT_OK)
            return ent_context(err, "%s", file);
        at += used;
        while (at < text.size && text.ptr[at] != '\0' && strchr(" \t\r\n", text.ptr[at]) != NULL)
            at++;
    }
    return ENT_OK;
}

static ent_code result_write(const cli_context *cli, const stix_match_result *result, ent_err *err)
{
    ent_buf buf;
    ent_jw w;
    ent_str line;

    ent_buf_init(&buf, cli->arena);
    if (cli->json) {
        ent_jw_init(&w, &buf);
        ent_jw_object(&w);
        ent_jw_key(&w, "matched");
        ent_jw_bool(&w, result->matched);
        ent_jw_key(&w, "objects");
        ent_jw_array(&w);
        for (size_t i = 0; i < result->count; i++)
            ent_jw_str(&w, result->ids[i]);
        ent_jw_end(&w);
        ent_jw_end(&w);
        ent_buf_byte(&buf, '\n');
    } else {
        ent_buf_c(&buf, result->matched ? "match\n" : "no match\n");
        for (size_t i = 0; i < result->count; i++) {
            ent_buf_c(&buf, "  ");
            ent_text_visible(&buf, result->ids[i]);
            ent_buf_byte(&buf, '\n');
        }
    }
    ENT_TRY(ent_buf_done(&buf, &line, err));
    (void)fwrite(line.ptr, 1, line.size, stdout);
    return ENT_OK;
}

static ent_code pattern_take(cli_context *cli, ent_str *pattern, ent_err *err)
{
    const char *text = cli_option(cli, "--pattern"), *file = cli_option(cli, "--pattern-file");

    if ((text == NULL) == (file == NULL))
        return ent_fail(err, ENT_USAGE, "one of --pattern and --pattern-file is wanted");
    if (text != NULL) {
        *pattern = ent_str_of(text);
        return ENT_OK;
    }
    return cli_file(cli, file, ENT_LIMIT_PATTERN_SIZE, pattern, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    ent_str text;
    stix_node *pattern;
    stix_matcher *matcher;
    stix_observations *observations;
    stix_match_result result;
    size_t column;

    ENT_TRY(pattern_take(cli, &text, err));
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    if (stix_pattern_read(cli->arena, text, &pattern, &column, err) != ENT_OK ||
        stix_matcher_new(cli->arena, pattern, &matcher, err) != ENT_OK)
        return ent_context(err, "the pattern");
    observations = stix_observations_new(cli->arena);
    if (observations == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < cli->argc; i++)
        ENT_TRY(file_add(cli, cli->argv[i], observations, err));
    ENT_TRY(stix_match(matcher, observations, cli->arena, &result, err));
    ENT_TRY(result_write(cli, &result, err));
    return result.matched ? ENT_OK : ENT_NO;
}

const cli_command cli_stix_match = {
    .name = "stix match",
    .usage = "--pattern PATTERN | --pattern-file FILE  FILE...",
    .summary = "do these observations match this pattern?",
    .help =
        "Reads bundles with observed-data and observables, all files taken together, and says\n"
        "whether the pattern matches, with the ids of the observed-data that it matched.\n"
        "Exit status 0: match, 1: no match, 65: not a pattern that can be matched.\n"
        "\n"
        "  entente stix match --pattern \"[ipv4-addr:value ISSUBSET '10.0.0.0/8']\" seen.json\n",
    .run = run,
};
