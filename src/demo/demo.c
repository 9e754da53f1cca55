#include "demo/demo.h"

ent_code demo_run(ent_arena *arena, const demo_options *options, ent_err *err)
{
    (void)arena;
    (void)options;
    return ent_fail(err, ENT_UNAVAILABLE, "not yet");
}
