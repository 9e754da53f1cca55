/* TAXII 2.1, line by line (OASIS Standard of 10 June 2021), over TLS on the real program.
 * Each line of the output is one requirement, or one probe with the status wanted. */
#include "flow.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define C "/exchange/collections/" BOTH "/"

static void status_is(flow *f, const char *what, long wanted, answer r)
{
    bool typed = strcmp(r.type, MEDIA) == 0;

    check(f, r.status == wanted && typed, "%s: %ld%s", what, wanted,
          r.status != wanted ? ent_arena_printf(f->arena, " (got %ld)", r.status).ptr
          : typed            ? ""
                             : " (other content type)");
}

/* ---- transport and credentials (1.6.6, 1.6.9, 8.2.2) ---- */

static void credentials(flow *f)
{
    answer r = ask_it(f, (ask){ .path = "/taxii2/" });

    status_is(f, "no credentials", 401, r);
    check(f, strncmp(field_of(&r, "WWW-Authenticate").ptr, "Basic ", 6) == 0,
          "401 names the scheme in WWW-Authenticate");
    check(f,
          ent_str_is(ent_json_get_text(r.json, "http_status"), "401") &&
              ent_json_get_text(r.json, "title").size > 0,
          "an error has title and http_status as text");
    status_is(f, "a wrong passphrase", 401, ASK(f, .secret = "wrong", .path = "/taxii2/"));
    status_is(f, "an unknown user", 401, ask_it(f, (ask){ .user = "zoe", .path = "/taxii2/" }));
    {
        answer a = ASK(f, .secret = "wrong", .path = C "objects/");
        answer b = ask_it(f, (ask){ .user = "zoe", .path = C "objects/" });

        check(f, ent_str_equal(a.body, b.body) && a.status == b.status,
              "an unknown user and a wrong passphrase get the same bytes");
    }
    status_is(
        f, "scheme in lower case", 200,
        ask_it(f,
               (ask){ .path = "/taxii2/",
                      .more = { "Authorization: basic YW5hOmNvcnJlY3QgaG9yc2U6IGJhdHRlcnk=" } }));
    status_is(f, "bearer token that is none", 401,
              ask_it(f, (ask){ .path = "/taxii2/", .more = { "Authorization: Bearer abc" } }));
    status_is(f, "base64 that is none", 401,
              ask_it(f, (ask){ .path = "/taxii2/", .more = { "Authorization: Basic ###" } }));
    status_is(f, "no User-Agent", 200, ASK(f, .path = "/taxii2/"));
}

static CURLcode with_tls(flow *f, long version)
{
    CURL *curl = curl_easy_init();
    struct taking body = { 0 };
    char url[300];
    CURLcode rc;

    (void)snprintf(url, sizeof url, "%s/healthz", f->url);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_CAINFO, f->ca);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, version);
    rc = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    free(body.bytes);
    return rc;
}

/* A handshake with a priority string: -1 if there is none, 1 if a ticket comes, without which
 * there is no early data. */
