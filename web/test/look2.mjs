import { person, send, browser } from "./browser.mjs";
const b = await person("SVB", "analyst");
console.log(JSON.stringify(await send(b, "tip/new", { to: ["DSV"], purpose: "CT-INV", precedence: "PRIORITY", rating: "B3", reference: "TIP-B-0007", key: ["doc:QBZ:650018823"], name: ["Джуранаев Эльхан"], born: ["1991-03-07"], text: "Джуранаев Эльхан, 07.03.1991, выехал для подготовки" })));
console.log(JSON.stringify(await send(b, "rfi/new", { to: ["DSV"], purpose: "CT-INV", precedence: "IMMEDIATE", reference: "RFI-B-1", text: "what stands behind this trace? " })));
await browser.close();
