#include "casework/duty.h"

#include "base/json_write.h"
#include "desk/work.h"

ent_code casework_duty_set(desk *d, ent_arena *arena, const ent_str *users, size_t count,
                           ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("duty"), .id = ENT_STR("desk"), .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(&w, users[i]);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code casework_duty_get(desk *d, ent_arena *arena, ent_str **users, size_t *count, ent_err *err)
{
    store_doc doc;
    ent_json json = { NULL, 0 };
    bool found;

    *count = 0;
    ENT_TRY(desk_doc_found(d, arena, "duty", ENT_STR("desk"), &doc, &found, err));
    if (found)
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    *users = ent_arena_array(arena, ent_json_count(json) + 1, sizeof **users);
    if (*users == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v))
        (*users)[(*count)++] = ent_json_str(v);
    return ENT_OK;
}

ent_code casework_round_begin(desk *d, ent_arena *arena, casework_round *round, ent_err *err)
{
    *round = (casework_round){ .d = d, .arena = arena, .next = ENT_TIME_NEVER };
    return casework_duty_get(d, arena, &round->duty, &round->duty_count, err);
}

void casework_round_again(casework_round *round, ent_time at)
{
    if (at > round->d->now && at < round->next)
        round->next = at;
}

ent_str casework_round_turn(const casework_round *round, size_t step)
{
    if (round->duty_count == 0)
        return ENT_STR("");
    return round->duty[step < round->duty_count ? step : round->duty_count - 1];
}
