/* entente import -- files of every format into the holdings. */
#include "cli/desk.h"
#include "cli/import_paths.h"
#include "cli/label.h"
#include "cli/match.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "base/text.h"
#include "casework/subject.h"
#include "desk/basis.h"
#include "desk/compartment.h"
#include "formats/formats.h"
#include "holdings/import.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK ((size_t)1 << 18)

struct run {
    cli_context *cli;
    const char *compartment; /* or NULL */
    node_desk *nd;
    const char *file;
    holdings_import_options options;
    size_t rejected;
    bool progress;
};

/* ---- telling ---- */

static void note_show(void *arg, const holdings_note *note)
{
    struct run *run = arg;
    const char *what = note->quarantined ? "quarantined" : "rejected";
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    ent_err ignored = { 0 };
    ent_buf buf;
    ent_str line;
    ent_jw w;

    if (arena == NULL)
        return;
    ent_buf_init(&buf, arena);
    if (!run->cli->json) {
        ent_buf_printf(&buf, "  %-11s item %zu, line %zu ", what, note->index, note->line);
        ent_text_visible(&buf, note->id);
        ent_buf_c(&buf, ": ");
        ent_text_visible(&buf, note->reason);
    } else {
        ent_jw_init(&w, &buf);
        ent_jw_object(&w);
        if (run->cli->exercise) {
            ent_jw_key(&w, "exercise");
            ent_jw_bool(&w, true);
        }
        ent_jw_key(&w, "file");
        ent_jw_c(&w, run->file);
        ent_jw_key(&w, "index");
        ent_jw_int(&w, (int64_t)note->index);
        ent_jw_key(&w, "line");
        ent_jw_int(&w, (int64_t)note->line);
        ent_jw_key(&w, "offset");
        ent_jw_int(&w, (int64_t)note->offset);
        if (note->id.size > 0) {
            ent_jw_key(&w, "id");
            ent_jw_str(&w, note->id);
        }
        ent_jw_key(&w, "result");
        ent_jw_c(&w, what);
        cli_line_said(&w, "reason", note->reason);
        ent_jw_end(&w);
    }
    ent_buf_byte(&buf, '\n');
    if (ent_buf_done(&buf, &line, &ignored) == ENT_OK)
        (void)fwrite(line.ptr, 1, line.size, stdout);
    ent_arena_free(arena);
}

static void progress_show(void *arg, const holdings_import_count *count)
{
    const struct run *run = arg;

    if (run->progress)
        (void)fprintf(stderr, "\r%s: %zu read, %zu added, %zu updated ", run->file, count->read,
                      count->added, count->updated);
}

static ent_code file_show(struct run *run, const holdings_import *import, const ent_err *wrong,
                          ent_err *err)
{
    const holdings_import_count *c = holdings_import_counted(import);
    const struct {
        const char *name;
        size_t number;
    } counts[] = { { "read", c->read },
                   { "added", c->added },
                   { "updated", c->updated },
                   { "unchanged", c->unchanged },
                   { "quarantined", c->quarantined },
                   { "rejected", c->rejected },
                   { "dropped", c->dropped },
                   { "delisted", c->delisted },
                   { "upgraded", c->upgraded } };
    const char *format = formats_name(holdings_import_kind(import)), *kept;
    const char *list = holdings_import_edition(import, &kept);
    ent_buf buf;
    ent_jw w;

    run->rejected += c->rejected;
    if (!run->cli->json) {
        (void)printf("%-32s %-13s", cli_text(run->cli, ent_str_of(run->file)), format);
        for (size_t i = 0; i < 6; i++)
            (void)printf(" %7zu %s", counts[i].number, counts[i].name);
        if (c->delisted > 0)
            (void)printf("; %zu no more on the list, and revoked", c->delisted);
        if (c->upgraded > 0)
            (void)printf("; %zu of STIX 2.0, held as 2.1", c->upgraded);
        if (c->dropped > 0)
            (void)printf("; %zu members on religion, ethnicity or politics left out", c->dropped);
        (void)putchar('\n');
        if (kept[0] != '\0' && list[0] != '\0')
            (void)fprintf(stderr, "entente: nothing was taken off the list %s: %s\n", list, kept);
        return ENT_OK;
    }
    ent_buf_init(&buf, run->cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "file");
    ent_jw_c(&w, run->file);
    ent_jw_key(&w, "format");
    ent_jw_c(&w, format);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ent_jw_key(&w, counts[i].name);
        ent_jw_int(&w, (int64_t)counts[i].number);
    }
    if (list[0] != '\0') {
        ent_jw_key(&w, "edition");
        ent_jw_c(&w, list);
    }
    if (kept[0] != '\0') {
        ent_jw_key(&w, "kept");
        ent_jw_c(&w, kept);
    }
    if (wrong->msg[0] != '\0') {
        ent_jw_key(&w, "error");
        ent_jw_c(&w, wrong->msg);
    }
    ent_jw_end(&w);
    return cli_json_line(run->cli, &buf, err);
}

