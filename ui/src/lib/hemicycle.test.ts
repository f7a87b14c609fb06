import { expect, test } from "vitest";
import { hemicycle } from "./hemicycle";

test.each([1, 2, 5, 7, 8, 20, 25, 27, 28, 60, 61, 120])("%i seats stand apart and inside", (count) => {
  const plan = hemicycle(count);
  expect(plan.places).toHaveLength(count);
  for (const [n, one] of plan.places.entries()) {
    expect(one.x).toBeGreaterThanOrEqual(15);
    expect(one.x).toBeLessThanOrEqual(plan.width - 15);
    expect(one.y).toBeGreaterThanOrEqual(15);
    expect(one.y).toBeLessThanOrEqual(plan.height - 15);
    for (const other of plan.places.slice(n + 1))
      expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(31);
  }
});
