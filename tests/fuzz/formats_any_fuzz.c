/* Any bytes as a file of any format: the items do not depend on how the bytes were cut into
 * pieces; what is given is a JSON object, read to the end of the file or refused with a place;
 * a STIX item's bytes stand in the file as they are, and what was upgraded from STIX 2.0 is
 * STIX 2.1 that reads as itself. */
#include "base/hash.h"
#include "formats/formats.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    const char *bytes;
    size_t size;
    size_t items, wrong;
    ent_hash sum; /* over all items */
};

static bool contains(const struct run *run, ent_str part)
{
    for (size_t at = 0; at + part.size <= run->size; at++)
        if (memcmp(run->bytes + at, part.ptr, part.size) == 0)
            return true;
    return false;
}

static ent_code same_take(void *arg, const formats_item *item, ent_err *err)
{
    (void)err;
    ENT_ASSERT(item->wrong == NULL && !item->upgraded);
    ENT_ASSERT(ent_str_equal(ent_json_raw(item->object), *(const ent_str *)arg));
    return ENT_OK;
}

/* Read again it is not old any more and stays byte for byte. */
static void upgraded_check(ent_str raw)
{
    const formats_options options = { FORMATS_STIX, "fuzz", NULL };
    formats_reader *reader = NULL;
    ent_err err = { 0 };

    ENT_ASSERT(formats_reader_new(&options, same_take, &raw, &reader, &err) == ENT_OK);
    ENT_ASSERT(formats_feed(reader, raw.ptr, raw.size, &err) == ENT_OK);
    ENT_ASSERT(formats_end(reader, &err) == ENT_OK);
    formats_reader_free(reader);
}

static ent_code item_take(void *arg, const formats_item *item, ent_err *err)
{
    struct run *run = arg;
    ent_str raw = ent_json_raw(item->object);
    const ent_span pieces[] = { { &run->sum, sizeof run->sum },
                                { &item->line, sizeof item->line },
                                { &item->offset, sizeof item->offset },
                                ent_span_of_str(raw),
                                ent_span_of_str(item->key) };

    (void)err;
    ENT_ASSERT(item->index == run->items);
    ENT_ASSERT(item->offset <= run->size);
    run->items++;
    if (item->wrong != NULL) {
        ENT_ASSERT(item->wrong->msg[0] != '\0');
        run->wrong++;
    } else if (item->key.size > 0) {
        ENT_ASSERT(ent_json_is(item->object, ENT_JSON_OBJECT));
        ENT_ASSERT(ent_json_get_text(item->object, "type").size > 0);
    } else if (item->upgraded) {
        upgraded_check(raw);
    } else {
        ENT_ASSERT(raw.size > 0 && raw.size <= run->size);
        ENT_ASSERT(contains(run, raw));
    }
    run->sum = ent_hash_pieces(pieces, 5);
    return ENT_OK;
}

static ent_code read_all(struct run *run, size_t piece, formats_kind kind, ent_err *err)
{
    const formats_options options = { kind, "fuzz", NULL };
    formats_reader *reader = NULL;
    ent_code rc;

    run->items = run->wrong = 0;
    run->sum = (ent_hash){ { 0 } };
    ENT_ASSERT(formats_reader_new(&options, item_take, run, &reader, err) == ENT_OK);
    rc = ENT_OK;
    for (size_t at = 0; at < run->size && rc == ENT_OK; at += piece)
        rc = formats_feed(reader, run->bytes + at, run->size - at < piece ? run->size - at : piece,
                          err);
    if (rc == ENT_OK)
        rc = formats_end(reader, err);
    formats_reader_free(reader);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run whole = { .bytes = (const char *)data, .size = size }, cut = whole;
    ent_err err = { 0 }, other = { 0 };
    ent_code rc = read_all(&whole, size == 0 ? 1 : size, FORMATS_COUNT, &err);

    ENT_ASSERT(rc == ENT_OK || ((rc == ENT_FORMAT || rc == ENT_LIMIT) && err.msg[0] != '\0'));
    ENT_ASSERT(read_all(&cut, 3, FORMATS_COUNT, &other) == rc);
    ENT_ASSERT(whole.items == cut.items && whole.wrong == cut.wrong);
    ENT_ASSERT(ent_hash_equal(&whole.sum, &cut.sum));
    return 0;
}
