#include "node/receivers.h"

const desk_receiver node_receivers[LINK_KIND_COUNT] = {
    [LINK_RECEIPT] = NULL, /* the desk's own */
};
