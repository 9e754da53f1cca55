// Things that people do: a form or a button each, that runs one command and says what became
// of it beside itself.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { post, upload, type Parameters } from "../api";
import { refresh } from "../live";
import { useWords } from "../words";
import { Failure, useAction } from "./bits";

export class Filled {
  constructor(private form: FormData) {}
  text(name: string): string {
    return String(this.form.get(name) ?? "").trim();
  }
  /** undefined where nothing was written: the parameter is then not given. */
  maybe(name: string): string | undefined {
    const text = this.text(name);
    return text === "" ? undefined : text;
  }
  all(name: string): string[] {
    return this.form.getAll(name).map(String);
  }
  /** Words between commas or on lines of their own. */
  list(name: string): string[] {
    return this.text(name).split(/[,;\n]+/).map((one) => one.trim()).filter((one) => one !== "");
  }
}

interface FormProps<T> {
  verb: string;
  /** The parameters, or for `file` the file. */
  read: (said: Filled) => Parameters;
  /** The command takes a file: what `read` gives, as JSON. */
  file?: boolean;
  done?: (results: T[]) => void;
  label: string;
  title?: string;
  explain?: string;
  second?: ComponentChildren;
  children?: ComponentChildren;
}

/** Fields and one button; empty again when it was done. */
export function Act<T = unknown>({ verb, read, file = false, done, label, title, explain, second, children }: FormProps<T>) {
  const action = useAction();
  const form = useRef<HTMLFormElement>(null);
  const { t } = useWords();
  return (
    <form
      ref={form}
      class="act"
      onSubmit={(event) => {
        event.preventDefault();
        const said = read(new Filled(new FormData(event.target as HTMLFormElement)));
        action.run(async () => {
          const answer = file ? await upload<T>(verb, {}, JSON.stringify(said)) : await post<T>(verb, said);
          form.current?.reset();
          done?.(answer.results);
          refresh();
        });
      }}
    >
      {title && <h3>{title}</h3>}
      {explain && <p class="quiet">{explain}</p>}
      <div class="row">
        {children}
        <button class="first" disabled={action.busy}>
          {action.busy ? t("wait") : label}
        </button>
        {second}
      </div>
      <Failure why={action.why} />
    </form>
  );
}

/** One button. */
export function Do({ verb, parameters, label, first = false }: { verb: string; parameters: Parameters; label: string; first?: boolean }) {
  const action = useAction();
  return (
    <>
      <button
        class={first ? "first" : ""}
        disabled={action.busy}
        onClick={() =>
          action.run(async () => {
            await post(verb, parameters);
            refresh();
          })
        }
      >
        {label}
      </button>
      <Failure why={action.why} />
    </>
  );
}

/** Closed until somebody wants it. */
export function Fold({ title, children, open = false }: { title: string; children: ComponentChildren; open?: boolean }) {
  return (
    <details class="fold" open={open}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
