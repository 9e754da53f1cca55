#include "names/form_int.h"

#include "names/fold_int.h"
#include "names/split_int.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS_MAX  512
#define PARTS_MAX 3 /* the rarest words of a name that keys are made of */

/* A word, or two written as one, that keys are made of. */
struct part {
    char skeleton[NAMES_SKELETON];
    uint8_t weight;
    size_t from, to; /* words it stands for */
};

struct keys {
    ent_arena *arena;
    ent_str *key;
    size_t count;
};

static int part_order(const void *a, const void *b)
{
    const struct part *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return strcmp(x->skeleton, y->skeleton);
}

static bool is_part(const names_word *word, bool all)
{
    return word->skeleton[0] != '\0' &&
           (word->role == NAMES_ROLE_NAME ||
            (all && (word->role == NAMES_ROLE_PATRONYMIC || word->role == NAMES_ROLE_KUNYA)));
}

static void part_set(struct part *part, const char *text, size_t from, size_t to)
{
    names_sound sound;

    names_sound_of(text, &sound);
    names_sound_skeleton(&sound, text, part->skeleton);
    part->weight = names_rarity(names_skeleton_pack(part->skeleton));
    part->from = from;
    part->to = to;
}

/* The rarest words, then short words joined to the next, because given names are written
 * apart (El Khan).  The number of parts; *whole of them are single words. */
static size_t parts_of(const names_parsed *parsed, struct part parts[2 * NAMES_WORDS],
                       size_t *whole)
{
    size_t count = 0;

    for (int all = 0; all < 2 && count < 2; all++) {
        count = 0;
        for (size_t i = 0; i < parsed->count; i++)
            if (is_part(&parsed->words[i], all != 0))
                part_set(&parts[count++], parsed->words[i].text, i, i);
    }
    qsort(parts, count, sizeof *parts, part_order);
    if (count > PARTS_MAX)
        count = PARTS_MAX;
    *whole = count;
    for (size_t i = 0; i + 1 < parsed->count; i++) {
        const names_word *word = &parsed->words[i], *next = word + 1;
        size_t size = strlen(word->text);
        char joined[2 * NAMES_WORD];

        if (size < 2 || size > 3 || word->role == NAMES_ROLE_TITLE || !is_part(next, true) ||
            strcmp(word->text, "al") == 0 || strcmp(word->text, "bin") == 0 ||
            strcmp(word->text, "ibn") == 0)
            continue;
        (void)snprintf(joined, sizeof joined, "%s%s", word->text, next->text);
        part_set(&parts[count++], joined, i, i + 1);
    }
    return count;
}

/* A whole date, as key text: year, and day and month in rising order. */
static bool date_key(ent_str birth, char out[16])
{
    ent_err ignored = { 0 };
    ent_days days;
    int year, month, day;

    if (birth.size != 10 || ent_days_read(birth, &days, &ignored) != ENT_OK)
        return false;
    ent_day_split(days.first, &year, &month, &day);
    (void)snprintf(out, 16, "%04d|%02d/%02d", year % 10000, (month < day ? month : day) % 100,
                   (month < day ? day : month) % 100);
    return true;
}

static ent_code key_add(struct keys *keys, const char *text, ent_err *err)
{
    ent_str key;

    if (keys->count == KEYS_MAX)
        return ENT_OK;
    for (size_t i = 0; i < keys->count; i++)
        if (ent_str_is(keys->key[i], text))
            return ENT_OK;
    key = ent_arena_str(keys->arena, ent_str_of(text));
    if (key.ptr == NULL)
        return ent_fail_arena(err);
    keys->key[keys->count++] = key;
    return ENT_OK;
}

static bool overlap(const struct part *a, const struct part *b)
{
    return a->from <= b->to && b->from <= a->to;
}

/* All keys of two parts: with each date, and without. */
static ent_code pair_keys(struct keys *keys, const struct part *a, const struct part *b,
                          char dates[][16], size_t date_count, unsigned tier, ent_err *err)
{
    bool order = strcmp(a->skeleton, b->skeleton) <= 0;
    const char *first = order ? a->skeleton : b->skeleton,
               *second = order ? b->skeleton : a->skeleton;
    char text[64];

    for (size_t d = 0; d < date_count && (tier & NAMES_STRONG) != 0; d++) {
        (void)snprintf(text, sizeof text, "nm:%.7s+%.7s|%.15s", first, second, dates[d]);
        ENT_TRY(key_add(keys, text, err));
    }
    if ((tier & NAMES_WEAK) == 0)
        return ENT_OK;
    (void)snprintf(text, sizeof text, "np:%.7s+%.7s", first, second);
    return key_add(keys, text, err);
}

static ent_code name_keys(struct keys *keys, const names_parsed *parsed, char dates[][16],
                          size_t date_count, unsigned tier, ent_err *err)
{
    struct part parts[3 * NAMES_WORDS];
    size_t whole, count = parts_of(parsed, parts, &whole);

    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (!overlap(&parts[i], &parts[j]))
                ENT_TRY(pair_keys(keys, &parts[i], &parts[j], dates, date_count, tier, err));
    for (size_t i = 0; i < whole && (tier & NAMES_WEAK) != 0; i++)
        for (size_t d = 0; d < date_count; d++) {
            char text[64];

            (void)snprintf(text, sizeof text, "nd:%.7s|%.15s", parts[i].skeleton, dates[d]);
            ENT_TRY(key_add(keys, text, err));
        }
    return ENT_OK;
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

static ent_code person_keys(struct keys *keys, const names_record *record, unsigned tier,
                            ent_err *err)
{
    char dates[16][16];
    size_t date_count = 0;

    for (size_t d = 0; d < record->birth_count && date_count < 16; d++)
        date_count += date_key(record->births[d], dates[date_count]);
    if (date_count == 0 && (tier & NAMES_WEAK) == 0)
        return ENT_OK;
    for (size_t n = 0; n < record->name_count; n++) {
        ent_str pieces[NAMES_PIECES];
        size_t count = names_split(record->names[n], pieces);

        for (size_t k = 0; k < count; k++) {
            names_parsed parsed;

            names_parse(pieces[k], &parsed);
            ENT_TRY(name_keys(keys, &parsed, dates, date_count, tier, err));
        }
    }
    return ENT_OK;
}

ent_code names_keys_tier(ent_arena *arena, const names_record *record, names_tier tier,
                         ent_str **keys, size_t *count, ent_err *err)
{
    struct keys all = { arena, ent_arena_array(arena, KEYS_MAX, sizeof(ent_str)), 0 };

    *count = 0;
    *keys = all.key;
    if (all.key == NULL)
        return ent_fail_arena(err);
    if (!ent_str_is(record->schema, "person"))
        return ENT_OK;
    ENT_TRY(person_keys(&all, record, (unsigned)tier, err));
    qsort(all.key, all.count, sizeof *all.key, by_text);
    *count = all.count;
    return ENT_OK;
}

ent_code names_keys(ent_arena *arena, const names_record *record, ent_str **keys, size_t *count,
                    ent_err *err)
{
    return names_keys_tier(arena, record, NAMES_STRONG, keys, count, err);
}
