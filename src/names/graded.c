/* Graded keys: each is a conjunction of evidence that is enough by itself, so that an exact
 * comparison of it decides and a near miss compares to nothing.  What fewer words, or words that many
 * people bear, would nominate is in no key.  Fitted on the open pairs of public lists
 * (tests/bench/lists.sh measures it end to end). */
#include "names/form_int.h"
#include "names/split_int.h"

#include <stdio.h>
#include <stdlib.h>

#define RAREST 4  /* words of one name that keys are made of */
#define ENOUGH 50 /* quarter bits that three words must have together */
#define ROOM   64 /* keys of a record */
#define TEXT   48
#define YEARS  8
#define ENDS   (YEARS + 2)

struct word {
    char skeleton[NAMES_SKELETON];
    uint8_t weight;
};

struct ends {
    char text[ENDS][8]; /* what stands behind the words */
    size_t count;
};

struct graded {
    ent_arena *arena;
    ent_str *keys;
    size_t count;
};

static int rarest_first(const void *a, const void *b)
{
    const struct word *x = a, *y = b;

    return x->weight != y->weight ? (int)y->weight - (int)x->weight
                                  : strcmp(x->skeleton, y->skeleton);
}

static int by_skeleton(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

/* The different words of a name, patronymics too, the rarest first. */
static size_t words_of(ent_str name, struct word words[NAMES_WORDS])
{
    names_parsed parsed;
    size_t count = 0;

    names_parse(name, &parsed);
    for (size_t i = 0; i < parsed.count; i++) {
        const names_word *word = &parsed.words[i];
        bool known = word->skeleton[0] == '\0' ||
                     (word->role != NAMES_ROLE_NAME && word->role != NAMES_ROLE_PATRONYMIC);

        for (size_t k = 0; k < count; k++)
            known = known || strcmp(words[k].skeleton, word->skeleton) == 0;
        if (known)
            continue;
        memcpy(words[count].skeleton, word->skeleton, sizeof words[count].skeleton);
        words[count].weight = names_rarity(names_skeleton_pack(word->skeleton));
        count++;
    }
    if (count > 1)
        qsort(words, count, sizeof *words, rarest_first);
    return count;
}

/* Years of birth; and what lets a record without one meet every record but, of two that have one,
 * the other: "?ud" is undated at the first side and dated at the second. */
static void ends_of(const names_record *record, bool first, struct ends *ends)
{
    bool dated;

    ends->count = 0;
    for (size_t i = 0; i < record->birth_count && ends->count < YEARS; i++) {
        int from, to, month, day;
        ent_err ignored;
        ent_days days;

        if (ent_days_read(record->births[i], &days, &ignored) != ENT_OK)
            continue;
        ent_day_split(days.first, &from, &month, &day);
        ent_day_split(days.last, &to, &month, &day);
        if (from == to && from >= 0 && from <= 9999)
            (void)snprintf(ends->text[ends->count++], sizeof ends->text[0], "%04d", from);
    }
    dated = record->birth_count > 0;
    if (!dated)
        (void)snprintf(ends->text[ends->count++], sizeof ends->text[0], "?uu");
    (void)snprintf(ends->text[ends->count++], sizeof ends->text[0], dated == first ? "?du" : "?ud");
}

static ent_code key_add(struct graded *g, const char *const words[3], const char *end, ent_err *err)
{
    char text[TEXT];
    int size = snprintf(text, sizeof text, "nm:%s+%s+%s|%s", words[0], words[1], words[2], end);
    ent_str key = { text, (size_t)size };

    ENT_ASSERT(size > 0 && size < TEXT);
    for (size_t i = 0; i < g->count; i++)
        if (ent_str_equal(g->keys[i], key))
            return ENT_OK;
    if (g->count == ROOM)
        return ENT_OK;
    g->keys[g->count] = ent_arena_str(g->arena, key);
    return g->keys[g->count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* Every three of the rarest words, with each end. */
static ent_code name_keys(struct graded *g, const struct word *words, size_t count,
                          const struct ends *ends, ent_err *err)
{
    size_t most = count < RAREST ? count : RAREST;

    for (size_t i = 0; i < most; i++)
        for (size_t j = i + 1; j < most; j++)
            for (size_t k = j + 1; k < most; k++) {
                const char *three[] = { words[i].skeleton, words[j].skeleton, words[k].skeleton };

                if (words[i].weight + words[j].weight + words[k].weight < ENOUGH)
                    continue;
                qsort(three, 3, sizeof *three, by_skeleton);
                for (size_t e = 0; e < ends->count; e++)
                    ENT_TRY(key_add(g, three, ends->text[e], err));
            }
    return ENT_OK;
}

ent_code names_keys_graded(ent_arena *arena, const names_record *record, bool first, ent_str **keys,
                           size_t *count, ent_err *err)
{
    struct graded g = { arena, ent_arena_array(arena, ROOM, sizeof *g.keys), 0 };
    struct ends ends;

    if (g.keys == NULL)
        return ent_fail_arena(err);
    ends_of(record, first, &ends);
    for (size_t n = 0; n < record->name_count && ent_str_is(record->schema, "person"); n++) {
        ent_str pieces[NAMES_PIECES];
        size_t pieces_count = names_split(record->names[n], pieces);

        for (size_t k = 0; k < pieces_count; k++) {
            struct word words[NAMES_WORDS];
            size_t found = words_of(pieces[k], words);

            ENT_TRY(name_keys(&g, words, found, &ends, err));
        }
    }
    if (g.count > 1)
        qsort(g.keys, g.count, sizeof *g.keys, by_text);
    *keys = g.keys;
    *count = g.count;
    return ENT_OK;
}
