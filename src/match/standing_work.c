/* Messages and transactions of a standing match.
 *
 * As in a run, a message is kept ("standing-work") and worked on outside of transactions;
 * what follows is written in one, if the match is still where it was. */
#include "match/run_int.h"
#include "match/alarm_int.h"
#include "match/guard_int.h"
#include "match/standing_parts_int.h"
#include "match/receive.h"

#include "base/text.h"
#include "names/names.h"
#include "psi/keyform.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

#define WORK_MEMORY ((size_t)1 << 30)

/* ---- saying and writing ---- */

static ent_code entry_say(standing_task *w, const standing_say *say, ent_err *err)
{
    bool commits = strcmp(say->step, "offer") == 0 || strcmp(say->step, "accept") == 0 ||
                   strcmp(say->step, "set") == 0;
    ent_str text, header, body;
    psi_element public;
    ent_buf buf;
    ent_jw j;

    ent_buf_init(&buf, w->arena);
    ent_jw_init(&j, &buf);
    ent_jw_object(&j);
    ent_jw_key(&j, "standing");
    ent_jw_str(&j, w->st.s.id);
    ent_jw_key(&j, "step");
    ent_jw_c(&j, say->step);
    if (strcmp(say->step, "offer") == 0)
        for (int i = 0; i < 2; i++) {
            ent_jw_key(&j, i == 0 ? "agreement" : "purpose");
            ent_jw_str(&j, i == 0 ? w->st.s.agreement : w->st.s.purpose);
            ent_jw_key(&j, i == 0 ? "keyform" : "names");
            ent_jw_int(&j, i == 0 ? PSI_KEYFORM_VERSION : NAMES_KEYS_VERSION);
        }
    if (commits) {
        ENT_TRY(match_standing_public(w, &public, err));
        ent_jw_key(&j, "key");
        ent_jw_hex(&j, public.bytes, PSI_ELEMENT_SIZE);
    }
    if (say->clause != NULL) {
        ent_jw_key(&j, "clause");
        ent_jw_c(&j, say->clause);
    } else {
        ent_jw_key(&j, "epoch");
        ent_jw_int(&j, say->epoch);
    }
    if (say->parts > 1) {
        ent_jw_key(&j, say->part == 0 ? "parts" : "part");
        ent_jw_int(&j, (int64_t)(say->part == 0 ? say->parts : say->part));
    }
    if (say->kind.size > 0) {
        ent_jw_key(&j, "kind");
        ent_jw_str(&j, say->kind);
        ent_jw_key(&j, "frame");
        ent_jw_int(&j, say->frame);
    }
    ent_jw_end(&j);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(w->arena, text, &header, err));
    ent_buf_init(&buf, w->arena);
    ent_buf_str(&buf, header);
    ent_buf_byte(&buf, '\n');
    for (size_t i = 0; i < 2; i++)
        if (say->payload[i].size > 0)
            ent_buf_put(&buf, say->payload[i].ptr, say->payload[i].size);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(desk_say(w->d, w->arena, w->st.peer, LINK_STANDING, ent_span_of_str(body), err));
    if (say->asked.count == 0)
        return ENT_OK;
    text = match_standing_frame_id(w, say->frame);
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    return match_standing_items_put(w->d, w->arena, &w->st, "standing-ask", text, &say->asked, err);
}

/* A set of tags, or what changed of it, in as many entries as it needs. */
static ent_code message_say(standing_task *w, const standing_say *say, ent_err *err)
{
    const ent_span all = say->payload[0];
    const size_t piece = match_standing_piece(w->d);
    standing_say one = *say;

    one.parts = say->payload[1].size > 0 || say->asked.count > 0
                    ? 1
                    : match_standing_pieces(w->d, all.size);
    for (one.part = 0; one.part < one.parts; one.part++) {
        const size_t from = one.part * piece;

        if (one.parts > 1)
            one.payload[0] = (ent_span){ (const uint8_t *)all.ptr + from,
                                         all.size - from < piece ? all.size - from : piece };
        if (one.part > 0)
            one.step = "tags";
        ENT_TRY(entry_say(w, &one, err));
    }
    return ENT_OK;
}

