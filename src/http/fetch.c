#include "http/fetch.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- addresses ---- */

static bool v4_public(uint32_t address)
{
    /* IANA IPv4 Special-Purpose Address Registry, multicast and reserved. */
    static const struct {
        uint32_t net;
        int bits;
    } special[] = {
        { 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 }, { 0x7f000000, 8 },
        { 0xa9fe0000, 16 }, { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 },
        { 0xc0586300, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 },
        { 0xcb007100, 24 }, { 0xe0000000, 4 },  { 0xf0000000, 4 },
    };

    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if ((address ^ special[i].net) >> (32 - special[i].bits) == 0)
            return false;
    return true;
}

static uint32_t v4_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool v6_public(const uint8_t a[16])
{
    if (a[0] >> 5 != 1) /* 2000::/3 is all that is global; mapped and translated are not */
        return false;
    if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 carries an IPv4 address */
        return v4_public(v4_at(a + 2));
    if (a[0] == 0x20 && a[1] == 0x01)
        return a[2] >= 0x02 && !(a[2] == 0x0d && a[3] == 0xb8); /* 2001::/23, documentation */
    return !(a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10);      /* 3fff::/20, documentation */
}

bool http_address_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return v4_public(
            ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return v6_public(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return false;
}

/* ---- one request ---- */

struct fetch {
    const http_fetch_request *request;
    http_fetch_reply *reply;
    ent_arena *arena;
    ent_buf body;
    size_t given; /* of the request's body */
    bool too_large, refused;
    char error[CURL_ERROR_SIZE];
};

/* Called with the very address that would be connected to. */
static curl_socket_t socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *f = arg;

    (void)purpose;
    if (!f->request->allow_private && !http_address_public(&address->addr)) {
        f->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t body_take(char *bytes, size_t one, size_t count, void *arg)
{
    struct fetch *f = arg;
    size_t size = one * count;

    f->too_large = size > f->request->limit - f->body.size;
    if (f->too_large)
        return 0;
    ent_buf_str(&f->body, (ent_str){ bytes, size });
    return f->body.failed ? 0 : size;
}

static size_t head_take(char *bytes, size_t one, size_t count, void *arg)
{
    static const char dates[] = "x-taxii-date-added-last:", retry[] = "retry-after:";
    struct fetch *f = arg;
    ent_str line = { bytes, one * count };

    while (line.size > 0 && (line.ptr[line.size - 1] == '\n' || line.ptr[line.size - 1] == '\r' ||
                             line.ptr[line.size - 1] == ' '))
        line.size--;
    if (line.size > sizeof dates && strncasecmp(line.ptr, dates, sizeof dates - 1) == 0) {
        ent_str value = { line.ptr + sizeof dates - 1, line.size - (sizeof dates - 1) };

        while (value.size > 0 && value.ptr[0] == ' ') {
            value.ptr++;
            value.size--;
        }
        f->reply->date_added_last = ent_arena_str(f->arena, value);
    }
    if (line.size >= sizeof retry && strncasecmp(line.ptr, retry, sizeof retry - 1) == 0) {
        unsigned seconds = 0;

        for (size_t i = sizeof retry - 1; i < line.size && seconds < 1000000; i++)
            if (line.ptr[i] >= '0' && line.ptr[i] <= '9')
                seconds = seconds * 10 + (unsigned)(line.ptr[i] - '0');
            else if (line.ptr[i] != ' ')
                seconds = 0, i = line.size; /* a date: the usual wait will do */
        f->reply->retry_after = seconds;
    }
    return one * count;
}

static size_t body_give(char *bytes, size_t one, size_t count, void *arg)
{
    struct fetch *f = arg;
    size_t size = one * count, left = f->request->body.size - f->given;

    if (size > left)
        size = left;
    if (size > 0)
        memcpy(bytes, (const char *)f->request->body.ptr + f->given, size);
    f->given += size;
    return size;
}

/* The fields of the request; NULL when out of memory. */
static struct curl_slist *fields_make(const http_fetch_request *r)
{
    const char *const fields[][2] = { { "Accept", r->accept },
                                      { "Content-Type", r->type },
                                      { "Content-Encoding", r->gzip ? "gzip" : NULL },
                                      { "Transfer-Encoding", r->chunked ? "chunked" : NULL } };
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *longer;
    char line[1024];

    for (size_t i = 0; i < sizeof fields / sizeof *fields && list != NULL; i++) {
        if (fields[i][1] == NULL && i > 0)
            continue;
        /* A field without a value is how libcurl is told to send none. */
        (void)snprintf(line, sizeof line, "%s:%s%s", fields[i][0], fields[i][1] == NULL ? "" : " ",
                       fields[i][1] == NULL ? "" : fields[i][1]);
        longer = curl_slist_append(list, line);
        if (longer == NULL)
            curl_slist_free_all(list);
        list = longer;
    }
    if (r->field != NULL && list != NULL) {
        longer = curl_slist_append(list, r->field);
        if (longer == NULL)
            curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

static bool options_set(CURL *c, struct fetch *f, struct curl_slist *fields)
{
    const http_fetch_request *r = f->request;
    CURLcode rc = CURLE_OK;

    rc |= curl_easy_setopt(c, CURLOPT_URL, r->url);
    rc |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    rc |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    rc |= curl_easy_setopt(c, CURLOPT_PROXY, "");
    rc |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    rc |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    rc |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    rc |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    rc |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    rc |= curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "gzip");
    rc |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 20L);
    rc |= curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)r->seconds);
    rc |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L);
    rc |= curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 30L);
    rc |= curl_easy_setopt(c, CURLOPT_USERAGENT, "entente");
    if (r->type != NULL) {
        rc |= curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body.ptr);
        rc |= curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
                               r->chunked ? (curl_off_t)-1 : (curl_off_t)r->body.size);
    }
    if (r->chunked) { /* bytes of a callback have no length that is known */
        rc |= curl_easy_setopt(c, CURLOPT_POSTFIELDS, NULL);
        rc |= curl_easy_setopt(c, CURLOPT_POST, 1L);
        rc |= curl_easy_setopt(c, CURLOPT_READFUNCTION, body_give);
        rc |= curl_easy_setopt(c, CURLOPT_READDATA, f);
    }
    if (r->method != NULL && strcmp(r->method, "HEAD") == 0)
        rc |= curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    else if (r->method != NULL)
        rc |= curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
    rc |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, fields);
    rc |= curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, socket_open);
    rc |= curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, f);
    rc |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, body_take);
    rc |= curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
    rc |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, head_take);
    rc |= curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
    rc |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, f->error);
    if (r->ca != NULL) {
        rc |= curl_easy_setopt(c, CURLOPT_CAINFO, r->ca);
        rc |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    }
    if (r->secret != NULL && r->user != NULL) {
        rc |= curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        rc |= curl_easy_setopt(c, CURLOPT_USERNAME, r->user);
        rc |= curl_easy_setopt(c, CURLOPT_PASSWORD, r->secret);
    } else if (r->secret != NULL) {
        rc |= curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        rc |= curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, r->secret);
    }
    return rc == CURLE_OK;
}

