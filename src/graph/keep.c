#include "graph/keep.h"

#include "graph/graph_int.h"

#include <string.h>

#define MAGIC UINT64_C(0x31706172672d656e) /* "en-grap1" */

/* The arrays, in the order of the file; each with how many it has. */
#define SECTIONS(X)                              \
    X(record_of, g->text_count)                  \
    X(key_of, g->text_count)                     \
    X(table, g->table_size)                      \
    X(records, g->record_count)                  \
    X(links, g->link_count)                      \
    X(keys, g->key_count)                        \
    X(near_first, (uint64_t)g->record_count + 2) \
    X(near, 2 * (uint64_t)g->link_count)         \
    X(near_other, 2 * (uint64_t)g->link_count)   \
    X(near_strong, 2 * (uint64_t)g->link_count)  \
    X(key_first, (uint64_t)g->record_count + 2)  \
    X(key_list, g->hold_count)                   \
    X(posts, g->hold_count)                      \
    X(groups, g->group_count)

struct head {
    uint64_t magic, size, text_bytes;
    uint32_t row_sizes; /* of this build */
    uint32_t text_count, table_size, record_count, link_count, key_count, hold_count, group_count;
    uint8_t seed[16];
    char tag[GRAPH_TAG_SIZE];
};

static uint64_t padded(uint64_t size)
{
    return (size + 7) & ~UINT64_C(7);
}

static uint32_t row_sizes(void)
{
    return (uint32_t)(sizeof(graph_record_row) << 16 | sizeof(graph_link_row) << 8 |
                      sizeof(graph_key_row));
}

static uint64_t texts_size(const graph *g)
{
    uint64_t size = 0;

    for (uint32_t i = 0; i < g->text_count; i++)
        size += graph_text(g, i).size;
    return size;
}

static void counts_set(graph *g, const struct head *h)
{
    g->text_count = h->text_count;
    g->table_size = h->table_size;
    g->record_count = h->record_count;
    g->link_count = h->link_count;
    g->key_count = h->key_count;
    g->hold_count = h->hold_count;
    g->group_count = h->group_count;
}

/* Of the whole file. */
static uint64_t file_size(const graph *g, uint64_t text_bytes)
{
    uint64_t size = padded(sizeof(struct head));

#define X(member, count) size += padded((count) * sizeof *g->member);
    SECTIONS(X)
#undef X
    return size + ((uint64_t)g->text_count + 1) * sizeof(uint64_t) + padded(text_bytes);
}

/* ---- writing ---- */

struct out {
    graph_sink sink;
    void *arg;
    uint8_t room[65536];
    size_t used;
};

static ent_code put(struct out *o, const void *bytes, size_t size, ent_err *err)
{
    if (size == 0)
        return ENT_OK;
    if (size > sizeof o->room - o->used && o->used > 0) {
        ENT_TRY(o->sink(o->arg, o->room, o->used, err));
        o->used = 0;
    }
    if (size > sizeof o->room)
        return o->sink(o->arg, bytes, size, err);
    memcpy(o->room + o->used, bytes, size);
    o->used += size;
    return ENT_OK;
}

static ent_code put_padded(struct out *o, const void *bytes, uint64_t size, ent_err *err)
{
    static const uint8_t zeros[8] = { 0 };

    ENT_TRY(put(o, bytes, (size_t)size, err));
    return put(o, zeros, (size_t)(padded(size) - size), err);
}

static ent_code texts_put(const graph *g, struct out *o, ent_err *err)
{
    static const uint8_t zeros[8] = { 0 };
    uint64_t at = 0;

    for (uint32_t i = 0; i < g->text_count; i++) {
        ENT_TRY(put(o, &at, sizeof at, err));
        at += graph_text(g, i).size;
    }
    ENT_TRY(put(o, &at, sizeof at, err));
    for (uint32_t i = 0; i < g->text_count; i++)
        ENT_TRY(put(o, graph_text(g, i).ptr, graph_text(g, i).size, err));
    return put(o, zeros, (size_t)(padded(at) - at), err);
}

ent_code graph_keep(const graph *g, ent_str tag, graph_sink sink, void *arg, ent_err *err)
{
    struct head head = { .magic = MAGIC,
                         .text_bytes = texts_size(g),
                         .row_sizes = row_sizes(),
                         .text_count = g->text_count,
                         .table_size = g->table_size,
                         .record_count = g->record_count,
                         .link_count = g->link_count,
                         .key_count = g->key_count,
                         .hold_count = g->hold_count,
                         .group_count = g->group_count };
    struct out out = { .sink = sink, .arg = arg };

    ENT_ASSERT(g->sealed && tag.size < GRAPH_TAG_SIZE);
    head.size = file_size(g, head.text_bytes);
    memcpy(head.seed, g->seed, sizeof head.seed);
    memcpy(head.tag, tag.ptr, tag.size);
    ENT_TRY(put_padded(&out, &head, sizeof head, err));
#define X(member, count) ENT_TRY(put_padded(&out, g->member, (count) * sizeof *g->member, err));
    SECTIONS(X)
#undef X
    ENT_TRY(texts_put(g, &out, err));
    return out.used == 0 ? ENT_OK : sink(arg, out.room, out.used, err);
}

/* ---- reading ---- */

ent_code graph_kept(ent_arena *arena, ent_span bytes, ent_str tag, graph **out, ent_err *err)
{
    const struct head *head = bytes.ptr;
    const uint8_t *at = bytes.ptr;
    graph *g = ent_arena_alloc(arena, sizeof *g);

    if (g == NULL)
        return ent_fail_arena(err);
    if (bytes.size < sizeof *head || head->magic != MAGIC || head->size != bytes.size ||
        head->row_sizes != row_sizes() || memchr(head->tag, 0, sizeof head->tag) == NULL)
        return ent_fail(err, ENT_FORMAT, "these bytes are no graph of this program");
    *g = (graph){ .arena = arena, .sealed = true };
    counts_set(g, head);
    if (file_size(g, head->text_bytes) != bytes.size)
        return ent_fail(err, ENT_FORMAT, "a graph that was cut short");
    if (!ent_str_is(tag, head->tag))
        return ent_fail(err, ENT_NO, "the graph is of another time");
    memcpy(g->seed, head->seed, sizeof g->seed);
    at += padded(sizeof *head);
    /* Nothing of a sealed graph is written; the members are not const for those who build. */
#define X(member, count)               \
    g->member = (void *)(uintptr_t)at; \
    at += padded((count) * sizeof *g->member);
    SECTIONS(X)
#undef X
    g->text_at = (const void *)at;
    g->text_bytes = (const char *)at + ((size_t)g->text_count + 1) * sizeof(uint64_t);
    *out = g;
    return ENT_OK;
}
