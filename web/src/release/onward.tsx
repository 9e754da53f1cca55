// May facts of one service go on to a third?  Asked of their owner, granted by two officers for
// one recipient until a day, taken back by one.
import type { User } from "../api";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table, ThingLink, Way } from "../parts/bits";
import { PeerField, PurposeField } from "../parts/fields";
import { go, href } from "../route";
import type { Onward } from "../types";
import { useWords } from "../words";

export function OnwardAsk({ ids }: { ids: string }) {
  const { t } = useWords();
  return (
    <Act verb="onward/ask" label={t("onward.ask")} explain={t("onward.explain")} read={(said) => ({ id: said.text("ids").split(/[\s,]+/).filter(Boolean), to: said.text("to"), purpose: said.text("purpose"), reason: said.text("reason") })}>
      <Field label={t("release.ids")} wide>
        <textarea name="ids" required defaultValue={ids} dir="ltr" />
      </Field>
      <PeerField name="to" label={t("onward.for")} />
      <PurposeField />
      <Field label={t("col.reason")} wide>
        <input name="reason" required dir="auto" />
      </Field>
    </Act>
  );
}

/** One reason and one button, closed until it is wanted. */
function Because({ verb, request, label }: { verb: string; request: string; label: string }) {
  const { t } = useWords();
  return (
    <Fold title={label}>
      <Act verb={verb} label={label} read={(said) => ({ request, reason: said.text("reason") })}>
        <Field label={t("col.reason")}>
          <input name="reason" required dir="auto" />
        </Field>
      </Act>
    </Fold>
  );
}

function Acts({ row, user }: { row: Onward; user: User }) {
  const { t } = useWords();
  const officer = ["disclosure", "legal"].includes(user.role);
  if (user.role === "oversight") return null;
  if (row.direction === "out") return row.state === "granted" ? <a href={href("release", "", { onward: row.request, ids: row.objects.join(" "), to: row.recipient?.code ?? "", purpose: row.purpose })}>{t("onward.pass")}</a> : null;
  return (
    <>
      {row.state === "asked" && (
        <Act<{ draft: string }> verb="onward/grant" label={t("onward.grant")} done={([made]) => made && go("release", made.draft)} read={(said) => ({ request: row.request, until: said.text("until") })}>
          <Field label={t("onward.until")}>
            <input name="until" type="date" required />
          </Field>
        </Act>
      )}
      {row.state === "asked" && officer && <Because verb="onward/refuse" request={row.request} label={t("onward.refuse")} />}
      {["granted", "corrected"].includes(row.state) && officer && <Because verb="onward/withdraw" request={row.request} label={t("onward.withdraw")} />}
    </>
  );
}

export function OnwardShown({ user }: { user: User }) {
  const { t, tried, time } = useWords();
  const list = useGet<Onward>("onward/list");
  return (
    <section id="onward">
      <Answer of={list} empty={t("onward.none")}>
        {(rows) => (
          <Table
            caption={t("onward.title")}
            rows={[...rows].reverse().sort((a, b) => b.time.localeCompare(a.time))}
            columns={[
              { head: t("col.peer"), cell: (row) => <><Way out={row.direction === "out"} /> <Owner code={row.peer} /></>, narrow: true },
              { head: t("col.state"), cell: (row) => tried("onward", row.state), narrow: true },
              { head: t("onward.for"), cell: (row) => row.recipient && <Owner code={row.recipient.code} />, narrow: true },
              { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
              { head: t("col.reason"), cell: (row) => <Data>{row.reason}</Data> },
              {
                head: t("col.objects"),
                cell: (row) => (
                  <details>
                    <summary>{row.objects.length}</summary>
                    {row.objects.map((id) => (
                      <div>
                        <ThingLink id={id} />
                      </div>
                    ))}
                  </details>
                ),
              },
              { head: t("col.time"), cell: (row) => time(row.time), narrow: true },
              { head: "", cell: (row) => <Acts row={row} user={user} /> },
            ]}
          />
        )}
      </Answer>
    </section>
  );
}
