// When a laptop locks by itself: left alone for long, or put to sleep.

/** Left alone for this long, it locks. */
export const IDLE_LOCK_MS = 15 * 60_000;
/** So long before, it says so. */
export const WARNED_MS = 60_000;
/** The wall clock runs on while a laptop sleeps, the other does not: apart by more than this, it slept. */
const ASLEEP_MS = 30_000;
/** A window in sight ticks more often than this; a hidden one is made to tick once a minute. */
const UNTICKED_MS = 80_000;

/** A session that nobody closed is over by then. */
const MEETING_MS = 12 * 3_600_000;

/** Whether people sit in a session that they see, as far as one can tell. */
export const isInMeeting = (sessions: { phase: string; starts_at: number }[], nowMs: number): boolean =>
  sessions.some((s) => s.phase === "open" && nowMs < s.starts_at + MEETING_MS);

export type Idle = "in_use" | "locks_soon" | "locks";

/** Nothing locks by itself while a session is open: a member would be locked out with a vote before them. */
export function idleState(idleMs: number, isInMeeting: boolean): Idle {
  if (isInMeeting || idleMs < IDLE_LOCK_MS - WARNED_MS) return "in_use";
  return idleMs < IDLE_LOCK_MS ? "locks_soon" : "locks";
}

/** Tells sleep from a window that was hidden and ticked slowly. By two clocks, of which only one goes on in most systems; where both do, by a window in sight that did not tick. */
export class SleepWatch {
  #wallMs: number;
  #apart: number;

  constructor(wallMs: number, steadyMs: number) {
    [this.#wallMs, this.#apart] = [wallMs, wallMs - steadyMs];
  }

  hasSlept(wallMs: number, steadyMs: number, isInSight: boolean): boolean {
    const [apart, since] = [wallMs - steadyMs, wallMs - this.#wallMs];
    const hasSlept = apart - this.#apart > ASLEEP_MS || (isInSight && since > UNTICKED_MS);
    [this.#wallMs, this.#apart] = [wallMs, apart];
    return hasSlept;
  }
}
