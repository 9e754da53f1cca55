/* A message of a standing match comes: an offer, a step, a piece, an end.  What takes long is kept
 * ("standing-work") and done by standing_work.c. */
#include "match/guard_int.h"
#include "match/receive.h"
#include "match/standing_parts_int.h"
#include "match/wire_int.h"

#include "names/names.h"
#include "psi/keyform.h"

static ent_code work_put(desk *d, ent_arena *arena, const standing *st, const link_entry *entry,
                         ent_span body, ent_json header, ent_span payload, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("standing-work"),
                      .peer = st->s.peer,
                      .state = ENT_STR("due"),
                      .time = d->now };
    size_t pieces;

    doc.id = ent_arena_printf(arena, "%.*s/%012llu", ENT_STR_ARG(st->s.id),
                              (unsigned long long)entry->seq);
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(match_standing_pieces_read(header, &pieces, err));
    if (pieces > 1) {
        doc.state = ENT_STR("parts");
        ENT_TRY(match_standing_gather(d, arena, st, doc.id, header, payload, err));
    }
    ENT_TRY(match_message_keep(d, arena, entry, body, &doc, err));
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
    return match_standing_write(&w, err);
}

/* `stop`: the peer has ended it. */
static ent_code stop_receive(desk *d, ent_arena *arena, standing *st, ent_json header, ent_err *err)
{
    static const char *const clauses[] = { "stopped", "agreement", "flow",   "purpose", "versions",
                                           "exists",  "set_max",   "failed", "later" };
    ent_str clause = ent_json_get_text(header, "clause");

    for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++)
        if (ent_str_is(clause, clauses[i]))
            return match_standing_end(d, arena, st, i == 0 ? clauses[i] : "refused", clauses[i],
                                      err);
    return ent_fail(err, ENT_FORMAT, "a match message 'stop': its clause is not known");
}

/* A message of a match that stands. */
static ent_code step_receive(desk *d, ent_arena *arena, standing *st, ent_json header,
                             ent_span payload, const link_entry *entry, ent_span body, ent_err *err)
{
    ent_str step = ent_json_get_text(header, "step");

    ENT_TRY(match_wire_standing(header, payload, err));
    if (ent_str_is(step, "tags"))
        return match_standing_piece_take(d, arena, st, header, payload, err);
    if (ent_str_is(step, "stop"))
        return stop_receive(d, arena, st, header, err);
    return work_put(d, arena, st, entry, body, header, payload, err);
}

ent_code match_standing_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err)
{
    static const char where[] = "a standing match";
    ent_err broken = { 0 };
    ent_str id, step;
    ent_json header;
    ent_span payload;
    standing st;
    ent_code rc;

    ENT_TRY(match_message_read(arena, body, &header, &payload, err));
    ENT_TRY(desk_uuid(header, "standing", where, &id, err));
    ENT_TRY(desk_text(header, "step", where, &step, err));
    if (ent_str_is(step, "offer")) {
        ENT_TRY(match_wire_standing(header, payload, err));
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
    if (!match_standing_stands(&st))
        return ENT_OK; /* said before the peer heard of the end */
    rc = step_receive(d, arena, &st, header, payload, entry, body, &broken);
    if (match_wire_theirs(rc)) {
        standing_task w = { .d = d, .arena = arena, .st = st };

        return match_standing_fail(&w, entry->seq, &broken, err);
    }
    return rc == ENT_OK ? ENT_OK : (*err = broken, rc);
}
