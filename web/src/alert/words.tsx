// The closed list of actions, in the reader's words; some need a legal basis.
import { useWords } from "../words";

export const actions: Record<string, boolean> = {
  review: false,
  notify: false,
  ask: false,
  "let-pass": false,
  locate: true,
  "locate-discreetly": true,
  search: true,
  detain: true,
};

/** What is to be done, as a sentence; what a later version says is shown as it came. */
export function ActionWords({ action, words }: { action: string; words?: Record<string, string> | undefined }) {
  const { tried, language } = useWords();
  const own = tried("action", action);
  return <strong class="action">{own !== action ? own : (words?.[language] ?? words?.["en"] ?? action)}</strong>;
}
