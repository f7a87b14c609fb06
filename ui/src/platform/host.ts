// The only place that knows Tauri.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWindow } from "@tauri-apps/api/window";
import { isPermissionGranted, requestPermission, sendNotification } from "@tauri-apps/plugin-notification";
import type { Commands } from "../bindings/commands";
import type { ErrorView } from "../bindings/ErrorView";

export function call<Name extends keyof Commands>(name: Name, request: Commands[Name][0]): Promise<Commands[Name][1]> {
  return invoke("rpc", { name, arguments: request });
}

export function isError(error: unknown): error is ErrorView {
  return typeof error === "object" && error !== null && "code" in error;
}

export const shell = () => invoke<{ demo_passphrase: string | null }>("shell");
export const setNetworkOff = (isOff: boolean) => invoke<void>("set_network_off", { isOff });
/** Opens the hall screen of a session in a second window. */
export const openHall = (session: string) => invoke<void>("open_hall", { session });
export const closeHall = () => getCurrentWindow().close();
/** The session that this window shows to the hall, if it is that window. */
export const hallSession = () => new URLSearchParams(location.search).get("hall");
export const closeNow = () => invoke<void>("close_now");
export const onEvent = (name: "changed" | "sync" | "closing", run: () => void) => listen(name, run);

export function pageUrl(form: string, paper: string, index: number, width: number): string {
  const host = navigator.userAgent.includes("Windows") ? "http://page.localhost" : "page://localhost";
  return `${host}/${form}/${paper}/${index}?width=${width}`;
}

/** What somebody chose: a handle that ends with its name. Only the shell knows the path. */
export const choosePdfs = () => invoke<string[]>("choose_pdfs");
export const chooseFolder = () => invoke<string | null>("choose_folder");
export const chooseTarget = (name: string, extension: string) =>
  invoke<string | null>("choose_target", { name, extension });
/** The name at a handle's end. */
export const chosenName = (handle: string) => handle.split("/").at(-1) ?? handle;

/** Files held over the window, and let go on it. */
export function onDrop(run: (handles: string[]) => void, over: (isOver: boolean) => void) {
  return listen<{ is_over: boolean; dropped: string[] }>("dragged", ({ payload }) => {
    over(payload.is_over);
    if (payload.dropped.length) run(payload.dropped);
  });
}

export async function notify(title: string, body: string): Promise<void> {
  const isAllowed = (await isPermissionGranted()) || (await requestPermission()) === "granted";
  if (isAllowed) sendNotification({ title, body });
}
