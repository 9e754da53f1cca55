// What is wrong between this node and others stands on the first page, and goes when it is over.
import { accessible, must, ok, person, picture, settled, speak, step, visit } from "./browser.mjs";

const first = await person("DSV", "fdo1");

await step("an exchange that is suspended is an alarm on everybody's first page", async () => {
  const jurist = await person("DSV", "legal");
  const alarm = (page) => page.locator("main li[data-alarm=suspension]");
  await visit(first, "#/home");
  ok("without an alarm there is none", (await alarm(first).count()) === 0);
  await must(jurist, "peer/suspend", { peer: "CTB", reason: "a key was lost" });
  await first.reload();
  await settled(first).catch(() => {});
  await alarm(first).waitFor();
  ok("it says what is wrong, and with whom", /FLASH|IMMEDIATE/i.test(await alarm(first).textContent()) && /CTB/.test(await alarm(first).textContent()) && /suspended/.test(await alarm(first).textContent()));
  await picture(first, "home-alarm");
  await accessible(first, "the first page with an alarm");
  await speak(first, "fr");
  await alarm(first).filter({ hasText: "un échange est suspendu" }).waitFor();
  await speak(first, "en");
  await alarm(first).locator("a").click();
  await first.waitForFunction(() => location.hash === "#/partners");
  ok("and leads to where one acts on it", true);
  await must(jurist, "peer/resume", { peer: "CTB" });
  await visit(first, "#/home");
  await first.reload();
  await settled(first).catch(() => {});
  await first.waitForFunction(() => document.querySelector("main h1") && !document.querySelector("main li[data-alarm]"));
  ok("when it is taken up again there is none", true);
});
