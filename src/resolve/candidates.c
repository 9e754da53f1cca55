#include "resolve/candidates.h"

#include <stdlib.h>

struct posting {
    ent_str key;
    size_t record;
};

struct couple {
    size_t a, b;
};

static int by_key(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;
    int order = ent_str_compare(x->key, y->key);

    return order != 0 ? order : (x->record > y->record) - (x->record < y->record);
}

static int by_couple(const void *a, const void *b)
{
    const struct couple *x = a, *y = b;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static int by_score(const void *a, const void *b)
{
    const resolve_candidate *x = a, *y = b;

    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Two document numbers, whatever signs stand between their letters. */
static bool numbers_equal(ent_str a, ent_str b)
{
    size_t i = 0, j = 0;

    for (;;) {
        while (i < a.size && !is_alnum(a.ptr[i]))
            i++;
        while (j < b.size && !is_alnum(b.ptr[j]))
            j++;
        if (i == a.size || j == b.size)
            return i == a.size && j == b.size;
        if (upper(a.ptr[i++]) != upper(b.ptr[j++]))
            return false;
    }
}

static bool lost_and_used(const resolve_record *holder, const resolve_record *user)
{
    for (size_t i = 0; i < holder->lost_count; i++)
        for (size_t k = 0; k < user->names->document_count; k++)
            if (numbers_equal(holder->lost[i], user->names->documents[k].number))
                return true;
    return false;
}

bool resolve_may_join(const resolve_record *a, const resolve_record *b)
{
    return !a->protected_ && !b->protected_ && !lost_and_used(a, b) && !lost_and_used(b, a);
}

/* All keys of all records that may be compared. */
static ent_code postings_make(ent_arena *arena, const resolve_record *records, size_t count,
                              struct posting **postings, size_t *posting_count, ent_err *err)
{
    ent_str **keys = ent_arena_array(arena, count, sizeof *keys);
    size_t *sizes = ent_arena_array(arena, count, sizeof *sizes), total = 0;

    *posting_count = 0;
    if (keys == NULL || sizes == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        if (!records[i].protected_)
            ENT_TRY(names_keys_tier(arena, records[i].names, NAMES_ALL, &keys[i], &sizes[i], err));
        total += sizes[i] + records[i].names->document_count;
    }
    *postings = ent_arena_array(arena, total, sizeof **postings);
    if (*postings == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizes[i]; k++)
            (*postings)[(*posting_count)++] = (struct posting){ keys[i][k], i };
        for (size_t k = 0; k < records[i].names->document_count && !records[i].protected_; k++)
            (*postings)[(*posting_count)++] =
                (struct posting){ records[i].names->documents[k].number, i };
    }
    if (*posting_count > 0)
        qsort(*postings, *posting_count, sizeof **postings, by_key);
    return ENT_OK;
}

/* Pairs of records under one key, each once in the end. */
static ent_code couples_make(ent_arena *arena, const struct posting *postings, size_t count,
                             struct couple **couples, size_t *couple_count, ent_err *err)
{
    size_t room = 0, distinct = 0;

    for (int fill = 0; fill < 2; fill++) {
        *couple_count = 0;
        if (fill == 1 && (*couples = ent_arena_array(arena, room, sizeof **couples)) == NULL)
            return ent_fail_arena(err);
        for (size_t i = 0, j; i < count; i = j) {
            for (j = i; j < count && ent_str_equal(postings[i].key, postings[j].key); j++)
                ;
            for (size_t x = i; x < j && j - i <= RESOLVE_KEY_MAX; x++)
                for (size_t y = x + 1; y < j; y++, room += fill == 0)
                    if (fill == 1)
                        (*couples)[(*couple_count)++] =
                            (struct couple){ postings[x].record, postings[y].record };
        }
    }
    if (*couple_count > 0)
        qsort(*couples, *couple_count, sizeof **couples, by_couple);
    for (size_t i = 0; i < *couple_count; i++)
        if ((*couples)[i].a != (*couples)[i].b &&
            (distinct == 0 || by_couple(&(*couples)[distinct - 1], &(*couples)[i]) != 0))
            (*couples)[distinct++] = (*couples)[i];
    *couple_count = distinct;
    return ENT_OK;
}

/* Somebody said that the two, or their clusters, are never the same; or they are joined. */
static bool is_settled(const resolve_clusters *c, ent_str a, ent_str b)
{
    if (resolve_same(c, a, b))
        return true;
    for (size_t i = 0; i < c->never_count; i++) {
        ent_str x = c->nevers[i]->a, y = c->nevers[i]->b;

        if ((resolve_same(c, x, a) && resolve_same(c, y, b)) ||
            (resolve_same(c, x, b) && resolve_same(c, y, a)))
            return true;
    }
    return false;
}

static ent_code prepare_all(ent_arena *arena, const resolve_record *records, size_t count,
                            const names_prepared ***prepared, ent_err *err)
{
    *prepared = ent_arena_array(arena, count, sizeof **prepared);
    if (*prepared == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        if (!records[i].protected_)
            ENT_TRY(names_prepare(arena, records[i].names, &(*prepared)[i], err));
    return ENT_OK;
}

ent_code resolve_candidates(ent_arena *arena, const resolve_record *records, size_t count,
                            const resolve_statement *statements, size_t statement_count,
                            resolve_candidate **candidates, size_t *candidate_count, ent_err *err)
{
    const names_prepared **prepared;
    resolve_clusters clusters;
    struct posting *postings;
    struct couple *couples;
    size_t posting_count, couple_count;

    *candidate_count = 0;
    ENT_TRY(resolve_clusters_of(arena, statements, statement_count, &clusters, err));
    ENT_TRY(prepare_all(arena, records, count, &prepared, err));
    ENT_TRY(postings_make(arena, records, count, &postings, &posting_count, err));
    ENT_TRY(couples_make(arena, postings, posting_count, &couples, &couple_count, err));
    *candidates = ent_arena_array(arena, couple_count, sizeof **candidates);
    if (*candidates == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < couple_count; i++) {
        const resolve_record *a = &records[couples[i].a], *b = &records[couples[i].b];
        names_result result;

        if (!resolve_may_join(a, b) || is_settled(&clusters, a->names->id, b->names->id))
            continue;
        result = names_score(prepared[couples[i].a], prepared[couples[i].b]);
        if (result.decision != NAMES_DIFFERENT)
            (*candidates)[(*candidate_count)++] =
                (resolve_candidate){ couples[i].a, couples[i].b, result.score, result.decision };
    }
    if (*candidate_count > 0)
        qsort(*candidates, *candidate_count, sizeof **candidates, by_score);
    return ENT_OK;
}

ent_code resolve_propose(ent_arena *arena, const resolve_record *a, const resolve_record *b,
                         resolve_statement *statement, ent_err *err)
{
    names_verdict verdict;

    if (!resolve_may_join(a, b))
        return ent_fail(err, ENT_DENIED,
                        "'%.*s' and '%.*s' are never proposed as one: one is protected, or the "
                        "document they share was stolen",
                        ENT_STR_ARG(a->names->id), ENT_STR_ARG(b->names->id));
    verdict = names_compare(a->names, b->names);
    *statement = (resolve_statement){
        .kind = RESOLVE_SAME, .a = a->names->id, .b = b->names->id, .score = verdict.score
    };
    for (size_t i = 0; i < verdict.why_count && i < RESOLVE_REASONS; i++) {
        ent_str reason = ent_arena_str(arena, ent_str_of(verdict.why[i]));

        if (reason.ptr == NULL)
            return ent_fail_arena(err);
        statement->reasons[statement->reason_count++] = reason;
    }
    return ENT_OK;
}
