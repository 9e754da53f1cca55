#include "names/form_int.h"

#include "names/fold_int.h"
#include "names/split_int.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS_MAX    512
#define DATE_TEXT   10 /* bytes of a date in a key */
#define KEY_TEXT    48 /* more than the bytes of the longest key */
#define WEAK_ROOM   12 /* keys of a record, where weak ones are asked for: the budget of a match */
#define LONE_WEIGHT 36 /* quarter bits: a word that may stand alone in a key */
#define PARTS_MAX   3  /* the rarest words of a name that keys are made of */

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

static bool part_before(const struct part *x, const struct part *y)
{
    if (x->weight != y->weight)
        return x->weight > y->weight;
    return strcmp(x->skeleton, y->skeleton) < 0;
}

/* By insertion: names have few words, and parts that are equal stay in order. */
static void parts_sort(struct part *parts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct part moving = parts[i];
        size_t at = i;

        for (; at > 0 && part_before(&moving, &parts[at - 1]); at--)
            parts[at] = parts[at - 1];
        parts[at] = moving;
    }
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

static void part_word(struct part *part, const names_word *word, size_t at)
{
    memcpy(part->skeleton, word->skeleton, sizeof part->skeleton);
    part->weight = names_rarity(names_skeleton_pack(part->skeleton));
    part->from = part->to = at;
}

/* The rarest words, then short words joined to the next, because given names are written
 * apart (El Khan).  The number of parts; *whole of them are single words. */
static size_t parts_of(const names_parsed *parsed, bool more, struct part parts[3 * NAMES_WORDS],
                       size_t *whole)
{
    size_t count = 0;

    for (int all = 0; all < 2 && count < 2; all++) {
        count = 0;
        for (size_t i = 0; i < parsed->count; i++)
            if (is_part(&parsed->words[i], all != 0))
                part_word(&parts[count++], &parsed->words[i], i);
    }
    parts_sort(parts, count);
    if (count > (size_t)PARTS_MAX + more)
        count = (size_t)PARTS_MAX + more;
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

static void digits_put(char *out, int number, int count)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
}

/* A whole date, as key text: year, and day and month in rising order. */
static bool date_key(ent_str birth, char out[16])
{
    ent_err ignored;
    ent_days days;
    int year, month, day;

    if (birth.size != 10 || ent_days_read(birth, &days, &ignored) != ENT_OK)
        return false;
    ent_day_split(days.first, &year, &month, &day);
    digits_put(out, year % 10000, 4);
    out[4] = '|';
    digits_put(out + 5, month < day ? month : day, 2);
    out[7] = '/';
    digits_put(out + 8, month < day ? day : month, 2);
    out[10] = '\0';
    return true;
}

static ent_code key_add(struct keys *keys, const char *text, size_t size, ent_err *err)
{
    ent_str key = { text, size };

    if (keys->count == KEYS_MAX)
        return ENT_OK;
    for (size_t i = 0; i < keys->count; i++)
        if (keys->key[i].size == size && keys->key[i].ptr[size - 1] == text[size - 1] &&
            keys->key[i].ptr[1] == text[1] && ent_str_equal(keys->key[i], key))
            return ENT_OK;
    key = ent_arena_str(keys->arena, key);
    if (key.ptr == NULL)
        return ent_fail_arena(err);
    keys->key[keys->count++] = key;
    return ENT_OK;
}

/* At least eight bytes are written over; the size that counts. */
static size_t skeleton_put(char *text, const char skeleton[NAMES_SKELETON])
{
    memcpy(text, skeleton, NAMES_SKELETON);
    return strlen(skeleton);
}

/* "nm:", a skeleton, and what else there is: "+" another, "|" a date. */
static size_t key_text(char text[KEY_TEXT], const char *prefix, const char *first,
                       const char *second, const char *date)
{
    size_t size = 3;

    memcpy(text, prefix, 3);
    size += skeleton_put(text + size, first);
    if (second != NULL) {
        text[size++] = '+';
        size += skeleton_put(text + size, second);
    }
    if (date != NULL) {
        text[size++] = '|';
        memcpy(text + size, date, DATE_TEXT);
        size += DATE_TEXT;
    }
    return size;
}

/* A key within the budget. */
static ent_code weak_add(struct keys *keys, const char *text, size_t size, ent_err *err)
{
    return keys->count < WEAK_ROOM ? key_add(keys, text, size, err) : ENT_OK;
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
    const char *first = order ? a->skeleton : b->skeleton;
    const char *second = order ? b->skeleton : a->skeleton;
    char text[KEY_TEXT];
    size_t size;

    for (size_t d = 0; d < date_count && (tier & NAMES_STRONG) != 0; d++) {
        size = key_text(text, "nm:", first, second, dates[d]);
        ENT_TRY(tier == NAMES_STRONG ? key_add(keys, text, size, err)
                                     : weak_add(keys, text, size, err));
    }
    if ((tier & NAMES_WEAK) == 0)
        return ENT_OK;
    size = key_text(text, "np:", first, second, NULL);
    return weak_add(keys, text, size, err);
}

