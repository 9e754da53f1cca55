// What alerts have found: what to do in words, whom to call, who has acknowledged.
import { useState } from "preact/hooks";
import type { User } from "../api";
import { Act, Do } from "../parts/act";
import { Data, Field, Owner } from "../parts/bits";
import { href } from "../route";
import { useWords } from "../words";
import { ActionWords } from "./words";

export interface Found {
  id: string;
  peer: string | null;
  state: string;
  minutes: number;
  level: number;
  words?: Record<string, string>;
  case: {
    alerts?: string[];
    sightings?: string[];
    notify?: string[];
    acks?: { service: string; user?: string; by?: string; time?: string; note?: string }[];
    review?: boolean;
    action: string;
    reason?: string;
    call?: string;
    place?: string;
    seen?: string;
    late_days?: number;
    precedence?: string;
    purpose?: string;
  };
}

export function FoundCard({ found, user }: { found: Found; user: User }) {
  const { t, tried, time } = useWords();
  const [rejecting, setRejecting] = useState(false);
  const { case: one } = found;
  const may = ["analyst", "legal", "liaison", "case"].includes(user.role) && found.state === "open";
  const acks = one.acks ?? [];
  return (
    <article class={`card alert ${found.state}`}>
      <p class="action-line">
        <ActionWords action={one.action} words={found.words} />
        {found.state === "open" && found.level > 0 && <strong class="late">{t(found.level === 1 ? "alert.deputy" : "alert.head")}</strong>}
      </p>
      {one.review && <p class="mark">{t("alert.likeness")}</p>}
      <dl class="facts">
        {one.reason && (
          <>
            <dt>{t("col.reason")}</dt>
            <dd>
              <Data>{one.reason}</Data>
            </dd>
          </>
        )}
        <dt>{t("plans.call")}</dt>
        <dd>
          <Data>{one.call || "–"}</Data>
        </dd>
        <dt>{t("alert.seen")}</dt>
        <dd>
          {time(one.seen)} <Data>{one.place}</Data> {(one.late_days ?? 0) > 0 && t("alert.lateDays", { n: one.late_days ?? 0 })}
        </dd>
        <dt>{t("alert.of")}</dt>
        <dd>
          {found.peer ? <Owner code={found.peer} /> : <Data>{one.alerts?.join(", ")}</Data>} <span class="quiet">{one.sightings?.join(", ")}</span>
        </dd>
        <dt>{t("col.state")}</dt>
        <dd>
          {tried("alert", found.state)} {found.state === "open" && <span class="quiet">{t("alert.minutes", { n: found.minutes })}</span>}
        </dd>
        {(one.notify ?? []).map((peer) => (
          <>
            <dt>
              <Owner code={peer} />
            </dt>
            <dd>{acks.some((ack) => ack.service === peer) ? t("alert.acked") : t("alert.notAcked")}</dd>
          </>
        ))}
      </dl>
      {may && (
        <div class="row">
          <Do verb="alert/ack" parameters={{ case: found.id }} label={t("alert.ack")} first />
          {!rejecting && <button onClick={() => setRejecting(true)}>{t("alert.reject")}</button>}
          <a href={href("cases")}>{t("nav.cases")}</a>
        </div>
      )}
      {may && rejecting && (
        <Act verb="alert/ack" label={t("alert.reject")} explain={t("alert.rejectExplain")} read={(said) => ({ case: found.id, reject: true, note: said.text("note") })} second={<button type="button" onClick={() => setRejecting(false)}>{t("cancel")}</button>}>
          <Field label={t("alert.rejectWhy")} wide>
            <input name="note" required dir="auto" />
          </Field>
        </Act>
      )}
    </article>
  );
}
