import { useState } from "react";
import type { JournalItem } from "../../api/types";
import { relate } from "../../format/events";
import { count, fullTime, moment, words } from "../../format/format";
import { useResource } from "../../live/hooks";
import { Badge, Button, Card, Field, Shown } from "../../parts/parts";
import { hashOf, pageOfStream } from "../../parts/router";
import { categoryTones } from "./JournalPage";

const linkTo = (seq: number) => hashOf("journal", [String(seq)]);

/** One event with all that the journal keeps of it. */
export function EventDetail({ seq, known }: { seq: number; known: JournalItem | undefined }) {
  const asked = useResource<JournalItem>(known === undefined ? `/api/journal/${seq}` : null);
  const shown = known === undefined ? asked : { data: known, problem: null };
  return (
    <Card
      title={`Event ${count(seq)}`}
      aside={
        <>
          {seq > 1 && <a className="button small" href={linkTo(seq - 1)} aria-label="The event before">←</a>}
          <a className="button small" href={linkTo(seq + 1)} aria-label="The event after">→</a>
        </>
      }
    >
      <Shown of={shown}>{(event) => <Facts event={event} />}</Shown>
    </Card>
  );
}

function Facts({ event }: { event: JournalItem }) {
  const entity = pageOfStream(event.stream, event.seq);
  return (
    <div className="stack">
      <div className="row">
        <Badge tone={categoryTones[event.category] ?? "calm"}>{event.type}</Badge>
        <time className="soft" dateTime={event.at} title={fullTime(event.at)}>
          {moment(event.at)}
        </time>
      </div>
      <dl className="facts">
        <dt>Stream</dt>
        <dd>
          <code>{event.stream}</code>, version {event.version}
        </dd>
        <dt>Category</dt>
        <dd>
          {event.category}, number {count(event.ordinal)}
        </dd>
        <dt>Epoch</dt>
        <dd>{event.epoch}</dd>
        <dt>Causes</dt>
        <dd className="row">
          {event.causes.length === 0 ? <span className="faint">none named</span> : event.causes.map((cause) => <a key={cause} className="chip" href={linkTo(cause)}>{cause}</a>)}
        </dd>
        <dt>Clock</dt>
        <dd className="row">
          {Object.entries(event.clock).map(([node, ticks]) => (
            <span key={node} className="chip" title={`Node ${node}`}>
              {node}:{ticks}
            </span>
          ))}
        </dd>
        <dt>Command</dt>
        <dd>
          <code>{event.commandId}</code>
        </dd>
        <dt>Hash</dt>
        <dd>
          <code>{event.hash}</code>
        </dd>
      </dl>
      <div>
        <h3>What happened</h3>
        <pre className="json" tabIndex={0} aria-label="The event's data">{JSON.stringify(event.data, null, 2)}</pre>
      </div>
      {entity !== null && (
        <a className="button" href={entity}>
          See {event.stream.split("/")[1]} as of {count(event.seq)}
        </a>
      )}
      <Compare event={event} />
    </div>
  );
}

const meanings = {
  before: "could have been a cause of",
  after: "could have been caused by",
  concurrent: "knew nothing of, and was not known to,",
  same: "has the same clock as",
};

/** Whether this event could have caused another: because one of them names the other as its cause, or by their clocks. */
function Compare({ event }: { event: JournalItem }) {
  const [text, setText] = useState("");
  const [other, setOther] = useState<number | null>(null);
  const found = useResource<JournalItem>(other === null ? null : `/api/journal/${other}`);
  const named = found.data === null ? null : event.causes.includes(found.data.seq) ? "after" : found.data.causes.includes(event.seq) ? "before" : null;
  const relation = found.data === null ? null : (named ?? relate(event.clock, found.data.clock));
  return (
    <form
      className="row"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        setOther(text === "" ? null : Number(text));
      }}
    >
      <div style={{ flex: 1 }}>
        <Field label="Compare with the event at" inputMode="numeric" value={text} placeholder={String(Math.max(1, event.seq - 1))} onChange={(changed) => setText(changed.target.value.replace(/\D/g, ""))} />
      </div>
      <Button type="submit" style={{ alignSelf: "end" }}>Compare</Button>
      {found.problem !== null && <p className="small soft" role="alert">{found.problem.detail}</p>}
      {relation !== null && (
        <p className="small" role="status" style={{ flexBasis: "100%" }}>
          <strong>{words(relation)}:</strong> {event.seq} {meanings[relation]} {other}.
        </p>
      )}
    </form>
  );
}
