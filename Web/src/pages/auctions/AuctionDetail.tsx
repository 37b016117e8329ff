import { useState } from "react";
import { withQuery } from "../../api/client";
import type { Auction } from "../../api/types";
import { amount, plural, words } from "../../format/format";
import { useActor, useCommand, useResource } from "../../live/hooks";
import { AsOf, Badge, Button, Card, Countdown, Field, Figure, Figures, Person, ProblemNote, Shown, Status } from "../../parts/parts";
import { go, hashOf } from "../../parts/router";
import { auctionTones } from "./AuctionsPage";
import { PriceHistory } from "./PriceHistory";

const explanations: Record<string, string> = {
  "sealed-rounds": "Several rounds of sealed bids. The highest sum over all rounds wins; a tie goes to the bid that came first.",
  english: "Open and ascending. With a maximum, the auction bids for you, as little as it takes.",
  dutch: "The price falls step by step. Whoever takes it first has it.",
  "first-price": "One sealed round. The highest bid wins and is paid.",
  vickrey: "One sealed round. The highest bid wins and pays the second highest.",
};

export function AuctionDetail({ id, at }: { id: string; at: string | null }) {
  const found = useResource<Auction>(withQuery(`/api/auctions/${id}`, { at }), (event) => at === null && event.stream === `auction/${id}`);
  return (
    <div className="stack">
      <AsOf at={at} onLeave={() => go(hashOf("auctions", [id]))} />
      <Shown of={found}>{(auction) => <Whole auction={auction} isPast={at !== null} />}</Shown>
    </div>
  );
}

function Whole({ auction, isPast }: { auction: Auction; isPast: boolean }) {
  const money = (value: number) => `${amount(value, auction.scale)}${auction.asset === null ? "" : ` ${auction.asset}`}`;
  return (
    <>
      <Card
        title={auction.item}
        aside={
          <>
            <Badge>{words(auction.format)}</Badge>
            <Status value={auction.status} tones={auctionTones} />
          </>
        }
        footer={
          <span className="spread">
            <span>{explanations[auction.format]}</span>
            <a href={hashOf("journal", [], { stream: `auction/${auction.id}` })} className="nowrap">Its events</a>
          </span>
        }
      >
        <div className="stack">
          {auction.winner !== null && (
            <div className="note" data-tone="good">
              <strong>
                Sold to {auction.winner.bidder} for {money(auction.winner.price)}
              </strong>
              {auction.winner.total !== auction.winner.price && <span>The highest bid was {money(auction.winner.total)}.</span>}
            </div>
          )}
          {auction.winner === null && auction.reason !== null && (
            <div className="note" data-tone="warn">
              <strong>{words(auction.status)}</strong>
              <span>{words(auction.reason)}</span>
            </div>
          )}
          <Progress auction={auction} />
          {!isPast && <Actions auction={auction} money={money} />}
        </div>
      </Card>
      <Participants auction={auction} />
      {(auction.format === "english" || auction.format === "dutch") && <PriceHistory auction={auction} />}
      {auction.rounds.length > 0 && <Rounds auction={auction} />}
    </>
  );
}

const Money = ({ value, auction }: { value: number; auction: Auction }) => (
  <>
    {amount(value, auction.scale)} {auction.asset !== null && <small>{auction.asset}</small>}
  </>
);

function Progress({ auction }: { auction: Auction }) {
  const closes = auction.roundClosesAt ?? auction.closesAt;
  const hasRounds = auction.format === "sealed-rounds";
  return (
    <Figures label="How far it is">
      {auction.price !== null && <Figure name={auction.format === "dutch" ? "Price now" : "Highest bid"}><Money value={auction.price} auction={auction} /></Figure>}
      {auction.leader !== null && <Figure name="Leads">{auction.leader}</Figure>}
      {hasRounds && (
        <Figure name="Round">
          {auction.round} <small>of at least {auction.minimumRounds}</small>
        </Figure>
      )}
      {auction.status === "running" && auction.price === null && (
        <Figure name="Bids in this round">
          {auction.bidsInRound} <small>of {auction.participants.length}</small>
        </Figure>
      )}
      {auction.status === "running" && closes !== null && (
        <Figure name={auction.format === "dutch" ? "Next step in" : hasRounds ? "Round ends in" : "Closes in"}>
          <Countdown until={closes} over="closing …" />
        </Figure>
      )}
      {auction.status === "awaiting-start" && auction.startBy !== null && (
        <Figure name="To be started within">
          <Countdown until={auction.startBy} />
        </Figure>
      )}
      <Figure name="Minimum bid"><Money value={auction.minimumBid} auction={auction} /></Figure>
      {auction.buyNow !== null && <Figure name="Buy now"><Money value={auction.buyNow} auction={auction} /></Figure>}
      {auction.reserveMet !== null && auction.format === "english" && <Figure name="Reserve">{auction.reserveMet ? "met" : "not met"}</Figure>}
      {(auction.status === "open" || auction.status === "awaiting-start") && (
        <Figure name="Bidders">
          {auction.participants.length} <small>of at least {auction.minimumBidders}</small>
        </Figure>
      )}
    </Figures>
  );
}

