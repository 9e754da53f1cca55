// Security keys (WebAuthn): one is made for this host, and one answers.  The node checks both.
import { knock, type User } from "./api";

/** A browser has keys only for hosts with a name. */
export const keysWork = typeof PublicKeyCredential !== "undefined" && !/^[\d.]+$|^\[/.test(location.hostname);

function text(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

async function challenge(): Promise<Uint8Array<ArrayBuffer>> {
  return bytes((await knock<{ challenge: string }>("challenge", {})).challenge);
}

/** Makes a key for who is logged in, in whatever keeps such keys here. */
export async function keyAdd(user: User, title: string): Promise<void> {
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: await challenge(),
      rp: { name: "entente" },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name: user.name, displayName: user.name },
      pubKeyCredParams: [
        { type: "public-key", alg: -7 },
        { type: "public-key", alg: -8 },
      ],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  })) as PublicKeyCredential;
  const answer = made.response as AuthenticatorAttestationResponse;
  await knock("session/key", { title, client_data: text(answer.clientDataJSON), attestation: text(answer.attestationObject) });
}

export async function loginByKey(): Promise<User> {
  const found = (await navigator.credentials.get({ publicKey: { challenge: await challenge(), userVerification: "required" } })) as PublicKeyCredential;
  const answer = found.response as AuthenticatorAssertionResponse;
  return knock("session", {
    key: {
      id: text(found.rawId),
      client_data: text(answer.clientDataJSON),
      authenticator_data: text(answer.authenticatorData),
      signature: text(answer.signature),
    },
  });
}
