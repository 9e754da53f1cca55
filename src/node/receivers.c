#include "node/receivers.h"

#include "joint/receive.h"
#include "persons/same.h"

const desk_receiver node_receivers[LINK_KIND_COUNT] = {
    [LINK_SAME] = persons_same_receive,
    [LINK_HYPOTHESIS] = joint_hypothesis_receive,
    [LINK_PLAN] = joint_plan_receive,
    [LINK_ALERT] = joint_alert_receive,
    [LINK_OPINION] = joint_opinion_receive,
    [LINK_TASK] = joint_task_receive,
    [LINK_REPEAT] = joint_repeat_receive,
};
