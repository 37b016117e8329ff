import { useState } from "react";
import type { Book, Order, Side } from "../../api/types";
import { amount, decimalsOf } from "../../format/format";
import { useActor, useCommand, useLive } from "../../live/hooks";
import { Button, Card, Choice, Field, ProblemNote, Segments } from "../../parts/parts";

type Type = "limit" | "market";
const validities = [["gtc", "until cancelled"], ["ioc", "at once, rest cancelled"], ["fok", "all at once or nothing"]] as const;

export function OrderForm({ book, price, onPrice }: { book: Book; price: string; onPrice: (price: string) => void }) {
  const actor = useActor();
  const { say } = useLive();
  const { busy, problem, clear, run } = useCommand();
  const [side, setSide] = useState<Side>("buy");
  const [type, setType] = useState<Type>("limit");
  const [quantity, setQuantity] = useState("");
  const [validity, setValidity] = useState<string>("gtc");
  const [postOnly, setPostOnly] = useState(false);
  const submit = async () => {
    const order = await run<Order>(`/api/books/${book.symbol}/orders`, {
      side, type, quantity: Number(quantity),
      ...(type === "limit" && { price: Number(price), timeInForce: validity, postOnly: postOnly && validity === "gtc" }),
    });
    if (order === null) return;
    setQuantity("");
    const traded = order.filled > 0 ? `${amount(order.filled, decimalsOf(book.lot))} traded` : "nothing traded";
    say("good", `Order ${order.id}: ${traded}, ${amount(order.remaining, decimalsOf(book.lot))} rest.`);
  };
  return (
    <Card title="Place an order">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div className="row">
          <Segments<Side> label="Side" options={[["buy", "Buy"], ["sell", "Sell"]]} value={side} onChange={setSide} />
          <Segments<Type> label="Type" options={[["limit", "Limit"], ["market", "Market"]]} value={type} onChange={setType} />
        </div>
        <div className="form">
          {type === "limit" && <Field label={book.currency === null ? "Price" : `Price in ${book.currency}`} inputMode="decimal" required value={price} placeholder={amount(book.last ?? 10, decimalsOf(book.tick))} onChange={(event) => onPrice(event.target.value)} />}
          <Field label="Quantity" inputMode="decimal" required value={quantity} placeholder="10" onChange={(event) => setQuantity(event.target.value)} />
          {type === "limit" && <Choice label="Valid" value={validity} onChange={(event) => setValidity(event.target.value)} options={validities} />}
        </div>
        {type === "limit" && validity === "gtc" && (
          <label className="check">
            <input type="checkbox" checked={postOnly} onChange={(event) => setPostOnly(event.target.checked)} />
            Post only: never trade at once
          </label>
        )}
        <ProblemNote problem={problem} onClose={clear} />
        <Button kind={side} type="submit" disabled={busy || quantity === "" || (type === "limit" && price === "")}>
          {side === "buy" ? "Buy" : "Sell"} as {actor}
        </Button>
      </form>
    </Card>
  );
}