static long handshake(const flow *f, const char *priorities)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0), rc;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    char byte;
    long early = -1;

    at.sin_port = htons((uint16_t)strtol(strrchr(f->url, ':') + 1, NULL, 10));
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        gnutls_certificate_allocate_credentials(&credentials) < 0 ||
        gnutls_init(&session, GNUTLS_CLIENT) < 0)
        abort();
    (void)gnutls_priority_set_direct(session, priorities, NULL);
    (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(session, fd);
    do
        rc = gnutls_handshake(session);
    while (rc == GNUTLS_E_INTERRUPTED || rc == GNUTLS_E_AGAIN);
    if (rc == 0) {
        static const char get[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

        /* A ticket, if there is one, comes before the answer. */
        (void)gnutls_record_send(session, get, sizeof get - 1);
        (void)gnutls_record_recv(session, &byte, 1);
        early = (gnutls_session_get_flags(session) & GNUTLS_SFLAGS_SESSION_TICKET) != 0;
    }
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    (void)close(fd);
    return early;
}

static void suites(flow *f)
{
    static const char base[] = "NONE:+VERS-TLS1.2:+GROUP-ALL:+SIGN-ALL:+COMP-NULL";

    check(f,
          handshake(
              f, ent_arena_printf(f->arena, "%s:+ECDHE-ECDSA:+AES-128-GCM:+AEAD", base).ptr) >= 0,
          "TLS 1.2 with ECDHE and AEAD");
    check(
        f,
        handshake(
            f, ent_arena_printf(f->arena, "%s:+ECDHE-ECDSA:+AES-128-CBC:+SHA1:+SHA256", base).ptr) <
            0,
        "no suite of the block list of HTTP/2: CBC");
    check(f,
          handshake(
              f, ent_arena_printf(f->arena, "%s:+RSA:+DHE-RSA:+AES-128-GCM:+AEAD", base).ptr) < 0,
          "nor one without an elliptic curve");
    check(f, handshake(f, "NORMAL:-VERS-ALL:+VERS-TLS1.3") == 0,
          "no ticket with TLS 1.3, so no early data");
}

static void transport(flow *f)
{
    char plain[300];
    CURL *curl = curl_easy_init();

    check(f, with_tls(f, CURL_SSLVERSION_TLSv1_3) == CURLE_OK, "TLS 1.3 is served");
    check(f, with_tls(f, CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2) == CURLE_OK,
          "TLS 1.2 is served");
    check(f, with_tls(f, CURL_SSLVERSION_TLSv1_1 | CURL_SSLVERSION_MAX_TLSv1_1) != CURLE_OK,
          "TLS 1.1 is not");
    (void)snprintf(plain, sizeof plain, "http%s/taxii2/", f->url + 5);
    (void)curl_easy_setopt(curl, CURLOPT_URL, plain);
    check(f, curl_easy_perform(curl) != CURLE_OK, "HTTP without TLS is not");
    curl_easy_cleanup(curl);
    suites(f);
}

/* ---- content negotiation (1.6.8, 3.1) ---- */

static void negotiation(flow *f)
{
    static const struct {
        const char *accept;
        long status;
    } accepts[] = {
        { MEDIA, 200 },
        { "application/taxii+json", 200 },
        { "application/taxii+json; version=2.1", 200 },
        { "APPLICATION/TAXII+JSON;VERSION=2.1", 200 },
        { "application/taxii+json;version=\"2.1\"", 200 },
        { "application/taxii+json;version=2.1;q=0.9", 200 },
        { "application/stix+json;version=2.1,application/taxii+json;version=2.1", 200 },
        { "application/taxii+json;version=2.1,application/stix+json;version=2.1", 200 },
        { "text/html, application/taxii+json ;version=2.1", 200 },
        { "application/json, text/plain, */*", 200 },
        { "*/*", 200 },
        { "application/*", 200 },
        { "", 406 },
        { "application/json", 406 },
        { "application/taxii+json;version=2.0", 406 },
        { "application/stix+json;version=2.1", 406 },
        { "application/taxii+json;version=2.1;q=0", 406 },
    };
    static const struct {
        const char *type;
        long status;
    } types[] = {
        { MEDIA, 202 },
        { "application/taxii+json", 202 },
        { "application/taxii+json; version=2.1", 202 },
        { "application/stix+json; version=2.1", 202 },
        { "Application/TAXII+json;version=\"2.1\"", 202 },
        { "application/json", 415 },
        { "application/taxii+json;version=2.0", 415 },
        { "text/plain", 415 },
        { "", 415 },
    };

    for (size_t i = 0; i < sizeof accepts / sizeof *accepts; i++)
        status_is(f, ent_arena_printf(f->arena, "Accept '%s'", accepts[i].accept).ptr,
                  accepts[i].status, ASK(f, .path = C "objects/", .accept = accepts[i].accept));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        status_is(f, ent_arena_printf(f->arena, "Content-Type '%s'", types[i].type).ptr,
                  types[i].status,
                  ASK(f, .path = C "objects/", .type = types[i].type, .body = "{\"objects\":[]}"));
    status_is(
        f, "Accept of the manifest's own list", 200,
        ASK(f, .path = C "manifest/",
            .accept = "application/taxii+json;version=2.1,application/stix+json;version=2.1"));
}

/* ---- paths and methods (3.1) ---- */

static void paths(flow *f)
{
    answer r;

    status_is(f, "no slash at the end, GET", 200, ASK(f, .path = "/exchange/collections"));
    r = ASK(f, .path = "/exchange/collections/" BOTH "/objects", .body = "{\"objects\":[]}");
    status_is(f, "no slash at the end, POST", 308, r);
    check(f, ent_str_is(field_of(&r, "Location"), C "objects/"), "308 says where to go");
    status_is(f, "two slashes", 200, ASK(f, .path = "//exchange//collections/"));
    status_is(f, "an unknown root", 404, ASK(f, .path = "/nowhere/"));
    status_is(f, "an unknown resource", 404, ASK(f, .path = "/exchange/things/"));
    status_is(f, "an escape that is none", 404, ASK(f, .path = "/exchange/%zz/"));
    status_is(f, "a path outside", 404, ASK(f, .path = "/../../etc/passwd"));
    r = ASK(f, .path = C "objects/", .method = "PUT");
    status_is(f, "PUT", 405, r);
    check(f, ent_str_is(field_of(&r, "Allow"), "GET, HEAD, POST"), "405 names what is allowed");
    status_is(f, "DELETE of a collection", 405, ASK(f, .path = C, .method = "DELETE"));
    status_is(f, "a method of nobody", 405, ASK(f, .path = C, .method = "BREW"));
    status_is(f, "PUT on an unknown root: method before existence", 405,
              ASK(f, .path = "/nowhere/", .method = "PUT"));
    r = ASK(f, .path = "/exchange/", .method = "HEAD");
    check(f, r.status == 200 && r.body.size == 0, "HEAD: 200 without a body");
    check(f,
          field_of(&r, "Content-Length").size > 1 &&
              ent_str_equal(field_of(&r, "Content-Type"), ent_str_of(MEDIA)),
          "HEAD has the fields of GET");
    check(f, ask_it(f, (ask){ .path = "/healthz" }).status == 200,
          "health needs no credentials: 200");
}

/* ---- resources (4, 5) ---- */

static bool has_id(ent_json list, const char *id)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_is(ent_json_get_text(v, "id"), id))
            return true;
    return false;
}

