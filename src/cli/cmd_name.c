/* entente name score, name keys, name parse: names as a library would see them. */
#include "cli/commands.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "names/write.h"

#define LINE_MEMORY ((size_t)64 << 20)

typedef ent_code (*record_fn)(ent_arena *arena, ent_json json, ent_jw *w, ent_err *err);

struct lines {
    ent_arena *arena;
    record_fn answer;
};

/* One JSON line in, one out. */
static ent_code line_answer(void *arg, ent_str text, size_t number, ent_err *err)
{
    struct lines *lines = arg;
    ent_json json;
    ent_str out;
    ent_buf buf;
    ent_jw w;

    ent_arena_reset(lines->arena);
    ent_buf_init(&buf, lines->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    if (ent_json_read(lines->arena, text, &json, err) != ENT_OK ||
        lines->answer(lines->arena, json, &w, err) != ENT_OK)
        return ent_context(err, "line %zu", number);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &out, err));
    (void)fwrite(out.ptr, 1, out.size, stdout);
    (void)fputc('\n', stdout);
    return ENT_OK;
}

static ent_code lines_run(cli_context *cli, record_fn answer, ent_err *err)
{
    struct lines lines = { ent_arena_new(LINE_MEMORY), answer };
    ent_code rc = lines.arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a line")
                                      : cli_arguments(cli, 0, -1, err);

    for (int i = 0; rc == ENT_OK && i < (cli->argc == 0 ? 1 : cli->argc); i++)
        rc = cli_lines(cli->argc == 0 ? "-" : cli->argv[i], ENT_LIMIT_LINE_SIZE, line_answer,
                       &lines, err);
    ent_arena_free(lines.arena);
    return rc;
}

static ent_code score_answer(ent_arena *arena, ent_json json, ent_jw *w, ent_err *err)
{
    names_record a, b;
    names_verdict verdict;

    if (names_record_read(arena, ent_json_get(json, "a"), &a, err) != ENT_OK)
        return ent_context(err, "member 'a'");
    if (names_record_read(arena, ent_json_get(json, "b"), &b, err) != ENT_OK)
        return ent_context(err, "member 'b'");
    verdict = names_compare(&a, &b);
    names_verdict_write(w, &verdict);
    return ENT_OK;
}

static ent_code score_run(cli_context *cli, ent_err *err)
{
    return lines_run(cli, score_answer, err);
}

static ent_code keys_write(ent_arena *arena, ent_json json, names_tier tier, ent_jw *w,
                           ent_err *err)
{
    names_record record;
    ent_str *keys;
    size_t count;

    ENT_TRY(names_record_read(arena, json, &record, err));
    ENT_TRY(names_keys_tier(arena, &record, tier, &keys, &count, err));
    ent_jw_key(w, "id");
    ent_jw_str(w, record.id);
    ent_jw_key(w, "keys");
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, keys[i]);
    ent_jw_end(w);
    return ENT_OK;
}

static ent_code strong_answer(ent_arena *arena, ent_json json, ent_jw *w, ent_err *err)
{
    return keys_write(arena, json, NAMES_STRONG, w, err);
}

static ent_code weak_answer(ent_arena *arena, ent_json json, ent_jw *w, ent_err *err)
{
    return keys_write(arena, json, NAMES_WEAK, w, err);
}

static ent_code all_answer(ent_arena *arena, ent_json json, ent_jw *w, ent_err *err)
{
    return keys_write(arena, json, NAMES_ALL, w, err);
}

static ent_code keys_run(cli_context *cli, ent_err *err)
{
    const char *tier = cli_option(cli, "--tier");

    if (tier == NULL || strcmp(tier, "all") == 0)
        return lines_run(cli, all_answer, err);
    if (strcmp(tier, "strong") == 0)
        return lines_run(cli, strong_answer, err);
    if (strcmp(tier, "weak") == 0)
        return lines_run(cli, weak_answer, err);
    return ent_fail(err, ENT_USAGE, "a tier is strong, weak or all, not '%s'", tier);
}

static ent_code parse_answer(ent_arena *arena, ent_json json, ent_jw *w, ent_err *err)
{
    names_record record;

    ENT_TRY(names_record_read(arena, json, &record, err));
    ent_jw_key(w, "id");
    ent_jw_str(w, record.id);
    ent_jw_key(w, "names");
    names_words_write(w, &record);
    return ENT_OK;
}

static ent_code skeletons_line(void *arg, ent_str text, size_t number, ent_err *err)
{
    struct lines *lines = arg;
    names_record record;
    ent_json json;
    ent_str out;

    (void)number;
    ent_arena_reset(lines->arena);
    ENT_TRY(ent_json_read(lines->arena, text, &json, err));
    ENT_TRY(names_record_read(lines->arena, json, &record, err));
    ENT_TRY(names_skeletons(lines->arena, &record, &out, err));
    (void)fwrite(out.ptr, 1, out.size, stdout);
    (void)fputc('\n', stdout);
    return ENT_OK;
}

static ent_code skeletons_run(cli_context *cli, ent_err *err)
{
    struct lines lines = { ent_arena_new(LINE_MEMORY), NULL };
    ent_code rc = lines.arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a line")
                                      : cli_arguments(cli, 0, -1, err);

    for (int i = 0; rc == ENT_OK && i < (cli->argc == 0 ? 1 : cli->argc); i++)
        rc = cli_lines(cli->argc == 0 ? "-" : cli->argv[i], ENT_LIMIT_LINE_SIZE, skeletons_line,
                       &lines, err);
    ent_arena_free(lines.arena);
    return rc;
}

static ent_code parse_run(cli_context *cli, ent_err *err)
{
    if (cli_flag(cli, "--skeletons"))
        return skeletons_run(cli, err);
    return lines_run(cli, parse_answer, err);
}

const cli_command cli_name_score = {
    .name = "name score",
    .usage = "[FILE...]",
    .summary = "decide whether pairs of records are one person",
    .help = "Reads JSON Lines {\"a\":record,\"b\":record} from files or standard input and writes\n"
            "{\"score\",\"decision\",\"why\"} for each, in order.  A record is\n"
            "{\"names\":[\"...\"],\"dob\":[\"1991-03-07\"]}; other members are ignored.\n",
    .run = score_run,
};

const cli_command cli_name_keys = {
    .name = "name keys",
    .usage = "[--tier strong|weak|all] [FILE...]",
    .summary = "print the match keys of records",
    .help =
        "Reads records as JSON Lines and writes {\"id\",\"keys\"} for each; all tiers without "
        "--tier.\n"
        "Equal strong keys (nm:) mean a strong name with the same birth date, or one with day and\n"
        "month exchanged.  Equal weak keys (np:, nd:, no:) only say that it is worth comparing.\n"
        "  echo '{\"names\":[\"Elkhan Dzhuranaev\"],\"dob\":[\"1991-03-07\"]}' | entente name "
        "keys\n",
    .run = keys_run,
};

const cli_command cli_name_parse = {
    .name = "name parse",
    .usage = "[--skeletons] [FILE...]",
    .summary = "show how names are cut and folded",
    .help = "Reads records as JSON Lines and writes each name's words with their Latin form and\n"
            "skeleton: the consonant classes in which spellings of one name fall together.\n"
            "--skeletons: only these, a line of text for a record (for tables of rarity).\n",
    .run = parse_run,
};
