// The frame of every page: who is logged in, the way about, one entry for everything.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FunctionComponent } from "preact";
import { logout, session, type User } from "./api";
import { useGet, useLive } from "./live";
import { Data, Owner, ownerColor } from "./parts/bits";
import { Login } from "./login";
import { cameBack } from "./provider";
import { go, href, useRoute, type Route } from "./route";
import type { Status } from "./types";
import { AboutButton, AboutContext, AboutForm, forgetAbout, useAboutState } from "./about";
import { NowContext } from "./parts/clock";
import { Admin } from "./pages/admin";
import { Alerts } from "./pages/alerts";
import { Cases } from "./pages/cases";
import { Desk } from "./pages/desk";
import { Home } from "./pages/home";
import { Match } from "./pages/match";
import { Oversight } from "./pages/oversight";
import { Partners } from "./pages/partners";
import { Persons } from "./pages/persons";
import { Plans } from "./pages/plans";
import { Redress } from "./pages/redress";
import { Search } from "./pages/search";
import { ThingPage } from "./pages/thing";
import { languages, preferred, SpeechContext, useWords, words, type Language, type Speech, type Word } from "./words";

export interface PageProps {
  route: Route;
  user: User;
}

/** A page that comes when it is opened. */
function late(load: () => Promise<FunctionComponent<PageProps>>): FunctionComponent<PageProps> {
  return function Late(props) {
    const [Page, setPage] = useState<{ is: FunctionComponent<PageProps> }>();
    const { t } = useWords();
    useEffect(() => void load().then((is) => setPage({ is })), []);
    return Page ? <Page.is {...props} /> : <p class="quiet">{t("wait")}</p>;
  };
}

const content = ["collector", "analyst", "disclosure", "legal", "liaison", "case", "oversight"];

const pages: Record<string, FunctionComponent<PageProps>> = {
  home: Home,
  search: Search,
  thing: ThingPage,
  desk: Desk,
  cases: Cases,
  alerts: Alerts,
  persons: Persons,
  oversight: Oversight,
  redress: Redress,
  graph: late(async () => (await import("./pages/graph")).Graph),
  match: Match,
  hypo: late(async () => (await import("./pages/hypo")).Hypotheses),
  joint: late(async () => (await import("./pages/joint")).Joint),
  plans: Plans,
  release: late(async () => (await import("./pages/release")).Releases),
  warn: late(async () => (await import("./pages/warn")).Warnings),
  partners: Partners,
  admin: Admin,
};
/** An administrator sees no content, so only what has none; oversight has a page of its own. */
const menu: [page: string, word: Word, roles?: string[]][] = [
  ["home", "nav.home"],
  ["desk", "nav.desk", content],
  ["alerts", "nav.alerts", content],
  ["cases", "nav.cases", content],
  ["search", "nav.search", content],
  ["persons", "nav.persons", content],
  ["graph", "nav.graph", content],
  ["match", "nav.match", content],
  ["hypo", "nav.hypo", content],
  ["release", "nav.release", content],
  ["plans", "nav.plans", content],
  ["joint", "nav.joint", content],
  ["warn", "nav.warn", content],
  ["partners", "nav.partners"],
  ["oversight", "nav.oversight", ["oversight", "legal"]],
  ["redress", "nav.redress", ["oversight", "legal"]],
  ["admin", "nav.admin"],
];

