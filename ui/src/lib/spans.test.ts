import { expect, test } from "vitest";
import { spans } from "./spans";

const agenda = ["1", "2", "3", "II.1", "II.2", "6", "7"];

test("neighbours are drawn together, by their order in the agenda", () => {
  expect(spans(["1", "2", "3", "II.1"], agenda)).toBe("1–II.1");
  expect(spans(["1", "2", "II.1", "II.2", "6"], agenda)).toBe("1, 2, II.1–6");
  expect(spans(["6", "7"], agenda)).toBe("6, 7");
});

test("what does not stand in the agenda is named by itself", () => {
  expect(spans(["x", "y", "z"], agenda)).toBe("x, y, z");
  expect(spans([], agenda)).toBe("");
});
