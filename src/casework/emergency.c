#include "casework/emergency.h"

#include "desk/note.h"

ent_code casework_emergency_send(desk *d, ent_arena *arena, ent_str draft, ent_str ground,
                                 const desk_officer *officer, desk_draft_state *state, ent_err *err)
{
    desk_note note = { .verb = "release emergency",
                       .who = ent_str_of(officer->name),
                       .role = ent_str_of(officer->role),
                       .object = draft,
                       .reason = ground,
                       .oversight = true };

    ENT_TRY(desk_emergency_send(d, arena, draft, ground, officer, state, err));
    return desk_note_write(d, arena, &note, err);
}

ent_code casework_emergency_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    ent_str *ids;
    size_t count;

    *next = ENT_TIME_NEVER;
    ENT_TRY(desk_emergency_overdue(d, arena, &ids, &count, next, err));
    for (size_t i = 0; i < count; i++) {
        desk_note note = { .verb = "release review overdue",
                           .object = ids[i],
                           .reason = ENT_STR("nobody reviewed it by the end of the next day"),
                           .oversight = true };

        ENT_TRY(desk_note_write(d, arena, &note, err));
    }
    return ENT_OK;
}
