// Links, agreements in plain words, how far behind each side is, signed heads, verification.
import { useState } from "preact/hooks";
import { get, Problem, type Phrase } from "../api";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Answer, Data, Failure, Owner, Table, useAction, Way } from "../parts/bits";
import { Said } from "../parts/said";
import { Exchange } from "../partner/exchange";
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
  const plain = useGet<{ words: string; words_said?: (Phrase | null)[] }>("agreement/show", { id: agreement.agreement });
  return (
    <section class="card">
      <h2>
        <Data>{agreement.name}</Data>
      </h2>
      <p>
        {agreement.in_force ? t("partners.inForce") : t("partners.notInForce")} {agreement.why && <>(<Said phrase={agreement.why_said} text={agreement.why} />)</>} · {time(agreement.not_before)} – {time(agreement.not_after)}
      </p>
      <ul class="chips">
        {agreement.parties.map((party) => (
          <li>
            <Owner code={party.code} /> {party.signed ? "✓" : "…"}
          </li>
        ))}
      </ul>
      <p>{agreement.purposes.join(", ")}</p>
      <p class="clauses">
        {plain.results[0]?.words.trimEnd().split("\n").map((line, at) => (
          <>
            {at === 0 ? <Data>{line}</Data> : <Said phrase={plain.results[0]?.words_said?.[at]} text={line} />}
            {"\n"}
          </>
        ))}
      </p>
    </section>
  );
}

type Link = Status["links"][number];

/** What they have not taken yet: a partner that is away takes nothing. */
function ToThem({ link }: { link: Link | undefined }) {
  const { t } = useWords();
  if (!link) return null;
  if (link.out.lag === 0 && link.out.waiting === 0) return <>{t("partners.upToDate")}</>;
  return (
    <strong class="late">
      {t("partners.notTaken", { n: link.out.lag + link.out.waiting })}
    </strong>
  );
}

/** What we have not applied yet, and why nothing comes. */
function FromThem({ link }: { link: Link | undefined }) {
  const { t } = useWords();
  if (!link) return null;
  if (link.stopped)
    return (
      <strong class="late">
        {t("partners.stopped")} <Said phrase={link.stopped_said} text={link.stopped} />
      </strong>
    );
  return link.in.lag === 0 ? <>{t("partners.upToDate")}</> : <strong class="late">{t("partners.entries", { n: link.in.lag })}</strong>;
}

export function Partners({ user }: PageProps) {
  const { t, tried } = useWords();
  const peers = useGet<Peer>("peer/list");
  const status = useGet<Status>("status");
  const agreements = useGet<Agreement>("agreement/list");
  const heads = useGet<Head>("log/head");
  const verify = useAction();
  const [verified, setVerified] = useState(false);
  const link = (peer: string) => status.results[0]?.links.find((one) => one.peer === peer);
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
              { head: t("col.state"), cell: (row) => tried("peer", row.state), narrow: true },
              { head: t("partners.toThem"), cell: (row) => <ToThem link={link(row.peer)} /> },
              { head: t("partners.fromThem"), cell: (row) => <FromThem link={link(row.peer)} /> },
              { head: "", cell: (row) => <code dir="ltr">{row.fingerprint}</code> },
              { head: "", cell: (row) => <Exchange key={row.peer} user={user} peer={row} stopped={link(row.peer)?.stopped} /> },
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
              if (answer.answer !== "yes") throw new Problem(200, answer.note ?? "", undefined, "UNTRUSTED", answer.said);
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