static ent_code hits_write(standing_task *w, ent_err *err)
{
    match_run run = { .id = w->st.s.id, .peer = w->st.s.peer, .purpose = w->st.s.purpose };

    const match_item **items = ent_arena_array(w->arena, w->hit_count + 1, sizeof *items);

    if (items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w->hit_count; i++)
        items[i] = &w->hits[i]->item;
    ENT_TRY(match_hits_add(w->d, w->arena, &run, items, w->hit_count, w->st.s.hits, err));
    w->st.s.hits += (int64_t)w->hit_count;
    return ENT_OK;
}

/* Hits that are alone in a dense range of ours: an alarm here, and told. */
static ent_code probings_write(standing_task *w, ent_err *err)
{
    match_items items = { .items =
                              ent_arena_array(w->arena, w->asked.count + 1, sizeof(match_item)) };
    bool *hit = ent_arena_array(w->arena, w->asked.count + 1, sizeof *hit);
    match_course run = { .r = { .id = w->st.s.id, .peer = w->st.s.peer, .user = w->st.s.user },
                         .peer = w->st.peer };
    size_t found = 0;

    if (items.items == NULL || hit == NULL)
        return ent_fail_arena(err);
    for (; items.count < w->asked.count; items.count++) {
        items.items[items.count] = w->asked.items[items.count].item;
        hit[items.count] = w->asked.items[items.count].hit;
    }
    for (size_t i = 0; i < w->hit_count && found < GUARD_PROBINGS; i++) {
        size_t at = (size_t)(w->hits[i] - w->asked.items);

        if (match_guard_lone(&items, hit, at))
            ENT_TRY(match_alarm_probing(w->d, w->arena, &run, items.items[at].key, true,
                                        (size_t)w->st.s.hits + found++, err));
    }
    return found == 0 ? ENT_OK
                      : match_alarm_tell(w->d, w->arena, run.r.id, run.peer, "probing", err);
}

/* When the next day's budget begins. */
static ent_time tomorrow(ent_time now)
{
    return (now / ENT_DAY_TIME + 1) * ENT_DAY_TIME;
}

static ent_code mark_write(standing_task *w, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("standing-mark"),
                      .id = w->st.s.id,
                      .peer = w->st.s.peer,
                      .state = ENT_STR("due"),
                      .json = ENT_STR("{}") };

    doc.time = w->mark_soon ? w->d->now : tomorrow(w->d->now);
    return store_doc_put(w->d->store, &doc, err);
}

/* Inside a transaction. */
static ent_code work_write(standing_task *w, ent_err *err)
{
    if (w->end != NULL) {
        standing_say stop = { .step = "stop", .clause = w->clause };

        ENT_TRY(message_say(w, &stop, err));
        return match_standing_end(w->d, w->arena, &w->st, w->end, w->clause, err);
    }
    ENT_TRY(match_standing_asked_write(w, err));
    if (w->drop_frame != NULL)
        ENT_TRY(store_doc_delete(w->d->store, "standing-ask", ent_str_of(w->drop_frame), err));
    if (w->hit_count > 0) {
        ENT_TRY(hits_write(w, err));
        ENT_TRY(probings_write(w, err));
    }
    for (size_t i = 0; i < w->say_count; i++)
        ENT_TRY(message_say(w, &w->say[i], err));
    if (w->secret_put)
        ENT_TRY(match_standing_secret_put(w->d, w->arena, &w->st, w->secret, err));
    if (w->own_put)
        ENT_TRY(
            match_standing_own_put_all(w->d, w->st.peer, w->st.s.id, w->st.epoch, &w->own, err));
    if (w->peer_put)
        ENT_TRY(match_standing_peer_put(w->d, w->arena, &w->st,
                                        w->peer_from.tags == NULL ? NULL : &w->peer_from, &w->peer,
                                        err));
    if (w->mark_again)
        ENT_TRY(mark_write(w, err));
    return match_standing_save(w->d, w->arena, &w->st, err);
}

