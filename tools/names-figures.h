/* names-fit (part) -- what the scores of its rows are worth: recall, precision, alarms, and the pairs
 * that are errors.  Included by names-fit.c, whose rows it works on. */
#ifndef ENT_TOOLS_NAMES_FIGURES_H
#define ENT_TOOLS_NAMES_FIGURES_H

#include "../tests/bench/names_measure.h"

/* ---- figures ---- */

#define FIGURES 5

/* Figures of all divisions: a line of text and its numbers. */
struct figure {
    char name[64];
    double sum[FIGURES], least[FIGURES];
    size_t times;
};

static struct figure figure_rows[64];
static size_t figure_count;

static void figure_add(const char *name, const double value[FIGURES])
{
    struct figure *f = figure_rows;

    while (f < figure_rows + figure_count && strcmp(f->name, name) != 0)
        f++;
    if (f == figure_rows + figure_count) {
        figure_count++;
        (void)snprintf(f->name, sizeof f->name, "%s", name);
    }
    for (int i = 0; i < FIGURES; i++) {
        f->sum[i] += value[i];
        f->least[i] = f->times == 0 || value[i] < f->least[i] ? value[i] : f->least[i];
    }
    f->times++;
}

static void figures_print(void)
{
    for (const struct figure *f = figure_rows; f < figure_rows + figure_count; f++) {
        double n = (double)f->times;

        if (strncmp(f->name, "strangers", 9) == 0)
            printf("%-44s %.1f false of 1,000 queries\n", f->name, f->sum[0] / n);
        else
            printf("%-28s %5.0f  recall@99P %.4f (least %.4f)  @98-99.5P %.4f  AP %.4f (least %.4f)"
                   "  F1 %.4f\n",
                   f->name, f->sum[3] / n, f->sum[0] / n, f->least[0], f->sum[4] / n, f->sum[1] / n,
                   f->least[1], f->sum[2] / n);
    }
}

/* Of a culture: its true pairs among all wrong ones, or among its own. */
static void figures(const char *name, int view, int culture, bool own)
{
    struct scored *all = malloc(row_count * sizeof *all);
    size_t count = 0, positives = 0;
    struct measured m;

    for (size_t i = 0; i < row_count && all != NULL; i++) {
        if (rows[i].view != view ||
            (culture >= 0 && (own || rows[i].label > 0) && rows[i].culture != culture))
            continue;
        all[count++] =
            (struct scored){ rows[i].weight < 0 ? -99 : rows[i].score, rows[i].label > 0 };
        positives += rows[i].label > 0;
    }
    m = measure(all, count);
    if (positives >= 5)
        figure_add(name, (double[]){ m.r99, m.ap, m.f1, (double)positives, m.band });
    free(all);
}

/* How many of 1,000 queries against 100,000 strangers raise a false alarm at a recall. */
static void alarms(enum view view, double recall)
{
    struct scored *all = malloc(row_count * sizeof *all);
    size_t count = 0, wrong = 0;
    char name[64];
    double limit;

    for (size_t i = 0; i < row_count && all != NULL; i++)
        if (rows[i].view == view && rows[i].label > 0)
            all[count++] = (struct scored){ rows[i].weight < 0 ? -99 : rows[i].score, true };
    qsort(all, count, sizeof *all, by_score);
    limit = all[(size_t)(recall * (double)(count - 1))].score;
    for (size_t i = 0; i < row_count; i++)
        wrong += rows[i].view == ALARM && rows[i].score >= limit;
    (void)snprintf(name, sizeof name, "strangers at recall %.3f (%s)", recall,
                   view == PRIMARY ? "primary" : "across scripts");
    figure_add(name, (double[]){ 1000.0 * (double)wrong / (double)asked * 100000.0 /
                                     (double)strangers_asked,
                                 0, 0, 0, 0 });
    free(all);
}

static void all_figures(void)
{
    static const char *const views[] = { "all names", "one primary name", "latin",
                                         "native against latin", "single names" };

    for (int view = ALL; view <= (thing == THING_PERSON ? NAMEPAIR : PRIMARY); view++)
        figures(views[view], view, -1, false);
    if (thing == THING_PERSON) {
        alarms(PRIMARY, 0.933);
        alarms(PRIMARY, 0.95);
        alarms(PRIMARY, 0.96);
        alarms(NATIVE, 0.93);
    }
    for (size_t c = 0; c < CULTURES && thing == THING_PERSON; c++) {
        char name[64];

        (void)snprintf(name, sizeof name, "one primary name, %s", cultures[c]);
        figures(name, PRIMARY, (int)c, false);
        (void)snprintf(name, sizeof name, "native against latin, %s", cultures[c]);
        figures(name, NATIVE, (int)c, false);
        (void)snprintf(name, sizeof name, "... among its own, %s", cultures[c]);
        figures(name, NATIVE, (int)c, true);
    }
}

/* ---- errors ---- */

static int by_row_score(const void *a, const void *b)
{
    double x = rows[*(const size_t *)a].score, y = rows[*(const size_t *)b].score;

    return x > y ? -1 : x < y;
}

static ent_str shown_name(const struct entry *e)
{
    size_t primary = 0;

    while (primary < e->record.name_count && !ent_str_is(e->record.kinds[primary], "primary"))
        primary++;
    return e->record.names[primary == e->record.name_count ? 0 : primary];
}

static void error_print(const struct row *row)
{
    bool alarm = row->view == ALARM;
    const struct entry *a = &entries[row->a], *b = &entries[alarm ? row->a : row->b];
    ent_str x = shown_name(a), y = alarm ? stranger_names[row->b] : shown_name(b);
    ent_str id = alarm ? ENT_STR("stranger") : b->record.id;

    printf("%s %7.2f %s %.*s %.*s [%.*s] [%.*s]", row->label > 0 ? "true " : "false", row->score,
           cultures[row->culture], (int)a->record.id.size, a->record.id.ptr, (int)id.size, id.ptr,
           (int)x.size, x.ptr, (int)y.size, y.ptr);
    for (int f = 0; f < FEATURE_LEGAL; f++)
        printf(" %s=%d", feature_names[f], row->feature[f]);
    (void)putchar('\n');
}

/* The wrong pairs of a view above its limit at 99 % precision, and the true ones below. */
static void errors(int view)
{
    size_t *order = malloc(row_count * sizeof *order), count = 0, found = 0, limit = 0;

    for (size_t i = 0; i < row_count && order != NULL; i++)
        if (rows[i].view == view)
            order[count++] = i;
    for (size_t i = 0; i < count; i++)
        if (rows[order[i]].weight < 0)
            rows[order[i]].score = -99;
    qsort(order, count, sizeof *order, by_row_score);
    for (size_t i = 0; i < count; i++) {
        found += rows[order[i]].label > 0;
        if ((double)found >= 0.99 * (double)(i + 1))
            limit = i + 1;
    }
    printf("limit %.3f\n", rows[order[limit - 1]].score);
    for (size_t i = 0; i < row_count; i++)
        if (view == PRIMARY && rows[i].view == ALARM &&
            rows[i].score >= rows[order[limit - 1]].score - 2)
            error_print(&rows[i]);
    for (size_t i = 0; i < count; i++)
        if ((rows[order[i]].label > 0) != (i < limit) ||
            (rows[order[i]].label == 0 && i < limit + 200))
            error_print(&rows[order[i]]);
    free(order);
}

#endif