static void resources(flow *f)
{
    answer r = ASK(f, .path = "/taxii2/");
    ent_json list;

    check(f, ent_json_get_text(r.json, "title").size > 0, "discovery has a title");
    list = ent_json_get(r.json, "api_roots");
    check(f,
          ent_json_count(list) == 3 && ent_str_is(ent_json_str(ent_json_first(list)), "/exchange/"),
          "discovery lists every root as a relative URL");
    check(f,
          ent_str_equal(ent_json_get_text(r.json, "default"), ent_json_str(ent_json_first(list))),
          "default is one of them");
    r = ASK(f, .path = "/exchange/");
    check(f,
          ent_str_is(ent_json_get_text(r.json, "title"), "Exchange") &&
              ent_str_is(ent_json_str(ent_json_first(ent_json_get(r.json, "versions"))), MEDIA) &&
              number_of(r.json, "max_content_length") == 104857600,
          "an API root has title, versions and max_content_length");
    r = ASK(f, .path = "/small/");
    check(f, number_of(r.json, "max_content_length") == 2000, "max_content_length is the root's");
    r = ASK(f, .path = "/exchange/collections/");
    list = ent_json_get(r.json, "collections");
    check(f,
          ent_json_count(list) == 4 && has_id(list, BOTH) && has_id(list, READS) &&
              has_id(list, WRITES) && !has_id(list, NONE),
          "collections are those on which the user has a right");
    check(f,
          ent_str_is(ent_json_get_text(ent_json_at(list, 0), "id"), BOTH) &&
              ent_str_is(ent_json_get_text(ent_json_at(list, 1), "id"), READS),
          "in the order of their ids");
    check(f,
          ent_json_true(ent_json_get(ent_json_at(list, 0), "can_write")) &&
              ent_json_is(ent_json_get(ent_json_at(list, 1), "can_write"), ENT_JSON_FALSE) &&
              ent_json_is(ent_json_get(ent_json_at(list, 2), "can_read"), ENT_JSON_FALSE),
          "can_read and can_write are the user's");
    check(
        f,
        ent_str_is(ent_json_str(ent_json_first(ent_json_get(ent_json_at(list, 0), "media_types"))),
                   "application/stix+json;version=2.1"),
        "media_types are named");
    r = ASK(f, .path = "/exchange/collections/both/");
    check(f,
          ent_str_is(ent_json_get_text(r.json, "id"), BOTH) &&
              ent_str_is(ent_json_get_text(r.json, "alias"), "both"),
          "an alias finds its collection");
    r = ask_it(f, (ask){ .user = "eve", .path = "/small/collections/" });
    check(f, ent_str_is(r.body, "{}"), "no collections: {}");
    r = ASK(f, .path = "/exchange/collections/" READS "/objects/");
    check(f, ent_str_is(r.body, "{}"), "no objects: {}");
    r = ASK(f, .path = "/exchange/collections/" READS "/manifest/");
    check(f, ent_str_is(r.body, "{}"), "an empty manifest: {}");
    check(f, field_of(&r, "X-TAXII-Date-Added-First").size == 0, "and no dates");
}

