// What an enemy would try in a browser: markup in every field that can be stored, a session
// that is fixed, borrowed by another site, framed or stolen.
import { api, approveTips, browser, login, nodes, ok, person, send, step, urlOf, visit, visitor } from "./browser.mjs";
import { createServer } from "node:http";

const analyst = await person("DSV", "analyst");
const partner = await person("SVB", "analyst");
const officer = await person("DSV", "case");

// ---- markup stays text ----
const hostile = ["<img src=x onerror=window.broken=1>", "\"><script>window.broken=1</script>", "javascript:window.broken=1", "'-window.broken=1-'", "<svg/onload=window.broken=1>", "\u202e<b>gnp.exe", "{{constructor.constructor('window.broken=1')()}}", "<a href=javascript:window.broken=1>x</a>", "%3Cscript%3Ewindow.broken=1%3C/script%3E", "</textarea><iframe srcdoc='<script>parent.broken=1</script>'>", "x".repeat(300)];
const uuid = (n) => `5f4e3d2c-1b0a-4987-8654-${String(n).padStart(12, "0")}`;
const times = { created: "2024-01-01T00:00:00.000Z", modified: "2024-01-01T00:00:00.000Z", spec_version: "2.1" };
const handling = (text) => ({ "extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa": { extension_type: "property-extension", rating: { scale: "admiralty", source: "B", information: "2" }, purposes: ["CT-INV"], category: "suspect", retention: "2029-01-01", discover: "pointer" } });
const objects = hostile.flatMap((text, n) => [
  { type: "location", id: `location--${uuid(n)}`, ...times, name: `markup ${text}`, description: text, latitude: -45, longitude: -120 + n / 10 },
  { type: "identity", id: `identity--${uuid(n)}`, ...times, name: `markup ${text}`, description: text, identity_class: "individual", extensions: handling(text) },
  { type: "relationship", id: `relationship--${uuid(n)}`, ...times, relationship_type: "located-at", description: text, source_ref: `identity--${uuid(n)}`, target_ref: `location--${uuid(n)}`, start_time: "2024-01-01T00:00:00.000Z" },
]);
const kept = { refused: [] };
/** What the node refuses to store cannot be shown; the rest is. */
async function store(page, verb, body, file = false) {
  const answer = await send(page, verb, body, file);
  if (answer.results === undefined) kept.refused.push(`${verb}: ${answer.detail}`);
  return answer.results?.[0];
}
await step("hostile texts are stored in every field", async () => {
  const imported = await store(analyst, "import", { type: "bundle", id: `bundle--${uuid(99)}`, objects }, true);
  ok("hostile texts are imported", imported?.added >= hostile.length, JSON.stringify([imported, kept.refused]));
  for (const [n, text] of hostile.entries()) {
    await store(partner, "tip/new", { to: ["DSV"], purpose: "CT-INV", text, reference: `${n} ${text}`.slice(0, 60), name: [text] });
    await store(partner, "rfi/new", { to: ["DSV"], purpose: "CT-INV", text: `${n} ${text}`, name: [text] });
    await store(partner, "msg/send", { to: ["DSV"], purpose: "CT-INV", text });
    const made = await store(officer, "case/new", { title: text, purpose: "CT-INV" });
    if (made) await store(officer, "case/add", { case: made.case, member: "analyst" });
    kept.case ??= made?.case;
    await store(officer, "alert/add", { name: `A${n} ${text}`, names: [text], dob: "1990-01-01", action: "notify", reason: text, call: text, valid_to: "2025-12-01", purpose: "CT-INV" }, true);
    await store(officer, "plan/add", { name: `P${n} ${text}`, activity: "patrol", domains: ["sea"], lat: [-46, -45], lon: [-120, -119], height_m: null, start: "2024-12-22T10:00:00Z", stop: "2024-12-22T12:00:00Z" }, true);
  }
  await approveTips("SVB");
  await store(officer, "sighting/add", { ref: hostile[0], time: "2024-11-29T16:05:00Z", place: hostile[4], names: [hostile[1]], dob: "1990-01-01" }, true);
  await store(officer, "same/propose", { a: `identity--${uuid(0)}`, b: `identity--${uuid(1)}`, reason: hostile[0] });
  await store(officer, "warn/new", { threatened: hostile[0], text: hostile[1], about: hostile[2], precedence: "FLASH" });
  await store(officer, "task/new", { activity: "meet", for: "SVB", due: "2025-12-01", purpose: "CT-INV", with: ["SVB"], note: hostile[4] });
  await store(partner, "task/new", { activity: "meet", for: "DSV", due: "2025-12-01", purpose: "CT-INV", with: ["DSV"], note: hostile[0] });
  await store(analyst, "hypo/open", { title: hostile[0], confidence: "likely", purpose: "CT-INV", with: ["SVB"], basis: [`identity--${uuid(0)}`] });
  await store(officer, "repeat/ask", { id: [`identity--${uuid(0)}`], owner: "SVB", to: hostile[0], purpose: "CT-INV" });
  const held = (await api(partner, "release/list")).results.find((row) => row.direction === "in" && row.peer === "DSV");
  if (held) await store(partner, "onward/ask", { id: [held.objects[0].id ?? held.objects[0]], to: "CTB", purpose: "CT-INV", reason: hostile[0] });
  await store(analyst, `evidence/add?${new URLSearchParams({ object: `identity--${uuid(0)}`, name: `${hostile[0]}.txt` })}`, hostile.join("\n"), true);
  kept.draft = (await store(analyst, "release/draft", { id: [`identity--${uuid(0)}`], to: "SVB", purpose: "CT-INV", tearline: hostile[0] }))?.draft;
  kept.request = (await api(analyst, "rfi/list")).results.find((row) => row.text.includes("onerror"))?.id;
  if (kept.request) await store(analyst, "rfi/answer", { id: kept.request, text: hostile[0] });
  ok("and stand on the desk, in cases, alerts, plans and a draft", Boolean(kept.request && kept.case && kept.draft), kept.refused.join("\n"));
});
const overseer = await person("DSV", "oversight", {});
await step("markup stays text on every page", async () => {
  const addresses = ["#/home", "#/search?text=markup", `#/thing/location--${uuid(0)}`, `#/thing/identity--${uuid(0)}`, `#/graph/identity--${uuid(0)}`, "#/desk", `#/desk/${kept.request}`, "#/cases", `#/cases/${kept.case}`, "#/alerts", "#/plans", "#/persons", "#/release", `#/release/${kept.draft}`, "#/match", "#/hypo", "#/joint", "#/warn", "#/partners", "#/admin", `#/desk/new?${new URLSearchParams({ key: hostile[0], purpose: hostile[0], to: hostile[0] })}`, `#/release?${new URLSearchParams({ ids: hostile[0], onward: hostile[0] })}`, `#/search?text=${encodeURIComponent(hostile[0])}`, `#/thing/${encodeURIComponent(hostile[0])}`, `#/cases/${encodeURIComponent(hostile[1])}`, `#/desk/${encodeURIComponent(hostile[1])}`];
  for (const address of addresses) {
    await visit(analyst, address).catch(() => {});
    if (address.includes("graph"))
      for (const n of [2, 3]) {
        await analyst.click(`[role=radiogroup] button:nth-child(${n})`);
        await analyst.waitForTimeout(50);
      }
    await analyst.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    await analyst.waitForTimeout(60);
  }
  for (const address of ["#/oversight", `#/oversight/identity--${uuid(0)}`]) await visit(overseer, address);
  for (const page of [analyst, overseer])
    ok("no markup of a record became an element or ran", (await page.evaluate(() => window.broken)) === undefined && (await page.locator("main script, main img, main iframe, main a[href^='javascript:']").count()) === 0);
  await visit(analyst, `#/desk/${kept.request}`);
  ok("it is shown as it was written", (await analyst.textContent("main")).includes("<img src=x onerror=window.broken=1>"));
});

