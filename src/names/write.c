#include "names/write.h"

#include "names/letters.h"

void names_verdict_write(ent_jw *w, const names_verdict *verdict)
{
    ent_jw_key(w, "score");
    ent_jw_double(w, verdict->score);
    ent_jw_key(w, "decision");
    ent_jw_c(w, names_decision_name(verdict->decision));
    ent_jw_key(w, "why");
    ent_jw_array(w);
    for (size_t i = 0; i < verdict->why_count; i++)
        ent_jw_c(w, verdict->why[i]);
    ent_jw_end(w);
}

static void word_write(ent_jw *w, const names_word *word)
{
    ent_jw_object(w);
    ent_jw_key(w, "latin");
    ent_jw_c(w, word->text);
    ent_jw_key(w, "skeleton");
    ent_jw_c(w, word->skeleton);
    ent_jw_key(w, "role");
    ent_jw_c(w, names_role_name(word->role));
    ent_jw_key(w, "script");
    ent_jw_c(w, names_script_name((names_script)word->script));
    ent_jw_end(w);
}

void names_words_write(ent_jw *w, const names_record *record)
{
    ent_jw_array(w);
    for (size_t i = 0; i < record->name_count; i++) {
        names_parsed parsed;

        names_parse(record->names[i], &parsed);
        ent_jw_object(w);
        ent_jw_key(w, "text");
        ent_jw_str(w, record->names[i]);
        if (record->kinds != NULL && record->kinds[i].ptr != NULL) {
            ent_jw_key(w, "kind");
            ent_jw_str(w, record->kinds[i]);
        }
        ent_jw_key(w, "script");
        ent_jw_c(w,
                 names_script_name((names_script)(parsed.count == 0 ? 0 : parsed.words[0].script)));
        ent_jw_key(w, "words");
        ent_jw_array(w);
        for (size_t j = 0; j < parsed.count; j++)
            word_write(w, &parsed.words[j]);
        ent_jw_end(w);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}
