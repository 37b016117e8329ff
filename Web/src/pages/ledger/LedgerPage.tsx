import { useState } from "react";
import { withQuery } from "../../api/client";
import type { LedgerListItem, Page, TrialBalance } from "../../api/types";
import { amount, count } from "../../format/format";
import { useActor, useCommand, useResource } from "../../live/hooks";
import { Icon } from "../../parts/Icon";
import { AsOf, Button, Card, Dialog, Empty, Field, Figure, Figures, PageHead, Person, ProblemNote, Segments, Shown } from "../../parts/parts";
import { go, hashOf, usePlace } from "../../parts/router";
import { AccountCard } from "./AccountCard";
import { Proposals } from "./Proposals";
import { TransferForm } from "./TransferForm";
import "./ledger.css";

/** `#/ledger/USD/ann?at=40` */
export function LedgerPage() {
  const place = usePlace();
  const ledgers = useResource<Page<LedgerListItem>>("/api/ledgers?limit=200", (event) => event.type === "ledger.created");
  const asset = place.rest[0] ?? ledgers.data?.items.find((ledger) => ledger.asset === "USD")?.asset ?? ledgers.data?.items[0]?.asset ?? null;
  const [opening, open] = useState<"ledger" | "account" | null>(null);
  const items = ledgers.data?.items ?? [];
  return (
    <div className="page">
      <PageHead
        title="Ledger"
        actions={
          <>
            {items.length > 0 && <Segments label="Asset" options={items.map((ledger) => [ledger.asset, ledger.asset] as const)} value={asset ?? ""} onChange={(next) => go(hashOf("ledger", [next]))} />}
            <Button onClick={() => open("ledger")}>
              <Icon name="plus" />
              New ledger
            </Button>
          </>
        }
      >
        Double entry: every amount leaves one account and reaches another, now or when a hold is posted. The sums must agree, always.
      </PageHead>
      <ProblemNote problem={ledgers.problem} />
      {asset !== null && <Whole key={asset} asset={asset} account={place.rest[1] ?? null} at={place.query.get("at")} onOpenAccount={() => open("account")} />}
      {ledgers.data !== null && items.length === 0 && <Empty icon="ledger" title="No ledger yet">Open the ledger of an asset: kWh, USD, or whatever is traded.</Empty>}
      <NewLedger open={opening === "ledger"} onClose={() => open(null)} />
      {asset !== null && <NewAccount asset={asset} open={opening === "account"} onClose={() => open(null)} />}
    </div>
  );
}

function Whole({ asset, account, at, onOpenAccount }: { asset: string; account: string | null; at: string | null; onOpenAccount: () => void }) {
  const actor = useActor();
  const stream = `ledger/${asset}`;
  const balance = useResource<TrialBalance>(withQuery(`/api/ledgers/${asset}`, { limit: 200, at }), (event) => at === null && event.stream === stream);
  const accounts = balance.data?.accounts ?? [];
  const chosen = account ?? accounts.find((line) => line.account === actor)?.account ?? accounts[1]?.account ?? null;
  const scale = balance.data?.scale ?? 2;
  return (
    <>
      <AsOf at={at} onLeave={() => go(hashOf("ledger", account === null ? [asset] : [asset, account]))} />
      <Shown of={balance}>
        {(sums) => (
          <>
            <Figures label="Trial balance">
              <Figure name="Trial balance" tone={sums.balanced ? "good" : "bad"}>{sums.balanced ? "balanced" : "off"}</Figure>
              <Figure name="Posted debits">{amount(sums.postedDebits, scale)}</Figure>
              <Figure name="Posted credits">{amount(sums.postedCredits, scale)}</Figure>
              <Figure name="Held debits">{amount(sums.pendingDebits, scale)}</Figure>
              <Figure name="Held credits">{amount(sums.pendingCredits, scale)}</Figure>
              <Figure name="Accounts">{count(sums.accountCount)}</Figure>
            </Figures>
            <div className="columns ledger-columns">
              <div className="stack">
                <Card title={`Accounts in ${asset}`} flush aside={<Button kind="small" onClick={onOpenAccount}>Open an account</Button>}>
                  <Accounts sums={sums} chosen={chosen} />
                </Card>
                <Proposals asset={asset} scale={scale} accounts={accounts.map((line) => line.account)} isPast={at !== null} />
              </div>
              <div className="stack">
                {at === null && <TransferForm asset={asset} scale={scale} accounts={accounts.map((line) => line.account)} />}
                {chosen !== null && <AccountCard key={chosen} asset={asset} account={chosen} scale={scale} at={at} />}
              </div>
            </div>
          </>
        )}
      </Shown>
    </>
  );
}

