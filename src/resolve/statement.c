#include "resolve/statement.h"

static const char *const kind_names[] = { "same", "never-same", "undo" };

static bool ordered(const resolve_statement *s)
{
    return ent_str_compare(s->a, s->b) <= 0;
}

ent_code resolve_statement_write(ent_arena *arena, const resolve_statement *s, ent_str *text,
                                 ent_err *err)
{
    ent_buf plain, canonical;
    ent_json json;
    ent_jw w;

    ent_buf_init(&plain, arena);
    ent_jw_init(&w, &plain);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, s->id);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, kind_names[s->kind]);
    if (s->kind == RESOLVE_UNDO) {
        ent_jw_key(&w, "undoes");
        ent_jw_str(&w, s->undoes);
    } else {
        ent_jw_key(&w, "a");
        ent_jw_str(&w, ordered(s) ? s->a : s->b);
        ent_jw_key(&w, "b");
        ent_jw_str(&w, ordered(s) ? s->b : s->a);
    }
    ent_jw_key(&w, "by");
    ent_jw_str(&w, s->by);
    ent_jw_key(&w, "at");
    ent_jw_str(&w, s->at);
    if (s->score > 0) {
        ent_jw_key(&w, "score");
        ent_jw_double(&w, s->score);
    }
    ent_jw_key(&w, "why");
    ent_jw_array(&w);
    for (size_t i = 0; i < s->reason_count; i++)
        ent_jw_str(&w, s->reasons[i]);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&plain, text, err));
    ENT_TRY(ent_json_read(arena, *text, &json, err));
    ent_buf_init(&canonical, arena);
    ENT_TRY(ent_json_canon(json, &canonical, err));
    return ent_buf_done(&canonical, text, err);
}

static ent_code text_read(ent_json json, const char *member, ent_str *out, ent_err *err)
{
    *out = ent_json_get_text(json, member);
    if (out->ptr == NULL || out->size == 0)
        return ent_fail(err, ENT_FORMAT, "member '%s' of a statement is missing or empty", member);
    return ENT_OK;
}

static ent_code kind_read(ent_json json, resolve_kind *kind, ent_err *err)
{
    ent_str name;

    ENT_TRY(text_read(json, "kind", &name, err));
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
        if (ent_str_is(name, kind_names[i])) {
            *kind = (resolve_kind)i;
            return ENT_OK;
        }
    return ent_fail(err, ENT_FORMAT,
                    "member 'kind' of a statement is '%.*s', which is none we know",
                    ENT_STR_ARG(name));
}

ent_code resolve_statement_read(ent_json json, resolve_statement *s, ent_err *err)
{
    ent_json why = ent_json_get(json, "why");
    ent_time time;

    *s = (resolve_statement){ .kind = RESOLVE_SAME };
    ENT_TRY(text_read(json, "id", &s->id, err));
    ENT_TRY(kind_read(json, &s->kind, err));
    if (s->kind == RESOLVE_UNDO) {
        ENT_TRY(text_read(json, "undoes", &s->undoes, err));
    } else {
        ENT_TRY(text_read(json, "a", &s->a, err));
        ENT_TRY(text_read(json, "b", &s->b, err));
        if (ent_str_equal(s->a, s->b))
            return ent_fail(err, ENT_FORMAT, "a statement joins '%.*s' with itself",
                            ENT_STR_ARG(s->a));
    }
    ENT_TRY(text_read(json, "by", &s->by, err));
    ENT_TRY(text_read(json, "at", &s->at, err));
    if (ent_time_read(s->at, &time, err) != ENT_OK)
        return ent_context(err, "member 'at' of a statement");
    (void)ent_json_double(ent_json_get(json, "score"), &s->score);
    if (ent_json_count(why) > RESOLVE_REASONS)
        return ent_fail(err, ENT_LIMIT, "a statement has %zu reasons, more than %d",
                        ent_json_count(why), RESOLVE_REASONS);
    for (ent_json v = ent_json_first(why); v.doc != NULL; v = ent_json_next(v))
        s->reasons[s->reason_count++] = ent_json_str(v);
    return ENT_OK;
}
