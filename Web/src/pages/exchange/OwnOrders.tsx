import { useMemo } from "react";
import type { Book, Order } from "../../api/types";
import { amount, decimalsOf, words } from "../../format/format";
import { useActor, useCommand, useJournal, useResource } from "../../live/hooks";
import { Badge, Button, Card, Empty, ProblemNote, Status, type Tone } from "../../parts/parts";
import { ordersOf, touches } from "./ladder";

const tones: Record<string, Tone> = { open: "accent", "partially-filled": "warn", filled: "good" };
const maxShown = 12;
const keyOf = (symbol: string, actor: string) => `rialto.orders.${symbol}.${actor}`;

const remembered = (symbol: string, actor: string): string[] => JSON.parse(localStorage.getItem(keyOf(symbol, actor)) ?? "[]") as string[];

/** Keeps an order's number in this browser: the API lists no one's orders, and its events may be long past. */
export function remember(symbol: string, actor: string, order: string): void {
  localStorage.setItem(keyOf(symbol, actor), JSON.stringify([order, ...remembered(symbol, actor)].slice(0, 50)));
}

/** The actor's newest orders: those placed here, and those that the stream has told of. */
export function OwnOrders({ book }: { book: Book }) {
  const actor = useActor();
  const { events } = useJournal();
  const stream = `book/${book.symbol}`;
  const orders = useMemo(() => {
    const all = new Set([...ordersOf(events, stream, actor), ...remembered(book.symbol, actor)]);
    return [...all].sort((a, b) => Number(b) - Number(a)).slice(0, maxShown);
  }, [events, stream, actor, book.symbol]);
  return (
    <Card title={`Orders of ${actor}`} flush>
      {orders.length === 0 ? (
        <Empty icon="exchange" title="No order of yours">What you place is listed here, with what became of it.</Empty>
      ) : (
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">Side</th>
                <th scope="col" className="number">Price</th>
                <th scope="col" className="number">Quantity</th>
                <th scope="col" className="number">Traded</th>
                <th scope="col" className="number">Rests</th>
                <th scope="col">Status</th>
                <th scope="col"><span className="hidden-from-sight">Cancel</span></th>
              </tr>
            </thead>
            <tbody>
              {orders.map((order) => (
                <Row key={order} book={book} order={order} stream={stream} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Row({ book, order, stream }: { book: Book; order: string; stream: string }) {
  const path = `/api/books/${book.symbol}/orders/${order}`;
  const found = useResource<Order>(path, (event) => touches(event, stream, order));
  const { busy, problem, clear, run } = useCommand("Cancelled.");
  const view = found.data;
  // An order that was closed long ago is forgotten by its book; there is nothing to show of it here.
  if (view === null) return null;
  const rests = view.status === "open" || view.status === "partially-filled";
  return (
    <>
      <tr>
        <td>{view.id}</td>
        <td>
          <Badge tone={view.side === "buy" ? "good" : "bad"}>{words(view.side)}</Badge>
        </td>
        <td className="number">{view.price === null ? "market" : amount(view.price, decimalsOf(book.tick))}</td>
        <td className="number">{amount(view.quantity, decimalsOf(book.lot))}</td>
        <td className="number">{amount(view.filled, decimalsOf(book.lot))}</td>
        <td className="number">{amount(view.remaining, decimalsOf(book.lot))}</td>
        <td>
          <Status value={view.status} tones={tones} /> {view.reason !== null && <span className="small faint">{words(view.reason)}</span>}
        </td>
        <td className="number">
          {rests && (
            <Button kind="small danger" disabled={busy} onClick={() => void run(path, {}, "DELETE")}>
              Cancel<span className="hidden-from-sight"> order {view.id}</span>
            </Button>
          )}
        </td>
      </tr>
      {problem !== null && (
        <tr>
          <td colSpan={8}>
            <ProblemNote problem={problem} onClose={clear} />
          </td>
        </tr>
      )}
    </>
  );
}