function Accounts({ sums, chosen }: { sums: TrialBalance; chosen: string | null }) {
  const money = (value: number) => (value === 0 ? <span className="faint">{amount(0, sums.scale)}</span> : amount(value, sums.scale));
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col" className="number">Balance</th>
            <th scope="col" className="number">Available</th>
            <th scope="col" className="number">Debits</th>
            <th scope="col" className="number">Credits</th>
            <th scope="col" className="number">Held</th>
          </tr>
        </thead>
        <tbody>
          {sums.accounts.map((line) => (
            <tr key={line.account} className={line.account === chosen ? "chosen" : "can"}>
              <td>
                <a className="plain" href={hashOf("ledger", [sums.asset, line.account])} aria-current={line.account === chosen ? "true" : undefined}>
                  <Person name={line.account} />
                </a>
              </td>
              <td className="number"><strong>{amount(line.balance, sums.scale)}</strong></td>
              <td className="number">{money(line.available)}</td>
              <td className="number">{money(line.postedDebits)}</td>
              <td className="number">{money(line.postedCredits)}</td>
              <td className="number">{money(line.pendingDebits)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td>All accounts</td>
            <td className="number">{amount(sums.postedCredits - sums.postedDebits, sums.scale)}</td>
            <td />
            <td className="number">{amount(sums.postedDebits, sums.scale)}</td>
            <td className="number">{amount(sums.postedCredits, sums.scale)}</td>
            <td className="number">{amount(sums.pendingDebits, sums.scale)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function NewLedger({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { busy, problem, clear, run } = useCommand("The ledger is open.");
  const [asset, setAsset] = useState("");
  const [scale, setScale] = useState("2");
  const submit = async () => {
    if ((await run("/api/ledgers", { asset, scale: Number(scale) })) === null) return;
    onClose();
    go(hashOf("ledger", [asset]));
  };
  return (
    <Dialog title="New ledger" open={open} onClose={() => { clear(); onClose(); }} onSubmit={() => void submit()}>
      <div className="form">
        <Field label="Asset" required autoFocus value={asset} placeholder="EUR" onChange={(event) => setAsset(event.target.value)} />
        <Field label="Decimals" required inputMode="numeric" value={scale} onChange={(event) => setScale(event.target.value.replace(/\D/g, ""))} />
      </div>
      <ProblemNote problem={problem} />
      <div className="row end">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={busy}>Open the ledger</Button>
      </div>
    </Dialog>
  );
}

function NewAccount({ asset, open, onClose }: { asset: string; open: boolean; onClose: () => void }) {
  const { busy, problem, clear, run } = useCommand("The account is open.");
  const actor = useActor();
  const [account, setAccount] = useState(actor);
  const [initial, setInitial] = useState("100");
  const submit = async () => {
    if ((await run(`/api/ledgers/${asset}/accounts`, { account, initial: Number(initial), limit: 0 })) === null) return;
    onClose();
    go(hashOf("ledger", [asset, account]));
  };
  return (
    <Dialog title={`Open an account in ${asset}`} open={open} onClose={() => { clear(); onClose(); }} onSubmit={() => void submit()}>
      <div className="form">
        <Field label="Account" required autoFocus value={account} onChange={(event) => setAccount(event.target.value)} />
        <Field label="Begins with" inputMode="decimal" value={initial} hint="Comes from the issuer" onChange={(event) => setInitial(event.target.value)} />
      </div>
      <ProblemNote problem={problem} />
      <div className="row end">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={busy}>Open the account</Button>
      </div>
    </Dialog>
  );
}
