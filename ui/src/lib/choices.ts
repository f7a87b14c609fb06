// What can be said in a vote and what came of it, with its name on the screen.
import type { AgendaItemView } from "../bindings/AgendaItemView";
import type { SessionView } from "../bindings/SessionView";
import type { VoteView } from "../bindings/VoteView";
import { t } from "./messages.svelte";

export const choicesOf = (vote: VoteView): { id: string; name: string }[] =>
  vote.options.length
    ? vote.options.map((name, n) => ({ id: String(n), name }))
    : (["yes", "no", "other"] as const).map((id) => ({ id, name: t(`choice_${id}`) }));

export const choiceName = (vote: VoteView, choice: string): string =>
  choicesOf(vote).find((c) => c.id === choice)?.name ?? "";

/** What came of an item: how its last vote ended, or how it did without one; nothing while it has not. */
export function outcomeOf(view: SessionView, item: AgendaItemView): string | null {
  const isOn = (vote: VoteView) =>
    vote.result !== null && !vote.is_repeated && vote.items.some(([id]) => id === item.id);
  const result = view.votes.findLast(isOn)?.result;
  if (item.outcome === "postponed" || item.outcome === "withdrawn") return t(`outcome_${item.outcome}`);
  if (result) return t(`outcome_${result.outcome}`, { option: result.chosen ?? "" });
  return item.outcome ? t(`outcome_${item.outcome}`) : null;
}
