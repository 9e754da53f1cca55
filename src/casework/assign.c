#include "casework/assign.h"

#include "casework/duty.h"
#include "casework/notice.h"

/* After the last on duty there is nobody: it stays with the last. */
static ent_code next_find(desk *d, ent_arena *arena, ent_str owner, ent_str *next, ent_err *err)
{
    ent_str *users;
    size_t count, at = 0;

    ENT_TRY(casework_duty_get(d, arena, &users, &count, err));
    if (count == 0)
        return ent_fail(err, ENT_NOT_FOUND, "nobody is on duty: `duty set` says who");
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(users[i], owner))
            at = i + 1 < count ? i + 1 : i;
    *next = users[at];
    return ENT_OK;
}

ent_code casework_assign(desk *d, ent_arena *arena, casework_item *item, ent_str to, ent_str note,
                         const desk_officer *by, ent_err *err)
{
    bool next = to.ptr == NULL;
    ent_str said;

    if (item->out)
        return ent_fail(err, ENT_CONFLICT, "it is the other side's turn, not ours");
    if (ent_str_is(item->state, "closed") || ent_str_is(item->state, "answered"))
        return ent_fail(err, ENT_CONFLICT, "it is %.*s", ENT_STR_ARG(item->state));
    if (item->legal_first && strcmp(by->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "of this subject the legal officer decides first "
                        "[disclosure]");
    if (next)
        ENT_TRY(next_find(d, arena, item->owner, &to, err));
    item->owner = to;
    said = ent_arena_printf(arena, "%.*s%s%.*s", ENT_STR_ARG(to), note.size > 0 ? ": " : "",
                            (int)note.size, note.size > 0 ? note.ptr : "");
    if (said.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(casework_item_event(arena, item, NULL, next ? "escalated" : "assigned",
                                ent_str_of(by->name), said, d->now, err));
    ENT_TRY(casework_item_save(d, arena, item, err));
    return casework_notice(d, arena, item, next ? "escalated" : "assigned", to, err);
}
