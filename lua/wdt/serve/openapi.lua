--- The description of the API for programs, as OpenAPI 3.0: made of the same tables that the API
-- itself reads.
-- @module wdt.serve.openapi
local failures = require "wdt.serve.failures"
local json = require "wdt.json"
local parameters = require "wdt.serve.parameters"
local version = require "wdt.version"
local ipairs, pairs, sort = ipairs, pairs, table.sort

local M = {}

-- Words on each parameter.
local ABOUT = {
  start = "First second, Beijing time: YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS; or with an offset of "
    .. "its own, or epoch seconds.",
  stop = "Last second, included; now by default.", day = "One day: YYYY-MM-DD, today, yesterday.",
  month = "One month: YYYY-MM.", last = "A length of time until now: 90m, 24h, 7d.",
  fields = "Only these fields, parted by commas, e.g. order_no,details_list.spec_no.",
  private = "With mask: further fields that are hidden.", typed = "Values in their own types.",
  mask = "Personal fields as keyed hashes.", decimal = "With typed: decimals as text or number.",
  route = "Which gateway; both: what both show comes once.",
  history = "Archived rows: true, or both.", read = "seek: complete whatever moves; sweep: fewer "
    .. "calls.", strict = "Fail where a window can't be proved complete.",
  allow_unknown = "Take names of fields that no document tells.",
  page_size = "Rows a page.", lanes = "Windows read side by side.",
  duplicates = "keep: rows equal in all fields are rows of their own.",
  format = "ndjson (default), json, csv, xlsx; preview: the few columns that people look at.",
  explode = "A line for each member of this list, e.g. details_list.",
  header = "Headings: field names, or the vendor's labels.", bom = "csv: begin with a byte order "
    .. "mark.", excel = "csv: long numbers as =\"…\".",
  shared = "With explode: without the row's own amounts.", limit = "End after so many rows.",
  source = "copy: only from the copy; gateway: only from the gateway; by default from the copy "
    .. "where its ledger proves the range.",
  status = "One, or several parted by commas: 95,110.", shop_no = "One, or several.",
  warehouse_no = "One, or several.",
}

--- The parameters that are described.
M.ABOUT = ABOUT

local FLAGS = { typed = true, mask = true, strict = true, allow_unknown = true, bom = true,
  excel = true, shared = true }
local NUMBERS = { page_size = true, lanes = true, limit = true }
local CHOICES = { format = { "ndjson", "json", "csv", "xlsx", "preview" },
  read = { "seek", "sweep" }, header = { "name", "label" }, decimal = { "text", "number" },
  duplicates = { "keep", "drop" }, source = { "copy", "gateway" } }

local function parameter(name)
  local kind = FLAGS[name] and "boolean" or NUMBERS[name] and "integer" or "string"
  return { name = name, ["in"] = "query", description = ABOUT[name],
    schema = { type = kind, enum = CHOICES[name] and json.list(CHOICES[name]) or nil } }
end

