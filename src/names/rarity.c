#include "names/form_int.h"
#include "names/lookup_int.h"

/* What is searched stands apart from what is found, so that more of it is near at hand. */
static const uint64_t persons[] = {
#define R(skeleton, weight) (skeleton),
#include "names/rarity.def"
#undef R
};
static const uint8_t person_weights[] = {
#define R(skeleton, weight) (weight),
#include "names/rarity.def"
#undef R
};

static const uint64_t people[] = {
#define R(skeleton, weight) (skeleton),
#include "names/people_rarity.def"
#undef R
};
static const uint8_t people_weights[] = {
#define R(skeleton, weight) (weight),
#include "names/people_rarity.def"
#undef R
};

static const uint64_t orgs[] = {
#define R(skeleton, weight) (skeleton),
#include "names/org_rarity.def"
#undef R
};
static const uint8_t org_weights[] = {
#define R(skeleton, weight) (weight),
#include "names/org_rarity.def"
#undef R
};

static const uint32_t sounds[] = {
#define R(hash, weight) (hash),
#include "names/sound_rarity.def"
#undef R
};
static const uint8_t sound_weights[] = {
#define R(hash, weight) (weight),
#include "names/sound_rarity.def"
#undef R
};

/* What no list has: rarer than the rarest row. */
#define UNSEEN 56

uint64_t names_skeleton_pack(const char skeleton[NAMES_SKELETON])
{
    return lookup_head(skeleton);
}

/* The same steps whatever is looked for: no branch that a processor would guess wrongly. */
static uint8_t weight_find(const uint64_t *skeletons, const uint8_t *weights, size_t count,
                           uint64_t skeleton)
{
    const uint64_t *at = skeletons;

    while (count > 1) {
        size_t half = count / 2;

        at += at[half] <= skeleton ? half : 0;
        count -= half;
    }
    return *at == skeleton ? weights[at - skeletons] : UNSEEN;
}

uint8_t names_rarity(uint64_t skeleton)
{
    return weight_find(persons, person_weights, sizeof persons / sizeof *persons, skeleton);
}

uint8_t names_people_rarity(uint64_t skeleton)
{
    return weight_find(people, people_weights, sizeof people / sizeof *people, skeleton);
}

uint8_t names_org_rarity(uint64_t skeleton)
{
    return weight_find(orgs, org_weights, sizeof orgs / sizeof *orgs, skeleton);
}

uint8_t names_sound_rarity(uint32_t hash, uint8_t none)
{
    size_t at = 0, count = sizeof sounds / sizeof *sounds;

    while (count > 1) {
        size_t half = count / 2;

        at += sounds[at + half] <= hash ? half : 0;
        count -= half;
    }
    return sounds[at] == hash ? sound_weights[at] : none;
}
