import { scaleLinear, scaleTime } from "d3-scale";
import { curveStepAfter, line } from "d3-shape";
import { withQuery } from "../../api/client";
import type { Auction, JournalItem, Page } from "../../api/types";
import { amount, timeOfDay } from "../../format/format";
import { useResource } from "../../live/hooks";
import { Card } from "../../parts/parts";

const [width, height, left, bottom] = [640, 180, 64, 24];

/** How the price moved, from the auction's own events. */
export function PriceHistory({ auction }: { auction: Auction }) {
  const stream = `auction/${auction.id}`;
  const events = useResource<Page<JournalItem>>(withQuery("/api/journal", { stream, after: 0, limit: 1000 }), (event) => event.stream === stream);
  const points = (events.data?.items ?? [])
    .filter((event) => event.seq <= auction.seq && (event.type === "auction.price-moved" || event.type === "auction.price-offered"))
    .map((event) => ({ at: Date.parse(event.at), price: Number(event.data.priceMinor) / 10 ** auction.scale, who: event.data.leader as string | undefined }));
  if (points.length === 0) return null;
  const prices = points.map((point) => point.price);
  const x = scaleTime([points[0]!.at, Math.max(points.at(-1)!.at, points[0]!.at + 10_000)], [left, width - 12]);
  const y = scaleLinear([Math.min(...prices) * 0.95, Math.max(...prices) * 1.05], [height - bottom, 10]).nice(4);
  const path = line<(typeof points)[number]>((point) => x(point.at), (point) => y(point.price)).curve(curveStepAfter)(points);
  return (
    <Card title="Price">
      <svg viewBox={`0 0 ${width} ${height}`} className="chart" role="img" aria-label={`The price moved ${points.length} times, from ${amount(prices[0]!, auction.scale)} to ${amount(prices.at(-1)!, auction.scale)}.`}>
        {y.ticks(4).map((tick) => (
          <g key={tick}>
            <line x1={left} x2={width - 12} y1={y(tick)} y2={y(tick)} className="grid-line" />
            <text x={left - 8} y={y(tick) + 4} textAnchor="end" className="tick">{amount(tick, auction.scale)}</text>
          </g>
        ))}
        {x.ticks(5).map((tick) => (
          <text key={tick.getTime()} x={x(tick)} y={height - 6} textAnchor="middle" className="tick">{timeOfDay(tick.getTime())}</text>
        ))}
        <path d={path ?? ""} className="curve" />
        {points.map((point) => (
          <circle key={point.at + point.price} cx={x(point.at)} cy={y(point.price)} r={3.5} className="point">
            <title>{`${timeOfDay(point.at)}: ${amount(point.price, auction.scale)}${point.who === undefined ? "" : ` by ${point.who}`}`}</title>
          </circle>
        ))}
      </svg>
    </Card>
  );
}
