/* Any bytes as a pattern: what is accepted is written as text that reads back to the same
 * text, with the same verdict when blanks stand between; and it can be matched against
 * nothing, which matches nothing. */
#include "stix/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ent_str written(ent_arena *arena, const stix_node *pattern)
{
    ent_buf buf;
    ent_str text = ENT_STR_NONE;
    ent_err err;

    ent_buf_init(&buf, arena);
    stix_pattern_write(pattern, &buf);
    ENT_ASSERT(ent_buf_done(&buf, &text, &err) == ENT_OK);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    ent_str text = { (const char *)data, size }, first, second;
    ent_err err = { 0 };
    stix_node *pattern, *again;
    stix_matcher *matcher;
    stix_match_result result;
    size_t column;

    if (stix_pattern_read(arena, text, &pattern, &column, &err) != ENT_OK) {
        ENT_ASSERT(err.msg[0] != '\0' && column >= 1);
        ent_arena_free(arena);
        return 0;
    }
    first = written(arena, pattern);
    ENT_ASSERT(stix_pattern_read(arena, first, &again, &column, &err) == ENT_OK);
    second = written(arena, again);
    ENT_ASSERT(ent_str_equal(first, second));
    if (stix_matcher_new(arena, pattern, &matcher, &err) == ENT_OK) {
        ENT_ASSERT(stix_match(matcher, stix_observations_new(arena), arena, &result, &err) ==
                   ENT_OK);
        ENT_ASSERT(!result.matched || result.count == 0);
    }
    ent_arena_free(arena);
    return 0;
}
