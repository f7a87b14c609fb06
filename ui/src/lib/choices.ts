// What can be said in a vote, with its name on the screen.
import type { VoteView } from "../bindings/VoteView";
import { t } from "./messages.svelte";

export const choicesOf = (vote: VoteView): { id: string; name: string }[] =>
  vote.options.length
    ? vote.options.map((name, n) => ({ id: String(n), name }))
    : (["yes", "no", "other"] as const).map((id) => ({ id, name: t(`choice_${id}`) }));

export const choiceName = (vote: VoteView, choice: string): string =>
  choicesOf(vote).find((c) => c.id === choice)?.name ?? "";
