/* Dates, countries and scripts as lists write them. */
#include "formats/reader_int.h"

#include "base/text.h"
#include "base/time.h"

#include <stdio.h>
#include <strings.h>
#include <unicode/uscript.h>

/* ---- scripts ---- */

ent_str formats_script(ent_str text)
{
    if (!ent_utf8_valid(text))
        return ENT_STR("");
    for (size_t at = 0; at < text.size;) {
        UErrorCode rc = U_ZERO_ERROR;
        UScriptCode script = uscript_getScript((UChar32)ent_utf8_next(text, &at), &rc);

        if (U_SUCCESS(rc) && script != USCRIPT_COMMON && script != USCRIPT_INHERITED &&
            script != USCRIPT_UNKNOWN)
            return ent_str_of(uscript_getShortName(script));
    }
    return ENT_STR("");
}

/* ---- countries ---- */

static const struct {
    const char *name, *code;
} countries[] = {
#define X(name, code) { (name), (code) },
#include "formats/countries.def"
#undef X
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without regard to case, and to how lines were broken. */
static bool same(ent_str a, const char *b)
{
    size_t i = 0;

    for (; i < a.size && *b != '\0'; b++) {
        if (*b == ' ' && is_blank(a.ptr[i])) {
            while (i < a.size && is_blank(a.ptr[i]))
                i++;
            continue;
        }
        if (strncasecmp(a.ptr + i++, b, 1) != 0)
            return false;
    }
    return i == a.size && *b == '\0';
}

ent_str formats_country(ent_str name)
{
    if (name.size <= 2)
        return name;
    for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
        if (same(name, countries[i].name))
            return ent_str_of(countries[i].code);
    return name;
}

static const struct {
    const char *name, *code;
} demonyms[] = {
#define X(name, code) { (name), (code) },
#include "formats/demonyms.def"
#undef X
};

static bool is_code(ent_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-'))
            return false;
    }
    return text.size > 0 && text.size <= 64;
}

static ent_str nation_code(ent_str word)
{
    ent_str code = formats_country(word);

    for (size_t i = 0; code.size > 2 && i < sizeof demonyms / sizeof *demonyms; i++)
        if (same(word, demonyms[i].name))
            return ent_str_of(demonyms[i].code);
    return is_code(code) ? code : ENT_STR("");
}

ent_str formats_issuer(ent_str text)
{
    ent_str code = nation_code(text), rest = text;

    if (code.size == 0 && !formats_nation_next(&rest, &code))
        return ENT_STR("");
    return code;
}

bool formats_nation_next(ent_str *rest, ent_str *code)
{
    static const char *const ends[] = { ", ", " and ", "/", " or ", ";", "(" };
    static const char *const tails[] = { " citizenship", " citizen", " national" };

    while (rest->size > 0) {
        size_t end = rest->size, skip = 0;
        ent_str word;

        /* A whole name may itself have a comma. */
        if (formats_country(*rest).size == 2) {
            *code = formats_country(*rest);
            rest->size = 0;
            return true;
        }
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++)
            for (size_t i = 0; i + strlen(ends[e]) <= rest->size && i < end; i++)
                if (memcmp(rest->ptr + i, ends[e], strlen(ends[e])) == 0) {
                    end = i;
                    skip = strlen(ends[e]);
                }
        word = (ent_str){ rest->ptr, end };
        rest->ptr += end + skip;
        rest->size -= end + skip;
        while (word.size > 0 && word.ptr[word.size - 1] == ' ')
            word.size--;
        for (size_t t = 0; t < sizeof tails / sizeof *tails; t++) {
            size_t size = strlen(tails[t]);

            if (word.size > size && strncasecmp(word.ptr + word.size - size, tails[t], size) == 0)
                word.size -= size;
        }
        *code = nation_code(word);
        if (code->size > 0)
            return true;
    }
    return false;
}

/* ---- dates ---- */

static bool month_read(const char *word, int *month)
{
    static const char *const names[] = { "jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec" };

    for (int i = 0; i < 12; i++)
        if (strncasecmp(word, names[i], 3) == 0) {
            *month = i + 1;
            return true;
        }
    return false;
}

/* Numbers and words of a date, at most three. */
static int parts_read(ent_str text, char parts[3][16])
{
    int count = 0;
    size_t size = 0;

    for (size_t i = 0; i <= text.size; i++) {
        char c = i < text.size ? text.ptr[i] : ' ';
        bool inside = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (inside && size < 15 && count < 3) {
            parts[count][size++] = c;
            continue;
        }
        if (inside || (!inside && strchr(" ./-,", c) == NULL))
            return 0;
        if (size == 0)
            continue;
        parts[count][size] = '\0';
        size = 0;
        if (strcasecmp(parts[count], "circa") == 0 ||
            strcasecmp(parts[count], "approximately") == 0)
            continue;
        if (++count == 3 && i + 1 < text.size)
            return 0;
    }
    return count;
}

static int number_of(const char *word)
{
    int number = 0;

    for (; *word != '\0'; word++) {
        if (*word < '0' || *word > '9' || number > 100000)
            return -1;
        number = number * 10 + (*word - '0');
    }
    return number;
}

/* Year, month, day; 0 where it is not said. */
static bool date_parts(char parts[3][16], int count, int *year, int *month, int *day)
{
    *year = *month = *day = 0;
    *year = number_of(parts[count - 1]);
    if (count == 1)
        return *year >= 1000 && *year <= 9999;
    if (count == 2)
        return month_read(parts[0], month) && *year >= 1000 && *year <= 9999;
    if (number_of(parts[0]) >= 1000) { /* 1991-03-07, 1991/3/7 */
        *year = number_of(parts[0]);
        *month = number_of(parts[1]);
        *day = number_of(parts[2]);
    } else {
        *day = number_of(parts[0]);
        if (!month_read(parts[1], month))
            *month = number_of(parts[1]);
    }
    return *year >= 1000 && *year <= 9999;
}

ent_str formats_date(ent_arena *arena, ent_str text)
{
    char parts[3][16];
    int year, month, day, count = parts_read(text, parts);

    if (count == 0 || !date_parts(parts, count, &year, &month, &day))
        return ENT_STR("");
    if (month == 0)
        return day == 0 ? ent_arena_printf(arena, "%04d", year) : ENT_STR("");
    if (month < 1 || month > 12)
        return ENT_STR("");
    if (day == 0)
        return ent_arena_printf(arena, "%04d-%02d", year, month);
    return ent_date_exists(year, month, day)
               ? ent_arena_printf(arena, "%04d-%02d-%02d", year, month, day)
               : ENT_STR("");
}
