import { useMemo, useState } from "react";
import { rooted, withQuery } from "../../api/client";
import type { CompareMode, Comparison, Page, Shelf, Vehicle } from "../../api/types";
import { amount, count, moment, plural } from "../../format/format";
import { useResource } from "../../live/hooks";
import { Badge, Card, Choice, Empty, Field, PageHead, ProblemNote, Segments, Shown } from "../../parts/parts";
import { Import } from "./Import";
import { Scatter } from "./Scatter";
import { Watches } from "./Watches";
import "./listings.css";

const modes: readonly (readonly [CompareMode, string])[] = [["cheapest", "Lowest price"], ["price-per-km", "Price per kilometre"], ["total-cost", "Total cost"]];

const isListing = (event: { category: string }) => event.category === "shelf";

export function ListingsPage() {
  const shelves = useResource<Page<Shelf>>("/api/listings/shelves?limit=1000", isListing);
  const items = shelves.data?.items ?? [];
  return (
    <div className="page">
      <PageHead title="Listings">The same car costs more in one city than in another. Choose a model and some cities, and see where to buy.</PageHead>
      <Shown of={shelves}>
        {() =>
          items.length === 0 ? (
            <Card label="No listings">
              <Empty icon="listings" title="The shelves are empty">Drop a CSV file below, with year, make, model, price, mileage and location.</Empty>
            </Card>
          ) : (
            <Finder shelves={items} />
          )
        }
      </Shown>
      <div className="columns two">
        <Import />
        <ShelfTable shelves={items} />
      </div>
    </div>
  );
}

function Finder({ shelves }: { shelves: readonly Shelf[] }) {
  const models = useMemo(() => [...new Set(shelves.map((shelf) => `${shelf.make}/${shelf.model}`))].sort(), [shelves]);
  const [model, setModel] = useState<string | null>(null);
  const chosen = model !== null && models.includes(model) ? model : models[0]!;
  const [make = "", name = ""] = chosen.split("/");
  const here = shelves.filter((shelf) => shelf.make === make && shelf.model === name);
  const [wanted, want] = useState<readonly string[] | null>(null);
  const refOf = (shelf: Shelf) => `${shelf.country}/${shelf.city}`;
  const cities = wanted ?? here.slice(0, 2).map(refOf);
  const [mode, setMode] = useState<CompareMode>("cheapest");
  const [rates, setRates] = useState("");
  const currencies = [...new Set(here.filter((shelf) => cities.includes(refOf(shelf))).map((shelf) => shelf.currency))];
  const isMixed = currencies.length > 1;
  const ready = cities.length >= 2;
  const query = { cities: cities.join(","), make, model: name, mode, rates: isMixed ? rates : "" };
  const found = useResource<Comparison>(ready ? withQuery("/api/listings/compare", query) : null, isListing);
  const vehicles = useResource<Page<Vehicle>>(cities.length > 0 ? withQuery("/api/listings", { city: cities.join(","), make, model: name, limit: 1000 }) : null, isListing);
  const toggle = (city: string) => want(cities.includes(city) ? cities.filter((other) => other !== city) : [...cities, city]);
  return (
    <>
      <Card label="What to compare">
        <div className="stack">
          <div className="form finder">
            <Choice label="Model" value={chosen} onChange={(event) => setModel(event.target.value)} options={models.map((one) => [one, one.replace("/", " ")] as const)} />
            <div className="field">
              <span>Compared by</span>
              <Segments label="Compared by" options={modes} value={mode} onChange={setMode} />
            </div>
            {isMixed && <Field label="Rates" value={rates} placeholder="USD:1.36" hint={`${currencies.join(" and ")} are compared by rates only`} onChange={(event) => setRates(event.target.value.toUpperCase())} />}
          </div>
          <div className="row cities" role="group" aria-label="Cities">
            {here.map((shelf) => (
              <button key={shelf.shelf} type="button" className="city" aria-pressed={cities.includes(refOf(shelf))} onClick={() => toggle(refOf(shelf))}>
                {shelf.city} <span className="faint">{count(shelf.count)}</span>
              </button>
            ))}
          </div>
        </div>
      </Card>
      {!ready ? (
        <Card label="Comparison"><Empty icon="listings" title="Choose two cities or more">The better place to buy is named here.</Empty></Card>
      ) : (
        <Shown of={found}>{(comparison) => <Result comparison={comparison} />}</Shown>
      )}
      <div className="columns listing-columns">
        <Card title="Price against kilometres" aside={<span className="small soft">{plural(vehicles.data?.items.length ?? 0, "vehicle")}</span>}>
          <ProblemNote problem={vehicles.problem} />
          <Scatter vehicles={vehicles.data?.items ?? []} best={found.data?.best.vehicle.id ?? null} />
        </Card>
        <Card title="Vehicles" flush>
          <VehicleTable vehicles={vehicles.data?.items ?? []} best={found.data?.best.vehicle.id ?? null} />
        </Card>
      </div>
      <Watches cities={cities} make={make} model={name} mode={mode} rates={query.rates} />
    </>
  );
}

