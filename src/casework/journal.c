#include "casework/journal.h"

static void put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

ent_code casework_note_write(desk *d, ent_arena *arena, const casework_note *note, ent_err *err)
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
    put(&w, "object", note->object);
    if (note->objects.size > 0) {
        ent_jw_key(&w, "objects");
        ent_jw_raw(&w, note->objects);
    }
    if (note->oversight) {
        ent_jw_key(&w, "oversight");
        ent_jw_bool(&w, true);
    }
    put(&w, "peer", note->peer);
    put(&w, "purpose", note->purpose);
    put(&w, "reason", note->reason);
    put(&w, "role", note->role);
    put(&w, "time", desk_time_text(arena, d->now));
    put(&w, "verb", ent_str_of(note->verb));
    put(&w, "who", note->who);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}
