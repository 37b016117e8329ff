import { useState } from "react";
import { withQuery } from "../../api/client";
import type { Book, BookListItem, Candle, LedgerListItem, Page, Trade } from "../../api/types";
import { amount, count, decimalsOf, timeOfDay } from "../../format/format";
import { useCommand, useResource } from "../../live/hooks";
import { Icon } from "../../parts/Icon";
import { AsOf, Badge, Button, Card, Choice, Dialog, Empty, Field, Figure, Figures, PageHead, ProblemNote, Segments, Shown } from "../../parts/parts";
import { go, hashOf, usePlace } from "../../parts/router";
import { Candles } from "./Candles";
import { Dealer } from "./Dealer";
import { Depth, LadderTable } from "./Depth";
import { OrderForm } from "./OrderForm";
import { OwnOrders } from "./OwnOrders";
import "./exchange.css";

const dealer = "dealer";

/** `#/exchange/GME?at=40`, and the dealer at `#/exchange/dealer`. */
export function ExchangePage() {
  const place = usePlace();
  const books = useResource<Page<BookListItem>>("/api/books?limit=100", (event) => event.type === "book.created");
  const [creating, create] = useState(false);
  const items = books.data?.items ?? [];
  const chosen = place.rest[0] ?? (place.query.has("stock") ? dealer : (items[0]?.symbol ?? dealer));
  return (
    <div className="page">
      <PageHead
        title="Exchange"
        actions={
          <>
            <Segments label="Book" options={[...items.map((book) => [book.symbol, book.symbol] as const), [dealer, "Dealer"]]} value={chosen} onChange={(next) => go(hashOf("exchange", [next]))} />
            <Button onClick={() => create(true)}>
              <Icon name="plus" />
              New book
            </Button>
          </>
        }
      >
        A limit order book with price-time priority, beside a dealer with fixed prices. Orders are backed by holds, trades are paid by them.
      </PageHead>
      <ProblemNote problem={books.problem} />
      {chosen === dealer ? <Dealer highlighted={place.query.get("stock")} hasBooks={items.length > 0} /> : <Venue key={chosen} symbol={chosen} at={place.query.get("at")} />}
      <NewBook open={creating} onClose={() => create(false)} />
    </div>
  );
}

function Venue({ symbol, at }: { symbol: string; at: string | null }) {
  const stream = `book/${symbol}`;
  const isOurs = (event: { stream: string }) => at === null && event.stream === stream;
  const [seconds, setSeconds] = useState<"10" | "60" | "300">("60");
  const [price, setPrice] = useState("");
  const found = useResource<Book>(withQuery(`/api/books/${symbol}`, { depth: 50, at }), isOurs);
  // What has been traded is told as it is now; beside a book of before it would mislead.
  const trades = useResource<Page<Trade>>(at === null ? withQuery(`/api/books/${symbol}/trades`, { limit: 60 }) : null, isOurs);
  const candles = useResource<Page<Candle>>(at === null ? withQuery(`/api/books/${symbol}/candles`, { seconds, limit: 80 }) : null, isOurs);
  return (
    <>
      <AsOf at={at} onLeave={() => go(hashOf("exchange", [symbol]))} />
      <Shown of={found}>
        {(book) => (
          <>
            <Headline book={book} />
            <div className="columns exchange-columns">
              <Card title="Order book" flush {...(at === null && { footer: <Keeper book={book} /> })} aside={<Badge>{book.currency === null ? "unfunded" : `${book.asset} in ${book.currency}`}</Badge>}>
                <LadderTable book={book} onPick={setPrice} />
              </Card>
              <div className="stack">
                {at === null && (
                  <Card title="Price" aside={<Segments label="Length of a candle" options={[["10", "10 s"], ["60", "1 min"], ["300", "5 min"]]} value={seconds} onChange={setSeconds} />}>
                    <ProblemNote problem={candles.problem} />
                    <Candles candles={candles.data?.items ?? []} tick={book.tick} />
                  </Card>
                )}
                <Card title="Depth">
                  <Depth book={book} />
                </Card>
                {at === null && <OwnOrders book={book} />}
              </div>
              {at === null && (
                <div className="stack">
                  <OrderForm book={book} price={price} onPrice={setPrice} />
                  <Card title="Trades" flush>
                    <Tape trades={trades.data?.items ?? []} book={book} />
                  </Card>
                </div>
              )}
            </div>
          </>
        )}
      </Shown>
    </>
  );
}

