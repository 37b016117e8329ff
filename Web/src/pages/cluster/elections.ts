import type { Election } from "../../api/types";
import { spaced } from "../../format/format";

/** One arrow of an election's chart. `journal` stands for the storage in which an epoch is claimed. */
export interface Arrow {
  from: number | "journal";
  to: number | "journal";
  text: string;
  /** Nobody answered it. */
  lost: boolean;
}

/**
 * What was said in an election, by the rules of the Bully algorithm with epochs (docs/protocols.md): who began asks all above; those who live
 * answer; the winner claims the next epoch from the journal, and tells everybody. Who began, who answered and who won is what was recorded.
 */
export function arrowsOf(election: Election, ranks: readonly number[]): Arrow[] {
  const { startedBy, winner, answered, epoch } = election;
  const arrows: Arrow[] = [];
  const hasAnswered = (rank: number) => answered.includes(rank) || rank === winner;
  for (const rank of ranks.filter((other) => other > startedBy)) {
    arrows.push({ from: startedBy, to: rank, text: "ELECTION", lost: !hasAnswered(rank) });
    if (hasAnswered(rank)) arrows.push({ from: rank, to: startedBy, text: "ANSWER", lost: false });
  }
  arrows.push({ from: winner, to: "journal", text: `claim epoch ${epoch}`, lost: false });
  arrows.push({ from: "journal", to: winner, text: "granted", lost: false });
  for (const rank of ranks.filter((other) => other !== winner)) arrows.push({ from: winner, to: rank, text: "COORDINATOR", lost: false });
  return arrows;
}

/** Why an election was held, in a sentence. */
export function reasonOf(election: Election): string {
  const by = `Node ${election.startedBy}`;
  switch (election.reason.replaceAll("-", "").toLowerCase()) {
    case "start": return `${by} started, and nobody led.`;
    case "leaderfailed": return `${by} no longer heard the leader.`;
    case "leaderleft": return `${by} saw that the leader had left.`;
    case "leaderresigned": return `The leader gave up its lead; node ${election.startedBy} began.`;
    case "handover": return `${by} outranked the leader and took over.`;
    case "forced": return "Somebody asked for an election.";
    case "nobodyleads": return `${by} found that nobody led.`;
    default: return `${by}: ${spaced(election.reason)}.`;
  }
}
