// Files that are attached to an object: scans, photographs, documents.  They leave only when a
// release names them.
import { file as fetchFile, upload } from "../api";
import { refresh, useGet } from "../live";
import type { Evidence } from "../types";
import { useWords } from "../words";
import { Do } from "./act";
import { Data, Failure, useAction } from "./bits";
import { Save } from "./save";

export function useEvidence(object: string | undefined): Evidence[] {
  return useGet<Evidence>("evidence/list", object === undefined || object === "" ? undefined : { object }).results;
}

export function useSize(): (bytes: number) => string {
  const { language } = useWords();
  return (bytes) => {
    const [unit, size] = bytes >= 1e6 ? (["megabyte", bytes / 1e6] as const) : (["kilobyte", bytes / 1e3] as const);
    return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 1 }).format(size);
  };
}

function Add({ object }: { object: string }) {
  const { t } = useWords();
  const action = useAction();
  return (
    <div class="on-screen">
      <label class="button">
        {t("evidence.add")}
        <input
          type="file"
          class="hidden"
          accept=".pdf,.png,.jpg,.jpeg,.tif,.tiff,.gif,.txt"
          disabled={action.busy}
          onChange={(event) => {
            const input = event.currentTarget;
            const chosen = input.files?.[0];
            if (chosen)
              action.run(async () => {
                await upload("evidence/add", { object, name: chosen.name }, chosen);
                input.value = "";
                refresh();
              });
          }}
        />
      </label>
      <p class="quiet">{t("evidence.explain")}</p>
      <Failure why={action.why} />
    </div>
  );
}

export function EvidenceCard({ object, may }: { object: string; may: boolean }) {
  const { t, time } = useWords();
  const size = useSize();
  const files = useEvidence(object);
  if (files.length === 0 && !may) return null;
  return (
    <section class="card">
      <h2>{t("evidence.title")}</h2>
      <ul class="plain">
        {files.map((one) => (
          <li class="row middle">
            <Save name={one.name} load={() => fetchFile("evidence/get", { hash: one.hash })} link>
              <Data>{one.name}</Data>
            </Save>
            <span class="quiet">
              {one.type}, {size(one.size)}, {time(one.added)}
            </span>
            {may && <Do verb="evidence/remove" parameters={{ object, hash: one.hash }} label={t("evidence.remove")} />}
          </li>
        ))}
      </ul>
      {may && <Add object={object} />}
    </section>
  );
}
