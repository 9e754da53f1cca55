/* Any bytes as a link log entry: what is accepted is written back byte for byte, and is
 * refused with one byte more or less. */
#include "link/entry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    const ent_str text = { (const char *)data, size };
    ent_err err = { 0 };
    link_entry entry;
    ent_str again;

    if (link_entry_read(arena, text, &entry, &err) == ENT_OK) {
        ENT_ASSERT(link_entry_write(arena, &entry, &again, &err) == ENT_OK);
        ENT_ASSERT(ent_str_equal(text, again));
        ENT_ASSERT(link_entry_read(arena, (ent_str){ text.ptr, size - 1 }, &entry, &err) != ENT_OK);
        again = ent_arena_printf(arena, "%.*s ", ENT_STR_ARG(text));
        ENT_ASSERT(again.ptr != NULL);
        ENT_ASSERT(link_entry_read(arena, again, &entry, &err) != ENT_OK);
    } else {
        ENT_ASSERT(err.msg[0] != '\0');
    }
    ent_arena_free(arena);
    return 0;
}
