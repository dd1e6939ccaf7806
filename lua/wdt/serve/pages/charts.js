"use strict";
// Elements, and charts as inline SVG.

function make(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child);
  return element;
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function hint(text) { return svg("title", {}, text); }

const NARROW = matchMedia("(max-width: 700px)");

// A table: titles are { text, n: a number, w: kept in one line }, cells texts or elements. One that
// is to `stack` is a block for each row where there is little room.
function table(caption, titles, rows, stack) {
  return make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: caption },
    make("table", { className: stack ? "stack" : "" },
      make("thead", {}, make("tr", {}, titles.map(one => make("th", { scope: "col",
        className: one.n ? "n" : "" }, one.text)))),
      make("tbody", {}, rows.map(cells => make("tr", {}, cells.map((cell, i) =>
        make("td", { className: titles[i].n ? "n" : titles[i].w ? "w" : "",
          "data-title": titles[i].text }, cell)))))));
}

function cellSize() {
  return NARROW.matches ? { x: 36, y: 16, wide: 11.6, high: 12, step: 6 }
    : { x: 46, y: 18, wide: 28, high: 13, step: 3 };
}

// Hours by day, the newest day at the top; `blind` has names of what the route can't show.
function heatMap(name, days, blind) {
  const CELL = cellSize();
  const shown = days.filter(day => /[^-]/.test(day.hours)).reverse();
  const sums = { c: 0, r: 0, u: 0, g: 0 };
  for (const day of shown) for (const letter of day.hours) if (letter in sums) sums[letter]++;
  const picture = svg("svg", { viewBox: `0 0 ${CELL.x + 24 * CELL.wide + 2} `
    + `${CELL.y + shown.length * (CELL.high + 2) + 2}`, role: "img",
  "aria-label": t("heatLabel", name, sums.c + sums.r, sums.u, sums.g) });
  picture.append(svg("defs", {}, svg("pattern", { id: "stripes", width: 6, height: 6,
    patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
  svg("rect", { width: 1.4, height: 6, fill: "rgba(255,255,255,.55)" }))));
  for (let hour = 0; hour < 24; hour += CELL.step) {
    picture.append(svg("text", { x: CELL.x + hour * CELL.wide + 2, y: 12 },
      String(hour).padStart(2, "0") + ":00"));
  }
  shown.forEach((day, row) => {
    const y = CELL.y + row * (CELL.high + 2);
    picture.append(svg("text", { x: 2, y: y + 10 }, day.day.slice(5)));
    [...day.hours].forEach((letter, hour) => {
      const place = { x: CELL.x + hour * CELL.wide, y, width: CELL.wide - (CELL.wide > 20 ? 2 : 1), height: CELL.high,
        rx: 2 };
      const kind = letter === "-" ? "x" : letter;
      const when = `${day.day} ${String(hour).padStart(2, "0")}:00`;
      picture.append(svg("rect", { ...place, class: kind }, hint(`${when} ${t(kind)}`)));
      if (kind === "c" && blind) picture.append(svg("rect", { ...place, class: "blind" }));
    });
  });
  const kinds = ["c", "u", "g", "r", "p", "x"].map(kind => make("li", {},
    svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" },
      svg("rect", { width: 14, height: 14, rx: 2, class: kind })), t(kind)));
  if (blind) {
    kinds.splice(1, 0, make("li", {}, svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" },
      svg("rect", { width: 14, height: 14, rx: 2, class: "c" }),
      svg("rect", { width: 14, height: 14, rx: 2, class: "blind" })), t("hatched", blind)));
  }
  return make("figure", { className: "heat" }, picture, make("ul", { className: "legend" }, kinds));
}

// Hours that follow each other and have one of the letters, as texts.
function spans(days, letters) {
  const list = [];
  let open = null;
  for (const day of days) {
    [...day.hours].forEach((letter, hour) => {
      const at = `${day.day} ${String(hour).padStart(2, "0")}`;
      if (open && open.letter === letter) { open.to = at; open.n++; return; }
      open = letters.includes(letter) ? { letter, from: at, to: at, n: 1 } : null;
      if (open) list.push(open);
    });
  }
  return list.reverse();
}

function chartSize() {
  return { wide: NARROW.matches ? 310 : 500, high: 150, left: 46, right: 8, top: 8, bottom: 20 };
}

