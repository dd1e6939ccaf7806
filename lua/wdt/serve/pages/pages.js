"use strict";
// The pages: each function fills the main element, and returns what refreshes it, if anything does.

// Failures of the service are { code, text, … }.
async function ask(path, options) {
  let answer;
  try { answer = await fetch(path, { headers: { Accept: "application/json" }, ...options }); }
  catch (error) {
    throw error.name === "AbortError" ? error : { code: "offline", text: t("offline") };
  }
  if (answer.ok) return answer;
  let failed = { code: String(answer.status), text: answer.statusText };
  try { failed = (await answer.json()).error || failed; } catch { /* no JSON: the status tells */ }
  throw failed;
}

async function get(path) { return (await ask(path)).json(); }

function pill(level) { return make("span", { className: `pill ${level}` }, t(level)); }

function panel(title, ...children) {
  return make("section", { className: "panel", ariaLabel: title },
    title ? make("h2", {}, title) : null, ...children);
}

// A failure, and what to do.
function failureNote(failed) {
  const advice = WORDS[language].adviceOf[failed.code];
  return make("div", { className: "note bad", role: "alert" },
    make("div", {}, t("failed2", failed.text || failed.message)),
    advice ? make("div", { className: "quiet" }, advice) : null);
}

function tile(value, name) {
  return make("div", { className: "tile" }, make("b", {}, String(value)), make("span", {}, name));
}

const WHY = { late: "whyLate", unproved: "whyUnproved", new: "whyNew",
  unreadable: "whyUnreadable", refused: "whyRefused", failing: "whyFailing" };

function reasonsOf(account) {
  if (account.reasons.length === 0) return t("allWell");
  return make("ul", { className: "reasons" }, account.reasons.map(reason =>
    make("li", {}, t(WHY[reason.why], reason.stream, reason.code))));
}

function blindOf(streams) {
  const names = new Set();
  for (const stream of streams) for (const one of stream.blind || []) names.add(one[language]);
  return [...names].join(language === "zh" ? "、" : ", ");
}

function rules() {
  return panel(t("rules"), make("dl", { className: "rules" },
    ...[["green", "ruleGreen"], ["yellow", "ruleYellow"], ["red", "ruleRed"]].flatMap(
      ([level, rule]) => [make("dt", {}, pill(level)), make("dd", {}, t(rule))])));
}

async function overview(main) {
  async function fill() {
    const told = await get("/v1/accounts");
    clock(told.now);
    const sums = { green: 0, yellow: 0, red: 0, none: 0 };
    for (const account of told.accounts) sums[account.state]++;
    const rows = told.accounts.map(account => {
      const behind = account.streams.map(stream => stream.behind).filter(n => n !== undefined);
      const unproved = account.streams.reduce((n, stream) => n + (stream.uncertified || 0), 0);
      return [pill(account.state),
        make("a", { href: `#/account/${encodeURIComponent(account.name)}` }, account.name),
        account.title, reasonsOf(account),
        account.streams.length ? String(account.streams.length) : t("nojobs"),
        behind.length ? lengthOf(Math.max(...behind)) : "—",
        account.streams.length ? count(unproved) : "—",
        account.rate ? `${account.used} / ${count(account.rate)}` : "—",
        blindOf(account.streams) || "—"];
    });
    main.replaceChildren(make("h1", {}, t("overview")),
      make("p", { className: "lead" }, t("overviewLead")),
      make("div", { className: "tiles" }, tile(told.accounts.length, t("accounts")),
        ...["red", "yellow", "green"].map(level => tile(sums[level], pill(level)))),
      told.error ? make("p", { className: "note bad" }, told.error) : "",
      panel(t("accounts"), table(t("accounts"), [{ text: t("state"), w: true },
        { text: t("account"), w: true }, { text: t("edition"), w: true }, { text: t("why") },
        { text: t("jobs"), n: true }, { text: t("behind"), n: true },
        { text: t("unproved"), n: true }, { text: t("budget"), n: true },
        { text: t("blind") }], rows, true)),
      rules());
  }
  await fill();
  return fill;
}

let days = 7;

// The calls that an account may make between two points of its history.
function budgetOf(points, rate) {
  const seconds = points.length > 1
    ? (points[points.length - 1].t - points[0].t) / (points.length - 1) : 300;
  return rate === undefined ? undefined : Math.round(rate * seconds / 60);
}