local function sorted(...)
  local names = {}
  for _, set in ipairs{ ... } do
    for name in pairs(set) do names[#names + 1] = name end
  end
  sort(names)
  return names
end

local function in_path(name, about)
  return { name = name, ["in"] = "path", required = true, description = about,
    schema = { type = "string" } }
end

local ACCOUNT = in_path("account", "An account of the configuration file.")
local METHOD = in_path("method", "A method of the account's edition, e.g. trade_query; stockouts "
  .. "and cancelled are words for two of them.")

-- Answers of each address besides the good one, by status.
local function refusals()
  local by_status, list = {}, {}
  for code, status in pairs(failures.STATUS) do
    by_status[status] = by_status[status] or {}
    by_status[status][#by_status[status] + 1] = code
  end
  for status, codes in pairs(by_status) do
    sort(codes)
    list[("%d"):format(status)] = { description = "error.code: " .. table.concat(codes, ", "),
      content = { ["application/json"] = {
        schema = { ["$ref"] = "#/components/schemas/Error" } } } }
  end
  return list
end

local function operation(o)
  local list = { ACCOUNT, o.method and METHOD or nil }
  for _, name in ipairs(o.parameters or {}) do list[#list + 1] = parameter(name) end
  local responses = refusals()
  responses["200"] = { description = o.answer, content = o.content }
  return { summary = o.summary, operationId = o.id, parameters = json.list(list),
    responses = responses, ["x-codeSamples"] = o.samples }
end

local ROWS = { ["application/x-ndjson"] = { schema = { type = "string",
  description = "A row a line; the last line is {\"end\": …}, or {\"error\": …}." } },
  ["application/json"] = { schema = { type = "object", properties = {
    rows = { type = "array", items = { type = "object" } },
    ["end"] = { ["$ref"] = "#/components/schemas/End" } } } },
  ["text/csv"] = { schema = { type = "string" } } }

local JSON = { ["application/json"] = { schema = { type = "object" } } }

-- Examples in other languages; ADDRESS and TOKEN are put in. They run in the specs.
local SAMPLES = {
  { lang = "Shell", label = "curl", source = [[
curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" \
  "$ADDRESS/v1/$ACCOUNT/stockouts?day=$DAY&status=95,110" > rows.ndjson
tail -n 1 rows.ndjson | grep -q '^{"end":' || echo "not whole" >&2
]] },
  { lang = "Python", label = "Python 3", source = [[
import json, os, urllib.parse, urllib.request

query = urllib.parse.urlencode({"day": os.environ["DAY"], "status": "95,110"})
request = urllib.request.Request(
    f"{os.environ['ADDRESS']}/v1/{os.environ['ACCOUNT']}/stockouts?{query}",
    headers={"Authorization": "Bearer " + os.environ["TOKEN"]})
rows, end = [], None
with urllib.request.urlopen(request) as answer:
    for line in answer:
        row = json.loads(line)
        if "error" in row:
            raise SystemExit(row["error"]["text"])
        if "end" in row:
            end = row["end"]
        else:
            rows.append(row)
if end is None or end["rows"] != len(rows):
    raise SystemExit("the answer is not whole")
print(len(rows), end["certificate"])
]] },
  { lang = "Java", label = "Java 11", source = [[
import java.net.URI;
import java.net.http.*;

public class Rows {
  public static void main(String[] args) throws Exception {
    String address = System.getenv("ADDRESS") + "/v1/" + System.getenv("ACCOUNT")
        + "/stockouts?day=" + System.getenv("DAY") + "&status=95,110";
    HttpRequest request = HttpRequest.newBuilder(URI.create(address))
        .header("Authorization", "Bearer " + System.getenv("TOKEN")).build();
    HttpResponse<java.util.stream.Stream<String>> answer = HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofLines());
    long[] rows = {0};
    String[] last = {""};
    answer.body().forEach(line -> { rows[0]++; last[0] = line; });
    if (answer.statusCode() != 200 || !last[0].startsWith("{\"end\":")) {
      throw new IllegalStateException(last[0]);
    }
    System.out.println(rows[0] - 1);
  }
}
]] },
}

--- Examples of a program in other languages.
M.SAMPLES = SAMPLES

local END = { type = "object", description = "What proves that an answer is whole, as the last "
  .. "line, the member end, or the trailer Wdt-Proof.", properties = {
  rows = { type = "integer" }, certificate = { type = "string",
    description = "none: rows may be missing." }, uncertified_windows = { type = "integer" },
  windows = { type = "integer" }, calls = { type = "integer" },
  blind = { type = "array", items = { type = "string" },
    description = "What the routes in use can't show." },
  start = { type = "string", nullable = true }, stop = { type = "string", nullable = true },
  resume_at = { type = "string", nullable = true,
    description = "A reading that begins there misses nothing." },
  source = { type = "string", enum = json.list{ "copy", "gateway" } },
  copied_at = { type = "string", description = "From the copy: rows stand as they were then, or "
    .. "later." },
  not_copied = { type = "string", description = "Why they are not from the copy." },
  limited = { type = "boolean" }, notes = { type = "array", items = { type = "string" } } } }

local ERROR = { type = "object", properties = { error = { type = "object", properties = {
  code = { type = "string" }, text = { type = "string" }, whose = { type = "string" },
  resume_at = { type = "string", nullable = true }, rows = { type = "integer" } } } } }

-- The addresses, by path.
local function paths()
  local reading = sorted(parameters.TIMES, parameters.HOW, parameters.FORM,
    { status = 1, shop_no = 1, warehouse_no = 1 })
  local times = sorted(parameters.TIMES, { status = 1, shop_no = 1, warehouse_no = 1 })
  local rows = "Rows, and what proves that they are all."
  local function get(o) return { get = operation(o) } end
  local list = {
    stockouts = get{ id = "stockouts", summary = "Sales stockouts (销售出库单)", answer = rows,
      content = ROWS, parameters = reading, samples = json.list(SAMPLES) },
    cancelled = get{ id = "cancelled", summary = "Cancelled stockouts", answer = rows,
      content = ROWS, parameters = reading },
    ["records/{method}"] = get{ id = "records", summary = "Rows of any query method",
      answer = rows, content = ROWS, parameters = reading, method = true },
    ["count/{method}"] = get{ id = "count", summary = "How many rows a range has",
      answer = "{ count }", content = JSON, parameters = times, method = true },
    ["call/{method}"] = { get = operation{ id = "call", summary = "One call of a query method; "
      .. "parameters under their own names", answer = "{ data }", content = JSON, method = true },
      post = operation{ id = "call_post", summary = "One call, { params, pager } as JSON; also of "
        .. "a method that changes something, where the consumer's methods name it",
        answer = "{ data }", content = JSON, method = true } },
    ["fields/{method}"] = get{ id = "fields", summary = "The fields of a method's rows",
      answer = "{ fields }", content = JSON, method = true },
    methods = get{ id = "methods", summary = "The methods that this consumer may ask",
      answer = "{ methods }", content = JSON },
    jobs = get{ id = "jobs", summary = "The account's copies: how far, and how complete by hour",
      answer = "{ streams }", content = JSON },
    history = get{ id = "history", summary = "Calls, failures, rows and lag over time",
      answer = "{ points }", content = JSON },
    sales = get{ id = "sales", summary = "Sales by day out of the copy, net of returns where "
      .. "refunds are copied; proved: the day was read completely", answer = "{ days }",
      content = JSON },
    failures = get{ id = "failures", summary = "The last failures of calls",
      answer = "{ failures }", content = JSON },
    ["proofs/{id}"] = get{ id = "proofs", summary = "The end of an answer of the last ten minutes, "
      .. "by its header Wdt-Request", answer = "As End.", content = JSON },
  }
  local by_path = { ["/v1/accounts"] = { get = { summary = "The accounts of this consumer",
    operationId = "accounts", responses = { ["200"] = { description = "{ accounts }",
      content = JSON } } } } }
  for path, operations in pairs(list) do by_path["/v1/{account}/" .. path] = operations end
  by_path["/v1/{account}/proofs/{id}"].get.parameters = json.list{ ACCOUNT,
    in_path("id", "The header Wdt-Request of an answer.") }
  return by_path
end

local text

--- The description.
-- @treturn string JSON
function M.text()
  text = text or json.encode{ openapi = "3.0.3",
    info = { title = "wdt serve", version = version, description = "Rows of Wangdian Tong (旺店通) "
      .. "accounts, with a proof at their end. All times are Beijing time." },
    security = json.list{ { token = json.list{} } }, paths = paths(),
    components = { schemas = { End = END, Error = ERROR },
      securitySchemes = { token = { type = "http", scheme = "bearer" } } } }
  return text
end

return M
