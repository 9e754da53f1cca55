/* entente screen: a list in memory, queries streamed through it.
 *
 * The list is cut into as many slices as there are threads, each read and prepared by one;
 * queries are taken in batches, each thread answers every n-th of a batch, and the answers
 * are written in the order of the queries.  Nothing depends on the number of threads. */
#include "cli/commands.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "names/index.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define BATCH       512
#define THREADS_MAX 64
#define HITS_MAX    10000
#define LIST_MEMORY ((size_t)64 << 30)
#define LINE_MEMORY ((size_t)256 << 20)

struct screen;

struct worker {
    struct screen *screen;
    size_t number;
    pthread_t thread;
    bool started;
    ent_arena *list;    /* what its slice of the list became */
    ent_arena *reading; /* one record as it was read */
    ent_arena *query;   /* one batch */
    ent_str slice;
    size_t first_line;              /* 0-based line at which the slice starts */
    const names_prepared **records; /* their text is gone; only scoring may use them */
    ent_str *ids;
    size_t record_count, room;
    names_scratch *scratch;
    names_hit *hits;
    ent_err err;
    ent_code rc;
};

struct screen {
    struct worker workers[THREADS_MAX];
    size_t threads, limit;
    double min_score;
    const names_prepared **records;
    ent_str *ids;
    size_t record_count;
    names_index *index;
    struct { /* one batch */
        char *line;
        size_t size, number;
        ent_str answer;
    } batch[BATCH];
    size_t batch_count;
};

/* ---- the list ---- */