/* ---- reading ---- */

static ent_code bytes_read(struct run *run, FILE *in, holdings_import *import, ent_err *err)
{
    char *block = ent_arena_alloc(run->cli->arena, BLOCK);
    size_t got;

    if (block == NULL)
        return ent_fail_arena(err);
    while ((got = fread(block, 1, BLOCK, in)) > 0)
        ENT_TRY(holdings_import_feed(import, block, got, err));
    return ferror(in) ? ent_fail(err, ENT_IO, "reading failed: %s", strerror(errno)) : ENT_OK;
}

static ent_code part_read(struct run *run, const char *path, holdings_import *import, ent_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    ent_code rc;

    if (in == NULL)
        return ent_fail(err, errno == ENOENT ? ENT_NOT_FOUND : ENT_IO, "cannot open '%s': %s", path,
                        strerror(errno));
    rc = bytes_read(run, in, import, err);
    if (!standard)
        (void)fclose(in);
    return rc;
}

static ent_code parts_read(struct run *run, const cli_import_file *file, holdings_import *import,
                           ent_err *err)
{
    ENT_TRY(part_read(run, file->parts[0], import, err));
    for (size_t i = 1; i < file->part_count; i++) {
        ENT_TRY(holdings_import_feed(import, "\n", 1, err)); /* one may end without */
        ENT_TRY(part_read(run, file->parts[i], import, err));
    }
    return ENT_OK;
}

static ent_code file_import(struct run *run, const cli_import_file *file, ent_err *err)
{
    holdings_import *import = NULL;
    ent_err wrong = { 0 }, late = { 0 };
    ent_code rc, end;

    ENT_TRY(holdings_import_new(node_desk_desk(run->nd)->store, &run->options, &import, err));
    rc = parts_read(run, file, import, &wrong);
    if (rc == ENT_NOT_FOUND) { /* nothing was read of it */
        holdings_import_free(import);
        *err = wrong;
        return rc;
    }
    end = ENT_OK;
    if (rc == ENT_OK || rc == ENT_FORMAT || rc == ENT_LIMIT)
        end = holdings_import_end(import, rc == ENT_OK, rc == ENT_OK ? &wrong : &late);
    if (end != ENT_OK) {
        wrong = rc == ENT_OK ? wrong : late;
        rc = end;
    }
    if (run->progress)
        (void)fputs("\r\033[K", stderr);
    if (rc == ENT_OK)
        wrong.msg[0] = '\0'; /* what items were wrong with is in their notes */
    if (file_show(run, import, &wrong, err) != ENT_OK)
        rc = err->code;
    else if (rc != ENT_OK)
        *err = wrong;
    holdings_import_free(import);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "importing '%s'", run->file);
}

static ent_code path_import(struct run *run, const cli_import_file *file, ent_err *err)
{
    const char *name = strrchr(file->parts[0], '/');

    run->file = file->shown;
    run->options.source =
        ent_arena_printf(run->cli->arena, "import:%s", name == NULL ? file->parts[0] : name + 1);
    return run->options.source.ptr == NULL ? ent_fail_arena(err) : file_import(run, file, err);
}

/* A record that has just come may open a closed tip again. */
static ent_code wires(void *arg, desk *d, ent_err *err)
{
    const struct run *run = arg;
    size_t reopened;

    ENT_TRY(casework_tripwires(d, run->cli->arena, &reopened, err));
    if (reopened > 0)
        (void)fprintf(stderr, "entente: %zu closed tip%s open again: `entente tip list --open`\n",
                      reopened, reopened == 1 ? " is" : "s are");
    return ENT_OK;
}

static ent_code role_check(struct run *run, ent_err *err)
{
    static const char *const roles[] = { "collector", "analyst", "liaison", "case", "admin" };
    desk_officer officer;

    if (run->cli->user == NULL)
        return ENT_OK; /* whoever can read the home's keys */
    ENT_TRY(cli_officer(run->cli, run->nd, &officer, err));
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(officer.role, roles[i]) == 0)
            return ENT_OK;
    return ent_fail(err, ENT_DENIED, "the role '%s' imports nothing [collector, analyst]",
                    officer.role);
}

static ent_code item_hide(void *arg, ent_arena *arena, ent_str id, ent_err *err)
{
    const struct run *run = arg;

    return desk_compartment_hold(node_desk_desk(run->nd), arena, id, ent_str_of(run->compartment),
                                 err);
}

