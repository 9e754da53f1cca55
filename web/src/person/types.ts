import type { Phrase } from "../api";
import type { Label } from "../types";

/** What is said of a person, by whom and how good it is; lines of `entente person`. */
export interface Assertion {
  assertion: string;
  value: string;
  latin?: string;
  script?: string;
  raw?: string;
  kind?: string;
  object?: string;
  relationship?: string;
  confidence?: number;
  record: string;
  owner: string;
  rating: string;
  time: string;
  release?: string;
  release_state?: string;
  label?: Label;
}

export interface PersonHead {
  assertion: "person";
  id: string;
  records: { id: string; owner: string; rating: string; time: string; label?: Label }[];
}

/** A statement that two records are one person, or never. */
export interface Same {
  id: string;
  state: string;
  says: "same" | "never";
  a: string;
  b: string;
  score?: number;
  why: string[];
  why_said?: (Phrase | null)[];
  peer?: string;
  purpose?: string;
  acts: { act: string; by: string; node: string; role: string; at: string; why?: string; signed: boolean }[];
}

export interface Suggestion {
  a: string;
  b: string;
  score: number;
  decision: string;
  why: string[];
  why_said?: (Phrase | null)[];
}
