#include "cli/commands.h"

#include "base/buf.h"
#include "base/limits.h"
#include "node/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void argument_remove(cli_context *cli, int at, int count)
{
    for (int i = at; i + count < cli->argc; i++)
        cli->argv[i] = cli->argv[i + count];
    cli->argc -= count;
}

/* Options end at "--". */
static int options_end(const cli_context *cli)
{
    for (int i = 0; i < cli->argc; i++)
        if (strcmp(cli->argv[i], "--") == 0)
            return i;
    return cli->argc;
}

const char *cli_option(cli_context *cli, const char *name)
{
    size_t size = strlen(name);
    int end = options_end(cli);

    for (int i = 0; i < end; i++) {
        const char *value = NULL;

        if (strncmp(cli->argv[i], name, size) != 0)
            continue;
        if (cli->argv[i][size] == '=') {
            value = cli->argv[i] + size + 1;
            argument_remove(cli, i, 1);
        } else if (cli->argv[i][size] == '\0' && i + 1 < end) {
            value = cli->argv[i + 1];
            argument_remove(cli, i, 2);
        }
        if (value != NULL)
            return value;
    }
    return NULL;
}

bool cli_flag(cli_context *cli, const char *name)
{
    int end = options_end(cli);

    for (int i = 0; i < end; i++)
        if (strcmp(cli->argv[i], name) == 0) {
            argument_remove(cli, i, 1);
            return true;
        }
    return false;
}

ent_code cli_arguments(cli_context *cli, int min, int max, ent_err *err)
{
    int end = options_end(cli);

    for (int i = 0; i < end; i++)
        if (cli->argv[i][0] == '-' && cli->argv[i][1] != '\0')
            return ent_fail(err, ENT_USAGE, "unknown option, or an option without its value: '%s'",
                            cli->argv[i]);
    if (end < cli->argc)
        argument_remove(cli, end, 1);
    if (cli->argc < min)
        return ent_fail(err, ENT_USAGE, "at least %d argument%s wanted, %d given", min,
                        min == 1 ? " is" : "s are", cli->argc);
    if (max >= 0 && cli->argc > max)
        return ent_fail(err, ENT_USAGE, "at most %d argument%s wanted; '%s' is too much", max,
                        max == 1 ? " is" : "s are", cli->argv[max]);
    return ENT_OK;
}

static ent_code file_open(const char *path, FILE **in, ent_err *err)
{
    *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (*in == NULL)
        return ent_fail(err, errno == ENOENT ? ENT_NOT_FOUND : ENT_IO, "cannot open '%s': %s", path,
                        strerror(errno));
    return ENT_OK;
}

static void file_close(FILE *in)
{
    if (in != stdin)
        (void)fclose(in);
}

bool cli_out_is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

ent_code cli_out(const char *path, ent_str content, unsigned mode, ent_err *err)
{
    if (!cli_out_is_standard(path))
        return node_file_write(path, ent_span_of_str(content), mode, err);
    if (fwrite(content.ptr, 1, content.size, stdout) != content.size || fflush(stdout) != 0)
        return ent_fail(err, ENT_IO, "writing failed: %s", strerror(errno));
    return ENT_OK;
}

ent_code cli_file(cli_context *cli, const char *path, size_t limit, ent_str *text, ent_err *err)
{
    ent_code rc = ENT_OK;
    char *bytes = NULL;
    size_t used = 0, room = 0, got;
    FILE *in;

    ENT_TRY(file_open(path, &in, err));
    do {
        if (used == room) {
            size_t more = room == 0 ? 65536 : room * 2;
            char *grown = realloc(bytes, more);

            if (grown == NULL) {
                rc = ent_fail(err, ENT_MEMORY, "no memory to read '%s'", path);
                goto out;
            }
            bytes = grown;
            room = more;
        }
        got = fread(bytes + used, 1, room - used, in);
        used += got;
        if (used > limit) {
            rc = ent_fail(err, ENT_LIMIT, "'%s' is larger than %zu bytes", path, limit);
            goto out;
        }
    } while (got > 0);
    if (ferror(in)) {
        rc = ent_fail(err, ENT_IO, "reading '%s' failed: %s", path, strerror(errno));
        goto out;
    }
    if (ent_arena_defer(cli->arena, free, bytes) != 0) {
        bytes = NULL;
        rc = ent_fail_arena(err);
        goto out;
    }
    *text = (ent_str){ bytes, used };
    bytes = NULL;
out:
    free(bytes);
    file_close(in);
    return rc;
}

ent_code cli_map_open(cli_context *cli, const char *path, cli_map *map, ent_err *err)
{
    struct stat status;
    int fd = strcmp(path, "-") == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;

    *map = (cli_map){ .mapped = NULL };
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (bytes == MAP_FAILED)
        return cli_file(cli, path, ENT_LIMIT_JSON_TEXT, &map->text, err);
    map->mapped = bytes;
    map->size = (size_t)status.st_size;
    map->text = (ent_str){ bytes, map->size };
    return ENT_OK;
}

void cli_map_close(cli_map *map)
{
    if (map->mapped != NULL)
        (void)munmap(map->mapped, map->size);
    map->mapped = NULL;
}

ent_code cli_lines(const char *path, size_t limit,
                   ent_code (*line)(void *arg, ent_str text, size_t number, ent_err *err),
                   void *arg, ent_err *err)
{
    ent_code rc = ENT_OK;
    char *bytes = NULL;
    size_t room = 0, number = 0;
    ssize_t size;
    FILE *in;

    ENT_TRY(file_open(path, &in, err));
    while (rc == ENT_OK && (size = getline(&bytes, &room, in)) >= 0) {
        number++;
        while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
            size--;
        if ((size_t)size > limit)
            rc = ent_fail(err, ENT_LIMIT, "line %zu of '%s' is larger than %zu bytes", number, path,
                          limit);
        else if (size > 0)
            rc = line(arg, (ent_str){ bytes, (size_t)size }, number, err);
    }
    if (rc == ENT_OK && ferror(in))
        rc = ent_fail(err, ENT_IO, "reading '%s' failed: %s", path, strerror(errno));
    free(bytes);
    file_close(in);
    return rc;
}
