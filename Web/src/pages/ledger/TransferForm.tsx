import { useState } from "react";
import { useActor, useCommand } from "../../live/hooks";
import { Button, Card, Choice, Field, ProblemNote, Segments } from "../../parts/parts";

type Kind = "transfer" | "hold" | "sell" | "buy";

const kinds: readonly (readonly [Kind, string])[] = [["transfer", "Transfer"], ["hold", "Hold"], ["sell", "Propose to sell"], ["buy", "Propose to buy"]];

/** Moves an amount, holds it, or proposes a trade. */
export function TransferForm({ asset, scale, accounts }: { asset: string; scale: number; accounts: readonly string[] }) {
  const actor = useActor();
  const { busy, problem, clear, run } = useCommand("Done.");
  const [kind, setKind] = useState<Kind>("transfer");
  const [to, setTo] = useState("");
  const [sum, setSum] = useState("");
  const [memo, setMemo] = useState("");
  const [seconds, setSeconds] = useState("300");
  const others = accounts.filter((account) => account !== actor);
  const counterparty = others.includes(to) ? to : (others.find((account) => account !== "issuer") ?? "");
  const submit = async () => {
    const value = Number(sum);
    const done =
      kind === "transfer" || kind === "hold"
        ? await run(`/api/ledgers/${asset}/transfers`, {
            debit: actor, credit: counterparty, amount: value, pending: kind === "hold",
            ...(kind === "hold" && seconds !== "" && { expiresInSeconds: Number(seconds) }), ...(memo !== "" && { memo }),
          })
        : await run(`/api/ledgers/${asset}/proposals`, { side: kind, counterparty, amount: value });
    if (done !== null) setSum("");
  };
  return (
    <Card title="Move something" flush={false}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Segments label="What to do" options={kinds} value={kind} onChange={(next) => { setKind(next); clear(); }} />
        <div className="form">
          <Choice label={kind === "buy" ? `${actor} buys from` : kind === "sell" ? `${actor} sells to` : `From ${actor} to`} value={counterparty} onChange={(event) => setTo(event.target.value)} options={others.map((account) => [account, account] as const)} />
          <Field label={`Amount in ${asset}`} inputMode="decimal" required value={sum} placeholder={(0).toFixed(scale)} onChange={(event) => setSum(event.target.value)} />
          {kind === "hold" && <Field label="Ends after seconds" inputMode="numeric" value={seconds} onChange={(event) => setSeconds(event.target.value.replace(/\D/g, ""))} />}
          {(kind === "transfer" || kind === "hold") && <Field label="Memo" value={memo} placeholder="optional" onChange={(event) => setMemo(event.target.value)} />}
        </div>
        <ProblemNote problem={problem} onClose={clear} />
        <div className="row">
          <Button kind="primary" type="submit" disabled={busy || sum === ""}>
            {kind === "transfer" ? "Transfer" : kind === "hold" ? "Hold" : "Propose"}
          </Button>
        </div>
      </form>
    </Card>
  );
}
