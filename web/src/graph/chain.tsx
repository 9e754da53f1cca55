// A chain between two things, step by step: who says it, how good it is, where it is weakest.
import { Data, Owner, ThingLink } from "../parts/bits";
import type { Path } from "../types";
import { useWords } from "../words";

export function Chain({ path, number, show }: { path: Path; number: number; show: () => void }) {
  const { t, time } = useWords();
  const first = path.steps[0];
  let marked = false;
  return (
    <section class="card">
      <h2>{t("graph.chain", { n: number, steps: path.steps.length, weakest: path.weakest ?? "–" })}</h2>
      <button onClick={show}>{t("open")}</button>
      <ol class="chain">
        {first && (
          <li>
            <ThingLink id={first.from} name={first.from_name} />
          </li>
        )}
        {path.steps.map((step) => {
          const weakest = !marked && step.confidence === path.weakest && !step.key;
          marked ||= weakest;
          return (
            <li class={weakest ? "weakest" : ""}>
              <span class="quiet">
                {step.reversed ? "↑" : "↓"} <Data>{step.key ? `= ${step.key}` : step.link}</Data> <Owner code={step.owner} /> {step.rating} {step.confidence} {step.time?.split("/").map(time).join(" – ")} {!step.evidential && t("thing.notEvidence")}
              </span>
              <br />
              <ThingLink id={step.to} name={step.to_name} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** What looked like a link and is none: the two were never true at one time. */
export function Conflicts({ path }: { path: Path }) {
  const { t, time } = useWords();
  const said = (text: string) => text.split("/").map(time).join(" – ");
  return (
    <section class="card">
      <h2>{t("graph.conflicts")}</h2>
      <ul>
        {path.conflicts.map((conflict) => (
          <li>
            <Data>{conflict.key}</Data> <Owner code={conflict.from_owner} /> {said(conflict.from_time)} / <Owner code={conflict.to_owner} /> {said(conflict.to_time)}
          </li>
        ))}
      </ul>
    </section>
  );
}
