#include "names/form_int.h"
#include "names/letters.h"

#include "base/buf.h"

ent_code names_search_text(ent_arena *arena, ent_str text, ent_str *folded, ent_err *err)
{
    names_parsed parsed;
    ent_buf buf;

    names_parse(text, &parsed);
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < parsed.count; i++) {
        ent_buf_c(&buf, buf.size > 0 ? " " : "");
        ent_buf_c(&buf, parsed.words[i].text);
        if (strlen(parsed.words[i].skeleton) > 1) {
            ent_buf_c(&buf, " zz");
            ent_buf_c(&buf, parsed.words[i].skeleton);
        }
    }
    return ent_buf_done(&buf, folded, err);
}

ent_code names_romanised(ent_arena *arena, ent_str name, ent_str *latin, ent_err *err)
{
    names_parsed parsed;
    bool other = false;
    ent_buf buf;

    *latin = ENT_STR("");
    names_parse(name, &parsed);
    for (size_t i = 0; i < parsed.count; i++)
        other |= parsed.words[i].script > NAMES_LATIN;
    if (!other || parsed.count == NAMES_WORDS)
        return ENT_OK;
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < parsed.count; i++) {
        const names_word *word = &parsed.words[i];
        char first = word->text[0];
        bool small = word->role == NAMES_ROLE_PARTICLE || first < 'a' || first > 'z';

        if (first == '\0')
            continue;
        if (buf.size > 0)
            ent_buf_byte(&buf, word->hyphen ? '-' : ' ');
        ent_buf_byte(&buf, (unsigned char)(small ? first : first - 'a' + 'A'));
        ent_buf_c(&buf, word->text + 1);
    }
    return ent_buf_done(&buf, latin, err);
}

ent_code names_skeletons(ent_arena *arena, const names_record *record, ent_str *text, ent_err *err)
{
    const names_prepared *prepared;
    ent_buf buf;

    ENT_TRY(names_prepare(arena, record, &prepared, err));
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < prepared->form_count; i++)
        for (size_t t = 0; t < prepared->forms[i].count; t++) {
            uint64_t packed = prepared->forms[i].tokens[t].skeleton;

            if (packed == 0 || prepared->forms[i].tokens[t].role == NAMES_ROLE_INITIAL)
                continue;
            if (buf.size > 0)
                ent_buf_byte(&buf, ' ');
            for (; packed != 0; packed <<= 8)
                ent_buf_byte(&buf, (unsigned char)(packed >> 56));
            ent_buf_printf(&buf, " #%08x", names_sound_hash(&prepared->forms[i].tokens[t].sound));
        }
    return ent_buf_done(&buf, text, err);
}
