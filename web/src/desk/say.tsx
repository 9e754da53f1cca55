// Saying something to a partner: a tip, a request, a message.
import { useState } from "preact/hooks";
import { Act } from "../parts/act";
import { Field } from "../parts/bits";
import { PeersField, PrecedenceField, PurposeField } from "../parts/fields";
import type { Item } from "../types";
import { useWords, type Word } from "../words";

const kinds = ["tip", "rfi", "msg"] as const;
type Kind = (typeof kinds)[number];

function Subject({ matchKey }: { matchKey: string | undefined }) {
  const { t } = useWords();
  return (
    <>
      <Field label={t("desk.subjectName")} wide>
        <input name="name" dir="auto" />
      </Field>
      <Field label={t("thing.births")}>
        <input name="born" placeholder="1991-03-07" dir="ltr" />
      </Field>
      <Field label={t("col.key")}>
        <input name="key" defaultValue={matchKey} placeholder="doc:QBZ:650018823" dir="ltr" />
      </Field>
    </>
  );
}

/** What a page that leads here knows already: a hit knows whom to ask, and about which key. */
export interface Known {
  to?: string | undefined;
  purpose?: string | undefined;
  key?: string | undefined;
}

export function Saying({ done, known }: { done: (id: string) => void; known: Known }) {
  const { t } = useWords();
  const [kind, setKind] = useState<Kind>("rfi");
  return (
    <section class="card">
      <div role="radiogroup" aria-label={t("desk.new")} class="choice">
        {kinds.map((one) => (
          <button role="radio" aria-checked={kind === one} onClick={() => setKind(one)}>
            {t(`kind.${one === "rfi" ? "request" : one === "msg" ? "message" : "tip"}` as Word)}
          </button>
        ))}
      </div>
      <Act<Item>
        key={kind}
        verb={kind === "msg" ? "msg/send" : `${kind}/new`}
        label={t("desk.send")}
        explain={t(`desk.${kind}Explain` as Word)}
        done={(results) => results[0] && done(results[0].id)}
        read={(said) => ({
          to: said.all("to"),
          purpose: said.text("purpose"),
          precedence: said.text("precedence"),
          text: said.text("text"),
          reference: said.maybe("reference"),
          rating: kind === "tip" ? said.maybe("rating") : undefined,
          name: kind === "msg" ? undefined : said.list("name"),
          born: kind === "msg" ? undefined : said.list("born"),
          key: kind === "msg" ? undefined : said.list("key"),
        })}
      >
        <PeersField name="to" legend={t("release.to")} chosen={known.to} />
        <PurposeField chosen={known.purpose} />
        <PrecedenceField />
        <Field label={t("desk.reference")}>
          <input name="reference" dir="auto" maxlength={60} />
        </Field>
        {kind === "tip" && (
          <Field label={t("col.rating")}>
            <input name="rating" placeholder="B3" pattern="[A-F][1-6]" size={4} dir="ltr" />
          </Field>
        )}
        <Field label={t("desk.words")} wide>
          <textarea name="text" required dir="auto" />
        </Field>
        {kind !== "msg" && <Subject matchKey={known.key} />}
      </Act>
    </section>
  );
}

/** Words in the thread of an item. */
export function Reply({ item }: { item: Item }) {
  const { t } = useWords();
  return (
    <Act verb="msg/send" label={t("desk.reply")} read={(said) => ({ to: [item.peer], purpose: item.purpose, precedence: item.precedence, about: item.thread ?? item.id, text: said.text("text") })}>
      <Field label={t("desk.replyTo", { peer: item.peer })} wide>
        <textarea name="text" required dir="auto" />
      </Field>
    </Act>
  );
}
