// Where seats stand in a half circle, the first in the middle of the front row.
export type Plan = { width: number; height: number; places: { x: number; y: number }[] };

const SEAT = 38;

/** Rows of growing length, filled by the share of their arcs. A few seats stand close together at the top of one arc. */
export function hemicycle(count: number): Plan {
  const rows = count <= 7 ? 1 : count <= 20 ? 2 : count <= 60 ? 3 : Math.ceil(Math.sqrt(count / 6));
  const radii = Array.from({ length: rows }, (_, row) => SEAT * (rows === 1 ? 2.2 : 3.1 + row * 1.15));
  const whole = radii.reduce((sum, r) => sum + r, 0);
  const seats = radii.map((r) => Math.floor((count * r) / whole));
  for (let n = 0; seats.reduce((a, b) => a + b, 0) < count; n += 1) seats[rows - 1 - (n % rows)]! += 1;
  const scale = Math.max(1, (SEAT * (seats[rows - 1]! - 1)) / Math.PI / radii[rows - 1]!);
  const places: { x: number; y: number; row: number; turn: number }[] = [];
  seats.forEach((of, row) => {
    const r = radii[row]! * scale;
    const span = Math.min(Math.PI, ((of - 1) * SEAT * 1.15) / r);
    for (let n = 0; n < of; n += 1) {
      const turn = of === 1 ? Math.PI / 2 : Math.PI / 2 - span / 2 + (span * n) / (of - 1);
      places.push({ x: -r * Math.cos(turn), y: -r * Math.sin(turn), row, turn });
    }
  });
  // Precedence begins at the middle of the front row and goes outwards.
  places.sort((a, b) => a.row - b.row || Math.abs(a.turn - Math.PI / 2) - Math.abs(b.turn - Math.PI / 2));
  const [left, top] = [Math.min(...places.map((p) => p.x)), Math.min(...places.map((p) => p.y))];
  const [right, bottom] = [Math.max(...places.map((p) => p.x)), Math.max(...places.map((p) => p.y))];
  const moved = places.map((p) => ({ x: p.x - left + SEAT / 2, y: p.y - top + SEAT / 2 }));
  return { width: right - left + SEAT, height: bottom - top + SEAT, places: moved };
}
