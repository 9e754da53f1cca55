/* http/pin (private) -- the pin of a certificate that GnuTLS has parsed. */
#ifndef ENT_HTTP_PIN_INT_H
#define ENT_HTTP_PIN_INT_H

#include "http/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

bool http_pin_of(gnutls_x509_crt_t crt, uint8_t pin[HTTP_PIN_SIZE]);

#endif
