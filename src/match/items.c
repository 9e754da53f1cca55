/* The keys of a run as one text (match/match_int.h).  A million of them are read at every step: as
 * values of JSON they were most of what a node adds to the protocol, for a tape of six values a
 * key.  Here a text is its size, a colon and its bytes, so that nothing needs to be escaped or
 * searched, and a number its digits and a semicolon.  An item is its key, how many records stand
 * behind it and their ids, how many intervals and their days.  The texts of what is read are
 * borrowed. */
#include "match/match_int.h"

#include "psi/keyform.h"

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

void match_items_write(ent_buf *buf, const match_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const match_item *item = &items[i];

        text_write(buf, item->key);
        number_write(buf, (int64_t)item->own_count);
        for (size_t k = 0; k < item->own_count; k++)
            text_write(buf, item->own[k]);
        number_write(buf, (int64_t)item->valid_count);
        for (size_t k = 0; k < item->valid_count; k++) {
            number_write(buf, item->valid[k].first);
            number_write(buf, item->valid[k].last);
        }
    }
}

/* What is left to read. */
struct rest {
    const char *at, *end;
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

static ent_code item_read(ent_arena *arena, struct rest *r, match_item *item, ent_err *err)
{
    *item = (match_item){ .own_count = 0 };
    /* Every id takes two bytes at least, which bounds what is promised. */
    if (!text_read(r, &item->key) ||
        !count_read(r, ';', (size_t)(r->end - r->at) / 2, &item->own_count))
        return broken(err);
    item->own = ent_arena_array(arena, item->own_count + 1, sizeof *item->own);
    if (item->own == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < item->own_count; i++)
        if (!text_read(r, &item->own[i]))
            return broken(err);
    if (!valid_read(r, item))
        return broken(err);
    item->reassignable =
        psi_keyform_of(item->key) != NULL && psi_keyform_of(item->key)->reassignable;
    return ENT_OK;
}

ent_code match_items_read(ent_arena *arena, ent_str text, match_item *items, size_t room,
                          size_t *count, ent_err *err)
{
    struct rest r = { text.ptr, text.ptr + text.size };

    for (*count = 0; r.at < r.end; (*count)++) {
        if (*count == room)
            return broken(err);
        ENT_TRY(item_read(arena, &r, &items[*count], err));
    }
    return ENT_OK;
}
