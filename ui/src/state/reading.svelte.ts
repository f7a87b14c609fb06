// What a screen shows is read anew whenever something changed.
import { Newest } from "../lib/newest";
import { errorText } from "../lib/messages.svelte";
import { isError } from "../platform/host";
import { app } from "./app.svelte";

/** For a component: reads now, and again after each change; `ask` is followed in what it reads, too. `failed` is told in words why nothing could be read. A lock has a screen of its own. */
export function readAnew<T>(
  ask: () => Promise<T>,
  told: (read: T) => void,
  failed: (why: string) => void = () => undefined,
): void {
  const newest = new Newest();
  $effect(() => {
    void app.version;
    void newest.read(ask, told, (error) => {
      if (!isError(error)) throw error;
      if (error.code !== "locked") failed(errorText(error.code, error.facts));
    });
  });
}
