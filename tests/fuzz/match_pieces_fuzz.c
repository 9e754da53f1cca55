/*
 * match_pieces_fuzz -- a set of tags that comes in pieces, from a peer that sends what it likes.
 *
 * An input is a row of messages of four bytes each: what it is (the first piece of a set, or a
 * further one), how many pieces it says or which it says it is, its epoch, and its size: bytes that
 * are missing, none (254) or one too many (255).  A plain model of four variables says of each what
 * must become of it.
 *
 * Oracle: a message is taken exactly if the model takes it; what is refused says so of a piece,
 * with the model's class of error, and leaves every document as it was; the work is due exactly
 * when the last piece is there, and its pieces together are the bytes that were sent; nothing is
 * kept of anything else.
 */
#include "fuzz/received.h"

#include "match/standing_parts_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIECE (4 * STANDING_TAG_ROOM)

struct model {
    bool open;
    int64_t parts, came, epoch;
    uint8_t sent[STANDING_PIECES * PIECE];
    size_t size;
};

struct play {
    sim_node *node;
    ent_arena *arena;
    standing st;
    struct model m;
    int works, pieces; /* begun, and kept of them all */
};

static const char *const kinds[] = { "standing-parts", "standing-part", "standing-work" };

static ent_str work_id(struct play *p, int work)
{
    return ent_arena_printf(p->arena, "work/%d", work);
}

/* The document of a message that is not whole yet, as the receiver makes it. */
static void work_put(struct play *p)
{
    store_doc doc = { .kind = ENT_STR("standing-work"),
                      .id = work_id(p, p->works),
                      .peer = p->st.s.peer,
                      .state = ENT_STR("waiting"),
                      .json = ENT_STR("{}") };
    ent_err err = { 0 };

    CHECK_OK(store_doc_put(p->node->d.store, &doc, &err), &err);
}

static void whole_check(struct play *p, ent_json header)
{
    ent_span payload = { p->m.sent, PIECE };
    ent_err err = { 0 };

    CHECK_OK(
        match_standing_whole(&p->node->d, p->arena, work_id(p, p->works), header, &payload, &err),
        &err);
    CHECK(payload.size == p->m.size && memcmp(payload.ptr, p->m.sent, p->m.size) == 0);
}

static ent_json header_of(struct play *p, const char *name, int64_t number, int64_t epoch)
{
    ent_err err = { 0 };
    ent_json json;

    CHECK_OK(ent_json_read(p->arena,
                           ent_arena_printf(p->arena, "{\"%s\":%lld,\"epoch\":%lld}", name,
                                            (long long)number, (long long)epoch),
                           &json, &err),
             &err);
    return json;
}

/* What must become of it. */
static ent_code first_due(const struct model *m, int64_t parts, size_t size)
{
    if (parts < 2 || parts > STANDING_PIECES || size != PIECE)
        return ENT_FORMAT;
    return m->open ? ENT_CONFLICT : ENT_OK;
}

static ent_code next_due(const struct model *m, int64_t part, int64_t epoch, size_t size)
{
    bool last = m->came + 1 == m->parts;

    if (!m->open || part != m->came || epoch != m->epoch)
        return ENT_CONFLICT;
    return size == 0 || size > PIECE || (!last && size != PIECE) ? ENT_FORMAT : ENT_OK;
}

static void take(struct play *p, ent_span payload)
{
    memcpy(p->m.sent + p->m.size, payload.ptr, payload.size);
    p->m.size += payload.size;
    p->m.came++;
}

static void message(struct play *p, const uint8_t *data)
{
    static uint8_t bytes[PIECE + 1];
    bool first = (data[0] & 1) != 0;
    int64_t number = first ? data[1] % 40 : data[1] % 34, epoch = data[2] % 3;
    ent_span payload = { bytes, data[3] == 255 ? PIECE + 1 : data[3] == 254 ? 0 : PIECE - data[3] };
    ent_json header = header_of(p, first ? "parts" : "part", number, epoch);
    ent_hash before = received_digest_of(p->node, kinds, 3), after;
    desk *d = &p->node->d;
    ent_code due, rc;
    ent_err err = { 0 };

    memset(bytes, data[0] ^ data[1] ^ data[3], sizeof bytes);
    due = first ? first_due(&p->m, number, payload.size)
                : next_due(&p->m, number, epoch, payload.size);
    if (first && due == ENT_OK) {
        p->works++;
        work_put(p);
    }
    rc = first ? match_standing_gather(d, p->arena, &p->st, work_id(p, p->works), header, payload,
                                       &err)
               : match_standing_piece_take(d, p->arena, &p->st, header, payload, &err);
    CHECK_INT(rc, due);
    if (rc != ENT_OK) {
        after = received_digest_of(p->node, kinds, 3);
        CHECK(ent_hash_equal(&before, &after));
        CHECK(strstr(err.msg, "part") != NULL || strstr(err.msg, "begins a set") != NULL);
        return;
    }
    if (first)
        p->m = (struct model){ .open = true, .parts = number, .epoch = epoch };
    else
        p->pieces++;
    take(p, payload);
    p->m.open = p->m.came < p->m.parts;
    CHECK_INT(sim_doc_count(p->node, "standing-work", "due"), p->works - p->m.open);
    CHECK_INT(sim_doc_count(p->node, "standing-parts", NULL), p->m.open);
    CHECK_INT(sim_doc_count(p->node, "standing-part", NULL), p->pieces);
    if (!p->m.open)
        whole_check(p, header_of(p, "parts", p->m.parts, epoch));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sim *world;
    static struct play p;
    ent_err err = { 0 };

    if (world == NULL) {
        world = calloc(1, sizeof *world);
        assert_non_null(world);
        sim_init(world, 2);
    }
    p = (struct play){ .node = &world->nodes[0], .arena = ent_arena_new(SIM_ROOM) };
    p.node->d.match_part = 4;
    p.st.s.id = ENT_STR("0b51a6f0-1c4e-4c7a-9f7e-0000000000aa");
    p.st.s.peer = ENT_STR("SVB");
    p.st.peer = "SVB";
    CHECK_OK(store_begin(p.node->d.store, &err), &err);
    for (size_t at = 0; at + 4 <= size && at < 4 * 256; at += 4)
        message(&p, data + at);
    store_rollback(p.node->d.store);
    ent_arena_free(p.arena);
    return 0;
}
