// What the node says in English, in the reader's words: by its code where the node gave one that
// is known here, else as it came.  What stands in the gaps is data and keeps its own direction.
import type { ComponentChildren } from "preact";
import { Problem, type Phrase } from "../api";
import { useWords, type Word } from "../words";

type Piece = string | { gap: string };

/** A gap whose value is one of our own words. */
const kinds: Record<string, string> = { role: "role", state: "release", samestate: "same", redressstate: "redress", peerstate: "peer", itemstate: "item", casestate: "casestate", activity: "activity", action: "action", type: "type", clause: "clause", runstate: "run" };

function usePieces() {
  const { words, tried, time } = useWords();
  const value = (name: string, text: string): string => {
    const kind = kinds[name];
    if (kind) return tried(kind, text);
    if (name === "purposes") return text.replace(/ and /, ", ");
    return /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? time(text) : text;
  };
  /* undefined: there are no words for it here. */
  return function pieces(phrase: Phrase): Piece[] | undefined {
    const form = words[`said.${phrase.code}` as Word];
    return form?.split(/(\{\w+\})/).flatMap((part): Piece[] => {
      if (!/^\{\w+\}$/.test(part)) return [part];
      const name = part.slice(1, -1);
      const arg = phrase.args[name] ?? "";
      if (typeof arg === "string") return [{ gap: value(name, arg) }];
      return pieces(arg) ?? [{ gap: arg.code }];
    });
  };
}

/** As it came: the node's English, or what a person wrote among such sentences. */
function Raw({ children }: { children: ComponentChildren }) {
  return (
    <bdi dir="auto" class="raw">
      {children}
    </bdi>
  );
}

export function Said({ phrase, text }: { phrase: Phrase | null | undefined; text: string | null | undefined }) {
  const pieces = usePieces();
  const said = phrase && pieces(phrase);
  if (!said) return text ? <Raw>{text}</Raw> : null;
  return <span>{said.map((piece) => (typeof piece === "string" ? piece : <bdi dir="auto">{piece.gap}</bdi>))}</span>;
}

/** The same as text, for what takes no elements. */
export function useSaid(): (phrase: Phrase | null | undefined, text: string) => string {
  const pieces = usePieces();
  return (phrase, text) => (phrase && pieces(phrase))?.map((piece) => (typeof piece === "string" ? piece : `\u2068${piece.gap}\u2069`)).join("") ?? text;
}

/** A failure: its sentence, or what kind of failure it is with the node's own words beneath. */
export function ProblemSaid({ problem }: { problem: Problem }) {
  const { language, words } = useWords();
  const kind = words[`said.problem.${problem.code}` as Word];
  if (language === "en" || (!kind && !problem.said)) return <bdi dir="auto">{problem.message}</bdi>;
  if (problem.said && words[`said.${problem.said.code}` as Word])
    return (
      <>
        <Said phrase={problem.said} text={problem.message} />
        {problem.said.before && <small class="before"><Raw>{problem.said.before}</Raw></small>}
      </>
    );
  return (
    <>
      {kind}
      {problem.detail && <small class="before"><Raw>{problem.detail}</Raw></small>}
    </>
  );
}
