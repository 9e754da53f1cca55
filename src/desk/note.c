#include "desk/note.h"

ent_code desk_note_write(desk *d, ent_arena *arena, const desk_note *note, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("journal"), .peer = ENT_STR(""), .state = ENT_STR("waiting"), .time = d->now
    };
    char id[37];
    ent_buf buf;
    ent_jw w;

    desk_id_within(d, id);
    doc.id = ent_str_of(id);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "object", note->object);
    if (note->objects.size > 0) {
        ent_jw_key(&w, "objects");
        ent_jw_raw(&w, note->objects);
    }
    if (note->oversight) {
        ent_jw_key(&w, "oversight");
        ent_jw_bool(&w, true);
    }
    desk_put(&w, "peer", note->peer);
    desk_put(&w, "purpose", note->purpose);
    desk_put(&w, "reason", note->reason);
    desk_put(&w, "role", note->role);
    desk_put(&w, "time", desk_time_text(arena, d->now));
    desk_put(&w, "verb", ent_str_of(note->verb));
    desk_put(&w, "who", note->who);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}
