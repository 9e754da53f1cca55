/* Who is let in besides by passphrase, and what is noted of what they read, over TLS on the
 * real program. */
#include "flow.h"

#include "http/tls.h"

#define C "/exchange/collections/" BOTH "/"

static long with_scheme(flow *f, const char *scheme, const char *token, const char *path)
{
    const char *field = ent_arena_printf(f->arena, "Authorization: %s %s", scheme, token).ptr;

    return ask_it(f, (ask){ .path = path, .more = { field } }).status;
}

static long with_token(flow *f, const char *token, const char *path)
{
    return with_scheme(f, "Bearer", token, path);
}

/* ---- bearer tokens (RFC 6750) ---- */

static void tokens(flow *f)
{
    char text[1024];
    ent_json json;
    ent_err err = { 0 };
    const char *token, *id;
    answer r = ask_it(f, (ask){ .path = "/taxii2/" });

    check(f,
          r.body.size > 0 && strstr(r.head.ptr, "Bearer realm=") != NULL &&
              strstr(r.head.ptr, "Basic realm=") != NULL,
          "401 has a challenge for each scheme");
    check(f, RUN(f, "user", "token", "add", "zoe") == 66, "no token for a user who is none");
    check(f, RUN(f, "user", "token", "add", "ana", "--days", "0") == 2, "no token for no days");
    check(f, RUN_TEXT(f, text, "user", "token", "add", "ana", "--title", "a tool", "--json") == 0,
          "a token is made");
    if (ent_json_read(f->arena, ent_str_of(text), &json, &err) != ENT_OK)
        return;
    token = ent_arena_str(f->arena, ent_json_get_text(json, "token")).ptr;
    id = ent_arena_str(f->arena, ent_json_get_text(json, "id")).ptr;
    check(f, strlen(token) == 47, "of 256 bits");
    check(f, with_token(f, token, C "objects/") == 200, "it is its user");
    check(f,
          with_scheme(f, "bearer", token, C "objects/") == 200 &&
              with_scheme(f, "BEARER", token, C "objects/") == 200,
          "with the scheme in any case");
    check(f,
          with_scheme(f, "Token", token, C "objects/") == 200 &&
              with_scheme(f, "token", token, C "objects/") == 200,
          "and with the scheme Token, which taxii2client sends");
    check(f, with_scheme(f, "Tokens", token, C "objects/") == 401, "no other scheme has it");
    check(f, with_token(f, token, "/exchange/collections/" NONE "/objects/") == 404,
          "with that user's rights and no others");
    check(f, with_token(f, "ent_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", C "objects/") == 401,
          "another is nobody");
    check(f, with_token(f, "", C "objects/") == 401, "none is nobody");
    check(f, with_token(f, "../users/ana", C "objects/") == 401, "a path is nobody");
    check(f,
          RUN_TEXT(f, text, "user", "token", "list", "--json") == 0 && strstr(text, id) != NULL &&
              strstr(text, token) == NULL,
          "the list has its id and not the token");
    check(f, RUN(f, "user", "token", "remove", "bob", id) == 66, "it is not another user's");
    check(f, RUN(f, "user", "token", "remove", "ana", "zz") == 2, "two digits are no id");
    check(f, RUN(f, "user", "token", "remove", "ana", id) == 0, "it is removed");
    check(f,
          with_token(f, token, C "objects/") == 401 &&
              with_scheme(f, "Token", token, C "objects/") == 401,
          "and ends at once");
}

/* ---- client certificates ---- */

static void pair_make(flow *f, const char *name, char crt[160], char key[160])
{
    http_tls_pair pair;
    ent_err err = { 0 };
    FILE *out;

    (void)snprintf(crt, 160, "%s/%s.crt", f->home, name);
    (void)snprintf(key, 160, "%s/%s.key", f->home, name);
    if (http_tls_make(name, NULL, &pair, &err) != ENT_OK || (out = fopen(crt, "w")) == NULL)
        abort();
    (void)fwrite(pair.certificate, 1, pair.certificate_size, out);
    (void)fclose(out);
    out = fopen(key, "w");
    if (out == NULL)
        abort();
    (void)fwrite(pair.key, 1, pair.key_size, out);
    (void)fclose(out);
    http_tls_release(&pair);
}

static long with_certificate(flow *f, const char *crt, const char *key, const char *credentials)
{
    struct curl_slist *fields = curl_slist_append(NULL, "Accept: " MEDIA);
    CURL *curl = curl_easy_init();
    struct taking body = { 0 };
    long status = 0;
    char url[400];

    (void)snprintf(url, sizeof url, "%s%sobjects/", f->url, C);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_CAINFO, f->ca);
    (void)curl_easy_setopt(curl, CURLOPT_SSLCERT, crt);
    (void)curl_easy_setopt(curl, CURLOPT_SSLKEY, key);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    if (credentials != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_USERPWD, credentials);
    if (curl_easy_perform(curl) == CURLE_OK)
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(fields);
    free(body.bytes);
    return status;
}