/* ---- adding (5.5) ---- */

static void adding(flow *f)
{
    answer r, s;
    const char *path, *second;
    ent_json details;

    r = post(f, BOTH,
             ent_arena_printf(f->arena, "%s,%s,{\"type\":\"x\"},7",
                              object(f, 1, "2020-01-01T00:00:00.000Z", "one"),
                              object(f, 2, "2020-01-01T00:00:00Z", "two"))
                 .ptr);
    status_is(f, "POST of objects", 202, r);
    check(f,
          number_of(r.json, "total_count") == 4 && number_of(r.json, "success_count") == 2 &&
              number_of(r.json, "failure_count") == 2 && number_of(r.json, "pending_count") == 0,
          "the status counts what became of each");
    check(f,
          ent_json_count(ent_json_get(r.json, "successes")) == 2 &&
              ent_json_count(ent_json_get(r.json, "failures")) == 2,
          "and names them");
    details = ent_json_first(ent_json_get(r.json, "successes"));
    check(f,
          ent_str_is(ent_json_get_text(details, "id"), object_id(f, 1)) &&
              ent_str_is(ent_json_get_text(details, "version"), "2020-01-01T00:00:00.000Z"),
          "with id and version");
    check(f,
          ent_str_is(ent_json_get_text(r.json, "status"), "complete") &&
              ent_json_get_text(r.json, "request_timestamp").size == 27,
          "it is complete at once, with a time in microseconds");
    path = ent_arena_printf(f->arena, "/exchange/status/%.*s/",
                            ENT_STR_ARG(ent_json_get_text(r.json, "id")))
               .ptr;
    s = ASK(f, .path = path);
    check(f, s.status == 200 && ent_str_equal(s.body, r.body), "the status can be read later");
    status_is(f, "another user's status", 404, ask_it(f, (ask){ .user = "bob", .path = path }));
    status_is(f, "a status in another root", 404,
              ASK(f, .path = ent_arena_printf(f->arena, "/small/status/%.*s/",
                                              ENT_STR_ARG(ent_json_get_text(r.json, "id")))
                                 .ptr));
    status_is(f, "a status that is none", 404, ASK(f, .path = "/exchange/status/abc/"));
    r = post(f, BOTH, object(f, 1, "2020-01-01T00:00:00.000Z", "one"));
    check(f, number_of(r.json, "success_count") == 1, "the same object again is a success");
    second = "{ \"id\":\"indicator--00000001-0000-4000-8000-000000000000\", \"type\":\"indicator\","
             "\"spec_version\":\"2.1\",\"created\":\"2020-01-01T00:00:00.000Z\",\"name\":\"one\","
             "\"modified\":\"2020-01-01T00:00:00.000Z\"}";
    r = post(f, BOTH, second);
    check(f, number_of(r.json, "success_count") == 1, "also written in another order");
    r = post(f, BOTH,
             "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--00000001-0000-"
             "4000-8000-000000000000\",\"created\":\"2020-01-01T00:00:00.000Z\",\"name\":\"one\"}");
    check(f, number_of(r.json, "success_count") == 1, "and with modified left to created");
    r = post(f, BOTH, object(f, 1, "2020-01-01T00:00:00Z", "other"));
    check(f, number_of(r.json, "failure_count") == 1, "the same version with other content fails");
    r = ASK(f, .path = C "objects/indicator--00000001-0000-4000-8000-000000000000/");
    check(f,
          objects_in(&r) == 1 &&
              ent_str_is(ent_json_raw(ent_json_first(ent_json_get(r.json, "objects"))),
                         object(f, 1, "2020-01-01T00:00:00.000Z", "one")),
          "and the first stays, byte for byte");
}

