// What is wrong with the screen as it stands, by measure: too wide, too tall, cut, spilt, covered, too small to read. Two frames later, so
// that it is drawn; pictures need not be there.
return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => {
const root = document.documentElement;
const name = (e) => `${e.tagName.toLowerCase()}${e.className ? `.${[...e.classList].join(".")}` : ""}`;
const words = (e) => `“${(e.innerText || e.ariaLabel || "").trim().slice(0, 40)}”`;
const styles = new Map();
const style = (e) => styles.get(e) ?? (styles.set(e, getComputedStyle(e)), styles.get(e));
const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
// Words for those who hear the screen are not drawn.
const isDrawn = (e) => e.checkVisibility() && !e.closest("svg, .sr") && style(e).clipPath === "none" && e.clientWidth !== 1;
const all = [...(dialog ?? document.body).querySelectorAll("*")].filter(isDrawn);
const hasText = (e) => [...e.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
const faults = [];

// The screen scrolls within its parts. As a whole it does so only where all parts stand below each other, and where it is one form that has
// less room than an ordinary laptop gives.
const whole = document.getElementById("app");
const isStacked = window.innerWidth < 52 * parseFloat(style(root).fontSize);
const isForm = !whole.querySelector(":scope > :is(.frame, .hall)");
const isSmall = window.innerWidth < 1280 || root.dataset.size !== "normal";
for (const e of [root, whole]) {
  const tall = e.scrollHeight - e.clientHeight;
  if (tall > 0 && (e === root || !(isStacked || (isForm && isSmall)))) faults.push(`${tall} px taller than the window`);
}

// Nothing stands outside the window, nor outside a part of it that scrolls down. What is made to scroll sideways says so by `data-wide`.
const scrolls = (e) => e === root || ["auto", "scroll"].includes(style(e).overflowX);
for (const e of [root, ...all].filter((e) => scrolls(e) && e.tagName !== "TEXTAREA" && !e.closest("[data-wide]")))
  if (e.scrollWidth > e.clientWidth + 1) faults.push(`too wide: ${name(e)} by ${e.scrollWidth - e.clientWidth} px`);

for (const e of all.filter(hasText)) {
  if (parseFloat(style(e).fontSize) < 11) faults.push(`too small: ${name(e)} ${words(e)} ${style(e).fontSize}`);
  if (style(e).display === "inline" || e.tagName === "OPTION") continue;
  const beyond = e.scrollWidth - e.clientWidth;
  // Whoever shortens a text shows the whole of it by its title.
  if (beyond > 1 && !e.closest("[title]") && !["auto", "scroll"].includes(style(e).overflowX))
    faults.push(`${style(e).overflowX === "visible" ? "spilt" : "cut"}: ${name(e)} ${words(e)} by ${beyond} px`);
}

// What can be pressed is not under something else, where it is in sight.
for (const e of all.filter((e) => e.matches("button, input, select, textarea, summary, a"))) {
  const r = e.getBoundingClientRect();
  const [x, y] = [r.x + r.width / 2, r.y + r.height / 2];
  let inSight = x > 0 && y > 0 && x < window.innerWidth && y < window.innerHeight;
  for (let up = e.parentElement; up && inSight; up = up.parentElement) {
    if (style(up).overflowY === "visible") continue;
    const box = up.getBoundingClientRect();
    inSight = x > box.left && x < box.right && y > box.top && y < box.bottom;
  }
  if (!inSight) continue;
  const hit = document.elementFromPoint(x, y);
  const isOwn = hit && (e.contains(hit) || hit.contains(e) || e.closest("label")?.contains(hit));
  if (hit && !isOwn)
    faults.push(`covered: ${name(e)} ${words(e)} by ${name(hit)} ${words(hit)}`);
}
return faults.slice(0, 6);
});
