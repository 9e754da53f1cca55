#include "node/rows.h"

#include "node/files.h"

#include <dirent.h>
#include <stdlib.h>

#define FILE_LIMIT ((size_t)65536)

bool node_row_name_valid(ent_str name)
{
    if (name.size == 0 || name.size >= NODE_ROW_NAME_SIZE || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", name.ptr[i]) == NULL)
            return false;
    return true;
}

const char *node_row_path(ent_arena *arena, const node_home *home, const char *folder,
                          const char *name, const char *kind)
{
    return node_path(arena, "%s/%s/%s.%s", home->path, folder, name, kind);
}

ent_code node_row_read(ent_arena *arena, const char *path, ent_json *json, ent_err *err)
{
    ent_str text;

    ENT_TRY(node_file_read(arena, path, FILE_LIMIT, &text, err));
    return ent_json_read(arena, text, json, err);
}

ent_code node_row_text(ent_arena *arena, ent_json json, const char *name, ent_str *out,
                       ent_err *err)
{
    *out = ent_arena_str(arena, ent_json_get_text(json, name));
    return out->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

ent_code node_row_list(ent_arena *arena, const node_home *home, const char *folder, size_t most,
                       ent_str **names, size_t *count, ent_err *err)
{
    DIR *dir = opendir(node_path(arena, "%s/%s", home->path, folder));
    ent_code rc = ENT_OK;

    *count = 0;
    *names = ent_arena_array(arena, most, sizeof **names);
    if (*names == NULL)
        rc = ent_fail_arena(err);
    if (dir == NULL)
        return rc;
    for (struct dirent *e = readdir(dir); e != NULL && rc == ENT_OK; e = readdir(dir)) {
        size_t size = strlen(e->d_name);
        ent_str name = { e->d_name, size > 5 ? size - 5 : 0 };

        if (size <= 5 || strcmp(e->d_name + size - 5, ".json") != 0 || !node_row_name_valid(name))
            continue;
        if (*count == most)
            rc = ent_fail(err, ENT_LIMIT, "there are more than %zu rows in '%s'", most, folder);
        else if (((*names)[(*count)++] = ent_arena_str(arena, name)).ptr == NULL)
            rc = ent_fail_arena(err);
    }
    (void)closedir(dir);
    if (*count > 0)
        qsort(*names, *count, sizeof **names, by_text);
    return rc;
}
