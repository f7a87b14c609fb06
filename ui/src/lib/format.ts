// Dates dd/MM/yyyy, 24-hour time, in Vietnam's time wherever the laptop is.
import { fold } from "./fold";
import { language, t } from "./messages.svelte";

const ZONE = "Asia/Ho_Chi_Minh";
const part = (ms: number, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("vi-VN", { timeZone: ZONE, hourCycle: "h23", ...options }).format(ms);

export const time = (ms: number) => part(ms, { hour: "2-digit", minute: "2-digit" });
export const date = (ms: number) => part(ms, { day: "2-digit", month: "2-digit", year: "numeric" });
export const weekday = (ms: number) =>
  new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "vi-VN", { timeZone: ZONE, weekday: "long" }).format(ms);
export const today = (ms: number) => new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(ms);

/** The time alone on the same day, with its date on any other. */
export const moment = (ms: number, now: number) => (date(ms) === date(now) ? time(ms) : `${time(ms)} ${date(ms)}`);

/** A figure in its language: 20.000, or 20,000. */
export const figure = (n: number) => new Intl.NumberFormat(language() === "en" ? "en-GB" : "vi-VN").format(n);
export const percent = (count: number, of: number) =>
  of === 0 ? "–" : `${new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 2 }).format((100 * count) / of)} %`;

/** What is left until a deadline, as a figure and its unit. */
export function left(deadline: number, now: number): { figure: string; unit: string; isNear: boolean } {
  const { figure, unit } = fold(deadline - now);
  return { figure: figure === null ? "!" : String(figure), unit: t(unit), isNear: deadline - now < 24 * 3_600_000 };
}
