import { useState } from "react";
import { withQuery } from "../../api/client";
import type { ChainReport, Incident, IncidentListItem, Page, Region, RegionListItem } from "../../api/types";
import { count, moment, plural, words } from "../../format/format";
import { useActor, useCommand, useResource } from "../../live/hooks";
import { Check } from "../../parts/Check";
import { AsOf, Badge, Button, Card, Choice, Countdown, Empty, Field, Figure, Figures, PageHead, ProblemNote, Segments, Shown, Status, type Tone } from "../../parts/parts";
import { go, hashOf, usePlace } from "../../parts/router";
import { Chain } from "./Chain";
import { RegionMap } from "./RegionMap";
import "./dispatch.css";

const incidentTones: Record<string, Tone> = {
  queued: "warn", dispatched: "accent", acknowledged: "accent", "on-scene": "accent", transporting: "violet", "at-hospital": "good", completed: "good",
};
const unitTones: Record<string, Tone> = { available: "good", dispatched: "accent", "on-scene": "accent", transporting: "violet", "at-hospital": "violet" };

/** `#/dispatch/stuttgart/4n1…?at=40` */
export function DispatchPage() {
  const place = usePlace();
  const regions = useResource<Page<RegionListItem>>("/api/dispatch?limit=200", (event) => event.type === "region.opened");
  const items = regions.data?.items ?? [];
  const region = place.rest[0] ?? items[0]?.region ?? null;
  return (
    <div className="page">
      <PageHead
        title="Dispatch"
        actions={
          <>
            {items.length > 1 && <Segments label="Region" options={items.map((one) => [one.region, one.region] as const)} value={region ?? ""} onChange={(next) => go(hashOf("dispatch", [next]))} />}
            {region !== null && (
              <Check<ChainReport> key={region} path={`/api/dispatch/${region}/verify`} good={(found) => `${plural(found.incidents, "chain")}, ${count(found.causes)} causes: all right`}>
                Verify the chains
              </Check>
            )}
          </>
        }
      >
        The nearest unit that can help is sent, and a bed is reserved. Each decision says why, and names the events that it follows from.
      </PageHead>
      <ProblemNote problem={regions.problem} />
      {region !== null && <Whole key={region} name={region} incident={place.rest[1] ?? null} at={place.query.get("at")} />}
      {regions.data !== null && items.length === 0 && <Empty icon="dispatch" title="No region yet">The first ambulance or hospital that registers opens its region: POST /api/dispatch/stuttgart/units.</Empty>}
    </div>
  );
}

function Whole({ name, incident, at }: { name: string; incident: string | null; at: string | null }) {
  const stream = `region/${name}`;
  const isOurs = (event: { stream: string; type: string }) => at === null && event.stream === stream && event.type !== "region.unit-seen";
  const found = useResource<Region>(withQuery(`/api/dispatch/${name}`, { at }), isOurs);
  // The list is of now: as the region was, only the incident is shown that the address names.
  const list = useResource<Page<IncidentListItem>>(at === null ? withQuery(`/api/dispatch/${name}/incidents`, { limit: 50 }) : null, isOurs);
  const incidents = list.data?.items ?? [];
  const active = incidents.filter((one) => one.closedAt === null);
  const chosen = incident ?? active[0]?.id ?? incidents[0]?.id ?? null;
  const [target, setTarget] = useState<{ lat: number; lon: number } | null>(null);
  return (
    <>
      <AsOf at={at} onLeave={() => go(hashOf("dispatch", [name]))} />
      <Shown of={found}>
        {(region) => (
          <>
            <Figures label="The region in figures">
              <Figure name="Units available">
                {region.idleUnits} <small>of {region.unitCount}</small>
              </Figure>
              <Figure name="Beds to be had">{count(region.bedsAvailable)}</Figure>
              <Figure name="Open incidents">{count(region.activeIncidents)}</Figure>
              <Figure name="Waiting for a unit" tone={region.queuedIncidents > 0 ? "bad" : "calm"}>{count(region.queuedIncidents)}</Figure>
              <Figure name="Waiting for a bed" tone={region.awaitingBeds > 0 ? "bad" : "calm"}>{count(region.awaitingBeds)}</Figure>
              <Figure name="Finished">
                {count(region.finishedIncidents)} <small>of {count(region.reportedIncidents)}</small>
              </Figure>
            </Figures>
            <div className="columns dispatch-columns">
              <Card title={name} flush {...(at === null && { footer: "Click on the map to choose where an incident is." })}>
                <RegionMap region={region} incidents={at === null ? active : []} chosen={chosen} target={target} onPlace={(lat, lon) => setTarget({ lat, lon })} onChoose={(id) => go(hashOf("dispatch", [name, id]))} />
              </Card>
              <div className="stack">
                {at === null && <Report region={name} target={target} onTarget={setTarget} />}
                {at === null && (
                  <Card title="Incidents" flush>
                    <ProblemNote problem={list.problem} />
                    {incidents.length === 0 ? (
                      <Empty icon="check" title="All calm">No incident was reported in {name} so far.</Empty>
                    ) : (
                      <nav className="picks scroll incident-list" aria-label="Incidents">
                        {incidents.map((one) => (
                          <a key={one.id} className="pick" href={hashOf("dispatch", [name, one.id])} aria-current={one.id === chosen}>
                            <span className="spread">
                              <strong>
                                Severity {one.severity}, by {one.reporter}
                              </strong>
                              <Status value={one.status} tones={incidentTones} />
                            </span>
                            <span className="small soft">
                              {moment(one.reportedAt)}
                              {one.unit !== null && ` · ${one.unit}`}
                              {one.hospital !== null && ` → ${one.hospital}`}
                              {one.reason !== null && ` · ${one.reason}`}
                            </span>
                          </a>
                        ))}
                      </nav>
                    )}
                  </Card>
                )}
              </div>
            </div>
            {chosen !== null && <IncidentCard key={chosen} region={name} id={chosen} at={at} />}
            <Units region={region} />
          </>
        )}
      </Shown>
    </>
  );
}

