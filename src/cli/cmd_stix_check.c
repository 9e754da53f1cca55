/* entente stix check -- are these objects STIX 2.1? */
#include "cli/commands.h"

#include "base/json_write.h"
#include "base/text.h"
#include "stix/check.h"
#include "stix/stream.h"
#include "stix/together.h"

/* What one object's report, and what is remembered of a bundle, may take. */
#define REPORT_MEMORY   ((size_t)64 << 20)
#define TOGETHER_MEMORY ((size_t)1 << 30)

typedef struct job {
    cli_context *cli;
    bool strict;
    const char *file;
    ent_arena *memory; /* of one report */
    ent_arena *lines;  /* of the buffers that every line is built in */
    ent_buf line, message, path;
    ent_arena *remember; /* of one bundle */
    stix_together *together;
    size_t bundle; /* the index that `together` belongs to */
    size_t objects, invalid, warned;
} job;

static ent_str built(const ent_buf *buf)
{
    return buf->failed || buf->size == 0 ? ENT_STR("") : (ent_str){ buf->ptr, buf->size };
}

static void issues_json(job *j, const stix_report *report, stix_level level, ent_jw *w)
{
    ent_jw_key(w, level == STIX_MUST ? "errors" : "warnings");
    ent_jw_array(w);
    for (size_t i = 0; i < report->count; i++) {
        const stix_issue *issue = &report->issues[i];

        if (stix_rule_level(issue->rule) != level)
            continue;
        j->message.size = j->path.size = 0;
        stix_issue_message(issue, &j->message);
        stix_issue_path(report, issue, &j->path);
        ent_jw_object(w);
        ent_jw_key(w, "rule");
        ent_jw_c(w, stix_rule_name(issue->rule));
        ent_jw_key(w, "path");
        ent_jw_str(w, built(&j->path));
        ent_jw_key(w, "message");
        ent_jw_str(w, built(&j->message));
        ent_jw_key(w, "spec");
        ent_jw_c(w, stix_rule_specification(issue->rule));
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_code row_json(job *j, const stix_item *item, const stix_report *report, bool valid,
                         ent_err *err)
{
    ent_jw w;
    ent_str line;

    j->line.size = 0;
    ent_jw_init(&w, &j->line);
    ent_jw_object(&w);
    ent_jw_key(&w, "file");
    ent_jw_c(&w, j->file);
    ent_jw_key(&w, "index");
    ent_jw_int(&w, (int64_t)item->index);
    if (item->at != STIX_NOWHERE) {
        ent_jw_key(&w, "at");
        ent_jw_int(&w, (int64_t)item->at);
    }
    ent_jw_key(&w, "id");
    ent_jw_str(&w, ent_json_get_text(item->value, "id"));
    ent_jw_key(&w, "type");
    ent_jw_str(&w, ent_json_get_text(item->value, "type"));
    ent_jw_key(&w, "valid");
    ent_jw_bool(&w, valid);
    issues_json(j, report, STIX_MUST, &w);
    issues_json(j, report, STIX_SHOULD, &w);
    ent_jw_end(&w);
    ent_buf_byte(&j->line, '\n');
    ENT_TRY(ent_buf_done(&j->line, &line, err));
    (void)fwrite(line.ptr, 1, line.size, stdout);
    return ENT_OK;
}

/* "error    created: 'created' is missing ... [STIX 2.1 s3.1]", for people. */
static ent_code row_text(const job *j, const stix_item *item, const stix_report *report, bool valid,
                         ent_err *err)
{
    ent_buf buf;
    ent_str text;

    if (valid && report->warnings == 0)
        return ENT_OK;
    ent_buf_init(&buf, report->arena);
    ent_buf_printf(&buf, "%s", j->file);
    if (item->at != STIX_NOWHERE)
        ent_buf_printf(&buf, " object %zu", item->at);
    else if (item->index > 0)
        ent_buf_printf(&buf, " value %zu", item->index);
    ent_buf_c(&buf, ": ");
    ent_text_visible(&buf, ent_json_get_text(item->value, "id"));
    ent_buf_c(&buf, valid ? "\n" : " is not valid\n");
    for (size_t i = 0; i < report->count; i++) {
        const stix_issue *issue = &report->issues[i];
        ent_buf raw;

        ent_buf_init(&raw, report->arena);
        stix_issue_path(report, issue, &raw);
        ent_buf_c(&raw, raw.size == 0 ? "" : ": ");
        stix_issue_message(issue, &raw);
        ent_buf_printf(&buf, "  %-8s ",
                       stix_rule_level(issue->rule) == STIX_MUST ? "error" : "warning");
        ent_text_visible(&buf, (ent_str){ raw.ptr, raw.size });
        ent_buf_printf(&buf, " [%s]\n", stix_rule_specification(issue->rule));
    }
    ENT_TRY(ent_buf_done(&buf, &text, err));
    (void)fwrite(text.ptr, 1, text.size, stdout);
    return ENT_OK;
}

static ent_code item_check(job *j, const stix_item *item, ent_err *err)
{
    stix_report report;
    bool valid;

    ent_arena_reset(j->memory);
    stix_report_init(&report, j->memory);
    stix_check_in(item->value, item->old, &report);
    if (item->at != STIX_NOWHERE) {
        if (j->together == NULL || j->bundle != item->index) {
            ent_arena_reset(j->remember);
            j->together = stix_together_new(j->remember);
            j->bundle = item->index;
        }
        if (j->together == NULL)
            return ent_fail_arena(err);
        ENT_TRY(stix_together_add(j->together, item->value, &report, err));
    }
    if (report.full)
        return ent_fail_arena(err);
    valid = report.errors == 0 && !(j->strict && report.warnings > 0);
    j->objects++;
    j->invalid += !valid;
    j->warned += report.warnings > 0;
    return j->cli->json ? row_json(j, item, &report, valid, err)
                        : row_text(j, item, &report, valid, err);
}

static ent_code text_check(job *j, ent_str text, ent_err *err)
{
    stix_stream *stream;
    stix_item item;
    bool more;
    ent_code rc;

    j->together = NULL;
    ENT_TRY(stix_stream_new(j->cli->arena, text, &stream, err));
    while ((rc = stix_stream_next(stream, &item, &more, err)) == ENT_OK && more)
        if ((rc = item_check(j, &item, err)) != ENT_OK)
            break;
    stix_stream_free(stream);
    return rc == ENT_OK ? rc : ent_context(err, "%s", j->file);
}

static ent_code file_check(job *j, const char *file, ent_err *err)
{
    cli_map map;
    ent_code rc;

    j->file = file;
    ENT_TRY(cli_map_open(j->cli, file, &map, err));
    rc = text_check(j, map.text, err);
    cli_map_close(&map);
    return rc;
}

static ent_code files_check(job *j, ent_err *err)
{
    if (j->cli->argc == 0)
        return file_check(j, "-", err);
    for (int i = 0; i < j->cli->argc; i++)
        ENT_TRY(file_check(j, j->cli->argv[i], err));
    return ENT_OK;
}

static ent_code run(cli_context *cli, ent_err *err)
{
    job j = { .cli = cli, .strict = cli_flag(cli, "--strict") };
    ent_code rc;

    ENT_TRY(cli_arguments(cli, 0, -1, err));
    j.memory = ent_arena_new(REPORT_MEMORY);
    j.remember = ent_arena_new(TOGETHER_MEMORY);
    j.lines = ent_arena_new(REPORT_MEMORY);
    if (j.lines != NULL) {
        ent_buf_init(&j.line, j.lines);
        ent_buf_init(&j.message, j.lines);
        ent_buf_init(&j.path, j.lines);
    }
    rc = j.memory == NULL || j.remember == NULL || j.lines == NULL
             ? ent_fail(err, ENT_MEMORY, "no memory")
             : files_check(&j, err);
    ent_arena_free(j.memory);
    ent_arena_free(j.lines);
    ent_arena_free(j.remember);
    if (rc != ENT_OK)
        return rc;
    if (!cli->json)
        (void)printf("%zu objects, %zu not valid, %zu with warnings\n", j.objects, j.invalid,
                     j.warned);
    return j.invalid == 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_stix_check = {
    .name = "stix check",
    .usage = "[--strict] [FILE...]",
    .summary = "are these objects STIX 2.1?",
    .help =
        "Reads bundles or objects (JSON, a JSON array, JSON Lines) and says of each object which\n"
        "rules it breaks: errors for what the specification says must be, warnings for what\n"
        "should be.  --strict counts warnings as errors.  Exit status 1 if any is not valid.\n"
        "\n"
        "  entente stix check --json bundle.json | jq 'select(.valid | not)'\n",
    .run = run,
};