static ent_code outcome(struct fetch *f, CURL *curl, CURLcode rc, ent_err *err)
{
    const char *url = f->request->url;
    int shown = (int)strcspn(url, "?"); /* what is asked for, without how */
    char *type = NULL;

    if (f->refused)
        return ent_fail(err, ENT_DENIED,
                        "%.*s is at an address that is not of the public Internet; --allow-private "
                        "allows that",
                        shown, url);
    if (f->too_large)
        return ent_fail(err, ENT_LIMIT, "%.*s is larger than %zu bytes", shown, url,
                        f->request->limit);
    if (rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE)
        return ent_fail(err, ENT_UNTRUSTED, "the certificate of %.*s does not hold: %s", shown, url,
                        f->error);
    if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT)
        return ent_fail(err, ENT_USAGE, "'%.*s' is no https address", shown, url);
    if (f->body.failed)
        return ent_fail(err, ENT_MEMORY, "no memory for what %.*s sends", shown, url);
    if (rc != CURLE_OK)
        return ent_fail(err, ENT_UNAVAILABLE, "%.*s: %s", shown, url,
                        f->error[0] != '\0' ? f->error : curl_easy_strerror(rc));
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &f->reply->status);
    (void)curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    f->reply->type = ent_arena_str(f->arena, ent_str_of(type == NULL ? "" : type));
    if (f->reply->type.ptr == NULL || f->reply->date_added_last.ptr == NULL)
        return ent_fail_arena(err);
    return ent_buf_done(&f->body, &f->reply->body, err);
}

ent_code http_fetch(ent_arena *arena, const http_fetch_request *request, http_fetch_reply *reply,
                    ent_err *err)
{
    struct fetch f = { .request = request, .reply = reply, .arena = arena };
    struct curl_slist *fields;
    CURL *curl;
    ent_code rc;

    *reply = (http_fetch_reply){ .date_added_last = { "", 0 } };
    ent_buf_init(&f.body, arena);
    curl = curl_easy_init();
    fields = fields_make(request);
    if (curl == NULL || fields == NULL || !options_set(curl, &f, fields))
        rc = ent_fail(err, ENT_BUG, "this libcurl lacks an option that entente needs");
    else
        rc = outcome(&f, curl, curl_easy_perform(curl), err);
    curl_slist_free_all(fields);
    if (curl != NULL)
        curl_easy_cleanup(curl);
    return rc;
}
