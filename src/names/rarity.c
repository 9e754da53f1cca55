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

static const struct row people[] = {
#define R(skeleton, weight) { (skeleton), (weight) },
#include "names/people_rarity.def"
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

/* The same steps whatever is looked for: no branch that a processor would guess wrongly. */
static uint8_t row_find(const struct row *rows, size_t count, uint64_t skeleton)
{
    const struct row *row = rows;

    while (count > 1) {
        size_t half = count / 2;

        row += row[half].skeleton <= skeleton ? half : 0;
        count -= half;
    }
    return row->skeleton == skeleton ? row->weight : UNSEEN;
}

uint8_t names_rarity(uint64_t skeleton)
{
    return row_find(persons, sizeof persons / sizeof *persons, skeleton);
}

uint8_t names_people_rarity(uint64_t skeleton)
{
    return row_find(people, sizeof people / sizeof *people, skeleton);
}

uint8_t names_org_rarity(uint64_t skeleton)
{
    return row_find(orgs, sizeof orgs / sizeof *orgs, skeleton);
}

uint8_t names_sound_rarity(uint32_t hash, uint8_t none)
{
    size_t at = 0, count = sizeof sounds / sizeof *sounds;

    while (count > 1) {
        size_t half = count / 2;

        at += sounds[at + half].hash <= hash ? half : 0;
        count -= half;
    }
    return sounds[at].hash == hash ? sounds[at].weight : none;
}
