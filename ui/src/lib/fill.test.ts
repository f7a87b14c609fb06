import { describe, expect, it } from "vitest";
import { en } from "./en";
import { fill } from "./fill";
import { enSession } from "./en-session";
import { vi } from "./vi";
import { viSession } from "./vi-session";

const names = (text: string) => [...text.matchAll(/\{(\w+)/g)].map((found) => found[1]).sort();
const texts = (messages: object) =>
  Object.entries(messages).filter((entry): entry is [string, string] => typeof entry[1] === "string");

describe("a message", () => {
  it("says one page and three pages", () => {
    expect(fill("{n:page|pages} of {m}", { n: 1, m: 3 }, "en")).toBe("1 page of 3");
    expect(fill("{n:page|pages} of {m}", { n: 3, m: 1 }, "en")).toBe("3 pages of 1");
    expect(fill("{gone}", {}, "en")).toBe("");
  });
  it("writes long figures as its language does, and years as years", () => {
    expect(fill("{is}", { is: 200_200 }, "vi")).toBe("200.200");
    expect(fill("{is}", { is: 200_200 }, "en")).toBe("200,200");
    expect(fill("{is}", { is: 2027 }, "vi")).toBe("2027");
  });
  it("is named once, though its texts stand in two files", () => {
    const hidden = (all: object, session: object) =>
      texts(session).filter(([key, text]) => new Map(texts(all)).get(key) !== text);
    expect([...hidden(vi, viSession), ...hidden(en, enSession)]).toEqual([]);
  });
  it("is given the same facts in both languages", () => {
    const theirs = new Map(texts(vi));
    const differ = texts(en).filter(
      ([key, text]) => String([...new Set(names(text))]) !== String([...new Set(names(theirs.get(key) ?? ""))]),
    );
    expect(differ.map(([key]) => key)).toEqual([]);
  });
});
