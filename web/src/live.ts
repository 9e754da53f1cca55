// What the node says, kept fresh: a question is asked again when something changed.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { events, get, Problem, type Results } from "./api";

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

/** The answer of a command that reads; `undefined` parameters: it is not asked yet. */
export function useGet<T>(verb: string, parameters: Record<string, string | number | boolean | undefined> | undefined = {}): Asked<T> {
  const [state, setState] = useState<Asked<T>>({ results: [], of: undefined, answer: undefined, problem: undefined, loading: true });
  const asked = parameters === undefined ? undefined : JSON.stringify(parameters);
  const last = useRef<AbortController>();
  const again = useRef(false);
  const ask = useCallback(() => {
    last.current?.abort();
    again.current = false;
    if (asked === undefined) return setState({ results: [], of: undefined, answer: undefined, problem: undefined, loading: false });
    const control = (last.current = new AbortController());
    get<T>(verb, JSON.parse(asked), control.signal)
      .then(
        (answer) => setState({ results: answer.results, of: asked, answer, problem: undefined, loading: false }),
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
  }, [verb, asked]);
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
