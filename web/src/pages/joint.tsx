// What several services do together: tasks, views that others may agree with or not, hands that
// nobody knows yet, and what a partner lets us repeat to a third.
import type { User } from "../api";
import type { PageProps } from "../app";
import { PeersField, PurposeField } from "../desk/say";
import { useGet } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table, ThingLink } from "../parts/bits";
import { Name } from "../person/same";
import type { Maker, Peer, Repeat, Status, Task, View } from "../types";
import { useWords } from "../words";
import { activities } from "./plans";

const works = (user: User) => ["analyst", "legal", "liaison", "case"].includes(user.role);

// ---- tasks ----

function NewTask() {
  const { t, tried } = useWords();
  const peers = useGet<Peer>("peer/list");
  const own = useGet<Status>("status").results[0]?.code;
  return (
    <Act verb="task/new" label={t("task.add")} explain={t("task.explain")} read={(said) => ({ activity: said.text("activity"), for: said.text("for"), due: said.text("due"), purpose: said.text("purpose"), with: said.all("with"), note: said.maybe("note") })}>
      <Field label={t("plans.activity")}>
        <select name="activity" required>
          {activities.map((one) => (
            <option value={one}>{tried("activity", one)}</option>
          ))}
        </select>
      </Field>
      <Field label={t("task.for")}>
        <select name="for" required>
          {own && <option>{own}</option>}
          {peers.results.map((peer) => (
            <option>{peer.peer}</option>
          ))}
        </select>
      </Field>
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

function Tasks({ user }: { user: User }) {
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

// ---- views ----

const confidences = ["unlikely", "possible", "likely", "almost-certain"] as const;

function NewView() {
  const { t, tried } = useWords();
  return (
    <Act verb="hypo/open" label={t("view.add")} explain={t("view.explain")} read={(said) => ({ title: said.text("title"), confidence: said.text("confidence"), purpose: said.text("purpose"), basis: said.list("basis"), with: said.all("with") })}>
      <Field label={t("view.title")} wide>
        <input name="title" required dir="auto" />
      </Field>
      <Field label={t("col.confidence")}>
        <select name="confidence">
          {confidences.map((one) => (
            <option value={one} selected={one === "likely"}>{tried("sure", one)}</option>
          ))}
        </select>
      </Field>
      <PurposeField />
      <Field label={t("view.basis")} wide>
        <input name="basis" dir="ltr" />
      </Field>
      <PeersField name="with" legend={t("task.with")} />
    </Act>
  );
}

function Opinion({ view }: { view: View }) {
  const { t } = useWords();
  return (
    <Act verb="hypo/opinion" label={t("view.say")} read={(said) => ({ view: view.id, opinion: said.text("opinion"), note: said.maybe("note") })}>
      <Field label={t("view.opinion")}>
        <select name="opinion">
          <option value="agree">{t("view.agree")}</option>
          <option value="disagree">{t("view.disagree")}</option>
        </select>
      </Field>
      <Field label={t("task.note")}>
        <input name="note" dir="auto" />
      </Field>
    </Act>
  );
}

function ViewShown({ row, user }: { row: View; user: User }) {
  const { t, tried, time } = useWords();
  return (
    <article class="card">
      <h3>
        <Data>{row.view.title}</Data> <span class="state">{tried("sure", row.view.confidence)}</span>
      </h3>
      {row.basis_changed && <p class="mark">{t("view.changed")}</p>}
      <p class="quiet">
        <Owner code={row.view.owner} /> <Data>{row.view.by}</Data> · {row.view.purpose}
      </p>
      <ul class="events">
        {(row.view.opinions ?? []).map((one) => (
          <li>
            <Owner code={one.service} /> {tried("view", one.opinion)} {one.note && <Data>– {one.note}</Data>} <time>{time(one.time)}</time>
          </li>
        ))}
      </ul>
      {(row.view.basis?.length ?? 0) > 0 && (
        <details>
          <summary>{t("view.basis")}</summary>
          <ul>
            {row.view.basis?.map((one) => (
              <li>
                <Name id={one.id} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {works(user) && (
        <Fold title={t("view.opinion")}>
          <Opinion view={row} />
        </Fold>
      )}
    </article>
  );
}

function Views({ user }: { user: User }) {
  const { t } = useWords();
  const views = useGet<View>("hypo/views");
  return (
    <>
      <h2>{t("view.titleAll")}</h2>
      {works(user) && (
        <section class="card">
          <Fold title={t("view.new")}>
            <NewView />
          </Fold>
        </section>
      )}
      <Answer of={views} empty={t("view.none")}>
        {(rows) => (
          <div class="cards">
            {rows.map((row) => (
              <ViewShown key={row.id} row={row} user={user} />
            ))}
          </div>
        )}
      </Answer>
    </>
  );
}

// ---- unknown makers ----

function Ids({ title, ids }: { title: string; ids: string[] }) {
  if (ids.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {ids.map((id) => (
          <div>
            <Name id={id} />
          </div>
        ))}
      </dd>
    </>
  );
}

function Makers() {
  const { t } = useWords();
  const makers = useGet<Maker>("maker/list");
  return (
    <>
      <h2>{t("maker.title")}</h2>
      <p class="quiet">{t("maker.explain")}</p>
      <Answer of={makers} empty={t("maker.none")}>
        {(rows) => (
          <div class="cards">
            {rows.map((row) => (
              <section class="card">
                <h3>
                  {t("maker.one", { n: row.maker })} {row.owners.map((code) => <><Owner code={code} /> </>)}
                </h3>
                <dl class="facts">
                  <dt>{t("maker.references")}</dt>
                  <dd>
                    {row.references.map((one) => (
                      <div>
                        <code dir="ltr">{one}</code>
                      </div>
                    ))}
                  </dd>
                  <Ids title={t("maker.devices")} ids={row.devices} />
                  <Ids title={t("maker.incidents")} ids={row.incidents} />
                  <Ids title={t("maker.attributed")} ids={row.attributed} />
                </dl>
              </section>
            ))}
          </div>
        )}
      </Answer>
    </>
  );
}

// ---- repeating to a third ----

function Repeats({ user }: { user: User }) {
  const { t, tried } = useWords();
  const list = useGet<Repeat>("repeat/list");
  const asking = (row: Repeat) => row.side === "owner" && row.state === "asked" && works(user);
  return (
    <Answer of={list} empty={t("repeat.none")}>
      {(rows) => (
        <Table
          caption={t("repeat.title")}
          rows={rows}
          columns={[
            { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
            { head: t("repeat.outsider"), cell: (row) => <Data>{row.outsider}</Data> },
            { head: t("col.state"), cell: (row) => tried("repeat", row.state), narrow: true },
            { head: t("col.objects"), cell: (row) => row.asked.map((id) => <div>{row.granted.includes(id) ? "✓ " : row.state === "asked" ? "" : "✗ "}<ThingLink id={id} /></div>) },
            {
              head: "",
              cell: (row) =>
                asking(row) && (
                  <Act verb="repeat/answer" label={t("repeat.answer")} read={(said) => ({ request: row.id, grant: said.all("grant") })}>
                    {row.asked.map((id) => (
                      <label>
                        <input type="checkbox" name="grant" value={id} /> <Name id={id} />
                      </label>
                    ))}
                  </Act>
                ),
            },
          ]}
        />
      )}
    </Answer>
  );
}

export function Joint({ user }: PageProps) {
  const { t } = useWords();
  return (
    <>
      <h1>{t("nav.joint")}</h1>
      <Tasks user={user} />
      <Views user={user} />
      <Makers />
      <Repeats user={user} />
    </>
  );
}
