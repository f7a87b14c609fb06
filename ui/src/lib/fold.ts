/** What is left of some milliseconds, in the unit that a person would use. */
export function fold(ms: number): { figure: number | null; unit: "minutes" | "hours" | "days" | "overdue_word" } {
  if (ms < 0) return { figure: null, unit: "overdue_word" };
  if (ms < 3_600_000) return { figure: Math.max(1, Math.round(ms / 60_000)), unit: "minutes" };
  if (ms < 48 * 3_600_000) return { figure: Math.round(ms / 3_600_000), unit: "hours" };
  return { figure: Math.floor(ms / 86_400_000), unit: "days" };
}
