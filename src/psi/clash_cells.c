/* Coarse cells of a claim (psi/clash.h, step 1).
 *
 * A grid for each level, every level twice as coarse in each dimension.  A claim's own level
 * is the finest on which it touches at most MOST cells.  Two claims that overlap share a cell
 * on the coarser of their two levels; so each side says the cells of its own level and those
 * of all coarser ones, and the letters see to it that only that level can match: the first
 * side's own cells are 'x', which the second says from its own level on; the second's are
 * 'y', which the first says above its own. */
#include "psi/clash.h"

#define MOST   24
#define LEVELS 15 /* on the last, time is two cells and the rest one */

/* Bits of a dimension's value that the finest grid drops: 4 hours, a fifth of a degree, 1 km. */
static const unsigned finest[PSI_DIMENSIONS] = { 8, 11, 11, 10 };

struct range {
    uint32_t first[PSI_DIMENSIONS], last[PSI_DIMENSIONS];
};

/* The cells that a claim touches on a level; how many. */
static uint64_t range_on(const psi_box *box, unsigned level, struct range *range)
{
    uint64_t count = 1;

    for (psi_dimension i = PSI_TIME; i < PSI_DIMENSIONS; i = (psi_dimension)(i + 1)) {
        unsigned bits = psi_dimension_bits(i), shift = finest[i] + level;
        int64_t least = psi_dimension_least(i);

        shift = shift > bits ? bits : shift;
        range->first[i] = (uint32_t)(box->from[i] - least) >> shift;
        range->last[i] = (uint32_t)(box->to[i] - 1 - least) >> shift;
        count *= range->last[i] - range->first[i] + 1;
    }
    return count;
}

static void cell_write(psi_cell *cell, char letter, uint8_t domain, unsigned level,
                       const uint32_t at[PSI_DIMENSIONS])
{
    memset(cell, 0, sizeof *cell);
    cell->bytes[0] = (uint8_t)letter;
    cell->bytes[1] = domain;
    cell->bytes[2] = (uint8_t)level;
    for (size_t i = 0; i < PSI_DIMENSIONS; i++)
        for (size_t b = 0; b < 4; b++)
            cell->bytes[4 + 4 * i + b] = (uint8_t)(at[i] >> (24 - 8 * b));
}

/* The next place of a range, like an odometer; false after the last. */
static bool next(const struct range *range, uint32_t at[PSI_DIMENSIONS])
{
    for (size_t i = 0; i < PSI_DIMENSIONS; i++) {
        if (at[i] < range->last[i]) {
            at[i]++;
            return true;
        }
        at[i] = range->first[i];
    }
    return false;
}

static size_t level_put(const struct range *range, char letter, uint8_t domain, unsigned level,
                        psi_cell *cells, size_t count)
{
    uint32_t at[PSI_DIMENSIONS];

    memcpy(at, range->first, sizeof at);
    do {
        ENT_ASSERT(count < PSI_CLASH_CELLS);
        cell_write(&cells[count++], letter, domain, level, at);
    } while (next(range, at));
    return count;
}

size_t psi_clash_cells(const psi_claim *claim, bool first, psi_cell cells[PSI_CLASH_CELLS])
{
    psi_box box = psi_box_clamp(&claim->box);
    struct range range;
    size_t count = 0;
    unsigned own = 0;

    for (size_t i = 0; i < PSI_DIMENSIONS; i++)
        if (box.from[i] >= box.to[i])
            return 0;
    while (range_on(&box, own, &range) > MOST)
        own++;
    ENT_ASSERT(own < LEVELS);
    for (unsigned level = own; level < LEVELS; level++) {
        (void)range_on(&box, level, &range);
        if (first) {
            count = level_put(&range, level == own ? 'x' : 'y', claim->domain, level, cells, count);
            continue;
        }
        count = level_put(&range, 'x', claim->domain, level, cells, count);
        if (level == own)
            count = level_put(&range, 'y', claim->domain, level, cells, count);
    }
    return count;
}
