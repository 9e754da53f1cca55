/* A standing match that somebody begins or stops.  Its tags are made outside of transactions and
 * kept as they are made; the offer is one transaction. */
#include "match/guard_int.h"
#include "match/standing_parts_int.h"

/* Another that stands with this peer for this purpose, or none. */
static ent_code other_find(standing_task *w, ent_str *other, ent_err *err)
{
    standing *list;
    size_t count;

    *other = ENT_STR_NONE;
    ENT_TRY(match_standing_each(w->d, w->arena, w->st.peer, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (match_standing_stands(&list[i]) && ent_str_equal(list[i].s.purpose, w->st.s.purpose) &&
            !ent_str_equal(list[i].s.id, w->st.s.id))
            *other = list[i].s.id;
    return ENT_OK;
}

static void id_copy(char id[37], ent_str from)
{
    memcpy(id, from.ptr, 36);
    id[36] = '\0';
}

/* Inside a transaction: is it still begun, and by nobody else?  An offer of the peer that came
 * while ours was made is what stands, and `id` is then that one's. */
static ent_code offer_write(standing_task *w, char id[37], ent_err *err)
{
    ent_str other;
    bool same;

    ENT_TRY(match_standing_unmoved(w, &same, err));
    if (!same)
        return ent_fail(err, ENT_CONFLICT,
                        "another process has offered or stopped this standing match");
    ENT_TRY(other_find(w, &other, err));
    if (other.size == 0)
        return match_standing_write(w, err);
    id_copy(id, other);
    return match_standing_end(w->d, w->arena, &w->st, "stopped", "the peer's stands", err);
}

/* A match by hand that was begun and not offered yet: whoever begins again goes on with it. */
static ent_code start_begin(standing_task *w, const match_question *q, const desk_terms *terms,
                            const standing *begun, char id[37], ent_err *err)
{
    if (begun != NULL)
        return match_standing_task_load(w, begun->s.id, err);
    desk_id(w->d, id);
    w->fresh = true;
    w->st = (standing){ .s = { .id = ent_arena_str(w->arena, ent_str_of(id)),
                               .peer = ent_str_of(q->peer),
                               .state = ENT_STR("making"),
                               .side = ENT_STR("asked"),
                               .purpose = q->purpose,
                               .agreement = terms->policy.id,
                               .user = ent_str_of(q->user == NULL ? "" : q->user),
                               .started = desk_time_text(w->arena, w->d->now) },
                        .peer = q->peer };
    w->d->random(w->d->arg, w->secret->ask, PSI_SEED_SIZE);
    match_standing_day_begin(w);
    return ENT_OK;
}

/* Nothing is left of a match that our own terms do not allow. */
static ent_code start_undo(standing_task *w, ent_err *err)
{
    ENT_TRY(match_standing_end(w->d, w->arena, &w->st, "refused", w->clause, err));
    return store_doc_delete(w->d->store, "standing", w->st.s.id, err);
}

static ent_code start_work(standing_task *w, char id[37], ent_err *err)
{
    ENT_TRY(match_standing_epoch_begin(w, err));
    ENT_TRY(match_standing_refresh(w, "offer", err));
    ENT_TRY(store_begin(w->d->store, err));
    if (w->clause != NULL) {
        ENT_TRY(store_end(w->d->store, start_undo(w, err), err));
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' does not allow it [%s]",
                        w->st.peer, w->clause);
    }
    w->st.s.state = ENT_STR("offered");
    return store_end(w->d->store, offer_write(w, id, err), err);
}

ent_code match_standing_start(desk *d, ent_arena *arena, const match_question *q, char id[37],
                              ent_err *err)
{
    const standing *begun = NULL;
    standing *list;
    standing_task w;
    desk_terms terms;
    desk_peer known;
    size_t count;
    bool found;
    ent_code rc;

    ENT_TRY(d->peer(d->arg, arena, q->peer, &known, err));
    ENT_TRY(match_standing_each(d, arena, q->peer, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (!ent_str_equal(list[i].s.purpose, q->purpose) ||
            (!match_standing_stands(&list[i]) && !ent_str_is(list[i].s.state, "making")))
            continue;
        id_copy(id, list[i].s.id);
        if (match_standing_stands(&list[i]))
            return ENT_OK;
        begun = &list[i];
    }
    ENT_TRY(desk_terms_find(d, arena, q->peer, POLICY_MATCH, q->purpose, &terms, &found, err));
    ENT_TRY(match_permit(&terms, found, q->peer, q->purpose, err));
    rc = match_standing_task_new(d, 0, &w, err);
    if (rc == ENT_OK)
        rc = start_begin(&w, q, &terms, begun, id, err);
    if (rc == ENT_OK)
        rc = start_work(&w, id, err);
    match_standing_task_free(&w);
    return rc;
}

ent_code match_standing_stop(desk *d, ent_arena *arena, ent_str id, ent_err *err)
{
    standing_task w = { .d = d, .arena = arena, .end = "stopped", .clause = "stopped" };

    ENT_TRY(match_standing_load(d, arena, id, &w.st, err));
    if (ent_str_is(w.st.s.state, "making")) /* the peer has not heard of it */
        return match_standing_end(d, arena, &w.st, w.end, w.clause, err);
    if (!match_standing_stands(&w.st))
        return ent_fail(err, ENT_CONFLICT, "the standing match is %.*s already",
                        ENT_STR_ARG(w.st.s.state));
    return match_standing_write(&w, err);
}
