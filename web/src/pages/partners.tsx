// Links, agreements in plain words, how far behind each side is, signed heads, verification.
import { useState } from "preact/hooks";
import { get } from "../api";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Answer, Data, Failure, Owner, Table, useAction, Way } from "../parts/bits";
import type { Agreement, Peer, Status } from "../types";
import { useWords } from "../words";

interface Head {
  peer: string;
  side: string;
  size: number;
  root: string;
  cosigned: number;
}

function AgreementShown({ agreement }: { agreement: Agreement }) {
  const { t, time } = useWords();
  const plain = useGet<{ words: string }>("agreement/show", { id: agreement.agreement });
  return (
    <section class="card">
      <h2>
        <Data>{agreement.name}</Data>
      </h2>
      <p>
        {agreement.in_force ? t("partners.inForce") : t("partners.notInForce")} {agreement.why && <Data>({agreement.why})</Data>} · {time(agreement.not_before)} – {time(agreement.not_after)}
      </p>
      <ul class="chips">
        {agreement.parties.map((party) => (
          <li>
            <Owner code={party.code} /> {party.signed ? "✓" : "…"}
          </li>
        ))}
      </ul>
      <p>{agreement.purposes.join(", ")}</p>
      <p class="clauses" dir="auto">
        {plain.results[0]?.words}
      </p>
    </section>
  );
}

export function Partners(_: PageProps) {
  const { t } = useWords();
  const peers = useGet<Peer>("peer/list");
  const status = useGet<Status>("status");
  const agreements = useGet<Agreement>("agreement/list");
  const heads = useGet<Head>("log/head");
  const verify = useAction();
  const [verified, setVerified] = useState(false);
  const lag = (peer: string) => {
    const link = status.results[0]?.links.find((one) => one.peer === peer);
    const behind = link ? link.out.lag + link.in.lag : 0;
    return behind === 0 ? t("partners.upToDate") : t("partners.entries", { n: behind });
  };
  return (
    <>
      <h1>{t("nav.partners")}</h1>
      <Answer of={peers}>
        {(rows) => (
          <Table
            caption={t("partners.links")}
            rows={rows}
            columns={[
              { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
              { head: t("col.name"), cell: (row) => <Data>{row.name}</Data> },
              { head: t("col.state"), cell: (row) => row.state, narrow: true },
              { head: t("col.lag"), cell: (row) => lag(row.peer), narrow: true },
              { head: "", cell: (row) => <code dir="ltr">{row.fingerprint}</code> },
            ]}
          />
        )}
      </Answer>
      <h2>{t("partners.agreements")}</h2>
      <Answer of={agreements}>
        {(rows) => (
          <div class="cards">
            {rows.map((one) => (
              <AgreementShown agreement={one} />
            ))}
          </div>
        )}
      </Answer>
      <p class="row">
        <button
          disabled={verify.busy}
          onClick={() =>
            verify.run(async () => {
              setVerified(false);
              const answer = await get("log/verify");
              if (answer.answer !== "yes") throw new Error(answer.note ?? "");
              setVerified(true);
            })
          }
        >
          {verify.busy ? t("wait") : t("partners.verify")}
        </button>
        <span role="status">{verified && t("partners.verified")}</span>
      </p>
      <Failure why={verify.why} />
      <Answer of={heads}>
        {(rows) => (
          <Table
            caption={t("partners.heads")}
            rows={rows}
            columns={[
              { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
              { head: "", cell: (row) => <Way out={row.side === "out"} />, narrow: true },
              { head: "#", cell: (row) => row.size, narrow: true },
              { head: "✓", cell: (row) => row.cosigned, narrow: true },
              { head: "", cell: (row) => <code dir="ltr">{row.root}</code> },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
