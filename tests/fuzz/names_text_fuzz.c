/* Any bytes as two names (a NUL byte between): folding gives words of a-z and 0-9 and
 * nothing else, the folded text parses to words again, comparing is symmetric and repeats,
 * and keys are sorted, distinct and within their budget. */
#include "names/names.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(ent_str name)
{
    char joined[NAMES_WORDS * NAMES_WORD + 1];
    names_parsed parsed, again;
    size_t used = 0;

    names_parse(name, &parsed);
    ENT_ASSERT(parsed.count <= NAMES_WORDS);
    for (size_t i = 0; i < parsed.count; i++) {
        const names_word *word = &parsed.words[i];
        size_t n = strlen(word->text);

        ENT_ASSERT(n > 0 && n < NAMES_WORD);
        ENT_ASSERT(word->text[strspn(word->text, "abcdefghijklmnopqrstuvwxyz0123456789")] == '\0');
        ENT_ASSERT(word->skeleton[strspn(word->skeleton, "ABKSTVJLMNR0123456789")] == '\0');
        ENT_ASSERT(word->role < NAMES_ROLES);
        memcpy(joined + used, word->text, n);
        joined[used + n] = ' ';
        used += n + 1;
    }
    names_parse((ent_str){ joined, used }, &again);
    ENT_ASSERT(again.count <= parsed.count);
    ENT_ASSERT((again.count == 0) == (parsed.count == 0));
}

static names_record record_of(ent_str *name, ent_str *birth)
{
    return (names_record){ .schema = ENT_STR("person"),
                           .names = name,
                           .name_count = 1,
                           .births = birth,
                           .birth_count = 1 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = size == 0 ? NULL : memchr(data, 0, size);
    size_t first = cut == NULL ? size : (size_t)(cut - data);
    ent_str a = { size == 0 ? "" : (const char *)data, first };
    ent_str b = { first == size ? "" : (const char *)data + first + 1,
                  first == size ? 0 : size - first - 1 };
    ent_str birth = ENT_STR("1991-03-07"), *keys;
    names_record x = record_of(&a, &birth), y = record_of(&b, &birth);
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    names_verdict one, two;
    ent_err err = { 0 };
    size_t count;

    check_words(a);
    check_words(b);
    for (int things = 0; things < 2; things++) {
        one = names_compare(&x, &y);
        two = names_compare(&y, &x);
        ENT_ASSERT(one.score >= two.score && one.score <= two.score && one.score >= 0 &&
                   one.score <= 1);
        ENT_ASSERT(one.decision == two.decision && one.why_count == two.why_count);
        ENT_ASSERT(names_keys_tier(arena, &x, NAMES_ALL, &keys, &count, &err) == ENT_OK);
        ENT_ASSERT(count <= 12);
        for (size_t i = 1; i < count; i++)
            ENT_ASSERT(ent_str_compare(keys[i - 1], keys[i]) < 0);
        x.schema = y.schema = ENT_STR("org");
    }
    ent_arena_free(arena);
    return 0;
}
