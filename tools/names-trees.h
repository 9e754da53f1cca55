/* names-fit (part) -- bins of feature values, and regression trees that keep to the directions of
 * `monotone`.  Included by names-fit.c, whose rows it works on. */
#ifndef ENT_TOOLS_NAMES_TREES_H
#define ENT_TOOLS_NAMES_TREES_H

/* ---- bins ---- */

static int16_t edge[FEATURE_COUNT][BINS];
static size_t edge_count[FEATURE_COUNT];

static int by_value(const void *a, const void *b)
{
    return *(const int16_t *)a - *(const int16_t *)b;
}

/* Limits at equal shares of the rows; a value's bin is the number of limits below it. */
static void bins_make(void)
{
    int16_t *values = malloc(row_count * sizeof *values);

    for (size_t f = 0; f < FEATURE_COUNT && values != NULL; f++) {
        size_t n = 0;

        for (size_t i = 0; i < row_count; i++)
            values[i] = rows[i].feature[f];
        qsort(values, row_count, sizeof *values, by_value);
        for (size_t b = 1; b < BINS; b++) {
            int16_t limit = values[b * row_count / BINS];

            if ((n == 0 || limit > edge[f][n - 1]) && limit < values[row_count - 1])
                edge[f][n++] = limit;
        }
        edge_count[f] = n;
        for (size_t i = 0; i < row_count; i++) {
            uint8_t bin = 0;

            while (bin < n && rows[i].feature[f] > edge[f][bin])
                bin++;
            rows[i].bin[f] = bin;
        }
    }
    free(values);
}

/* ---- trees ---- */

struct tree_node {
    int feature; /* -1: a leaf */
    uint8_t bin;
    double value, low, high; /* what leaves below may say */
    int left, right;
};

struct tree {
    struct tree_node node[2 * LEAVES];
    int count;
};

struct settings {
    int trees;                  /* of a model */
    double rate, lambda, least; /* learning rate, L2, hessian of a leaf */
};

static struct settings settings = { 40, 0.27, 5, 1 };
static bool unasked[FEATURE_COUNT]; /* features that the tree being grown may not ask */

struct split {
    double gain;
    int feature;
    uint8_t bin;
    double left, right;
};

static double leaf_value(double g, double h, double low, double high)
{
    double v = -g / (h + settings.lambda);

    return v < low ? low : v > high ? high : v;
}

static double leaf_gain(double g, double h, double v)
{
    return -(g * v + 0.5 * (h + settings.lambda) * v * v);
}

/* The best split of the rows that stand at `node`. */
static struct split split_find(const struct tree_node *node, const uint8_t *at, int index,
                               const double *g, const double *h)
{
    static double sum_g[FEATURE_COUNT][BINS], sum_h[FEATURE_COUNT][BINS];
    double all_g = 0, all_h = 0, whole;
    struct split best = { .gain = 1e-3 };

    memset(sum_g, 0, sizeof sum_g);
    memset(sum_h, 0, sizeof sum_h);
    for (size_t i = 0; i < row_count; i++) {
        if (at[i] != index)
            continue;
        all_g += g[i];
        all_h += h[i];
        for (size_t f = 0; f < FEATURE_COUNT; f++) {
            sum_g[f][rows[i].bin[f]] += g[i];
            sum_h[f][rows[i].bin[f]] += h[i];
        }
    }
    whole = leaf_gain(all_g, all_h, leaf_value(all_g, all_h, node->low, node->high));
    for (int f = 0; f < FEATURE_COUNT; f++) {
        double left_g = 0, left_h = 0;

        for (size_t b = 0; b < edge_count[f] && !unasked[f]; b++) {
            double l, r, gain;

            left_g += sum_g[f][b];
            left_h += sum_h[f][b];
            if (left_h < settings.least || all_h - left_h < settings.least)
                continue;
            l = leaf_value(left_g, left_h, node->low, node->high);
            r = leaf_value(all_g - left_g, all_h - left_h, node->low, node->high);
            if (monotone[f] * (r - l) < 0)
                continue;
            gain =
                leaf_gain(left_g, left_h, l) + leaf_gain(all_g - left_g, all_h - left_h, r) - whole;
            if (gain > best.gain)
                best = (struct split){ gain, f, (uint8_t)b, l, r };
        }
    }
    return best;
}

static void node_split(struct tree *t, int index, const struct split *s, uint8_t *at)
{
    struct tree_node *n = &t->node[index], *l, *r;
    double middle = (s->left + s->right) / 2;

    n->feature = s->feature;
    n->bin = s->bin;
    n->left = t->count++;
    n->right = t->count++;
    l = &t->node[n->left];
    r = &t->node[n->right];
    *l = (struct tree_node){ .feature = -1, .value = s->left, .low = n->low, .high = n->high };
    *r = (struct tree_node){ .feature = -1, .value = s->right, .low = n->low, .high = n->high };
    if (monotone[s->feature] > 0)
        l->high = r->low = middle;
    if (monotone[s->feature] < 0)
        l->low = r->high = middle;
    for (size_t i = 0; i < row_count; i++)
        if (at[i] == index)
            at[i] = (uint8_t)(rows[i].bin[s->feature] <= s->bin ? n->left : n->right);
}

/* Grown leaf by leaf, the best split first. */
static void tree_grow(struct tree *t, uint8_t *at, const double *g, const double *h)
{
    struct split found[2 * LEAVES];
    double sum_g = 0, sum_h = 0;

    *t = (struct tree){ .count = 1 };
    t->node[0] = (struct tree_node){ .feature = -1, .low = -8, .high = 8 };
    for (size_t i = 0; i < row_count; i++) {
        at[i] = h[i] > 0 ? 0 : 255;
        sum_g += g[i];
        sum_h += h[i];
    }
    t->node[0].value = leaf_value(sum_g, sum_h, -8, 8);
    found[0] = split_find(&t->node[0], at, 0, g, h);
    for (int leaves = 1; leaves < LEAVES; leaves++) {
        int best = -1;

        for (int i = 0; i < t->count; i++)
            if (t->node[i].feature < 0 && found[i].gain > 1e-3 &&
                (best < 0 || found[i].gain > found[best].gain))
                best = i;
        if (best < 0)
            return;
        node_split(t, best, &found[best], at);
        for (int side = 0; side < 2; side++) {
            int i = side == 0 ? t->node[best].left : t->node[best].right;

            found[i] = split_find(&t->node[i], at, i, g, h);
        }
    }
}

static double tree_value(const struct tree *t, const uint8_t *bin)
{
    const struct tree_node *n = &t->node[0];

    while (n->feature >= 0)
        n = &t->node[bin[n->feature] <= n->bin ? n->left : n->right];
    return n->value;
}

#endif