function Headline({ book }: { book: Book }) {
  const decimals = decimalsOf(book.tick);
  const [bid, ask] = [book.bids[0]?.[0], book.asks[0]?.[0]];
  return (
    <>
      <Figures label={`${book.symbol} in figures`}>
        <Figure name="Last">{book.last === null ? "–" : amount(book.last, decimals)}</Figure>
        <Figure name="Best bid" tone="good">{bid === undefined ? "–" : amount(bid, decimals)}</Figure>
        <Figure name="Best ask" tone="bad">{ask === undefined ? "–" : amount(ask, decimals)}</Figure>
        <Figure name="Spread">{bid === undefined || ask === undefined ? "–" : amount(ask - bid, decimals)}</Figure>
        <Figure name="Resting orders">{count(book.orderCount)}</Figure>
        <Figure name="Trades">{count(book.tradeCount)}</Figure>
      </Figures>
      {book.status === "halted" && (
        <div className="note" data-tone="warn">
          <strong>Trading is halted</strong>
          <span>{book.reason ?? "Orders can only be cancelled."}</span>
        </div>
      )}
    </>
  );
}

/** Halts the book, or lets it go on: its keeper's right. */
function Keeper({ book }: { book: Book }) {
  const { busy, problem, clear, run } = useCommand();
  return (
    <div className="stack">
      <div className="row">
        <Button kind="small" disabled={busy} onClick={() => void run(`/api/books/${book.symbol}/${book.status === "open" ? "halt" : "resume"}`, {})}>
          {book.status === "open" ? "Halt trading" : "Resume trading"}
        </Button>
        <span className="small faint">by its keeper only</span>
      </div>
      <ProblemNote problem={problem} onClose={clear} />
    </div>
  );
}

function Tape({ trades, book }: { trades: readonly Trade[]; book: Book }) {
  if (trades.length === 0) return <Empty icon="exchange" title="No trade yet">A trade happens when an order meets one of the other side.</Empty>;
  return (
    <div className="scroll tape">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col" className="number">Price</th>
            <th scope="col" className="number">Quantity</th>
          </tr>
        </thead>
        <tbody>
          {trades.map((trade) => (
            <tr key={trade.trade}>
              <td>
                <a className="plain soft" href={hashOf("journal", [String(trade.seq)])}>{timeOfDay(trade.at)}</a>
              </td>
              <td className={`number ${trade.side === "buy" ? "credit" : "debit"}`}>{amount(trade.price, decimalsOf(book.tick))}</td>
              <td className="number">{amount(trade.quantity, decimalsOf(book.lot))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewBook({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { busy, problem, clear, run } = useCommand("The book is open.");
  const ledgers = useResource<Page<LedgerListItem>>(open ? "/api/ledgers?limit=100" : null);
  const [symbol, setSymbol] = useState("");
  const [currency, setCurrency] = useState("");
  const [tick, setTick] = useState("0.01");
  const submit = async () => {
    if ((await run("/api/books", { symbol, asset: symbol, currency: currency === "" ? null : currency, tick: Number(tick), lot: 1 })) === null) return;
    onClose();
    go(hashOf("exchange", [symbol]));
  };
  return (
    <Dialog title="New book" open={open} onClose={() => { clear(); onClose(); }} onSubmit={() => void submit()}>
      <div className="form">
        <Field label="Symbol" required autoFocus value={symbol} placeholder="GME" hint="Funded: the ledger of this name is traded" onChange={(event) => setSymbol(event.target.value)} />
        <Choice label="Paid in" value={currency} onChange={(event) => setCurrency(event.target.value)} options={[["", "Unfunded"], ...(ledgers.data?.items ?? []).map((ledger) => [ledger.asset, ledger.asset] as const)]} />
        <Field label="Tick" inputMode="decimal" value={tick} hint="The smallest step of a price" onChange={(event) => setTick(event.target.value)} />
      </div>
      <ProblemNote problem={problem} />
      <div className="row end">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={busy}>Open the book</Button>
      </div>
    </Dialog>
  );
}
