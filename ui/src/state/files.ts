// What is written to a file that somebody chose. Each gives the file's handle once it is written, and nothing if they thought better of it.
import { call, chooseTarget } from "../platform/host";
import { app } from "./app.svelte";

const NAMES = { agenda: "chuong-trinh", minutes: "bien-ban", count_sheet: "bien-ban-kiem-phieu" };
const EXTENSIONS = { csv: "csv", record: "ecrec" };

async function write(name: string, extension: string, to: (path: string) => Promise<unknown>): Promise<string | null> {
  // A form's number has strokes, which a file's name can't have.
  const path = await chooseTarget(`${name.replaceAll("/", "-")}.${extension}`, extension);
  return path && (await app.run(() => to(path))) !== undefined ? path : null;
}

export const printSession = (id: string, kind: keyof typeof NAMES, vote: string | null = null) =>
  write(NAMES[kind], "pdf", (path) => call("print", { id, kind, vote, path }));

export const exportSession = (id: string, kind: keyof typeof EXTENSIONS) =>
  write("phien-hop", EXTENSIONS[kind], (path) => call("export_session", { form: id, kind, path }));

export const printResult = (id: string, number: string) =>
  write(number, "pdf", (path) => call("print", { id, kind: "form_result", vote: null, path }));

export const exportForm = (id: string, number: string, kind: keyof typeof EXTENSIONS) =>
  write(number, EXTENSIONS[kind], (path) => call("export_form", { form: id, kind, path }));
