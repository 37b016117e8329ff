import { useEffect, useRef, useState, type ComponentType } from "react";
import { rooted } from "./api/client";
import { count, rough } from "./format/format";
import { useJournal, useLive } from "./live/hooks";
import { Icon } from "./parts/Icon";
import { Sparkline, colourOf } from "./parts/parts";
import { PlaceContext, useAddress } from "./parts/router";
import { currentTheme, toggleTheme } from "./parts/theme";
import { AuctionsPage } from "./pages/auctions/AuctionsPage";
import { ClusterPage } from "./pages/cluster/ClusterPage";
import { DispatchPage } from "./pages/dispatch/DispatchPage";
import { ExchangePage } from "./pages/exchange/ExchangePage";
import { JournalPage } from "./pages/journal/JournalPage";
import { LedgerPage } from "./pages/ledger/LedgerPage";
import { ListingsPage } from "./pages/listings/ListingsPage";

const pages: readonly (readonly [path: string, title: string, page: ComponentType])[] = [
  ["cluster", "Cluster", ClusterPage],
  ["auctions", "Auctions", AuctionsPage],
  ["exchange", "Exchange", ExchangePage],
  ["ledger", "Ledger", LedgerPage],
  ["listings", "Listings", ListingsPage],
  ["dispatch", "Dispatch", DispatchPage],
  ["journal", "Journal", JournalPage],
];

export function App() {
  const place = useAddress();
  const [path, title, Page] = pages.find(([known]) => known === place.page) ?? pages[0]!;
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · Rialto`;
    // Whoever goes to another page goes on reading there; the first one is where the browser puts them.
    if (!isFirst.current) {
      main.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [title]);
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to content
      </a>
      <div className="shell">
        <div className="rail">
          <a className="brand" href="#/cluster" aria-label="Rialto">
            <Logo />
            <span className="label">Rialto</span>
          </a>
          <nav aria-label="Pages">
            <ul>
              {pages.map(([to, name]) => (
                <li key={to}>
                  <a href={`#/${to}`} aria-current={to === path ? "page" : undefined} title={name}>
                    <Icon name={to} />
                    <span className="label">{name}</span>
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <footer>
            <a href={rooted("/docs")}>API documentation</a>
            <a href={rooted("/metrics")}>Metrics</a>
          </footer>
        </div>
        <div>
          <Bar />
          <main id="main" ref={main} tabIndex={-1}>
            <PlaceContext value={place}>
              <Page />
            </PlaceContext>
          </main>
        </div>
      </div>
      <Toasts />
    </>
  );
}

const Logo = () => (
  <svg viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--accent)" />
    <path d="M4 22 16 10l12 12v3h-5a7 7 0 0 0-14 0H4z" fill="var(--accent-ink)" />
    <path d="M4 28h24" stroke="#f2b45c" strokeWidth="2" strokeLinecap="round" />
  </svg>
);

const stateWords = { connecting: "Connecting", live: "Live", broken: "Reconnecting" };

/** What is always in sight: whether the stream lives, how far the journal is, who acts. */
function Bar() {
  const { journal } = useLive();
  const { state, seq, rates } = useJournal();
  const rate = rough(journal.ratePerSecond());
  return (
    <header className="bar">
      <div className="pulse" data-state={state}>
        <span className="dot" aria-hidden="true" />
        <span role="status">{stateWords[state]}</span>
        <span>
          seq <strong>{count(seq)}</strong>
        </span>
        <Sparkline values={rates} label={`${rate} events per second`} />
        <span className="sparkline">{rate}/s</span>
      </div>
      <div className="grow" />
      <ActorPicker />
      <ThemeButton />
    </header>
  );
}

const known = ["ann", "bob", "cid", "gallery", "node-1", "node-2", "dispatcher", "operator"];

function ActorPicker() {
  const { actor, setActor } = useLive();
  const [text, setText] = useState(actor);
  useEffect(() => setText(actor), [actor]);
  const settle = () => {
    const name = text.trim();
    if (name !== actor && /^[A-Za-z0-9\-_.:@]{1,64}$/.test(name)) setActor(name);
    else setText(actor);
  };
  return (
    <div className="who">
      <span className="avatar" aria-hidden="true" style={{ background: colourOf(actor) }}>
        {actor.slice(0, 1)}
      </span>
      <label htmlFor="actor">You are</label>
      <input
        id="actor"
        list="actors"
        value={text}
        aria-label="You act as"
        title="1 to 64 letters, digits or - _ . : @"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          // Who picks a name from the list has chosen; who types says so with Enter or by going on.
          if (known.includes(event.target.value) && !("data" in event.nativeEvent)) setActor(event.target.value);
        }}
        onBlur={settle}
        onKeyDown={(event) => {
          if (event.key === "Enter") settle();
        }}
      />
      <datalist id="actors">
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(currentTheme);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button className="button icon" type="button" aria-label={`Switch to ${other} colours`} title={`Switch to ${other} colours`} onClick={() => setTheme(toggleTheme())}>
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}

function Toasts() {
  const { toasts } = useLive();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className="toast" data-tone={toast.tone}>
          {toast.text}
        </div>
      ))}
    </div>
  );
}
