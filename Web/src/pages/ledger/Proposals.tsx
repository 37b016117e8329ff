import { withQuery } from "../../api/client";
import type { Page, Proposal } from "../../api/types";
import { amount } from "../../format/format";
import { useActor, useCommand, useResource } from "../../live/hooks";
import { Button, Card, Countdown, Empty, ProblemNote, Shown, Status, type Tone } from "../../parts/parts";

const tones: Record<string, Tone> = { open: "warn", accepted: "good", rejected: "bad" };

export function Proposals({ asset, scale, accounts, isPast }: { asset: string; scale: number; accounts: readonly string[]; isPast: boolean }) {
  const actor = useActor();
  const stream = `ledger/${asset}`;
  const { busy, problem, clear, run } = useCommand("Answered.");
  const found = useResource<Page<Proposal>>(withQuery(`/api/ledgers/${asset}/proposals`, { limit: 50 }), (event) => event.stream === stream && /trade-proposed|proposal-/.test(event.type));
  if (isPast || accounts.length === 0) return null;
  const answer = (proposal: Proposal, word: string) => void run(`/api/ledgers/${asset}/proposals/${proposal.id}/${word}`);
  return (
    <Card title="Proposals" flush>
      <ProblemNote problem={problem} onClose={clear} />
      <Shown of={found}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No proposals">Propose to sell or buy; the other side accepts or rejects, and the amount moves once.</Empty>
          ) : (
            <ul className="picks">
              {items.map((proposal) => (
                <li key={proposal.id} className="line">
                  <span>
                    <strong>{proposal.account}</strong> {proposal.side === "sell" ? "sells" : "buys"} {amount(proposal.amount, scale)} {proposal.side === "sell" ? "to" : "from"} <strong>{proposal.counterparty}</strong>
                  </span>
                  <span className="row end">
                    {proposal.status === "open" && (
                      <span className="small soft">
                        ends in <Countdown until={proposal.expiresAt} />
                      </span>
                    )}
                    {proposal.status === "open" && proposal.counterparty === actor ? (
                      <>
                        <Button kind="small primary" disabled={busy} onClick={() => answer(proposal, "accept")}>Accept</Button>
                        <Button kind="small danger" disabled={busy} onClick={() => answer(proposal, "reject")}>Reject</Button>
                      </>
                    ) : (
                      <Status value={proposal.status} tones={tones} />
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}
