/* Releases of both directions, for people (desk/release.h). */
#include "desk/release_evidence_int.h"
#include "desk/release_int.h"

/* A received object as the receiving desk shows it: whose, how good, for what. */
static ent_code object_show(desk *d, ent_arena *arena, const char *peer, ent_str id, ent_jw *w,
                            ent_err *err)
{
    ent_err why = { 0 };
    store_row row;
    ent_json object, handling;
    ent_code rc = store_object_get(d->store, arena, peer, id, &row, &why);

    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = why, rc;
    ent_jw_object(w);
    ent_jw_key(w, "id");
    ent_jw_str(w, id);
    ent_jw_key(w, "owner");
    ent_jw_c(w, peer);
    if (rc == ENT_OK && row.tombstone.size > 0) {
        ent_jw_key(w, "erased");
        ent_jw_str(w, row.tombstone);
    } else if (rc == ENT_OK) {
        ENT_TRY(ent_json_read(arena, row.bytes, &object, err));
        handling = policy_handling(object);
        ent_jw_key(w, "type");
        ent_jw_str(w, row.type);
        ent_jw_key(w, "rating");
        ent_jw_printf(
            w, "%.*s%.*s",
            ENT_STR_ARG(ent_json_get_text(ent_json_get(handling, "rating"), "source")),
            ENT_STR_ARG(ent_json_get_text(ent_json_get(handling, "rating"), "information")));
        for (ent_json v = ent_json_first(handling); v.doc != NULL; v = ent_json_next(v)) {
            ent_str name = ent_json_name(v);

            if (ent_str_is(name, "rating") || ent_str_is(name, "extension_type"))
                continue;
            ent_jw_key_str(w, name);
            ent_jw_raw(w, ent_json_raw(v));
        }
    }
    ent_jw_end(w);
    return ENT_OK;
}

static ent_code objects_show(desk *d, ent_arena *arena, bool out, const char *peer, ent_json list,
                             ent_jw *w, ent_err *err)
{
    ent_jw_array(w);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        if (out)
            ent_jw_raw(w, ent_json_raw(v));
        else
            ENT_TRY(object_show(d, arena, peer, ent_json_str(v), w, err));
    }
    ent_jw_end(w);
    return ENT_OK;
}

static ent_code release_show(desk *d, ent_arena *arena, const store_doc *doc, ent_json *out,
                             ent_err *err)
{
    bool is_out = ent_str_is(doc->kind, "release");
    ent_str peer = ent_arena_str(arena, doc->peer), text;
    ent_json json;
    ent_buf buf;
    ent_jw w;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "release");
    ent_jw_str(&w, doc->id);
    ent_jw_key(&w, "direction");
    ent_jw_c(&w, is_out ? "out" : "in");
    ent_jw_key(&w, "peer");
    ent_jw_str(&w, doc->peer);
    ent_jw_key(&w, "state");
    ent_jw_str(&w, doc->state);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, doc->time));
    for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(&w, ent_json_name(v));
        if (ent_str_is(ent_json_name(v), "objects"))
            ENT_TRY(objects_show(d, arena, is_out, peer.ptr, v, &w, err));
        else
            ent_jw_raw(&w, ent_json_raw(v));
    }
    ent_jw_key(&w, "evidence");
    ENT_TRY(desk_files_show(d, arena, is_out, peer.ptr, doc->id, &w, err));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return ent_json_read(arena, text, out, err);
}

ent_code desk_release_list(desk *d, ent_arena *arena, const char *peer, ent_json **releases,
                           size_t *count, ent_err *err)
{
    static const char *const kinds[] = { "release", "release-in" };
    store_doc *docs[2];
    size_t counts[2];

    for (int i = 0; i < 2; i++)
        ENT_TRY(desk_docs(d, arena, kinds[i], peer, NULL, &docs[i], &counts[i], err));
    *count = 0;
    *releases = ent_arena_array(arena, counts[0] + counts[1] + 1, sizeof **releases);
    if (*releases == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; j < counts[i]; j++)
            ENT_TRY(release_show(d, arena, &docs[i][j], &(*releases)[(*count)++], err));
    return ENT_OK;
}
