// A question to all partners: who was in a region then, and is tied to one of these?  Each
// answers from its own records; who was silent stands beside the answer.
import { useState } from "preact/hooks";
import { post } from "../api";
import type { PageProps } from "../app";
import { refresh, useGet } from "../live";
import { Answer, Data, Failure, Field, Owner, Table, ThingLink, useAction } from "../parts/bits";
import { PurposeField } from "../parts/fields";
import { Name } from "../person/same";
import { useWords } from "../words";

interface Line {
  hypothesis: string;
  id?: string;
  name?: string;
  owner?: string;
  peer?: string;
  state?: string;
  clause?: string | null;
  fits?: number;
  asked?: string[];
  answered?: string[];
  silent?: string[];
  question?: { purpose?: string; region?: { name?: string; lat?: number; lon?: number; km?: number }; from?: string; to?: string; tied_to?: string[]; peers?: string[]; asked_by?: string; asked?: string };
}

/** A region by its name, or the middle and the kilometres around it. */
function region(row: Line): string {
  const { name, lat, lon, km } = row.question?.region ?? {};
  return name ?? (lat === undefined ? "" : `${lat}, ${lon} ± ${km} km`);
}

export function Hypotheses(_: PageProps) {
  const { t, tried, time } = useWords();
  const list = useGet<Line>("hypo/list");
  const [lines, setLines] = useState<Line[]>([]);
  const action = useAction();
  function ask(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(form.get(name)).trim();
    action.run(async () => {
      const answer = await post<Line>("hypo/ask", { region: text("region"), from: text("from"), to: text("to"), "tied-to": text("tied").split(/[\s,]+/), purpose: text("purpose") });
      setLines(answer.results);
      refresh();
    });
  }
  const end = lines.find((line) => line.asked !== undefined);
  return (
    <>
      <h1>{t("nav.hypo")}</h1>
      <form class="card" onSubmit={ask}>
        <h2>{t("hypo.ask")}</h2>
        <div class="row">
          <Field label={t("hypo.region")}>
            <input name="region" required placeholder="Dramos / -46.2,-122.7,40" dir="auto" />
          </Field>
          <Field label={t("plans.start")}>
            <input name="from" type="date" required />
          </Field>
          <Field label={t("plans.stop")}>
            <input name="to" type="date" required />
          </Field>
          <Field label={t("hypo.tied")}>
            <input name="tied" required dir="ltr" size={40} />
          </Field>
          <PurposeField />
          <button class="first" disabled={action.busy}>
            {action.busy ? t("wait") : t("hypo.ask")}
          </button>
        </div>
        <Failure why={action.why} />
        <p role="status">
          {end && t("match.answered", { n: lines.filter((line) => line.id).length, who: end.answered?.join(", ") ?? "" })}
          {(end?.silent?.length ?? 0) > 0 && <> {t("match.silent", { who: end?.silent?.join(", ") ?? "" })}</>}
        </p>
      </form>
      {lines.length > 0 && (
        <>
          <Table
            caption={t("hypo.named")}
            rows={lines.filter((line) => line.id !== undefined)}
            columns={[
              { head: t("col.owner"), cell: (line) => <Owner code={line.owner ?? ""} />, narrow: true },
              { head: t("col.name"), cell: (line) => <ThingLink id={line.id ?? ""} name={line.name} /> },
            ]}
          />
          <Table
            caption={t("hypo.partners")}
            rows={lines.filter((line) => line.peer !== undefined)}
            columns={[
              { head: t("col.peer"), cell: (line) => <Owner code={line.peer ?? ""} />, narrow: true },
              { head: t("col.state"), cell: (line) => tried("run", line.state ?? ""), narrow: true },
              { head: t("hypo.fits"), cell: (line) => line.fits, narrow: true },
              { head: t("col.reason"), cell: (line) => <Data>{tried("clause", line.clause ?? "")}</Data> },
            ]}
          />
        </>
      )}
      <Answer of={list}>
        {(rows) => (
          <Table
            caption={t("hypo.asked")}
            rows={rows}
            columns={[
              { head: t("col.time"), cell: (row) => time(row.question?.asked), narrow: true },
              { head: t("hypo.region"), cell: (row) => <Data>{region(row)}</Data> },
              { head: t("hypo.when"), cell: (row) => `${time(row.question?.from)} – ${time(row.question?.to)}`, narrow: true },
              { head: t("hypo.tied"), cell: (row) => row.question?.tied_to?.map((id) => <div><Name id={id} /></div>) },
              { head: t("col.purpose"), cell: (row) => row.question?.purpose, narrow: true },
              { head: t("hypo.partners"), cell: (row) => row.question?.peers?.map((code) => <><Owner code={code} /> </>), narrow: true },
              { head: t("col.state"), cell: (row) => tried("run", row.state ?? ""), narrow: true },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
