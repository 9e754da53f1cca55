#include "desk/effect.h"

#include "base/buf.h"

struct sum {
    size_t facts, persons;
    unsigned categories; /* of persons */
    ent_day last;
    bool limited;
};

static void sum_add(struct sum *s, const desk_gate_object *o)
{
    s->facts++;
    if (ent_str_is(o->type, "identity")) {
        s->persons++;
        s->categories |= POLICY_BIT(o->label.category);
    }
    if (o->label.complete && (!s->limited || o->label.retention_last > s->last)) {
        s->last = o->label.retention_last;
        s->limited = true;
    }
}

static void persons_write(ent_buf *buf, const struct sum *s)
{
    const char *before = "";

    if (s->persons == 0)
        return;
    ent_buf_printf(buf, ", about %zu person%s (", s->persons, s->persons == 1 ? "" : "s");
    for (unsigned c = 0; c < 32; c++)
        if ((s->categories & POLICY_BIT(c)) != 0) {
            ent_buf_printf(buf, "%s%s", before, policy_category_name((policy_category)c));
            before = ", ";
        }
    ent_buf_printf(buf, ")");
}

ent_code desk_effect_words(ent_arena *arena, const desk_draft_look *look, ent_str *words,
                           ent_err *err)
{
    struct sum s = { 0 };
    ent_buf buf;

    ent_buf_init(&buf, arena);
    if (look->refused.ptr != NULL || !ent_str_is(look->state, "open")) {
        ent_buf_printf(&buf, "this gives nothing to anybody: it %s",
                       look->refused.ptr != NULL ? "cannot leave" : "is not open");
        return ent_buf_done(&buf, words, err);
    }
    for (size_t i = 0; i < look->result.count; i++)
        sum_add(&s, &look->result.objects[i]);
    ent_buf_printf(&buf, "this gives %.*s %zu fact%s", ENT_STR_ARG(look->peer), s.facts,
                   s.facts == 1 ? "" : "s");
    persons_write(&buf, &s);
    ent_buf_printf(&buf, ", for %.*s", ENT_STR_ARG(look->purpose));
    for (ent_json v = ent_json_first(look->named); v.doc != NULL; v = ent_json_next(v))
        ent_buf_printf(&buf, "%s%.*s",
                       v.at == ent_json_first(look->named).at ? ", there only to " : " and ",
                       ENT_STR_ARG(ent_json_str(v)));
    if (look->result.evidence_count > 0)
        ent_buf_printf(&buf, ", with %zu file%s", look->result.evidence_count,
                       look->result.evidence_count == 1 ? "" : "s");
    if (look->tearline.size > 0)
        ent_buf_printf(&buf, ", with a text for others");
    if (s.limited) {
        int year, month, day;

        ent_day_split(s.last, &year, &month, &day);
        ent_buf_printf(&buf, ", to be kept until %04d-%02d-%02d at the latest", year, month, day);
    }
    return ent_buf_done(&buf, words, err);
}
