// Drives `wdt mcp` with the public client of the Model Context Protocol, which holds every message against the published
// schema and every structured result against its tool's own. The account is in the environment.
//
//   node client.mjs FOLDER wdt                FOLDER holds node_modules/@modelcontextprotocol/sdk
import assert from "node:assert/strict"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import path from "node:path"

const require = createRequire(path.join(path.resolve(process.argv[2]), "any.js"))
const load = name => import(pathToFileURL(require.resolve("@modelcontextprotocol/sdk/" + name)))
const { Client } = await load("client/index.js")
const { StdioClientTransport } = await load("client/stdio.js")

const transport = new StdioClientTransport({ command: process.argv[3], args: ["mcp", "--rows", "1000"],
  env: process.env, stderr: "inherit" })
const client = new Client({ name: "spec", version: "1" })
client.onerror = error => { throw error } // anything on its standard output that is no message
await client.connect(transport)
assert.equal(client.getServerVersion().name, "wdt")
await client.ping()

const call = async (name, args = {}) => (await client.callTool({ name, arguments: args }))
const told = async (name, args) => {
  const result = await call(name, args)
  assert.ok(!result.isError, JSON.stringify(result))
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent)
  return result.structuredContent
}

const { tools } = await client.listTools()
assert.deepEqual(tools.map(tool => tool.name), ["methods", "fields", "values", "count", "rows", "doctor"])
assert.ok(tools.every(tool => tool.annotations.readOnlyHint === true))
assert.ok((await told("methods", { word: "stockout" })).methods.length > 0)
assert.ok((await told("fields", { method: "stockouts" })).fields.some(field => field.private))
assert.ok((await told("values", { method: "stockouts", field: "status" })).values.length > 3)
const { count } = await told("count", { last: "2d" })
assert.ok(count > 10)
const few = await told("rows", { last: "2d", limit: 5, fields: ["order_no", "receiver_name"] })
assert.ok(few.rows.length === 5 && few.more && !few.complete && few.masked)
assert.ok(few.rows.every(row => row.receiver_name === "" || row.receiver_name.startsWith("mask-")))
const all = await told("rows", { last: "2d", limit: 1000 })
assert.ok(all.rows.length === count && all.complete)
assert.ok((await told("doctor")).ok)
const refused = await call("rows", { last: "2d", limit: 5000 })
assert.ok(refused.isError && refused.content[0].text.startsWith("usage: argument 'limit'"))
await assert.rejects(call("delete"), error => error.code === -32602)

const { resources } = await client.listResources()
assert.ok(JSON.parse((await client.readResource({ uri: resources[0].uri })).contents[0].text).methods.length > 10)
assert.equal((await client.listResourceTemplates()).resourceTemplates[0].uriTemplate, "wdt://fields/{method}")
await client.readResource({ uri: "wdt://fields/stockouts" })
await client.close()
console.log("the public client is content")
