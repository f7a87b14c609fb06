// The hub's time as it passes. A laptop's own clock may be minutes off; what began is stamped by the hub, so both ends are counted on one clock.

/** Counts on from `asOf`, the hub's time (ms) when a view was read. Nothing is decided by it. Call while a component is set up. */
export function hubClock(asOf: () => number, everyMs: number): { readonly now: number } {
  let here = $state(Date.now());
  const ahead = $derived(asOf() - Date.now());
  $effect(() => {
    const timer = setInterval(() => (here = Date.now()), everyMs);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return here + ahead;
    },
  };
}