async function trends(name, rate) {
  const told = await get(`/v1/${encodeURIComponent(name)}/history?days=${days}`);
  const points = told.points, added = [];
  points.forEach((point, i) => {
    const before = i > 0 ? points[i - 1].rows : undefined;
    added.push([point.t, point.rows === undefined || before === undefined ? null
      : Math.max(0, point.rows - before)]);
  });
  const of = (key, divisor) => points.map(point => [point.t, point[key] === undefined ? null
    : point[key] / (divisor || 1)]);
  return make("div", { className: "charts" }, chart(t("chartRows"), added),
    chart(t("chartCalls"), of("calls"), "bars", budgetOf(points, rate)), chart(t("chartLag"), of("lag", 60), "line"),
    chart(t("chartFailures"), of("failures"), "bad"));
}

// Sales by day out of the copy; nothing where there is none.
async function sales(name) {
  let told;
  try { told = await get(`/v1/${encodeURIComponent(name)}/sales?days=31`); }
  catch (error) { if (error.code === "forbidden") return ""; throw error; }
  if (!told.stream) return "";
  if (told.unreadable) {
    return panel(t("sales"), make("p", { className: "note bad" }, t("salesUnreadable")));
  }
  const of = key => told.days.map(one => [Date.parse(one.day + "T00:00:00+08:00") / 1000,
    Math.max(0, Number(one[key])), one.proved ? "" : "unsure",
    `${one.day} ${count(Number(one[key]))}${one.proved ? "" : " " + t("salesUnsure")}`]);
  const charts = [["amount", "salesAmount"], ["quantity", "salesQuantity"],
    ["returned_amount", "salesReturned"]].map(([key, title]) => [of(key), t(title)])
    .filter(([points], i) => i < 2 || points.some(point => point[1] > 0));
  return panel(t("sales"), make("p", { className: "lead" }, t("salesLead", told.stream)),
    make("div", { className: "charts sales" }, charts.map(([points, title]) =>
      chart(title, points, "days"))));
}

async function failuresOf(name) {
  const told = await get(`/v1/${encodeURIComponent(name)}/failures`);
  if (told.failures.length === 0) return make("p", { className: "quiet" }, t("nofailures"));
  const advice = WORDS[language].adviceOf;
  return table(t("failures"), [{ text: t("time"), w: true }, { text: t("method"), w: true },
    { text: t("text") }, { text: t("advice") }], told.failures.map(one => [one.at,
    make("code", {}, one.method || "—"), `${one.code}: ${one.text}`,
    (one.again ? t("again") + (language === "zh" ? "。" : ". ") : "") + (advice[one.code] || "")]),
  true);
}

function completenessOf(stream) {
  if (!stream.days) return make("p", { className: "quiet" }, stream.error || t("whole"));
  const bad = spans(stream.days, "gu").slice(0, 20);
  return make("div", {}, heatMap(stream.stream, stream.days, blindOf([stream])),
    make("h2", { className: "later" }, t("gaps")),
    bad.length === 0 ? make("p", { className: "quiet" }, t("nogaps"))
      : make("ul", {}, bad.map(one => make("li", {}, `${one.from}:00 – ${one.to}:59　${t(one.letter)}`))));
}

async function account(main, name) {
  let chosen = 0;
  async function fill() {
    const told = await get(`/v1/${encodeURIComponent(name)}/jobs`);
    clock(told.now);
    const streams = told.streams;
    const rows = streams.map(stream => [pill(stream.level), stream.stream,
      stream.watermark || "—", lengthOf(stream.behind), lengthOf(stream.target),
      count(stream.rows), count(stream.uncertified), blindOf([stream]) || "—",
      stream.error || ""]);
    const heat = make("div", {});
    const tabs = make("div", { className: "tabs", role: "group", ariaLabel: t("jobs") },
      streams.map((stream, i) => make("button", { type: "button",
        ariaPressed: String(i === chosen), onclick: () => { chosen = i; fill(); } },
      stream.stream)));
    if (streams[chosen]) heat.append(completenessOf(streams[chosen]));
    const length = make("div", { className: "tabs", role: "group", ariaLabel: t("trends") },
      [1, 7, 31].map(n => make("button", { type: "button", ariaPressed: String(n === days),
        onclick: () => { days = n; fill(); } }, t("days" + n))));
    const parts = [make("h1", {}, name + "　", pill(told.state)),
      make("p", { className: "lead" }, `${told.title}　`, reasonsOf(told)),
      streams.length ? panel(t("jobs"), table(t("jobs"), [{ text: t("state"), w: true },
        { text: t("job"), w: true }, { text: t("until"), w: true }, { text: t("behind"), n: true },
        { text: t("target"), n: true }, { text: t("rows"), n: true },
        { text: t("unproved"), n: true }, { text: t("blind") }, { text: "" }],
      rows, true)) : "",
      streams.length ? panel(t("completeness"), make("p", { className: "lead" }, t("heatLead")),
        tabs, heat) : "",
      await sales(name),
      panel(t("trends"), make("p", { className: "lead" }, t("trendsLead")), length,
        await trends(name, told.rate)),
      panel(t("failures"), await failuresOf(name))];
    main.replaceChildren(...parts);
  }
  await fill();
  return fill;
}

