// Keeps what is being typed: a moment after the last change, and when the screen goes.

const KEPT_AFTER_MS = 800;

/** Those with something that is not kept yet. */
const waiting = new Set<{ flush(): Promise<void> }>();

/** Keeps at once all that still waits. */
export const keepAll = async (): Promise<void> =>
  void (await Promise.all([...waiting].map((keeper) => keeper.flush())));

export class Keeper<T> {
  #stands: string;
  #settled: string;
  #typed: T | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `stands` is what needs no keeping: it is saved already. */
  constructor(
    private readonly keep: (what: T) => Promise<unknown>,
    stands: T,
  ) {
    this.#stands = this.#settled = JSON.stringify(stands);
  }

  /** Whether this is what was there at first, or was saved or signed since: nothing of it waits. */
  isSettled(what: T): boolean {
    return JSON.stringify(what) === this.#settled;
  }

  typed(what: T): void {
    clearTimeout(this.#timer);
    this.#typed = JSON.stringify(what) === this.#stands ? null : what;
    if (this.#typed === null) {
      waiting.delete(this);
      return;
    }
    waiting.add(this);
    this.#timer = setTimeout(() => void this.flush(), KEPT_AFTER_MS);
  }

  /** Keeps at once what still waits. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const what = this.#typed;
    if (what === null) return;
    waiting.delete(this);
    this.#typed = null;
    this.#stands = JSON.stringify(what);
    await this.keep(what);
  }

  /** It is being saved or signed: nothing is kept meanwhile, and nothing waits for the keeping. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** It was saved or signed: there is nothing to keep. */
  settled(stands: T): void {
    clearTimeout(this.#timer);
    waiting.delete(this);
    this.#typed = null;
    this.#stands = this.#settled = JSON.stringify(stands);
  }
}
