/* What a task of a standing match leads to: the entries that it says, and all that it writes, in one
 * transaction, if the match is still where it was. */
#include "match/alarm_int.h"
#include "match/guard_int.h"
#include "match/standing_parts_int.h"

#include "names/names.h"
#include "psi/keyform.h"

#include <sodium.h>

#define WORK_MEMORY  ((size_t)1 << 30)
#define ENTRY_MEMORY ((size_t)64 << 20)

/* One entry; its bytes are in `scratch`. */
static ent_code entry_say(standing_task *w, ent_arena *scratch, const standing_say *say,
                          ent_err *err)
{
    bool commits = strcmp(say->step, "offer") == 0 || strcmp(say->step, "accept") == 0 ||
                   strcmp(say->step, "set") == 0;
    ent_str text, header, body;
    psi_element public;
    ent_buf buf;
    ent_jw j;

    ent_buf_init(&buf, scratch);
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
    ENT_TRY(desk_canon(scratch, text, &header, err));
    ent_buf_init(&buf, scratch);
    (void)ent_buf_reserve(&buf, header.size + 1 + say->payload[0].size + say->payload[1].size);
    ent_buf_str(&buf, header);
    ent_buf_byte(&buf, '\n');
    for (size_t i = 0; i < 2; i++)
        if (say->payload[i].size > 0)
            ent_buf_put(&buf, say->payload[i].ptr, say->payload[i].size);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(desk_say(w->d, scratch, w->st.peer, LINK_STANDING, ent_span_of_str(body), err));
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
        ent_arena *scratch;
        ent_code rc;

        if (one.parts > 1)
            one.payload[0] = (ent_span){ (const uint8_t *)all.ptr + from,
                                         all.size - from < piece ? all.size - from : piece };
        if (one.part > 0)
            one.step = "tags";
        scratch = ent_arena_new(ENTRY_MEMORY);
        rc = scratch == NULL ? ent_fail(err, ENT_MEMORY, "no memory to say a part of a set")
                             : entry_say(w, scratch, &one, err);
        ENT_TRY(ent_arena_end(scratch, rc, err));
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
    ENT_TRY(match_hits_put(w->d, w->arena, &run, items, NULL, w->hit_count, w->st.s.hits, err));
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
ent_time match_standing_tomorrow(ent_time now)
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

    doc.time = w->mark_soon ? w->d->now : match_standing_tomorrow(w->d->now);
    return store_doc_put(w->d->store, &doc, err);
}

ent_code match_standing_write(standing_task *w, ent_err *err)
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

ent_code match_standing_fail(standing_task *w, uint64_t seq, const ent_err *why, ent_err *err)
{
    const bool ours = why->code == ENT_LIMIT;
    const standing_say stop = { .step = "stop", .clause = ours ? "later" : "failed" };
    const link_entry entry = { .seq = seq, .kind = LINK_STANDING };

    ENT_TRY(message_say(w, &stop, err));
    ENT_TRY(
        match_standing_end(w->d, w->arena, &w->st, "failed", ours ? MATCH_LIMIT : "failed", err));
    return ours ? match_limit_note(w->d, w->arena, w->st.s.id, w->st.s.peer, w->st.s.purpose,
                                   why->msg, err)
                : desk_refusal_note(w->d, w->arena, w->st.peer, &entry, why->msg, err);
}

ent_code match_standing_unmoved(standing_task *w, bool *same, ent_err *err)
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

ent_code match_standing_task_load(standing_task *w, ent_str id, ent_err *err)
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

ent_code match_standing_task_new(desk *d, size_t memory, standing_task *w, ent_err *err)
{
    *w = (standing_task){ .d = d,
                          .arena = ent_arena_new(memory > 0 ? memory : WORK_MEMORY),
                          .secret = sodium_malloc(sizeof *w->secret) };
    if (w->arena == NULL || w->secret == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a standing match");
    memset(w->secret, 0, sizeof *w->secret);
    return ENT_OK;
}

void match_standing_task_free(standing_task *w)
{
    sodium_free(w->secret); /* which wipes it */
    for (int kind = 0; kind < STANDING_KINDS; kind++)
        ent_arena_free(w->ask_arenas[kind]);
    ent_arena_free(w->arena);
}
