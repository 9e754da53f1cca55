/* Any bytes as a tag set, and as a delta to a small set: what is accepted is written back as
 * the same bytes, both of them, is in order, and has the root that it says. */
#include "psi/tagset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_bytes(ent_arena *arena, const psi_tagset *set, ent_span bytes)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    psi_tagset_write(set, &buf);
    if (!buf.failed)
        ENT_ASSERT(buf.size == bytes.size && memcmp(buf.ptr, bytes.ptr, buf.size) == 0);
}

static void same_delta(ent_arena *arena, const psi_tagset *from, psi_tagset *to, ent_span bytes)
{
    ent_err err = { 0 };
    ent_buf buf;

    ent_buf_init(&buf, arena);
    if (psi_tagset_delta_write(arena, from, to, &buf, &err) == ENT_OK && !buf.failed)
        ENT_ASSERT(buf.size == bytes.size && memcmp(buf.ptr, bytes.ptr, buf.size) == 0);
}

/* The reader's checks of the root would keep a fuzzer out, so the right root is put in. */
static void root_put(ent_arena *arena, uint8_t *bytes, size_t size, const uint64_t *tags,
                     size_t count)
{
    psi_tagset set;
    ent_err err;

    if (size >= 72 && psi_tagset_make(arena, NULL, 0, tags, count, NULL, &set, &err) == ENT_OK)
        memcpy(bytes + 40, set.root.bytes, 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t few[] = { 0, 17, UINT64_C(1) << 40, UINT64_MAX };
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    uint8_t *bytes = ent_arena_alloc(arena, size + 1);
    ent_span span = { bytes, size };
    psi_tagset set, from, to;
    ent_err err = { 0 };
    ent_code rc;

    if (bytes != NULL && size < ((size_t)1 << 20)) {
        if (size > 0)
            memcpy(bytes, data, size);
        rc = psi_tagset_read(arena, NULL, span, &set, &err);
        if (rc == ENT_UNTRUSTED) {
            root_put(arena, bytes, size, set.tags, set.count);
            rc = psi_tagset_read(arena, NULL, span, &set, &err);
            ENT_ASSERT(rc == ENT_OK);
        }
        if (rc == ENT_OK) {
            ENT_ASSERT(set.number == 0);
            same_bytes(arena, &set, span);
            for (size_t i = 1; i < set.count; i++)
                ENT_ASSERT(set.tags[i - 1] < set.tags[i]);
        }
        ENT_ASSERT(psi_tagset_make(arena, NULL, 0, few, 4, NULL, &from, &err) == ENT_OK);
        if (size >= 104)
            memcpy(bytes + 72, from.root.bytes, 32);
        rc = psi_tagset_delta_apply(arena, NULL, &from, span, &to, &err);
        if (rc == ENT_UNTRUSTED) {
            root_put(arena, bytes, size, to.tags, to.count);
            rc = psi_tagset_delta_apply(arena, NULL, &from, span, &to, &err);
            ENT_ASSERT(rc == ENT_OK);
        }
        if (rc == ENT_OK) {
            same_delta(arena, &from, &to, span);
            for (size_t i = 1; i < to.count; i++)
                ENT_ASSERT(to.tags[i - 1] < to.tags[i]);
        }
    }
    ent_arena_free(arena);
    return 0;
}
