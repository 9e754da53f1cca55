/* The work of messages, outside of transactions (match_work): a message that waits is read again,
 * worked on, and what follows is written, if it still waits. */
#include "match/answer_int.h"
#include "match/fast_int.h"
#include "match/wire_int.h"
#include "match/standing_int.h"

#include "base/text.h"
#include "desk/note.h"

#include <sodium.h>

/* An open run that has not moved for so long is over: the peer is silent.  A pouch may take
 * days each way. */
#define RUN_SILENT (72 * 3600 * ENT_SECOND)

/* What the work of one message may take: of a run of 2^20 keys a side no process took 400 MiB. */
#define WORK_MEMORY    ((size_t)2 << 30)
#define GIVE_UP_MEMORY ((size_t)64 << 20)
#define AHEAD_MEMORY   ((size_t)64 << 20) /* one message, and the run it is of */

ent_code match_limit_note(desk *d, ent_arena *arena, ent_str id, ent_str peer, ent_str purpose,
                          const char *why, ent_err *err)
{
    const desk_note note = { .verb = "match given up",
                             .object = id,
                             .peer = peer,
                             .purpose = purpose,
                             .reason = ent_arena_printf(arena, "a limit of this node: %s", why) };

    return note.reason.ptr == NULL ? ent_fail_arena(err) : desk_note_write(d, arena, &note, err);
}

ent_code match_run_fail(match_step *s, int64_t seq, const ent_err *why, ent_err *err)
{
    const bool ours = why->code == ENT_LIMIT;
    const match_say say = { .step = "refuse", .clause = ours ? "later" : "failed" };
    const link_entry entry = { .seq = (uint64_t)seq, .kind = LINK_MATCH };

    ENT_TRY(match_message_say(s->d, s->arena, s->run, &say, err));
    ENT_TRY(match_run_end(s->d, s->arena, s->run, "failed", ours ? MATCH_LIMIT : "failed", err));
    return ours ? match_limit_note(s->d, s->arena, s->run->r.id, s->run->r.peer, s->run->r.purpose,
                                   why->msg, err)
                : desk_refusal_note(s->d, s->arena, s->run->peer, &entry, why->msg, err);
}

struct work {
    match_step s;
    match_course run;
    const char *clause; /* why the run is refused */
    ent_err broken;     /* what the peer did */
};

/* A part's document is named after its run, and more. */
static ent_str run_of(ent_str id)
{
    return (ent_str){ id.ptr, id.size < 36 ? id.size : 36 };
}

/* What is kept, read again. */
static ent_code work_read(struct work *w, ent_err *err)
{
    match_step *s = &w->s;

    ENT_TRY(match_message_kept(s->d, s->arena, "run-work", s->work, &s->seq, &s->header,
                               &s->payload, err));
    ENT_TRY(match_run_load(s->d, s->arena, run_of(s->work), &w->run, err));
    s->run = &w->run;
    return ENT_OK;
}

static ent_code step_do(struct work *w, ent_err *err)
{
    ent_str step = ent_json_get_text(w->s.header, "step");
    int number;

    if (ent_str_is(step, "announce"))
        return match_answer_work(&w->s, &w->clause, err);
    ENT_TRY(match_secret_get(w->s.d, w->s.arena, w->run.r.id, w->s.seed, &w->s.item_count, err));
    /* A sample is drawn from all keys; the others read what they need. */
    if (ent_str_is(w->run.r.kind, "size"))
        ENT_TRY(match_items_need(&w->s, err));
    psi_bytes_derive(w->s.seed, "size number", 0, w->run.number_own.bytes, ENT_HASH_SIZE);
    number = match_step_due(w->s.d, &w->run, w->s.header, w->run.done);
    if (number < 0)
        return ent_fail(err, ENT_BUG, "a kept match message is not due");
    return match_step_work(&w->s, number, err);
}

/* The long part, outside of transactions. */
static ent_code work_do(struct work *w, ent_err *err)
{
    ent_code rc = ent_arena_rc(w->s.arena, step_do(w, &w->broken), &w->broken);

    if (rc == ENT_OK || match_wire_theirs(rc))
        return ENT_OK;
    *err = w->broken;
    return rc;
}

/* Is the message still the one that waits?  Somebody else may have done the work. */
static ent_code still_due(const match_step *s, bool *due, ent_err *err)
{
    int64_t seq = -1;
    ent_json json;
    store_doc doc;

    ENT_TRY(desk_doc_found(s->d, s->arena, "run-work", s->work, &doc, due, err));
    if (!*due)
        return ENT_OK;
    ENT_TRY(ent_json_read(s->arena, doc.json, &json, err));
    (void)ent_json_int(ent_json_get(json, "seq"), &seq);
    *due = seq == s->seq;
    return ENT_OK;
}

/* ---- ahead of the end of the work ---- */

/* What is already said, and what may not be said any more, is passed over; the end of the work sees to the
 * latter.  The run stays where it was. */
static ent_code ahead_write(match_step *s, ent_arena *scratch, const match_say *say, ent_err *err)
{
    match_course *run = s->run;
    const ent_str step = run->r.step;
    desk_agreement agreement;
    ent_str *frame;
    bool due;

    ENT_TRY(still_due(s, &due, err));
    if (!due)
        return ent_fail(err, ENT_NOT_FOUND, "the work on a match is not due any more");
    ENT_TRY(match_run_heard_take(s->d, s->arena, run, err));
    ENT_TRY(desk_agreement_get(s->d, scratch, run->r.agreement, &agreement, err));
    if (run->said > (int64_t)say->part || !agreement.in_force)
        return ENT_OK;
    ENT_TRY(match_message_say(s->d, scratch, run, say, err));
    frame = &run->frames[run->frame_count - 1];
    *frame = ent_arena_str(s->arena, *frame);
    if (frame->ptr == NULL)
        return ent_fail_arena(err);
    run->r.step = step;
    run->said++;
    return match_run_save(s->d, scratch, run, err);
}

