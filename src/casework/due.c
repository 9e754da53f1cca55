#include "casework/due.h"

#include "casework/answer.h"
#include "casework/duty.h"
#include "casework/notice.h"
#include "casework/subject.h"

/* Once for each whole time that has passed since it was due; the last deputy keeps it. */
static ent_code escalate(casework_round *r, casework_item *item, const casework_clock *clock,
                         bool *changed, ent_err *err)
{
    ent_time length = clock->due - item->received, late = r->d->now - clock->due;
    int64_t step;
    ent_str to;

    if (length <= 0)
        length = ENT_SECOND;
    step = late / length + 1;
    if (item->escalated == 0 || (size_t)step < r->duty_count)
        casework_round_again(r, clock->due + step * length);
    if (step <= item->escalated)
        return ENT_OK;
    to = casework_round_turn(r, (size_t)step);
    if (item->escalated > 0 && (size_t)step >= r->duty_count && ent_str_equal(item->owner, to))
        return ENT_OK;
    item->escalated = step;
    item->owner = to;
    *changed = true;
    ENT_TRY(casework_item_event(r->arena, item, NULL, "escalated", to, ENT_STR("not acknowledged"),
                                r->d->now, err));
    return casework_notice(r->d, r->arena, item, "escalated: not acknowledged", to, err);
}

static ent_code item_look(casework_round *r, casework_item *item, ent_err *err)
{
    casework_clock clocks[CASEWORK_CLOCKS];
    bool changed = false;

    casework_clocks(r->d, item, clocks);
    for (int i = 0; i < CASEWORK_CLOCKS; i++)
        if (clocks[i].runs)
            casework_round_again(r, clocks[i].due + ENT_SECOND / 1000);
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
    casework_round r;
    size_t reopened;

    ENT_TRY(casework_round_begin(d, arena, &r, err));
    ENT_TRY(casework_answers_due(d, arena, &r.next, err));
    ENT_TRY(casework_tripwires(d, arena, &reopened, err));
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
