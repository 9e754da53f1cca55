#include "psi/okvs_int.h"

#include <sodium.h>

#define CORE_MAX 64 /* items that elimination takes; there is hardly ever one */
#define LEAST    4  /* log2 of the smallest store */

static const struct {
    uint32_t bins, sparse, dense;
} shapes[] = {
#define R(bins, sparse, dense) { (bins), (sparse), (dense) },
#include "psi/okvs.def"
#undef R
};

psi_okvs psi_okvs_shape(size_t count)
{
    psi_okvs shape;
    size_t at = 0;

    while ((size_t)1 << (at + LEAST) < count)
        at++;
    ENT_ASSERT((size_t)1 << (at + LEAST) == count && at < sizeof shapes / sizeof *shapes);
    shape = (psi_okvs){ shapes[at].bins, shapes[at].sparse, shapes[at].dense, 0 };
    ENT_ASSERT(shape.bins <= PSI_OKVS_BINS && shape.sparse <= UINT16_MAX); /* psi_place */
    shape.rows = shape.bins * psi_okvs_bin_rows(&shape);
    return shape;
}

static uint64_t word_of(const uint8_t *bytes)
{
    uint64_t word = 0;

    for (int i = 0; i < 8; i++)
        word = word << 8 | bytes[i];
    return word;
}

/* One of 0 .. below - 1, even but for 2^-32 of a step. */
static uint32_t share_of(uint64_t random, uint32_t below)
{
    return (uint32_t)((random >> 32) * below >> 32);
}

psi_place psi_okvs_place(const psi_okvs *shape, const uint8_t hash[PSI_OKVS_HASH])
{
    psi_place place = { .item = 0 };
    uint32_t a = share_of(word_of(hash + 24), shape->sparse);
    uint32_t b = share_of(word_of(hash + 32), shape->sparse - 1);
    uint32_t c = share_of(word_of(hash + 40), shape->sparse - 2);

    place.value_lo = word_of(hash);
    place.value_hi = (uint32_t)(word_of(hash + 8) >> 44);
    place.bin = (uint16_t)share_of(word_of(hash + 16), shape->bins);
    place.dense = word_of(hash + 48) >> (64 - shape->dense);
    b += b >= a;
    c += c >= (a < b ? a : b);
    c += c >= (a < b ? b : a);
    place.at[0] = (uint16_t)a;
    place.at[1] = (uint16_t)b;
    place.at[2] = (uint16_t)c;
    return place;
}

/* Each place changes with the one that stands where it belongs, until that belongs here. */
void psi_okvs_order(const psi_okvs *shape, psi_place *places, size_t count,
                    uint32_t from[PSI_OKVS_BINS + 1])
{
    uint32_t next[PSI_OKVS_BINS];

    memset(from, 0, ((size_t)shape->bins + 1) * sizeof *from);
    for (size_t i = 0; i < count; i++)
        from[places[i].bin + 1]++;
    for (size_t b = 0; b < shape->bins; b++) {
        next[b] = from[b];
        from[b + 1] += from[b];
    }
    for (size_t b = 0; b < shape->bins; b++)
        for (; next[b] < from[b + 1]; next[b]++) {
            psi_place here = places[next[b]];

            while (here.bin != b) {
                psi_place other = places[next[here.bin]];

                places[next[here.bin]++] = here;
                here = other;
            }
            places[next[b]] = here;
        }
}

/* ---- solving ---- */

/* One bin at work: what counts its rows has room for them, what counts its items for the most that any
 * bin has. */
struct psi_solving {
    const psi_solver *solver;
    size_t bin;
    psi_payload *rows;
    uint16_t *degree; /* of a row: items that look there and are not yet peeled off */
    uint32_t *tied;   /* of a row: the XOR of their numbers */
    uint32_t *queue;  /* rows that had one item */
    uint32_t *peeled, *pivot;
    bool failed;
};

static void value_add(psi_payload *to, const psi_payload *more)
{
    to->lo ^= more->lo;
    to->hi ^= more->hi;
}

/* Items that are left when nothing can be peeled off, as equations over their sparse rows and
 * the dense rows. */
struct core {
    uint32_t column[3 * CORE_MAX]; /* sparse rows, each once */
    size_t columns, count;
    uint64_t bits[CORE_MAX][4]; /* columns, then dense rows from bit 192 */
    psi_payload value[CORE_MAX];
};

#define CORE_DENSE (3 * CORE_MAX)

static void core_add(struct core *core, const psi_place *place)
{
    uint64_t *bits = core->bits[core->count];

    memset(bits, 0, sizeof core->bits[0]);
    for (int k = 0; k < 3; k++) {
        size_t c = 0;

        while (c < core->columns && core->column[c] != place->at[k])
            c++;
        if (c == core->columns)
            core->column[core->columns++] = place->at[k];
        bits[c / 64] |= UINT64_C(1) << c % 64;
    }
    bits[CORE_DENSE / 64] = place->dense;
    core->value[core->count++] = psi_place_value(place);
}

