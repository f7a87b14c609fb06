export type Facts = Record<string, string | number>;

/** Puts facts into a message: `{n}` is the fact, `{n:page|pages}` is it with the word for one or for many. Figures of five digits and more are written
 * as the language does; shorter ones may be years. */
export function fill(text: string, facts: Facts, language: "vi" | "en"): string {
  const figure = new Intl.NumberFormat(language === "en" ? "en-GB" : "vi-VN", { useGrouping: "min2" });
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const fact = facts[name] ?? "";
    const said = typeof fact === "number" ? figure.format(fact) : fact;
    return one === undefined ? said : `${said} ${fact === 1 ? one : many}`;
  });
}