// ---- download ----

function dayOf(back) { return beijing(Date.now() / 1000 - back * 86400).slice(0, 10); }

const PRESETS = { today: () => [dayOf(0), dayOf(0)], yesterday: () => [dayOf(1), dayOf(1)],
  week: () => [dayOf(6), dayOf(0)], month: () => [dayOf(0).slice(0, 8) + "01", dayOf(0)] };

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function blindNames(names) {
  return names.map(name => WORDS[language].blindOf[name] || name)
    .join(language === "zh" ? "、" : ", ");
}

function proofNote(proof) {
  const names = proof.blind || [];
  const notes = [make("p", { className: proof.certificate === "none" ? "note" : "note good" },
    proof.certificate === "none" ? t("doneNone", count(proof.rows))
      : t("done", count(proof.rows), proof.certificate))];
  if (names.length) {
    notes.push(make("p", { className: "note" }, t("blindNote", blindNames(names))));
  }
  return notes;
}

async function download(main, wanted) {
  const told = await get("/v1/accounts");
  clock(told.now);
  const field = (name, element) => make("label", {}, t(name), element);
  const input = (name, more) => make("input", { name, type: "text", ...more });
  const select = (name, options) => make("select", { name }, options.map(([value, text]) =>
    make("option", { value, selected: value === wanted }, text)));
  const check = (name, on) => make("label", { className: "check" },
    make("input", { type: "checkbox", name, checked: on, disabled: name === "mask" && told.mask }),
    name === "mask" && told.mask ? t("masked") : t(name));
  const result = make("div", { id: "result", ariaLive: "polite" });
  const buttons = ["preview", "xlsx", "csv"].map((kind, i) => make("button", { type: "button",
    className: i === 0 ? "main" : "", name: kind, onclick: () => run(kind) }, t(kind)));
  const cancel = make("button", { type: "button", disabled: true }, t("cancel"));
  const form = make("form", { onsubmit: event => { event.preventDefault(); run("preview"); } },
    make("div", { className: "row" },
      field("account", select("account", told.accounts.map(one => [one.name, one.name]))),
      field("what", select("what", [["stockouts", t("stockouts")], ["cancelled", t("cancelled")]])),
      field("from", input("from", { type: "date", required: true, value: dayOf(1) })),
      field("to", input("to", { type: "date", required: true, value: dayOf(1) }))),
    make("div", { className: "tabs" }, Object.keys(PRESETS).map(name => make("button",
      { type: "button", onclick: () => {
        [form.elements.from.value, form.elements.to.value] = PRESETS[name]();
      } }, t(name)))),
    make("div", { className: "row" },
      field("status", input("status", { placeholder: t("statusHint") })),
      field("shop", input("shop_no")), field("warehouse", input("warehouse_no")),
      field("route", select("route", [["direct", t("direct")], ["both", t("both")]]))),
    make("div", { className: "row" }, check("explode", false), check("labels", true),
      check("mask", told.mask)),
    make("div", { className: "row" }, ...buttons, cancel));

  function query(kind) {
    const e = form.elements, q = new URLSearchParams({ start: e.from.value + " 00:00:00",
      stop: e.to.value + " 23:59:59" });
    for (const name of ["status", "shop_no", "warehouse_no"]) {
      if (e[name].value.trim()) q.set(name, e[name].value.trim());
    }
    if (e.route.value !== "direct") q.set("route", e.route.value);
    if (e.explode.checked) q.set("explode", "details_list");
    if (e.labels.checked) q.set("header", "label");
    if (e.mask.checked && !told.mask) q.set("mask", "true");
    q.set("format", kind);
    if (kind === "csv") q.set("excel", "true");
    if (kind === "preview") q.set("limit", "20");
    return `/v1/${encodeURIComponent(e.account.value)}/${e.what.value}?${q}`;
  }

  async function run(kind) {
    if (!form.reportValidity()) return;
    const controller = new AbortController();
    for (const button of buttons) button.disabled = true;
    cancel.disabled = false;
    cancel.onclick = () => controller.abort();
    result.replaceChildren(make("p", { className: "quiet" }, t("reading", "")));
    try {
      const answer = await ask(query(kind), { signal: controller.signal });
      if (kind === "preview") show(await answer.json());
      else await keep(answer, kind);
    } catch (failed) {
      result.replaceChildren(failed.name === "AbortError"
        ? make("p", { className: "note bad" }, t("cancelledByYou")) : failureNote(failed));
    }
    for (const button of buttons) button.disabled = false;
    cancel.disabled = true;
  }

  function show(got) {
    result.replaceChildren(panel(t("preview"), got.rows.length === 0
      ? make("p", { className: "quiet" }, t("norows"))
      : table(t("preview"), got.titles.map(text => ({ text, w: true })), got.rows),
    got.end.limited ? make("p", { className: "quiet" }, t("limited", got.rows.length)) : "",
    ...(got.end.blind || []).length ? [make("p", { className: "note" },
      t("blindNote", blindNames(got.end.blind)))] : []));
  }

  // The whole body, or a failure: a body that is broken off is none.
  async function keep(answer, kind) {
    const reader = answer.body.getReader(), parts = [];
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.length;
      result.firstChild.textContent = t("reading", `${count(Math.round(bytes / 1024))} KB`);
    }
    const e = form.elements;
    const proof = await get(`/v1/${encodeURIComponent(e.account.value)}/proofs/`
      + answer.headers.get("Wdt-Request"));
    save(new Blob(parts, { type: answer.headers.get("Content-Type") }),
      `${e.account.value}-${e.what.value}-${e.from.value}-${e.to.value}.${kind}`);
    result.replaceChildren(...proofNote(proof));
  }

  main.replaceChildren(make("h1", {}, t("download")),
    make("p", { className: "lead" }, t("downloadLead")), panel("", form), result);
}

