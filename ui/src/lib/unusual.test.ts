import { describe, expect, it } from "vitest";
import { aboutForm, aboutOpening, aboutSession } from "./unusual";

const at = (text: string) => Date.parse(`${text}+07:00`);
const meeting = (id: string, time: string, more = {}) => ({
  id,
  title: `Phiên ${id}`,
  place: "Phòng họp Chính phủ",
  chair_person: id,
  starts_at: at(time),
  phase: "issued",
  ...more,
});
const keys = (doubts: { key: string }[]) => doubts.map((d) => d.key);

describe("a form", () => {
  it("is asked about where those asked cannot adopt it", () => {
    expect(aboutForm(14, { members: 27, needed: 14 })).toEqual([]);
    const facts = { asked: 4, members: 27, needed: 14 };
    expect(aboutForm(4, { members: 27, needed: 14 })).toEqual([{ key: "send_few", facts }]);
  });
});

describe("a session", () => {
  const monday = meeting("A", "2026-11-30T08:00");

  it("is usual on a working day by itself", () => {
    expect(aboutSession(monday, [monday])).toEqual([]);
    expect(aboutSession(monday, [monday, meeting("B", "2026-11-30T09:00")])).toEqual([]);
  });

  it("is asked about on a weekend of Vietnam's", () => {
    expect(keys(aboutSession(meeting("A", "2026-11-28T00:30"), []))).toEqual(["issue_weekend"]);
    expect(keys(aboutSession(meeting("A", "2026-11-30T00:30"), []))).toEqual([]);
  });

  it("is asked about beside another in its room", () => {
    const beside = (more: object) => keys(aboutSession(monday, [meeting("B", "2026-11-30T08:30", more)]));
    expect(beside({})).toEqual(["issue_same_place"]);
    expect(beside({ place: "Phòng số 2" })).toEqual([]);
    expect(beside({ phase: "draft" })).toEqual([]);
    expect(beside({ phase: "called_off" })).toEqual([]);
  });

  it("is asked about beside another of its chair", () => {
    const chaired = meeting("B", "2026-11-30T08:30", { place: "Phòng số 2", chair_person: "A" });
    expect(keys(aboutSession(monday, [chaired]))).toEqual(["issue_same_chair"]);
    const nobody = { chair_person: null };
    const unchaired = meeting("B", "2026-11-30T08:30", { place: "Phòng số 2", ...nobody });
    expect(keys(aboutSession({ ...monday, ...nobody }, [unchaired]))).toEqual([]);
  });

  it("is asked about where another is open", () => {
    expect(aboutOpening("A", [monday])).toEqual([]);
    expect(keys(aboutOpening("A", [monday, meeting("B", "2026-11-30T08:00", { phase: "open" })]))).toEqual([
      "open_another",
    ]);
  });
});