static void certificates(flow *f)
{
    char crt[160], key[160], other_crt[160], other_key[160], text[1024];
    ent_json json;
    ent_err err = { 0 };

    pair_make(f, "ana", crt, key);
    pair_make(f, "mallory", other_crt, other_key);
    check(f, with_certificate(f, crt, key, NULL) == 401, "a certificate of nobody is nobody");
    check(f, RUN(f, "user", "certificate", "add", "ana", key) == 65, "a key is no certificate");
    check(f, RUN_TEXT(f, text, "user", "certificate", "add", "ana", crt, "--json") == 0,
          "it is made to stand for ana");
    check(f, RUN(f, "user", "certificate", "add", "bob", crt) == 65, "and for nobody else");
    check(f, with_certificate(f, crt, key, NULL) == 200, "it is ana");
    check(f, with_certificate(f, other_crt, other_key, NULL) == 401, "another is nobody");
    check(f, with_certificate(f, crt, key, "ana:wrong") == 401,
          "wrong credentials beside it are refused");
    check(f, with_certificate(f, crt, other_key, NULL) == 0,
          "without its key there is no connection");
    if (ent_json_read(f->arena, ent_str_of(text), &json, &err) != ENT_OK)
        return;
    check(f,
          RUN(f, "user", "certificate", "remove", "ana",
              ent_arena_str(f->arena, ent_json_get_text(json, "id")).ptr) == 0,
          "it is removed");
    check(f, with_certificate(f, crt, key, NULL) == 401, "and ends at once");
}

/* ---- the journal of reads ---- */

static ent_str journal(flow *f)
{
    char text[65536], path[256];
    size_t size = 0;
    FILE *in;

    (void)snprintf(path, sizeof path, "cat %s/journal/reads/*.jsonl", f->home);
    in = popen(path, "r");
    if (in != NULL) {
        size = fread(text, 1, sizeof text - 1, in);
        (void)pclose(in);
    }
    return ent_arena_str(f->arena, (ent_str){ text, size });
}

static void audit(flow *f)
{
    static const char view[] = "20000000-0000-4000-8000-000000000001";
    char path[128];
    ent_str before, after;
    FILE *out;

    (void)post(f, BOTH, object(f, 7, "2020-01-01T00:00:00.000Z", "the-content"));
    before = journal(f);
    check(f,
          strstr(before.ptr, "\"verb\":\"add\"") != NULL &&
              strstr(before.ptr, "the-content") == NULL,
          "an addition is noted, without what was added");
    (void)ask_it(f, (ask){ .path = C "objects/", .user = "bob" });
    after = journal(f);
    check(f,
          after.size > before.size &&
              strstr(after.ptr + before.size, "\"user\":\"bob\",\"verb\":\"objects\"") != NULL &&
              strstr(after.ptr + before.size, "\"count\":1,\"first\":\"2") != NULL,
          "a page is noted before it is answered: who, what, from when to when");
    check(f, strstr(after.ptr, "the-content") == NULL, "without content");
    (void)ask_it(f, (ask){ .path = C "objects/", .user = "eve" });
    check(f, journal(f).size == after.size, "what is refused is no read");
    (void)snprintf(path, sizeof path, "%s/one.json", f->home);
    out = fopen(path, "w");
    if (out == NULL)
        abort();
    (void)fprintf(out,
                  "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"created\":"
                  "\"2020-01-01T00:00:00.000Z\",\"modified\":\"2020-01-01T00:00:00.000Z\","
                  "\"pattern\":\"[ipv4-addr:value = '198.51.100.1']\",\"pattern_type\":"
                  "\"stix\",\"valid_from\":\"2020-01-01T00:00:00Z\"}",
                  object_id(f, 9));
    (void)fclose(out);
    (void)RUN(f, "import", path, "--purpose", "CT-INV", "--rating", "B2", "--category", "none",
              "--retention", "2099-01-01");
    (void)RUN(f, "taxii", "collection", "add", "exchange", view, "--title", "View", "--read", "ana",
              "--query", "type:indicator");
    (void)ASK(f, .path = "/exchange/collections/20000000-0000-4000-8000-000000000001/manifest/");
    check(f,
          strstr(journal(f).ptr, "\"ids\":[\"indicator--00000009-0000-4000-8000-000000000000\"]") !=
              NULL,
          "of a view every id is noted");
}

/* ---- counters ---- */

static void metrics(flow *f)
{
    answer r = ask_it(f, (ask){ .path = "/metrics", .accept = "*/*" });

    check(f, r.status == 401, "metrics are for users");
    (void)ASK(f, .path = C "objects/?limit=3");
    r = ASK(f, .path = "/metrics", .accept = "*/*");
    check(f, r.status == 200 && strncmp(r.type, "text/plain; version=0.0.4", 25) == 0,
          "in the text format of Prometheus");
    check(f,
          strstr(r.body.ptr, "entente_client_answers_total{route=\"objects\",class=\"2xx\"} ") !=
                  NULL &&
              strstr(r.body.ptr, "entente_client_seconds_bucket{le=\"+Inf\"} ") != NULL,
          "answers by what was asked for, and how long they took");
    check(f,
          strstr(r.body.ptr, BOTH) == NULL && strstr(r.body.ptr, "ana") == NULL &&
              strstr(r.body.ptr, "exchange") == NULL,
          "without ids, names or roots");
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    tokens(&f);
    certificates(&f);
    audit(&f);
    metrics(&f);
    return flow_end(&f);
}
