#include "node/receivers.h"

#include "persons/same.h"

const desk_receiver node_receivers[LINK_KIND_COUNT] = {
    [LINK_SAME] = persons_same_receive,
};
