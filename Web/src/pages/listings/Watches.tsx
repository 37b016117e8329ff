import { useState } from "react";
import type { CompareMode, Page, Watch } from "../../api/types";
import { exactly, moment, words } from "../../format/format";
import { useCommand, useResource } from "../../live/hooks";
import { Badge, Button, Card, Empty, Field, ProblemNote, Shown } from "../../parts/parts";

/** "Tell me when the gap exceeds …" */
export function Watches({ cities, make, model, mode, rates }: { cities: readonly string[]; make: string; model: string; mode: CompareMode; rates: string }) {
  const found = useResource<Page<Watch>>("/api/listings/watches?limit=100", (event) => event.category === "watch" || event.category === "shelf");
  const { busy, problem, clear, run } = useCommand();
  const [threshold, setThreshold] = useState("");
  const set = async () => {
    if ((await run<Watch>("/api/listings/watches", { cities, make, model, mode, threshold: Number(threshold), rates: ratesOf(rates) })) !== null) setThreshold("");
  };
  return (
    <Card title="Watches" flush>
      <form
        className="watch-form"
        onSubmit={(event) => {
          event.preventDefault();
          void set();
        }}
      >
        <Field label={`Tell me when ${make} ${model} in one of these ${cities.length} cities is better by`} inputMode="decimal" value={threshold} placeholder="1500.00" onChange={(event) => setThreshold(event.target.value)} />
        <Button kind="primary" type="submit" disabled={busy || threshold === "" || cities.length < 2}>Watch</Button>
      </form>
      <ProblemNote problem={problem} onClose={clear} />
      <Shown of={found}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing is watched">When a gap grows beyond what you say, it is an event like any other.</Empty>
          ) : (
            <ul className="picks">
              {items.map((watch) => (
                <li key={watch.id} className="line">
                  <span>
                    <strong>{watch.make} {watch.model}</strong> in {watch.cities.join(", ")}, {words(watch.mode).toLowerCase()}, more than {exactly(watch.threshold)}
                    <span className="small faint"> by {watch.by}</span>
                    {watch.reason !== null && <span className="small soft"> {watch.reason}</span>}
                  </span>
                  <span className="row end">
                    {watch.gap !== null && <span className="small soft">{watch.best} by {exactly(watch.gap)} {watch.currency}{watch.toldAt !== null && `, ${moment(watch.toldAt)}`}</span>}
                    <Badge tone={watch.status === "exceeded" ? "good" : "calm"}>{words(watch.status)}</Badge>
                    <Button kind="small" disabled={busy} onClick={() => void run(`/api/listings/watches/${watch.id}`, {}, "DELETE")}>Remove</Button>
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

/** Rates as they are typed, "USD:1.36,GBP:1.72"; what is no rate is left out. */
function ratesOf(typed: string): { currency: string; rate: number }[] {
  return typed
    .split(",")
    .map((part) => part.split(":"))
    .map(([currency = "", rate = ""]) => ({ currency: currency.trim(), rate: Number(rate) }))
    .filter(({ currency, rate }) => currency !== "" && rate > 0);
}
