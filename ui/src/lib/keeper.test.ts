import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Keeper, keepAll } from "./keeper";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const made = () => {
  const kept: string[] = [];
  const keeper = new Keeper<string>(async (what) => kept.push(what), "");
  return { kept, keeper };
};

test("only the last of what is typed in one go is kept, and what stands is not", () => {
  const { kept, keeper } = made();
  for (const text of ["", "Đ", "Đề", "Đề nghị"]) keeper.typed(text);
  vi.advanceTimersByTime(799);
  expect(kept).toEqual([]);
  vi.advanceTimersByTime(1);
  keeper.typed("Đề nghị");
  vi.advanceTimersByTime(5_000);
  expect(kept).toEqual(["Đề nghị"]);
});

test("leaving keeps at once, signing keeps nothing", async () => {
  const { kept, keeper } = made();
  keeper.typed("một");
  await keeper.flush();
  await keeper.flush();
  keeper.typed("hai");
  keeper.pause();
  vi.advanceTimersByTime(5_000);
  keeper.settled("hai");
  await keeper.flush();
  vi.advanceTimersByTime(5_000);
  expect(kept).toEqual(["một"]);
});

test("what is typed back to what stands waits for nothing", () => {
  const { kept, keeper } = made();
  keeper.typed("một");
  keeper.typed("");
  vi.advanceTimersByTime(5_000);
  expect(kept).toEqual([]);
});

test("before a lock all that waits is kept at once", async () => {
  const [first, second] = [made(), made()];
  first.keeper.typed("một");
  second.keeper.typed("hai");
  second.keeper.settled("hai");
  await keepAll();
  await keepAll();
  expect([first.kept, second.kept]).toEqual([["một"], []]);
});

test("what was kept and is typed back to what stands is known as such, and so is what was signed since", async () => {
  const { kept, keeper } = made();
  keeper.typed("một");
  await keeper.flush();
  keeper.typed("");
  await keeper.flush();
  expect(kept).toEqual(["một", ""]);
  expect(kept.map((what) => keeper.isSettled(what))).toEqual([false, true]);
  keeper.settled("một");
  expect(kept.map((what) => keeper.isSettled(what))).toEqual([true, false]);
});