/* What comes in is hidden from the moment at which it is there. */
static ent_code compartment_set(struct run *run, ent_err *err)
{
    ent_str name = ent_str_of(run->compartment);

    if (run->compartment == NULL)
        return ENT_OK;
    if (!desk_compartment_name(name))
        return ent_fail(err, ENT_USAGE, "a compartment's name is 1 to %d of A-Z 0-9 and '-'",
                        DESK_COMPARTMENT_NAME);
    if (run->cli->user == NULL)
        return ent_fail(err, ENT_USAGE, "--compartment: who are you? Give --as USER");
    ENT_TRY(cli_compartment_member(run->cli, run->nd, name, err));
    run->options.held = item_hide;
    run->options.held_arg = run;
    return ENT_OK;
}

static ent_code run(cli_context *cli, ent_err *err)
{
    struct run run = { .cli = cli, .compartment = cli_option(cli, "--compartment") };
    const char *format = cli_option(cli, "--format"), *mapping;
    cli_import_file *files;
    ent_err first = { 0 };
    ent_str text;
    size_t count;

    run.options.formats.kind = format == NULL ? FORMATS_COUNT : formats_find(format);
    if (format != NULL && run.options.formats.kind == FORMATS_COUNT)
        return ent_fail(err, ENT_USAGE, "'%s' is no format; `entente help import` lists them",
                        format);
    run.options.formats.source = cli_option(cli, "--agency");
    run.options.edition = cli_option(cli, "--edition");
    if ((mapping = cli_option(cli, "--mapping")) != NULL) {
        ENT_TRY(cli_file(cli, mapping, ENT_LIMIT_OBJECT_SIZE, &text, err));
        run.options.formats.mapping = ent_arena_str(cli->arena, text).ptr;
        if (run.options.formats.mapping == NULL)
            return ent_fail_arena(err);
    }
    ENT_TRY(cli_label(cli, &run.options.label, err));
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    ENT_TRY(cli_desk(cli, &run.nd, err));
    ENT_TRY(role_check(&run, err));
    ENT_TRY(compartment_set(&run, err));
    run.options.now = node_desk_desk(run.nd)->now;
    run.options.random = node_desk_desk(run.nd)->random;
    run.options.random_arg = node_desk_desk(run.nd)->arg;
    run.options.changed = desk_basis_imported;
    run.options.changed_arg = node_desk_desk(run.nd);
    run.options.note = note_show;
    run.options.progress = progress_show;
    run.options.arg = &run;
    run.progress = isatty(STDERR_FILENO);
    ENT_TRY(cli_import_paths(cli, &files, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_err wrong = { 0 };

        if (path_import(&run, &files[i], &wrong) == ENT_OK)
            continue;
        if (first.code == ENT_OK)
            first = wrong;
        else
            (void)fprintf(stderr, "entente: %s\n", wrong.msg);
    }
    ENT_TRY(cli_desk_work(cli, run.nd, wires, &run, err));
    if (first.code != ENT_OK) {
        *err = first;
        return first.code;
    }
    ENT_TRY(cli_match_changed(cli, run.nd, err));
    if (run.rejected > 0)
        return ent_fail(err, ENT_FORMAT, "%zu item%s rejected; the reasons are above", run.rejected,
                        run.rejected == 1 ? " was" : "s were");
    return ENT_OK;
}

const cli_command cli_import = {
    .name = "import",
    .usage = "[--format F] [LABEL OPTIONS] FILE...",
    .summary = "bring files into the holdings",
    .help = "The format is found by content, or given with --format:\n"
#define X(symbol, name, meaning) "  " name "\n      " meaning "\n"
#include "formats/formats.def"
#undef X
            "\nEach item comes in whole or not at all; the same file can be imported again.  Data\n"
            "about persons that lack rating, purpose, category or retention go to quarantine "
            "(`entente\n"
            "quarantine list`); these options give what items lack:\n" CLI_LABEL_HELP
            "  --agency NAME        whose records they are, where records do not say\n"
            "  --edition LIST       the file is the whole of that list: what it has no more is "
            "revoked.  The\n"
            "      lists of the UN, the EU (XML), Canada and the United Kingdom are so by their "
            "form;\n"
            "      `--edition none` keeps what is missing\n"
            "  --compartment NAME   every item of the file is in it from the first moment on, also "
            "what\n"
            "      was there or goes to quarantine; you must be in it (`entente compartment put`)\n"
            "  --mapping FILE       which column of a table is what, as JSON:\n"
            "      "
            "{\"agency\":\"X\",\"schema\":\"person\",\"separator\":\";\",\"columns\":{\"Nom\":"
            "\"family\",\n"
            "       \"Prenom\":\"given\",\"Ne le\":\"dob\",\"Passeport\":\"passport\"}}\n"
            "      members: id agency schema name given family original alias weak former dob pob\n"
            "      nationality passport national tax reg imo gender program notes\n"
            "Published lists (OFAC, UN, EU, UK, ...) have defaults of their own.\n\n"
            "  entente import --rating B2 --purpose CT-INV --category suspect \\\n"
            "      --retention 2029-01-01 --discover pointer persons.jsonl\n",
    .run = run,
};
