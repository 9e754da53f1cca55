/* Looking at drafts (desk/release.h): what would leave, what not, what is missing. */
#include "desk/release_int.h"

/* What a refused gate says is what whoever approves must read, so it is no failure here. */
static ent_code judge(desk *d, ent_arena *arena, const desk_draft *draft, desk_draft_look *look,
                      ent_err *err)
{
    desk_draft_request request;
    ent_code rc;

    ENT_TRY(desk_draft_request_read(arena, draft, &request, err));
    rc = desk_draft_gate(d, arena, &request, look->id, look->drafted, false, &look->result, err);
    if (rc == ENT_DENIED || rc == ENT_NOT_FOUND) {
        look->result = (desk_gate_result){ 0 };
        look->refused = ent_arena_str(arena, ent_str_of(err->msg));
        *err = (ent_err){ 0 };
        return look->refused.ptr != NULL ? ENT_OK : ent_fail_arena(err);
    }
    ENT_TRY(rc);
    look->changed = !ent_str_equal(look->result.statement, look->statement);
    return desk_draft_missing(d, arena, draft, &look->result, &look->stands, err);
}

ent_code desk_release_look(desk *d, ent_arena *arena, ent_str id, desk_draft_look *look,
                           ent_err *err)
{
    desk_draft draft;

    ENT_TRY(desk_draft_load(d, arena, id, &draft, err));
    *look = (desk_draft_look){ .id = draft.doc.id,
                               .state = draft.doc.state,
                               .peer = draft.doc.peer,
                               .purpose = ent_json_get_text(draft.json, "purpose"),
                               .drafter = draft.drafter,
                               .drafted = ent_json_get_text(draft.json, "drafted"),
                               .tearline = ent_json_get_text(draft.json, "tearline"),
                               .named = ent_json_get(draft.json, "for"),
                               .statement = draft.statement };
    return ent_str_is(draft.doc.state, "open") ? judge(d, arena, &draft, look, err) : ENT_OK;
}

struct ids {
    ent_arena *arena;
    ent_str *list;
    size_t count, room;
};

static ent_code id_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct ids *ids = arg;

    if (ids->count == ids->room) {
        ent_str *more = ent_arena_grow(ids->arena, ids->list, &ids->room, sizeof *more);

        if (more == NULL)
            return ent_fail_arena(err);
        ids->list = more;
    }
    ids->list[ids->count] = ent_arena_str(ids->arena, doc->id);
    return ids->list[ids->count++].ptr != NULL ? ENT_OK : ent_fail_arena(err);
}

ent_code desk_release_drafts(desk *d, ent_arena *arena, const char *state, ent_str **list,
                             size_t *count, ent_err *err)
{
    struct ids ids = { .arena = arena };

    ENT_TRY(store_docs_each(d->store, "draft", NULL, state, id_take, &ids, err));
    *list = ids.list;
    *count = ids.count;
    return ENT_OK;
}
