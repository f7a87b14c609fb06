// Where seats stand in a half circle, the first in the middle of the front row.
export type Plan = { width: number; height: number; places: { x: number; y: number }[] };

const SEAT = 38;

/** Rows of growing length, filled by the share of their arcs. */
export function hemicycle(count: number): Plan {
  const rows = count <= 7 ? 1 : count <= 20 ? 2 : count <= 60 ? 3 : Math.ceil(Math.sqrt(count / 6));
  const radii = Array.from({ length: rows }, (_, row) => SEAT * (rows === 1 ? 2.2 : 3.1 + row * 1.15));
  const whole = radii.reduce((sum, r) => sum + r, 0);
  const seats = radii.map((r) => Math.floor((count * r) / whole));
  for (let n = 0; seats.reduce((a, b) => a + b, 0) < count; n += 1) seats[rows - 1 - (n % rows)]! += 1;
  const last = Math.max(radii[rows - 1]!, (SEAT * (seats[rows - 1]! - 1)) / Math.PI);
  const scale = last / radii[rows - 1]!;
  const width = 2 * last + SEAT + 8;
  const places: { x: number; y: number; row: number; turn: number }[] = [];
  seats.forEach((of, row) => {
    const r = radii[row]! * scale;
    for (let n = 0; n < of; n += 1) {
      const turn = of === 1 ? Math.PI / 2 : (Math.PI * n) / (of - 1);
      places.push({ x: width / 2 - r * Math.cos(turn), y: last + SEAT / 2 + 2 - r * Math.sin(turn), row, turn });
    }
  });
  // Precedence begins at the middle of the front row and goes outwards.
  places.sort((a, b) => a.row - b.row || Math.abs(a.turn - Math.PI / 2) - Math.abs(b.turn - Math.PI / 2));
  return { width, height: last + SEAT + 4, places };
}
