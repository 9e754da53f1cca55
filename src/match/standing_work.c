/* A round of work on standing matches: the messages that wait and what was marked.
 *
 * As in a run, a message is kept ("standing-work") and worked on outside of transactions;
 * what follows is written in one, if the match is still where it was. */
#include "match/guard_int.h"
#include "match/standing_parts_int.h"
#include "match/wire_int.h"

#include "base/text.h"

#include <inttypes.h>

/* ---- tasks ---- */

/* A hit on a key that passes from hand to hand: a run about that record compares the times. */
static ent_code times_ask(standing_task *w, ent_err *err)
{
    for (size_t i = 0; i < w->hit_count; i++) {
        const match_item *item = &w->hits[i]->item;
        match_question q = { .peer = w->st.peer, .purpose = w->st.s.purpose };
        ent_err why = { 0 };
        char run[37];
        ent_code rc;

        if (!item->reassignable || !ent_str_is(w->st.s.side, "asked"))
            continue;
        q.about = ent_arena_str(w->arena, item->own[0]).ptr;
        if (q.about == NULL)
            return ent_fail_arena(err);
        rc = match_start(w->d, w->arena, &q, run, &why);
        /* A tripwire is no record, a budget may be used up: the time stays unknown. */
        if (rc != ENT_OK && rc != ENT_NOT_FOUND && rc != ENT_DENIED) {
            *err = why;
            return rc;
        }
    }
    return ENT_OK;
}

/* Work that came or was marked, in its transaction; `kind` and `id` of its document. */
static ent_code task_write(standing_task *w, const char *kind, ent_str id, const ent_err *broken,
                           uint64_t seq, ent_err *err)
{
    store_doc doc;
    bool due, same;

    ENT_TRY(desk_doc_found(w->d, w->arena, kind, id, &doc, &due, err));
    if (!due)
        return ENT_OK; /* another process did it */
    ENT_TRY(match_standing_unmoved(w, &same, err));
    if (!same)
        return ENT_OK; /* it stays due */
    if (w->postpone && broken->code == ENT_OK) {
        doc.time = match_standing_tomorrow(w->d->now);
        return store_doc_put(w->d->store, &doc, err);
    }
    ENT_TRY(store_doc_delete(w->d->store, kind, id, err));
    ENT_TRY(match_standing_docs_drop(w->d, w->arena, "standing-part",
                                     ent_arena_printf(w->arena, "%.*s/", ENT_STR_ARG(id)), err));
    if (broken->code == ENT_OK)
        return match_standing_write(w, err);
    w->st = w->before;
    return match_standing_fail(w, seq, broken, err);
}

static ent_code message_work(standing_task *w, ent_str id, ent_err *broken, uint64_t *seq,
                             ent_err *err)
{
    ent_json header;
    ent_span payload;
    int64_t number = 0;
    ent_code rc;

    ENT_TRY(
        match_message_kept(w->d, w->arena, "standing-work", id, &number, &header, &payload, err));
    *seq = (uint64_t)number;
    ENT_TRY(match_standing_task_load(w, ent_json_get_text(header, "standing"), err));
    ENT_TRY(match_standing_whole(w->d, w->arena, id, header, &payload, err));
    rc = ent_arena_rc(w->arena, match_standing_take(w, header, payload, broken), broken);
    if (rc == ENT_OK || match_wire_theirs(rc))
        return ENT_OK;
    *err = *broken;
    return rc;
}

/* The work on a message, or on what has changed, is more than is allowed here: the match ends, or it
 * would be tried for ever. */
static ent_code give_up(desk *d, ent_str id, const ent_err *why, ent_err *err)
{
    /* The document is named after its match, if it is a message's with more. */
    const ent_str match = { id.ptr, id.size < 36 ? id.size : 36 };
    standing_task w;
    ent_code rc = match_standing_task_new(d, 0, &w, err);

    if (rc == ENT_OK)
        rc = match_standing_task_load(&w, match, err);
    if (rc == ENT_OK)
        rc = store_begin(d->store, err);
    if (rc == ENT_OK)
        rc = store_end(d->store, match_standing_fail(&w, 0, why, err), err);
    match_standing_task_free(&w);
    return rc;
}

static ent_code one_work(desk *d, const char *kind, ent_str id, ent_err *err)
{
    ent_err broken = { 0 };
    standing_task w;
    uint64_t seq = 0;
    ent_code rc = match_standing_task_new(d, d->match_memory, &w, err);

    if (rc == ENT_OK && strcmp(kind, "standing-work") == 0) {
        rc = message_work(&w, id, &broken, &seq, err);
    } else if (rc == ENT_OK) {
        rc = match_standing_task_load(&w, id, err);
        if (rc == ENT_OK && ent_str_is(w.st.s.state, "open"))
            rc = match_standing_refresh(&w, NULL, err);
    }
    if (rc == ENT_OK)
        rc = store_begin(d->store, err);
    if (rc == ENT_OK)
        rc = store_end(d->store, task_write(&w, kind, id, &broken, seq, err), err);
    if (rc == ENT_OK && broken.code == ENT_OK)
        rc = times_ask(&w, err);
    rc = w.arena == NULL ? rc : ent_arena_rc(w.arena, rc, err);
    match_standing_task_free(&w);
    if (rc == ENT_LIMIT) {
        ent_err why = *err;

        *err = (ent_err){ 0 };
        rc = give_up(d, id, &why, err);
    }
    return rc;
}

/* One of those that are due: what it says goes out before the next is worked on [node/desk.c]. */
static ent_code next_work(desk *d, ent_arena *arena, const char *kind, size_t *done, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, kind, NULL, "due", &docs, &count, err));
    for (size_t i = 0; i < count && *done == 0; i++) {
        ent_code rc;

        if (docs[i].time > d->now)
            continue;
        rc = one_work(d, kind, docs[i].id, err);
        if (rc == ENT_NOT_FOUND) /* another process did it, or it was stopped */
            *err = (ent_err){ 0 };
        else if (rc != ENT_OK)
            return rc;
        *done += rc == ENT_OK;
    }
    return ENT_OK;
}

/* ---- what has changed here ---- */

static ent_code seen_put(desk *d, ent_arena *arena, int64_t number, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("standing-seen"),
                      .id = ENT_STR("changes"),
                      .json = ent_arena_printf(arena, "{\"number\":%" PRId64 "}", number) };

    if (doc.json.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return match_standing_mark(d, arena, err);
}

/* Marks the open matches if the holdings are not those that were looked at last. */
static ent_code changes_see(desk *d, ent_arena *arena, ent_err *err)
{
    int64_t number, seen = -1;
    store_doc doc;
    ent_json json;
    bool found;

    ENT_TRY(store_change_number(d->store, arena, &number, err));
    ENT_TRY(desk_doc_found(d, arena, "standing-seen", ENT_STR("changes"), &doc, &found, err));
    if (found) {
        ENT_TRY(ent_json_read(arena, doc.json, &json, err));
        (void)ent_json_int(ent_json_get(json, "number"), &seen);
    }
    if (seen == number)
        return ENT_OK;
    ENT_TRY(store_begin(d->store, err));
    return store_end(d->store, seen_put(d, arena, number, err), err);
}

ent_code match_standing_work(desk *d, ent_arena *arena, size_t *done, ent_err *err)
{
    ENT_TRY(changes_see(d, arena, err));
    ENT_TRY(next_work(d, arena, "standing-work", done, err));
    return next_work(d, arena, "standing-mark", done, err);
}