type Target = { lat: number; lon: number };

function Report({ region, target, onTarget }: { region: string; target: Target | null; onTarget: (target: Target) => void }) {
  const actor = useActor();
  const { busy, problem, clear, run } = useCommand("Reported.");
  const [severity, setSeverity] = useState("2");
  const [needs, setNeeds] = useState("");
  const submit = async () => {
    if (target === null) return;
    const reported = await run<Incident>(`/api/dispatch/${region}/incidents`, { ...target, severity: Number(severity), needs: needs === "" ? [] : [needs], reporter: actor });
    if (reported !== null) go(hashOf("dispatch", [region, reported.id]));
  };
  return (
    <Card title="Report an incident">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div className="form">
          <Choice label="Severity" value={severity} onChange={(event) => setSeverity(event.target.value)} options={[["1", "1, most severe"], ["2", "2"], ["3", "3"], ["4", "4"], ["5", "5"]]} />
          <Field label="Needs" value={needs} placeholder="als, or nothing" onChange={(event) => setNeeds(event.target.value.trim())} />
          <Degrees label="Latitude" value={target?.lat} onChange={(lat) => onTarget({ lat, lon: target?.lon ?? 0 })} />
          <Degrees label="Longitude" value={target?.lon} onChange={(lon) => onTarget({ lat: target?.lat ?? 0, lon })} />
        </div>
        <div className="row">
          <Button kind="primary" type="submit" disabled={busy || target === null}>Report</Button>
          {target === null && <span className="small soft">First choose the place: click on the map, or write it here.</span>}
        </div>
        <ProblemNote problem={problem} onClose={clear} />
      </form>
    </Card>
  );
}

/** A number that is half written while somebody writes it. */
function Degrees({ label, value, onChange }: { label: string; value: number | undefined; onChange: (value: number) => void }) {
  const [text, setText] = useState<string | null>(null);
  return (
    <Field
      label={label}
      inputMode="decimal"
      pattern="-?[0-9]+([.][0-9]+)?"
      value={text ?? value?.toFixed(5) ?? ""}
      onChange={(event) => setText(event.target.value.replace(",", ".").replace(/[^0-9.-]/g, ""))}
      onBlur={() => {
        if (text !== null && text !== "" && Number.isFinite(Number(text))) onChange(Number(text));
        setText(null);
      }}
    />
  );
}

/** What the unit on an incident can say next, as the region allows it. */
const nextOf: Partial<Record<string, readonly (readonly [string, string])[]>> = {
  dispatched: [["acknowledged", "Acknowledge"], ["declined", "Decline"]],
  acknowledged: [["on-scene", "Arrive"]],
  "on-scene": [["transporting", "Leave for the hospital"], ["available", "Nobody to bring"]],
  transporting: [["at-hospital", "Deliver"]],
  "at-hospital": [["available", "Be available"]],
};