// ---- sessions ----
const cookieOf = async (page) => (await page.context().cookies()).find((one) => one.name === "__Host-entente");
await step("the token", async () => {
  const cookie = await cookieOf(analyst);
  ok("the token is a cookie for this host alone, secure, hidden from scripts, never sent by other sites", cookie.httpOnly && cookie.secure && cookie.sameSite === "Strict" && cookie.path === "/" && !cookie.domain.startsWith("."));
  const stored = await analyst.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  ok("no script can find it: not in a cookie it sees, not in any storage", !stored.includes(cookie.value) && !/[0-9a-f]{64}/.test(stored), stored);
  const held = await analyst.evaluate(async () => (await (await fetch("/api/v1/session")).text()) + location.href + document.documentElement.outerHTML);
  ok("nor on a page, in an address or in an answer", !held.includes(cookie.value));
});
await step("session fixation", async () => {
  const page = await visitor("DSV", "somebody");
  const { hostname } = new URL(urlOf("DSV"));
  const planted = "7".repeat(64);
  await page.context().addCookies([{ name: "__Host-entente", value: planted, domain: hostname, path: "/", secure: true, httpOnly: true, sameSite: "Strict" }]);
  await page.reload();
  await login(page, "analyst");
  const mine = await cookieOf(page);
  ok("a token that was planted before the login is not the session's", mine.value !== planted);
  const other = await visitor("DSV", "the planter");
  await other.context().addCookies([{ ...mine, value: planted }]);
  ok("and whoever planted it is nobody", (await other.evaluate(async () => (await fetch("/api/v1/session")).status)) === 401);
  await page.click("header button >> text=Log out");
  await page.waitForSelector("input[name=passphrase]");
  await other.context().addCookies([mine]);
  ok("a token that was stolen is worth nothing after the logout", (await other.evaluate(async () => (await fetch("/api/v1/session")).status)) === 401);
  await page.context().close();
  await other.context().close();
});

