/* fuzz: the bodies of tips, requests and messages.  What is accepted is canonical, has only
 * known members, and is accepted again for the same kind; what a kind must have is there. */
#include "base/text.h"
#include "casework/say.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    ent_str text = { (const char *)data, size };

    if (arena == NULL)
        return 0;
    for (int kind = 0; kind < CASEWORK_KIND_COUNT; kind++) {
        ent_err err = { 0 };
        ent_str canonical;
        ent_json body, again;

        if (casework_body_read(arena, (casework_kind)kind, text, &body, &err) != ENT_OK) {
            ENT_ASSERT(err.msg[0] != '\0');
            continue;
        }
        ENT_ASSERT(desk_canon(arena, text, &canonical, &err) == ENT_OK);
        ENT_ASSERT(ent_str_equal(canonical, text));
        ENT_ASSERT(ent_uuid_valid(ent_json_get_text(body, "id")));
        ENT_ASSERT(ent_json_get_text(body, "text").size > 0);
        ENT_ASSERT(casework_body_read(arena, (casework_kind)kind, canonical, &again, &err) ==
                   ENT_OK);
    }
    ent_arena_free(arena);
    return 0;
}
