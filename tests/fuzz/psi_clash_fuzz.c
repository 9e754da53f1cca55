/* Messages of a comparison of plans, to the side that waits for them: a true message with some
 * bytes changed, or any bytes.  What is not as it was must be refused where it was committed
 * to; what is accepted has an answer or an end; the same message gives the same answer. */
#include "psi/clash.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY ((size_t)256 << 20)

static struct {
    ent_arena *arena;
    psi_clash side[2];
    psi_clash_step before[8]; /* of the side that takes message i */
    ent_str said[9];          /* message i */
} world;

static void world_make(void)
{
    static const uint8_t seeds[2][PSI_SEED_SIZE] = { { 1 }, { 2 } };
    static const psi_claim claim = { 1, { { 100, 0, 0, 0 }, { 104, 50, 50, 50 } } };
    psi_clash_step step[2] = { { .done = false }, { .done = false } };
    ent_err err = { 0 };

    world.arena = ent_arena_new(MEMORY);
    for (int i = 0; i < 2; i++)
        world.side[i] = (psi_clash){ i == 0, ENT_STR("fuzz"), seeds[i], &claim, 1 };
    for (int i = 0; i < 8; i++) {
        psi_clash_step next;

        world.before[i] = step[i % 2];
        if (psi_clash_take(world.arena, &world.side[i % 2], ent_span_of_str(step[i % 2].state),
                           ent_span_of_str(world.said[i]), &next, &err) != ENT_OK)
            abort();
        step[i % 2] = next;
        world.said[i + 1] = next.say;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new(MEMORY);
    psi_clash_step step, again;
    ent_err err = { 0 };
    bool changed = true;
    ent_str heard;
    unsigned number;
    ent_code rc;

    if (world.arena == NULL)
        world_make();
    if (size < 4 || size > ((size_t)1 << 20) || arena == NULL) {
        ent_arena_free(arena);
        return 0;
    }
    number = 1 + data[0] % 7;
    if ((data[0] & 0x80) != 0) {
        heard = ent_arena_str(arena, (ent_str){ (const char *)data + 1, size - 1 });
    } else {
        size_t at = (size_t)data[1] << 8 | data[2];
        char *bytes;

        heard = ent_arena_str(arena, world.said[number]);
        bytes = (char *)(uintptr_t)heard.ptr;
        for (size_t i = 3; i < size && heard.size > 0; i++) {
            size_t place = (at + i - 3) % heard.size;

            /* Near the front or counted from the end. */
            place = (data[0] & 0x40) != 0 ? heard.size - 1 - place : place;
            bytes[place] ^= (char)data[i];
        }
        changed = !ent_str_equal(heard, world.said[number]);
    }
    rc = psi_clash_take(arena, &world.side[number % 2], ent_span_of_str(world.before[number].state),
                        ent_span_of_str(heard), &step, &err);
    if (rc == ENT_OK) {
        ENT_ASSERT(step.done || (step.say.size > 0 && step.state.size > 0));
        ENT_ASSERT(!changed || number != 3); /* nothing but what was committed to */
        for (size_t i = 0; i < step.count; i++)
            ENT_ASSERT(step.pairs[i].own == 0);
        if (psi_clash_take(arena, &world.side[number % 2],
                           ent_span_of_str(world.before[number].state), ent_span_of_str(heard),
                           &again, &err) != ENT_OK ||
            !ent_str_equal(step.say, again.say))
            abort();
    } else {
        ENT_ASSERT(rc == ENT_FORMAT || rc == ENT_UNTRUSTED || rc == ENT_LIMIT);
    }
    ent_arena_free(arena);
    return 0;
}
