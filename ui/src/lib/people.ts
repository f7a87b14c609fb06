import type { PersonView } from "../bindings/PersonView";

/** Who can stand on a session's list: a seat of the roster, a guest, a substitute; not the secretariat. */
export const mayAttend = (p: PersonView): boolean =>
  p.seat !== null || p.roles.some((r) => r === "guest" || r === "substitute");
