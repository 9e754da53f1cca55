/* The keys of a run as one text (match/match_int.h).  A million of them are read at every step: as
 * values of JSON they were most of what a node adds to the protocol, for a tape of six values a
 * key.  Here a text is its size, a colon and its bytes, so that nothing needs to be escaped or
 * searched, and a number its digits and a semicolon.
 *
 * First, behind an `R`, how many records there are and their ids, each once: a record has many keys, and
 * its id is longer than any.  An item is its key, how many records stand behind it and which, how many
 * intervals and their days; these only where the times of a hit are compared.  Texts of a node of before
 * have no records in front, but each id where it is meant.  The texts of what is read are borrowed. */
#include "match/match_int.h"

#include "psi/keyform.h"

#include <sodium.h>

#define NAMED 'R'

static void text_write(ent_buf *buf, ent_str text)
{
    ent_buf_int(buf, (int64_t)text.size);
    ent_buf_byte(buf, ':');
    ent_buf_str(buf, text);
}

static void number_write(ent_buf *buf, int64_t number)
{
    ent_buf_int(buf, number);
    ent_buf_byte(buf, ';');
}

/* ---- the records of a part ---- */

/* Ids by their hash, each once, and the list of them; a slot has a place in the list, and one more. */
struct records {
    ent_str *id;
    uint32_t *slot;
    size_t count, slots, last;
};

static bool records_room(ent_arena *arena, const match_item *items, size_t count,
                         struct records *records)
{
    size_t all = 0;

    for (size_t i = 0; i < count; i++)
        all += items[i].own_count;
    *records = (struct records){ .slots = 16 };
    while (records->slots < 2 * all)
        records->slots *= 2;
    records->id = ent_arena_array(arena, all + 1, sizeof *records->id);
    records->slot = ent_arena_array(arena, records->slots, sizeof *records->slot);
    return records->id != NULL && records->slot != NULL;
}

static size_t record_of(struct records *records, ent_str id)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES] = { 0 };
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t at;

    /* Keys that follow one another are often of one record. */
    if (records->count > 0 && ent_str_equal(records->id[records->last], id))
        return records->last;
    (void)crypto_shorthash(hash, (const uint8_t *)id.ptr, id.size, key);
    memcpy(&at, hash, sizeof at);
    for (at &= records->slots - 1; records->slot[at] != 0; at = (at + 1) & (records->slots - 1))
        if (ent_str_equal(records->id[records->slot[at] - 1], id))
            return records->last = records->slot[at] - 1;
    records->id[records->count++] = id;
    records->slot[at] = (uint32_t)records->count;
    return records->last = records->count - 1;
}

/* ---- writing ---- */

static void item_write(ent_buf *buf, const match_item *item, struct records *records)
{
    size_t timed = item->reassignable ? item->valid_count : 0;

    text_write(buf, item->key);
    number_write(buf, (int64_t)item->own_count);
    for (size_t k = 0; k < item->own_count; k++)
        number_write(buf, (int64_t)record_of(records, item->own[k]));
    number_write(buf, (int64_t)timed);
    for (size_t k = 0; k < timed; k++) {
        number_write(buf, item->valid[k].first);
        number_write(buf, item->valid[k].last);
    }
}

void match_items_write(ent_buf *buf, const match_item *items, size_t count)
{
    struct records records;

    if (!records_room(buf->arena, items, count, &records)) {
        buf->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < items[i].own_count; k++)
            (void)record_of(&records, items[i].own[k]);
    ent_buf_byte(buf, NAMED);
    number_write(buf, (int64_t)records.count);
    for (size_t i = 0; i < records.count; i++)
        text_write(buf, records.id[i]);
    for (size_t i = 0; i < count; i++)
        item_write(buf, &items[i], &records);
}

/* ---- reading ---- */

/* What is left to read, and the records that it names. */
struct rest {
    const char *at, *end;
    ent_str *id;
    size_t count;
    bool named;
};

static bool number_read(struct rest *r, char after, int64_t *number)
{
    bool negative = r->at < r->end && *r->at == '-';
    const char *from = r->at += negative;
    int64_t n = 0;

    /* Eighteen digits are no overflow, and more than anything here has. */
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && r->at - from < 18)
        n = n * 10 + (*r->at++ - '0');
    *number = negative ? -n : n;
    return r->at > from && r->at < r->end && *r->at++ == after;
}

