// A contestant of compare.lua: Node's http with one connection kept, JSON.parse, whole rows.   peer.js URL BODIES PAGES
const fs = require('fs'), http = require('http')
const [, , url, file, pages] = process.argv
const bodies = fs.readFileSync(file, 'utf8').split('\n'), agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
let rows = 0
function page(i) {
  if (i === Number(pages)) {
    agent.destroy()
    if (rows !== pages * 100) process.exit(1)
    return
  }
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(bodies[i]) }
  const request = http.request(url, { method: 'POST', agent, headers }, answer => {
    const parts = []
    answer.on('data', part => parts.push(part))
    answer.on('end', () => {
      const object = JSON.parse(Buffer.concat(parts).toString('utf8'))
      if (object.code !== 0) process.exit(1)
      for (const row of object.stockout_list) if (row) rows++
      page(i + 1)
    })
  })
  request.end(bodies[i])
}
page(0)
