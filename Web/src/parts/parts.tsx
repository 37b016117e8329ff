import { useEffect, useId, useRef, type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from "react";
import type { Problem } from "../api/client";
import { countdown, words } from "../format/format";
import { useNow } from "../live/hooks";
import { Icon } from "./Icon";

export type Tone = "calm" | "good" | "warn" | "bad" | "accent" | "violet";

export function Card({ title, aside, children, flush = false, footer, label }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; flush?: boolean; footer?: ReactNode; label?: string }) {
  const id = useId();
  return (
    <section className="card" {...(title !== undefined ? { "aria-labelledby": id } : { "aria-label": label })}>
      {title !== undefined && (
        <header>
          <h2 id={id}>{title}</h2>
          {aside}
        </header>
      )}
      <div className={flush ? "body flush" : "body"}>{children}</div>
      {footer !== undefined && <footer>{footer}</footer>}
    </section>
  );
}

export function PageHead({ title, children, actions }: { title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <div className="page-head">
      <div>
        <h1>{title}</h1>
        <p>{children}</p>
      </div>
      {actions !== undefined && <div className="row">{actions}</div>}
    </div>
  );
}

export function Button({ kind = "", type = "button", ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { kind?: string }) {
  return <button type={type} className={`button ${kind}`} {...rest} />;
}

/**
 * Where a decimal is typed, nothing of it is guessed: this console shows commas between thousands, others type them before decimals, so a form
 * with one is not sent.
 */
const aDecimal = { pattern: "[0-9]+([.][0-9]+)?", title: "Write a number with a point before its decimals and no commas, such as 1234.50." };

export function Field({ label, hint, ...given }: InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: string }) {
  const id = useId();
  const rest = given.inputMode === "decimal" ? { ...aDecimal, ...given } : given;
  return (
    <label className="field">
      <span>{label}</span>
      <input {...rest} aria-describedby={hint === undefined ? undefined : id} autoComplete="off" spellCheck={false} />
      {hint !== undefined && <small id={id}>{hint}</small>}
    </label>
  );
}

export function Choice({ label, options, ...rest }: SelectHTMLAttributes<HTMLSelectElement> & { label: string; options: readonly (readonly [value: string, text: string])[] }) {
  return (
    <label className="field">
      <span>{label}</span>
      <select {...rest}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Segments<T extends string>({ label, options, value, onChange }: { label: string; options: readonly (readonly [T, string])[]; value: T; onChange: (value: T) => void }) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export const Badge = ({ tone = "calm", children }: { tone?: Tone; children: ReactNode }) => (
  <span className="badge" data-tone={tone}>
    {children}
  </span>
);

export const Status = ({ value, tones }: { value: string; tones: Partial<Record<string, Tone>> }) => <Badge tone={tones[value] ?? "calm"}>{words(value)}</Badge>;

export function Figures({ children, label }: { children: ReactNode; label: string }) {
  return (
    <dl className="figures" aria-label={label}>
      {children}
    </dl>
  );
}

export function Figure({ name, children, tone }: { name: string; children: ReactNode; tone?: Tone }) {
  return (
    <div className="figure" data-tone={tone}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const spoken = new Set(["type", "title", "status", "detail", "code"]);

/** What was refused, why, and what to do: the problem document as a person reads it. */
export function ProblemNote({ problem, onClose }: { problem: Problem | null; onClose?: () => void }) {
  if (problem === null) return null;
  const fields = Object.entries(problem).filter(([name, value]) => !spoken.has(name) && value !== null && typeof value !== "object");
  return (
    <div className="note" role="alert">
      <div className="spread">
        <strong>{problem.title}</strong>
        {onClose !== undefined && (
          <Button kind="bare small" onClick={onClose} aria-label="Close this message">
            <Icon name="close" />
          </Button>
        )}
      </div>
      <span>{problem.detail}</span>
      <span className="fields">
        <code>{problem.code}</code>
        {fields.map(([name, value]) => ` · ${words(name.replace(/([A-Z])/g, "-$1").toLowerCase())}: ${String(value)}`)}
      </span>
    </div>
  );
}

export function Empty({ icon = "wave", title, children }: { icon?: string; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <strong>{title}</strong>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

export const Loading = () => (
  <div className="loading" role="status" aria-label="Loading">
    <i />
    <i />
    <i />
  </div>
);

/** What was read, or why there is nothing yet. */
export function Shown<T>({ of, children }: { of: { data: T | null; problem: Problem | null }; children: (data: T) => ReactNode }) {
  if (of.data !== null) {
    return (
      <>
        <ProblemNote problem={of.problem} />
        {children(of.data)}
      </>
    );
  }
  return of.problem !== null ? <ProblemNote problem={of.problem} /> : <Loading />;
}

/** A time that runs down; it is spoken as it stands when it is read. */
export function Countdown({ until, over = "now" }: { until: string; over?: string }) {
  const left = Date.parse(until) - useNow();
  return (
    <time dateTime={until} role="timer" className="nowrap">
      {left > 0 ? countdown(left) : over}
    </time>
  );
}

/** A dialog of the browser's own: it keeps the focus inside and closes with Escape. */
export function Dialog({ title, open, onClose, onSubmit, children }: { title: string; open: boolean; onClose: () => void; onSubmit: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (open && dialog?.open === false) dialog.showModal();
    else if (!open && dialog?.open === true) dialog.close();
  }, [open]);
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={onClose}>
      {open && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
          }}
        >
          <h2 id={id}>{title}</h2>
          {children}
        </form>
      )}
    </dialog>
  );
}

/** Events per second, second by second. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const [width, height] = [96, 24];
  const top = Math.max(4, ...values);
  const points = values.map((value, i) => `${((i / Math.max(1, values.length - 1)) * width).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`);
  return (
    <svg className="sparkline" width={width} height={height} role="img" aria-label={label}>
      <polyline points={points.join(" ")} fill="none" stroke="var(--accent)" strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}

/** Says that the past is shown, and leads back. */
export function AsOf({ at, onLeave }: { at: string | null; onLeave: () => void }) {
  if (at === null) return null;
  return (
    <div className="as-of" role="status">
      <span>As it was at place {at} of the journal.</span>
      <Button kind="small" onClick={onLeave}>
        Back to now
      </Button>
    </div>
  );
}

export const Person = ({ name }: { name: string }) => (
  <span className="nowrap" style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
    <span className="avatar" aria-hidden="true" style={{ background: colourOf(name), width: 20, height: 20, fontSize: 10 }}>
      {name.slice(0, 1)}
    </span>
    {name}
  </span>
);

/** A colour that stays with a name. Dark enough for white letters. */
export function colourOf(name: string): string {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${hash} 42% 36%)`;
}