static bool count_read(struct rest *r, char after, size_t most, size_t *count)
{
    int64_t number;

    if (!number_read(r, after, &number) || number < 0 || (uint64_t)number > most)
        return false;
    *count = (size_t)number;
    return true;
}

static bool text_read(struct rest *r, ent_str *text)
{
    size_t size;

    if (!count_read(r, ':', (size_t)(r->end - r->at), &size) || size > (size_t)(r->end - r->at))
        return false;
    *text = (ent_str){ r->at, size };
    r->at += size;
    return true;
}

static bool valid_read(struct rest *r, match_item *item)
{
    if (!count_read(r, ';', PSI_INTERVALS, &item->valid_count))
        return false;
    for (size_t i = 0; i < item->valid_count; i++) {
        int64_t first, last;

        if (!number_read(r, ';', &first) || !number_read(r, ';', &last))
            return false;
        item->valid[i] = (ent_days){ (ent_day)first, (ent_day)last };
    }
    return true;
}

static ent_code broken(ent_err *err)
{
    return ent_fail(err, ENT_BUG, "a run's keys are not kept as they were written");
}

/* The records in front. */
static ent_code records_read(ent_arena *arena, struct rest *r, ent_err *err)
{
    r->named = r->at < r->end && *r->at == NAMED;
    if (!r->named)
        return ENT_OK;
    r->at++;
    /* Every id takes two bytes at least, which bounds what is promised. */
    if (!count_read(r, ';', (size_t)(r->end - r->at) / 2, &r->count))
        return broken(err);
    r->id = ent_arena_array(arena, r->count + 1, sizeof *r->id);
    if (r->id == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < r->count; i++)
        if (!text_read(r, &r->id[i]))
            return broken(err);
    return ENT_OK;
}

static bool own_read(struct rest *r, ent_str *own)
{
    size_t which;

    if (!r->named)
        return text_read(r, own);
    if (!count_read(r, ';', r->count, &which) || which == r->count)
        return false;
    *own = r->id[which];
    return true;
}

static ent_code item_read(ent_arena *arena, struct rest *r, match_item *item, ent_err *err)
{
    size_t which;

    *item = (match_item){ .own_count = 0 };
    if (!text_read(r, &item->key) ||
        !count_read(r, ';', (size_t)(r->end - r->at) / 2, &item->own_count))
        return broken(err);
    if (item->own_count == 1 && r->named) { /* nearly always */
        if (!count_read(r, ';', r->count, &which) || which == r->count)
            return broken(err);
        item->own = &r->id[which];
    } else {
        item->own = ent_arena_array(arena, item->own_count + 1, sizeof *item->own);
        if (item->own == NULL)
            return ent_fail_arena(err);
        for (size_t i = 0; i < item->own_count; i++)
            if (!own_read(r, &item->own[i]))
                return broken(err);
    }
    if (!valid_read(r, item))
        return broken(err);
    item->reassignable =
        psi_keyform_of(item->key) != NULL && psi_keyform_of(item->key)->reassignable;
    return ENT_OK;
}

ent_code match_items_read(ent_arena *arena, ent_str text, match_item *items, size_t room,
                          size_t *count, ent_err *err)
{
    struct rest r = { .at = text.ptr, .end = text.ptr + text.size };

    ENT_TRY(records_read(arena, &r, err));
    for (*count = 0; r.at < r.end; (*count)++) {
        if (*count == room)
            return broken(err);
        ENT_TRY(item_read(arena, &r, &items[*count], err));
    }
    return ENT_OK;
}

/* An item whose key alone is wanted. */
static bool key_read(struct rest *r, ent_str *key)
{
    ent_str record;
    int64_t first, last;
    size_t count;

    if (!text_read(r, key) || !count_read(r, ';', (size_t)(r->end - r->at) / 2, &count))
        return false;
    for (; count > 0; count--)
        if (!own_read(r, &record))
            return false;
    if (!count_read(r, ';', PSI_INTERVALS, &count))
        return false;
    for (; count > 0; count--)
        if (!number_read(r, ';', &first) || !number_read(r, ';', &last))
            return false;
    return true;
}

ent_code match_items_keys(ent_arena *arena, ent_str text, ent_str *keys, size_t room, size_t *count,
                          ent_err *err)
{
    struct rest r = { .at = text.ptr, .end = text.ptr + text.size };

    ENT_TRY(records_read(arena, &r, err));
    for (*count = 0; r.at < r.end; (*count)++)
        if (*count == room || !key_read(&r, &keys[*count]))
            return broken(err);
    return ENT_OK;
}
