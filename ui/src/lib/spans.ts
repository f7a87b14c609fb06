/** Names of neighbours drawn together: “4–7, 9” of 4, 5, 6, 7 and 9. `all` is the order in which they stand; two neighbours stay two. */
export function spans(names: readonly string[], all: readonly string[]): string {
  const places = names.map((name) => all.indexOf(name));
  const said: string[] = [];
  for (let first = 0; first < names.length;) {
    let last = first;
    while (last + 1 < names.length && places[first] !== -1 && places[last + 1] === places[last]! + 1) last += 1;
    if (last - first > 1) said.push(`${names[first]}–${names[last]}`);
    else said.push(...names.slice(first, last + 1));
    first = last + 1;
  }
  return said.join(", ");
}
