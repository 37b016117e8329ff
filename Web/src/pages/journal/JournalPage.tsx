import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { withQuery } from "../../api/client";
import type { JournalItem, Page, Verification } from "../../api/types";
import { matcher, noFilter, summary, type EventFilter } from "../../format/events";
import { count, plural, timeOfDay } from "../../format/format";
import { useJournal, useResource } from "../../live/hooks";
import { Check } from "../../parts/Check";
import { Icon } from "../../parts/Icon";
import { Badge, Button, Card, Choice, Empty, Field, PageHead, ProblemNote, type Tone } from "../../parts/parts";
import { go, hashOf, usePlace } from "../../parts/router";
import { EventDetail } from "./EventDetail";
import "./journal.css";

export const categoryTones: Record<string, Tone> = { auction: "violet", ledger: "good", region: "bad", book: "accent", stock: "accent", shelf: "warn", watch: "warn" };
const aroundSeq = 50;

export function JournalPage() {
  const place = usePlace();
  const live = useJournal();
  const [filter, setFilter] = useState<EventFilter>({ ...noFilter, stream: place.query.get("stream") ?? "" });
  const [frozen, freeze] = useState<readonly JournalItem[] | null>(null);
  const [past, setPast] = useState<number | null>(null);
  const chosen = /^[1-9]\d{0,15}$/.test(place.rest[0] ?? "") ? Number(place.rest[0]) : null;

  const page = useResource<Page<JournalItem>>(past === null ? null : withQuery("/api/journal", { after: Math.max(0, past - aroundSeq), limit: 500 }));
  const events = past === null ? (frozen ?? live.events) : (page.data?.items ?? []);
  const wanted = useDeferredValue(filter);
  const shown = useMemo(() => events.filter(matcher(wanted)).reverse(), [events, wanted]);
  const categories = useMemo(() => [...new Set(["auction", "ledger", "region", "stock", "book", "shelf", ...events.map((event) => event.category)])], [events]);
  const choose = (seq: number) => go(hashOf("journal", [String(seq)]));
  const known = chosen === null ? undefined : events.find((event) => event.seq === chosen);

  return (
    <div className="page">
      <PageHead title="Journal" actions={
          <Check<Verification> path="/api/journal/verify" good={(found) => `All ${count(found.events)} events are right`}>
            Verify the journal
          </Check>
        }>
        Every change of every market, one after the other, as it is committed. Choose an event to see what it came from.
      </PageHead>
      <div className="columns side">
        <Card
          title={past === null ? (frozen === null ? "As it is written" : "Paused") : `Around ${count(past)}`}
          flush
          aside={
            <>
              <Jump
                onJump={(seq) => {
                  setPast(seq);
                  choose(seq);
                }}
              />
              {past === null ? (
                <Button kind="small" onClick={() => freeze(frozen === null ? live.events : null)}>
                  <Icon name={frozen === null ? "pause" : "play"} />
                  {frozen === null ? "Pause" : "Go on"}
                </Button>
              ) : (
                <Button kind="small" onClick={() => setPast(null)}>
                  Back to now
                </Button>
              )}
            </>
          }
          footer={`${plural(shown.length, "event")} shown of the ${past === null ? "newest" : ""} ${count(events.length)}`}
        >
          <div className="filters">
            <Choice label="Category" value={filter.category} onChange={(event) => setFilter({ ...filter, category: event.target.value })} options={[["", "All"], ...categories.map((one) => [one, one] as const)]} />
            <Field label="Stream" value={filter.stream} placeholder="auction/7" onChange={(event) => setFilter({ ...filter, stream: event.target.value })} />
            <Field label="Type or content" value={filter.text} placeholder="bid-placed, ann, …" onChange={(event) => setFilter({ ...filter, text: event.target.value })} />
          </div>
          <ProblemNote problem={page.problem} />
          <EventList events={shown} chosen={chosen} onChoose={choose} />
        </Card>
        {chosen === null ? (
          <Card label="Event">
            <Empty icon="journal" title="No event chosen">
              Choose one in the list: with the mouse, or with the arrow keys and Enter.
            </Empty>
          </Card>
        ) : (
          <EventDetail seq={chosen} known={known} />
        )}
      </div>
    </div>
  );
}

const rowHeight = 34;

/** Only the rows in sight are in the document, however many there are. */
function EventList({ events, chosen, onChoose }: { events: readonly JournalItem[]; chosen: number | null; onChoose: (seq: number) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: events.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 8, getItemKey: (i) => events[i]!.seq });
  const [cursor, setCursor] = useState<number | null>(null);
  const at = events.findIndex((event) => event.seq === (cursor ?? chosen));
  const move = (to: number) => {
    const next = events[Math.min(Math.max(0, to), events.length - 1)];
    if (next === undefined) return;
    setCursor(next.seq);
    rows.scrollToIndex(events.indexOf(next));
  };
  if (events.length === 0) return <Empty title="No such event">Nothing in sight matches. Widen the filter, or wait for something to happen.</Empty>;
  return (
    <div
      ref={scroller}
      className="event-list"
      role="listbox"
      aria-label="Events, newest first"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `event-${events[at]!.seq}` : undefined}
      onKeyDown={(event) => {
        const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 12, PageUp: at - 12, Home: 0, End: events.length - 1 };
        const to = moves[event.key];
        if (to !== undefined) {
          event.preventDefault();
          move(to);
        } else if (event.key === "Enter" && at >= 0) onChoose(events[at]!.seq);
      }}
    >
      <div style={{ height: rows.getTotalSize(), position: "relative" }}>
        {rows.getVirtualItems().map((row) => {
          const event = events[row.index]!;
          return (
            <div
              key={row.key}
              id={`event-${event.seq}`}
              className="event-row"
              role="option"
              aria-selected={event.seq === chosen}
              data-cursor={event.seq === cursor}
              style={{ transform: `translateY(${row.start}px)` }}
              onClick={() => {
                setCursor(event.seq);
                onChoose(event.seq);
              }}
            >
              <span className="seq">{event.seq}</span>
              <time className="faint" dateTime={event.at}>
                {timeOfDay(event.at)}
              </time>
              <Badge tone={categoryTones[event.category] ?? "calm"}>{event.type}</Badge>
              <span className="stream mono">{event.stream}</span>
              <span className="what soft">{summary(event)}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Jump({ onJump }: { onJump: (seq: number) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        const seq = Number(text);
        if (Number.isInteger(seq) && seq > 0) onJump(seq);
      }}
    >
      <input className="jump" inputMode="numeric" aria-label="Go to the event at place" placeholder="Go to seq" value={text} onChange={(event) => setText(event.target.value.replace(/\D/g, ""))} />
      <Button kind="small" type="submit" disabled={text === ""}>
        Go
      </Button>
    </form>
  );
}