function Result({ comparison }: { comparison: Comparison }) {
  const decimals = comparison.mode === "price-per-km" ? 4 : 2;
  const values = comparison.byCity.map((city) => city.value ?? 0);
  const most = Math.max(...values);
  return (
    <Card title={comparison.recommendation} aside={comparison.saving !== null && <Badge tone="good">saves {amount(comparison.saving, decimals)} {comparison.currency}</Badge>}>
      <ul className="city-results">
        {comparison.byCity.map((city) => {
          const isBest = city.city === comparison.best.city && city.country === comparison.best.country;
          return (
            <li key={`${city.country} ${city.city}`} data-best={isBest}>
              <span className="spread">
                <strong>{city.city}</strong>
                {isBest ? <Badge tone="good">Buy here</Badge> : !city.fresh && <Badge tone="warn">Not fresh</Badge>}
              </span>
              <span className="big">{city.value === null ? "–" : `${amount(city.value, decimals)} ${comparison.currency}`}</span>
              <span className="value-bar" aria-hidden="true"><i style={{ width: `${most === 0 ? 0 : (100 * (city.value ?? 0)) / most}%` }} /></span>
              <span className="small soft">
                {city.vehicle === null ? "no such vehicle" : `${city.vehicle.year} ${city.vehicle.trim ?? city.vehicle.model}, ${city.vehicle.kilometres === null ? "unknown" : count(city.vehicle.kilometres)} km`}
              </span>
              <span className="small faint">
                {plural(city.count, "vehicle")}
                {city.median !== null && `, in the middle ${amount(city.median, comparison.mode === "price-per-km" ? decimals : 0)}`}
                {city.distanceKm !== null && `, ${count(city.distanceKm)} km away`}
              </span>
              {city.failure !== null && <span className="small" role="note">{city.failure.detail}</span>}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function VehicleTable({ vehicles, best }: { vehicles: readonly Vehicle[]; best: string | null }) {
  const shown = [...vehicles].sort((a, b) => a.price - b.price).slice(0, 100);
  if (shown.length === 0) return <Empty icon="listings" title="No vehicle">Choose a city that has this model.</Empty>;
  return (
    <div className="table-wrap scroll vehicles">
      <table>
        <thead>
          <tr>
            <th scope="col">Vehicle</th>
            <th scope="col">City</th>
            <th scope="col" className="number">Kilometres</th>
            <th scope="col" className="number">Price</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((vehicle) => (
            <tr key={vehicle.id} className={vehicle.id === best ? "chosen" : ""}>
              <td>
                {vehicle.year} {vehicle.trim ?? vehicle.model}
                <div className="small faint">{vehicle.seller}</div>
              </td>
              <td>{vehicle.city}</td>
              <td className="number">{vehicle.kilometres === null ? "–" : count(vehicle.kilometres)}</td>
              <td className="number">
                <strong>{amount(vehicle.price, 0)}</strong> <span className="faint small">{vehicle.currency}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ShelfTable({ shelves }: { shelves: readonly Shelf[] }) {
  return (
    <Card title="Shelves" flush aside={<a className="button small" href={rooted("/api/listings/export")} download="listings.csv">Export (CSV)</a>}>
      {shelves.length === 0 ? (
        <Empty title="None yet" />
      ) : (
        <div className="table-wrap scroll shelves">
          <table>
            <thead>
              <tr>
                <th scope="col">Shelf</th>
                <th scope="col" className="number">Vehicles</th>
                <th scope="col">From</th>
                <th scope="col">Since</th>
              </tr>
            </thead>
            <tbody>
              {shelves.map((shelf) => (
                <tr key={shelf.shelf}>
                  <td>
                    {shelf.make} {shelf.model}
                    <div className="small faint">{shelf.city}, {shelf.country}</div>
                  </td>
                  <td className="number">{count(shelf.count)}</td>
                  <td>
                    {shelf.source ?? "–"} {shelf.failure !== null && <Badge tone="warn">failed since</Badge>}
                  </td>
                  <td className="soft nowrap">
                    {shelf.fetchedAt === null ? "–" : moment(shelf.fetchedAt)} {shelf.fresh === false && <Badge tone="warn">old</Badge>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
