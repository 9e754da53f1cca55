/* Any bytes as a posted body: every object that is taken is JSON with the id and type that
 * were read, and the status counts all of them. */
#include "base/json.h"
#include "taxii/post.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t number_of(ent_json json, const char *name)
{
    int64_t number = -1;

    (void)ent_json_int(ent_json_get(json, name), &number);
    return number;
}

static void item_check(ent_arena *arena, const taxii_item *item)
{
    ent_err err = { 0 };
    ent_json json;

    ENT_ASSERT(ent_json_read(arena, item->bytes, &json, &err) == ENT_OK || err.code == ENT_LIMIT);
    if (err.code == ENT_LIMIT || item->outcome == TAXII_REFUSED)
        return;
    ENT_ASSERT(ent_str_equal(ent_json_get_text(json, "id"), item->id));
    ENT_ASSERT(ent_str_starts(item->id, item->type) && item->id.size == item->type.size + 38);
    ENT_ASSERT((item->version.size == 0) == (item->version_key.size == 0));
    ENT_ASSERT(item->spec.size > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_err err = { 0 };
    taxii_item *items;
    ent_json status;
    ent_str json;
    size_t count;

    if (taxii_post_read(arena, (ent_str){ (const char *)data, size }, &items, &count, &err) !=
        ENT_OK) {
        ENT_ASSERT(err.msg[0] != '\0');
    } else {
        for (size_t i = 0; i < count; i++)
            item_check(arena, &items[i]);
        if (taxii_status_write(arena, ENT_STR("id"), 1, items, count, &json, &err) == ENT_OK) {
            ENT_ASSERT(ent_json_read(arena, json, &status, &err) == ENT_OK);
            ENT_ASSERT(number_of(status, "success_count") + number_of(status, "failure_count") ==
                       (int64_t)count);
            ENT_ASSERT((int64_t)ent_json_count(ent_json_get(status, "failures")) ==
                       number_of(status, "failure_count"));
        }
    }
    ent_arena_free(arena);
    return 0;
}
