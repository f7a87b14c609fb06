import "@fontsource/be-vietnam-pro/vietnamese-400.css";
import "@fontsource/be-vietnam-pro/vietnamese-600.css";
import "@fontsource/be-vietnam-pro/latin-400.css";
import "@fontsource/be-vietnam-pro/latin-600.css";
import "@fontsource/inter/latin-600.css";
import "./tokens.css";
import "./base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { hallSession } from "./platform/host";
import Hall from "./screens/Hall.svelte";

const target = document.getElementById("app")!;
const session = hallSession();
if (session) {
  document.documentElement.dataset.screen = "hall";
  mount(Hall, { target, props: { session } });
} else {
  mount(App, { target });
}
