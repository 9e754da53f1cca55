// What is read from its beginning by whoever takes over, and what is read again because something
// that it rests on has changed.
import { accessible, api, must, ok, person, picture, settled, speak, step, visit } from "./browser.mjs";

const analyst = await person("DSV", "analyst");
await speak(analyst, "en"); // whatever the analyst read before
const liaison = await person("DSV", "liaison");
const partner = await person("SVB", "liaison");

/** Sends words, and waits until the other end has them. */
async function say(page, other, to, text, about) {
  const id = (await must(page, "msg/send", { to: [to], purpose: "CT-INV", text, about })).results[0].id;
  await visit(other, `#/desk/${id}`);
  await other.locator("main .item", { hasText: text }).waitFor();
  return id;
}

await step("everything that was said about one thing, in order", async () => {
  const first = await say(liaison, partner, "SVB", "which berth was it?");
  const second = await say(partner, liaison, "DSV", "berth nine, we think", first);
  const third = await say(liaison, partner, "SVB", "who was on watch there?", second);
  for (const page of [liaison, partner]) {
    await visit(page, `#/desk/${third}`);
    const items = page.locator("main .opened .item");
    await items.nth(2).waitFor();
    const texts = await items.locator(".said").allTextContents();
    ok("whoever opens the last of it reads the whole from its beginning", texts.length === 3 && texts[0] === "which berth was it?" && texts[2] === "who was on watch there?", texts.join(" | "));
  }
  const row = liaison.locator("main .threads li", { hasText: "which berth was it?" });
  ok("and it is one thing in the list", /3/.test(await row.locator(".count").textContent()) && (await liaison.locator("main .threads li", { hasText: "who was on watch" }).count()) === 0);
  await picture(liaison, "thread");
  await accessible(liaison, "a thread");
});

await step("what rests on something that has changed is read again", async () => {
  const flags = (await api(analyst, "basis/list")).results;
  const view = flags.find((flag) => flag.kind === "joint view");
  ok("a correction of a partner's has put flags on work here", view !== undefined);
  const overseer = await person("DSV", "oversight");
  const of = (page) => page.locator("main .basis > ul > li");
  await visit(overseer, "#/home");
  await of(overseer).first().waitFor();
  ok("oversight sees what has to be read again, and takes no flag off", (await of(overseer).count()) === flags.length && (await overseer.locator("main .basis form").count()) === 0);
  await visit(analyst, "#/home");
  const mine = of(analyst).filter({ hasText: view.thing.slice(0, 8) });
  ok("it says what has changed, whose it is and why", /CTB.*it ended earlier/s.test(await mine.first().textContent()), await mine.first().textContent());
  await mine.first().locator("summary").click();
  await mine.first().locator("input[name=note]").fill("the meeting on the 22nd stands");
  await picture(analyst, "basis");
  await accessible(analyst, "what rests on something that has changed");
  await mine.first().locator("button.first").click();
  await mine.first().waitFor({ state: "detached" });
  await analyst.click("main .basis summary >> text=/Read again: \\d/");
  ok("who has read it and what follows stay", /analyst.*the meeting on the 22nd stands/s.test(await analyst.locator("main .basis details[open] li").first().textContent()));
  const hypothesis = flags.find((flag) => flag.kind === "hypothesis");
  const found = (await must(analyst, "case/new", { title: "What rests on berth nine", purpose: "CT-INV" })).results[0].case;
  await visit(analyst, `#/cases/${found}`);
  await settled(analyst);
  ok("of work that rests on nothing changed nothing is said", (await analyst.locator("main .basis").count()) === 0 && hypothesis !== undefined);
});
