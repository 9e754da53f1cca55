/* What a handler asks of its request, and what it says of its reply. */
#include "http/api_int.h"
#include "http/pin_int.h"

#include <strings.h>
#include <time.h>

struct field_search {
    const char *name, *value;
    unsigned count;
    ent_arena *arena;
    ent_str joined;
};

static enum MHD_Result field_find(void *arg, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct field_search *search = arg;

    (void)kind;
    if (strcasecmp(name, search->name) != 0)
        return MHD_YES;
    if (value == NULL)
        value = "";
    search->value = value;
    search->joined = search->count++ == 0 ? ent_str_of(value)
                                          : ent_arena_printf(search->arena, "%.*s, %s",
                                                             ENT_STR_ARG(search->joined), value);
    return search->joined.ptr == NULL ? MHD_NO : MHD_YES;
}

static struct field_search field_search(const http_request *request, const char *name)
{
    const struct api_exchange *e = (const struct api_exchange *)(const void *)request;
    struct field_search search = { .name = name, .arena = request->arena };

    (void)MHD_get_connection_values(e->mhd, MHD_HEADER_KIND, field_find, &search);
    return search;
}

const char *http_request_header(const http_request *request, const char *name)
{
    struct field_search search = field_search(request, name);

    return search.count > 1 ? "" : search.value;
}

ent_str http_request_list(const http_request *request, const char *name)
{
    return field_search(request, name).joined;
}

/* Nobody is asked who signed it: the pin is what is trusted, so only its dates count. */
static void pin_read(struct api_connection *c)
{
    const gnutls_datum_t *chain;
    gnutls_x509_crt_t crt;
    time_t now = time(NULL);
    unsigned count = 0;

    c->shown = API_PIN_NONE;
    chain = c->line.session == NULL ? NULL : gnutls_certificate_get_peers(c->line.session, &count);
    if (chain == NULL || count == 0 || gnutls_x509_crt_init(&crt) < 0)
        return;
    if (gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) >= 0 &&
        gnutls_x509_crt_get_activation_time(crt) <= now &&
        gnutls_x509_crt_get_expiration_time(crt) > now && http_pin_of(crt, c->pin))
        c->shown = API_PIN_SHOWN;
    gnutls_x509_crt_deinit(crt);
}

bool http_request_pin(const http_request *request, uint8_t pin[32])
{
    const struct api_exchange *e = (const struct api_exchange *)(const void *)request;
    struct api_connection *c = e->connection;

    if (c->shown == API_PIN_UNKNOWN)
        pin_read(c);
    if (c->shown == API_PIN_SHOWN)
        memcpy(pin, c->pin, sizeof c->pin);
    return c->shown == API_PIN_SHOWN;
}

void http_reply_header(http_reply *reply, const char *name, const char *value)
{
    ENT_ASSERT(reply->header_count < HTTP_REPLY_HEADERS);
    reply->headers[reply->header_count].name = name;
    reply->headers[reply->header_count++].value = value;
}
