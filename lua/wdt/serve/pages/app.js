"use strict";
// Which page is shown, in which language, and to whom.

const PAGES = { "": overview, account, download, catalogue };
const main = document.getElementById("main");
let turn = 0, timer = null;

function clock(now) { document.getElementById("clock").textContent = t("clock", now); }

function decorate(name) {
  document.documentElement.lang = t("code");
  document.title = t("title");
  document.getElementById("brand").textContent = t("title");
  document.getElementById("skip").textContent = t("skip");
  document.getElementById("language").textContent = t("other");
  document.getElementById("logout").textContent = t("logout");
  document.getElementById("nav").replaceChildren(
    ...[["", "overview"], ["download", "download"], ["catalogue", "catalogue"]].map(
      ([page, word]) => make("a", { href: `#/${page}`, "aria-current": page === name
        || page === "" && name === "account" ? "page" : null }, t(word))));
}

function login(text) {
  document.getElementById("logout").hidden = true;
  document.getElementById("nav").replaceChildren();
  document.getElementById("clock").textContent = "";
  const token = make("input", { type: "password", name: "token", autocomplete: "current-password",
    required: true });
  main.replaceChildren(make("div", { className: "login panel" }, make("h1", {}, t("login")),
    make("p", { className: "lead" }, t("loginLead")),
    text ? make("p", { className: "note bad", role: "alert" }, text) : "",
    make("form", { onsubmit: async event => {
      event.preventDefault();
      if (await enter(token.value.trim())) show();
      else login(t("loginBad"));
    } }, make("label", {}, t("token"), token),
    make("button", { className: "main", type: "submit" }, t("login")))));
  token.focus();
}

async function enter(token) {
  const answer = await fetch("/login", { method: "POST", body: token });
  return answer.ok;
}

async function show() {
  const mine = ++turn;
  clearInterval(timer);
  const [, name = "", argument = ""] = location.hash.split("/");
  decorate(name);
  const fail = failed => {
    if (mine !== turn) return;
    if (failed.code === "token") return login();
    main.replaceChildren(make("p", { className: "note bad", role: "alert" },
      failed.code === "unknown" ? t("notyours") : failed.text || String(failed)));
  };
  try {
    if (!(await get("/login")).consumer) {
      if (mine === turn) login();
      return;
    }
    // a page that was left before it was there is shown no more
    const place = make("div", {});
    const again = await (PAGES[name] || overview)(place, decodeURIComponent(argument));
    if (mine !== turn) return;
    main.replaceChildren(place);
    document.getElementById("logout").hidden = false;
    if (again) {
      timer = setInterval(() => {
        if (!document.hidden && !main.contains(document.activeElement)) again().catch(fail);
      }, 15000);
    }
  } catch (failed) { fail(failed); }
}

document.getElementById("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  show();
});
document.getElementById("logout").addEventListener("click", async () => {
  await fetch("/logout", { method: "POST" });
  login();
});

// A token behind the # never reaches a log: it is no part of what a browser asks for.
async function arrive() {
  const given = location.hash.match(/^#token=([0-9a-f]{64})$/);
  if (given) {
    history.replaceState(null, "", "#/");
    await enter(given[1]);
  }
  await show();
}

window.addEventListener("hashchange", () => { arrive(); main.focus(); });
arrive();
