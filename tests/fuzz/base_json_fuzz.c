/* Any bytes as JSON: what is accepted has one canonical form, which reads back to
 * itself; and a text with one more value behind it is not accepted. */
#include "base/json_write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_err err = { 0 };
    ent_json root, again;
    ent_buf first, second;

    if (ent_json_read(arena, (ent_str){ (const char *)data, size }, &root, &err) == ENT_OK) {
        ent_buf_init(&first, arena);
        ent_buf_init(&second, arena);
        if (ent_json_canon(root, &first, &err) == ENT_OK && !first.failed) {
            ENT_ASSERT(ent_json_read(arena, (ent_str){ first.ptr, first.size }, &again, &err) ==
                       ENT_OK);
            ENT_ASSERT(ent_json_canon(again, &second, &err) == ENT_OK);
            ENT_ASSERT(first.size == second.size && memcmp(first.ptr, second.ptr, first.size) == 0);
            ent_buf_c(&first, " 0");
            ENT_ASSERT(ent_json_read(arena, (ent_str){ first.ptr, first.size }, &again, &err) !=
                       ENT_OK);
        }
    } else {
        ENT_ASSERT(err.msg[0] != '\0');
    }
    ent_arena_free(arena);
    return 0;
}
