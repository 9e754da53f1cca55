/* Any bytes as a record of JSON: what is read is scored against itself without harm, and a
 * refusal says why. */
#include "names/write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_err err = { 0 };
    names_record record;
    ent_json json;
    ent_buf buf;
    ent_jw w;

    if (ent_json_read(arena, (ent_str){ (const char *)data, size }, &json, &err) == ENT_OK) {
        if (names_record_read(arena, json, &record, &err) == ENT_OK) {
            names_verdict verdict = names_compare(&record, &record);
            const names_prepared *prepared;

            ENT_ASSERT(names_prepare(arena, &record, &prepared, &err) == ENT_OK);
            ENT_ASSERT(names_score(prepared, prepared).score >= verdict.score &&
                       names_score(prepared, prepared).score <= verdict.score);
            ent_buf_init(&buf, arena);
            ent_jw_init(&w, &buf);
            names_words_write(&w, &record);
            ENT_ASSERT(!buf.failed);
        } else {
            ENT_ASSERT(err.msg[0] != '\0');
        }
    }
    ent_arena_free(arena);
    return 0;
}
