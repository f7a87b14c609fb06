// When a laptop locks by itself: left alone for long, or put to sleep.

/** Left alone for this long, it locks. */
export const IDLE_LOCK_MS = 15 * 60_000;
/** So long before, it says so. */
export const WARNED_MS = 60_000;
/** The wall clock runs on while a laptop sleeps, the other does not: apart by more than this, it slept. */
const ASLEEP_MS = 30_000;

export type Idle = "in_use" | "locks_soon" | "locks";

/** Nothing locks by itself while a session is open: a member would be locked out with a vote before them. */
export function idleState(idleMs: number, isInMeeting: boolean): Idle {
  if (isInMeeting || idleMs < IDLE_LOCK_MS - WARNED_MS) return "in_use";
  return idleMs < IDLE_LOCK_MS ? "locks_soon" : "locks";
}

/** Tells sleep from a window that was hidden and ticked slowly: by two clocks, of which only one goes on. */
export class SleepWatch {
  #apart: number;

  constructor(wallMs: number, steadyMs: number) {
    this.#apart = wallMs - steadyMs;
  }

  hasSlept(wallMs: number, steadyMs: number): boolean {
    const apart = wallMs - steadyMs;
    const hasSlept = apart - this.#apart > ASLEEP_MS;
    this.#apart = apart;
    return hasSlept;
  }
}
