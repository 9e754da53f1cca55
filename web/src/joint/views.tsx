// Views: what one service thinks, how sure it is and on what grounds; the others agree or not.
import type { User } from "../api";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field, Owner } from "../parts/bits";
import { PeersField, PurposeField } from "../parts/fields";
import { Name } from "../person/same";
import type { View } from "../types";
import { useWords } from "../words";
import { works } from "./works";

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

export function Views({ user }: { user: User }) {
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
