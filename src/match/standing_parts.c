/* Large messages of a standing match: whole sets of tags and large deltas go as several entries.
 *
 * The first one says how many there are and has the first piece; the others follow at once (step
 * "tags").  Each is kept in a document of its own, and the message is worked on when the last one
 * is there.  A line that breaks takes up at the piece that did not arrive.  The pieces together are
 * the one encoding of a set (psi/tagset.h), which has its root. */
#include "match/standing_parts_int.h"

#include "base/text.h"
#include "match/run_int.h"
#include "match/step_int.h"

#include <stdlib.h>

static const char where[] = "a standing match";

size_t match_standing_piece(const desk *d)
{
    return match_part_size(d) * STANDING_TAG_ROOM;
}

size_t match_standing_pieces(const desk *d, size_t size)
{
    size_t piece = match_standing_piece(d);

    return size <= piece ? 1 : (size + piece - 1) / piece;
}

ent_code match_standing_pieces_read(ent_json header, size_t *pieces, ent_err *err)
{
    int64_t parts = 1;

    if (ent_json_get(header, "parts").doc != NULL)
        ENT_TRY(desk_number(header, "parts", where, 2, STANDING_PIECES, &parts, err));
    *pieces = (size_t)parts;
    return ENT_OK;
}

/* ---- receiving ---- */

/* What is being gathered for a match: the document of its work, how many there will be and are. */
struct gathering {
    ent_str work;
    int64_t parts, came, epoch;
};

static ent_code gathering_put(desk *d, ent_arena *arena, const standing *st,
                              const struct gathering *g, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("standing-parts"),
                      .id = st->s.id,
                      .peer = st->s.peer,
                      .state = ENT_STR("open"),
                      .time = d->now };

    doc.json = ent_arena_printf(
        arena, "{\"work\":\"%.*s\",\"parts\":%lld,\"came\":%lld,\"epoch\":%lld}",
        ENT_STR_ARG(g->work), (long long)g->parts, (long long)g->came, (long long)g->epoch);
    return doc.json.ptr == NULL ? ent_fail_arena(err) : store_doc_put(d->store, &doc, err);
}

static ent_code gathering_get(desk *d, ent_arena *arena, const standing *st, struct gathering *g,
                              bool *found, ent_err *err)
{
    store_doc doc;
    ent_json json;

    ENT_TRY(desk_doc_found(d, arena, "standing-parts", st->s.id, &doc, found, err));
    if (!*found)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    g->work = ent_json_get_text(json, "work");
    (void)ent_json_int(ent_json_get(json, "parts"), &g->parts);
    (void)ent_json_int(ent_json_get(json, "came"), &g->came);
    (void)ent_json_int(ent_json_get(json, "epoch"), &g->epoch);
    return ENT_OK;
}

ent_code match_standing_gather(desk *d, ent_arena *arena, const standing *st, ent_str work,
                               ent_json header, ent_span payload, ent_err *err)
{
    struct gathering g = { .work = work, .came = 1 }, other;
    size_t pieces;
    bool busy;

    ENT_TRY(match_standing_pieces_read(header, &pieces, err));
    if (payload.size != match_standing_piece(d))
        return ent_fail(err, ENT_FORMAT, "%s: its first part of %zu has %zu bytes, not %zu", where,
                        pieces, payload.size, match_standing_piece(d));
    ENT_TRY(gathering_get(d, arena, st, &other, &busy, err));
    if (busy)
        return ent_fail(err, ENT_CONFLICT, "%s begins a set before it has ended another", where);
    g.parts = (int64_t)pieces;
    (void)ent_json_int(ent_json_get(header, "epoch"), &g.epoch);
    return gathering_put(d, arena, st, &g, err);
}

static ent_str piece_id(ent_arena *arena, ent_str work, size_t piece)
{
    return ent_arena_printf(arena, "%.*s/%03zu", ENT_STR_ARG(work), piece);
}

