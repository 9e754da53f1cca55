/* The partner's tags as an asker keeps them: in documents by the tags' first bits ("standing-peer",
 * MATCH/BITS/PART), so that whoever has a few answers reads what those may be in and no more, and a
 * change writes what it touches.  The root that they came with was checked when they came; it is in
 * the match's own document. */
#include "match/standing_int.h"

#include "base/text.h"

#include <stdlib.h>

#define PART_TAGS 16384 /* a part has half of these to all of them, tags being as good as random */
#define BITS_MAX  16

static const char kind[] = "standing-peer";

static int64_t bits_of(size_t count)
{
    int64_t bits = 0;

    while (bits < BITS_MAX && count >> bits > PART_TAGS)
        bits++;
    return bits;
}

static size_t part_of(uint64_t tag, int64_t bits)
{
    return bits == 0 ? 0 : (size_t)(tag >> (64 - bits));
}

static ent_str part_id(ent_arena *arena, const standing *st, size_t part)
{
    return ent_arena_printf(arena, "%.*s/%lld/%05zu", ENT_STR_ARG(st->s.id),
                            (long long)st->peer_bits, part);
}

/* ---- writing ---- */

static ent_code part_put(desk *d, const standing *st, size_t part, const uint64_t *tags,
                         size_t count, ent_err *err)
{
    ent_arena *scratch = ent_arena_new(STANDING_TAGS_ROOM(count));
    store_doc doc = {
        .kind = ent_str_of(kind), .peer = st->s.peer, .time = d->now, .json = ENT_STR("{}")
    };
    ent_err why = { 0 };
    uint8_t *bytes;
    ent_code rc;

    bytes = scratch == NULL ? NULL : ent_arena_raw(scratch, count * 8 + 1);
    if (bytes == NULL) {
        ent_arena_free(scratch);
        return ent_fail(err, ENT_MEMORY, "no memory for a part of a set");
    }
    for (size_t i = 0; i < count; i++)
        for (int b = 0; b < 8; b++)
            bytes[8 * i + (size_t)b] = (uint8_t)(tags[i] >> (56 - 8 * b));
    doc.bytes = (ent_str){ (const char *)bytes, count * 8 };
    doc.id = part_id(scratch, st, part);
    rc = doc.id.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
    if (rc == ENT_OK && count == 0) {
        rc = store_doc_delete(d->store, kind, doc.id, &why);
        rc = rc == ENT_OK || rc == ENT_NOT_FOUND ? ENT_OK : (*err = why, rc);
    } else if (rc == ENT_OK) {
        rc = store_doc_put(d->store, &doc, err);
    }
    return ent_arena_end(scratch, rc, err);
}

/* How many of the tags from *at on are in a part; *at is behind them then. */
static size_t part_take(const psi_tagset *set, int64_t bits, size_t part, size_t *at)
{
    size_t from = *at;

    while (*at < set->count && part_of(set->tags[*at], bits) == part)
        ++*at;
    return *at - from;
}

ent_code match_standing_peer_put(desk *d, ent_arena *arena, standing *st, const psi_tagset *from,
                                 const psi_tagset *to, ent_err *err)
{
    int64_t bits = bits_of(to->count);
    size_t a = 0, b = 0;

    if (from == NULL || bits != st->peer_bits || st->peer_form != STANDING_FORM) {
        ENT_TRY(match_standing_docs_drop(d, arena, kind, st->s.id, err));
        from = NULL;
    }
    st->peer_form = STANDING_FORM;
    st->peer_bits = bits;
    st->peer_root = to->root;
    for (size_t part = 0; part < (size_t)1 << bits; part++) {
        size_t was = from == NULL ? 0 : part_take(from, bits, part, &a);
        size_t is = part_take(to, bits, part, &b);

        if (from == NULL ? is == 0
                         : was == is && (is == 0 || memcmp(from->tags + a - was, to->tags + b - is,
                                                           is * sizeof *to->tags) == 0))
            continue;
        ENT_TRY(part_put(d, st, part, to->tags + b - is, is, err));
    }
    return ENT_OK;
}

/* ---- reading ---- */

/* The bytes of one part, 8 a tag; none: *size is 0. */
static ent_code part_bytes(desk *d, ent_arena *scratch, const standing *st, size_t part,
                           const uint8_t **bytes, size_t *count, ent_err *err)
{
    ent_str id = part_id(scratch, st, part);
    ent_span all;
    store_doc doc;
    ent_json json;
    bool found;

    *count = 0;
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, scratch, kind, id, &doc, &found, err));
    if (!found)
        return ENT_OK;
    ENT_TRY(ent_json_read(scratch, doc.json, &json, err));
    ENT_TRY(desk_bytes(scratch, &doc, json, "tags", &all, err));
    *bytes = all.ptr;
    *count = all.size / 8;
    return ENT_OK;
}