/* First (pass 0) the keys of a name's two rarest words, then the others: the rarest word
 * with each other one, joined words with all, and each word with each date.  A record
 * without a date has room for every pair. */
static ent_code name_keys(struct keys *keys, const struct part *parts, size_t count, size_t whole,
                          int pass, char dates[][16], size_t date_count, unsigned tier,
                          ent_err *err)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if ((i == 0 && j == 1) == (pass == 0) && (i == 0 || j >= whole || date_count == 0) &&
                !overlap(&parts[i], &parts[j]))
                ENT_TRY(pair_keys(keys, &parts[i], &parts[j], dates, date_count, tier, err));
    for (size_t i = pass == 0 ? 0 : 1; i < (pass == 0 ? 1 : whole) && (tier & NAMES_WEAK) != 0; i++)
        for (size_t d = 0; d < date_count; d++) {
            char text[KEY_TEXT];
            size_t size = key_text(text, "nd:", parts[i].skeleton, NULL, dates[d]);

            ENT_TRY(weak_add(keys, text, size, err));
        }
    return ENT_OK;
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

/* As ent_str_compare < 0; keys all have an "n" first, ':' third and differ most in what follows. */
static bool key_before(ent_str a, ent_str b)
{
    if (a.ptr[1] != b.ptr[1])
        return (unsigned char)a.ptr[1] < (unsigned char)b.ptr[1];
    if (a.ptr[3] != b.ptr[3])
        return (unsigned char)a.ptr[3] < (unsigned char)b.ptr[3];
    return ent_str_compare(a, b) < 0;
}

#define FEW 32 /* keys that are sorted sooner by insertion */

static void keys_sort(ent_str *keys, size_t count)
{
    if (count > FEW) {
        qsort(keys, count, sizeof *keys, by_text);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        ent_str moving = keys[i];
        size_t at = i;

        for (; at > 0 && key_before(moving, keys[at - 1]); at--)
            keys[at] = keys[at - 1];
        keys[at] = moving;
    }
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
        size_t pieces_count = names_split(record->names[n], pieces);

        for (size_t k = 0; k < pieces_count; k++) {
            struct part parts[3 * NAMES_WORDS];
            names_parsed parsed;
            size_t whole, count;

            names_parse(pieces[k], &parsed);
            count = parts_of(&parsed, date_count == 0 && record->name_count <= 2, parts, &whole);
            for (int pass = 0; pass < 2; pass++)
                ENT_TRY(name_keys(keys, parts, count, whole, pass, dates, date_count, tier, err));
        }
    }
    return ENT_OK;
}

/* The skeleton of a token as text. */
static void token_text(const names_token *token, char out[NAMES_SKELETON])
{
    for (size_t i = 0; i < NAMES_SKELETON; i++)
        out[i] = (char)(token->skeleton >> (56 - 8 * i) & 0xff);
    out[NAMES_SKELETON - 1] = '\0';
}

/* Of an organisation's or vessel's name: its two rarest words; one alone if it is rare. */
static ent_code thing_keys(struct keys *keys, const names_record *record, ent_err *err)
{
    const names_prepared *prepared;

    ENT_TRY(names_prepare(keys->arena, record, &prepared, err));
    for (size_t i = 0; i < prepared->form_count; i++) {
        const names_form *form = &prepared->forms[i];
        const names_token *first = NULL, *second = NULL;
        char a[NAMES_SKELETON], b[NAMES_SKELETON], text[KEY_TEXT];
        size_t size;

        for (size_t t = 0; t < form->count; t++) {
            const names_token *token = &form->tokens[t];

            if (token->skeleton == 0)
                continue;
            if (first == NULL || token->weight > first->weight) {
                second = first;
                first = token;
            } else if (second == NULL || token->weight > second->weight) {
                second = token;
            }
        }
        if (first == NULL || (second == NULL && first->weight < LONE_WEIGHT))
            continue;
        token_text(first, a);
        if (second != NULL)
            token_text(second, b);
        if (second == NULL)
            size = key_text(text, "no:", a, NULL, NULL);
        else
            size = strcmp(a, b) <= 0 ? key_text(text, "no:", a, b, NULL)
                                     : key_text(text, "no:", b, a, NULL);
        ENT_TRY(weak_add(keys, text, size, err));
    }
    return ENT_OK;
}

ent_code names_keys_tier(ent_arena *arena, const names_record *record, names_tier tier,
                         ent_str **keys, size_t *count, ent_err *err)
{
    ent_str room[KEYS_MAX];
    struct keys all = { arena, room, 0 };

    *count = 0;
    if (ent_str_is(record->schema, "person"))
        ENT_TRY(person_keys(&all, record, (unsigned)tier, err));
    else if ((tier & NAMES_WEAK) != 0)
        ENT_TRY(thing_keys(&all, record, err));
    *keys = ent_arena_array(arena, all.count, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(err);
    keys_sort(room, all.count);
    memcpy(*keys, room, all.count * sizeof *room);
    *count = all.count;
    return ENT_OK;
}

ent_code names_keys(ent_arena *arena, const names_record *record, ent_str **keys, size_t *count,
                    ent_err *err)
{
    return names_keys_tier(arena, record, NAMES_STRONG, keys, count, err);
}