function LanguageChoice({ choose }: { choose: (language: Language) => void }) {
  const { t, language } = useWords();
  return (
    <label class="language">
      <span class="hidden">{t("language")}</span>
      <select value={language} onChange={(event) => choose(event.currentTarget.value as Language)}>
        {Object.entries(languages).map(([code, name]) => (
          <option value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The one entry for everything; '/' goes there from anywhere. */
function Entry({ route }: { route: Route }) {
  const { t } = useWords();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      const at = event.target as HTMLElement;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    }
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  return (
    <form
      role="search"
      class="entry"
      onSubmit={(event) => {
        event.preventDefault();
        go("search", "", { text: input.current?.value ?? "" });
      }}
    >
      <input
        ref={input}
        type="search"
        dir="auto"
        value={route.page === "search" ? (route.query.get("text") ?? "") : ""}
        placeholder={t("search.ask")}
        aria-label={t("nav.search")}
        onInput={(event) => {
          const text = event.currentTarget.value;
          if (route.page === "search") history.replaceState(null, "", href("search", "", { text }));
          else location.hash = href("search", "", { text });
          dispatchEvent(new HashChangeEvent("hashchange"));
        }}
      />
    </form>
  );
}

function Frame({ user, leave, choose }: { user: User; leave: () => void; choose: (language: Language) => void }) {
  const { t, tried } = useWords();
  const route = useRoute();
  const status = useGet<Status>("status");
  const node = status.results[0];
  /* Colours are given in this order, so that an owner has the same one on every page. */
  if (node) for (const code of [node.code, ...node.links.map((link) => link.peer).sort()]) ownerColor(code);
  const Page = pages[route.page] ?? Home;
  const held = useAboutState();
  const [asking, setAsking] = useState(false);
  const looks = user.role !== "admin";
  const main = useRef<HTMLElement>(null);
  useLive(user.name);
  useEffect(() => {
    if (status.problem?.status === 401) leave();
  }, [status.problem]);
  useEffect(() => {
    document.title = `${node?.exercise ? "EXERCISE – " : ""}${node ? `${node.code} – ` : ""}${t(menu.find(([page]) => page === route.page)?.[1] ?? "nav.home")}`;
  }, [node?.code, node?.exercise, route.page]);
  return (
    <AboutContext.Provider value={held}>
    <NowContext.Provider value={Date.parse(node?.time ?? "") || 0}>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t("skip")}
      </a>
      <header>
        {node?.exercise && <strong class="exercise">EXERCISE</strong>}
        <a class="node" href={href("home")}>
          {node && <Owner code={node.code} />} <Data>{node?.name ?? "entente"}</Data>
        </a>
        <Entry route={route} />
        {looks && <AboutButton open={() => setAsking(!asking)} />}
        <LanguageChoice choose={choose} />
        <span class="who">
          <Data>{user.name}</Data> <span class="quiet">{tried("role", user.role)}</span>
        </span>
        <button onClick={() => void logout().finally(() => (forgetAbout(), leave()))}>{t("logout")}</button>
      </header>
      <nav aria-label={t("nav.home")}>
        {menu
          .filter(([, , roles]) => !roles || roles.includes(user.role))
          .map(([page, word]) => (
            <a href={href(page)} aria-current={route.page === page ? "page" : undefined}>
              {t(word)}
            </a>
          ))}
      </nav>
      {status.problem && status.problem.status !== 401 && <p class="failure" role="alert">{t("offline")}</p>}
      <main ref={main} id="main" tabindex={-1}>
        {looks && (asking || held.about.reason === "") && <AboutForm done={() => setAsking(false)} />}
        {(node || status.problem) && (!looks || held.about.reason !== "") && <Page route={route} user={user} />}
      </main>
    </NowContext.Provider>
    </AboutContext.Provider>
  );
}

export function App() {
  const [speech, setSpeech] = useState<Speech>();
  const [user, setUser] = useState<User | null>();
  const [back, setBack] = useState(cameBack);
  function enter(who: User) {
    setBack(undefined); /* a code is good once */
    setUser(who);
  }
  async function choose(language: Language) {
    localStorage.setItem("language", language);
    setSpeech({ language, words: await words(language) });
  }
  useEffect(() => {
    const language = preferred();
    void words(language).then((text) => setSpeech({ language, words: text }));
    session().then((who) => (who ? enter(who) : setUser(null)), () => setUser(null));
  }, []);
  useEffect(() => {
    if (!speech) return;
    document.documentElement.lang = speech.language;
    document.documentElement.dir = speech.language === "ar" ? "rtl" : "ltr";
  }, [speech]);
  if (!speech || user === undefined) return null;
  return (
    <SpeechContext.Provider value={speech}>
      {user === null ? (
        <>
          <header>
            <LanguageChoice choose={(language) => void choose(language)} />
          </header>
          <Login done={enter} back={back} />
        </>
      ) : (
        <Frame user={user} leave={() => setUser(null)} choose={(language) => void choose(language)} />
      )}
    </SpeechContext.Provider>
  );
}
