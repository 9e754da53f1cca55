// What only some may read: a release to persons of the partner by name, a file that comes in as
// a compartment's, what somebody may be shown by views.
import { accessible, api, drafted, ok, person, picture, settled, step, visit } from "./browser.mjs";

const analyst = await person("DSV", "analyst");
const officer = await person("DSV", "case");
const admin = await person("DSV", "admin");

await step("a release for persons by name", async () => {
  const record = (await api(analyst, "search", { type: "vehicle", text: "PA417KV" })).results.find((row) => row.owner === "DSV").id;
  const theirs = await person("CTB", "analyst");
  const colleague = await person("CTB", "analyst2");
  await visit(analyst, `#/release?ids=${encodeURIComponent(record)}`);
  const form = analyst.locator("form.act", { has: analyst.locator("input[name=for]") });
  await form.locator("select[name=to]").selectOption("CTB");
  await form.locator("select[name=purpose]").selectOption("CT-INV");
  await form.locator("input[name=for]").fill("analyst, liaison");
  await form.locator("button.first").click();
  await drafted(analyst);
  const draft = await analyst.evaluate(() => location.hash);
  for (const name of ["fdo1", "fdo2"]) {
    const signer = await person("DSV", name);
    await visit(signer, draft);
    await signer.locator(".named").waitFor();
    ok(`${name} reads for whom it is before signing`, /analyst, liaison/.test(await signer.textContent(".named")));
    if (name === "fdo1") await picture(signer, "release-named");
    await signer.click(".approvals button.first >> nth=0");
    await signer.waitForFunction(() => !document.querySelector(".approvals > .row button.first"));
  }
  await visit(theirs, "#/release");
  await theirs.locator("main .mark", { hasText: "analyst, liaison" }).waitFor();
  ok("whom it names sees at the partner that it is by name", true);
  await visit(colleague, "#/release");
  ok("whom it does not name sees nothing of it", (await colleague.locator("main .mark", { hasText: "analyst, liaison" }).count()) === 0);
});

await step("a file that comes in as a compartment's", async () => {
  await visit(admin, "#/admin");
  await admin.selectOption("main select[name=user]", "analyst");
  await admin.fill("main input[name=compartment]", "agate");
  await admin.locator("main form.act", { has: admin.locator("select[name=user]") }).locator("button.first").click();
  await admin.locator("main tr", { hasText: "analyst" }).locator("li", { hasText: "AGATE" }).waitFor();

  const id = "identity--5ce0f1d2-0000-4000-8000-0000000000a9";
  const made = { spec_version: "2.1", created: "2024-11-01T10:00:00.000Z", modified: "2024-11-01T10:00:00.000Z" };
  const person = { ...made, type: "identity", id, name: "Quartermaine Ysolde", identity_class: "individual" };
  const bundle = { type: "bundle", id: "bundle--5ce0f1d2-0000-4000-8000-0000000000a9", objects: [person, { type: "identity", id: "identity--not-an-id" }] };
  const form = analyst.locator(".import form");
  await visit(analyst, "#/admin");
  await form.locator("input[name=file]").setInputFiles({ name: "persons.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(bundle)) });
  await form.locator("input[name=rating]").fill("B2");
  await form.locator("select[name=purpose]").selectOption("CT-INV");
  await form.locator("select[name=category]").selectOption("suspect");
  await form.locator("input[name=retention]").fill("2034-12-31");
  await form.locator("select[name=compartment]").selectOption("AGATE");
  await picture(analyst, "import");
  await form.locator("button.first").click();
  await analyst.locator(".import [role=status] p").waitFor();
  ok("it says how many came in, and of the others which and why", /Added: 1.*rejected: 1/.test(await analyst.textContent(".import [role=status] p")) && (await analyst.locator(".import [role=status] li").count()) === 1, await analyst.textContent(".import"));
  await accessible(analyst, "the form to bring in a file");
  ok("who is in the compartment finds it", (await api(analyst, "search", { text: "Quartermaine" })).results.some((row) => row.id === id));
  ok("who is not finds nothing, from the first moment on", (await api(officer, "search", { text: "Quartermaine" })).results.every((row) => row.id !== id));
});

await step("what somebody may be shown by views", async () => {
  await visit(admin, "#/admin");
  await admin.click("main summary >> text=Who may be shown what");
  const form = admin.locator("form.act", { has: admin.locator("select[name=cleared]") });
  const shown = admin.locator("main [role=status]", { hasText: "collector" });
  await form.locator("select[name=cleared]").selectOption("collector");
  await form.locator("button.first").click();
  await shown.waitFor();
  ok("without a choice it says what holds", /all/.test(await shown.textContent()) && !/witness/.test(await shown.textContent()), await shown.textContent());
  await form.locator("select[name=cleared]").selectOption("collector");
  await form.locator("input[name=purposes]").fill("CT-INV");
  await form.locator("input[value=suspect]").check();
  await form.locator("button.first").click();
  await shown.filter({ hasText: "CT-INV" }).waitFor();
  ok("what is chosen is what holds", /CT-INV.*suspect/.test(await shown.textContent()) && !/contact/.test(await shown.textContent()), await shown.textContent());
  await picture(admin, "clearance");
  await accessible(admin, "the clearance of somebody");
  await shown.locator("button").click();
  await settled(admin);
  const now = await (await admin.request.post(new URL("/api/v1/user/clearance", admin.url()).href, { ignoreHTTPSErrors: true, headers: { "Content-Type": "application/json", Origin: new URL(admin.url()).origin }, data: JSON.stringify({ name: "collector" }) })).json();
  ok("and goes back to what the role gives", now.results?.[0]?.purposes?.[0] === "*", JSON.stringify(now));
});
