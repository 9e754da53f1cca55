#include "names/names.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/time.h"
#include "names/fold_int.h"

#include <stdio.h>
#include <stdlib.h>

/* "abu X", "abd X", "umm X" are one word. */
static bool binds_next(const char *word)
{
    return strcmp(word, "abu") == 0 || strcmp(word, "abou") == 0 || strcmp(word, "umm") == 0 ||
           strcmp(word, "um") == 0 || strcmp(word, "abd") == 0 || strcmp(word, "abdul") == 0 ||
           strcmp(word, "abdel") == 0;
}

static void words_bind(names_parsed *parsed)
{
    for (size_t i = 0; i + 1 < parsed->count; i++) {
        names_word *word = &parsed->words[i];
        size_t size = strlen(word->text), next = i + 1;

        if (!binds_next(word->text))
            continue;
        if (parsed->words[next].particle && next + 1 < parsed->count)
            next++;
        (void)snprintf(word->text + size, NAMES_WORD - size, "%.*s", (int)(NAMES_WORD - size - 1),
                       parsed->words[next].text);
        memmove(&parsed->words[i + 1], &parsed->words[next + 1],
                (parsed->count - next - 1) * sizeof *word);
        parsed->count -= next - i;
    }
}

void names_parse(ent_str name, names_parsed *parsed)
{
    names_fold(name, parsed);
    words_bind(parsed);
    for (size_t i = 0; i < parsed->count; i++)
        names_skeleton(parsed->words[i].text, parsed->words[i].skeleton);
}

ent_code names_search_text(ent_arena *arena, ent_str text, ent_str *folded, ent_err *err)
{
    names_parsed parsed;
    ent_buf buf;

    names_parse(text, &parsed);
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < parsed.count; i++) {
        ent_buf_printf(&buf, "%s%s", buf.size > 0 ? " " : "", parsed.words[i].text);
        if (strlen(parsed.words[i].skeleton) > 1)
            ent_buf_printf(&buf, " zz%s", parsed.words[i].skeleton);
    }
    return ent_buf_done(&buf, folded, err);
}

/* ---- records ---- */

static ent_code strings_read(ent_arena *arena, ent_json list, const char *member, size_t limit,
                             ent_str **out, size_t *count, ent_err *err)
{
    size_t n = ent_json_count(list);

    *count = 0;
    *out = ent_arena_array(arena, n, sizeof **out);
    if (*out == NULL)
        return ent_fail_arena(err);
    if (n > limit)
        return ent_fail(err, ENT_LIMIT, "member '%s' of a record has %zu entries, more than %zu",
                        member, n, limit);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str text =
            ent_json_is(v, ENT_JSON_OBJECT) ? ent_json_get_text(v, "full") : ent_json_str(v);

        if (text.ptr == NULL)
            return ent_fail(err, ENT_FORMAT, "an entry of member '%s' of a record is no text",
                            member);
        (*out)[(*count)++] = text;
    }
    return ENT_OK;
}

ent_code names_record_read(ent_arena *arena, ent_json json, names_record *record, ent_err *err)
{
    *record = (names_record){ .id = ent_json_get_text(json, "id"),
                              .schema = ent_json_get_text(json, "schema") };
    if (!ent_json_is(json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "a record is no JSON object");
    if (ent_json_count(ent_json_get(json, "names")) == 0)
        return ent_fail(err, ENT_FORMAT, "member 'names' of a record is missing or empty");
    if (record->schema.ptr == NULL)
        record->schema = ENT_STR("person");
    ENT_TRY(strings_read(arena, ent_json_get(json, "names"), "names", ENT_LIMIT_NAMES,
                         &record->names, &record->name_count, err));
    return strings_read(arena, ent_json_get(json, "dob"), "dob", ENT_LIMIT_NAMES, &record->births,
                        &record->birth_count, err);
}

/* ---- keys ---- */

/* The skeletons of a name that keys are made of: full words, and a short first word
 * joined to the next, because given names are written apart (El Khan). */
struct part {
    char skeleton[2 * NAMES_SKELETON];
    size_t from, to; /* words it stands for */
};

static size_t parts_of(const names_parsed *parsed, struct part parts[2 * NAMES_WORDS])
{
    size_t count = 0;

    for (size_t i = 0; i < parsed->count; i++) {
        const names_word *word = &parsed->words[i];

        if (!word->initial && !word->particle && word->skeleton[0] != '\0') {
            (void)snprintf(parts[count].skeleton, sizeof parts[count].skeleton, "%s",
                           word->skeleton);
            parts[count].from = parts[count].to = i;
            count++;
        }
        if (strlen(word->text) >= 2 && strlen(word->text) <= 3 && i + 1 < parsed->count) {
            char joined[2 * NAMES_WORD];

            (void)snprintf(joined, sizeof joined, "%s%s", word->text, parsed->words[i + 1].text);
            names_skeleton(joined, parts[count].skeleton);
            parts[count].from = i;
            parts[count].to = i + 1;
            count++;
        }
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

#define KEYS_MAX 256

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

static ent_code pair_add(ent_arena *arena, const struct part *a, const struct part *b,
                         const char *date, ent_str *keys, size_t *count, ent_err *err)
{
    bool order = strcmp(a->skeleton, b->skeleton) <= 0;
    ent_str key;

    if (*count == KEYS_MAX || (a->from <= b->to && b->from <= a->to))
        return ENT_OK;
    key = ent_arena_printf(arena, "nm:%s+%s|%s", order ? a->skeleton : b->skeleton,
                           order ? b->skeleton : a->skeleton, date);
    if (key.ptr == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        if (ent_str_equal(keys[i], key))
            return ENT_OK;
    keys[(*count)++] = key;
    return ENT_OK;
}

ent_code names_keys(ent_arena *arena, const names_record *record, ent_str **keys, size_t *count,
                    ent_err *err)
{
    *count = 0;
    *keys = ent_arena_array(arena, KEYS_MAX, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(err);
    if (!ent_str_is(record->schema, "person"))
        return ENT_OK;
    for (size_t d = 0; d < record->birth_count; d++) {
        char date[16];

        if (!date_key(record->births[d], date))
            continue;
        for (size_t n = 0; n < record->name_count; n++) {
            struct part parts[2 * NAMES_WORDS];
            names_parsed parsed;
            size_t have;

            names_parse(record->names[n], &parsed);
            have = parts_of(&parsed, parts);
            for (size_t i = 0; i < have; i++)
                for (size_t j = i + 1; j < have; j++)
                    ENT_TRY(pair_add(arena, &parts[i], &parts[j], date, *keys, count, err));
        }
    }
    qsort(*keys, *count, sizeof **keys, by_text);
    return ENT_OK;
}
