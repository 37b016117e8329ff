import { rooted, withQuery } from "../../api/client";
import type { Account, HistoryLine, Page } from "../../api/types";
import { amount, moment, signed } from "../../format/format";
import { useCommand, useResource } from "../../live/hooks";
import { Badge, Button, Card, Empty, ProblemNote, Shown, type Tone } from "../../parts/parts";
import { hashOf } from "../../parts/router";

const kindTones: Record<string, Tone> = { issued: "violet", transfer: "accent", held: "warn", posted: "accent", paid: "accent" };

/** What was held and is neither posted nor released yet, as the newest lines tell it. A hold for an order ends in parts: what is left of it stands. */
export function standingHolds(lines: readonly HistoryLine[]): HistoryLine[] {
  const ended = new Map<string, number>();
  for (const line of lines)
    if (line.kind === "posted" || line.kind === "voided" || line.kind === "expired") ended.set(line.transfer, (ended.get(line.transfer) ?? 0) + (line.amount ?? 0));
  return lines.flatMap((line) => {
    if (line.kind !== "held") return [];
    const gone = ended.get(line.transfer);
    if (gone === undefined) return [line];
    const left = line.amount !== null && /^book\//.test(line.memo ?? "") ? line.amount - gone : 0;
    return left > 1e-9 ? [{ ...line, amount: left }] : [];
  });
}

export function AccountCard({ asset, account, scale, at }: { asset: string; account: string; scale: number; at: string | null }) {
  const path = `/api/ledgers/${asset}/accounts/${encodeURIComponent(account)}`;
  const stream = `ledger/${asset}`;
  const found = useResource<Account>(withQuery(path, { at }), (event) => at === null && event.stream === stream);
  const history = useResource<Page<HistoryLine>>(withQuery(`${path}/history`, { limit: 100 }), (event) => event.stream === stream);
  const lines = (history.data?.items ?? []).filter((line) => at === null || line.seq <= Number(at));
  return (
    <Card
      title={account}
      flush
      aside={
        <a className="button small" href={rooted(`${path}/statement`)} download={`${asset}-${account}.csv`}>
          Statement (CSV)
        </a>
      }
    >
      <Shown of={found}>
        {(view) => (
          <dl className="balance-line">
            <div><dt>Balance</dt><dd>{amount(view.balance, scale)}</dd></div>
            <div><dt>Available</dt><dd>{amount(view.available, scale)}</dd></div>
            <div><dt>Held</dt><dd>{amount(view.pendingDebits, scale)}</dd></div>
            <div><dt>May go below zero by</dt><dd>{amount(view.limit, scale)}</dd></div>
          </dl>
        )}
      </Shown>
      {at === null && <Holds asset={asset} scale={scale} holds={standingHolds(lines)} />}
      <ProblemNote problem={history.problem} />
      {lines.length === 0 ? (
        <Empty title="Nothing yet">What comes in and goes out is listed here, newest first.</Empty>
      ) : (
        <div className="table-wrap scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">With</th>
                <th scope="col" className="number">Amount</th>
                <th scope="col" className="number">Balance</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={`${line.seq} ${line.transfer}`}>
                  <td className="nowrap">
                    <a className="plain soft" href={hashOf("journal", [String(line.seq)])}>{moment(line.at)}</a>
                  </td>
                  <td>
                    <Badge tone={kindTones[line.kind] ?? "calm"}>{line.kind}</Badge>
                    {line.memo !== null && <div className="small faint">{line.memo}</div>}
                  </td>
                  <td>{line.counterparty}</td>
                  <td className={`number ${line.side}`}>{line.amount === null ? <span className="faint">sealed</span> : signed(line.side === "debit" ? -line.amount : line.amount, scale)}</td>
                  <td className="number">{amount(line.balance, scale)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

/** A hold for a proposal, an auction or an order ends by what becomes of that, and by nobody's hand. */
const isOwn = (hold: HistoryLine): boolean => hold.proposal === null && !/^(auction|book)\//.test(hold.memo ?? "");

function Holds({ asset, scale, holds }: { asset: string; scale: number; holds: readonly HistoryLine[] }) {
  const { busy, problem, clear, run } = useCommand("Done.");
  if (holds.length === 0) return null;
  return (
    <div className="holds">
      <h3>Standing holds</h3>
      <ul className="stack">
        {holds.map((hold) => (
          <li key={hold.transfer} className="row">
            <span className="number">{hold.amount === null ? "sealed" : amount(hold.amount, scale)}</span>
            <span className="soft">{hold.side === "debit" ? "for" : "from"} {hold.counterparty}</span>
            <span className="small faint">{hold.memo ?? (hold.proposal === null ? hold.transfer : "a proposal")}</span>
            <span className="row end" style={{ flex: 1 }}>
              {isOwn(hold) ? (
                <>
                  <Button kind="small" disabled={busy} onClick={() => void run(`/api/ledgers/${asset}/transfers/${hold.transfer}/post`, {})}>Post</Button>
                  <Button kind="small danger" disabled={busy} onClick={() => void run(`/api/ledgers/${asset}/transfers/${hold.transfer}/void`)}>Void</Button>
                </>
              ) : (
                <span className="small soft">ends with it</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <ProblemNote problem={problem} onClose={clear} />
    </div>
  );
}
