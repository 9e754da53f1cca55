#include "node/receivers.h"

#include "joint/receive.h"
#include "persons/same.h"

const desk_receiver node_receivers[LINK_KIND_COUNT] = {
    [LINK_SAME] = persons_same_receive,
    [LINK_HYPOTHESIS] = joint_hypothesis_receive,
    [LINK_PLAN] = joint_plan_receive,
};
