#include "casework/tries.h"

#include "desk/note.h"
#include "names/names.h"

#define WITHIN (7 * ENT_DAY_TIME)

/* What a subject is known by: its keys, and its names folded. */
static ent_code subject_write(ent_arena *arena, ent_json body, ent_str *list, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(ent_json_get(body, "keys")); v.doc != NULL;
         v = ent_json_next(v))
        ent_jw_str(&w, ent_json_str(v));
    for (ent_json v = ent_json_first(ent_json_get(body, "subject")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str folded;

        ENT_TRY(names_search_text(arena, ent_json_get_text(v, "name"), &folded, err));
        ent_jw_str(&w, folded);
    }
    ent_jw_end(&w);
    return ent_buf_done(&buf, list, err);
}

static bool shares(ent_json a, ent_json b)
{
    for (ent_json v = ent_json_first(a); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_str(v).size > 0 && desk_list_has(b, ent_json_str(v)))
            return true;
    return false;
}

/* How often this user tried this subject in the last seven days. */
static ent_code tries_count(desk *d, ent_arena *arena, ent_str user, ent_json subject,
                            size_t *tries, ent_err *err)
{
    ent_str state = ent_arena_str(arena, user);
    store_doc *docs;
    size_t count;

    *tries = 0;
    if (state.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_docs(d, arena, "try", NULL, state.ptr, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json before;

        ENT_TRY(ent_json_read(arena, docs[i].json, &before, err));
        *tries += docs[i].time > d->now - WITHIN && shares(subject, before);
    }
    return ENT_OK;
}

static ent_code suspend(desk *d, ent_arena *arena, ent_str user, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("suspended"),
                      .id = user,
                      .state = ENT_STR("suspended"),
                      .time = d->now,
                      .json = ENT_STR("{}") };
    desk_note note = { .verb = "suspended: third try",
                       .who = user,
                       .object = user,
                       .reason = ENT_STR("three tries on one subject in seven days"),
                       .oversight = true };

    ENT_TRY(store_doc_put(d->store, &doc, err));
    return desk_note_write(d, arena, &note, err);
}

ent_code casework_tries_check(desk *d, ent_arena *arena, ent_str user, ent_json body,
                              const char **refused, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("try"), .state = user, .time = d->now }, held;
    ent_json subject;
    size_t tries;
    char id[37];
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "suspended", user, &held, &found, err));
    if (found) {
        *refused = "suspended";
        return ENT_OK;
    }
    ENT_TRY(subject_write(arena, body, &doc.json, err));
    ENT_TRY(ent_json_read(arena, doc.json, &subject, err));
    ENT_TRY(tries_count(d, arena, user, subject, &tries, err));
    if (tries == 0 && *refused == NULL)
        return ENT_OK;
    desk_id(d, id);
    doc.id = ent_str_of(id);
    ENT_TRY(store_doc_put(d->store, &doc, err));
    if (tries + 1 < CASEWORK_TRIES)
        return ENT_OK;
    *refused = "third try";
    return suspend(d, arena, user, err);
}

ent_code casework_tries_resume(desk *d, ent_arena *arena, ent_str user, const desk_officer *by,
                               ent_err *err)
{
    desk_note note = { .verb = "may ask again",
                       .who = ent_str_of(by->name),
                       .role = ent_str_of(by->role),
                       .object = user,
                       .oversight = true };
    ent_str state = ent_arena_str(arena, user);
    store_doc held, *docs;
    size_t count;
    bool found;

    if (strcmp(by->role, "liaison") != 0 || ent_str_is(user, by->name))
        return ent_fail(err, ENT_DENIED,
                        "a liaison officer, and another person, lets somebody ask again [role]");
    ENT_TRY(desk_doc_found(d, arena, "suspended", user, &held, &found, err));
    if (!found)
        return ent_fail(err, ENT_NOT_FOUND, "'%.*s' is not suspended", ENT_STR_ARG(user));
    if (state.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_doc_delete(d->store, "suspended", user, err));
    /* What was tried is spoken about: it does not count again. */
    ENT_TRY(desk_docs(d, arena, "try", NULL, state.ptr, &docs, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(store_doc_delete(d->store, "try", docs[i].id, err));
    return desk_note_write(d, arena, &note, err);
}
