// The journal of private matches, and of each what it has told whom, in plain words.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Phrase } from "../api";
import { useGet } from "../live";
import { Fold } from "../parts/act";
import { Answer, Owner, Table } from "../parts/bits";
import { Said } from "../parts/said";
import type { Run } from "../types";
import { useWords } from "../words";

/** From the journal of this node alone; asked for when somebody wants to read it. */
function Told({ run }: { run: string }) {
  const told = useGet<{ statement: string[]; statement_said: (Phrase | null)[] }>("match/explain", { run });
  return (
    <Answer of={told}>
      {([one]) => (
        <ul class="told">
          {one?.statement.map((line, at) => (
            <li>
              <Said phrase={one.statement_said[at]} text={line} />
            </li>
          ))}
        </ul>
      )}
    </Answer>
  );
}

export function Runs({ runs }: { runs: Run[] }) {
  const { before, t, tried, time } = useWords();
  const [chosen, setChosen] = useState<string>();
  const told = useRef<HTMLElement>(null);
  useEffect(() => told.current?.focus(), [chosen]);
  const run = runs.find((one) => one.run === chosen);
  return (
    <Fold title={t("match.runs")}>
      {run && (
        <section class="card" ref={told} tabindex={-1}>
          <h2>
            {before(t("match.told"))}<Owner code={run.peer} /> {time(run.started)}
          </h2>
          <Told run={run.run} />
        </section>
      )}
      <Table
        caption={t("match.runs")}
        first={20}
        rows={[...runs].reverse()}
        columns={[
          { head: t("col.time"), cell: (row) => time(row.started), narrow: true },
          { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
          { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
          { head: t("col.state"), cell: (row) => <>{tried("run", row.state)} {row.clause && <>({tried("clause", row.clause)})</>}</> },
          { head: t("match.keys"), cell: (row) => `${row.own} / ${row.theirs}`, narrow: true },
          { head: t("match.hits"), cell: (row) => row.hits, narrow: true },
          { head: "", cell: (row) => <button aria-pressed={row.run === chosen} onClick={() => setChosen(row.run === chosen ? undefined : row.run)}>{t("match.told")}</button>, narrow: true },
        ]}
      />
    </Fold>
  );
}
