// Bringing a file into the holdings: what its items lack is said here, once for all of them, and
// what is to be hidden from colleagues is hidden from the first moment on.
import { useState } from "preact/hooks";
import { Problem, upload, type Parameters, type Phrase, type User } from "../api";
import { useOwn } from "../compartment/records";
import { refresh } from "../live";
import { Filled } from "../parts/act";
import { Data, Failure, Field, useAction } from "../parts/bits";
import { PurposeField } from "../parts/fields";
import { Said } from "../parts/said";
import { useWords } from "../words";

/** A line an item that did not come in, and one for the file (`entente import`). */
type Line = { result: "quarantined" | "rejected"; index: number; line: number; id?: string; reason: string; reason_said?: Phrase | null } | { format: string; read: number; added: number; updated: number; unchanged: number; quarantined: number; rejected: number; error?: string };

export const categories = ["suspect", "contact", "witness", "victim", "minor", "professional", "unknown", "none"] as const;
const discoveries = ["silent", "pointer", "open"] as const;
const imports = (user: User) => ["collector", "analyst", "liaison", "case", "admin"].includes(user.role);

/** What came of it, and why the rest did not come in. */
function Outcome({ lines }: { lines: Line[] }) {
  const { t } = useWords();
  const left = lines.flatMap((line) => ("result" in line && line.result === "rejected" ? [line] : []));
  return (
    <div role="status">
      {lines.map((line) => "format" in line && <p>{t("import.came", { added: line.added, updated: line.updated, unchanged: line.unchanged, quarantined: line.quarantined, rejected: line.rejected })}</p>)}
      {left.length > 0 && (
        <ul>
          {left.slice(0, 20).map((line) => (
            <li>
              {t("import.item", { index: line.index, line: line.line })} <Data>{line.id}</Data> <Said phrase={line.reason_said} text={line.reason} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Label() {
  const { t, tried } = useWords();
  return (
    <>
      <Field label={t("col.rating")}>
        <input name="rating" placeholder="B2" pattern="[A-F][1-6]" size={4} dir="ltr" />
      </Field>
      <PurposeField />
      <Field label={t("thing.category")}>
        <select name="category">
          {categories.map((one) => (
            <option value={one} selected={one === "unknown"}>{tried("category", one)}</option>
          ))}
        </select>
      </Field>
      <Field label={t("thing.retention")}>
        <input name="retention" type="date" />
      </Field>
      <Field label={t("thing.discover")}>
        <select name="discover">
          {discoveries.map((one) => (
            <option value={one}>{tried("discover", one)}</option>
          ))}
        </select>
      </Field>
    </>
  );
}

function Compartment({ user }: { user: User }) {
  const { t } = useWords();
  const own = useOwn(user);
  if (own.length === 0) return null;
  return (
    <Field label={t("import.compartment")}>
      <select name="compartment">
        <option value="">{t("import.everybody")}</option>
        {own.map((one) => (
          <option>{one}</option>
        ))}
      </select>
    </Field>
  );
}

export function Import({ user }: { user: User }) {
  const { t } = useWords();
  const [lines, setLines] = useState<Line[]>([]);
  const action = useAction();
  if (!imports(user)) return null;
  function send(form: HTMLFormElement) {
    const said = new Filled(new FormData(form));
    const file = (form.elements.namedItem("file") as HTMLInputElement).files?.[0];
    const parameters: Parameters = {};
    for (const name of ["rating", "purpose", "category", "retention", "discover", "compartment"]) parameters[name] = said.maybe(name);
    if (file === undefined) return;
    setLines([]);
    action.run(async () => {
      try {
        setLines((await upload<Line>("import", parameters, file)).results);
        form.reset();
      } catch (why) {
        if (why instanceof Problem) setLines((why.results ?? []) as Line[]);
        throw why;
      } finally {
        refresh();
      }
    });
  }
  return (
    <section class="card import">
      <h2>{t("import.title")}</h2>
      <p class="quiet">{t("import.explain")}</p>
      <form
        class="act"
        onSubmit={(event) => {
          event.preventDefault();
          send(event.currentTarget);
        }}
      >
        <div class="row">
          <Field label={t("import.file")} wide>
            <input name="file" type="file" required />
          </Field>
          <Label />
          <Compartment user={user} />
          <button class="first" disabled={action.busy}>
            {action.busy ? t("wait") : t("import.do")}
          </button>
        </div>
        <Failure why={action.why} />
      </form>
      <Outcome lines={lines} />
    </section>
  );
}
