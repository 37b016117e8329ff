import { scaleLinear } from "d3-scale";
import type { IncidentListItem, Region } from "../../api/types";
import { plural, words } from "../../format/format";

const [width, height, margin] = [720, 520, 34];

/** The region on a plain grid of degrees: no map is fetched from anywhere. */
export function RegionMap({ region, incidents, chosen, onChoose, onPlace, target }: {
  region: Region;
  incidents: readonly IncidentListItem[];
  chosen: string | null;
  onChoose: (incident: string) => void;
  onPlace: (lat: number, lon: number) => void;
  target: { lat: number; lon: number } | null;
}) {
  const points = [...region.units, ...region.hospitals, ...incidents];
  if (points.length === 0) return null;
  const [lats, lons] = [points.map((point) => point.lat), points.map((point) => point.lon)];
  const pad = (low: number, high: number) => Math.max((high - low) * 0.08, 0.004);
  const [south, north, west, east] = [Math.min(...lats), Math.max(...lats), Math.min(...lons), Math.max(...lons)];
  // A degree of longitude is shorter than one of latitude, by the cosine of the latitude: both axes get the same metres per pixel.
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const [spanLat, spanLon] = [north - south + 2 * pad(south, north), (east - west + 2 * pad(west, east)) * squeeze];
  const perPixel = Math.max(spanLat / (height - 2 * margin), spanLon / (width - 2 * margin));
  const [midLat, midLon] = [(south + north) / 2, (west + east) / 2];
  const halfLon = ((width - 2 * margin) * perPixel) / 2 / squeeze;
  const halfLat = ((height - 2 * margin) * perPixel) / 2;
  const x = scaleLinear([midLon - halfLon, midLon + halfLon], [margin, width - margin]);
  const y = scaleLinear([midLat - halfLat, midLat + halfLat], [height - margin, margin]);
  const at = (point: { lat: number; lon: number }) => ({ x: x(point.lon), y: y(point.lat) });
  const unitByName = new Map(region.units.map((unit) => [unit.unit, unit]));
  const hospitalByName = new Map(region.hospitals.map((hospital) => [hospital.hospital, hospital]));
  return (
    <svg
      className="map"
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={`Map: ${plural(region.units.length, "unit")}, ${plural(region.hospitals.length, "hospital")}, ${plural(incidents.length, "open incident")}`}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const scale = Math.max(width / box.width, height / box.height);
        const px = (event.clientX - box.left - (box.width - width / scale) / 2) * scale;
        const py = (event.clientY - box.top - (box.height - height / scale) / 2) * scale;
        onPlace(Number(y.invert(py).toFixed(6)), Number(x.invert(px).toFixed(6)));
      }}
    >
      <rect width={width} height={height} rx={8} className="map-ground" />
      {x.ticks(8).map((tick) => (
        <g key={`x${tick}`}>
          <line x1={x(tick)} x2={x(tick)} y1={0} y2={height} className="map-grid" />
          <text x={x(tick) + 4} y={height - 8} className="tick">{tick.toFixed(2)}° E</text>
        </g>
      ))}
      {y.ticks(6).map((tick) => (
        <g key={`y${tick}`}>
          <line y1={y(tick)} y2={y(tick)} x1={0} x2={width} className="map-grid" />
          <text x={6} y={y(tick) - 4} className="tick">{tick.toFixed(2)}° N</text>
        </g>
      ))}
      {incidents.map((incident) => {
        const [unit, hospital] = [unitByName.get(incident.unit ?? ""), hospitalByName.get(incident.hospital ?? "")];
        const here = at(incident);
        return (
          <g key={incident.id} data-chosen={incident.id === chosen} className="route">
            {unit !== undefined && <line x1={at(unit).x} y1={at(unit).y} x2={here.x} y2={here.y} className="way unit-way" />}
            {hospital !== undefined && <line x1={here.x} y1={here.y} x2={at(hospital).x} y2={at(hospital).y} className="way hospital-way" />}
          </g>
        );
      })}
      {region.hospitals.map((hospital) => {
        const here = at(hospital);
        return (
          <g key={hospital.hospital} transform={`translate(${here.x} ${here.y})`} className="hospital" data-open={hospital.open && hospital.available > 0}>
            <title>{`${hospital.hospital}: ${hospital.open ? `${hospital.available} of ${hospital.beds} beds can be had` : "closed"}`}</title>
            <rect x={-12} y={-12} width={24} height={24} rx={6} />
            <path d="M0-6.5v13M-6.5 0h13" />
            <text x={-17} y={4} textAnchor="end">{hospital.hospital} {hospital.available}/{hospital.beds}</text>
          </g>
        );
      })}
      {region.units.map((unit) => {
        const here = at(unit);
        return (
          <g key={unit.unit} transform={`translate(${here.x} ${here.y})`} className="unit" data-status={unit.lost ? "lost" : unit.status}>
            <title>{`${unit.unit}: ${unit.lost ? "lost" : words(unit.status)}${unit.skills.length > 0 ? `, ${unit.skills.join(", ")}` : ""}`}</title>
            <circle r={9} />
            <text x={13} y={4}>{unit.unit}</text>
          </g>
        );
      })}
      {incidents.map((incident) => {
        const here = at(incident);
        return (
          <g
            key={incident.id}
            transform={`translate(${here.x} ${here.y})`}
            className="incident"
            data-chosen={incident.id === chosen}
            data-status={incident.status}
            role="button"
            tabIndex={0}
            aria-label={`Incident of severity ${incident.severity}, ${words(incident.status)}`}
            onClick={(event) => {
              event.stopPropagation();
              onChoose(incident.id);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" || event.key === " ") onChoose(incident.id);
            }}
          >
            <path d="M0-15 14 10-14 10z" />
            <text y={7} textAnchor="middle">{incident.severity}</text>
          </g>
        );
      })}
      {target !== null && (
        <g transform={`translate(${at(target).x} ${at(target).y})`} className="target">
          <circle r={12} />
          <path d="M-18 0h36M0-18v36" />
        </g>
      )}
    </svg>
  );
}
