import { expect, test } from "vitest";
import { InTurn } from "./in-turn";

const later = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

test("a quick reader waits for a slow writer of the same name, and for no other", async () => {
  const turns = new InTurn();
  let held = "before";
  const write = turns.after("a", async () => {
    await later(20);
    held = "after";
  });
  const other = await turns.after("b", async () => held);
  const read = await turns.after("a", async () => held);
  await write;
  expect([other, read]).toEqual(["before", "after"]);
});

test("who fails holds nobody up", async () => {
  const turns = new InTurn();
  await expect(turns.after("a", () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  expect(await turns.after("a", async () => 1)).toBe(1);
});
