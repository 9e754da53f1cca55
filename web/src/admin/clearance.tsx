// What somebody may be shown of the holdings by a view: for which purposes, of which persons.
// Compartments are said beside (compartment/members.tsx).
import { useState } from "preact/hooks";
import { Act, Do, Fold } from "../parts/act";
import { Data, Field } from "../parts/bits";
import { UserField } from "../parts/fields";
import { useWords } from "../words";
import { categories } from "./import";

/** As `user clearance` shows it; "*": all. */
interface Cleared {
  name: string;
  purposes: string[];
  categories: string[];
}

/** What is left empty stays as it is; nothing at all is only looked at. */
export function Clearance() {
  const { t, tried } = useWords();
  const [cleared, setCleared] = useState<Cleared>();
  const all = (words: string[]) => words.map((one) => (one === "*" ? t("clearance.all") : tried("category", one))).join(", ");
  return (
    <Fold title={t("clearance.title")}>
      <Act<Cleared>
        verb="user/clearance"
        label={t("clearance.do")}
        explain={t("clearance.explain")}
        done={([one]) => setCleared(one)}
        read={(said) => ({ name: said.text("cleared"), purpose: said.list("purposes").join(",") || undefined, category: said.all("category").join(",") || undefined })}
      >
        <UserField name="cleared" label={t("col.name")} who={(one) => one.role !== "admin"} />
        <Field label={t("thing.purposes")} wide>
          <input name="purposes" dir="ltr" placeholder="CT-INV, CT-PREV" />
        </Field>
        <fieldset class="options">
          <legend>{t("thing.category")}</legend>
          {categories.map((one) => (
            <label>
              <input type="checkbox" name="category" value={one} /> {tried("category", one)}
            </label>
          ))}
        </fieldset>
      </Act>
      {cleared && (
        <div role="status">
          <p>
            <Data>{cleared.name}</Data>: {t("thing.purposes")} <Data>{all(cleared.purposes) || "–"}</Data> · {t("thing.category")} <Data>{all(cleared.categories) || "–"}</Data>
          </p>
          <Do verb="user/clearance" parameters={{ name: cleared.name, reset: true }} label={t("clearance.reset")} />
        </div>
      )}
    </Fold>
  );
}
