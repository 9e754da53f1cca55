// The lines that commands print with --json, as far as the console reads them.

export interface Found {
  id: string;
  type: string;
  owner: string;
  name: string;
  latin?: string;
  score: number;
  rating: string;
  valid: string;
}

/** The first line of a search with `tried`: what the words were taken for. */
export interface Tried {
  tried: { word: string; script: string; skeleton: string; found: string[] }[];
  key: string;
  number: string;
  any: boolean;
}

export interface Label {
  complete: boolean;
  missing?: string;
  purposes?: string[];
  category?: string;
  discover?: string;
  retention?: string;
  disclosure?: boolean;
}

export interface Shown {
  id: string;
  type: string;
  owner: string;
  version: string;
  received: string;
  source: string;
  name?: string;
  latin?: string;
  rating?: string;
  valid?: string;
  erased?: string;
  label?: Label;
  keys?: string[];
  refs?: string[];
  referred_by: string[];
  object?: Record<string, unknown>;
}

export interface Thing {
  thing: string;
  type: string;
  name: string;
  owner: string;
  rating: string;
  valid: string;
  latitude?: number;
  longitude?: number;
  hops: number;
  whole: boolean;
}

export interface Link {
  link: string;
  from: string;
  type: string;
  to: string;
  owner: string;
  rating: string;
  time: string;
  key: string;
  confidence: number | null;
  evidential: boolean;
  conflict: boolean;
}

export interface Step {
  from: string;
  to: string;
  from_name: string;
  to_name: string;
  link: string;
  owner: string;
  confidence: number | null;
  rating: string | null;
  time: string | null;
  key?: string;
  evidential: boolean;
  reversed?: boolean;
}

export interface Path {
  steps: Step[];
  weakest: number | null;
  product: number | null;
  conflicts: { from: string; to: string; key: string; from_owner: string; to_owner: string; from_time: string; to_time: string }[];
}

export interface Hit {
  peer: string;
  kind: string;
  key: string;
  own: string[];
  status: string;
  purpose: string;
  time: string;
}

export interface Release {
  release: string;
  direction: "in" | "out";
  peer: string;
  state: string;
  time: string;
  purpose: string;
  approved_by: string[];
  tearline: string | null;
  hash: string;
  objects: (string | { id: string; type: string; owner: string; rating: string; category: string; retention: string })[];
  receipt?: Receipt | null;
  erasure?: Receipt | null;
}

/** An entry of the partner's signed log that says what became of ours. */
export interface Receipt {
  seq: number;
  said: { state: string; time: string };
}

export interface Draft {
  draft: string;
  to: string;
  purpose: string;
  objects: { id: string; type: string; sent_as: string }[];
  withheld: { id: string; property: string; reason: string }[];
  missing: string[];
  state?: string;
  release?: string;
  drafter: string;
  drafted: string;
  tearline: string | null;
  approvals?: string[];
  changed?: boolean;
  refused?: string | null;
  statement?: { objects: Record<string, unknown>[] };
}

export interface Peer {
  peer: string;
  name: string;
  state: string;
  address: string;
  fingerprint: string;
}

export interface Status {
  version: string;
  code: string;
  name: string;
  fingerprint: string;
  time: string;
  exercise: boolean;
  store: { kind: string; objects: number; own: number; bytes: number };
  links: { peer: string; name: string; state: string; out: { entries: number; lag: number; waiting: number }; in: { entries: number; lag: number }; stopped?: string }[];
  queues: { outbox: number; refused: number };
  disk: { free: number; total: number };
}

export interface Agreement {
  agreement: string;
  name: string;
  state: string;
  in_force: boolean;
  why: string | null;
  parties: { code: string; name: string; signed: boolean }[];
  purposes: string[];
  not_before: string;
  not_after: string;
}

export interface Event {
  what: string;
  time: string;
  by?: string;
  note?: string;
}

/** A tip, a request or a message, with what has happened since. */
export interface Item {
  id: string;
  peer: string;
  state: string;
  kind: "tip" | "request" | "message";
  direction: "in" | "out";
  precedence: string;
  sent: string;
  received?: string;
  owner?: string;
  skew?: number;
  legal_first?: boolean;
  events: Event[];
  clocks: { what: string; due: string; overdue: boolean }[];
  agreement: string;
  purpose: string;
  text: string;
  reference?: string;
  rating?: string;
  handling?: string;
  class?: string;
  departs?: string;
  also?: string[];
  keys?: string[];
  subject?: { name?: string; birth?: string }[];
  releases?: string[];
  thread?: string;
  answer?: { answer?: string; outcome?: string; text?: string; until?: string; reason?: string; releases?: string[] };
  readings?: { name?: string; birth?: string; by?: string; time?: string }[];
  duplicates?: unknown[];
  hits?: unknown[];
}

export interface Balance {
  balance: string;
  they_owe: number;
  we_owe: number;
  they_late: number;
  we_late: number;
  tips: number;
  contributed: number;
}

/** An answer that waits for two officers. */
export interface AnswerDraft {
  request: string;
  peer: string;
  drafter: string;
  approvals: string[];
  statement: { answer: string; text?: string; until?: string; releases?: string[] };
}

export interface Case {
  case: string;
  state: string;
  title: string;
  purpose: string;
  owner: string;
  offered_to?: string;
  members: string[];
  things: string[];
  review?: string;
  events: Event[];
}

export interface User {
  name: string;
  role: string;
}