function rounded(n) {
  if (n <= 5) return 5;
  const power = 10 ** Math.floor(Math.log10(n));
  for (const step of [1, 2, 2.5, 5, 10]) if (n <= step * power) return step * power;
  return 10 * power;
}

// Values over time: `points` are [epoch seconds, value or null, perhaps a class of its bar and its
// hint]. Of kind "days" a point is a whole day; `limit` is what no value should pass.
function chart(title, points, kind, limit) {
  const SIZE = chartSize();
  const known = points.filter(point => point[1] !== null);
  const greatest = known.reduce((most, point) => Math.max(most, point[1]), 0);
  const figure = make("figure", {}, make("figcaption", {}, title + " "));
  if (known.length === 0) {
    figure.append(make("p", { className: "quiet" }, t("chartNone")));
    return figure;
  }
  figure.firstChild.append(make("span", {}, t("of", "", count(Math.round(greatest * 10) / 10))
    .trim() + (limit === undefined ? "" : t("budgetOf", count(limit)))));
  const most = rounded(greatest), first = points[0][0];
  const day = kind === "days" ? 86400 : 0;
  const last = Math.max(points[points.length - 1][0] + day, first + 300);
  const inner = { wide: SIZE.wide - SIZE.left - SIZE.right, high: SIZE.high - SIZE.top
    - SIZE.bottom };
  const x = at => SIZE.left + (at - first) / (last - first) * inner.wide;
  const y = value => SIZE.top + inner.high - value / most * inner.high;
  const picture = svg("svg", { viewBox: `0 0 ${SIZE.wide} ${SIZE.high}`, role: "img",
    "aria-label": t("of", title, count(Math.round(greatest * 10) / 10)) });
  for (const part of [0, 0.5, 1]) {
    picture.append(svg("line", { class: "axis", x1: SIZE.left, x2: SIZE.wide - SIZE.right,
      y1: y(part * most), y2: y(part * most) }));
    picture.append(svg("text", { x: SIZE.left - 5, y: y(part * most) + 3, "text-anchor": "end" },
      count(part * most)));
  }
  if (limit !== undefined && limit <= most) {
    picture.append(svg("line", { class: "limit", x1: SIZE.left, x2: SIZE.wide - SIZE.right,
      y1: y(limit), y2: y(limit) }));
  }
  const label = at => day || last - first > 2 * 86400 ? beijing(at).slice(5, 10)
    : beijing(at).slice(11, 16);
  for (const part of day ? [0, 1] : [0, 0.5, 1]) {
    const at = first + part * (last - day - first);
    picture.append(svg("text", { x: x(at + day / 2), y: SIZE.high - 5,
      "text-anchor": day || part === 0.5 ? "middle" : part === 0 ? "start" : "end" }, label(at)));
    if (day && last - day === first) break;
  }
  if (kind === "line") {
    const line = known.map((point, i) => `${i ? "L" : "M"}${x(point[0]).toFixed(1)} `
      + y(point[1]).toFixed(1)).join("");
    picture.append(svg("path", { class: "area", d: `${line}L${x(known[known.length - 1][0])} `
      + `${y(0)}L${x(known[0][0])} ${y(0)}Z` }));
    picture.append(svg("path", { class: "stroke", d: line }));
    if (known.length === 1) {
      picture.append(svg("circle", { cx: x(known[0][0]), cy: y(known[0][1]), r: 3 }));
    }
  } else {
    const slot = day ? inner.wide * day / (last - first) : inner.wide / points.length;
    const wide = Math.max(1.2, Math.min(day ? 40 : 14, slot * 0.8));
    const left = day ? (slot - wide) / 2 : 0;
    for (const [at, value, mark, words] of known) {
      picture.append(svg("rect", { class: mark ? `bars ${mark}` : kind === "bad" ? "bars bad" : "bars",
        x: Math.min(x(at) + left, SIZE.wide - SIZE.right - wide).toFixed(1), y: y(value).toFixed(1),
        width: wide.toFixed(1), height: (y(0) - y(value)).toFixed(1) },
      hint(words || `${beijing(at)} ${count(value)}`)));
    }
  }
  figure.append(picture);
  return figure;
}
