// What is written to a file that somebody chose. Each gives the file's handle once it is written, and nothing if they thought better of it.
import { call, chooseTarget } from "../platform/host";
import { app } from "./app.svelte";

const NAMES = { agenda: "chuong-trinh", minutes: "bien-ban", count_sheet: "bien-ban-kiem-phieu" };

export async function printSession(
  id: string,
  kind: keyof typeof NAMES,
  vote: string | null = null,
): Promise<string | null> {
  const path = await chooseTarget(`${NAMES[kind]}.pdf`, "pdf");
  return path && written(path, () => call("print", { id, kind, vote, path }));
}

export async function exportSession(id: string, kind: "csv" | "record"): Promise<string | null> {
  const extension = kind === "csv" ? "csv" : "ecrec";
  const path = await chooseTarget(`phien-hop.${extension}`, extension);
  return path && written(path, () => call("export_session", { form: id, kind, path }));
}

const written = async (path: string, write: () => Promise<unknown>) =>
  (await app.run(write)) === undefined ? null : path;
