// What the whole window shares: where we are, how sync stands, what went wrong last.
import type { FormItem } from "../bindings/FormItem";
import type { HomeView } from "../bindings/HomeView";
import type { RoleName } from "../bindings/RoleName";
import type { StatusView } from "../bindings/StatusView";
import { keepAll } from "../lib/keeper";
import { SleepWatch, idleState, isInMeeting } from "../lib/idle";
import { errorText, t } from "../lib/messages.svelte";
import { call, isError, notify, onEvent } from "../platform/host";

export type Route =
  | { screen: "home" | "sessions" | "forms" | "people" | "devices" | "settings" }
  | { screen: "session" | "prepare"; session: string }
  | { screen: "form"; form: string }
  | { screen: "write"; form: string | null; copyOf?: string };

/** Every screen there is; the end-to-end story visits each. The window's root names the one it shows in `data-screen`. */
export const SCREENS = [
  "welcome",
  "printed",
  "waiting",
  "unlock",
  "home",
  "sessions",
  "session",
  "prepare",
  "hall",
  "forms",
  "form",
  "write",
  "people",
  "devices",
  "settings",
] as const;
export type Screen = (typeof SCREENS)[number];

const TICK_MS = 20_000;

function unlessLocked(error: unknown): null {
  if (isError(error) && error.code === "locked") return null;
  throw error;
}

class AppState {
  status = $state<StatusView | null>(null);
  home = $state<HomeView | null>(null);
  route = $state<Route>({ screen: "home" });
  error = $state<string | null>(null);
  /** Grows with each change of the ledger, so that screens read again. */
  version = $state(0);
  isClosing = $state(false);
  /** Left alone, this laptop locks within a minute. */
  locksSoon = $state(false);
  /** The recovery key, shown once to be printed. */
  printed = $state<{ key: string; fingerprint: string } | null>(null);
  #seen: Set<string> | null = null;
  #from: Route = { screen: "home" };
  #acting: Promise<unknown> = Promise.resolve();
  #lastInput = Date.now();
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #isChanged = false;

  async start(): Promise<void> {
    await onEvent("changed", () => void this.refresh(true));
    await onEvent("sync", () => void this.refresh(false));
    await onEvent("closing", () => (this.isClosing = true));
    for (const name of ["keydown", "pointerdown", "wheel"]) {
      window.addEventListener(name, () => this.#isUsed(), { capture: true, passive: true });
    }
    const sleep = new SleepWatch(Date.now(), performance.now());
    setInterval(() => {
      const hasSlept = sleep.hasSlept(Date.now(), performance.now(), document.visibilityState === "visible");
      const idle = idleState(Date.now() - this.#lastInput, isInMeeting(this.home?.sessions ?? [], this.home?.now ?? 0));
      const isReady = this.status?.stage === "ready";
      this.locksSoon = isReady && idle === "locks_soon";
      if (isReady && (hasSlept || idle === "locks")) void this.lock();
      else void this.refresh(false);
    }, TICK_MS);
    await this.refresh(true);
  }

  #isUsed(): void {
    this.#lastInput = Date.now();
    this.locksSoon = false;
  }

  /** Reads anew where everything stands. One reading at a time, and one more for all who ask meanwhile: an answer from before a lock never comes after it. */
  refresh(isChanged: boolean): Promise<void> {
    this.#isChanged ||= isChanged;
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        this.#reading = this.#read();
        return this.#reading;
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    const isChanged = this.#isChanged;
    this.#isChanged = false;
    const status = await call("status", null);
    // Locked in between, there is nothing to show, and the next reading says so.
    const home = status.stage === "ready" ? await call("home", null).catch(unlessLocked) : null;
    [this.status, this.home] = [status, home];
    if (!home) return;
    if (isChanged) this.version += 1;
    await this.#announce(home);
  }

  get screen(): Screen | null {
    if (this.printed) return "printed";
    const stage = this.status?.stage;
    if (!stage) return null;
    return stage === "ready"
      ? this.route.screen
      : ({ empty: "welcome", locked: "unlock", waiting: "waiting" } as const)[stage];
  }

  has(role: RoleName): boolean {
    return this.status?.roles.includes(role) ?? false;
  }

  get isStaff(): boolean {
    return this.has("secretary");
  }

  go(route: Route): void {
    this.error = null;
    if (["home", "sessions", "forms"].includes(this.route.screen)) this.#from = this.route;
    this.route = route;
    // Lists say what was begun and not signed, this moment's last words included.
    void keepAll().then(() => this.refresh(false));
  }

  /** To the list that one came from. */
  back(): void {
    this.go(this.#from);
  }

  /** Leaves the field that is being typed in, which saves it, keeps what was typed and not signed, and locks when that is done. Nothing else under way holds the lock up. */
  async lock(): Promise<void> {
    const earlier = this.#acting;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    if (this.#acting !== earlier) await this.#acting.catch(() => undefined);
    await keepAll();
    await this.run(() => call("lock", null));
  }

  /** Runs something that may fail, and shows what happened in words. */
  async run<T>(act: () => Promise<T>): Promise<T | undefined> {
    this.error = null;
    try {
      const acting = act();
      this.#acting = acting;
      const result = await acting;
      await this.refresh(true);
      return result;
    } catch (error) {
      if (!isError(error)) throw error;
      this.error = errorText(error.code, error.facts);
      return undefined;
    }
  }

  #isLookingAt(session: string): boolean {
    return document.hasFocus() && this.route.screen === "session" && this.route.session === session;
  }

  /** Desktop notifications name no form: a lock screen may show them. */
  async #announce(home: HomeView): Promise<void> {
    const key = (item: FormItem, what: string) => `${what} ${item.id}`;
    const news: [string, string][] = [
      ...home.to_answer.map((i): [string, string] => [key(i, "new"), t("notify_new")]),
      ...home.to_answer.filter((i) => i.is_due_soon).map((i): [string, string] => [key(i, "due"), t("notify_due")]),
      ...home.sessions
        .filter((s) => s.is_invited && s.letter)
        .map((s): [string, string] => [`session ${s.id} ${s.letter}`, t("notify_session")]),
      ...home.sessions
        .filter((s) => s.is_invited && s.phase === "called_off")
        .map((s): [string, string] => [`off ${s.id}`, t("notify_called_off")]),
      ...home.sessions
        .filter((s) => s.is_invited && s.phase === "open")
        .map((s): [string, string] => [`open ${s.id}`, t("notify_open")]),
      ...home.sessions
        .filter((s) => !this.#isLookingAt(s.id))
        .flatMap((s) => s.ballots_due.map((vote): [string, string] => [`vote ${vote}`, t("notify_vote")])),
      ...home.alarms.map((i): [string, string] => [key(i, "unsent"), t("notify_unsent")]),
    ];
    const isFirst = this.#seen === null;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- no screen shows it
    const seen = (this.#seen ??= new Set());
    for (const [id, title] of news) {
      if (!seen.has(id) && !isFirst) await notify(title, t("notify_new_body")).catch(() => undefined);
      seen.add(id);
    }
  }
}

export const app = new AppState();
