import { useState } from "react";
import { withQuery } from "../../api/client";
import type { Book, Order, Page } from "../../api/types";
import { amount, decimalsOf, words } from "../../format/format";
import { useActor, useCommand, useResource } from "../../live/hooks";
import { Badge, Button, Card, Empty, ProblemNote, Segments, Status, type Tone } from "../../parts/parts";

const tones: Record<string, Tone> = { open: "accent", "partially-filled": "warn", filled: "good" };
const maxShown = 20;

/** The actor's newest orders, with what became of them; or only those that rest. */
export function OwnOrders({ book }: { book: Book }) {
  const actor = useActor();
  const [which, setWhich] = useState<"all" | "resting">("all");
  const found = useResource<Page<Order>>(
    withQuery(`/api/books/${book.symbol}/orders`, { open: which === "resting" ? "true" : null, limit: maxShown }),
    (event) => event.stream === `book/${book.symbol}`,
  );
  const orders = found.data?.items ?? [];
  return (
    <Card title={`Orders of ${actor}`} flush aside={<Segments label="Which orders" options={[["all", "Newest"], ["resting", "Resting"]]} value={which} onChange={setWhich} />}>
      <ProblemNote problem={found.problem} />
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
                <Row key={order.id} book={book} order={order} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Row({ book, order: view }: { book: Book; order: Order }) {
  const { busy, problem, clear, run } = useCommand("Cancelled.");
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
            <Button kind="small danger" disabled={busy} onClick={() => void run(`/api/books/${book.symbol}/orders/${view.id}`, {}, "DELETE")}>
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
