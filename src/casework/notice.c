#include "casework/notice.h"

ent_code casework_notice_put(desk *d, ent_arena *arena, const casework_notice_about *about,
                             ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("notice"), .peer = about->peer, .state = ENT_STR("waiting"), .time = d->now
    };
    char id[37];
    ent_buf buf;
    ent_jw w;

    desk_id(d, id);
    doc.id = ent_str_of(id);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "item");
    ent_jw_str(&w, about->object);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, about->kind);
    ent_jw_key(&w, "precedence");
    ent_jw_c(&w, about->precedence);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, d->now));
    ent_jw_key(&w, "to");
    ent_jw_str(&w, about->to.ptr == NULL ? ENT_STR("") : about->to);
    ent_jw_key(&w, "why");
    ent_jw_c(&w, about->why);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code casework_notice_once(desk *d, ent_arena *arena, ent_str id,
                              const casework_notice_about *about, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("alarm-told"),
                      .id = id,
                      .state = ENT_STR("told"),
                      .time = d->now,
                      .json = ENT_STR("{}") };
    store_doc before;
    bool found;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "alarm-told", id, &before, &found, err));
    if (found)
        return ENT_OK;
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return casework_notice_put(d, arena, about, err);
}

ent_code casework_notice(desk *d, ent_arena *arena, const casework_item *item, const char *why,
                         ent_str to, ent_err *err)
{
    casework_notice_about about = { .object = item->id,
                                    .peer = item->peer,
                                    .kind = casework_kind_name(item->kind),
                                    .precedence = casework_precedence_name(item->precedence),
                                    .why = why,
                                    .to = to };

    return casework_notice_put(d, arena, &about, err);
}
