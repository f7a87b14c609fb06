import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  build: { target: "safari16", assetsInlineLimit: 0 },
  // Tests run the build of Svelte that the window runs.
  test: { environment: "./window.environment.ts" },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
});
