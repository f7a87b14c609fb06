export type Facts = Record<string, string | number>;

/** Puts facts into a message: `{n}` is the fact, `{n:page|pages}` is it with the word for one or for many. */
export function fill(text: string, facts: Facts): string {
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const fact = facts[name] ?? "";
    return one === undefined ? String(fact) : `${fact} ${fact === 1 ? one : many}`;
  });
}
