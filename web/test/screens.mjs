// Every page in every language, on a desk and on a tablet, light and dark, on paper; with what
// is hard to show: names in three scripts, names from right to left, labels of 300 letters,
// nothing at all, a partner that is away, an action that is refused.  What a machine can see
// (serious findings of axe, text that runs out of the window) is tested; the pictures in
// SCREENS are for people.
import { accessible, api, approveTips, browser, login, must, ok, person, picture, screens, send, speak, step, visit, visitor } from "./browser.mjs";

const analyst = await person("DSV", "analyst");
const partner = await person("SVB", "analyst");
const officer = await person("DSV", "case");
const other = await person("SVB", "case");

// ---- something of everything, with hard texts ----
const long = "Генеральное консульство по вопросам транспортной безопасности и наблюдения за побережьем ".repeat(4).slice(0, 300);
const arabic = "عبد الرحمن بن محمد بن عبد الله الزدوري المعروف بأبي يوسف";
const ids = {};
await step("the pages have something to show", async () => {
  for (const [to, at] of [["DSV", partner], ["SVB", analyst]]) {
    await must(at, "tip/new", { to: [to], purpose: "CT-INV", precedence: "IMMEDIATE", rating: "B3", reference: `TIP-${to}`, key: ["doc:QBZ:650018823"], name: [arabic], born: ["1991-03-07"], text: `${arabic} – Джуранаев Эльхан, 07.03.1991` });
    await must(at, "rfi/new", { to: [to], purpose: "CT-INV", precedence: "FLASH", reference: `RFI-${to}`, text: long });
    await must(at, "rfi/new", { to: [to], purpose: "CT-INV", precedence: "ROUTINE", text: "x".repeat(300) });
  }
  for (const code of ["DSV", "SVB"]) await approveTips(code);
  await must(officer, "duty/set", { user: ["liaison", "case"] });
  await must(officer, "alert/add", { name: `AL ${arabic}`, names: [arabic], dob: "1991-03-07", keys: ["doc:QBZ:650018823"], action: "locate-discreetly", basis: "warrant 311", reason: long, call: "duty desk 7", valid_to: "2025-05-18", notify: ["SVB", "CTB"], purpose: "CT-INV" }, true);
  await must(analyst, "sighting/add", { ref: "S-9", time: "2024-11-29T16:05:00Z", place: "Dramos", names: ["JURANAIEV ELKHANE"], dob: "1991-03-07", keys: ["doc:QBZ:650018823"] }, true);
  const made = await must(officer, "case/new", { title: `${arabic} / ${long.slice(0, 120)}`, purpose: "CT-INV" });
  ids.case = made.results[0].case;
  ids.incident = (await api(analyst, "search", { type: "incident", text: "Port-Aubrac" })).results[0].id;
  ids.person = (await api(analyst, "search", { type: "identity", text: "Zeddouri Anouar" })).results[0].id;
  ids.account = (await api(analyst, "search", { type: "user-account", text: "nightferry" })).results[0].id;
  for (const id of [ids.incident, ids.person, ids.account]) await must(officer, "case/add", { case: ids.case, id });
  await must(officer, "case/add", { case: ids.case, member: "analyst" });
  await must(officer, "case/transfer", { case: ids.case, to: "analyst" });
  ids.draft = (await must(analyst, "release/draft", { id: [ids.account], to: "SVB", purpose: "CT-INV", tearline: `${long} ${arabic}` })).results[0].draft;
  const suggested = (await api(analyst, "same/suggest", { limit: 3 })).results;
  if (suggested[1]) await must(analyst, "same/propose", { a: suggested[1].a, b: suggested[1].b });
  ids.request = (await api(analyst, "rfi/list")).results.find((row) => row.reference === "RFI-DSV").id;
  await must(analyst, "rfi/answer", { id: ids.request, text: arabic });
  await must(officer, "warn/new", { threatened: arabic, text: long, precedence: "FLASH", about: ids.request });
  const past = (await must(officer, "warn/new", { threatened: "the ferry line", text: "an attack on a ferry", precedence: "IMMEDIATE" })).results[0];
  await must(officer, "warn/done", { warning: past.warning, who: arabic, how: long.slice(0, 120) });
  await must(other, "task/new", { activity: "interview", for: "DSV", due: "2024-12-15", purpose: "CT-INV", with: ["DSV", "CTB"], note: long.slice(0, 200) });
  await must(officer, "task/new", { activity: "inform-a-carrier", for: "SVB", due: "2025-02-01", purpose: "CT-INV", with: ["SVB"], note: arabic });
  await must(analyst, "hypo/open", { title: `${arabic} – ${long.slice(0, 90)}`, confidence: "almost-certain", purpose: "CT-INV", with: ["SVB"], basis: [ids.person] });
  ids.document = (await api(analyst, "search", { type: "identity-document", text: "QBZ", owner: "DSV" })).results[0]?.id;
  const attached = await attach(analyst, ids.document, "passport, page 1.png");
  await must(analyst, "release/draft", { id: [ids.document], to: "SVB", purpose: "CT-INV", evidence: attached?.hash });
  const held = async (page, peer) => (await api(page, "release/list")).results.find((row) => row.direction === "in" && row.peer === peer && row.state === "stored");
  const theirs = await held(analyst, "CTB");
  await must(analyst, "onward/ask", { id: [theirs.objects[0].id], to: "SVB", purpose: "CT-INV", reason: long.slice(0, 120) });
  const ours = await held(partner, "DSV");
  if (ours) await must(partner, "onward/ask", { id: [ours.objects[0].id ?? ours.objects[0]], to: "CTB", purpose: "CT-INV", reason: arabic });
  const admin = await person("DSV", "admin");
  for (const name of ["analyst", "legal"]) await must(admin, "user/clearance", { name, compartment: "OPAL,A-NAME-OF-THIRTY-TWO-LETTERS-032" });
  const hidden = (await api(analyst, "search", { type: "identity-document", text: "QBZ", owner: "DSV" })).results.at(-1)?.id;
  if (hidden !== ids.document) await must(analyst, "compartment/put", { object: hidden, name: "OPAL" });
  await admin.close();
  ok("tips, requests, alerts, a case and a draft with hard texts are there", Boolean(ids.draft && ids.case && ids.request));
  ok("threats, tasks, files and questions to pass on are there", Boolean(ids.document && attached?.hash));
});

