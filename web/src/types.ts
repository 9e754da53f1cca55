// The lines that commands print with --json, as far as the console reads them.
import type { Phrase } from "./api";

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

/** What looks like abuse of private matching, ours or a partner's. */
export interface Alarm {
  alarm: "probing" | "repeat" | "leaf";
  id: string;
  by: string;
  peer: string;
  key?: string;
  run?: string;
  user?: string;
  time: string;
  cleared?: string;
  cleared_by?: string;
  cleared_why?: string;
}

/** Work whose basis has changed: `state` is "read" when somebody has read it again. */
export interface Flag {
  state: "changed" | "withdrawn" | "read";
  thing: string;
  kind: string;
  basis: "changed" | "withdrawn";
  record: string;
  owner?: string;
  reason?: string;
  reason_said?: Phrase | null;
  time: string;
  read_by?: string;
  note?: string;
}

/** A run of the private match. */
export interface Run {
  run: string;
  peer: string;
  side: "asked" | "answered";
  step: string;
  state: string;
  clause: string | null;
  kind: string;
  purpose: string;
  agreement: string | null;
  own: number;
  theirs: number;
  hits: number;
  started: string;
}

/** A match that goes on; `asked` and `waiting` are keys of ours. */
export interface StandingMatch {
  standing: string;
  peer: string;
  state: string;
  clause: string | null;
  purpose: string;
  own: number;
  theirs: number;
  asked: number;
  waiting: number;
  hits: number;
  started: string;
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
  emergency?: string;
  /** For these persons there and nobody else. */
  for?: string[];
  evidence?: { hash: string; type: string; size: number; state: string }[];
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
  withheld: { id: string; property: string; reason: string; reason_said?: Phrase | null }[];
  missing: string[];
  state?: string;
  release?: string;
  drafter: string;
  drafted: string;
  tearline: string | null;
  /** For these persons of the partner and nobody else there. */
  for?: string[];
  approvals?: string[];
  changed?: boolean;
  refused?: string | null;
  refused_said?: Phrase | null;
  evidence?: { object: string; hash: string; type: string; size: number }[];
  /** `recipient` and `until`: of a grant, to pass on what leaves. */
  statement?: { agreement: string; objects: Record<string, unknown>[]; recipient?: { code: string }; until?: string };
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
  links: { peer: string; name: string; state: string; out: { entries: number; lag: number; waiting: number }; in: { entries: number; lag: number }; stopped?: string; stopped_said?: Phrase | null }[];
  queues: { outbox: number; refused: number };
  alarms: { what: string; what_said?: Phrase | null; kind: string; precedence: string; peer: string; since: string }[];
  reasons: { required: boolean; until?: string; signed?: boolean; by?: string; law?: string };
  disk: { free: number; total: number };
}

export interface Agreement {
  agreement: string;
  name: string;
  state: string;
  in_force: boolean;
  why: string | null;
  why_said?: Phrase | null;
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

/** A threat to life, and who was warned. */
export interface Warning {
  warning: string;
  state: string;
  due: string;
  overdue: boolean;
  threatened: string;
  text: string;
  about?: string;
  precedence: string;
  by: string;
  events: Event[];
}

/** A task of the joint plan. */
export interface Task {
  id: string;
  state: string;
  late: boolean;
  task: { activity: string; due: string; who: string; note: string | null; purpose: string; by: string; owner: string; set?: { why: string | null } };
}

/** What one service thinks, and what the others say to it. */
export interface View {
  id: string;
  state: string;
  basis_changed: boolean;
  view: {
    title: string;
    confidence: string;
    purpose: string;
    by: string;
    owner: string;
    basis?: { id: string }[];
    opinions?: { service: string; opinion: string; note: string | null; by: string; time: string }[];
  };
}

export interface Maker {
  maker: number;
  references: string[];
  devices: string[];
  incidents: string[];
  attributed: string[];
  owners: string[];
}

/** May facts of a partner be repeated to an outsider? */
export interface Repeat {
  id: string;
  state: string;
  side: "asked" | "owner";
  peer: string;
  outsider: string;
  asked: string[];
  granted: string[];
}

/** Words to an outsider, with facts that were granted for it. */
export interface Message {
  message: string;
  state: string;
  outsider: string;
  purpose: string;
  text: string;
  drafter: string;
  /** What it rests on was corrected or called back. */
  basis?: string;
  facts: { id: string; owner: string; consent: string }[];
  approved_by: string[];
}

/** May facts go on to a third? */
export interface Onward {
  request: string;
  direction: "in" | "out";
  peer: string;
  state: string;
  time: string;
  objects: string[];
  purpose: string;
  reason?: string;
  recipient?: { code: string; name: string };
  asked_by?: string;
}

/** What waits at the release desk. */
export interface Waiting {
  kind: string;
  id: string;
  peer: string;
  purpose: string;
  state: string;
  since: string;
  days: number;
  aged: boolean;
  records?: string[];
}

/** A file that is attached to an object. */
export interface Evidence {
  hash: string;
  type: string;
  size: number;
  name: string;
  object: string;
  added: string;
}

/** Somebody, and the compartments of whoever looks that he is in; "*" is every one. */
export interface Member {
  name: string;
  role: string;
  compartments: string[];
}

/** A record that is in compartments. */
export interface Hidden {
  object: string;
  compartments: string[];
}

export interface User {
  name: string;
  role: string;
}