/* Has nobody else worked on it meanwhile? */
static ent_code unmoved(standing_task *w, bool *same, ent_err *err)
{
    const standing *b = &w->before;
    standing now;
    store_doc doc;

    ENT_TRY(desk_doc_found(w->d, w->arena, "standing", w->st.s.id, &doc, same, err));
    if (!*same)
        return ENT_OK;
    ENT_TRY(match_standing_load(w->d, w->arena, w->st.s.id, &now, err));
    *same = ent_str_equal(now.s.state, b->s.state) && now.epoch == b->epoch &&
            now.number == b->number && now.frame == b->frame && now.peer_epoch == b->peer_epoch &&
            now.peer_number == b->peer_number && now.peer_frame == b->peer_frame &&
            now.s.hits == b->s.hits && now.s.asked == b->s.asked;
    return ENT_OK;
}

static ent_code work_load(standing_task *w, ent_str id, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc;

    ENT_TRY(match_standing_load(w->d, w->arena, id, &w->st, err));
    w->before = w->st;
    match_standing_day_begin(w);
    rc = match_standing_secret_get(w->d, w->arena, id, w->secret, &why);
    if (rc == ENT_OK || rc == ENT_NOT_FOUND) /* an offer that came has nothing of ours yet */
        return ENT_OK;
    return *err = why, rc;
}

/* ---- tasks ---- */

static ent_code task_new(desk *d, standing_task *w, ent_err *err)
{
    *w = (standing_task){ .d = d,
                          .arena = ent_arena_new(WORK_MEMORY),
                          .secret = sodium_malloc(sizeof *w->secret) };
    if (w->arena == NULL || w->secret == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a standing match");
    memset(w->secret, 0, sizeof *w->secret);
    return ENT_OK;
}

static void task_free(standing_task *w)
{
    sodium_free(w->secret); /* which wipes it */
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        ent_arena_free(w->ask_arenas[kind]);
    ent_arena_free(w->arena);
}

static bool is_theirs(ent_code code)
{
    return code == ENT_FORMAT || code == ENT_UNTRUSTED || code == ENT_CONFLICT ||
           code == ENT_LIMIT || code == ENT_DENIED;
}

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
    link_entry entry = { .seq = seq, .kind = LINK_STANDING };
    store_doc doc;
    bool due, same;

    ENT_TRY(desk_doc_found(w->d, w->arena, kind, id, &doc, &due, err));
    if (!due)
        return ENT_OK; /* another process did it */
    ENT_TRY(unmoved(w, &same, err));
    if (!same)
        return ENT_OK; /* it stays due */
    if (w->postpone && broken->code == ENT_OK) {
        doc.time = tomorrow(w->d->now);
        return store_doc_put(w->d->store, &doc, err);
    }
    ENT_TRY(store_doc_delete(w->d->store, kind, id, err));
    ENT_TRY(match_standing_docs_drop(w->d, w->arena, "standing-part",
                                     ent_arena_printf(w->arena, "%.*s/", ENT_STR_ARG(id)), err));
    if (broken->code == ENT_OK)
        return work_write(w, err);
    /* What the peer said is not followed; the match ends at both, the reason stays here. */
    w->st = w->before;
    w->end = "failed";
    w->clause = "failed";
    ENT_TRY(work_write(w, err));
    return desk_refusal_note(w->d, w->arena, w->st.peer, &entry, broken->msg, err);
}

