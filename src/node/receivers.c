#include "node/receivers.h"

#include "node/keys.h"

const desk_receiver node_receivers[LINK_KIND_COUNT] = {
    [LINK_RECEIPT] = NULL, /* the desk's own */
    [LINK_KEY] = node_key_receive,
    [LINK_HELLO] = node_hello_receive,
};
