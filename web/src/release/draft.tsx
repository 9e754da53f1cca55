// One draft as whoever approves it reads it: the original left, what leaves right, what is
// withheld and why below; the tear line; the approvals.
import type { User } from "../api";
import { useGet, useShown } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table, ThingLink, Way } from "../parts/bits";
import { useSize } from "../parts/evidence";
import { Said } from "../parts/said";
import { href } from "../route";
import type { Draft } from "../types";
import { useWords } from "../words";

type Sent = Record<string, unknown>;

/** Members that say how, not what. */
const plumbing = new Set(["id", "type", "spec_version", "extensions", "created", "modified", "object_marking_refs", "created_by_ref"]);

function flat(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(flat).join(", ");
  if (value !== null && typeof value === "object")
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${flat(inner)}`)
      .join("; ");
  return String(value);
}

/** The members of a record in words; `gone` of them stay here. */
function Members({ of, gone }: { of: Sent; gone?: Set<string> }) {
  const extensions = Object.values((of["extensions"] ?? {}) as Record<string, Sent>).flatMap((one) => Object.entries(one).filter(([name]) => name !== "extension_type"));
  const members = [...Object.entries(of).filter(([name]) => !plumbing.has(name)), ...extensions];
  return (
    <dl class="facts members">
      {members.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{gone?.has(name) ? <del><Data>{flat(value)}</Data></del> : <Data>{flat(value)}</Data>}</dd>
        </>
      ))}
    </dl>
  );
}

/** A record: as it is held, beside as it leaves. */
function Pair({ id, sent, gone }: { id: string; sent: Sent | undefined; gone: Set<string> }) {
  const { t, tried } = useWords();
  const held = useShown(id);
  return (
    <div class="split pair">
      <section class="card">
        <h3>
          <ThingLink id={id} name={held?.name} /> <span class="quiet">{tried("type", id.split("--")[0] ?? "")} {held?.rating}</span>
        </h3>
        {held?.object && <Members of={held.object} gone={gone} />}
      </section>
      <section class="card leaves">
        <h3 class="when-narrow">{t("release.leaves")}</h3>
        {sent ? <Members of={sent} /> : null}</section>
    </div>
  );
}

/** "disclosure officer × 2, consent of X" */
export function useMissing(): (missing: string[]) => string {
  const { t, tried } = useWords();
  return (missing) => {
    const times = new Map<string, number>();
    for (const one of missing) times.set(one, (times.get(one) ?? 0) + 1);
    return [...times]
      .map(([one, n]) => (one.startsWith("consent of ") ? t("release.consentMissing", { who: one.slice(11) }) : tried("role", one)) + (n > 1 ? ` × ${n}` : ""))
      .join(", ");
  };
}

/** Where the agreement has it, one officer may send alone, with a ground; another reviews it. */
function Emergency({ draft }: { draft: Draft }) {
  const { t } = useWords();
  const agreement = useGet<{ terms?: { emergency?: boolean } }>("agreement/show", draft.statement && { id: draft.statement.agreement });
  if (!agreement.results[0]?.terms?.emergency) return null;
  return (
    <Fold title={t("release.emergency")}>
      <Act verb="release/emergency" label={t("release.emergencyDo")} explain={t("release.emergencyExplain")} read={(said) => ({ draft: draft.draft, ground: said.text("ground") })}>
        <Field label={t("release.ground")} wide>
          <input name="ground" required dir="auto" />
        </Field>
      </Act>
    </Fold>
  );
}

/** The files that go along. */
function Files({ draft }: { draft: Draft }) {
  const { t } = useWords();
  const size = useSize();
  if (!draft.evidence?.length) return null;
  return (
    <div class="card">
      <h3>{t("evidence.goes")}</h3>
      <ul>
        {draft.evidence.map((one) => (
          <li>
            {one.type}, {size(one.size)} · <ThingLink id={one.object} /> <code dir="ltr">{one.hash.slice(0, 16)}…</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A rule is said as what it wants. */
function Withheld({ row }: { row: Draft["withheld"][number] }) {
  const { t } = useWords();
  return (
    <>
      {row.reason_said?.code.startsWith("rule.") && t("release.notMet")} <Said phrase={row.reason_said} text={row.reason} />
    </>
  );
}

export function DraftShown({ id, user }: { id: string; user: User }) {
  const { before, t, time } = useWords();
  const missing = useMissing();
  const shown = useGet<Draft>("release/show", { draft: id });
  return (
    <Answer of={shown}>
      {([draft]) => {
        if (!draft) return null;
        const sent = new Map((draft.statement?.objects ?? []).map((one) => [String(one["id"]), one]));
        const gone = (of: string) => new Set(draft.withheld.filter((one) => one.id === of).map((one) => one.property));
        const officer = ["disclosure", "legal"].includes(user.role);
        const may = draft.state === "open" && officer && draft.drafter !== user.name && !(draft.approvals ?? []).includes(user.name);
        const consents = draft.missing.filter((one) => one.startsWith("consent of ")).map((one) => one.slice(11));
        return (
          <section class="draft">
            <p class="row">
              <a href={href("release")}>{t("nav.release")}</a>
              <span>
                <Way out /> <Owner code={draft.to} /> · {draft.purpose} · {t("answer.by")} <Data>{draft.drafter}</Data> · {time(draft.drafted)}
              </span>
              <button onClick={() => print()}>{t("print")}</button>
            </p>
            {draft.refused && (
              <p class="failure">
                {t("release.cannot")} <Said phrase={draft.refused_said} text={draft.refused} />
              </p>
            )}
            {draft.statement?.recipient && <p class="mark">{t("onward.draft", { peer: draft.to, who: draft.statement.recipient.code, until: time(draft.statement.until) })}</p>}
            {draft.for && <p class="mark named">{t("release.named", { peer: draft.to })} <Data>{draft.for.join(", ")}</Data></p>}
            {draft.changed && <p class="mark">{t("release.changed")}</p>}
            {draft.state === "sent" && <p class="mark">{t("release.isSent")}</p>}
            <div class="card approvals">
              <p>
                {before(t("col.approved"))}<strong><Data>{(draft.approvals ?? []).join(", ") || "–"}</Data></strong>{" "}
                {draft.missing.length > 0 && (
                  <>
                    · {before(t("release.missing"))}<Data>{missing(draft.missing)}</Data>
                  </>
                )}
              </p>
              <div class="row">
                {may && <Do verb="release/approve" parameters={{ draft: draft.draft }} label={t("release.approve")} first />}
                {officer && draft.drafter === user.name && draft.state === "open" && <span class="quiet">{t("release.ownDraft")}</span>}
              </div>
              {may && <Emergency draft={draft} />}
              {["disclosure", "legal", "liaison", "case"].includes(user.role) &&
                consents.map((originator) => (
                  <Act verb="consent/add" label={t("release.consent")} read={(said) => ({ originator, for: draft.draft, note: said.maybe("note") })}>
                    <Field label={t("release.consentOf", { who: originator })} wide>
                      <input name="note" dir="auto" />
                    </Field>
                  </Act>
                ))}
            </div>
            {draft.tearline && (
              <div class="card tearline">
                <h3>{t("release.tearline")}</h3>
                <p class="said" dir="auto">
                  {draft.tearline}
                </p>
              </div>
            )}
            <Files draft={draft} />
            <div class="split heads">
              <h2>{t("release.original")}</h2>
              <h2>
                {t("release.leaves")} <Way out /> <Owner code={draft.to} />
              </h2>
            </div>
            {draft.objects.map((object) => (
              <Pair id={object.id} sent={sent.get(object.sent_as)} gone={gone(object.id)} />
            ))}
            {draft.withheld.length > 0 ? (
              <Table
                caption={t("release.withheld")}
                rows={draft.withheld}
                columns={[
                  { head: t("col.name"), cell: (row) => <ThingLink id={row.id} /> },
                  { head: t("release.member"), cell: (row) => <Data>{row.property}</Data>, narrow: true },
                  { head: t("col.reason"), cell: (row) => <Withheld row={row} /> },
                ]}
              />
            ) : (
              <p class="quiet">{t("release.none")}</p>
            )}
          </section>
        );
      }}
    </Answer>
  );
}
