// What can be said in a vote and what came of it, with its name on the screen.
import type { AgendaItemView } from "../bindings/AgendaItemView";
import type { VoteView } from "../bindings/VoteView";
import { t } from "./messages.svelte";

export const choicesOf = (vote: VoteView): { id: string; name: string }[] =>
  vote.options.length
    ? vote.options.map((name, n) => ({ id: String(n), name }))
    : (["yes", "no", "other"] as const).map((id) => ({ id, name: t(`choice_${id}`) }));

export const choiceName = (vote: VoteView, choice: string): string =>
  choicesOf(vote).find((c) => c.id === choice)?.name ?? "";

/** What came of an item: how its last vote ended, or how it did without one; nothing while it has not. */
export function outcomeOf(item: AgendaItemView): string | null {
  if (item.outcome === "postponed" || item.outcome === "withdrawn") return t(`outcome_${item.outcome}`);
  if (item.decided) return t(`outcome_${item.decided.outcome}`, { option: item.decided.chosen ?? "" });
  return item.outcome ? t(`outcome_${item.outcome}`) : null;
}
