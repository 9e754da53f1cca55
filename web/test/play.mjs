// Plays, one after the other in one browser: node play.mjs story screens safety
import { end, faultless, guided, ok } from "./browser.mjs";

for (const play of process.argv.slice(2)) {
  const begun = Date.now();
  try {
    await import(`./${play}.mjs`);
  } catch (why) {
    ok(`the play '${play}' ran to its end`, false, why?.stack ?? why);
  }
  faultless(play);
  console.log(`# ${play}: ${Math.round((Date.now() - begun) / 1000)} s`);
}
if (["story", "officers", "screens"].every((play) => process.argv.includes(play))) guided();
await end();
