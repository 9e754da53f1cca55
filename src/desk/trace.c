#include "desk/trace.h"

#include "desk/release_int.h"

/* The object in a release's list: of ours, {"id","sent_as"}; of theirs, ids. */
static bool release_has(ent_json json, ent_str object, ent_str *sent_as)
{
    for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        *sent_as =
            ent_json_is(v, ENT_JSON_STRING) ? ent_json_str(v) : ent_json_get_text(v, "sent_as");
        if (ent_str_equal(object, ent_json_is(v, ENT_JSON_STRING) ? ent_json_str(v)
                                                                  : ent_json_get_text(v, "id")))
            return true;
    }
    return false;
}

static ent_code line_write(ent_arena *arena, const store_doc *doc, ent_str object, ent_str sent_as,
                           ent_json *line, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "object");
    ent_jw_str(&w, object);
    ent_jw_key(&w, "direction");
    ent_jw_c(&w, ent_str_is(doc->kind, "release") ? "out" : "in");
    ent_jw_key(&w, "peer");
    ent_jw_str(&w, doc->peer);
    ent_jw_key(&w, "release");
    ent_jw_str(&w, doc->id);
    ent_jw_key(&w, "state");
    ent_jw_str(&w, doc->state);
    ent_jw_key(&w, "sent_as");
    ent_jw_str(&w, sent_as);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, doc->time));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return ent_json_read(arena, text, line, err);
}

ent_code desk_trace(desk *d, ent_arena *arena, ent_str object, ent_json **lines, size_t *count,
                    ent_err *err)
{
    static const char *const kinds[] = { "release", "release-in" };
    store_doc *docs[2];
    size_t counts[2];

    for (int i = 0; i < 2; i++)
        ENT_TRY(desk_docs(d, arena, kinds[i], NULL, NULL, &docs[i], &counts[i], err));
    *count = 0;
    *lines = ent_arena_array(arena, counts[0] + counts[1] + 1, sizeof **lines);
    if (*lines == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; j < counts[i]; j++) {
            ent_str sent_as;
            ent_json json;

            ENT_TRY(ent_json_read(arena, docs[i][j].json, &json, err));
            if (release_has(json, object, &sent_as))
                ENT_TRY(
                    line_write(arena, &docs[i][j], object, sent_as, &(*lines)[(*count)++], err));
        }
    return ENT_OK;
}

static ent_code holder_make(desk *d, ent_arena *arena, const store_doc *release, ent_str object,
                            desk_holder *holder, ent_err *err)
{
    ent_str *ids = ent_arena_alloc(arena, sizeof *ids);
    desk_draft draft;

    if (ids == NULL)
        return ent_fail_arena(err);
    *holder = (desk_holder){ .peer = release->peer, .release = release->id };
    ENT_TRY(desk_draft_load(d, arena, release->id, &draft, err));
    ENT_TRY(desk_draft_request_read(arena, &draft, &holder->request, err));
    *ids = object;
    holder->request.ids = ids;
    holder->request.id_count = 1;
    holder->request.corrects = NULL;
    holder->request.correct_count = 0;
    holder->request.reason = ENT_STR_NONE;
    return ENT_OK;
}

/* Every standing release of the object to the holder. */
static ent_code corrects_add(ent_arena *arena, desk_holder *holder, const store_doc *release,
                             ent_err *err)
{
    size_t count = holder->request.correct_count;
    ent_str *grown = ent_arena_array(arena, count + 1, sizeof *grown);

    if (grown == NULL)
        return ent_fail_arena(err);
    grown[0] = release->id;
    if (count > 0)
        memcpy(grown + 1, holder->request.corrects, count * sizeof *grown);
    holder->request.corrects = grown;
    holder->request.correct_count = count + 1;
    return ENT_OK;
}

ent_code desk_holders(desk *d, ent_arena *arena, ent_str object, desk_holder **holders,
                      size_t *count, ent_err *err)
{
    store_doc *docs;
    size_t all;

    *count = 0;
    ENT_TRY(desk_docs(d, arena, "release", NULL, NULL, &docs, &all, err));
    *holders = ent_arena_array(arena, all + 1, sizeof **holders);
    if (*holders == NULL)
        return ent_fail_arena(err);
    for (size_t i = all; i > 0; i--) { /* the newest of each peer */
        const store_doc *doc = &docs[i - 1];
        ent_str sent_as;
        ent_json json;
        size_t at = 0;

        if (!ent_str_is(doc->state, "sent") && !ent_str_is(doc->state, "received"))
            continue;
        ENT_TRY(ent_json_read(arena, doc->json, &json, err));
        if (!release_has(json, object, &sent_as))
            continue;
        while (at < *count && !ent_str_equal((*holders)[at].peer, doc->peer))
            at++;
        if (at == *count)
            ENT_TRY(holder_make(d, arena, doc, object, &(*holders)[(*count)++], err));
        ENT_TRY(corrects_add(arena, &(*holders)[at], doc, err));
    }
    return ENT_OK;
}
