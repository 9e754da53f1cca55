// Alerts: standing questions to our own feeds, and what they have found.
import { useState } from "preact/hooks";
import { actions, ActionWords } from "../alert/words";
import { FoundCard, type Found } from "../alert/found";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Answer, Data, Field, Table } from "../parts/bits";
import { PeersField, PurposeField } from "../parts/fields";
import { useWords } from "../words";

interface Alert {
  alert: string;
  state: string;
  action: string;
  words?: Record<string, string>;
  basis: string | null;
  reason: string;
  valid_to: string;
  days_left: number;
  expires_soon: boolean;
}

/** The effect is said in a sentence before anybody confirms it. */
function Adding() {
  const { t, tried } = useWords();
  const [action, setAction] = useState("notify");
  const effect = t("alert.effect", { words: tried("action", action) });
  return (
    <Act
      verb="alert/add"
      file
      label={t("alert.add")}
      explain={effect}
      read={(said) => ({
        name: said.text("name"),
        names: said.list("names"),
        dob: said.maybe("dob"),
        keys: said.list("keys"),
        action,
        basis: actions[action] ? said.text("basis") : undefined,
        reason: said.text("reason"),
        call: said.text("call"),
        valid_to: said.text("valid_to"),
        purpose: said.text("purpose"),
        notify: said.all("notify"),
      })}
    >
      <Field label={t("alert.name")}>
        <input name="name" required dir="auto" maxlength={60} />
      </Field>
      <Field label={t("alert.action")}>
        <select value={action} onChange={(event) => setAction(event.currentTarget.value)}>
          {Object.keys(actions).map((one) => (
            <option value={one}>{tried("action", one)}</option>
          ))}
        </select>
      </Field>
      {actions[action] && (
        <Field label={t("alert.basis")}>
          <input name="basis" required dir="auto" />
        </Field>
      )}
      <Field label={t("alert.names")} wide>
        <input name="names" dir="auto" />
      </Field>
      <Field label={t("thing.births")}>
        <input name="dob" placeholder="1991-03-07" dir="ltr" />
      </Field>
      <Field label={t("alert.keys")} wide>
        <input name="keys" placeholder="doc:QBZ:650018823" dir="ltr" />
      </Field>
      <Field label={t("col.reason")} wide>
        <input name="reason" required dir="auto" />
      </Field>
      <Field label={t("plans.call")}>
        <input name="call" required dir="auto" />
      </Field>
      <Field label={t("alert.until")}>
        <input name="valid_to" type="date" required />
      </Field>
      <PurposeField />
      <PeersField name="notify" legend={t("alert.tell")} />
    </Act>
  );
}

function Sighting() {
  const { t } = useWords();
  return (
    <Act
      verb="sighting/add"
      file
      label={t("sighting.add")}
      explain={t("sighting.explain")}
      read={(said) => ({ ref: said.text("ref"), time: `${said.text("time")}:00Z`, place: said.text("place"), names: said.list("names"), dob: said.maybe("dob"), keys: said.list("keys") })}
    >
      <Field label={t("desk.reference")}>
        <input name="ref" required dir="auto" />
      </Field>
      <Field label={t("sighting.time")}>
        <input name="time" type="datetime-local" required />
      </Field>
      <Field label={t("sighting.place")}>
        <input name="place" required dir="auto" />
      </Field>
      <Field label={t("alert.names")} wide>
        <input name="names" dir="auto" />
      </Field>
      <Field label={t("thing.births")}>
        <input name="dob" placeholder="1991-03-07" dir="ltr" />
      </Field>
      <Field label={t("alert.keys")}>
        <input name="keys" dir="ltr" />
      </Field>
    </Act>
  );
}

export function Alerts({ user }: PageProps) {
  const { t, tried, time } = useWords();
  const list = useGet<Alert>("alert/list");
  const found = useGet<Found>("alert/cases");
  const may = ["analyst", "legal", "liaison", "case"].includes(user.role);
  const collects = ["analyst", "liaison", "case", "collector"].includes(user.role);
  const rank = (one: Found) => (one.state === "open" ? 0 : 1);
  return (
    <>
      <h1>{t("nav.alerts")}</h1>
      <Answer of={found} empty={t("alert.quiet")}>
        {(rows) => (
          <div class="cards">
            {[...rows]
              .sort((a, b) => rank(a) - rank(b) || b.level - a.level || b.minutes - a.minutes)
              .map((one) => (
                <FoundCard key={one.id} found={one} user={user} />
              ))}
          </div>
        )}
      </Answer>
      {(may || collects) && (
        <section class="card">
          {may && (
            <Fold title={t("alert.new")}>
              <Adding />
            </Fold>
          )}
          {collects && (
            <Fold title={t("sighting.title")}>
              <Sighting />
            </Fold>
          )}
        </section>
      )}
      <Answer of={list} empty={t("alert.none")}>
        {(rows) => (
          <Table
            caption={t("alert.standing")}
            rows={rows}
            columns={[
              { head: t("alert.name"), cell: (row) => <Data>{row.alert}</Data> },
              { head: t("alert.action"), cell: (row) => <ActionWords action={row.action} words={row.words} /> },
              { head: t("alert.basis"), cell: (row) => <Data>{row.basis}</Data> },
              { head: t("col.reason"), cell: (row) => <Data>{row.reason}</Data> },
              {
                head: t("alert.until"),
                cell: (row) => (
                  <>
                    {time(row.valid_to)} {row.expires_soon && <strong class="late">{t("alert.soon", { n: row.days_left })}</strong>}
                  </>
                ),
                narrow: true,
              },
              { head: t("col.state"), cell: (row) => tried("alert", row.state), narrow: true },
              { head: "", cell: (row) => (may && row.state === "active" ? <Do verb="alert/withdraw" parameters={{ name: row.alert }} label={t("alert.withdraw")} /> : null), narrow: true },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
