// What the tests in the browser share: people at nodes, pages that are watched for everything
// that must not be, TAP.
//
//   NODES       a file: [{"code","url"}...]        PASSPHRASE  of every user of the demo
//   CHROMIUM    the browser                        SCREENS     a folder for pictures, or ""
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const nodes = JSON.parse(readFileSync(process.env.NODES, "utf8"));
export const screens = process.env.SCREENS ?? "";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (screens) mkdirSync(screens, { recursive: true });

// ---- TAP ----

let count = 0;
export function ok(what, is, why = "") {
  count++;
  console.log(`${is ? "ok" : "not ok"} ${count} - ${what}`);
  if (!is && why !== "") console.log(`# ${String(why).slice(0, 3000).replaceAll("\n", "\n# ")}`);
  return is;
}

/** Pages that stand open.  Each asks anew when something changes, so that they are closed where they
 * are no longer needed: at the end of the step, or of the play, that opened them. */
const open = [];
export async function closed(left = 0) {
  while (open.length > left) await open.pop().close();
}

/** A step of a story: what fails in it is said, and the story goes on. */
export async function step(what, work) {
  const before = open.length;
  try {
    await work();
  } catch (why) {
    ok(what, false, why?.stack ?? why);
  }
  await closed(before);
}

// ---- browsers ----

/** What is waited for comes in milliseconds on a desk; this is for a machine that does much else. */
export const patience = 60000;

export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
export const faults = [];
/** What the node refuses is an answer, and a line that breaks is no fault of a page; the browser
 * says both on its console all the same. */
const expected = /status of (40[01349]|42[29])|ERR_(INTERNET_DISCONNECTED|TOO_MANY_RETRIES)/;

