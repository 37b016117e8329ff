import { useState } from "react";
import type { Page, Side, Stock, StockOrder } from "../../api/types";
import { amount, count, moment, words } from "../../format/format";
import { useActor, useCommand, useLive, useResource } from "../../live/hooks";
import { Badge, Button, Card, Empty, ProblemNote, Shown } from "../../parts/parts";

/** The dealer buys and sells at fixed prices; its orders have numbers without a gap. */
export function Dealer({ highlighted, hasBooks }: { highlighted: string | null; hasBooks: boolean }) {
  const isOurs = (event: { category: string }) => event.category === "stock";
  const stocks = useResource<Page<Stock>>("/api/stocks?limit=200", isOurs);
  const [from, setFrom] = useState(0);
  const orders = useResource<Page<StockOrder>>(`/api/stocks/orders?after=${from}&limit=100`, isOurs);
  const lines = orders.data?.items ?? [];
  return (
    <div className="columns dealer-columns">
      <Card title="The dealer's stocks" flush {...(hasBooks ? {} : { footer: "There is no book yet. Open one to trade at prices of your own." })}>
        <Shown of={stocks}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty icon="exchange" title="Nothing on offer">List a stock: POST /api/stocks.</Empty>
            ) : (
              <div className="table-wrap">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Stock</th>
                      <th scope="col" className="number">Price</th>
                      <th scope="col" className="number">Left</th>
                      <th scope="col" className="number">Trade</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((stock) => (
                      <StockRow key={stock.name} stock={stock} isHighlighted={stock.name === highlighted} />
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Shown>
      </Card>
      <Card
        title="Orders at the dealer"
        flush
        aside={
          <>
            {from > 0 && <Button kind="small" onClick={() => setFrom(Math.max(0, from - 100))}>Earlier</Button>}
            {orders.data?.next != null && <Button kind="small" onClick={() => setFrom(from + 100)}>Later</Button>}
          </>
        }
      >
        <ProblemNote problem={orders.problem} />
        {lines.length === 0 ? (
          <Empty title="No order yet">The first one gets the number 1.</Empty>
        ) : (
          <div className="table-wrap scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col" className="number">Number</th>
                  <th scope="col">Stock</th>
                  <th scope="col">Side</th>
                  <th scope="col" className="number">Quantity</th>
                  <th scope="col" className="number">Price</th>
                  <th scope="col">When</th>
                </tr>
              </thead>
              <tbody>
                {[...lines].reverse().map((order) => (
                  <tr key={order.number}>
                    <td className="number"><strong>{count(order.number)}</strong></td>
                    <td>{order.name}</td>
                    <td><Badge tone={order.side === "buy" ? "good" : "bad"}>{words(order.side)}</Badge></td>
                    <td className="number">{count(order.quantity)}</td>
                    <td className="number">{amount(order.price)}</td>
                    <td className="soft nowrap">{moment(order.at)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </div>
  );
}

function StockRow({ stock, isHighlighted }: { stock: Stock; isHighlighted: boolean }) {
  const actor = useActor();
  const { say } = useLive();
  const { busy, problem, clear, run } = useCommand();
  const [quantity, setQuantity] = useState("1");
  const trade = async (side: Side) => {
    const order = await run<StockOrder>(`/api/stocks/${stock.name}/orders`, { side, quantity: Number(quantity) });
    if (order !== null) say("good", `Order ${order.number}: ${actor} ${side === "buy" ? "bought" : "sold"} ${order.quantity} ${stock.name}.`);
  };
  return (
    <>
      <tr className={isHighlighted ? "chosen" : ""}>
        <td><strong>{stock.name}</strong></td>
        <td className="number">{amount(stock.price)}</td>
        <td className="number">{count(stock.quantity)}</td>
        <td className="number">
          <span className="row end">
            <input className="pieces" inputMode="numeric" aria-label={`How many ${stock.name}`} value={quantity} onChange={(event) => setQuantity(event.target.value.replace(/\D/g, ""))} />
            <Button kind="small" disabled={busy || quantity === ""} onClick={() => void trade("buy")}>Buy<span className="hidden-from-sight"> {stock.name}</span></Button>
            <Button kind="small" disabled={busy || quantity === ""} onClick={() => void trade("sell")}>Sell<span className="hidden-from-sight"> {stock.name}</span></Button>
          </span>
        </td>
      </tr>
      {problem !== null && (
        <tr>
          <td colSpan={4}><ProblemNote problem={problem} onClose={clear} /></td>
        </tr>
      )}
    </>
  );
}