/** A picture of one dot. */
async function attach(page, object, name) {
  const answer = await page.evaluate(
    async ([object, name]) => {
      const dot = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="), (c) => c.charCodeAt(0));
      const headers = { "Content-Type": "application/octet-stream" };
      return (await fetch(`/api/v1/evidence/add?${new URLSearchParams({ object, name })}`, { method: "POST", headers, body: dot })).json();
    },
    [object, name],
  );
  return answer.results?.[0];
}

const pages = {
  home: "#/home",
  desk: `#/desk/${ids.request}`,
  "desk-new": "#/desk/new",
  alerts: "#/alerts",
  cases: "#/cases",
  case: `#/cases/${ids.case}`,
  search: `#/search?text=${encodeURIComponent("Эльхан")}`,
  person: `#/thing/${ids.person}`,
  thing: `#/thing/${ids.incident}`,
  document: `#/thing/${ids.document}`,
  persons: "#/persons",
  graph: `#/graph/${ids.incident}`,
  match: "#/match",
  hypo: "#/hypo",
  release: "#/release",
  draft: `#/release/${ids.draft}`,
  plans: "#/plans",
  joint: "#/joint",
  warn: "#/warn",
  partners: "#/partners",
  admin: "#/admin",
  nothing: "#/search?text=qqqqqq",
};

/** Nothing sticks out of the window to the side. */
async function fits(page, what) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 1) ok(`${what} fits into the window`, false, `${wide} pixels too wide`);
  return wide <= 1;
}

/** What the node says in English is said in the reader's language: on the page nothing is left as it
 * came, and these texts have letters of that language. */
const letters = { ru: /[а-я]/, ar: /[\u0621-\u064a]/ };
const reasons = { draft: "main table td:last-child", persons: ".same ul li", partners: ".clauses" };
async function translated(page, name, language) {
  await page.waitForSelector(reasons[name]);
  const left = await page.locator("main .raw").allTextContents();
  const texts = await page.locator(reasons[name]).allTextContents();
  const foreign = texts.filter((text) => !letters[language].test(text));
  ok(`what the node says on ${name} is said in ${language}`, texts.length > 0 && left.length + foreign.length === 0, [...left, ...foreign].slice(0, 3).join(" | "));
}

/** As it is on a desk, and, in the two directions of writing, on a tablet. */
const desk = { width: 1280, height: 800 };
const tablet = { width: 768, height: 1024 };
for (const language of ["en", "fr", "ru", "ar"])
  await step(`pages in ${language}`, async () => {
    await speak(analyst, language);
    let fit = true;
    for (const [name, address] of Object.entries(pages)) {
      await visit(analyst, address);
      if (screens) await analyst.waitForFunction(() => document.querySelector("canvas")?.dataset.rests !== "false");
      fit = (await fits(analyst, `${name} in ${language}`)) && fit;
      await picture(analyst, `${name}-${language}`);
      if (letters[language] && reasons[name]) await translated(analyst, name, language);
      if (language !== "en" && language !== "ar") continue;
      await accessible(analyst, `${name} in ${language}`);
      await analyst.setViewportSize(tablet);
      fit = (await fits(analyst, `${name} on a tablet in ${language}`)) && fit;
      await picture(analyst, `tablet-${name}-${language}`);
      await analyst.setViewportSize(desk);
    }
    ok(`no page in ${language} is wider than the window, nor than a tablet`, fit);
  });
ok("Arabic is written from right to left", (await analyst.getAttribute("html", "dir")) === "rtl");
await speak(analyst, "en");