// ---- another site ----
const evil = createServer((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<title>evil</title><body></body>"));
await new Promise((done) => evil.listen(0, "127.0.0.1", done));
await step("another site", async () => {
  const url = urlOf("DSV").replace(/\/$/, "");
  const page = await analyst.context().newPage(); /* with the analyst's cookies */
  await page.goto(`http://localhost:${evil.address().port}/`);
  const cases = (await api(analyst, "case/list")).results.length;
  await page.evaluate(async (to) => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"])
      await fetch(`${to}/api/v1/case/new`, { method: "POST", mode: type === "application/json" ? "cors" : "no-cors", credentials: "include", headers: { "Content-Type": type }, body: '{"title":"forged","purpose":"CT-INV"}' }).catch(() => {});
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", action: `${to}/api/v1/import`, enctype: "text/plain", target: "hidden" });
    const frame = Object.assign(document.createElement("iframe"), { name: "hidden" });
    document.body.append(frame, form);
    form.submit();
    await new Promise((done) => setTimeout(done, 500));
  }, url);
  ok("a change that another site sends is not made", (await api(analyst, "case/list")).results.length === cases);
  const read = await page.evaluate(async (to) => (await fetch(`${to}/api/v1/user/list`, { credentials: "include" }).then((got) => got.text(), () => "nothing")), url);
  ok("another site reads nothing", read === "nothing");
  await page.evaluate((to) => document.body.append(Object.assign(document.createElement("iframe"), { src: to, id: "framed" })), url);
  await page.waitForTimeout(500);
  const framed = page.frames().find((frame) => frame.url().startsWith(url));
  ok("the console lets itself be framed by nobody", !framed || (await framed.locator("input, nav").count()) === 0);
  await page.close();
});
evil.close();
await step("what a browser is told", async () => {
  const head = await analyst.evaluate(async () => Object.fromEntries((await fetch("/")).headers));
  const policy = head["content-security-policy"] ?? "";
  ok("the policy lets only the node's own scripts run, and no frame, form or base of others", /default-src 'none'|default-src 'self'/.test(policy) && /frame-ancestors 'none'/.test(policy) && !/unsafe-(inline|eval)/.test(policy.replace(/style-src[^;]*/, "")), policy);
  ok("nothing is guessed, and no address is told", head["x-content-type-options"] === "nosniff" && /no-referrer|same-origin/.test(head["referrer-policy"] ?? ""), JSON.stringify(head));
});