static ent_code piece_put(desk *d, ent_arena *arena, const standing *st, const struct gathering *g,
                          ent_span payload, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("standing-part"),
                      .id = piece_id(arena, g->work, (size_t)g->came),
                      .peer = st->s.peer,
                      .state = ENT_STR("open"),
                      .time = d->now,
                      .json = ENT_STR("{}"),
                      .bytes = { payload.ptr, payload.size } };

    return doc.id.ptr == NULL ? ent_fail_arena(err) : store_doc_put(d->store, &doc, err);
}

/* The message is whole: its work is due. */
static ent_code gathered(desk *d, ent_arena *arena, const standing *st, const struct gathering *g,
                         ent_err *err)
{
    store_doc doc;

    ENT_TRY(store_doc_get(d->store, arena, "standing-work", g->work, &doc, err));
    doc.state = ENT_STR("due");
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return store_doc_delete(d->store, "standing-parts", st->s.id, err);
}

ent_code match_standing_piece_take(desk *d, ent_arena *arena, const standing *st, ent_json header,
                                   ent_span payload, ent_err *err)
{
    struct gathering g = { .came = 0 };
    int64_t epoch = -1, part = -1;
    bool open, last;

    ENT_TRY(gathering_get(d, arena, st, &g, &open, err));
    if (!open)
        return ent_fail(err, ENT_CONFLICT, "%s has a part of nothing", where);
    (void)ent_json_int(ent_json_get(header, "epoch"), &epoch);
    (void)ent_json_int(ent_json_get(header, "part"), &part);
    if (part != g.came || epoch != g.epoch)
        return ent_fail(err, ENT_CONFLICT, "%s has part %lld, not %lld", where, (long long)part,
                        (long long)g.came);
    last = g.came + 1 == g.parts;
    if (payload.size == 0 || payload.size > match_standing_piece(d) ||
        (!last && payload.size != match_standing_piece(d)))
        return ent_fail(err, ENT_FORMAT, "%s: its part %lld of %lld has %zu bytes", where,
                        (long long)part, (long long)g.parts, payload.size);
    ENT_TRY(piece_put(d, arena, st, &g, payload, err));
    g.came++;
    return last ? gathered(d, arena, st, &g, err) : gathering_put(d, arena, st, &g, err);
}

/* ---- at work ---- */

ent_code match_standing_whole(desk *d, ent_arena *arena, ent_str work, ent_json header,
                              ent_span *payload, ent_err *err)
{
    size_t pieces;
    ent_buf buf;
    ent_str all;

    ENT_TRY(match_standing_pieces_read(header, &pieces, err));
    if (pieces == 1)
        return ENT_OK;
    ent_buf_init(&buf, arena);
    (void)ent_buf_reserve(&buf, pieces * match_standing_piece(d));
    ent_buf_put(&buf, payload->ptr, payload->size);
    for (size_t i = 1; i < pieces; i++) {
        ent_str id = piece_id(arena, work, i);
        ent_arena *scratch = ent_arena_new(STANDING_PIECE_ROOM);
        ent_span bytes = { NULL, 0 };
        store_doc doc;
        ent_json json;
        ent_code rc;

        if (scratch == NULL || id.ptr == NULL) {
            ent_arena_free(scratch);
            return ent_fail(err, ENT_MEMORY, "no memory for a part of a set");
        }
        rc = desk_doc(d, scratch, "standing-part", id, &doc, &json, err);
        if (rc == ENT_OK)
            rc = desk_bytes(scratch, &doc, json, "bytes", &bytes, err);
        if (rc == ENT_OK)
            ent_buf_put(&buf, bytes.ptr, bytes.size);
        ENT_TRY(ent_arena_end(scratch, rc, err));
    }
    ENT_TRY(ent_buf_done(&buf, &all, err));
    *payload = ent_span_of_str(all);
    return ENT_OK;
}