static ent_code message_work(standing_task *w, ent_str id, ent_err *broken, uint64_t *seq,
                             ent_err *err)
{
    ent_json json, header;
    ent_span body, payload;
    int64_t number = 0;
    store_doc doc;
    ent_code rc;

    ENT_TRY(desk_doc(w->d, w->arena, "standing-work", id, &doc, &json, err));
    (void)ent_json_int(ent_json_get(json, "seq"), &number);
    *seq = (uint64_t)number;
    ENT_TRY(ent_base64_read(w->arena, ent_json_get_text(json, "body"), &body, err));
    ENT_TRY(match_message_read(w->arena, body, &header, &payload, err));
    ENT_TRY(work_load(w, ent_json_get_text(header, "standing"), err));
    ENT_TRY(match_standing_whole(w->d, w->arena, id, header, &payload, err));
    rc = ent_arena_rc(w->arena, match_standing_take(w, header, payload, broken), broken);
    if (rc == ENT_OK || is_theirs(rc))
        return ENT_OK;
    *err = *broken;
    return rc;
}

static ent_code one_work(desk *d, const char *kind, ent_str id, ent_err *err)
{
    ent_err broken = { 0 };
    standing_task w;
    uint64_t seq = 0;
    ent_code rc = task_new(d, &w, err);

    if (rc == ENT_OK && strcmp(kind, "standing-work") == 0) {
        rc = message_work(&w, id, &broken, &seq, err);
    } else if (rc == ENT_OK) {
        rc = work_load(&w, id, err);
        if (rc == ENT_OK && ent_str_is(w.st.s.state, "open"))
            rc = match_standing_refresh(&w, NULL, err);
    }
    if (rc == ENT_OK)
        rc = store_begin(d->store, err);
    if (rc == ENT_OK)
        rc = match_transaction_end(d, task_write(&w, kind, id, &broken, seq, err), err);
    if (rc == ENT_OK && broken.code == ENT_OK)
        rc = times_ask(&w, err);
    task_free(&w);
    return rc;
}

static ent_code all_work(desk *d, ent_arena *arena, const char *kind, size_t *done, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, kind, NULL, "due", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
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
    return match_transaction_end(d, seen_put(d, arena, number, err), err);
}

ent_code match_standing_work(desk *d, ent_arena *arena, size_t *done, ent_err *err)
{
    ENT_TRY(changes_see(d, arena, err));
    ENT_TRY(all_work(d, arena, "standing-work", done, err));
    return all_work(d, arena, "standing-mark", done, err);
}

/* ---- by hand ---- */

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
    ENT_TRY(unmoved(w, &same, err));
    if (!same)
        return ent_fail(err, ENT_CONFLICT, "another process has offered this standing match");
    return work_write(w, err);
}

/* A match by hand that was begun and not offered yet: whoever begins again goes on with it. */
static ent_code start_begin(standing_task *w, const match_question *q, const desk_terms *terms,
                            const standing *begun, char id[37], ent_err *err)
{
    if (begun != NULL)
        return work_load(w, begun->s.id, err);
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
    rc = task_new(d, &w, err);
    if (rc == ENT_OK)
        rc = start_begin(&w, q, &terms, begun, id, err);
    if (rc == ENT_OK)
        rc = start_work(&w, err);
    task_free(&w);
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
    return work_write(&w, err);
}

/* ---- receiving ---- */

static ent_code work_put(desk *d, ent_arena *arena, const standing *st, const link_entry *entry,
                         ent_span body, ent_json header, ent_span payload, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("standing-work"),
                      .peer = st->s.peer,
                      .state = ENT_STR("due"),
                      .time = d->now };
    size_t pieces;
    ent_buf buf;
    ent_jw w;

    doc.id = ent_arena_printf(arena, "%.*s/%012llu", ENT_STR_ARG(st->s.id),
                              (unsigned long long)entry->seq);
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_standing_pieces_read(header, &pieces, err));
    if (pieces > 1) {
        doc.state = ENT_STR("parts");
        ENT_TRY(match_standing_gather(d, arena, st, doc.id, header, payload, err));
    }
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "body");
    ent_jw_base64(&w, body.ptr, body.size);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* One that stands with this peer for this purpose already.  Two offers that cross: that of
 * the lesser code stands. */
