// Logging in without the passphrase: with a security key (a virtual one, which Chromium has for
// tests, at the node's name) and with a certificate.
import { readFileSync } from "node:fs";
import { accessible, api, browser, faults, login, ok, patience, person, send, step, urlOf, visitor } from "./browser.mjs";

const url = urlOf("DSV").replace("127.0.0.1", "localhost");
const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en" });
const page = await context.newPage();
page.setDefaultTimeout(patience);
page.on("pageerror", (error) => faults.push(`logins: ${error}`));
const devtools = await context.newCDPSession(page);
await devtools.send("WebAuthn.enable");
const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
  options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
});
const key = "main p button:last-child";

await step("a key lets its user in", async () => {
  await page.goto(url);
  await page.waitForSelector("main.login");
  await accessible(page, "the page of logins");
  await page.click(key);
  await page.waitForSelector("main.login [role=alert]");
  ok("without a key nobody comes in", await page.locator("nav").count() === 0);
  await login(page, "analyst");
  await page.evaluate(() => (location.hash = "#admin"));
  await page.click("text=Add a security key");
  await page.waitForSelector("text=Remove").catch(async (why) => { throw new Error((await page.locator("main").innerText()) + why); });
  const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
  ok("a key is made for this host, and kept in it", credentials.length === 1 && credentials[0].rpId === "localhost" && credentials[0].isResidentCredential);
  await accessible(page, "the page with one's keys");
  await page.click("header button:last-child");
  await page.waitForSelector("main.login");
  await page.click(key);
  await page.waitForSelector("nav");
  const user = await page.evaluate(async () => (await fetch("/api/v1/session")).json());
  ok("the key lets its user in", user.name === "analyst" && user.signs === false, JSON.stringify(user));
});

await step("what a key may not do", async () => {
  const status = await page.evaluate(async () => {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ title: "x", client_data: "e30", attestation: "oA" });
    return (await fetch("/api/v1/session/key", { method: "POST", headers, body })).status;
  });
  ok("who came in with a key adds no other", status === 403, status);
  /* What the browser sends is sent once more, and with a challenge that nobody gave. */
  const bodies = await page.evaluate(async () => {
    const headers = { "Content-Type": "application/json" };
    const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    const answer = async (challenge) => {
      const found = await navigator.credentials.get({ publicKey: { challenge, userVerification: "required" } });
      const key = { id: text(found.rawId), client_data: text(found.response.clientDataJSON), authenticator_data: text(found.response.authenticatorData), signature: text(found.response.signature) };
      return JSON.stringify({ key });
    };
    const given = (await (await fetch("/api/v1/challenge", { method: "POST", headers, body: "{}" })).json()).challenge;
    const body = await answer(Uint8Array.from(atob(given.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)));
    const send = async (body) => (await fetch("/api/v1/session", { method: "POST", headers, body })).status;
    return [await send(body), await send(body), await send(await answer(new Uint8Array(32)))];
  });
  ok("an answer opens one session", bodies[0] === 200 && bodies[1] === 403, bodies);
  ok("and none with a challenge that is not the node's", bodies[2] === 403, bodies);
});

await step("a key that is removed", async () => {
  const other = await (await browser.newContext({ ignoreHTTPSErrors: true, locale: "en" })).newPage();
  await other.goto(url);
  await login(other, "analyst");
  const status = async () => page.evaluate(async () => (await fetch("/api/v1/session")).status);
  ok("stands until then", (await status()) === 200);
  await other.evaluate(() => (location.hash = "#admin"));
  await other.click("text=Remove");
  await other.waitForSelector("text=Remove", { state: "detached" });
  ok("ends the session that it opened", (await status()) === 401);
});

// ---- a certificate ----
await step("a certificate lets its user in", async () => {
  const { CARD } = process.env;
  const shows = { clientCertificates: [{ origin: new URL(urlOf("DSV")).origin, certPath: `${CARD}.crt`, keyPath: `${CARD}.key` }] };
  const holder = await visitor("DSV", "the holder of a card", shows);
  const button = "main p button >> text=certificate";
  await holder.click(button);
  await holder.waitForSelector("main.login [role=alert]");
  ok("a certificate that stands for nobody lets nobody in", (await holder.locator("nav").count()) === 0);
  const admin = await person("DSV", "admin");
  const added = await send(admin, "user/certificate/add?name=analyst", readFileSync(`${CARD}.crt`, "utf8"), true);
  /* Lines are asked for a certificate from the first one that stands for somebody. */
  const known = await visitor("DSV", "the same", shows);
  await known.click(button);
  await known.waitForSelector("nav");
  const user = await api(known, "session");
  ok("once an administrator has said whose it is, it lets that user in, who signs nothing", user.name === "analyst" && user.signs === false, JSON.stringify([user, added]));
  const stranger = await visitor("DSV", "without a card");
  await stranger.click(button);
  await stranger.waitForSelector("main.login [role=alert]");
  ok("and nobody without its key", (await stranger.locator("nav").count()) === 0);
});
