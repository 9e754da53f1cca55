#include "console/asset_int.h"

bool console_asset_reply(const http_request *request, http_reply *reply)
{
    const char *known = http_request_header(request, "If-None-Match");
    ent_str path = ent_str_is(request->path, "/") ? ENT_STR("/index.html") : request->path;
    const console_asset *asset = console_assets;

    while (asset->path != NULL && !ent_str_is(path, asset->path))
        asset++;
    if (asset->path == NULL)
        return false;
    reply->status = 200;
    reply->type = asset->type;
    reply->body = (ent_str){ (const char *)asset->packed, *asset->size };
    /* Every browser unpacks gzip; nothing else is kept. */
    http_reply_header(reply, "Content-Encoding", "gzip");
    http_reply_header(reply, "Vary", "Accept-Encoding");
    http_reply_header(reply, "ETag", asset->tag);
    http_reply_header(reply, "Cache-Control",
                      ent_str_starts(path, ENT_STR("/assets/")) ? "max-age=31536000, immutable"
                                                                : "no-cache");
    if (known != NULL && strcmp(known, asset->tag) == 0) {
        reply->status = 304;
        reply->body = ENT_STR("");
    }
    return true;
}
