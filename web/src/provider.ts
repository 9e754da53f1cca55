// Logging in at an OpenID Connect provider: this page goes there, and comes back with a code that
// the node changes for who it is.  What binds the two is a cookie that no script sees.
import { knock, type User } from "./api";

export interface Provider {
  issuer: string;
  host: string;
}

/** Where people may log in besides here, if anywhere. */
export async function provider(): Promise<Provider | undefined> {
  const response = await fetch("/api/v1/session/oidc");
  return response.status === 200 ? ((await response.json()) as Provider) : undefined;
}

/** Leaves this page. */
export async function goToProvider(): Promise<void> {
  location.assign((await knock<{ location: string }>("session/oidc", {})).location);
}

export interface Back {
  state: string;
  code?: string;
  iss?: string;
  /** Why the provider let nobody in, as its standard has it: access_denied. */
  error?: string;
}

/** What the provider sent this page back with; out of the address, and its history, at once. */
export function cameBack(): Back | undefined {
  const said = new URLSearchParams(location.search);
  const back: Partial<Back> = {};
  for (const name of ["state", "code", "iss", "error"] as const) {
    const value = said.get(name);
    if (value !== null) back[name] = value;
  }
  if (location.search !== "") history.replaceState(null, "", location.pathname + location.hash);
  return back.state !== undefined && (back.code ?? back.error) !== undefined ? (back as Back) : undefined;
}

export async function loginByProvider({ code, state, iss }: Back): Promise<User> {
  return knock("session", { oidc: iss === undefined ? { code, state } : { code, state, iss } });
}