static ent_code offers_cross(desk *d, ent_arena *arena, const standing *st, const char **clause,
                             ent_err *err)
{
    standing *list;
    size_t count;

    ENT_TRY(match_standing_each(d, arena, st->peer, &list, &count, err));
    for (size_t i = 0; i < count && *clause == NULL; i++) {
        if (!ent_str_equal(list[i].s.purpose, st->s.purpose))
            continue;
        if (ent_str_is(list[i].s.state, "open") ||
            (ent_str_is(list[i].s.state, "offered") && strcmp(d->code, st->peer) < 0))
            *clause = "exists";
        else if (ent_str_is(list[i].s.state, "offered"))
            ENT_TRY(match_standing_end(d, arena, &list[i], "stopped", "the peer's stands", err));
    }
    return ENT_OK;
}

static ent_code offer_receive(desk *d, ent_arena *arena, standing *st, ent_json header,
                              ent_span payload, const link_entry *entry, ent_span body,
                              ent_err *err)
{
    static const char where[] = "a standing match";
    standing_task w = { .d = d, .arena = arena };
    int64_t keyform = 0, names = 0;
    desk_terms terms;
    store_doc doc;
    bool found;

    ENT_TRY(desk_uuid(header, "agreement", where, &st->s.agreement, err));
    ENT_TRY(desk_text(header, "purpose", where, &st->s.purpose, err));
    ENT_TRY(desk_number(header, "keyform", where, 0, 1 << 20, &keyform, err));
    ENT_TRY(desk_number(header, "names", where, 0, 1 << 20, &names, err));
    ENT_TRY(desk_doc_found(d, arena, "standing", st->s.id, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s is known already", where);
    w.st = *st;
    ENT_TRY(match_standing_terms(&w, &terms, &w.clause, err));
    if (w.clause == NULL && (keyform != PSI_KEYFORM_VERSION || names != NAMES_KEYS_VERSION))
        w.clause = "versions";
    if (w.clause == NULL)
        ENT_TRY(offers_cross(d, arena, st, &w.clause, err));
    if (w.clause == NULL) {
        ENT_TRY(match_standing_save(d, arena, st, err));
        return work_put(d, arena, st, entry, body, header, payload, err);
    }
    w.end = "refused";
    return work_write(&w, err);
}

ent_code match_standing_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err)
{
    static const char *const names[] = { "agreement", "clause",   "epoch", "frame", "key",
                                         "keyform",   "kind",     "names", "part",  "parts",
                                         "purpose",   "standing", "step",  NULL };
    static const char where[] = "a standing match";
    ent_str id, step, clause;
    ent_json header;
    ent_span payload;
    standing st;

    ENT_TRY(match_message_read(arena, body, &header, &payload, err));
    ENT_TRY(desk_members(header, where, names, err));
    ENT_TRY(desk_uuid(header, "standing", where, &id, err));
    ENT_TRY(desk_text(header, "step", where, &step, err));
    if (ent_str_is(step, "offer")) {
        st = (standing){ .s = { .id = id,
                                .peer = ent_str_of(peer),
                                .state = ENT_STR("offered"),
                                .side = ENT_STR("answered"),
                                .started = desk_time_text(arena, d->now) },
                         .peer = peer };
        return offer_receive(d, arena, &st, header, payload, entry, body, err);
    }
    ENT_TRY(match_standing_load(d, arena, id, &st, err));
    if (!ent_str_is(st.s.peer, peer))
        return ent_fail(err, ENT_NOT_FOUND, "%s: there is none such with '%s'", where, peer);
    if (!ent_str_is(st.s.state, "open") && !ent_str_is(st.s.state, "offered"))
        return ENT_OK; /* said before the peer heard of the end */
    if (ent_str_is(step, "tags"))
        return match_standing_piece_take(d, arena, &st, header, payload, err);
    if (!ent_str_is(step, "stop"))
        return work_put(d, arena, &st, entry, body, header, payload, err);
    ENT_TRY(desk_text(header, "clause", where, &clause, err));
    return match_standing_end(
        d, arena, &st, ent_str_is(clause, "stopped") ? "stopped" : "refused",
        ent_arena_printf(arena, "%.*s", clause.size > 40 ? 40 : (int)clause.size, clause.ptr).ptr,
        err);
}
