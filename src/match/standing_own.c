#include "match/standing_own_int.h"

#include "base/text.h"
#include "desk/work.h"
#include "psi/tagset.h"

#define INDEX_FIRST  4096
#define INDEX_MEMORY ((size_t)512 << 20)
#define NOWHERE      UINT32_MAX
#define PART_ROOM    ((size_t)8 << 20) /* memory to read or write a part in */
#define OFFSETS      65536             /* of a place: its part, and which of the part's keys */

static const char kind[] = "standing-own";

_Static_assert(sizeof(standing_own_key) == 20, "a part is kept as its bytes");

void match_standing_own_init(standing_own *own, ent_arena *arena, size_t part_size)
{
    ENT_ASSERT(part_size <= OFFSETS);
    *own = (standing_own){ .arena = arena, .part_size = part_size };
}

void match_standing_own_free(standing_own *own)
{
    ent_arena_free(own->index_arena);
    own->index_arena = NULL;
    own->index = NULL;
    own->index_size = 0;
}

/* ---- finding ---- */

static standing_own_key *key_at(const standing_own *own, uint32_t place, uint8_t **mark)
{
    standing_own_part *part = &own->parts[place / OFFSETS];

    *mark = &part->marks[place % OFFSETS];
    return &part->keys[place % OFFSETS];
}

/* Where the place of a hash is, or would be. */
static uint32_t *slot_of(const standing_own *own, const uint8_t hash[STANDING_OWN_HASH])
{
    size_t slot;
    uint8_t *mark;

    memcpy(&slot, hash, sizeof slot);
    for (slot &= own->index_size - 1; own->index[slot] != NOWHERE;
         slot = (slot + 1) & (own->index_size - 1))
        if (memcmp(key_at(own, own->index[slot], &mark)->hash, hash, STANDING_OWN_HASH) == 0)
            break;
    return &own->index[slot];
}

