// The node's API: every command by its own name (openapi.json), as whoever is logged in.

export interface User {
  name: string;
  role: string;
  /** Came in with the passphrase, and so can sign. */
  signs: boolean;
}

/** What a command printed, a line each; `no` is a valid question answered no. */
export interface Results<T> {
  answer: "yes" | "no";
  note?: string;
  said?: Phrase | null;
  results: T[];
}

/** Which of its sentences the node said, and what stands in the gaps (src/base/phrase.h). */
export interface Phrase {
  code: string;
  args: Record<string, string | Phrase>;
  before?: string;
}

interface ProblemBody {
  title?: string;
  detail?: string;
  code?: string;
  said?: Phrase | null;
  /** What was printed before it failed. */
  results?: unknown[];
}

/** A failure: the sentence that the command line would have shown. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail: string | undefined,
    readonly code?: string | undefined,
    readonly said?: Phrase | null | undefined,
    readonly results?: unknown[] | undefined,
  ) {
    super(detail ?? title);
  }
}

function problemOf(response: Response, body: ProblemBody): Problem {
  return new Problem(response.status, body.title ?? response.statusText, body.detail, body.code, body.said, body.results);
}

export type Parameters = Record<string, string | number | boolean | string[] | undefined>;

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
  throw problemOf(response, (await response.json().catch(() => ({}))) as ProblemBody);
}

function query(parameters: Parameters): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === false) continue;
    for (const one of Array.isArray(value) ? value : [value]) out.append(name, String(one));
  }
  const text = out.toString();
  return text === "" ? "" : `?${text}`;
}

/** What this session looks things up for: every request says it, and the journal keeps it. */
export interface About {
  reason: string;
  purpose: string;
}
let about: About = { reason: "", purpose: "" };

export function setAbout(what: About): void {
  about = what;
}

function headers(more: Record<string, string> = {}): Record<string, string> {
  const said: Record<string, string> = { ...more };
  if (about.reason !== "") said["Entente-Reason"] = encodeURIComponent(about.reason);
  if (about.purpose !== "") said["Entente-Purpose"] = encodeURIComponent(about.purpose);
  return said;
}

/** A command that reads: `get("search", { text: "Tsarnaev" })`. */
export async function get<T>(verb: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<Results<T>> {
  return answer(await fetch(`/api/v1/${verb}${query(parameters)}`, { headers: headers(), signal: signal ?? null }));
}

/** A command that writes a file: what it wrote. */
export async function file(verb: string, parameters: Parameters): Promise<Blob> {
  const response = await fetch(`/api/v1/${verb}${query(parameters)}`, { headers: headers() });
  return response.ok ? response.blob() : answer(response);
}

function change(verb: string, parameters: Parameters): Promise<Response> {
  const body = JSON.stringify(parameters);
  const head = headers({ "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() });
  return fetch(`/api/v1/${verb}`, { method: "POST", headers: head, body });
}

/** A command that changes something; sent once however often the line breaks. */
export async function post<T>(verb: string, parameters: Parameters = {}): Promise<Results<T>> {
  return answer(await change(verb, parameters));
}

/** The same where it also writes a file: what it wrote. */
export async function written(verb: string, parameters: Parameters): Promise<Blob> {
  const response = await change(verb, parameters);
  return response.ok ? response.blob() : answer(response);
}

/** A command that takes a file. */
export async function upload<T>(verb: string, parameters: Parameters, file: Blob | string): Promise<Results<T>> {
  const head = headers({ "Content-Type": "application/octet-stream", "Idempotency-Key": crypto.randomUUID() });
  return answer(await fetch(`/api/v1/${verb}${query(parameters)}`, { method: "POST", headers: head, body: file }));
}

export async function session(): Promise<User | undefined> {
  const response = await fetch("/api/v1/session");
  return response.status === 401 ? undefined : answer<User>(response);
}

/** What is asked before anybody is logged in. */
export async function knock<T>(address: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(`/api/v1/${address}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function login(name: string, passphrase: string): Promise<User> {
  return knock("session", { name, passphrase });
}

/** By the key of a certificate (a smart card), which the browser has shown or asks for. */
export async function loginByCertificate(): Promise<User> {
  return knock("session", { certificate: true });
}

export async function logout(): Promise<void> {
  return answer(await fetch("/api/v1/session", { method: "DELETE" }));
}

/** Calls `changed` with the peer whose news was applied ("" for a change of our own; undefined:
 * look at everything anew).  Returns what ends it. */
export function events(changed: (peer: string | undefined) => void): () => void {
  const source = new EventSource("/api/v1/events");
  source.addEventListener("change", (event) => changed((JSON.parse(event.data as string) as { peer: string }).peer));
  source.addEventListener("all", () => changed(undefined));
  return () => source.close();
}
