// What the reader of an item can do: acknowledge, give one of the four honest answers or an
// outcome, read a name otherwise, hand it on; and approve the answer that waits.
import { useState } from "preact/hooks";
import type { User } from "../api";
import { useGet } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Data, Field } from "../parts/bits";
import { UserField } from "../parts/fields";
import type { AnswerDraft, Item } from "../types";
import { useWords, type Word } from "../words";

const answers = ["text", "nothing", "later", "refuse"] as const;
const outcomes = ["CONTRIBUTED", "CONFIRMED", "NO VALUE", "NO NEXUS", "UNFOUNDED", "DUPLICATE"] as const;

function Four({ item }: { item: Item }) {
  const { t } = useWords();
  const [kind, setKind] = useState<(typeof answers)[number]>("text");
  return (
    <Act
      verb="rfi/answer"
      title={t("answer.title")}
      explain={t(kind === "nothing" ? "answer.nothingExplain" : "answer.twoExplain")}
      label={t(kind === "nothing" ? "answer.send" : "answer.draft")}
      read={(said) => ({
        id: item.id,
        text: kind === "text" ? said.maybe("text") : undefined,
        release: kind === "text" && said.list("release").length > 0 ? said.list("release") : undefined,
        nothing: kind === "nothing",
        later: kind === "later" ? said.text("later") : undefined,
        refuse: kind === "refuse" ? said.text("refuse") : undefined,
      })}
    >
      <fieldset class="options">
        <legend>{t("answer.which")}</legend>
        {answers.map((one) => (
          <label>
            <input type="radio" name="kind" checked={kind === one} onChange={() => setKind(one)} /> {t(`answer.${one}` as Word)}
          </label>
        ))}
      </fieldset>
      {kind === "text" && (
        <>
          <Field label={t("answer.words")} wide>
            <textarea name="text" dir="auto" required />
          </Field>
          <Field label={t("answer.release")} wide>
            <input name="release" dir="ltr" />
          </Field>
        </>
      )}
      {kind === "later" && (
        <Field label={t("answer.until")}>
          <input name="later" type="date" required />
        </Field>
      )}
      {kind === "refuse" && (
        <Field label={t("col.reason")} wide>
          <input name="refuse" dir="auto" required />
        </Field>
      )}
    </Act>
  );
}

/** The words that two officers sign. */
function Waiting({ draft, user }: { draft: AnswerDraft; user: User }) {
  const { before, t, tried, time } = useWords();
  const officer = ["disclosure", "legal"].includes(user.role);
  const may = officer && draft.drafter !== user.name && !draft.approvals.includes(user.name);
  return (
    <section class="card waiting">
      <h3>{t("answer.waits")}</h3>
      <p class="said" dir="auto">
        <strong>{tried("answer", draft.statement.answer)}</strong> {draft.statement.text} {time(draft.statement.until)}
      </p>
      <p class="quiet">
        {t("answer.by")} <Data>{draft.drafter}</Data> · {before(t("col.approved"))}<Data>{draft.approvals.join(", ") || "–"}</Data>
      </p>
      <div class="row">
        {may && <Do verb="rfi/approve" parameters={{ id: draft.request }} label={t("release.approve")} first />}
        {user.role !== "oversight" && <Do verb="rfi/drop" parameters={{ id: draft.request }} label={t("answer.drop")} />}
      </div>
    </section>
  );
}

/** A tip's words leave when two officers, not its author, have signed them. */
function TipWaiting({ item, user }: { item: Item; user: User }) {
  const { before, t } = useWords();
  const by = (what: string) => item.events.filter((event) => event.what === what).map((event) => event.by ?? "");
  const signed = by("approved");
  const may = ["disclosure", "legal"].includes(user.role) && !by("drafted").includes(user.name) && !signed.includes(user.name);
  return (
    <section class="card waiting">
      <p>
        {t("desk.tipWaits")} {before(t("col.approved"))}<Data>{signed.join(", ") || "–"}</Data>
      </p>
      <div class="row">
        {may && <Do verb="tip/approve" parameters={{ id: item.id }} label={t("release.approve")} first />}
        {user.role !== "oversight" && <Do verb="tip/drop" parameters={{ id: item.id }} label={t("answer.drop")} />}
      </div>
    </section>
  );
}

function Outcome({ item }: { item: Item }) {
  const { t, tried } = useWords();
  return (
    <Act verb="tip/outcome" title={t("outcome.title")} explain={t("outcome.explain")} label={t("outcome.do")} read={(said) => ({ id: item.id, outcome: said.text("outcome"), reason: said.text("reason") })}>
      <Field label={t("outcome.which")}>
        <select name="outcome" required>
          {outcomes.map((one) => (
            <option value={one}>{tried("answer", one)}</option>
          ))}
        </select>
      </Field>
      <Field label={t("outcome.reason")} wide>
        <input name="reason" required dir="auto" />
      </Field>
    </Act>
  );
}

function Reading({ item }: { item: Item }) {
  const { t } = useWords();
  return (
    <Fold title={t("reading.title")}>
      <Act
        verb="tip/read"
        explain={t("reading.explain")}
        label={t("reading.do")}
        read={(said) => ({ id: item.id, name: said.maybe("name"), born: said.maybe("born"), key: said.list("key") })}
      >
        <Field label={t("col.name")} wide>
          <input name="name" dir="auto" />
        </Field>
        <Field label={t("thing.births")}>
          <input name="born" placeholder="1991-07-03" dir="ltr" />
        </Field>
        <Field label={t("col.key")}>
          <input name="key" placeholder="doc:QBZ:650018823" dir="ltr" />
        </Field>
      </Act>
    </Fold>
  );
}

/** To somebody by name, or to the next on duty. */
function HandOn({ item }: { item: Item }) {
  const { t } = useWords();
  return (
    <Fold title={t("assign.title")}>
      <Act verb="desk/assign" label={t("assign.do")} explain={t("assign.explain")} read={(said) => ({ id: item.id, to: said.maybe("to"), note: said.maybe("note") })}>
        <UserField name="to" label={t("assign.to")} who={(one) => !["admin", "oversight"].includes(one.role)} first={t("assign.next")} />
        <Field label={t("assign.note")} wide>
          <input name="note" dir="auto" />
        </Field>
      </Act>
    </Fold>
  );
}

export function Answers({ item, user }: { item: Item; user: User }) {
  const { t } = useWords();
  const drafts = useGet<AnswerDraft>("rfi/drafts", item.kind === "request" && item.direction === "in" ? {} : undefined);
  const draft = drafts.results.find((one) => one.request === item.id);
  const acknowledged = item.events.some((event) => event.what === "acknowledged");
  const over = ["closed", "answered"].includes(item.state);
  if (item.kind === "tip" && item.state === "waiting") return <TipWaiting item={item} user={user} />;
  if (item.direction === "out" || user.role === "oversight") return draft ? <Waiting draft={draft} user={user} /> : null;
  return (
    <div class="card answers">
      {!acknowledged && !over && (
        <p class="row">
          <Do verb="tip/ack" parameters={{ id: item.id }} label={t("desk.ack")} first />
          <span class="quiet">{t("desk.ackExplain")}</span>
        </p>
      )}
      {draft && <Waiting draft={draft} user={user} />}
      {item.kind === "request" && !over && !draft && <Four item={item} />}
      {item.kind === "tip" && item.state !== "closed" && <Outcome item={item} />}
      {item.kind !== "message" && !over && <Reading item={item} />}
      {!over && <HandOn item={item} />}
    </div>
  );
}
