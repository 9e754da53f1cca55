/* How many alerts this desk may put up in a day; who used them is said, and who raised it. */
#include "joint/alert_int.h"

#include "base/limits.h"
#include "base/text.h"
#include "desk/work.h"

#include <stdlib.h>

#define BUDGET_MAX 1000000
#define NAMED      5 /* of those who used it, in a refusal */

static int by_count(const void *a, const void *b)
{
    const joint_budget_use *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return ent_str_compare(x->by, y->by);
}

static joint_budget_use *use_of(joint_budget *budget, ent_str by)
{
    for (size_t i = 0; i < budget->use_count; i++)
        if (ent_str_equal(budget->uses[i].by, by))
            return &budget->uses[i];
    budget->uses[budget->use_count] = (joint_budget_use){ .by = by };
    return &budget->uses[budget->use_count++];
}

ent_code joint_budget_get(desk *d, ent_arena *arena, joint_budget *budget, ent_err *err)
{
    store_doc doc, *docs;
    size_t count;
    ent_json json;
    bool set;

    *budget = (joint_budget){ .per_day = ENT_LIMIT_ALERT_DAY };
    ENT_TRY(desk_doc_found(d, arena, "alert-budget", ENT_STR("desk"), &doc, &set, err));
    if (set) {
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
        ENT_TRY(
            desk_number(json, "per_day", "the alert budget", 1, BUDGET_MAX, &budget->per_day, err));
        budget->set_by = ent_json_get_text(json, "by");
        budget->reason = ent_json_get_text(json, "reason");
    }
    ENT_TRY(desk_docs(d, arena, "alert-event", NULL, "added", &docs, &count, err));
    budget->uses = ent_arena_array(arena, count + 1, sizeof *budget->uses);
    if (budget->uses == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        if (docs[i].time / ENT_DAY_TIME != d->now / ENT_DAY_TIME)
            continue;
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        use_of(budget, ent_json_get_text(json, "by"))->count++;
        budget->used++;
    }
    if (budget->use_count > 1)
        qsort(budget->uses, budget->use_count, sizeof *budget->uses, by_count);
    return ENT_OK;
}

ent_code joint_budget_check(desk *d, ent_arena *arena, ent_err *err)
{
    joint_budget budget;
    ent_buf buf;
    ent_str who;

    ENT_TRY(joint_budget_get(d, arena, &budget, err));
    if (budget.used < budget.per_day)
        return ENT_OK;
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < budget.use_count && i < NAMED; i++)
        ent_buf_printf(&buf, "%s%.*s %lld", i > 0 ? ", " : "", ENT_STR_ARG(budget.uses[i].by),
                       (long long)budget.uses[i].count);
    if (budget.use_count > NAMED)
        ent_buf_printf(&buf, " and %zu more", budget.use_count - NAMED);
    ENT_TRY(ent_buf_done(&buf, &who, err));
    return ent_fail(err, ENT_LIMIT,
                    "this desk has put up its %lld alerts of today (%.*s); another one waits for "
                    "tomorrow, or for `alert budget set` by somebody else [budget]",
                    (long long)budget.per_day, ENT_STR_ARG(who));
}

ent_code joint_budget_set(desk *d, ent_arena *arena, int64_t per_day, ent_str user, ent_str reason,
                          ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("alert-budget"),
                      .id = ENT_STR("desk"),
                      .state = ENT_STR("set"),
                      .time = d->now };
    joint_budget before;
    ent_buf buf;
    ent_jw w;

    if (per_day < 1 || per_day > BUDGET_MAX)
        return ent_fail(err, ENT_USAGE, "a budget is from 1 to %d alerts a day", BUDGET_MAX);
    if (reason.size == 0)
        return ent_fail(err, ENT_USAGE, "a budget needs a reason");
    ENT_TRY(joint_budget_get(d, arena, &before, err));
    for (size_t i = 0; i < before.use_count && per_day > before.per_day; i++)
        if (ent_str_equal(before.uses[i].by, user))
            return ent_fail(err, ENT_DENIED,
                            "who has put up alerts today does not raise the budget [person]");
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "per_day");
    ent_jw_int(&w, per_day);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, user);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, reason);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}
