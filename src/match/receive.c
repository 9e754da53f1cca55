/* Messages of runs as they come: checked against the run they are of, and kept for the work, in the transaction
 * that moves the link. */
#include "match/receive.h"

#include "match/alarm_int.h"
#include "match/answer_int.h"
#include "match/fast_int.h"
#include "match/wire_int.h"

/* Keeps a message for the work outside of the transaction: its own, or that of the last of its parts. */
static ent_code work_put(match_step *s, ent_str id, bool due, const link_entry *entry,
                         ent_span body, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("run-work"),
                      .id = id,
                      .peer = s->run->r.peer,
                      .state = due ? ENT_STR("due") : ENT_STR("kept"),
                      .time = s->d->now };

    ENT_TRY(match_message_keep(s->d, s->arena, entry, body, &doc, err));
    ENT_TRY(store_doc_put(s->d->store, &doc, err));
    return match_run_save(s->d, s->arena, s->run, err);
}

static ent_code kind_read(ent_json header, match_course *run, ent_err *err)
{
    static const char where[] = "a match announcement";

    if (ent_json_get(header, "kind").doc == NULL)
        return ENT_OK;
    ENT_TRY(desk_text(header, "kind", where, &run->r.kind, err));
    if (match_is_fast(run))
        return ENT_OK;
    if (!ent_str_is(run->r.kind, "size"))
        return ent_fail(err, ENT_FORMAT, "%s: its kind is not known", where);
    return desk_hex(header, "number", where, run->number_peer.bytes, ENT_HASH_SIZE, err);
}

static ent_code announce_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_json header,
                                 ent_span payload, ent_err *err)
{
    static const char where[] = "a match announcement";
    match_course run = {
        .r = { .peer = ent_str_of(peer), .state = ENT_STR("open"), .side = ENT_STR("answered") },
        .peer = peer
    };
    match_step s = { .d = d, .arena = arena, .run = &run, .header = header, .payload = payload };
    const char *clause;
    desk_terms terms;
    store_doc doc;
    bool found;

    ENT_TRY(match_wire_run(ent_json_get_text(header, "kind"), header, payload, err));
    ENT_TRY(desk_uuid(header, "run", where, &run.r.id, err));
    ENT_TRY(desk_uuid(header, "agreement", where, &run.r.agreement, err));
    ENT_TRY(desk_text(header, "purpose", where, &run.r.purpose, err));
    ENT_TRY(match_step_size(&s, err));
    ENT_TRY(kind_read(header, &run, err));
    ENT_TRY(desk_doc_found(d, arena, "run", run.r.id, &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s: its run is known already", where);
    run.r.started = desk_time_text(arena, d->now);
    run.r.step = ENT_STR("announce");
    ENT_TRY(match_refusal_find(&s, &terms, &clause, err));
    return clause != NULL ? match_refuse(&s, clause, err)
                          : work_put(&s, run.r.id, true, entry, body, err);
}

static ent_code refusal_receive(match_step *s, ent_err *err)
{
    static const char *const clauses[] = { "agreement", "flow",        "purpose", "versions",
                                           "set_max",   "set_min",     "budget",  "later",
                                           "failed",    "experimental" };
    ent_str clause = ent_json_get_text(s->header, "clause");

    ENT_TRY(match_wire_run(s->run->r.kind, s->header, s->payload, err));
    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++)
        if (ent_str_is(clause, clauses[i]))
            return match_run_end(s->d, s->arena, s->run,
                                 strcmp(clauses[i], "versions") == 0 ? "not-asked"
                                 : strcmp(clauses[i], "failed") == 0 ? "failed"
                                                                     : "refused",
                                 clauses[i], err);
    return ent_fail(err, ENT_FORMAT, "a match message refuses by an unknown clause");
}

ent_code match_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                       ent_span body, ent_err *err)
{
    static const char where[] = "a match message";
    match_step s = { .d = d, .arena = arena };
    ent_err broken = { 0 };
    ent_str id, step;
    store_doc doc;
    match_course run;
    size_t which;
    bool busy, due, works = true;

    ENT_TRY(match_message_read(arena, body, &s.header, &s.payload, err));
    ENT_TRY(desk_text(s.header, "step", where, &step, err));
    if (ent_str_is(step, "announce"))
        return announce_receive(d, arena, peer, entry, body, s.header, s.payload, err);
    if (ent_str_is(step, "alarm"))
        return match_alarm_hear(d, arena, peer, s.header, s.payload, err);
    ENT_TRY(desk_uuid(s.header, "run", where, &id, err));
    ENT_TRY(match_run_load(d, arena, id, &run, err));
    s.run = &run;
    if (!ent_str_is(run.r.peer, peer))
        return ent_fail(err, ENT_NOT_FOUND, "%s: there is no such run with '%s'", where, peer);
    if (!ent_str_is(run.r.state, "open"))
        return ent_fail(err, ENT_CONFLICT, "%s: its run has ended", where);
    if (ent_str_is(step, "refuse")) {
        ent_code rc = refusal_receive(&s, &broken);

        if (rc == ENT_FORMAT)
            return match_run_fail(&s, (int64_t)entry->seq, &broken, err);
        *err = broken;
        return rc;
    }
    if (match_step_due(d, &run, s.header, run.came) < 0)
        return ent_fail(err, ENT_CONFLICT, "%s: '%.*s' does not follow on '%.*s'", where,
                        step.size > 20 ? 20 : (int)step.size, step.ptr, ENT_STR_ARG(run.r.step));
    if (match_wire_run(run.r.kind, s.header, s.payload, &broken) != ENT_OK)
        return match_run_fail(&s, (int64_t)entry->seq, &broken, err);
    if (match_part_due(d, &run, s.header, run.came, &which, &due)) {
        id = match_part_work(&s, s.header, which);
        if (match_part_size_check(&s, which, &broken) != ENT_OK)
            return match_run_fail(&s, (int64_t)entry->seq, &broken, err);
        works = match_part_works(d, &run, run.came[which]++);
        run.done[which] += !works;
    }
    ENT_TRY(desk_doc_found(d, arena, "run-work", id, &doc, &busy, err));
    if (busy)
        return ent_fail(err, ENT_CONFLICT, "%s: it was heard already", where);
    if (s.payload.size > 0 && run.heard_count < MATCH_FRAMES)
        run.heard[run.heard_count++] = (int64_t)entry->seq;
    return work_put(&s, id, works, entry, body, err);
}
