import { scaleLinear } from "d3-scale";
import type { Candle } from "../../api/types";
import { amount, count, decimalsOf, timeOfDay } from "../../format/format";
import { Empty } from "../../parts/parts";

const [width, height, volume, right, bottom] = [620, 260, 44, 56, 22];

/** The last candles, oldest on the left. Stretches in which nothing was traded are left out. */
export function Candles({ candles, tick }: { candles: readonly Candle[]; tick: number }) {
  const shown = [...candles].reverse();
  if (shown.length === 0) return <Empty icon="exchange" title="No candle yet">They are made of trades.</Empty>;
  const decimals = decimalsOf(tick);
  const [low, high] = [Math.min(...shown.map((candle) => candle.low)), Math.max(...shown.map((candle) => candle.high))];
  const y = scaleLinear([low === high ? low - tick : low, low === high ? high + tick : high], [height - bottom - volume - 8, 10]);
  const most = Math.max(...shown.map((candle) => candle.volume));
  const slot = (width - right) / Math.max(shown.length, 24);
  const body = Math.max(2, Math.min(14, slot * 0.66));
  const last = shown.at(-1)!;
  const every = Math.ceil(shown.length / 6);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className="chart" role="img" aria-label={`${count(shown.length)} candles from ${amount(low, decimals)} to ${amount(high, decimals)}, the last one closed at ${amount(last.close, decimals)}.`}>
      {y.ticks(5).map((price) => (
        <g key={price}>
          <line x1={0} x2={width - right} y1={y(price)} y2={y(price)} className="grid-line" />
          <text x={width - right + 8} y={y(price) + 4} className="tick">{amount(price, decimals)}</text>
        </g>
      ))}
      {shown.map((candle, i) => {
        const x = (i + 0.5) * slot;
        const [top, base] = [y(Math.max(candle.open, candle.close)), y(Math.min(candle.open, candle.close))];
        const tall = (volume * candle.volume) / most;
        return (
          <g key={candle.from} className={candle.close >= candle.open ? "candle up" : "candle down"}>
            <title>{`${timeOfDay(candle.from)}: ${amount(candle.open, decimals)} → ${amount(candle.close, decimals)}, ${count(candle.volume)} in ${candle.trades} trades`}</title>
            <line x1={x} x2={x} y1={y(candle.high)} y2={y(candle.low)} />
            <rect x={x - body / 2} y={top} width={body} height={Math.max(1.5, base - top)} rx={1} />
            <rect x={x - body / 2} y={height - bottom - tall} width={body} height={tall} className="volume" />
            {i % every === 0 && <text x={x} y={height - 5} textAnchor="middle" className="tick">{timeOfDay(candle.from)}</text>}
          </g>
        );
      })}
    </svg>
  );
}
