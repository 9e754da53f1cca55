#include "casework/diary.h"

ent_code casework_diary_line(const desk *d, ent_arena *arena, const char *what, const char *by,
                             ent_str note, ent_str *line, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "what", ent_str_of(what));
    desk_put(&w, "time", desk_time_text(arena, d->now));
    desk_put(&w, "by", ent_str_of(by));
    desk_put(&w, "note", note);
    ent_jw_end(&w);
    return ent_buf_done(&buf, line, err);
}

ent_code casework_diary_add(const desk *d, ent_arena *arena, ent_json json, const char *what,
                            const char *by, ent_str note, ent_str *text, ent_err *err)
{
    ent_str line, events;

    ENT_TRY(casework_diary_line(d, arena, what, by, note, &line, err));
    ENT_TRY(desk_with_item(arena, ent_json_get(json, "events"), line, &events, err));
    return desk_with(arena, json, "events", events, text, err);
}

size_t casework_diary_count(ent_json json, const char *what, const char *note)
{
    size_t count = 0;

    for (ent_json v = ent_json_first(ent_json_get(json, "events")); v.doc != NULL;
         v = ent_json_next(v))
        count += ent_str_is(ent_json_get_text(v, "what"), what) &&
                 (note == NULL || ent_str_is(ent_json_get_text(v, "note"), note));
    return count;
}

bool casework_diary_has(ent_json json, const char *what, const char *note)
{
    return casework_diary_count(json, what, note) > 0;
}
