// Where what the screen says differs from what the vault holds, in words. `secrets` are words that nobody may read on a locked screen.
const [secrets] = arguments;
const invoke = (name, request) => window.__TAURI_INTERNALS__.invoke("rpc", { name, arguments: request });
const kept = (place) => invoke("kept", { place }).then((text) => (text === null ? null : JSON.parse(text)));
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const words = (element) => (element?.innerText ?? "").trim();
// As it is drawn: spaces that follow each other are one.
const drawn = (text) => text.trim().replace(/[ \t]+/g, " ");
const differences = [];
const compared = {};
const count = (what) => (compared[what] = (compared[what] ?? 0) + 1);
const equal = (what, shown, held) => {
  const [a, b] = [shown, held].map((value) => JSON.stringify(value ?? null));
  if (a !== b) differences.push(`${what}: the screen says ${a}, the vault ${b}`);
};
const holds = (what, is) => {
  if (!is) differences.push(what);
};

const STANDINGS = {
  waiting: "Đã ký, chờ gửi",
  answered: "Đã trả lời",
  running: "Đang lấy ý kiến",
  closed: "Đang mở phiếu",
  decided: "Có kết quả",
  recalled: "Đã thu hồi",
};
const POSITIONS = ["no_objection", "objection", "wish_to_speak"];
const POSITION_NAMES = ["Không có ý kiến khác", "Có ý kiến", "Đăng ký phát biểu"];
const CHOICES = { yes: "Tán thành", no: "Không tán thành", other: "Ý kiến khác" };
const UNSIGNED = "Thay đổi chưa ký";

/** Each form in a list: whether it is owed, how it stands, whether a change was begun. */
async function lists() {
  const home = await invoke("home", null);
  const forms = [...home.to_answer, ...home.others];
  for (const row of all("main li:has(> .what)")) {
    const form = forms.find((f) => f.title === words(row.querySelector(".what strong")));
    // A section of them, or a session, is none.
    if (!form) continue;
    count("form in a list");
    const state = words(row.querySelector(".state"));
    equal(`${form.title}, owed`, words(row.querySelector(":scope > button")) === "Trả lời", form.standing === "to_answer");
    if (form.standing !== "to_answer") holds(`${form.title} does not say “${STANDINGS[form.standing]}”`, state.includes(STANDINGS[form.standing]));
    const place = `answer ${form.id}`;
    equal(`${form.title}, a change begun`, state.includes(UNSIGNED), form.standing !== "to_answer" && form.has_unsigned_change);
    holds(`${form.title}: a change is kept, and not said`, !form.has_unsigned_change || (await kept(place)) !== null);
  }
  return home;
}

/** What can be seen of an answer: a remark stands with a choice, a reservation with what is not the common opinion. */
const visible = (answer) => ({
  choice: answer.choice,
  remark: answer.choice ? answer.remark : "",
  is_reserved: answer.is_reserved && ["disagree", "other"].includes(answer.choice),
});

async function form(home) {
  const title = words(document.querySelector(".whole header h1"));
  const item = [...home.to_answer, ...home.others].find((f) => f.title === title);
  const fields = all("fieldset[id^=question-]");
  if (!item) return differences.push(`a form that is in no list: ${title}`);
  // Its panel is folded away.
  if (!fields.length) return;
  const view = await invoke("form", { form: item.id });
  const draft = await kept(`answer ${item.id}`);
  const mine = view.my_answers[0];
  const isEditing = view.may.answer && !fields[0].disabled;
  const empty = view.questions.map(() => ({ choice: null, remark: "", is_reserved: false }));
  const signed = mine?.questions ?? empty;
  const shown = fields.map((field) => ({
    choice: field.querySelector("[aria-pressed=true]")?.dataset.choice ?? null,
    remark: field.querySelector("textarea")?.value ?? "",
    is_reserved: field.querySelector("input[type=checkbox]")?.checked ?? false,
  }));
  count(isEditing && mine ? "change of an answer" : "answer");
  equal(`${title}, ${isEditing ? "draft" : "answer"}`, shown.map(visible), (isEditing ? (draft ?? signed) : signed).map(visible));
  holds(`${title}: what was begun is hidden`, isEditing || !view.may.answer || draft === null);
  const steps = all("footer ol li").findIndex((li) => li.ariaCurrent === "step" || li.getAttribute("aria-current") === "step");
  const step = !mine || (isEditing && view.may.answer) ? 0 : { waiting: 1, counted: 3 }[mine.state] ?? 2;
  equal(`${title}, on its way`, steps, step);
  const held = view.my_answers.find((a) => a.state === "received");
  if (held && (isEditing || held !== mine))
    holds(`${title}: what the Office holds is not said`, words(document.querySelector("footer:has(ol)")).includes("Văn phòng đang giữ"));
}

