// Figures of the console, one JSON line each: the first page, a graph of thousands, searching
// while typing.  On a node of its own, which tests/bench/web.sh makes.  Nothing here is a test:
// a figure depends on the machine.
import { gzipSync } from "node:zlib";
import { readFileSync, readdirSync } from "node:fs";
import { browser, login, person, urlOf, visit, visitor } from "./browser.mjs";

function figure(what, value, unit, target) {
  console.log(JSON.stringify({ bench: "web", what, value: Math.round(value * 10) / 10, unit, target, holds: value <= target }));
}
const middle = (list, at = 0.5) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * at))];

// ---- the first page ----
{
  const page = await visitor("BEN", "first");
  const paints = [];
  for (let i = 0; i < 5; i++) {
    await page.goto(urlOf("BEN"));
    await page.waitForSelector("input[name=name]");
    paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
  }
  figure("first paint of the login", middle(paints), "ms", 1000);
  await login(page, "analyst");
  await page.waitForSelector("main .card");
  await page.goto(urlOf("BEN"));
  await page.waitForSelector("main .card");
  figure("home, from the address to its first card", await page.evaluate(() => performance.now()), "ms", 1000);
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname).filter((path) => !path.startsWith("/api")));
  const folder = process.env.WEB;
  const size = [...new Set(["/index.html", ...loaded])].filter((path) => path !== "/").reduce((sum, path) => sum + gzipSync(readFileSync(`${folder}${path}`), { level: 9 }).length, 0);
  figure("first page, compressed", size / 1000, "kB", 150);
  figure("all that the console can load, compressed", readdirSync(`${folder}/assets`).reduce((sum, name) => sum + gzipSync(readFileSync(`${folder}/assets/${name}`), { level: 9 }).length, 0) / 1000, "kB", 1000);
  await page.context().close();
}

const parts = (process.env.PARTS ?? "graph search").split(" ");
// ---- graphs ----
const analyst = await person("BEN", "analyst");
analyst.setDefaultTimeout(120000);

/** Frames of the page's own clock while the mouse drags the graph about. */
async function pan(page) {
  const box = await page.locator("canvas").boundingBox();
  /* From where nothing stands: the corner. */
  await page.mouse.move(box.x + 6, box.y + 6);
  await page.mouse.down();
  await page.evaluate(() => {
    window.frames_ = [];
    window.pans = true;
    let last = performance.now();
    const next = () => {
      const now = performance.now();
      window.frames_.push(now - last);
      last = now;
      if (window.pans) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  for (let i = 1; i <= 120; i++) await page.mouse.move(box.x + 6 + i * 7, box.y + 6 + Math.sin(i / 9) * 160 + 160);
  await page.mouse.up();
  return page.evaluate(() => ((window.pans = false), window.frames_.slice(1)));
}

for (const [name, id, most, limit] of !parts.includes("graph") ? [] : [["2,000 things and 5,000 links", process.env.SMALL, 2000, 60], ["20,000 things, clustered", process.env.LARGE, 20000, 60]]) {
  await visit(analyst, "#/home");
  const started = Date.now();
  await visit(analyst, `#/graph/${id}?depth=4&most=${most}`);
  await analyst.waitForFunction((most) => Number(/[\d]+/.exec(document.querySelector(".graph [role=status]")?.textContent ?? "")?.[0]) > most * 0.9, most);
  await analyst.waitForFunction(() => Number(document.querySelector("canvas")?.dataset.drawn) > 100);
  figure(`a graph of ${name}: first drawn`, Date.now() - started, "ms", 10000);
  console.log(`# ${await analyst.textContent(".graph [role=status]")}, ${await analyst.getAttribute("canvas", "data-drawn")} drawn`);
  await analyst.waitForFunction(() => document.querySelector("canvas")?.dataset.rests === "true");
  figure(`a graph of ${name}: at rest`, Date.now() - started, "ms", 20000);
  const frames = await pan(analyst);
  figure(`a graph of ${name}: a frame of panning, median`, middle(frames), "ms", limit);
  figure(`a graph of ${name}: a frame of panning, 95 of 100`, middle(frames, 0.95), "ms", limit);
  await analyst.evaluate(() => document.querySelector("canvas").focus());
  const zoom = [];
  for (let i = 0; i < 10; i++) {
    const from = Date.now();
    await analyst.keyboard.press(i % 2 ? "-" : "+");
    await analyst.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    zoom.push(Date.now() - from);
  }
  figure(`a graph of ${name}: one step of zoom, two frames`, middle(zoom), "ms", 2 * limit);
}

// ---- searching ----
{
  const times = [];
  const answers = [];
  await visit(analyst, "#/search");
  await analyst.focus("header input[type=search]");
  /* From the key to the frame in which the rows of this very text stand: asked inside the page,
   * where a key costs nothing but itself. */
  const typed = (text) =>
    analyst.evaluate(
      (text) =>
        new Promise((done) => {
          const input = document.querySelector("header input[type=search]");
          const from = performance.now();
          input.value = text;
          input.dispatchEvent(new InputEvent("input", { bubbles: true }));
          const look = () => (document.querySelector("main [data-of]")?.dataset.of === text.trim() ? done(performance.now() - from) : requestAnimationFrame(look));
          look();
        }),
      text,
    );
  for (const word of ["harbour 4711", "station 12345", "bridge 777", "quay 31337", "Харбур 4711"])
    for (let n = 3; n <= word.length; n++) {
      const text = word.slice(0, n);
      if (text.endsWith(" ")) continue;
      times.push(await typed(text));
      answers.push(
        await analyst.evaluate(async (text) => {
          const begun = performance.now();
          await (await fetch(`/api/v1/search?limit=100&tried=true&text=${encodeURIComponent(text)}`, { headers: { "Entente-Reason": "bench" } })).text();
          return performance.now() - begun;
        }, text),
      );
    }
  figure("a search while typing, from the key to its rows, median", middle(times), "ms", 100);
  figure("a search while typing, from the key to its rows, 95 of 100", middle(times, 0.95), "ms", 100);
  figure("the node's answer to a search, median", middle(answers), "ms", 100);
  figure("the node's answer to a search, 95 of 100", middle(answers, 0.95), "ms", 100);
}
await browser.close();
