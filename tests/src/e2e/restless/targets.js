// What a hand could press or write into now: `[name, x, y, weight]`. Left alone is what opens a window of the toolkit's, and what shuts this
// laptop out for good.
const NEVER = /^(In |Xuất|Chọn tệp|Chọn thư mục|Màn hình phòng họp|Tôi quên mật khẩu|Thu hồi)/;
// What the laptop is there for is pressed most, the way to another screen least.
const MEANT = /^(Mở|Trả lời|Đến biểu quyết|Ký|Thay đổi câu trả lời|Đổi phiếu)/;
const weight = (e) => (e.matches("[data-choice], .position") || MEANT.test(name(e)) ? 16 : e.closest("nav") ? 1 : 4);
const top = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
const name = (e) => (e.ariaLabel || e.innerText || e.id || e.tagName).trim().replace(/\s+/g, " ").slice(0, 60);
const isText = (e) => e.matches("textarea, input:not([type=checkbox], [type=radio], [type=file], [type=password])");
const isReached = (e) => {
  const r = e.getBoundingClientRect();
  const hit = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
  return hit !== null && (e.contains(hit) || hit.contains(e));
};
const all = [...top.querySelectorAll("button, summary, textarea, input")].filter(
  (e) => !e.disabled && e.checkVisibility() && (isText(e) || e.matches("button, summary, [type=checkbox]")) && !NEVER.test(name(e)) && isReached(e),
);
const active = document.activeElement;
return {
  places: all.map((e) => {
    const r = e.getBoundingClientRect();
    return [name(e), Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2), weight(e), isText(e)];
  }),
  isTyping: active !== null && isText(active),
  // Enter there would press it.
  isSafe: !active?.matches("button, summary") || !NEVER.test(name(active)),
};
