// Alarms of private match: what looks like probing or baiting stands until a person has looked.
import type { User } from "../api";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table, type Column } from "../parts/bits";
import type { Alarm } from "../types";
import { useWords } from "../words";

const clears = (user: User) => ["disclosure", "legal", "liaison"].includes(user.role);

/** Whoever made the match that it is about does not clear it. */
function Clear({ alarm }: { alarm: Alarm }) {
  const { t } = useWords();
  return (
    <Fold title={t("alarm.clear")}>
      <Act verb="match/clear" label={t("alarm.clear")} explain={t("alarm.clearExplain")} read={(said) => ({ alarm: alarm.id, reason: said.text("reason") })}>
        <Field label={t("alarm.found")} wide>
          <input name="reason" required dir="auto" />
        </Field>
      </Act>
    </Fold>
  );
}

/** How it ended. */
function Cleared({ alarm }: { alarm: Alarm }) {
  const { time } = useWords();
  return (
    <>
      <Data>{alarm.cleared_why}</Data>{" "}
      <span class="quiet">
        {time(alarm.cleared)} <Data>{alarm.cleared_by}</Data>
      </span>
    </>
  );
}

function useColumns(): Column<Alarm>[] {
  const { t, tried, time } = useWords();
  return [
    { head: t("col.time"), cell: (row) => time(row.time), narrow: true },
    { head: t("alarm.what"), cell: (row) => tried("matchalarm", row.alarm) },
    { head: t("alarm.by"), cell: (row) => <><Owner code={row.by} /> {row.user && <Data>{row.user}</Data>}</>, narrow: true },
    { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
    { head: t("col.key"), cell: (row) => row.key && <code dir="ltr">{row.key}</code> },
  ];
}

export function Alarms({ user }: { user: User }) {
  const { t } = useWords();
  const columns = useColumns();
  const alarms = useGet<Alarm>("match/alarms");
  return (
    <Answer of={alarms} empty={t("alarm.none")}>
      {(rows) => {
        const stand = rows.filter((row) => !row.cleared);
        const over = rows.filter((row) => row.cleared).reverse();
        return (
          <>
            {stand.length > 0 && <Table caption={t("alarm.stand")} rows={stand} columns={[...columns, ...(clears(user) ? [{ head: "", cell: (row: Alarm) => <Clear key={row.id} alarm={row} /> }] : [])]} />}
            {over.length > 0 && (
              <Fold title={t("alarm.over", { n: over.length })}>
                <Table caption={t("alarm.wasCleared")} first={20} rows={over} columns={[...columns, { head: t("alarm.found"), cell: (row) => <Cleared alarm={row} /> }]} />
              </Fold>
            )}
          </>
        );
      }}
    </Answer>
  );
}
