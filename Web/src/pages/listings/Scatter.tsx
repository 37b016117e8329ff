import { scaleLinear } from "d3-scale";
import type { Vehicle } from "../../api/types";
import { amount, count } from "../../format/format";
import { Empty } from "../../parts/parts";

const [width, height, left, bottom] = [640, 340, 62, 40];

/** Each vehicle by what it costs and how far it was driven. Cheap and little driven is down on the left. */
export function Scatter({ vehicles, best }: { vehicles: readonly Vehicle[]; best: string | null }) {
  const shown = vehicles.filter((vehicle) => vehicle.kilometres !== null);
  if (shown.length === 0) return <Empty icon="listings" title="Nothing to draw">No vehicle here says how far it was driven.</Empty>;
  const cities = [...new Set(shown.map((vehicle) => vehicle.city))];
  const currencies = [...new Set(shown.map((vehicle) => vehicle.currency))];
  const x = scaleLinear([0, Math.max(...shown.map((vehicle) => vehicle.kilometres!))], [left, width - 12]).nice();
  const y = scaleLinear([0, Math.max(...shown.map((vehicle) => vehicle.price))], [height - bottom, 10]).nice();
  const colour = (city: string) => `var(--series-${(cities.indexOf(city) % 5) + 1})`;
  const marked = shown.find((vehicle) => vehicle.id === best);
  return (
    <>
      <svg viewBox={`0 0 ${width} ${height}`} className="chart" role="img" aria-label={`${shown.length} vehicles in ${cities.join(", ")}, by price and kilometres`}>
        {y.ticks(6).map((tick) => (
          <g key={tick}>
            <line x1={left} x2={width - 12} y1={y(tick)} y2={y(tick)} className="grid-line" />
            <text x={left - 8} y={y(tick) + 4} textAnchor="end" className="tick">{count(tick)}</text>
          </g>
        ))}
        {x.ticks(6).map((tick) => (
          <text key={tick} x={x(tick)} y={height - bottom + 18} textAnchor="middle" className="tick">{count(tick)}</text>
        ))}
        <text x={(width + left) / 2} y={height - 4} textAnchor="middle" className="tick">kilometres</text>
        {shown.map((vehicle) => (
          <circle key={vehicle.id} cx={x(vehicle.kilometres!)} cy={y(vehicle.price)} r={4} fill={colour(vehicle.city)} className="vehicle">
            <title>{`${vehicle.year} ${vehicle.model}, ${vehicle.city}: ${amount(vehicle.price, 0)} ${vehicle.currency}, ${count(vehicle.kilometres!)} km`}</title>
          </circle>
        ))}
        {marked !== undefined && <circle cx={x(marked.kilometres!)} cy={y(marked.price)} r={9} className="best-ring" />}
      </svg>
      <p className="row small soft">
        {cities.map((city) => (
          <span key={city} className="row" style={{ gap: 6 }}>
            <span className="swatch" style={{ background: colour(city) }} aria-hidden="true" />
            {city}
          </span>
        ))}
        <span className="faint">price in {currencies.join(" and ")}{currencies.length > 1 ? ", not converted" : ""}; the ring marks the recommended one</span>
      </p>
    </>
  );
}