static int first_bit(const uint64_t bits[4])
{
    for (int i = 0; i < 4; i++)
        if (bits[i] != 0)
            return 64 * i + __builtin_ctzll(bits[i]);
    return -1;
}

/* The row of the bin that a bit of an equation stands for. */
static psi_payload *core_row(const struct core *core, const psi_okvs *shape, psi_payload *rows,
                             size_t bit)
{
    return bit < CORE_DENSE ? &rows[core->column[bit]] : &rows[shape->sparse + bit - CORE_DENSE];
}

/* Gauss and Jordan; what is no pivot keeps its random value. */
static bool core_solve(struct core *core, const psi_okvs *shape, psi_payload *rows)
{
    int pivot[CORE_MAX];

    for (size_t r = 0; r < core->count; r++) {
        pivot[r] = first_bit(core->bits[r]);
        if (pivot[r] < 0)
            return false;
        for (size_t o = 0; o < core->count; o++) {
            if (o == r || (core->bits[o][pivot[r] / 64] >> pivot[r] % 64 & 1) == 0)
                continue;
            for (int i = 0; i < 4; i++)
                core->bits[o][i] ^= core->bits[r][i];
            value_add(&core->value[o], &core->value[r]);
        }
    }
    for (size_t r = 0; r < core->count; r++) {
        for (size_t bit = 0; bit < 256; bit++)
            if ((int)bit != pivot[r] && (core->bits[r][bit / 64] >> bit % 64 & 1) != 0)
                value_add(&core->value[r], core_row(core, shape, rows, bit));
        *core_row(core, shape, rows, (size_t)pivot[r]) = core->value[r];
    }
    return true;
}

static size_t bin_count(const psi_solver *solver, size_t bin)
{
    return solver->from[bin + 1] - solver->from[bin];
}

/* Items of the bin in the order in which they come off; the number of them. */
static size_t bin_peel(const struct psi_solving *s, const psi_place *item, size_t count)
{
    const psi_okvs *shape = s->solver->shape;
    size_t head = 0, tail = 0, done = 0;

    memset(s->degree, 0, psi_okvs_bin_rows(shape) * sizeof *s->degree);
    memset(s->tied, 0, psi_okvs_bin_rows(shape) * sizeof *s->tied);
    for (size_t k = 0; k < count; k++)
        for (int i = 0; i < 3; i++) {
            s->degree[item[k].at[i]]++;
            s->tied[item[k].at[i]] ^= (uint32_t)k;
        }
    for (uint32_t c = 0; c < shape->sparse; c++)
        if (s->degree[c] == 1)
            s->queue[tail++] = c;
    while (head < tail) {
        uint32_t c = s->queue[head++], k = s->tied[c];

        if (s->degree[c] != 1)
            continue;
        s->peeled[done] = k;
        s->pivot[done++] = c;
        for (int i = 0; i < 3; i++) {
            uint32_t at = item[k].at[i];

            s->tied[at] ^= k;
            if (--s->degree[at] == 1)
                s->queue[tail++] = at;
        }
    }
    return done;
}

/* What the item finds when the row `but` counts for nothing. */
static psi_payload rest_of(const psi_okvs *shape, const psi_payload *rows, const psi_place *place,
                           uint32_t but)
{
    psi_payload sum = psi_place_value(place);
    const psi_payload *dense = rows + shape->sparse;

    for (int i = 0; i < 3; i++)
        if (place->at[i] != but)
            value_add(&sum, &rows[place->at[i]]);
    for (uint64_t bits = place->dense; bits != 0; bits &= bits - 1)
        value_add(&sum, &dense[__builtin_ctzll(bits)]);
    return sum;
}

/* Rows that are random wherever nothing else is asked of them. */
static void bin_fill(const struct psi_solving *s)
{
    const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES] = { (uint8_t)s->bin };
    size_t count = psi_okvs_bin_rows(s->solver->shape);

    (void)crypto_stream_chacha20_ietf((unsigned char *)s->rows, count * sizeof *s->rows, nonce,
                                      s->solver->seed);
    for (size_t i = 0; i < count; i++)
        s->rows[i].hi &= 0xfffff;
}

