#include "cli/import_paths.h"

#include "base/json.h"
#include "base/limits.h"
#include "formats/formats.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PATHS 100000

struct paths {
    cli_context *cli;
    const char **at;
    size_t count;
};

static ent_code path_add(struct paths *p, const char *folder, ent_str name, ent_err *err)
{
    ent_str path = folder == NULL
                       ? ent_arena_str(p->cli->arena, name)
                       : ent_arena_printf(p->cli->arena, "%s/%.*s", folder, ENT_STR_ARG(name));

    if (path.ptr == NULL)
        return ent_fail_arena(err);
    if (p->count == PATHS)
        return ent_fail(err, ENT_LIMIT, "more than %d files at once", PATHS);
    p->at[p->count++] = path.ptr;
    return ENT_OK;
}

/* The events that a feed's manifest lists: {"UUID": {...}, ...}. */
static ent_code manifest_read(struct paths *p, const char *folder, const char *manifest,
                              ent_err *err)
{
    ent_json json;
    ent_str text;

    ENT_TRY(cli_file(p->cli, manifest, ENT_LIMIT_ITEM_SIZE, &text, err));
    text = ent_arena_str(p->cli->arena, text);
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    if (ent_json_read(p->cli->arena, text, &json, err) != ENT_OK)
        return ent_context(err, "the manifest '%s'", manifest);
    if (!ent_json_is(json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "the manifest '%s' is no JSON object", manifest);
    for (ent_json m = ent_json_first(json); m.doc != NULL; m = ent_json_next(m)) {
        ent_str uuid = ent_json_name(m), name;

        /* A name of a feed never leads out of its directory. */
        for (size_t i = 0; i < uuid.size; i++)
            if (strchr("0123456789abcdefABCDEF-", uuid.ptr[i]) == NULL || uuid.ptr[i] == '\0')
                return ent_fail(err, ENT_FORMAT, "the manifest '%s' lists what is no UUID",
                                manifest);
        name = ent_arena_printf(p->cli->arena, "%.*s.json", ENT_STR_ARG(uuid));
        if (name.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(path_add(p, folder, name, err));
    }
    return ENT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static ent_code folder_read(struct paths *p, const char *folder, ent_err *err)
{
    ent_str manifest = ent_arena_printf(p->cli->arena, "%s/manifest.json", folder);
    size_t first = p->count;
    const struct dirent *entry;
    ent_code rc = ENT_OK;
    struct stat info;
    DIR *dir;

    if (manifest.ptr == NULL)
        return ent_fail_arena(err);
    if (stat(manifest.ptr, &info) == 0)
        return manifest_read(p, folder, manifest.ptr, err);
    dir = opendir(folder);
    if (dir == NULL)
        return ent_fail(err, ENT_IO, "cannot read the directory '%s': %s", folder, strerror(errno));
    while (rc == ENT_OK && (entry = readdir(dir)) != NULL) {
        ent_str name = ent_str_of(entry->d_name);

        if (name.ptr[0] == '.')
            continue;
        rc = path_add(p, folder, name, err);
        if (rc == ENT_OK && (stat(p->at[p->count - 1], &info) != 0 || !S_ISREG(info.st_mode)))
            p->count--; /* no plain file */
    }
    (void)closedir(dir);
    if (rc == ENT_OK && p->count > first)
        qsort(p->at + first, p->count - first, sizeof *p->at, by_name);
    return rc;
}

static int part_of(const char *path)
{
    char head[4096];
    size_t got;
    FILE *in;

    if (strcmp(path, "-") == 0 || (in = fopen(path, "rb")) == NULL)
        return 0;
    got = fread(head, 1, sizeof head, in);
    (void)fclose(in);
    return formats_ofac_part(head, got);
}

static ent_code shown_extend(cli_context *cli, cli_import_file *file, const char *path,
                             ent_err *err)
{
    const char *name = strrchr(path, '/');
    ent_str shown =
        ent_arena_printf(cli->arena, "%s+%s", file->shown, name == NULL ? path : name + 1);

    if (shown.ptr == NULL)
        return ent_fail_arena(err);
    file->shown = shown.ptr;
    return ENT_OK;
}

static ent_code paths_join(struct paths *p, cli_import_file *files, size_t *count, ent_err *err)
{
    const char *format = cli_option(p->cli, "--format");
    bool join = (format == NULL || strcmp(format, "ofac-csv") == 0) &&
                cli_option(p->cli, "--mapping") == NULL;
    unsigned have = 0; /* parts of the set that is open */

    *count = 0;
    for (size_t i = 0; i < p->count; i++) {
        int part = join ? part_of(p->at[i]) : 0;
        unsigned bit = 1U << (unsigned)part;

        if (part != 0 && have != 0 && (have & bit) == 0) {
            cli_import_file *file = &files[*count - 1];

            file->parts[file->part_count++] = p->at[i];
            have |= bit;
            ENT_TRY(shown_extend(p->cli, file, p->at[i], err));
            continue;
        }
        have = part == 0 ? 0 : bit;
        files[(*count)++] =
            (cli_import_file){ .shown = p->at[i], .parts = { p->at[i] }, .part_count = 1 };
    }
    return ENT_OK;
}

ent_code cli_import_paths(cli_context *cli, cli_import_file **files, size_t *count, ent_err *err)
{
    struct paths p = { .cli = cli };
    struct stat info;

    p.at = ent_arena_array(cli->arena, PATHS, sizeof *p.at);
    if (p.at == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < cli->argc; i++) {
        const char *path = cli->argv[i];

        if (strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
            ENT_TRY(folder_read(&p, path, err));
        else
            ENT_TRY(path_add(&p, NULL, ent_str_of(path), err));
    }
    *files = ent_arena_array(cli->arena, p.count + 1, sizeof **files);
    if (*files == NULL)
        return ent_fail_arena(err);
    return paths_join(&p, *files, count, err);
}
