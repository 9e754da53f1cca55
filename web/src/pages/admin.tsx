// The node itself: people, state, what is held back.  No content of records but their ids.
import type { Phrase } from "../api";
import { Clearance } from "../admin/clearance";
import { Import } from "../admin/import";
import type { PageProps } from "../app";
import { Members } from "../compartment/members";
import { Records } from "../compartment/records";
import { useGet } from "../live";
import { Answer, Data, Table } from "../parts/bits";
import { SecurityKeys } from "../parts/keys";
import { Said } from "../parts/said";
import type { Status } from "../types";
import { useWords } from "../words";

interface Finding {
  check: string;
  ok: boolean;
  finding: string;
  finding_said?: Phrase | null;
  do?: string;
  do_said?: Phrase | null;
}

export function Admin({ user }: PageProps) {
  const { t, tried } = useWords();
  const users = useGet<{ name: string; role: string; key: string }>("user/list");
  const status = useGet<Status>("status");
  const held = useGet<{ id: string; type: string; reason: string; reason_said?: Phrase | null }>("quarantine/list");
  const doctor = useGet<Finding>("doctor", user.role === "admin" ? {} : undefined);
  return (
    <>
      <h1>{t("nav.admin")}</h1>
      <Answer of={status}>
        {([node]) =>
          node && (
            <section class="card">
              <h2>{t("admin.status")}</h2>
              <dl class="facts">
                <dt>entente</dt>
                <dd>{node.version}</dd>
                <dt>{node.code}</dt>
                <dd>
                  <code dir="ltr">{node.fingerprint}</code>
                </dd>
                <dt>{node.store.kind}</dt>
                <dd>{node.store.objects.toLocaleString()}</dd>
              </dl>
            </section>
          )
        }
      </Answer>
      <SecurityKeys user={user} />
      {user.role === "admin" && (
        <Answer of={doctor}>
          {(rows) => (
            <section class="card">
              <h2>{t("admin.doctor")}</h2>
              <ul>
                {rows.map((row) => (
                  <li>
                    {row.ok ? "✓" : "✗"} {tried("doctor", row.check)} – <Said phrase={row.finding_said} text={row.finding} /> {row.do && <strong class="late"><Said phrase={row.do_said} text={row.do} /></strong>}
                  </li>
                ))}
              </ul>
            </section>
          )}
        </Answer>
      )}
      <Import user={user} />
      <section class="card">
        <h2>{t("compartment.title")}</h2>
        <p class="quiet">{t("compartment.explain")}</p>
        <Members user={user} />
        {user.role === "admin" && <Clearance />}
        {user.role !== "admin" && <Records user={user} />}
      </section>
      <Answer of={users}>
        {(rows) => (
          <Table
            caption={t("admin.users")}
            rows={rows}
            columns={[
              { head: t("col.name"), cell: (row) => <Data>{row.name}</Data> },
              { head: t("col.role"), cell: (row) => tried("role", row.role) },
              { head: t("col.key"), cell: (row) => <code dir="ltr">{row.key}</code> },
            ]}
          />
        )}
      </Answer>
      <Answer of={held}>
        {(rows) => (
          <Table
            caption={t("quarantine")}
            rows={rows}
            columns={[
              { head: t("col.type"), cell: (row) => row.type, narrow: true },
              { head: t("col.name"), cell: (row) => <Data>{row.id}</Data> },
              { head: t("col.reason"), cell: (row) => <Said phrase={row.reason_said} text={row.reason} /> },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