// ---- dark, and on paper ----
await step("dark", async () => {
  await analyst.emulateMedia({ colorScheme: "dark" });
  for (const name of ["home", "desk", "alerts", "draft", "person", "graph", "plans"]) {
    await visit(analyst, pages[name]);
    await picture(analyst, `dark-${name}`);
    await accessible(analyst, `${name} in the dark`);
  }
  await analyst.emulateMedia({ colorScheme: "light", media: "print" });
  for (const name of ["case", "draft", "person"]) {
    await visit(analyst, pages[name]);
    await picture(analyst, `print-${name}`, { fullPage: true });
  }
  ok("a case on paper has no buttons and no menu", !(await analyst.isVisible("nav")) && !(await analyst.isVisible("main button")));
  await analyst.emulateMedia({ media: "screen" });
});

// ---- refused, away, and others' pages ----
await step("a refused action", async () => {
  await visit(analyst, `#/release?ids=${ids.incident}`);
  await analyst.fill("textarea[name=ids]", "incident--00000000-0000-4000-8000-000000000000");
  await analyst.click(".act button.first >> nth=0");
  await analyst.waitForSelector("main .failure");
  await picture(analyst, "refused");
  ok("what is refused says why, beside the button", (await analyst.textContent("main .failure")).length > 10);
  await accessible(analyst, "a refusal");
  await speak(analyst, "ar");
  await visit(analyst, `#/release?ids=${ids.incident}`);
  await analyst.fill("textarea[name=ids]", "incident--00000000-0000-4000-8000-000000000000");
  await analyst.click(".act button.first >> nth=0");
  await analyst.waitForSelector("main .failure");
  await picture(analyst, "refused-ar");
  ok("a refusal is said in Arabic", letters.ar.test(await analyst.textContent("main .failure")), await analyst.textContent("main .failure"));
  await accessible(analyst, "a refusal in Arabic");
  await speak(analyst, "en");
});
for (const role of ["oversight", "legal", "liaison", "admin"])
  await step(`the pages of ${role}`, async () => {
    const page = await person("DSV", role);
    for (const name of role === "admin" ? ["home", "partners", "admin"] : ["home", "desk", "release", "warn", "joint"]) {
      await visit(page, pages[name]);
      await picture(page, `${role}-${name}`);
      await fits(page, `${name} of ${role}`);
    }
    if (role === "admin")
      for (const language of ["fr", "ru", "ar"]) {
        await speak(page, language);
        await visit(page, "#/admin");
        await picture(page, `admin-admin-${language}`, { fullPage: true });
        await accessible(page, `the administrator's page in ${language}`);
        await fits(page, `admin of admin in ${language}`);
      }
    if (role === "oversight") {
      await visit(page, "#/oversight");
      await picture(page, "oversight");
      await accessible(page, "oversight");
      await fits(page, "oversight");
      await speak(page, "ar");
      await visit(page, "#/oversight");
      await picture(page, "oversight-ar");
      await accessible(page, "oversight in Arabic");
    }
    ok(`${role} has pages`, (await page.locator("nav a").count()) >= 3);
    await page.close();
  });
await step("a partner that is away", async () => {
  if (!process.env.AWAY) return;
  process.kill(-Number(process.env.AWAY), "SIGSTOP");
  try {
    await send(analyst, "msg/send", { to: ["CTB"], purpose: "CT-INV", text: "are you there?" });
    for (const language of ["en", "ar"]) {
      await speak(analyst, language);
      for (const name of ["home", "partners", "search", "desk-new"]) {
        await visit(analyst, pages[name]);
        if (name === "partners") await analyst.waitForSelector("main td .late");
        if (name === "home") await analyst.waitForSelector("main a[href='#/partners']");
        await picture(analyst, `away-${name}-${language}`);
        await accessible(analyst, `${name} in ${language} while a partner is away`);
      }
    }
    ok("a partner that takes nothing is named on Home, and on Partners with what it has not taken", true);
  } finally {
    process.kill(-Number(process.env.AWAY), "SIGCONT");
  }
  await visit(analyst, "#/partners");
  await analyst.waitForFunction(() => !document.querySelector("main td .late"), undefined, { timeout: 60000 });
  ok("when it is back, this goes away without a reload", true);
});
await step("an offline node", async () => {
  await visit(analyst, "#/home");
  await analyst.context().setOffline(true);
  await analyst.evaluate(() => (location.hash = "#/partners"));
  await analyst.waitForSelector("main .failure, p.failure");
  await picture(analyst, "offline");
  ok("a node that does not answer says so on the page", true);
  await analyst.context().setOffline(false);
});
await step("before the login", async () => {
  const page = await visitor("DSV", "nobody", { locale: "ar" });
  await picture(page, "login-ar");
  await accessible(page, "the login in Arabic");
  await page.fill("input[name=name]", "analyst");
  await page.fill("input[name=passphrase]", "wrong");
  await page.click("button.first");
  await page.waitForSelector(".failure");
  await picture(page, "login-wrong");
  await page.fill("input[name=passphrase]", process.env.PASSPHRASE);
  await page.click("button.first");
  await page.waitForSelector(".about");
  await accessible(page, "the question what for, in Arabic");
  await picture(page, "about-ar");
});
