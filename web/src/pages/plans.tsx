// Plans: our own in full; of a clash only the domain, the day and whom to call.
import { upload } from "../api";
import type { PageProps } from "../app";
import { refresh, useGet } from "../live";
import { Answer, Data, Failure, Field, Owner, Table, useAction } from "../parts/bits";
import { useWords } from "../words";

interface Plan {
  name: string;
  state: string;
  plan: { activity?: string; domains?: string[]; lat?: [number, number]; lon?: [number, number]; start?: string; stop?: string };
}

interface Clash {
  plan?: string;
  peer: string;
  domain: string;
  day: string;
  until: string;
  call: string;
  reference: string;
}

export function Plans(_: PageProps) {
  const { t, time } = useWords();
  const plans = useGet<Plan>("plan/list");
  const clashes = useGet<Clash>("plan/clashes");
  const action = useAction();
  function add(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(form.get(name)).trim();
    const pair = (name: string) => text(name).split(/[\s;]+/).map(Number);
    const plan = { name: text("name"), activity: text("activity"), domains: text("domains").split(/[\s,]+/), lat: pair("lat"), lon: pair("lon"), height_m: null, start: text("start"), stop: text("stop") };
    action.run(async () => {
      await upload("plan/add", {}, JSON.stringify(plan));
      refresh();
    });
  }
  return (
    <>
      <h1>{t("nav.plans")}</h1>
      <form class="card" onSubmit={add}>
        <h2>{t("plans.add")}</h2>
        <p class="quiet">{t("plans.explain")}</p>
        <div class="row">
          <Field label={t("col.name")}>
            <input name="name" required dir="auto" />
          </Field>
          <Field label={t("plans.activity")}>
            <input name="activity" required defaultValue="patrol" />
          </Field>
          <Field label={t("plans.domains")}>
            <input name="domains" required defaultValue="sea" />
          </Field>
          <Field label={t("plans.lat")}>
            <input name="lat" required placeholder="-46.4 -46.0" dir="ltr" />
          </Field>
          <Field label={t("plans.lon")}>
            <input name="lon" required placeholder="-122.9 -122.5" dir="ltr" />
          </Field>
          <Field label={t("plans.start")}>
            <input name="start" required placeholder="2024-12-06T18:00:00Z" dir="ltr" />
          </Field>
          <Field label={t("plans.stop")}>
            <input name="stop" required placeholder="2024-12-06T23:00:00Z" dir="ltr" />
          </Field>
          <button class="first" disabled={action.busy}>
            {t("plans.add")}
          </button>
        </div>
        <Failure why={action.why} />
      </form>
      <Answer of={clashes} empty={t("plans.noClash")}>
        {(rows) => (
          <Table
            caption={t("plans.clashes")}
            rows={rows.filter((row) => row.plan !== undefined)}
            columns={[
              { head: t("col.name"), cell: (row) => <Data>{row.plan}</Data> },
              { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
              { head: t("plans.domains"), cell: (row) => row.domain, narrow: true },
              { head: t("plans.day"), cell: (row) => time(row.day), narrow: true },
              { head: t("plans.call"), cell: (row) => <Data>{row.call}</Data> },
            ]}
          />
        )}
      </Answer>
      <Answer of={plans}>
        {(rows) => (
          <Table
            caption={t("nav.plans")}
            rows={rows}
            columns={[
              { head: t("col.name"), cell: (row) => <Data>{row.name}</Data> },
              { head: t("col.state"), cell: (row) => row.state, narrow: true },
              { head: t("plans.activity"), cell: (row) => row.plan.activity, narrow: true },
              { head: t("plans.domains"), cell: (row) => row.plan.domains?.join(", "), narrow: true },
              { head: t("plans.start"), cell: (row) => time(row.plan.start), narrow: true },
              { head: t("plans.stop"), cell: (row) => time(row.plan.stop), narrow: true },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
