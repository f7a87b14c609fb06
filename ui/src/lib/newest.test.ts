import { expect, test } from "vitest";
import { Newest } from "./newest";

function slow<T>() {
  let answer!: (value: T) => void;
  let refuse!: (why: Error) => void;
  const asked = new Promise<T>((ok, no) => ([answer, refuse] = [ok, no]));
  return { ask: () => asked, answer, refuse };
}

test("an answer that comes late does not replace a newer one", async () => {
  const [newest, told] = [new Newest(), [] as string[]];
  const [first, second] = [slow<string>(), slow<string>()];
  const read = (question: ReturnType<typeof slow<string>>) =>
    newest.read(
      question.ask,
      (text) => told.push(text),
      () => told.push("failed"),
    );
  const both = [read(first), read(second)];
  second.answer("new");
  await both[1];
  first.answer("old");
  await both[0];
  expect(told).toEqual(["new"]);
});

test("an earlier failure does not hide a newer answer, and answers in order are all told", async () => {
  const [newest, told] = [new Newest(), [] as string[]];
  const questions = [slow<string>(), slow<string>(), slow<string>()];
  const all = questions.map((question) =>
    newest.read(
      question.ask,
      (text) => told.push(text),
      () => told.push("failed"),
    ),
  );
  questions[0]!.answer("one");
  await all[0];
  questions[2]!.answer("three");
  await all[2];
  questions[1]!.refuse(new Error("too late"));
  await all[1];
  expect(told).toEqual(["one", "three"]);
});
