// What somebody looks things up for: asked once after the login, said with every request,
// changed by one click in the header.  It stays in this tab and ends with the session.
import { createContext } from "preact";
import { useContext, useState } from "preact/hooks";
import { setAbout, type About } from "./api";
import { refresh, useGet } from "./live";
import { Data, Field } from "./parts/bits";
import type { Agreement } from "./types";
import { useWords } from "./words";

const key = "about";
const none: About = { reason: "", purpose: "" };

function kept(): About {
  try {
    return { ...none, ...(JSON.parse(sessionStorage.getItem(key) ?? "{}") as Partial<About>) };
  } catch {
    return none;
  }
}

interface Held {
  about: About;
  set: (about: About) => void;
}

export const AboutContext = createContext<Held>({ about: none, set: () => {} });

export function useAboutState(): Held {
  const [about, set] = useState(() => {
    const was = kept();
    setAbout(was);
    return was;
  });
  return {
    about,
    set(what) {
      sessionStorage.setItem(key, JSON.stringify(what));
      setAbout(what);
      set(what);
      refresh();
    },
  };
}

export const useAbout = () => useContext(AboutContext);

export function forgetAbout(): void {
  sessionStorage.removeItem(key);
  setAbout(none);
}

/** The purposes of all agreements in force. */
export function usePurposes(): string[] {
  const agreements = useGet<Agreement>("agreement/list");
  return [...new Set(agreements.results.filter((one) => one.in_force).flatMap((one) => one.purposes))];
}

export function AboutForm({ done }: { done: () => void }) {
  const { t } = useWords();
  const { about, set } = useAbout();
  const purposes = usePurposes();
  return (
    <form
      class="card about"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.target as HTMLFormElement);
        set({ reason: String(form.get("reason")).trim(), purpose: String(form.get("purpose")) });
        done();
      }}
    >
      <h2>{t("about.title")}</h2>
      <p class="quiet">{t("about.explain")}</p>
      <div class="row">
        <Field label={t("about.reason")} wide>
          <input name="reason" required maxlength={120} dir="auto" defaultValue={about.reason} placeholder={t("about.example")} list="about-usual" autofocus autocomplete="off" />
          <datalist id="about-usual">
            <option>{t("about.duty")}</option>
          </datalist>
        </Field>
        <Field label={t("match.purpose")}>
          <select name="purpose" defaultValue={about.purpose}>
            <option value="">–</option>
            {purposes.map((purpose) => (
              <option selected={purpose === about.purpose}>{purpose}</option>
            ))}
          </select>
        </Field>
        <button class="first">{t("about.do")}</button>
      </div>
    </form>
  );
}

/** In the header: what it is now, and the way to change it. */
export function AboutButton({ open }: { open: () => void }) {
  const { t } = useWords();
  const { about } = useAbout();
  return (
    <button class="about-now" onClick={open} title={t("about.change")}>
      <span class="quiet">{t("about.for")}</span> <Data>{about.reason || t("about.nothing")}</Data> {about.purpose && <span class="tag">{about.purpose}</span>}
    </button>
  );
}
