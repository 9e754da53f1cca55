// What is due when, and how long that is from the node's own time (which may be an exercise's).
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { useWords } from "../words";

/** The node's time when it was last asked, in ms. */
export const NowContext = createContext<number>(0);

const steps: [Intl.RelativeTimeFormatUnit, number, number][] = [
  ["day", 86400000, 2 * 86400000],
  ["hour", 3600000, 2 * 3600000],
  ["minute", 60000, 0],
];

export function useRelative(): (text: string) => string {
  const now = useContext(NowContext);
  const { language } = useWords();
  return (text) => {
    const left = Date.parse(text) - now;
    const [unit, size] = steps.find(([, , least]) => Math.abs(left) >= least) ?? steps[2]!;
    return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(left / size), unit);
  };
}

export function Due({ what, due, overdue }: { what: string; due: string; overdue: boolean }) {
  const { before, tried, t, time } = useWords();
  const relative = useRelative();
  return (
    <span class={overdue ? "due late" : "due"} title={time(due)}>
      {before(tried("clock", what))}{relative(due)} {overdue && <strong>{t("desk.late")}</strong>}
    </span>
  );
}

/** How urgent: the word, and a colour for those who look. */
export function Precedence({ is }: { is: string }) {
  const { tried } = useWords();
  return <span class={`precedence p-${is.toLowerCase()}`}>{tried("precedence", is)}</span>;
}
