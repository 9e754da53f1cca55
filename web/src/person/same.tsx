// Are two records one person?  People say so, with a reason and a signature; it can be undone,
// and nothing is ever merged.
import type { Phrase, User } from "../api";
import { useShown } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Data, Field, ThingLink } from "../parts/bits";
import { Said } from "../parts/said";
import { useWords } from "../words";
import type { Same, Suggestion } from "./types";

export const decides = (user: User) => ["analyst", "legal", "liaison", "case"].includes(user.role);

export function Name({ id }: { id: string }) {
  const shown = useShown(id);
  return <ThingLink id={id} name={shown?.name} latin={shown?.latin} />;
}

function Because({ why, said }: { why: string[]; said: (Phrase | null)[] | undefined }) {
  return (
    <ul class="quiet">
      {why.map((one, at) => (
        <li>
          <Said phrase={said?.[at]} text={one} />
        </li>
      ))}
    </ul>
  );
}

/** What was said, by whom, and the way back. */
export function Statement({ same, user }: { same: Same; user: User }) {
  const { t, tried, time } = useWords();
  const proposer = same.acts[0]?.by;
  return (
    <article class={`card same ${same.state}`}>
      <p>
        <Name id={same.a} /> {same.says === "never" ? "≠" : "="} <Name id={same.b} /> <span class="state">{tried("same", same.state)}</span>{" "}
        {same.score !== undefined && <span class="quiet">{same.score.toFixed(3)}</span>}
      </p>
      <Because why={same.why} said={same.why_said} />
      <ol class="events">
        {same.acts.map((act) => (
          <li>
            <time>{time(act.at)}</time> {tried("same", act.act)} <Data>{`${act.node}/${act.by}`}</Data> ({tried("role", act.role)}) {act.why && <Data>– {act.why}</Data>} {!act.signed && <strong class="late">{t("same.unsigned")}</strong>}
          </li>
        ))}
      </ol>
      {decides(user) && same.state !== "undone" && (
        <div class="row">
          {same.state === "proposed" && proposer !== user.name && <Do verb="same/confirm" parameters={{ id: same.id }} label={t("same.confirm")} first />}
          <Fold title={t("same.undo")}>
            <Act verb="same/undo" label={t("same.undo")} read={(said) => ({ id: same.id, reason: said.maybe("reason") })}>
              <Field label={t("col.reason")} wide>
                <input name="reason" required dir="auto" />
              </Field>
            </Act>
          </Fold>
        </div>
      )}
    </article>
  );
}

/** A likeness that the node has seen; it waits for a person. */
export function Suggested({ one, user }: { one: Suggestion; user: User }) {
  const { t, tried } = useWords();
  return (
    <article class="card same suggested">
      <p>
        <Name id={one.a} /> ≈ <Name id={one.b} /> <span class="quiet">{one.score.toFixed(3)}</span> {tried("decision", one.decision)}
      </p>
      <Because why={one.why} said={one.why_said} />
      {decides(user) && (
        <div class="row">
          <Do verb="same/propose" parameters={{ a: one.a, b: one.b }} label={t("same.propose")} first />
          <Fold title={t("same.never")}>
            <Act verb="same/never" label={t("same.never")} explain={t("same.neverExplain")} read={(said) => ({ a: one.a, b: one.b, reason: said.text("reason") })}>
              <Field label={t("col.reason")} wide>
                <input name="reason" required dir="auto" />
              </Field>
            </Act>
          </Fold>
        </div>
      )}
    </article>
  );
}
