// Plans: our own in full, on the map and in time; of a clash only the domain, the day and whom
// to call.
import { useEffect, useState } from "preact/hooks";
import type { FunctionComponent } from "preact";
import { post } from "../api";
import type { PageProps } from "../app";
import { refresh, useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Failure, Field, Owner, Table, useAction } from "../parts/bits";
import type { Plan, PlansMapProps } from "../draw/plans";
import { useWords } from "../words";

interface Clash {
  plan?: string;
  peer: string;
  domain: string;
  day: string;
  until: string;
  call: string;
  reference: string;
}

/** The most usual first; joint/domains.def has the same. */
const domains = ["sea", "air", "land", "road", "rail", "river", "port", "airport", "underground", "underwater", "space", "radio", "network", "cyber"] as const;
export const activities = ["patrol", "observe", "locate", "meet", "interview", "screen", "arrest-on-warrant", "protect-a-site", "inform-a-carrier", "transit", "exercise", "rescue-exercise", "get-a-list-under-warrant", "watch-passenger-data", "legal-request", "ask-a-third-state"] as const;

function Adding() {
  const { t, tried } = useWords();
  const pair = (text: string) => text.split(/[\s;]+/).map(Number);
  const utc = (text: string) => `${text}:00Z`;
  return (
    <Act
      verb="plan/add"
      file
      label={t("plans.add")}
      explain={t("plans.explain")}
      read={(said) =>
        ({ name: said.text("name"), activity: said.text("activity"), domains: said.all("domains"), lat: pair(said.text("lat")), lon: pair(said.text("lon")), height_m: null, start: utc(said.text("start")), stop: utc(said.text("stop")) }) as never
      }
    >
      <Field label={t("col.name")}>
        <input name="name" required dir="auto" />
      </Field>
      <Field label={t("plans.activity")}>
        <select name="activity" required>
          {activities.map((one) => (
            <option value={one}>{tried("activity", one)}</option>
          ))}
        </select>
      </Field>
      <fieldset class="options">
        <legend>{t("plans.domains")}</legend>
        {domains.map((one, at) => (
          <label>
            <input type="checkbox" name="domains" value={one} defaultChecked={at === 0} /> {tried("domain", one)}
          </label>
        ))}
      </fieldset>
      <Field label={t("plans.lat")}>
        <input name="lat" required placeholder="-46.4 -46.0" dir="ltr" pattern="\s*-?[0-9.]+[\s;]+-?[0-9.]+\s*" />
      </Field>
      <Field label={t("plans.lon")}>
        <input name="lon" required placeholder="-122.9 -122.5" dir="ltr" pattern="\s*-?[0-9.]+[\s;]+-?[0-9.]+\s*" />
      </Field>
      <Field label={t("plans.start")}>
        <input name="start" type="datetime-local" required />
      </Field>
      <Field label={t("plans.stop")}>
        <input name="stop" type="datetime-local" required />
      </Field>
    </Act>
  );
}

/** With every partner, in private; who did not answer is said. */
function Compare() {
  const { t } = useWords();
  const action = useAction();
  const [end, setEnd] = useState<{ answered?: string[]; silent?: string[] }>();
  return (
    <div class="row middle">
      <button
        class="compare first"
        disabled={action.busy}
        onClick={() =>
          action.run(async () => {
            const answer = await post<{ answered?: string[]; silent?: string[] }>("plan/check", { seconds: 30 });
            setEnd(answer.results.find((line) => line.answered !== undefined));
            refresh();
          })
        }
      >
        {action.busy ? t("wait") : t("plans.compare")}
      </button>
      <span role="status">
        {end && t("plans.compared", { who: end.answered?.join(", ") || "–" })} {(end?.silent?.length ?? 0) > 0 && t("match.silent", { who: end?.silent?.join(", ") ?? "" })}
      </span>
      <Failure why={action.why} />
    </div>
  );
}

export function Plans({ user }: PageProps) {
  const { before, t, tried, time } = useWords();
  const plans = useGet<Plan>("plan/list");
  const clashes = useGet<Clash>("plan/clashes");
  const [drawn, setDrawn] = useState<{ is: FunctionComponent<PlansMapProps> }>();
  useEffect(() => void import("../draw/plans").then((module) => setDrawn({ is: module.PlansMap })), []);
  const may = ["analyst", "legal", "liaison", "case"].includes(user.role);
  const clashing = new Set(clashes.results.map((row) => row.plan));
  return (
    <>
      <h1>{t("nav.plans")}</h1>
      <Answer of={clashes} empty={t("plans.noClash")}>
        {(rows) => (
          <div class="cards">
            {rows
              .filter((row) => row.plan !== undefined)
              .map((row) => (
                <section class="card clash">
                  <h2>
                    <Data>{row.plan}</Data> ✕ <Owner code={row.peer} />
                  </h2>
                  <p>
                    {tried("domain", row.domain)} · {row.day === row.until ? time(row.day) : `${time(row.day)} – ${time(row.until)}`}
                  </p>
                  <p>
                    {before(t("plans.call"))}<strong><Data>{row.call}</Data></strong> <span class="quiet">{row.reference}</span>
                  </p>
                </section>
              ))}
          </div>
        )}
      </Answer>
      {may && <Compare />}
      {may && (
        <section class="card">
          <Fold title={t("plans.add")} open={plans.results.length === 0}>
            <Adding />
          </Fold>
        </section>
      )}
      {drawn && plans.results.length > 0 && <drawn.is plans={plans.results} clashing={clashing} />}
      <Answer of={plans}>
        {(rows) => (
          <Table
            caption={t("nav.plans")}
            rows={rows}
            columns={[
              { head: t("col.name"), cell: (row) => <Data>{row.name}</Data> },
              { head: t("col.state"), cell: (row) => tried("alert", row.state), narrow: true },
              { head: t("plans.activity"), cell: (row) => tried("activity", row.plan.activity ?? ""), narrow: true },
              { head: t("plans.domains"), cell: (row) => row.plan.domains?.map((one) => tried("domain", one)).join(", "), narrow: true },
              { head: t("plans.start"), cell: (row) => time(row.plan.start), narrow: true },
              { head: t("plans.stop"), cell: (row) => time(row.plan.stop), narrow: true },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
