// A bundle of COUNT places for the bench of the console: a graph of 20,000 that hangs together
// in four steps, one of 2,000 with 5,000 links, and the rest for searching.
const count = Number(process.argv[2] ?? 100000);
const kinds = ["harbour", "station", "bridge", "quay", "market", "airfield", "tower", "depot"];
const stamp = { spec_version: "2.1", created: "2024-01-01T00:00:00.000Z", modified: "2024-01-01T00:00:00.000Z" };
const uuid = (n, kind) => `${String(kind).padStart(8, "0")}-0000-4000-8000-${String(n).padStart(12, "0")}`;
const id = (n) => `location--${uuid(n, 1)}`;
const out = [];
let links = 0;
function flush(last) {
  process.stdout.write(out.join("\n") + (last ? "\n" : "\n"));
  out.length = 0;
}
function put(object) {
  out.push(JSON.stringify(object));
  if (out.length === 2000) flush(false);
}
function tie(a, b) {
  if (a === b) return;
  links++;
  put({ type: "relationship", id: `relationship--${uuid(links, 2)}`, ...stamp, relationship_type: "related-to", source_ref: id(a), target_ref: id(b), start_time: new Date(Date.UTC(2020, 0, 1 + (links % 1500))).toISOString() });
}
const large = 20000;
const small = 2000;
const ties = 24999 + 5000;
for (let n = 0; n < count - ties; n++) put({ type: "location", id: id(n), ...stamp, name: `${kinds[n % kinds.length]} ${n}`, latitude: ((n * 37) % 1700) / 10 - 85, longitude: ((n * 61) % 3590) / 10 - 179 });
for (let n = 1; n < large; n++) tie(n, Math.floor((n - 1) / 12));
for (let n = 0; n < 5000; n++) tie(1 + ((n * 7919) % (large - 1)), 1 + ((n * 104729 + 13) % (large - 1)));
for (let n = 1; n < small; n++) tie(large + n, large + Math.floor((n - 1) / 13));
let seed = 1;
const next = (most) => (seed = (seed * 1103515245 + 12345) % 2147483648) % most;
for (let n = 0; n < 5010 - (small - 1); n++) tie(large + next(small), large + (next(65521) % small));
flush(true);