function Actions({ auction, money }: { auction: Auction; money: (value: number) => string }) {
  const actor = useActor();
  const { busy, problem, clear, run } = useCommand();
  const path = `/api/auctions/${auction.id}`;
  const isOver = ["sold", "unsold", "cancelled"].includes(auction.status);
  if (isOver) return null;
  const note = <ProblemNote problem={problem} onClose={clear} />;

  if (actor === auction.auctioneer) {
    return (
      <div className="stack">
        <div className="row">
          <span className="soft">You are the auctioneer.</span>
          {auction.status === "awaiting-start" && (
            <Button kind="primary" disabled={busy} onClick={() => void run(`${path}/start`)}>Start the auction</Button>
          )}
          {auction.rounds.length === 0 && (
            <Button kind="danger" disabled={busy} onClick={() => void run(`${path}/cancel`, {})}>Call it off</Button>
          )}
        </div>
        {note}
      </div>
    );
  }
  if (!auction.participants.includes(actor)) {
    const joinsLate = auction.format === "english" || auction.format === "dutch";
    const canJoin = auction.status === "open" || auction.status === "awaiting-start" || (auction.status === "running" && joinsLate);
    return (
      <div className="stack">
        {canJoin ? (
          <div className="row">
            <Button kind="primary" disabled={busy} onClick={() => void run(`${path}/join`)}>Join as {actor}</Button>
            {auction.asset !== null && <span className="soft small">Bids are held in your {auction.asset} account.</span>}
          </div>
        ) : (
          <p className="soft">It has begun without {actor}. Choose another actor at the top to see it with their eyes.</p>
        )}
        {note}
      </div>
    );
  }
  if (auction.status !== "running") return <p className="soft">You have joined. {auction.status === "open" ? `It can start with ${plural(auction.minimumBidders, "bidder")}.` : `${auction.auctioneer} is asked to start.`}</p>;
  return (
    <div className="stack">
      <BidForm auction={auction} money={money} busy={busy} onBid={(body) => run(`${path}/bids`, body)} />
      {note}
    </div>
  );
}

function BidForm({ auction, money, busy, onBid }: { auction: Auction; money: (value: number) => string; busy: boolean; onBid: (body: object) => Promise<unknown> }) {
  const least = auction.nextMinimum ?? auction.minimumBid;
  const [text, setText] = useState("");
  const [maximum, setMaximum] = useState("");
  if (auction.format === "dutch" && auction.price !== null) {
    const price = auction.price;
    return (
      <Button kind="primary" disabled={busy} onClick={() => void onBid({ amount: price })}>
        Take it for {money(price)}
      </Button>
    );
  }
  const isSealed = auction.format !== "english";
  if (isSealed && auction.yourBid !== null)
    return (
      <div className="note" data-tone="good">
        <strong>Your bid of {money(auction.yourBid)} is in.</strong>
        <span>Nobody else can see it before the round is over.</span>
      </div>
    );
  return (
    <form
      className="form bid-form"
      onSubmit={(event) => {
        event.preventDefault();
        void onBid({ amount: Number(text), ...(maximum !== "" && { maximum: Number(maximum) }) }).then((answer) => {
          if (answer === null) return;
          setText("");
          setMaximum("");
        });
      }}
    >
      <Field label="Your bid" inputMode="decimal" required value={text} placeholder={amount(least, auction.scale)} hint={`At least ${money(least)}`} onChange={(event) => setText(event.target.value)} />
      {!isSealed && <Field label="Up to" inputMode="decimal" value={maximum} placeholder="your maximum" hint="Shown to you only" onChange={(event) => setMaximum(event.target.value)} />}
      <Button kind="primary" type="submit" disabled={busy || text === ""}>
        Place bid
      </Button>
      {auction.yourMaximum !== null && <p className="small soft wide">The auction bids up to {money(auction.yourMaximum)} for you.</p>}
    </form>
  );
}

function Participants({ auction }: { auction: Auction }) {
  return (
    <Card title={plural(auction.participants.length, "bidder")}>
      <div className="row">
        {auction.participants.length === 0 ? <span className="soft">Nobody has joined yet.</span> : auction.participants.map((name) => <Person key={name} name={name} />)}
      </div>
    </Card>
  );
}

/** What was revealed, round by round. */
function Rounds({ auction }: { auction: Auction }) {
  const totals = new Map(auction.participants.map((name) => [name, auction.rounds.reduce((sum, round) => sum + (round.bids[name] ?? 0), 0)]));
  const best = Math.max(...totals.values());
  return (
    <Card title="Revealed rounds" flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">Bidder</th>
              {auction.rounds.map((round) => (
                <th key={round.round} scope="col" className="number">Round {round.round}</th>
              ))}
              <th scope="col" className="number">Total</th>
              <th scope="col" aria-label="Share of the highest total" />
            </tr>
          </thead>
          <tbody>
            {auction.participants.map((name) => (
              <tr key={name} className={name === auction.winner?.bidder ? "chosen" : ""}>
                <td>
                  <Person name={name} />
                </td>
                {auction.rounds.map((round) => {
                  const bid = round.bids[name] ?? 0;
                  return (
                    <td key={round.round} className="number">
                      {bid === 0 ? <span className="faint">silent</span> : amount(bid, auction.scale)}
                    </td>
                  );
                })}
                <td className="number">
                  <strong>{amount(totals.get(name)!, auction.scale)}</strong>
                </td>
                <td className="bar-cell">
                  <span className="bar-fill" style={{ width: `${best === 0 ? 0 : (100 * totals.get(name)!) / best}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
