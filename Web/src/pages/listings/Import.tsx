import { useRef, useState } from "react";
import { withQuery } from "../../api/client";
import { plural } from "../../format/format";
import { useCommand, useLive } from "../../live/hooks";
import { Icon } from "../../parts/Icon";
import { Button, Card, Field, ProblemNote } from "../../parts/parts";

/** A CSV file, dropped or chosen: all of it, or, if a line is wrong, nothing. */
export function Import() {
  const { say } = useLive();
  const { busy, problem, clear, run } = useCommand();
  const [isOver, setOver] = useState(false);
  const [city, setCity] = useState("");
  const [country, setCountry] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    const imported = await run<{ rows: number; shelves: unknown[] }>(withQuery("/api/listings/import", { city, country }), file);
    if (imported !== null) say("good", `${plural(imported.rows, "vehicle")} on ${plural(imported.shelves.length, "shelf", "shelves")}.`);
  };
  return (
    <Card title="Import">
      <div className="stack">
        <div
          className="drop"
          data-over={isOver}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            void take(event.dataTransfer.files[0]);
          }}
        >
          <Icon name="down" />
          <strong>Drop a CSV file here</strong>
          <span className="small soft">year, make, model, price, mileage, location, and more if there is more</span>
          <Button disabled={busy} onClick={() => input.current?.click()}>{busy ? "Importing …" : "Choose a file"}</Button>
          <input
            ref={input}
            type="file"
            accept=".csv,text/csv"
            className="hidden-from-sight"
            tabIndex={-1}
            aria-label="CSV file"
            onChange={(event) => {
              void take(event.target.files?.[0]);
              event.target.value = "";
            }}
          />
        </div>
        <div className="form">
          <Field label="City, where no column says it" value={city} placeholder="Toronto" onChange={(event) => setCity(event.target.value)} />
          <Field label="Country" value={country} placeholder="CA" maxLength={2} onChange={(event) => setCountry(event.target.value.toUpperCase())} />
        </div>
        <ProblemNote problem={problem} onClose={clear} />
      </div>
    </Card>
  );
}
