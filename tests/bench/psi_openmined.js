// OpenMined PSI (@openmined/psi.js), one run of N keys against N keys, both parties in this
// process, as its README has it.  Prints the seconds.  Usage: node psi_openmined.js N
const PSI = require('@openmined/psi.js')

async function main() {
  const n = Number(process.argv[2])
  const psi = await PSI()
  const client = psi.client.createWithNewKey(true)
  const server = psi.server.createWithNewKey(true)
  const a = Array.from({ length: n }, (_, i) => `doc:QBZ:${i}`)
  const b = Array.from({ length: n }, (_, i) => `doc:QBZ:${n / 2 + i}`)
  const start = process.hrtime.bigint()
  const setup = server.createSetupMessage(1e-6, n, b, psi.dataStructure.GCS)
  const request = client.createRequest(a)
  const response = server.processRequest(request)
  const common = client.getIntersection(setup, response)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (common.length !== n / 2) throw new Error(`${common.length} are common`)
  console.log(seconds.toFixed(3))
}
main().catch((e) => { console.error(e.message); process.exit(1) })
