import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hubClock } from "./clock.svelte";

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

test("counts on from the hub's time, whatever this laptop's clock says", () => {
  let asOf = $state(5_000);
  let clock!: { readonly now: number };
  const stop = $effect.root(() => void (clock = hubClock(() => asOf, 1_000)));
  flushSync();
  expect(clock.now).toBe(5_000);
  vi.advanceTimersByTime(3_000);
  expect(clock.now).toBe(8_000);
  asOf = 9_500;
  flushSync();
  expect(clock.now).toBe(9_500);
  stop();
});
