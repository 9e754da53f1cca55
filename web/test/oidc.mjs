// Logging in at a real provider, as browsers do it and as attackers would: tests/flow/oidc.sh.
//
//   URL  the console   ENTENTE  the program   FOLDER  for files   CERT, KEY  the provider's, PEM
//   CHROMIUM  a browser for the page itself, or ""
import { execFile } from "node:child_process";
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { start } from "./provider.mjs";

const { URL: url, ENTENTE, ENTENTE_HOME: home, FOLDER: folder, CERT: cert, KEY: key } = process.env;
const secret = "a secret: 100% & more+";
const algorithms = ["RS256", "ES256", "EdDSA"];

let count = 0;
function ok(what, is, why = "") {
  console.log(`${is ? "ok" : "not ok"} ${++count} - ${what}`);
  if (!is) console.log(`# ${(typeof why === "string" ? why : JSON.stringify(why)).slice(0, 1500).replaceAll("\n", "\n# ")}`);
}
const run = promisify(execFile);
/** A command of the program: its status and what it said. */
async function entente(...words) {
  return run(ENTENTE, words).then(
    ({ stdout }) => ({ status: 0, said: stdout }),
    (why) => ({ status: why.code, said: why.stderr }),
  );
}

// ---- a browser without a page ----

class Browser {
  jars = new Map();
  async ask(address, options = {}) {
    const { host, origin } = new URL(address);
    const jar = this.jars.get(host) ?? new Map();
    this.jars.set(host, jar);
    const headers = { Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "), ...options.headers };
    if (origin === url && options.method === "POST") headers.Origin ??= url;
    const answer = await fetch(address, { redirect: "manual", ...options, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === "" || /max-age=0|1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }
  async post(address, body, headers = {}) {
    const answer = await this.ask(`${url}/api/v1/${address}`, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    return { status: answer.status, ...(await answer.json().catch(() => ({}))) };
  }
  async get(address) {
    const answer = await this.ask(`${url}/api/v1/${address}`);
    return { status: answer.status, ...(await answer.json().catch(() => ({}))) };
  }
  begin() {
    return this.post("session/oidc", {});
  }
  /** To the provider, through its forms as `name`, and what it sends back with. */
  async visit(location, name) {
    for (let steps = 0; steps < 12; steps++) {
      if (location.startsWith(`${url}/`)) return Object.fromEntries(new URL(location).searchParams);
      const answer = await this.ask(location);
      let next = answer.headers.get("location");
      if (next === null) {
        const page = await answer.text();
        const form = /<form[^>]*action="([^"]+)"/.exec(page);
        const prompt = /name="prompt" value="([^"]+)"/.exec(page);
        if (!form || !prompt) throw new Error(`${answer.status} ${page.slice(0, 800)}`);
        const body = new URLSearchParams({ prompt: prompt[1], login: name, password: "any" });
        next = (await this.ask(new URL(form[1], location).href, { method: "POST", body })).headers.get("location");
      }
      location = new URL(next, location).href;
    }
    throw new Error("the provider sends the browser about");
  }
  async login(name) {
    const back = await this.visit((await this.begin()).location, name);
    return this.post("session", { oidc: this.said(back) });
  }
  said({ code, state, iss }) {
    return { code, state, iss };
  }
}

// ---- what a wrong provider would say ----

