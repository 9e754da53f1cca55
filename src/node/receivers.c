#include "node/receivers.h"

#include "joint/receive.h"

const desk_receiver node_receivers[LINK_KIND_COUNT] = {
    [LINK_RECEIPT] = NULL, /* the desk's own */
    [LINK_HYPOTHESIS] = joint_hypothesis_receive,
    [LINK_PLAN] = joint_plan_receive,
};
