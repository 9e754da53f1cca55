// What the node says, kept fresh: a question is asked again when something changed.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { events, get, type Parameters, Problem, type Results } from "./api";
import type { Shown } from "./types";

type Listener = () => void;
const listeners = new Set<Listener>();

/** Everything that is shown is asked for anew. */
export function refresh(): void {
  for (const listener of listeners) listener();
}

/** Listens for changes as long as somebody is logged in.  Many at once are one. */
export function useLive(user: string | undefined): void {
  useEffect(() => {
    if (user === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = events(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        refresh();
      }, 100);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [user]);
}

export interface Asked<T> {
  results: T[];
  /** The question that `results` answer, which may be the one before. */
  of: string | undefined;
  answer: Results<T> | undefined;
  problem: Problem | undefined;
  loading: boolean;
}

/** The answer of a question, which is another one when `asked` is; `undefined`: not asked yet. */
function useAsked<T>(asked: string | undefined, question: (signal: AbortSignal) => Promise<Results<T>>): Asked<T> {
  const [state, setState] = useState<Asked<T>>({ results: [], of: undefined, answer: undefined, problem: undefined, loading: true });
  const last = useRef<AbortController>();
  const again = useRef(false);
  const ask = useCallback(() => {
    last.current?.abort();
    again.current = false;
    if (asked === undefined) return setState({ results: [], of: undefined, answer: undefined, problem: undefined, loading: false });
    const control = (last.current = new AbortController());
    question(control.signal)
      .then(
        (answer) => control.signal.aborted || setState({ results: answer.results, of: asked, answer, problem: undefined, loading: false }),
        (why: unknown) => {
          if (control.signal.aborted) return;
          const problem = why instanceof Problem ? why : new Problem(0, String(why), undefined);
          setState((old) => ({ ...old, problem, loading: false }));
        },
      )
      .then(() => {
        if (last.current !== control) return;
        last.current = undefined;
        if (again.current) ask();
      });
  }, [asked]);
  /* A change while an answer is on its way does not call it back: where changes come faster than
   * answers, nothing would ever be shown.  It is asked once more afterwards. */
  const renew = useCallback(() => {
    if (last.current) again.current = true;
    else ask();
  }, [ask]);
  useEffect(() => {
    setState((old) => ({ ...old, loading: true }));
    ask();
    listeners.add(renew);
    return () => {
      listeners.delete(renew);
      last.current?.abort();
      last.current = undefined;
    };
  }, [ask, renew]);
  return state;
}

/** The answer of a command that reads; `undefined` parameters: it is not asked yet. */
export function useGet<T>(verb: string, parameters: Parameters | undefined = {}): Asked<T> {
  const asked = parameters === undefined ? undefined : JSON.stringify([verb, parameters]);
  return useAsked<T>(asked, (signal) => get<T>(verb, parameters, signal));
}

// ---- records by their ids ----

/** `show` takes this many ids. */
const together = 64;
let waiting: { id: string; resolve: (answer: Results<Shown>) => void; reject: (why: unknown) => void }[] = [];

/** Those that are asked for at once are one question, and one look-up in the journal. */
function show(id: string): Promise<Results<Shown>> {
  if (waiting.length === 0)
    setTimeout(() => {
      const all = waiting;
      waiting = [];
      for (let at = 0; at < all.length; at += together) {
        const part = all.slice(at, at + together);
        get<Shown>("show", { id: [...new Set(part.map((one) => one.id))] }).then(
          (answer) => part.forEach(({ id, resolve }) => resolve({ ...answer, results: answer.results.filter((one) => one.id === id) })),
          (why: unknown) => part.forEach(({ reject }) => reject(why)),
        );
      }
    });
  return new Promise((resolve, reject) => waiting.push({ id, resolve, reject }));
}

/** A record by its id, beside others; none if there is no such record for who asks. */
export function useShown(id: string): Shown | undefined {
  const shown = useAsked<Shown>(id, () => show(id)).results[0];
  /* Where a table is sorted anew, what was asked for last is another record's for a moment. */
  return shown?.id === id ? shown : undefined;
}
