/* What scores of pairs are worth, for the benchmark of names and for fitting their weights
 * (tools/names-fit.c): recall at a precision, average precision, the best F1. */
#ifndef ENT_BENCH_NAMES_MEASURE_H
#define ENT_BENCH_NAMES_MEASURE_H

#include <stdbool.h>
#include <stdlib.h>

struct scored {
    double score;
    bool label;
};

struct measured {
    double ap, r99, f1;
    double band; /* the mean recall at 98, 98.5, 99 and 99.5 per cent precision */
};

static int by_score(const void *a, const void *b)
{
    double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

    return x > y ? -1 : x < y;
}

/* Sorts them; ties count as one step. */
static struct measured measure(struct scored *all, size_t count)
{
    struct measured m = { 0 };
    double before = 0, at[4] = { 0 };
    size_t positives = 0, found = 0;

    qsort(all, count, sizeof *all, by_score);
    for (size_t i = 0; i < count; i++)
        positives += all[i].label;
    for (size_t i = 0; i < count; i++) {
        double precision, recall, f;

        found += all[i].label;
        if (i + 1 < count && all[i + 1].score >= all[i].score)
            continue;
        precision = (double)found / (double)(i + 1);
        recall = positives == 0 ? 0 : (double)found / (double)positives;
        f = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
        m.ap += (recall - before) * precision;
        before = recall;
        for (int k = 0; k < 4; k++)
            at[k] = precision >= 0.98 + 0.005 * k && recall > at[k] ? recall : at[k];
        m.r99 = precision >= 0.99 && recall > m.r99 ? recall : m.r99;
        m.f1 = f > m.f1 ? f : m.f1;
    }
    m.band = (at[0] + at[1] + at[2] + at[3]) / 4;
    return m;
}

#endif
