#include "base/limits.h"

const ent_limit ent_limits[] = {
#define X(name, value, unit, why) { #name, (value), unit, why },
#include "base/limits.def"
#undef X
};

const size_t ent_limit_count = sizeof ent_limits / sizeof *ent_limits;