static void bodies(flow *f)
{
    static const struct {
        const char *what, *body;
        long status;
    } probes[] = {
        { "POST {}", "{}", 422 },
        { "POST a list", "[]", 422 },
        { "POST objects that is no list", "{\"objects\":{}}", 422 },
        { "POST no JSON", "nonsense", 400 },
        { "POST JSON that breaks off", "{\"objects\":[", 400 },
        { "POST nothing", "", 400 },
        { "POST no UTF-8", "{\"objects\":[],\"x\":\"\xff\"}", 400 },
        { "POST objects:[]", "{\"objects\":[]}", 202 },
        { "POST a bundle",
          "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-000000000000\","
          "\"objects\":[]}",
          202 },
    };
    static const unsigned char packed[] = { /* {"objects":[]} */
                                            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
                                            0x03, 0xab, 0x56, 0xca, 0x4f, 0xca, 0x4a, 0x4d, 0x2e,
                                            0x29, 0x56, 0xb2, 0x8a, 0x8e, 0xad, 0x05, 0x00, 0x64,
                                            0x24, 0xab, 0x8b, 0x0e, 0x00, 0x00, 0x00
    };

    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        status_is(f, probes[i].what, probes[i].status,
                  ASK(f, .path = C "objects/", .body = probes[i].body, .method = "POST"));
    status_is(f, "POST chunked", 202,
              ASK(f, .path = C "objects/", .body = "{\"objects\":[]}", .chunked = true));
    status_is(f, "POST of gzip that is none", 400,
              ASK(f, .path = C "objects/", .body = "{\"objects\":[]}",
                  .more = { "Content-Encoding: gzip" }));
    status_is(f, "POST of gzip", 202,
              ASK(f, .path = C "objects/", .body = (const char *)packed, .size = sizeof packed,
                  .more = { "Content-Encoding: gzip" }));
    status_is(f, "POST of another coding", 415,
              ASK(f, .path = C "objects/", .body = "{\"objects\":[]}",
                  .more = { "Content-Encoding: br" }));
}

static void sizes(flow *f)
{
    const char *path = "/small/collections/" SMALL "/objects/";
    char *body = malloc(4001);

    memset(body, ' ', 4000);
    body[4000] = '\0';
    memcpy(body, "{\"objects\":[]}", 14);
    status_is(f, "a body of exactly max_content_length", 202,
              ASK(f, .path = path, .body = body, .size = 2000));
    status_is(f, "one byte more", 413, ASK(f, .path = path, .body = body, .size = 2001));
    status_is(f, "chunked, exactly", 202,
              ASK(f, .path = path, .body = body, .size = 2000, .chunked = true));
    status_is(f, "chunked, one byte more", 413,
              ASK(f, .path = path, .body = body, .size = 2001, .chunked = true));
    status_is(f, "chunked, twice as much", 413,
              ASK(f, .path = path, .body = body, .size = 4000, .chunked = true));
    status_is(f, "the media type is judged before the size", 415,
              ASK(f, .path = path, .body = body, .size = 4000, .type = "text/plain"));
    status_is(f, "rights are judged before the media type", 404,
              ask_it(f, (ask){ .user = "bob",
                               .path = path,
                               .body = body,
                               .size = 4000,
                               .type = "text/plain" }));
    status_is(f, "credentials are judged before all", 401,
              ask_it(f, (ask){ .path = path, .body = body, .size = 4000, .method = "PUT" }));
    memset(body, 'a', 4000);
    status_is(f, "a target that is too long", 414,
              ASK(f, .path = ent_arena_printf(f->arena, "/exchange/?%s%s%s%s%s", body, body, body,
                                              body, body)
                                 .ptr));
    free(body);
}

/* ---- rights (3.8 of the checklist) ---- */

