// A real provider of OpenID Connect (oidc-provider, which is certified) on this machine, over TLS.
// What it would answer can be changed by `spoil`, to see what the node does with it.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:https";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

/** A client for each of these algorithms, and where it sends browsers back to; cert and key are PEM files. */
export async function start({ cert, key, clients, secret, back }) {
  const kinds = { RS256: ["rsa", { modulusLength: 2048 }], ES256: ["ec", { namedCurve: "P-256" }], EdDSA: ["ed25519", {}] };
  const keys = Object.entries(kinds).map(([alg, [kind, options]]) => {
    const { privateKey } = generateKeyPairSync(kind, options);
    return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: `the key for ${alg}` };
  });
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const issuer = `https://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: clients.map((alg) => ({
      client_id: `entente ${alg}`,
      client_secret: secret,
      redirect_uris: [back],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      id_token_signed_response_alg: alg,
    })),
    jwks: { keys },
    pkce: { required: () => true },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "EdDSA"] },
    cookies: { keys: ["a key of its own"] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  const is = { issuer, keys, asked: [], spoil: undefined, close: () => new Promise((done) => (server.close(done), server.closeAllConnections())) };
  provider.use(async (ctx, next) => {
    await next();
    is.asked.push(`${ctx.method} ${ctx.path}`);
    await is.spoil?.(ctx);
  });
  server.on("request", provider.callback());
  return is;
}