const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
function resigned(token, alg, key, change = {}, head = {}) {
  const [header, payload] = token.split(".", 2).map((text) => JSON.parse(Buffer.from(text, "base64url")));
  const text = `${part({ ...header, ...head, alg })}.${part({ ...payload, ...change })}`;
  if (alg === "none") return `${text}.`;
  if (alg === "HS256") return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

const provider = await start({ cert, key, clients: algorithms, secret, back: `${url}/` });
const ours = createPrivateKey({ key: provider.keys[1], format: "jwk" });
const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const now = () => Math.floor(Date.now() / 1000);
const file = `${folder}/client.secret`;
writeFileSync(file, `${secret}\n`, { mode: 0o600 });
const options = (algorithm) => ["--client-id", `entente ${algorithm}`, "--secret-file", file, "--console", url, "--algorithm", algorithm];
const set = (algorithm, more = ["--ca", cert, "--allow-private"]) => entente("oidc", "set", provider.issuer, ...options(algorithm), ...more);

// ---- setting it ----

ok("before one is set no page is told of a provider", (await new Browser().get("session/oidc")).status === 204);
ok("nor is a login begun", (await new Browser().begin()).status === 404);
const wrong = [
  ["a provider in the own network is refused", () => set("ES256", ["--ca", cert]), 77, "not of the public Internet"],
  ["one whose certificate does not hold is refused", () => set("ES256", ["--allow-private"]), 76, "certificate"],
  ["one that is not https is refused", () => entente("oidc", "set", "http://127.0.0.1:1", ...options("ES256")), 2, "an issuer is https"],
  ["an issuer with another name is refused", () => entente("oidc", "set", `${provider.issuer}/`, ...options("ES256"), "--ca", cert, "--allow-private"), 76, "another issuer"],
  ["an algorithm that it does not sign with is refused", () => entente("oidc", "set", provider.issuer, "--client-id", "a", "--console", url, "--algorithm", "HS256"), 2, "RS256 ES256 EdDSA"],
  ["a console's address is an origin", () => entente("oidc", "set", provider.issuer, "--client-id", "a", "--console", `${url}/x`), 2, "--console"],
];
for (const [what, command, status, why] of wrong) {
  const done = await command();
  ok(what, done.status === status && done.said.includes(why), done);
}
ok("none of that was kept", (await entente("oidc", "show")).status === 66);
const done = await set("ES256");
ok("a provider is set", done.status === 0, done);
ok("and shown without its secret", !done.said.includes("a secret") && done.said.includes(provider.issuer), done.said);
ok("which is a file of its own, for this user alone", (statSync(`${home}/keys/provider.secret`).mode & 0o77) === 0 && readFileSync(`${home}/keys/provider.secret`, "latin1") === secret);
ok("and not where the listener reads", !readFileSync(`${home}/keys/provider/provider.json`, "latin1").includes("a secret"));
const offer = await new Browser().get("session/oidc");
ok("now a page is told of it", offer.status === 200 && offer.issuer === provider.issuer, offer);

const bound = await new Browser().ask(`${url}/api/v1/session/oidc`, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
ok("a login is bound by a cookie for this host alone, not for scripts or other sites", /^__Host-entente-login=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict;/.test(bound.headers.getSetCookie()[0]), bound.headers.getSetCookie());
const sent = new URL((await bound.json()).location).searchParams;
ok("and sent with PKCE, state and nonce, and for nothing but who it is", sent.get("code_challenge_method") === "S256" && ["code_challenge", "state", "nonce"].every((name) => sent.get(name)?.length === 43) && sent.get("scope") === "openid", String(sent));

// ---- logging in ----

const ana = new Browser();
const stranger = await ana.login("248289761001");
ok("who is nobody here is told the name there", stranger.status === 403 && stranger.detail.includes("you are '248289761001'"), stranger);
ok("and is not in", (await ana.get("session")).status === 401);
await entente("user", "oidc", "add", "ana", "248289761001");
const twice = await entente("user", "oidc", "add", "admin", "248289761001");
ok("a subject stands for one user", twice.status === 65 && twice.said.includes("stands for 'ana' already"), twice);
for (const algorithm of ["RS256", "EdDSA", "ES256"]) {
  const is = await set(algorithm);
  const in_ = await ana.login("248289761001");
  ok(`whom an administrator has named is let in (${algorithm})`, in_.status === 200 && in_.name === "ana" && in_.signs === false, { is, in_ });
}
ok("and reads", (await ana.get("status")).status === 200);
const token = await ana.post("user/token/add", { name: "ana" });
ok("but makes no token", token.status === 403 && token.detail.includes("passphrase"), token);
const tip = await ana.post("session/key", { title: "x", client_data: "e30", attestation: "oA" });
ok("and adds no security key", tip.status === 403, tip);
const journal = readdirSync(`${home}/journal/reads`).map((name) => readFileSync(`${home}/journal/reads/${name}`, "utf8")).join("");
ok("the journal has who came in, and how", journal.includes('"user":"ana","verb":"login with OpenID Connect"'), journal);

// ---- binding to the browser ----

const bob = new Browser();
let back = await bob.visit((await bob.begin()).location, "248289761001");
const refused = async (what, browser, said, why) => {
  const is = await browser.post("session", { oidc: said });
  ok(what, is.status === 403 && is.detail.includes(why), is);
};
await refused("a code does not open another browser", new Browser(), bob.said(back), "not begun in this browser");
const eve = new Browser();
await eve.begin();
await refused("also when one was begun there", eve, bob.said(back), "in another browser");
await refused("nor one with another state", bob, { ...bob.said(back), state: `${back.state.slice(0, -1)}${back.state.endsWith("A") ? "E" : "A"}` }, "in another browser");
await refused("nor without one", bob, { code: back.code, iss: back.iss }, "in another browser");
await refused("nor from another provider", bob, { ...bob.said(back), iss: "https://evil.example" }, "another provider");
await refused("nor from one that does not say who it is, as this one always does", bob, { code: back.code, state: back.state }, "another provider");
const foreign = await bob.post("session", { oidc: bob.said(back) }, { Origin: "https://evil.example" });
ok("another site's page logs nobody in", foreign.status === 403, foreign);
ok("nor begins a login", (await bob.post("session/oidc", {}, { Origin: "https://evil.example" })).status === 403);
const first = await bob.post("session", { oidc: bob.said(back) });
ok("in its own browser it opens one session", first.status === 200, first);
await refused("and no second one", bob, bob.said(back), "not of these minutes");
back = await eve.visit((await eve.begin()).location, "248289761001");
await refused("a code that is not the provider's opens none", eve, { ...eve.said(back), code: "made-up" }, "refuses the login");

// ---- a provider that lies, or somebody in its place ----

const lies = [
  ["an unsigned token", (t) => resigned(t, "none"), "not signed with ES256"],
  ["one that the client's secret signs", (t) => resigned(t, "HS256", secret), "not signed with ES256"],
  ["one of another key", (t) => resigned(t, "ES256", other), "the signature is not the key's"],
  ["one of a key that is not published", (t) => resigned(t, "ES256", other, {}, { kid: "mine" }), "does not publish"],
  ["one for another login", (t) => resigned(t, "ES256", ours, { nonce: "another" }), "of another login"],
  ["one for another client", (t) => resigned(t, "ES256", ours, { aud: "another" }), "not for this console"],
  ["one for others too", (t) => resigned(t, "ES256", ours, { aud: ["entente ES256", "another"] }), "not for this console"],
  ["one of another issuer", (t) => resigned(t, "ES256", ours, { iss: "https://evil.example" }), "another issuer"],
  ["one that has expired", (t) => resigned(t, "ES256", ours, { exp: now() - 61 }), "has expired"],
  ["one of yesterday", (t) => resigned(t, "ES256", ours, { iat: now() - 86400 }), "older than this login"],
  ["one that is cut", (t) => t.slice(0, -1), "[RFC"],
  ["one of two parts", (t) => t.split(".", 2).join("."), "three parts"],
  ["one that is too large", (t) => `${t}${"A".repeat(16384)}`, "more than 16384 bytes"],
];
for (const [what, change, why] of lies) {
  provider.spoil = (ctx) => void (ctx.path === "/token" && (ctx.body = { ...ctx.body, id_token: change(ctx.body.id_token) }));
  const is = await new Browser().login("248289761001");
  ok(`${what} lets nobody in`, is.status >= 400 && is.detail.includes(why), is);
}
provider.spoil = (ctx) => void (ctx.path === "/token" && ctx.redirect(`${provider.issuer}/elsewhere`));
const moved = await new Browser().login("248289761001");
ok("nobody is followed elsewhere", moved.status >= 400 && !provider.asked.includes("POST /elsewhere") && !provider.asked.includes("GET /elsewhere"), moved);
provider.spoil = (ctx) => void (ctx.path === "/token" && (ctx.body = `{"id_token":"${"A".repeat(70000)}"}`));
const large = await new Browser().login("248289761001");
ok("nor is an answer read that does not end", large.status >= 400 && large.detail.includes("larger than"), large);
provider.spoil = (ctx) => void (ctx.path === "/jwks" && (ctx.body = { keys: ctx.body.keys.filter((one) => one.alg !== "ES256") }));
const withdrawn = await new Browser().login("248289761001");
ok("a key that is withdrawn lets nobody in from then on", withdrawn.status >= 400 && withdrawn.detail.includes("does not publish"), withdrawn);
provider.spoil = undefined;
ok("a provider that tells the truth does", (await new Browser().login("248289761001")).status === 200);

// ---- leaving ----

ok("who logs out is out", (await ana.ask(`${url}/api/v1/session`, { method: "DELETE", headers: { Origin: url } })).status === 204 && (await ana.get("session")).status === 401);
const asked = provider.asked.length;
const again = await ana.login("248289761001");
ok("here alone: the provider lets in again without asking", again.status === 200 && !provider.asked.slice(asked).some((one) => one.startsWith("POST /interaction")), provider.asked.slice(asked));

// ---- the page ----

if (process.env.CHROMIUM) await page();
async function page() {
  writeFileSync(`${folder}/nodes.json`, JSON.stringify([{ code: "OID", url }]));
  process.env.NODES = `${folder}/nodes.json`;
  const { browser } = await import("./browser.mjs");
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en" });
  const tab = await context.newPage();
  tab.setDefaultTimeout(60000);
  const faults = [];
  tab.on("pageerror", (why) => faults.push(String(why)));
  await context.route("**/*", (route) => (route.request().url().startsWith("https://127.0.0.1") || route.request().url().startsWith("data:") ? route.continue() : route.abort()));
  try {
    await tab.goto(url);
    await tab.click("button.provider");
    await tab.fill("input[name=login]", "248289761001");
    await tab.fill("input[name=password]", "any");
    await tab.click("button[type=submit]");
    await tab.click("button[type=submit]"); /* which rights: one's name */
    await tab.waitForSelector("nav");
    const who = await tab.evaluate(async () => (await fetch("/api/v1/session")).json());
    ok("the page lets in who comes back", who.name === "ana" && who.signs === false, who);
    ok("and keeps no code in its address", new URL(tab.url()).search === "" && !(await tab.evaluate(() => performance.getEntriesByType("resource").some((one) => one.name.includes("code=")))), tab.url());
    await tab.goto(`${url}/?error=access_denied&state=x`);
    await tab.evaluate(async () => fetch("/api/v1/session", { method: "DELETE" }));
    await tab.goto(`${url}/?error=access_denied&state=x`);
    const said = await tab.locator("main.login [role=alert]").innerText();
    ok("it says when the provider lets nobody in", said.includes("access_denied"), said);
    for (const [language, word] of Object.entries({ fr: "Se connecter avec", ru: "Войти через", ar: "الدخول عبر" })) {
      await tab.selectOption(".language select", language);
      await tab.waitForFunction((to) => document.documentElement.lang === to, language);
      ok(`and offers it in the reader's language (${language})`, (await tab.locator("button.provider").innerText()).startsWith(word));
    }
    ok("without a fault on the page", faults.length === 0, faults);
  } catch (why) {
    ok("the page was played to its end", false, `${why?.stack ?? why}\n${await tab.locator("body").innerText().catch(() => "")}`);
  }
  await browser.close();
}

// ---- taking it away ----

await entente("oidc", "set", provider.issuer, ...options("ES256").map((word) => (word === url ? "https://north.example:8443" : word)), "--ca", cert, "--allow-private");
const elsewhere = await new Browser().begin();
ok("a console at another address than was set sends nobody off", elsewhere.status === 403 && elsewhere.detail.includes("open the console there"), elsewhere);
await set("ES256");
const list = JSON.parse((await entente("--json", "user", "oidc", "list")).said);
ok("subjects are listed", list.user === "ana" && list.title === "248289761001" && list.issuer === provider.issuer, list);
await ana.login("248289761001");
await entente("user", "oidc", "remove", "ana", list.id.slice(0, 12));
ok("whose subject is removed is out", (await ana.get("status")).status === 401);
await entente("user", "oidc", "add", "ana", "248289761001");
ok("a new session opens", (await ana.login("248289761001")).status === 200);
await entente("oidc", "clear");
ok("and ends when the provider is cleared", (await ana.get("status")).status === 401);
ok("with its secret", readdirSync(`${home}/keys`).every((name) => name !== "provider.secret"));
ok("and nobody is told of it any more", (await new Browser().get("session/oidc")).status === 204);
await provider.close();
process.exitCode = 0;