/* As a node of before kept them: all of them in the encoding that they came in. */
static ent_code whole_get(desk *d, ent_arena *arena, const standing *st, psi_tagset *set,
                          ent_err *err)
{
    ent_span bytes;
    ent_json json;
    store_doc doc;

    ENT_TRY(desk_doc(d, arena, kind, st->s.id, &doc, &json, err));
    ENT_TRY(ent_base64_read(arena, ent_json_get_text(json, "tags"), &bytes, err));
    if (bytes.size >= PSI_TAGSET_NUMBER + 8) /* it wrote that of its last delta */
        memset((uint8_t *)(uintptr_t)bytes.ptr + PSI_TAGSET_NUMBER, 0, 8);
    ENT_TRY(psi_tagset_read(arena, d->crew, bytes, set, err));
    set->number = (uint64_t)st->peer_number;
    return ENT_OK;
}

ent_code match_standing_peer_get(desk *d, ent_arena *arena, const standing *st, psi_tagset *set,
                                 ent_err *err)
{
    uint64_t *tags = ent_arena_array(arena, (size_t)st->s.count_peer + 1, sizeof *tags);
    size_t count = 0;

    if (st->peer_form != STANDING_FORM)
        return whole_get(d, arena, st, set, err);
    if (tags == NULL)
        return ent_fail_arena(err);
    for (size_t part = 0; part < (size_t)1 << st->peer_bits; part++) {
        ent_arena *scratch = ent_arena_new(STANDING_TAGS_ROOM((size_t)st->s.count_peer));
        const uint8_t *bytes = NULL;
        size_t some = 0;
        ent_code rc = scratch == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a part of a set")
                                      : part_bytes(d, scratch, st, part, &bytes, &some, err);

        if (rc == ENT_OK && some > (size_t)st->s.count_peer - count)
            rc = ent_fail(err, ENT_BUG, "kept tags are more than came");
        for (size_t i = 0; rc == ENT_OK && i < some; i++)
            tags[count++] = psi_tag_of(bytes + 8 * i);
        ENT_TRY(ent_arena_end(scratch, rc, err));
    }
    *set = (psi_tagset){ .epoch = (uint64_t)st->peer_epoch,
                         .number = (uint64_t)st->peer_number,
                         .tags = tags,
                         .count = count,
                         .root = st->peer_root };
    return ENT_OK;
}

static bool bytes_have(const uint8_t *bytes, size_t count, uint64_t tag)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (psi_tag_of(bytes + 8 * middle) < tag)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && psi_tag_of(bytes + 8 * low) == tag;
}

static int by_tag(const void *a, const void *b)
{
    uint64_t x = (*(standing_item *const *)a)->tag, y = (*(standing_item *const *)b)->tag;

    return (x > y) - (x < y);
}

ent_code match_standing_peer_look(desk *d, ent_arena *arena, const standing *st,
                                  const standing_items *items, bool *has, ent_err *err)
{
    standing_item **sorted = ent_arena_array(arena, items->count + 1, sizeof(standing_item *));
    psi_tagset whole;

    if (sorted == NULL)
        return ent_fail_arena(err);
    if (st->peer_form != STANDING_FORM) {
        ENT_TRY(whole_get(d, arena, st, &whole, err));
        for (size_t i = 0; i < items->count; i++)
            has[i] = psi_tagset_has(&whole, items->items[i].tag);
        return ENT_OK;
    }
    for (size_t i = 0; i < items->count; i++)
        sorted[i] = &items->items[i];
    qsort(sorted, items->count, sizeof *sorted, by_tag);
    for (size_t i = 0; i < items->count;) {
        ent_arena *scratch = ent_arena_new(STANDING_TAGS_ROOM((size_t)st->s.count_peer));
        size_t part = part_of(sorted[i]->tag, st->peer_bits), count = 0;
        const uint8_t *bytes = NULL;
        ent_code rc = scratch == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a part of a set")
                                      : part_bytes(d, scratch, st, part, &bytes, &count, err);

        for (; rc == ENT_OK && i < items->count && part_of(sorted[i]->tag, st->peer_bits) == part;
             i++)
            has[sorted[i] - items->items] = bytes_have(bytes, count, sorted[i]->tag);
        ENT_TRY(ent_arena_end(scratch, rc, err));
    }
    return ENT_OK;
}
