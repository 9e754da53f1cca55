#include "names/form_int.h"

struct row {
    uint64_t skeleton;
    uint8_t weight;
};

static const struct row persons[] = {
#define R(skeleton, weight) { (skeleton), (weight) },
#include "names/rarity.def"
#undef R
};

static const struct row orgs[] = {
#define R(skeleton, weight) { (skeleton), (weight) },
#include "names/org_rarity.def"
#undef R
};

static const struct {
    uint32_t hash;
    uint8_t weight;
} sounds[] = {
#define R(hash, weight) { (hash), (weight) },
#include "names/sound_rarity.def"
#undef R
};

/* What no list has: rarer than the rarest row. */
#define UNSEEN 56

uint64_t names_skeleton_pack(const char skeleton[NAMES_SKELETON])
{
    uint64_t packed = 0;

    for (size_t i = 0; i < NAMES_SKELETON && skeleton[i] != '\0'; i++)
        packed |= (uint64_t)(unsigned char)skeleton[i] << (56 - 8 * i);
    return packed;
}

static uint8_t row_find(const struct row *rows, size_t count, uint64_t skeleton)
{
    size_t from = 0, to = count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (rows[middle].skeleton == skeleton)
            return rows[middle].weight;
        if (rows[middle].skeleton < skeleton)
            from = middle + 1;
        else
            to = middle;
    }
    return UNSEEN;
}

uint8_t names_rarity(uint64_t skeleton)
{
    return row_find(persons, sizeof persons / sizeof *persons, skeleton);
}

uint8_t names_org_rarity(uint64_t skeleton)
{
    return row_find(orgs, sizeof orgs / sizeof *orgs, skeleton);
}

uint8_t names_sound_rarity(uint32_t hash, uint8_t none)
{
    size_t from = 0, to = sizeof sounds / sizeof *sounds;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (sounds[middle].hash == hash)
            return sounds[middle].weight;
        if (sounds[middle].hash < hash)
            from = middle + 1;
        else
            to = middle;
    }
    return none;
}
