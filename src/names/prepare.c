#include "names/form_int.h"

#include "names/fold_int.h"
#include "names/split_int.h"
#include "names/table_int.h"

/* A record's names while they are read. */
struct making {
    ent_arena *arena;
    names_prepared *record;
    names_form *forms;
    names_entries entries;
    bool table; /* no word was one too many for it */
};

/* Numbers the form's words. */
static void entries_add(struct making *making, names_form *form, names_token *tokens)
{
    for (size_t i = 0; i < form->count && making->table; i++) {
        making->table =
            names_entry_add(&making->entries, &tokens[i], form->writing == WRITING_BARE);
        if (making->table)
            form->entries |= (uint64_t)1 << tokens[i].entry;
    }
}

static ent_code form_add(struct making *making, ent_str name, unsigned reading, names_form like,
                         ent_err *err)
{
    names_prepared *record = making->record;
    names_token tokens[4 * NAMES_WORDS], *kept;
    names_parsed parsed;
    names_form form;

    if (record->thing == THING_PERSON) {
        names_parse_reading(name, reading, &parsed);
        names_form_of(&parsed, tokens, &form);
    } else {
        names_fold(name, (names_reading)reading, &parsed);
        names_org_form_of(&parsed, tokens, &form);
    }
    if (form.count == 0)
        return ENT_OK;
    for (size_t i = 0; i < record->form_count; i++)
        if (making->forms[i].order == form.order && making->forms[i].count == form.count)
            return ENT_OK; /* the same sounds again */
    kept = ent_arena_array(making->arena, (size_t)form.count + form.joins, sizeof *kept);
    if (kept == NULL)
        return ent_fail_arena(err);
    memcpy(kept, tokens, ((size_t)form.count + form.joins) * sizeof *kept);
    form.tokens = kept;
    form.name = like.name;
    form.weak = like.weak;
    entries_add(making, &form, kept);
    making->forms[record->form_count++] = form;
    record->lone = record->lone || form.count == 1;
    return ENT_OK;
}

static ent_code forms_make(struct making *making, const names_record *record, ent_err *err)
{
    size_t room = 0;
    ent_str pieces[NAMES_PIECES];

    for (size_t i = 0; i < record->name_count; i++)
        room += (names_has_han(record->names[i]) ? NAMES_READINGS : 1U) *
                names_split(record->names[i], pieces);
    making->forms = ent_arena_array(making->arena, room, sizeof *making->forms);
    if (making->forms == NULL)
        return ent_fail_arena(err);
    making->record->forms = making->forms;
    for (size_t i = 0; i < record->name_count; i++) {
        size_t n = names_split(record->names[i], pieces);
        names_form like = { .name = (uint16_t)i,
                            .weak = record->kinds != NULL && ent_str_is(record->kinds[i], "weak") };

        for (size_t k = 0; k < n; k++) {
            unsigned readings = names_has_han(pieces[k]) ? NAMES_READINGS : 1U;

            for (unsigned reading = 0; reading < readings; reading++)
                ENT_TRY(form_add(making, pieces[k], reading, like, err));
        }
    }
    return ENT_OK;
}

static ent_code births_make(ent_arena *arena, const names_record *record, names_prepared *out,
                            ent_err *err)
{
    names_birth *births = ent_arena_array(arena, record->birth_count, sizeof *births);
    ent_err ignored = { 0 };

    if (births == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < record->birth_count; i++) {
        names_birth *birth = &births[out->birth_count];
        ent_str text = record->births[i];

        if (ent_days_read(text, &birth->days, &ignored) != ENT_OK)
            continue;
        ent_day_split(birth->days.first, &birth->year, &birth->month, &birth->day);
        if (text.size < 10)
            birth->day = 0;
        if (text.size < 7)
            birth->month = 0;
        out->birth_count++;
    }
    out->births = births;
    return ENT_OK;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The number without signs and case; 0 for numbers that say too little. */
static uint64_t document_hash(ent_str number)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t count = 0;

    for (size_t i = 0; i < number.size; i++) {
        char c = number.ptr[i];

        if (!is_alnum(c))
            continue;
        c = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        hash = (hash ^ (uint64_t)(unsigned char)c) * UINT64_C(0x100000001b3);
        count++;
    }
    return count < 5 ? 0 : hash;
}

