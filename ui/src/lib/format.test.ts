import { describe, expect, it } from "vitest";
import { fold } from "./fold";

describe("a deadline", () => {
  it("is shown in minutes, hours, then days", () => {
    const hour = 3_600_000;
    expect(fold(10 * 60_000)).toEqual({ figure: 10, unit: "minutes" });
    expect(fold(7 * hour)).toEqual({ figure: 7, unit: "hours" });
    expect(fold(47 * hour)).toEqual({ figure: 47, unit: "hours" });
    expect(fold(49 * hour)).toEqual({ figure: 2, unit: "days" });
    expect(fold(-1)).toEqual({ figure: null, unit: "overdue_word" });
  });
});
