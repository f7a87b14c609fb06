// What is allowed and yet unusual: asked about before it is sent or opened, with its numbers.

const HOUR_MS = 3_600_000;

/** A sentence of the message files, and what it says. */
export type Doubt = {
  key: "send_few" | "issue_weekend" | "issue_same_place" | "issue_same_chair" | "open_another";
  facts: Record<string, string | number>;
};

type Meeting = {
  id: string;
  title: string;
  place: string;
  chair_person: string | null;
  starts_at: number;
  phase: string;
};

/** A form that cannot be adopted by those who are asked. */
export const aboutForm = (asked: number, plan: { members: number; needed: number }): Doubt[] =>
  asked < plan.needed ? [{ key: "send_few", facts: { asked, members: plan.members, needed: plan.needed } }] : [];

/** A session on a weekend, or within an hour of another in the same room or under the same chair. */
export function aboutSession(session: Meeting, all: Meeting[]): Doubt[] {
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", weekday: "short" });
  const isWeekend = ["Sat", "Sun"].includes(day.format(session.starts_at));
  const near = all.filter(
    (s) =>
      s.id !== session.id &&
      (s.phase === "issued" || s.phase === "open") &&
      Math.abs(s.starts_at - session.starts_at) < HOUR_MS,
  );
  const samePlace = near.find((s) => s.place !== "" && s.place === session.place);
  const sameChair = near.find((s) => s.chair_person !== null && s.chair_person === session.chair_person);
  return [
    ...(isWeekend ? [{ key: "issue_weekend", facts: {} } as const] : []),
    ...(samePlace ? [{ key: "issue_same_place", facts: { title: samePlace.title } } as const] : []),
    ...(sameChair ? [{ key: "issue_same_chair", facts: { title: sameChair.title } } as const] : []),
  ];
}

/** A second session, opened while another is. */
export function aboutOpening(id: string, all: { id: string; title: string; phase: string }[]): Doubt[] {
  const open = all.find((s) => s.id !== id && s.phase === "open");
  return open ? [{ key: "open_another", facts: { title: open.title } }] : [];
}