async function session(home) {
  const title = words(document.querySelector(".whole header h1"));
  const listed = home.sessions.find((s) => s.title === title);
  if (!listed) return differences.push(`a session that home does not know: ${title}`);
  const view = await invoke("session", { session: listed.id, is_draft: false, version: null, since: null });
  for (const row of all("aside.left > ol > li > button")) {
    const item = view.items.find((i) => i.title === words(row.querySelector(".what strong")));
    if (!item) differences.push(`an item that is not on the agenda: ${words(row)}`);
    else count("position in the list"), equal(`${item.title}, position in the list`, words(row.querySelector(".mine")) || null, item.mine ? POSITION_NAMES[POSITIONS.indexOf(item.mine.position)] : null);
  }
  const panel = document.querySelector("aside[tabindex]");
  if (!panel) return;
  await position(view, panel);
  for (const vote of view.votes.filter((v) => v.is_open && v.may_vote))
    holds(`${vote.question}: no ballot is offered`, all("[data-ballot]", panel).some((box) => questionOf(box) === vote.question));
  for (const box of all("[data-ballot]", panel)) await ballot(view, box);
}

async function position(view, panel) {
  const item = view.items.find((i) => words(panel.querySelector("h3")) === `${i.number}. ${i.title}`);
  const options = all(".position", panel);
  if (!item || !options.length) return;
  const field = panel.querySelector("#objection");
  const left = await kept(`reason ${view.id} ${item.id}`);
  const chosen = options.findIndex((o) => o.ariaChecked === "true");
  count(field ? "reason" : "position");
  equal(`${item.title}, position`, chosen, field ? 1 : POSITIONS.indexOf(item.mine?.position));
  const isChange = field && item.mine && (item.mine.position !== "objection" || item.mine.reason !== field.value.trim());
  equal(`${item.title}, a change begun`, words(panel).includes(`${UNSIGNED}. ${POSITION_NAMES[POSITIONS.indexOf(item.mine?.position)]}`), !!isChange);
  if (field) equal(`${item.title}, reason`, field.value, left?.reason ?? item.mine?.reason ?? "");
  else holds(`${item.title}: a reason that was begun is hidden`, left === null || left.isAside);
}

const questionOf = (box) => words(box.closest(".block")?.querySelector("section .head strong"));

async function ballot(view, box) {
  const vote = view.votes.find((v) => v.question === questionOf(box));
  if (!vote) return differences.push(`a vote that is none: ${questionOf(box)}`);
  count("ballot");
  equal(`${vote.question}, ballot`, box.dataset.ballot, vote.mine?.state ?? "none");
  const draft = await kept(`ballot ${vote.id}`);
  const isEditing = box.querySelector("[role=radiogroup]") !== null;
  if (isEditing) {
    count("choice in a ballot");
    const choice = box.querySelector("[role=radio][aria-checked=true]")?.dataset.choice ?? "";
    const shown = [choice, box.querySelector("#ballot-remark")?.value ?? ""];
    const held = draft ?? vote.mine ?? { choice: "", remark: "" };
    equal(`${vote.question}, choice`, shown, [held.choice, held.choice ? held.remark : ""]);
  } else {
    holds(`${vote.question}: a change that was begun is hidden`, draft === null || !vote.may_vote);
    if (vote.mine) equal(`${vote.question}, what was said`, words(box.querySelector("p strong")), CHOICES[vote.mine.choice]);
    if (vote.mine?.remark) holds(`${vote.question}: the remark is not shown`, drawn(words(box)).includes(drawn(vote.mine.remark)));
  }
  if (vote.mine?.held) holds(`${vote.question}: what the Office holds is not said`, isEditing || /Văn phòng đang giữ phiếu|được tính/.test(words(box)));
}

/** What may be pressed lies in the dialog that is open, or else anywhere. */
function isDeadEnd() {
  const top = all("dialog[open]").at(-1) ?? document;
  return !all("button, input, select, textarea, summary", top).some((e) => !e.disabled && e.checkVisibility());
}

async function compare() {
  const screen = document.documentElement.dataset.screen;
  const status = await invoke("status", null);
  equal("locked", screen === "unlock", status.stage === "locked");
  if (screen === "unlock") {
    count("locked");
    for (const secret of secrets) holds(`locked, and “${secret}” is on the screen`, !document.body.innerText.includes(secret));
  } else if (status.stage === "ready") {
    const home = await lists();
    if (screen === "form") await form(home);
    if (screen === "session") await session(home);
    const isThere = (s) => screen === "session" && words(document.querySelector(".whole header h1")) === s.title;
    equal("votes that wait, said above every screen", all("[aria-live] > .due").length, home.sessions.filter((s) => s.ballots_due.length && !isThere(s)).length);
  }
  holds("nothing can be pressed", !isDeadEnd());
  return differences;
}
if (!window.heard) {
  window.heard = [];
  const hear = (what) => window.heard.push(String(what?.stack ?? what?.message ?? what));
  window.addEventListener("error", (event) => hear(event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => hear(event.reason));
  const { error } = console;
  console.error = (...said) => (hear(said.join(" ")), error(...said));
}
return compare().then((found) => ({ differences: found, compared, errors: window.heard }), (error) => ({ differences: [`not read: ${error?.code ?? error}`], compared, errors: window.heard }));
