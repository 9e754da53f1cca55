/* A standing match that somebody begins or stops.  Its tags are made outside of transactions and
 * kept as they are made; the offer is one transaction. */
#include "match/guard_int.h"
#include "match/standing_parts_int.h"

/* Does another match stand with this peer for this purpose, or is one offered? */
static ent_code other_stands(standing_task *w, bool *stands, ent_err *err)
{
    standing *list;
    size_t count;

    *stands = false;
    ENT_TRY(match_standing_each(w->d, w->arena, w->st.peer, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        *stands = *stands ||
                  (ent_str_equal(list[i].s.purpose, w->st.s.purpose) &&
                   !ent_str_equal(list[i].s.id, w->st.s.id) &&
                   (ent_str_is(list[i].s.state, "open") || ent_str_is(list[i].s.state, "offered")));
    return ENT_OK;
}

/* Inside a transaction: is it still begun, and by nobody else?  An offer of the peer that came
 * while ours was made is what stands. */
static ent_code offer_write(standing_task *w, ent_err *err)
{
    bool same, stands;

    ENT_TRY(other_stands(w, &stands, err));
    if (stands)
        return match_standing_end(w->d, w->arena, &w->st, "stopped", "the peer's stands", err);
    ENT_TRY(match_standing_unmoved(w, &same, err));
    if (!same)
        return ent_fail(err, ENT_CONFLICT, "another process has offered this standing match");
    return match_standing_write(w, err);
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

static ent_code start_work(standing_task *w, ent_err *err)
{
    ENT_TRY(match_standing_epoch_begin(w, err));
    ENT_TRY(match_standing_refresh(w, "offer", err));
    ENT_TRY(store_begin(w->d->store, err));
    if (w->clause != NULL) {
        ENT_TRY(match_transaction_end(w->d, start_undo(w, err), err));
        return ent_fail(err, ENT_DENIED, "the agreement with '%s' does not allow it [%s]",
                        w->st.peer, w->clause);
    }
    w->st.s.state = ENT_STR("offered");
    return match_transaction_end(w->d, offer_write(w, err), err);
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
            (!ent_str_is(list[i].s.state, "open") && !ent_str_is(list[i].s.state, "offered") &&
             !ent_str_is(list[i].s.state, "making")))
            continue;
        memcpy(id, list[i].s.id.ptr, 36);
        id[36] = '\0';
        if (!ent_str_is(list[i].s.state, "making"))
            return ENT_OK;
        begun = &list[i];
    }
    ENT_TRY(desk_terms_find(d, arena, q->peer, POLICY_MATCH, q->purpose, &terms, &found, err));
    ENT_TRY(match_permit(&terms, found, q->peer, q->purpose, err));
    rc = match_standing_task_new(d, &w, err);
    if (rc == ENT_OK)
        rc = start_begin(&w, q, &terms, begun, id, err);
    if (rc == ENT_OK)
        rc = start_work(&w, err);
    match_standing_task_free(&w);
    return rc;
}

ent_code match_standing_stop(desk *d, ent_arena *arena, ent_str id, ent_err *err)
{
    standing_task w = { .d = d, .arena = arena, .end = "stopped", .clause = "stopped" };

    ENT_TRY(match_standing_load(d, arena, id, &w.st, err));
    if (ent_str_is(w.st.s.state, "making")) /* the peer has not heard of it */
        return match_standing_end(d, arena, &w.st, w.end, w.clause, err);
    if (!ent_str_is(w.st.s.state, "open") && !ent_str_is(w.st.s.state, "offered"))
        return ent_fail(err, ENT_CONFLICT, "the standing match is %.*s already",
                        ENT_STR_ARG(w.st.s.state));
    return match_standing_write(&w, err);
}
