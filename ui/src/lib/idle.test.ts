import { describe, expect, it } from "vitest";
import { IDLE_LOCK_MS, SleepWatch, WARNED_MS, idleState, isInMeeting } from "./idle";

describe("a laptop left alone", () => {
  it("locks after a warning of a minute", () => {
    expect(idleState(0, false)).toBe("in_use");
    expect(idleState(IDLE_LOCK_MS - WARNED_MS - 1, false)).toBe("in_use");
    expect(idleState(IDLE_LOCK_MS - WARNED_MS, false)).toBe("locks_soon");
    expect(idleState(IDLE_LOCK_MS, false)).toBe("locks");
  });

  it("locks never while a session is open", () => {
    expect(idleState(10 * IDLE_LOCK_MS, true)).toBe("in_use");
  });
});

describe("a meeting", () => {
  const hours = (n: number) => n * 3_600_000;

  it("is a session that is open, early ones included, until nobody can still sit in it", () => {
    expect(isInMeeting([{ phase: "open", starts_at: hours(8) }], hours(7))).toBe(true);
    expect(isInMeeting([{ phase: "open", starts_at: hours(8) }], hours(19))).toBe(true);
    expect(isInMeeting([{ phase: "open", starts_at: hours(8) }], hours(20))).toBe(false);
    expect(isInMeeting([{ phase: "issued", starts_at: hours(8) }], hours(8))).toBe(false);
    expect(isInMeeting([], 0)).toBe(false);
  });
});

describe("sleep", () => {
  it("is what only the wall clock lived through", () => {
    const watch = new SleepWatch(1_000, 500);
    expect(watch.hasSlept(21_000, 20_500, true)).toBe(false);
    expect(watch.hasSlept(3_621_000, 40_500, false)).toBe(true);
    expect(watch.hasSlept(3_641_000, 60_500, true)).toBe(false);
  });

  it("is a window in sight that did not tick, where both clocks go on", () => {
    const watch = new SleepWatch(0, 0);
    expect(watch.hasSlept(600_000, 600_000, true)).toBe(true);
    expect(watch.hasSlept(620_000, 620_000, true)).toBe(false);
  });

  it("is not a hidden window that ticks slowly, nor one that is shown again", () => {
    const watch = new SleepWatch(0, 0);
    expect(watch.hasSlept(600_000, 600_000, false)).toBe(false);
    expect(watch.hasSlept(660_000, 660_000, true)).toBe(false);
  });

  it("is not a clock that was put right by a little, or set back", () => {
    const watch = new SleepWatch(100_000, 0);
    expect(watch.hasSlept(122_000, 20_000, true)).toBe(false);
    expect(watch.hasSlept(60_000, 40_000, true)).toBe(false);
  });
});
