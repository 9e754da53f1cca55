// The small things that every page is made of.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Problem } from "../api";
import type { Asked } from "../live";
import { href } from "../route";
import { useWords } from "../words";
import { ProblemSaid } from "./said";

/** Text of data: its own direction, whatever surrounds it. */
export function Data({ children }: { children: ComponentChildren }) {
  return <bdi dir="auto">{children}</bdi>;
}

/** To them or from them, pointing the way one reads. */
export function Way({ out }: { out: boolean }) {
  return <span class="way-arrow">{out ? "→" : "←"}</span>;
}

/** Whose it is: a colour for each owner, and always the code beside it. */
export function Owner({ code }: { code: string }) {
  return (
    <span class="owner" style={{ "--owner": ownerColor(code) }}>
      <Data>{code}</Data>
    </span>
  );
}

/** The same colour for the same owner everywhere; the first is this node's own. */
const owners: string[] = [];
const hues = ["#2a78d6", "#c2571a", "#1f8a54", "#8a4bc9", "#b3365f", "#7a7416", "#137d8c", "#7b5a43"];
export function ownerColor(code: string): string {
  let at = owners.indexOf(code);
  if (at < 0) at = owners.push(code) - 1;
  return hues[at % hues.length] ?? "#666";
}

/** How a name in another script is read, beside it. */
export function Latin({ is }: { is: string | undefined }) {
  return is ? <span class="latin" dir="ltr" lang="und-Latn">{is}</span> : null;
}

export function ThingLink({ id, name, latin }: { id: string; name?: string | undefined; latin?: string | undefined }) {
  return (
    <>
      <a href={href("thing", id)}>
        <Data>{name || id}</Data>
      </a>
      {latin && <> <Latin is={latin} /></>}
    </>
  );
}

export function Failure({ why }: { why: Error | undefined }) {
  const { t } = useWords();
  if (!why) return null;
  /* The browser's own words for it are in one language and say less. */
  const problem = why instanceof Problem ? why : undefined;
  const away = problem?.status === 0 || why instanceof TypeError;
  return (
    <p class="failure" role="alert">
      {away ? t("offline") : problem ? <ProblemSaid problem={problem} /> : <Data>{why.message}</Data>}
    </p>
  );
}

/** What was asked for: its failure, its waiting, its emptiness, or itself. */
export function Answer<T>({ of, empty, children }: { of: Asked<T>; empty?: string; children: (results: T[]) => ComponentChildren }) {
  const { t } = useWords();
  if (of.problem && of.results.length === 0) return <Failure why={of.problem} />;
  if (of.loading && of.answer === undefined) return <p class="quiet">{t("wait")}</p>;
  if (of.results.length === 0) return <p class="quiet">{empty ?? t("none")}</p>;
  return (
    <>
      <Failure why={of.problem} />
      {children(of.results)}
    </>
  );
}

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  narrow?: boolean;
}

export function Table<T>({ caption, rows, columns, first = 100 }: { caption: string; rows: T[]; columns: Column<T>[]; first?: number }) {
  const [most, setMost] = useState(first);
  const { t } = useWords();
  return (
    <div class="table" tabindex={0} role="region" aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={column.narrow ? "narrow" : ""}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row) => (
            <tr>
              {columns.map((column) => (
                <td class={column.narrow ? "narrow" : ""}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > most && <button onClick={() => setMost(most * 4)}>{t("more")}</button>}
    </div>
  );
}

/** Runs something that changes the node, and shows what becomes of it. */
export function useAction(): { busy: boolean; why: Error | undefined; run: (work: () => Promise<void>) => void } {
  const [busy, setBusy] = useState(false);
  const [why, setWhy] = useState<Error>();
  return {
    busy,
    why,
    run(work) {
      setBusy(true);
      setWhy(undefined);
      work()
        .catch((failure: Error) => setWhy(failure))
        .finally(() => setBusy(false));
    },
  };
}

export function Field({ label, children, wide = false }: { label: string; children: ComponentChildren; wide?: boolean }) {
  return (
    <label class={wide ? "field wide" : "field"}>
      <span>{label}</span>
      {children}
    </label>
  );
}
