#include "holdings/index_int.h"

#include "base/text.h"

/* Long enough for twelve words, short enough for names_parse to take whole. */
#define PIECE 200

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Apostrophes join (names/fold.c folds them away as well). */
static bool is_inside(char c)
{
    return is_plain(c) || c == '\'' || c == '`';
}

static void word_plain(ent_buf *buf, ent_str word)
{
    size_t written = 0;

    for (size_t i = 0; i < word.size && written < NAMES_WORD - 1; i++) {
        char c = word.ptr[i];

        if (!is_plain(c))
            continue;
        if (written++ == 0)
            ent_buf_byte(buf, ' ');
        ent_buf_byte(buf, (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
    }
}

static void words_folded(ent_buf *buf, ent_str text)
{
    names_parsed parsed;

    names_parse(text, &parsed);
    for (size_t i = 0; i < parsed.count; i++) {
        ent_buf_byte(buf, ' ');
        ent_buf_c(buf, parsed.words[i].text);
    }
}

/* Where the run of bytes from `at` ends that is cut at ASCII separators; not longer
 * than PIECE, and then at the boundary of a character. */
static size_t run_end(ent_str text, size_t at, bool *ascii)
{
    size_t end = at;

    *ascii = true;
    while (end < text.size && end - at < PIECE &&
           (is_inside(text.ptr[end]) || (text.ptr[end] & 0x80) != 0)) {
        if ((text.ptr[end] & 0x80) != 0)
            *ascii = false;
        end++;
    }
    while (end < text.size && end > at && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end--;
    return end;
}

void holdings_words_plain(ent_buf *buf, ent_str text)
{
    size_t at = 0;

    while (at < text.size && !buf->failed) {
        bool ascii;
        size_t end = run_end(text, at, &ascii);

        /* Most text is ASCII and needs no tables. */
        if (end > at && ascii)
            word_plain(buf, (ent_str){ text.ptr + at, end - at });
        else if (end > at)
            words_folded(buf, (ent_str){ text.ptr + at, end - at });
        at = end > at ? end : at + 1;
    }
}

ent_code holdings_words_name(ent_arena *arena, ent_buf *buf, ent_str text, ent_err *err)
{
    ent_str folded;

    if (text.size > PIECE) {
        holdings_words_plain(buf, text);
        return ENT_OK;
    }
    ENT_TRY(names_search_text(arena, text, &folded, err));
    if (folded.size > 0) {
        ent_buf_byte(buf, ' ');
        ent_buf_str(buf, folded);
    }
    return ENT_OK;
}

ent_code holdings_words(ent_arena *arena, ent_str text, ent_str *words, ent_err *err)
{
    ent_str folded;
    ent_buf buf;

    if (text.size > PIECE)
        text.size = PIECE;
    while (text.size > 0 && !ent_utf8_valid(text))
        text.size--;
    ENT_TRY(names_search_text(arena, text, &folded, err));
    ent_buf_init(&buf, arena);
    /* names_search_text writes a word's skeleton behind it as zz...; that becomes its
     * alternative. */
    for (size_t at = 0; at < folded.size;) {
        size_t end = at;

        while (end < folded.size && folded.ptr[end] != ' ')
            end++;
        if (end - at > 2 && memcmp(folded.ptr + at, "zz", 2) == 0 && buf.size > 0)
            ent_buf_byte(&buf, '|');
        else if (buf.size > 0)
            ent_buf_byte(&buf, ' ');
        ent_buf_put(&buf, folded.ptr + at, end - at);
        at = end + 1;
    }
    return ent_buf_done(&buf, words, err);
}
