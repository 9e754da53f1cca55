#include "names/model_int.h"

/* A tree stands in preorder: TREE with its number of nodes, then a node, what follows when
 * its feature is at most `limit`, and `skip` nodes on what follows when it is more. */
struct node {
    uint8_t feature; /* FEATURE_COUNT: a leaf, its points in `limit`; one more: a tree's head */
    int16_t limit;
    uint16_t skip;
};

#define TREE(size)                 { FEATURE_COUNT + 1, 0, (size) },
#define LEAF(points)               { FEATURE_COUNT, (points), 0 },
#define NODE(feature, limit, skip) { FEATURE_##feature, (limit), (skip) },

static const struct node person_nodes[] = {
#include "names/model_person.def"
};

static const struct node org_nodes[] = {
#include "names/model_org.def"
};

static int points_of(const struct node *nodes, size_t count, const int16_t *feature)
{
    int points = 0;

    for (size_t head = 0; head < count; head += nodes[head].skip + 1U) {
        const struct node *node = &nodes[head + 1];

        while (node->feature != FEATURE_COUNT)
            node += feature[node->feature] <= node->limit ? 1 : node->skip;
        points += node->limit;
    }
    return points;
}

int names_model_points(const int16_t feature[FEATURE_COUNT], names_thing thing)
{
    return thing == THING_PERSON
               ? points_of(person_nodes, sizeof person_nodes / sizeof *person_nodes, feature)
               : points_of(org_nodes, sizeof org_nodes / sizeof *org_nodes, feature);
}
