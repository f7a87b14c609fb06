// What is being typed, in its place in the vault. Once the vault is locked there is nowhere to keep it, and nothing to say.
import { onDestroy } from "svelte";
import { InTurn } from "../lib/in-turn";
import { Keeper } from "../lib/keeper";
import { call } from "../platform/host";

const places = new InTurn();

export async function kept<T>(place: string): Promise<T | null> {
  const text = await places.after(place, () => call("kept", { place }));
  return text === null ? null : (JSON.parse(text) as T);
}

export const keep = (place: string, what: unknown): Promise<boolean> => {
  const text = what === null ? null : JSON.stringify(what);
  return places
    .after(place, () => call("keep", { place, what: text }))
    .then(
      () => true,
      () => false,
    );
};

export const keeperAt = <T>(place: () => string, stands: T) => new Keeper<T>((what) => keep(place(), what), stands);

/** For a component that is made for one place and gone with it: keeps what `read` says as it changes, and brings back what was left there, unless somebody has begun anew meanwhile. `heard` is told whether it is kept. */
export function keepTyped<T>(
  place: string,
  read: () => T,
  restore: (left: T) => void,
  heard?: (isKept: boolean) => void,
): Keeper<T> {
  const opened = JSON.stringify(read());
  const keeper: Keeper<T> = new Keeper<T>(async (what) => {
    // Typed back to what stands, nothing is left that somebody might miss.
    const isKept = await keep(place, keeper.isSettled(what) ? null : what);
    heard?.(isKept);
  }, read());
  $effect(() => {
    const typed = read();
    heard?.(false);
    keeper.typed(typed);
  });
  onDestroy(() => void keeper.flush());
  void kept<T>(place).then(
    (left) => {
      const isNews = left !== null && JSON.stringify(left) !== opened;
      if (isNews && JSON.stringify(read()) === opened) restore(left);
    },
    () => undefined,
  );
  return keeper;
}