ent_code match_step_say_ahead(match_step *s, const match_say *say, ent_err *err)
{
    /* Its bytes are copied, sealed and gone: not what the work is to remember. */
    ent_arena *scratch = ent_arena_new(AHEAD_MEMORY);
    ent_code rc;

    if (scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to say a part of a match");
    rc = store_begin(s->d->store, err);
    if (rc == ENT_OK)
        rc = store_end(s->d->store, ahead_write(s, scratch, say, err), err);
    rc = ent_arena_end(scratch, rc, err);
    if (rc == ENT_OK && s->d->said != NULL)
        s->d->said(s->d->arg);
    return rc;
}

/* ---- the end of the work ---- */

static ent_code work_write(struct work *w, ent_err *err)
{
    match_step *s = &w->s;
    desk_agreement agreement;
    bool due;

    ENT_TRY(still_due(s, &due, err));
    if (!due)
        return ENT_OK;
    ENT_TRY(store_doc_delete(s->d->store, "run-work", s->work, err));
    ENT_TRY(match_run_heard_take(s->d, s->arena, &w->run, err));
    /* An agreement that is no more in force ends its runs too. */
    ENT_TRY(desk_agreement_get(s->d, s->arena, w->run.r.agreement, &agreement, err));
    if (!agreement.in_force)
        return match_refuse(s, "agreement", err);
    if (w->clause != NULL)
        return match_refuse(s, w->clause, err);
    if (w->broken.code != ENT_OK)
        return match_run_fail(s, s->seq, &w->broken, err);
    return match_step_write(s, err);
}

static ent_code give_up_write(match_step *s, ent_str id, const ent_err *why, ent_err *err)
{
    ENT_TRY(store_doc_delete(s->d->store, "run-work", id, err));
    ENT_TRY(match_run_load(s->d, s->arena, run_of(id), s->run, err));
    return match_run_fail(s, 0, why, err);
}

/* The work on a message is more than is allowed here: it would be tried for ever, and nothing else be done. */
static ent_code give_up(desk *d, ent_str id, const ent_err *why, ent_err *err)
{
    ent_arena *arena = ent_arena_new(GIVE_UP_MEMORY);
    match_course run;
    match_step s = { .d = d, .arena = arena, .run = &run };
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to end a match");
    rc = store_begin(d->store, err);
    if (rc == ENT_OK)
        rc = store_end(d->store, give_up_write(&s, id, why, err), err);
    return ent_arena_end(arena, rc, err);
}

static ent_code one_work(desk *d, ent_str id, ent_err *err)
{
    ent_arena *arena = ent_arena_new(d->match_memory > 0 ? d->match_memory : WORK_MEMORY);
    struct work w = { .s = { .d = d, .arena = arena, .work = id } };
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the work of a match");
    rc = work_read(&w, err);
    if (rc == ENT_OK)
        rc = work_do(&w, err);
    if (rc == ENT_OK)
        rc = store_begin(d->store, err);
    if (rc == ENT_OK)
        rc = store_end(d->store, work_write(&w, err), err);
    sodium_memzero(w.s.seed, sizeof w.s.seed);
    rc = ent_arena_end(arena, rc, err);
    if (rc == ENT_LIMIT) {
        ent_err why = *err;

        *err = (ent_err){ 0 };
        rc = give_up(d, id, &why, err);
    }
    return rc;
}

/* Open runs whose peer has been silent for too long. */
static ent_code silent_end(desk *d, ent_arena *arena, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "run", NULL, "open", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        match_course run;
        ent_code rc;

        if (d->now - docs[i].time < RUN_SILENT)
            continue;
        ENT_TRY(store_begin(d->store, err));
        rc = match_run_load(d, arena, docs[i].id, &run, err);
        if (rc == ENT_OK && ent_str_is(run.r.state, "open"))
            rc = match_run_end(d, arena, &run, "silent", "no answer in time", err);
        ENT_TRY(store_end(d->store, rc, err));
    }
    return ENT_OK;
}

struct due {
    ent_arena *arena;
    ent_str id;
};

/* The first one ends the search: behind it may be many, and large. */
static ent_code due_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct due *due = arg;

    due->id = ent_arena_str(due->arena, doc->id);
    return due->id.ptr == NULL ? ent_fail_arena(err) : ent_fail(err, ENT_NO, "that one");
}

static ent_code due_find(desk *d, ent_arena *arena, ent_str *id, ent_err *err)
{
    struct due due = { .arena = arena };
    ent_err why = { 0 };
    ent_code rc = store_docs_each(d->store, "run-work", NULL, "due", due_take, &due, &why);

    *id = due.id;
    if (rc == ENT_OK || rc == ENT_NO)
        return ENT_OK;
    *err = why;
    return rc;
}

ent_code match_work(desk *d, ent_arena *arena, size_t *done, ent_err *err)
{
    ent_str id;

    *done = 0;
    ENT_TRY(due_find(d, arena, &id, err));
    if (id.size > 0) {
        ent_code rc = one_work(d, id, err);

        /* Another process did it, or the run ended meanwhile. */
        if (rc == ENT_NOT_FOUND)
            *err = (ent_err){ 0 };
        else if (rc != ENT_OK)
            return rc;
        *done = rc == ENT_OK;
    }
    ENT_TRY(match_standing_work(d, arena, done, err));
    return silent_end(d, arena, err);
}
