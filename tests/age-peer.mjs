// Another implementation of the age format, and its published vectors, from npm: what our own reader and writer are held against.
//   vectors DIR          writes every vector of the package cctv-age into a folder
//   open IDENTITY FILE   prints what a file holds
//   seal RECIPIENT FILE  prints a file sealed to a key
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../ui/package.json", import.meta.url));
const [command, first, second] = process.argv.slice(2);
if (command === "vectors") {
  for (const [name, bytes] of Object.entries(require("cctv-age"))) writeFileSync(join(first, name), bytes);
} else {
  const age = await import(pathToFileURL(require.resolve("age-encryption")));
  const bytes = readFileSync(second);
  const worker = command === "open" ? new age.Decrypter() : new age.Encrypter();
  command === "open" ? worker.addIdentity(first) : worker.addRecipient(first);
  process.stdout.write(command === "open" ? await worker.decrypt(bytes) : await worker.encrypt(bytes));
}