// ---- catalogue ----

async function catalogue(main, wanted) {
  const told = await get("/v1/accounts");
  clock(told.now);
  if (told.accounts.length === 0) return;
  const right = make("div", {}, make("p", { className: "quiet" }, t("choose")));
  const list = make("ul", { className: "list" });
  const search = make("input", { type: "search", placeholder: t("search"), ariaLabel: t("search"),
    oninput: fill });
  const choice = make("select", { ariaLabel: t("account"),
    onchange: () => load().catch(fail) },
    told.accounts.map(one => make("option", { value: one.name,
      selected: one.name === wanted }, `${one.name}（${one.title}）`)));
  let methods = [];

  function fail(failed) { right.replaceChildren(failureNote(failed)); }

  function fill() {
    const word = search.value.trim().toLowerCase();
    list.replaceChildren(...methods.filter(one => `${one.method} ${one.title || ""}`.toLowerCase()
      .includes(word)).map(one => make("li", {}, make("button", { type: "button",
      onclick: event => open(one, event.currentTarget).catch(fail) }, one.title || one.method,
    make("small", {}, one.method)))));
  }

  async function load() {
    methods = (await get(`/v1/${encodeURIComponent(choice.value)}/methods`)).methods;
    fill();
  }

  async function open(one, button) {
    for (const other of list.querySelectorAll("button")) other.ariaPressed = "false";
    button.ariaPressed = "true";
    const got = await get(`/v1/${encodeURIComponent(choice.value)}/fields/`
      + encodeURIComponent(one.method));
    const rows = got.fields.map(field => [make("code", {}, field.path), field.label, field.type,
      field.private ? t("yes") : "", field.values ? Object.entries(field.values)
        .map(([value, text]) => `${value} ${text}`).join("；") : ""]);
    right.replaceChildren(make("h2", {}, one.title || ""), make("p", {}, make("code", {}, one.method)),
      rows.length === 0 ? make("p", { className: "quiet" }, t("nofields"))
        : table(t("fields"), [{ text: t("fields") }, { text: t("label"), w: true },
          { text: t("type") }, { text: t("private") }, { text: t("values") }], rows, true));
  }

  await load();
  main.replaceChildren(make("h1", {}, t("catalogue")),
    make("div", { className: "split" }, panel("", make("div", { className: "pick" }, choice,
      search), list), panel("", right)));
}