/* Room for one key more: the index is never fuller than two thirds. */
static ent_code index_grow(standing_own *own, ent_err *err)
{
    ent_arena *before = own->index_arena;
    size_t size = own->index_size;

    if (size > 0 && own->count + 1 <= size / 3 * 2)
        return ENT_OK;
    for (size = size == 0 ? INDEX_FIRST : size; own->count + 1 > size / 3 * 2;)
        size *= 2;
    own->index_arena = ent_arena_new(INDEX_MEMORY);
    own->index = own->index_arena == NULL
                     ? NULL
                     : ent_arena_raw(own->index_arena, size * sizeof *own->index);
    ent_arena_free(before);
    own->index_size = size;
    if (own->index == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to find %zu keys in", own->count);
    memset(own->index, 0xff, size * sizeof *own->index);
    for (size_t p = 0; p < own->part_count; p++)
        for (size_t i = 0; i < own->parts[p].count; i++)
            *slot_of(own, own->parts[p].keys[i].hash) = (uint32_t)(p * OFFSETS + i);
    return ENT_OK;
}

static ent_code part_add(standing_own *own, size_t room, standing_own_part **part, ent_err *err)
{
    if (own->part_count == own->part_room) {
        size_t parts = 2 * own->part_room + 8;
        standing_own_part *grown = ent_arena_array(own->arena, parts, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (own->part_count > 0)
            memcpy(grown, own->parts, own->part_count * sizeof *grown);
        own->parts = grown;
        own->part_room = parts;
    }
    *part = &own->parts[own->part_count];
    **part = (standing_own_part){ .keys = ent_arena_raw(own->arena, room * sizeof *(*part)->keys),
                                  .marks = ent_arena_alloc(own->arena, room) };
    if ((*part)->keys == NULL || (*part)->marks == NULL)
        return ent_fail_arena(err);
    own->part_count++;
    return ENT_OK;
}

ent_code match_standing_own_see(standing_own *own, const uint8_t hash[STANDING_OWN_HASH],
                                bool *first, standing_own_key **made, ent_err *err)
{
    standing_own_part *part;
    uint32_t *slot;
    uint8_t *mark;

    ENT_TRY(index_grow(own, err));
    *made = NULL;
    slot = slot_of(own, hash);
    if (*slot != NOWHERE) {
        (void)key_at(own, *slot, &mark);
        *first = (*mark & STANDING_SEEN) == 0;
        *mark |= STANDING_SEEN;
        own->seen += *first;
        return ENT_OK;
    }
    if (own->part_count == 0 || own->parts[own->part_count - 1].count >= own->part_size)
        ENT_TRY(part_add(own, own->part_size, &part, err));
    part = &own->parts[own->part_count - 1];
    *slot = (uint32_t)((own->part_count - 1) * OFFSETS + part->count);
    *made = &part->keys[part->count];
    **made = (standing_own_key){ .tag = { 0 } };
    memcpy((*made)->hash, hash, STANDING_OWN_HASH);
    part->marks[part->count++] = STANDING_SEEN;
    part->changed = true;
    own->count++;
    own->seen++;
    *first = true;
    return ENT_OK;
}

bool match_standing_own_seen(const standing_own *own, const uint8_t hash[STANDING_OWN_HASH])
{
    uint32_t *slot = own->index == NULL ? NULL : slot_of(own, hash);
    uint8_t *mark;

    if (slot == NULL || *slot == NOWHERE)
        return false;
    (void)key_at(own, *slot, &mark);
    return (*mark & STANDING_SEEN) != 0;
}

/* ---- what has changed ---- */

size_t match_standing_own_tags(const standing_own *own, uint8_t mark, uint64_t *tags)
{
    size_t count = 0;

    for (size_t p = 0; p < own->part_count; p++)
        for (size_t i = 0; i < own->parts[p].count; i++)
            if ((own->parts[p].marks[i] & mark) != 0)
                tags[count++] = psi_tag_of(own->parts[p].keys[i].tag);
    return count;
}

bool match_standing_own_differs(const standing_own *own)
{
    for (size_t p = 0; p < own->part_count; p++)
        for (size_t i = 0; i < own->parts[p].count; i++)
            if (own->parts[p].marks[i] != (STANDING_SAID | STANDING_SEEN))
                return true;
    return false;
}

void match_standing_own_settle(standing_own *own)
{
    own->count = 0;
    for (size_t p = 0; p < own->part_count; p++) {
        standing_own_part *part = &own->parts[p];
        size_t kept = 0;

        for (size_t i = 0; i < part->count; i++)
            if ((part->marks[i] & STANDING_SEEN) != 0) {
                part->keys[kept] = part->keys[i];
                part->marks[kept++] = STANDING_SAID | STANDING_SEEN;
            }
        part->changed = part->changed || kept != part->count;
        part->count = kept;
        own->count += kept;
    }
}

/* ---- documents ---- */

static ent_str part_id(ent_arena *arena, ent_str id, int64_t epoch, size_t part)
{
    return ent_arena_printf(arena, "%.*s/%lld/%05zu", ENT_STR_ARG(id), (long long)epoch, part);
}

static ent_code part_read(ent_arena *scratch, const store_doc *doc, bool said, standing_own *own,
                          ent_err *err)
{
    standing_own_part *part;
    ent_span bytes;
    ent_json json;
    size_t count;

    ENT_TRY(ent_json_read(scratch, doc->json, &json, err));
    ENT_TRY(desk_bytes(scratch, doc, json, "keys", &bytes, err));
    count = bytes.size / sizeof *part->keys;
    if (bytes.size % sizeof *part->keys != 0 || count > OFFSETS)
        return ent_fail(err, ENT_BUG, "kept keys of a standing match have %zu bytes", bytes.size);
    ENT_TRY(part_add(own, count > own->part_size ? count : own->part_size, &part, err));
    if (count > 0)
        memcpy(part->keys, bytes.ptr, bytes.size);
    memset(part->marks, said ? STANDING_SAID : 0, count);
    part->count = count;
    own->count += count;
    return ENT_OK;
}

ent_code match_standing_own_load(desk *d, ent_str id, int64_t epoch, int64_t said,
                                 standing_own *own, ent_err *err)
{
    bool found = true;

    for (size_t part = 0; found; part++) {
        ent_arena *scratch = ent_arena_new(PART_ROOM);
        ent_str name = { NULL, 0 };
        store_doc doc;
        ent_code rc;

        if (scratch != NULL)
            name = part_id(scratch, id, epoch, part);
        rc = name.ptr == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a part of a set")
                              : desk_doc_found(d, scratch, kind, name, &doc, &found, err);
        if (rc == ENT_OK && found)
            rc = part_read(scratch, &doc, (int64_t)part < said, own, err);
        ENT_TRY(ent_arena_end(scratch, rc, err));
    }
    return index_grow(own, err);
}

ent_code match_standing_own_put(desk *d, const char *peer, ent_str id, int64_t epoch,
                                standing_own *own, size_t part, bool first, ent_err *err)
{
    ent_arena *scratch = ent_arena_new(PART_ROOM);
    const standing_own_part *here = &own->parts[part];
    store_doc doc = { .kind = ent_str_of(kind),
                      .peer = ent_str_of(peer),
                      .time = d->now,
                      .json = ENT_STR("{}"),
                      .bytes = { (const char *)here->keys, here->count * sizeof *here->keys } },
              there;
    bool found = false;
    ent_code rc;

    if (scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a part of a set");
    doc.id = part_id(scratch, id, epoch, part);
    rc = doc.id.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
    if (rc == ENT_OK && first)
        rc = desk_doc_found(d, scratch, kind, doc.id, &there, &found, err);
    if (rc == ENT_OK && found)
        rc = ent_fail(err, ENT_RETRY, "another process works on this standing match");
    if (rc == ENT_OK)
        rc = store_doc_put(d->store, &doc, err);
    rc = ent_arena_end(scratch, rc, err);
    if (rc == ENT_OK)
        own->parts[part].changed = false;
    return rc;
}

ent_code match_standing_own_put_all(desk *d, const char *peer, ent_str id, int64_t epoch,
                                    standing_own *own, ent_err *err)
{
    for (size_t part = 0; part < own->part_count; part++)
        if (own->parts[part].changed)
            ENT_TRY(match_standing_own_put(d, peer, id, epoch, own, part, false, err));
    return ENT_OK;
}
