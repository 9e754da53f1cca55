#include "casework/due.h"

#include "casework/answer.h"
#include "casework/notice.h"
#include "casework/subject.h"

/* ---- duty ---- */

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

/* ---- clocks ---- */

struct round {
    desk *d;
    ent_arena *arena;
    ent_str *duty;
    size_t duty_count;
    ent_time next;
};

static void come_again(struct round *r, ent_time at)
{
    if (at > r->d->now && at < r->next)
        r->next = at;
}

/* Once for each whole time that has passed since it was due; the last deputy keeps it. */
static ent_code escalate(struct round *r, casework_item *item, const casework_clock *clock,
                         bool *changed, ent_err *err)
{
    ent_time length = clock->due - item->received, late = r->d->now - clock->due;
    int64_t step;
    ent_str to = ENT_STR("");

    if (length <= 0)
        length = ENT_SECOND;
    step = late / length + 1;
    if (item->escalated == 0 || (size_t)step < r->duty_count)
        come_again(r, clock->due + step * length);
    if (step <= item->escalated)
        return ENT_OK;
    if (r->duty_count > 0)
        to = r->duty[(size_t)step < r->duty_count ? (size_t)step : r->duty_count - 1];
    if (item->escalated > 0 && (size_t)step >= r->duty_count && ent_str_equal(item->owner, to))
        return ENT_OK;
    item->escalated = step;
    item->owner = to;
    *changed = true;
    ENT_TRY(casework_item_event(r->arena, item, NULL, "escalated", to, ENT_STR("not acknowledged"),
                                r->d->now, err));
    return casework_notice(r->d, r->arena, item, "escalated: not acknowledged", to, err);
}

static ent_code item_look(struct round *r, casework_item *item, ent_err *err)
{
    casework_clock clocks[CASEWORK_CLOCKS];
    bool changed = false;

    casework_clocks(r->d, item, clocks);
    for (int i = 0; i < CASEWORK_CLOCKS; i++)
        if (clocks[i].runs)
            come_again(r, clocks[i].due + ENT_SECOND / 1000);
    if (!item->out && clocks[0].overdue)
        ENT_TRY(escalate(r, item, &clocks[0], &changed, err));
    if (item->out && clocks[0].overdue && !casework_item_happened(item, "not acknowledged")) {
        changed = true;
        ENT_TRY(casework_item_event(r->arena, item, NULL, "not acknowledged", ENT_STR_NONE,
                                    item->peer, r->d->now, err));
    }
    if (clocks[1].overdue && !casework_item_happened(item, "overdue")) {
        changed = true;
        ENT_TRY(casework_item_event(r->arena, item, NULL, "overdue", ENT_STR_NONE,
                                    ent_str_of(clocks[1].what), r->d->now, err));
        ENT_TRY(casework_notice(r->d, r->arena, item, "overdue", item->owner, err));
    }
    return changed ? casework_item_save(r->d, r->arena, item, err) : ENT_OK;
}

ent_code casework_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    static const char *const open[] = { "sent",         "delivered", "shown",
                                        "acknowledged", "reopened",  NULL };
    struct round r = { .d = d, .arena = arena };
    size_t reopened;

    ENT_TRY(casework_answers_due(d, arena, &r.next, err));
    ENT_TRY(casework_tripwires(d, arena, &reopened, err));
    ENT_TRY(casework_duty_get(d, arena, &r.duty, &r.duty_count, err));
    for (const char *const *state = open; *state != NULL; state++) {
        store_doc *docs;
        size_t count;

        ENT_TRY(desk_docs(d, arena, "item", NULL, *state, &docs, &count, err));
        for (size_t i = 0; i < count; i++) {
            casework_item item = { 0 };

            ENT_TRY(casework_item_load(d, arena, docs[i].id, &item, err));
            ENT_TRY(item_look(&r, &item, err));
        }
    }
    *next = r.next;
    return ENT_OK;
}
