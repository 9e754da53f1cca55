/* base/version -- which entente this is, for `status`, cards and bug reports. */
#ifndef ENT_BASE_VERSION_H
#define ENT_BASE_VERSION_H

#define ENT_VERSION "0.1.0"

#endif
