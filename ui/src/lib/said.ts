// What members say to a form, and how a board shows it.
import type { ChoiceView } from "../bindings/ChoiceView";
import type { FormView } from "../bindings/FormView";
import type { QuestionAnswerView } from "../bindings/QuestionAnswerView";
import type { SeatView } from "../bindings/SeatView";

export const CHOICES: ChoiceView[] = ["agree", "disagree", "other"];

/** Nobody reserves an opinion that is the common one. */
export const mayReserve = (answer: QuestionAnswerView): boolean =>
  answer.choice === "disagree" || answer.choice === "other";

/** What stands in a seat: a choice that counts, an answer that nobody has opened, or nothing. */
export type Said = ChoiceView | "sealed" | "none";

export function saidBy(seat: SeatView, question: number): Said {
  const choice = seat.late ? null : seat.answer?.[question]?.choice;
  return choice ?? (seat.answered_at ? "sealed" : "none");
}

/** How many said what to a question; of those who said nothing, only who was asked. */
export function countSaid(view: FormView, question: number): Record<Said, number> {
  const counts = { agree: 0, disagree: 0, other: 0, sealed: 0, none: 0 };
  for (const seat of view.seats) {
    const said = saidBy(seat, question);
    if (seat.is_asked || said !== "none") counts[said] += 1;
  }
  return counts;
}