static ent_code room_make(struct worker *w, ent_err *err)
{
    size_t room = w->room == 0 ? 1024 : w->room * 2;
    const names_prepared **records = realloc(w->records, room * sizeof *records);
    ent_str *ids;

    if (records == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the list");
    w->records = records;
    ids = realloc(w->ids, room * sizeof *ids);
    if (ids == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the list");
    w->ids = ids;
    w->room = room;
    return ENT_OK;
}

/* Of a record only its id and what scoring needs is kept. */
static ent_code record_keep(struct worker *w, ent_str line, ent_err *err)
{
    names_record record;
    ent_json json;

    if (w->record_count == w->room)
        ENT_TRY(room_make(w, err));
    ent_arena_reset(w->reading);
    ENT_TRY(ent_json_read(w->reading, line, &json, err));
    ENT_TRY(names_record_read(w->reading, json, &record, err));
    ENT_TRY(names_prepare(w->list, &record, &w->records[w->record_count], err));
    w->ids[w->record_count] = ENT_STR_NONE;
    if (record.id.ptr != NULL) {
        w->ids[w->record_count] = ent_arena_str(w->list, record.id);
        if (w->ids[w->record_count].ptr == NULL)
            return ent_fail_arena(err);
    }
    w->record_count++;
    return ENT_OK;
}

static void *slice_read(void *arg)
{
    struct worker *w = arg;
    size_t number = 0;

    for (size_t at = 0; at < w->slice.size && w->rc == ENT_OK;) {
        const char *end = memchr(w->slice.ptr + at, '\n', w->slice.size - at);
        size_t size = end == NULL ? w->slice.size - at : (size_t)(end - w->slice.ptr) - at;

        number++;
        if (size > 0) {
            w->rc = record_keep(w, (ent_str){ w->slice.ptr + at, size }, &w->err);
            if (w->rc != ENT_OK)
                (void)ent_context(&w->err, "slice %zu of the list, line %zu of it", w->number + 1,
                                  number);
        }
        at += size + 1;
    }
    return NULL;
}

/* Runs `work` once for each worker, in threads where there can be threads. */
static ent_code workers_run(struct screen *s, void *(*work)(void *), ent_err *err)
{
    for (size_t i = 1; i < s->threads; i++)
        s->workers[i].started =
            pthread_create(&s->workers[i].thread, NULL, work, &s->workers[i]) == 0;
    (void)work(&s->workers[0]);
    for (size_t i = 1; i < s->threads; i++) {
        if (s->workers[i].started)
            (void)pthread_join(s->workers[i].thread, NULL);
        else
            (void)work(&s->workers[i]);
    }
    for (size_t i = 0; i < s->threads; i++)
        if (s->workers[i].rc != ENT_OK) {
            *err = s->workers[i].err;
            return s->workers[i].rc;
        }
    return ENT_OK;
}

static ent_code list_read(struct screen *s, ent_str text, ent_err *err)
{
    size_t from = 0;

    for (size_t i = 0; i < s->threads; i++) {
        size_t to = i + 1 == s->threads ? text.size : text.size / s->threads * (i + 1);

        to = to < from ? from : to;
        while (to < text.size && to > 0 && text.ptr[to - 1] != '\n')
            to++;
        s->workers[i].slice = (ent_str){ text.ptr + from, to - from };
        from = to;
    }
    ENT_TRY(workers_run(s, slice_read, err));
    for (size_t i = 0; i < s->threads; i++)
        s->record_count += s->workers[i].record_count;
    s->records = calloc(s->record_count + 1, sizeof *s->records);
    s->ids = calloc(s->record_count + 1, sizeof *s->ids);
    if (s->records == NULL || s->ids == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the list");
    s->record_count = 0;
    for (size_t i = 0; i < s->threads; i++)
        for (size_t k = 0; k < s->workers[i].record_count; k++) {
            s->records[s->record_count] = s->workers[i].records[k];
            s->ids[s->record_count++] = s->workers[i].ids[k];
        }
    ENT_TRY(names_index_new(s->records, s->record_count, &s->index, err));
    for (size_t i = 0; i < s->threads; i++) {
        ENT_TRY(names_scratch_new(s->index, &s->workers[i].scratch, err));
        s->workers[i].hits = calloc(s->limit + 1, sizeof *s->workers[i].hits);
        if (s->workers[i].hits == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory for hits");
    }
    return ENT_OK;
}

/* ---- queries ---- */

static ent_code query_answer(struct worker *w, size_t at, ent_err *err)
{
    struct screen *s = w->screen;
    ent_arena *arena = w->query;
    const names_prepared *query;
    names_record record;
    ent_json json;
    ent_buf buf;
    ent_jw jw;
    size_t count;

    ENT_TRY(ent_json_read(arena, (ent_str){ s->batch[at].line, s->batch[at].size }, &json, err));
    ENT_TRY(names_record_read(arena, json, &record, err));
    ENT_TRY(names_prepare(arena, &record, &query, err));
    count = names_index_find(s->index, w->scratch, query, s->min_score, w->hits, s->limit);
    ent_buf_init(&buf, arena);
    ent_jw_init(&jw, &buf);
    ent_jw_object(&jw);
    ent_jw_key(&jw, "query");
    ent_jw_str(&jw, record.id);
    ent_jw_key(&jw, "hits");
    ent_jw_array(&jw);
    for (size_t i = 0; i < count; i++) {
        ent_jw_object(&jw);
        ent_jw_key(&jw, "id");
        ent_jw_str(&jw, s->ids[w->hits[i].record]);
        ent_jw_key(&jw, "score");
        ent_jw_double(&jw, w->hits[i].result.score);
        ent_jw_key(&jw, "decision");
        ent_jw_c(&jw, names_decision_name(w->hits[i].result.decision));
        ent_jw_end(&jw);
    }
    ent_jw_end(&jw);
    ent_jw_end(&jw);
    return ent_buf_done(&buf, &s->batch[at].answer, err);
}

static void *batch_answer(void *arg)
{
    struct worker *w = arg;

    ent_arena_reset(w->query);
    for (size_t i = w->number; i < w->screen->batch_count && w->rc == ENT_OK;
         i += w->screen->threads) {
        w->rc = query_answer(w, i, &w->err);
        if (w->rc != ENT_OK)
            (void)ent_context(&w->err, "line %zu", w->screen->batch[i].number);
    }
    return NULL;
}

static ent_code batch_flush(struct screen *s, ent_err *err)
{
    ent_code rc = workers_run(s, batch_answer, err);

    for (size_t i = 0; i < s->batch_count; i++) {
        if (rc == ENT_OK) {
            (void)fwrite(s->batch[i].answer.ptr, 1, s->batch[i].answer.size, stdout);
            (void)fputc('\n', stdout);
        }
        free(s->batch[i].line);
    }
    s->batch_count = 0;
    return rc;
}

static ent_code query_take(void *arg, ent_str text, size_t number, ent_err *err)
{
    struct screen *s = arg;
    char *copy = malloc(text.size + 1);

    if (copy == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a query");
    memcpy(copy, text.ptr, text.size);
    s->batch[s->batch_count].line = copy;
    s->batch[s->batch_count].size = text.size;
    s->batch[s->batch_count].number = number;
    s->batch_count++;
    return s->batch_count < BATCH ? ENT_OK : batch_flush(s, err);
}

/* ---- the command ---- */

static ent_code number_option(cli_context *cli, const char *name, double low, double high,
                              double *value, ent_err *err)
{
    const char *text = cli_option(cli, name);
    char *end;

    if (text == NULL)
        return ENT_OK;
    *value = strtod(text, &end);
    if (end == text || *end != '\0' || !(*value >= low && *value <= high))
        return ent_fail(err, ENT_USAGE, "%s takes a number from %g to %g, not '%s'", name, low,
                        high, text);
    return ENT_OK;
}

static void screen_free(struct screen *s)
{
    for (size_t i = 0; i < s->batch_count; i++)
        free(s->batch[i].line);
    for (size_t i = 0; i < s->threads; i++) {
        ent_arena_free(s->workers[i].list);
        ent_arena_free(s->workers[i].query);
        ent_arena_free(s->workers[i].reading);
        names_scratch_free(s->workers[i].scratch);
        free(s->workers[i].records);
        free(s->workers[i].ids);
        free(s->workers[i].hits);
    }
    names_index_free(s->index);
    free(s->records);
    free(s->ids);
    free(s);
}

static ent_code workers_make(struct screen *s, size_t threads, ent_err *err)
{
    for (size_t i = 0; i < threads; i++) {
        s->threads = i + 1;
        s->workers[i].screen = s;
        s->workers[i].number = i;
        s->workers[i].list = ent_arena_new(LIST_MEMORY);
        s->workers[i].query = ent_arena_new(LINE_MEMORY);
        s->workers[i].reading = ent_arena_new(LINE_MEMORY);
        if (s->workers[i].list == NULL || s->workers[i].query == NULL ||
            s->workers[i].reading == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory to screen");
    }
    return ENT_OK;
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *list = cli_option(cli, "--list");
    double limit = 10, min_score = 0.5, threads = (double)sysconf(_SC_NPROCESSORS_ONLN);
    struct screen *s;
    ent_str text;
    ent_code rc;

    ENT_TRY(number_option(cli, "--limit", 1, HITS_MAX, &limit, err));
    ENT_TRY(number_option(cli, "--min-score", 0, 1, &min_score, err));
    ENT_TRY(number_option(cli, "--threads", 1, THREADS_MAX, &threads, err));
    ENT_TRY(cli_arguments(cli, 0, -1, err));
    if (list == NULL)
        return ent_fail(err, ENT_USAGE, "--list FILE is wanted: the records to screen against");
    if (strcmp(list, "-") == 0)
        return ent_fail(err, ENT_USAGE, "standard input is for the queries; --list takes a file");
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to screen");
    s->limit = (size_t)limit;
    s->min_score = min_score;
    rc = workers_make(s,
                      threads < 1             ? 1
                      : threads > THREADS_MAX ? THREADS_MAX
                                              : (size_t)threads,
                      err);
    if (rc == ENT_OK)
        rc = cli_file(cli, list, SIZE_MAX / 2, &text, err);
    if (rc == ENT_OK && (rc = list_read(s, text, err)) != ENT_OK)
        (void)ent_context(err, "'%s'", list);
    for (int i = 0; rc == ENT_OK && i < (cli->argc == 0 ? 1 : cli->argc); i++)
        rc =
            cli_lines(cli->argc == 0 ? "-" : cli->argv[i], ENT_LIMIT_LINE_SIZE, query_take, s, err);
    if (rc == ENT_OK)
        rc = batch_flush(s, err);
    screen_free(s);
    return rc;
}

const cli_command cli_screen = {
    .name = "screen",
    .usage = "--list FILE [--limit N] [--min-score S] [--threads N] [FILE...]",
    .summary = "look up records in a list of records",
    .help =
        "Reads records as JSON Lines (the queries) from files or standard input and writes, in\n"
        "their order, {\"query\",\"hits\":[{\"id\",\"score\",\"decision\"}]}: the best N records "
        "of the\n"
        "list (10) with a score of at least S (0.5), the score being that of `name score`.\n"
        "The list is held in memory; the number of threads changes nothing but the time.\n"
        "  entente screen --list sanctions.jsonl <customers.jsonl\n",
    .run = run,
};
