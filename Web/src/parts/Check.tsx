import { useState } from "react";
import { ApiError, read, type Problem } from "../api/client";
import { count, plural, timeOfDay } from "../format/format";
import { useActor } from "../live/hooks";
import { Badge, Button, ProblemNote } from "./parts";

interface Found {
  ok: boolean;
  problems: { seq: number; code: string; detail: string }[];
}

/** A button that has something verified, and what came of it. */
export function Check<T extends Found>({ path, children, good }: { path: string; children: string; good: (found: T) => string }) {
  const actor = useActor();
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<{ report: T; at: number } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const check = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setFound({ report: (await read<T>(path, actor)).body, at: Date.now() });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <span role="status">
        {found !== null && (
          <Badge tone={found.report.ok ? "good" : "bad"}>
            {found.report.ok ? `${good(found.report)} (${timeOfDay(found.at)})` : plural(found.report.problems.length, "problem")}
          </Badge>
        )}
      </span>
      <Button disabled={busy} onClick={() => void check()}>
        {busy ? "Verifying …" : children}
      </Button>
      <ProblemNote problem={problem} onClose={() => setProblem(null)} />
      {found?.report.ok === false && (
        <div className="note" role="alert">
          {found.report.problems.slice(0, 10).map((one) => (
            <span key={`${one.seq} ${one.code}`}>
              <strong>{count(one.seq)}</strong> {one.detail}
            </span>
          ))}
        </div>
      )}
    </>
  );
}
