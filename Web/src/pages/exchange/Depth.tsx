import { scaleLinear } from "d3-scale";
import { area, curveStepAfter } from "d3-shape";
import { useState } from "react";
import type { Book } from "../../api/types";
import { amount, count, decimalsOf } from "../../format/format";
import { Empty, Segments } from "../../parts/parts";
import { coarser, ladderOf, type Rung } from "./ladder";

const shownRungs = 12;

type Grouping = "1" | "5" | "10";
const groupings: readonly Grouping[] = ["1", "5", "10"];

/** Both sides around the spread; a price that is chosen goes into the order form. */
export function LadderTable({ book, onPick }: { book: Book; onPick: (price: string) => void }) {
  const [ticks, setTicks] = useState<Grouping>("1");
  const step = book.tick * Number(ticks);
  const ladder = ticks === "1" ? ladderOf(book.bids, book.asks, shownRungs) : ladderOf(coarser(book.bids, step, "bid"), coarser(book.asks, step, "ask"), shownRungs);
  const decimals = decimalsOf(book.tick);
  if (ladder.bids.length + ladder.asks.length === 0) return <Empty icon="exchange" title="The book is empty">Place a limit order: it rests here until somebody meets it.</Empty>;
  const row = (rung: Rung, side: "bid" | "ask") => (
    <tr key={`${side}${rung.price}`} className={`rung ${side}`}>
      <td className="number">
        <button type="button" className="link" aria-label={`Use the price ${amount(rung.price, decimals)}`} onClick={() => onPick(rung.price.toFixed(decimals))}>
          {amount(rung.price, decimals)}
        </button>
      </td>
      <td className="number">{amount(rung.quantity, decimalsOf(book.lot))}</td>
      <td className="number total">
        <span className="fill" style={{ width: `${100 * rung.share}%` }} aria-hidden="true" />
        <span>{amount(rung.total, decimalsOf(book.lot))}</span>
      </td>
    </tr>
  );
  return (
    <>
      <div className="list-head">
        <Segments label="Prices put together in steps of" options={groupings.map((one) => [one, amount(book.tick * Number(one), decimals)] as const)} value={ticks} onChange={setTicks} />
      </div>
      <table className="ladder">
        <thead>
          <tr>
            <th scope="col" className="number">Price</th>
            <th scope="col" className="number">Quantity</th>
            <th scope="col" className="number">Total</th>
          </tr>
        </thead>
        <tbody>{ladder.asks.map((rung) => row(rung, "ask")).reverse()}</tbody>
        <tbody>
          <tr className="spread-row">
            <td colSpan={3}>
              <span className="spread">
                <strong>{book.last === null ? "no trade yet" : amount(book.last, decimals)}</strong>
                <span className="soft small">{ladder.spread === null ? "one side is empty" : `spread ${amount(ladder.spread, decimals)}`}</span>
              </span>
            </td>
          </tr>
        </tbody>
        <tbody>{ladder.bids.map((rung) => row(rung, "bid"))}</tbody>
      </table>
    </>
  );
}

const [width, height, bottom] = [620, 200, 24];

/** How much is offered up to each price. */
export function Depth({ book }: { book: Book }) {
  const ladder = ladderOf(book.bids, book.asks, 50);
  const all = [...ladder.bids, ...ladder.asks];
  if (all.length < 2) return <p className="soft">There is too little in the book to draw.</p>;
  const prices = all.map((rung) => rung.price);
  const x = scaleLinear([Math.min(...prices), Math.max(...prices)], [10, width - 10]);
  const y = scaleLinear([0, Math.max(...all.map((rung) => rung.total))], [height - bottom, 8]);
  const shape = area<Rung>((rung) => x(rung.price), y(0), (rung) => y(rung.total)).curve(curveStepAfter);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className="chart" role="img" aria-label={`Depth: ${count(ladder.bids.at(-1)?.total ?? 0)} bid for and ${count(ladder.asks.at(-1)?.total ?? 0)} offered.`}>
      {y.ticks(3).map((tick) => (
        <g key={tick}>
          <line x1={10} x2={width - 10} y1={y(tick)} y2={y(tick)} className="grid-line" />
          <text x={14} y={y(tick) - 4} className="tick">{count(tick)}</text>
        </g>
      ))}
      <path d={shape(ladder.bids) ?? ""} className="depth-bid" />
      <path d={shape(ladder.asks) ?? ""} className="depth-ask" />
      {x.ticks(6).map((tick) => (
        <text key={tick} x={x(tick)} y={height - 6} textAnchor="middle" className="tick">{amount(tick, decimalsOf(book.tick))}</text>
      ))}
    </svg>
  );
}
