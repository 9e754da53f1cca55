#include "psi/boxes.h"

#include <stdio.h>

static const struct {
    const char *name, *unit;
    int64_t least, greatest;
    unsigned bits;
    char letter;
} dimensions[PSI_DIMENSIONS] = {
#define X(letter, name, unit, least, greatest, bits) \
    { (name), (unit), (least), (greatest), (bits), (letter) },
#include "psi/boxes.def"
#undef X
};

const char *psi_dimension_name(psi_dimension dimension)
{
    return dimensions[dimension].name;
}

const char *psi_dimension_unit(psi_dimension dimension)
{
    return dimensions[dimension].unit;
}

unsigned psi_dimension_bits(psi_dimension dimension)
{
    return dimensions[dimension].bits;
}

int64_t psi_dimension_least(psi_dimension dimension)
{
    return dimensions[dimension].least;
}

static int64_t within(int64_t value, int64_t least, int64_t greatest)
{
    return value < least ? least : value > greatest ? greatest : value;
}

psi_box psi_box_clamp(const psi_box *box)
{
    psi_box clamped;

    for (size_t i = 0; i < PSI_DIMENSIONS; i++) {
        int64_t least = dimensions[i].least, end = dimensions[i].greatest + 1;

        clamped.from[i] = within(box->from[i], least, end);
        clamped.to[i] = within(box->to[i], least, end);
        /* What was wholly outside lies on the edge, so that it is not lost. */
        if (box->from[i] < box->to[i] && clamped.from[i] == clamped.to[i]) {
            clamped.from[i] -= clamped.from[i] == end ? 1 : 0;
            clamped.to[i] = clamped.from[i] + 1;
        }
    }
    return clamped;
}

bool psi_box_overlap(const psi_box *a, const psi_box *b, psi_dimension dimension)
{
    return a->from[dimension] < a->to[dimension] && b->from[dimension] < b->to[dimension] &&
           a->from[dimension] < b->to[dimension] && b->from[dimension] < a->to[dimension];
}

bool psi_box_clash(const psi_box *a, const psi_box *b)
{
    for (psi_dimension i = PSI_TIME; i < PSI_DIMENSIONS; i = (psi_dimension)(i + 1))
        if (!psi_box_overlap(a, b, i))
            return false;
    return true;
}

/* ---- tokens ---- */

struct tokens {
    char (*out)[PSI_BOX_TOKEN];
    size_t count;
    char letter;
};

/* A node of the tree: its height above the leaves and its place there. */
static void token_put(struct tokens *t, char kind, unsigned height, uint32_t node)
{
    (void)snprintf(t->out[t->count++], PSI_BOX_TOKEN, "%c%c%02u:%06x", t->letter, kind, height,
                   (unsigned)node & 0xffffff);
}

static void ancestors_put(struct tokens *t, char kind, unsigned bits, uint32_t point)
{
    for (unsigned height = 0; height <= bits; height++)
        token_put(t, kind, height, point >> height);
}

/* The fewest nodes that cover from .. to-1: at most two of each height. */
static void cover_put(struct tokens *t, char kind, uint32_t from, uint32_t to)
{
    for (unsigned height = 0; from < to; height++, from >>= 1, to >>= 1) {
        if ((from & 1) != 0)
            token_put(t, kind, height, from++);
        if ((to & 1) != 0)
            token_put(t, kind, height, --to);
    }
}

size_t psi_span_tokens(unsigned bits, char letter, uint32_t from, uint32_t to, bool first,
                       char out[PSI_BOX_TOKENS][PSI_BOX_TOKEN])
{
    struct tokens t = { out, 0, letter };

    ENT_ASSERT(bits <= 23 && to <= UINT32_C(1) << bits);
    if (from >= to)
        return 0;
    if (first) {
        ancestors_put(&t, 's', bits, from);
        cover_put(&t, 'e', from + 1, to);
    } else {
        cover_put(&t, 's', from, to);
        ancestors_put(&t, 'e', bits, from);
    }
    return t.count;
}

size_t psi_box_tokens(const psi_box *box, psi_dimension dimension, bool first,
                      char out[PSI_BOX_TOKENS][PSI_BOX_TOKEN])
{
    const int64_t least = dimensions[dimension].least;
    psi_box clamped = psi_box_clamp(box);

    return psi_span_tokens(dimensions[dimension].bits, dimensions[dimension].letter,
                           (uint32_t)(clamped.from[dimension] - least),
                           (uint32_t)(clamped.to[dimension] - least), first, out);
}