function watch(page, name, origin) {
  page.on("console", (message) => message.type() === "error" && !expected.test(message.text()) && faults.push(`${name}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`${name}: ${error}`));
  page.on("request", (request) => !request.url().startsWith("data:") && new URL(request.url()).origin !== origin && faults.push(`${name} asks ${request.url()}`));
  /* What is asked for and has not come; the stream of events never ends. */
  const pending = new Set();
  page.on("request", (request) => !request.url().endsWith("/events") && pending.add(request));
  for (const done of ["requestfinished", "requestfailed"]) page.on(done, (request) => pending.delete(request));
  page.asks = () => [...pending].map((request) => request.url());
  page.on("dialog", (dialog) => (faults.push(`${name}: a dialog says ${dialog.message()}`), dialog.dismiss()));
}

export const urlOf = (code) => nodes.find((node) => node.code === code).url;

async function opened(page, code, name) {
  open.push(page);
  page.setDefaultTimeout(patience);
  watch(page, `${name} at ${code}`, new URL(urlOf(code)).origin);
  await page.goto(urlOf(code));
  return page;
}

/** A browser of one's own, not logged in. */
export async function visitor(code, name, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en", viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  return opened(page, code, name);
}

export async function login(page, name, reason = "the case of the two incidents") {
  await page.fill("input[name=name]", name);
  await page.fill("input[name=passphrase]", process.env.PASSPHRASE);
  await page.click("button.first");
  await page.waitForSelector("nav");
  return about(page, name, reason);
}

async function about(page, name, reason = "the case of the two incidents") {
  if (name === "admin") return page;
  await page.fill(".about input[name=reason]", reason);
  await page.click(".about button.first");
  await page.waitForSelector("main h1");
  return page;
}

/** A person at a node: a browser of their own.  Who has logged in stays logged in for later plays: a
 * login costs the node half a second on purpose. */
const known = new Map();
export async function person(code, name, options = {}) {
  const key = JSON.stringify([code, name, options]);
  const context = known.get(key);
  if (context === undefined) {
    const page = await login(await visitor(code, name, options), name);
    known.set(key, page.context());
    return page;
  }
  const page = await opened(await context.newPage(), code, name);
  await page.waitForSelector("nav");
  await about(page, name);
  return page;
}

/** Who logs out is to log in again. */
export function forget(page) {
  for (const [key, context] of known) if (context === page.context()) known.delete(key);
}

/** Opens an address of the console and waits until nothing is waited for any more. */
export async function visit(page, address) {
  await page.evaluate((hash) => (location.hash = hash), address);
  await settled(page);
}

/** What is waited for; where it does not come, what is there instead is said. */
async function awaited(page, work) {
  try {
    return await work();
  } catch (why) {
    const shown = await page.evaluate(() => {
      const failures = [...document.querySelectorAll("main .failure")].map((one) => one.textContent).join(" | ");
      return `${location.hash} refuses: ${failures || "nothing"}\nit shows: ${document.querySelector("main")?.innerText ?? "no main"}`;
    });
    throw new Error(`${why.message}\n${shown.slice(0, 2000)}\nstill asked for: ${page.asks().join(", ") || "nothing"}`, { cause: why });
  }
}

/** The page of a draft, with who approves it. */
export const drafted = (page) => awaited(page, () => page.waitForSelector(".draft .approvals"));

export async function settled(page) {
  await awaited(page, () => page.waitForFunction(() => document.querySelector("main h1") && ![...document.querySelectorAll("main p.quiet")].some((p) => /…$/.test(p.textContent))));
  for (let calm = 0, left = 400; calm < 2 && left > 0; left--) {
    calm = page.asks().length === 0 ? calm + 1 : 0;
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 10))));
  }
}

export async function speak(page, language) {
  await page.selectOption(".language select", language);
  await page.waitForFunction((to) => document.documentElement.lang === to, language);
}

/** The API, as the page's user; what the console itself uses. */
export async function api(page, verb, parameters = {}) {
  return page.evaluate(
    async ([verb, parameters]) => (await fetch(`/api/v1/${verb}?${new URLSearchParams(parameters)}`, { headers: { "Entente-Reason": "test" } })).json(),
    [verb, parameters],
  );
}
export async function send(page, verb, body, file = false) {
  return page.evaluate(
    async ([verb, body, file]) => {
      const headers = { "Content-Type": file ? "application/octet-stream" : "application/json" };
      return (await fetch(`/api/v1/${verb}`, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) })).json();
    },
    [verb, body, file],
  );
}

/** The same, where a refusal would make the rest of a play mean nothing. */
export async function must(page, verb, body, file = false) {
  const answer = await send(page, verb, body, file);
  if (answer.status >= 400) throw new Error(`${verb} is refused: ${answer.detail ?? answer.title}`);
  return answer;
}

/** Two officers of a node sign the tips that wait there. */
export async function approveTips(code) {
  for (const name of ["fdo1", "fdo2"]) {
    const officer = await person(code, name);
    for (const tip of (await api(officer, "tip/list", { state: "waiting" })).results) await send(officer, "tip/approve", { id: tip.id });
    await officer.close();
  }
}

/** No serious finding of axe on this page. */
export async function accessible(page, what) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return ok(`${what} is usable by everybody`, serious.length === 0, JSON.stringify(serious.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => [node.html.slice(0, 300), node.failureSummary])]), null, 1));
}

/** The pictures that doc/guide names: GUIDE is the folder in which they are renewed. */
const guide = process.env.GUIDE ?? "";
const wanted = new Set();
for (const name of readdirSync("doc/guide").filter((one) => one.endsWith(".md")))
  for (const [, picture] of readFileSync(`doc/guide/${name}`, "utf8").matchAll(/\(screens\/([\w-]+)\.jpg\)/g)) wanted.add(picture);
if (guide) mkdirSync(guide, { recursive: true });
const taken = new Set();

export async function picture(page, name, options = {}) {
  taken.add(name);
  if (screens) await page.screenshot({ path: `${screens}/${name}.png`, ...options });
  if (guide && wanted.has(name)) await page.screenshot({ path: `${guide}/${name}.jpg`, type: "jpeg", quality: 60, ...options });
}

/** After all plays: the guide names no picture that nobody takes. */
export function guided(theirs) {
  const owed = [...wanted].filter(theirs);
  const missing = owed.filter((name) => !taken.has(name));
  ok(`the ${owed.length} pictures of the guide are taken by the plays`, owed.length > 0 && missing.length === 0, missing.join(", "));
}

/** At the end of a play. */
export function faultless(play) {
  ok(`${play}: no error on any page, and no request left the node`, faults.length === 0, faults.join("\n"));
  faults.length = 0;
}

export async function end() {
  await browser.close();
  console.log(`1..${count}`);
}
