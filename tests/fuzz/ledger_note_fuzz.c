/* Any bytes as a signed checkpoint: what is read as one is written back byte for byte in
 * its text part, and no signature of a key that was never used verifies. */
#include "ledger/checkpoint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    const ent_str bytes = { (const char *)data, size };
    ledger_key key = { .name = ENT_STR("fuzz"), .type = LEDGER_ED25519, .key = { 1, 2, 3 } };
    ledger_checkpoint head;
    ent_err err = { 0 };
    ledger_note note;
    ent_str again;

    if (ledger_note_read(bytes, &note, &err) == ENT_OK) {
        uint64_t seconds;

        ENT_ASSERT(note.text.size + 1 + note.signatures.size == size);
        ENT_ASSERT(ledger_note_verify(arena, &note, &key, &seconds, &err) != ENT_OK);
        key.type = LEDGER_COSIGNATURE;
        ENT_ASSERT(ledger_note_verify(arena, &note, &key, &seconds, &err) != ENT_OK);
        if (ledger_checkpoint_read(arena, note.text, &head, &err) == ENT_OK) {
            ENT_ASSERT(ledger_checkpoint_write(arena, &head, &again, &err) == ENT_OK);
            ENT_ASSERT(ent_str_equal(again, note.text));
        }
    } else {
        ENT_ASSERT(err.msg[0] != '\0');
    }
    ent_arena_free(arena);
    return 0;
}
