import { useState } from "react";
import type { Auction, AuctionFormat, LedgerListItem, Page } from "../../api/types";
import { useActor, useCommand, useResource } from "../../live/hooks";
import { Button, Choice, Dialog, Field, ProblemNote } from "../../parts/parts";
import { go, hashOf } from "../../parts/router";

const formats: readonly (readonly [AuctionFormat, string])[] = [
  ["sealed-rounds", "Sealed rounds"],
  ["english", "English"],
  ["dutch", "Dutch"],
  ["first-price", "First price"],
  ["vickrey", "Vickrey"],
];

type Entry = readonly [name: string, label: string, initial: string, kind: "decimal" | "numeric", hint?: string];

/** What each format wants to know beyond what all of them do. What is left empty is left to the market's own defaults. */
const entries: Record<AuctionFormat, readonly Entry[]> = {
  "sealed-rounds": [
    ["minimumBid", "Minimum bid", "10.00", "decimal"],
    ["minimumRounds", "Rounds at least", "2", "numeric"],
    ["minimumBidders", "Bidders at least", "2", "numeric"],
    ["roundSeconds", "Seconds per round", "60", "numeric"],
  ],
  english: [
    ["minimumBid", "Minimum bid", "10.00", "decimal"],
    ["minimumBidders", "Bidders at least", "2", "numeric"],
    ["closesInSeconds", "Closes after seconds", "300", "numeric"],
    ["softCloseSeconds", "Soft close, seconds", "30", "numeric", "A bid this late extends it"],
    ["reserve", "Reserve", "", "decimal", "Nothing is sold below"],
    ["increment", "Increment", "", "decimal", "Empty: a ladder"],
    ["buyNow", "Buy now", "", "decimal"],
  ],
  dutch: [
    ["startPrice", "Begins at", "100.00", "decimal"],
    ["step", "Falls by", "5.00", "decimal"],
    ["stepSeconds", "Every … seconds", "10", "numeric"],
    ["floor", "Not below", "10.00", "decimal"],
    ["minimumBidders", "Bidders at least", "1", "numeric"],
  ],
  "first-price": [
    ["minimumBid", "Minimum bid", "10.00", "decimal"],
    ["minimumBidders", "Bidders at least", "2", "numeric"],
    ["roundSeconds", "Seconds to bid", "60", "numeric"],
  ],
  vickrey: [
    ["minimumBid", "Minimum bid", "10.00", "decimal"],
    ["minimumBidders", "Bidders at least", "2", "numeric"],
    ["roundSeconds", "Seconds to bid", "60", "numeric"],
  ],
};

export function CreateAuction({ open, onClose }: { open: boolean; onClose: () => void }) {
  const actor = useActor();
  const { busy, problem, clear, run } = useCommand("The auction is open.");
  const ledgers = useResource<Page<LedgerListItem>>(open ? "/api/ledgers?limit=100" : null);
  const [item, setItem] = useState("");
  const [format, setFormat] = useState<AuctionFormat>("sealed-rounds");
  const [asset, setAsset] = useState("");
  const [values, setValues] = useState<Record<string, string>>({});
  const valueOf = ([name, , initial]: Entry) => values[name] ?? initial;
  const submit = async () => {
    const numbers = Object.fromEntries(entries[format].filter((entry) => valueOf(entry) !== "").map((entry) => [entry[0], Number(valueOf(entry))]));
    const created = await run<Auction>("/api/auctions", { item, format, ...numbers, ...(asset !== "" && { asset }) });
    if (created === null) return;
    setItem("");
    onClose();
    go(hashOf("auctions", [created.id]));
  };
  return (
    <Dialog title="New auction" open={open} onClose={() => { clear(); onClose(); }} onSubmit={() => void submit()}>
      <div className="form">
        <div className="wide">
          <Field label="What is auctioned" required autoFocus value={item} maxLength={200} placeholder="A violin from Cremona" onChange={(event) => setItem(event.target.value)} />
        </div>
        <Choice label="Format" value={format} onChange={(event) => setFormat(event.target.value as AuctionFormat)} options={formats} />
        <Choice label="Paid in" value={asset} onChange={(event) => setAsset(event.target.value)} options={[["", "Unfunded"], ...(ledgers.data?.items ?? []).map((ledger) => [ledger.asset, ledger.asset] as const)]} />
        {entries[format].map((entry) => (
          <Field
            key={entry[0]}
            label={entry[1]}
            inputMode={entry[3]}
            value={valueOf(entry)}
            {...(entry[4] !== undefined && { hint: entry[4] })}
            onChange={(event) => setValues({ ...values, [entry[0]]: event.target.value })}
          />
        ))}
      </div>
      <p className="small soft">{actor} will be its auctioneer: who sells does not bid.</p>
      <ProblemNote problem={problem} />
      <div className="row end">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={busy}>
          Open the auction
        </Button>
      </div>
    </Dialog>
  );
}
