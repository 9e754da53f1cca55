// The words of the interface, one JSON file a language; English is built in, the others come
// when they are asked for.  Names and texts of records are data and are never translated.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import en from "./words/en.json";

export type Word = keyof typeof en;
type Words = Record<Word, string>;

export const languages = { en: "English", fr: "Français", ru: "Русский", ar: "العربية" } as const;
export type Language = keyof typeof languages;

/** What the node says in English, by its codes (src/base/phrases.def); English needs none. */
const sayings: Record<Exclude<Language, "en">, () => Promise<{ default: Record<string, string> }>> = {
  fr: () => import("./words/said.fr.json"),
  ru: () => import("./words/said.ru.json"),
  ar: () => import("./words/said.ar.json"),
};

const others: Record<Exclude<Language, "en">, () => Promise<{ default: Words }>> = {
  fr: () => import("./words/fr.json"),
  ru: () => import("./words/ru.json"),
  ar: () => import("./words/ar.json"),
};

export async function words(language: Language): Promise<Words> {
  if (language === "en") return en;
  const [own, said] = await Promise.all([others[language](), sayings[language]()]);
  return { ...own.default, ...Object.fromEntries(Object.entries(said.default).map(([code, form]) => [`said.${code}`, form])) };
}

/** The language that was chosen here, or the first of the browser's that is there. */
export function preferred(): Language {
  const known = (name: string | null): name is Language => name !== null && name in languages;
  const chosen = localStorage.getItem("language");
  if (known(chosen)) return chosen;
  return navigator.languages.map((name) => name.slice(0, 2)).find(known) ?? "en";
}

export interface Speech {
  language: Language;
  words: Words;
}

export const SpeechContext = createContext<Speech>({ language: "en", words: en });

/** `t("search.found", { n: 3 })`. */
export function useWords() {
  const speech = useContext(SpeechContext);
  return {
    language: speech.language,
    words: speech.words as Partial<Words>,
    t(word: Word, values: Record<string, string | number> = {}): string {
      return speech.words[word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
    },
    /** A word in front of what it is about, with the language's colon. */
    before(word: string): string {
      return speech.language === "fr" ? `${word}\u00a0: ` : `${word}: `;
    },
    /** A word that may not be one of ours: a role, a state of some later version. */
    tried(prefix: string, name: string): string {
      return speech.words[`${prefix}.${name}` as Word] ?? name;
    },
    /** A time of STIX in the reader's way; what is no time stays as it is. */
    time(text: string | null | undefined): string {
      if (!text) return "";
      if (/^\d{4}-\d\d-\d\d$/.test(text)) return new Date(`${text}T00:00:00Z`).toLocaleDateString(speech.language, { dateStyle: "medium", timeZone: "UTC" });
      const date = /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text) : undefined;
      if (!date || Number.isNaN(date.getTime())) return text;
      return date.toLocaleString(speech.language, { dateStyle: "medium", timeStyle: "short" });
    },
  };
}