static void rights(flow *f)
{
    static const struct {
        const char *what, *collection;
        long get, posted, removed;
    } rows[] = {
        { "neither right", NONE, 404, 404, 404 },
        { "no such collection", "99999999-0000-4000-8000-000000000000", 404, 404, 404 },
        { "only read", READS, 200, 403, 403 },
        { "only write", WRITES, 403, 202, 403 },
        { "both", BOTH, 200, 202, 404 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *base =
            ent_arena_printf(f->arena, "/exchange/collections/%s/", rows[i].collection).ptr;
        const char *objects = ent_arena_printf(f->arena, "%sobjects/", base).ptr;

        status_is(f, ent_arena_printf(f->arena, "%s: GET objects", rows[i].what).ptr, rows[i].get,
                  ASK(f, .path = objects));
        status_is(f, ent_arena_printf(f->arena, "%s: GET manifest", rows[i].what).ptr, rows[i].get,
                  ASK(f, .path = ent_arena_printf(f->arena, "%smanifest/", base).ptr));
        status_is(f, ent_arena_printf(f->arena, "%s: POST", rows[i].what).ptr, rows[i].posted,
                  ASK(f, .path = objects, .body = "{\"objects\":[]}"));
        status_is(
            f, ent_arena_printf(f->arena, "%s: DELETE", rows[i].what).ptr, rows[i].removed,
            ASK(f, .method = "DELETE",
                .path = ent_arena_printf(f->arena, "%sobjects/%s/", base, object_id(f, 999)).ptr));
    }
    {
        answer hidden = ASK(f, .path = "/exchange/collections/" NONE "/");
        answer absent =
            ASK(f, .path = "/exchange/collections/99999999-0000-4000-8000-000000000000/");

        check(f, ent_str_equal(hidden.body, absent.body) && hidden.status == absent.status,
              "hidden and absent are the same bytes");
    }
}

static void public_root(flow *f)
{
    const char *objects = "/open/collections/" OPEN "/objects/";

    status_is(f, "public: the root without credentials", 200, ask_it(f, (ask){ .path = "/open/" }));
    status_is(f, "public: its collections", 200, ask_it(f, (ask){ .path = "/open/collections/" }));
    status_is(f, "public: its objects", 200, ask_it(f, (ask){ .path = objects }));
    status_is(f, "public: writing needs credentials", 401,
              ask_it(f, (ask){ .path = objects, .body = "{\"objects\":[]}" }));
    status_is(f, "public: writing needs the right", 403,
              ask_it(f, (ask){ .user = "bob", .path = objects, .body = "{\"objects\":[]}" }));
    status_is(f, "public: writing with it", 202,
              ASK(f, .path = objects, .body = "{\"objects\":[]}"));
    status_is(f, "public: wrong credentials are wrong", 401,
              ASK(f, .secret = "wrong", .path = objects));
    status_is(f, "discovery is not public", 401, ask_it(f, (ask){ .path = "/taxii2/" }));
    status_is(f, "a root that is not there asks for credentials too", 401,
              ask_it(f, (ask){ .path = "/nowhere/" }));
}

/* ---- commands while it runs ---- */

static void commands(flow *f)
{
    char text[4096];

    check(f, RUN(f, "taxii", "collection", "add", "exchange", "no-uuid", "--title", "T") == 2,
          "an id that is no UUIDv4: exit 2");
    check(f, RUN(f, "taxii", "collection", "add", "nowhere", "new", "--title", "T") == 66,
          "an unknown root: exit 66");
    check(f, RUN(f, "taxii", "root", "add", "tiny", "--max-content-length", "1023") == 2,
          "a maximum below 1,024: exit 2");
    check(f, RUN(f, "taxii", "root", "add", "exchange") == 65, "a root's name twice: exit 65");
    check(f,
          RUN_TEXT(f, text, "--json", "taxii", "collection", "add", "exchange", "new", "--title",
                   "New", "--read", "*") == 0 &&
              strstr(text, "\"id\":\"") != NULL,
          "`new` makes an id and prints it");
    status_is(f, "it is there at once", 200,
              ASK(f, .path = ent_arena_printf(f->arena, "/exchange/collections/%.36s/",
                                              strstr(text, "\"id\":\"") + 6)
                                 .ptr));
    check(f, RUN(f, "taxii", "root", "add", "late") == 0, "a root is added");
    status_is(f, "it is served at once", 200, ASK(f, .path = "/late/"));
    check(f, RUN(f, "taxii", "root", "remove", "late") == 0, "a root is removed");
    status_is(f, "it is gone at once", 404, ASK(f, .path = "/late/"));
    check(f,
          RUN(f, "user", "add", "new", "--role", "analyst", "--passphrase-file", secret_file(f)) ==
              0,
          "a user is added");
    status_is(f, "who is let in at once", 200,
              ask_it(f, (ask){ .user = "new", .path = "/taxii2/" }));
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    credentials(&f);
    transport(&f);
    negotiation(&f);
    paths(&f);
    resources(&f);
    adding(&f);
    bodies(&f);
    sizes(&f);
    rights(&f);
    public_root(&f);
    commands(&f);
    return flow_end(&f);
}
