// Tasks of the joint plan: proposed by one service, taken and done by the one they are for.
import type { User } from "../api";
import { useGet } from "../live";
import { activities } from "../pages/plans";
import { Act, Do, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table } from "../parts/bits";
import { PeerField, PeersField, PurposeField } from "../parts/fields";
import type { Status, Task } from "../types";
import { useWords } from "../words";
import { works } from "./works";

function NewTask() {
  const { t, tried } = useWords();
  return (
    <Act verb="task/new" label={t("task.add")} explain={t("task.explain")} read={(said) => ({ activity: said.text("activity"), for: said.text("for"), due: said.text("due"), purpose: said.text("purpose"), with: said.all("with"), note: said.maybe("note") })}>
      <Field label={t("plans.activity")}>
        <select name="activity" required>
          {activities.map((one) => (
            <option value={one}>{tried("activity", one)}</option>
          ))}
        </select>
      </Field>
      <PeerField name="for" label={t("task.for")} own />
      <Field label={t("task.due")}>
        <input name="due" type="date" required />
      </Field>
      <PurposeField />
      <PeersField name="with" legend={t("task.with")} />
      <Field label={t("task.note")} wide>
        <input name="note" dir="auto" />
      </Field>
    </Act>
  );
}

/** Whoever it is for takes it, says why not, or says that it is done. */
function TaskActs({ row, own }: { row: Task; own: string | undefined }) {
  const { t } = useWords();
  if (row.task.who !== own || row.state === "done" || row.state === "refused") return null;
  return (
    <>
      {row.state === "proposed" && <Do verb="task/take" parameters={{ task: row.id }} label={t("task.take")} first />}{" "}
      {row.state === "accepted" && <Do verb="task/done" parameters={{ task: row.id }} label={t("task.done")} first />}
      {row.state === "proposed" && (
        <Fold title={t("task.refuse")}>
          <Act verb="task/refuse" label={t("task.refuse")} read={(said) => ({ task: row.id, note: said.text("note") })}>
            <Field label={t("col.reason")}>
              <input name="note" required dir="auto" />
            </Field>
          </Act>
        </Fold>
      )}
    </>
  );
}

export function Tasks({ user }: { user: User }) {
  const { t, tried, time } = useWords();
  const tasks = useGet<Task>("task/list");
  const own = useGet<Status>("status").results[0]?.code;
  return (
    <>
      {works(user) && (
        <section class="card">
          <Fold title={t("task.new")}>
            <NewTask />
          </Fold>
        </section>
      )}
      <Answer of={tasks} empty={t("task.none")}>
        {(rows) => (
          <Table
            caption={t("task.title")}
            rows={[...rows].sort((a, b) => a.task.due.localeCompare(b.task.due))}
            columns={[
              { head: t("task.due"), cell: (row) => <>{time(row.task.due)} {row.late && <strong class="late">{t("desk.late")}</strong>}</>, narrow: true },
              { head: t("plans.activity"), cell: (row) => tried("activity", row.task.activity), narrow: true },
              { head: t("task.for"), cell: (row) => <Owner code={row.task.who} />, narrow: true },
              { head: t("col.state"), cell: (row) => tried("task", row.state), narrow: true },
              { head: t("col.purpose"), cell: (row) => row.task.purpose, narrow: true },
              { head: t("task.note"), cell: (row) => <Data>{[row.task.note, row.task.set?.why].filter(Boolean).join(" – ")}</Data> },
              { head: t("task.by"), cell: (row) => <><Owner code={row.task.owner} /> <Data>{row.task.by}</Data></>, narrow: true },
              ...(works(user) ? [{ head: "", cell: (row: Task) => <TaskActs row={row} own={own} /> }] : []),
            ]}
          />
        )}
      </Answer>
    </>
  );
}