static bool bin_solve(const struct psi_solving *s)
{
    const psi_okvs *shape = s->solver->shape;
    const psi_place *item = s->solver->places + s->solver->from[s->bin];
    size_t count = bin_count(s->solver, s->bin), done;
    struct core core = { .columns = 0 };

    if (count > psi_okvs_bin_rows(shape))
        return false;
    bin_fill(s);
    done = bin_peel(s, item, count);
    if (count - done > CORE_MAX)
        return false;
    if (done < count) {
        bool *off = (bool *)s->queue; /* of no more use */

        memset(off, 0, count);
        for (size_t k = 0; k < done; k++)
            off[s->peeled[k]] = true;
        for (size_t k = 0; k < count; k++)
            if (!off[k])
                core_add(&core, &item[k]);
        if (!core_solve(&core, shape, s->rows))
            return false;
    }
    while (done-- > 0)
        s->rows[s->pivot[done]] = rest_of(shape, s->rows, &item[s->peeled[done]], s->pivot[done]);
    return true;
}

static void bin_part(void *ctx, size_t part)
{
    struct psi_solving *s = (struct psi_solving *)ctx + part;

    s->failed = !bin_solve(s);
}

ent_code psi_okvs_solver(ent_arena *arena, psi_solver *solver, ent_err *err)
{
    size_t rows = psi_okvs_bin_rows(solver->shape), most = 1;

    ENT_ASSERT(solver->together > 0 && solver->together <= PSI_PARTS);
    for (size_t bin = 0; bin < solver->shape->bins; bin++)
        if (bin_count(solver, bin) > most)
            most = bin_count(solver, bin);
    solver->at = ent_arena_array(arena, solver->together, sizeof *solver->at);
    if (solver->at == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < solver->together; i++) {
        struct psi_solving *s = &solver->at[i];

        *s = (struct psi_solving){ .degree = ent_arena_array(arena, rows, sizeof *s->degree),
                                   .tied = ent_arena_array(arena, rows, sizeof *s->tied),
                                   .queue = ent_arena_array(arena, rows, sizeof *s->queue),
                                   .peeled = ent_arena_array(arena, most, sizeof *s->peeled),
                                   .pivot = ent_arena_array(arena, most, sizeof *s->pivot) };
        if (s->degree == NULL || s->tied == NULL || s->queue == NULL || s->peeled == NULL ||
            s->pivot == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

ent_code psi_okvs_solve(const psi_solver *solver, size_t first, size_t bins, psi_payload *rows,
                        ent_err *err)
{
    ENT_ASSERT(bins <= solver->together && first + bins <= solver->shape->bins);
    for (size_t i = 0; i < bins; i++) {
        struct psi_solving *s = &solver->at[i];

        s->solver = solver;
        s->bin = first + i;
        s->rows = rows + i * psi_okvs_bin_rows(solver->shape);
    }
    if (solver->crew != NULL && bins > 1)
        solver->crew->run(solver->crew->arg, bins, bin_part, solver->at);
    else
        for (size_t i = 0; i < bins; i++)
            bin_part(solver->at, i);
    for (size_t i = 0; i < bins; i++)
        if (solver->at[i].failed)
            return ent_fail(err, ENT_LIMIT,
                            "the keys of this run hash so that no store holds them, which happens "
                            "once in 2^40 runs; start another");
    return ENT_OK;
}

/* ---- finding ---- */

#define AHEAD 8 /* places whose rows are fetched before they are needed */

static void dense_sums(const psi_okvs *shape, const psi_row *dense,
                       psi_row sums[PSI_OKVS_NIBBLES][16])
{
    memset(sums, 0, PSI_OKVS_NIBBLES * sizeof sums[0]);
    for (size_t i = 0; i < shape->dense; i++)
        for (size_t low = (size_t)1 << i % 4, n = 0; n < low; n++) {
            sums[i / 4][low + n] = sums[i / 4][n];
            psi_row_add(&sums[i / 4][low + n], &dense[i]);
        }
}

static const psi_row *bin_of(const psi_finder *f, const psi_place *place)
{
    return f->rows + (place->bin - f->first) * psi_okvs_bin_rows(f->shape);
}

void psi_okvs_sums(psi_finder *f, const psi_place *places, size_t count, psi_row *sums)
{
    const size_t nibbles = ((size_t)f->shape->dense + 3) / 4;

    for (size_t i = 0; i < count; i++) {
        const psi_place *place = &places[i], *ahead = &places[i + AHEAD < count ? i + AHEAD : i];
        const psi_row *own = bin_of(f, place), *later = bin_of(f, ahead);
        psi_row sum = own[place->at[0]];

        for (int k = 0; k < 3; k++)
            __builtin_prefetch(&later[ahead->at[k]]);
        if (own != f->bin)
            dense_sums(f->shape, own + f->shape->sparse, f->dense);
        f->bin = own;
        psi_row_add(&sum, &own[place->at[1]]);
        psi_row_add(&sum, &own[place->at[2]]);
        for (size_t n = 0; n < nibbles; n++)
            psi_row_add(&sum, &f->dense[n][place->dense >> 4 * n & 15]);
        sums[i] = sum;
    }
}
