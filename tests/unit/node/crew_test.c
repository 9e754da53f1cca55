/* Threads do what one does. */
#include "node/crew.h"
#include "test.h"

#include <stdatomic.h>

struct count {
    atomic_int parts[64];
};

static void part_count(void *ctx, size_t part)
{
    struct count *c = ctx;

    (void)atomic_fetch_add(&c->parts[part], 1);
}

static void each_part_is_called_once(void **state)
{
    (void)state;
    for (size_t parts = 0; parts <= 64; parts++) {
        struct count c = { 0 };

        node_crew.run(node_crew.arg, parts, part_count, &c);
        for (size_t i = 0; i < 64; i++)
            CHECK_INT(atomic_load(&c.parts[i]), i < parts);
    }
}

RUN_TESTS(TEST(each_part_is_called_once))
