// For tests of what has state: the window's build of Svelte, where left alone vitest would take the one that renders on a server.
import type { Environment } from "vitest/runtime";

export default {
  name: "window",
  viteEnvironment: "client",
  setup: () => ({ teardown: () => undefined }),
} satisfies Environment;
