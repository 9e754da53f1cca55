/* What the readers of lists put into a record. */
#include "formats/reader_int.h"

#include <strings.h>

void formats_name_add(formats_record *r, ent_str full, const char *kind)
{
    if (full.size > 0 && r->name_count < FORMATS_ROWS)
        r->names[r->name_count++] =
            (formats_name_row){ full, formats_script(full), ent_str_of(kind) };
}

void formats_text_add(ent_str *list, size_t *count, ent_str text)
{
    if (text.size > 0 && *count < FORMATS_ROWS)
        list[(*count)++] = text;
}

void formats_document_add(formats_record *r, const char *type, ent_str issuer, ent_str number)
{
    if (number.size > 0 && r->document_count < FORMATS_ROWS)
        r->documents[r->document_count++] =
            (formats_document){ ent_str_of(type), formats_country(issuer), number };
}

/* The parts that are not empty, with `gap` between them. */
ent_code formats_joined(ent_arena *arena, const ent_str *parts, size_t count, const char *gap,
                        ent_str *out, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > 0)
            ent_buf_printf(&buf, "%s%.*s", buf.size > 0 ? gap : "", ENT_STR_ARG(parts[i]));
    ENT_TRY(ent_buf_done(&buf, out, err));
    if (out->ptr == NULL)
        *out = ENT_STR("");
    return ENT_OK;
}

bool formats_has(ent_str text, const char *word)
{
    size_t size = strlen(word);

    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp(text.ptr + i, word, size) == 0)
            return true;
    return false;
}

ent_str formats_trimmed(ent_str text)
{
    while (text.size > 0 && (unsigned char)text.ptr[0] <= ' ') {
        text.ptr++;
        text.size--;
    }
    while (text.size > 0 && (unsigned char)text.ptr[text.size - 1] <= ' ')
        text.size--;
    return text;
}
