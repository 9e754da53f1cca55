/* Asking for markings and changing them. */
#include "stix/marking.h"

#include "base/json_write.h"
#include "stix/format.h"

/* One marking on one part: what a granular marking is when it is taken apart. */
typedef struct mark {
    ent_str marking, selector;
    bool lang;
} mark;

typedef struct marks {
    mark *list;
    size_t count, room;
    ent_arena *arena;
} marks;

static ent_code mark_add(marks *m, mark one, ent_err *err)
{
    for (size_t i = 0; i < m->count; i++)
        if (ent_str_equal(m->list[i].marking, one.marking) &&
            ent_str_equal(m->list[i].selector, one.selector))
            return ENT_OK;
    if (m->count == m->room) {
        mark *grown = ent_arena_grow(m->arena, m->list, &m->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        m->list = grown;
    }
    m->list[m->count++] = one;
    return ENT_OK;
}

static ent_code marks_of(ent_arena *arena, ent_json object, marks *m, ent_err *err)
{
    ent_json granular = ent_json_get(object, "granular_markings");

    *m = (marks){ .arena = arena };
    for (ent_json g = ent_json_first(granular); g.doc != NULL; g = ent_json_next(g)) {
        ent_json ref = ent_json_get(g, "marking_ref"), lang = ent_json_get(g, "lang");
        ent_json selectors = ent_json_get(g, "selectors");

        for (ent_json s = ent_json_first(selectors); s.doc != NULL; s = ent_json_next(s)) {
            if (ref.doc != NULL)
                ENT_TRY(mark_add(m, (mark){ ent_json_str(ref), ent_json_str(s), false }, err));
            if (lang.doc != NULL)
                ENT_TRY(mark_add(m, (mark){ ent_json_str(lang), ent_json_str(s), true }, err));
        }
    }
    return ENT_OK;
}

static ent_code selectors_check(ent_json object, stix_texts selectors, ent_err *err)
{
    if (selectors.count == 0)
        return ent_fail(err, ENT_NOT_FOUND, "no selector is given [STIX 2.1 s7.2.3]");
    for (size_t i = 0; i < selectors.count; i++)
        if (stix_selector_find(object, selectors.texts[i]).doc == NULL)
            return ent_fail(err, ENT_NOT_FOUND,
                            "'%.*s' selects nothing in this object [STIX 2.1 s7.2.3]",
                            ENT_STR_ARG(selectors.texts[i]));
    return ENT_OK;
}

/* Whether `inner` is a part of `outer`, or the same. */
static bool below(ent_str inner, ent_str outer)
{
    return ent_str_starts(inner, outer) &&
           (inner.size == outer.size || inner.ptr[outer.size] == '.');
}

static bool reaches(const mark *m, stix_texts selectors, int flags)
{
    for (size_t i = 0; i < selectors.count; i++) {
        ent_str selector = selectors.texts[i];

        if (ent_str_equal(m->selector, selector) ||
            ((flags & STIX_INHERITED) != 0 && below(selector, m->selector)) ||
            ((flags & STIX_DESCENDANTS) != 0 && below(m->selector, selector)))
            return true;
    }
    return false;
}

static bool has(const stix_texts *list, ent_str text)
{
    for (size_t i = 0; i < list->count; i++)
        if (ent_str_equal(list->texts[i], text))
            return true;
    return false;
}

static void add_once(stix_texts *list, ent_str text)
{
    if (text.ptr != NULL && !has(list, text))
        list->texts[list->count++] = text;
}

/* A single text stands for a list of one. */
static void object_markings(ent_json object, stix_texts *list)
{
    ent_json refs = ent_json_get(object, "object_marking_refs");

    if (ent_json_is(refs, ENT_JSON_STRING))
        add_once(list, ent_json_str(refs));
    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v))
        add_once(list, ent_json_str(v));
}

ent_code stix_markings(ent_arena *arena, ent_json object, stix_texts selectors, int flags,
                       stix_texts *markings, ent_err *err)
{
    marks all;
    size_t room;

    ENT_TRY(marks_of(arena, object, &all, err));
    room = all.count + ent_json_count(ent_json_get(object, "object_marking_refs")) + 1;
    markings->count = 0;
    markings->texts = ent_arena_array(arena, room, sizeof *markings->texts);
    if (markings->texts == NULL)
        return ent_fail_arena(err);
    if (selectors.texts == NULL) {
        object_markings(object, markings);
        return ENT_OK;
    }
    ENT_TRY(selectors_check(object, selectors, err));
    for (size_t i = 0; i < all.count; i++)
        if (reaches(&all.list[i], selectors, flags) &&
            (flags & (all.list[i].lang ? STIX_NO_LANGS : STIX_NO_REFS)) == 0)
            add_once(markings, all.list[i].marking);
    if ((flags & STIX_INHERITED) != 0)
        object_markings(object, markings);
    return ENT_OK;
}

ent_code stix_is_marked(ent_arena *arena, ent_json object, stix_texts markings,
                        stix_texts selectors, int flags, bool *marked, ent_err *err)
{
    stix_texts found;

    ENT_TRY(stix_markings(arena, object, selectors, flags, &found, err));
    *marked = found.count > 0;
    for (size_t i = 0; i < markings.count; i++)
        *marked = *marked && has(&found, markings.texts[i]);
    return ENT_OK;
}

/* ---- changing ---- */

static bool is_definition(ent_str marking)
{
    return ent_str_starts(marking, ENT_STR("marking-definition--"));
}

