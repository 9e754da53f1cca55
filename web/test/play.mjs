// Plays the console in a browser, on the nodes of a demo that runs: three people at three
// nodes, from the login to a chain on the graph, a release by two and its recall.  Prints
// TAP; writes a picture of each page in each language to SCREENS.
//
//   node web/test/play.mjs NODES.json     [{"code","url"}...], PASSPHRASE in the environment
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const nodes = JSON.parse(readFileSync(process.argv[2], "utf8"));
const passphrase = process.env.PASSPHRASE;
const screens = process.env.SCREENS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (screens) mkdirSync(screens, { recursive: true });

let count = 0;
function ok(what, is, why = "") {
  count++;
  console.log(`${is ? "ok" : "not ok"} ${count} - ${what}`);
  if (!is && why !== "") console.log(`# ${String(why).slice(0, 2000).replaceAll("\n", "\n# ")}`);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const faults = [];

/** A person at a node: their own browser context, watched for everything that must not be. */
async function person(code, name, language = "en") {
  const { url } = nodes.find((node) => node.code === code);
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: language, viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  page.on("console", (message) => message.type() === "error" && !/status of 40[0134]/.test(message.text()) && faults.push(`${name}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`${name}: ${error}`));
  page.on("request", (request) => new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith("data:") && faults.push(`${name} asks ${request.url()}`));
  await page.goto(url);
  await page.fill("input[name=name]", name);
  await page.fill("input[name=passphrase]", passphrase);
  await page.click("button.first");
  await page.waitForSelector("nav");
  return page;
}

async function visit(page, address) {
  await page.evaluate((hash) => (location.hash = hash), address);
  await page.waitForFunction(() => document.querySelector("main h1") && ![...document.querySelectorAll("main p.quiet")].some((p) => /…$/.test(p.textContent)));
}

/** No serious finding of axe on this page. */
async function accessible(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  ok(`${what} is usable by everybody`, serious.length === 0, JSON.stringify(serious.map((one) => [one.id, one.nodes[0]?.html]), null, 1));
}

async function picture(page, name) {
  if (screens) await page.screenshot({ path: `${screens}/${name}.png` });
}

// ---- an analyst searches, in another script, and sees the chain ----
const analyst = await person("DSV", "analyst");
ok("the analyst is logged in", (await analyst.textContent("header .who")).includes("analyst"));
await analyst.keyboard.press("/");
await analyst.keyboard.type("الزدوري");
await analyst.waitForSelector("main table >> text=Anouar Zeddouri");
ok("a name in Arabic finds the record in Latin", true);
await analyst.click("main table >> text=Anouar Zeddouri");
await analyst.waitForSelector("dl.facts >> text=أنور الزدوري");
ok("the page of the person has both spellings", true);
await analyst.waitForSelector("main table caption >> text=Tied to");
ok("and what it is tied to", (await analyst.locator("main table tbody tr").count()) > 3);
const started = Date.now();
await visit(analyst, "#/search?text=BZ417");
await analyst.waitForSelector("main table >> text=BZ417");
console.log(`# search while typing: ${Date.now() - started} ms`);
const incident = await analyst.evaluate(async () => {
  const found = await (await fetch("/api/v1/search?type=incident&text=Port-Aubrac")).json();
  return found.results.find((row) => row.owner === "DSV").id;
});
const other = await analyst.evaluate(async () => {
  const found = await (await fetch("/api/v1/search?type=incident&text=BZ417")).json();
  return found.results.find((row) => row.owner === "SVB").id;
});
await visit(analyst, `#/graph/${incident}`);
await analyst.waitForFunction(() => Number(document.querySelector("canvas")?.dataset.drawn) > 10);
ok("the graph is drawn", true);
await analyst.evaluate(() => document.querySelector("canvas").focus());
ok("the incident of a partner is held here since it was released", other !== undefined);
const chains = await analyst.evaluate(async ([a, b]) => (await (await fetch(`/api/v1/path?a=${a}&b=${b}&max=4&evidential=true`)).json()).results, [incident, other]);
ok("chains join the two incidents", chains.length >= 2, JSON.stringify(chains));
// Both are picked by the keyboard, as somebody without a mouse does it.
await visit(analyst, `#/graph/${incident}`);
await analyst.evaluate(() => document.querySelector("canvas").focus());
const names = new Set();
for (let i = 0; i < 200 && names.size < 2; i++) {
  await analyst.keyboard.press(names.size === 0 ? "n" : "p");
  for (const link of await analyst.locator("aside > p a").evaluateAll((all) => all.map((one) => decodeURIComponent(one.getAttribute("href"))))) {
    if (link.includes(incident)) names.add(incident);
  }
  if (names.has(incident)) break;
}
ok("things on the graph can be picked with the keyboard", names.has(incident));
await picture(analyst, "graph");
for (const view of ["map", "time"]) {
  await analyst.click(`[role=radiogroup] button:nth-child(${view === "map" ? 2 : 3})`);
  await analyst.waitForSelector(`svg.${view}`);
  await accessible(analyst, `the ${view} of the same selection`);
  await picture(analyst, view);
}
ok("places stand on the map", (await analyst.locator("svg.time a").count()) > 3);

// ---- a release by two, and its recall, live at the other end ----
const first = await person("DSV", "fdo1");
const second = await person("DSV", "fdo2");
const partner = await person("SVB", "analyst", "ru");
const phone = await analyst.evaluate(async () => (await (await fetch("/api/v1/search?type=user-account&text=nightferry")).json()).results.find((row) => row.owner === "DSV")?.id);
await visit(analyst, `#/release?ids=${encodeURIComponent(phone)}`);
await analyst.selectOption("select[name=to]", "SVB");
await analyst.selectOption("select[name=purpose]", "CT-INV");
await analyst.click("main form:first-of-type button.first");
await analyst.waitForSelector("section.card >> text=disclosure");
const draft = await analyst.inputValue("input[name=draft]");
ok("an analyst drafts, and sees what is missing", draft.length === 36);
await picture(analyst, "release");
await analyst.click("main form:last-of-type button.first");
await analyst.waitForSelector("main form:last-of-type .failure");
ok("who drafted cannot approve", true);
await visit(partner, "#/release");
const had = await partner.locator("main table").last().locator("tbody tr").count();
for (const officer of [first, second]) {
  await visit(officer, "#/release");
  await officer.fill("input[name=draft]", draft);
  await officer.click("main form:last-of-type button.first");
  await officer.waitForFunction(() => document.querySelector("main form:last-of-type [role=status]")?.textContent !== "");
}
await partner.waitForFunction((before) => document.querySelectorAll("main .table:last-of-type tbody tr").length > before, had);
ok("what was released appears at the partner without a reload", true);
await visit(first, "#/release");
await first.locator("main .table").first().locator("tbody tr").last().locator("button").first().click();
await first.locator("main table form input").fill("the source is withdrawn");
await first.locator("main table form button").first().click();
await picture(first, "recall");
await first.waitForFunction(() => /proof of erasure/.test(document.querySelector("main .table")?.textContent ?? ""));
ok("a recall ends with the partner's proof of erasure, live", true);
await picture(first, "recall");

// ---- every page, in every language ----
for (const language of ["en", "fr", "ru", "ar"]) {
  await analyst.selectOption(".language select", language);
  await analyst.waitForFunction((to) => document.documentElement.lang === to, language);
  for (const [name, address] of Object.entries({ home: "#/home", search: "#/search?text=Эльхан", thing: `#/thing/${incident}`, match: "#/match", hypo: "#/hypo", plans: "#/plans", release: "#/release", partners: "#/partners", admin: "#/admin", graph: `#/graph/${incident}` })) {
    await visit(analyst, address);
    await picture(analyst, `${name}-${language}`);
    if (language === "en" || language === "ar") await accessible(analyst, `${name} in ${language}`);
  }
}
ok("Arabic is written from right to left", (await analyst.getAttribute("html", "dir")) === "rtl");
await analyst.selectOption(".language select", "en");

// ---- markup in data stays text ----
const hostile = ["<img src=x onerror=window.broken=1>", "\"><script>window.broken=1</script>", "javascript:window.broken=1", "'-window.broken=1-'", "<svg/onload=window.broken=1>", "\u202e<b>gnp.exe", "{{constructor.constructor('window.broken=1')()}}", "<a href=javascript:window.broken=1>x</a>", "%3Cscript%3Ewindow.broken=1%3C/script%3E", "x".repeat(300)];
const uuid = (n) => `5f4e3d2c-1b0a-4987-8654-${String(n).padStart(12, "0")}`;
const times = { created: "2024-01-01T00:00:00.000Z", modified: "2024-01-01T00:00:00.000Z", spec_version: "2.1" };
const objects = hostile.flatMap((text, n) => [
  { type: "location", id: `location--${uuid(n)}`, ...times, name: `markup ${text}`, description: text, latitude: -45, longitude: -120 + n / 10 },
  { type: "relationship", id: `relationship--${uuid(n)}`, ...times, relationship_type: "located-at", description: text, source_ref: `location--${uuid(n)}`, target_ref: `location--${uuid(n === 0 ? 1 : 0)}`, start_time: "2024-01-01T00:00:00.000Z" },
]);
const imported = await analyst.evaluate(async (body) => (await fetch("/api/v1/import", { method: "POST", body })).json(), JSON.stringify({ type: "bundle", id: `bundle--${uuid(99)}`, objects }));
ok("hostile texts are imported", imported.results?.[0]?.added >= hostile.length, JSON.stringify(imported));
for (const address of ["#/search?text=markup", `#/thing/location--${uuid(0)}`, `#/graph/location--${uuid(0)}`, `#/search?text=${encodeURIComponent(hostile[0])}`, `#/thing/${encodeURIComponent(hostile[0])}`]) {
  await visit(analyst, address).catch(() => {});
  if (address.includes("graph"))
    for (const n of [2, 3]) {
      await analyst.click(`[role=radiogroup] button:nth-child(${n})`);
      await analyst.waitForTimeout(50);
    }
}
await picture(analyst, "hostile");
ok("markup in records stays text on every page", (await analyst.evaluate(() => window.broken)) === undefined && (await analyst.locator("main script, main img").count()) === 0);

// ---- the end ----
await analyst.click("header button");
await analyst.waitForSelector("input[name=passphrase]");
ok("logging out shows the login again", true);
await accessible(analyst, "the login");
ok("no error on any page, and no request left the node", faults.length === 0, faults.join("\n"));
await browser.close();
console.log(`1..${count}`);
