#include "node/assured.h"

#include "base/buf.h"
#include "node/files.h"

#define LIST_LIMIT ((size_t)65536)

static ent_code list_read(ent_arena *arena, const node_home *home, ent_str *list, ent_err *err)
{
    ent_code rc = node_file_read(arena, node_path(arena, "%s/keys/assured", home->path), LIST_LIMIT,
                                 list, err);

    if (rc != ENT_NOT_FOUND)
        return rc;
    *err = (ent_err){ 0 };
    *list = ENT_STR("");
    return ENT_OK;
}

/* Takes the first line off. */
static bool line_next(ent_str *list, ent_str *line)
{
    const char *end;

    if (list->size == 0)
        return false;
    end = memchr(list->ptr, '\n', list->size);
    line->ptr = list->ptr;
    line->size = end == NULL ? list->size : (size_t)(end - list->ptr);
    list->ptr += line->size + (end != NULL);
    list->size -= line->size + (end != NULL);
    return true;
}

ent_code node_assured_get(ent_arena *arena, const node_home *home, ent_str code, bool *yes,
                          ent_err *err)
{
    ent_str list, line;

    *yes = false;
    ENT_TRY(list_read(arena, home, &list, err));
    while (line_next(&list, &line))
        *yes = *yes || ent_str_equal(line, code);
    return ENT_OK;
}

ent_code node_assured_set(ent_arena *arena, const node_home *home, ent_str code, bool yes,
                          ent_err *err)
{
    ent_str list, line, text;
    ent_buf buf;

    ENT_TRY(list_read(arena, home, &list, err));
    ent_buf_init(&buf, arena);
    while (line_next(&list, &line))
        if (!ent_str_equal(line, code))
            ent_buf_printf(&buf, "%.*s\n", ENT_STR_ARG(line));
    if (yes)
        ent_buf_printf(&buf, "%.*s\n", ENT_STR_ARG(code));
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(node_path(arena, "%s/keys/assured", home->path), ent_span_of_str(text),
                           0644, err);
}
