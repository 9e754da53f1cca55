// Oversight: who looked at what and why, a sample that nobody chose, the journal verified and
// compared with what was exchanged.  It reads everything and exports nothing.
import { useState } from "preact/hooks";
import { get } from "../api";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Act, Do } from "../parts/act";
import { Answer, Data, Failure, Field, Owner, Table, ThingLink, useAction, type Column } from "../parts/bits";
import { go } from "../route";
import type { Peer } from "../types";
import { useWords } from "../words";

interface Note {
  seq: number;
  time: string;
  who?: string;
  role?: string;
  verb: string;
  object?: string;
  objects?: string[];
  peer?: string;
  purpose?: string;
  reason?: string;
  oversight?: boolean;
}

function useColumns(): Column<Note>[] {
  const { t, tried, time } = useWords();
  return [
    { head: "#", cell: (row) => row.seq, narrow: true },
    { head: t("col.time"), cell: (row) => time(row.time), narrow: true },
    {
      head: t("audit.who"),
      cell: (row) => (
        <>
          <Data>{row.who}</Data> <span class="quiet">{tried("role", row.role ?? "")}</span>
        </>
      ),
      narrow: true,
    },
    { head: t("audit.verb"), cell: (row) => <code dir="ltr">{row.verb}</code>, narrow: true },
    { head: t("audit.object"), cell: (row) => (row.object?.includes("--") ? <ThingLink id={row.object} /> : <Data>{row.object}</Data>) },
    { head: t("col.peer"), cell: (row) => row.peer && <Owner code={row.peer} />, narrow: true },
    { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
    { head: t("col.reason"), cell: (row) => <Data>{row.reason}</Data> },
  ];
}

function Notes({ caption, rows }: { caption: string; rows: Note[] }) {
  const columns = useColumns();
  return <Table caption={caption} rows={[...rows].reverse()} columns={columns} first={25} />;
}

function WhoSaw({ id }: { id: string }) {
  const { t } = useWords();
  const notes = useGet<Note>("audit/who-saw", id === "" ? undefined : { id });
  return (
    <section class="card">
      <h2>{t("audit.whoSaw")}</h2>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          go("oversight", String(new FormData(event.target as HTMLFormElement).get("id")).trim());
        }}
      >
        <Field label={t("audit.id")} wide>
          <input name="id" required dir="ltr" defaultValue={id} />
        </Field>
        <button class="first">{t("audit.ask")}</button>
      </form>
      {id !== "" && <Answer of={notes} empty={t("audit.nobody")}>{(rows) => <Notes caption={t("audit.whoSaw")} rows={rows} />}</Answer>}
    </section>
  );
}

interface Check {
  what: string;
  ok: boolean;
  entries: number;
  compared: number;
  why?: string;
}

/** The journal's own proof, and it against the logs that were kept with each partner. */
function Verify() {
  const { t, tried } = useWords();
  const peers = useGet<Peer>("peer/list");
  const [checks, setChecks] = useState<(Check & { of: string })[]>([]);
  const action = useAction();
  return (
    <section class="card">
      <h2>{t("audit.verify")}</h2>
      <p class="quiet">{t("audit.verifyExplain")}</p>
      <button
        class="first"
        disabled={action.busy}
        onClick={() =>
          action.run(async () => {
            const all: (Check & { of: string })[] = [];
            for (const row of (await get<Check>("audit/verify")).results) all.push({ ...row, of: "" });
            for (const peer of peers.results) for (const row of (await get<Check>("audit/cross", { peer: peer.peer })).results) all.push({ ...row, of: peer.peer });
            setChecks(all);
          })
        }
      >
        {action.busy ? t("wait") : t("audit.verifyDo")}
      </button>
      <Failure why={action.why} />
      <ul role="status">
        {checks.map((check) => (
          <li>
            {check.ok ? "✓" : "✗"} {check.of ? <Owner code={check.of} /> : null} {tried("check", check.what)} – {t("audit.entries", { n: check.entries })} {check.why && <strong class="late"><Data>{check.why}</Data></strong>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Oversight({ route, user }: PageProps) {
  const { t } = useWords();
  const [only, setOnly] = useState(false);
  const [who, setWho] = useState("");
  const oversees = user.role === "oversight";
  const journal = useGet<Note>("audit/list", oversees ? { oversight: only, who: who === "" ? undefined : who } : undefined);
  const sample = useGet<Note>("audit/sample", oversees ? {} : undefined);
  const users = useGet<{ name: string }>("user/list");
  return (
    <>
      <h1>{t("nav.oversight")}</h1>
      <p class="quiet">{t("audit.explain")}</p>
      <WhoSaw id={route.argument} />
      <div class="cards">
        <Verify />
        <section class="card">
          <h2>{t("audit.reasons")}</h2>
          <p class="quiet">{t("audit.reasonsExplain")}</p>
          <div class="row">
            <Do verb="audit/reasons" parameters={{ rule: "required" }} label={t("audit.required")} />
          </div>
          {user.role === "legal" && (
            <Act verb="audit/reasons" label={t("audit.optional")} read={(said) => ({ rule: "optional", reason: said.text("reason") })}>
              <Field label={t("col.reason")} wide>
                <input name="reason" required dir="auto" />
              </Field>
            </Act>
          )}
        </section>
      </div>
      {oversees && (
        <>
          <Answer of={sample} empty={t("audit.noSample")}>{(rows) => <Notes caption={t("audit.sample")} rows={rows} />}</Answer>
          <div class="row">
            <label>
              <input type="checkbox" checked={only} onChange={(event) => setOnly(event.currentTarget.checked)} /> {t("audit.refused")}
            </label>
            <label>
              {t("audit.who")}{" "}
              <select value={who} onChange={(event) => setWho(event.currentTarget.value)}>
                <option value="">{t("audit.all")}</option>
                {users.results.map((one) => (
                  <option>{one.name}</option>
                ))}
              </select>
            </label>
          </div>
          <Answer of={journal}>{(rows) => <Notes caption={t("audit.journal")} rows={rows} />}</Answer>
        </>
      )}
    </>
  );
}