static ent_code rest_make(ent_arena *arena, const names_record *record, names_prepared *out,
                          ent_err *err)
{
    uint16_t *countries = ent_arena_array(arena, record->country_count, sizeof *countries);
    uint64_t *documents = ent_arena_array(arena, record->document_count, sizeof *documents);
    uint64_t *places = ent_arena_array(arena, record->place_count * 4, sizeof *places);

    if (countries == NULL || documents == NULL || places == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < record->country_count; i++)
        if (record->countries[i].size == 2)
            countries[out->country_count++] = (uint16_t)((record->countries[i].ptr[0] | 32) << 8 |
                                                         (record->countries[i].ptr[1] | 32));
    for (size_t i = 0; i < record->document_count; i++) {
        uint64_t hash = document_hash(record->documents[i].number);

        if (hash != 0)
            documents[out->document_count++] = hash;
    }
    for (size_t i = 0; i < record->place_count; i++) {
        names_parsed parsed;

        names_parse(record->places[i], &parsed);
        for (size_t w = 0; w < parsed.count && w < 4; w++)
            if (strlen(parsed.words[w].skeleton) >= 3)
                places[out->place_count++] = names_skeleton_pack(parsed.words[w].skeleton);
    }
    out->countries = countries;
    out->documents = documents;
    out->places = places;
    out->sex = record->sex.size == 0 ? '\0' : (char)(record->sex.ptr[0] | 32);
    if (out->sex != 'm' && out->sex != 'f')
        out->sex = '\0';
    return ENT_OK;
}

static names_thing thing_of(ent_str schema)
{
    if (ent_str_is(schema, "org") || ent_str_is(schema, "company") ||
        ent_str_is(schema, "Company") || ent_str_is(schema, "Organization") ||
        ent_str_is(schema, "organization") || ent_str_is(schema, "LegalEntity"))
        return THING_ORG;
    if (ent_str_is(schema, "vessel") || ent_str_is(schema, "aircraft") ||
        ent_str_is(schema, "Vessel") || ent_str_is(schema, "Airplane"))
        return THING_VESSEL;
    return THING_PERSON;
}

/* The record with its different words behind it: scoring asks for these first, and of most records
 * for nothing else. */
static names_prepared *record_keep(const struct making *making)
{
    size_t count = making->table ? making->entries.count : 0;
    size_t words_at = sizeof(names_prepared) + count * sizeof(names_entry);
    unsigned char *block = ent_arena_alloc(making->arena, words_at + count * sizeof(names_token));
    names_prepared *out = (names_prepared *)block;

    if (block == NULL)
        return NULL;
    *out = *making->record;
    memcpy(block + sizeof *out, making->entries.entry, count * sizeof(names_entry));
    memcpy(block + words_at, making->entries.word, count * sizeof(names_token));
    out->entry_count = count;
    out->entries = (const names_entry *)(block + sizeof *out);
    out->words = (const names_token *)(block + words_at);
    return out;
}

ent_code names_prepare(ent_arena *arena, const names_record *record,
                       const names_prepared **prepared, ent_err *err)
{
    names_prepared out = { .thing = thing_of(record->schema) };
    struct making making;

    making.arena = arena;
    making.record = &out;
    making.table = true;
    making.entries.count = 0;
    ENT_TRY(births_make(arena, record, &out, err));
    ENT_TRY(rest_make(arena, record, &out, err));
    ENT_TRY(forms_make(&making, record, err));
    *prepared = record_keep(&making);
    return *prepared == NULL ? ent_fail_arena(err) : ENT_OK;
}