function IncidentCard({ region, id, at }: { region: string; id: string; at: string | null }) {
  const stream = `region/${region}`;
  const found = useResource<Incident>(withQuery(`/api/dispatch/${region}/incidents/${id}`, { at }), (event) => at === null && event.stream === stream);
  const { busy, problem, clear, run } = useCommand();
  return (
    <Shown of={found}>
      {(incident) => (
        <Card title={`Incident by ${incident.reporter}, severity ${incident.severity}`} aside={<Status value={incident.status} tones={incidentTones} />}>
          <div className="incident-detail">
            <div className="stack">
              <dl className="facts">
                <dt>Reported</dt>
                <dd>{moment(incident.reportedAt)}</dd>
                {incident.closedAt !== null && (
                  <>
                    <dt>Over</dt>
                    <dd>{moment(incident.closedAt)}</dd>
                  </>
                )}
                <dt>Where</dt>
                <dd>
                  {incident.lat.toFixed(4)}° N, {incident.lon.toFixed(4)}° E
                </dd>
                <dt>Needs</dt>
                <dd>{incident.needs.length === 0 ? "nothing special" : incident.needs.join(", ")}</dd>
                <dt>Unit</dt>
                <dd>{incident.unit ?? "none yet"}</dd>
                <dt>Hospital</dt>
                <dd>{incident.hospital ?? "none yet"}</dd>
                {incident.reason !== null && (
                  <>
                    <dt>Waits because</dt>
                    <dd>{incident.reason}</dd>
                  </>
                )}
                {incident.acknowledgeBy !== null && (
                  <>
                    <dt>To acknowledge in</dt>
                    <dd>
                      <Countdown until={incident.acknowledgeBy} />
                    </dd>
                  </>
                )}
              </dl>
              {at === null && incident.unit !== null && nextOf[incident.status] !== undefined && (
                <div className="row" role="group" aria-label={`What ${incident.unit} says`}>
                  <span className="soft small">{incident.unit} says:</span>
                  {nextOf[incident.status]!.map(([status, text]) => (
                    <Button key={status} kind="small" disabled={busy} onClick={() => void run(`/api/dispatch/${region}/units/${incident.unit}/status`, { status, incident: id })}>
                      {text}
                    </Button>
                  ))}
                </div>
              )}
              {at === null && incident.closedAt === null && (
                <div className="row">
                  <Button kind="small danger" disabled={busy} onClick={() => void run(`/api/dispatch/${region}/incidents/${id}/cancel`, {})}>False alarm</Button>
                </div>
              )}
              <ProblemNote problem={problem} onClose={clear} />
            </div>
            {incident.steps.length === 0 ? <Empty title="Finished long ago">Its events are in the journal.</Empty> : <Chain steps={incident.steps} />}
          </div>
        </Card>
      )}
    </Shown>
  );
}

function Units({ region }: { region: Region }) {
  return (
    <div className="columns two">
      <Card title="Units" flush>
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th scope="col">Unit</th>
                <th scope="col">Does</th>
                <th scope="col">Skills</th>
                <th scope="col">Last heard</th>
              </tr>
            </thead>
            <tbody>
              {region.units.map((unit) => (
                <tr key={unit.unit}>
                  <td>
                    <strong>{unit.unit}</strong>
                  </td>
                  <td>{unit.lost ? <Badge tone="bad">Lost</Badge> : <Status value={unit.status} tones={unitTones} />}</td>
                  <td className="soft">{unit.skills.join(", ") || "–"}</td>
                  <td className="soft nowrap">{moment(unit.seenAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      <Hospitals region={region} />
    </div>
  );
}

function Hospitals({ region }: { region: Region }) {
  const { busy, problem, clear, run } = useCommand();
  return (
    <Card title="Hospitals" flush>
      <ProblemNote problem={problem} onClose={clear} />
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">Hospital</th>
              <th scope="col">Beds</th>
              <th scope="col" className="number">Reserved</th>
              <th scope="col">
                <span className="hidden-from-sight">Open or close</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {region.hospitals.map((hospital) => (
              <tr key={hospital.hospital}>
                <td>
                  <strong>{words(hospital.hospital)}</strong> {!hospital.open && <Badge tone="bad">Closed</Badge>}
                </td>
                <td>
                  <span className="beds" role="img" aria-label={`${hospital.available} of ${hospital.beds} beds can be had`}>
                    {Array.from({ length: Math.min(hospital.beds, 24) }, (_, i) => (
                      <i key={i} data-bed={i < hospital.available ? "free" : i < hospital.available + hospital.reserved ? "reserved" : "taken"} />
                    ))}
                  </span>
                </td>
                <td className="number">{hospital.reserved}</td>
                <td className="number">
                  <Button kind="small" disabled={busy} onClick={() => void run(`/api/dispatch/${region.region}/hospitals/${hospital.hospital}/beds`, { open: !hospital.open })}>
                    {hospital.open ? "Close" : "Open"}
                    <span className="hidden-from-sight"> {hospital.hospital}</span>
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