static ent_code markings_check(stix_texts markings, bool langs, ent_err *err)
{
    for (size_t i = 0; i < markings.count; i++)
        if (!is_definition(markings.texts[i]) && !(langs && stix_language_ok(markings.texts[i])))
            return ent_fail(err, ENT_FORMAT, "'%.*s' is no marking definition%s [STIX 2.1 s7.2]",
                            ENT_STR_ARG(markings.texts[i]), langs ? " and no language" : "");
    return ENT_OK;
}

static ent_code granular_change(stix_marking_change change, stix_texts markings,
                                stix_texts selectors, marks *all, ent_err *err)
{
    size_t kept = 0, count = all->count;

    for (size_t i = 0; change != STIX_MARKING_ADD && i < count; i++) {
        const mark *m = &all->list[i];
        bool gone = has(&selectors, m->selector) &&
                    (change != STIX_MARKING_REMOVE || has(&markings, m->marking));

        if (!gone)
            all->list[kept++] = *m;
    }
    if (change == STIX_MARKING_ADD)
        kept = count;
    all->count = kept;
    if ((change == STIX_MARKING_REMOVE || change == STIX_MARKING_CLEAR) && kept == count &&
        count > 0)
        return ent_fail(err, ENT_NOT_FOUND, "no such marking is there [STIX 2.1 s7.2.3]");
    if (change == STIX_MARKING_REMOVE || change == STIX_MARKING_CLEAR)
        return ENT_OK;
    for (size_t i = 0; i < markings.count; i++)
        for (size_t s = 0; s < selectors.count; s++)
            ENT_TRY(mark_add(
                all,
                (mark){ markings.texts[i], selectors.texts[s], !is_definition(markings.texts[i]) },
                err));
    return ENT_OK;
}

static ent_code object_change(stix_marking_change change, stix_texts markings, stix_texts *list,
                              ent_err *err)
{
    size_t kept = 0;

    if (change == STIX_MARKING_SET || change == STIX_MARKING_CLEAR)
        list->count = 0;
    if (change == STIX_MARKING_REMOVE) {
        for (size_t i = 0; i < markings.count; i++)
            if (!has(list, markings.texts[i]) && list->count > 0)
                return ent_fail(err, ENT_NOT_FOUND, "'%.*s' does not mark this object",
                                ENT_STR_ARG(markings.texts[i]));
        for (size_t i = 0; i < list->count; i++)
            if (!has(&markings, list->texts[i]))
                list->texts[kept++] = list->texts[i];
        list->count = kept;
    }
    if (change == STIX_MARKING_ADD || change == STIX_MARKING_SET)
        for (size_t i = 0; i < markings.count; i++)
            add_once(list, markings.texts[i]);
    return ENT_OK;
}

/* One granular marking for each marking, with all its selectors. */
static void granular_write(const marks *all, ent_jw *w)
{
    ent_jw_key(w, "granular_markings");
    ent_jw_array(w);
    for (size_t i = 0; i < all->count; i++) {
        bool before = false;

        for (size_t j = 0; j < i; j++)
            before = before || ent_str_equal(all->list[j].marking, all->list[i].marking);
        if (before)
            continue;
        ent_jw_object(w);
        ent_jw_key(w, all->list[i].lang ? "lang" : "marking_ref");
        ent_jw_str(w, all->list[i].marking);
        ent_jw_key(w, "selectors");
        ent_jw_array(w);
        for (size_t j = i; j < all->count; j++)
            if (ent_str_equal(all->list[j].marking, all->list[i].marking))
                ent_jw_str(w, all->list[j].selector);
        ent_jw_end(w);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static void object_write(ent_json object, const marks *all, const stix_texts *refs,
                         ent_str modified, ent_jw *w)
{
    ent_jw_object(w);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);

        if (ent_str_is(name, "granular_markings") || ent_str_is(name, "object_marking_refs"))
            continue;
        ent_jw_key_str(w, name);
        if (modified.ptr != NULL && ent_str_is(name, "modified"))
            ent_jw_str(w, modified);
        else
            ent_jw_raw(w, ent_json_raw(v));
    }
    if (refs->count > 0) {
        ent_jw_key(w, "object_marking_refs");
        ent_jw_array(w);
        for (size_t i = 0; i < refs->count; i++)
            ent_jw_str(w, refs->texts[i]);
        ent_jw_end(w);
    }
    if (all->count > 0)
        granular_write(all, w);
    ent_jw_end(w);
}

ent_code stix_marking_write(ent_arena *arena, ent_json object, stix_marking_change change,
                            stix_texts markings, stix_texts selectors, ent_str modified,
                            ent_str *out, ent_err *err)
{
    stix_texts refs = { NULL, 0 };
    size_t room = ent_json_count(ent_json_get(object, "object_marking_refs")) + markings.count + 1;
    marks all;
    ent_buf buf;
    ent_jw w;

    refs.texts = ent_arena_array(arena, room, sizeof *refs.texts);
    if (refs.texts == NULL)
        return ent_fail_arena(err);
    object_markings(object, &refs);
    ENT_TRY(marks_of(arena, object, &all, err));
    if (selectors.texts != NULL)
        ENT_TRY(selectors_check(object, selectors, err));
    if (change != STIX_MARKING_CLEAR)
        ENT_TRY(markings_check(markings, selectors.texts != NULL, err));
    if (selectors.texts != NULL)
        ENT_TRY(granular_change(change, markings, selectors, &all, err));
    else
        ENT_TRY(object_change(change, markings, &refs, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    object_write(object, &all, &refs, modified, &w);
    return ent_buf_done(&buf, out, err);
}
