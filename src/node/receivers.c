#include "node/receivers.h"

#include "casework/acknowledge.h"
#include "casework/answer.h"
#include "casework/redress.h"
#include "casework/say.h"
#include "joint/receive.h"
#include "match/receive.h"
#include "node/gossip.h"
#include "node/keys.h"
#include "persons/same.h"

const desk_receiver node_receivers[LINK_KIND_COUNT] = {
    [LINK_MATCH] = match_receive,
    [LINK_STANDING] = match_standing_receive,
    [LINK_TIP] = casework_tip_receive,
    [LINK_REQUEST] = casework_request_receive,
    [LINK_MESSAGE] = casework_message_receive,
    [LINK_FLASH] = casework_flash_receive,
    [LINK_ANSWER] = casework_answer_receive,
    [LINK_ACKNOWLEDGEMENT] = casework_acknowledgement_receive,
    [LINK_OUTCOME] = casework_outcome_receive,
    [LINK_SAME] = persons_same_receive,
    [LINK_OVERSIGHT] = casework_oversight_receive,
    [LINK_KEY] = node_key_receive,
    [LINK_HELLO] = node_hello_receive,
    [LINK_HEADS] = node_heads_receive,
    [LINK_HYPOTHESIS] = joint_hypothesis_receive,
    [LINK_PLAN] = joint_plan_receive,
    [LINK_ALERT] = joint_alert_receive,
    [LINK_OPINION] = joint_opinion_receive,
    [LINK_TASK] = joint_task_receive,
    [LINK_REPEAT] = joint_repeat_receive,
};
