// Plays, one after the other in one browser: node play.mjs story screens safety
import { readFileSync } from "node:fs";
import { closed, end, faultless, guided, ok } from "./browser.mjs";

/** The play of the officers takes its pictures of the guide, and the story with the screens all others. */
const officers = readFileSync(new URL("officers.mjs", import.meta.url), "utf8");
const ofOfficers = (name) => new RegExp(`picture\\(\\w+, "${name}"`).test(officers);
const played = (...plays) => plays.every((play) => process.argv.includes(play));

for (const play of process.argv.slice(2)) {
  const begun = Date.now();
  try {
    await import(`./${play}.mjs`);
  } catch (why) {
    ok(`the play '${play}' ran to its end`, false, why?.stack ?? why);
  }
  faultless(play);
  await closed();
  console.log(`# ${play}: ${Math.round((Date.now() - begun) / 1000)} s`);
}
if (played("story", "screens")) guided((name) => !ofOfficers(name));
if (played("officers")) guided(ofOfficers);
await end();
