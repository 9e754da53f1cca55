// Threats to life: who was warned, by whom, and if nobody, why not.  The clock runs until one of
// the two is said.
import type { User } from "../api";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field } from "../parts/bits";
import { Due, Precedence } from "../parts/clock";
import { PrecedenceField } from "../parts/fields";
import type { Warning } from "../types";
import { useWords } from "../words";

function New() {
  const { t } = useWords();
  return (
    <Act verb="warn/new" label={t("warn.add")} explain={t("warn.explain")} read={(said) => ({ threatened: said.text("threatened"), text: said.text("text"), about: said.maybe("about"), precedence: said.text("precedence") })}>
      <Field label={t("warn.threatened")} wide>
        <input name="threatened" required dir="auto" />
      </Field>
      <PrecedenceField least={1} />
      <Field label={t("warn.text")} wide>
        <textarea name="text" required dir="auto" />
      </Field>
      <Field label={t("warn.about")}>
        <input name="about" dir="ltr" />
      </Field>
    </Act>
  );
}

function Closing({ warning, user }: { warning: Warning; user: User }) {
  const { t } = useWords();
  const officer = ["disclosure", "legal"].includes(user.role);
  return (
    <>
      <Act verb="warn/done" label={t("warn.done")} read={(said) => ({ warning: warning.warning, who: said.text("who"), how: said.text("how") })}>
        <Field label={t("warn.who")} wide>
          <input name="who" required dir="auto" />
        </Field>
        <Field label={t("warn.how")} wide>
          <input name="how" required dir="auto" />
        </Field>
      </Act>
      {officer && (
        <Fold title={t("warn.waive")}>
          <Act verb="warn/waive" label={t("warn.waive")} explain={t("warn.waiveExplain")} read={(said) => ({ warning: warning.warning, reason: said.maybe("reason") })}>
            <Field label={t("col.reason")} wide>
              <input name="reason" required dir="auto" />
            </Field>
          </Act>
        </Fold>
      )}
    </>
  );
}

function WarningShown({ warning, user }: { warning: Warning; user: User }) {
  const { before, t, tried, time } = useWords();
  const open = warning.state === "open";
  return (
    <article class={open ? "card alert open" : "card"}>
      <p class="action-line">
        <Precedence is={warning.precedence} />
        <strong>
          <Data>{warning.threatened}</Data>
        </strong>
        <span class="state">{tried("warn", warning.state)}</span>
        {open && <Due what="warn" due={warning.due} overdue={warning.overdue} />}
      </p>
      <p class="said" dir="auto">
        {warning.text}
      </p>
      {warning.about && (
        <p class="quiet">
          {before(t("warn.about"))}<Data>{warning.about}</Data>
        </p>
      )}
      <ol class="events">
        {warning.events.map((event) => (
          <li>
            <time>{time(event.time)}</time> {tried("warned", event.what)} <Data>{event.by}</Data> {event.note && <Data>– {event.note}</Data>}
          </li>
        ))}
      </ol>
      {open && user.role !== "oversight" && <Closing warning={warning} user={user} />}
    </article>
  );
}

export function Warnings({ user }: PageProps) {
  const { t } = useWords();
  const list = useGet<Warning>("warn/list");
  return (
    <>
      <h1>{t("nav.warn")}</h1>
      {user.role !== "oversight" && (
        <section class="card">
          <Fold title={t("warn.new")}>
            <New />
          </Fold>
        </section>
      )}
      <Answer of={list} empty={t("warn.none")}>
        {(rows) => (
          <div class="cards">
            {[...rows]
              .sort((a, b) => Number(a.state !== "open") - Number(b.state !== "open") || a.due.localeCompare(b.due))
              .map((one) => (
                <WarningShown key={one.warning} warning={one} user={user} />
              ))}
          </div>
        )}
      </Answer>
    </>
  );
}
